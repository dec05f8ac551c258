"""The keeper of logs: written before anybody is told, a full disk, groups of syncs, what moves when it is over."""

from pathlib import Path

import pytest

from recordings import LogWriter, read_consultation
from sefaw_rtc.service import log_keeper
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.metrics import Metrics
from signalling.codec import encode_event
from signalling.events import Closed, Closing, Event, Observed, Opened
from signalling.fold import fold_all
from signalling.ids import ConsultationId
from signalling.vocabulary import CloseReason, Status
from tests.disk import Disk
from tests.keys import keyring

ID = ConsultationId("l" * 26)


def event(seq: int) -> Event:
    return Event(seq=seq, t=seq, by=0, body=Opened())


@pytest.fixture
def keeper(tmp_path: Path) -> LogKeeper:
    return LogKeeper(tmp_path, keyring(tmp_path), Metrics())


async def test_what_is_appended_is_in_the_file_at_once(keeper: LogKeeper, tmp_path: Path) -> None:
    kept = await keeper.create(ID, 1)
    kept.append(event(1))
    assert [e.seq for e in read_consultation(tmp_path / "consultations/live" / f"{ID}.log", keeper.keyring).events] == [
        1
    ]
    kept.close(finished=False)
    await keeper.close()


async def test_a_finished_log_moves_to_the_closed_ones(keeper: LogKeeper) -> None:
    kept = await keeper.create(ID, 1)
    kept.append(event(1))
    kept.close(finished=True)
    await keeper.close()
    assert len(read_consultation(keeper.closed_path(ID), keeper.keyring).events) == 1
    assert await keeper.recover() == []


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


async def test_a_full_disk_is_said_once_and_nothing_is_lost_when_there_is_room_again(
    keeper: LogKeeper, disk: Disk
) -> None:
    kept = await keeper.create(ID, 1)
    troubles: list[bool] = []
    back: list[int] = []
    kept.on_trouble = lambda: troubles.append(True)
    kept.on_back = back.append
    kept.append(event(1))
    disk.full = True
    kept.append(event(2))
    kept.append(event(3))
    assert (kept.waiting, kept.keeps, troubles, back) == (2, False, [True], [])
    await keeper.sync_now()
    assert (kept.waiting, back) == (2, [])
    disk.full = False
    await keeper.sync_now()
    assert (kept.waiting, kept.keeps, back) == (0, True, [2])
    kept.append(event(4))
    kept.close(finished=True)
    await keeper.close()
    assert [e.seq for e in read_consultation(keeper.closed_path(ID), keeper.keyring).events] == [1, 2, 3, 4]
    assert (troubles, back) == ([True], [2])


async def test_a_log_that_lost_events_says_how_many_and_how_it_ended(
    keeper: LogKeeper, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_keeper, "PENDING_MOST_BYTES", 2 * len(encode_event(event(2))))
    kept = await keeper.create(ID, 1)
    kept.append(event(1))
    disk.full = True
    for seq in range(2, 8):
        kept.append(event(seq))
    assert (kept.waiting, kept.keeps) == (2, False)  # 2 and 3; 4 to 7 are lost
    disk.full = False
    await keeper.sync_now()
    kept.append(event(8))  # passed over too: what follows a gap does not fold
    kept.append(Event(seq=9, t=9, by=0, body=Closing(reason=CloseReason.HUNG_UP)))
    kept.append(Event(seq=10, t=10, by=0, body=Closed(reason=CloseReason.HUNG_UP)))
    kept.close(finished=True)
    await keeper.close()
    events = read_consultation(keeper.closed_path(ID), keeper.keyring).events
    lost = [(e.seq, e.body.value) for e in events if isinstance(e.body, Observed)]
    assert lost == [(4, 4), (5, 1)]
    assert [e.seq for e in events] == [1, 2, 3, 4, 5, 6, 7]
    assert fold_all(events).status is Status.CLOSED
    assert fold_all(events).close_reason is CloseReason.HUNG_UP


