"""Who reviews blind: for as long as two read a consultation apart, no reviewer is told by name who took part."""

from typing import TypeVar

import msgspec

from recordings.replay.unnamed import Unnamed
from sefaw_rtc.access import SignedIn
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.services import Services
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode, Role

R = TypeVar("R", bound=msgspec.Struct)


def is_blind(services: Services, who: SignedIn, consultation: ConsultationId) -> bool:
    """As of now: it ends when both reviews are in."""
    return who.person.role is Role.REVIEWER and services.reviews.blind(consultation, who.account.id)


def as_told(services: Services, who: SignedIn, consultation: ConsultationId, value: R) -> R:
    """What this reader may be told of it."""
    return Unnamed().record(value) if is_blind(services, who, consultation) else value


def refuse_blind(services: Services, who: SignedIn, consultation: ConsultationId) -> None:
    """Of what names people all over. Raises UserError."""
    if is_blind(services, who, consultation):
        raise UserError(ErrorCode.BLIND)
