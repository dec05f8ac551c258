"""How long each class of what is kept of a consultation is kept, and which files go with it. Pure: what is due at a
time, by the policy.

Times count from the seal, some seconds after the end. A seal of before `BEGAN` was made by a clock that was not set (a
dead battery says 1970): such a consultation never runs out of time, people erase it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from recordings.fast_lane import FAST
from recordings.manifest import FileKind, Manifest

DAY_MS: Final = 86_400_000
BEGAN_UNIX_MS: Final = 1_735_689_600_000  # 2025-01-01: before this program


class Class(StrEnum):
    """What has a clock of its own, in the order in which it goes. `RECORDS`: the log, and with it everything: the data
    key is destroyed. `INDEX`: the row that is left then."""

    JOURNAL = "journal"
    MEDIA = "media"
    PICTURES = "pictures"
    RECORDS = "records"
    INDEX = "index"


_KINDS: Final[Mapping[str, set[FileKind]]] = {  # what of a manifest goes with which clock
    Class.JOURNAL: {FileKind.MEDIA},
    Class.MEDIA: {FileKind.MEDIA, FileKind.TRACK},
}


@dataclass(frozen=True)
class Policy:
    """Days from the seal on; 0 = until somebody erases it."""

    days: Mapping[Class, int]

    def due(self, sealed_unix_ms: int, now_unix_ms: int, gone: frozenset[str], *, erased: bool) -> list[Class]:
        """What is to be removed now. Erasing the records takes the rest along, the index's row comes after it."""
        if sealed_unix_ms < BEGAN_UNIX_MS:
            return []
        age = now_unix_ms - sealed_unix_ms
        over = [one for one in Class if self.days.get(one, 0) > 0 and age >= self.days[one] * DAY_MS]
        if not erased and Class.RECORDS in over:
            return [Class.RECORDS]
        return [one for one in over if one.value not in gone and (one is not Class.INDEX or erased)]


def let_go(manifest: Manifest, aged: Collection[str]) -> frozenset[str]:
    """The names of a manifest's files that the clocks of these classes removed."""
    kinds = {kind for one in aged for kind in _KINDS.get(one, ())}
    names = {FAST} if Class.MEDIA in aged else set()
    return frozenset(one.name for one in manifest.files if one.kind in kinds or one.name in names)
