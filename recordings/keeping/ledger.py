"""What is decided about keeping one consultation: legal holds, erasure by two people, what ran out of time. A ledger
of its own for each, `keeping/<id>` of the data directory, in the clear: it must be readable when the consultation is
not any more, and outlive a database that is lost or rolled back. It names staff and reasons, never a patient.

    file = framed (`framing.py`): the header {"kind":"keeping","version":1,"consultation":…}, then one `Entry` a record

Whoever decides holds the file's lock while it reads, judges and appends: a server and a command beside it never both
say yes. What cannot be read is never erased.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from recordings import framing
from recordings.appending import Appender
from recordings.errors import LogDamaged
from recordings.framing import Ending
from recordings.storage import sync_folder, typed
from signalling.canonical import canonical
from signalling.ids import ConsultationId, ConsultationRef, Count
from signalling.record import Record

KEEPING: Final = "keeping"  # folder of the data directory
_MOST: Final = 16 * 1024 * 1024  # a thousand holds set and lifted are some 300 kB


class Step(StrEnum):
    """What is written down. `AGED`: a class of what is kept (`what`) ran out of its time and was removed."""

    HELD = "held"
    LIFTED = "lifted"
    ASKED = "asked"
    WITHDRAWN = "withdrawn"
    CONFIRMED = "confirmed"
    ERASED = "erased"
    AGED = "aged"


class Refusal(StrEnum):
    """Why a step cannot be taken."""

    HELD = "held"
    NOT_HELD = "not_held"
    NOT_ASKED = "not_asked"
    ASKED_ALREADY = "asked_already"
    SAME_PERSON = "same_person"
    ERASED = "erased"


class Refused(Exception):  # noqa: N818 - what it is
    """A step that what was decided before does not allow."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Entry(Record, frozen=True):
    """One decision. `account` empty: the retention's clock, nobody. `name`: as the person was called then."""

    step: Step
    t_unix_ms: Count
    account: Annotated[str, Meta(max_length=64)] = ""
    name: Annotated[str, Meta(max_length=200)] = ""
    why: Annotated[str, Meta(max_length=500)] = ""
    what: Annotated[tuple[str, ...], Meta(max_length=16)] = ()

    @property
    def digest(self) -> str:
        """What the transparency log is told of it."""
        return hashlib.sha256(canonical(msgspec.to_builtins(self))).hexdigest()


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["keeping"]
    version: Literal[1]
    consultation: ConsultationRef


class Kept(msgspec.Struct, frozen=True):
    """What stands now: the hold, the erasure that was asked for, confirmed, done; which classes are gone."""

    hold: Entry | None = None
    asked: Entry | None = None
    confirmed: Entry | None = None
    erased: Entry | None = None
    aged: frozenset[str] = frozenset()

    def after(self, entry: Entry) -> "Kept":
        """With one more entry. Raises `Refused`."""
        refusal = self._refusal(entry)
        if refusal is not None:
            raise Refused(refusal)
        return self._with(entry)

    def _refusal(self, entry: Entry) -> Refusal | None:
        if self.confirmed is not None and entry.step not in {Step.ERASED, Step.AGED}:
            return Refusal.ERASED
        match entry.step:
            case Step.LIFTED if self.hold is None:
                return Refusal.NOT_HELD
            case Step.HELD | Step.ASKED | Step.CONFIRMED | Step.AGED if self.hold is not None:
                return Refusal.HELD
            case Step.ASKED if self.asked is not None:
                return Refusal.ASKED_ALREADY
            case Step.WITHDRAWN | Step.CONFIRMED if self.asked is None:
                return Refusal.NOT_ASKED
            case Step.CONFIRMED if self.asked and entry.account and entry.account == self.asked.account:
                return Refusal.SAME_PERSON
            case Step.ERASED if self.confirmed is None:
                return Refusal.NOT_ASKED
        return None

    def _with(self, entry: Entry) -> "Kept":
        change = msgspec.structs.replace
        match entry.step:
            case Step.HELD:
                return change(self, hold=entry)
            case Step.LIFTED:
                return change(self, hold=None)
            case Step.ASKED:
                return change(self, asked=entry)
            case Step.WITHDRAWN:
                return change(self, asked=None)
            case Step.CONFIRMED:
                return change(self, confirmed=entry)
            case Step.ERASED:
                return change(self, erased=entry)
            case Step.AGED:
                return change(self, aged=self.aged | frozenset(entry.what))


class Ledgers:
    """All of a data directory."""

    def __init__(self, data: Path) -> None:
        self._folder = data / KEEPING

    def all(self) -> list[ConsultationId]:
        """Those of which something was decided. Raises `StorageFailed`."""
        try:
            with os.scandir(self._folder) as found:
                return sorted(ConsultationId(one.name) for one in found if one.stat().st_size)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise typed(error) from None

    def read(self, consultation: ConsultationId) -> Kept:
        """Raises `LogDamaged`, `StorageFailed`."""
        try:
            data = (self._folder / consultation).read_bytes()
        except FileNotFoundError:
            return Kept()
        except OSError as error:
            raise typed(error) from None
        return _folded(consultation, data)[0]

    def add(self, consultation: ConsultationId, entry: Entry, doing: Callable[[], object] = lambda: None) -> Kept:
        """Write it down, on the disk itself; `doing` what it says first, where nobody can decide otherwise meanwhile.
        Raises `Refused`, `LogDamaged`, `StorageFull`, `StorageFailed`, what `doing` raises; nothing is written then."""
        with self._locked(consultation) as descriptor:
            kept, good = _folded(consultation, os.pread(descriptor, _MOST, 0))
            kept = kept.after(entry)
            doing()
            _Pen(descriptor, good, None).write(consultation, entry)
        return kept

    @contextmanager
    def _locked(self, consultation: ConsultationId) -> Iterator[int]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._folder / consultation, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise typed(error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            sync_folder(self._folder)
            yield descriptor
        finally:
            os.close(descriptor)


class _Pen(Appender):
    """Writes one entry behind what is good, on the disk itself. The descriptor is the lock's."""

    def write(self, consultation: ConsultationId, entry: Entry) -> None:
        self._cut()
        header = b""
        if not self.size:
            header = framing.HEADER + framing.frame(msgspec.json.encode(_Header("keeping", 1, consultation)))
        self._write(header + framing.frame(msgspec.json.encode(entry)))
        self.sync()


def _folded(consultation: ConsultationId, data: bytes) -> tuple[Kept, int]:
    """What it says, and how many bytes of it are good. A torn end was never acknowledged; damage before it is."""
    found = framing.scan_synced(data)
    if found.ending not in {Ending.CLEAN, Ending.TORN}:
        raise LogDamaged("a keeping ledger is damaged")
    if not found.records:
        return Kept(), 0
    kept = Kept()
    try:
        if msgspec.json.decode(found.records[0], type=_Header).consultation != consultation:
            raise LogDamaged("the keeping ledger of another consultation")
        for record in found.records[1:]:
            kept = kept.after(msgspec.json.decode(record, type=Entry))
    except (msgspec.DecodeError, UnicodeError, RecursionError, Refused):
        raise LogDamaged("a keeping ledger cannot be read") from None
    return kept, found.good_length
