"""A dataset of the DICOM JSON model without what says who: for whoever may see a picture and learn no name.

What the Basic Profile (PS3.15 table E.1-1) takes out goes, but for what is no name here: UIDs, by which pictures are
asked for; dates; what was written about the picture or measured in it.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword

from recordings.deidentify.profile import actions
from sefaw_rtc.dicom.attributes import tag_of
from sefaw_rtc.dicom.frames import BULK
from sefaw_rtc.dicom.port import DicomJson

_DEPTH: Final = 32  # sequences in sequences; the standard's deepest are under ten


def _tags(*keywords: str) -> frozenset[str]:
    return frozenset(f"{tag_for_keyword(keyword):08X}" for keyword in keywords)


# Of the table, and not taken out; sequences are gone through. UnformattedTextValue: of marks and an ECG's annotations.
_SAYS_WHAT: Final = _tags(
    *("StudyDescription", "SeriesDescription", "PatientSex", "PatientAge", "UnformattedTextValue"),
    *("ChannelLabel", "MultiplexGroupLabel"),
    *("ContentSequence", "GraphicAnnotationSequence", "WaveformAnnotationSequence"),
    *("ReferencedImageSequence", "SourceImageSequence"),
)
WITHHELD: Final = "withheld"  # where a document would be: that there is one is said, a page of text is full of names
_DOCUMENT: Final = "00420011"
_BIRTH: Final = _tags("PatientBirthDate", "PatientBirthTime")
_NO_NAMES: Final = frozenset({"UI", "DA", "DT", "TM"})
_NAMES: Final = frozenset({"PN", "AE", "UN", "UR"})  # of any attribute; what nobody knows the kind of may be one
_CURVES, _OVERLAYS = 0x50, 0x60  # groups: drawn in a picture, with words beside


def nameless(dataset: DicomJson, depth: int = 0) -> dict[str, Any]:
    """The same, of nobody; also within its sequences."""
    made: dict[str, Any] = {}
    for tag, element in dataset.items():
        vr = str(element.get("vr", "UN"))
        if tag == _DOCUMENT:
            made[tag] = {"vr": vr, "BulkDataURI": f"{BULK}{WITHHELD}"}
        if _says_who(tag, vr):
            continue
        if vr == "SQ":
            items = element.get("Value", []) if depth < _DEPTH else []
            made[tag] = {"vr": vr, "Value": [nameless(one, depth + 1) for one in items if isinstance(one, Mapping)]}
        else:
            made[tag] = dict(element)
    return made


def asks_who(name: str) -> bool:
    """Whether a query by this attribute (its tag or keyword) could find out who somebody is."""
    tag = tag_of(name)
    if tag is None or not dictionary_has_tag(int(tag, 16)):
        return True
    return _says_who(tag, dictionary_VR(int(tag, 16)))


def _says_who(tag: str, vr: str) -> bool:
    group = int(tag[:4], 16)
    if group % 2 or group >> 8 in {_CURVES, _OVERLAYS} or tag in _BIRTH or vr in _NAMES:
        return True
    return tag in actions() and tag not in _SAYS_WHAT and vr not in _NO_NAMES
