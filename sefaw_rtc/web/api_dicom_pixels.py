"""DICOMweb, the bytes: instances, frames, rendered pictures, thumbnails, bulk data (PS3.18 10.4)."""

import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Final

from aiohttp import web

from sefaw_rtc.dicom.accept import (
    ANY_SYNTAX,
    DICOM,
    IMAGE_SYNTAXES,
    MULTIPART,
    OCTETS,
    FrameForm,
    NotAcceptableError,
    accepts,
    frame_forms,
    parse_accept,
)
from sefaw_rtc.dicom.frames import ANY, NotAvailableError, Served
from sefaw_rtc.dicom.imaging import text
from sefaw_rtc.dicom.port import DicomJson, InstanceRef, Source
from sefaw_rtc.dicom.rendering import parse_view
from sefaw_rtc.web import bodies
from sefaw_rtc.web.api_dicom import IMMUTABLE, etag_of, is_known
from sefaw_rtc.web.dicom_requests import Looker, answering, frame_of, frames_of, looker, ref_of, series_of, study_of
from signalling.ids import InstanceId, SeriesId, StudyId

HOW: Final = "Sefaw-Frame"  # `stored`, `compressed`, or `decoded` with its reason: what the page tells people
_MOST_INSTANCES: Final = 10_000  # streamed in one answer


@answering
async def frames(request: web.Request) -> web.StreamResponse:
    """`GET …/frames/{list}`: each in the best form that is accepted and can be given. Frame N is read without the
    rest, and one frame is in memory at a time."""
    who, ref, numbers = await looker(request), ref_of(request), frames_of(request)
    forms = frame_forms(request.headers.get("Accept", ""))
    source = await who.visible.source_of(ref.study)
    form, first = await _in_a_form(who, source, ref, numbers[0], forms)
    if not form.multipart:
        if len(numbers) != 1:
            raise NotAcceptableError
        return _ranged(request, first.data, _type_of(form, first), {HOW: _said(first)})
    if len(numbers) == 1:
        return _one_part(request, first, form)
    return await _parts(request, form.media, _each(who, source, ref, numbers, form, first), _said(first))


@answering
async def rendered(request: web.Request) -> web.StreamResponse:
    """`GET …[/frames/{frame}]/rendered`: 8 bits for a screen, by the request's window or the instance's own."""
    who, ref = await looker(request), ref_of(request)
    number = frame_of(request) if "frames" in request.match_info else 1
    media = accepts(request.headers.get("Accept", ""), "image/jpeg", "image/png")
    view = parse_view(request.query, media.removeprefix("image/"))
    source = await who.visible.source_of(ref.study)
    return _whole(request, await who.frames.picture(source, ref, number, view), media)


@answering
async def thumbnail(request: web.Request) -> web.StreamResponse:
    """`GET …/frames/{frame}/thumbnail`: a JPEG of at most 160 px."""
    who, ref, number = await looker(request), ref_of(request), frame_of(request)
    media = accepts(request.headers.get("Accept", ""), "image/jpeg")
    source = await who.visible.source_of(ref.study)
    return _whole(request, await who.frames.thumbnail(source, ref, number), media)


@answering
async def bulk(request: web.Request) -> web.StreamResponse:
    """`GET …/bulkdata/{path}`: what a BulkDataURI of the metadata names; whole, or by byte ranges."""
    who, ref = await looker(request), ref_of(request)
    forms = frame_forms(request.headers.get("Accept", ""))
    source = await who.visible.source_of(ref.study)
    await who.refuse_bulk(source, ref, request.match_info["path"])
    data = await source.bulk(ref, request.match_info["path"])
    form = next((one for one in forms if one.media == OCTETS), None)
    if form is None:
        raise NotAcceptableError
    if form.multipart and "Range" not in request.headers and "multipart" in request.headers.get("Accept", ""):
        return _one_part(request, None, form, data)
    return _ranged(request, data, OCTETS, {})


@answering
async def retrieve(request: web.Request) -> web.StreamResponse:
    """`GET` of a study, a series or an instance: PS3.10 files as they are kept, one after the other."""
    who, study = await looker(request), study_of(request)
    who.refuse_blind()
    multipart = _files_wanted(request.headers.get("Accept", ""))
    source = await who.visible.source_of(study)
    if "instance" in request.match_info:
        refs = [ref_of(request)]
    else:
        of_series = series_of(request) if "series" in request.match_info else None
        refs = [_ref(study, one) for one in await source.metadata(study, of_series)][:_MOST_INSTANCES]
    if multipart:
        return await _files(request, source, refs)
    if len(refs) != 1:
        raise NotAcceptableError
    return await _file(request, source, refs[0])


# ---- in which form --------------------------------------------------------------------------------------------------


async def _in_a_form(
    who: Looker, source: Source, ref: InstanceRef, number: int, forms: Sequence[FrameForm]
) -> tuple[FrameForm, Served]:
    """The first form that this frame has. Raises NotAcceptableError."""
    for form in forms:
        try:
            got = await who.frames.frame(source, ref, number, _syntax(form))
        except NotAvailableError:
            continue
        if form.media == OCTETS or got.transfer_syntax in IMAGE_SYNTAXES[form.media]:
            return form, got
    raise NotAcceptableError


