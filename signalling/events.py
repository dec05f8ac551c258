"""The events of a consultation's log: what happened, in order, on the session clock.

A consultation *is* this log; the live page, a late joiner, the replay and the archive are folds of it (`fold.py`).
Bodies are immutable facts in the past tense. They are only ever added to: an old log must fold for ever.
Numbers are integers (fixed point where needed) so that two languages hash the same state (RFC 8785).
"""

from typing import Annotated

from msgspec import Meta

from signalling.ids import AccountRef, AnyParticipantRef, Count, InstitutionRef, MidRef, ParticipantRef, TrackRef
from signalling.looking import ClientKey, Looked
from signalling.record import Record, Tagged
from signalling.recording import Recorded
from signalling.vocabulary import (
    AccessKind,
    AccessPurpose,
    AttachmentKind,
    CloseReason,
    DeclineReason,
    GrantData,
    Ground,
    Kind,
    Purpose,
    Role,
    Sex,
    Step,
    Urgency,
)

Name = Annotated[str, Meta(min_length=1, max_length=80)]
ShortText = Annotated[str, Meta(max_length=200)]
Reason = Annotated[str, Meta(min_length=1, max_length=1000)]  # a question to a specialist, a few sentences
ChatText = Annotated[str, Meta(max_length=2000)]  # about one page on a phone; empty only beside an attachment
DepartmentName = Annotated[str, Meta(max_length=80)]  # the same name in two hospitals is the same field; "" = any
OpinionText = Annotated[str, Meta(max_length=4000)]  # two printed pages for each part
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
GrantParts = Annotated[list[GrantData], Meta(min_length=1, max_length=4)]
Moment = Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]  # Unix ms
Item = Annotated[str, Meta(pattern=r"^[a-z0-9_.-]{0,40}\Z")]  # which part, in a word of ours


class Patient(Record, frozen=True):
    """Whom the consultation is about. `birth_year` 0 = not known; `identifier` is the site's own number."""

    name: Name
    sex: Sex = Sex.UNKNOWN
    birth_year: Annotated[int, Meta(ge=0, le=2200)] = 0
    identifier: Annotated[str, Meta(max_length=64)] = ""


class Person(Record, frozen=True):
    """An account as others see it. `site` is the name of the institution, `department` that of a specialist's
    field ("" = none)."""

    account: AccountRef
    name: Name
    role: Role
    site: Name
    institution: InstitutionRef
    department: DepartmentName = ""


class Attachment(Record, frozen=True):
    """A picture or a voice message, known by its content: `sha256` is its name, so that the log proves what was
    sent. `width` and `height` in px of a picture, `duration_ms` of a voice message, 0 otherwise."""

    sha256: Sha256
    kind: AttachmentKind
    media_type: Annotated[str, Meta(min_length=3, max_length=64)]
    size: Annotated[int, Meta(ge=1, le=0x7FFF_FFFF)]
    width: Annotated[int, Meta(ge=0, le=65_535)] = 0
    height: Annotated[int, Meta(ge=0, le=65_535)] = 0
    duration_ms: Annotated[int, Meta(ge=0, le=3_600_000)] = 0


class CriticalTold(Record, frozen=True):
    """Who was told of a critical value, and when (Unix ms)."""

    to: Name
    at: Count


class Opinion(Record, frozen=True):
    """A specialist's structured opinion. `critical`: a critical value; `told` None = nobody was told of it yet."""

    findings: OpinionText
    impression: OpinionText
    advice: OpinionText
    critical: bool = False
    told: CriticalTold | None = None


class Grant(Record, frozen=True):
    """Who may see a consultation besides those who took part: everybody of an institution, or (`account`) one of its
    people; `site` and `name` are what they were called then. `until`: Unix ms; every grant ends."""

    key: ClientKey
    institution: InstitutionRef
    site: Name
    data: GrantParts
    until: Moment
    account: AccountRef | None = None
    name: Annotated[str, Meta(max_length=80)] = ""


class Requested(Tagged, frozen=True):
    """A village doctor asked for a specialist."""

    requester: Person
    patient: Patient
    reason: Reason
    urgency: Urgency
    department: DepartmentName = ""


class Rang(Tagged, frozen=True):
    """A specialist is being rung, for at most `timeout_ms`; `following` is who is rung next if this one cannot."""

    callee: Person
    timeout_ms: Annotated[int, Meta(ge=1, le=3_600_000)]
    following: Person | None = None


class FollowingChanged(Tagged, frozen=True):
    """While it rings: who is rung next if this one cannot is somebody else now, or (None) nobody."""

    following: Person | None


class RingEnded(Tagged, frozen=True):
    """A ring ended without being answered by this callee."""

    callee: AccountRef
    reason: CloseReason
    decline: DeclineReason | None = None
    text: ShortText = ""


class Answered(Tagged, frozen=True):
    """A specialist took the call; the consultation is open from here on."""

    callee: Person


class Invited(Tagged, frozen=True):
    """Another person is asked to join and is rung, for at most `timeout_ms`; `by` of the event is who asked."""

    callee: Person
    timeout_ms: Annotated[int, Meta(ge=1, le=3_600_000)]


class InvitationAccepted(Tagged, frozen=True):
    """The invited person comes: from here on it may join, and join again."""

    callee: AccountRef


class InvitationEnded(Tagged, frozen=True):
    """An invitation ended without being accepted."""

    callee: AccountRef
    reason: CloseReason
    decline: DeclineReason | None = None
    text: ShortText = ""


