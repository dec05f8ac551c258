"""Heads of compressed frames: what real ones say, and that nothing at all makes the reader fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sefaw_rtc.dicom.codestream import Codestream, read_codestream
from tests.dicom.files import raw_frames, read

NAMES = ("examples_ybr_color.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_gdcm.dcm")
REAL = {name: raw_frames(read(name))[0] for name in NAMES}


def test_what_real_ones_say() -> None:
    cine, j2k, jls, lossless = (read_codestream(data) for data in REAL.values())
    assert cine is not None
    assert (cine.rows, cine.columns, cine.components, cine.precision) == (240, 320, 3, 8)
    assert (cine.transform, cine.subsampled) == (True, True)
    assert j2k is not None
    assert (j2k.rows, j2k.columns, j2k.components, j2k.precision, j2k.signed) == (64, 64, 1, 16, True)
    assert jls is not None
    assert (jls.rows, jls.columns, jls.components, jls.signed) == (64, 64, 1, None)
    assert lossless is not None
    assert (lossless.rows, lossless.columns, lossless.components) == (100, 100, 3)


def fits(found: Codestream | None) -> bool:
    """Nothing, or numbers that are what their type says: all that a head of any bytes may give."""
    return found is None or min(found.rows, found.columns, found.components, found.precision) >= 0


@pytest.mark.parametrize("name", list(REAL))
def test_every_cut_of_a_head_is_read_or_not(name: str) -> None:
    data = REAL[name]
    for size in range(min(len(data), 700)):
        assert fits(read_codestream(data[:size]))


def test_a_jpeg_2000_picture_that_begins_behind_its_end_is_none() -> None:
    """XOsiz above Xsiz (ISO/IEC 15444-1 A.5.1)."""
    name = next(one for one, data in REAL.items() if data.startswith(b"\xff\x4f\xff\x51"))
    data = REAL[name]
    assert read_codestream(data[:16] + b"\1" + data[17:]) is None


@given(st.sampled_from(sorted(REAL)), st.integers(2, 400), st.binary(min_size=1, max_size=8))
def test_a_head_with_other_bytes_in_it(name: str, at: int, garbage: bytes) -> None:
    data = REAL[name]
    assert fits(read_codestream(data[:at] + garbage + data[at + len(garbage) :]))


@given(st.sampled_from([b"", b"\xff\xd8", b"\xff\x4f\xff\x51"]), st.binary(max_size=300))
def test_anything_at_all(start: bytes, rest: bytes) -> None:
    assert fits(read_codestream(start + rest))
