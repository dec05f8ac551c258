"""`/api/consultations/{id}/exports`: ask for one, see how far it is, fetch the file, take it back. What is made is its
asker's alone, and not for long (`service/exports.py`)."""

import asyncio
from http import HTTPStatus
from typing import Final, Literal

import msgspec
from aiohttp import web

from recordings import ArchiveError
from recordings.export import ExportKind, Wishes
from recordings.files import CHUNK, SealedFile
from recordings.timeline import Language
from sefaw_rtc.errors import NotFound, UserError
from sefaw_rtc.service.accesses import open_access, still_allowed
from sefaw_rtc.service.blinding import refuse_blind
from sefaw_rtc.service.export_service import is_allowed, opening
from sefaw_rtc.service.exports import Exports, Job, JobState
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.occasions import software
from sefaw_rtc.web import bodies, problems
from sefaw_rtc.web.api_timeline import refuse_no_id
from sefaw_rtc.web.callers import CALLER, SERVICES
from sefaw_rtc.web.ranges import asked_range
from sefaw_rtc.web.streamed import streamed
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode

EXPORTS: Final = web.AppKey("exports", Exports)
_BODY: Final = 1024


class Asked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body."""

    what: ExportKind
    side_by_side: bool = False
    only_sealed: bool = False
    voice: bool = False
    language: Literal["zh-CN", "en"] = "zh-CN"


async def begin(request: web.Request) -> web.Response:
    """`POST`: 201 with the job. That it was asked for stands in the log by then; so does a refusal."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    asked = await bodies.read_json(request, Asked, _BODY)
    consultation = ConsultationId(request.match_info["id"])
    kind, purpose = opening(asked.what)
    found = await find(services, consultation)
    if not await still_allowed(services, who, found, kind, purpose=purpose):
        await open_access(services, who, found, kind, purpose=purpose)
    refuse_no_id(consultation)
    if asked.what is not ExportKind.TEACHING:
        refuse_blind(services, who, consultation)
    if found.host is not None:
        raise UserError(ErrorCode.OUT_OF_STATE, "it goes on")
    exports = request.app[EXPORTS]
    exports.make_room(who.account.id)
    await open_access(services, who, found, kind, purpose=purpose, detail=asked.what.value)
    wishes = Wishes(
        language=Language(asked.language),
        only_sealed=asked.only_sealed,
        side_by_side=asked.side_by_side,
        voice=asked.voice,
        software=software(),
    )
    return bodies.json(exports.told(exports.begin(who, found, asked.what, wishes)), 201)


async def progress(request: web.Request) -> web.Response:
    """`GET`."""
    return bodies.json(request.app[EXPORTS].told(_job(request)))


async def cancel(request: web.Request) -> web.Response:
    """`DELETE`: nothing more is made of it, and what was made goes."""
    request.app[EXPORTS].drop(_job(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def file(request: web.Request) -> web.StreamResponse:
    """`GET` and `HEAD`: the file, whole or a range of it, in the memory of one piece."""
    exports, job = request.app[EXPORTS], _job(request)
    if not await is_allowed(request.app[SERVICES], job):
        exports.drop(job)
        raise NotFound("export")
    try:
        opened = await asyncio.to_thread(exports.open, job)
    except ArchiveError:
        raise NotFound("export") from None
    with opened:
        return await _answer(request, job, opened)


def _job(request: web.Request) -> Job:
    who, consultation = request[CALLER].signed_in(), ConsultationId(request.match_info["id"])
    return request.app[EXPORTS].job(consultation, request.match_info["job"], who.account.id)


async def _answer(request: web.Request, job: Job, opened: SealedFile) -> web.StreamResponse:
    tag, size = f'"{job.id}"', opened.size
    asked = asked_range(request, tag, size)
    start, stop = asked or (0, size)
    if asked is not None and start >= stop:
        refusal = problems.problem(ErrorCode.MALFORMED, "range", HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        refusal.headers["Content-Range"] = f"bytes */{size}"
        return refusal
    headers = _headers(job, tag) | {"Content-Length": str(stop - start)}
    if asked is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    status = HTTPStatus.OK if asked is None else HTTPStatus.PARTIAL_CONTENT
    response = web.StreamResponse(status=status, headers=headers)
    async with streamed(request, response) as write:
        at = stop if request.method == "HEAD" else start
        while at < stop:
            if job.state is not JobState.DONE:
                raise NotFound("export")  # taken back: the connection is cut
            data = await asyncio.to_thread(opened.read_at, at, min(CHUNK - at % CHUNK, stop - at))
            await write(data)
            at += len(data)
    return response


def _headers(job: Job, tag: str) -> dict[str, str]:
    """Always to be kept, never to be shown: no page of ours runs what a file says."""
    return {
        "Content-Type": "video/mp4" if job.what is ExportKind.SIDE_BY_SIDE else "application/zip",
        "Content-Disposition": f'attachment; filename="{job.name}"',
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
