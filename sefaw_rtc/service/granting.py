"""Giving, showing and taking back: who may see a consultation besides those who took part.

A grant is an event of the log of each consultation that it opens. One for all of a patient's is the same grant in each
of their logs, as many as there are when it is given; what comes later is opened by its own.
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from sefaw_rtc import logs
from sefaw_rtc.access import Action, SignedIn, decide
from sefaw_rtc.consultation import Consultation
from sefaw_rtc.errors import StoreError, UserError
from sefaw_rtc.service import replay_guard
from sefaw_rtc.service.blinding import as_listed
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.finding import Found, find
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.written import log_of
from sefaw_rtc.store.grants import STAFF
from signalling.events import Accessed, Event, ExportedHere, Grant, Patient
from signalling.fold import fold_all
from signalling.ids import AccountId, ConsultationId, InstitutionId
from signalling.messages import Brief
from signalling.recording_state import ConsentState
from signalling.state import GrantState, State
from signalling.vocabulary import ErrorCode, GrantData, Role, Status

ACCESSES_SHOWN = 200  # the newest; the others stay in the log
EARLIER_MOST = 20  # consultations that are read for what holds in them, and grants that are shown of it

Change = Callable[[Consultation, int, int], State]  # asked of the heart, with session µs and Unix ms

log = logs.get("service")


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Who may see it, and who looked, the newest first. `now`: Unix ms of the server. `others`: how many more of this
    patient's a grant could be for. `patient` None: an administrator asks, who knows no patients. `earlier`: what holds
    in others of this patient's and was never given here: to be given here too, if the patient agrees."""

    consultation: ConsultationId
    now: int
    patient: Patient | None
    others: int
    may_give: bool
    recorded: bool
    consent: ConsentState | None
    grants: list[GrantState]
    accesses: list[Accessed | ExportedHere]
    earlier: list[GrantState] = []


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A consultation that somebody opened to me: which parts, until when (Unix ms)."""

    brief: Brief
    data: list[GrantData]
    until: int


async def overview(services: Services, who: SignedIn, found: Found) -> Overview:
    """As its log tells it, to somebody. Raises `NotFound`."""
    told = await overview_of(services, found)
    may_give = decide(who.subject, Action.GIVE_GRANT, found.resource, unix_s()).allowed
    reach = await _reach(services, who, found, told.patient) if may_give else [found.consultation]
    return replace(
        told,
        patient=None if who.person.role is Role.ADMINISTRATOR else told.patient,
        others=len(reach) - 1,
        may_give=may_give,
        earlier=await _earlier(services, reach[1:], told),
    )


async def overview_of(services: Services, found: Found) -> Overview:
    """As its log tells it, to nobody in particular: who may do nothing, and knows of no other. Raises `NotFound`."""
    _header, events = await log_of(services, found.consultation)
    state = await asyncio.to_thread(fold_all, events)
    return Overview(
        consultation=found.consultation,
        now=services.rights.now_s() * 1000,
        patient=state.patient,
        others=0,
        may_give=False,
        recorded=state.recording.since_t >= 0,
        consent=state.recording.consent,
        grants=state.grants,
        accesses=_newest_first(events),
    )


async def give(services: Services, who: SignedIn, found: Found, grant: Grant, *, everywhere: bool) -> int:
    """Open it to somebody; in how many consultations. `site` and `name` of the grant are filled in here. Raises
    `UserError`: malformed (nobody of that name there), what the heart refuses; others' are left out."""
    given = await _addressed(services, grant)
    reach = [found.consultation]
    if everywhere:
        reach = await _reach(services, who, found, await _patient(services, found))

    def ask(heart: Consultation, now: int, at: int) -> State:
        heart.accesses.handle_grant(now, who.person, given, at=at)
        return heart.state

    return await _each(services, reach, ask)


async def revoke(services: Services, who: SignedIn, found: Found, key: str) -> int:
    """Take it back here and wherever the same one was given; in how many. What is open by it is cut by then. Raises
    `UserError`: not_found."""
    reach = await _reach(services, who, found, await _patient(services, found))

    def ask(heart: Consultation, now: int, at: int) -> State:
        heart.accesses.handle_revoke(now, who.person, key, at=at)
        return heart.state

    return await take_back(services, reach, ask)


async def take_back(services: Services, reach: Sequence[ConsultationId], ask: Change) -> int:
    """What `ask` takes back in these; in how many. What is open by it is cut by then."""
    count = await _each(services, reach, ask)
    await replay_guard.look(services)
    return count


async def withdraw_consent(services: Services, who: SignedIn, found: Found) -> None:
    """The patient no longer agrees to the recording's being used: also after the call. Refused: out_of_state."""

    def ask(heart: Consultation, now: int, _at: int) -> State:
        heart.recording.handle_withdraw_by(now, who.account.id)
        return heart.state

    await _each(services, [found.consultation], ask)
    await replay_guard.look(services)


