"""Lists and summaries: `/api/patients`, `/api/consultations`."""

import asyncio
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from sefaw_rtc.access import Action, Resource, require, under_strange_keys
from sefaw_rtc.errors import NotFound, UserError
from sefaw_rtc.service.blinding import as_listed, as_told, is_blind
from sefaw_rtc.service.briefs import Summary, brief_of, members_of, summary_of
from sefaw_rtc.service.clock import unix_ms, unix_s
from sefaw_rtc.service.finding import Found, find
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.lobbies import CALL_AGAIN_MS
from sefaw_rtc.service.readings import read_access
from sefaw_rtc.service.services import Services
from sefaw_rtc.store import Listing
from sefaw_rtc.store.consultations import LISTED
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.events import ShortText
from signalling.ids import AccountId, ConsultationId, Count
from signalling.messages import Brief
from signalling.vocabulary import ErrorCode, Role


async def patients(request: web.Request) -> web.Response:
    """The patients of my institution."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    institution = session.person.institution
    require(session.subject, Action.LIST_PATIENTS, Resource(institution=institution), unix_s())
    found = await services.store.run(services.store.patients.of_institution, institution)
    return bodies.json([record.patient for record in found])


class Query(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Of the list: at most `limit` ended ones, requested before `before` (Unix ms, 0 = the newest), with `find` in
    the patient or the question; `open` = only those where something is still to be done."""

    limit: Annotated[int, Meta(ge=1, le=LISTED)] = LISTED
    before: Count = 0
    find: ShortText = ""
    open: bool = False

    def listing(self) -> Listing:
        since = unix_ms() - CALL_AGAIN_MS if self.open else -1
        return Listing(
            limit=self.limit, before_ms=self.before, find=self.find.strip(), open_since_ms=since, closed=True
        )


async def mine(request: web.Request) -> web.Response:
    """My consultations, live ones first, then the newest; a reviewer's are those of the institution."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    query, consultations = _query(request), services.store.consultations
    if session.person.role is Role.REVIEWER:
        records = await services.store.run(consultations.of_institution, session.person.institution, query.listing())
    else:
        records = await services.store.run(consultations.of_account, session.account.id, query.listing())
    live = [] if query.before else [b for b in _live(services, session.account.id) if _is_found(b, query.find)]
    briefs = [*live, *(record.brief for record in records)]
    if query.find.strip():  # that it is found would name somebody
        briefs = [one for one in briefs if not is_blind(services, session, one.consultation)]
    return bodies.json([as_listed(services, session, one) for one in briefs])


def _query(request: web.Request) -> Query:
    try:
        return msgspec.convert(dict(request.query), Query, strict=False)
    except msgspec.ValidationError:
        raise UserError(ErrorCode.MALFORMED, "query") from None


def _is_found(brief: Brief, find: str) -> bool:
    """As the store finds what is closed."""
    wanted = find.strip().lower()
    return any(wanted in text.lower() for text in (brief.patient.name, brief.patient.identifier, brief.reason))


async def summary(request: web.Request) -> web.Response:
    """One consultation, as the page after a call shows it."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    found = await find(services, ConsultationId(request.match_info["id"]))
    await read_access(services, who, found, Action.READ_SUMMARY)
    told = _live_summary(found.host) if found.host else await _closed_summary(services, found)
    if told is None:
        raise NotFound("consultation")
    told = await _checked(services, told) if told.signed else told
    return bodies.json(await as_told(services, who, found.consultation, told))


async def _checked(services: Services, told: Summary) -> Summary:
    """With those marked as well whose key is not their signer's."""
    strange = await services.store.run(under_strange_keys, services.store, told.signed)
    return msgspec.structs.replace(told, forged=sorted(strange.union(told.forged)))


def _live(services: Services, account: AccountId) -> list[Brief]:
    hosts = [host for host in services.registry if account in members_of(host.state)]
    briefs = [brief_of(host.id, host.state, host.clock.started_unix_us) for host in hosts]
    return [brief for brief in briefs if brief is not None]


def _live_summary(host: Host) -> Summary | None:
    return summary_of(host.id, host.state, host.clock.started_unix_us, host.clock.now())


async def _closed_summary(services: Services, found: Found) -> Summary | None:
    """From the log. An index that a killed process left behind is brought up to date by the way."""
    consultation = found.consultation
    state, started = await services.paperwork.read(consultation)
    told = await asyncio.to_thread(summary_of, consultation, state, started, state.closed_t)
    if told is not None and found.brief is not None and _paperwork(found.brief) != _paperwork(told):
        services.desk.paperwork_done(consultation, state, started)
    return told


def _paperwork(brief: Brief) -> tuple[int, int]:
    return brief.opinions, brief.acknowledged
