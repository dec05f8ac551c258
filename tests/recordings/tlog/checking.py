"""Asks verify.py, as a program would, of copies of a bundle that are changed."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from recordings import verify
from tests.recordings.tlog.bundles import Made


def copied(made: Made, folder: Path) -> Path:
    return Path(shutil.copytree(made.folder, folder / "bundle"))


def check(bundle: Path, *arguments: str) -> dict[str, Any]:
    """What verify.py says, as a program would read it."""
    out = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "print_out", lambda text: out.write(text.encode()))
        code = verify.main([str(bundle), "--json", *arguments])
    said: dict[str, Any] = json.loads(out.getvalue())
    assert said["exit"] == code
    return said


def codes(said: dict[str, Any], answer: str, part: str = "problem") -> list[str]:
    return [one["code"] for one in said[answer][part]]


def named(said: dict[str, Any], answer: str = "integrity") -> set[str]:
    return {one.get("file", "") for one in said[answer]["problem"]}


@contextmanager
def changed(path: Path, at: int, bits: int = 1) -> Iterator[None]:
    """A byte of a file changed, and put back."""
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :])
    try:
        yield
    finally:
        path.write_bytes(data)


def zipped(folder: Path, path: Path, kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as out:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                out.write(file, file.relative_to(folder).as_posix())
    return path


def run(bundle: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """The file that is shipped, alone: no package of ours can be found."""
    command = [sys.executable, "-I", str(bundle / "verify.py"), str(bundle), *arguments]
    return subprocess.run(command, check=False, capture_output=True, cwd="/", timeout=60)
