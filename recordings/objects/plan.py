"""What is to be done about a consultation's copies in the object store. Pure: of the manifest, of what is known to be
there, of what was decided about keeping it, of what lies here, and of the time.

What is wanted there is the manifest and everything that it lists, as long as it is kept at all. What ran out of its
time, and all of it after an erasure, is wanted there no more: removals are not orders that could be lost while the
store does not answer, they are the difference between what is wanted and what may be there.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from recordings.keeping.retention import let_go
from recordings.manifest import MANIFEST, FileEntry, FileKind, Manifest
from recordings.objects.register import Stored

DAY_MS: Final = 86_400_000
_LARGE: Final = frozenset(
    {FileKind.MEDIA, FileKind.TRACK}
)  # what may be there alone; the rest is small, and asked often


@dataclass(frozen=True)
class Here:
    """What this node knows. `manifest` None: there is none. `sealed`: its data key is here, so what it lists is
    ciphertext; without one nothing is sent, and nothing is removed either: a key that is lost may be in a backup.
    `erased`: as the keeping's ledger says. `aged`: classes that ran out of their time. `files`: names of the manifest
    that lie here."""

    manifest: Manifest | None
    sealed: bool
    erased: bool
    aged: AbstractSet[str]
    files: AbstractSet[str]


@dataclass(frozen=True)
class Plan:
    """In this order: `clear` everything, `drop` these names, `send` these files. `lost`: wanted there, and neither
    there nor here. `elsewhere`: another store has what is only there."""

    clear: bool = False
    drop: tuple[str, ...] = ()
    send: tuple[FileEntry, ...] = ()
    lost: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def is_done(self) -> bool:
        return not (self.clear or self.drop or self.send)

    @property
    def bytes(self) -> int:
        return sum(one.size for one in self.send)


def plan(here: Here, stored: Stored, place: str) -> Plan:
    """What is to be done, with the store of this name."""
    begun = bool(stored.place)
    if begun and stored.place != place and (here.erased or not _is_all_here(here, stored)):
        return Plan(elsewhere=True)
    if here.erased:
        return Plan(clear=begun)
    if here.manifest is None or not here.sealed:
        return Plan()
    if stored.place != place:
        stored, begun = Stored(), False  # the former store keeps what it has
    wanted = {one.name: one for one in wanted_there(here)}
    missing = [one for one in wanted.values() if stored.kept.get(one.name) != one.sha256]
    gone = [one.name for one in here.manifest.files if one.name not in wanted and one.name not in stored.gone]
    return Plan(
        drop=tuple(gone) if begun or missing else (),
        send=tuple(one for one in missing if one.name in here.files),
        lost=tuple(one.name for one in missing if one.name not in here.files),
    )


def wanted_there(here: Here) -> list[FileEntry]:
    """The manifest comes last: where it is, the rest is."""
    if here.manifest is None:
        return []
    gone = let_go(here.manifest, here.aged)
    text = bytes(here.manifest)
    itself = FileEntry(name=MANIFEST, kind=FileKind.OTHER, size=len(text), sha256=here.manifest.digest)
    return [*(one for one in here.manifest.files if one.name not in gone), itself]


def elsewhere(here: Here, stored: Stored) -> list[FileEntry]:
    """What is there and not here; of what is erased nothing is asked for any more."""
    if here.erased:
        return []
    return [one for one in wanted_there(here) if one.name not in here.files and stored.kept.get(one.name) == one.sha256]


def may_go(here: Here, stored: Stored, now_unix_ms: int, local_days: int, place: str) -> list[FileEntry]:
    """What need not lie here any more: sound and pictures that were read back there, of a consultation all of which is
    in the store of this name, `local_days` after the seal. 0 = it stays. What a former store alone has stays too:
    nobody can have it fetched from there again."""
    manifest = here.manifest
    if manifest is None or not local_days or (stored.place, stored.whole) != (place, manifest.digest):
        return []
    if now_unix_ms - manifest.sealed_unix_ms < local_days * DAY_MS:
        return []
    return [
        one
        for one in wanted_there(here)
        if one.kind in _LARGE and one.name in here.files and stored.kept.get(one.name) == one.sha256
    ]


def _is_all_here(here: Here, stored: Stored) -> bool:
    return all(one.name in here.files for one in wanted_there(here) if one.name in stored.kept)
