"""The fast lane: latest-wins messages (a pointer, a View while it is dragged) as small binary datagrams.

A fixed header, then a body by kind; big-endian, fixed point, no padding. They travel on the unordered data channel
`fast` (id 0), or base64 in `fast_up` / `fast_down` where there is none. The newest wins: a message whose counter is
not newer than the last of the same (sender, kind, lane), half-range, is dropped. `sender` is 0 on the way up; who
relays it fills it in. Kinds below LEAD_KINDS_END that are not a pointer are the leader's alone, and only under its
own epoch: whoever relays drops the others. What it leaves behind at rest is an event of the log, never the fast message
itself.
"""

import re
import struct
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Any, Final

from signalling.ids import UID_PATTERN

VERSION: Final = 1
MAX_FAST: Final = 1200  # bytes, one datagram without fragmentation; messages.FastUp has the same bound


class FastError(Exception):
    """These bytes are no fast-lane message; the sentence says why."""


class FastKind(IntEnum):
    """What a body is. Unknown kinds are relayed but not understood."""

    POINTER = 1
    AREA = 2
    VOI = 3
    IMAGE = 4


LEAD_KINDS_END: Final = 16  # kinds 2 to 15 move what the leader shows; from here on everybody may send again


@dataclass(frozen=True, slots=True)
class FastHeader:
    """`lane`: which of several of a kind, the viewport; `epoch`: of the lead this belongs to, 0 = none; `counter`: per
    sender, kind and lane, wraps. Who comes back must go on above its last: pages count in ms of the server's clock."""

    kind: int
    lane: int
    epoch: int
    counter: int
    sender: int = 0


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where somebody points. `track`: on which live picture, 0 = on the shared picture of viewport `lane`. `x`, `y`:
    1/65535 of the picture's width and height. `shown`: there or hidden."""

    track: int
    x: int
    y: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Area:
    """`looking.Area` while it is dragged. `unit`: 0 = mm, 1 = px."""

    centre_x: int
    centre_y: int
    width: int
    height: int
    unit: int
    rotation: int
    flip_horizontal: bool
    flip_vertical: bool


@dataclass(frozen=True, slots=True)
class Voi:
    """`looking.Voi` while it is dragged; function and colour map do not change meanwhile."""

    centre: int
    width: int
    invert: bool


@dataclass(frozen=True, slots=True)
class Image:
    """Another picture of the series that the viewport shows. `instance`: its UID."""

    instance: str
    frame: int


Body = Pointer | Area | Voi | Image

# (name, struct code) in order; docs/wire.md prints them.
HEADER: Final = (("version", "B"), ("kind", "B"), ("lane", "B"), ("epoch", "H"), ("counter", "I"), ("sender", "H"))
BODIES: Final[dict[FastKind, tuple[type[Body], tuple[tuple[str, str], ...]]]] = {
    FastKind.POINTER: (Pointer, (("track", "I"), ("x", "H"), ("y", "H"), ("shown", "?"))),
    FastKind.AREA: (
        Area,
        (
            ("centre_x", "i"),
            ("centre_y", "i"),
            ("width", "I"),
            ("height", "I"),
            ("unit", "B"),
            ("rotation", "H"),
            ("flip_horizontal", "?"),
            ("flip_vertical", "?"),
        ),
    ),
    FastKind.VOI: (Voi, (("centre", "i"), ("width", "I"), ("invert", "?"))),
    FastKind.IMAGE: (Image, (("instance", "64s"), ("frame", "I"))),  # ASCII, padded with zero bytes
}


def _layout(fields: tuple[tuple[str, str], ...]) -> struct.Struct:
    return struct.Struct(">" + "".join(code for _, code in fields))


_UID = re.compile(UID_PATTERN)
_HEADER = _layout(HEADER)
_LAYOUTS = {kind: _layout(fields) for kind, (_, fields) in BODIES.items()}
_KINDS: dict[type, FastKind] = {body: kind for kind, (body, _) in BODIES.items()}


def encode_fast(body: Body, *, lane: int = 0, epoch: int, counter: int, sender: int = 0) -> bytes:
    """A message ready to send. Raises `FastError` if something does not fit its field."""
    kind = _KINDS[type(body)]
    fields = [_padded(value) if isinstance(value, str) else value for value in astuple(body)]
    try:
        return _HEADER.pack(VERSION, kind, lane, epoch, counter, sender) + _LAYOUTS[kind].pack(*fields)
    except struct.error as error:
        raise FastError(f"out of range: {error}") from None


def decode_header(data: bytes) -> FastHeader:
    """The header alone: all that a relay needs. Raises `FastError`."""
    if len(data) > MAX_FAST:
        raise FastError("too large")
    if len(data) < _HEADER.size:
        raise FastError("shorter than its header")
    version, kind, lane, epoch, counter, sender = _HEADER.unpack_from(data)
    if version != VERSION:
        raise FastError("unknown version")
    return FastHeader(kind=kind, lane=lane, epoch=epoch, counter=counter, sender=sender)


def decode_fast(data: bytes) -> tuple[FastHeader, Body]:
    """A whole message. Raises `FastError`, also for a kind that this version does not know."""
    header = decode_header(data)
    if header.kind not in BODIES:
        raise FastError("unknown kind")
    kind = FastKind(header.kind)
    layout, (body, fields) = _LAYOUTS[kind], BODIES[kind]
    if len(data) != _HEADER.size + layout.size:
        raise FastError("wrong length for its kind")
    flags = [offset for offset, code in offsets(fields) if code == "?"]
    if any(data[_HEADER.size + offset] > 1 for offset in flags):
        raise FastError("a flag is neither 0 nor 1")  # one form only, or two relays could disagree
    values: list[Any] = [
        _text(value) if isinstance(value, bytes) else value for value in layout.unpack_from(data, _HEADER.size)
    ]
    return header, body(*values)


def _padded(text: str) -> bytes:
    """A UID in its 64 bytes: digits and dots, not empty."""
    if not _UID.fullmatch(text):
        raise FastError("not a UID")
    return text.encode("ascii")


def _text(padded: bytes) -> str:
    text = padded.rstrip(b"\0").decode("latin-1")
    if not _UID.fullmatch(text):
        raise FastError("not a UID")
    return text


def newer(counter: int, last: int) -> bool:
    """Whether `counter` is after `last` on the 32-bit circle (RFC 1982)."""
    return counter != last and (counter - last) % (1 << 32) < 1 << 31


def offsets(fields: tuple[tuple[str, str], ...]) -> list[tuple[int, str]]:
    """Where each field begins, and its struct code."""
    offset, result = 0, []
    for _, code in fields:
        result.append((offset, code))
        offset += struct.calcsize(">" + code)
    return result
