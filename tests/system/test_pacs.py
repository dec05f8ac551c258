"""A real PACS: Orthanc with its DICOMweb plugin, asked through our source and through our doors; and one that goes down
while somebody scrolls."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import requests
from msgspec.structs import replace
from pydicom import Dataset, dcmread
from pydicom.filebase import DicomBytesIO

from sefaw_rtc.config import Pacs
from sefaw_rtc.dicom.pacs import PacsSource, Settings
from sefaw_rtc.dicom.port import NoSuchPictureError, Query, SourceUnavailableError
from sefaw_rtc.service import demo
from signalling import messages as wire
from signalling.ids import InstanceId, InstitutionId, SeriesId, StudyId
from signalling.vocabulary import PictureSource
from tests.dicom.files import FOLDER, raw_frames, read, ref_of
from tests.ports import free_port
from tests.system.orthanc import Orthanc, orthanc
from tests.web.pictures import ANY_FRAME, DICOM_JSON, Call, at, parts_of, syntax_in, values_of
from tests.web.world import World, a_world, config, connect

pytestmark = pytest.mark.system

NAMES = (
    "CT_small.dcm",
    "examples_ybr_color.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "waveform_ecg.dcm",
    "examples_palette.dcm",
)
CT, CINE, J2K, ECG, PALETTE = (read(name) for name in NAMES)
HOUSE = InstitutionId("i" * 26)


def store(one: Orthanc) -> None:
    for name in NAMES:
        assert requests.post(f"{one.rest}/instances", (FOLDER / name).read_bytes(), timeout=20).ok


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        store(running)
        yield running


async def test_what_it_has_is_found_and_read_as_it_is(pacs: Orthanc) -> None:
    source = PacsSource(Settings(pacs.web, HOUSE))
    try:
        found = await source.studies(Query(HOUSE, {}, 100))
        wanted = {str(one.StudyInstanceUID) for one in (CT, CINE, J2K, ECG, PALETTE)}
        assert {one["0020000D"]["Value"][0] for one in found} == wanted
        assert await source.studies(Query(InstitutionId("o" * 26), {}, 100)) == [], "another institution's search"
        for dataset in (CT, CINE, J2K, ECG):
            ref = ref_of(dataset)
            (study,) = await source.studies(Query(None, {"StudyInstanceUID": ref.study}, 1))
            assert study["00100020"].get("Value", [""])[0] == str(dataset.PatientID)
            (series,) = await source.series(ref.study, Query(None, {}, 10))
            assert series["0020000E"]["Value"] == [ref.series]
            (instance,) = await source.instances(ref.study, ref.series, Query(None, {}, 10))
            assert instance["00080018"]["Value"] == [ref.instance]
            whole = b"".join([chunk async for chunk in source.whole(ref)])
            assert dcmread(DicomBytesIO(whole)).SOPInstanceUID == ref.instance
        frames = await source.frames(ref_of(CINE), [30, 1])
        assert [frame.data for frame in frames] == [raw_frames(CINE)[29], raw_frames(CINE)[0]]
        assert {frame.transfer_syntax for frame in frames} == {"1.2.840.10008.1.2.4.50"}
        (model,) = await source.metadata(*_levels(ECG))
        uri = model["54000100"]["Value"][0]["54001010"]["BulkDataURI"]
        data = await source.bulk(ref_of(ECG), uri.removeprefix("bulkdata/"))
        assert data == bytes(ECG.WaveformSequence[0].WaveformData)
    finally:
        await source.close()


async def test_what_it_does_not_have(pacs: Orthanc) -> None:
    source = PacsSource(Settings(pacs.web, HOUSE))
    ref = ref_of(CT)
    try:
        assert await source.studies(Query(HOUSE, {"StudyInstanceUID": "1.2.3"}, 1)) == []
        for asked in (
            source.metadata(StudyId("1.2.3")),
            source.metadata(ref.study, ref.series, InstanceId("1.2.3")),
            source.frames(ref, [2]),
            source.bulk(ref, "Li4vLi4vLi4vc3lzdGVt"),  # ../../../system
            source.bulk(ref, "%%%"),
        ):
            with pytest.raises(NoSuchPictureError):
                await asked
    finally:
        await source.close()


async def test_a_pacs_that_is_not_there() -> None:
    source = PacsSource(Settings(f"http://127.0.0.1:{free_port()}/dicom-web", HOUSE, timeout_s=2))
    try:
        for asked in (source.studies(Query(HOUSE, {}, 1)), source.frames(ref_of(CT), [1])):
            with pytest.raises(SourceUnavailableError):
                await asked
    finally:
        await source.close()


async def test_through_our_doors_and_down_in_the_middle_of_scrolling(tmp_path: Path) -> None:
    folder, pacs_runs = tmp_path / "orthanc", ExitStack()
    with pacs_runs:
        one = pacs_runs.enter_context(orthanc(folder))
        store(one)
        settings = replace(config(tmp_path / "data"), pacs=Pacs(url=one.web, institution=demo.CLINIC, timeout_s=5))
        async with a_world(tmp_path / "data", settings=settings) as world:
            call = await _with_its_studies(world)
            _, _, body = await call.get("/studies", DICOM_JSON, Accept_Encoding="identity")
            assert len(json.loads(body)) == 4
            for dataset in (CT, J2K):
                await _same(call, dataset)
            status, _, body = await call.get(at(PALETTE, "/frames/1/thumbnail"))
            assert (status, body[:3]) == (200, b"\xff\xd8\xff")
            assert await _frame(call, 1) == raw_frames(CINE)[0]

            await asyncio.to_thread(pacs_runs.close)  # it stops, in the middle of scrolling
            status, _, body = await call.get(at(CINE, "/frames/2"), ANY_FRAME)
            assert (status, json.loads(body)["code"]) == (503, "source_unavailable")
            assert await _frame(call, 1) == raw_frames(CINE)[0], "what was seen stays"

            ports = int(one.rest.rpartition(":")[2]), one.dicom
            pacs_runs.enter_context(orthanc(folder, ports))
            assert await _frame(call, 2) == raw_frames(CINE)[1]


async def _with_its_studies(world: World) -> Call:
    """A call into whose folder they were put, and answered for: they name other patients than the call does."""
    village, _specialist = await connect(world)
    call = Call(world, village, await world.sign_in("village"), (await village.get(wire.JoinedReply)).consultation)
    for dataset in (CT, CINE, J2K, PALETTE):
        study = StudyId(str(dataset.StudyInstanceUID))
        await village.ask(wire.ShareStudy(re=1, study=study, source=PictureSource.PACS))
        status, _, body = await call.get(at(dataset, "/frames/1"))
        assert (status, json.loads(body)["code"]) == (409, "patient_unconfirmed")
        await village.ask(wire.ConfirmStudy(re=1, study=study))
    return call


async def _frame(call: Call, number: int) -> bytes:
    status, headers, body = await call.get(at(CINE, f"/frames/{number}"), ANY_FRAME)
    assert status == 200
    return parts_of(headers, body)[0][1]


async def _same(call: Call, dataset: Dataset) -> None:
    _, headers, body = await call.get(at(dataset, "/frames/1"), ANY_FRAME)
    ((kind, data),) = parts_of(headers, body)
    np.testing.assert_array_equal(values_of(dataset, syntax_in(kind), data), dataset.pixel_array)


def _levels(dataset: Dataset) -> tuple[StudyId, SeriesId, InstanceId]:
    ref = ref_of(dataset)
    return ref.study, ref.series, ref.instance
