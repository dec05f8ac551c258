"""A PACS as a `Source`, over DICOMweb: what is asked as JSON by `dicomweb-client`, in threads of a bounded pool; what
is bytes by aiohttp, which streams and keeps each part's transfer syntax. Nothing of it is believed to be small.

It is one institution's: to a search of anybody else it has nothing. A study that stands in a consultation is asked for
without an institution: its log says that somebody who may has put it there.
"""

import asyncio
import base64
import binascii
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import aiohttp
import requests
from aiohttp.multipart import BodyPartReader, MultipartReader
from dicomweb_client import DICOMwebClient

from sefaw_rtc.dicom.accept import ANY_SYNTAX, DICOM, OCTETS, NotAcceptableError, parse_accept
from sefaw_rtc.dicom.frames import BULK
from sefaw_rtc.dicom.imaging import MOST_FRAME_BYTES, text
from sefaw_rtc.dicom.port import (
    DicomJson,
    EncodedFrame,
    InstanceRef,
    NoSuchPictureError,
    Query,
    SourceUnavailableError,
)
from signalling.ids import InstanceId, InstitutionId, SeriesId, StudyId
from signalling.vocabulary import PictureSource

T = TypeVar("T")

# It repeats what the PACS says in its Warning headers: not ours to vet.
logging.getLogger("dicomweb_client").setLevel(logging.CRITICAL + 1)

_MOST_JSON: Final = 134_217_728  # metadata of 10,000 enhanced instances, ten times over
_MOST_BULK: Final = MOST_FRAME_BYTES
_CHUNK: Final = 1 << 18
_DEPTH: Final = 32
_DOWN: Final = "the PACS does not answer"


@dataclass(frozen=True, slots=True)
class Settings:
    """`institution`: whose it is. Seconds and requests as in the configuration."""

    url: str
    institution: InstitutionId
    user: str = ""
    password: str = ""
    ca_file: str = ""
    timeout_s: int = 20
    at_once: int = 8


