"""A simulated shell around one consultation: a hand-cranked clock, a log that is checked event by event, and the
people of the stories."""

from collections.abc import Callable, Sequence

import pytest

from sefaw_rtc.consultation import Consultation, Effect, Policy, Refused
from signalling import events as ev
from signalling.canonical import state_hash
from signalling.codec import decode_event, encode_event
from signalling.events import Event
from signalling.fold import fold_all
from signalling.generate.people import CONSULTATION, OBSERVER, OPERATOR, PATIENT, SECOND, SPECIALIST, VILLAGE, person
from signalling.ids import ParticipantId
from signalling.messages import Send
from signalling.recording import ConsentEnded
from signalling.vocabulary import CloseReason, ErrorCode, Kind, Purpose, RecordingStatus, Role, Status, Urgency

__all__ = ["OBSERVER", "OPERATOR", "SECOND", "SPECIALIST", "THIRD", "VILLAGE"]

SECOND_US = 1_000_000
THIRD = person("u", "Dr Zhou", Role.SPECIALIST, county=True)
REQUEST = ev.Requested(requester=VILLAGE, patient=PATIENT, reason="Look at this", urgency=Urgency.URGENT)
ORDER = list(Status)
PAPERWORK = (
    ev.OpinionSigned,
    ev.OpinionAcknowledged,
    ev.Granted,
    ev.GrantRevoked,
    ev.Accessed,
    ev.ExportedHere,
    ConsentEnded,
)


class World:
    """One consultation with its log. `drain` is the shell: events first, then effects."""

    def __init__(self, made: Consultation, log: Sequence[Event] = ()) -> None:
        self.consultation = made
        self.now = log[-1].t if log else 0
        self.log: list[Event] = list(log)
        self.effects: list[Effect] = []
        self.status = fold_all(self.log).status
        self.drain()

    @property
    def state(self):
        return self.consultation.state

    def drain(self) -> tuple[list[ev.Body], list[Effect]]:
        """Take what is there, and hold it against what every log promises."""
        bodies: list[ev.Body] = []
        while (event := self.consultation.poll_event()) is not None:
            self._check(event)
            self.log.append(decode_event(encode_event(event)))
            bodies.append(event.body)
        effects: list[Effect] = []
        while (effect := self.consultation.poll_effect()) is not None:
            effects.append(effect)
        self.effects += effects
        assert state_hash(fold_all(self.log)) == state_hash(self.state)
        kept = self.state.recording
        assert kept.status is RecordingStatus.OFF or kept.consent is not None, "recorded without a consent"
        return bodies, effects

    def _check(self, event: Event) -> None:
        assert event.seq == len(self.log) + 1
        assert event.t >= (self.log[-1].t if self.log else 0)
        over = any(isinstance(e.body, ev.Closed) for e in self.log)
        assert not over or isinstance(event.body, PAPERWORK), "an event after closed"
        status = fold_all([*self.log, event]).status if len(self.log) < 40 else self.status
        assert ORDER.index(status) >= ORDER.index(self.status), "status went back"
        self.status = status

    def pass_time(self, seconds: float) -> tuple[list[ev.Body], list[Effect]]:
        """Let time go by, waking the consultation exactly when it asks to be."""
        until = self.now + round(seconds * SECOND_US)
        bodies: list[ev.Body] = []
        effects: list[Effect] = []
        while (due := self.consultation.poll_timeout()) is not None and due <= until:
            self.now = max(self.now, due)
            self.consultation.handle_timeout(self.now)
            after = self.consultation.poll_timeout()
            assert after is None or after > self.now, "a timeout that is not taken"
            more, wanted = self.drain()
            bodies += more
            effects += wanted
        self.now = until
        return bodies, effects

    def join(self, who: ev.Person) -> ParticipantId:
        return self.consultation.handle_join(self.now, who)

    def restart(self, candidates: Sequence[ev.Person] = (), policy: Policy | None = None) -> "World":
        """Kill the process and start again from the log."""
        made = Consultation.replay(CONSULTATION, self.log, policy or Policy(), self.now, candidates)
        again = World.__new__(World)
        again.__dict__.update(self.__dict__)
        again.consultation = made
        again.log = list(self.log)
        again.effects = []
        return again


def ringing(*candidates: ev.Person, policy: Policy | None = None) -> World:
    """A consultation that rings; by default the specialist, then the second."""
    return World(Consultation.request(CONSULTATION, REQUEST, candidates or (SPECIALIST, SECOND), policy or Policy()))


def opened(policy: Policy | None = None) -> tuple[World, ParticipantId, ParticipantId]:
    """An open call: the world, the village doctor's number, the specialist's number."""
    world = ringing(policy=policy)
    caller = world.join(VILLAGE)
    world.consultation.handle_answer(world.now, SPECIALIST.account)
    callee = world.join(SPECIALIST)
    world.drain()
    return world, caller, callee


def demo(policy: Policy | None = None) -> World:
    """One that is open without a ring."""
    return World(Consultation.open_demo(CONSULTATION, REQUEST, policy or Policy(keep_open=True)))


def refused(call: Callable[[], object]) -> ErrorCode:
    """The code that a call is refused with."""
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code


def kinds(bodies: Sequence[ev.Body]) -> list[str]:
    """The names of events."""
    return [type(body).__name__ for body in bodies]


def send(mid: str, kind: Kind = Kind.VIDEO, purpose: Purpose = Purpose.FACE) -> Send:
    """A transceiver that is sent on."""
    return Send(mid=mid, kind=kind, purpose=purpose)  # type: ignore[arg-type]


def close_reason(world: World) -> CloseReason | None:
    """Why it closed, once it is closed."""
    world.drain()
    return world.state.close_reason if world.state.status is Status.CLOSED else None
