"""A consultation's review events on disk: a framed, sealed file in its folder of the archive, under its data key, so
that erasing the consultation erases its reviews too.

    record 1     JSON in the clear: {"kind":"reviews","version":1,"consultation":…,"salt":…}
    every other  a `ReviewEvent`, sealed as the consultation's log is (`recordings.sealed`)

It is not in the manifest: reviews come after the seal. Written and synced before anybody is told.
"""

import os
from pathlib import Path
from typing import Final, Literal, Self

import msgspec

from recordings import framing
from recordings.appending import Appender
from recordings.crypt import DataKey, Use, new_salt
from recordings.errors import LogDamaged, LogUnreadable
from recordings.framing import Ending
from recordings.log import read_log
from recordings.review.review import ReviewEvent
from recordings.sealed import Salt, Sealer, opened
from recordings.storage import sync_folder, typed
from signalling.ids import ConsultationId, ConsultationRef
from signalling.record import Record

FILE: Final = "reviews"
MOST_BYTES: Final = 32 * 1024 * 1024  # a draft that is saved each minute for a month


class Header(Record, frozen=True):
    """The first record."""

    consultation: ConsultationRef
    salt: Salt
    kind: Literal["reviews"] = "reviews"
    version: Literal[1] = 1


class ReviewWriter(Appender):
    """The only writer of one consultation's reviews."""

    @classmethod
    def open(cls, folder: Path, consultation: ConsultationId, key: DataKey) -> tuple[Self, list[ReviewEvent]]:
        """Begin, or go on after the last good event. Raises `LogUnreadable`, `LogDamaged`, `NotAuthentic`,
        `StorageFull`, `StorageFailed`."""
        path = folder / FILE
        if not path.exists():
            return cls._begun(path, consultation, key), []
        reading = read_log(path)
        header = _header(reading.records[0] if reading.records else b"", consultation)
        events = _events(key, header, reading.records)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            raise typed(error) from None
        sealer = Sealer(key, Use.REVIEWS, reading.records[0], bytes.fromhex(header.salt))
        writer = cls(descriptor, reading.good_length, sealer)
        writer._go_on()
        return writer, events

    @classmethod
    def _begun(cls, path: Path, consultation: ConsultationId, key: DataKey) -> Self:
        """The file appears whole: it gets its name when its first record is on the disk."""
        salt, draft = new_salt(), path.with_name(f".{FILE}.new")
        first = msgspec.json.encode(Header(consultation=consultation, salt=salt.hex()))
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise typed(error) from None
        writer = cls(descriptor, 0, Sealer(key, Use.REVIEWS, first, salt))
        try:
            writer._write(framing.HEADER + framing.frame(first))
            writer.sync()
            draft.rename(path)
            sync_folder(path.parent)
        except OSError as error:
            writer.close()
            raise typed(error) from None
        except Exception:
            writer.close()
            raise
        return writer

    def add(self, event: ReviewEvent) -> None:
        """Written and on the disk when it returns. Raises `StorageFull`, `StorageFailed`, `RecordTooLarge`."""
        self.append(msgspec.json.encode(event))
        self.sync()


def read_reviews(folder: Path, consultation: ConsultationId, key: DataKey) -> list[ReviewEvent]:
    """All good events, none if there is no file. Raises `LogUnreadable`, `LogDamaged`, `NotAuthentic`,
    `StorageFailed`."""
    if not (folder / FILE).exists():
        return []
    records = read_log(folder / FILE).records
    return _events(key, _header(records[0] if records else b"", consultation), records)


def _header(first: bytes, consultation: ConsultationId) -> Header:
    try:
        header = msgspec.json.decode(first, type=Header)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise LogUnreadable(Ending.BAD_HEADER.value) from None
    if header.consultation != consultation:
        raise LogDamaged("the reviews of another consultation")
    return header


def _events(key: DataKey, header: Header, records: list[bytes]) -> list[ReviewEvent]:
    events: list[ReviewEvent] = []
    for plain in opened(key, Use.REVIEWS, records[0], bytes.fromhex(header.salt), records[1:]):
        try:
            event = msgspec.json.decode(plain, type=ReviewEvent)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise LogDamaged(f"review event {len(events) + 1} cannot be read") from None
        if event.seq != len(events) + 1:
            raise LogDamaged(f"review event {len(events) + 1} is out of order")
        events.append(event)
    return events
