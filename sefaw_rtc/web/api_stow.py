"""STOW-RS (PS3.18 10.5): pictures brought into a consultation, or into the institution's own folder. What is brought
into a consultation is shared in it, while the upload still goes on."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from sefaw_rtc.access import Action, Resource, require
from sefaw_rtc.dicom import stow, zips
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Bringer, Incoming
from sefaw_rtc.dicom.stow import Taken
from sefaw_rtc.errors import TooMany, UserError
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.services import Services
from sefaw_rtc.web.api_attachments import SILENCE_S, Uploads
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.ids import UID_PATTERN, ConsultationId, ParticipantId, StudyId
from signalling.vocabulary import ErrorCode, PictureFault

T = TypeVar("T")
Read = Callable[[], Awaitable[bytes]]
PICTURE_UPLOADS = web.AppKey("picture_uploads", Uploads)

_UID: Final = re.compile(UID_PATTERN)
_DICOM: Final = "application/dicom"
_UPLOAD_S: Final = 4 * 3600.0  # 2 GB over 1.5 Mbit/s take three hours; something must come all the time
_MOST_PARTS: Final = 20_000
_CHUNK: Final = 1 << 17
_NOBODY: Final = ParticipantId(0)  # who has no seat


@dataclass
class Upload:
    """One request: whose, into what, what became of it."""

    services: Services
    bringer: Bringer
    base: str
    study: StudyId | None
    host: Host | None = None
    by: ParticipantId = _NOBODY
    results: list[Taken] = field(default_factory=list)
    size: int = 0

    def taken(self, one: Taken) -> None:
        """A file was judged: the consultation hears of a study that has grown."""
        self.results.append(one)
        if one.kept is not None and self.host is not None:
            self.services.sharing.grown(self.host, self.by, one.kept.ref.study)

    async def settled(self) -> None:
        """Who is answered can count on the disk, and on the consultation knowing."""
        try:
            await self.services.intake.settle()
        except PictureRefused:
            raise UserError(ErrorCode.STORAGE_FULL) from None
        if self.host is not None:
            for study in {one.kept.ref.study for one in self.results if one.kept is not None}:
                await self.services.sharing.settled(self.host, study)


async def into_consultation(request: web.Request) -> web.Response:
    """`POST /api/consultations/{id}/dicom-web/studies[/{study}]`."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    consultation = ConsultationId(request.match_info["id"])
    host, registry = services.registry.get(consultation), services.registry
    resource = host.resource() if host else registry.closed_resource(consultation)
    require(session.subject, Action.STORE_PICTURES, resource or Resource(consultation=consultation), unix_s())
    if host is None:
        raise UserError(ErrorCode.CONSULTATION_CLOSED)
    mine = (seat.participant for seat in host.state.participants if seat.person.account == session.account.id)
    bringer = Bringer(session.person.institution, consultation)
    base = f"/api/consultations/{consultation}/dicom-web"
    upload = Upload(services, bringer, base, _study(request), host, next(mine, _NOBODY))
    return await _receive(request, upload, consultation)


