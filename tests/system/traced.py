"""What a running program does to the files below a folder, as `strace` sees it: every call that changes one or brings
it to the disk, in order, with its bytes."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CALLS = "openat,write,pwrite64,fsync,fdatasync,ftruncate,mkdir,mkdirat"
CALLS += ",rename,renameat,renameat2,link,linkat,unlink,unlinkat"
START_S = 10.0
US = 1_000_000
_LINE = re.compile(r"(?P<at>\d+\.\d+) (?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>\d+)\S* <(?P<took>[\d.]+)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FILE = re.compile(r"\d+<((?:\\x[0-9a-f]{2})*)>(?:\(deleted\))?")


@dataclass(frozen=True)
class Call:
    """One that succeeded. Unix µs; `path`: of the file or folder; `other`: the second name of a rename or link;
    `data`, `offset` (None: behind what was written before): of a write; `length`: of a cut."""

    began: int
    ended: int
    name: str
    path: str
    other: str = ""
    data: bytes = b""
    offset: int | None = None
    length: int = 0
    flags: str = ""


class Trace:
    """Of a process and all that it starts, from now until they end."""

    def __init__(self, pid: int, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        command = ["strace", "-f", "-ff", "-ttt", "-T", "-y", "-xx", "-s", str(2 << 20), "-e", f"trace={CALLS}"]
        self._process = subprocess.Popen(
            [*command, "-o", str(folder / "thread"), "-p", str(pid)], stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        if "attached" not in (said := self._process.stderr.readline()):
            self._process.wait()
            pytest.skip(f"tracing is not allowed here: {said.strip()}")

    def calls(self, below: Path) -> list[Call]:
        """After the program ended: what it did below a folder, in the order in which it was done."""
        self._process.communicate(timeout=START_S)
        found = [call for path in self._folder.iterdir() for call in _calls(path)]
        inside = [call for call in found if call.path.startswith(f"{below}/") or call.path == str(below)]
        return sorted(inside, key=lambda call: call.ended)

    def stop(self) -> None:
        """If it still runs."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()


def _calls(path: Path) -> Iterator[Call]:
    with path.open(encoding="ascii") as lines:
        for line in lines:
            match = _LINE.match(line)
            if match is not None:
                began = int(float(match["at"]) * US)
                ended = began + int(float(match["took"]) * US)
                call = _call(match["name"], match["arguments"], int(match["result"]), began, ended)
                if call is not None:
                    yield call


def _call(name: str, arguments: str, result: int, began: int, ended: int) -> Call | None:
    if "deleted" in arguments:
        return None
    texts = [bytes.fromhex(found.replace("\\x", "")) for found in _TEXT.findall(arguments)]
    match name:
        case "write" | "pwrite64":
            offset = int(arguments.rsplit(", ", 1)[1]) if name == "pwrite64" else None
            return Call(began, ended, "write", _file(arguments), data=texts[0][:result], offset=offset)
        case "fsync" | "fdatasync":
            return Call(began, ended, "sync", _file(arguments))
        case "ftruncate":
            return Call(began, ended, "cut", _file(arguments), length=int(arguments.rsplit(", ", 1)[1]))
        case "openat":
            return Call(began, ended, "open", texts[0].decode(), flags=arguments)
        case "rename" | "renameat" | "renameat2":
            return Call(began, ended, "rename", texts[0].decode(), other=texts[1].decode())
        case "link" | "linkat":
            return Call(began, ended, "link", texts[0].decode(), other=texts[1].decode())
        case "unlink" | "unlinkat":
            return Call(began, ended, "unlink", texts[0].decode())
        case _:
            return Call(began, ended, "mkdir", texts[0].decode())


def _file(arguments: str) -> str:
    match = _FILE.match(arguments)
    return bytes.fromhex(match[1].replace("\\x", "")).decode() if match else ""


def settled(pid: int) -> None:
    """Wait until every thread of a process is traced."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        status = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
        if all("TracerPid:\t0" not in text for text in status):
            return
        time.sleep(0.02)
    raise RuntimeError("not traced")
