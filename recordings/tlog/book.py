"""A consultation's leaves, opened: kept in its folder before they are logged, so that a seal that was killed and runs
again logs the same leaf with the same salt and time, which is then one leaf.

    <folder>/proof/salt                32 bytes: under it the consultation's id stands in all its leaves
    <folder>/proof/leaves/<name>.json  a leaf with its salt, as a proof carries it
"""

import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from recordings.tlog.errors import LeafInvalid
from recordings.tlog.files import read_whole, write_whole
from recordings.tlog.leaf import SALT_SIZE, Leaf, LeafKind, consultation_commitment
from recordings.tlog.log import TransparencyLog
from signalling.ids import ConsultationId

PROOF: Final = "proof"  # folder of the consultation's folder
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
_MAX_LEAF: Final = 4096


class LeafBook:
    """The leaves of one consultation. `chance`: random bytes of a length."""

    def __init__(
        self, folder: Path, consultation: ConsultationId, chance: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        """`folder`: the consultation's own, `archive/<id>`."""
        self._folder = folder / PROOF
        self._consultation = consultation
        self._chance = chance

    def leaf(self, name: str, kind: LeafKind, digest: str, now_ms: int) -> Leaf:
        """The leaf of this name, made and on the disk if there is none yet. `digest`: SHA-256 in hex of what it is
        about. Raises `LeafInvalid` if the name stands for something else already, `StorageFull`, `StorageFailed`."""
        found = self.kept(name)
        if found is None:
            found = Leaf(
                consultation=consultation_commitment(self._salt(), self._consultation),
                digest=digest,
                kind=kind,
                salt=self._chance(SALT_SIZE).hex(),
                t_unix_ms=now_ms,
            )
            write_whole(self._path(name), bytes(found))
        if (found.kind, found.digest) != (kind, digest):
            raise LeafInvalid("a leaf of this name is about something else")
        return found

    def kept(self, name: str) -> Leaf | None:
        """The leaf of this name. Raises `LeafInvalid`, `StorageFailed`."""
        data = read_whole(self._path(name), _MAX_LEAF)
        return None if data is None else Leaf.parse(data)

    def _path(self, name: str) -> Path:
        if not _NAME.match(name):
            raise LeafInvalid("not the name of a leaf")
        return self._folder / "leaves" / f"{name}.json"

    def _salt(self) -> bytes:
        path = self._folder / "salt"
        found = read_whole(path, SALT_SIZE)
        if found is None:
            found = self._chance(SALT_SIZE)
            write_whole(path, found)
        return found


def evidence(log: TransparencyLog, leaf: Leaf) -> dict[str, bytes]:
    """What a bundle carries for a leaf, by the ending of its file: `.tlog-proof` and, if that checkpoint was stamped,
    `.tsr`. Against the newest checkpoint that somebody vouches for, else the newest there is; nothing if the leaf is in
    none yet. Raises `LeafInvalid` if it was not logged, `TlogDamaged`."""
    anchor = log.anchor_for(leaf.entry)
    note = anchor.note if anchor else log.checkpoint
    number = log.number_of(leaf.entry)
    if number is None:
        raise LeafInvalid("not logged")
    if note is None or (anchor is None and number >= log.published):
        return {}
    found = {".tlog-proof": bytes(log.prove(leaf.entry, note, bytes(leaf)))}
    return found | ({".tsr": anchor.stamp} if anchor and anchor.stamp else {})
