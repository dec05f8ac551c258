"""Rounds with witnesses that are down, and what is served to whom."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings import verify
from recordings.leaves import kept_leaf
from recordings.tlog import merkle
from recordings.tlog.checkpoint import Checkpoint
from recordings.tlog.errors import LeafInvalid, PostFailed, StampFailed
from recordings.tlog.evidence import evidence
from recordings.tlog.leaf import LeafKind
from recordings.tlog.log import Anchor, TransparencyLog
from recordings.tlog.note import COSIGNATURE, Note, Signer
from recordings.tlog.posting import Reply
from recordings.tlog.round import Round, go_round
from recordings.tlog.serving import FOR_GOOD, SOON, serve
from recordings.tlog.submitting import Submission
from recordings.tlog.tiles import ENTRIES, Tile, unbundled
from recordings.tlog.witness import Witness
from signalling.ids import ConsultationId

LOG = Signer("node.example/tlog", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEYS = [Signer(f"w{n}.example", Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)), COSIGNATURE) for n in (1, 2)]


class Clinic:
    """A witness that can be down."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.up = True
        self.now = 100
        self.witness = Witness(folder, signer, {LOG.key.name: [LOG.key]})

    def __call__(self, path: str, body: bytes, content_type: str) -> Reply:
        if not self.up:
            raise PostFailed("nobody")
        answer = self.witness.add_checkpoint(body, lambda: self.now)
        return Reply(answer.status, answer.body)


class Clock:
    """A stamper that can be down."""

    up = True

    def stamp(self, message: bytes) -> bytes:
        if not self.up:
            raise StampFailed("the authority does not answer")
        return b"stamp of " + message


def test_a_witness_that_is_down_and_comes_back(tmp_path: Path) -> None:
    clinics = [Clinic(tmp_path / signer.key.name, signer) for signer in KEYS]
    submissions = [Submission(signer.key, clinic) for signer, clinic in zip(KEYS, clinics, strict=True)]
    keys, clock = [signer.key for signer in KEYS], Clock()
    with TransparencyLog.open(tmp_path / "log", LOG) as log:

        def one(entry: bytes, now: int) -> Round:
            clinics[0].now = clinics[1].now = now
            log.append([entry])
            return go_round(log, submissions, clock)

        assert one(b"a", 100) == Round(1, {}, "")
        clinics[1].up = False
        assert one(b"b", 200) == Round(2, {"w2.example": "nobody"}, "")
        clinics[0].up = clock.up = False
        assert one(b"c", 300) == Round(
            3, {"w1.example": "nobody", "w2.example": "nobody"}, "the authority does not answer"
        )
        assert log.witnessed_until(keys) == 200  # unwitnessed since
        for entry, signed in ((b"a", 2), (b"b", 1)):
            anchor = log.anchor_for(entry)
            assert anchor is not None
            assert len(anchor.note.signed_by(keys)) == signed
            assert anchor.stamp == b"stamp of " + anchor.note.text.encode()
            log.prove(entry, anchor.note)
        assert log.anchor_for(b"c") is None
        clinics[0].up = clinics[1].up = clock.up = True
        assert one(b"d", 400).whole
        anchor = log.anchor_for(b"c")
        assert anchor is not None
        assert anchor.note.signed_by(keys) == dict.fromkeys(keys, 400)


def test_a_log_alone_has_rounds_too(tmp_path: Path) -> None:
    with TransparencyLog.open(tmp_path, LOG) as log:
        log.append([b"a"])
        assert go_round(log, [], None) == Round(1, {}, "")
        assert log.anchors == []


def test_what_is_served_is_enough_to_check_everything(tmp_path: Path) -> None:
    """A stranger with nothing but the served files."""
    clinic = Clinic(tmp_path / "witnessed", KEYS[0])
    folder = tmp_path / "log"
    assert serve(folder, "checkpoint") is None
    with TransparencyLog.open(folder, LOG) as log:
        log.append([b"%d" % n for n in range(300)])
        go_round(log, [Submission(KEYS[0].key, clinic)], None)
    served = serve(folder, "checkpoint")
    assert served is not None
    assert served.cache == SOON
    checkpoint = Checkpoint.parse(Note.parse(served.body).text)
    entries: list[bytes] = []
    for tile in (Tile(ENTRIES, 0), Tile(ENTRIES, 1, 44)):
        bundle = serve(folder, tile.path)
        assert bundle is not None
        assert bundle.cache == FOR_GOOD
        entries += unbundled(bundle.body)

    def nodes(level: int, index: int) -> bytes:
        if level == 0:
            return merkle.leaf_hash(entries[index])
        return merkle.node_hash(nodes(level - 1, 2 * index), nodes(level - 1, 2 * index + 1))

    assert merkle.root(checkpoint.size, nodes) == checkpoint.root
    name = next((tmp_path / "witnessed").iterdir()).name
    monitored = serve(folder, f"{name}/checkpoint", clinic.witness)
    assert monitored is not None
    assert Note.parse(monitored.body).signed_by([KEYS[0].key]) == {KEYS[0].key: 100}


OTHERS = f"{'0' * 64}/checkpoint"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "pending",
        "index.sqlite",
        "lock",
        "../log/checkpoint",
        "tile/0/999",
        "tile/0/000.p/7",
        "anchor",
        f"{'0' * 64}/checkpoint",
    ],
)
def test_nothing_else_is_served(tmp_path: Path, path: str) -> None:
    with TransparencyLog.open(tmp_path / "log", LOG) as log:
        log.append([b"a"])
        log.publish()
    assert serve(tmp_path / "log", path, Witness(tmp_path / "w", KEYS[0], {})) is None


def test_what_a_bundle_carries_for_a_leaf(tmp_path: Path) -> None:
    consultation = ConsultationId("a" * 26)
    leaf = kept_leaf(tmp_path, consultation, LeafKind.SEALED, "ab" * 32, 1)
    assert kept_leaf(tmp_path, consultation, LeafKind.SEALED, "ab" * 32, 2) == leaf
    with TransparencyLog.open(tmp_path / "tlog", LOG) as log:
        with pytest.raises(LeafInvalid):
            evidence(log, leaf)
        log.append([leaf.entry])
        assert evidence(log, leaf) == {}
        note = log.publish()
        found = evidence(log, leaf)
        assert list(found) == [".tlog-proof"]
        assert verify.parse_proof(found[".tlog-proof"]).leaf["digest"] == "ab" * 32
        log.keep_anchor(Anchor(checkpoint=bytes(note).decode(), stamp=b"stamp"), whole=True)
        assert evidence(log, leaf)[".tsr"] == b"stamp"
