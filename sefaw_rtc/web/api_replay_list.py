"""`GET /api/replays`: what a reviewer may open, searched."""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta
from msgspec.structs import replace

from recordings.replay.flags import Flag
from recordings.replay.unnamed import NOBODY, Unnamed
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.blinding import is_blind
from sefaw_rtc.service.services import Services
from sefaw_rtc.store import ERASED, ConsultationRecord
from sefaw_rtc.store.replayed import ReplayRow, Wanted
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.events import Patient, ShortText
from signalling.ids import ConsultationId, Count, InstitutionId
from signalling.record import Record
from signalling.vocabulary import ErrorCode

MOST: Final = 100


class Ready(StrEnum):
    """Whether it can be opened."""

    READY = "ready"
    SEALING = "sealing"
    UNRECORDED = "unrecorded"  # its events and pictures can
    ERASED = "erased"


class Query(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"since": "from"}):
    """`find`: in the patient or the question; `finding`: in signed opinions; `site`, `doctor`: in their names. Times:
    Unix ms, 0 = whatever; `before`: that of the last row one has."""

    find: ShortText = ""
    finding: ShortText = ""
    site: ShortText = ""
    doctor: ShortText = ""
    department: ShortText = ""
    since: Count = 0
    to: Count = 0
    flag: Flag | None = None
    before: Count = 0
    limit: Annotated[int, Meta(ge=1, le=MOST)] = 50


class Row(Record, frozen=True):
    """One of them. Times: Unix ms; `patient` None = erased; `names` False: who asks reviews it blind."""

    consultation: ConsultationId
    started_at: int
    length_us: int
    patient: Patient | None
    site: str
    requester: str
    specialist: str
    department: str
    reason: str
    flags: list[str]
    state: Ready
    names: bool = True


class Found(Record, frozen=True):
    """Newest first. `more`: there are older ones."""

    rows: list[Row]
    more: bool


async def search(request: web.Request) -> web.Response:
    """Those that the reviewer's institution asked for, or its specialists answered."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    try:
        query = msgspec.convert(dict(request.query), Query, strict=False)
    except msgspec.ValidationError:
        raise UserError(ErrorCode.MALFORMED, "query") from None
    found = await services.store.run(_found, services, who.person.institution, query)
    blind = {row.consultation for row in found.rows if is_blind(services, who, row.consultation)}
    if any(text.strip() for text in (query.find, query.site, query.doctor)):  # that it is found would name somebody
        rows = [row for row in found.rows if row.consultation not in blind]
    else:
        rows = [_unnamed(row) if row.consultation in blind else row for row in found.rows]
    return bodies.json(replace(found, rows=rows))


def _found(services: Services, mine: InstitutionId, query: Query) -> Found:
    """On the store's thread."""
    store = services.store
    find, finding = query.find.strip(), query.finding.strip()
    wanted = Wanted(
        mine=mine,
        limit=query.limit + 1,
        before_ms=query.before,
        from_ms=query.since,
        to_ms=query.to,
        department=query.department.strip(),
        flag=query.flag.value if query.flag else "",
        finding=finding,
        names=store.consultations.matching(find) if find else None,
        sites=store.institutions.named(query.site.strip()) if query.site.strip() else None,
        doctors=store.accounts.named(query.doctor.strip()) if query.doctor.strip() else None,
    )
    found = store.replayed.search(wanted)
    records = {one.brief.consultation: one for one in store.consultations.some([row.consultation for row in found])}
    rows = [_row(row, records[row.consultation]) for row in found[: query.limit] if row.consultation in records]
    if find or finding:  # erased since its text was read: not to be found any more
        rows = [row for row in rows if row.state is not Ready.ERASED]
    return Found(rows=rows, more=len(found) > query.limit)


def _row(row: ReplayRow, record: ConsultationRecord) -> Row:
    brief = record.brief
    erased = brief.patient is ERASED.patient
    return Row(
        consultation=row.consultation,
        started_at=row.requested_ms,
        length_us=row.length_us,
        patient=None if erased else brief.patient,
        site=brief.requester.site,
        requester=brief.requester.name,
        specialist=brief.specialist.name if brief.specialist else "",
        department=brief.department,
        reason="" if erased else brief.reason,
        flags=row.flags.split(),
        state=_state(row, erased=erased),
    )


def _unnamed(row: Row) -> Row:
    """Who asked and who answered are told by their roles alone."""
    patient = None if row.patient is None else Unnamed().record(row.patient)
    specialist = NOBODY if row.specialist else ""
    return replace(row, patient=patient, site="", requester=NOBODY, specialist=specialist, names=False)


def _state(row: ReplayRow, *, erased: bool) -> Ready:
    if erased:
        return Ready.ERASED
    if not row.sealed:
        return Ready.SEALING
    return Ready.UNRECORDED if Flag.UNRECORDED in row.flags.split() else Ready.READY
