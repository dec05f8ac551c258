"""One export as a process of its own, of the lowest priority: `python -m recordings.exporting`. A `Task` comes as a
line of JSON on standard input; what it has to say goes to standard output, a line each; it asks once, for proofs, and
is answered by a line. It is given the data key of its one consultation and no other."""

import gc
import os
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import av
import msgspec

from recordings.crypt import DataKey
from recordings.errors import ArchiveError
from recordings.export import (
    CannotFilm,
    ExportKind,
    NotAgreed,
    Progress,
    Sealed,
    Wishes,
    Workplace,
    open_sealed,
    write_bundle,
    write_film,
    write_teaching,
)
from recordings.export.bundle import film_head
from recordings.files import SealedFile, SealedWriter
from recordings.sealing import OneKey
from signalling.ids import ConsultationId

NICE: Final = 19  # whoever is in a call goes first
PARTS: Final = "parts"  # the name of the server's part, of the finished file, in what seals them
OUT: Final = "export"
_GARBAGE: Final = 100_000
_RAISED: Final = (ArchiveError, CannotFilm, NotAgreed, av.FFmpegError, OSError, ValueError, MemoryError)


class Task(msgspec.Struct, frozen=True):
    """`key` empty: there is none, as of a log of before encryption. `made_key`: seals the result and what it is made
    of. `parts` empty: there are none. `work`: a folder of its own. `aged`: the classes that were kept long enough."""

    what: ExportKind
    consultation: str
    folder: str
    log: str
    key: bytes
    made_key: bytes
    work: str
    out: str
    parts: str
    wishes: Wishes
    now_unix_ms: int
    aged: list[str] = []


class Step(msgspec.Struct, frozen=True, tag="step"):
    """How far it is."""

    done: int
    of: int
    name: str


class Listed(msgspec.Struct, frozen=True, tag="listed"):
    """The SHA-256 of `export.json`: asks for proofs of it."""

    digest: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """`error`: the type's name, empty = it is there."""

    error: str = ""


class Proofs(msgspec.Struct, frozen=True):
    """The answer to `Listed`: files of the bundle's folder `proof`."""

    files: dict[str, bytes] = {}


Said = Step | Listed | Ended


def run(task: Task, say: Callable[[Said], None], anchor: Callable[[str], Mapping[str, bytes]]) -> None:
    """Make it. Raises what the parts of `recordings.export` raise; the file is there only when it is whole."""
    sealed = open_sealed(Path(task.folder), Path(task.log), OneKey(task.key), task.aged)
    progress = Progress(lambda done, of, name: say(Step(done, of, name)))
    consultation, key = ConsultationId(task.consultation), DataKey(task.made_key)
    head = film_head(sealed, task.wishes) if task.what is ExportKind.SIDE_BY_SIDE else 0
    out = SealedWriter(Path(task.out), consultation, OUT, key, head)
    try:
        _make(task, sealed, out, progress, anchor)
        out.close()
    finally:
        out.discard()


def _make(
    task: Task, sealed: Sealed, out: SealedWriter, progress: Progress, anchor: Callable[[str], Mapping[str, bytes]]
) -> None:
    if task.what is ExportKind.SIDE_BY_SIDE:
        write_film(sealed, task.wishes, out, progress)
        return
    work = Workplace(Path(task.work), sealed.manifest.consultation)
    parts = _parts(task)
    if task.what is ExportKind.TEACHING:
        write_teaching(sealed, parts, task.wishes, out, progress, task.now_unix_ms)
    else:
        write_bundle(sealed, parts, task.wishes, work, out, progress, anchor)


def _parts(task: Task) -> zipfile.ZipFile | None:
    if not task.parts:
        return None
    file: Any = SealedFile(Path(task.parts), ConsultationId(task.consultation), PARTS, DataKey(task.made_key))
    return zipfile.ZipFile(file)


def main() -> None:
    """A task in; steps, a question, an end out."""
    os.nice(NICE)
    os.umask(0o077)
    gc.set_threshold(_GARBAGE)
    source, out = sys.stdin.buffer, sys.stdout.buffer
    task = msgspec.json.decode(source.readline(), type=Task)

    def say(said: Said) -> None:
        out.write(msgspec.json.encode(said) + b"\n")
        out.flush()

    try:
        run(task, say, lambda digest: _asked(source, say, digest))
    except BrokenPipeError:
        return  # whoever wanted it is gone
    except _RAISED as error:
        say(Ended(type(error).__name__))
    else:
        say(Ended())


def _asked(source: BinaryIO, say: Callable[[Said], None], digest: str) -> Mapping[str, bytes]:
    say(Listed(digest))
    return msgspec.json.decode(source.readline(), type=Proofs).files


if __name__ == "__main__":
    main()
