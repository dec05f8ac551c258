"""The check that every system test ends with: it would find a state that is not what was live."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from recordings import LogWriter, SnapshotWriter
from recordings.manifest import MANIFEST
from recordings.seal import seal, sealed_manifest
from sefaw_rtc.config import Config, Server
from sefaw_rtc.keyring import server_keyring
from signalling.codec import encode_event
from signalling.fold import fold_all
from signalling.generate.people import CONSULTATION
from signalling.generate.scenarios import scenarios
from signalling.state import State
from tests.system.conformance import check_conformance

EVENTS = scenarios()["whole_call"]


def left_behind(data: Path, *, noted: list[tuple[int, State]], sealed: bool = False) -> Path:
    """A server's data: one call that is over, with these states noted after these events."""
    keyring = server_keyring(Config(server=Server(data=str(data))))
    closed = data / "consultations" / "closed"
    closed.mkdir(parents=True)
    key = keyring.create(CONSULTATION)
    log = closed / f"{CONSULTATION}.log"
    with LogWriter.create(log, CONSULTATION, 1, key) as writer:
        for event in EVENTS:
            writer.append(encode_event(event))
    with SnapshotWriter.open(keyring.folder(CONSULTATION), CONSULTATION, key, len(EVENTS)) as snapshots:
        for seq, state in noted:
            snapshots.take(state, EVENTS[seq - 1].t)
    if sealed:
        seal(keyring.folder(CONSULTATION), keyring, log, 1)
    return keyring.folder(CONSULTATION)


def after(seq: int) -> tuple[int, State]:
    return seq, fold_all(EVENTS[:seq])


LAST = len(EVENTS)


def test_what_was_live_is_what_the_log_folds_to(tmp_path: Path) -> None:
    left_behind(tmp_path, noted=[after(2), after(LAST)], sealed=True)
    assert check_conformance(tmp_path) == 3


def test_another_state_is_found(tmp_path: Path) -> None:
    other = replace(fold_all(EVENTS[:2]), reason="another")
    left_behind(tmp_path, noted=[(2, other), after(LAST)])
    with pytest.raises(AssertionError, match="the fold of event 2 is not what was live"):
        check_conformance(tmp_path)


def test_a_state_beyond_the_log_is_found(tmp_path: Path) -> None:
    left_behind(tmp_path, noted=[after(LAST), (LAST, replace(fold_all(EVENTS), seq=LAST + 1))])
    with pytest.raises(AssertionError, match="is not what was live"):
        check_conformance(tmp_path)


@pytest.mark.parametrize("noted", [[], [after(2)]])
def test_an_end_that_was_not_noted_is_found(tmp_path: Path, noted: list[tuple[int, State]]) -> None:
    left_behind(tmp_path, noted=noted)
    with pytest.raises(AssertionError, match="nothing was noted when it closed"):
        check_conformance(tmp_path)


def test_a_seal_of_another_state_is_found(tmp_path: Path) -> None:
    folder = left_behind(tmp_path, noted=[after(LAST)], sealed=True)
    manifest = sealed_manifest(folder)
    assert manifest is not None
    (folder / MANIFEST).write_bytes(bytes(replace(manifest, state="0" * 64)))
    with pytest.raises(AssertionError, match="the seal names another state"):
        check_conformance(tmp_path)
