"""What a client accepts (RFC 9110 12.5.1, PS3.18 8.7): parsed in bounds, best first."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_MOST_CHARACTERS: Final = 2048
_MOST_TYPES: Final = 20
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105 - RFC 9110 5.6.2
_TYPE: Final = re.compile(rf"\s*({_TOKEN}/{_TOKEN})\s*")
# A transfer syntax may be `*`, a type parameter holds a slash: some clients do not quote them.
_PARAMETER: Final = re.compile(rf';\s*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}(?:/{_TOKEN})?))\s*')
_SYNTAX: Final = re.compile(r"\*|[0-9.]{1,64}")

OCTETS: Final = "application/octet-stream"
MULTIPART: Final = "multipart/related"
DICOM: Final = "application/dicom"
DICOM_JSON: Final = "application/dicom+json"
ANY_SYNTAX: Final = "*"
EXPLICIT: Final = "1.2.840.10008.1.2.1"  # what is meant where no transfer syntax is named (PS3.18 8.7.3.5.2)


class NotAcceptableError(Exception):
    """Nothing that is accepted can be given."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One media range with its parameters, names in lower case."""

    media: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    quality: float = 1.0


@dataclass(frozen=True, slots=True)
class FrameForm:
    """One way in which frames are accepted: as one body or several parts, of which media type, in which transfer
    syntax (`*` = any)."""

    multipart: bool
    media: str
    syntax: str


def parse_accept(header: str) -> list[Accepted]:
    """By quality, then as they stand. No header accepts everything. Raises NotAcceptableError for what is no Accept."""
    if not header.strip():
        return [Accepted("*/*")]
    if len(header) > _MOST_CHARACTERS:
        raise NotAcceptableError
    found = list(_ranges(header))
    return sorted((one for one in found if one.quality > 0), key=lambda one: -one.quality)


def _ranges(header: str) -> Iterator[Accepted]:
    at = 0
    for _ in range(_MOST_TYPES):
        kind = _TYPE.match(header, at)
        if kind is None:
            raise NotAcceptableError
        at, parameters = kind.end(), {}
        while (parameter := _PARAMETER.match(header, at)) is not None:
            name, quoted, bare = parameter.groups()
            parameters[name.lower()] = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            at = parameter.end()
        yield Accepted(kind.group(1).lower(), parameters, _quality(parameters.pop("q", "1")))
        if at >= len(header):
            return
        if header[at] != ",":
            raise NotAcceptableError
        at += 1


def _quality(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](\.[0-9]{0,3})?", text) else 0.0


def accepts(header: str, *media: str) -> str:
    """The first of `media` that is accepted, in the client's order. Raises NotAcceptableError."""
    for one in parse_accept(header):
        for offered in media:
            if one.media in {offered, "*/*", offered.split("/")[0] + "/*"}:
                return offered
    raise NotAcceptableError


def frame_forms(header: str) -> list[FrameForm]:
    """How frames may be given, best first. Raises NotAcceptableError if in no way that we know."""
    forms = [form for one in parse_accept(header) if (form := _frame_form(one)) is not None]
    if not forms:
        raise NotAcceptableError
    return forms


def _frame_form(one: Accepted) -> FrameForm | None:
    if one.media in {"*/*", "multipart/*"}:
        return FrameForm(multipart=True, media=OCTETS, syntax=ANY_SYNTAX)
    multipart = one.media == MULTIPART
    media = one.parameters.get("type", OCTETS).lower() if multipart else one.media
    if media not in {OCTETS, "*/*", *IMAGE_SYNTAXES}:
        return None
    default = EXPLICIT if media == OCTETS else ANY_SYNTAX
    syntax = one.parameters.get("transfer-syntax", default)
    if _SYNTAX.fullmatch(syntax) is None:
        return None
    return FrameForm(multipart=multipart, media=OCTETS if media == "*/*" else media, syntax=syntax)


# Media types of compressed frames (PS3.18 table 8.7.3-5), each with its transfer syntaxes, the default first.
IMAGE_SYNTAXES: Final[Mapping[str, tuple[str, ...]]] = {
    "image/jpeg": tuple(f"1.2.840.10008.1.2.4.{n}" for n in (70, 50, 51, 57)),
    "image/dicom-rle": ("1.2.840.10008.1.2.5",),
    "image/jls": tuple(f"1.2.840.10008.1.2.4.{n}" for n in (80, 81)),
    "image/jp2": tuple(f"1.2.840.10008.1.2.4.{n}" for n in (90, 91)),
    "image/jphc": tuple(f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203)),
}
