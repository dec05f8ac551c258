"""A consultation's leaves of the transparency log: the salts that keep them unreadable, kept beside what they speak of,
so that the same leaf is logged once however often it is tried."""

import secrets
from pathlib import Path
from typing import Final

from recordings.errors import StorageFailed
from recordings.tlog import Leaf, LeafInvalid, LeafKind, consultation_commitment
from recordings.tlog.files import read_whole, write_whole
from recordings.tlog.leaf import SALT_SIZE
from signalling.ids import ConsultationId

PROOF: Final = "proof"  # folder of the consultation's
_SALT: Final = "consultation.salt"
_MOST: Final = 4096


def kept_leaf(
    folder: Path, consultation: ConsultationId, kind: LeafKind, digest: str, t_unix_ms: int, name: str = ""
) -> Leaf:
    """The leaf about `digest`: the one that was made before, else a new one. `folder`: the consultation's. `name`: of
    its file, for kinds of which there are several. Raises `StorageFull`, `StorageFailed`."""
    path = folder / PROOF / f"{name or kind.value}.leaf"
    kept = read_whole(path, _MOST)
    if kept is not None:
        try:
            leaf = Leaf.parse(kept)
        except LeafInvalid:
            raise StorageFailed("a leaf that was kept is damaged") from None
        if leaf.digest == digest:
            return leaf
    leaf = Leaf(
        consultation=consultation_commitment(_salt(folder), consultation),
        digest=digest,
        kind=kind,
        salt=secrets.token_hex(SALT_SIZE),
        t_unix_ms=t_unix_ms,
    )
    write_whole(path, bytes(leaf))
    return leaf


def _salt(folder: Path) -> bytes:
    """The consultation's own: with it, its leaves can be told to be of one."""
    path = folder / PROOF / _SALT
    kept = read_whole(path, _MOST)
    if kept is None:
        kept = secrets.token_bytes(SALT_SIZE)
        write_whole(path, kept)
    return kept
