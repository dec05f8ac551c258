"""Pictures and voice messages of the chat: `/api/consultations/{id}/attachments`. Sent here, then named by a `chat`."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from sefaw_rtc.access import Action, Resource, require
from sefaw_rtc.attachments import EXTENSIONS, Upload
from sefaw_rtc.errors import NotFound, TooMany, UserError
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.readings import picture_access
from sefaw_rtc.service.services import Services
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.events import Attachment
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode

# A megabyte over 0.1 Mbit/s takes 80 s, so the whole may last; but something must come all the time.
SILENCE_S = 15.0
UPLOAD_S = 900.0
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Uploads:
    """How many are on their way to each consultation (or institution)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now: Counter[str] = Counter()

    @contextmanager
    def one(self, where: str) -> Iterator[None]:
        """Counted as long as it lasts. TooMany if others have all the places."""
        if self._now[where] >= self._most:
            raise TooMany("uploads at once", retry_after_s=2)
        self._now[where] += 1
        try:
            yield
        finally:
            self._now[where] -= 1
            if not self._now[where]:
                del self._now[where]


UPLOADS = web.AppKey("uploads", Uploads)


async def attach(request: web.Request) -> web.Response:
    """`POST`: the file as the body, its kind as Content-Type; 201 with what the log will say of it. It waits until a
    `chat` names it."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    consultation = ConsultationId(request.match_info["id"])
    host, registry = services.registry.get(consultation), services.registry
    resource = host.resource() if host else registry.closed_resource(consultation)
    require(session.subject, Action.ATTACH, resource or Resource(consultation=consultation), unix_s())
    if host is None:
        raise UserError(ErrorCode.CONSULTATION_CLOSED)
    if all(seat.person.account != session.account.id for seat in host.state.participants):
        raise UserError(ErrorCode.OUT_OF_STATE, "join first")
    if request.content_type not in EXTENSIONS:
        raise UserError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "a picture or a sound")
    if (request.content_length or 0) > services.config.limits.attachment_bytes:
        raise UserError(ErrorCode.TOO_LARGE)
    with request.app[UPLOADS].one(consultation):
        return bodies.json(await _receive(request, services, host), 201)


async def _receive(request: web.Request, services: Services, host: Host) -> Attachment:
    shelf = services.shelf
    try:
        upload = await asyncio.to_thread(shelf.begin, host.id)
        try:
            await _fill(request, upload)
            return await asyncio.to_thread(shelf.add, host.id, upload, request.content_type)
        finally:
            await asyncio.to_thread(upload.drop)
    except FileNotFoundError:  # the consultation ended meanwhile, and what waited in it went
        raise UserError(ErrorCode.CONSULTATION_CLOSED) from None
    except UserError as error:
        if error.code in {ErrorCode.TOO_LARGE, ErrorCode.TOO_MANY, ErrorCode.STORAGE_FULL}:
            services.metrics.limited.labels("attachments").inc()
        raise


async def _fill(request: web.Request, upload: Upload) -> None:
    """The body, as it comes, to the disk."""
    try:
        async with asyncio.timeout(UPLOAD_S):
            while True:
                async with asyncio.timeout(SILENCE_S):
                    chunk = await request.content.readany()
                if not chunk:
                    return
                await asyncio.to_thread(upload.write, chunk)
    except TimeoutError:
        raise UserError(ErrorCode.MALFORMED, "the body came too slowly") from None


async def read(request: web.Request) -> web.StreamResponse:
    """`GET`: one that was said. Whole or in ranges; never anything that a browser would run."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    consultation, sha256 = ConsultationId(request.match_info["id"]), request.match_info["sha256"]
    await picture_access(services, who, await find(services, consultation), Action.READ_ATTACHMENT)
    if not _SHA256.fullmatch(sha256):
        raise NotFound("attachment")
    found = await asyncio.to_thread(services.shelf.find, consultation, sha256)
    name = f"{sha256[:12]}.{EXTENSIONS[found.media_type]}"
    return bodies.ranged(
        request,
        found.data,
        {
            "ETag": f'"{sha256}"',
            "Content-Type": found.media_type,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            # The name is the content's digest: it never changes. In the reader's own browser only.
            "Cache-Control": "private, max-age=31536000, immutable",
        },
    )
