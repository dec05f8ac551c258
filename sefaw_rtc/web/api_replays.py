"""`/api/consultations/{id}/replays`: open a sealed consultation, read its events, close it again."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, Literal

import msgspec
from aiohttp import web

from recordings.replay.course import Course, people_of
from recordings.replay.unnamed import unnamed
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.accesses import open_access, still_allowed
from sefaw_rtc.service.blinding import is_blind
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.replay_guard import look
from sefaw_rtc.service.replay_reading import Archive
from sefaw_rtc.service.replays import Cut, Replay
from sefaw_rtc.web import bodies
from sefaw_rtc.web.api_timeline import refuse_no_id
from sefaw_rtc.web.callers import CALLER, SERVICES
from sefaw_rtc.web.streamed import streamed
from signalling.events import Event
from signalling.ids import ConsultationId
from signalling.vocabulary import AccessKind, AccessPurpose, ErrorCode

_BODY: Final = 1024
_AT_ONCE: Final = 500  # events of one write: some 150 kB
_LINES: Final = msgspec.json.Encoder(order="sorted")  # canonical, as `canonical_state` is


class Asked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body."""

    purpose: Literal["care", "review"]


class Opened(Course, frozen=True, kw_only=True):
    """The answer: the course, and the name of what was opened. `names` False: whoever opened it reviews blind, and
    nobody is named to them (`recordings.replay.unnamed`)."""

    replay: str
    names: bool


async def open_(request: web.Request) -> web.Response:
    """`POST`: 201 with what there is to play. That it was opened stands in the log by then; so does a refusal."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    asked = await bodies.read_json(request, Asked, _BODY)
    purpose = AccessPurpose(asked.purpose)
    consultation = ConsultationId(request.match_info["id"])
    found = await find(services, consultation)
    if not await still_allowed(services, who, found, AccessKind.REPLAY, purpose=purpose):
        await open_access(services, who, found, AccessKind.REPLAY, purpose=purpose)
    refuse_no_id(consultation)
    if found.host is not None:
        raise UserError(ErrorCode.OUT_OF_STATE, "it goes on")
    sealed = await services.replays.sealed(consultation)
    services.replays.make_room(who.account.id)
    await open_access(services, who, found, AccessKind.REPLAY, purpose=purpose)
    replay = services.replays.add(who, found, purpose, sealed)
    blind = is_blind(services, who, consultation)
    people = {"people": people_of(unnamed(sealed.events))} if blind else {}
    told = {name: getattr(sealed.course, name) for name in Course.__struct_fields__} | people
    return bodies.json(Opened(replay=replay.id, names=not blind, **told), 201)


async def close(request: web.Request) -> web.Response:
    """`DELETE`: 204."""
    request.app[SERVICES].replays.close(await replay_of(request))
    return web.Response(status=204)


async def replay_of(request: web.Request) -> Replay:
    """The one that the path names, if the caller opened it and still may watch it. Raises UserError."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    consultation = ConsultationId(request.match_info["id"])
    replay = services.replays.get(who.account.id, consultation, request.match_info["replay"])
    if not await still_allowed(services, who, replay.found, AccessKind.REPLAY, purpose=replay.purpose):
        await look(services)
        replay.refuse_if_cut()
        services.replays.cut_one(replay, Cut.ACCOUNT)
    replay.refuse_if_cut()
    return replay


async def events(request: web.Request) -> web.StreamResponse:
    """`GET …/events`: the log, one event a line."""
    replays, replay = request.app[SERVICES].replays, await replay_of(request)
    blind = is_blind(request.app[SERVICES], replay.who, replay.consultation)
    with replays.one(replay):
        found = await replays.off_loop(lambda: _events(replays.archive, replay.consultation, blind=blind))
        response = web.StreamResponse(headers={"Cache-Control": "no-store", "Content-Type": "application/x-ndjson"})
        response.enable_compression()
        async with streamed(request, response) as write:
            for some in _batches(found):
                replay.refuse_if_cut()
                await write(await replays.off_loop(partial(_LINES.encode_lines, some)))
        return response


def _events(archive: Archive, consultation: ConsultationId, *, blind: bool) -> list[Event]:
    found = archive.events(consultation)
    return unnamed(found) if blind else found


def _batches(found: Sequence[Event]) -> Iterator[Sequence[Event]]:
    for at in range(0, len(found), _AT_ONCE):
        yield found[at : at + _AT_ONCE]
