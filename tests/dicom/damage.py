"""Files that are damaged by chance, for property tests."""

from hypothesis import strategies as st
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

from tests.dicom.samples import dataset, part10, shipped

IMAGE = part10(dataset())
NO_FRAGMENT = b"\xfe\xff\x00\xe0\0\0\0\0"


def compressed(frames: list[bytes], count: int) -> bytes:
    made = dataset(NumberOfFrames=count, PixelData=encapsulate(frames) if frames else NO_FRAGMENT)
    made["PixelData"].VR = "OB"
    return part10(made, JPEGBaseline8Bit)


SEEDS = [
    IMAGE,
    part10(dataset(), ImplicitVRLittleEndian),
    part10(dataset(), ExplicitVRBigEndian),
    compressed([b"\xff\xd8\xff\xd9"] * 3, 3),
    shipped("image_dfl.dcm").read_bytes()[:4000],
    shipped("test-SR.dcm").read_bytes(),
    shipped("rtplan.dcm").read_bytes(),
]


@st.composite
def harmed(draw: st.DrawFn) -> bytes:
    """A file with bytes changed, taken out and put in."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data) - 1))
        kind = draw(st.integers(0, 2))
        if kind == 0:
            data[at] = draw(st.sampled_from([0, 1, 0xFF, 0xFE, 0x7F, data[at] ^ 1, data[at] ^ 0x80]))
        elif kind == 1:
            data[at : at + draw(st.integers(1, 40))] = b""
        else:
            data[at:at] = draw(st.binary(min_size=1, max_size=12))
        data = data or bytearray(b"x")
    return bytes(data)
