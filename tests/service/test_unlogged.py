"""What a kill kept out of the transparency log is found at the next start, and nothing is looked at twice for ever."""

import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from recordings import LogWriter, StorageFull, read_consultation
from recordings.crypt import leaf_secret
from recordings.leaves import PROOF, kept_leaf, kept_leaves
from recordings.manifest import MANIFEST, FileEntry, FileKind, LogFacts, Manifest, Segment
from recordings.tlog import LeafKind
from recordings.tlog.leaf import salted
from sefaw_rtc.service.leaf_events import digest_of
from sefaw_rtc.service.outages import Outages
from sefaw_rtc.service.own_log import THROUGH
from sefaw_rtc.service.proofs import Proofs
from sefaw_rtc.service.rounds import Partners, Rounds
from sefaw_rtc.service.segment_leaves import SegmentLeaves
from sefaw_rtc.service.unlogged import MARGIN_MS, Unlogged
from signalling.codec import encode_event
from signalling.events import Event, Opened
from signalling.ids import ConsultationId
from tests.recordings.segments import path as segment_path
from tests.service.test_notary import DIGEST, ONE, OTHER, Desktop

ROOT = Path(__file__).parents[2]


class Office(Desktop):
    """A notary with all that is around it, of one process's life."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.closed = data / "closed"
        self.closed.mkdir(exist_ok=True)
        self.recording: set[ConsultationId] = set()
        self.proofs = Proofs(self.notary, Rounds(self.notary, Partners(), 1, outages=Outages(data)), self.keyring)
        self.segments = SegmentLeaves(self.notary, self.keyring, lambda: self.recording)
        self.unlogged = Unlogged(data / "tlog", self.keyring, self.closed, self.notary, self.proofs, self.segments)

    async def found(self) -> int:
        """Leaves of the log after a search."""
        await self.unlogged.find()
        await self.notary.settle()
        assert self.notary.transparency is not None
        return self.notary.transparency.size

    def log_of(self, consultation: ConsultationId) -> Path:
        path = self.closed / f"{consultation}.log"
        with LogWriter.create(path, consultation, 1, self.keyring.create(consultation)) as writer:
            writer.append(encode_event(Event(seq=1, t=1, by=0, body=Opened())))
        return path


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path)
    yield made
    await made.notary.close()


async def test_a_leaf_that_was_kept_and_not_logged(office: Office) -> None:
    kept_leaf(office.keyring.folder(ONE), ONE, LeafKind.SCORE, DIGEST, 1, "score-1")
    kept_leaf(office.keyring.folder(OTHER), OTHER, LeafKind.EXPORT, DIGEST, 1, "export-1")
    assert await office.found() == 2
    assert await office.found() == 2, "once"


async def test_an_event_that_has_no_leaf_yet(office: Office) -> None:
    office.log_of(ONE)
    assert await office.found() == 1
    assert office.leaves() == ["opened-000001"]


async def test_a_seal_and_segments_that_have_none(office: Office) -> None:
    """Killed between the manifest and everything that follows it."""
    manifest = sealed(office, ONE, {1: "a" * 64, 2: "b" * 64})
    assert await office.found() == 3
    assert office.leaves() == ["sealed", "segment-000001", "segment-000002"]
    assert kept_leaves(office.keyring.folder(ONE))["sealed"].digest == manifest.digest
    await office.proofs.refresh()
    assert (office.keyring.folder(ONE) / PROOF / "sealed.tlog-proof").exists()
    assert office.proofs.waiting == 0, "nobody else is asked"


async def test_what_was_logged_long_ago_is_not_looked_at(office: Office) -> None:
    office.log_of(ONE)
    kept_leaf(office.keyring.folder(ONE), ONE, LeafKind.SCORE, DIGEST, 1, "score-1")
    assert await office.found() == 2
    await office.unlogged.mark()
    old = time.time() - 2 * MARGIN_MS / 1000
    for path in (office.closed / f"{ONE}.log", office.keyring.folder(ONE) / PROOF):
        os.utime(path, (old, old))
    office.log_of(OTHER)
    assert list(office.unlogged._changed(office.unlogged._since() - MARGIN_MS)) == [OTHER]
    (office.data / "tlog" / THROUGH).write_text("nonsense")
    assert len(office.unlogged._changed(office.unlogged._since())) == 2


async def test_it_remembers_nothing_that_still_waits(office: Office) -> None:
    mark = office.data / "tlog" / THROUGH
    await office.unlogged.mark()
    assert not mark.exists(), "it has not looked yet"
    await office.found()
    office.notary.note(ONE, LeafKind.SCORE, DIGEST)
    await office.unlogged.mark()
    assert not mark.exists(), "a leaf waits"
    await office.notary.settle()
    office.notary.dropped = True
    await office.unlogged.mark()
    assert not mark.exists(), "something was passed over"
    await office.found()
    office.proofs.sealed(ONE, 4711)
    await office.unlogged.mark()
    assert mark.read_text() == "4711", "a proof is not the last one yet"


async def test_a_full_disk_ends_the_search_until_the_next_start(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sefaw_rtc.service.unlogged._MANY", 0)
    office.errors = iter([StorageFull("no room")])
    for consultation in (ONE, OTHER):
        kept_leaf(office.keyring.folder(consultation), consultation, LeafKind.SCORE, DIGEST, 1)
    assert await office.found() == 1
    await office.unlogged.mark()
    assert not (office.data / "tlog" / THROUGH).exists()


async def test_one_that_cannot_be_read_hides_no_other(office: Office) -> None:
    path = office.log_of(ONE)
    path.write_bytes(b"nonsense")
    office.keyring.destroy(ONE)
    office.log_of(OTHER)
    kept_leaf(office.keyring.folder(OTHER), OTHER, LeafKind.SCORE, DIGEST, 1, "score-1")
    (office.keyring.folder(OTHER) / PROOF / "torn.leaf").write_bytes(b"{")
    with structlog.testing.capture_logs() as lines:
        assert await office.found() == 2
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["cannot be looked at"]


async def test_an_erased_one_keeps_its_leaves_and_makes_no_new_ones(office: Office) -> None:
    office.log_of(ONE)
    office.keyring.destroy(ONE)
    kept_leaf(office.keyring.folder(ONE), ONE, LeafKind.ERASURE, DIGEST, 1)
    assert await office.found() == 1


CHILD = """
import asyncio, sys
from pathlib import Path
from recordings import LogWriter
from signalling.codec import encode_event
from signalling.events import Event, Opened
from tests.service.test_notary import ONE
from tests.service.test_unlogged import Office

