"""verify.py over consultations as they are really sealed: what was damaged before the seal is said, and is no fault of
the bundle; what is damaged after it is."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from recordings import verify
from tests.recordings.sealed import Archive, archive
from tests.recordings.segments import CONSULTATION, path


def checked(made: Archive, folder: Path) -> dict[str, Any]:
    """What is said of a bundle of it, with its data key."""
    shutil.copytree(made.folder, folder, ignore=shutil.ignore_patterns(".sealing", "key.json"))
    shutil.copyfile(made.log, folder / "log")
    if (folder / "media").exists() is False:
        (folder / "media").mkdir()
        for one in folder.glob("media-*.seg"):
            one.rename(folder / "media" / one.name)
    out = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "print_out", lambda text: out.write(text.encode()))
        verify.main([str(folder), "--json", f"--key={made.keyring.open(CONSULTATION).raw.hex()}"])
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def test_a_consultation_as_it_is_sealed(tmp_path: Path) -> None:
    made = archive(tmp_path / "data", seconds=12)
    made.seal()
    said = checked(made, tmp_path / "bundle")
    assert (said["exit"], said["integrity"]["problem"], said["completeness"]["problem"]) == (8, [], [])
    assert said["completeness"]["answer"] == "yes"
    assert {"files_right", "decrypted"} <= {one["code"] for one in said["integrity"]["checked"]}
    assert "events" in {one["code"] for one in said["completeness"]["checked"]}


@pytest.mark.parametrize("at", [-100, 20, 5_000])
def test_what_was_damaged_before_the_seal_is_said(tmp_path: Path, at: int) -> None:
    made = archive(tmp_path / "data", seconds=12)
    segment = path(made.folder, 1)
    data = bytearray(segment.read_bytes())
    if at < 0:
        segment.write_bytes(data[:at])
    else:
        data[at] ^= 1
        segment.write_bytes(data)
    made.seal()
    said = checked(made, tmp_path / "bundle")
    assert (said["exit"], said["integrity"]["problem"]) == (8, [])
    assert said["completeness"]["answer"] == "partly"
    assert "damaged" in {one["code"] for one in said["completeness"]["said"]}


def test_a_log_that_was_torn_before_the_seal_lacks_its_end(tmp_path: Path) -> None:
    made = archive(tmp_path / "data", seconds=12)
    with made.log.open("ab") as file:
        file.write(b"\x09\0\0\0torn")
    made.seal()
    said = checked(made, tmp_path / "bundle")
    assert (said["exit"], said["integrity"]["problem"], said["completeness"]["problem"]) == (8, [], [])
    assert [(one["file"], one["reason"]) for one in said["completeness"]["said"] if one["code"] == "damaged"] == [
        ("log", "torn")
    ]
    assert said["completeness"]["answer"] == "partly"
