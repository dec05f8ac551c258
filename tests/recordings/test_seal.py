"""The seal: what it says is what is there, whatever happens to the journal and to whoever seals."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest
from msgspec.structs import replace

from recordings import HeldSiteKey, Keyring, WrongKey
from recordings.chunk import Dropped, Lost, RunNamed
from recordings.crypt import DataKey
from recordings.errors import Erased, NotAuthentic, StorageFailed, StorageFull
from recordings.files import SealedFile
from recordings.manifest import MANIFEST, FileKind, Manifest, Track
from recordings.objects import Entry, Register, Step
from recordings.seal import BeingSealed, alone, changed_since, seal, seal_leaf
from recordings.tlog import LeafKind
from signalling.events import Body
from signalling.ids import ParticipantId
from signalling.recording import (
    RecordingMissed,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
    RecordingTroubled,
)
from signalling.vocabulary import GapReason
from tests.recordings.media.senders import Person, audio, merged, video, write
from tests.recordings.sealed import NOW, Archive, archive
from tests.recordings.segments import CONSULTATION, path

KILLS = int(os.environ.get("TORTURE_TIMES", "5"))


def test_everything_is_in_the_manifest(tmp_path: Path) -> None:
    made = archive(tmp_path)
    manifest = made.seal()
    assert [one.name for one in manifest.files] == [
        "log",
        *(f"media/media-{n:06}.seg" for n in (1, 2, 3)),
        "tracks/1.frames",
        "tracks/1.webm",
        "tracks/2.webm",
    ]
    assert changed_since(made.folder, made.log, manifest) == []
    assert [(one.number, one.t_from // 10_000_000) for one in manifest.segments] == [(1, 0), (2, 1), (3, 2)]
    assert all(one.t_from < one.t_to for one in manifest.segments)
    assert (manifest.log.records, manifest.seq) == (4, 3)
    assert (manifest.gaps, manifest.damages, manifest.counts.lost, manifest.counts.damaged_us) == ((), (), 0, 0)
    picture, sound = manifest.tracks
    assert (picture.codec, sound.codec) == ("VP8", "opus")
    assert picture.by_reports
    assert abs(picture.t0 - sound.t0) < 20_000
    assert sound.frames == 24 * 50
    assert Manifest.parse((made.folder / MANIFEST).read_bytes()) == manifest


def test_sealing_twice_is_once(tmp_path: Path) -> None:
    made = archive(tmp_path)
    first = made.seal()
    before = {p: p.stat().st_mtime_ns for p in made.folder.rglob("*")}
    assert made.seal(NOW + 1) == first
    assert {p: p.stat().st_mtime_ns for p in made.folder.rglob("*")} == before
    assert seal_leaf(made.folder, first) == seal_leaf(made.folder, first), "one leaf, however often it is told"
    assert (seal_leaf(made.folder, first).kind, seal_leaf(made.folder, first).digest) == (LeafKind.SEALED, first.digest)


def test_without_media_the_log_is_sealed(tmp_path: Path) -> None:
    made = archive(tmp_path, entries=[])
    manifest = made.seal()
    assert [one.name for one in manifest.files] == ["log"]
    assert manifest.tracks == ()


def test_whoever_only_looked_into_what_is_known_of_its_copies_stops_no_seal(tmp_path: Path) -> None:
    made = archive(tmp_path, entries=[])
    with Register(made.folder, CONSULTATION).alone():
        pass
    assert made.seal().tracks == ()


def test_with_its_media_elsewhere_and_no_manifest_nothing_is_sealed(tmp_path: Path) -> None:
    made = archive(tmp_path, entries=[])
    with Register(made.folder, CONSULTATION).alone() as writing:
        writing.add(Entry(step=Step.BEGUN, t_unix_ms=1, place="p"))
    with pytest.raises(StorageFailed, match="object store"):
        made.seal()
    assert not (made.folder / MANIFEST).exists()


def test_a_change_after_the_seal_is_found(tmp_path: Path) -> None:
    made = archive(tmp_path)
    manifest = made.seal()
    with made.log.open("ab") as log:
        log.write(b"more of it")
    assert changed_since(made.folder, made.log, manifest) == [], "a log may grow"
    flip(made.folder / "tracks/1.webm", 5_000)
    path(made.folder, 2).unlink()
    assert changed_since(made.folder, made.log, manifest) == ["media/media-000002.seg", "tracks/1.webm"]


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def test_a_torn_end_costs_the_end(tmp_path: Path) -> None:
    made = archive(tmp_path)
    last = path(made.folder, 3)
    last.write_bytes(last.read_bytes()[:-100])
    manifest = made.seal()
    (place,) = manifest.damages
    assert (place.file, place.reason) == ("media-000003.seg", "torn")
    assert manifest.segments[2].t_to > 23_000_000


def test_a_flipped_bit_is_located_and_costs_half_a_second(tmp_path: Path) -> None:
    made = archive(tmp_path)
    middle = path(made.folder, 2)
    at = middle.stat().st_size // 2
    flip(middle, at)
    manifest = made.seal()
    (place,) = manifest.damages
    assert (place.file, place.reason) == ("media-000002.seg", "bad_checksum")
    assert place.offset <= at
    (gap,) = manifest.gaps
    assert gap.reason == "bad_checksum"
    assert gap.t_from >= 10_000_000
    assert 300_000 < gap.t_to - gap.t_from < 1_000_000
    (span,) = manifest.tracks[0].damaged
    assert span.t_from <= gap.t_from + 40_000
    assert gap.t_to <= span.t_to < gap.t_to + 12 * 33_333 + 40_000, "until the next keyframe"
    assert manifest.tracks[0].t_end > 23_900_000, "and the rest is sealed"


def test_a_pause_is_a_gap_with_its_reason_and_no_loss(tmp_path: Path) -> None:
    us = 1_000_000
    person = Person(1, loses=lambda _run, n: 500 <= n < 700)  # what was sent from the 10th to the 14th second
    paused = RecordingPaused(participant=ParticipantId(1), reason=GapReason.PRIVATE)
    bodies: list[tuple[int, Body]] = [
        (1, RecordingStarted()),
        (10 * us, paused),
        (14 * us, RecordingResumed(participant=ParticipantId(1))),
        (24 * us, RecordingStopped()),
    ]
    made = archive(tmp_path, merged(person.entries(audio(1), 0, 24 * us)), bodies=bodies)
    manifest = made.seal()
    assert [(gap.t_from, gap.t_to, gap.reason) for gap in manifest.gaps] == [(10 * us, 14 * us, "private")]
    assert manifest.counts.lost == 0
    assert manifest.counts.damaged_us < 100_000, "what is not recorded is not damaged"
    assert manifest.tracks[0].frames == 24 * 50 - 200
    assert manifest.tracks[0].t_end > 23 * us, "and a gap stays a gap"


@pytest.mark.parametrize("last_event", [11_500_000, 12_400_000, 18_000_000])
def test_a_restart_is_missing_from_where_the_journal_ends(tmp_path: Path, last_event: int) -> None:
    """The log's last event before it: long before the server was killed, soon after the last chunk that is on the disk,
    or in a silence that lasted."""
    us = 1_000_000
    first, second = Person(1), Person(2)
    entries = [
        *merged(first.entries(audio(1), 0, 12 * us)),
        *merged(second.entries(audio(2), 20 * us, 24 * us)),
    ]
    bodies: list[tuple[int, Body]] = [
        (1, RecordingStarted()),
        (last_event, RecordingTroubled(reason=GapReason.SLOW)),
        (19 * us, RecordingMissed(reason=GapReason.RESTARTED, from_t=last_event, to_t=19 * us)),
        (24 * us, RecordingStopped()),
    ]
    manifest = archive(tmp_path, entries, bodies=bodies).seal()
    (gap,) = manifest.gaps
    ended = max(entry.t for entry in entries if entry.t < 13 * us)
    assert (gap.t_from, gap.t_to, gap.reason) == (max(ended, last_event - us), 19 * us, "restarted")


def test_what_the_disk_did_not_take_is_a_gap_from_the_last_packet_before_it(tmp_path: Path) -> None:
    """A segment begins with the runs that go on, and then says what is missing: from then on is no gap."""
    us, track = 1_000_000, audio(1)
    person = Person(1, loses=lambda _run, n: 500 <= n < 700)  # what was sent from the 10th to the 14th second
    entries = merged(person.entries(track, 0, 24 * us))
    before, after = [one for one in entries if one.t < 12 * us], [one for one in entries if one.t >= 12 * us]
    said = [
        RunNamed(14 * us, 1, track.info),
        *(Dropped(14 * us, run, Lost.DISK_FULL, n, 9) for run, n in ((0, 3), (1, 200))),
    ]
    manifest = archive(tmp_path, [*before, *said, *after]).seal()
    (gap,) = manifest.gaps
    assert (gap.t_from, gap.t_to, gap.reason) == (before[-1].t, 14 * us, "full")
    assert (manifest.counts.dropped, manifest.counts.lost) == (203, 0)


def test_a_missing_segment_is_said(tmp_path: Path) -> None:
    made = archive(tmp_path)
    path(made.folder, 2).unlink()
    manifest = made.seal()
    assert [(one.reason, one.count) for one in manifest.damages] == [("missing", 1)]
    assert [one.number for one in manifest.segments] == [1, 3]
    (gap,) = manifest.gaps
    assert 9_500_000 < gap.t_to - gap.t_from < 10_500_000
    assert manifest.tracks[1].t_end > 23_900_000


@pytest.mark.parametrize("spoil", ["site", "media", "erased"])
def test_a_wrong_key_seals_nothing_and_destroys_nothing(tmp_path: Path, spoil: str) -> None:
    made, error = archive(tmp_path), {"site": WrongKey, "media": NotAuthentic, "erased": Erased}[spoil]
    keyring = made.keyring
    if spoil == "site":
        keyring = Keyring(made.data / "archive", HeldSiteKey(bytes(32)))
    elif spoil == "media":
        write(made.folder, merged(Person(1).entries(video(1), 0, 24_000_000)), DataKey(bytes(32)))
    else:
        made.keyring.destroy(CONSULTATION)
    before = {p.name: p.read_bytes() for p in made.folder.iterdir()}
    with pytest.raises(error):
        seal(made.folder, keyring, made.log, NOW)
    after = {p.name: p.read_bytes() for p in made.folder.iterdir() if not p.name.startswith(".")}
    assert after == before


def test_two_do_not_seal_at_once(tmp_path: Path) -> None:
    made = archive(tmp_path, entries=[])
    with alone(made.folder), pytest.raises(BeingSealed):
        made.seal()
    made.seal()


def whole(made: Archive) -> Manifest:
    """What is sealed can be read to its end."""
    manifest = made.seal()
    assert changed_since(made.folder, made.log, manifest) == []
    assert len(manifest.segments) == 3
    for track in manifest.tracks:
        assert frames_of(made, track)
    assert not list(made.folder.rglob("*.new")), "nothing half-written is left"
    return manifest


def frames_of(made: Archive, track: Track) -> list[tuple[int | None, bytes]]:
    """What is in a track's file: times and coded frames."""
    with SealedFile(made.folder / track.file, CONSULTATION, track.file, made.keyring.open(CONSULTATION)) as file:
        assert len(file.read()) == file.size
        file.seek(0)
        with av.open(file, "r") as container:
            return [(packet.pts, bytes(packet)) for packet in container.demux() if packet.size]


