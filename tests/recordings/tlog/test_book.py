"""A consultation's leaves: made once, kept, proved."""

import hashlib
import itertools
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings import verify
from recordings.tlog.book import LeafBook, evidence
from recordings.tlog.errors import LeafInvalid
from recordings.tlog.leaf import LeafKind, consultation_commitment
from recordings.tlog.log import Anchor, TransparencyLog
from recordings.tlog.note import Signer
from signalling.ids import ConsultationId

LOG = Signer("node.example/tlog", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ONE = ConsultationId("a" * 26)
DIGEST = hashlib.sha256(b"manifest").hexdigest()


def test_the_same_leaf_twice_is_one_even_after_a_kill_in_between(tmp_path: Path) -> None:
    chance = map(lambda n: lambda size: bytes([n] * size), itertools.count(1))
    with TransparencyLog.open(tmp_path / "tlog", LOG) as log:
        leaves = []
        for now in (1_000, 2_000, 3_000):  # a new book each time, as a new process has
            leaf = LeafBook(tmp_path / ONE, ONE, next(chance)).leaf("sealed", LeafKind.SEALED, DIGEST, now)
            leaves.append((leaf, log.append([leaf.entry])))
        assert leaves == [leaves[0]] * 3
        assert log.size == 1
    assert leaves[0][0].consultation == consultation_commitment(bytes([1] * 32), ONE)
    assert leaves[0][0].t_unix_ms == 1_000


def test_two_leaves_share_their_consultation_and_nothing_else(tmp_path: Path) -> None:
    book = LeafBook(tmp_path, ONE)
    sealed = book.leaf("sealed", LeafKind.SEALED, DIGEST, 1)
    opinion = book.leaf("opinion-1", LeafKind.OPINION, DIGEST, 1)
    assert sealed.consultation == opinion.consultation
    assert sealed.salt != opinion.salt
    assert (book.kept("sealed"), book.kept("export")) == (sealed, None)


def test_a_name_stands_for_one_thing(tmp_path: Path) -> None:
    book = LeafBook(tmp_path, ONE)
    book.leaf("sealed", LeafKind.SEALED, DIGEST, 1)
    for kind, digest in ((LeafKind.EXPORT, DIGEST), (LeafKind.SEALED, "00" * 32)):
        with pytest.raises(LeafInvalid):
            book.leaf("sealed", kind, digest, 1)
    for name in ("", "../key", "a/b", "A", "x" * 65):
        with pytest.raises(LeafInvalid):
            book.leaf(name, LeafKind.SEALED, DIGEST, 1)


def test_what_a_bundle_carries_for_a_leaf(tmp_path: Path) -> None:
    leaf = LeafBook(tmp_path / ONE, ONE).leaf("sealed", LeafKind.SEALED, DIGEST, 1)
    with TransparencyLog.open(tmp_path / "tlog", LOG) as log:
        with pytest.raises(LeafInvalid):
            evidence(log, leaf)
        log.append([leaf.entry])
        assert evidence(log, leaf) == {}
        note = log.publish()
        found = evidence(log, leaf)
        assert list(found) == [".tlog-proof"]
        assert verify.parse_proof(found[".tlog-proof"]).leaf["digest"] == DIGEST
        log.keep_anchor(Anchor(checkpoint=bytes(note).decode(), stamp=b"stamp"), whole=True)
        assert evidence(log, leaf)[".tsr"] == b"stamp"
