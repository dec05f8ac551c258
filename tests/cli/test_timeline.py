"""`sefaw-rtc timeline`: from the log alone, in words, as data, as a file."""

import json
from pathlib import Path

import pytest

from recordings import LogWriter
from sefaw_rtc.config import Config, Server
from sefaw_rtc.keyring import server_keyring
from signalling.codec import encode_event
from tests.cli.test_cli import Run, run  # noqa: F401 - a fixture
from tests.recordings.test_timeline import HEADER, a_call


@pytest.fixture
def logged(tmp_path: Path) -> str:
    folder = tmp_path / "data/consultations/closed"
    folder.mkdir(parents=True)
    key = server_keyring(Config(server=Server(data=str(tmp_path / "data")))).create(HEADER.consultation)
    path = folder / f"{HEADER.consultation}.log"
    with LogWriter.create(path, HEADER.consultation, HEADER.started_unix_us, key) as log:
        for event in a_call():
            log.append(encode_event(event))
    return str(HEADER.consultation)


def test_in_words(run: Run, logged: str) -> None:  # noqa: F811 - a fixture
    code, out, _ = run("timeline", logged)
    assert code == 0
    assert "0:04.300  2 · specialist                First whole picture (keyframe) · picture, face (3) · 190 ms" in out
    code, out, _ = run("timeline", logged, "--lang", "zh-CN")
    assert "首个完整画面" in out


def test_as_data_and_as_a_file(run: Run, logged: str, tmp_path: Path) -> None:  # noqa: F811 - a fixture
    code, out, _ = run("timeline", logged, "--json")
    assert (code, json.loads(out)["consultation"]) == (0, logged)
    assert run("timeline", logged, "--html", "call.html")[:2] == (0, "Wrote call.html.\n")
    assert (tmp_path / "call.html").read_text("utf-8").startswith("<!doctype html>")


def test_what_there_is_not(run: Run, logged: str, tmp_path: Path) -> None:  # noqa: F811 - a fixture
    assert "no log of this consultation" in run("timeline", "y" * 26)[2]
    assert "26 characters" in run("timeline", "../secret")[2]
    (tmp_path / f"data/consultations/closed/{logged}.log").write_bytes(b"nothing of ours")
    assert "cannot be read" in run("timeline", logged)[2]
