"""What is in a chunk of the media journal: entries, each a typed record with its session time (docs/journal.md)."""

from enum import IntEnum
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

_MOST: Final = (1 << 53) - 1  # of any number: what every reader's language holds exactly
_MORE: Final = 0x80  # a varint's byte below this is its last
_RTP: Final = 2
_LAST_SHIFT: Final = 63  # the tenth byte of a varint
_T0: Final = 8
_RTP_HEADER: Final = 12  # RFC 3550 §5.1
_RTCP_HEADER: Final = 4  # RFC 3550 §6.1
_VERSION: Final = 2  # of both, in the two highest bits


class MalformedChunk(Exception):  # noqa: N818 - what it is
    """The plaintext is no sequence of entries: nothing of the chunk is used."""


class Lost(IntEnum):
    """Why packets that came are not in the journal."""

    QUEUE_FULL = 1
    DISK_FULL = 2
    DISK_REFUSED = 3


class RunInfo(msgspec.Struct, frozen=True):
    """What came of one track from one SSRC in one codec."""

    track: Annotated[int, Meta(ge=1, le=0xFFFF_FFFF)]
    kind: Annotated[str, Meta(max_length=16)]
    codec: Annotated[str, Meta(max_length=32)]
    payload_type: Annotated[int, Meta(ge=0, le=127)]
    clock_rate: Annotated[int, Meta(ge=1, le=0xFFFF_FFFF)]
    ssrc: Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)]
    rid: Annotated[str, Meta(max_length=64)] = ""
    red: Annotated[int, Meta(ge=0, le=127)] | None = None


class RunNamed(NamedTuple):
    """A run begins, or goes on in a new segment."""

    t: int
    run: int
    info: RunInfo


class Rtp(NamedTuple):
    t: int
    run: int
    packet: bytes


class Rtcp(NamedTuple):
    t: int
    peer: int
    packet: bytes


class Fast(NamedTuple):
    """A fast-lane message as it was relayed."""

    t: int
    sender: int
    message: bytes


class Dropped(NamedTuple):
    """Packets that came and are not here; run 0: RTCP and fast-lane messages. `reason`: a `Lost`, or one to come."""

    t: int
    run: int
    reason: int
    packets: int
    size: int


class RunEnded(NamedTuple):
    t: int
    run: int


Entry = RunNamed | Rtp | Rtcp | Fast | Dropped | RunEnded


def entries_of(plain: bytes) -> list[Entry]:
    """The entries of a chunk; kinds to come are left out. Raises `MalformedChunk`."""
    if len(plain) < _T0:
        raise MalformedChunk("no time")
    return _entries(plain, int.from_bytes(plain[:_T0], "little"))


def is_packet(entry: Rtp | Rtcp) -> bool:
    """Whether it can be one at all (RFC 3550)."""
    least = _RTP_HEADER if isinstance(entry, Rtp) else _RTCP_HEADER
    return len(entry.packet) >= least and entry.packet[0] >> 6 == _VERSION


def _entries(plain: bytes, t: int) -> list[Entry]:
    """Most entries are packets of small runs, soon after each other: those are read without a call."""
    entries: list[Entry] = []
    at, total = _T0, len(plain)
    while at < total:
        size, at = varint(plain, at, total)
        end, kind = at + size, at
        if size < 1 or end > total:
            raise MalformedChunk("an entry beyond the chunk")
        at += 1
        if at + 1 < end and plain[at] < _MORE:
            dt, at = plain[at], at + 1
        else:
            dt, at = varint(plain, at, end)
        t += dt
        if t > _MOST:
            raise MalformedChunk("a time beyond all")
        if plain[kind] == _RTP and at < end and plain[at] < _MORE:
            entries.append(tuple.__new__(Rtp, (t, plain[at], plain[at + 1 : end])))
        elif (entry := _entry(plain[kind], t, plain, at, end)) is not None:
            entries.append(entry)
        at = end
    return entries


def _entry(kind: int, t: int, plain: bytes, at: int, end: int) -> Entry | None:
    if not 1 <= kind <= 6:
        return None
    number, at = varint(plain, at, end)
    match kind:
        case 1:
            return RunNamed(t, number, _info(plain[at:end]))
        case 2:
            return Rtp(t, number, plain[at:end])
        case 3:
            return Rtcp(t, number, plain[at:end])
        case 4:
            return Fast(t, number, plain[at:end])
        case 5:
            return _dropped(t, number, plain, at, end)
        case _:
            return RunEnded(t, number)


def _dropped(t: int, run: int, plain: bytes, at: int, end: int) -> Dropped:
    if at >= end:
        raise MalformedChunk("a loss without a reason")
    packets, after = varint(plain, at + 1, end)
    size, _ = varint(plain, after, end)
    return Dropped(t, run, plain[at], packets, size)


def _info(text: bytes) -> RunInfo:
    try:
        return msgspec.json.decode(text, type=RunInfo)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise MalformedChunk("a run that is none") from None


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """An unsigned LEB128 of at most 64 bits, and where it ends. Raises `MalformedChunk`."""
    value = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        if shift == _LAST_SHIFT and byte > 1:
            break
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise MalformedChunk("a number without end")
