"""What metadata say of pixels: what is impossible is refused before anything is allocated."""

import base64
import io
import struct
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sefaw_rtc.dicom.decoding import as_picture
from sefaw_rtc.dicom.grey import aspect_of, grey_of
from sefaw_rtc.dicom.imaging import NoImageError, imaging_of
from sefaw_rtc.dicom.jobs import Picture
from sefaw_rtc.dicom.shown import shown
from tests.dicom.files import read, to_json

CT = to_json(read("CT_small.dcm"))


def with_value(tag: str, value: Any) -> dict[str, Any]:
    return {**CT, tag: {"vr": "US", "Value": [value]}}


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("00280010", 0), ("00280010", 70_000), ("00280011", -1), ("00280008", 0), ("00280008", 10**9),
        ("00280002", 2), ("00280002", 4), ("00280100", 12), ("00280100", 64), ("00280101", 17), ("00280101", 0),
        ("00280102", 16), ("00280102", 3), ("00280010", "x"), ("00280008", "1A"), ("00280010", 1e400),
    ],
)  # fmt: skip
def test_impossible_pictures(tag: str, value: Any) -> None:
    with pytest.raises(NoImageError):
        imaging_of(with_value(tag, value))


def test_huge_dimensions_are_refused_by_what_a_frame_of_them_would_take() -> None:
    with pytest.raises(NoImageError, match="too large"):
        imaging_of({**CT, "00280010": {"vr": "US", "Value": [60_000]}, "00280011": {"vr": "US", "Value": [60_000]}})


def test_floating_point_pixels_are_no_picture_of_ours() -> None:
    with pytest.raises(NoImageError):
        imaging_of({**CT, "7FE00008": {"vr": "OF", "BulkDataURI": "x"}})


values = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=2))
tags = st.sampled_from(["00280010", "00280011", "00280008", "00280002", "00280100", "00280101", "00280102", "00280103"])


@given(st.dictionaries(tags, values, max_size=4))
def test_anything_is_a_picture_or_none(changes: dict[str, Any]) -> None:
    model = {**CT, **{tag: {"vr": "US", "Value": [value]} for tag, value in changes.items()}}
    try:
        image = imaging_of(model)
    except NoImageError:
        return
    assert 0 < image.native_bytes <= 134_217_728
    assert shown(model, "/x")["00280100"]["Value"][0] in {8, 16, 32}
    grey_of(model, 1)
    aspect_of(model)


def test_windows_of_an_enhanced_instance_are_those_of_its_frame() -> None:
    def group(tag: str, **values: float) -> dict[str, Any]:
        item = {name: {"vr": "DS", "Value": [value]} for name, value in values.items()}
        return {tag: {"vr": "SQ", "Value": [item]}}

    rescale = group("00289145", **{"00281052": -1024.0, "00281053": 2.0})
    windows = [group("00289132", **{"00281050": 40.0 + n, "00281051": 400.0}) for n in range(2)]
    model = {
        **{tag: one for tag, one in CT.items() if tag not in {"00281050", "00281051", "00281052", "00281053"}},
        "52009229": {"vr": "SQ", "Value": [rescale]},
        "52009230": {"vr": "SQ", "Value": windows},
    }
    for frame in (1, 2):
        grey = grey_of(model, frame)
        assert (grey.centre, grey.width, grey.slope, grey.intercept) == (39.0 + frame, 400.0, 2.0, -1024.0)
    assert grey_of(model, 3).width == 0.0


def lut(entries: list[int], bits: int, first: int = 0) -> dict[str, Any]:
    return {
        "00283002": {"vr": "US", "Value": [len(entries), first, bits]},
        "00283006": {"vr": "OW", "InlineBinary": base64.b64encode(struct.pack(f"<{len(entries)}H", *entries)).decode()},
    }


def pixels(more: dict[str, Any], grey: dict[str, Any] | None = None) -> list[int]:
    """The greys of the values 0…255 of a picture that says so of itself."""
    model: dict[str, Any] = {
        **{tag: {"vr": "US", "Value": [one]} for tag, one in zip(_PIXELS, [1, 256, 8, 8, 7, 0, 1], strict=True)},
        "00080018": {"vr": "UI", "Value": ["1.2"]},
        "00280004": {"vr": "CS", "Value": ["MONOCHROME2"]},
        **more,
    }
    wanted = msgspec.structs.replace(grey_of(model, 1), **(grey or {}))
    made = as_picture(np.arange(256, dtype="u1")[None, :], imaging_of(model), Picture(form="png", grey=wanted))
    return [int(one) for one in np.asarray(Image.open(io.BytesIO(made)))[0]]


_PIXELS = ["00280010", "00280011", "00280100", "00280101", "00280102", "00280103", "00280002"]
CURVE = [one * one // 255 for one in range(256)]


def test_lookup_tables_are_shown_as_they_say() -> None:
    voi, modality = ({tag: {"vr": "SQ", "Value": [lut(CURVE, 8)]}} for tag in ("00283010", "00283000"))
    assert pixels(voi) == CURVE
    window = {"centre": 128.0, "width": 256.0}
    assert pixels(voi, window) == list(range(256)), "who asks for a window gets that"
    assert pixels(modality, window) == CURVE
    bits = {"00283010": {"vr": "SQ", "Value": [lut([0, 4095], 12, first=100)]}}
    assert pixels(bits) == [0] * 101 + [255] * 155
    numbers = {**lut(CURVE, 8), "00283006": {"vr": "US", "Value": CURVE}}
    assert pixels({"00283010": {"vr": "SQ", "Value": [numbers]}}) == CURVE
    packed = {**lut(CURVE, 8), "00283006": {"vr": "OW", "InlineBinary": base64.b64encode(bytes(CURVE)).decode()}}
    assert pixels({"00283010": {"vr": "SQ", "Value": [packed]}}) == CURVE


@pytest.mark.parametrize(
    "data",
    [{}, {"InlineBinary": "AA=="}, {"InlineBinary": "?"}, {"Value": [1, 2]}, {"Value": ["x"] * 256}, {"Value": 1}],
)
def test_half_a_table_is_none(data: dict[str, Any]) -> None:
    broken = {**lut(CURVE, 8), "00283006": {"vr": "OW", **data}}
    assert pixels({"00283010": {"vr": "SQ", "Value": [broken]}}) == list(range(256))
