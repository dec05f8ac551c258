"""Every message of the wire, both ways, as two tagged unions on `type`. JSON text frames on one WebSocket.

The page opens the socket before anybody calls. With a session cookie it starts with `hello` and gets the lobby
(who is on call, who rings); `join` or `resume` needs nothing but a token, so a program can join without a cookie.
One WebSocket is in at most one consultation.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from signalling.events import ChatText, ClientKey, DepartmentName, Event, Patient, Person, Reason, Sha256, ShortText
from signalling.ids import AccountRef, ConsultationRef, Count, MidRef, ParticipantRef, TrackRef
from signalling.record import Record, Tagged
from signalling.state import State
from signalling.vocabulary import (
    CloseReason,
    DeclineReason,
    ErrorCode,
    IncomingKind,
    Kind,
    Notice,
    Purpose,
    Status,
    Transport,
    Urgency,
)

Token = Annotated[str, Meta(min_length=16, max_length=2048)]
Sdp = Annotated[str, Meta(min_length=1, max_length=65_536)]  # Chromium's 8-section offer is about 12 kB
Request = Annotated[int, Meta(ge=1, le=0x7FFF_FFFF)]  # the client's own number; the answer or error repeats it as `re`


class Send(Record, frozen=True):
    """One transceiver the client will publish on."""

    mid: MidRef
    kind: Kind
    purpose: Purpose


class Slot(Record, frozen=True):
    """One receive m-section of the client. Audio and video slots with the same `pair` are lip-synced (share a msid)."""

    mid: MidRef
    kind: Kind
    purpose: Purpose
    pair: Annotated[int, Meta(ge=0, le=15)]


class Media(Record, frozen=True):
    """A client offer. `rtt_ms`: what the client measured on this WebSocket (0 = not measured); it picks the DTLS
    version (docs/architecture.md)."""

    offer: Sdp
    sends: Annotated[list[Send], Meta(max_length=8)]
    slots: Annotated[list[Slot], Meta(max_length=16)]
    rtt_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0


# ---- client to server -------------------------------------------------------------------------------------------


class Hello(Tagged, frozen=True):
    """First message of a signed-in page: enter the lobby."""

    version: Count


class SetOnCall(Tagged, frozen=True):
    """Say whether I can be rung. Answered by `done`."""

    re: Request
    on: bool


class Call(Tagged, frozen=True):
    """Ask for a specialist, of one department or (`department` "") of any. Answered by `calling`, then events of the
    new consultation once joined."""

    re: Request
    key: ClientKey
    patient: Patient
    reason: Reason
    urgency: Urgency
    department: DepartmentName = ""


class CancelCall(Tagged, frozen=True):
    """The caller gives up before anybody answered. Answered by `done`."""

    re: Request
    consultation: ConsultationRef


class AnswerCall(Tagged, frozen=True):
    """Take the call, or follow the invitation, that rings. Answered by `ticket`."""

    re: Request
    consultation: ConsultationRef


class DeclineCall(Tagged, frozen=True):
    """Do not take the call, or follow the invitation, that rings. Answered by `done`; of a call the next specialist is
    rung."""

    re: Request
    consultation: ConsultationRef
    reason: DeclineReason
    text: ShortText = ""


class Enter(Tagged, frozen=True):
    """A participant of a consultation asks for a new ticket (page reloaded, other device). Answered by `ticket`."""

    re: Request
    consultation: ConsultationRef


class Join(Tagged, frozen=True):
    """Come into a consultation: token and media offer in one message. Answered by `joined`."""

    re: Request
    version: Count
    token: Token
    media: Media | None = None


class Resume(Tagged, frozen=True):
    """Come back: only the events after `since_seq`. Without `media` the peer connection is kept as it is."""

    re: Request
    version: Count
    token: Token
    since_seq: Count
    media: Media | None = None


class Offer(Tagged, frozen=True):
    """A new offer on the joined connection: more slots, another source, an ICE restart. Answered by `answer`."""

    re: Request
    media: Media


class SetMedia(Tagged, frozen=True):
    """My microphone and camera are on or off: the others see it. Not answered."""

    microphone: bool
    camera: bool


class Chat(Tagged, frozen=True):
    """Say a line to all. Answered by `done`, also for a `key` that was already said. `attachment`: one that was
    uploaded before (`POST /api/consultations/{id}/attachments`); only beside it `text` may be empty."""

    re: Request
    key: ClientKey
    text: ChatText
    attachment: Sha256 | None = None


class Watch(Tagged, frozen=True):
    """Ask for a track in a slot (None = none). The server may refuse; it then says so with `error`."""

    re: Request
    mid: MidRef
    track: TrackRef | None


class Invite(Tagged, frozen=True):
    """Ring somebody who is on call to join this consultation (requester or a specialist in it). Answered by `done`;
    what becomes of it are events. Refused: `not_on_call`, `conflict` (is here already), `too_many`."""

    re: Request
    account: AccountRef


class CancelInvitation(Tagged, frozen=True):
    """Ring that person no more. Answered by `done`."""

    re: Request
    account: AccountRef


class HangUp(Tagged, frozen=True):
    """End the consultation for all (requester or specialist)."""

    re: Request


class Leave(Tagged, frozen=True):
    """Leave; the consultation goes on for the others."""

    re: Request


class Ping(Tagged, frozen=True):
    """Measure the round trip; answered by `pong`. `rtt_ms`: what the last ping measured, 0 = nothing yet."""

    n: Annotated[int, Meta(ge=0, le=0x7FFF_FFFF)]
    rtt_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0


class FastUp(Tagged, frozen=True):
    """A fast-lane message of a client without a data channel: base64 of the binary form (docs/wire.md)."""

    body: Annotated[bytes, Meta(max_length=1200)]


ClientMessage = (
    Hello
    | SetOnCall
    | Call
    | CancelCall
    | AnswerCall
    | DeclineCall
    | Enter
    | Join
    | Resume
    | Offer
    | SetMedia
    | Chat
    | Watch
    | Invite
    | CancelInvitation
    | HangUp
    | Leave
    | Ping
    | FastUp
)

# ---- server to client -------------------------------------------------------------------------------------------


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
