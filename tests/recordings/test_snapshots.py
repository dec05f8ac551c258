"""Snapshots: the nearest before a time, each with its hash; what is damaged, foreign or beyond the log is not used."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from recordings import (
    Erased,
    LogDamaged,
    NotAuthentic,
    Snapshot,
    SnapshotWriter,
    first_difference,
    nearest,
    read_snapshots,
)
from recordings.crypt import FileKey
from recordings.framing import HEADER, frame, scan
from recordings.snapshots import FILE
from signalling.canonical import state_hash
from signalling.fold import fold
from signalling.generate.people import CONSULTATION
from signalling.generate.scenarios import scenarios
from signalling.ids import ConsultationId
from signalling.state import State
from tests.keys import ONE_KEY, keyring

EVENTS = scenarios()["whole_call"]
LAST = len(EVENTS)
KEY = ONE_KEY.key


def states() -> list[tuple[State, int]]:
    found, state = [], State()
    for event in EVENTS:
        state = fold(state, event)
        found.append((state, event.t))
    return found


def write(folder: Path, numbers: range, last_seq: int = LAST) -> None:
    with SnapshotWriter.open(folder, CONSULTATION, KEY, last_seq) as writer:
        for number in numbers:
            writer.take(*states()[number])
        writer.sync()


def read(folder: Path) -> list[Snapshot]:
    return list(read_snapshots(folder, CONSULTATION, KEY))


def test_the_nearest_before_a_time(tmp_path: Path) -> None:
    write(tmp_path, range(4, LAST, 5))
    taken = [states()[number] for number in range(4, LAST, 5)]
    for t in sorted({0, taken[0][1] - 1, *(at for _, at in taken), taken[-1][1] + 1}):
        expected = [state for state, at in taken if at <= t]
        found = nearest(tmp_path, CONSULTATION, KEY, t)
        assert (found.state if found else None) == (expected[-1] if expected else None)
        assert found is None or found.hash == state_hash(found.state)


def test_few_are_opened_to_find_it_also_after_restarts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for begin in range(0, LAST, 7):  # each with a key of its own
        write(tmp_path, range(begin, min(LAST, begin + 7)))
    times = [one.t for one in read(tmp_path)]
    opened: list[int] = []
    real = FileKey.open
    monkeypatch.setattr(FileKey, "open", lambda key, box, number: opened.append(number) or real(key, box, number))
    for t in range(0, times[-1] + 2, max(1, times[-1] // 50)):
        found = nearest(tmp_path, CONSULTATION, KEY, t)
        assert (found.t if found else None) == max((at for at in times if at <= t), default=None)
        assert len(opened) <= len(times).bit_length() + 2
        opened.clear()


def test_a_damaged_one_hides_itself_only_from_those_before_it(tmp_path: Path) -> None:
    write(tmp_path, range(LAST))
    file = tmp_path / FILE
    found = scan(file.read_bytes()).records
    offset = len(HEADER) + sum(len(frame(one)) for one in found[:6])
    data = bytearray(file.read_bytes())
    data[offset + 20] ^= 1
    file.write_bytes(data)
    for t in range(0, states()[4][1] + 1, 1 + states()[4][1] // 20):
        one = nearest(tmp_path, CONSULTATION, KEY, t)
        assert (one.seq if one else 0) == sum(at <= t for _, at in states())


def test_without_snapshots_a_replay_folds_from_the_beginning(tmp_path: Path) -> None:
    assert nearest(tmp_path, CONSULTATION, KEY, 10**9) is None
    assert read(tmp_path) == []


def test_going_on_after_a_restart(tmp_path: Path) -> None:
    write(tmp_path, range(5))
    write(tmp_path, range(5, 9))
    assert [one.seq for one in read(tmp_path)] == list(range(1, 10))
    assert [record[:1] for record in scan((tmp_path / FILE).read_bytes()).records[1:]].count(b"K") == 1


def test_what_is_beyond_the_log_is_taken_away(tmp_path: Path) -> None:
    """A power cut took the log's last second: other events will have these numbers."""
    write(tmp_path, range(9))
    write(tmp_path, range(5, 6), last_seq=5)
    assert [one.seq for one in read(tmp_path)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("damage", ["torn", "flipped", "garbage", "empty"])
def test_after_damage_it_goes_on_behind_what_is_good(tmp_path: Path, damage: str) -> None:
    write(tmp_path, range(5))
    file = tmp_path / FILE
    data = bytearray(file.read_bytes())
    match damage:
        case "torn":
            data = data[:-3]
        case "flipped":
            data[-3] ^= 1
        case "garbage":
            data = bytearray(b"garbage")
        case _:
            data = bytearray()
    file.write_bytes(data)
    write(tmp_path, range(4, 6))
    good = [1, 2, 3, 4] if damage in {"torn", "flipped"} else []
    assert [one.seq for one in read(tmp_path)] == [*good, 5, 6]


def test_a_changed_one_is_told(tmp_path: Path) -> None:
    write(tmp_path, range(5))
    file = tmp_path / FILE
    records = scan(file.read_bytes()).records
    records[2] = records[2][:-1] + bytes([records[2][-1] ^ 1])
    file.write_bytes(HEADER + b"".join(frame(record) for record in records))
    with pytest.raises(NotAuthentic):
        read(tmp_path)
    write(tmp_path, range(1, 2))  # it is made again behind the good one
    assert [one.seq for one in read(tmp_path)] == [1, 2]


def test_another_consultation_s_are_not_used(tmp_path: Path) -> None:
    write(tmp_path, range(5))
    with pytest.raises(LogDamaged, match="another consultation"):
        list(read_snapshots(tmp_path, ConsultationId("z" * 26), KEY))


def test_a_wrong_hash_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, SnapshotWriter.open(tmp_path, CONSULTATION, KEY, LAST) as writer:
        real = writer.append
        patched.setattr(writer, "append", lambda text: real(text.replace(b'"hash":"', b'"hash":"0')))
        writer.take(*states()[3])
    with pytest.raises(LogDamaged, match="another hash"):
        nearest(tmp_path, CONSULTATION, KEY, 10**9)


def test_an_erased_consultation_has_none(tmp_path: Path) -> None:
    keys = keyring(tmp_path)
    folder = keys.folder(CONSULTATION)
    with SnapshotWriter.open(folder, CONSULTATION, keys.create(CONSULTATION), LAST) as writer:
        writer.take(*states()[3])
    keys.destroy(CONSULTATION)
    with pytest.raises(Erased):
        nearest(folder, CONSULTATION, keys.open(CONSULTATION), 10**9)
    assert b"patient" not in (folder / FILE).read_bytes()


def test_the_fold_of_the_log_is_what_was_live(tmp_path: Path) -> None:
    write(tmp_path, range(4, LAST, 5))
    assert first_difference(EVENTS, read(tmp_path)) is None
    changed = [replace(event, t=event.t + 1) if event.seq == 2 else event for event in EVENTS]
    assert first_difference(changed, read(tmp_path)) in {None, 5}
    lost = [event for event in EVENTS if event.seq != 3]
    assert first_difference(lost, read(tmp_path)) == 5
    assert first_difference(EVENTS[:7], read(tmp_path)) == 10
