"""A consultation's log on disk: nothing acknowledged is lost, damage is cut and kept, a full disk is told."""

import contextlib
import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from recordings import (
    ArchiveError,
    Ending,
    LogDamaged,
    LogExists,
    LogHeader,
    LogUnreadable,
    LogWriter,
    StorageFailed,
    StorageFull,
    frame,
    read_consultation,
    read_log,
)
from recordings import log as log_module
from recordings.framing import HEADER
from signalling.codec import encode_event
from signalling.generate.people import CONSULTATION, PATIENT, VILLAGE
from signalling.generate.scenarios import scenarios
from tests.keys import ONE_KEY

STARTED = 1_790_000_000_000_000
EVENTS = scenarios()["whole_call"]
WORDS = [PATIENT.name, PATIENT.identifier, VILLAGE.name, CONSULTATION]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / f"{CONSULTATION}.log"


@pytest.fixture
def writer(path: Path) -> Iterator[LogWriter]:
    with LogWriter.create(path, CONSULTATION, STARTED, ONE_KEY.key) as made:
        yield made


def write(writer: LogWriter, count: int | None = None) -> None:
    for event in EVENTS[:count]:
        writer.append(encode_event(event))


def write_until_full(writer: LogWriter) -> int:
    """How many events fit."""
    for count, event in enumerate(EVENTS):
        try:
            writer.append(encode_event(event))
        except StorageFull:
            return count
    pytest.fail("the disk was never full")


def test_what_is_appended_is_read_back(path: Path, writer: LogWriter) -> None:
    write(writer)
    writer.sync()
    log = read_consultation(path, ONE_KEY)
    plain = replace(log.header, cipher="", salt="")
    assert plain == LogHeader(consultation=CONSULTATION, started_unix_us=STARTED, version=1)
    assert (log.events, log.ending) == (EVENTS, Ending.CLEAN)


def test_a_record_is_one_write(path: Path, writer: LogWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = os.pwrite

    def counted(descriptor: int, data: bytes, offset: int) -> int:
        calls.append(len(data))
        return real(descriptor, data, offset)

    monkeypatch.setattr(log_module.os, "pwrite", counted)
    write(writer, 3)
    assert len(calls) == 3
    assert sum(calls) + len(HEADER) + len(frame(read_log(path).records[0])) == path.stat().st_size


def test_a_log_is_never_overwritten(path: Path, writer: LogWriter) -> None:
    write(writer, 2)
    with pytest.raises(LogExists):
        LogWriter.create(path, CONSULTATION, STARTED, ONE_KEY.key)
    assert len(read_consultation(path, ONE_KEY).events) == 2


def test_only_the_owner_may_read_it(path: Path, writer: LogWriter) -> None:
    del writer
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_killed_process_loses_nothing_it_appended(path: Path) -> None:
    program = f"""
import os, signal
from pathlib import Path
from recordings import LogWriter
from signalling.codec import encode_event
from signalling.generate.scenarios import scenarios
from tests.keys import ONE_KEY
writer = LogWriter.create(Path({str(path)!r}), {CONSULTATION!r}, {STARTED}, ONE_KEY.key)
for event in scenarios()["whole_call"]:
    writer.append(encode_event(event))
os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, check=False)
    assert done.returncode == -signal.SIGKILL
    assert read_consultation(path, ONE_KEY).events == EVENTS


def test_going_on_after_a_torn_tail(path: Path, writer: LogWriter) -> None:
    write(writer, 5)
    writer.close()
    os.truncate(path, path.stat().st_size - 3)
    tail = path.read_bytes()
    again, log = LogWriter.recover(path, ONE_KEY)
    with again:
        assert (log.events, log.ending) == (EVENTS[:4], Ending.TORN)
        for event in EVENTS[4:]:
            again.append(encode_event(event))
    whole = read_consultation(path, ONE_KEY)
    assert (whole.events, whole.ending) == (EVENTS, Ending.CLEAN)
    (kept,) = path.parent.glob("*.cut-*")
    good = int(kept.name.rsplit("-", 1)[1])
    assert kept.read_bytes() == tail[good:]


def test_a_corrupt_middle_is_cut_with_its_reason_and_kept(path: Path, writer: LogWriter) -> None:
    write(writer)
    writer.close()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)
    again, log = LogWriter.recover(path, ONE_KEY)
    again.close()
    assert log.ending in {Ending.BAD_CHECKSUM, Ending.BAD_LENGTH}
    assert log.events == EVENTS[: len(log.events)]
    (kept,) = path.parent.glob("*.cut-*")
    assert path.read_bytes() + kept.read_bytes() == bytes(data)


def test_recovering_a_clean_log_keeps_nothing_beside_it(path: Path, writer: LogWriter) -> None:
    write(writer, 3)
    writer.close()
    LogWriter.recover(path, ONE_KEY)[0].close()
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@given(keep=st.integers(0, 2000), flip=st.none() | st.integers(0, 2000), more=st.integers(0, 3))
def test_any_damage_then_recovery_then_more(tmp_path_factory: pytest.TempPathFactory, keep, flip, more) -> None:
    path = tmp_path_factory.mktemp("log") / f"{CONSULTATION}.log"
    with LogWriter.create(path, CONSULTATION, STARTED, ONE_KEY.key) as writer:
        write(writer, 6)
    data = bytearray(path.read_bytes()[:keep])
    if flip is not None and data:
        data[flip % len(data)] ^= 0x10
    path.write_bytes(data)
    try:
        again, log = LogWriter.recover(path, ONE_KEY)
    except ArchiveError:
        assert path.read_bytes() == bytes(data), "refused, but touched"
        return
    have = len(log.events)
    assert log.events == EVENTS[:have]
    with again:
        for event in EVENTS[have : have + more]:
            again.append(encode_event(event))
    assert read_consultation(path, ONE_KEY).events == EVENTS[: have + more]


@contextlib.contextmanager
def small_disk() -> Iterator[None]:
    """Files may not grow beyond 2 kB: what a full disk looks like to `write`. Only around what is tested: the limit is
    the whole process's, so that a test run whose output goes to a file could not write it either."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_the_log_stays_readable(path: Path, writer: LogWriter) -> None:
    with small_disk():
        written = write_until_full(writer)
        log = read_consultation(path, ONE_KEY)
    assert 0 < written < len(EVENTS)
    assert (log.events, log.ending) == (EVENTS[:written], Ending.CLEAN)


def test_after_room_was_made_it_goes_on(path: Path, writer: LogWriter) -> None:
    with small_disk():
        written = write_until_full(writer)
    for event in EVENTS[written:]:
        writer.append(encode_event(event))
    assert read_consultation(path, ONE_KEY).events == EVENTS


def test_no_room_for_a_new_log_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(log_module.os, "pwrite", full)
    with pytest.raises(StorageFull):
        LogWriter.create(path, CONSULTATION, STARTED, ONE_KEY.key)
    assert not path.exists()


@pytest.mark.parametrize(("call", "error"), [("pwrite", errno.EIO), ("fdatasync", errno.EIO)])
def test_another_failure_of_the_disk(writer: LogWriter, monkeypatch: pytest.MonkeyPatch, call: str, error: int) -> None:
    def failing(*_: object) -> int:
        raise OSError(error, "Input/output error")

    monkeypatch.setattr(log_module.os, call, failing)
    step = writer.sync if call == "fdatasync" else lambda: writer.append(b"x")
    with pytest.raises(StorageFailed, match="EIO"):
        step()


def test_syncing_twice_syncs_once(writer: LogWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(log_module.os, "fdatasync", calls.append)
    writer.append(b"x")
    writer.sync()
    writer.sync()
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", LogDamaged),
        (b"not a log of ours", LogUnreadable),
        (HEADER[:8] + b"\x09\0\0\0", LogUnreadable),
        (HEADER, LogDamaged),
        (HEADER + frame(b"{}"), LogDamaged),
        (HEADER + frame(b"\xff\xff"), LogDamaged),
        (
            HEADER + frame(b'{"consultation":"%s","started_unix_us":1,"version":9}' % CONSULTATION.encode()),
            LogUnreadable,
        ),
    ],
)
def test_what_is_no_log_of_a_consultation(path: Path, data: bytes, error: type[ArchiveError]) -> None:
    path.write_bytes(data)
    for read in (read_consultation, LogWriter.recover):
        with pytest.raises(error):
            read(path, ONE_KEY)
    assert path.read_bytes() == data


