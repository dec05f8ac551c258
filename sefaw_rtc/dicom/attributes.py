"""Which attributes a QIDO-RS answer has on each level (PS3.18 tables 10.6.3-3 to 10.6.3-5), and what matches a query
(PS3.4 C.2.2.2)."""

import fnmatch
from collections.abc import Mapping
from typing import Any, Final

from pydicom.datadict import tag_for_keyword

from sefaw_rtc.dicom.metadata import Json

STUDY: Final = [
    "00080005",
    "00080020",
    "00080030",
    "00080050",
    "00080090",
    "00080201",
    "00081030",
    "00100010",
    "00100020",
    "00100021",
    "00100030",
    "00100040",
    "0020000D",
    "00200010",
]
SERIES: Final = [
    "00080005",
    "00080021",
    "00080031",
    "00080060",
    "0008103E",
    "00080201",
    "00180015",
    "00200060",
    "0020000D",
    "0020000E",
    "00200011",
    "00400244",
    "00400245",
    "00400275",
]
INSTANCE: Final = [
    "00080005",
    "00080016",
    "00080018",
    "00080201",
    "0020000D",
    "0020000E",
    "00200013",
    "00280008",
    "00280010",
    "00280011",
    "00280100",
    "00083002",
]
_DATED: Final = frozenset({"DA", "TM", "DT"})


def pick(metadata: Json, tags: list[str]) -> Json:
    """These attributes, in order."""
    return {tag: metadata[tag] for tag in tags if tag in metadata}


def tag_of(name: str) -> str | None:
    """`StudyDate` or `00080020` → `00080020`; None = no attribute."""
    if len(name) == 8 and all(digit in "0123456789abcdefABCDEF" for digit in name):
        return name.upper()
    tag = tag_for_keyword(name)
    return None if tag is None else f"{tag:08X}"


def matches(dataset: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, str]) -> bool:
    """Whether the dataset has what is asked for. What it does not have at all (an attribute of another level) is not
    asked of it; an empty wish matches everything."""
    for name, text in wanted.items():
        tag = tag_of(name)
        element = dataset.get(tag) if tag else None
        if element is not None and text and not _matches(element, text):
            return False
    return True


def _matches(element: Mapping[str, Any], text: str) -> bool:
    vr, values = element.get("vr"), element.get("Value") or [""]
    if vr == "PN":
        names = [str(part) for name in values if isinstance(name, dict) for part in name.values()]
        return any(_like(one, text) for one in names or [""])
    if vr == "UI":
        return any(str(one) in text.replace("\\", ",").split(",") for one in values)
    if vr in _DATED and "-" in text:
        begin, _, end = text.partition("-")
        return any(begin <= str(one) and (not end or str(one)[: len(end)] <= end) for one in values)
    return any(_like("" if one is None else str(one), text) for one in values)


def _like(value: str, text: str) -> bool:
    """`*` and `?` only: brackets are no pattern in DICOM."""
    pattern = text.casefold().replace("[", "[[]")
    return fnmatch.fnmatchcase(value.casefold(), pattern)
