"""Replay conformance of what a server left behind: its logs fold to the states that were live.

While a consultation runs the server keeps its state every so often, and at its end, each with the hash that pages
compare with theirs. Here every log is folded from the beginning, and must have these hashes at these events; and a
sealed one the hash that its manifest names.
"""

from pathlib import Path

from recordings import ConsultationLog, Erased, first_difference, read_consultation, read_snapshots
from recordings.seal import sealed_manifest
from signalling.canonical import state_hash
from signalling.events import Closed, Observed
from signalling.fold import fold_all
from signalling.vocabulary import Step
from tests.keys import keyring_of_server

TROUBLE = {Step.STORAGE_FAILED, Step.STORAGE_LOST}


def check_conformance(data: Path) -> int:
    """Raises AssertionError; how many states were compared."""
    compared = 0
    keyring = keyring_of_server(data)
    for path in sorted((data / "consultations").glob("*/*.log")):
        try:
            log = read_consultation(path, keyring)
        except Erased:
            continue  # on purpose: nobody can read it any more
        consultation = log.header.consultation
        compared += _sealed(keyring.folder(consultation), log)
        if not log.header.cipher or had_trouble(log):
            continue  # of before, or of a test that took the disk away
        snapshots = list(read_snapshots(keyring.folder(consultation), consultation, keyring.open(consultation)))
        differs = first_difference(log.events, snapshots)
        assert differs is None, f"{path.parent.name} {consultation}: the fold of event {differs} is not what was live"
        closed = [event.seq for event in log.events if isinstance(event.body, Closed)]
        if closed and path.parent.name == "closed":
            assert snapshots, f"{consultation}: nothing was noted when it closed"
            assert snapshots[-1].seq >= closed[-1], f"{consultation}: nothing was noted when it closed"
        compared += len(snapshots)
    return compared


def _sealed(folder: Path, log: ConsultationLog) -> int:
    """A log may have grown since."""
    manifest = sealed_manifest(folder)
    if manifest is None:
        return 0
    folded = state_hash(fold_all(log.events[: manifest.seq]))
    assert folded == manifest.state, f"{manifest.consultation}: the seal names another state than its log folds to"
    return 1


def had_trouble(log: ConsultationLog) -> bool:
    """Whether the disk refused something: snapshots may be missing, and a log that lost events is not what was live."""
    return any(isinstance(event.body, Observed) and event.body.step in TROUBLE for event in log.events)
