"""The keeper of logs: written before anybody is told, a full disk, groups of syncs, what moves when it is over."""

from pathlib import Path

import pytest

from recordings import LogWriter, StorageFull, read_consultation
from sefaw_rtc.service import log_keeper
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.metrics import Metrics
from signalling.events import Event, Opened
from signalling.ids import ConsultationId

ID = ConsultationId("l" * 26)


def event(seq: int) -> Event:
    return Event(seq=seq, t=seq, by=0, body=Opened())


@pytest.fixture
def keeper(tmp_path: Path) -> LogKeeper:
    return LogKeeper(tmp_path, Metrics())


async def test_what_is_appended_is_in_the_file_at_once(keeper: LogKeeper, tmp_path: Path) -> None:
    kept = await keeper.create(ID, 1)
    kept.append(event(1))
    assert [e.seq for e in read_consultation(tmp_path / "consultations/live" / f"{ID}.log").events] == [1]
    kept.close(finished=False)
    await keeper.close()


async def test_a_finished_log_moves_to_the_closed_ones(keeper: LogKeeper) -> None:
    kept = await keeper.create(ID, 1)
    kept.append(event(1))
    kept.close(finished=True)
    await keeper.close()
    assert len(read_consultation(keeper.closed_path(ID)).events) == 1
    assert await keeper.recover() == []


async def test_a_full_disk_is_said_once_and_nothing_is_lost_when_there_is_room_again(
    keeper: LogKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await keeper.create(ID, 1)
    troubles: list[bool] = []
    kept.on_trouble = lambda: troubles.append(True)

    def full(_writer: LogWriter, _payload: bytes) -> None:
        raise StorageFull("no room")

    kept.append(event(1))
    with monkeypatch.context() as patched:
        patched.setattr(LogWriter, "append", full)
        kept.append(event(2))
        kept.append(event(3))
        assert kept.waiting == 2
        assert troubles == [True]
    kept.append(event(4))
    assert kept.waiting == 0
    kept.close(finished=True)
    await keeper.close()
    assert [e.seq for e in read_consultation(keeper.closed_path(ID)).events] == [1, 2, 3, 4]


async def test_a_log_that_lost_a_record_gets_no_later_one(keeper: LogKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = await keeper.create(ID, 1)
    monkeypatch.setattr(log_keeper, "PENDING_MOST", 2)
    kept.append(event(1))

    def full(_writer: LogWriter, _payload: bytes) -> None:
        raise StorageFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr(LogWriter, "append", full)
        for seq in range(2, 6):
            kept.append(event(seq))
    kept.append(event(6))
    kept.close(finished=True)
    await keeper.close()
    assert [e.seq for e in read_consultation(keeper.closed_path(ID)).events] == [1]


async def test_a_log_without_end_is_ended(tmp_path: Path) -> None:
    keeper = LogKeeper(tmp_path, Metrics(), most_bytes=300)
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
    recovered = await LogKeeper(tmp_path, Metrics()).recover()
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
