"""Who asks for pictures and for which: the front of every DICOMweb door, and the one place where what goes wrong with a
picture becomes an answer.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from aiohttp import web

from sefaw_rtc.access import Action, Resource, require
from sefaw_rtc.dicom.accept import NotAcceptableError
from sefaw_rtc.dicom.frames import BULK, Frames, NotAvailableError, NotShownError
from sefaw_rtc.dicom.nameless import WITHHELD, asks_who, nameless
from sefaw_rtc.dicom.port import DicomJson, InstanceRef, NoSuchPictureError, Source, SourceUnavailableError
from sefaw_rtc.dicom.qido import Asked, QueryError, parse_query
from sefaw_rtc.dicom.workshop import BusyError
from sefaw_rtc.errors import NotFound, TooMany, UserError
from sefaw_rtc.service.blinding import is_blind
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.pictures_out import OfInstitution, PicturesOut, Visible, in_consultation
from sefaw_rtc.service.readings import picture_access
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.ids import UID_PATTERN, ConsultationId, InstanceId, SeriesId, StudyId
from signalling.vocabulary import ErrorCode

PICTURES = web.AppKey("pictures", PicturesOut)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_UID: Final = re.compile(UID_PATTERN)
_FRAMES: Final = re.compile(r"[1-9][0-9]{0,6}(,[1-9][0-9]{0,6}){0,99}")  # a hundred frames a request


@dataclass(frozen=True)
class Looker:
    """Whoever asks, as far as pictures go. `blind`: who reviews it and may learn no name."""

    visible: Visible
    frames: Frames
    blind: bool = False

    @property
    def root(self) -> str:
        return self.visible.root

    def told(self, found: Iterable[DicomJson]) -> list[DicomJson]:
        """What may be told of it."""
        return [nameless(one) for one in found] if self.blind else [*found]

    def asked(self, request: web.Request) -> Asked:
        """The query. Raises QueryError, and UserError where an answer would say who."""
        asked = parse_query(request.query.items())
        if self.blind and any(value and asks_who(name) for name, value in asked.matches.items()):
            raise UserError(ErrorCode.BLIND)
        return asked

    def refuse_blind(self) -> None:
        """Of what says all that it holds. Raises UserError."""
        if self.blind:
            raise UserError(ErrorCode.BLIND)

    async def refuse_bulk(self, source: Source, ref: InstanceRef, path: str) -> None:
        """What the metadata that may be told do not name is not given either. Raises UserError."""
        if self.blind and path not in _bulk_of(self.told(await source.metadata(ref.study, ref.series, ref.instance))):
            raise UserError(ErrorCode.BLIND)


async def looker(request: web.Request) -> Looker:
    """Asks `decide()`. Raises what it says."""
    services, out = request.app[SERVICES], request.app[PICTURES]
    if "id" not in request.match_info:
        return Looker(await _of_institution(request, out), out.frames)
    visible = await _in_consultation(request, out)
    who = request[CALLER].signed_in()
    return Looker(visible, out.frames, is_blind(services, who, ConsultationId(request.match_info["id"])))


def _bulk_of(found: Iterable[Mapping[str, Any]]) -> set[str]:
    """The paths of bulk data in these datasets, but for what is withheld."""
    paths: set[str] = set()
    for element in (element for one in found for element in one.values()):
        paths.add(str(element.get("BulkDataURI", "")).removeprefix(BULK))
        if element.get("vr") == "SQ":
            paths |= _bulk_of(element["Value"])
    return paths - {"", WITHHELD}


async def _in_consultation(request: web.Request, out: PicturesOut) -> Visible:
    services, consultation = request.app[SERVICES], ConsultationId(request.match_info["id"])
    found = await find(services, consultation)
    await picture_access(services, request[CALLER].signed_in(), found, Action.READ_PICTURES)
    return await in_consultation(services, out, found, f"/api/consultations/{consultation}/dicom-web")


async def _of_institution(request: web.Request, out: PicturesOut) -> Visible:
    session = request[CALLER].signed_in()
    institution = session.person.institution
    require(session.subject, Action.SEARCH_PICTURES, Resource(institution=institution), unix_s())
    return OfInstitution("/api/dicom-web", out, institution)


def answering(handler: Handler) -> Handler:
    """With the answers to what pictures raise. A sentence of theirs names no picture."""

    @wraps(handler)
    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except NoSuchPictureError as error:
            raise NotFound(str(error)[:100]) from None
        except SourceUnavailableError:
            raise UserError(ErrorCode.SOURCE_UNAVAILABLE) from None
        except NotShownError as error:
            raise UserError(ErrorCode.PICTURE_UNSUPPORTED, error.why.value) from None
        except BusyError:
            raise TooMany("frames at once", retry_after_s=1) from None
        except QueryError as error:
            raise UserError(ErrorCode.MALFORMED, str(error)) from None
        except (NotAcceptableError, NotAvailableError):
            raise web.HTTPNotAcceptable from None

    return answered


def study_of(request: web.Request) -> StudyId:
    return StudyId(_uid_of(request, "study"))


def series_of(request: web.Request) -> SeriesId:
    return SeriesId(_uid_of(request, "series"))


def ref_of(request: web.Request) -> InstanceRef:
    return InstanceRef(study_of(request), series_of(request), InstanceId(_uid_of(request, "instance")))


def frames_of(request: web.Request) -> list[int]:
    """The frame list of the address (PS3.18 10.4.1.1.6). Raises NotFound for what is none: there is no frame 0."""
    text = request.match_info["frames"]
    if not _FRAMES.fullmatch(text):
        raise NotFound("frame")
    return [int(part) for part in text.split(",")]


def frame_of(request: web.Request) -> int:
    """One only."""
    numbers = frames_of(request)
    if len(numbers) != 1:
        raise NotFound("one frame")
    return numbers[0]


def _uid_of(request: web.Request, level: str) -> str:
    uid = request.match_info[level]
    if not _UID.match(uid):
        raise NotFound(level)
    return uid
