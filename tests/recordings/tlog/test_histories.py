"""A log that was put back from a backup, or whose clock was: it signs no second history, and says so."""

import hashlib
import shutil
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from recordings.tlog.errors import HistoriesDiffer, PostFailed, TextInvalid, TlogDamaged, WitnessRefused
from recordings.tlog.log import TransparencyLog
from recordings.tlog.note import Note
from recordings.tlog.partners import stamper_of, submission_of
from recordings.tlog.posting import Reply
from recordings.tlog.serving import serve
from recordings.tlog.submitting import Submission
from tests.recordings.tlog.authority import Authority
from tests.recordings.tlog.test_witness import LOG, PARTNER, STRANGER, Pair


def submission(pair: Pair) -> Submission:
    """Without a network between."""

    def get(path: str) -> Reply:
        found = serve(pair.folder / "log", path.removeprefix("/"), pair.witness)
        return Reply(200, found.body) if found else Reply(404, b"")

    def post(_path: str, body: bytes, _type: str) -> Reply:
        answer = pair.witness.add_checkpoint(body, lambda: pair.now)
        return Reply(answer.status, answer.body)

    return Submission(PARTNER.key, post, get)


def grown(folder: Path, seen: Path, count: int) -> None:
    with TransparencyLog.open(folder, LOG, seen) as log:
        log.append([b"%d" % n for n in range(log.size, log.size + count)])
        log.publish()


def test_a_log_alone_knows_that_it_was_put_back(tmp_path: Path) -> None:
    log, backup, seen = tmp_path / "log", tmp_path / "backup", tmp_path / "keys/tlog.seen"
    grown(log, seen, 5)
    shutil.copytree(log, backup)
    grown(log, seen, 300)
    shutil.rmtree(log)
    shutil.copytree(backup, log)
    before = {path: path.read_bytes() for path in log.rglob("*") if path.is_file()}
    with pytest.raises(TlogDamaged, match="backup"):
        TransparencyLog.open(log, LOG, seen)
    assert {path: path.read_bytes() for path in log.rglob("*") if path.is_file()} == before, "it is evidence"


def test_a_log_that_is_gone_is_not_begun_again_under_its_name(tmp_path: Path) -> None:
    seen = tmp_path / "tlog.seen"
    grown(tmp_path / "log", seen, 5)
    with pytest.raises(TlogDamaged, match="backup"):
        TransparencyLog.open(tmp_path / "empty", LOG, seen)


def test_another_history_of_the_same_length_is_found(tmp_path: Path) -> None:
    seen = tmp_path / "tlog.seen"
    grown(tmp_path / "log", seen, 5)
    with TransparencyLog.open(tmp_path / "other", LOG) as other:
        other.append([b"other"] + [b"%d" % n for n in range(300)])
        other.publish()
    with pytest.raises(TlogDamaged):
        TransparencyLog.open(tmp_path / "other", LOG, seen)


@pytest.mark.parametrize("data", [b"", b"nonsense", bytes(Note("x\n1\ny\n", (STRANGER.sign("x\n1\ny\n"),)))])
def test_a_memory_of_something_else_stops_nobody(tmp_path: Path, data: bytes) -> None:
    seen = tmp_path / "tlog.seen"
    seen.write_bytes(data)
    grown(tmp_path / "log", seen, 5)
    assert Note.parse(seen.read_bytes()).signed_by([LOG.key])


def test_a_memory_that_a_full_disk_left_behind_is_one_too(tmp_path: Path) -> None:
    log, seen = tmp_path / "log", tmp_path / "tlog.seen"
    grown(log, seen, 5)
    old = seen.read_bytes()
    grown(log, seen, 5)
    seen.write_bytes(old)
    grown(log, seen, 5)


def test_key_and_all_put_back_its_witness_shows_what_was_signed(tmp_path: Path) -> None:
    """Then nothing here remembers, and only the partner does: before the first signature."""
    pair = Pair(tmp_path)
    asked = submission(pair)
    asked.require_one_history(pair.log)
    pair.grow(5)
    asked.require_one_history(pair.log)
    asked.submit(pair.log, pair.grow(5))
    seen = tmp_path / "tlog.seen"
    with TransparencyLog.open(tmp_path / "from an old backup", LOG, seen) as old:
        old.append([b"0", b"1"])
        assert old.checkpoint is None
        with pytest.raises(HistoriesDiffer):
            submission(pair).require_one_history(old)
        assert old.checkpoint is None, "nothing was signed"
    with pytest.raises(TlogDamaged, match="backup"):
        TransparencyLog.open(tmp_path / "from an old backup", LOG, seen)


def test_a_fork_is_proved_when_the_witness_refuses(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    submission(pair).submit(pair.log, pair.grow(10))
    with TransparencyLog.open(tmp_path / "fork", LOG) as fork:
        fork.append([b"other %d" % n for n in range(20)])
        with pytest.raises(HistoriesDiffer):
            submission(pair).submit(fork, fork.publish())
    with TransparencyLog.open(tmp_path / "shorter", LOG) as shorter:
        shorter.append([b"0"])
        with pytest.raises(HistoriesDiffer):
            submission(pair).submit(shorter, shorter.publish())


def test_a_witness_that_only_says_so_stops_nothing(tmp_path: Path) -> None:
    """A partner must not be able to silence a log by a lie: our own signature is the proof."""
    pair = Pair(tmp_path)
    stranger = Note("a\n1\nb\n", (STRANGER.sign("a\n1\nb\n"),))
    for shown in (Reply(200, b"nonsense"), Reply(200, bytes(stranger)), Reply(404, b"")):
        liar = Submission(PARTNER.key, lambda *_: Reply(409, b"9999\n"), lambda _path, shown=shown: shown)
        with pytest.raises(WitnessRefused, match="more of this log"):
            liar.submit(pair.log, pair.grow())
        liar.require_one_history(pair.log)

    def silent(path: str) -> Reply:
        assert path == f"/{hashlib.sha256(LOG.key.name.encode()).hexdigest()}/checkpoint"
        raise PostFailed("nobody")

    Submission(PARTNER.key, lambda *_: Reply(500, b""), silent).require_one_history(pair.log)


def test_a_witness_whose_clock_is_set_back_an_hour_signs_no_earlier_time(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    times = []
    for now in (1_800_000_000, 1_800_000_000 - 3600, 1_800_000_001):
        pair.now = now
        note = pair.grow()
        times.append(
            note.with_signatures(submission(pair).submit(pair.log, note)).signed_by([PARTNER.key])[PARTNER.key]
        )
    assert times == [1_800_000_000, 1_800_000_000, 1_800_000_001]


def test_partners_as_they_are_written_down(tmp_path: Path) -> None:
    assert submission_of(f"{PARTNER.key} https://partner.example/tlog").witness == PARTNER.key
    for text in (
        "",
        str(PARTNER.key),
        f"{PARTNER.key} ftp://x",
        f"{LOG.key} https://partner.example",
        "x+y+z http://a",
    ):
        with pytest.raises(TextInvalid):
            submission_of(text)
    root: x509.Certificate = Authority(tmp_path).root
    stamper_of("https://stamps.example", root.public_bytes(Encoding.PEM))
    for address, roots in (("nowhere", root.public_bytes(Encoding.PEM)), ("https://stamps.example", b"nothing")):
        with pytest.raises(TextInvalid):
            stamper_of(address, roots)
