"""How long sealing takes: an hour of two people, generated, sealed by a process as the server seals."""

import resource
import secrets
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import av
import msgspec
import numpy as np

from loadtest.sections import Table, number
from recordings.crypt import DataKey, FileKey, Use
from recordings.framing import HEADER, frame
from recordings.log import LogWriter
from recordings.sealing import Done, Task
from signalling.codec import encode_event
from signalling.events import Event, Observed
from signalling.ids import ConsultationId, ParticipantId
from signalling.vocabulary import Step

TARGET_S: Final = 15.0  # for an hour of two people
_US: Final = 1_000_000
_ID: Final = ConsultationId("s" * 26)
_SEGMENT_US: Final = 10 * _US
_CHUNK_US: Final = _US // 4  # of 2 Mbit/s: 60 kB
_FRAME_US: Final = 33_333
_SOUND_US: Final = 20_000
_MTU: Final = 1_150
_BITS: Final = 1_000_000  # a second of one person's picture


class Sealed(msgspec.Struct, frozen=True):
    """One sealing. `bytes`: of the journal; `peak_kib`: the process's memory at most."""

    at: str
    minutes: int
    packets: int
    bytes: int
    seconds: float
    peak_kib: int
    tracks: int


def measure(at: str, *, brief: bool = False) -> Sealed:
    """`brief`: five minutes of it."""
    minutes = 5 if brief else 60
    folder = Path(tempfile.mkdtemp(prefix="sefaw-seal-"))
    try:
        key = DataKey(secrets.token_bytes(32))
        packets = written(folder, key, minutes * 60)
        size = sum(path.stat().st_size for path in folder.glob("*.seg"))
        log = folder / f"{_ID}.log"
        with LogWriter.create(log, _ID, 1, key) as writer:
            body = Observed(participant=ParticipantId(0), step=Step.STORAGE_LOST, value=1)
            writer.append(encode_event(Event(seq=1, t=1, by=0, body=body)))
        task = Task(str(folder), str(log), key.raw, time.time_ns() // 1_000_000)
        began = time.monotonic()
        child = subprocess.run(
            [sys.executable, "-m", "recordings.sealing"],
            input=msgspec.json.encode(task),
            capture_output=True,
            check=True,
        )
        seconds = time.monotonic() - began
        done = msgspec.json.decode(child.stdout, type=Done)
        if done.error or done.tracks != 4:
            raise RuntimeError(f"not sealed: {done.error}")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return Sealed(at, minutes, packets, size, seconds, peak, done.tracks)
    finally:
        shutil.rmtree(folder)


def tables(result: Sealed) -> Sequence[Table]:
    rows: list[Sequence[str]] = [
        ["recorded", "packets", "journal", "sealed in", "memory", "target"],
        [
            f"{result.minutes} min",
            f"{result.packets:,}",
            number(result.bytes / 1e6, "MB", 0),
            number(result.seconds, "s", 1),
            number(result.peak_kib / 1024, "MiB", 0),
            number(TARGET_S * result.minutes / 60, "s", 1),
        ],
    ]
    says = "Two people, picture (VP8, 1 Mbit/s) and sound (Opus) each; verified, projected to four files, digested."
    return [Table(says, rows)]


def missed(result: Sealed) -> list[str]:
    most = TARGET_S * result.minutes / 60
    return [f"seal: {result.seconds:.1f} s, target {most:.1f} s"] if result.seconds > most else []


def written(folder: Path, key: DataKey, seconds: int, consultation: ConsultationId = _ID) -> int:
    """Segments of ten seconds, as the plane writes them; how many packets they hold."""
    senders = [_Video(1, 1), _Sound(2, 1), _Video(3, 2), _Sound(4, 2)]
    packets = 0
    for number_, start in enumerate(range(0, seconds * _US, _SEGMENT_US), start=1):
        salt = secrets.token_bytes(32)
        told = {"kind": "media", "version": 1, "consultation": consultation, "segment": number_, "salt": salt.hex()}
        first = msgspec.json.encode(told | {"started_unix_us": 1, "t": start})
        file_key = FileKey(key, Use.MEDIA, salt, first)
        out = [HEADER, frame(first)]
        named = [(start, sender.named) for sender in senders]
        for t0 in range(start, start + _SEGMENT_US, _CHUNK_US):
            entries = sorted(one for sender in senders for one in sender.until(t0 + _CHUNK_US))
            packets += sum(entry[1][0] == 2 for entry in entries)
            out.append(frame(file_key.seal(_chunk(t0, [*named, *entries]))))
            named = []
        (folder / f"media-{number_:06}.seg").write_bytes(b"".join(out))
    return packets


def _chunk(t0: int, entries: list[tuple[int, bytes]]) -> bytes:
    """docs/journal.md. An entry: its time, and its bytes with the kind in front."""
    parts, before = [t0.to_bytes(8, "little")], t0
    for t, entry in entries:
        dt = _varint(t - before)
        parts += [_varint(len(entry) + len(dt)), entry[:1], dt, entry[1:]]
        before = t
    return b"".join(parts)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


class _Sender:
    """A run: what it sends, frame by frame, and a report each second."""

    def __init__(self, run: int, peer: int, kind: str, codec: str, payload_type: int, rate: int, every_us: int) -> None:
        told = {"track": run, "kind": kind, "codec": codec, "payload_type": payload_type, "clock_rate": rate}
        self.named = b"\x01" + _varint(run) + msgspec.json.encode(told | {"ssrc": run, "rid": ""})
        self._run, self._peer, self._type, self._rate, self._every = run, peer, payload_type, rate, every_us
        self._at = self._count = self._seq = self._reported = 0
        self._frames: list[list[bytes]] = []

    def until(self, end: int) -> Iterator[tuple[int, bytes]]:
        while self._at < end:
            rtp = self._at * self._rate // _US % (1 << 32)
            payloads = self._frames[self._count % len(self._frames)]
            for n, payload in enumerate(payloads):
                marker = 0x80 if n == len(payloads) - 1 and self._rate != 48_000 else 0
                head = struct.pack(">BBHII", 0x80, self._type | marker, self._seq, rtp, self._run)
                yield self._at, b"\x02" + _varint(self._run) + head + payload
                self._seq = (self._seq + 1) % 65_536
            if self._at >= self._reported:
                self._reported += _US
                yield self._at, b"\x03" + _varint(self._peer) + self._report(rtp)
            self._at += self._every
            self._count += 1

    def _report(self, rtp: int) -> bytes:
        seconds, rest = divmod(self._at, _US)
        return struct.pack(
            ">BBHIIIIII", 0x80, 200, 6, self._run, 3_900_000_000 + seconds, (rest << 32) // _US, rtp, 0, 0
        )


class _Video(_Sender):
    def __init__(self, run: int, peer: int) -> None:
        super().__init__(run, peer, "video", "VP8", 96, 90_000, _FRAME_US)
        context = av.CodecContext.create("libvpx", "w")
        context.width, context.height, context.pix_fmt = 640, 480, "yuv420p"
        context.bit_rate, context.gop_size = _BITS, 300
        context.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        noise = np.random.default_rng(run).integers(0, 255, (480, 640, 3), dtype=np.uint8) // 64 + 90
        size = _BITS // 8 * _FRAME_US // _US
        for count in range(60):
            picture = av.VideoFrame.from_ndarray(np.roll(noise, count, axis=1), format="rgb24")
            picture.pts = count
            for packet in context.encode(picture):
                data = bytes(packet)[:size].ljust(size, b"\0")  # of the bit rate, whatever the encoder makes of noise
                data = bytes(packet) if packet.is_keyframe else data
                parts = [data[at : at + _MTU] for at in range(0, len(data), _MTU)]
                self._frames.append([(b"\x10" if n == 0 else b"\x00") + part for n, part in enumerate(parts)])


class _Sound(_Sender):
    def __init__(self, run: int, peer: int) -> None:
        super().__init__(run, peer, "audio", "opus", 111, 48_000, _SOUND_US)
        self._frames = [[b"\x78" + secrets.token_bytes(79)] for _ in range(50)]  # 32 kbit/s, 20 ms
