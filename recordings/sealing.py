"""One sealing as a process of its own, of low priority: `python -m recordings.sealing`. A `Task` comes as JSON on
standard input, a `Done` goes to standard output. It is given the data key of its one consultation and no other."""

import gc
import os
import sys
from pathlib import Path
from typing import Final

import msgspec

from recordings.crypt import DataKey
from recordings.errors import ArchiveError, Erased
from recordings.seal import seal, seal_leaf
from signalling.ids import ConsultationId

NICE: Final = 10  # whoever is in a call goes first

_GARBAGE: Final = 100_000  # objects: nearly all of them go without the collector


class Task(msgspec.Struct, frozen=True):
    """`key` empty: there is none, as of a log of before encryption."""

    folder: str
    log: str
    key: bytes
    now_unix_ms: int


class Done(msgspec.Struct, frozen=True):
    """`error`: the type's name, empty = sealed. `entry`: what the transparency log is told."""

    error: str = ""
    digest: str = ""
    tracks: int = 0
    damages: int = 0
    entry: bytes = b""


class OneKey:
    """The keys of one consultation's readers."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def open(self, consultation: ConsultationId) -> DataKey:
        """Another consultation's files do not open with it."""
        del consultation
        if not self._key:
            raise Erased("there is no data key")
        return DataKey(self._key)


def done(task: Task) -> Done:
    """Seal as the task says; an `ArchiveError` becomes its name."""
    folder = Path(task.folder)
    try:
        manifest = seal(folder, OneKey(task.key), Path(task.log), task.now_unix_ms)
        leaf = seal_leaf(folder, manifest)
    except ArchiveError as error:
        return Done(error=type(error).__name__)
    return Done(
        digest=manifest.digest,
        tracks=sum(bool(track.file) for track in manifest.tracks),
        damages=len(manifest.damages),
        entry=leaf.entry,
    )


def main() -> None:
    """A task in, what came of it out."""
    os.nice(NICE)
    os.umask(0o077)
    gc.set_threshold(_GARBAGE)
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(done(task)))


if __name__ == "__main__":
    main()
