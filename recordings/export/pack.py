"""A bundle as it is written: a ZIP from its beginning to its end, nothing of it twice in memory, and the list of what
stands in it beside what was sealed (`export.json`)."""

import secrets
import zipfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final, Protocol, Self

from recordings.export.names import is_entry_name
from recordings.manifest import BLOCK, ExportList, FileEntry, FileKind, by_name
from recordings.tlog.leaf import SALT_SIZE
from signalling.ids import ConsultationId

CHUNK: Final = 256 * 1024


class Sink(Protocol):
    """Where the bytes go, in order."""

    def write(self, data: bytes, /) -> int: ...


class Cancelled(Exception):  # noqa: N818 - what happened
    """Nobody wants it any more."""


class Progress:
    """How far it is: bytes, or what takes as long as bytes do. `tell(done, of, step)` is called at most once a
    hundredth."""

    def __init__(self, tell: Callable[[int, int, str], None]) -> None:
        self._tell = tell
        self._done = 0
        self._told = -1
        self._step = ""
        self.of = 1

    def step(self, name: str) -> None:
        """Something else begins."""
        self._step = name
        self._told = -1
        self.add(0)

    def add(self, done: int) -> None:
        self._done += done
        hundredth = 100 * self._done // max(1, self.of)
        if hundredth != self._told:
            self._told = hundredth
            self._tell(min(self._done, self.of), self.of, self._step)


class Bundle:
    """Files are put into it until its block ends; where that ends badly it is no ZIP."""

    def __init__(self, out: Sink, progress: Progress) -> None:
        self._out = InOrder(out)
        self._zip = zipfile.ZipFile(self._out, "w")
        self._progress = progress
        self._names: set[str] = set()
        self._listed: list[FileEntry] = []

    def put(self, name: str, chunks: Iterable[bytes], *, listed: bool = True) -> None:
        """`listed`: in `export.json`. ValueError for a name that none may have, or that is there."""
        if not is_entry_name(name) or name in self._names:
            raise ValueError("not a name of a bundle's file")
        self._names.add(name)
        digest = _Digest()
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:  # without the time of day
            for chunk in chunks:
                entry.write(chunk)
                if listed:
                    digest.add(chunk)
                self._progress.add(len(chunk))
        if listed:
            self._listed.append(digest.entry(name))

    def listed(self, consultation: ConsultationId) -> ExportList:
        """What was put so far."""
        return ExportList(consultation=consultation, files=by_name(self._listed), salt=secrets.token_hex(SALT_SIZE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._out.stop()
        self._zip.close()


class InOrder:
    """To `zipfile` a pipe: it goes back nowhere, and sizes stand behind what they are of."""

    def __init__(self, out: Sink) -> None:
        self._out: Sink | None = out

    def write(self, data: bytes, /) -> int:
        if self._out is not None:
            self._out.write(data)
        return len(data)

    def stop(self) -> None:
        """Nothing more: `zipfile` would write an end to what has none."""
        self._out = None

    def flush(self) -> None:
        """The sink's own business, as is closing it."""

    def close(self) -> None:
        """As above."""


class _Digest:
    """SHA-256 of a file and of each of its MiB."""

    def __init__(self) -> None:
        self._whole, self._block = sha256(), sha256()
        self._size = 0
        self._blocks: list[str] = []

    def add(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        self._whole.update(view)
        while view:
            room = BLOCK - self._size % BLOCK
            self._block.update(view[:room])
            self._size += len(view[:room])
            view = view[room:]
            if self._size % BLOCK == 0:
                self._end_block()

    def entry(self, name: str) -> FileEntry:
        if self._size % BLOCK:
            self._end_block()
        blocks = tuple(self._blocks) if self._size > BLOCK else ()
        return FileEntry(name=name, kind=FileKind.OTHER, size=self._size, sha256=self._whole.hexdigest(), blocks=blocks)

    def _end_block(self) -> None:
        self._blocks.append(self._block.hexdigest())
        self._block = sha256()
