"""Lists and summaries: `/api/patients`, `/api/consultations`."""

import asyncio

from aiohttp import web

from sefaw_rtc.access import Action, Resource, require
from sefaw_rtc.errors import NotFound
from sefaw_rtc.service.briefs import Summary, brief_of, members_of, summary_of
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.finding import Found, find
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.services import Services
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.ids import AccountId, ConsultationId
from signalling.messages import Brief
from signalling.vocabulary import Role, Status


async def patients(request: web.Request) -> web.Response:
    """The patients of my institution."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    institution = session.person.institution
    require(session.subject, Action.LIST_PATIENTS, Resource(institution=institution), unix_s())
    found = await services.store.run(services.store.patients.of_institution, institution)
    return bodies.json([record.patient for record in found])


async def mine(request: web.Request) -> web.Response:
    """My consultations, live ones first; a reviewer's are those of the institution."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    consultations = services.store.consultations
    if session.person.role is Role.REVIEWER:
        records = await services.store.run(consultations.of_institution, session.person.institution)
    else:
        records = await services.store.run(consultations.of_account, session.account.id)
    live = _live(services, session.account.id)
    closed = [record.brief for record in records if record.brief.status is Status.CLOSED]
    return bodies.json([*live, *closed])


async def summary(request: web.Request) -> web.Response:
    """One consultation, as the page after a call shows it."""
    services, caller = request.app[SERVICES], request[CALLER]
    found = await find(services, ConsultationId(request.match_info["id"]))
    require(caller.subject, Action.READ_SUMMARY, found.resource, unix_s())
    told = _live_summary(found.host) if found.host else await _closed_summary(services, found)
    if told is None:
        raise NotFound("consultation")
    return bodies.json(told)


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
    if found.brief is not None and found.brief.opinions != len(state.opinions):
        await services.desk.paperwork_done(consultation, state, started)
    return await asyncio.to_thread(summary_of, consultation, state, started, state.closed_t)
