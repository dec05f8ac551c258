"""Holds and erasures: who may do what after what, and a ledger that outlives its program."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import LogDamaged, StorageFailed
from recordings.keeping.ledger import KEEPING, Entry, Kept, Ledgers, Refusal, Refused, Step
from signalling.ids import ConsultationId
from tests.recordings.segments import CONSULTATION

ANNA, BO = "a" * 26, "b" * 26


def step(kind: Step, account: str = ANNA, why: str = "asked for by the family") -> Entry:
    return Entry(step=kind, t_unix_ms=1_764_118_800_000, account=account, name="somebody", why=why)


def refused(ledgers: Ledgers, entry: Entry) -> Refusal:
    before = ledgers.read(CONSULTATION)
    with pytest.raises(Refused) as found:
        ledgers.add(CONSULTATION, entry)
    assert ledgers.read(CONSULTATION) == before
    return found.value.refusal


def test_an_erasure_needs_a_second_person(tmp_path: Path) -> None:
    ledgers = Ledgers(tmp_path)
    assert refused(ledgers, step(Step.CONFIRMED)) is Refusal.NOT_ASKED
    ledgers.add(CONSULTATION, step(Step.ASKED))
    assert refused(ledgers, step(Step.CONFIRMED)) is Refusal.SAME_PERSON
    assert refused(ledgers, step(Step.ASKED, BO)) is Refusal.ASKED_ALREADY
    kept = ledgers.add(CONSULTATION, step(Step.CONFIRMED, BO))
    assert (kept.asked, kept.confirmed) == (step(Step.ASKED), step(Step.CONFIRMED, BO))
    assert Ledgers(tmp_path).read(CONSULTATION) == kept


def test_what_is_held_is_not_erased_until_the_hold_is_lifted(tmp_path: Path) -> None:
    ledgers = Ledgers(tmp_path)
    ledgers.add(CONSULTATION, step(Step.ASKED))
    ledgers.add(CONSULTATION, step(Step.HELD))
    assert refused(ledgers, step(Step.CONFIRMED, BO)) is Refusal.HELD
    assert refused(ledgers, step(Step.HELD, BO)) is Refusal.HELD
    assert refused(ledgers, Entry(step=Step.AGED, t_unix_ms=1, what=("media",))) is Refusal.HELD
    ledgers.add(CONSULTATION, step(Step.LIFTED, BO))
    assert refused(ledgers, step(Step.LIFTED)) is Refusal.NOT_HELD
    assert ledgers.add(CONSULTATION, step(Step.CONFIRMED, BO)).confirmed is not None


def test_what_is_confirmed_cannot_be_taken_back(tmp_path: Path) -> None:
    ledgers = Ledgers(tmp_path)
    ledgers.add(CONSULTATION, step(Step.ASKED))
    ledgers.add(CONSULTATION, step(Step.WITHDRAWN))
    assert refused(ledgers, step(Step.CONFIRMED, BO)) is Refusal.NOT_ASKED
    ledgers.add(CONSULTATION, step(Step.ASKED, BO))
    ledgers.add(CONSULTATION, step(Step.CONFIRMED))
    for late in (Step.HELD, Step.WITHDRAWN, Step.ASKED, Step.CONFIRMED):
        assert refused(ledgers, step(late, BO)) is Refusal.ERASED
    assert ledgers.add(CONSULTATION, step(Step.ERASED, "")).erased is not None
    assert ledgers.all() == [CONSULTATION]


def test_a_torn_end_is_cut_and_the_ledger_goes_on(tmp_path: Path) -> None:
    ledgers, path = Ledgers(tmp_path), tmp_path / KEEPING / CONSULTATION
    ledgers.add(CONSULTATION, step(Step.HELD))
    ends = [0, path.stat().st_size]
    ledgers.add(CONSULTATION, step(Step.LIFTED))
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        held = length >= ends[1]
        assert (ledgers.read(CONSULTATION).hold is not None) is held
        ledgers.add(CONSULTATION, step(Step.LIFTED if held else Step.HELD, BO))


def test_a_power_cuts_zeros_are_no_decision_and_the_ledger_goes_on(tmp_path: Path) -> None:
    ledgers, path = Ledgers(tmp_path), tmp_path / KEEPING / CONSULTATION
    ledgers.add(CONSULTATION, step(Step.HELD))
    data = path.read_bytes()
    for end in (0, len(data)):
        path.write_bytes(data[:end].ljust(4096, b"\0"))
        assert (ledgers.read(CONSULTATION).hold is not None) is (end > 0)
        ledgers.add(CONSULTATION, step(Step.LIFTED if end else Step.HELD, BO))
        assert b"\0" * 8 not in path.read_bytes()


@given(st.data())
def test_a_flipped_bit_is_damage_and_never_a_decision(data: st.DataObject) -> None:
    with_hold = Kept().after(step(Step.HELD))
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"ledger-{os.getpid()}"  # noqa: S108 - hypothesis has no tmp_path
    ledgers, path = Ledgers(folder), folder / KEEPING / CONSULTATION
    path.unlink(missing_ok=True)
    ledgers.add(CONSULTATION, step(Step.HELD))
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[at // 8] ^= 1 << at % 8
    path.write_bytes(whole)
    try:
        assert ledgers.read(CONSULTATION) in {with_hold, Kept()}
    except LogDamaged:
        with pytest.raises(LogDamaged):
            ledgers.add(CONSULTATION, step(Step.LIFTED))


def test_another_consultations_ledger_decides_nothing(tmp_path: Path) -> None:
    ledgers, other = Ledgers(tmp_path), ConsultationId("b" * 26)
    ledgers.add(CONSULTATION, step(Step.HELD))
    (tmp_path / KEEPING / CONSULTATION).rename(tmp_path / KEEPING / other)
    with pytest.raises(LogDamaged):
        ledgers.read(other)


def test_a_disk_that_refuses_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / KEEPING).write_text("no folder")
    with pytest.raises(StorageFailed):
        Ledgers(tmp_path).add(CONSULTATION, step(Step.HELD))
