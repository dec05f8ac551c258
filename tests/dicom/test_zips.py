"""ZIPs: what is in them is taken, what is beside it passed over, and what would harm refused."""

import io
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Bringer, Folder
from sefaw_rtc.dicom.zips import Entry, Zip, ZipBounds
from signalling.vocabulary import PictureFault
from tests.dicom.samples import BOUNDS, OURS, dataset, part10, tree

LIMITS = ZipBounds(entries=100, unpacked=1 << 30, ratio=100, one=1 << 26)
PICTURE = part10(dataset())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder.open(tmp_path / "dicom", BOUNDS)
    yield made
    made.close()


def packed(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def bring(folder: Folder, data: bytes, limits: ZipBounds = LIMITS) -> dict[str, str]:
    """What became of each entry; and nothing half is left."""
    incoming = folder.incoming()
    try:
        incoming.write(data, 1 << 30)
        opened = Zip.open(incoming.finish(), folder, limits)
        try:
            return {entry.name: became(entry) for entry in opened.entries()}
        finally:
            opened.close()
    finally:
        incoming.drop()
        assert not list((folder.root / ".incoming").iterdir())


def became(entry: Entry) -> str:
    if entry.incoming is None:
        return "skipped" if entry.skipped else entry.fault.value if entry.fault else ""
    try:
        return "kept" if entry.incoming.keep(Bringer(OURS)).new else "there"
    except PictureRefused as refused:
        return refused.fault.value
    finally:
        entry.incoming.drop()


def fault(folder: Folder, data: bytes, limits: ZipBounds = LIMITS) -> PictureFault:
    with pytest.raises(PictureRefused) as refused:
        bring(folder, data, limits)
    return refused.value.fault


def test_each_entry_has_its_own_answer(folder: Folder) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    second = part10(dataset("1.2.3.1.1.2"))
    got = bring(
        folder,
        packed(
            ("DICOM/IM1", PICTURE),
            ("DICOM/IM2.dcm", second),
            ("copy.dcm", PICTURE),
            ("DICOMDIR", b"x"),
            ("README.TXT", b"x"),
            ("viewer/view.exe", b"MZ"),
            ("__MACOSX/._IM1", b"x"),
            ("folder/", b""),
            ("notes", b"no picture"),
            ("cut.dcm", PICTURE[:-5]),
            ("inner.zip", packed(("IM1", PICTURE))),
            ("../../etc/cron.d/x", PICTURE),
            ("/etc/passwd", PICTURE),
            ("a/../../x", PICTURE),
            ("C:\\x", PICTURE),
            (link, b"/etc/passwd"),
        ),
    )
    assert got == {
        "DICOM/IM1": "kept",
        "DICOM/IM2.dcm": "kept",
        "copy.dcm": "there",
        "DICOMDIR": "skipped",
        "README.TXT": "skipped",
        "viewer/view.exe": "skipped",
        "__MACOSX/._IM1": "skipped",
        "notes": "not_dicom",
        "cut.dcm": "truncated",
        "inner.zip": "unsupported",
        "../../etc/cron.d/x": "unsafe_name",
        "/etc/passwd": "unsafe_name",
        "a/../../x": "unsafe_name",
        "C:\\x": "unsafe_name",
        "link": "unsafe_name",
    }
    assert len(tree(folder.root)) == 2


def test_names_in_chinese(folder: Folder) -> None:
    name = "王小东/图像1"
    assert bring(folder, packed((name, PICTURE))) == {name: "kept"}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_way_of_packing(folder: Folder, method: int) -> None:
    assert bring(folder, packed(("a", PICTURE), method=method)) == {"a": "kept"}


def encrypted(data: bytes) -> bytes:
    """The flag of encryption in both heads of the only entry."""
    made = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(mark) + at] |= 1
    return bytes(made)


def patched(data: bytes, at: int, form: str, value: int) -> bytes:
    """A field of the end of the central directory."""
    made = bytearray(data)
    struct.pack_into(form, made, made.rindex(b"PK\x05\x06") + at, value)
    return bytes(made)


ONE = packed(("a", PICTURE))


def test_what_needs_a_password(folder: Folder) -> None:
    assert bring(folder, encrypted(ONE)) == {"a": "encrypted"}


def test_an_entry_that_is_damaged(folder: Folder) -> None:
    harmed = bytearray(packed(("a", PICTURE), ("b", part10(dataset("1.2.3.1.1.2")))))
    harmed[60] ^= 0xFF
    assert bring(folder, bytes(harmed)) == {"a": "broken", "b": "kept"}


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", PictureFault.BROKEN),
        (b"PK", PictureFault.BROKEN),
        (PICTURE, PictureFault.BROKEN),
        (ONE[:-30], PictureFault.BROKEN),
        (patched(ONE, 10, "<H", 60_000), PictureFault.TOO_MANY),
        (patched(ONE, 12, "<I", 0x7FFFFFFF), PictureFault.BOMB),
        (packed(*((str(n), b"") for n in range(101))), PictureFault.TOO_MANY),
    ],
)
def test_what_is_no_zip_or_too_much_of_one(folder: Folder, data: bytes, wanted: PictureFault) -> None:
    assert fault(folder, data) is wanted


def test_a_bomb_goes_off_nowhere(folder: Folder) -> None:
    """Zeros shrink a thousand times: 100 MB in 100 kB. What came before it is kept."""
    bomb = packed(("first", PICTURE), ("bomb", bytes(100 << 20)))
    assert len(bomb) < 200_000
    assert fault(folder, bomb, LIMITS._replace(one=1 << 30)) is PictureFault.BOMB
    assert len(tree(folder.root)) == 1


def test_one_file_that_is_too_large_does_not_stop_the_next(folder: Folder) -> None:
    got = bring(folder, packed(("large", bytes(5000)), ("a", PICTURE)), LIMITS._replace(one=4000))
    assert got == {"large": "too_large", "a": "kept"}


def test_all_together_too_large(folder: Folder) -> None:
    assert fault(folder, ONE, LIMITS._replace(unpacked=100)) is PictureFault.BOMB


def test_ten_thousand_tiny_files(folder: Folder) -> None:
    """CPU time, so that a busy machine does not decide."""
    pictures, others = 500, 9500
    whole = part10(dataset("1.2.3.1.1.1001"))
    files = [(f"p{n}", whole.replace(b"1.2.3.1.1.1001", f"1.2.3.1.1.{1001 + n}".encode())) for n in range(pictures)]
    data = packed(*files, *((f"x{n}", b"tiny") for n in range(others)), method=zipfile.ZIP_STORED)
    begin = time.process_time()
    got = list(bring(folder, data, LIMITS._replace(entries=pictures + others)).values())
    spent = time.process_time() - begin
    assert (got.count("kept"), got.count("not_dicom")) == (pictures, others)
    assert spent < 20
    print(f"{pictures} pictures among {pictures + others} files: {spent:.1f} s of CPU")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.tuples(st.integers(0, len(ONE) - 1), st.binary(min_size=1, max_size=8)).map(
            lambda one: ONE[: one[0]] + one[1] + ONE[one[0] + len(one[1]) :]
        ),
        st.integers(0, len(ONE)).map(lambda at: ONE[:at]),
    )
)
def test_any_bytes_are_no_more_than_refused(folder: Folder, data: bytes) -> None:
    """`bring` sees that nothing half is left."""
    try:
        bring(folder, data)
    except PictureRefused:
        return