class Opened(Tagged, frozen=True):
    """The consultation opened without a ring (a demo, a test, a scheduled one)."""


class Joined(Tagged, frozen=True):
    """A participant came in. The same person coming back keeps the number: `Returned` while the seat is kept,
    `Joined` again after having left."""

    participant: ParticipantRef
    person: Person


class Returned(Tagged, frozen=True):
    """A participant's new connection replaced or revived the old one."""

    participant: ParticipantRef


class Disconnected(Tagged, frozen=True):
    """A participant's connection went; the seat is kept for a while."""

    participant: ParticipantRef
    reason: CloseReason


class Left(Tagged, frozen=True):
    """A participant is gone; its tracks went before it (docs/closing.md)."""

    participant: ParticipantRef
    reason: CloseReason


class TrackAdded(Tagged, frozen=True):
    """A Track is published. `mid` is that of the publisher's own transceiver."""

    track: TrackRef
    participant: ParticipantRef
    kind: Kind
    purpose: Purpose
    mid: MidRef


class TrackRemoved(Tagged, frozen=True):
    """A Track is no longer published. Its number is never used again."""

    track: TrackRef
    reason: CloseReason


class MediaChanged(Tagged, frozen=True):
    """What a participant says of its own microphone and camera: never hidden from the others."""

    participant: ParticipantRef
    microphone: bool
    camera: bool


class ChatSaid(Tagged, frozen=True):
    """A line of chat, with a picture or a voice message or without. `key` is the writer's own: the same line sent
    twice is one event."""

    participant: ParticipantRef
    key: ClientKey
    text: ChatText
    attachment: Attachment | None = None


class Observed(Tagged, frozen=True):
    """Something that the plane or the server saw: the timeline is made of these. Changes no state. `participant` 0 =
    the server itself; `track` 0 = not of one track; the unit of `value` belongs to the step."""

    participant: AnyParticipantRef
    step: Step
    track: Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)] = 0
    value: Count = 0


class OpinionSigned(Tagged, frozen=True):
    """A signed opinion, or (`amends` = the number of another one) an addendum to it. Allowed after `closed`.
    `signature` is Ed25519 (RFC 8032), base64, by `key` over the canonical text (`signalling.opinions`); `at` is Unix
    ms and part of that text."""

    number: Annotated[int, Meta(ge=1, le=1000)]
    amends: Annotated[int, Meta(ge=0, le=1000)]
    opinion: Opinion
    signer: Person
    at: Count
    key: Annotated[str, Meta(max_length=64)]
    signature: Annotated[str, Meta(max_length=128)]


class OpinionAcknowledged(Tagged, frozen=True):
    """Who asked has read the opinion. Allowed after `closed`. `at` is Unix ms."""

    number: Annotated[int, Meta(ge=1, le=1000)]
    person: Person
    at: Count


class Granted(Tagged, frozen=True):
    """The patient, or the doctor with them, opened the consultation to somebody. Allowed after `closed`. `at`: Unix
    ms."""

    grant: Grant
    giver: Person
    at: Count


class GrantRevoked(Tagged, frozen=True):
    """And took it back: it opens nothing any more, and its key never will again. Allowed after `closed`. `at`: Unix
    ms."""

    key: ClientKey
    person: Person
    at: Count


class Accessed(Tagged, frozen=True):
    """Somebody opened what is kept of the consultation, or was refused. Changes no state. Allowed after `closed`.
    `record` and `pictures`: one for an hour of reading, not for each request (docs/security.md says whose).
    `grant`: the key of the one by which it was allowed, or "". `at`: Unix ms."""

    person: Person
    kind: AccessKind
    purpose: AccessPurpose
    allowed: bool
    ground: Ground
    at: Count
    grant: Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{0,36}\Z")] = ""
    item: Item = ""


class ExportedHere(Tagged, frozen=True):
    """Whoever runs the server's machine exported it with the command line, as `user` of its operating system, and said
    why; nobody was asked. Changes no state. Allowed after `closed`. `at`: Unix ms."""

    user: ShortText
    why: ShortText
    kind: AccessKind
    item: Item
    at: Count


class Closing(Tagged, frozen=True):
    """Nobody joins any more; the rest of the closing order follows (docs/closing.md). `text`: an administrator's own
    words for ending it."""

    reason: CloseReason
    text: ShortText = ""


class Closed(Tagged, frozen=True):
    """The call is over. Only paperwork may follow: opinions, acknowledgements, grants, accesses, a consent's end."""

    reason: CloseReason


Body = (
    Requested
    | Rang
    | FollowingChanged
    | RingEnded
    | Answered
    | Invited
    | InvitationAccepted
    | InvitationEnded
    | Opened
    | Joined
    | Returned
    | Disconnected
    | Left
    | TrackAdded
    | TrackRemoved
    | MediaChanged
    | ChatSaid
    | Observed
    | OpinionSigned
    | OpinionAcknowledged
    | Granted
    | GrantRevoked
    | Accessed
    | ExportedHere
    | Closing
    | Closed
    | Looked
    | Recorded
)


class Event(Record, frozen=True):
    """One entry of the log. `seq` counts from 1 without gaps; `t` is µs on the session clock (0 = requested);
    `by` is the participant that caused it, 0 = the server or somebody not (yet) in the consultation."""

    seq: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    t: Count
    by: Annotated[int, Meta(ge=0, le=65535)]
    body: Body