async def into_institution(request: web.Request) -> web.Response:
    """`POST /api/dicom-web/studies[/{study}]`."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    institution = session.person.institution
    require(session.subject, Action.KEEP_PICTURES, Resource(institution=institution), unix_s())
    upload = Upload(services, Bringer(institution), "/api/dicom-web", _study(request))
    return await _receive(request, upload, institution)


def _study(request: web.Request) -> StudyId | None:
    text = request.match_info.get("study")
    if text is None:
        return None
    if not _UID.match(text):
        raise UserError(ErrorCode.NOT_FOUND, "no UID")
    return StudyId(text)


async def _receive(request: web.Request, upload: Upload, where: str) -> web.Response:
    reader = _READERS.get(request.content_type)
    if reader is None or request.headers.get("Content-Encoding", "identity") != "identity":
        raise UserError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "DICOM, a ZIP of it, or multipart/related")
    limits = upload.services.config.dicom
    if (request.content_length or 0) > limits.upload_bytes:
        raise UserError(ErrorCode.TOO_LARGE)
    with request.app[PICTURE_UPLOADS].one(where):
        status = None
        try:
            async with asyncio.timeout(_UPLOAD_S):
                await reader(request, upload)
        except TimeoutError:
            raise UserError(ErrorCode.MALFORMED, "the body came too slowly") from None
        except ConnectionError:
            raise UserError(ErrorCode.MALFORMED, "cut off") from None  # nobody hears it; what was whole is kept
        except _UploadTooLarge:
            status = 413
        await upload.settled()
    if not upload.results:
        raise UserError(ErrorCode.MALFORMED, "nothing was sent")
    return _answer(upload, status)


class _UploadTooLarge(Exception):  # noqa: N818 - says what happened
    """What came before it is kept, and said."""


async def _single(request: web.Request, upload: Upload) -> None:
    await _bring(upload, "1", request.content.readany)


async def _zip(request: web.Request, upload: Upload) -> None:
    intake = upload.services.intake
    async with _refusals(upload, ""), _file(upload, request.content.readany) as one:
        await _fill(upload, one, request.content.readany, upload.services.config.dicom.upload_bytes)
        await intake.unpack(one, upload.bringer, upload.study, upload.taken)


async def _multipart(request: web.Request, upload: Upload) -> None:
    """Each part as it comes; a part that is refused does not stop the others."""
    try:
        parts = await request.multipart()
        while (part := await _within(SILENCE_S, parts.next())) is not None:
            if len(upload.results) >= _MOST_PARTS:
                raise TooMany("parts")
            if not isinstance(part, BodyPartReader):
                raise UserError(ErrorCode.MALFORMED, "a multipart in a multipart")
            await _part(part, upload)
    except (ValueError, AssertionError, LookupError, HttpProcessingError):  # aiohttp's words for what is no multipart
        raise UserError(ErrorCode.MALFORMED, "not multipart/related") from None


async def _part(part: BodyPartReader, upload: Upload) -> None:
    name, read = str(len(upload.results) + 1), partial(part.read_chunk, _CHUNK)
    if part.headers.get("Content-Type", _DICOM).partition(";")[0].strip().lower() != _DICOM:
        await _pass_over(upload, read)
        upload.taken(Taken(name, fault=PictureFault.UNSUPPORTED))
        return
    await _bring(upload, name, read)


async def _bring(upload: Upload, name: str, read: Read) -> None:
    """One file, kept or not."""
    async with _refusals(upload, name), _file(upload, read) as one:
        await _fill(upload, one, read, upload.services.config.dicom.file_bytes)
        upload.taken(await upload.services.intake.keep(one, upload.bringer, name, upload.study))


@asynccontextmanager
async def _refusals(upload: Upload, name: str) -> AsyncIterator[None]:
    """What is refused on the way is a result."""
    try:
        yield
    except PictureRefused as refused:
        upload.taken(Taken(name, fault=refused.fault))


@asynccontextmanager
async def _file(upload: Upload, read: Read) -> AsyncIterator[Incoming]:
    """A file of its own, gone afterwards but for the name it was given."""
    try:
        one = await upload.services.intake.begin()
    except PictureRefused:
        await _pass_over(upload, read)
        raise
    try:
        yield one
    finally:
        await upload.services.intake.drop(one)


async def _fill(upload: Upload, one: Incoming, read: Read, most: int) -> None:
    """The bytes, as they come, to the disk. What is too much for one file is read past: the next may fit."""
    try:
        async for chunk in _chunks(upload, read):
            await upload.services.intake.write(one, chunk, most)
    except PictureRefused:
        await _pass_over(upload, read)
        raise


async def _pass_over(upload: Upload, read: Read) -> None:
    async for _ in _chunks(upload, read):
        pass


async def _within(seconds: float, coming: Awaitable[T]) -> T:
    """Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        return await coming


async def _chunks(upload: Upload, read: Read) -> AsyncIterator[bytes]:
    while chunk := await _within(SILENCE_S, read()):
        upload.size += len(chunk)
        if upload.size > upload.services.config.dicom.upload_bytes:
            raise _UploadTooLarge
        yield chunk


def _answer(upload: Upload, status: int | None) -> web.Response:
    body = msgspec.json.encode(stow.answer(upload.results, upload.base))
    return web.Response(
        body=body,
        status=status or stow.status(upload.results),
        content_type=stow.MEDIA_TYPE,
        headers={"Cache-Control": "no-store"},
    )


_READERS: Final = {_DICOM: _single, zips.MEDIA_TYPE: _zip, "multipart/related": _multipart}
