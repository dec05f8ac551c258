"""What commands have fetched stays as long as somebody needs it, and no longer."""

import os
import queue
from pathlib import Path

import pytest

from recordings.objects import Local, Place, let_go, send
from recordings.objects.moving import USED, last_used
from recordings.objects.plan import DAY_MS
from sefaw_rtc.cli import fetching
from sefaw_rtc.cli.fetching import all_here, bring_here, in_use
from sefaw_rtc.config import S3, Config, Server
from sefaw_rtc.keyring import server_keyring
from tests.recordings.objects.stores import NOW, Files, Memory, files, silent
from tests.recordings.segments import CONSULTATION

PLACE = Place("bucket", "https://s3.example", "us-east-1", "", path_style=True, access_key="a", secret_key="s")
LATER = NOW + 4000 * DAY_MS
TRACK = "tracks/1.webm"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Memory:
    made = Memory()
    monkeypatch.setattr(fetching, "S3", lambda _place: made)
    return made


@pytest.fixture
def kept(tmp_path: Path) -> Files:
    made, closed = files(tmp_path), tmp_path / "consultations" / "closed"
    closed.mkdir(parents=True)
    (closed / made.log.name).hardlink_to(made.log)
    return made


@pytest.fixture
def config(tmp_path: Path) -> Config:
    s3 = S3(bucket="bucket", endpoint="https://s3.example", access_key="a", secret_key="s", local_days=1)
    return Config(server=Server(data=str(tmp_path)), s3=s3)


def away(kept: Files, store: Memory) -> None:
    send(kept.local(), store, PLACE.name, silent)
    assert let_go(kept.local(), LATER, 1, 0, PLACE.name)


def test_what_is_all_here_is_in_use_too(config: Config, kept: Files, store: Memory) -> None:
    keyring = server_keyring(config)
    assert bring_here(config, keyring, CONSULTATION).files == []
    assert not (kept.folder / USED).exists(), "nothing of it is anywhere else"
    send(kept.local(), store, PLACE.name, silent)
    assert bring_here(config, keyring, CONSULTATION).files == []
    assert let_go(kept.local(), LATER, 1, 10**10, PLACE.name) == 0


def test_what_was_fetched_to_be_checked_goes_again_but_for_who_reads_it(
    config: Config, kept: Files, store: Memory
) -> None:
    away(kept, store)
    keyring = server_keyring(config)
    with all_here(config, keyring, CONSULTATION):
        assert kept.path(TRACK).exists()
    assert not kept.path(TRACK).exists()
    with all_here(config, keyring, CONSULTATION):
        kept.local().mark_used()
    assert kept.path(TRACK).exists(), "a replay reads it"


@pytest.mark.parametrize("before", [0, 5])
def test_checking_what_is_here_is_no_use_of_it(config: Config, kept: Files, store: Memory, before: int) -> None:
    """Or what is checked each night would never be let go."""
    send(kept.local(), store, PLACE.name, silent)
    if before:
        kept.local().mark_used()
        os.utime(kept.folder / USED, (before, before))
    with all_here(config, server_keyring(config), CONSULTATION):
        assert last_used(kept.folder) > before
    assert last_used(kept.folder) == before


def test_an_export_of_hours_keeps_what_it_reads(
    config: Config, kept: Files, store: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(kept, store)
    marks: queue.Queue[None] = queue.Queue()
    mark = Local.mark_used

    def marked(local: Local) -> int:
        at = mark(local)
        marks.put(None)
        return at

    monkeypatch.setattr(fetching, "MARK_EVERY_S", 0.01)
    monkeypatch.setattr(Local, "mark_used", marked)
    with in_use(config, server_keyring(config), CONSULTATION):
        assert kept.path(TRACK).exists()
        for _ in range(5):
            marks.get(timeout=10)
    marks.queue.clear()
    with pytest.raises(queue.Empty):
        marks.get(timeout=0.05)
    assert kept.path(TRACK).exists(), "it stays for a while"
