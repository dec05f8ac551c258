"""Small pictures of a video track, one every so often. From keyframes where there are enough of them; a call on a good
network has few: there every frame up to the one that is wanted is decoded, for as long as the time for it lasts.

A sealed file holds them all: u32 (little-endian), how long the index is · the index, JSON · the pictures, JPEG.
"""

import io
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final

import av
import msgspec
from msgspec import Meta
from PIL import Image

from recordings.crypt import DataKey
from recordings.errors import FileDamaged
from recordings.files import SealedFile, SealedWriter
from signalling.ids import ConsultationId
from signalling.record import Record

EVERY_US: Final = 10_000_000
MOST: Final = 360  # of a track
_SIDE: Final = (160, 120)  # px; the picture is fitted into it
_QUALITY: Final = 70
_US: Final = 1_000_000
_HEAD: Final = struct.Struct("<I")
_MOST_INDEX: Final = 64 * 1024
_TRUSTED_SIDE: Final = 8192  # px: no camera sends more

Place = tuple[Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=0, le=1 << 20)]]


class Index(Record, frozen=True):
    """Where each picture is, behind the index: offset and size. Several may be one."""

    every_us: int
    pictures: list[Place]


def every_us(length_us: int) -> int:
    """How often, for a replay of this length: whole seconds, so that no track has more than `MOST`."""
    return max(EVERY_US, -(-length_us // MOST // _US) * _US)


def make(source: SealedFile, every: int, until: float) -> bytes:
    """The file's content. `until`: monotonic s; after it only keyframes are decoded. Raises `av.FFmpegError`, and what
    reading the source raises."""
    places: list[Place] = []
    data = bytearray()
    for when, picture in _pictures(source, every, until):
        size = len(picture)
        while len(places) <= when // every and len(places) < MOST:
            places.append((len(data), size))
        data += picture
    index = msgspec.json.encode(Index(every_us=every, pictures=places))
    return _HEAD.pack(len(index)) + index + data


def write(path: Path, consultation: ConsultationId, name: str, key: DataKey, content: bytes) -> None:
    """Raises `StorageFull`, `StorageFailed`."""
    writer = SealedWriter(path, consultation, name, key)
    try:
        writer.write(content)
        writer.close()
    finally:
        writer.discard()


def picture(file: SealedFile, number: int) -> bytes | None:
    """The JPEG of this number; None: there are not so many. Raises `FileDamaged`, `NotAuthentic`, `StorageFailed`."""
    head = file.read_at(0, _HEAD.size)
    size = _HEAD.unpack(head)[0] if len(head) == _HEAD.size else _MOST_INDEX + 1
    if size > _MOST_INDEX:
        raise FileDamaged("no index of pictures")
    try:
        index = msgspec.json.decode(file.read_at(_HEAD.size, size), type=Index)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise FileDamaged("no index of pictures") from None
    if number >= len(index.pictures):
        return None
    offset, length = index.pictures[number]
    return file.read_at(_HEAD.size + size + offset, length)


def _pictures(source: SealedFile, every: int, until: float) -> Iterator[tuple[int, bytes]]:
    """A picture for each step that has one, with its time (µs of the file)."""
    keys = _keyframes(source)
    source.seek(0)
    wanted, at = 0, -1
    with av.open(source, "r", buffer_size=1 << 18) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for packet in container.demux(stream):
            if packet.is_keyframe:
                at += 1
            if not (packet.is_keyframe or _is_worth_it(keys, at, every, until)):
                continue
            for frame in _decoded(packet):
                when = round((frame.time or 0.0) * _US)
                if when >= wanted:
                    wanted = (when // every + 1) * every
                    yield when, _small(frame)


def _keyframes(source: SealedFile) -> list[int]:
    """Their times (µs of the file)."""
    with av.open(source, "r", buffer_size=1 << 18) as container:
        found = [packet for packet in container.demux(video=0) if packet.is_keyframe]
        return [round((packet.pts or 0) * (packet.time_base or 0) * _US) for packet in found]


def _is_worth_it(keys: list[int], at: int, every: int, until: float) -> bool:
    """Whether the next keyframe comes too late for the next picture."""
    following = keys[at + 1] if at + 1 < len(keys) else keys[-1] + 10 * every
    return following - keys[at] > every * 3 // 2 and _now() < until


def _decoded(packet: "av.Packet[av.VideoStream]") -> list[av.VideoFrame]:
    """One that cannot be decoded costs itself."""
    try:
        return list(packet.decode())
    except av.FFmpegError:
        return []


def _small(frame: av.VideoFrame) -> bytes:
    if max(frame.width, frame.height) > _TRUSTED_SIDE:
        return b""
    image = Image.fromarray(frame.to_ndarray(format="rgb24"))
    image.thumbnail(_SIDE)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


_now: Callable[[], float] = time.monotonic
