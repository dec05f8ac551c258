"""Finds what a kill, a full disk or a stopped log kept out of the transparency log: leaves that are kept and not
logged, events that are leaves and have none, seals without their proof. Only in what changed since everything was
surely logged, which one small file remembers; a log that begins anew is told everything there is."""

import asyncio
from pathlib import Path
from typing import Final

from recordings import ArchiveError, Erased, Keyring, StorageFailed, read_consultation
from recordings.leaves import PROOF, kept_leaves
from recordings.manifest import MANIFEST, Manifest
from recordings.seal import sealed_manifest
from recordings.tlog import LeafKind
from recordings.tlog.files import read_whole, write_whole
from sefaw_rtc import logs
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.notary import Notary
from sefaw_rtc.service.own_log import THROUGH
from sefaw_rtc.service.proofs import Proofs
from sefaw_rtc.service.segment_leaves import SegmentLeaves
from signalling.events import Event
from signalling.ids import ConsultationId

MARK_EVERY_S: Final = 60.0
MARKS_PER_SEARCH: Final = 60
MARGIN_MS: Final = 86_400_000  # a clock that was set back, file systems that round
PAUSE_S: Final = 0.005  # between two consultations: a long archive is looked through beside the calls
_MANY: Final = 1000

log = logs.get("service")


class Unlogged:
    """One per server."""

    def __init__(
        self, folder: Path, keyring: Keyring, closed_logs: Path, notary: Notary, proofs: Proofs, segments: SegmentLeaves
    ) -> None:
        """`folder`: the transparency log's."""
        self._mark = folder / THROUGH
        self._keyring = keyring
        self._logs = closed_logs
        self._notary = notary
        self._proofs = proofs
        self._segments = segments
        self._whole = False

    async def run(self) -> None:
        """Find, then remember until when nothing is to be found; and find again, for what was done beside the server
        (`sefaw-rtc recordings seal`)."""
        while True:
            await self.find()
            for _ in range(MARKS_PER_SEARCH):
                await asyncio.sleep(MARK_EVERY_S)
                await self.mark()

    async def find(self) -> None:
        """Note what is not logged."""
        self._whole = self._notary.dropped = False
        since = await asyncio.to_thread(self._since)
        changed = await asyncio.to_thread(self._changed, since - MARGIN_MS)
        for consultation, t_unix_ms in changed.items():
            await self._look(consultation, t_unix_ms)
            if self._notary.waiting > _MANY and not await self._notary.settle():
                return  # the next search goes on
            await asyncio.sleep(PAUSE_S)
        self._whole = True
        log.info("looked for what is not logged", count=len(changed))

    async def mark(self) -> None:
        """If nothing waits, everything until now is logged; but for seals whose proof is not the last one yet."""
        now = unix_ms()
        if not self._whole or self._notary.waiting or self._notary.trouble or self._notary.dropped:
            return
        oldest = self._proofs.oldest_ms
        try:
            through = str(now if oldest is None else min(now, oldest))
            await asyncio.to_thread(write_whole, self._mark, through.encode())
        except ArchiveError:
            return  # an older mark is one too

    async def _look(self, consultation: ConsultationId, t_unix_ms: int) -> None:
        folder = self._keyring.folder(consultation)
        try:
            manifest, events = await asyncio.to_thread(self._read, consultation, folder)
            leaves = await asyncio.to_thread(kept_leaves, folder)
        except ArchiveError as error:
            log.warning("cannot be looked at", consultation=consultation, error=type(error).__name__)
            return
        for leaf in leaves.values():
            self._notary.note_kept(consultation, leaf)
        self._notary.saw(consultation, events)
        if manifest is not None:
            self._notary.note(consultation, LeafKind.SEALED, manifest.digest)
            await self._segments.sealed(consultation, manifest)
            self._proofs.sealed(consultation, t_unix_ms)

    def _read(self, consultation: ConsultationId, folder: Path) -> tuple[Manifest | None, list[Event]]:
        path = self._logs / f"{consultation}.log"
        try:
            events = read_consultation(path, self._keyring).events if path.exists() else []
        except Erased:
            events = []
        return sealed_manifest(folder), events

    def _since(self) -> int:
        try:
            return int((read_whole(self._mark, 32) or b"0").decode())
        except (ValueError, StorageFailed):
            return 0

    def _changed(self, since: int) -> dict[ConsultationId, int]:
        """Consultations that something happened to since then (Unix ms), and when it did, the oldest first."""
        found: dict[ConsultationId, int] = {}
        for path in self._logs.glob("*.log"):
            _newer(found, ConsultationId(path.stem), path)
        for folder in self._keyring.folders():
            for path in (folder / PROOF, folder / MANIFEST):
                _newer(found, ConsultationId(folder.name), path)
        return {one: at for one, at in sorted(found.items(), key=lambda item: item[1]) if at >= since}


def _newer(found: dict[ConsultationId, int], consultation: ConsultationId, path: Path) -> None:
    try:
        at = path.stat().st_mtime_ns // 1_000_000
    except OSError:
        return
    found[consultation] = max(found.get(consultation, 0), at)