def _syntax(form: FrameForm) -> str:
    """Media types of pictures name the default of their transfer syntaxes unless they say another one; `*` of theirs is
    whatever is served of them."""
    return ANY if form.syntax == ANY_SYNTAX else form.syntax


def _type_of(form: FrameForm, frame: Served) -> str:
    return f"{form.media}; transfer-syntax={frame.transfer_syntax}"


def _said(frame: Served) -> str:
    return f"{frame.how.value}; why={frame.why.value}" if frame.why else frame.how.value


def _files_wanted(header: str) -> bool:
    """Whether instances are wanted as parts of one answer, or one as it is. Transfer syntaxes: as kept. Raises
    NotAcceptableError."""
    for one in parse_accept(header):
        if one.media in {"*/*", "multipart/*"}:
            return True
        if one.media == MULTIPART and one.parameters.get("type", DICOM).lower() in {DICOM, "*/*"}:
            return True
        if one.media == DICOM:
            return False
    raise NotAcceptableError


# ---- answers --------------------------------------------------------------------------------------------------------


def _headers(etag: str) -> dict[str, str]:
    return {
        "Cache-Control": IMMUTABLE,
        "ETag": etag,
        "Vary": "Accept, Cookie",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


def _whole(request: web.Request, data: bytes, media: str) -> web.Response:
    headers = _headers(etag_of(data))
    if is_known(request, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    return web.Response(body=data, headers={**headers, "Content-Type": media})


def _ranged(request: web.Request, data: bytes, media: str, more: dict[str, str]) -> web.Response:
    headers = {**_headers(etag_of(data)), **more, "Content-Type": media}
    if is_known(request, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    return bodies.ranged(request, data, headers)


def _one_part(request: web.Request, frame: Served | None, form: FrameForm, data: bytes = b"") -> web.Response:
    """A multipart answer with one part, whose length is known."""
    body, inner, more = data, OCTETS, {}
    if frame is not None:
        body, inner, more = frame.data, _type_of(form, frame), {HOW: _said(frame)}
    headers = {**_headers(etag_of(body)), **more}
    if is_known(request, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    mark = secrets.token_hex(16)
    headers["Content-Type"] = f'{MULTIPART}; type="{form.media}"; boundary={mark}'
    return web.Response(body=_head(mark, inner) + body + _tail(mark), headers=headers)


async def _each(
    who: Looker, source: Source, ref: InstanceRef, numbers: Sequence[int], form: FrameForm, first: Served
) -> AsyncIterator[tuple[str, bytes]]:
    yield _type_of(form, first), first.data
    for number in numbers[1:]:
        frame = await who.frames.frame(source, ref, number, _syntax(form))
        yield _type_of(form, frame), frame.data


async def _parts(
    request: web.Request, media: str, parts: AsyncIterator[tuple[str, bytes]], said: str
) -> web.StreamResponse:
    """One part after the other. What fails on the way ends the connection: a cut answer is not taken for a whole."""
    mark = secrets.token_hex(16)
    response = web.StreamResponse(
        headers={
            "Cache-Control": IMMUTABLE,
            "Vary": "Accept, Cookie",
            "Content-Type": f'{MULTIPART}; type="{media}"; boundary={mark}',
            HOW: said,
        }
    )
    await response.prepare(request)
    async for kind, data in parts:
        await response.write(_head(mark, kind) + data + b"\r\n")
    await response.write(_tail(mark)[2:])
    await response.write_eof()
    return response


async def _files(request: web.Request, source: Source, refs: Sequence[InstanceRef]) -> web.StreamResponse:
    mark = secrets.token_hex(16)
    response = web.StreamResponse(
        headers={"Cache-Control": "private, no-cache", "Content-Type": f'{MULTIPART}; type="{DICOM}"; boundary={mark}'}
    )
    first = source.whole(refs[0])
    beginning = await anext(first)  # what is not there is said before the answer begins
    await response.prepare(request)
    for ref in refs:
        chunks = first if ref == refs[0] else source.whole(ref)
        await response.write(_head(mark, DICOM) + (beginning if ref == refs[0] else b""))
        async for chunk in chunks:
            await response.write(chunk)
        await response.write(b"\r\n")
    await response.write(_tail(mark)[2:])
    await response.write_eof()
    return response


async def _file(request: web.Request, source: Source, ref: InstanceRef) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Cache-Control": IMMUTABLE, "Content-Type": DICOM})
    chunks = source.whole(ref)
    beginning = await anext(chunks)
    await response.prepare(request)
    await response.write(beginning)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


def _head(mark: str, media: str) -> bytes:
    return f"--{mark}\r\nContent-Type: {media}\r\n\r\n".encode()


def _tail(mark: str) -> bytes:
    return f"\r\n--{mark}--\r\n".encode()


def _ref(study: StudyId, dataset: DicomJson) -> InstanceRef:
    return InstanceRef(study, SeriesId(text(dataset, "0020000E")), InstanceId(text(dataset, "00080018")))
