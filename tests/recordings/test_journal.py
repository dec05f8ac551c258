"""The media journal read back: the golden files, every kind of damage found and located, seeking, and bounds."""

import itertools
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import Damage, DataKey, MediaJournal, Reason, StorageFailed
from recordings.chunk import (
    Dropped,
    Entry,
    Fast,
    MalformedChunk,
    Rtcp,
    Rtp,
    RunEnded,
    RunInfo,
    RunNamed,
    entries_of,
    varint,
)
from recordings.framing import HEADER, frame, scan
from signalling.ids import ConsultationId
from tests.keys import ONE_KEY
from tests.recordings import segments
from tests.recordings.segments import CONSULTATION, VP8, chunk, path, rtp, segment

GOLDEN = Path(__file__).parents[1] / "golden/journal_v1"
KEY = ONE_KEY.key
S = 1_000_000


def read(folder: Path, since: int = 0, key: DataKey = KEY) -> list[Entry | Damage]:
    return list(MediaJournal(folder, CONSULTATION, key).read(since))


def entries(found: list[Entry | Damage]) -> list[Entry]:
    return [one for one in found if not isinstance(one, Damage)]


def damage(found: list[Entry | Damage]) -> list[Damage]:
    return [one for one in found if isinstance(one, Damage)]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Three segments of 10 s, a chunk every half second, a packet every 100 ms."""
    for number in (1, 2, 3):
        begin = (number - 1) * 10 * S
        starts = range(begin, begin + 10 * S, S // 2)
        chunks = [chunk([rtp(t) for t in range(t0, t0 + S // 2, S // 10)], t0) for t0 in starts]
        chunks[0] = chunk([RunNamed(begin, 1, VP8), *(rtp(t) for t in range(begin, begin + S // 2, S // 10))], begin)
        path(tmp_path, number).write_bytes(segment(number, begin, chunks, KEY))
    return tmp_path


# ---- the format ---------------------------------------------------------------------------------------------------


def test_the_golden_files() -> None:
    told = json.loads((GOLDEN / "expected.json").read_bytes())
    key = DataKey(bytes.fromhex(told["data_key"]))
    consultation = ConsultationId(told["segments"][0]["header"]["consultation"])
    found = list(MediaJournal(GOLDEN, consultation, key).read())
    expected = [entry for one in told["segments"] for piece in one["chunks"] for entry in piece["entries"]]
    strange = [one for one in damage(found) if one.reason is not Reason.STRANGE]
    assert strange == []
    plains = [as_told(entry) for entry in entries(found)]
    assert plains == expected


def as_told(entry: Entry) -> dict[str, Any]:
    match entry:
        case RunNamed(info=info):
            fields = {name: getattr(info, name) for name in info.__struct_fields__}
            if fields["red"] is None:
                del fields["red"]
            return {"kind": "run", "run": entry.run, "t": entry.t, "info": fields}
        case Rtp():
            return {"kind": "rtp", "run": entry.run, "t": entry.t, "packet": entry.packet.hex()}
        case Rtcp():
            return {"kind": "rtcp", "peer": entry.peer, "t": entry.t, "packet": entry.packet.hex()}
        case Fast():
            return {"kind": "fast", "sender": entry.sender, "t": entry.t, "message": entry.message.hex()}
        case Dropped():
            lost = {"reason": entry.reason, "packets": entry.packets, "bytes": entry.size}
            return {"kind": "dropped", "run": entry.run, "t": entry.t, **lost}
        case RunEnded():
            return {"kind": "end", "run": entry.run, "t": entry.t}


TIMES = st.integers(0, 2**40)
NUMBERS = st.integers(1, 2**33)
ENTRIES = st.one_of(
    st.builds(
        RunNamed,
        TIMES,
        st.just(1),
        st.builds(
            RunInfo,
            NUMBERS.filter(lambda n: n < 2**32),
            *[st.just(v) for v in ("video", "AV1", 45, 90_000, 9, "h")],
            st.none() | st.just(63),
        ),
    ),
    st.builds(lambda t, body: Rtp(t, 1, b"\x80" + body), TIMES, st.binary(min_size=11, max_size=40)),
    st.builds(lambda t, peer, body: Rtcp(t, peer, b"\x81" + body), TIMES, NUMBERS, st.binary(min_size=3, max_size=40)),
    st.builds(Fast, TIMES, NUMBERS, st.binary(max_size=40)),
    st.builds(Dropped, TIMES, st.just(0), st.integers(0, 255), NUMBERS, NUMBERS),
    st.builds(RunEnded, TIMES, st.just(1)),
)


@given(given_entries=st.lists(ENTRIES, max_size=12))
def test_whatever_is_written_is_read(given_entries: list[Entry], tmp_path_factory: pytest.TempPathFactory) -> None:
    ordered = sorted(given_entries, key=lambda entry: entry.t)
    assert entries_of(chunk(ordered, 0)) == ordered
    folder = tmp_path_factory.mktemp("j")
    ordered = [RunNamed(0, 1, VP8), *ordered]
    path(folder, 1).write_bytes(segment(1, 0, [chunk(ordered, 0)], KEY))
    assert read(folder) == ordered


@given(plain=st.binary(max_size=300))
def test_any_plaintext_is_entries_or_refused(plain: bytes) -> None:
    try:
        found = entries_of(plain)
    except MalformedChunk:
        return
    assert len(found) <= len(plain) // 3


@pytest.mark.parametrize(
    "tail",
    [
        b"\x05",
        b"\0",
        b"\x80",
        b"\x02\x02\x80",
        b"\x03\x05\x00\x00",
        b"\x04\x01\x00\x01{",
        b"\xff" * 10,
        b"\x0b\x06" + b"\x80" * 10,
    ],
)
def test_what_is_no_entry(tail: bytes) -> None:
    with pytest.raises(MalformedChunk):
        entries_of(bytes(8) + tail)


def test_a_kind_to_come_is_passed_over_and_its_time_counts() -> None:
    unknown = varint_entry(b"\x07\x0a whatever")
    assert entries_of(bytes(8) + unknown + segments.encoded(RunEnded(11, 1), 10)) == [RunEnded(21 - 10, 1)]


def varint_entry(inner: bytes) -> bytes:
    return segments.varint(len(inner)) + inner


@given(value=st.integers(0, 2**64 - 1))
def test_a_number_of_64_bits(value: int) -> None:
    data = segments.varint(value)
    assert varint(data, 0, len(data)) == (value, len(data))


# ---- damage -------------------------------------------------------------------------------------------------------


def test_a_sound_journal_has_none(journal: Path) -> None:
    found = read(journal)
    assert damage(found) == []
    assert [e.t for e in found if isinstance(e, Rtp)] == list(range(0, 30 * S, S // 10))


def test_a_torn_end_is_cut(journal: Path) -> None:
    file = path(journal, 3)
    whole = read(journal)
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:-5])
    found = read(journal)
    [torn] = damage(found)
    assert (torn.reason, torn.segment, torn.rest) == (Reason.TORN, 3, True)
    assert torn.offset < size - 5
    assert entries(found) == whole[:-5]  # the last half second


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_is_located_and_costs_its_chunk_or_what_follows(
    at: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("j")
    chunks = [chunk([RunNamed(n * S, 1, VP8), rtp(n * S)], n * S) for n in range(6)]
    data = bytearray(segment(1, 0, chunks, KEY))
    places = [0, *offsets(bytes(data))]
    at %= len(data)
    data[at] ^= 1 << bit
    path(folder, 1).write_bytes(data)
    found = read(folder)
    [hurt] = damage(found)
    assert hurt.offset == max((place for place in places if place <= at), default=0) or hurt.offset == 0
    whole = [entry for plain in chunks for entry in entries_of(plain)]
    assert set(entries(found)) <= set(whole)
    if not hurt.rest:
        assert len(entries(found)) == len(whole) - 2  # one chunk


def offsets(data: bytes) -> list[int]:
    """Where each record begins."""
    sizes = [len(record) + 8 for record in scan(data).records]
    return list(itertools.accumulate([len(HEADER), *sizes]))[:-1]


@given(keep=st.integers(0, 4000), fill=st.binary(max_size=60))
def test_any_truncation_and_any_garbage_behind_it(
    keep: int, fill: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("j")
    chunks = [chunk([RunNamed(n * S, 1, VP8), rtp(n * S)], n * S) for n in range(6)]
    whole = [entry for plain in chunks for entry in entries_of(plain)]
    data = segment(1, 0, chunks, KEY)[:keep] + fill
    path(folder, 1).write_bytes(data)
    found = entries(read(folder))
    assert found == whole[: len(found)]


def test_a_removed_segment_is_missing(journal: Path) -> None:
    path(journal, 2).unlink()
    [gap] = damage(read(journal))
    assert gap == Damage(Reason.MISSING, 2, "", 0)
    path(journal, 1).unlink()
    assert damage(read(journal)) == [Damage(Reason.MISSING, 1, "", 0, count=2)]


def test_a_segment_in_another_s_place_is_foreign(journal: Path) -> None:
    one, two = path(journal, 1).read_bytes(), path(journal, 2).read_bytes()
    path(journal, 1).write_bytes(two)
    path(journal, 2).write_bytes(one)
    assert [(one.reason, one.segment) for one in damage(read(journal))] == [(Reason.FOREIGN, 1), (Reason.FOREIGN, 2)]


def test_a_segment_of_another_consultation_is_foreign(journal: Path) -> None:
    path(journal, 2).write_bytes(segment(2, 10 * S, [], KEY, consultation="z" * 26))
    [foreign] = damage(read(journal))
    assert (foreign.reason, foreign.segment) == (Reason.FOREIGN, 2)


def test_a_wrong_key_is_no_damage(journal: Path) -> None:
    found = read(journal, key=DataKey(bytes(32)))
    assert entries(found) == []
    assert [(one.reason, one.count, one.rest) for one in damage(found)] == [(Reason.WRONG_KEY, 20, True)] * 3


def test_a_change_with_a_right_checksum_is_told_from_a_wrong_key(journal: Path) -> None:
    file = path(journal, 2)
    records, places = scan(file.read_bytes()).records, offsets(file.read_bytes())
    records[4] = records[4][:-1] + bytes([records[4][-1] ^ 1])
    file.write_bytes(HEADER + b"".join(frame(record) for record in records))
    whole = len(entries(read(journal)))
    [changed] = damage(read(journal))
    assert changed == Damage(Reason.NOT_AUTHENTIC, 2, file.name, places[4])
    records[1:] = [record[:-1] + bytes([record[-1] ^ 2]) for record in records[1:]]  # all of it, in one that opens
    file.write_bytes(HEADER + b"".join(frame(record) for record in records))
    assert {one.reason for one in damage(read(journal))} == {Reason.NOT_AUTHENTIC}
    assert whole == 300 + 3 - 5


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.TORN),
        (HEADER, Reason.NOT_A_SEGMENT),
        (b"something else", Reason.NOT_A_SEGMENT),
        (HEADER[:8] + b"\x02\0\0\0", Reason.UNKNOWN_VERSION),
        (HEADER + frame(b'{"kind":"media","version":2}'), Reason.UNKNOWN_VERSION),
        (HEADER + frame(b'{"kind":"media","version":1}'), Reason.NOT_A_SEGMENT),
        (HEADER + frame(b"[1]"), Reason.NOT_A_SEGMENT),
        (HEADER + frame(b"\xff"), Reason.NOT_A_SEGMENT),
        (HEADER + b"\0" * 64, Reason.NOT_A_SEGMENT),
    ],
)
def test_a_beginning_that_cannot_be_read(journal: Path, data: bytes, reason: Reason) -> None:
    path(journal, 2).write_bytes(data)
    found = read(journal)
    assert damage(found) == [Damage(reason, 2, "media-000002.seg", 0, rest=True)]
    assert len([e for e in found if isinstance(e, Rtp)]) == 200


def test_entries_that_cannot_be(tmp_path: Path) -> None:
    """A run that nothing named, a packet that is none: counted, and the others of the chunk are good."""
    strange: list[Entry] = [rtp(0, run=9), Rtp(0, 1, b"\x80"), Rtcp(0, 1, b"\0\0\0\0"), RunEnded(0, 5)]
    plain = chunk([RunNamed(0, 1, VP8), *strange, rtp(1)], 0)
    path(tmp_path, 1).write_bytes(segment(1, 0, [plain, b"no time"], KEY))
    found = read(tmp_path)
    assert entries(found) == [RunNamed(0, 1, VP8), rtp(1)]
    assert [(one.reason, one.count) for one in damage(found)] == [(Reason.STRANGE, 4), (Reason.MALFORMED, 1)]


# ---- seeking, bounds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("since", [0, 1, 10 * S - 1, 10 * S, 12_345_678, 29_900_000, 40 * S])
def test_seeking_gives_what_reading_all_gives(journal: Path, since: int) -> None:
    expected = [e for e in read(journal) if isinstance(e, Rtp) and e.t >= since]
    found = read(journal, since)
    assert [e for e in found if isinstance(e, Rtp)] == expected
    assert isinstance(found[0], RunNamed)  # a decoder needs to know what it reads


def test_seeking_reads_one_segment_and_a_few_headers(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4, 1000):
        path(journal, number).write_bytes(segment(number, (number - 1) * 10 * S, [], KEY))
    opened: list[str] = []
    real = Path.open

    def counted(self: Path, *mode: Any) -> Any:
        opened.append(self.name)
        return real(self, *mode)

    monkeypatch.setattr(Path, "open", counted)
    first = next(iter(MediaJournal(journal, CONSULTATION, KEY).read(25 * S)))
    assert isinstance(first, RunNamed)
    assert len(opened) < 15


def test_seeking_past_a_header_that_cannot_be_read(journal: Path) -> None:
    path(journal, 2).write_bytes(b"garbage")
    found = read(journal, 15 * S)
    assert [one.segment for one in damage(found)] == [2]
    assert [e.t for e in found if isinstance(e, Rtp)] == list(range(20 * S, 30 * S, S // 10))


def test_a_long_journal_is_read_in_the_memory_of_a_chunk(tmp_path: Path) -> None:
    big = chunk([RunNamed(0, 1, VP8), *(rtp(t, size=1200) for t in range(200))], 0)
    path(tmp_path, 1).write_bytes(segment(1, 0, [big] * 40, KEY))
    tracemalloc.start()
    count = sum(1 for _ in MediaJournal(tmp_path, CONSULTATION, KEY).read())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 40 * 201
    assert peak < 6 * len(big)


def test_a_folder_that_is_not_there_and_one_that_cannot_be_read(tmp_path: Path) -> None:
    assert read(tmp_path / "nothing") == []
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed):
        read(tmp_path / "file")
    path(tmp_path, 1).mkdir()
    with pytest.raises(StorageFailed):
        read(tmp_path)
