"""What is noted is kept in its consultation's folder and logged, once, whatever the disk and the clock do."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings import Keyring, StorageFull
from recordings.crypt import leaf_secret
from recordings.leaves import PROOF, kept_leaves
from recordings.tlog import LeafKind, Signer, TlogDamaged, TransparencyLog
from recordings.tlog.leaf import salted
from sefaw_rtc.service import leaf_events
from sefaw_rtc.service.notary import WAITING_MOST, Notary
from signalling.events import Event, Opened
from signalling.ids import ConsultationId
from signalling.recording import ConsentEnded, RecordingStarted
from signalling.vocabulary import ConsentEnd
from tests.recordings.sealed import SITE

ONE, OTHER = ConsultationId("a" * 26), ConsultationId("b" * 26)
DIGEST = "1" * 64
LOG = Signer("node.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


class Desktop:
    """A notary, and what it may be told by its disk and its clock."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.errors: Iterator[Exception] = iter(())
        self.now = 1000
        self.keyring = Keyring(data / "archive", SITE)
        self.notary = Notary(self.keyring, self.open, now_ms=lambda: self.now)

    def open(self) -> TransparencyLog:
        for error in self.errors:
            raise error
        return TransparencyLog.open(self.data / "tlog", LOG)

    def leaves(self, consultation: ConsultationId = ONE) -> list[str]:
        return list(kept_leaves(self.keyring.folder(consultation)))


@pytest.fixture
async def desktop(tmp_path: Path) -> AsyncIterator[Desktop]:
    made = Desktop(tmp_path)
    yield made
    await made.notary.close()


def size(data: Path) -> int:
    with TransparencyLog.open(data / "tlog", LOG) as log:
        return log.size


async def test_what_is_noted_is_kept_and_logged_once(desktop: Desktop) -> None:
    notary = desktop.notary
    for _ in range(2):
        notary.note(ONE, LeafKind.SEALED, DIGEST)
        notary.note(ONE, LeafKind.EXPORT, DIGEST, "export-1")
        notary.note(OTHER, LeafKind.SEALED, DIGEST)
    assert await notary.settle()
    assert notary.transparency is not None
    leaves = [*kept_leaves(desktop.keyring.folder(ONE)).values(), *kept_leaves(desktop.keyring.folder(OTHER)).values()]
    assert [notary.transparency.number_of(leaf.entry) for leaf in leaves] == [1, 0, 2]
    assert (notary.transparency.size, desktop.leaves()) == (3, ["export-1", "sealed"])


async def test_events_that_are_leaves_are_noted_by_their_number(desktop: Desktop) -> None:
    secret = leaf_secret(desktop.keyring.create(ONE))
    bodies = (Opened(), ConsentEnded(participant=0, reason=ConsentEnd.WITHDRAWN), RecordingStarted())
    events = [Event(seq=n, t=n, by=0, body=body) for n, body in enumerate(bodies, 1)]
    desktop.notary.saw(ONE, events)
    await desktop.notary.settle()
    found = kept_leaves(desktop.keyring.folder(ONE))
    assert set(found) == {"opened-000001", "consent-000002"}
    assert found["consent-000002"].digest == salted(secret, leaf_events.digest_of(events[1]))


async def test_of_what_is_erased_it_is_logged_once_that_something_happened_and_never_what(desktop: Desktop) -> None:
    event = Event(seq=1, t=1, by=0, body=Opened())
    for _ in range(2):
        desktop.notary.saw(ONE, [event])
    await desktop.notary.settle()
    (leaf,) = kept_leaves(desktop.keyring.folder(ONE)).values()
    assert leaf.digest != leaf_events.digest_of(event)
    assert desktop.notary.transparency is not None
    assert desktop.notary.transparency.size == 1


async def test_a_full_disk_keeps_nobody_waiting_and_costs_no_leaf(desktop: Desktop) -> None:
    desktop.errors = iter([StorageFull("no room"), StorageFull("no room")])
    notary = desktop.notary
    notary.note(ONE, LeafKind.SEALED, DIGEST)
    assert not await notary.settle()
    assert (notary.trouble, notary.waiting) == ("StorageFull", 1)
    notary.note(OTHER, LeafKind.SEALED, DIGEST)
    assert not await notary.settle()
    assert await notary.settle()
    assert (notary.trouble, notary.waiting) == ("", 0)
    assert notary.transparency is not None
    assert notary.transparency.size == 2


async def test_it_tries_again_by_itself(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sefaw_rtc.service.notary.RETRY_S", 0.001)
    desktop.errors = iter([StorageFull("no room")] * 3)
    task = asyncio.get_running_loop().create_task(desktop.notary.run())
    desktop.notary.note(ONE, LeafKind.SEALED, DIGEST)
    async with asyncio.timeout(20):
        while desktop.notary.waiting:  # noqa: ASYNC110 - a thread does it
            await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_memory_stays_bounded(desktop: Desktop) -> None:
    desktop.notary._waiting.extend([None] * WAITING_MOST)  # type: ignore[list-item] - their number counts
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            desktop.notary.note(ONE, LeafKind.SEALED, DIGEST)
    assert len(lines) == 1
    assert desktop.notary.dropped
    assert desktop.notary.waiting == WAITING_MOST
    desktop.notary._waiting.clear()


async def test_a_log_that_contradicts_itself_gets_nothing_more_and_leaves_are_kept(desktop: Desktop) -> None:
    desktop.errors = iter([TlogDamaged("rolled back")])
    desktop.notary.note(ONE, LeafKind.SEALED, DIGEST)
    await desktop.notary.settle()
    desktop.notary.note(OTHER, LeafKind.SEALED, DIGEST)
    await desktop.notary.settle()
    assert (desktop.notary.trouble, desktop.notary.waiting) == ("TlogDamaged", 0)
    assert desktop.leaves(ONE) == desktop.leaves(OTHER) == ["sealed"]
    assert not (desktop.data / "tlog").exists()


@pytest.mark.parametrize(("digest", "name"), [("no", ""), (DIGEST, "../out"), (DIGEST, "x" * 200)])
async def test_nonsense_is_said_and_holds_up_nothing(desktop: Desktop, digest: str, name: str) -> None:
    desktop.notary.note(ONE, LeafKind.SCORE, digest, name)
    desktop.notary.note(ONE, LeafKind.SCORE, DIGEST)
    assert await desktop.notary.settle()
    assert desktop.leaves() == ["score"]


async def test_a_clock_that_is_set_back_makes_no_leaf_older_than_the_one_before(desktop: Desktop) -> None:
    hour = 3_600_000
    for number, now in enumerate((2 * hour, hour, 2 * hour + 1)):
        desktop.now = now
        desktop.notary.note(ONE, LeafKind.ACCESS, DIGEST[:-1] + str(number), f"access-{number}")
    await desktop.notary.settle()
    times = [leaf.t_unix_ms for leaf in kept_leaves(desktop.keyring.folder(ONE)).values()]
    assert times == [2 * hour, 2 * hour, 2 * hour + 1]


async def test_a_cancelled_turn_makes_no_second_leaf(desktop: Desktop) -> None:
    """Stopping cancels whoever waits for the disk; the thread goes on, and the last turn finds what it did."""
    desktop.notary.note(ONE, LeafKind.SEALED, DIGEST)
    turn = asyncio.get_running_loop().create_task(desktop.notary.settle())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    await desktop.notary.close()
    assert size(desktop.data) == 1
    assert len(list((desktop.keyring.folder(ONE) / PROOF).glob("*.leaf"))) == 1
