"""What a killed process left half-written goes, and nothing else does."""

import os
from pathlib import Path

import pytest

from recordings.errors import StorageFailed
from recordings.leftovers import clear, clear_consultation
from recordings.seal import alone

AT_US = 1_764_118_800_000_000
DRAFTS = [
    "proof/.segment-000001.leaf.new",
    "tracks/.1.webm.new",
    ".manifest.json.new",
    ".key.json.0123456789abcdef",
    ".self-signed.pem.4711",
    ".sefaw.sqlite.before-0004.4711",
    ".sefaw.sqlite.before-0004.4711-journal",
]
KEPT = ["proof/segment-000001.leaf", "manifest.json", "key.json", ".sealing", "log.cut-120", "reviews", "a.new"]
KEPT += ["sefaw.sqlite", "sefaw.sqlite-wal", "sefaw.sqlite.before-0004"]


def written(folder: Path, name: str, at_us: int) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name)
    os.utime(path, ns=(at_us * 1000, at_us * 1000))
    return path


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_drafts_go_wherever_they_are_and_nothing_else(tmp_path: Path) -> None:
    for name in [*DRAFTS, *KEPT]:
        written(tmp_path, name, AT_US - 1)
    assert clear(tmp_path, AT_US) == len(DRAFTS)
    assert names(tmp_path) == set(KEPT)


def test_of_a_folder_alone_what_is_below_stays(tmp_path: Path) -> None:
    for name in DRAFTS:
        written(tmp_path, name, AT_US - 1)
    below = {name for name in DRAFTS if "/" in name}
    assert clear(tmp_path, AT_US, below=False) == len(DRAFTS) - len(below)
    assert names(tmp_path) == below


def test_what_is_being_written_now_stays(tmp_path: Path) -> None:
    written(tmp_path, DRAFTS[0], AT_US)
    assert clear(tmp_path, AT_US) == 0
    assert names(tmp_path) == {DRAFTS[0]}


def test_what_another_process_seals_is_left_to_it(tmp_path: Path) -> None:
    written(tmp_path, "tracks/.1.webm.new", AT_US - 1)
    with alone(tmp_path):
        assert clear_consultation(tmp_path, AT_US) == 0
    assert clear_consultation(tmp_path, AT_US) == 1
    assert names(tmp_path) == {".sealing"}


def test_a_folder_without_drafts_is_not_touched(tmp_path: Path) -> None:
    written(tmp_path, "key.json", AT_US - 1)
    assert clear_consultation(tmp_path, AT_US) == 0
    assert names(tmp_path) == {"key.json"}
    assert clear(tmp_path / "nowhere", AT_US) == 0


def test_a_disk_that_refuses_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, DRAFTS[0], AT_US - 1)

    def refuses(*_: object, **__: object) -> None:
        raise PermissionError(30, "read-only")

    monkeypatch.setattr(Path, "unlink", refuses)
    with pytest.raises(StorageFailed, match="EROFS"):
        clear(tmp_path, AT_US)
