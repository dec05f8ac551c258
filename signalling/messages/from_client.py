"""What a page or a program says to the server."""

from typing import Annotated

from msgspec import Meta

from signalling.events import ChatText, DepartmentName, Patient, Reason, Sha256, ShortText
from signalling.ids import AccountRef, ConsultationRef, Count, MidRef, TrackRef
from signalling.looking import ClientKey
from signalling.messages.looking import LookingMessage
from signalling.messages.parts import Media, Request, Token
from signalling.messages.recording import RecordingMessage
from signalling.record import Tagged
from signalling.vocabulary import DeclineReason, Urgency


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
    | LookingMessage
    | RecordingMessage
)
