"""Looks at each consultation when it closed, and when something was signed after it: keeps its course for the dashboard
(`store.courses`), and draws it for review or not. What a former process did not get to comes first, in order of time.

The lot has a secret seed in a file of its own: with it, `sefaw-rtc review-sample` draws again and finds the same.
"""

import asyncio
import hashlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from recordings import ARCHIVE, ArchiveError, ConsultationLog, Keyring, read_consultation
from recordings.manifest import ManifestInvalid
from recordings.review import (
    Candidate,
    Catalogue,
    Chosen,
    Course,
    Recorded,
    Reviews,
    Rules,
    course,
    read_folder,
    sample,
)
from recordings.review import decide as reviewing
from recordings.review.decide import Refused
from recordings.review.forms import FormError, ReadForm
from recordings.review.recorded import recorded
from recordings.review.review import CaseOpened
from recordings.seal import sealed_manifest
from sefaw_rtc import logs
from sefaw_rtc.access import load_key
from sefaw_rtc.config import KEYS, Config
from sefaw_rtc.errors import SefawError
from sefaw_rtc.service.briefs import brief_of
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.notary import Notary
from sefaw_rtc.service.registry import is_demo
from sefaw_rtc.service.reviews import ReviewBooks
from sefaw_rtc.store import Store
from sefaw_rtc.store.courses import CourseRow
from signalling.fold import fold_all
from signalling.ids import AccountId, ConsultationId, InstitutionId
from signalling.vocabulary import Status

SEED_FILE: Final = "review.seed"
FORMS: Final = "forms"  # folder of the data directory
# What closed longer ago is not drawn any more: a server that begins to review would be buried in its past.
DRAWN_FOR_MS: Final = 30 * 86_400_000
PAUSE_S: Final = 0.05  # between two logs of a long past: calls come first

log = logs.get("service")


class Quality:
    """One per server. `closed` and `signed` ask, `run` does."""

    def __init__(self, config: Config, store: Store, keeper: LogKeeper, notary: Notary) -> None:
        """Raises `ConfigError`."""
        self._config = config
        self._store = store
        self._keeper = keeper
        self.books = ReviewBooks(config.data / ARCHIVE, keeper.keyring, notary)
        self._waiting: asyncio.Queue[ConsultationId] = asyncio.Queue()
        self._read = asyncio.Event()
        self._seed = seed_of(config)
        self.rules = rules_of(config)
        self.forms, self.form_faults = forms_of(config)

    @property
    def seed_digest(self) -> str:
        """SHA-256 of the seed: says which one it is, and nothing of it."""
        return hashlib.sha256(self._seed).hexdigest()

    async def settled(self) -> None:
        """Wait until what there was is read, and nothing waits."""
        await self._read.wait()
        await self._waiting.join()

    def closed(self, path: Path) -> None:
        """The log of a consultation that is over is in its place."""
        self._waiting.put_nowait(ConsultationId(path.stem))

    def signed(self, consultation: ConsultationId) -> None:
        """Something was signed or acknowledged after the end."""
        self._waiting.put_nowait(consultation)

    async def run(self) -> None:
        """For ever."""
        for fault in self.form_faults:
            log.warning("review form not usable", source=fault.file, reason=fault.fault, section=fault.place)
        log.info("reviews are drawn", seed=self.seed_digest[:16], **msgspec.to_builtins(self.rules))
        await self.books.load()
        self._read.set()
        known = await self._store.run(self._store.courses.known)
        for consultation in await self._store.run(self._store.consultations.closed_ids):
            if consultation not in known:
                await self.look(consultation)
                await asyncio.sleep(PAUSE_S)
        while True:
            await self.look(await self._waiting.get())
            self._waiting.task_done()

    async def look(self, consultation: ConsultationId) -> None:
        """One, now. What goes wrong is said, and nothing is raised."""
        try:
            row = await asyncio.to_thread(_looked, self._keeper, consultation)
            if row is None:
                return
            await self._store.run(self._store.courses.put, row)
            if row.doctor and row.closed_ms >= unix_ms() - DRAWN_FOR_MS:
                await self._draw(row)
        except (ArchiveError, SefawError) as error:
            log.warning("consultation not looked at", consultation=consultation, error=type(error).__name__)

    async def _draw(self, row: CourseRow) -> None:
        earlier = await self._store.run(self._store.courses.earlier, row)
        for chosen in sample([candidate(row)], self.rules, self._seed, {row.doctor: earlier}):
            for read in self.sample_forms():
                await self._open(chosen, read)

    async def _open(self, chosen: Chosen, read: ReadForm) -> None:
        """Once for each form, however often it is drawn."""

        def ask(book: Reviews) -> CaseOpened:
            return reviewing.open_case(book, read, double=chosen.double, reason=chosen.reason)

        book = self.books.of(chosen.consultation)
        if any(case.reason is not None and case.form.id == read.form.id for case in book.cases):
            return
        try:
            await self.books.act(chosen.consultation, None, ask)
        except Refused as refused:
            log.warning("review not opened", consultation=chosen.consultation, reason=refused.reason)
            return
        log.info("chosen for review", consultation=chosen.consultation, reason=chosen.reason, form=read.form.id)

    def sample_forms(self) -> list[ReadForm]:
        """Those of the configuration, each in its newest version."""
        newest: dict[str, ReadForm] = {}
        for (name, version), read in self.forms.items():
            if name not in newest or version > newest[name].form.version:
                newest[name] = read
        return [newest[name] for name in self._config.review.forms if name in newest]

    async def courses(
        self, from_ms: int, to_ms: int, institution: InstitutionId | None, department: str
    ) -> list[tuple[ConsultationId, Course]]:
        """Those of a period, with what the recording and the reviews know by now."""
        rows = await self._store.run(self._store.courses.between, from_ms, to_ms, institution, department)
        found = []
        for row in rows:
            if not row.sealed:
                row = await self._sealed_meanwhile(row)  # noqa: PLW2901 - the newer of the same
            cases = self.books.of(row.consultation).cases
            chosen = [case for case in cases if case.reason is not None]
            reviewed = bool(chosen) and all(case.compared for case in chosen)
            whole = replace(msgspec.json.decode(row.body, type=Course), chosen=bool(chosen), reviewed=reviewed)
            found.append((row.consultation, whole))
        return found

    async def _sealed_meanwhile(self, row: CourseRow) -> CourseRow:
        sealed, kept = await asyncio.to_thread(_recorded, self._keeper.keyring, row.consultation)
        if not sealed:
            return row
        body = msgspec.json.encode(replace(msgspec.json.decode(row.body, type=Course), recorded=kept))
        row = row._replace(sealed=True, body=body)
        await self._store.run(self._store.courses.put, row)
        return row