class PacsSource:
    """Implements `port.Source`. `close` it."""

    kind = PictureSource.PACS

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._root = settings.url.rstrip("/")
        self._path = urlsplit(self._root).path
        self._threads = ThreadPoolExecutor(settings.at_once, "pacs")
        self._client = DICOMwebClient(self._root, session=_session(settings), timeout=settings.timeout_s)
        self._client.set_http_retry_params(retry=False)  # whoever looks is told at once, and may try again
        self._places = asyncio.Semaphore(settings.at_once)
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._http is not None:
            await self._http.close()

    # ---- as JSON ----------------------------------------------------------------------------------------------------

    async def studies(self, query: Query) -> list[DicomJson]:
        if query.institution not in {None, self._settings.institution}:
            return []
        matches = dict(query.matches)
        named = [uid for uid in matches.pop("StudyInstanceUID", "").replace("\\", ",").split(",") if uid]
        if len(named) < 2:
            matches |= {"StudyInstanceUID": named[0]} if named else {}
            return await self._search(self._client.search_for_studies, query, matches)
        found: list[DicomJson] = []
        for uid in named[: query.offset + query.limit]:  # a list of UIDs is optional in QIDO-RS: one by one
            one = Query(query.institution, {}, 1)
            found += await self._search(self._client.search_for_studies, one, {**matches, "StudyInstanceUID": uid})
        return found[query.offset : query.offset + query.limit]

    async def series(self, study: StudyId, query: Query) -> list[DicomJson]:
        found = await self._search(self._client.search_for_series, query, query.matches, study_instance_uid=study)
        return sorted(found, key=lambda one: _order(one, "00200011"))

    async def instances(self, study: StudyId, series: SeriesId | None, query: Query) -> list[DicomJson]:
        found = await self._search(
            self._client.search_for_instances,
            query,
            query.matches,
            study_instance_uid=study,
            series_instance_uid=series,
        )
        return sorted(found, key=lambda one: _order(one, "00200013"))

    async def metadata(
        self, study: StudyId, series: SeriesId | None = None, instance: InstanceId | None = None
    ) -> list[DicomJson]:
        if series is None:
            found = await self._ask(lambda: self._client.retrieve_study_metadata(study))
        elif instance is None:
            found = await self._ask(lambda: self._client.retrieve_series_metadata(study, series))
        else:
            found = [await self._ask(lambda: self._client.retrieve_instance_metadata(study, series, instance))]
        if not found:
            raise NoSuchPictureError("no such study, series or instance")
        return [self._own(one) for one in _datasets(found)]

    async def _search(
        self,
        search: Callable[..., list[dict[str, dict[str, Any]]]],
        query: Query,
        matches: Mapping[str, str],
        **where: Any,
    ) -> list[DicomJson]:
        filters = {name: value for name, value in matches.items() if value}
        found = await self._ask(lambda: search(**where, limit=query.limit, offset=query.offset, search_filters=filters))
        return _datasets(found)[: query.limit]

    async def _ask(self, ask: Callable[[], T]) -> T:
        """In a thread. Raises what the port says."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except requests.HTTPError as error:
            raise _of_status(error.response.status_code if error.response is not None else 0) from None
        except (requests.RequestException, ValueError, TooMuchError) as error:
            raise SourceUnavailableError(_DOWN) from error

    # ---- as bytes ---------------------------------------------------------------------------------------------------

    async def frames(self, ref: InstanceRef, numbers: Sequence[int]) -> list[EncodedFrame]:
        names = ",".join(str(number) for number in numbers)
        accept = f'multipart/related; type="{OCTETS}"; transfer-syntax={ANY_SYNTAX}'
        found = []
        async with self._got(f"{_address(ref)}/frames/{names}", accept) as response:
            async for kind, data in _parts(response, 2 * MOST_FRAME_BYTES):
                found.append(EncodedFrame(data, _syntax(kind)))
        if len(found) != len(numbers):
            raise NoSuchPictureError("no such frame")
        return found

    async def bulk(self, ref: InstanceRef, path: str) -> bytes:
        """`path` as `_own` made it: only what is below the instance is ever asked for."""
        try:
            rest = base64.urlsafe_b64decode(path.encode()).decode()
        except (binascii.Error, UnicodeError):
            raise NoSuchPictureError("no such bulk data") from None
        if ".." in unquote(rest) or "?" in rest or "#" in rest or rest.startswith("/"):
            raise NoSuchPictureError("no such bulk data")
        accept = f'multipart/related; type="{OCTETS}"; transfer-syntax={ANY_SYNTAX}, {OCTETS}'
        async with self._got(f"{_address(ref)}/{rest}", accept) as response:
            async for _kind, data in _parts(response, _MOST_BULK):
                return data
        raise NoSuchPictureError("no such bulk data")

    async def whole(self, ref: InstanceRef) -> AsyncIterator[bytes]:
        accept = f'multipart/related; type="{DICOM}"; transfer-syntax={ANY_SYNTAX}'
        async with self._got(_address(ref), accept) as response:
            part = await anext(_readers(response), None)
            if part is None:
                raise NoSuchPictureError("no such instance")
            while chunk := await part.read_chunk(_CHUNK):
                yield chunk

    @asynccontextmanager
    async def _got(self, path: str, accept: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """One answer, while others wait for their turn."""
        async with self._places:
            try:
                async with self._web().get(self._root + path, headers={"Accept": accept}) as response:
                    if response.status != 200:
                        raise _of_status(response.status)
                    yield response
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise SourceUnavailableError(_DOWN) from error

    def _web(self) -> aiohttp.ClientSession:
        if self._http is None:
            settings = self._settings
            tls = ssl.create_default_context(cafile=settings.ca_file or None)
            self._http = aiohttp.ClientSession(
                auth=aiohttp.BasicAuth(settings.user, settings.password) if settings.user else None,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=settings.timeout_s, sock_read=settings.timeout_s
                ),
                connector=aiohttp.TCPConnector(limit=settings.at_once, ssl=tls),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http

    # ---- its metadata as ours ---------------------------------------------------------------------------------------

    def _own(self, dataset: DicomJson) -> DicomJson:
        """Bulk data relative to the instance, by names that lead nowhere else; others are left out."""
        ref = InstanceRef(
            StudyId(text(dataset, "0020000D")),
            SeriesId(text(dataset, "0020000E")),
            InstanceId(text(dataset, "00080018")),
        )
        return _renamed(dataset, f"{self._path}{_address(ref)}/", 0)


def _datasets(found: Sequence[Any]) -> list[DicomJson]:
    """Whatever else stands in an answer is nothing of ours."""
    return [one for one in found if isinstance(one, dict)]


def _renamed(dataset: Mapping[str, Any], base: str, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for tag, element in dataset.items():
        if not isinstance(element, dict):
            continue
        uri = element.get("BulkDataURI")
        if uri is not None:
            path = urlsplit(str(uri)).path
            rest = path.removeprefix(base) if path.startswith(base) else ""
            name = base64.urlsafe_b64encode(rest.encode()).decode()
            made[tag] = {"vr": element.get("vr", "UN"), **({"BulkDataURI": BULK + name} if rest else {})}
        elif element.get("vr") == "SQ" and depth < _DEPTH:
            items = [_renamed(item, base, depth + 1) for item in element.get("Value", []) if isinstance(item, dict)]
            made[tag] = {"vr": "SQ", "Value": items}
        else:
            made[tag] = element
    return made


def _address(ref: InstanceRef) -> str:
    return f"/studies/{ref.study}/series/{ref.series}/instances/{ref.instance}"


def _order(dataset: DicomJson, tag: str) -> int:
    values = dataset.get(tag, {}).get("Value") or [0]
    try:
        return int(values[0])
    except (TypeError, ValueError):
        return 0


def _of_status(status: int) -> Exception:
    """404 and 400 speak of the picture, the rest of the PACS."""
    if status in {400, 404, 406, 410}:
        return NoSuchPictureError("the PACS does not have it")
    return SourceUnavailableError(_DOWN)


# ---- parts ----------------------------------------------------------------------------------------------------------


async def _parts(response: aiohttp.ClientResponse, most: int) -> AsyncIterator[tuple[str, bytes]]:
    """Media type and content of each, `most` bytes of all together."""
    if not response.content_type.startswith("multipart/"):
        whole = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            whole += chunk
            if len(whole) > most:
                raise SourceUnavailableError("the PACS sends too much")
        yield response.headers.get("Content-Type", OCTETS), bytes(whole)
        return
    left = most
    async for part in _readers(response):
        data = bytearray()
        while chunk := await part.read_chunk(_CHUNK):
            data += chunk
            if len(data) > left:
                raise SourceUnavailableError("the PACS sends too much")
        left -= len(data)
        yield part.headers.get("Content-Type", OCTETS), bytes(data)


async def _readers(response: aiohttp.ClientResponse) -> AsyncIterator[BodyPartReader]:
    reader = MultipartReader.from_response(response)
    while (part := await reader.next()) is not None:
        if isinstance(part, BodyPartReader):
            yield part


def _syntax(kind: str) -> str:
    """Of a part's Content-Type. Where it says nothing, what PS3.18 8.7.3.5.2 says is meant."""
    try:
        named = parse_accept(kind)[0]
    except (NotAcceptableError, IndexError):
        raise SourceUnavailableError("the PACS does not say what it sends") from None
    default = _DEFAULTS.get(named.media, "1.2.840.10008.1.2.1")
    return named.parameters.get("transfer-syntax", default)


_DEFAULTS: Final = {
    "image/jpeg": "1.2.840.10008.1.2.4.50",
    "image/jls": "1.2.840.10008.1.2.4.80",
    "image/jp2": "1.2.840.10008.1.2.4.90",
    "image/dicom-rle": "1.2.840.10008.1.2.5",
    "image/x-dicom-rle": "1.2.840.10008.1.2.5",
}


# ---- the client's session -------------------------------------------------------------------------------------------


class TooMuchError(Exception):
    """An answer above the bound."""


class _Bounded(requests.Session):
    """Reads an answer's body itself, as far as it may."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = super().send(request, **{**options, "stream": True})
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > _MOST_JSON:
                response.close()
                raise TooMuchError
        response._content = bytes(body)  # noqa: SLF001 - where requests keeps what it has read
        return response


def _session(settings: Settings) -> requests.Session:
    session = _Bounded()
    session.trust_env = False  # no proxy and no password of the environment's
    if settings.user:
        session.auth = (settings.user, settings.password)
    if settings.ca_file:
        session.verify = settings.ca_file
    return session
