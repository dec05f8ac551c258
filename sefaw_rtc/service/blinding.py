"""Who reviews blind: for as long as two read a consultation apart, no reviewer is told by name who took part."""

import asyncio
from typing import TypeVar

import msgspec

from recordings.replay.unnamed import Unnamed
from sefaw_rtc.access import SignedIn
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.written import log_of
from signalling.ids import ConsultationId
from signalling.messages import Brief
from signalling.vocabulary import ErrorCode, Role

R = TypeVar("R", bound=msgspec.Struct)


def is_blind(services: Services, who: SignedIn, consultation: ConsultationId) -> bool:
    """As of now: it ends when both reviews are in."""
    return who.person.role is Role.REVIEWER and services.reviews.blind(consultation, who.account.id)


async def as_told(services: Services, who: SignedIn, consultation: ConsultationId, value: R) -> R:
    """What this reader may be told of it: its people by the letters that its log gives them. Raises NotFound if there
    is no log that can be read."""
    if not is_blind(services, who, consultation):
        return value
    _, events = await log_of(services, consultation)
    people = await asyncio.to_thread(Unnamed.of, events)
    return people.record(value)


def as_listed(services: Services, who: SignedIn, brief: Brief) -> Brief:
    """The same of a line in a list, for which no log is read: its people have no letters."""
    return Unnamed(apart=False).record(brief) if is_blind(services, who, brief.consultation) else brief


def refuse_blind(services: Services, who: SignedIn, consultation: ConsultationId) -> None:
    """Of what names people all over. Raises UserError."""
    if is_blind(services, who, consultation):
        raise UserError(ErrorCode.BLIND)
