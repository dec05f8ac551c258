"""What clients accept, as RFC 9110 and PS3.18 write it; and what is no Accept at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sefaw_rtc.dicom.accept import FrameForm, NotAcceptableError, accepts, frame_forms, parse_accept

OCTETS = "application/octet-stream"


@pytest.mark.parametrize(
    ("header", "forms"),
    [
        ("", [(True, OCTETS, "*")]),
        ("*/*", [(True, OCTETS, "*")]),
        (f'multipart/related; type="{OCTETS}"; transfer-syntax=*', [(True, OCTETS, "*")]),
        (f"multipart/related; type={OCTETS}; transfer-syntax=*", [(True, OCTETS, "*")]),
        (f'multipart/related; type="{OCTETS}"', [(True, OCTETS, "1.2.840.10008.1.2.1")]),
        ("multipart/related", [(True, OCTETS, "1.2.840.10008.1.2.1")]),
        (f"{OCTETS}; transfer-syntax=1.2.840.10008.1.2.4.80", [(False, OCTETS, "1.2.840.10008.1.2.4.80")]),
        ('multipart/related;type="image/jls"', [(True, "image/jls", "*")]),
        (f"text/html, {OCTETS};q=0.5, image/jp2", [(False, "image/jp2", "*"), (False, OCTETS, "1.2.840.10008.1.2.1")]),
    ],
)
def test_forms_of_frames(header: str, forms: list[tuple[bool, str, str]]) -> None:
    assert frame_forms(header) == [FrameForm(*form) for form in forms]


@pytest.mark.parametrize(
    "header",
    ["text/html", f"{OCTETS};q=0", "nonsense", "a/b;", "a/b c", ",", f"{OCTETS}; transfer-syntax=../x", "a/b," * 25],
)
def test_forms_that_there_are_not(header: str) -> None:
    with pytest.raises(NotAcceptableError):
        frame_forms(header)


def test_the_clients_order_counts() -> None:
    assert accepts("image/png, image/jpeg", "image/jpeg", "image/png") == "image/png"
    assert accepts("image/png;q=0.1, image/*", "image/jpeg", "image/png") == "image/jpeg"
    with pytest.raises(NotAcceptableError):
        accepts("image/webp", "image/jpeg")


@given(st.text(max_size=300))
def test_anything_is_parsed_or_refused(header: str) -> None:
    try:
        for one in parse_accept(header):
            assert 0 < one.quality < 2
    except NotAcceptableError:
        pass
