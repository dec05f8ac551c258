"""The key's file: made once, private, whole."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sefaw_rtc.access import load_key, parse_key, scraper_subject, scraper_token, token_key
from sefaw_rtc.access.subject import ANONYMOUS, SCRAPER
from sefaw_rtc.config import Access
from sefaw_rtc.errors import ConfigError


def test_a_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "token.key"
    key = load_key(path)
    assert len(key) == 32
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["token.key"]


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(load_key, [tmp_path / "token.key"] * 16))
    assert len(set(keys)) == 1
    assert [found.name for found in tmp_path.iterdir()] == ["token.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token.key"
    load_key(path)
    path.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_key(path)


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"short").decode(), "é"])
def test_a_bad_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError) as caught:
        load_key(path)
    assert not text or text not in str(caught.value)


def test_a_directory_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be"):
        load_key(tmp_path / "file" / "token.key")


def test_where_the_key_comes_from(tmp_path: Path) -> None:
    given = base64.b64encode(b"k" * 32).decode()
    assert token_key(Access(token_key=given), tmp_path) == b"k" * 32
    assert not (tmp_path / "token.key").exists()
    elsewhere = token_key(Access(token_key_file=str(tmp_path / "other.key")), tmp_path)
    assert elsewhere == load_key(tmp_path / "other.key")
    assert token_key(Access(), tmp_path) == load_key(tmp_path / "token.key")
    with pytest.raises(ConfigError, match="SEFAW_ACCESS_TOKEN_KEY"):
        parse_key("x", "SEFAW_ACCESS_TOKEN_KEY")


@pytest.mark.parametrize(
    ("token", "bearer", "direct", "admitted"),
    [
        ("secret", "secret", False, True),
        ("secret", "wrong", True, False),
        ("secret", None, True, False),
        ("", None, True, True),
        ("", None, False, False),
        ("", "", False, False),
        ("secret", "é", True, False),
    ],
)
def test_who_may_scrape(token: str, bearer: str | None, direct: bool, admitted: bool) -> None:
    assert scraper_subject(token, bearer, direct=direct) is (SCRAPER if admitted else ANONYMOUS)


def test_where_the_scrapers_token_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "metrics"
    path.write_text("from the file\n")
    path.chmod(0o600)
    assert scraper_token(Access()) == ""
    assert scraper_token(Access(metrics_token_file=str(path))) == "from the file"
    assert scraper_token(Access(metrics_token="direct", metrics_token_file=str(path))) == "direct"
    with pytest.raises(ConfigError, match="there is no file"):
        scraper_token(Access(metrics_token_file=str(tmp_path / "absent")))
