"""One consultation's log as its host writes it, whatever the disk does.

While the disk takes nothing, records wait in memory, in order and bounded. Where they no longer may, the log is given
up: what waits is still written once there is room, then one statement of how many events are missing (`storage_lost`),
and at the end the consultation's closing. So the file stays a true prefix, readable and foldable, that says itself
what it does not hold.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from recordings import ArchiveError, LogWriter
from recordings.snapshots import EVERY_EVENTS, EVERY_US
from sefaw_rtc import logs
from sefaw_rtc.service.metrics import Metrics
from signalling.codec import decode_event, encode_event
from signalling.events import Body, Closed, Closing, Event, Observed
from signalling.ids import ParticipantId
from signalling.state import State
from signalling.vocabulary import Status, Step

log = logs.get("service")


class Keeper(Protocol):
    """What a log asks of whoever keeps all of them."""

    most_bytes: int
    metrics: Metrics

    def has_room(self, kept: "KeptLog", size: int) -> bool:
        """Whether so much more may wait in memory."""

    def touched(self, kept: "KeptLog") -> None:
        """Written to, not synced yet."""

    def closing(self, kept: "KeptLog", *, finished: bool) -> None:
        """No more events."""

    def snapshot(self, kept: "KeptLog", state: State, t: int) -> None:
        """Keep this state; its events are in the log."""


@dataclass
class Loss:
    """What a given-up log does not hold. `t`: the session time of the last event passed over."""

    events: int = 0
    stated: int = 0
    t: int = 0
    ending: list[Body] = field(default_factory=list)

    def pass_over(self, event: Event) -> None:
        """Not kept; but how it ended will be."""
        self.t = event.t
        if isinstance(event.body, Closing | Closed):
            self.ending.append(event.body)
        else:
            self.events += 1


class KeptLog:
    """`append` events, then `close`. Told outside: `on_trouble` when an outage begins, `on_back` with the number of
    events that waited when it is over, `on_full` once when the log is longer than a consultation's may be."""

    def __init__(self, writer: LogWriter, path: Path, keeper: Keeper, last_seq: int) -> None:
        """`last_seq`: of the event that the file ends with."""
        self._writer = writer
        self.last_seq = last_seq
        self._snapshot = (last_seq, 0)  # seq and session time of the last one, or of the beginning
        self.path = path
        self._keeper = keeper
        self._pending: deque[bytes] = deque()
        self.pending_bytes = 0
        self._waited = 0
        self._loss: Loss | None = None
        self._seq = 0
        self._open = True
        self._left = keeper.most_bytes
        self._tell_nobody()

    @property
    def keeps(self) -> bool:
        """Whether what is appended is on the disk at once: nothing waits, nothing was lost."""
        return self._open and self._loss is None and not self._pending

    @property
    def waiting(self) -> int:
        """Records that wait for the disk."""
        return len(self._pending)

    def unwritten(self) -> list[Event]:
        """What waits for the disk."""
        return [decode_event(record) for record in self._pending]

    def append(self, event: Event) -> None:
        """Write an event. Never raises: the call goes on whatever the disk does."""
        if not self._open:
            return
        if self._loss is not None:
            self._loss.pass_over(event)
            return
        record = encode_event(event)
        if self._pending and not self._keeper.has_room(self, len(record)):
            self._give_up(event)
            return
        self._seq = event.seq
        self._take(record)

    def folded(self, state: State, t: int) -> None:
        """The state after what was appended, at session time `t`: kept when enough has happened since the last one, and
        at the end. Not while events wait for the disk: a snapshot is never ahead of its log."""
        seq, before = self._snapshot
        enough = state.seq - seq >= EVERY_EVENTS or t - before >= EVERY_US or state.status is Status.CLOSED
        if enough and self.keeps:
            self._snapshot = (state.seq, t)
            self._keeper.snapshot(self, state, t)

    def flush(self) -> bool:
        """Write what waits; whether nothing waits any more."""
        while self._pending:
            try:
                self._writer.append(self._pending[0])
            except ArchiveError:
                self._keeper.metrics.log_failures.inc()
                return False
            self.pending_bytes -= len(self._pending.popleft())
            self._keeper.touched(self)
        self._outage_over()
        return True

    def sync(self) -> None:
        """Bring it to the disk. Off the loop."""
        if self._open:
            self._writer.sync()

    def close(self, *, finished: bool) -> None:
        """No more events: sync and close, off the loop; a finished consultation's log moves to the closed ones. Its
        host decides nothing more, so it is told nothing of what still waits."""
        if self._open:
            self._tell_nobody()
            self._conclude()
            self.flush()
            self._keeper.closing(self, finished=finished)

    def end(self, target: Path | None) -> None:
        """The last steps. Off the loop."""
        try:
            self._writer.sync()
        finally:
            self._open = False
            self._writer.close()
        if target is not None:
            self.path.rename(target)

    def _tell_nobody(self) -> None:
        self.on_trouble: Callable[[], None] = lambda: None
        self.on_back: Callable[[int], None] = lambda _waited: None
        self.on_full: Callable[[], None] = lambda: None

    def _take(self, record: bytes) -> None:
        outage = bool(self._pending)
        self._pending.append(record)
        self.pending_bytes += len(record)
        self._waited += outage
        self._spend(len(record))
        if not self.flush() and not outage:
            self._waited = 1
            log.error("log cannot be written; the call goes on", consultation=self.path.stem)
            self.on_trouble()

    def _outage_over(self) -> None:
        waited, self._waited = self._waited, 0
        if not waited:
            return
        log.warning("log is written again", consultation=self.path.stem, count=waited)
        if self._loss is None:
            self.on_back(waited)
        else:
            self._state_loss()

    def _give_up(self, event: Event) -> None:
        self._loss = Loss()
        self._loss.pass_over(event)
        log.error("log given up; it ends before this event", consultation=self.path.stem, seq=event.seq)

    def _state_loss(self) -> None:
        """One statement for what was passed over since the last."""
        loss = self._loss
        if loss is not None and loss.events > loss.stated:
            more, loss.stated = loss.events - loss.stated, loss.events
            self._write(Observed(participant=ParticipantId(0), step=Step.STORAGE_LOST, value=more), loss.t)

    def _conclude(self) -> None:
        """A given-up log's last words: how much is missing, and how the consultation ended."""
        self._state_loss()
        if self._loss is not None:
            ending, self._loss.ending = self._loss.ending, []
            for body in ending:
                self._write(body, self._loss.t)

    def _write(self, body: Body, t: int) -> None:
        self._seq += 1
        self._take(encode_event(Event(seq=self._seq, t=t, by=0, body=body)))

    def _spend(self, size: int) -> None:
        before, self._left = self._left, self._left - size
        if before > 0 >= self._left:
            self._keeper.metrics.limited.labels("log_bytes").inc()
            self.on_full()
