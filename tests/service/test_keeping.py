"""What the keeping's loop owes whoever confirmed an erasure: it waits for no download, and nothing ends it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from recordings import HeldSiteKey, Keyring
from recordings.keeping.ledger import Ledgers, Step
from recordings.keeping.retention import DAY_MS
from recordings.manifest import MANIFEST, Track
from recordings.seal import sealed_manifest
from sefaw_rtc.config import Retention
from sefaw_rtc.service import keeping
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.keeping import SETTLED_S, ClockWatch, Keeping, Parts
from signalling.events import Person
from signalling.ids import AccountId, ConsultationId, InstitutionId
from signalling.vocabulary import Role
from tests.recordings.objects.stores import files
from tests.recordings.segments import CONSULTATION
from tests.service.loops import running

OTHER = ConsultationId("e" * 26)
TRACK = Track(
    run=1, track=1, kind="video", codec="H265", rid="", file="", t0=0, t_end=1, frames=1, packets=1, lost=0,
    by_reports=True,
)  # fmt: skip


class Erasing:
    """Erases in no time; `bugs` times something that nobody thought of happens first."""

    def __init__(self, data: Path) -> None:
        self.keyring = Keyring(data / "archive", HeldSiteKey(bytes(32)))
        self.bugs = 0

    def erase(self, _consultation: ConsultationId) -> tuple[str, ...]:
        if self.bugs:
            self.bugs -= 1
            raise RuntimeError("nobody thought of it")
        return ("key",)


def a_keeping(data: Path, fetch: Callable[[ConsultationId], Awaitable[None]]) -> tuple[Keeping, Erasing]:
    """Of a folder with one consultation, whose packets ran out of their time."""
    made, eraser, wall = files(data), Erasing(data), [0.0]
    parts = Parts(
        eraser=eraser,  # type: ignore[arg-type]
        ledgers=Ledgers(data),
        closed_logs=made.log.parent,
        is_live=lambda _one: False,
        forgotten=lambda _one, _entry: None,
        fetch=fetch,
    )
    watch = ClockWatch(lambda: unix_ms() + int(wall[0] * 1000), lambda: wall[0])
    wall[0] = SETTLED_S + 2000 * DAY_MS / 1000
    return Keeping(parts, Retention(journal_days=1, media_days=0, pictures_days=0, records_days=0), watch), eraser


async def confirm(made: Keeping, consultation: ConsultationId) -> None:
    for step, account in ((Step.ASKED, "a"), (Step.CONFIRMED, "b")):
        person = Person(
            account=AccountId(account * 26), name=account, role=Role.ADMINISTRATOR, site="x",
            institution=InstitutionId("i" * 26),
        )  # fmt: skip
        await made.decide(consultation, step, person, "the family asks")


async def erased(made: Keeping, consultation: ConsultationId) -> None:
    async with asyncio.timeout(10):
        while made.ledgers.read(consultation).erased is None:  # noqa: ASYNC110 - it stands on the disk
            await asyncio.sleep(0.01)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "AGE_EVERY_S", 0.02)
    monkeypatch.setattr(keeping, "LOOK_EVERY_S", 0.02)


@pytest.mark.usefixtures("at_once")
async def test_an_erasure_does_not_wait_for_what_is_being_fetched(tmp_path: Path) -> None:
    fetching = asyncio.Event()

    async def fetch(_consultation: ConsultationId) -> None:
        fetching.set()
        await asyncio.Event().wait()

    made, _ = a_keeping(tmp_path, fetch)
    async with running(made):
        async with asyncio.timeout(10):
            await fetching.wait()
        await confirm(made, OTHER)
        await erased(made, OTHER)


@pytest.mark.usefixtures("at_once")
async def test_what_nobody_thought_of_ends_no_erasing(tmp_path: Path) -> None:
    async def fetch(_consultation: ConsultationId) -> None:
        raise RuntimeError("nobody thought of it")

    made, eraser = a_keeping(tmp_path, fetch)
    eraser.bugs = 2
    async with running(made):
        await confirm(made, OTHER)
        await erased(made, OTHER)


async def test_what_the_manifest_alone_refuses_is_not_fetched(tmp_path: Path) -> None:
    asked: list[ConsultationId] = []

    async def fetch(consultation: ConsultationId) -> None:
        asked.append(consultation)

    made, eraser = a_keeping(tmp_path, fetch)
    await made.age()
    assert asked == [CONSULTATION], "the tracks are read back before the packets go"
    folder = eraser.keyring.folder(CONSULTATION)
    manifest = sealed_manifest(folder)
    assert manifest is not None
    (folder / MANIFEST).write_bytes(bytes(replace(manifest, tracks=(TRACK,))))
    await made.age()
    assert asked == [CONSULTATION]
