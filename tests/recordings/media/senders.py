"""Synthetic senders whose packets are written into a real media journal: real coded pictures and sound, an RTP clock of
which everything can go wrong, sender reports."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from struct import pack

import av
import numpy as np

from recordings.chunk import Entry, Rtcp, Rtp, RunEnded, RunInfo, RunNamed
from recordings.crypt import DataKey
from tests.media.clips import KINDS
from tests.recordings import segments

US = 1_000_000
KEY = DataKey(bytes(range(32)))
NTP = 3_900_000_000 * US
WAY = 40_000  # µs, the least
CHUNK_US = US // 2
SEGMENT_US = 10 * US


@cache
def tone() -> list[bytes]:
    """A second of Opus, in packets of 20 ms."""
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = 48_000, "mono", "s16"
    wave = (np.sin(np.arange(48_000) * 2 * np.pi * 440 / 48_000) * 12_000).astype(np.int16)
    packets: list[bytes] = []
    for at in range(0, 48_000, 960):
        frame = av.AudioFrame.from_ndarray(wave[None, at : at + 960], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48_000, at
        packets += [bytes(packet) for packet in context.encode(frame)]
    return packets


def pictures(codec: str) -> Callable[[int], list[bytes]]:
    """The payloads of a frame by its number; one in twelve is a keyframe."""
    units, payloads = KINDS[codec]
    made = [list(payloads(unit)) for unit in units]
    return lambda number: made[number % len(made)]


def sounds(number: int) -> list[bytes]:
    packets = tone()
    return [packets[number % len(packets)]]


@dataclass
class Track:
    """One run: `start` of the RTP clock, `since` in true µs. Of what was sent the `true` times and the timestamps."""

    run: int
    info: RunInfo
    payloads: Callable[[int], list[bytes]]
    every_us: int
    start: int = 0
    seq: int = 65_000
    true: list[int] = field(default_factory=list)
    rtp: list[int] = field(default_factory=list)


@dataclass
class Person:
    """`drift`: of the sender's clocks, in millionths. `stop`: (from, to) true µs in which its RTP clocks stand still
    and nothing is sent. `loses`: whether packet n of a run is lost."""

    peer: int
    drift: float = 0.0
    stop: tuple[int, int] = (0, 0)
    skew: int = 0
    loses: Callable[[int, int], bool] = lambda _run, _n: False
    reports: bool = True

    def entries(self, track: Track, since: int, until: int) -> Iterator[Entry]:
        dice = random.Random(track.run)
        yield RunNamed(since, track.run, track.info)
        reported, sent_packets, last = since, 0, since
        for number, true in enumerate(range(since, until, track.every_us)):
            if self.stop[0] <= true < self.stop[1]:
                continue
            track.true.append(true)
            last = true + WAY + int(dice.expovariate(1 / 4_000))
            rtp = self._rtp(track, true)
            track.rtp.append(rtp)
            payloads = track.payloads(number)
            for n, payload in enumerate(payloads):
                packet = self._packet(track, rtp, payload, marker=n == len(payloads) - 1)
                if not self.loses(track.run, sent_packets):
                    yield Rtp(last, track.run, packet)
                sent_packets += 1
            if self.reports and true - reported >= US:
                reported = true
                yield Rtcp(last, self.peer, self._report(track, true, rtp))
        yield RunEnded(last, track.run)

    def _packet(self, track: Track, rtp: int, payload: bytes, *, marker: bool) -> bytes:
        track.seq = (track.seq + 1) % 65_536
        kind = track.info.payload_type | (0x80 if marker and track.info.kind == "video" else 0)
        return pack(">BBHII", 0x80, kind, track.seq, rtp, track.info.ssrc) + payload

    def _rtp(self, track: Track, true: int) -> int:
        stood = max(0, min(true, self.stop[1]) - self.stop[0]) if true >= self.stop[0] else 0
        ticks = (true - stood) * (1 + self.drift / 1e6) * track.info.clock_rate / US
        return (track.start + round(ticks)) % (1 << 32)

    def _report(self, track: Track, true: int, rtp: int) -> bytes:
        ntp = NTP + round(true * (1 + self.drift / 1e6))
        return pack(">BBHIIIIII", 0x80, 200, 6, track.info.ssrc, ntp // US, (ntp % US << 32) // US, rtp, 0, 0)


def video(run: int, codec: str = "VP8", start: int = 0) -> Track:
    info = RunInfo(track=1, kind="video", codec=codec, payload_type=96, clock_rate=90_000, ssrc=1_000 + run)
    return Track(run, info, pictures(codec), 33_333, start)


def audio(run: int, start: int = 0) -> Track:
    info = RunInfo(track=2, kind="audio", codec="opus", payload_type=111, clock_rate=48_000, ssrc=1_000 + run)
    return Track(run, info, sounds, 20_000, start)


def merged(*parts: Iterable[Entry]) -> list[Entry]:
    """In the order in which they came."""
    return sorted((entry for part in parts for entry in part), key=lambda entry: entry.t)


def write(
    folder: Path, entries: Sequence[Entry], key: DataKey = KEY, consultation: str = segments.CONSULTATION
) -> None:
    """A journal as the plane writes it: chunks of half a second, segments of ten, runs named in each anew."""
    names: dict[int, RunNamed] = {}
    by_segment: dict[int, list[Entry]] = {}
    for entry in entries:
        by_segment.setdefault(entry.t // SEGMENT_US, []).append(entry)
    for number, mine in enumerate(by_segment.values(), start=1):
        t = mine[0].t
        named: list[Entry] = [RunNamed(t, run, one.info) for run, one in names.items()]
        chunks: dict[int, list[Entry]] = {t // CHUNK_US: named}
        for entry in mine:
            chunks.setdefault(entry.t // CHUNK_US, []).append(entry)
            if isinstance(entry, RunNamed):
                names[entry.run] = entry
            elif isinstance(entry, RunEnded):
                del names[entry.run]
        plain = [segments.chunk(part, part[0].t) for part in chunks.values() if part]
        segments.path(folder, number).write_bytes(segments.segment(number, t, plain, key, consultation=consultation))