async def main():
    office = Office(Path(sys.argv[1]))
    if not (office.closed / f"{ONE}.log").exists():
        office.log_of(ONE)
    writer, read = LogWriter.recover(office.closed / f"{ONE}.log", office.keyring)
    running = asyncio.create_task(office.notary.run())
    seq = read.events[-1].seq
    while True:
        seq += 1
        event = Event(seq=seq, t=seq, by=0, body=Opened())
        writer.append(encode_event(event))
        office.notary.saw(ONE, [event])
        print(seq, flush=True)
        await asyncio.sleep(0.001)
        if seq % 7 == 0 and office.notary.transparency is not None:
            await asyncio.to_thread(office.notary.transparency.publish)

asyncio.run(main())
"""


async def test_killed_at_any_moment_every_event_that_is_a_leaf_is_logged_once_after_the_next_start(
    tmp_path: Path,
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    dice = random.Random(seed)
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(dice.random() * 0.3)
        child.kill()
        child.communicate()
        office = Office(tmp_path)
        size = await office.found()
        events = read_consultation(office.closed / f"{ONE}.log", office.keyring).events
        transparency = office.notary.transparency
        assert transparency is not None
        leaves = kept_leaves(office.keyring.folder(ONE))
        assert size == len(leaves) == len(events)
        assert all(transparency.number_of(leaf.entry) is not None for leaf in leaves.values())
        secret = leaf_secret(office.keyring.open(ONE))
        assert {leaf.digest for leaf in leaves.values()} == {salted(secret, digest_of(event)) for event in events}
        await office.notary.close()


# ---- segments -------------------------------------------------------------------------------------------------------


async def test_a_segment_is_noted_when_another_follows_it(office: Office) -> None:
    folder = office.keyring.folder(ONE)
    folder.mkdir(parents=True)
    office.recording.add(ONE)
    for number, count in ((1, 0), (2, 1), (3, 2)):
        segment_path(folder, number).write_bytes(b"%d" % number)
        await office.segments.look()
        await office.segments.look()
        await office.notary.settle()
        assert len(office.leaves()) == count
    office.recording.clear()
    await office.segments.look()
    assert office.segments._noted == {}


async def test_after_a_restart_they_are_not_noted_twice(tmp_path: Path) -> None:
    for _ in range(2):
        office = Office(tmp_path)
        office.recording.add(ONE)
        folder = office.keyring.folder(ONE)
        folder.mkdir(parents=True, exist_ok=True)
        for number in (1, 2):
            segment_path(folder, number).write_bytes(b"%d" % number)
        await office.segments.look()
        assert office.notary.waiting == (1 if not office.leaves() else 0)
        await office.notary.close()


async def test_a_segment_that_was_changed_before_the_seal_is_found_out(office: Office) -> None:
    """The leaf of what was written stays, and contradicts the manifest: here, and to whoever verifies a bundle."""
    office.notary.note(ONE, LeafKind.SEGMENT, "c" * 64, "segment-000001")
    await office.notary.settle()
    manifest = sealed(office, ONE, {1: "a" * 64, 2: "b" * 64})
    with structlog.testing.capture_logs() as lines:
        await office.segments.sealed(ONE, manifest)
    assert [(line["event"], line["count"]) for line in lines] == [("segments are not what was written", 1)]
    await office.notary.settle()
    found = kept_leaves(office.keyring.folder(ONE))
    assert (found["segment-000001"].digest, found["segment-000002"].digest) == ("c" * 64, "b" * 64)


def sealed(office: Office, consultation: ConsultationId, segments: dict[int, str]) -> Manifest:
    """A manifest of segments that have these digests."""
    names = {number: f"media/media-{number:06}.seg" for number in segments}
    manifest = Manifest.parse(
        bytes(
            Manifest(
                consultation=consultation,
                started_unix_us=1,
                sealed_unix_ms=1,
                files=[
                    FileEntry(name=names[n], kind=FileKind.MEDIA, size=1, sha256=digest)
                    for n, digest in segments.items()
                ],
                log=LogFacts(records=1, head="d" * 64),
                state="e" * 64,
                seq=0,
                segments=tuple(Segment(number=n, file=names[n], t_from=0, t_to=1) for n in segments),
            )
        )
    )
    folder = office.keyring.folder(consultation)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_bytes(bytes(manifest))
    return manifest
