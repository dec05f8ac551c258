"""The sRGB profile of a Color Softcopy Presentation State (PS3.3 C.11.15): what a page shows colour pictures with."""

from functools import cache
from typing import Final

from PIL import ImageCms

_DATE: Final = slice(24, 36)  # ICC.1 7.2.8
_CLASS: Final = slice(12, 16)  # ICC.1 7.2.5
_2020: Final = b"\x07\xe4\x00\x01\x00\x01" + bytes(6)


@cache
def srgb() -> bytes:
    """A matrix profile is the same as input and as display; DICOM wants an input device's. Always the same bytes."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_CLASS], profile[_DATE] = b"scnr", _2020
    return bytes(profile)
