"""The node's log: one name and one key for ever, and never two histories of it."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from recordings.tlog import TlogDamaged, TransparencyLog
from sefaw_rtc.config import Config, Server
from sefaw_rtc.config.tlog import Tlog
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.service.own_log import began_s, newest_ms, open_own_log, own_signer


def config(tmp_path: Path, name: str = "", url: str = "https://clinic.example") -> Config:
    return Config(server=Server(data=str(tmp_path), public_url=url), tlog=Tlog(log_name=name))


def grown(settings: Config, *entries: bytes) -> None:
    with open_own_log(settings, own_signer(settings)) as log:
        log.append(entries)
        log.publish()


def test_it_works_without_configuration_and_keeps_its_name(tmp_path: Path) -> None:
    first = config(tmp_path)
    assert (newest_ms(first), began_s(first)) == (0, 0)
    signer = own_signer(first)
    assert signer.key.name.startswith("clinic.example/")
    grown(first, b"a")
    assert newest_ms(first) // 1000 >= began_s(first) > 0
    moved = config(tmp_path, url="https://other.example")
    assert own_signer(moved).key == signer.key
    grown(moved, b"b")
    with open_own_log(moved, own_signer(moved)) as log:
        assert log.size == 2
    assert (tmp_path / "keys/tlog.key").stat().st_mode & 0o777 == 0o600
    assert str(signer.key) == (tmp_path / "tlog/log.vkey").read_text().strip()
    assert own_signer(config(tmp_path / "another")).key.name != signer.key.name


def test_a_host_without_a_usable_name_has_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "医院 +1")
    assert own_signer(config(tmp_path, url="")).key.name.startswith("-1/")


@pytest.mark.parametrize("name", ["a b", "a+b", "\n"])
def test_a_name_that_is_none_stops_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"tlog\.log_name"):
        own_signer(config(tmp_path, name))


def test_another_name_begins_another_log_and_keeps_the_former_as_it_was(tmp_path: Path) -> None:
    first, second = config(tmp_path), config(tmp_path, "clinic.example/2")
    former = own_signer(first)
    grown(first, b"a", b"b")
    (tmp_path / "tlog/through").write_text("1")
    before = (tmp_path / "tlog/checkpoint").read_bytes()
    grown(second, b"c")
    with open_own_log(second, own_signer(second)) as log:
        assert (log.size, log.key.name) == (1, "clinic.example/2")
    assert not (tmp_path / "tlog/through").exists(), "it is told everything anew"
    (aside,) = (tmp_path / "tlog/former").iterdir()
    assert (aside / "checkpoint").read_bytes() == before
    with TransparencyLog.open(aside, former) as log:
        assert log.size == 2
    grown(config(tmp_path, "clinic.example/3"), b"d")
    grown(replace(second), b"e")
    assert len(list((tmp_path / "tlog/former").iterdir())) == 3


@pytest.mark.parametrize("renames", range(7))
def test_killed_while_it_puts_the_former_aside_it_goes_on(
    tmp_path: Path, renames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(config(tmp_path), b"a")
    real, left = Path.rename, [renames]

    def rename(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(path, target)

    settings = config(tmp_path, "clinic.example/2")
    with monkeypatch.context() as killed:
        killed.setattr(Path, "rename", rename)
        try:
            grown(settings, b"b")
        except KeyboardInterrupt:
            assert renames < 4  # tile, pending, checkpoint, key
    grown(settings, b"b")
    (aside,) = (tmp_path / "tlog/former").iterdir()
    assert {"tile", "pending", "checkpoint", "log.vkey"} <= {path.name for path in aside.iterdir()}


def test_a_log_that_was_put_back_is_not_gone_on_with(tmp_path: Path) -> None:
    settings = config(tmp_path)
    grown(settings, b"a")
    shutil.copytree(tmp_path / "tlog", tmp_path / "backup")
    grown(settings, b"b")
    shutil.rmtree(tmp_path / "tlog")
    shutil.copytree(tmp_path / "backup", tmp_path / "tlog")
    with pytest.raises(TlogDamaged, match="backup"):
        grown(settings, b"c")
    grown(config(tmp_path, "clinic.example/2"), b"c")


def test_a_restored_server_without_the_key_begins_another_log_by_itself(tmp_path: Path) -> None:
    settings = config(tmp_path)
    grown(settings, b"a")
    shutil.rmtree(tmp_path / "keys")
    grown(settings, b"b")
    assert len(list((tmp_path / "tlog/former").iterdir())) == 1


def test_the_same_name_with_another_key_is_no_continuation(tmp_path: Path) -> None:
    settings = config(tmp_path, "clinic.example/log")
    grown(settings, b"a")
    shutil.rmtree(tmp_path / "keys")
    with pytest.raises(TlogDamaged, match="another key"):
        grown(settings, b"b")


def test_whose_log_it_is_must_be_readable(tmp_path: Path) -> None:
    settings = config(tmp_path)
    grown(settings, b"a")
    (tmp_path / "tlog/log.vkey").write_text("nonsense")
    with pytest.raises(TlogDamaged):
        grown(settings, b"b")
