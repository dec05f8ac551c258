"""Elements as the DICOM JSON model (PS3.18 F), in UTF-8 whatever the file's character set; values by pydicom."""

import array
import base64
import binascii
import struct
from collections.abc import Mapping
from decimal import DecimalException
from typing import Any, BinaryIO, Final

from pydicom.charset import convert_encodings
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.errors import BytesLengthException
from pydicom.tag import BaseTag
from pydicom.values import convert_value

from sefaw_rtc.dicom.elements import PIXELS, Element, Encoding, Fragments, Items, Leaf, value
from sefaw_rtc.dicom.faults import PictureRefused
from signalling.vocabulary import PictureFault

Json = dict[str, dict[str, Any]]

INLINE: Final = 4096  # a larger binary value is bulk data: palettes of 8 bits stay, waveforms and documents go
LUT_DATA: Final = 0x0028_3006
LUT_INLINE: Final = 131_072  # the largest lookup table: without it a picture cannot be shown rightly
CHARACTER_SET: Final = 0x0008_0005
_PIXEL_REPRESENTATION: Final = 0x0028_0103
_BINARY: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
# The size of what is turned round in a big-endian file; JSON's binary values are little endian (PS3.18 F.2.7).
_WORDS: Final[Mapping[str, str]] = {"OW": "H", "OL": "I", "OF": "I", "OD": "Q", "OV": "Q"}
# What pydicom raises for values that are not what their VR says.
_UNREADABLE: Final = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, NotImplementedError)
_DAMAGED: Final = (*_UNREADABLE, struct.error, binascii.Error, DecimalException, BytesLengthException)


def to_json(stream: BinaryIO, elements: list[Element], encoding: Encoding, most: int) -> Json:
    """The dataset. Binary values above INLINE, and pixels, are `BulkDataURI`s relative to the instance; a value that
    is not what its VR says is left out, its tag and VR stay. PictureRefused if more than `most` bytes of values would
    have to be read."""
    return _Writer(stream, encoding, most).dataset(elements, ["iso8859"], "")


def little(vr: str, data: bytes, encoding: Encoding) -> bytes:
    """Binary values as JSON and bulk data have them."""
    word = _WORDS.get(vr)
    if encoding.little or word is None:
        return data
    words = array.array(word, data[: len(data) // array.array(word).itemsize * array.array(word).itemsize])
    words.byteswap()
    return words.tobytes()


class _Writer:
    def __init__(self, stream: BinaryIO, encoding: Encoding, most: int) -> None:
        self._stream = stream
        self._encoding = encoding
        self._left = most
        self._signed = False

    def dataset(self, elements: list[Element], charsets: list[str], path: str) -> Json:
        made: Json = {}
        for one in elements:
            if one.tag & 0xFFFF == 0 or one.tag == 0xFFFC_FFFC:  # group lengths and padding are of the file
                continue
            name = f"{one.tag:08X}"
            if isinstance(one, Items):
                items = [self.dataset(item, charsets, f"{path}{name}-{n}-") for n, item in enumerate(one.items, 1)]
                made[name] = {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
            elif isinstance(one, Fragments) or one.tag in PIXELS:
                vr = "OB" if isinstance(one, Fragments) else _certain(one.vr, one.length, signed=False)
                made[name] = {"vr": vr, "BulkDataURI": f"bulkdata/{path}{name}"}
            else:
                made[name] = self._leaf(one, charsets, f"{path}{name}")
                if one.tag == CHARACTER_SET:
                    charsets = _charsets(made[name])
                    made[name] = {"vr": "CS", "Value": ["ISO_IR 192"]}
                elif one.tag == _PIXEL_REPRESENTATION and not path:
                    self._signed = made[name].get("Value") == [1]
        return made

    def _leaf(self, leaf: Leaf, charsets: list[str], path: str) -> dict[str, Any]:
        vr = _certain(leaf.vr, leaf.length, signed=self._signed)
        if not leaf.length:
            return {"vr": vr}
        if vr in _BINARY and leaf.length > (LUT_INLINE if leaf.tag == LUT_DATA else INLINE):
            return {"vr": vr, "BulkDataURI": f"bulkdata/{path}"}
        self._left -= leaf.length
        if self._left < 0:
            raise PictureRefused(PictureFault.TOO_LARGE, "header")
        data = value(self._stream, leaf, leaf.length)
        if vr in _BINARY:
            turned = little(vr, data, self._encoding)
            return {"vr": vr, "InlineBinary": base64.b64encode(turned).decode()}
        raw = RawDataElement(BaseTag(leaf.tag), vr, leaf.length, data, 0, False, self._encoding.little)
        try:
            element = DataElement(leaf.tag, vr, convert_value(vr, raw, charsets), already_converted=True)
            return element.to_json_dict(None, 0)
        except _DAMAGED:
            return {"vr": vr}


def _certain(vr: str, length: int, *, signed: bool) -> str:
    """The dictionary's "US or SS" and the like, decided (PS3.5 A.1 and PS3.3 C.7.6.3)."""
    if " or " not in vr:
        return vr
    if "US" not in vr or ("OW" in vr and length > 6):
        return "OW"
    return "SS" if signed and "SS" in vr else "US"


def _charsets(element: Mapping[str, Any]) -> list[str]:
    """Python's names of the character sets (PS3.3 C.12.1.1.2); what is not known is the default repertoire."""
    names = [str(name or "") for name in element.get("Value", [])]
    try:
        return list(convert_encodings(names or [""]))
    except (LookupError, ValueError):
        return ["iso8859"]
