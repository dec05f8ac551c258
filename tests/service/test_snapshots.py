"""When a consultation's state is kept, and that it is never ahead of its log."""

from pathlib import Path

import pytest

from recordings import Snapshot, first_difference, read_consultation, read_snapshots
from recordings import snapshots as format_module
from sefaw_rtc.service import snapshots as module
from sefaw_rtc.service.kept_log import KeptLog
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.metrics import Metrics
from signalling.events import Body, Closed, Closing, Event, Opened
from signalling.fold import fold
from signalling.ids import ConsultationId
from signalling.state import State
from signalling.vocabulary import CloseReason
from tests.disk import Disk
from tests.keys import keyring

ID = ConsultationId("l" * 26)
SECOND = 1_000_000


class Live:
    """A consultation whose events are what a test says."""

    def __init__(self, kept: KeptLog, state: State | None = None) -> None:
        self.kept, self.state = kept, state or State()

    def happens(self, t: int, body: Body | None = None) -> None:
        event = Event(seq=self.state.seq + 1, t=t, by=0, body=body or Opened())
        self.state = fold(self.state, event)
        self.kept.append(event)
        self.kept.folded(self.state, t)

    def closes(self, t: int) -> None:
        self.happens(t, Closing(reason=CloseReason.LEFT))
        self.happens(t, Closed(reason=CloseReason.LEFT))
        self.kept.close(finished=True)


@pytest.fixture
def keeper(tmp_path: Path) -> LogKeeper:
    return LogKeeper(tmp_path, keyring(tmp_path), Metrics())


def taken(keeper: LogKeeper) -> list[Snapshot]:
    keys = keeper.keyring
    return list(read_snapshots(keys.folder(ID), ID, keys.open(ID)))


async def test_every_ten_seconds_every_200_events_and_at_the_end(keeper: LogKeeper) -> None:
    live = Live(await keeper.create(ID, 1))
    for t in (1, 9 * SECOND, 10 * SECOND, 12 * SECOND, 19 * SECOND, 21 * SECOND):
        live.happens(t)
        await keeper.snapshots.written(ID)
    for _ in range(200):
        live.happens(22 * SECOND)
    await keeper.snapshots.written(ID)
    live.closes(23 * SECOND)
    await keeper.close()
    assert [one.seq for one in taken(keeper)] == [3, 6, 206, 208]
    events = read_consultation(keeper.closed_path(ID), keeper.keyring).events
    assert first_difference(events, taken(keeper)) is None


async def test_while_the_disk_takes_nothing_none_is_ahead_of_the_log(
    keeper: LogKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    live = Live(await keeper.create(ID, 1))
    disk.full = True
    live.happens(20 * SECOND)
    await keeper.snapshots.written(ID)
    assert taken(keeper) == []
    disk.full = False
    await keeper.sync_now()
    live.happens(21 * SECOND)
    live.kept.close(finished=False)
    await keeper.close()
    assert [one.seq for one in taken(keeper)] == [2]


async def test_after_a_restart_they_go_on_and_one_beyond_the_log_is_gone(keeper: LogKeeper, tmp_path: Path) -> None:
    live = Live(await keeper.create(ID, 1))
    live.happens(11 * SECOND)
    await keeper.snapshots.written(ID)
    live.happens(22 * SECOND)
    live.kept.close(finished=False)
    await keeper.close()
    path = keeper.live_path(ID)
    path.write_bytes(path.read_bytes()[:-10])  # a power cut took the second event
    again = LogKeeper(tmp_path, keyring(tmp_path), Metrics())
    [(kept, read)] = await again.recover()
    live = Live(kept, fold(State(), read.events[0]))
    live.happens(23 * SECOND)
    await again.snapshots.written(ID)
    live.closes(24 * SECOND)
    await again.close()
    events = read_consultation(again.closed_path(ID), again.keyring).events
    assert [(one.seq, one.t) for one in taken(again)] == [(1, 11 * SECOND), (2, 23 * SECOND), (4, 24 * SECOND)]
    assert first_difference(events, taken(again)) is None


async def test_a_consultation_without_a_key_goes_on_without_snapshots(keeper: LogKeeper) -> None:
    live = Live(await keeper.create(ID, 1))
    keeper.keyring.destroy(ID)
    live.happens(11 * SECOND)
    live.closes(12 * SECOND)
    await keeper.close()
    assert not (keeper.keyring.folder(ID) / format_module.FILE).exists()
    assert keeper.closed_path(ID).exists()


async def test_their_file_has_an_end(keeper: LogKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    live = Live(await keeper.create(ID, 1))
    live.happens(11 * SECOND)
    await keeper.snapshots.written(ID)
    live.closes(12 * SECOND)
    await keeper.close()
    assert [one.seq for one in taken(keeper)] == [3]