def candidate(row: CourseRow) -> Candidate:
    """As the sample sees it."""
    return Candidate(consultation=row.consultation, doctor=row.doctor, at=row.requested_ms, critical=row.critical)


def seed_of(config: Config) -> bytes:
    """Made at the first start. Raises `ConfigError`."""
    return load_key(Path(config.review.seed_file) if config.review.seed_file else config.data / KEYS / SEED_FILE)


def rules_of(config: Config) -> Rules:
    review = config.review
    return Rules(
        critical=review.critical,
        new_doctor_first=review.new_doctor_first,
        random_ppm=review.random_per_mille * 1000,
        double_ppm=review.double_per_mille * 1000,
    )


def forms_of(config: Config) -> tuple[Catalogue, list[FormError]]:
    """The program's and the site's own."""
    folder = read_folder(Path(config.review.forms_folder) if config.review.forms_folder else config.data / FORMS)
    return folder.forms, folder.faults


def _looked(keeper: LogKeeper, consultation: ConsultationId) -> CourseRow | None:
    """None: it lives, it is a demo's, or it is none that anybody asked for. Off the loop."""
    read: ConsultationLog = read_consultation(keeper.closed_path(consultation), keeper.keyring)
    state = fold_all(read.events)
    brief = brief_of(consultation, state, read.header.started_unix_us)
    if brief is None or state.status is not Status.CLOSED or is_demo(consultation, state):
        return None
    sealed, kept = _recorded(keeper.keyring, consultation)
    found = course(read.events, recorded=kept)
    return CourseRow(
        consultation=consultation,
        requested_ms=brief.requested_at,
        closed_ms=brief.closed_at,
        institution=brief.requester.institution,
        answering=brief.specialist.institution if brief.specialist else InstitutionId(""),
        department=brief.department,
        doctor=state.opinions[0].signer.account if state.opinions else AccountId(""),
        critical=brief.critical,
        sealed=sealed,
        body=msgspec.json.encode(found),
    )


def _recorded(keyring: Keyring, consultation: ConsultationId) -> tuple[bool, Recorded | None]:
    """Whether it is sealed, and how complete its recording is."""
    try:
        manifest = sealed_manifest(keyring.folder(consultation))
    except ManifestInvalid:
        return True, None  # damaged: never to be known
    return manifest is not None, recorded(manifest) if manifest else None
