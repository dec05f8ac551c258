"""What being provable costs: a leaf of the transparency log made, kept and logged; a round's checkpoint; the proof
beside a seal; and one access written into a log that is closed. Of an hour of a consultation, as the server does it."""

import hashlib
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loadtest.sections import Table, number
from recordings import HeldSiteKey, Keyring, LogWriter
from recordings.crypt import leaf_secret
from recordings.leaves import kept_leaf
from recordings.tlog import Leaf, LeafKind, Signer, TransparencyLog, evidence
from signalling.codec import encode_event
from signalling.events import Event, Observed
from signalling.fold import fold_all
from signalling.ids import ConsultationId, ParticipantId
from signalling.vocabulary import Step

_ID: Final = ConsultationId("e" * 26)
_SEGMENTS_H: Final = 360  # of ten seconds
_EVENTS_H: Final = 20  # opened, consents, grants, accesses, opinions of a lively one
_LOGGED: Final = 3_000  # events of an hour's log
_ACCESSES: Final = 15


class Cost(msgspec.Struct, frozen=True):
    """Of one thing: ms of this process's CPU, and ms until it was on the disk; the median of what was done."""

    name: str
    cpu_ms: float
    wall_ms: float


class Leaves(msgspec.Struct, frozen=True):
    """`hour_cpu_s`: all leaves of an hour's consultation, one at a time as they come."""

    at: str
    leaves: int
    events: int
    hour_cpu_s: float
    costs: list[Cost]


def measure(at: str, *, brief: bool = False) -> Leaves:
    """`brief`: six minutes of it."""
    part = 10 if brief else 1
    with tempfile.TemporaryDirectory(prefix="sefaw-leaves-") as name:
        data = Path(name)
        keyring = Keyring(data / "archive", HeldSiteKey(secrets.token_bytes(32)))
        keyring.create(_ID)
        signer = Signer("bench.example/log", Ed25519PrivateKey.generate())
        with TransparencyLog.open(data / "tlog", signer) as log:
            begun = time.process_time()
            segments = [_timed(_logger(keyring, log, LeafKind.SEGMENT)) for _ in range(_SEGMENTS_H // part)]
            events = [_timed(_logger(keyring, log, LeafKind.ACCESS)) for _ in range(_EVENTS_H // part)]
            hour = time.process_time() - begun
            seal = _leaf(keyring, LeafKind.SEALED)
            log.append([seal.entry])
            costs = [
                _cost("a segment's leaf", segments),
                _cost("an event's leaf, salted with the consultation's key", events),
                _cost(
                    "a round: the checkpoint signed, tiles written", [_timed(_round(keyring, log)) for _ in range(9)]
                ),
                _cost("the proof beside a seal", [_timed(lambda: evidence(log, seal)) for _ in range(9)]),
            ]
        accesses = _accesses(data, keyring, _LOGGED // part)
        costs.append(_cost("an access written into a closed log", accesses))
        return Leaves(at, (_SEGMENTS_H + _EVENTS_H) // part, _LOGGED // part, hour, costs)


def tables(result: Leaves) -> Sequence[Table]:
    rows: list[Sequence[str]] = [["", "CPU", "until it is on the disk"]]
    rows += [[one.name, number(one.cpu_ms, "ms"), number(one.wall_ms, "ms")] for one in result.costs]
    rows.append([f"all {result.leaves} leaves of a consultation", number(result.hour_cpu_s * 1000, "ms", 0), "–"])
    says = f"An hour of a consultation, its log of {result.events:,} events; medians. Done beside the calls."
    return [Table(says, rows)]


def _accesses(data: Path, keyring: Keyring, events: int) -> list[tuple[float, float]]:
    path = data / f"{_ID}.log"
    with LogWriter.create(path, _ID, 1, keyring.open(_ID)) as writer:
        for seq in range(1, events + 1):
            writer.append(encode_event(_event(seq)))
    return [_timed(lambda: _access(path, keyring)) for _ in range(_ACCESSES)]


def _access(path: Path, keyring: Keyring) -> None:
    """Read, folded, appended, synced: what `decide()` is asked over, and what is true before anything is shown."""
    writer, read = LogWriter.recover(path, keyring)
    with writer:
        fold_all(read.events)
        writer.append(encode_event(_event(len(read.events) + 1)))
        writer.sync()


def _event(seq: int) -> Event:
    return Event(seq=seq, t=seq, by=0, body=Observed(participant=ParticipantId(0), step=Step.STORAGE_LOST, value=seq))


def _logger(keyring: Keyring, log: TransparencyLog, kind: LeafKind) -> Callable[[], object]:
    return lambda: log.append([_leaf(keyring, kind).entry])


def _round(keyring: Keyring, log: TransparencyLog) -> Callable[[], object]:
    log.append([_leaf(keyring, LeafKind.SEGMENT).entry])
    return log.publish


def _leaf(keyring: Keyring, kind: LeafKind) -> Leaf:
    about = secrets.token_bytes(32)
    secret = leaf_secret(keyring.open(_ID)) if kind is LeafKind.ACCESS else None
    name = "" if kind is LeafKind.SEALED else f"{kind.value}-{about.hex()[:12]}"
    return kept_leaf(keyring.folder(_ID), _ID, kind, hashlib.sha256(about).hexdigest(), 1, name, secret)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.monotonic()
    work()
    return (time.process_time() - cpu) * 1000, (time.monotonic() - wall) * 1000


def _cost(name: str, measured: Sequence[tuple[float, float]]) -> Cost:
    return Cost(name, median(cpu for cpu, _ in measured), median(wall for _, wall in measured))
