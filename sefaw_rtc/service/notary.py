"""Tells the transparency log what happened: whoever has something to prove notes it here, and goes on at once.

A leaf is made and kept in its consultation's folder, then appended to the log, both off the loop. What the disk refuses
waits in memory and is tried again; what a kill took away is found at the next start, in the folders and in the
consultations' logs, and being the same leaf it is logged once. A log that contradicts what it signed signs nothing
more: leaves are kept all the same, for the log that will have another name.
"""

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from recordings import ArchiveError, Erased, KeyDamaged, Keyring, StorageFailed, StorageFull, WrongKey
from recordings.crypt import KEY_BYTES, leaf_secret
from recordings.leaves import GUESSABLE, kept_leaf, named_leaf
from recordings.tlog import Leaf, LeafInvalid, LeafKind, TlogDamaged, TlogInUse, TransparencyLog
from sefaw_rtc import logs
from sefaw_rtc.service import leaf_events
from sefaw_rtc.service.clock import unix_ms
from signalling.events import Event
from signalling.ids import ConsultationId

RETRY_S: Final = 5.0
# What waits for a full disk: a busy server notes some a second, so hours; beyond it the next start finds the rest.
WAITING_MOST: Final = 100_000
AT_ONCE: Final = 1000  # leaves of one turn: some seconds of a slow disk

log = logs.get("service")


@dataclass(frozen=True, slots=True)
class Noted:
    """What is to be logged. `leaf`: it is kept already."""

    consultation: ConsultationId
    kind: LeafKind
    digest: str
    name: str
    t_unix_ms: int
    leaf: Leaf | None = None


class Notary:
    """One per server. `note` and `saw` are called on the loop; nothing of it ever raises there."""

    def __init__(
        self,
        keyring: Keyring,
        open_log: Callable[[], TransparencyLog],
        *,
        floor_ms: int = 0,
        now_ms: Callable[[], int] = unix_ms,
    ) -> None:
        """`open_log` is asked until the disk allows it; it raises what `TransparencyLog.open` raises. `floor_ms`: no
        leaf is older than this."""
        self._keyring = keyring
        self._open_log = open_log
        self._now_ms = now_ms
        self._last_ms = floor_ms
        self._waiting: deque[Noted] = deque()
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self._disk = threading.Lock()  # whoever is cancelled leaves a thread behind that is not
        self.transparency: TransparencyLog | None = None
        self.trouble = ""  # the error's name, while there is one
        self.stopped = False  # the log contradicts itself: nothing more is logged, everything is kept
        self.dropped = False  # something was passed over, and has to be looked for

    def note(self, consultation: ConsultationId, kind: LeafKind, digest: str, name: str = "") -> None:
        """Log this soon. `digest`: SHA-256 of what it is about, 64 lower-case hex digits. `name`: of the leaf's file in
        the consultation's folder, where a kind has several; noting the same again changes nothing."""
        self._last_ms = max(self._last_ms, self._now_ms())  # a clock that is set back makes no leaf older than another
        self._wait(Noted(consultation, kind, digest, name, self._last_ms))

    def note_kept(self, consultation: ConsultationId, leaf: Leaf) -> None:
        """Log a leaf that is kept: it may be the second time, which changes nothing."""
        self._wait(Noted(consultation, leaf.kind, leaf.digest, "", leaf.t_unix_ms, leaf))

    def saw(self, consultation: ConsultationId, events: Sequence[Event]) -> None:
        """These events are in the consultation's log: those that are leaves are noted."""
        for event in events:
            kind = leaf_events.kind_of(event)
            if kind is not None:
                self.note(consultation, kind, leaf_events.digest_of(event), leaf_events.name_of(event, kind))

    def stop(self, error: TlogDamaged) -> None:
        """The log contradicts what it signed, and signs nothing more."""
        self.stopped = True
        self._say(error)

    @property
    def waiting(self) -> int:
        """Leaves that are not logged yet."""
        return len(self._waiting)

    async def run(self) -> None:
        """For ever. Opens the log at once: whether it can be gone on with is known before there is a leaf."""
        self._news.set()
        while True:
            await self._news.wait()
            self._news.clear()
            if not await self.settle():
                await asyncio.sleep(RETRY_S)
                self._news.set()

    async def settle(self) -> bool:
        """Log what waits, now; whether nothing waits any more."""
        async with self._turn:
            while self._waiting or (self.transparency is None and not self.stopped):
                batch = [noted for noted, _ in zip(self._waiting, range(AT_ONCE), strict=False)]
                try:
                    await asyncio.to_thread(self._log, batch)
                except TlogDamaged as error:
                    self.stop(error)
                except (TlogInUse, StorageFull, StorageFailed) as error:
                    self._say(error)
                    return False
                else:
                    self._said_nothing_more()
                for _ in batch:
                    self._waiting.popleft()
        return True

    async def close(self) -> None:
        """Log what waits, as far as the disk takes it, and give the log free."""
        if not await self.settle():
            log.error("leaves are not logged; the next start tries again", count=self.waiting)
        if self.transparency is not None:
            await asyncio.to_thread(self.transparency.close)
            self.transparency = None

    def _log(self, batch: list[Noted]) -> None:
        """Off the loop."""
        with self._disk:
            leaves = [leaf for noted in batch if (leaf := self._kept(noted)) is not None]
            if self.stopped:
                return
            if self.transparency is None:
                self.transparency = self._open_log()
            self.transparency.append([leaf.entry for leaf in leaves])

    def _kept(self, noted: Noted) -> Leaf | None:
        """None: it cannot be made; that is said, and the others do not wait for it."""
        if noted.leaf is not None:
            return noted.leaf
        try:
            return self._guessable(noted) if noted.kind in GUESSABLE else self._made(noted)
        except (LeafInvalid, KeyDamaged, WrongKey) as error:
            one = noted.consultation
            log.warning("leaf cannot be kept", consultation=one, kind=noted.kind, error=type(error).__name__)
            return None

    def _guessable(self, noted: Noted) -> Leaf:
        """Its digest is salted by the consultation's key. Where there is none, as after an erasure, by a secret that
        nobody has: it is logged that something happened, and nobody can ever try what."""
        try:
            return self._made(noted, leaf_secret(self._keyring.open(noted.consultation)))
        except Erased:
            kept = named_leaf(self._keyring.folder(noted.consultation), noted.kind, noted.name or noted.kind.value)
            return kept or self._made(noted, secrets.token_bytes(KEY_BYTES))

    def _made(self, noted: Noted, secret: bytes | None = None) -> Leaf:
        one = noted.consultation
        folder = self._keyring.folder(one)
        return kept_leaf(folder, one, noted.kind, noted.digest, noted.t_unix_ms, noted.name, secret)

    def _wait(self, noted: Noted) -> None:
        if len(self._waiting) >= WAITING_MOST:
            self._pass_over()
            return
        self._waiting.append(noted)
        self._news.set()

    def _pass_over(self) -> None:
        if not self.dropped:
            self.dropped = True
            log.error("too many leaves wait for the disk; the rest is looked for later", count=self.waiting)

    def _say(self, error: ArchiveError) -> None:
        if self.trouble != type(error).__name__:
            self.trouble = type(error).__name__
            log.error("the transparency log takes nothing; leaves wait", error=self.trouble)

    def _said_nothing_more(self) -> None:
        if self.trouble and not self.stopped:
            self.trouble = ""
            log.warning("the transparency log is written again")
