"""Pictures that are brought into a consultation are sealed with its key: read as if they were not, and gone with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recordings import Keyring
from recordings.framing import MAGIC
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Bringer, Folder
from sefaw_rtc.dicom.folder_source import FolderSource
from sefaw_rtc.dicom.port import InstanceRef, NoSuchPictureError
from signalling.ids import InstanceId, SeriesId, StudyId
from signalling.vocabulary import PictureFault
from tests.dicom.samples import BOUNDS, HERE, OURS, THERE, dataset, part10, shipped, tree
from tests.dicom.test_folder import bring
from tests.keys import keyring

REF = InstanceRef(StudyId("1.2.3.1"), SeriesId("1.2.3.1.1"), InstanceId("1.2.3.1.1.1"))
DATA = part10(dataset())
BASE = f"{OURS}/1.2.3.1/1.2.3.1.1/1.2.3.1.1.1"
IN_HERE, IN_THERE, OWN = f"{BASE}@{HERE}.dcm", f"{BASE}@{THERE}.dcm", f"{BASE}.dcm"


@pytest.fixture
def keys(tmp_path: Path) -> Keyring:
    made = keyring(tmp_path)
    made.create(HERE)
    made.create(THERE)
    return made


@pytest.fixture
def folder(tmp_path: Path, keys: Keyring) -> Iterator[Folder]:
    made = Folder.open(tmp_path / "dicom", BOUNDS, keys=keys)
    yield made
    made.close()


def raw(folder: Folder, name: str) -> bytes:
    return (folder.root / name).read_bytes()


def plain(folder: Folder, name: str) -> bytes:
    with folder.stream(name) as file:
        return file.read()


async def frame(folder: Folder, ref: InstanceRef = REF, number: int = 1) -> bytes:
    (found,) = await FolderSource(folder, 1 << 20).frames(ref, [number])
    return found.data


async def test_the_disk_knows_nothing_and_readers_everything(folder: Folder) -> None:
    assert bring(folder, DATA, Bringer(OURS, HERE)).new
    assert not bring(folder, DATA, Bringer(OURS, HERE)).new
    assert tree(folder.root) == {IN_HERE}
    assert raw(folder, IN_HERE).startswith(MAGIC)
    assert b"Guiying" not in raw(folder, IN_HERE)
    assert plain(folder, IN_HERE) == DATA
    assert await frame(folder) == bytes(range(16))
    whole = [chunk async for chunk in FolderSource(folder, 1 << 20).whole(REF)]
    assert b"".join(whole) == DATA


@pytest.mark.parametrize("name", ["examples_ybr_color.dcm", "JPEG2000.dcm", "CT_small.dcm", "image_dfl.dcm"])
async def test_every_frame_is_the_same(tmp_path: Path, folder: Folder, name: str) -> None:
    clear = Folder.open(tmp_path / "clear", BOUNDS)
    kept = bring(clear, shipped(name), Bringer(OURS, HERE))
    assert bring(folder, shipped(name), Bringer(OURS, HERE)) == kept
    for number in (1, 2, 30):
        try:
            expected = await frame(clear, kept.ref, number)
        except NoSuchPictureError:
            break
        assert await frame(folder, kept.ref, number) == expected
    clear.close()


async def test_the_same_picture_in_another_consultation_and_of_the_institution(folder: Folder, keys: Keyring) -> None:
    """A copy each: one that is erased takes nobody else's along."""
    bring(folder, DATA, Bringer(OURS, HERE))
    bring(folder, DATA, Bringer(OURS, THERE))
    bring(folder, DATA, Bringer(OURS))
    assert plain(folder, IN_HERE) == plain(folder, IN_THERE) == raw(folder, OWN) == DATA
    keys.destroy(HERE)
    assert folder.erase(HERE) == 1
    assert tree(folder.root) == {IN_THERE, OWN}
    assert await frame(folder) == bytes(range(16))
    assert folder.erase(THERE) == 1
    assert await frame(folder) == bytes(range(16))


async def test_what_is_erased_or_changed_is_not_shown(folder: Folder, keys: Keyring) -> None:
    bring(folder, DATA, Bringer(OURS, HERE))
    path = folder.root / IN_HERE
    whole = bytearray(path.read_bytes())
    whole[-20] ^= 1
    path.write_bytes(whole)
    with pytest.raises(NoSuchPictureError):
        await frame(folder)
    whole[-20] ^= 1
    path.write_bytes(whole)
    assert await frame(folder) == bytes(range(16))
    keys.destroy(HERE)
    with pytest.raises(NoSuchPictureError):
        await frame(folder)


async def test_those_of_before_are_sealed(tmp_path: Path, keys: Keyring) -> None:
    before = Folder.open(tmp_path / "dicom", BOUNDS)
    bring(before, DATA, Bringer(OURS))
    bring(before, DATA, Bringer(OURS, HERE))
    before.close()
    folder = Folder.open(tmp_path / "dicom", BOUNDS, keys=keys)
    assert await frame(folder) == bytes(range(16))
    assert (folder.seal_plain(), folder.seal_plain()) == (1, 0)
    assert raw(folder, IN_HERE).startswith(MAGIC)
    assert raw(folder, OWN) == plain(folder, IN_HERE) == DATA
    folder.close()


async def test_an_index_that_is_lost_is_made_again(tmp_path: Path, keys: Keyring, folder: Folder) -> None:
    bring(folder, DATA, Bringer(OURS, HERE))
    (folder.root / IN_HERE).with_name(f".{REF.instance}@{HERE}.dcm.new").write_bytes(b"a process was killed here")
    folder.close()
    (folder.root / ".index.sqlite").unlink()
    again = Folder.open(folder.root, BOUNDS, keys=keys)
    assert await frame(again) == bytes(range(16))
    assert tree(folder.root) == {IN_HERE}
    again.close()


def test_without_the_site_key_nothing_comes_in(tmp_path: Path, keys: Keyring) -> None:
    other = Folder.open(tmp_path / "other", BOUNDS, keys=Keyring(tmp_path / "archive", None))
    with pytest.raises(PictureRefused) as refused:
        bring(other, DATA, Bringer(OURS, HERE))
    assert refused.value.fault is PictureFault.STORAGE_FULL
    assert tree(other.root) == set()
    other.close()
