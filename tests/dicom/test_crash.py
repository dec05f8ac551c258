"""Killed in the middle, and no room: what is in the folder is whole, whatever happened."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sefaw_rtc.dicom import folder as folder_module
from sefaw_rtc.dicom import index as index_module
from sefaw_rtc.dicom.examine import examine
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Bringer, Folder, Room
from signalling.vocabulary import PictureFault
from tests.dicom.samples import BOUNDS, HERE, OURS, dataset, part10, tree

OWN = Bringer(OURS)
PROGRAM = """
import sys
from pathlib import Path
from sefaw_rtc.dicom.folder import Bringer, Folder
from tests.dicom.samples import BOUNDS, HERE, OURS, dataset, part10

folder = Folder.open(Path(sys.argv[1]), BOUNDS)
number = 0
while True:
    number += 1
    incoming = folder.incoming()
    data = part10(dataset(f"1.2.3.1.1.{number}", PixelData=bytes(20_000)))
    for at in range(0, len(data), 500):
        incoming.write(data[at : at + 500], 1 << 20)
    incoming.keep(Bringer(OURS, HERE))
    incoming.drop()
    folder.settle()
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 3, 7])
def test_killed_in_the_middle(tmp_path: Path, after: int) -> None:
    root = tmp_path / "dicom"
    running = subprocess.Popen([sys.executable, "-c", PROGRAM, str(root)], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    told = 0
    for line in running.stdout:
        told = int(line)
        if told >= after * 5:
            break
    time.sleep(0.001 * after)  # anywhere in what follows
    os.kill(running.pid, signal.SIGKILL)
    told = max([told, *(int(line) for line in running.stdout.read().split())])
    running.wait()
    running.stdout.close()
    folder = Folder.open(root, BOUNDS)
    there = tree(root)
    assert told <= len(there) <= told + 1, "all that was told, and at most the one that was being told"
    assert folder.index.paths() == there
    for name in there:
        assert examine(root / name, BOUNDS).ref.study == "1.2.3.1"
    assert not list((root / ".incoming").iterdir())
    folder.close()


def full(*_args: Any, **_more: Any) -> None:
    raise OSError(errno.ENOSPC, "no space left on device")


@pytest.mark.parametrize("where", ["os.link", "_sync_file", "_make"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    folder = Folder.open(tmp_path / "dicom", BOUNDS)
    data = part10(dataset())
    target, _, name = where.rpartition(".")
    with monkeypatch.context() as patched:
        patched.setattr(folder_module.os if target else folder_module, name, full)
        assert refused(folder, data) is PictureFault.STORAGE_FULL
    assert tree(folder.root) == set()
    assert refused(folder, data) is None, "and goes on when there is room again"
    folder.close()


@pytest.mark.parametrize("bringer", [OWN, Bringer(OURS, HERE)])
def test_an_index_that_has_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bringer: Bringer) -> None:
    """Of an instance that is new, and of a second name of one that is here."""
    folder = Folder.open(tmp_path / "dicom", BOUNDS)
    data = part10(dataset())
    if bringer != OWN:
        assert refused(folder, data) is None
    before = tree(folder.root)

    def no_room(*_args: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(index_module, "_hold", no_room)
        assert refused(folder, data, bringer) is PictureFault.STORAGE_FULL
    assert tree(folder.root) == before
    assert refused(folder, data, bringer) is None
    assert len(tree(folder.root)) == len(before) + 1
    folder.close()


def test_a_disk_that_fills_up_while_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder.open(tmp_path / "dicom", BOUNDS, Room(free=1))
    incoming = folder.incoming()
    usage = folder_module.shutil.disk_usage(folder.root)
    monkeypatch.setattr(folder_module.shutil, "disk_usage", lambda _path: usage._replace(free=0))
    with pytest.raises(PictureRefused, match="storage_full"):
        incoming.write(bytes(17 << 20), 1 << 30)
    incoming.drop()
    with pytest.raises(PictureRefused, match="storage_full"):
        folder.incoming()
    assert tree(folder.root) == set()
    folder.close()


def test_a_consultation_has_only_so_much(tmp_path: Path) -> None:
    data = part10(dataset())
    folder = Folder.open(tmp_path / "dicom", BOUNDS, Room(consultation=len(data) + 10))
    assert refused(folder, data, Bringer(OURS, HERE)) is None
    assert refused(folder, part10(dataset("1.2.3.1.1.2")), Bringer(OURS, HERE)) is PictureFault.TOO_MANY
    assert refused(folder, part10(dataset("1.2.3.1.1.2"))) is None, "the institution's own"
    folder.close()


def refused(folder: Folder, data: bytes, bringer: Bringer = OWN) -> PictureFault | None:
    incoming = folder.incoming()
    try:
        incoming.write(data, 1 << 20)
        incoming.keep(bringer)
    except PictureRefused as error:
        return error.fault
    finally:
        incoming.drop()
    return None
