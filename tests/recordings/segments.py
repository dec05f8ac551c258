"""A small writer of media journals, by docs/journal.md alone: for tests of the reader."""

import json
from collections.abc import Iterable
from pathlib import Path

from recordings.chunk import Dropped, Entry, Fast, Rtcp, Rtp, RunEnded, RunInfo, RunNamed
from recordings.crypt import DataKey, FileKey, Use
from recordings.framing import HEADER, frame
from signalling.ids import ConsultationId

CONSULTATION = ConsultationId("m" * 26)
VP8 = RunInfo(track=3, kind="video", codec="VP8", payload_type=96, clock_rate=90_000, ssrc=7)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def encoded(entry: Entry, before: int) -> bytes:
    kind, body = _body(entry)
    inner = bytes([kind]) + varint(entry.t - before) + body
    return varint(len(inner)) + inner


def _body(entry: Entry) -> tuple[int, bytes]:
    match entry:
        case RunNamed(run=run, info=info):
            names = [name for name in info.__struct_fields__ if getattr(info, name) is not None]
            return 1, varint(run) + json.dumps({name: getattr(info, name) for name in names}).encode()
        case Rtp(run=run, packet=packet):
            return 2, varint(run) + packet
        case Rtcp(peer=peer, packet=packet):
            return 3, varint(peer) + packet
        case Fast(sender=sender, message=message):
            return 4, varint(sender) + message
        case Dropped(run=run, reason=reason, packets=packets, size=size):
            return 5, varint(run) + bytes([reason]) + varint(packets) + varint(size)
        case RunEnded(run=run):
            return 6, varint(run)


def chunk(entries: Iterable[Entry], t0: int) -> bytes:
    out, before = t0.to_bytes(8, "little"), t0
    for entry in entries:
        out += encoded(entry, before)
        before = entry.t
    return out


def segment(number: int, t: int, chunks: Iterable[bytes], key: DataKey, **header: object) -> bytes:
    """A whole file."""
    told = {"kind": "media", "version": 1, "consultation": CONSULTATION, "segment": number, "salt": f"{number:064x}"}
    first = json.dumps(told | {"started_unix_us": 1, "t": t} | header).encode()
    file_key = FileKey(key, Use.MEDIA, number.to_bytes(32, "big"), first)
    return HEADER + frame(first) + b"".join(frame(file_key.seal(plain)) for plain in chunks)


def path(folder: Path, number: int) -> Path:
    return folder / f"media-{number:06}.seg"


def rtp(t: int, run: int = 1, size: int = 20) -> Rtp:
    return Rtp(t, run, b"\x80\x60" + t.to_bytes(8, "big") + bytes(size - 10))
