"""Moving one consultation's files to or from the object store as a process of its own, of low priority:
`python -m recordings.objects.worker`. A `Task` comes as JSON on standard input; what it has to say goes to standard
output, a line each. It is given no data key: what it moves it cannot read.
"""

import os
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from recordings.errors import ArchiveError, StorageFull
from recordings.objects.moving import Local, Progress, bring, send
from recordings.objects.port import Fault, ObjectsFailed, ObjectStore, Place
from recordings.objects.s3 import S3
from signalling.ids import ConsultationId

NICE: Final = 10  # whoever is in a call goes first
_EVERY_S: Final = 0.25


class What(StrEnum):
    SEND = "send"
    BRING = "bring"


class Task(msgspec.Struct, frozen=True):
    """`aged`, `erased`: as the keeping's ledger says. `free_bytes`: of the disk, which stay free."""

    what: What
    place: Place
    consultation: str
    folder: str
    log: str
    aged: list[str]
    erased: bool
    free_bytes: int


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """How far it is, in bytes."""

    done: int
    of: int
    name: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """`fault` None: all of it was done, but for `lost` files that are neither here nor there."""

    fault: Fault | None = None
    lost: int = 0


Said = Moved | Ended


def done(task: Task, store: ObjectStore, progress: Progress) -> Ended:
    """Do it; what went wrong becomes its fault."""
    local = Local(
        ConsultationId(task.consultation), Path(task.folder), Path(task.log), frozenset(task.aged), task.erased
    )
    try:
        if task.what is What.BRING:
            bring(local, store, task.place.name, task.free_bytes, progress)
            return Ended()
        return Ended(lost=len(send(local, store, task.place.name, progress).lost))
    except ObjectsFailed as failed:
        return Ended(failed.fault)
    except ArchiveError as error:
        return Ended(Fault.DISK_FULL if isinstance(error, StorageFull) else Fault.DISK)


def main() -> None:
    """A task in; steps and an end out."""
    os.nice(NICE)
    os.umask(0o077)
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    told = 0.0

    def say(said: Said) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
        sys.stdout.buffer.flush()

    def progress(bytes_done: int, of: int, name: str) -> None:
        nonlocal told
        if time.monotonic() - told >= _EVERY_S:
            told = time.monotonic()
            say(Moved(bytes_done, of, name))

    try:
        say(done(task, S3(task.place), progress))
    except ObjectsFailed as failed:
        say(Ended(failed.fault))
    except BrokenPipeError:
        return  # whoever wanted it is gone


if __name__ == "__main__":
    main()