def but_for_salts(manifest: Manifest) -> Manifest:
    """What two sealings of one consultation have in common: all but when, and the salts of the files that they made."""
    files = [replace(one, sha256="0" * 64, blocks=()) if one.kind is FileKind.TRACK else one for one in manifest.files]
    return replace(manifest, files=files, sealed_unix_ms=0)


@pytest.mark.parametrize("run", range(KILLS))
def test_killed_at_any_point_it_is_sealed_the_next_time(tmp_path: Path, run: int) -> None:
    seed = int(os.environ.get("TORTURE_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
    dice = random.Random(f"{seed} {run}")
    made = archive(tmp_path / "killed")
    undisturbed = Archive(tmp_path / "undisturbed")
    shutil.copytree(made.data, undisturbed.data)
    journal = {p.name: p.read_bytes() for p in made.folder.glob("*.seg")}
    began = time.monotonic()
    expected = whole(undisturbed)
    takes_s = time.monotonic() - began
    after = [dice.random() * takes_s for _ in range(3)]
    print(f"seed {seed} run {run}: killed after {[round(s * 1000) for s in after]} of {takes_s * 1000:.0f} ms")
    for pause_s in after:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.recordings.sealed", str(made.data)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(pause_s)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert {p.name: p.read_bytes() for p in made.folder.glob("*.seg")} == journal
    manifest = whole(made)
    assert but_for_salts(manifest) == but_for_salts(expected)
    for track in manifest.tracks:
        assert frames_of(made, track) == frames_of(undisturbed, track)


def test_a_full_disk_leaves_nothing_that_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = archive(tmp_path)
    real, room = os.pwrite, [300_000]

    def narrow(descriptor: int, data: bytes, at: int) -> int:
        room[0] -= len(data)
        return real(descriptor, data, at) if room[0] >= 0 else real(descriptor, data[:10], at)

    monkeypatch.setattr(os, "pwrite", narrow)
    for size in (0, 1_000, 300_000, 900_000):
        room[0] = size
        with pytest.raises(StorageFull):
            made.seal()
        assert not (made.folder / MANIFEST).exists()
    monkeypatch.undo()
    whole(made)
