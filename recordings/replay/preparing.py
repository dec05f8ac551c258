"""What a replay shows beside the tracks, made of them once: how loud everybody was, small pictures. As a process of its
own, of the lowest priority: `python -m recordings.replay.preparing`, a `Task` as JSON on standard input, a `Done` on
standard output. It is given the data key of its one consultation and no other.

The files lie in the consultation's folder, sealed like the tracks: erasing covers them. They may be removed at any
time: they are made again.
"""

import os
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import av
import msgspec

from recordings.crypt import DataKey
from recordings.errors import ArchiveError
from recordings.files import SealedFile
from recordings.replay import thumbnails
from recordings.replay.speech import Levels, spoken
from signalling.ids import ConsultationId

FOLDER: Final = "replay"
SPEECH: Final = f"{FOLDER}/speech"
NICE: Final = 19  # after everything else
CPU_S: Final = 900  # of one preparation
DECODING_S: Final = 120.0  # for pictures between keyframes
MEMORY: Final = 2 * 1024 * 1024 * 1024  # a picture that decodes to more than this is none of ours


def pictures_of(run: int) -> str:
    """The name of the file with a run's small pictures."""
    return f"{FOLDER}/pictures-{run}"


class Source(msgspec.Struct, frozen=True):
    """A track's file."""

    run: int
    peer: int
    kind: str
    file: str
    t0: int


class Task(msgspec.Struct, frozen=True):
    folder: str
    consultation: ConsultationId
    key: bytes
    every_us: int
    sources: list[Source]


class Done(msgspec.Struct, frozen=True):
    """`error`: the type's name where nothing more could be written; `failed`: runs whose file cannot be read."""

    error: str = ""
    failed: list[int] = msgspec.field(default_factory=list)


def missing(folder: Path, sources: Iterable[Source]) -> bool:
    """Whether anything is to be made."""
    names = [pictures_of(one.run) for one in sources if one.kind == "video"]
    return not all((folder / name).is_file() for name in [SPEECH, *names])


def prepared(task: Task) -> Done:
    """Make what is missing. One file that cannot be read costs its own pictures, or its own voice."""
    folder, failed = Path(task.folder), []
    try:
        (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
        failed += _speech(task, folder)
        until = time.monotonic() + DECODING_S
        for source in task.sources:
            if source.kind == "video" and not _pictures(task, folder, source, until):
                failed.append(source.run)
    except (ArchiveError, OSError) as error:
        return Done(error=type(error).__name__, failed=failed)
    return Done(failed=failed)


def _speech(task: Task, folder: Path) -> list[int]:
    if (folder / SPEECH).is_file():
        return []
    people: dict[int, Levels] = {}
    failed = []
    for source in task.sources:
        if source.kind == "audio":
            levels = people.setdefault(source.peer, Levels())
            try:
                with _open(task, folder, source) as file:
                    levels.add(file, source.t0)
            except (ArchiveError, av.FFmpegError, IndexError):
                failed.append(source.run)
    content = msgspec.json.encode(spoken(people.items()))
    thumbnails.write(folder / SPEECH, task.consultation, SPEECH, DataKey(task.key), content)
    return failed


def _pictures(task: Task, folder: Path, source: Source, until: float) -> bool:
    name = pictures_of(source.run)
    if (folder / name).is_file():
        return True
    try:
        with _open(task, folder, source) as file:
            content = thumbnails.make(file, task.every_us, until)
    except (ArchiveError, av.FFmpegError, IndexError):
        return False
    thumbnails.write(folder / name, task.consultation, name, DataKey(task.key), content)
    return True


def _open(task: Task, folder: Path, source: Source) -> SealedFile:
    return SealedFile(folder / source.file, task.consultation, source.file, DataKey(task.key))


def main() -> None:
    """A task in, what came of it out."""
    os.nice(NICE)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(prepared(task)))


if __name__ == "__main__":
    main()
