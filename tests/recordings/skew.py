"""How far sound and picture of a sealed recording are apart, against what their senders' own reports say: every frame
of a file is found again among the journal's packets by its last bytes, and its RTP timestamp mapped onto the sender's
wall clock by the report next to it. Nothing of the seal's own arithmetic is used."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import av

from recordings.chunk import Rtcp, Rtp, RunNamed
from recordings.crypt import DataKey
from recordings.files import SealedFile
from recordings.journal import MediaJournal
from recordings.manifest import Manifest, Track
from recordings.media.order import Packet, parsed
from recordings.media.reports import SenderReport, sender_reports
from signalling.ids import ConsultationId

US = 1_000_000
TAIL = 40  # bytes by which a frame is known
NEAR_US = 100_000
TURN = 1 << 32
RATES = {"audio": 48_000, "video": 90_000}

Offsets = list[tuple[int, int]]  # session time of a frame in its file, and how far that is ahead of the sender's clock


def tellers(journal: MediaJournal) -> int:
    """How many senders have told their times of both sound and picture: of sound a browser does every five seconds or
    so, and what it says over a pause is not written."""
    kinds: dict[int, str] = {}
    told: dict[int, set[str]] = defaultdict(set)
    for one in journal.read():
        if isinstance(one, RunNamed):
            kinds[one.info.ssrc] = one.info.kind
        elif isinstance(one, Rtcp):
            told[one.peer] |= {kinds.get(report.ssrc, "") for report in sender_reports(one.packet)}
    return sum(RATES.keys() <= said for said in told.values())


def skews(folder: Path, manifest: Manifest, key: DataKey) -> list[int]:
    """The furthest (µs) that sound and picture are apart, of each sender of both that told its times."""
    journal = list(MediaJournal(folder, manifest.consultation, key).read())
    reports: dict[int, dict[int, list[tuple[int, SenderReport]]]] = defaultdict(lambda: defaultdict(list))
    for one in journal:
        for report in sender_reports(one.packet) if isinstance(one, Rtcp) else ():
            assert isinstance(one, Rtcp)
            reports[one.peer][report.ssrc].append((one.t, report))
    found = []
    for told in reports.values():
        offsets: dict[str, Offsets] = defaultdict(list)
        for track in manifest.tracks:
            packets = [one for one in journal if isinstance(one, Rtp) and one.run == track.run]
            ssrc = int.from_bytes(packets[0].packet[8:12], "big") if packets else -1
            if track.file and ssrc in told:
                offsets[track.kind] += _offsets(folder, manifest.consultation, key, track, packets, told[ssrc])
        if offsets["audio"] and offsets["video"]:
            found.append(_apart(sorted(offsets["audio"]), sorted(offsets["video"])))
    return found


def _offsets(
    folder: Path,
    consultation: ConsultationId,
    key: DataKey,
    track: Track,
    packets: Iterable[Rtp],
    reports: list[tuple[int, SenderReport]],
) -> Offsets:
    units = [unit for one in packets if (unit := parsed(one.t, one.packet)) is not None]
    known: dict[bytes, list[Packet]] = defaultdict(list)
    for unit in units:
        known[bytes(unit.payload[-TAIL:])].append(unit)
    offsets = []
    with SealedFile(folder / track.file, consultation, track.file, key) as file, av.open(file, "r") as container:
        for packet in container.demux(container.streams[0]):
            if packet.pts is None or packet.time_base is None:
                continue
            t = track.t0 + round(packet.pts * packet.time_base * US)
            unit = min(known[bytes(packet)[-TAIL:]], key=lambda one: abs(one.t - t), default=None)
            if unit is None or abs(unit.t - t) > NEAR_US:
                continue
            _, report = min(reports, key=lambda one: abs(one[0] - unit.t))
            ticks = (unit.rtp - report.rtp + TURN // 2) % TURN - TURN // 2
            offsets.append((t, t - report.ntp - ticks * US // RATES[track.kind]))
    return offsets


def _apart(sound: Offsets, picture: Offsets) -> int:
    times, most, pairs = [t for t, _ in sound], 0, 0
    for t, offset in picture:
        near = bisect_left(times, t)
        at = min((n for n in (near - 1, near) if 0 <= n < len(times)), key=lambda n: abs(times[n] - t))
        if abs(times[at] - t) <= NEAR_US:
            most, pairs = max(most, abs(sound[at][1] - offset)), pairs + 1
    assert pairs > 10, "too little to compare"
    return most
