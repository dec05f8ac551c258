"""What is known of the copies outlives a kill: a torn end was never written, damage before it is said."""

from pathlib import Path

import pytest

from recordings import LogDamaged
from recordings.objects import STORED, Entry, Register, Step
from signalling.ids import ConsultationId
from tests.recordings.segments import CONSULTATION

KEPT = Entry(step=Step.KEPT, t_unix_ms=2, name="tracks/1.webm", sha256="a" * 64)


def written(folder: Path) -> Register:
    register = Register(folder, CONSULTATION)
    with register.alone() as writing:
        writing.add(Entry(step=Step.BEGUN, t_unix_ms=1, place="p"))
        writing.add(KEPT, Entry(step=Step.GONE, t_unix_ms=3, name="log"))
    return register


def test_what_was_added_is_read(tmp_path: Path) -> None:
    found = written(tmp_path).read()
    assert (found.place, found.kept, found.gone, found.whole) == ("p", {"tracks/1.webm": "a" * 64}, {"log"}, "")


def test_nothing_is_known_of_what_was_never_begun(tmp_path: Path) -> None:
    assert Register(tmp_path, CONSULTATION).read().place == ""


def test_cut_anywhere_it_is_a_beginning_of_what_was_written(tmp_path: Path) -> None:
    register = written(tmp_path)
    data = (tmp_path / STORED).read_bytes()
    for length in range(len(data)):
        (tmp_path / STORED).write_bytes(data[:length])
        found = register.read()
        assert set(found.kept) <= {"tracks/1.webm"}
        with register.alone() as writing:
            writing.add(Entry(step=Step.BEGUN, t_unix_ms=1, place="p"), KEPT)
        assert register.read().kept == {"tracks/1.webm": "a" * 64}


def test_a_power_cuts_zeros_were_never_written(tmp_path: Path) -> None:
    register, path = written(tmp_path), tmp_path / STORED
    with register.alone() as writing:
        whole = path.read_bytes()
        writing.add(*(Entry(step=Step.GONE, t_unix_ms=3, name=f"media/media-{n:06}.seg") for n in range(40)))
    more = path.read_bytes()
    for end in [0, len(whole), *range(len(whole) // 512 * 512 + 512, len(more), 512)]:
        path.write_bytes(more[:end].ljust(len(more), b"\0"))
        assert ("tracks/1.webm" in register.read().kept) is (end > 0)
        with register.alone() as writing:
            writing.add(Entry(step=Step.BEGUN, t_unix_ms=1, place="p"), KEPT)
        assert register.read().kept == {"tracks/1.webm": "a" * 64}
        assert b"\0" * 8 not in path.read_bytes()


def test_damage_is_said_and_nothing_is_written_over_it(tmp_path: Path) -> None:
    register = written(tmp_path)
    data = bytearray((tmp_path / STORED).read_bytes())
    data[40] ^= 1
    (tmp_path / STORED).write_bytes(data)
    with pytest.raises(LogDamaged):
        register.read()
    with pytest.raises(LogDamaged), register.alone():
        pytest.fail("it was opened")
    assert (tmp_path / STORED).read_bytes() == data


def test_another_consultations_is_not_taken(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(LogDamaged):
        Register(tmp_path, ConsultationId("b" * 26)).read()


def test_another_place_begins_anew(tmp_path: Path) -> None:
    register = written(tmp_path)
    with register.alone() as writing:
        writing.add(Entry(step=Step.BEGUN, t_unix_ms=4, place="q"))
    assert (register.read().place, register.read().kept) == ("q", {})
