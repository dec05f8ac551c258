"""The records of a sealed file that is appended to: the consultation's log, its snapshots. The first record stands in
the clear and holds the first salt; every later one begins with a letter:

    E ‖ box                a record, sealed; boxes are counted from 0 under each salt
    K ‖ {"salt":"<hex>"}   from here on another key, and 0 again: whoever goes on with a file cannot know which numbers
                           were used already, and a number used twice would open both
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from recordings.crypt import DataKey, FileKey, Use, new_salt
from recordings.errors import LogDamaged, NotAuthentic

Salt = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_BOX: Final = b"E"
_RENEWED: Final = b"K"


class _NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    salt: Salt


class Sealer:
    """Makes the records after the first, in the order in which they must stand in the file."""

    def __init__(self, key: DataKey, use: Use, first: bytes, salt: bytes) -> None:
        """`first`: the payload of the first record, `salt`: the one that it holds."""
        self._data_key, self._use, self._first = key, use, first
        self._key = FileKey(key, use, salt, first)

    def sealed(self, plain: bytes) -> bytes:
        """The record of this."""
        return _BOX + self._key.seal(plain)

    def renewed(self) -> bytes:
        """The record of a new key; what is sealed from now on follows it."""
        salt = new_salt()
        self._key = FileKey(self._data_key, self._use, salt, self._first)
        return _RENEWED + msgspec.json.encode(_NewKey(salt.hex()))


def opened(key: DataKey, use: Use, first: bytes, salt: bytes, records: Iterable[bytes]) -> Iterator[bytes]:
    """What is in the records after the first. Raises `LogDamaged`, `NotAuthentic`."""
    current, number = FileKey(key, use, salt, first), 0
    for position, record in enumerate(records, start=1):
        if record.startswith(_RENEWED):
            current, number = FileKey(key, use, _salt(record, position), first), 0
        elif record.startswith(_BOX):
            yield _open(current, record, number, position)
            number += 1
        else:
            raise LogDamaged(f"record {position} is not sealed")


RENEWED_MOST: Final = 256  # bytes of a record with a salt, with its frame


def renewed_salt(record: bytes | None) -> bytes | None:
    """The salt of a record that begins another key; None for any other. Raises `LogDamaged`."""
    return _salt(record, 0) if record is not None and record.startswith(_RENEWED) else None


def boxed(record: bytes | None) -> bytes:
    """The box of a record. Raises `LogDamaged` for one that is none, or is not what was written."""
    if record is None or not record.startswith(_BOX):
        raise LogDamaged("a record is not sealed, or not what was written")
    return record[1:]


def _open(key: FileKey, record: bytes, number: int, position: int) -> bytes:
    try:
        return key.open(record[1:], number)
    except NotAuthentic:
        raise NotAuthentic(f"record {position} was not written here with this key") from None


def _salt(record: bytes, position: int) -> bytes:
    try:
        return bytes.fromhex(msgspec.json.decode(record[1:], type=_NewKey).salt)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise LogDamaged(f"record {position} holds no salt") from None
