"""Time stamps by OpenSSL's own responder, over HTTP."""

import time
from pathlib import Path

import pytest

from recordings.tlog.errors import PostFailed, StampFailed
from recordings.tlog.posting import HttpPost, Reply
from recordings.tlog.stamp import Rfc3161Stamper, verify_stamp
from tests.recordings.tlog.authority import Authority, answering

TEXT = b"node.example/tlog\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_stamp_of_a_real_responder(authority: Authority) -> None:
    with answering({"/tsa": lambda query: (200, authority.reply(query))}) as address:
        stamp = Rfc3161Stamper(HttpPost(f"{address}/tsa"), [authority.root]).stamp(TEXT)
    at = verify_stamp(stamp, TEXT, [authority.root])
    assert abs(at - time.time() * 1000) < 60_000
    with pytest.raises(StampFailed):
        verify_stamp(stamp, TEXT + b"\n", [authority.root])


def test_what_does_not_hold_is_not_kept(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")

    replay: list[bytes] = []

    def replayed(query: bytes) -> bytes:
        replay.append(authority.reply(query))
        return replay[0]

    def stamper(answer: object) -> Rfc3161Stamper:
        return Rfc3161Stamper(lambda _path, body, _type: Reply(200, answer(body)), [authority.root])  # type: ignore[operator]

    stamper(replayed).stamp(TEXT)
    for answer in (other.reply, replayed, lambda _: b"", lambda _: b"\x30\x03\x02\x01\x00", lambda _: b"x" * 1000):
        with pytest.raises(StampFailed):
            stamper(answer).stamp(TEXT)


def test_no_answer_and_no_root(authority: Authority) -> None:
    def silent(*_: object) -> Reply:
        raise PostFailed("nobody")

    with pytest.raises(StampFailed):
        Rfc3161Stamper(silent, [authority.root]).stamp(TEXT)
    with pytest.raises(StampFailed, match="503"):
        Rfc3161Stamper(lambda *_: Reply(503, b""), [authority.root]).stamp(TEXT)
    with pytest.raises(ValueError, match="root"):
        Rfc3161Stamper(silent, [])
