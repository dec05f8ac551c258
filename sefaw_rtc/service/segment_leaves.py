"""A leaf for each segment of a media journal, soon after it was written: whoever changes one between its end and the
seal, which may be hours, is found out by the log. The last one of a recording is noted with the seal."""

import asyncio
import hashlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from recordings import Keyring
from recordings.journal import segments_of
from recordings.leaves import LEAF, PROOF, kept_leaves
from recordings.manifest import FileKind, Manifest
from recordings.tlog import LeafKind
from sefaw_rtc import logs
from sefaw_rtc.service.notary import Notary
from signalling.ids import ConsultationId

LOOK_EVERY_S: Final = 5.0  # a segment has ten seconds

log = logs.get("service")


class SegmentLeaves:
    """One per server."""

    def __init__(self, notary: Notary, keyring: Keyring, recording: Callable[[], Collection[ConsultationId]]) -> None:
        """`recording`: the consultations whose media is written down now."""
        self._notary = notary
        self._keyring = keyring
        self._recording = recording
        self._noted: dict[ConsultationId, int] = {}  # up to which number

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Note what was finished since the last time."""
        recording = self._recording()
        self._noted = {one: number for one, number in self._noted.items() if one in recording}
        for one in recording:
            folder, after = self._keyring.folder(one), self._noted.get(one, 0)
            for number, digest in await asyncio.to_thread(_finished, folder, after):
                self._notary.note(one, LeafKind.SEGMENT, digest, _name(number))
                self._noted[one] = number

    async def sealed(self, consultation: ConsultationId, manifest: Manifest) -> None:
        """Note those that the call did not come to, and say which are not what was written."""
        folder = self._keyring.folder(consultation)
        leaves = await asyncio.to_thread(kept_leaves, folder)
        digests = {entry.name: entry.sha256 for entry in manifest.files if entry.kind is FileKind.MEDIA}
        changed = 0
        for segment in manifest.segments:
            leaf = leaves.get(_name(segment.number))
            if leaf is None:
                self._notary.note(consultation, LeafKind.SEGMENT, digests[segment.file], _name(segment.number))
            else:
                changed += leaf.digest != digests[segment.file]
        if changed:
            log.error("segments are not what was written", consultation=consultation, count=changed)


def _finished(folder: Path, after: int) -> list[tuple[int, str]]:
    """Numbers and digests of the segments that another one follows and that have no leaf. One that cannot be read now
    is left to the next time, and those after it too."""
    found = []
    for one in segments_of(folder)[:-1]:
        if one.number <= after or (folder / PROOF / f"{_name(one.number)}{LEAF}").exists():
            continue
        try:
            with one.path.open("rb") as file:
                found.append((one.number, hashlib.file_digest(file, "sha256").hexdigest()))
        except OSError:
            break
    return found


def _name(number: int) -> str:
    return f"{LeafKind.SEGMENT.value}-{number:06}"
