"""A consultation's leaves of the transparency log: the salts that keep them unreadable, kept beside what they speak of,
so that the same leaf is logged once however often it is tried. A leaf that is there is never written over: without its
salt nobody could open what was logged of it.

What was said or decided (`GUESSABLE`) is short enough to be guessed by whoever sees its digest: of it the digest is
salted with a secret that ends with the data key. Leaves of before are not, and end with an erasure."""

import os
import re
import secrets
from pathlib import Path
from typing import Final

from recordings.storage import sync_folder, typed
from recordings.tlog import Leaf, LeafInvalid, LeafKind, consultation_commitment
from recordings.tlog.files import read_whole, write_whole
from recordings.tlog.leaf import SALT_SIZE, SALTED, salted
from signalling.ids import ConsultationId

PROOF: Final = "proof"  # folder of the consultation's
LEAF: Final = ".leaf"
# Others are about ciphertext, about a list with a salt of its own, or about an erasure, which names no patient.
GUESSABLE: Final = frozenset({LeafKind.CONSENT, LeafKind.ACCESS, LeafKind.OPENED, LeafKind.OPINION, LeafKind.SCORE})
_SALT: Final = "consultation.salt"
_MOST: Final = 4096
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


def kept_leaf(
    folder: Path,
    consultation: ConsultationId,
    kind: LeafKind,
    digest: str,
    t_unix_ms: int,
    name: str = "",
    secret: bytes | None = None,
) -> Leaf:
    """The leaf about `digest`: the one that was made before, else a new one. `folder`: the consultation's. `name`: of
    its file, for kinds of which there are several; where another leaf has it, this one's has its digest in it.
    `secret`: what salts the digest; None = it needs none. Raises `LeafInvalid` for a name or a digest that is none and
    for a kept leaf that is damaged, `StorageFull`, `StorageFailed`."""
    name = name or kind.value
    if not _NAME.match(name) or not _DIGEST.match(digest):
        raise LeafInvalid("not the name or the digest of a leaf")
    said = digest if secret is None else salted(secret, digest)
    for path in (folder / PROOF / f"{name}{LEAF}", folder / PROOF / f"{name}-{said[:16]}{LEAF}"):
        kept = _read(path)
        if kept is None:
            return _new(path, folder, consultation, kind, said, t_unix_ms, 1 if secret is None else SALTED)
        if (kept.digest, kept.kind) in {(said, kind), (digest, kind)}:  # the latter was made before digests were salted
            return kept
    raise LeafInvalid("two other leaves have its name")


def named_leaf(folder: Path, kind: LeafKind, name: str) -> Leaf | None:
    """The leaf of this kind and name, whatever it is about. Raises `LeafInvalid`, `StorageFailed`."""
    kept = _read(folder / PROOF / f"{name}{LEAF}") if _NAME.match(name) else None
    return kept if kept is not None and kept.kind is kind else None


def forget_guessable(folder: Path) -> int:
    """Overwrite and remove what an erasure must not leave behind: leaves whose digest could be guessed, of before
    digests were salted. What was logged of them stays in the log, without the salt that would open it. How many.
    Raises `StorageFailed`; harmless when repeated."""
    found = 0
    try:
        for path in sorted((folder / PROOF).glob(f"*{LEAF}")):
            if not _may_stay(path):
                _overwrite(path)
                path.unlink()
                found += 1
    except OSError as error:
        raise typed(error) from None
    if found:
        sync_folder(folder / PROOF)
    return found


def _may_stay(path: Path) -> bool:
    try:
        leaf = _read(path)
    except LeafInvalid:
        return False  # nobody can open it, and its digest may be in it
    return leaf is None or leaf.version == SALTED or leaf.kind not in GUESSABLE


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
        file.flush()
        os.fsync(file.fileno())


def kept_leaves(folder: Path) -> dict[str, Leaf]:
    """All of a consultation's by name, in the order of their names; a damaged one is passed over. Raises
    `StorageFailed`."""
    found: dict[str, Leaf] = {}
    try:
        paths = sorted((folder / PROOF).glob(f"*{LEAF}"))
    except OSError as error:
        raise typed(error) from None
    for path in paths:
        try:
            leaf = _read(path)
        except LeafInvalid:
            continue
        if leaf is not None:
            found[path.name.removesuffix(LEAF)] = leaf
    return found


def _read(path: Path) -> Leaf | None:
    kept = read_whole(path, _MOST)
    return None if kept is None else Leaf.parse(kept)


def _new(
    path: Path, folder: Path, consultation: ConsultationId, kind: LeafKind, digest: str, t_unix_ms: int, version: int
) -> Leaf:
    leaf = Leaf(
        consultation=consultation_commitment(_salt(folder), consultation),
        digest=digest,
        kind=kind,
        salt=secrets.token_hex(SALT_SIZE),
        t_unix_ms=t_unix_ms,
        version=version,
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
