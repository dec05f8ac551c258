"""Puts the evidence of a seal beside it (docs/archive.md, "Evidence"): the proof that it is logged, the time stamp, the
log's public key; made again when more witnesses vouch for the log. And makes the proofs of all of a consultation's
leaves for whoever takes them away."""

import asyncio
from pathlib import Path
from typing import Final

from recordings import ArchiveError, Keyring
from recordings.leaves import PROOF, kept_leaves
from recordings.seal import seal_leaf, sealed_manifest
from recordings.storage import sync_folder, typed
from recordings.tlog import Leaf, LeafInvalid, LeafKind, Round, TransparencyLog, evidence
from recordings.tlog.files import write_whole
from recordings.tlog.serving import LOG_KEY
from sefaw_rtc import logs
from sefaw_rtc.service.notary import Notary
from sefaw_rtc.service.rounds import Rounds
from signalling.ids import ConsultationId

SEALED: Final = "sealed"
_PROOF: Final = ".tlog-proof"
_STAMP: Final = ".tsr"

log = logs.get("service")


class Proofs:
    """One per server."""

    def __init__(self, notary: Notary, rounds: Rounds, keyring: Keyring) -> None:
        self._notary = notary
        self._rounds = rounds
        self._keyring = keyring
        self._turn = asyncio.Lock()
        self._open: dict[ConsultationId, int] = {}  # seals for which not everybody vouches yet, and their Unix ms

    @property
    def waiting(self) -> int:
        """Seals whose proof is not the last one yet."""
        return len(self._open)

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest of them was sealed."""
        return min(self._open.values(), default=None)

    def sealed(self, consultation: ConsultationId, t_unix_ms: int) -> None:
        """A seal is noted; its proof is made when it is logged."""
        self._open[consultation] = t_unix_ms

    async def refresh(self, done: Round | None = None) -> None:
        """Write what can be proved now. The log signs what it has, so that no seal is without a proof while partners
        are asked. What goes wrong is said, and tried again in the next round."""
        transparency = self._notary.transparency
        if transparency is None or self._notary.stopped or not self._open:
            return
        size = done.size if done is not None and done.whole else 0
        async with self._turn:
            for consultation in list(self._open):
                try:
                    number = await asyncio.to_thread(self._write, transparency, consultation)
                except ArchiveError as error:
                    log.warning("proof not written", consultation=consultation, error=type(error).__name__)
                    continue
                if number is not None and (self._rounds.alone or number < size):
                    self._open.pop(consultation, None)

    async def of(self, consultation: ConsultationId) -> dict[str, bytes]:
        """What a bundle carries in its folder `proof`, by file name: the proof of each leaf that is logged and, of the
        newest seal, its time stamp. Raises `TlogDamaged`, `StorageFull`, `StorageFailed`."""
        await self._notary.settle()
        transparency = self._notary.transparency
        return {} if transparency is None else await asyncio.to_thread(self._all, transparency, consultation)

    def _all(self, transparency: TransparencyLog, consultation: ConsultationId) -> dict[str, bytes]:
        if not self._notary.stopped:
            transparency.publish()
        folder = self._keyring.folder(consultation)
        seal = _seal_of(folder)
        found: dict[str, bytes] = {LOG_KEY: f"{transparency.key}\n".encode()}
        for name, leaf in kept_leaves(folder).items():
            if leaf != seal:
                former = leaf.kind is LeafKind.SEALED
                proof = _evidence(transparency, leaf).get(_PROOF)
                named = f"{SEALED}-{leaf.digest[:16]}" if former else name
                found |= {} if proof is None else {named + _PROOF: proof}
        return found if seal is None else found | _seal_files(transparency, seal)

    def _write(self, transparency: TransparencyLog, consultation: ConsultationId) -> int | None:
        """The number of the seal's leaf, if there is a proof now. Killed in between, the stamp is missing rather than
        another checkpoint's."""
        transparency.publish()
        folder = self._keyring.folder(consultation)
        seal = _seal_of(folder)
        files = {} if seal is None else _seal_files(transparency, seal)
        if seal is None or not files:
            return None
        proof = folder / PROOF
        if not all(_is(proof / name, data) for name, data in files.items()):
            _remove(proof / f"{SEALED}{_STAMP}")
            for name in (LOG_KEY, f"{SEALED}{_PROOF}", f"{SEALED}{_STAMP}"):
                if name in files:
                    write_whole(proof / name, files[name])
        return transparency.number_of(seal.entry)


def _seal_of(folder: Path) -> Leaf | None:
    """Of the manifest that is there now."""
    manifest = sealed_manifest(folder)
    return None if manifest is None else seal_leaf(folder, manifest)


def _seal_files(transparency: TransparencyLog, seal: Leaf) -> dict[str, bytes]:
    """None of them: the leaf is not logged yet."""
    found = {SEALED + ending: data for ending, data in _evidence(transparency, seal).items()}
    return found and found | {LOG_KEY: f"{transparency.key}\n".encode()}


def _evidence(transparency: TransparencyLog, leaf: Leaf) -> dict[str, bytes]:
    try:
        return evidence(transparency, leaf)
    except LeafInvalid:
        return {}  # not logged yet


def _is(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _remove(path: Path) -> None:
    try:
        path.unlink()
        sync_folder(path.parent)
    except FileNotFoundError:
        return
    except OSError as error:
        raise typed(error) from None
