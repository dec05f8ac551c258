"""A disk of which a power cut takes what was not synced, by the letter of POSIX: bytes of a file are safe once it was
synced after they were written, a name once its folder was. Of the rest any part may be there: a write whole, in some of
its sectors, or only as the length that it gave the file; a name before or behind another."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.traced import Call

SECTOR = 512
_WRITES = ("O_WRONLY", "O_RDWR")


@dataclass
class _Change:
    """Of a file's bytes: data at an offset, or (data None) its length."""

    ended: int
    offset: int
    data: bytes | None


@dataclass
class _File:
    safe: bytearray = field(default_factory=bytearray)
    now: bytearray = field(default_factory=bytearray)
    waiting: list[_Change] = field(default_factory=list)
    at: int = 0  # where a write without an offset goes

    def change(self, change: _Change) -> None:
        _apply(self.now, change)
        self.waiting.append(change)

    def sync(self, began: int) -> None:
        for change in [one for one in self.waiting if one.ended <= began]:
            _apply(self.safe, change)
            self.waiting.remove(change)


_FOLDER = _File()  # stands for every folder


@dataclass
class _Renaming:
    """Names that change together. `folders`: those that must be synced yet."""

    ended: int
    names: dict[str, _File | None]
    folders: set[str]


class Lossy:
    """The files below a folder, as they are and as they may be after a power cut."""

    def __init__(self, root: Path) -> None:
        """What is there now is safe."""
        self.root = root
        self._now: dict[str, _File | None] = {}
        for path in root.rglob("*"):
            data = bytearray(path.read_bytes()) if path.is_file() else bytearray()
            self._now[str(path)] = _File(data, bytearray(data)) if path.is_file() else _FOLDER
        self._safe = dict(self._now)
        self._waiting: list[_Renaming] = []

    def take(self, call: Call) -> None:
        """One that was done."""
        file = self._now.get(call.path)
        match call.name:
            case "open":
                self._open(call, file)
            case "write" if file is not None:
                at = file.at if call.offset is None else call.offset
                file.at = at + len(call.data) if call.offset is None else file.at
                file.change(_Change(call.ended, at, call.data))
            case "cut" if file is not None:
                file.change(_Change(call.ended, call.length, None))
            case "sync":
                self._sync(call, file)
            case "mkdir":
                self._rename(call.ended, {call.path: _FOLDER})
            case "rename":
                self._rename(call.ended, {call.path: None, call.other: file})
            case "link":
                self._rename(call.ended, {call.other: file})
            case "unlink":
                self._rename(call.ended, {call.path: None})

    def is_as_it_is(self) -> list[str]:
        """Where what is really there differs from what the calls made of it: nowhere, or a call was not seen."""
        there = {str(path): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
        mine = {name: bytes(file.now) for name, file in self._now.items() if file is not None and file is not _FOLDER}
        return [name for name in sorted(there.keys() | mine.keys()) if there.get(name) != mine.get(name)]

    def all_lost(self, to: Path) -> None:
        """Nothing that was not synced is there."""
        _write(self.root, to, self._safe, lambda file: file.safe)

    def all_kept(self, to: Path) -> None:
        """As after a kill."""
        _write(self.root, to, self._now, lambda file: file.now)

    def only_named(self, to: Path) -> None:
        """Names and lengths are there, and of the bytes nothing: zeros."""
        _write(self.root, to, self._now, lambda file: file.safe.ljust(len(file.now), b"\0")[: len(file.now)])

    def some_lost(self, to: Path, dice: random.Random) -> None:
        """Anything of what was not synced."""
        names = dict(self._safe)
        for renaming in self._waiting:
            if dice.random() < 0.5:
                names |= renaming.names
        _write(self.root, to, names, lambda file: _some(file, dice))

    def _open(self, call: Call, file: _File | None) -> None:
        if not any(way in call.flags for way in _WRITES):
            return
        if file is None and "O_CREAT" in call.flags:
            file = _File()
            self._rename(call.ended, {call.path: file})
        if file is not None:
            file.at = len(file.now) if "O_APPEND" in call.flags else 0
            if "O_TRUNC" in call.flags and file.now:
                file.change(_Change(call.ended, 0, None))

    def _rename(self, ended: int, names: dict[str, _File | None]) -> None:
        self._now |= names
        self._waiting.append(_Renaming(ended, names, {str(Path(name).parent) for name in names}))

    def _sync(self, call: Call, file: _File | None) -> None:
        if file is not None and file is not _FOLDER:
            file.sync(call.began)
            return
        for renaming in list(self._waiting):
            if renaming.ended <= call.began:
                renaming.folders.discard(call.path)
            if not renaming.folders:
                self._safe |= renaming.names
                self._waiting.remove(renaming)


def _apply(data: bytearray, change: _Change) -> None:
    if change.data is None:
        del data[change.offset :]
        data.extend(bytes(change.offset - len(data)))
    else:
        data.extend(bytes(max(0, change.offset - len(data))))
        data[change.offset : change.offset + len(change.data)] = change.data


def _some(file: _File, dice: random.Random) -> bytearray:
    data = bytearray(file.safe)
    for change in file.waiting:
        if change.data is None or dice.random() < 0.4:
            if dice.random() < 0.5:
                _apply(data, change)
            continue
        end = change.offset + len(change.data)
        if dice.random() < 0.3:
            data.extend(bytes(max(0, end - len(data))))  # as long as it was to be
        for start in range(change.offset - change.offset % SECTOR, end, SECTOR):
            begin = max(start, change.offset)
            if dice.random() < 0.5:
                piece = change.data[begin - change.offset : start + SECTOR - change.offset]
                _apply(data, _Change(0, begin, piece))
    return data


def _write(root: Path, to: Path, names: dict[str, _File | None], content: Callable[[_File], bytearray]) -> None:
    """What has no folder above it cannot be reached."""
    to.mkdir(parents=True)
    for name, file in sorted(names.items()):
        path = to / Path(name).relative_to(root)
        if file is None or not path.parent.is_dir():
            continue
        if file is _FOLDER:
            path.mkdir()
        else:
            path.touch(mode=0o600)  # keys are among them
            path.write_bytes(content(file))
