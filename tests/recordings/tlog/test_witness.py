"""Witnessing both ways: every answer that tlog-witness prescribes, and two nodes that witness each other by HTTP."""

import socket
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from recordings.tlog.checkpoint import Checkpoint
from recordings.tlog.errors import NoteInvalid, PostFailed, TextInvalid, TlogDamaged, WitnessRefused
from recordings.tlog.log import TransparencyLog
from recordings.tlog.merkle import EMPTY_ROOT
from recordings.tlog.note import COSIGNATURE, Note, Signature, Signer
from recordings.tlog.posting import HttpPost, Reply
from recordings.tlog.submitting import Submission
from recordings.tlog.witness import SIZE, AddCheckpoint, Answer, Witness
from tests.recordings.tlog.authority import answering

LOG = Signer("node.example/tlog", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
PARTNER = Signer("partner.example/w", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))), COSIGNATURE)
STRANGER = Signer(LOG.key.name, Ed25519PrivateKey.from_private_bytes(bytes(32)))


class Pair:
    """A log and a witness that knows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = TransparencyLog.open(folder / "log", LOG)
        self.witness = Witness(folder / "witnessed", PARTNER, {LOG.key.name: [LOG.key]})
        self.now = 1_800_000_000

    def grow(self, count: int = 3) -> Note:
        size = self.log.size
        self.log.append([b"%d" % n for n in range(size, size + count)])
        return self.log.publish()

    def ask(self, old: int, note: Note, steps: list[bytes] | None = None) -> Answer:
        if steps is None:
            steps = self.log.prove_consistency(old, Checkpoint.parse(note.text).size)
        return self.witness.add_checkpoint(bytes(AddCheckpoint(old, tuple(steps), note)), lambda: self.now)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_the_specification_s_request() -> None:
    """tlog-witness, "add-checkpoint": its example body."""
    body = (
        "old 20852014\n"
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
        "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+"
        "zyWE+xeMcTOAYQ8=\n"
    ).encode()
    request = AddCheckpoint.parse(body)
    assert (request.old, len(request.steps), bytes(request)) == (20_852_014, 4, body)


def test_growing_is_signed_and_kept_as_monitors_read_it(pair: Pair) -> None:
    sizes = [0]
    for count in (1, 5, 300):
        note = pair.grow(count)
        answer = pair.ask(sizes[-1], note)
        assert answer.status == 200
        sizes.append(pair.log.published)
        cosigned = Note.parse(bytes(note) + answer.body)
        assert cosigned.signed_by([LOG.key, PARTNER.key]) == {LOG.key: None, PARTNER.key: pair.now}
        pair.now += 60
    kept = next((pair.folder / "witnessed").iterdir()).name
    assert pair.witness.monitored(kept) == bytes(cosigned)
    assert pair.witness.monitored("../log") is None
    assert pair.ask(306, note).status == 200  # the same again: a newer time


def test_an_older_size_is_told_the_newest(pair: Pair) -> None:
    note = pair.grow(4)
    assert pair.ask(0, note).status == 200
    assert pair.ask(0, note) == Answer(409, b"4\n", SIZE)
    again = Witness(pair.folder / "witnessed", PARTNER, {LOG.key.name: [LOG.key]})  # a restart
    assert again.add_checkpoint(bytes(AddCheckpoint(2, (), note)), lambda: 1) == Answer(409, b"4\n", SIZE)


def test_two_histories_are_never_both_signed(pair: Pair, tmp_path: Path) -> None:
    note = pair.grow(4)
    assert pair.ask(0, note).status == 200
    with TransparencyLog.open(tmp_path / "other history", LOG) as other:
        other.append([b"x", b"y", b"z", b"u"])
        fork = other.publish()
        assert pair.ask(4, fork, []).status == 422  # the same size, another root
        other.append([b"v"])
        longer = other.publish()
        assert pair.ask(4, longer, other.prove_consistency(4, 5)).status == 422
    assert pair.ask(4, pair.grow(1)).status == 200


def test_proofs_where_none_belongs_and_empty_trees(pair: Pair) -> None:
    note = pair.grow(2)
    assert pair.ask(0, note, [bytes(32)]).status == 422
    empty = str(Checkpoint(LOG.key.name, 0, EMPTY_ROOT))
    assert pair.ask(0, Note(empty, (LOG.sign(empty),)), []).status == 200
    wrong = str(Checkpoint(LOG.key.name, 0, bytes(32)))
    assert pair.ask(0, Note(wrong, (LOG.sign(wrong),)), []).status == 422


def test_who_may_ask(pair: Pair) -> None:
    note = pair.grow(2)
    unknown = str(Checkpoint("elsewhere.example", 2, bytes(32)))
    assert pair.ask(0, Note(unknown, (LOG.sign(unknown),)), []).status == 404
    assert pair.ask(0, Note(note.text, (STRANGER.sign(note.text),)), []).status == 403
    forged = Signature(LOG.key.name, LOG.key.key_id, bytes(64))
    assert pair.ask(0, Note(note.text, (*note.signatures, forged)), []).status == 403
    assert pair.ask(3, note, []).status == 400


@pytest.mark.parametrize(
    "head", [b"", b"old 1", b"old 01\n", b"old -1\n", b"new 1\n", b"old 1\nxyz\n", b"old 1\n" + b"A" * 43 + b"=\n" * 64]
)
def test_what_is_no_request(pair: Pair, head: bytes) -> None:
    body = head + b"\n" + bytes(pair.grow())
    assert pair.witness.add_checkpoint(body, lambda: 1) == Answer(400)
    with pytest.raises((TextInvalid, NoteInvalid)):
        AddCheckpoint.parse(body)


@given(st.binary(max_size=400))
def test_whatever_is_posted_is_answered(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    witness = Witness(tmp_path_factory.getbasetemp() / "nothing", PARTNER, {})
    assert witness.add_checkpoint(body, lambda: 1).status == 400
    assert witness.add_checkpoint(b"x" * 200_000, lambda: 1).status == 400


def test_a_damaged_memory_signs_nothing(pair: Pair) -> None:
    note = pair.grow()
    assert pair.ask(0, note).status == 200
    kept = next((pair.folder / "witnessed").rglob("checkpoint"))
    kept.write_bytes(kept.read_bytes()[:-20])
    with pytest.raises(TlogDamaged):
        pair.ask(3, pair.grow())
    kept.write_bytes(bytes(note))  # somebody's who is not us
    with pytest.raises(TlogDamaged):
        pair.ask(3, pair.grow())


# ---- being witnessed ------------------------------------------------------------------------------------------------


def test_two_nodes_witness_each_other_by_http(tmp_path: Path) -> None:
    pairs = [Pair(tmp_path / "a"), Pair(tmp_path / "b")]
    answers = {
        f"/{n}/add-checkpoint": lambda body, pair=pair: (
            (answer := pair.witness.add_checkpoint(body, lambda: pair.now)).status,
            answer.body,
        )
        for n, pair in enumerate(pairs)
    }
    with answering(dict(answers)) as address:
        for n, pair in enumerate(pairs):
            submission = Submission(PARTNER.key, HttpPost(f"{address}/{1 - n}/"))
            for count in (3, 400):
                note = pair.grow(count)
                pair.log.cosigned(note.text, submission.submit(pair.log, note))
                assert pair.log.checkpoint is not None
                assert pair.log.checkpoint.signed_by([PARTNER.key]) == {PARTNER.key: 1_800_000_000}
            anew = Submission(PARTNER.key, HttpPost(f"{address}/{1 - n}"))  # after a restart: 409 tells how far
            assert anew.submit(pair.log, pair.grow(1))


def test_a_log_that_was_rolled_back_is_found_out(tmp_path: Path, pair: Pair) -> None:
    submission = Submission(
        PARTNER.key,
        lambda _path, body, _type: Reply((a := pair.witness.add_checkpoint(body, lambda: 1)).status, a.body),
    )
    pair.grow(5)
    submission.submit(pair.log, pair.grow(5))
    with TransparencyLog.open(tmp_path / "from an old backup", LOG) as old:
        old.append([b"0", b"1"])
        with pytest.raises(WitnessRefused, match="more of this log"):
            submission.submit(old, old.publish())
        old.append([b"%d" % n for n in range(100, 120)])
        with pytest.raises(WitnessRefused, match="422"):
            submission.submit(old, old.publish())


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, b""),
        Reply(200, b""),
        Reply(200, b"nothing like a signature"),
        Reply(200, str(STRANGER.sign("x\n")).encode()),
        Reply(200, f"— {PARTNER.key.name} AAAA\n".encode()),
        Reply(409, b"many\n"),
        Reply(409, b"\xff"),
        Reply(409, b"9\n"),
    ],
)
def test_a_witness_that_does_not_sign(pair: Pair, reply: Reply) -> None:
    with pytest.raises(WitnessRefused):
        Submission(PARTNER.key, lambda *_: reply).submit(pair.log, pair.grow())


HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 300_000


@pytest.mark.parametrize("answer", [b"", HALF, ENDLESS, b"SSH-2.0\r\n"])
def test_a_peer_that_is_no_witness(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while not connection.recv(65_536).endswith(b"x"):
                    pass
                with suppress(OSError):  # hung up on, as it should be
                    connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        with pytest.raises(PostFailed):
            HttpPost(f"http://127.0.0.1:{server.getsockname()[1]}", timeout_s=5)("/add-checkpoint", b"x", "text/plain")
        thread.join()


def test_a_witness_that_falls_silent_is_not_waited_for() -> None:
    """Half an answer, and then nothing until we hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while not connection.recv(65_536).endswith(b"x"):
                    pass
                with suppress(OSError):  # hung up on, perhaps before this thread had its turn
                    connection.sendall(HALF)
                    connection.recv(65_536)

        thread = Thread(target=serve)
        thread.start()
        with pytest.raises(PostFailed):
            HttpPost(f"http://127.0.0.1:{server.getsockname()[1]}", timeout_s=0.2)(
                "/add-checkpoint", b"x", "text/plain"
            )
        thread.join()


def test_nobody_there() -> None:
    with socket.socket() as nobody:  # it has the number, so that nobody else gets it, and listens to nobody
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(PostFailed):
            HttpPost(f"http://127.0.0.1:{nobody.getsockname()[1]}")("/add-checkpoint", b"x", "text/plain")
    with pytest.raises(ValueError, match="https"):
        HttpPost("ftp://example.com")