async def test_all_logs_together_are_bounded_too(
    keeper: LogKeeper, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_keeper, "PENDING_ALL_BYTES", 3 * len(encode_event(event(2))))
    logs = [await keeper.create(ConsultationId(letter * 26), 1) for letter in "ab"]
    disk.full = True
    for seq in range(1, 5):
        for kept in logs:
            kept.append(event(seq))
    assert keeper.waiting <= 3
    disk.full = False
    for kept in logs:
        kept.close(finished=False)
    await keeper.close()


async def test_a_consultation_that_ends_while_the_disk_is_full_is_kept_later(keeper: LogKeeper, disk: Disk) -> None:
    kept = await keeper.create(ID, 1)
    disk.full = True
    kept.append(event(1))
    kept.close(finished=True)
    await keeper.sync_now()
    assert not keeper.closed_path(ID).exists()
    disk.full = False
    await keeper.sync_now()
    await keeper.settled()
    assert [e.seq for e in read_consultation(keeper.closed_path(ID), keeper.keyring).events] == [1]
    await keeper.close()


@pytest.mark.parametrize("finished", [True, False])
async def test_who_closed_a_log_is_told_nothing_of_it_any_more(keeper: LogKeeper, disk: Disk, finished: bool) -> None:
    """Its host would decide and set a timer once more, after the end or while the server stops."""
    kept = await keeper.create(ID, 1)
    told: list[object] = []
    kept.on_back, kept.on_trouble, kept.on_full = (
        told.append,
        lambda: told.append("trouble"),
        lambda: told.append("full"),
    )
    disk.full = True
    kept.append(event(1))
    kept.close(finished=finished)
    disk.full = False
    await keeper.close()
    path = keeper.closed_path(ID) if finished else keeper.live_path(ID)
    assert [e.seq for e in read_consultation(path, keeper.keyring).events] == [1]
    assert told == ["trouble"]


async def test_a_server_that_stops_while_the_disk_is_full_leaves_the_log_open(keeper: LogKeeper, disk: Disk) -> None:
    kept = await keeper.create(ID, 1)
    kept.append(event(1))
    disk.full = True
    kept.append(event(2))
    kept.close(finished=True)
    await keeper.close()
    assert not keeper.closed_path(ID).exists()
    assert [e.seq for e in read_consultation(keeper.live_path(ID), keeper.keyring).events] == [1]


async def test_a_log_without_end_is_ended(tmp_path: Path) -> None:
    keeper = LogKeeper(tmp_path, keyring(tmp_path), Metrics(), most_bytes=300)
    kept = await keeper.create(ID, 1)
    full: list[bool] = []
    kept.on_full = lambda: full.append(True)
    for seq in range(1, 30):
        kept.append(event(seq))
    assert full == [True]
    kept.close(finished=True)
    await keeper.close()


async def test_a_damaged_log_is_left_and_the_others_come_back(keeper: LogKeeper, tmp_path: Path) -> None:
    kept = await keeper.create(ID, 7)
    kept.append(event(1))
    damaged = tmp_path / "consultations/live" / f"{'d' * 26}.log"
    damaged.write_bytes(b"not a log at all")
    kept.close(finished=False)
    await keeper.close()
    recovered = await LogKeeper(tmp_path, keyring(tmp_path), Metrics()).recover()
    assert [(read.header.consultation, read.header.started_unix_us) for _, read in recovered] == [(ID, 7)]
    assert damaged.exists()
    recovered[0][0].close(finished=False)


async def test_dirty_logs_are_synced_in_a_group(keeper: LogKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(LogWriter, "sync", lambda _self: synced.append("sync"))
    kept = await keeper.create(ID, 1)
    for seq in range(1, 10):
        kept.append(event(seq))
    assert synced == []
    await keeper.sync_now()
    await keeper.sync_now()
    assert synced == ["sync"]
    kept.close(finished=False)
    await keeper.close()
