"""The folder: what comes in is kept once, whole, under its bringer; what a crash leaves is healed; what is asked for is
what was brought."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import INDEX, Bringer, Folder, Kept
from sefaw_rtc.dicom.folder_source import FolderSource
from sefaw_rtc.dicom.port import InstanceRef, NoSuchPictureError, Query
from signalling.ids import InstanceId, SeriesId, StudyId
from signalling.vocabulary import PictureFault
from tests.dicom.damage import harmed
from tests.dicom.samples import BOUNDS, HERE, OURS, THEIRS, THERE, dataset, part10, shipped, tree

US = Bringer(OURS)
ALL = Query(institution=OURS, matches={}, limit=100)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder.open(tmp_path / "dicom", BOUNDS)
    yield made
    made.close()


@pytest.fixture
def source(folder: Folder) -> FolderSource:
    return FolderSource(folder, bulk_bytes=1 << 20)


def bring(folder: Folder, data: bytes | Path, bringer: Bringer = US) -> Kept:
    incoming = folder.incoming()
    try:
        incoming.write(data if isinstance(data, bytes) else data.read_bytes(), BOUNDS.file)
        return incoming.keep(bringer)
    finally:
        incoming.drop()


def fault(folder: Folder, data: bytes, bringer: Bringer = US) -> PictureFault:
    with pytest.raises(PictureRefused) as refused:
        bring(folder, data, bringer)
    return refused.value.fault


def test_it_is_kept_as_it_is_under_who_brought_it(folder: Folder) -> None:
    data = part10(dataset())
    assert bring(folder, data, Bringer(OURS, HERE)).new
    name = f"{OURS}/1.2.3.1/1.2.3.1.1/1.2.3.1.1.1@{HERE}.dcm"
    assert tree(folder.root) == {name}
    assert (folder.root / name).read_bytes() == data


def test_the_same_again_is_fine_and_kept_once(folder: Folder) -> None:
    data = part10(dataset())
    for bringer, new in ((US, True), (US, False), (Bringer(OURS, HERE), True), (Bringer(THEIRS, THERE), True)):
        assert bring(folder, data, bringer).new is new
    assert len(tree(folder.root)) == 3
    assert len({path.stat().st_ino for path in folder.root.rglob("*.dcm")}) == 1


def test_what_stands_before_the_dataset_does_not_make_it_another(folder: Folder) -> None:
    made = dataset()
    bring(folder, part10(made))
    made.file_meta.ImplementationVersionName = "ELSEWHERE"
    other = part10(made).replace(bytes(128), b"x" * 128, 1)
    assert bring(folder, other, Bringer(OURS, HERE)).new


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_dataset_alone_gets_its_outside_and_stays_what_it_is(folder: Folder, syntax: str) -> None:
    whole = part10(dataset(), syntax)
    bare = whole[whole.index(b"\x00\x08\x00\x16" if syntax == ExplicitVRBigEndian else b"\x08\0\x16\0") :]
    kept = bring(folder, bare)
    row = folder.index.find(kept.ref.instance)
    assert row is not None
    stored = (folder.root / row.path).read_bytes()
    assert (stored[128:132], stored[row.dataset_at :]) == (b"DICM", bare)
    read = pydicom.dcmread(folder.root / row.path)
    assert (read.file_meta.TransferSyntaxUID, read.PatientID) == (syntax, "QS-4711")
    assert not bring(folder, bare).new
    assert not list((folder.root / ".incoming").iterdir())


def test_one_uid_is_one_content(folder: Folder) -> None:
    data = part10(dataset())
    bring(folder, data)
    before = tree(folder.root)
    for other in (dataset(PixelData=bytes(16)), dataset(series="1.2.3.1.2"), dataset(study="1.2.3.2")):
        assert fault(folder, part10(other)) is PictureFault.CONFLICT
    assert tree(folder.root) == before


def test_nobody_adds_to_a_strangers_study_by_its_uid(folder: Folder) -> None:
    bring(folder, part10(dataset()), Bringer(OURS, HERE))
    second = part10(dataset(instance="1.2.3.1.1.2"))
    assert fault(folder, second, Bringer(THEIRS)) is PictureFault.CONFLICT
    assert fault(folder, second, Bringer(THEIRS, THERE)) is PictureFault.CONFLICT
    assert bring(folder, second, Bringer(THEIRS, HERE)).new, "it was brought into this consultation"


def test_a_study_is_of_one_patient(folder: Folder) -> None:
    bring(folder, part10(dataset()))
    for other in ({"PatientName": "Li^Si"}, {"PatientID": "QS-1"}):
        assert fault(folder, part10(dataset(instance="1.2.3.1.1.2", **other))) is PictureFault.CONFLICT
    assert bring(folder, part10(dataset(instance="1.2.3.1.1.3", PatientName="ZHANG^GUIYING"))).new


def test_what_a_crash_left_is_healed(tmp_path: Path) -> None:
    """Killed between the file and its row; between the row and its file; in the middle of an upload."""
    first = Folder.open(tmp_path / "dicom", BOUNDS)
    for number in (1, 2):
        bring(first, part10(dataset(instance=f"1.2.3.1.1.{number}")), Bringer(OURS, HERE))
    gone, stays = (first.root / one for one in sorted(tree(first.root)))
    first.index.drop([stays.relative_to(first.root).as_posix()])
    half = first.incoming()
    half.write(b"half", 100)
    half.finish()
    gone.unlink()
    first.close()
    healed = Folder.open(tmp_path / "dicom", BOUNDS)
    assert healed.heal() == 0, "done by opening it"
    assert tree(healed.root) == {stays.relative_to(healed.root).as_posix()}
    assert healed.index.find(InstanceId("1.2.3.1.1.1")) is None
    (holding,) = healed.index.holdings(InstanceId("1.2.3.1.1.2"))
    assert (holding.institution, holding.consultation) == (OURS, HERE)
    healed.close()


@pytest.mark.parametrize("harm", ["lost", "garbage", "older"])
def test_an_index_that_is_no_use_is_made_anew(tmp_path: Path, harm: str) -> None:
    first = Folder.open(tmp_path / "dicom", BOUNDS)
    bring(first, part10(dataset()), Bringer(OURS, HERE))
    bring(first, part10(dataset()), Bringer(THEIRS))
    known = first.index.holdings(InstanceId("1.2.3.1.1.1"))
    first.close()
    path = tmp_path / "dicom" / INDEX
    if harm == "older":
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
    else:
        path.unlink() if harm == "lost" else path.write_bytes(b"no database" * 1000)
    again = Folder.open(tmp_path / "dicom", BOUNDS)
    assert sorted(again.index.holdings(InstanceId("1.2.3.1.1.1"))) == sorted(known)
    again.close()


def test_a_file_that_the_disk_damaged_is_left_and_not_shown(tmp_path: Path) -> None:
    first = Folder.open(tmp_path / "dicom", BOUNDS)
    bring(first, part10(dataset()))
    first.close()
    (path,) = first.root.rglob("*.dcm")
    path.write_bytes(path.read_bytes()[:300])
    (first.root / INDEX).unlink()
    again = Folder.open(tmp_path / "dicom", BOUNDS)
    assert again.index.find(InstanceId("1.2.3.1.1.1")) is None
    assert path.exists()
    assert fault(again, part10(dataset())) is PictureFault.CONFLICT
    again.close()


async def test_it_is_found_by_what_is_asked(folder: Folder, source: FolderSource) -> None:
    bring(folder, part10(dataset()))
    bring(folder, part10(dataset(instance="1.2.3.1.1.2", InstanceNumber=2)))
    bring(folder, part10(dataset("1.2.3.2.1.1", "1.2.3.2.1", "1.2.3.2", StudyDate="20260302", Modality="CT")))
    bring(folder, part10(dataset("1.2.9.1.1.1", "1.2.9.1.1", "1.2.9.1", PatientID="X")), Bringer(THEIRS))

    async def found(**matches: str) -> list[str]:
        studies = await source.studies(Query(institution=OURS, matches=matches, limit=100))
        return [one["0020000D"]["Value"][0] for one in studies]

    assert await found() == ["1.2.3.2", "1.2.3.1"]
    assert await found(PatientName="zhang*", StudyDate="20260301-20260301") == ["1.2.3.1"]
    assert await found(ModalitiesInStudy="CT") == ["1.2.3.2"]
    assert await found(StudyInstanceUID="1.2.3.1,1.2.9.1") == ["1.2.3.1"]
    assert await found(**{"00100020": "qs-4?11"}) == ["1.2.3.2", "1.2.3.1"]
    assert await found(PatientName="Li*") == []
    (study,) = await source.studies(Query(OURS, {"StudyInstanceUID": "1.2.3.1"}, 10))
    assert (study["00201206"]["Value"], study["00201208"]["Value"], study["00080061"]["Value"]) == ([1], [2], ["US"])
    assert len(await source.studies(Query(OURS, {}, limit=1, offset=1))) == 1
    (series,) = await source.series(StudyId("1.2.3.1"), ALL)
    assert (series["0020000E"]["Value"], series["00201209"]["Value"]) == (["1.2.3.1.1"], [2])
    instances = await source.instances(StudyId("1.2.3.1"), None, ALL)
    assert [one["00080018"]["Value"][0] for one in instances] == ["1.2.3.1.1.1", "1.2.3.1.1.2"]
    assert await source.studies(Query(None, {}, 10)) == [], "inside a consultation the studies are named"
    assert len(await source.studies(Query(None, {"StudyInstanceUID": "1.2.9.1"}, 10))) == 1


async def test_names_of_every_character_set_are_utf_8(folder: Folder, source: FolderSource) -> None:
    kept = bring(folder, shipped("waveform_ecg.dcm"))
    (metadata,) = await source.metadata(kept.ref.study)
    assert metadata["54000100"]["Value"][0]["54001010"] == {"vr": "OW", "BulkDataURI": "bulkdata/54000100-1-54001010"}
    made = dataset("1.2.5.1", "1.2.5", "1.2", PatientName="Wang^XiaoDong=王^小东", SpecificCharacterSet="GB18030")
    kept = bring(folder, part10(made))
    (metadata,) = await source.metadata(kept.ref.study, kept.ref.series, kept.ref.instance)
    assert metadata["00100010"]["Value"] == [{"Alphabetic": "Wang^XiaoDong", "Ideographic": "王^小东"}]
    assert metadata["00080005"]["Value"] == ["ISO_IR 192"]


async def test_bulk_data_are_what_the_file_has(folder: Folder, source: FolderSource) -> None:
    path = shipped("waveform_ecg.dcm")
    kept = bring(folder, path)
    wanted = pydicom.dcmread(path).WaveformSequence[0].WaveformData
    assert await source.bulk(kept.ref, "54000100-1-54001010") == wanted
    for name in ("54000100-9-54001010", "../../etc", ""):
        with pytest.raises(NoSuchPictureError):
            await source.bulk(kept.ref, name)
    small = FolderSource(folder, bulk_bytes=1000)
    with pytest.raises(NoSuchPictureError):
        await small.bulk(kept.ref, "54000100-1-54001010")


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "MR_small_bigendian.dcm",
        "rtdose.dcm",
        "rtdose_expb.dcm",
        "image_dfl.dcm",
        "examples_ybr_color.dcm",
        "SC_rgb_rle_2frame.dcm",
        "JPEG2000-embedded-sequence-delimiter.dcm",
        "SC_ybr_full_422_uncompressed.dcm",
        "liver_1frame.dcm",
    ],
)
async def test_frames_are_as_stored(folder: Folder, source: FolderSource, name: str) -> None:
    path = shipped(name)
    kept = bring(folder, path)
    theirs = pydicom.dcmread(path)
    count = int(theirs.get("NumberOfFrames", 1))
    syntax = theirs.file_meta.TransferSyntaxUID
    if syntax.is_encapsulated:
        wanted = list(pydicom.encaps.generate_frames(theirs.PixelData, number_of_frames=count))
    else:
        size = len(theirs.PixelData) // count
        wanted = [theirs.PixelData[n * size : (n + 1) * size] for n in range(count)]
    frames = await source.frames(kept.ref, range(1, count + 1))
    assert {one.transfer_syntax for one in frames} == {syntax}
    assert [one.data.rstrip(b"\0") for one in frames] == [one.rstrip(b"\0") for one in wanted]
    (again,) = await source.frames(kept.ref, [count])
    assert again == frames[-1]
    for number in (0, count + 1):
        with pytest.raises(NoSuchPictureError):
            await source.frames(kept.ref, [number])


@pytest.mark.parametrize("offset_table", [True, False])
@pytest.mark.parametrize("fragments", [1, 3])
async def test_frames_of_several_fragments(
    folder: Folder, source: FolderSource, offset_table: bool, fragments: int
) -> None:
    frames = [b"\xff\xd8" + bytes([n + 1]) * 100 for n in range(5)]
    made = dataset(NumberOfFrames=5, PixelData=encapsulate(frames, fragments, has_bot=offset_table))
    made["PixelData"].VR = "OB"
    kept = bring(folder, part10(made, JPEGBaseline8Bit))
    got = await source.frames(kept.ref, [5, 1])
    assert [one.data for one in got] == [frames[4], frames[0]]


async def test_frames_of_single_bits_that_begin_inside_a_byte(folder: Folder, source: FolderSource) -> None:
    bits = np.random.default_rng(7).integers(0, 2, (3, 5, 5), np.uint8)
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    made = dataset(Rows=5, Columns=5, NumberOfFrames=3, BitsAllocated=1, BitsStored=1, HighBit=0)
    made.PixelData = packed + bytes(len(packed) % 2)
    kept = bring(folder, part10(made))
    got = await source.frames(kept.ref, [1, 2, 3])
    unpacked = [np.unpackbits(np.frombuffer(one.data, np.uint8), bitorder="little")[:25] for one in got]
    assert np.array_equal(np.stack(unpacked), bits.reshape(3, 25))


async def test_what_is_not_here(folder: Folder, source: FolderSource) -> None:
    kept = bring(folder, part10(dataset()))
    other = InstanceRef(kept.ref.study, SeriesId("1.2.3.9"), kept.ref.instance)
    with pytest.raises(NoSuchPictureError):
        await source.metadata(StudyId("1.2.9"))
    with pytest.raises(NoSuchPictureError):
        await source.frames(other, [1])
    with pytest.raises(NoSuchPictureError):
        [chunk async for chunk in source.whole(other)]
    assert b"".join([chunk async for chunk in source.whole(kept.ref)]) == part10(dataset())


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=harmed())
def test_whatever_comes_is_kept_whole_or_not_at_all(folder: Folder, data: bytes) -> None:
    before = tree(folder.root)
    try:
        kept = bring(folder, data)
    except PictureRefused:
        assert tree(folder.root) == before
        return
    row = folder.index.find(kept.ref.instance)
    assert row is not None
    assert (folder.root / row.path).read_bytes()[row.dataset_at :] in data
