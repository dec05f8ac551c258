"""The fast lane: latest-wins messages (a pointer, a View while it is dragged) as small binary datagrams.

A fixed header, then a body by kind; big-endian, fixed point, no padding. They travel on the unordered data channel
`fast` (id 0), or base64 in `fast_up` / `fast_down` where there is none. The newest wins: a message whose counter is
not newer than the last of the same (sender, kind), half-range, is dropped. `sender` is 0 on the way up; who relays it
fills it in. What it leaves behind at rest is an event of the log, never the fast message itself.
"""

import struct
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Final

VERSION: Final = 1
MAX_FAST: Final = 1200  # bytes, one datagram without fragmentation; messages.FastUp has the same bound


class FastError(Exception):
    """These bytes are no fast-lane message; the sentence says why."""


class FastKind(IntEnum):
    """What a body is. Unknown kinds are relayed but not understood."""

    POINTER = 1
    VIEW = 2


@dataclass(frozen=True, slots=True)
class FastHeader:
    """`epoch`: of the lead this belongs to, 0 = none; `counter`: per sender and kind, wraps."""

    kind: int
    epoch: int
    counter: int
    sender: int = 0


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where somebody points. `track`: on which live picture, 0 = on the shared image. `x`, `y`: 1/65535 of the
    picture's width and height. `shown`: there or hidden."""

    track: int
    x: int
    y: int
    shown: bool


@dataclass(frozen=True, slots=True)
class View:
    """The part of a View that moves while dragged; what it shows at rest is in the log. Lengths are in 1/256 image
    pixel, angles in 1/100 degree, `voi_*` in 1/256 of the modality's unit."""

    viewport: int
    frame: int
    centre_x: int
    centre_y: int
    width: int
    height: int
    rotation: int
    flip_horizontal: bool
    flip_vertical: bool
    invert: bool
    voi_centre: int
    voi_width: int


Body = Pointer | View

# (name, struct code) in order; docs/wire.md prints them.
HEADER: Final = (("version", "B"), ("kind", "B"), ("epoch", "H"), ("counter", "I"), ("sender", "H"))
BODIES: Final[dict[FastKind, tuple[type[Pointer] | type[View], tuple[tuple[str, str], ...]]]] = {
    FastKind.POINTER: (Pointer, (("track", "I"), ("x", "H"), ("y", "H"), ("shown", "?"))),
    FastKind.VIEW: (
        View,
        (
            ("viewport", "B"),
            ("frame", "I"),
            ("centre_x", "i"),
            ("centre_y", "i"),
            ("width", "I"),
            ("height", "I"),
            ("rotation", "H"),
            ("flip_horizontal", "?"),
            ("flip_vertical", "?"),
            ("invert", "?"),
            ("voi_centre", "i"),
            ("voi_width", "I"),
        ),
    ),
}


def _layout(fields: tuple[tuple[str, str], ...]) -> struct.Struct:
    return struct.Struct(">" + "".join(code for _, code in fields))


_HEADER = _layout(HEADER)
_LAYOUTS = {kind: _layout(fields) for kind, (_, fields) in BODIES.items()}
_KINDS: dict[type, FastKind] = {body: kind for kind, (body, _) in BODIES.items()}


def encode_fast(body: Body, *, epoch: int, counter: int, sender: int = 0) -> bytes:
    """A message ready to send. Raises `FastError` if a number does not fit its field."""
    kind = _KINDS[type(body)]
    try:
        return _HEADER.pack(VERSION, kind, epoch, counter, sender) + _LAYOUTS[kind].pack(*astuple(body))
    except struct.error as error:
        raise FastError(f"out of range: {error}") from None


def decode_header(data: bytes) -> FastHeader:
    """The header alone: all that a relay needs. Raises `FastError`."""
    if len(data) > MAX_FAST:
        raise FastError("too large")
    if len(data) < _HEADER.size:
        raise FastError("shorter than its header")
    version, kind, epoch, counter, sender = _HEADER.unpack_from(data)
    if version != VERSION:
        raise FastError("unknown version")
    return FastHeader(kind=kind, epoch=epoch, counter=counter, sender=sender)


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
    return header, body(*layout.unpack_from(data, _HEADER.size))


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
