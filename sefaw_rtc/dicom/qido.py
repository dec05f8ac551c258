"""What a QIDO-RS request asks (PS3.18 8.3.4, 10.6): its query parameters, parsed in bounds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pydicom.datadict import keyword_for_tag, tag_for_keyword

from sefaw_rtc.dicom.port import DicomJson

MOST: Final = 1000  # results an answer: a large CT, 200 kB gzipped
USUAL: Final = 200
_MOST_PARAMETERS: Final = 32
_MOST_VALUE: Final = 4096  # a list of study UIDs
_TAG: Final = re.compile(r"[0-9A-Fa-f]{8}")


class QueryError(Exception):
    """No query that we understand. The sentence names the parameter, never its value."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`include`: tags asked for besides the usual ones, None = all. `fuzzy`: asked for, and not done."""

    matches: Mapping[str, str]
    limit: int
    offset: int
    include: frozenset[str] | None
    fuzzy: bool


def parse_query(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Raises QueryError."""
    matches: dict[str, str] = {}
    limit, offset, fuzzy = USUAL, 0, False
    include: set[str] = set()
    everything = False
    for n, (name, value) in enumerate(pairs):
        if n >= _MOST_PARAMETERS or len(value) > _MOST_VALUE:
            raise QueryError("too much is asked")
        match name.lower():
            case "limit":
                limit = min(MOST, _count(name, value))
            case "offset":
                offset = _count(name, value)
            case "fuzzymatching":
                fuzzy = _flag(name, value)
            case "includefield":
                everything = everything or value.lower() == "all"
                include |= {tag_of(part) for part in value.split(",") if value.lower() != "all"}
            case _:
                tag = tag_of(name)
                matches[keyword_for_tag(int(tag, 16)) or tag] = value
    return Asked(matches, limit, offset, None if everything else frozenset(include), fuzzy)


def tag_of(name: str) -> str:
    """Eight hexadecimal digits of a tag or keyword. Sequences by dots are not matched. Raises QueryError."""
    if _TAG.fullmatch(name):
        return name.upper()
    tag = tag_for_keyword(name)
    if tag is None:
        raise QueryError("an attribute is not known")
    return f"{tag:08X}"


def with_included(found: DicomJson, whole: DicomJson, include: frozenset[str] | None) -> DicomJson:
    """The usual attributes and those asked for; bulk data never."""
    wanted = whole if include is None else include
    more = {tag: whole[tag] for tag in wanted if tag in whole and "BulkDataURI" not in whole[tag]}
    return {**more, **found}


def _count(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", value):
        raise QueryError(f"{name} is no number")
    return int(value)


def _flag(name: str, value: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise QueryError(f"{name} is true or false")
    return value.lower() == "true"
