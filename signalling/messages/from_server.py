"""What the server says: the lobby, who rings, the consultation's events and news of its media."""

from typing import Annotated

import msgspec
from msgspec import Meta

from signalling.events import DepartmentName, Event, Patient, Person, Reason
from signalling.ids import ConsultationRef, MidRef, ParticipantRef, TrackRef
from signalling.messages.parts import Request, Sdp, Token
from signalling.record import Record, Tagged
from signalling.state import State
from signalling.vocabulary import CloseReason, ErrorCode, IncomingKind, Notice, Status, Transport, Urgency


class OnCall(Record, frozen=True):
    """Somebody who can be called now. `since`: Unix ms; `busy`: in a consultation; `on_duty_until`: the end of the
    shift that is running, Unix ms, 0 = not on the rota now."""

    person: Person
    since: int
    busy: bool
    on_duty_until: int = 0


class OnDuty(Record, frozen=True):
    """Somebody whose shift it is, `until` (Unix ms), and who cannot be rung: no page is open, or switched off."""

    person: Person
    until: int


class DepartmentOnCall(Record, frozen=True):
    """A department of all hospitals: how many of it are on call, and how many of these are not in a consultation."""

    name: DepartmentName
    on_call: int
    free: int


class Brief(Record, frozen=True):
    """One of my consultations, as the lobby lists it. Times are Unix ms, 0 = not yet. `opinions`: how many are signed,
    addenda included; `acknowledged`: how many of these the requester has read; `critical`: one of them names a
    critical value; `critical_told`: and somebody was told of it. What is still to do follows from these. `joined`
    (lobby only): a page of mine is in it right now."""

    consultation: ConsultationRef
    status: Status
    patient: Patient
    reason: Reason
    urgency: Urgency
    requester: Person
    specialist: Person | None
    requested_at: int
    opened_at: int
    closed_at: int
    close_reason: CloseReason | None
    department: str = ""
    opinions: int = 0
    acknowledged: int = 0
    critical: bool = False
    critical_told: bool = False
    joined: bool = False


class Lobby(Tagged, frozen=True):
    """Sent after `hello` and whenever it changed, whole: it is small. `departments`: every one that can be asked for;
    `unreachable`: who is on duty and cannot be rung."""

    me: Person
    on_call: list[OnCall]
    am_on_call: bool
    consultations: list[Brief]
    departments: list[DepartmentOnCall] = msgspec.field(default_factory=list)
    unreachable: list[OnDuty] = msgspec.field(default_factory=list)


class Incoming(Tagged, frozen=True):
    """Somebody rings me: a call, or (`kind`) a consultation that is going on, into which `inviter` asks me."""

    consultation: ConsultationRef
    requester: Person
    patient: Patient
    reason: Reason
    urgency: Urgency
    timeout_ms: int
    kind: IncomingKind = IncomingKind.CALL
    inviter: Person | None = None


class IncomingEnded(Tagged, frozen=True):
    """It rings no more: answered, cancelled, timed out."""

    consultation: ConsultationRef
    reason: CloseReason


class Calling(Tagged, frozen=True):
    """The consultation exists and rings; the token lets the caller join at once."""

    re: Request
    consultation: ConsultationRef
    token: Token


class Ticket(Tagged, frozen=True):
    """A short-lived, single-use token to `join` with."""

    re: Request
    consultation: ConsultationRef
    token: Token


class SlotState(Record, frozen=True):
    """Which track a slot shows; None = none."""

    mid: MidRef
    track: TrackRef | None


class JoinedReply(Tagged, frozen=True, tag="joined"):
    """`t` is the session clock now (µs); `resume` the token for `resume`; `state` is None where `events` suffice;
    `state_hash` is that of the state at `seq` (docs/wire.md)."""

    re: Request
    consultation: ConsultationRef
    participant: ParticipantRef
    t: int
    seq: int
    resume: Token
    answer: Sdp | None
    state: State | None
    events: list[Event]
    state_hash: str
    slots: list[SlotState]


class Answer(Tagged, frozen=True):
    """The answer to a new `offer`, and what the slots show."""

    re: Request
    answer: Sdp
    slots: list[SlotState]


class Events(Tagged, frozen=True):
    """New events of the log, in order, without gaps."""

    events: list[Event]


class SlotChanged(Tagged, frozen=True):
    """This slot now shows this track. `new SSRC, same m-section`: nothing to negotiate."""

    mid: MidRef
    track: TrackRef | None


class Done(Tagged, frozen=True):
    """A request without another answer was carried out."""

    re: Request


class Quality(Tagged, frozen=True):
    """What the server measures of a participant's links, every second or two. `up`: from them to us; `down`: from
    us to them. Loss in 1/1000, round trip and jitter in ms, -1 = not known."""

    participant: ParticipantRef
    transport: Transport
    rtt_ms: int
    up_loss: int
    up_kbps: int
    down_loss: int
    down_kbps: int
    jitter_ms: int


class TrackNotice(Tagged, frozen=True):
    """Something about a track that is not an event of the log."""

    track: TrackRef
    notice: Notice


class Pong(Tagged, frozen=True):
    """`t` is the session clock (µs), 0 outside a consultation; `at` the server's wall clock (Unix ms): the pages show
    its time, whatever their machine's clock says."""

    n: int
    t: int
    at: int


class FastDown(Tagged, frozen=True):
    """A fast-lane message of `participant` for a client without a data channel."""

    participant: ParticipantRef
    body: Annotated[bytes, Meta(max_length=1200)]


class Error(Tagged, frozen=True):
    """One clear error. `re` 0 = not the answer to a request. `detail` is for developers: never shown,
    never personal."""

    re: int
    code: ErrorCode
    detail: str = ""


class Stopping(Tagged, frozen=True):
    """The server is about to stop: no new calls, and running ones are cut after `within_s` seconds at the latest.
    They come back after the restart. Said to every page, and to those that come while it waits."""

    within_s: Annotated[int, Meta(ge=0, le=86_400)]


class Goodbye(Tagged, frozen=True):
    """The last message before the server closes the socket."""

    reason: CloseReason


ServerMessage = (
    Lobby
    | Incoming
    | IncomingEnded
    | Calling
    | Ticket
    | JoinedReply
    | Answer
    | Events
    | SlotChanged
    | Done
    | Quality
    | TrackNotice
    | Pong
    | FastDown
    | Error
    | Stopping
    | Goodbye
)
