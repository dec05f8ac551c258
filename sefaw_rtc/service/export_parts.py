"""What an export needs and only the server has: DICOM instances from wherever they are, and what was sent in the chat.
Written into a ZIP of its own, an instance at a time."""

import asyncio
import zipfile
from collections.abc import Mapping
from typing import Final, Protocol

from recordings.folder import NEVER, folder
from recordings.log import LogHeader
from sefaw_rtc import logs
from sefaw_rtc.attachments import EXTENSIONS
from sefaw_rtc.dicom.port import DicomJson, InstanceRef, Query, Source, SourceError
from sefaw_rtc.errors import NotFound
from sefaw_rtc.service.outputs import MOST_BYTES, add_outputs
from signalling import events as ev
from signalling.events import Event
from signalling.ids import ConsultationId, InstanceId, SeriesId, StudyId
from signalling.vocabulary import PictureSource

INSTANCES_MOST: Final = 2000  # of the shared pictures in a teaching copy
_CHUNK: Final = 1 << 18
_SERIES, _INSTANCE = "0020000E", "00080018"

Sources = Mapping[PictureSource, Source]

log = logs.get("service")


class Found(Protocol):
    """A file of the shelf."""

    @property
    def data(self) -> bytes: ...
    @property
    def media_type(self) -> str: ...


class Attachments(Protocol):
    """The shelf, as it is asked here."""

    def find(self, consultation: ConsultationId, sha256: str) -> Found: ...


async def add_made(sources: Sources, header: LogHeader, events: list[Event], archive: zipfile.ZipFile) -> None:
    """Stills, presentation states, reports, key images, below `dicom/`. UserError if the stills are too large."""
    await add_outputs(sources, header, events, archive, "dicom/")


async def add_attachments(
    shelf: Attachments, consultation: ConsultationId, events: list[Event], archive: zipfile.ZipFile
) -> None:
    """What was said with the chat's lines; one that is gone is passed over: its line says that it was."""
    said = [one.body.attachment for one in events if isinstance(one.body, ev.ChatSaid)]
    for sha256 in dict.fromkeys(one.sha256 for one in said if one is not None):
        try:
            found = await asyncio.to_thread(shelf.find, consultation, sha256)
        except NotFound:
            continue
        name = f"attachments/{sha256}.{EXTENSIONS[found.media_type]}"
        await asyncio.to_thread(archive.writestr, zipfile.ZipInfo(name), found.data)


async def add_shared(sources: Sources, events: list[Event], archive: zipfile.ZipFile) -> None:
    """The pictures that were shared and not withdrawn, as they are, below `dicom/shared/`. What is more than fits is
    left out, and logged."""
    size, number, left_out = 0, 0, 0
    for study in folder(events):
        source = sources.get(study.source)
        if source is None or study.withdrawn_t != NEVER or study.stills:
            continue  # stills come with what was made
        for ref in await _instances(source, study.study):
            number += 1
            if number > INSTANCES_MOST or size > MOST_BYTES:
                left_out += 1
            else:
                size += await _add(source, ref, f"dicom/shared/{number:05}.dcm", archive)
    if left_out:
        log.warning("pictures left out of an export", count=left_out)


async def _instances(source: Source, study: StudyId) -> list[InstanceRef]:
    try:
        found = await source.instances(study, None, Query(None, {}, INSTANCES_MOST + 1))
    except SourceError:
        return []
    refs = [(_value(one, _SERIES), _value(one, _INSTANCE)) for one in found]
    return [InstanceRef(study, SeriesId(series), InstanceId(one)) for series, one in refs if series and one]


def _value(one: DicomJson, tag: str) -> str:
    values = one.get(tag, {}).get("Value") or [""]
    return str(values[0])


async def _add(source: Source, ref: InstanceRef, name: str, archive: zipfile.ZipFile) -> int:
    size = 0
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
        try:
            async for chunk in source.whole(ref):
                size += await asyncio.to_thread(entry.write, chunk)
        except SourceError:
            log.warning("picture not read for an export")
    return size
