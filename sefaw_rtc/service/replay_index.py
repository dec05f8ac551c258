"""Keeps the list of replays: one row for each consultation that is over, made of its log and its seal, when it closes,
when it is sealed, when something is signed afterwards. What a former process did not get to comes at the start."""

import asyncio
from typing import Final

from recordings.replay.course import course, end_of
from recordings.replay.flags import findings, flags
from sefaw_rtc import logs
from sefaw_rtc.errors import StoreError, UserError
from sefaw_rtc.service.replay_reading import Archive
from sefaw_rtc.store import ConsultationRecord, Store
from sefaw_rtc.store.replayed import ReplayRow
from signalling.fold import fold_all
from signalling.ids import ConsultationId

WORDS_AT_ONCE: Final = 200  # some 20 ms of the store's thread

log = logs.get("service")


class ReplayIndex:
    """One per server; `ask` asks, `run` does."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self._store = store
        self._archive = archive
        self._waiting: asyncio.Queue[ConsultationId] = asyncio.Queue()
        self._asked: set[ConsultationId] = set()

    def ask(self, consultation: ConsultationId) -> None:
        """Its row is made anew soon."""
        if consultation not in self._asked:
            self._asked.add(consultation)
            self._waiting.put_nowait(consultation)

    async def run(self) -> None:
        """For ever."""
        known = await self._store.run(self._store.replayed.known)
        for consultation in await self._store.run(self._store.consultations.closed_ids):
            if consultation not in known:
                self.ask(consultation)
        more = True
        while more:
            more = await self._store.run(self._store.replayed.read_words, WORDS_AT_ONCE)
        while True:
            consultation = await self._waiting.get()
            self._asked.discard(consultation)
            try:
                await self.index(consultation)
            except (UserError, StoreError) as error:  # erased, or its key is not here: it stays as it is
                log.info("replay not listed", consultation=consultation, error=type(error).__name__)

    async def index(self, consultation: ConsultationId) -> None:
        """Now. Raises `UserError`, `StoreError`."""
        record = await self._store.run(self._store.consultations.get, consultation)
        if record is not None:
            row, words = await asyncio.to_thread(self._row, record)
            await self._store.run(self._store.replayed.put, row, words)

    def _row(self, record: ConsultationRecord) -> tuple[ReplayRow, str]:
        brief = record.brief
        sealed = self._archive.read(brief.consultation)
        events = sealed.events if sealed else self._archive.events(brief.consultation)
        told = flags(sealed.manifest, events, fold_all(events)) if sealed else []
        row = ReplayRow(
            consultation=brief.consultation,
            requested_ms=brief.requested_at,
            institution=record.institution,
            answering=brief.specialist.institution if brief.specialist else "",
            requester=brief.requester.account,
            specialist=brief.specialist.account if brief.specialist else "",
            department=brief.department,
            length_us=course(sealed.manifest, events, {}).length_us if sealed else end_of(events),
            sealed=sealed is not None,
            flags=f" {' '.join(told)} ",
            words=None,
        )
        return row, findings(events)
