"""Who may see a consultation, and who looked: `/api/consultations/{id}/grants`, `…/consent`, `/api/grants`."""

import msgspec
from aiohttp import web

from sefaw_rtc.access import Action, SignedIn, require
from sefaw_rtc.errors import UserError
from sefaw_rtc.service import granting
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.finding import Found, find
from sefaw_rtc.service.services import Services
from sefaw_rtc.store import InstitutionRecord
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.events import Grant, GrantParts, Moment, Person
from signalling.ids import AccountRef, ConsultationId, InstitutionRef
from signalling.looking import ClientKey
from signalling.vocabulary import ErrorCode

_FORM_BYTES = 4096


class Giving(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What the form sends. `account` None = everybody of the institution; `everywhere`: in all of this patient's."""

    key: ClientKey
    institution: InstitutionRef
    account: AccountRef | None = None
    data: GrantParts
    until: Moment
    everywhere: bool = False

    def grant(self) -> Grant:
        return Grant(
            key=self.key,
            institution=self.institution,
            site="?",
            account=self.account,
            data=self.data,
            until=self.until,
        )


class Done(msgspec.Struct, frozen=True):
    """In how many consultations."""

    consultations: int


class Recipients(msgspec.Struct, frozen=True):
    """Whom something can be given to: the institutions, and the people of the one that was asked for."""

    institutions: list[InstitutionRecord]
    people: list[Person]


async def read(request: web.Request) -> web.Response:
    """Who may see it until when, and who looked."""
    services, who, found = await asked(request, Action.READ_GRANTS)
    return bodies.json(await granting.overview(services, who, found))


async def give(request: web.Request) -> web.Response:
    """Open it to somebody."""
    services, who, found = await asked(request, Action.GIVE_GRANT)
    form = await bodies.read_json(request, Giving, _FORM_BYTES)
    count = await granting.give(services, who, found, form.grant(), everywhere=form.everywhere)
    return bodies.json(Done(count), status=201)


async def revoke(request: web.Request) -> web.Response:
    """Take it back."""
    services, who, found = await asked(request, Action.GIVE_GRANT)
    return bodies.json(Done(await granting.revoke(services, who, found, request.match_info["key"])))


async def withdraw_consent(request: web.Request) -> web.Response:
    """The recording is not to be used any more."""
    services, who, found = await asked(request, Action.GIVE_GRANT)
    await granting.withdraw_consent(services, who, found)
    return web.Response(status=204)


async def recipients(request: web.Request) -> web.Response:
    """Whom it can be given to."""
    services = request.app[SERVICES]
    house = request.query.get("institution", "")
    people = await services.store.run(services.store.grants.people, _institution(house)) if house else []
    return bodies.json(Recipients(await services.store.run(services.store.institutions.all), people))


async def mine(request: web.Request) -> web.Response:
    """What others opened to me."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    return bodies.json(await granting.opened_to(services, session))


def _institution(text: str) -> InstitutionRef:
    try:
        return msgspec.convert(text, InstitutionRef)
    except msgspec.ValidationError:
        raise UserError(ErrorCode.MALFORMED, "institution") from None


async def asked(request: web.Request, action: Action) -> tuple[Services, SignedIn, Found]:
    """Who asks about what, after `decide()` said yes."""
    services, caller = request.app[SERVICES], request[CALLER]
    found = await find(services, ConsultationId(request.match_info["id"]))
    require(caller.subject, action, found.resource, unix_s())
    if services.stopping:
        raise UserError(ErrorCode.STOPPING)
    return services, caller.signed_in(), found
