"""Whatever happens to the bytes, what is read is a prefix of what was written."""

import struct

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import MAX_RECORD, Ending, RecordTooLarge, frame, scan
from recordings.framing import HEADER, Scan, scan_synced

payloads = st.lists(st.binary(min_size=1, max_size=60), max_size=8)


def written(records: list[bytes]) -> bytes:
    return HEADER + b"".join(frame(record) for record in records)


def flipped(record: bytes) -> bytes:
    return record[:-1] + bytes([record[-1] ^ 1])


def test_the_bytes_are_as_documented() -> None:
    assert written([b"abc"]).hex() == (
        "534546415752454301000000"  # magic, version, reserved
        "03000000" + struct.pack("<I", google_crc32c.value(b"\x03\0\0\0abc")).hex() + "616263"
    )  # fmt: skip


def test_the_checksum_is_crc32c() -> None:
    assert google_crc32c.value(b"123456789") == 0xE306_9283  # RFC 3720 B.4's polynomial, the usual check value


@given(payloads)
def test_round_trip(records: list[bytes]) -> None:
    data = written(records)
    found = scan(data)
    assert (found.records, found.good_length, found.ending) == (records, len(data), Ending.CLEAN)


@given(payloads, st.integers(0, 600))
def test_any_truncation_gives_a_prefix(records: list[bytes], keep: int) -> None:
    data = written(records)
    found = scan(data[:keep])
    assert found.records == records[: len(found.records)]
    if keep < len(data):
        assert found.ending is Ending.TORN or found.good_length == keep
    assert scan(data[: found.good_length]).records == found.records


@given(payloads, st.integers(0, 600), st.integers(0, 7))
def test_any_flipped_bit_gives_a_prefix_and_a_reason(records: list[bytes], at: int, bit: int) -> None:
    data = bytearray(written(records))
    at %= len(data)
    data[at] ^= 1 << bit
    found = scan(bytes(data))
    assert found.ending is not Ending.CLEAN
    assert found.good_length <= at
    assert found.records == records[: len(found.records)]


@given(payloads, st.binary(min_size=1, max_size=80))
def test_any_tail_gives_what_was_written_at_least(records: list[bytes], tail: bytes) -> None:
    found = scan(written(records) + tail)
    assert found.records[: len(records)] == records


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    assert scan(data).good_length <= len(data)
    assert scan(HEADER + data).good_length >= len(HEADER)


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"", Ending.TORN),
        (HEADER[:7], Ending.TORN),
        (b"SQLite format 3\0", Ending.BAD_HEADER),
        (b"PK", Ending.BAD_HEADER),
        (HEADER[:8] + b"\x02\0\0\0", Ending.UNKNOWN_VERSION),
        (HEADER + b"\0" * 4096, Ending.BAD_LENGTH),  # a power cut's zeros
        (HEADER + b"\xff" * 16, Ending.BAD_LENGTH),
        (HEADER + struct.pack("<II", MAX_RECORD + 1, 0) + b"x" * 20, Ending.BAD_LENGTH),
        (HEADER + struct.pack("<II", 100, 0) + b"x" * 20, Ending.TORN),
        (HEADER + frame(b"abc")[:-1] + b"d", Ending.BAD_CHECKSUM),
        (HEADER + struct.pack("<II", 1, google_crc32c.value(b"x")) + b"x", Ending.BAD_CHECKSUM),  # length not covered
    ],
)
def test_every_ending_has_its_name(data: bytes, ending: Ending) -> None:
    assert scan(data).ending is ending


@given(st.lists(st.binary(min_size=1, max_size=400), max_size=4), st.binary(min_size=1, max_size=3000), st.integers(0))
def test_what_a_power_cut_left_unwritten_is_torn(records: list[bytes], last: bytes, at: int) -> None:
    good, whole = written(records), written([*records, last + b"."])
    ends = [0, len(good), *(end for end in range(0, len(whole), 512) if end > len(good))]
    end = ends[at % len(ends)]
    found = scan_synced(whole[:end].ljust(len(whole), b"\0"))
    assert found == Scan(records if end else [], len(good) if end else 0, Ending.TORN)


@given(payloads, st.integers(0, 600), st.integers(0, 7))
def test_whatever_else_is_wrong_stays_what_it_is(records: list[bytes], at: int, bit: int) -> None:
    data = bytearray(written([record + b"." for record in records]))
    data[at % len(data)] ^= 1 << bit
    if not bytes(data).endswith(b"\0"):
        assert scan_synced(bytes(data)) == scan(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        written([b"a"]) + frame(b"x" * 900)[:600] + b"\0" * 308,  # from the midst of a sector
        written([b"a"]) + frame(b"x" * 1900)[:491] + b"\0" * 600 + b"x" * 817,  # something behind them
        written([b"a"]) + flipped(frame(b"x" * 483)) + b"\0" * 512,  # a whole record, and it is bad
        written([b"a"]) + struct.pack("<II", MAX_RECORD + 1, 0) + b"x" * 483 + b"\0" * 512,
        b"SQLite format 3\0".ljust(4096, b"\0"),
    ],
)
def test_zeros_are_no_excuse_for_damage(data: bytes) -> None:
    assert scan_synced(data) == scan(data)
    assert scan(data).ending is not Ending.TORN


def test_a_corrupt_middle_cuts_what_follows() -> None:
    data = bytearray(written([b"one", b"two", b"three"]))
    data[len(HEADER) + len(frame(b"one")) + 8] ^= 1
    found = scan(bytes(data))
    assert (found.records, found.ending) == ([b"one"], Ending.BAD_CHECKSUM)
    assert found.good_length == len(HEADER) + len(frame(b"one"))


@pytest.mark.parametrize("size", [0, MAX_RECORD + 1])
def test_records_are_neither_empty_nor_endless(size: int) -> None:
    with pytest.raises(RecordTooLarge):
        frame(b"x" * size)


def test_the_largest_record_fits() -> None:
    assert scan(written([b"x" * MAX_RECORD])).ending is Ending.CLEAN
