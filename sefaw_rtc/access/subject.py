"""Who asks, and for what: the two arguments of `decide`. Plain data, made by the shells from sessions and tokens."""

from enum import StrEnum
from typing import Final

import msgspec

from signalling.events import Grant
from signalling.ids import AccountId, ConsultationId, InstitutionId, ParticipantId
from signalling.recording import Consent
from signalling.vocabulary import Role


class Audience(StrEnum):
    """What a token is for; it is good for nothing else."""

    JOIN = "join"  # come into a consultation, once
    RESUME = "resume"  # come back into the same seat
    WHIP = "whip"  # publish (and watch) by WHIP and WHEP
    WHEP = "whep"  # watch by WHEP
    PATIENT = "patient"  # see who was given access to one's own consultation, and take it back


class SubjectKind(StrEnum):
    ANONYMOUS = "anonymous"
    SESSION = "session"  # a signed-in account
    TICKET = "ticket"  # the bearer of a token; may do what its audience is for
    SEAT = "seat"  # a participant, after its token was taken
    SCRAPER = "scraper"  # a metrics collector


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """`account` is the token's `sub` for tickets and seats. `expires` is Unix seconds, 0 = never. A ticket's and a
    seat's rights end at `consultation`."""

    kind: SubjectKind
    account: AccountId | None = None
    institution: InstitutionId | None = None
    role: Role | None = None
    audience: Audience | None = None
    consultation: ConsultationId | None = None
    participant: ParticipantId | None = None
    expires: int = 0
    disabled: bool = False


ANONYMOUS: Final = Subject(kind=SubjectKind.ANONYMOUS)
SCRAPER: Final = Subject(kind=SubjectKind.SCRAPER)


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. All fields empty = the server as a whole.

    `institution` owns it; of it is who asked for the consultation, of `answering` the specialist who answered.
    `requester`, `participants` (everybody entitled to a seat: who answered, who was invited, who
    is or was in it) and `callees` (rung right now) belong to a consultation. `denied` accounts are out, whatever else
    says yes. `holder` is the subject that made a WHIP or WHEP resource; nobody else may change it.

    `grants`: those of its log that were not taken back, whatever their end; `revoked`: those that were. `consent` is
    the consent that holds, and `recorded` whether there is anything that needs one.
    """

    institution: InstitutionId | None = None
    answering: InstitutionId | None = None
    consultation: ConsultationId | None = None
    requester: AccountId | None = None
    participants: frozenset[AccountId] = frozenset()
    callees: frozenset[AccountId] = frozenset()
    denied: frozenset[AccountId] = frozenset()
    holder: AccountId | None = None
    grants: tuple[Grant, ...] = ()
    revoked: tuple[Grant, ...] = ()
    consent: Consent | None = None
    recorded: bool = False


SERVER: Final = Resource()
