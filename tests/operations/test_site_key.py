"""The site key: made once, never a second one for an archive that has begun; where it lies is said."""

import base64
from pathlib import Path

import pytest
from msgspec.structs import replace

from recordings import ARCHIVE, SITE_FILE
from sefaw_rtc.access.keys import store_key
from sefaw_rtc.config import Config, Server
from sefaw_rtc.config.archive import Archive
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.keyring import keyring_of, server_keyring, site_key_file
from sefaw_rtc.operations.check import Finding, Level, site_key
from signalling.ids import ConsultationId
from tests.keys import SITE, SITE_KEY

ID = ConsultationId("k" * 26)


def config(tmp_path: Path, file: str = "", key: bytes = b"") -> Config:
    archive = Archive(site_key_file=file, site_key=base64.b64encode(key).decode())
    return Config(server=Server(data=str(tmp_path / "data")), archive=archive)


def found(config: Config) -> list[Finding]:
    return list(site_key.examine(config))


def test_the_first_start_makes_it_and_the_second_finds_it(tmp_path: Path) -> None:
    key = server_keyring(config(tmp_path)).create(ID)
    file = tmp_path / "data/keys/site.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert server_keyring(config(tmp_path)).open(ID) == key == keyring_of(config(tmp_path)).open(ID)


@pytest.mark.parametrize("way", ["file", "environment"])
def test_it_comes_from_elsewhere_as_well(tmp_path: Path, way: str) -> None:
    store_key(tmp_path / "usb/site.key", SITE_KEY)
    from_file = way == "file"
    settings = config(tmp_path, str(tmp_path / "usb/site.key")) if from_file else config(tmp_path, key=SITE_KEY)
    server_keyring(settings).create(ID)
    assert SITE.name in (tmp_path / "data" / ARCHIVE / SITE_FILE).read_text("ascii")
    assert not (tmp_path / "data/keys").exists()
    assert site_key_file(settings) == (tmp_path / "usb/site.key" if from_file else None)


def test_a_missing_site_key_is_not_made_anew(tmp_path: Path) -> None:
    key = server_keyring(config(tmp_path)).create(ID)
    file = tmp_path / "data/keys/site.key"
    file.rename(tmp_path / "away")
    with pytest.raises(ConfigError, match=r"sealed with another key.*no file"):
        server_keyring(config(tmp_path))
    assert not file.exists()
    (tmp_path / "away").rename(file)
    assert server_keyring(config(tmp_path)).open(ID) == key


def test_another_site_key_does_not_start(tmp_path: Path) -> None:
    server_keyring(config(tmp_path)).create(ID)
    with pytest.raises(ConfigError, match="nothing was changed"):
        server_keyring(config(tmp_path, key=SITE_KEY))
    (tmp_path / "data" / ARCHIVE / SITE_FILE).unlink()  # asked for: what was sealed is given up
    server_keyring(config(tmp_path, key=SITE_KEY)).create(ConsultationId("n" * 26))


@pytest.mark.parametrize("key", [bytes(31), bytes(33)])
def test_a_key_of_another_length(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(ConfigError, match="bytes"):
        server_keyring(config(tmp_path, key=key))


def test_a_damaged_archive_is_a_sentence(tmp_path: Path) -> None:
    server_keyring(config(tmp_path))
    (tmp_path / "data" / ARCHIVE / SITE_FILE).write_bytes(b"?")
    with pytest.raises(ConfigError, match="cannot be used"):
        server_keyring(config(tmp_path))
    assert found(config(tmp_path))[0].level is Level.PROBLEM


def test_the_check_says_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, beside = config(tmp_path), config(tmp_path, str(tmp_path / "beside.key"))
    assert [f.level for f in found(inside)] == [Level.OK, Level.WARNING]
    assert "is made when the server first starts" in found(inside)[0].words
    assert "in the data directory" in found(inside)[1].words
    assert "on the same disk" in found(beside)[1].words
    assert [f.level for f in found(config(tmp_path, key=SITE_KEY))] == [Level.OK]
    monkeypatch.setattr(site_key, "_disk", hash)
    assert found(beside)[1].words == "It lies on another disk than the archive."


def test_the_check_says_whether_it_is_the_archive_s(tmp_path: Path) -> None:
    server_keyring(config(tmp_path))
    assert "It is the one" in found(config(tmp_path))[0].words
    assert [f.level for f in found(config(tmp_path, key=SITE_KEY))] == [Level.PROBLEM, Level.OK]
    (tmp_path / "data/keys/site.key").unlink()
    missing = found(config(tmp_path))[0]
    assert (missing.level, "There is no file" in missing.words) == (Level.PROBLEM, True)
    assert "copy" in missing.do


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    server_keyring(config(tmp_path))
    (tmp_path / "data/keys/site.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        server_keyring(replace(config(tmp_path)))
