"""The fast lane out of a journal: the stretch that is asked for, and nothing strange."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recordings.chunk import Entry, Fast
from recordings.journal import Damage, MediaJournal
from recordings.replay.fast import fast_lane
from signalling.fast import Pointer, encode_fast
from tests.recordings import segments
from tests.recordings.media.senders import KEY, write
from tests.recordings.sealed import talk
from tests.recordings.segments import CONSULTATION


def moved(t: int, sender: int = 1) -> Fast:
    return Fast(t, sender, encode_fast(Pointer(track=1, x=t % 65_536, y=0, shown=True), epoch=0, counter=t, sender=1))


def test_a_stretch_begins_and_ends_where_it_is_asked(tmp_path: Path) -> None:
    entries: list[Entry] = [moved(t) for t in range(0, 30_000_000, 250_000)]
    write(tmp_path, entries, KEY)
    found = list(fast_lane(tmp_path, CONSULTATION, KEY, 9_500_000, 10_500_000))
    assert [one.t for one in found] == [9_500_000, 9_750_000, 10_000_000, 10_250_000]
    assert list(fast_lane(tmp_path, CONSULTATION, KEY, 5, 5)) == []


def test_where_nobody_pointed_only_the_stretch_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, talk(40), KEY)
    read: list[int] = []
    journal_read = MediaJournal.read

    def noting(journal: MediaJournal, since: int = 0) -> Iterator[Entry | Damage]:
        for entry in journal_read(journal, since):
            read.extend([] if isinstance(entry, Damage) else [entry.t])
            yield entry

    monkeypatch.setattr(MediaJournal, "read", noting)
    assert list(fast_lane(tmp_path, CONSULTATION, KEY, 11_000_000, 21_000_000)) == []
    assert 21_000_000 <= max(read) < 23_000_000


def test_a_packet_that_is_a_little_ahead_ends_nothing(tmp_path: Path) -> None:
    said = talk(12)
    ahead = sum(one.t < 10_300_000 for one in said)
    write(tmp_path, [*said[:ahead], moved(9_999_999), *said[ahead:]], KEY)
    assert [one.t for one in fast_lane(tmp_path, CONSULTATION, KEY, 0, 10_000_000)] == [9_999_999]


def test_what_is_no_message_is_left_out_and_damage_passed(tmp_path: Path) -> None:
    write(tmp_path, [moved(1), Fast(2, 1, b""), moved(3, sender=2), Fast(4, 1, b"\xff" * 40), moved(5)], KEY)
    segments.path(tmp_path, 3).write_bytes(b"nothing of ours")
    assert [one.t for one in fast_lane(tmp_path, CONSULTATION, KEY, 0, 60_000_000)] == [1, 5]
