"""The tokens that this server gives out, and whom a token speaks for."""

from sefaw_rtc.access import Audience, Claims
from sefaw_rtc.errors import AccountDisabled, NotFound, TokenInvalid
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.services import Services
from signalling.events import Person
from signalling.ids import ParticipantId


def join_token(services: Services, host: Host, person: Person, now: int) -> str:
    """A single-use token to come in with. `now`: Unix seconds, as everywhere here."""
    return services.tokens.issue(
        Audience.JOIN,
        account=person.account,
        consultation=host.id,
        role=person.role,
        now=now,
        lifetime_s=services.config.access.join_token_s,
    )


def resume_token(services: Services, host: Host, person: Person, participant: ParticipantId, now: int) -> str:
    """A token to come back with, as the same participant."""
    return services.tokens.issue(
        Audience.RESUME,
        account=person.account,
        consultation=host.id,
        role=person.role,
        now=now,
        lifetime_s=services.config.access.resume_token_hours * 3600,
        participant=participant,
    )


def media_token(services: Services, host: Host, person: Person, audience: Audience, now: int) -> str:
    """A token for WHIP or WHEP; reusable."""
    return services.tokens.issue(
        audience,
        account=person.account,
        consultation=host.id,
        role=person.role,
        now=now,
        lifetime_s=services.config.access.media_token_s,
    )


async def bearer(services: Services, host: Host, claims: Claims) -> Person:
    """Whom a token speaks for: a guest of the consultation, or an account that is not disabled and still has the role
    that the token was given for."""
    guest = host.guests.get(claims.account)
    if guest is not None:
        return guest
    account = await services.store.run(services.store.accounts.get, claims.account)
    if account is None:
        raise NotFound("account")
    if account.disabled:
        raise AccountDisabled
    if account.person.role is not claims.role:
        raise TokenInvalid("another role")
    return account.person