def test_no_such_log(path: Path) -> None:
    with pytest.raises(LogUnreadable):
        read_log(path)


def test_sound_records_that_are_no_log(path: Path, writer: LogWriter) -> None:
    writer.append(encode_event(EVENTS[0]))
    writer.append(encode_event(EVENTS[4]))
    with pytest.raises(LogDamaged, match="out of order"):
        read_consultation(path, ONE_KEY)


def test_no_error_names_anybody(path: Path, writer: LogWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[BaseException] = []

    def failing(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error", str(path))

    writer.append(b'{"name":"%s"}' % PATIENT.name.encode())
    for call in (
        lambda: read_consultation(path, ONE_KEY),
        lambda: LogWriter.create(path, CONSULTATION, 0, ONE_KEY.key),
    ):
        with pytest.raises(ArchiveError) as caught:
            call()
        errors.append(caught.value)
    monkeypatch.setattr(log_module.os, "pwrite", failing)
    with pytest.raises(ArchiveError) as caught:
        writer.append(encode_event(EVENTS[0]))
    errors.append(caught.value)
    for error in errors:
        assert not any(word in str(error) for word in [*WORDS, str(path)])
        assert error.__suppress_context__


def test_trouble_with_the_folder_and_the_file_has_its_name(
    path: Path, writer: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StorageFailed, match="ENOENT"):
        LogWriter.create(path.parent / "missing" / "a.log", CONSULTATION, STARTED, ONE_KEY.key)
    with pytest.raises(StorageFailed, match="EISDIR"):
        read_log(path.parent)

    def failing(*_: object) -> int:
        raise OSError(errno.EACCES, "Permission denied")

    writer.append(encode_event(EVENTS[0]))
    monkeypatch.setattr(log_module.os, "fsync", failing)
    with pytest.raises(StorageFailed, match="EACCES"):
        LogWriter.create(path.with_name("b.log"), CONSULTATION, STARTED, ONE_KEY.key)
    assert not path.with_name("b.log").exists()
    monkeypatch.setattr(log_module.os, "open", failing)
    with pytest.raises(StorageFailed, match="EACCES"):
        LogWriter.recover(path, ONE_KEY)


def test_a_log_that_cannot_even_be_cut_is_still_read_to_its_last_good_record(
    path: Path, writer: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    real = os.pwrite
    writer.append(encode_event(EVENTS[0]))
    monkeypatch.setattr(log_module.os, "ftruncate", failing)
    monkeypatch.setattr(log_module.os, "pwrite", lambda fd, data, at: real(fd, data[:20], at))
    with pytest.raises(StorageFull):
        writer.append(encode_event(EVENTS[1]))
    log = read_consultation(path, ONE_KEY)
    assert (log.events, log.ending) == (EVENTS[:1], Ending.TORN)
    monkeypatch.undo()
    writer.append(encode_event(EVENTS[1]))
    assert read_consultation(path, ONE_KEY).events == EVENTS[:2]
