"""`sefaw-rtc check` says who vouches for the transparency log, and until when."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from recordings.tlog import Submission, TransparencyLog, go_round
from sefaw_rtc.config import Config, Server
from sefaw_rtc.config.tlog import Tlog
from sefaw_rtc.operations.check import Level, tlog
from tests.recordings.tlog.authority import Authority
from tests.recordings.tlog.test_round import KEYS, LOG, Clinic


def found(data: Path, **settings: Any) -> list[tuple[Level, str]]:
    config = Config(server=Server(data=str(data)), tlog=Tlog(**settings))
    return [(one.level, one.words) for one in tlog.examine(config)]


def test_before_the_first_start_there_is_none(tmp_path: Path) -> None:
    assert [level for level, _ in found(tmp_path)] == [Level.OK]


def test_who_vouches_and_since_when_not(tmp_path: Path) -> None:
    witnesses = [f"{signer.key} https://{signer.key.name}/tlog" for signer in KEYS]
    clinics = [Clinic(tmp_path / signer.key.name, signer) for signer in KEYS]
    asked = [Submission(signer.key, clinic) for signer, clinic in zip(KEYS, clinics, strict=True)]
    clinics[1].up = False
    with TransparencyLog.open(tmp_path / "tlog", LOG) as log:
        (tmp_path / "tlog/log.vkey").write_text(f"{LOG.key}\n")
        log.append([b"a"])
        go_round(log, asked, None)
        (own, first, second) = found(tmp_path, witnesses=witnesses)
        assert own == (Level.OK, f"Its key, for partners and for whoever checks a bundle: {LOG.key}")
        assert first == (Level.OK, "w1.example vouches for all of it, until 1970-01-01T00:01:40+00:00.")
        assert second == (Level.WARNING, "w2.example never vouched for it.")
        clinics[0].up = False
        log.append([b"b"])
        go_round(log, asked, None)
    assert found(tmp_path, witnesses=witnesses)[1] == (
        Level.WARNING,
        "Unwitnessed by w1.example since 1970-01-01T00:01:40+00:00.",
    )
    assert [level for level, _ in found(tmp_path)] == [Level.OK, Level.WARNING], "nobody is asked"


@pytest.mark.parametrize("name", ["log.vkey", "checkpoint", "anchor"])
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    witness = [f"{KEYS[0].key} https://w.example"]
    with TransparencyLog.open(tmp_path / "tlog", LOG) as log:
        (tmp_path / "tlog/log.vkey").write_text(f"{LOG.key}\n")
        log.append([b"a"])
        go_round(log, [Submission(KEYS[0].key, Clinic(tmp_path / "w", KEYS[0]))], None)
    (tmp_path / "tlog" / name).write_bytes(b"\xff\xfe")
    assert Level.PROBLEM in [level for level, _ in found(tmp_path, witnesses=witness)]


def test_what_is_written_wrongly(tmp_path: Path) -> None:
    assert found(tmp_path, witnesses=["nonsense"])[0][0] is Level.PROBLEM
    address = {"tsa_url": "https://stamps.example"}
    assert found(tmp_path, **address, tsa_roots=str(tmp_path / "none"))[0][0] is Level.PROBLEM
    (tmp_path / "root.pem").write_bytes(Authority(tmp_path / "tsa").root.public_bytes(Encoding.PEM))
    assert found(tmp_path, **address, tsa_roots=str(tmp_path / "root.pem"))[0][0] is Level.OK