async def opened_to(services: Services, who: SignedIn) -> list[Opened]:
    """What others opened to me, the newest first: listed by the index, asked of each log."""
    institution = who.person.institution
    records = await services.store.run(services.store.consultations.opened_to, institution, who.account.id)
    shown: list[Opened] = []
    for record in records:
        resource = (await find(services, record.brief.consultation)).resource
        decision = decide(who.subject, Action.READ_SUMMARY, resource, unix_s())
        mine = next((one for one in resource.grants if one.key == decision.grant), None)
        if decision.allowed and mine is not None:
            brief = as_listed(services, who, record.brief)
            shown.append(Opened(brief=brief, data=mine.data, until=mine.until))
    return shown


def running_grants(state: State) -> list[Grant]:
    """Those that the index of lists has: not taken back. What has ended is left out when a list is made."""
    return [one.grant for one in state.grants if not one.revoked_at]


def _newest_first(events: Sequence[Event]) -> list[Accessed | ExportedHere]:
    accesses = [event.body for event in events if isinstance(event.body, Accessed | ExportedHere)]
    return accesses[::-1][:ACCESSES_SHOWN]


async def _patient(services: Services, found: Found) -> Patient | None:
    if found.host is not None:
        return found.host.state.patient
    state, _ = await services.paperwork.read(found.consultation)
    return state.patient


async def _reach(services: Services, who: SignedIn, found: Found, patient: Patient | None) -> list[ConsultationId]:
    """This one, and those of the same patient that are the same person's to open. The site's own number says that it
    is the same patient: of two people with one name neither gets the other's."""
    institution = found.resource.institution
    if patient is None or not patient.identifier or institution is None:
        return [found.consultation]
    records = await services.store.run(services.store.consultations.of_patient, institution, patient.identifier)
    reach = [found.consultation]
    for name in (record.brief.consultation for record in records):
        if name != found.consultation:
            resource = (await find(services, name)).resource
            if decide(who.subject, Action.GIVE_GRANT, resource, unix_s()).allowed:
                reach.append(name)
    return reach


async def _earlier(services: Services, others: Sequence[ConsultationId], here: Overview) -> list[GrantState]:
    """Each key once, and none that this one ever had: what was taken back here does not come back."""
    known = {one.grant.key for one in here.grants}
    found: list[GrantState] = []
    for name in others[:EARLIER_MOST]:
        try:
            state, _ = await services.paperwork.read(name)
        except UserError:
            continue  # erased
        for one in state.grants:
            if not one.revoked_at and one.grant.until > here.now and one.grant.key not in known:
                known.add(one.grant.key)
                found.append(one)
    return found[:EARLIER_MOST]


async def _each(services: Services, reach: Sequence[ConsultationId], ask: Change) -> int:
    """The first must succeed; of the others, whoever is erased or does not know the grant is passed over."""
    count = 0
    for name in reach:
        try:
            state = await services.paperwork.act(name, ask)
        except UserError as error:
            if name == reach[0] or error.code is not ErrorCode.NOT_FOUND:
                raise
            continue
        count += 1
        await _changed(services, name, state)
    return count


async def _changed(services: Services, consultation: ConsultationId, state: State) -> None:
    """The log says it already; the rest follows."""
    if state.status is Status.CLOSED:
        services.rights.changed(consultation, state)
    else:
        services.rights.forget(consultation)
    try:
        await services.store.run(services.store.grants.put, consultation, running_grants(state))
    except StoreError as error:
        log.warning("list of grants not kept", consultation=consultation, error=type(error).__name__)


async def _addressed(services: Services, grant: Grant) -> Grant:
    """With the names that institution and person have now. Whoever may see a part may see what it was about."""
    store = services.store
    houses = await store.run(store.institutions.all)
    site = next((one.name for one in houses if one.id == grant.institution), None)
    if site is None:
        raise UserError(ErrorCode.MALFORMED, "no such institution")
    data = [part for part in GrantData if part in grant.data or part is GrantData.RECORD]
    return replace(grant, site=site, name=await _name(services, grant.institution, grant.account), data=data)


async def _name(services: Services, institution: InstitutionId, account: AccountId | None) -> str:
    if account is None:
        return ""
    record = await services.store.run(services.store.accounts.get, account)
    if record is None or record.disabled or record.person.role not in STAFF:
        raise UserError(ErrorCode.MALFORMED, "nobody who could be given it")
    if record.person.institution != institution:
        raise UserError(ErrorCode.MALFORMED, "not of that institution")
    return record.person.name
