"""DICOMweb: QIDO-RS and WADO-RS (PS3.18 10) of a consultation's folder and of an institution's pictures. Parse, ask,
write; what a picture becomes is decided in `sefaw_rtc/dicom`. Conformance: docs/dicom.md.

Content under a UID never changes, so what has arrived once is not asked for again: private, immutable, with an ETag.
Lists and the metadata of a study or series grow, and are asked for again with their ETag.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from aiohttp import web

from sefaw_rtc.dicom.accept import DICOM_JSON, accepts
from sefaw_rtc.dicom.frames import NotShownError
from sefaw_rtc.dicom.port import DicomJson, Query
from sefaw_rtc.dicom.qido import Asked, with_included
from sefaw_rtc.dicom.serve import Decoded, Refused
from sefaw_rtc.dicom.shown import shown
from sefaw_rtc.web.dicom_requests import Looker, answering, looker, ref_of, series_of, study_of
from signalling.ids import SeriesId, StudyId

IMMUTABLE: Final = "private, max-age=31536000, immutable"
GROWING: Final = "private, no-cache"
_WORTH_ZIPPING: Final = 1024
_MODEL: Final = msgspec.json.Encoder()
_FUZZY: Final = '299 sefaw-rtc "The fuzzymatching parameter is not supported. Only literal matching was performed."'


@answering
async def studies(request: web.Request) -> web.StreamResponse:
    """`GET /studies`."""
    who = await looker(request)
    _json_wanted(request)
    asked = who.asked(request)
    both = Query(None, asked.matches, asked.limit + asked.offset)
    found: list[DicomJson] = []
    for source, query in who.visible.search(both):
        found += await source.studies(query)
    page = found[asked.offset : asked.offset + asked.limit]
    base = f"{who.root}/studies"
    return await _listed(request, asked, [_with_url(one, f"{base}/{_uid(one, '0020000D')}") for one in who.told(page)])


@answering
async def series(request: web.Request) -> web.StreamResponse:
    """`GET /studies/{study}/series`."""
    who, study = await looker(request), study_of(request)
    _json_wanted(request)
    asked = who.asked(request)
    source = await who.visible.source_of(study)
    found = await source.series(study, Query(None, asked.matches, asked.limit, asked.offset))
    base = f"{who.root}/studies/{study}/series"
    return await _listed(request, asked, [_with_url(one, f"{base}/{_uid(one, '0020000E')}") for one in who.told(found)])


@answering
async def instances(request: web.Request) -> web.StreamResponse:
    """`GET /studies/{study}[/series/{series}]/instances`."""
    who, study = await looker(request), study_of(request)
    of_series = series_of(request) if "series" in request.match_info else None
    _json_wanted(request)
    asked = who.asked(request)
    source = await who.visible.source_of(study)
    found = await source.instances(study, of_series, Query(None, asked.matches, asked.limit, asked.offset))
    if asked.include is None or asked.include:
        whole = {_uid(one, "00080018"): one for one in await source.metadata(study, of_series)}
        found = [with_included(one, whole.get(_uid(one, "00080018"), one), asked.include) for one in found]
    return await _listed(
        request, asked, [_with_url(one, _address(who, one, study, of_series)) for one in who.told(found)]
    )


@answering
async def metadata(request: web.Request) -> web.StreamResponse:
    """`GET …/metadata` of a study, a series or an instance, in the form in which its frames are served."""
    who, study = await looker(request), study_of(request)
    _json_wanted(request)
    source = await who.visible.source_of(study)
    if "instance" in request.match_info:
        ref = ref_of(request)
        found = await source.metadata(study, ref.series, ref.instance)
    else:
        found = await source.metadata(study, series_of(request) if "series" in request.match_info else None)
    models = [shown(one, _address(who, one, study, None)) for one in who.told(found)]
    caching = IMMUTABLE if "instance" in request.match_info and not who.blind else GROWING
    return await _json(request, models, DICOM_JSON, caching)


@answering
async def served(request: web.Request) -> web.StreamResponse:
    """`GET …/instances/{instance}/served`: how its frames go out, so that the page can say so. Not of the standard."""
    who, ref = await looker(request), ref_of(request)
    source = await who.visible.source_of(ref.study)
    try:
        how = await who.frames.judge(source, ref)
    except NotShownError as error:
        how = Refused(error.why)
    word = "decoded" if isinstance(how, Decoded) else "refused" if isinstance(how, Refused) else "stored"
    why = how.why.value if isinstance(how, Decoded | Refused) else ""
    return await _json(request, {"how": word, "why": why}, "application/json", IMMUTABLE)


# ---- answers --------------------------------------------------------------------------------------------------------


def _json_wanted(request: web.Request) -> None:
    accepts(request.headers.get("Accept", ""), DICOM_JSON, "application/json")


async def _listed(request: web.Request, asked: Asked, found: Sequence[DicomJson]) -> web.Response:
    response = await _json(request, found, DICOM_JSON, GROWING)
    if asked.fuzzy:
        response.headers["Warning"] = _FUZZY
    return response


async def _json(request: web.Request, value: Any, media: str, caching: str) -> web.Response:
    """Gzipped where that is accepted and worth it: metadata shrink to a tenth."""
    body = await asyncio.to_thread(_MODEL.encode, value)
    headers = {"Cache-Control": caching, "ETag": etag_of(body), "Vary": "Accept-Encoding, Cookie"}
    if is_known(request, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    if len(body) > _WORTH_ZIPPING and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = await asyncio.to_thread(gzip.compress, body, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, content_type=media, headers=headers)


def etag_of(body: bytes) -> str:
    """A strong one: the content's digest."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def is_known(request: web.Request, etag: str) -> bool:
    """RFC 9110 13.1.2; `W/` counts, since the same content may come gzipped."""
    known = [part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "")[:1024].split(",")]
    return etag in known or known == ["*"]


def _with_url(dataset: DicomJson, url: str) -> DicomJson:
    return {**dataset, "00081190": {"vr": "UR", "Value": [url]}}


def _address(who: Looker, dataset: DicomJson, study: StudyId, of_series: SeriesId | None) -> str:
    found = of_series or _uid(dataset, "0020000E")
    return f"{who.root}/studies/{study}/series/{found}/instances/{_uid(dataset, '00080018')}"


def _uid(dataset: DicomJson, tag: str) -> str:
    values = dataset.get(tag, {}).get("Value") or [""]
    return str(values[0])
