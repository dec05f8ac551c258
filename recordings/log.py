"""A consultation's log on disk: a framed file whose first record is the `LogHeader` and every other one event, sealed
with a key derived from the consultation's (`sealed.py`). Logs of before encryption have no cipher in their header:
they are read, and gone on with, in the clear.

Written before it is acknowledged (`append`, one `write`), brought to the platter in groups (`sync`, the caller's
rhythm): a killed process loses nothing acknowledged, a power cut at most what was not synced. Recovery cuts at the
last good record; what is cut away is kept beside the file.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, Protocol, Self

import msgspec
from msgspec import Meta

from recordings import framing
from recordings.appending import Appender
from recordings.crypt import CIPHER, DataKey, Use, new_salt
from recordings.errors import LogDamaged, LogExists, LogUnreadable
from recordings.framing import Ending
from recordings.sealed import Sealer, opened
from recordings.storage import sync_folder, typed
from signalling.codec import ParseError, decode_event
from signalling.events import Event
from signalling.ids import ConsultationId, ConsultationRef, Count
from signalling.record import Record
from signalling.vocabulary import WIRE_VERSION

_HEAD: Final = 4096  # a header has some 200 bytes
_UNUSABLE: Final = {Ending.BAD_HEADER, Ending.UNKNOWN_VERSION}


class Keys(Protocol):
    """Whoever knows the data keys (`keyring.Keyring`)."""

    def open(self, consultation: ConsultationId) -> DataKey:
        """Raises `Erased`, `WrongKey`, `KeyDamaged`, `StorageFailed`."""


class LogHeader(Record, frozen=True):
    """The first record, in the clear: whose log it is, the Unix time (µs) at session time 0, the wire version it is
    written in, how the others are sealed (empty = not) and the first salt."""

    consultation: ConsultationRef
    started_unix_us: Count
    version: Annotated[int, Meta(ge=1, le=65_535)] = WIRE_VERSION
    cipher: Literal["", "A256GCM"] = ""
    salt: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")] = ""


class Reading(NamedTuple):
    """The good records of a file, how many bytes of it they are, and why it is not all of them."""

    records: list[bytes]
    good_length: int
    ending: Ending


@dataclass(frozen=True, slots=True)
class ConsultationLog:
    """A log as read: its header, its events, and how its file ended."""

    header: LogHeader
    events: list[Event]
    ending: Ending


class LogWriter(Appender):
    """The only writer of one log. Made by `create` or `recover`."""

    @classmethod
    def create(cls, path: Path, consultation: ConsultationId, started_unix_us: int, key: DataKey) -> Self:
        """Start a log. `key`: the consultation's. Raises `LogExists`, `StorageFull`, `StorageFailed`."""
        salt = new_salt()
        header = msgspec.json.encode(
            LogHeader(consultation=consultation, started_unix_us=started_unix_us, cipher=CIPHER, salt=salt.hex())
        )
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            raise LogExists("there is a log of this consultation") from None
        except OSError as error:
            raise typed(error) from None
        writer = cls(descriptor, 0, Sealer(key, Use.LOG, header, salt))
        try:
            writer._write(framing.HEADER + framing.frame(header))
            sync_folder(path.parent)
        except Exception:
            writer.close()
            path.unlink(missing_ok=True)
            raise
        return writer

    @classmethod
    def recover(cls, path: Path, keys: Keys) -> tuple[Self, ConsultationLog]:
        """Open a log to go on with it, after a restart: cut at its last good record, with what was cut away kept as
        `<name>.cut-<length>`, and with a new key from its next record on. Raises what `read_consultation` raises, and
        `StorageFull`; the file is then as it was."""
        log, reading, sealer = _read(path, keys)
        try:
            if reading.ending is not Ending.CLEAN:
                _keep_rest(path, reading.good_length)
            descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            raise typed(error) from None
        writer = cls(descriptor, reading.good_length, sealer)
        writer._go_on()
        return writer, log


def read_log(path: Path) -> Reading:
    """The records of a framed file as far as they are good, sealed as they are. Raises `LogUnreadable`,
    `StorageFailed`."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise LogUnreadable("no such log") from None
    except OSError as error:
        raise typed(error) from None
    found = framing.scan(data)
    if found.ending in _UNUSABLE:
        raise LogUnreadable(found.ending.value)
    return Reading(found.records, found.good_length, found.ending)


def read_header(path: Path) -> LogHeader:
    """The first record alone, which needs no key. Raises `LogUnreadable`, `LogDamaged`, `StorageFailed`."""
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD)
    except FileNotFoundError:
        raise LogUnreadable("no such log") from None
    except OSError as error:
        raise typed(error) from None
    found = framing.scan(data)
    if not found.records:
        raise LogUnreadable(found.ending.value)
    return _header(found.records[0])


def read_consultation(path: Path, keys: Keys) -> ConsultationLog:
    """A consultation's log, `<id>.log`, whole or as far as it is good; every reader's one way in. Raises
    `LogUnreadable`, `LogDamaged`, `NotAuthentic`, `StorageFailed`, and of a sealed log `Erased`, `WrongKey`,
    `KeyDamaged`."""
    return _read(path, keys)[0]


def _read(path: Path, keys: Keys) -> tuple[ConsultationLog, Reading, Sealer | None]:
    reading = read_log(path)
    if not reading.records:
        raise LogDamaged("no header record")
    first, later = reading.records[0], reading.records[1:]
    header = _header(first)
    if header.consultation != path.stem:
        raise LogDamaged("the log of another consultation")
    if not header.cipher:
        return ConsultationLog(header, _events(later), reading.ending), reading, None
    key, salt = keys.open(header.consultation), bytes.fromhex(header.salt)
    events = _events(opened(key, Use.LOG, first, salt, later))
    return ConsultationLog(header, events, reading.ending), reading, Sealer(key, Use.LOG, first, salt)


def _header(record: bytes) -> LogHeader:
    try:
        header = msgspec.json.decode(record, type=LogHeader)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise LogDamaged("the first record is no log header") from None
    if header.version > WIRE_VERSION:
        raise LogUnreadable(Ending.UNKNOWN_VERSION.value)
    if bool(header.cipher) != bool(header.salt):
        raise LogDamaged("a cipher without a salt")
    return header


def _events(records: Iterable[bytes]) -> list[Event]:
    events: list[Event] = []
    for number, record in enumerate(records, start=1):
        try:
            event = decode_event(record)
        except ParseError:
            raise LogDamaged(f"event {number} cannot be read") from None
        if event.seq != number:
            raise LogDamaged(f"event {number} is out of order")
        events.append(event)
    return events


def _keep_rest(path: Path, good_length: int) -> None:
    """Copy what will be cut away: damage is evidence, never silently destroyed."""
    rest = path.read_bytes()[good_length:]
    beside = path.with_name(f"{path.name}.cut-{good_length}")
    beside.write_bytes(rest)
