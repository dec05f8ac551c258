"""What is asked of an object store, and what can go wrong with it. Keys are `<consultation>/<name in the manifest>`.

An error says what kind it is and nothing else: what a store answers can name the account and the object.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Protocol

import msgspec

from recordings.errors import ArchiveError


class Fault(StrEnum):
    """Why something could not be done; each has its words on the administrator's page."""

    UNREACHABLE = "unreachable"  # no answer, or none in time
    REFUSED = "refused"  # the credentials are wrong, or may not do this
    NO_BUCKET = "no_bucket"
    CLOCK = "clock"  # the store's clock and ours are too far apart to sign a request
    STORE_FULL = "store_full"
    MISSING = "missing"  # what was kept there is not there any more
    CHANGED = "changed"  # what came back is not what was sealed
    LOCAL = "local"  # the file here is gone, or is not what was sealed
    DISK_FULL = "disk_full"  # no room here for what comes back
    DISK = "disk"  # the disk here refuses
    OTHER_PLACE = "other_place"  # it is kept in another store than the configured one
    FAILED = "failed"

    @property
    def is_of_all(self) -> bool:
        """Whether another consultation would meet the same."""
        return self in {Fault.UNREACHABLE, Fault.REFUSED, Fault.NO_BUCKET, Fault.CLOCK, Fault.STORE_FULL, Fault.FAILED}


class ObjectsFailed(ArchiveError):  # noqa: N818 - named like errors.py's
    """The object store, or what is to be moved to or from it, failed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"the object store: {fault.value}")
        self.fault = fault


class Place(msgspec.Struct, frozen=True):
    """A store, and how it is entered. `prefix`: before every key, empty or ending with a slash. `ca`: PEM text of a
    private certificate authority. `timeout_s`: without a byte, for a connection."""

    bucket: str
    endpoint: str
    region: str
    prefix: str
    path_style: bool
    access_key: str
    secret_key: str
    allow_http: bool = False
    ca: str = ""
    timeout_s: int = 30

    @property
    def name(self) -> str:
        """Which one it is, without what opens it."""
        return f"{self.endpoint or self.region}/{self.bucket}/{self.prefix}"

    def __repr__(self) -> str:
        return f"Place({self.name!r})"


class ObjectStore(Protocol):
    """Every method waits for the network, and raises `ObjectsFailed`."""

    def put(self, key: str, content: Iterable[bytes], size: int) -> None:
        """Whole or not at all, in bounded memory; what `content` raises comes out as it is."""

    def read(self, key: str) -> Iterator[bytes]:
        """In pieces. Raises `MISSING`."""

    def sizes(self, prefix: str) -> dict[str, int]:
        """All whose key begins so, and how long they are. `prefix` ends with a slash."""

    def delete(self, keys: Iterable[str]) -> None:
        """What is not there is no error."""
