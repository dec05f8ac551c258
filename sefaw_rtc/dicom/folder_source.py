"""The folder as a `Source`: what QIDO-RS and WADO-RS ask of it. Frames and bulk data are read where they stand."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, Final, TypeVar

from sefaw_rtc.dicom.attributes import INSTANCE, matches, pick
from sefaw_rtc.dicom.elements import Leaf, leaves, value
from sefaw_rtc.dicom.examine import Opened, opened, pixels_of
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Folder
from sefaw_rtc.dicom.frame_table import FrameTable
from sefaw_rtc.dicom.geometry import geometry_of
from sefaw_rtc.dicom.index import Counted, Row, unpack
from sefaw_rtc.dicom.metadata import little
from sefaw_rtc.dicom.port import DicomJson, EncodedFrame, InstanceRef, NoSuchPictureError, Query
from signalling.ids import InstanceId, SeriesId, StudyId
from signalling.vocabulary import PictureSource

T = TypeVar("T")

_CHUNK: Final = 1 << 20
_TABLES: Final = 32  # a table of 300 frames is 30 kB; of a million, 100 MB: such are read once
_STUDY: Final = "0020000D"


class FolderSource:
    """Implements `port.Source`."""

    kind = PictureSource.FOLDER

    def __init__(self, folder: Folder, bulk_bytes: int) -> None:
        self._folder = folder
        self._bulk_bytes = bulk_bytes
        self._tables: OrderedDict[InstanceId, FrameTable] = OrderedDict()

    async def studies(self, query: Query) -> list[DicomJson]:
        return await asyncio.to_thread(self._studies, query)

    async def series(self, study: StudyId, query: Query) -> list[DicomJson]:
        return await asyncio.to_thread(self._series, study, query)

    async def instances(self, study: StudyId, series: SeriesId | None, query: Query) -> list[DicomJson]:
        return await asyncio.to_thread(self._instances, study, series, query)

    async def metadata(
        self, study: StudyId, series: SeriesId | None = None, instance: InstanceId | None = None
    ) -> list[DicomJson]:
        found = await asyncio.to_thread(self._folder.index.metadata, study, series, instance, None)
        if not found:
            raise NoSuchPictureError("no such study, series or instance")
        return await asyncio.to_thread(lambda: [unpack(one) for one in found])

    async def frames(self, ref: InstanceRef, numbers: Sequence[int]) -> list[EncodedFrame]:
        return await asyncio.to_thread(self._frames, ref, numbers)

    async def bulk(self, ref: InstanceRef, path: str) -> bytes:
        return await asyncio.to_thread(self._bulk, ref, path)

    async def whole(self, ref: InstanceRef) -> AsyncIterator[bytes]:
        row = await asyncio.to_thread(self._row, ref)
        held = self._stream(row)
        file = await asyncio.to_thread(held.__enter__)
        try:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk
        finally:
            await asyncio.to_thread(held.__exit__, None, None, None)

    # ---- off the loop -------------------------------------------------------------------------------------------

    def _studies(self, query: Query) -> list[DicomJson]:
        wanted = query.matches.get(_STUDY) or query.matches.get("StudyInstanceUID") or ""
        named = [uid for uid in wanted.replace("\\", ",").split(",") if uid]
        return _page((_study(one) for one in self._folder.index.studies(query.institution, named)), query)

    def _series(self, study: StudyId, query: Query) -> list[DicomJson]:
        found = self._folder.index.series(study, query.institution)
        return _page(({**one.attributes, "00201209": _int("IS", one.instances)} for one in found), query)

    def _instances(self, study: StudyId, series: SeriesId | None, query: Query) -> list[DicomJson]:
        found = self._folder.index.metadata(study, series, None, query.institution)
        return _page((pick(unpack(one), INSTANCE) for one in found), query)

    def _frames(self, ref: InstanceRef, numbers: Sequence[int]) -> list[EncodedFrame]:
        row = self._row(ref)
        table = self._tables.get(ref.instance)
        try:
            if table is not None and not row.deflated:
                with self._stream(row) as stream:
                    return [EncodedFrame(table.read(stream, n), row.transfer_syntax) for n in numbers]
            with self._opened(row) as found:
                table = self._remember(ref, found)
                return [EncodedFrame(table.read(found.stream, n), row.transfer_syntax) for n in numbers]
        except IndexError:
            raise NoSuchPictureError("no such frame") from None

    def _remember(self, ref: InstanceRef, found: Opened) -> FrameTable:
        pixels = pixels_of(found.elements)
        (metadata,) = self._folder.index.metadata(ref.study, ref.series, ref.instance, None)
        geometry = geometry_of(unpack(metadata), pixels is not None)
        if pixels is None or geometry is None:
            raise NoSuchPictureError("it has no pixels")
        table = FrameTable(found.stream, found.elements, pixels, geometry, found.opening.transfer_syntax)
        if table.count * 100 < _CHUNK * 4:
            self._tables[ref.instance] = table
            while len(self._tables) > _TABLES:
                self._tables.popitem(last=False)
        return table

    def _bulk(self, ref: InstanceRef, path: str) -> bytes:
        with self._opened(self._row(ref)) as found:
            leaf = next((one for name, one in leaves(found.elements) if name == path), None)
            if leaf is None:
                raise NoSuchPictureError("no such bulk data")
            return little(_words(leaf), value(found.stream, leaf, self._bulk_bytes), found.encoding)

    @contextmanager
    def _opened(self, row: Row) -> Iterator[Opened]:
        with self._stream(row) as file:
            yield opened(file, self._folder.bounds)

    @contextmanager
    def _stream(self, row: Row) -> Iterator[BinaryIO]:
        """A file that was checked when it came: what is refused now was damaged since, or is more than may be read."""
        try:
            with self._folder.stream(row.path) as file:
                yield file
        except (PictureRefused, FileNotFoundError) as error:
            raise NoSuchPictureError("it cannot be read") from error

    def _row(self, ref: InstanceRef) -> Row:
        row = self._folder.index.find(ref.instance)
        if row is None or row.ref != ref:
            raise NoSuchPictureError("no such instance")
        return row


def _words(leaf: Leaf) -> str:
    return "OW" if " or " in leaf.vr else leaf.vr


def _study(one: Counted) -> DicomJson:
    counts = {
        "00080061": {"vr": "CS", "Value": one.modalities} if one.modalities else {"vr": "CS"},
        "00201206": _int("IS", one.series),
        "00201208": _int("IS", one.instances),
    }
    return {**one.attributes, **counts}


def _int(vr: str, number: int) -> dict[str, object]:
    return {"vr": vr, "Value": [number]}


def _page(found: Iterable[DicomJson], query: Query) -> list[DicomJson]:
    here = [one for one in found if matches(one, query.matches)]
    return here[query.offset : query.offset + query.limit]
