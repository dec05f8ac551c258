"""`sefaw-rtc recordings`: sealed without the server, listed, checked."""

import os
import zipfile
from pathlib import Path

import pytest

from recordings import LogWriter, read_consultation
from recordings import verify as checker
from sefaw_rtc.cli.machine_user import machine_user
from sefaw_rtc.config import Config, Server
from sefaw_rtc.keyring import server_keyring
from signalling.codec import encode_event
from signalling.events import ExportedHere
from signalling.vocabulary import AccessKind
from tests.cli.test_cli import Run, run  # noqa: F401 - a fixture
from tests.disk import Disk
from tests.recordings.media.senders import write
from tests.recordings.sealed import talk
from tests.recordings.segments import CONSULTATION
from tests.recordings.test_timeline import a_call

WHY = ("--why", "the court asks")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The folder of a consultation that is over."""
    closed = tmp_path / "data/consultations/closed"
    closed.mkdir(parents=True)
    keyring = server_keyring(Config(server=Server(data=str(tmp_path / "data"))))
    key = keyring.create(CONSULTATION)
    with LogWriter.create(closed / f"{CONSULTATION}.log", CONSULTATION, 1, key) as log:
        for event in a_call():
            log.append(encode_event(event))
    write(keyring.folder(CONSULTATION), talk(3), key)
    return keyring.folder(CONSULTATION)


def test_seal_list_verify(run: Run, archive: Path) -> None:  # noqa: F811 - a fixture
    assert run("recordings", "list")[:2] == (0, f"{CONSULTATION}  not sealed\n")
    assert run("recordings", "verify")[0] == 1
    code, out, _ = run("recordings", "seal")
    assert code == 0
    assert "2 tracks, 3 s  lost 0, left out 0, damaged 0.0 s" in out
    assert run("recordings", "seal", CONSULTATION)[1] == out, "once"
    assert run("recordings", "list")[1] == out
    unproved = "5 files; not witnessed, not time-stamped"
    assert run("recordings", "verify")[:2] == (0, f"{CONSULTATION}  as sealed, {unproved}\n")
    track = archive / "tracks/1.webm"
    track.write_bytes(track.read_bytes()[:-1])
    code, out, _ = run("recordings", "verify", CONSULTATION)
    assert (code, out.splitlines()[0]) == (1, f"{CONSULTATION}  CHANGED: tracks/1.webm, {unproved}")
    assert "Integrity: NO" in out
    assert "完整" in run("recordings", "verify", CONSULTATION, "--lang", "zh-CN")[1]
    assert run("recordings", "verify", "--lang", "x")[0] == 2
    (archive / "media-000001.seg").unlink()
    assert run("recordings", "verify")[1].startswith(
        f"{CONSULTATION}  CHANGED: tracks/1.webm; MISSING: media/media-000001.seg, 5"
    )


def test_what_cannot_be_sealed(run: Run, archive: Path) -> None:  # noqa: F811 - a fixture
    (archive / "key.json").unlink()
    code, out, _ = run("recordings", "seal")
    assert code == 1
    assert "NOT SEALED" in out
    assert "Erased" in out
    assert "No consultation of this id is over" in run("recordings", "seal", "y" * 26)[2]


def test_export(run: Run, archive: Path, tmp_path: Path) -> None:  # noqa: F811 - a fixture
    assert "NotSealed" in run("recordings", "export", CONSULTATION, *WHY)[2]
    run("recordings", "seal")
    code, out, err = run("recordings", "export", CONSULTATION, *WHY)
    bundle = tmp_path / f"consultation-{CONSULTATION}.zip"
    assert (code, out) == (0, "")
    assert "100 %" in err
    assert f"Wrote {bundle.name}." in err
    assert bundle.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(bundle) as zipped:
        assert {"log", "play/001-room.webm", "events.jsonl", "dicom/left-out.json"} <= set(zipped.namelist())
    assert checker.main([str(bundle)]) == 8
    before = bundle.read_bytes()
    assert "is there already" in run("recordings", "export", CONSULTATION, *WHY)[2]
    assert bundle.read_bytes() == before
    assert run("recordings", "export", CONSULTATION, "--sealed", "--to", "sealed.zip", *WHY)[0] == 0
    with zipfile.ZipFile(tmp_path / "sealed.zip") as zipped:
        assert "events.jsonl" not in zipped.namelist()
    assert run("recordings", "export", CONSULTATION, "--side-by-side", "--to", "a.mp4", *WHY)[0] == 0
    assert (tmp_path / "a.mp4").read_bytes()[4:8] == b"ftyp"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    held = (str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.exists())
    assert [one for one in held if one.startswith(f"{archive}/")] == [], "every file of it is closed again"


def test_what_is_not_exported_leaves_nothing(run: Run, archive: Path, tmp_path: Path) -> None:  # noqa: F811
    run("recordings", "seal")
    before = sorted(path.name for path in tmp_path.iterdir())
    assert "NotAgreed" in run("recordings", "export", CONSULTATION, "--teaching", *WHY)[2]
    assert "each is a file" in run("recordings", "export", CONSULTATION, "--teaching", "--side-by-side", *WHY)[2]
    assert "is over" in run("recordings", "export", "y" * 26, *WHY)[2]
    assert "26 characters" in run("recordings", "export", "../../etc", *WHY)[2]
    (archive / "tracks/1.webm").write_bytes(b"x")
    assert "FileDamaged" in run("recordings", "export", CONSULTATION, *WHY)[2]
    (archive / "key.json").unlink()
    assert "Erased" in run("recordings", "export", CONSULTATION, *WHY)[2]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def exports(archive: Path) -> list[ExportedHere]:
    log = archive.parent.parent / f"consultations/closed/{CONSULTATION}.log"
    keyring = server_keyring(Config(server=Server(data=str(archive.parent.parent))))
    bodies = [event.body for event in read_consultation(log, keyring).events]
    return [body for body in bodies if isinstance(body, ExportedHere)]


def test_who_exported_on_the_machine_and_what_for_is_in_the_log_first(
    run: Run,  # noqa: F811 - a fixture
    archive: Path,
    tmp_path: Path,
) -> None:
    run("recordings", "seal")
    assert run("recordings", "export", CONSULTATION)[0] == 2, "without a reason it is not done"
    assert "Say what for" in run("recordings", "export", CONSULTATION, "--why", " ")[2]
    assert exports(archive) == []
    assert run("recordings", "export", CONSULTATION, "--sealed", *WHY)[0] == 0
    (one,) = exports(archive)
    me = machine_user()
    assert (one.user, one.why, one.kind, one.item) == (me, "the court asks", AccessKind.EXPORT, "sealed")
    with zipfile.ZipFile(tmp_path / f"consultation-{CONSULTATION}.zip") as zipped:
        assert zipped.read("log") == (archive.parent.parent / f"consultations/closed/{CONSULTATION}.log").read_bytes()
    assert "as sealed" in run("recordings", "verify")[1]


@pytest.mark.parametrize(
    ("signed_in", "uid", "who"),
    [
        ("4711", 0, "uid 4711 as root"),  # sudo, su: the kernel keeps who signed in
        ("0", 0, "root"),
        ("4711", 4711, "uid 4711"),
        ("4294967295", 0, "root"),  # nobody signed in: a service, a container
        (None, 0, "root"),  # a kernel without audit
        ("?", 0, "root"),
    ],
)
def test_who_signed_in_is_told_with_whom_they_became(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed_in: str | None, uid: int, who: str
) -> None:
    told = tmp_path / "loginuid"
    if signed_in is not None:
        told.write_text(signed_in)
    monkeypatch.setattr(os, "getuid", lambda: uid)
    assert machine_user(told) == who


@pytest.mark.parametrize("damaged", [f"archive/{CONSULTATION}/stored", f"keeping/{CONSULTATION}"])
def test_what_cannot_be_checked_is_said_of_that_one(run: Run, archive: Path, damaged: str) -> None:  # noqa: F811 - a fixture
    run("recordings", "seal")
    path = archive.parent.parent / damaged
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"no framed file")
    code, out, err = run("recordings", "verify")
    assert (code, err) == (1, "")
    assert out.startswith(f"{CONSULTATION}  NOT CHECKED: ")
    assert "damaged (LogDamaged)" in out
    code, out, _ = run("recordings", "list")
    assert (code, out.count("damaged")) == (0, 2), "the line says 0.0 s damaged too"


def test_what_cannot_be_written_down_is_not_exported(
    run: Run,  # noqa: F811 - a fixture
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run("recordings", "seal")
    disk = Disk(monkeypatch)
    disk.full = True
    code, _, err = run("recordings", "export", CONSULTATION, *WHY)
    assert code == 1
    assert "NOT EXPORTED" in err
    assert not list(tmp_path.glob("*.zip"))
    assert exports(archive) == []
