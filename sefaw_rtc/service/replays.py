"""Which consultations are open for replay, by whom, until when, and why no longer. It decides nothing about who may:
`accesses.py` does, when one is opened and again at every request.

What a replay reads it reads in threads of its own, so that neither the call nor the logs wait for it.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from recordings.replay.course import Course, Played
from sefaw_rtc import logs
from sefaw_rtc.access import SignedIn
from sefaw_rtc.errors import Forbidden, NotFound, NotReady, TooMany, UserError
from sefaw_rtc.service.preparing import Preparing
from sefaw_rtc.service.replay_index import ReplayIndex
from sefaw_rtc.service.replay_reading import Archive, Sealed
from sefaw_rtc.service.sealing import Sealing
from sefaw_rtc.store import Store
from signalling.ids import AccountId, ConsultationId
from signalling.vocabulary import AccessPurpose, ErrorCode

if TYPE_CHECKING:
    from sefaw_rtc.service.finding import Found

T = TypeVar("T")

IDLE_S: Final = 900.0  # without a request, and with nobody who watches
MOST: Final = 200  # replays of this server
MOST_EACH: Final = 8  # of an account; the one that was not used for longest goes
AT_ONCE: Final = 12  # requests of one replay: a browser has six connections
READERS: Final = 4
SEAL_SOON_S: Final = 5
_DIGITS: Final = 9  # of a run's number: 30 bits

log = logs.get("service")


class Cut(StrEnum):
    """Why a replay that was open is so no longer."""

    CONSENT = "consent"  # withdrawn, or its time is over
    GRANT = "grant"
    ERASED = "erased"
    ACCOUNT = "account"  # may no longer
    STOPPING = "stopping"  # the server
    CLOSED = "closed"  # by who opened it, or unused for long


@dataclass
class Replay:
    """One that was opened."""

    id: str
    who: SignedIn
    found: "Found"
    purpose: AccessPurpose
    sealed: bool  # whether there is a key that can go
    course: Course
    used: float
    busy: int = 0
    watchers: int = 0
    cut: Cut | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def consultation(self) -> ConsultationId:
        return self.found.consultation

    @property
    def account(self) -> AccountId:
        return self.who.account.id

    def track(self, text: str) -> Played:
        """The one of this number that has a file. Raises NotFound."""
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
        for one in self.course.tracks:
            if one.run == number and one.file:
                return one
        raise NotFound("track")

    def end(self, reason: Cut) -> None:
        """The first reason stays."""
        if self.cut is None:
            self.cut = reason
            self.ended.set()

    def refuse_if_cut(self) -> None:
        """Raises what is answered from then on."""
        match self.cut:
            case None:
                return
            case Cut.CONSENT:
                raise UserError(ErrorCode.NO_CONSENT)
            case Cut.GRANT:
                raise UserError(ErrorCode.GRANT_ENDED)
            case Cut.ERASED:
                raise UserError(ErrorCode.ERASED)
            case Cut.ACCOUNT:
                raise Forbidden("role")
            case Cut.STOPPING | Cut.CLOSED:
                raise NotFound("replay")


class Replays:
    """One per server; `replay_guard` looks after them."""

    def __init__(
        self,
        archive: Archive,
        sealing: Sealing,
        store: Store,
        fetch: Callable[[ConsultationId], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`fetch`: what lies in the object store alone is here when it returns. Raises UserError."""
        self.archive = archive
        self._fetch = fetch
        self.preparing = Preparing(archive)
        self.index = ReplayIndex(store, archive)
        self._sealing = sealing
        self._clock = clock
        self._all: dict[str, Replay] = {}
        self._pool = ThreadPoolExecutor(READERS, "replays")

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Replay]:
        return iter(list(self._all.values()))

    async def off_loop(self, read: Callable[[], T]) -> T:
        """In a thread of ours: reading never takes one from the logs."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, read)

    async def sealed(self, consultation: ConsultationId) -> Sealed:
        """What there is to replay. Raises UserError: not sealed yet (then it is soon), erased, its key is not here,
        it is being fetched, the object store does not give it."""
        found = await self.off_loop(lambda: self.archive.read(consultation))
        if found is None:
            self._sealing.ask(self.archive.log_path(consultation))
            raise NotReady("the seal", retry_after_s=SEAL_SOON_S)
        await self._fetch(consultation)
        if found.is_all_here:
            return found
        return await self.off_loop(lambda: self.archive.read(consultation) or found)

    def add(self, who: SignedIn, found: "Found", purpose: AccessPurpose, sealed: Sealed) -> Replay:
        """It is open from here on; that it may be was asked and written down. Raises TooMany."""
        replay = Replay(
            id=secrets.token_urlsafe(18),
            who=who,
            found=found,
            purpose=purpose,
            sealed=self.archive.has_key(found.consultation),
            course=sealed.course,
            used=self._clock(),
        )
        self._all[replay.id] = replay
        self.preparing.ask(sealed.course)
        return replay

    def make_room(self, account: AccountId) -> None:
        """For one more. Raises TooMany."""
        mine = sorted((one for one in self._all.values() if one.account == account), key=lambda one: one.used)
        for replay in mine[: max(0, len(mine) - MOST_EACH + 1)]:
            self.close(replay)
        if len(self._all) >= MOST:
            raise TooMany("replays", retry_after_s=60)

    def get(self, account: AccountId, consultation: ConsultationId, name: str) -> Replay:
        """One that the same account opened. Raises UserError."""
        replay = self._all.get(name)
        if replay is None or (replay.consultation, replay.account) != (consultation, account):
            raise NotFound("replay")
        replay.used = self._clock()
        replay.refuse_if_cut()
        return replay

    def close(self, replay: Replay, reason: Cut = Cut.CLOSED) -> None:
        """It is forgotten."""
        self._all.pop(replay.id, None)
        replay.end(reason)

    def cut(self, consultation: ConsultationId, reason: Cut) -> None:
        """All of this consultation, at once."""
        for replay in self:
            if replay.consultation == consultation:
                self.cut_one(replay, reason)

    def cut_one(self, replay: Replay, reason: Cut) -> None:
        """It is remembered, so that whoever goes on asking hears why."""
        if replay.cut is None:
            log.info("replay cut", consultation=replay.consultation, account=replay.account, reason=reason)
        replay.end(reason)

    @contextmanager
    def one(self, replay: Replay) -> Iterator[None]:
        """A request, counted as long as it lasts. Raises TooMany."""
        if replay.busy >= AT_ONCE:
            raise TooMany("requests of one replay", retry_after_s=1)
        replay.busy += 1
        try:
            yield
        finally:
            replay.busy -= 1
            replay.used = self._clock()

    @contextmanager
    def watching(self, replay: Replay) -> Iterator[None]:
        """As long as somebody watches, it is in use."""
        replay.watchers += 1
        try:
            yield
        finally:
            replay.watchers -= 1
            replay.used = self._clock()

    def close_idle(self) -> None:
        """What nobody uses."""
        now = self._clock()
        for replay in self:
            if not (replay.busy or replay.watchers) and now - replay.used > IDLE_S:
                self.close(replay)

    def farewell(self) -> None:
        """The server stops: whoever watches is told."""
        for replay in self:
            self.close(replay, Cut.STOPPING)

    def shut(self) -> None:
        """Nothing is read any more."""
        self.farewell()
        self._pool.shutdown(wait=False, cancel_futures=True)
