"""Opinions and acknowledgements, during the call and after it.

While the consultation lives its host decides, writes and tells, as with everything. After it closed, its log is opened
once more (`LogWriter.recover` cuts a torn tail), the heart decides over what it says, the event is appended and synced,
and only then is anybody told: `kill -9` or a power cut loses nothing that was acknowledged. One writer at a time for
each log. While it still waits for the disk where it lived, it can be read and nothing is signed.
"""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar
from weakref import WeakValueDictionary

from recordings import (
    ArchiveError,
    ConsultationLog,
    Erased,
    Keys,
    LogUnreadable,
    LogWriter,
    StorageFull,
    read_consultation,
)
from recordings.storage import typed
from sefaw_rtc import logs
from sefaw_rtc.consultation import Consultation, Policy, Refused
from sefaw_rtc.errors import NotFound, UserError
from sefaw_rtc.service.clock import SessionClock
from sefaw_rtc.service.desk import Desk
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.notary import Notary
from sefaw_rtc.service.registry import Registry
from signalling.codec import encode_event
from signalling.events import Accessed, Event, ExportedHere
from signalling.fold import fold_all
from signalling.ids import ConsultationId
from signalling.state import State
from signalling.vocabulary import ErrorCode

T = TypeVar("T")
# Asked of the heart, with the session clock (µs) and Unix ms of now.
Ask = Callable[[Consultation, int, int], T]
# Whoever looked has changed nothing: no list follows, and what was taken out of one meanwhile does not come back.
_LOOKED: Final = (Accessed, ExportedHere)

log = logs.get("service")


class Paperwork:
    """One per server."""

    def __init__(self, registry: Registry, keeper: LogKeeper, desk: Desk, notary: Notary) -> None:
        self._registry = registry
        self._keeper = keeper
        self._desk = desk
        self._notary = notary
        self.on_done: Callable[[ConsultationId], None] = lambda _consultation: (
            None
        )  # something was signed, given, taken back
        self._locks: WeakValueDictionary[ConsultationId, asyncio.Lock] = WeakValueDictionary()

    async def act(self, consultation: ConsultationId, ask: Ask[T]) -> T:
        """Ask the heart of a consultation that lives or is closed, and keep what follows. UserError if it refuses, if
        there is no such consultation, or if it cannot be kept."""
        host = self._registry.get(consultation)
        if host is not None:
            return _live(host, ask)
        lock = self._locks.setdefault(consultation, asyncio.Lock())
        async with lock:
            await self._keeper.settled()
            path, live = self._keeper.closed_path(consultation), self._keeper.live_path(consultation)
            if await asyncio.to_thread(_waits, path, live, self._keeper.keyring):
                raise UserError(ErrorCode.STORAGE_FULL, "log")
            done = await asyncio.to_thread(act_on_closed, consultation, path, self._keeper.keyring, ask)
            self._notary.saw(consultation, done.events)
            if not all(isinstance(event.body, _LOOKED) for event in done.events):
                self._desk.paperwork_done(consultation, done.state, done.started_unix_us)
                self.on_done(consultation)
        return done.result

    async def read(self, consultation: ConsultationId) -> tuple[State, int]:
        """A closed consultation as its log tells it, and the Unix time (µs) of its beginning. Raises NotFound."""
        await self._keeper.settled()
        path, live = self._keeper.closed_path(consultation), self._keeper.live_path(consultation)
        return await asyncio.to_thread(_read, path, live, self._keeper.keyring, self._keeper.unwritten(consultation))


def _live(host: Host, ask: Ask[T]) -> T:
    """What a full disk would keep in memory only is not signed: an opinion must outlive this process."""
    if not host.keeps:
        raise UserError(ErrorCode.STORAGE_FULL, "log")
    result = host.act(lambda now: ask(host.consultation, now, host.clock.unix_ms_of(now)))
    if not host.keeps:
        raise UserError(ErrorCode.STORAGE_FULL, "log")
    return result


@dataclass(frozen=True)
class Done(Generic[T]):
    """What came of asking a closed consultation; `events` are in its log."""

    result: T
    state: State
    started_unix_us: int
    events: list[Event]


def act_on_closed(consultation: ConsultationId, path: Path, keys: Keys, ask: Ask[T]) -> Done[T]:
    """Off the loop: open, decide, write, sync. Raises `UserError`."""
    try:
        with _alone(path):
            writer, read = LogWriter.recover(path, keys)
            with writer:
                heart, clock = _heart(consultation, read)
                now = clock.now()
                result = ask(heart, now, clock.unix_ms_of(now))
                events = list(iter(heart.poll_event, None))
                for event in events:
                    writer.append(encode_event(event))
                writer.sync()
    except Refused as refused:
        raise UserError(refused.code, refused.detail) from None
    except ArchiveError as error:
        raise _told(consultation, error) from None
    return Done(result, heart.state, read.header.started_unix_us, events)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process goes on with this log meanwhile: the server and a command beside it may want to."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise LogUnreadable("no such log") from None
    except OSError as error:
        raise typed(error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _heart(consultation: ConsultationId, read: ConsultationLog) -> tuple[Consultation, SessionClock]:
    """No timers, no seats: a closed consultation asks for nothing but what it is asked."""
    clock = SessionClock(read.header.started_unix_us, floor_us=read.events[-1].t if read.events else 0)
    return Consultation.replay(consultation, read.events, Policy(), clock.now()), clock


def _waits(path: Path, live: Path, keys: Keys) -> bool:
    """Whether a closed consultation's log has not come from where it lived yet."""
    return not path.exists() and _readable(live, keys) is not None


def _read(path: Path, live: Path, keys: Keys, unwritten: Sequence[Event]) -> tuple[State, int]:
    read = _readable(path, keys)
    if read is None:
        read = _readable(live, keys)
    if read is None:
        log.warning("log cannot be read", consultation=path.stem)
        raise NotFound("log")
    last = read.events[-1].seq if read.events else 0
    events = [*read.events, *(event for event in unwritten if event.seq > last)]
    return fold_all(events), read.header.started_unix_us


def _readable(path: Path, keys: Keys) -> ConsultationLog | None:
    try:
        return read_consultation(path, keys)
    except ArchiveError:
        return None


def _told(consultation: ConsultationId, error: ArchiveError) -> UserError:
    if isinstance(error, LogUnreadable | Erased):
        return NotFound("log")
    log.error("paperwork not kept", consultation=consultation, error=type(error).__name__)
    return UserError(ErrorCode.STORAGE_FULL if isinstance(error, StorageFull) else ErrorCode.INTERNAL, "log")
