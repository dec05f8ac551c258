"""A source over files as pydicom reads them: independent of the folder's own reader. What was asked for is kept."""

import json
import warnings
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pydicom
from pydicom import Dataset, uid
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames

from sefaw_rtc.dicom.port import DicomJson, EncodedFrame, InstanceRef, NoSuchPictureError, Query
from signalling.ids import InstanceId, SeriesId, StudyId
from signalling.vocabulary import PictureSource

FOLDER = Path(str(get_testdata_file("CT_small.dcm"))).parent
NAMES = sorted(path.name for path in FOLDER.glob("*.dcm"))
BULK = 1024


def read(name: str) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(FOLDER / name, force=True)


def syntax_of(dataset: Dataset) -> str:
    return str(getattr(getattr(dataset, "file_meta", Dataset()), "TransferSyntaxUID", uid.ImplicitVRLittleEndian))


def to_json(dataset: Dataset) -> DicomJson:
    """The DICOM JSON model, with the transfer syntax where PS3.18 has it."""
    model: dict[str, Any] = json.loads(json.dumps(_model(dataset, "")))  # plain strings for pydicom's own kinds
    return {**model, "00083002": {"vr": "UI", "Value": [syntax_of(dataset)]}}


def _model(dataset: Dataset, path: str) -> dict[str, Any]:
    """What is not what its VR says stays as a tag without a value, as in the folder."""
    made: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for element in dataset:
            name = f"{element.tag:08X}"
            if element.VR == "SQ":
                items = [_model(item, f"{path}{name}-{n}-") for n, item in enumerate(element.value, 1)]
                made[name] = {"vr": "SQ", "Value": items}
                continue
            uri = f"bulkdata/{path}{name}"
            try:
                made[name] = element.to_json_dict(lambda _element, uri=uri: uri, BULK)
            except Exception:  # noqa: BLE001 - pydicom raises anything
                made[name] = {"vr": str(element.VR)}
    return made


def raw_frames(dataset: Dataset) -> list[bytes]:
    """As stored."""
    if "PixelData" not in dataset:
        return []
    count = int(dataset.get("NumberOfFrames") or 1)
    if uid.UID(syntax_of(dataset)).is_encapsulated:
        return list(generate_frames(dataset.PixelData, number_of_frames=count))
    samples = dataset.SamplesPerPixel * dataset.BitsAllocated
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        samples = samples * 2 // 3
    size = (dataset.Rows * dataset.Columns * samples + 7) // 8
    padded = size + size % 2 if count == 1 else size  # the last byte of OW may be the one before the last
    return [dataset.PixelData[n * size : n * size + padded] for n in range(count)]


def ref_of(dataset: Dataset) -> InstanceRef:
    return InstanceRef(
        StudyId(str(dataset.StudyInstanceUID)),
        SeriesId(str(dataset.SeriesInstanceUID)),
        InstanceId(str(dataset.SOPInstanceUID)),
    )


class FileSource:
    """In memory, as small as it can be."""

    kind = PictureSource.FOLDER

    def __init__(self, *datasets: Dataset) -> None:
        self._by_ref = {ref_of(dataset): dataset for dataset in datasets}
        self.asked: list[tuple[InstanceRef, tuple[int, ...]]] = []

    async def studies(self, query: Query) -> list[DicomJson]:
        models = {ref.study: to_json(dataset) for ref, dataset in self._by_ref.items()}
        wanted = query.matches.get("StudyInstanceUID", "")
        found = [model for study, model in models.items() if not wanted or study in wanted.split(",")]
        return found[query.offset : query.offset + query.limit]

    async def series(self, study: StudyId, query: Query) -> list[DicomJson]:
        found = {ref.series: to_json(one) for ref, one in self._by_ref.items() if ref.study == study}
        return list(found.values())[query.offset : query.offset + query.limit]

    async def instances(self, study: StudyId, series: SeriesId | None, query: Query) -> list[DicomJson]:
        return (await self.metadata(study, series))[query.offset : query.offset + query.limit]

    async def metadata(
        self, study: StudyId, series: SeriesId | None = None, instance: InstanceId | None = None
    ) -> list[DicomJson]:
        found = [
            to_json(dataset)
            for ref, dataset in self._by_ref.items()
            if ref.study == study and series in {None, ref.series} and instance in {None, ref.instance}
        ]
        if not found:
            raise NoSuchPictureError("nothing of that name")
        return found

    async def frames(self, ref: InstanceRef, numbers: Sequence[int]) -> list[EncodedFrame]:
        dataset = self._by_ref.get(ref)
        every = raw_frames(dataset) if dataset is not None else []
        if dataset is None or not all(1 <= number <= len(every) for number in numbers):
            raise NoSuchPictureError("no such frame")
        self.asked.append((ref, tuple(numbers)))
        return [EncodedFrame(every[number - 1], syntax_of(dataset)) for number in numbers]

    async def bulk(self, ref: InstanceRef, path: str) -> bytes:
        """`path`: tags and item numbers, as in the folder: 54000100-1-54001010."""
        at: Any = self._by_ref.get(ref)
        steps = path.split("-")
        try:
            for tag, item in zip(steps[:-1:2], steps[1::2], strict=True):
                at = at[int(tag, 16)].value[int(item) - 1]
            return bytes(at[int(steps[-1], 16)].value)
        except (KeyError, TypeError, ValueError, IndexError):
            raise NoSuchPictureError("no such bulk data") from None

    async def whole(self, ref: InstanceRef) -> AsyncIterator[bytes]:
        if ref not in self._by_ref:
            raise NoSuchPictureError("no such instance")
        data = Path(str(self._by_ref[ref].filename)).read_bytes()
        for at in range(0, len(data), 1000):
            yield data[at : at + 1000]
