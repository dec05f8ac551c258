"""What a consultation leaves, live or closed: its patient folder, and its DICOM outputs in one ZIP.

The ZIP holds what was made in the consultation (stills, presentation states, reports, key images), not the pictures
that were brought: those are where they came from. `left-out.json` in it says what DICOM could not say.
"""

import asyncio
import zipfile
from collections.abc import Mapping
from typing import IO, Any, Final

import msgspec
from pydicom import Dataset

from recordings.dicom import Export, Loss, export, part10, pictures_needed
from recordings.folder import FolderStudy, folder
from recordings.log import LogHeader
from sefaw_rtc import logs
from sefaw_rtc.dicom.port import DicomJson, InstanceRef, Source, SourceError
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.occasions import occasion_of, wall_time
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.written import log_of
from signalling.events import Event
from signalling.fold import fold_all
from signalling.ids import ConsultationId
from signalling.looking import Picture
from signalling.record import Record
from signalling.state import State
from signalling.vocabulary import ErrorCode, PictureSource

MOST_BYTES: Final = 1 << 30  # of stills in one ZIP: a hundred of 4K without loss
LEFT_OUT: Final = "left-out.json"
_UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)

log = logs.get("service")


class Folder(Record, frozen=True):
    """`started_at` is Unix ms; the times of the studies (session µs) count from there."""

    started_at: int
    studies: list[FolderStudy]


async def folder_of(services: Services, consultation: ConsultationId) -> Folder:
    """Raises NotFound if there is no log."""
    header, events = await log_of(services, consultation)
    studies = await asyncio.to_thread(folder, events)
    return Folder(started_at=header.started_unix_us // 1000, studies=studies)


async def write_zip(services: Services, consultation: ConsultationId, out: IO[bytes]) -> None:
    """Into a file that can be sought. Raises NotFound if there is no log, UserError if it would be too large."""
    header, events = await log_of(services, consultation)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        await add_outputs(services.sources, header, events, archive)


async def add_outputs(
    sources: Mapping[PictureSource, Source],
    header: LogHeader,
    events: list[Event],
    archive: zipfile.ZipFile,
    below: str = "",
) -> None:
    """What DICOM says of the consultation, into a ZIP. UserError if it would be too large."""
    state = await asyncio.to_thread(fold_all, events)
    here = _Sources(sources, state)
    lookup = await here.metadata()
    made = await asyncio.to_thread(_export, header, events, state, lookup)
    await asyncio.to_thread(_write_outputs, made, archive, below)
    await here.add_stills(archive, below)


def _export(header: LogHeader, events: list[Event], state: State, lookup: Mapping[Picture, Dataset]) -> Export:
    """As of when it closed, or of the last event so far."""
    t = state.closed_t if state.closed_t >= 0 else max((event.t for event in events), default=0)
    started = header.started_unix_us
    made = export(occasion_of(header.consultation, state, started), state, lookup, wall_time(started + t))
    if any(one.loss is Loss.UNFIT_IMAGE for one in made.left_out):
        log.warning("outputs left out", consultation=header.consultation, count=len(made.left_out))
    return made


def _write_outputs(made: Export, archive: zipfile.ZipFile, below: str) -> None:
    for number, ds in enumerate(made.datasets, 1):
        archive.writestr(_entry(f"{below}{ds.Modality}/{number:04}.dcm"), part10(ds), zipfile.ZIP_DEFLATED)
    archive.writestr(_entry(f"{below}{LEFT_OUT}"), msgspec.json.encode(made.left_out))


def _entry(name: str) -> zipfile.ZipInfo:
    """Without the time of day: the same consultation is the same file."""
    return zipfile.ZipInfo(name)


class _Sources:
    """Where the pictures of a consultation are."""

    def __init__(self, sources: Mapping[PictureSource, Source], state: State) -> None:
        self._state = state
        kinds = {one.study: one.source for one in state.looking.studies}
        self._sources = {study: sources[kind] for study, kind in kinds.items() if kind in sources}

    async def metadata(self) -> dict[Picture, Dataset]:
        """Of what is needed and there: an instance is asked for once."""
        found: dict[InstanceRef, Dataset] = {}
        needed = pictures_needed(self._state)
        for ref in dict.fromkeys(_ref(one) for one in needed):
            source = self._sources.get(ref.study)
            read = await _metadata(source, ref) if source is not None else None
            if read is not None:
                found[ref] = read
        return {one: found[_ref(one)] for one in needed if _ref(one) in found}

    async def add_stills(self, archive: zipfile.ZipFile, below: str) -> None:
        """The files as they are kept; one that is gone is in `left-out.json` already."""
        size = 0
        frozen = dict.fromkeys(_ref(one.picture) for one in self._state.looking.freezes if one.picture is not None)
        for number, ref in enumerate(frozen, 1):
            source = self._sources.get(ref.study)
            data = await _whole(source, ref) if source is not None else b""
            size += len(data)
            if size > MOST_BYTES:
                raise UserError(ErrorCode.TOO_LARGE, "stills")
            if data:
                await asyncio.to_thread(archive.writestr, _entry(f"{below}stills/{number:04}.dcm"), data)


def _ref(picture: Picture) -> InstanceRef:
    return InstanceRef(picture.study, picture.series, picture.instance)


async def _metadata(source: Source, ref: InstanceRef) -> Dataset | None:
    try:
        (found,) = await source.metadata(ref.study, ref.series, ref.instance)
        return await asyncio.to_thread(_dataset, found)
    except (SourceError, *_UNREADABLE) as error:
        log.warning("metadata not read", error=type(error).__name__)
        return None


def _dataset(found: DicomJson) -> Dataset:
    """Without bulk data: no output needs them."""
    return Dataset.from_json(_without_bulk(found))


def _without_bulk(found: Mapping[str, Any]) -> dict[str, Any]:
    return {tag: _element(one) for tag, one in found.items() if "BulkDataURI" not in one}


def _element(one: Mapping[str, Any]) -> dict[str, Any]:
    if one.get("vr") != "SQ":
        return dict(one)
    return {**one, "Value": [_without_bulk(item) for item in one.get("Value", [])]}


async def _whole(source: Source, ref: InstanceRef) -> bytes:
    """A still is some megabytes: one at a time is held."""
    try:
        return b"".join([chunk async for chunk in source.whole(ref)])
    except SourceError:
        return b""
