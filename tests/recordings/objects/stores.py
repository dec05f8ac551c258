"""An object store in memory that fails as real ones do, and a sealed consultation's files that are made in no time."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from recordings.manifest import FileEntry, FileKind, LogFacts, Manifest, by_name
from recordings.objects import Fault, Local, ObjectsFailed, Place
from recordings.seal import place as place_of
from signalling.ids import ConsultationId
from tests.recordings.segments import CONSULTATION

NOW = 1_764_118_800_000
CONFIGURED = Place("bucket", "https://s3.example", "", "", path_style=True, access_key="", secret_key="")
PLACE = CONFIGURED.name


@dataclass
class Memory:
    """`fault`: what everything meets. `breaks`: how many of the next objects are damaged while they are written.
    `dies_after`: so many requests, and then it does not answer any more."""

    objects: dict[str, bytes] = field(default_factory=dict)
    fault: Fault | None = None
    breaks: int = 0
    dies_after: int | None = None
    puts: list[str] = field(default_factory=list)

    def put(self, key: str, content: Iterable[bytes], size: int) -> None:
        self._ask()
        data = b"".join(content)
        assert len(data) == size
        if self.breaks:
            self.breaks -= 1
            data = flipped(data)
        self.objects[key] = data
        self.puts.append(key)

    def read(self, key: str) -> Iterator[bytes]:
        self._ask()
        if key not in self.objects:
            raise ObjectsFailed(Fault.MISSING)
        data = self.objects[key]
        yield data[: len(data) // 2]
        self._ask()
        yield data[len(data) // 2 :]

    def sizes(self, prefix: str) -> dict[str, int]:
        self._ask()
        return {key: len(data) for key, data in self.objects.items() if key.startswith(prefix)}

    def delete(self, keys: Iterable[str]) -> None:
        for key in list(keys):
            self._ask()
            self.objects.pop(key, None)

    def _ask(self) -> None:
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after < 0:
                raise ObjectsFailed(Fault.UNREACHABLE)
        if self.fault is not None:
            raise ObjectsFailed(self.fault)


def flipped(data: bytes) -> bytes:
    """With one bit another."""
    return data[:-1] + bytes([data[-1] ^ 1])


def silent(_done: int, _of: int, _name: str) -> None:
    """Nobody looks at the progress."""


@dataclass(frozen=True)
class Files:
    """A consultation that is over: log, packets, the fast lane, tracks, snapshots, a key; sealed at `NOW`."""

    data: Path
    consultation: ConsultationId = CONSULTATION

    @property
    def folder(self) -> Path:
        return self.data / "archive" / self.consultation

    @property
    def log(self) -> Path:
        return self.data / f"{self.consultation}.log"

    def local(self, *, aged: frozenset[str] = frozenset(), erased: bool = False) -> Local:
        return Local(self.consultation, self.folder, self.log, aged, erased)

    def path(self, name: str) -> Path:
        return place_of(self.folder, self.log, name)


CONTENTS = {
    "fast": (FileKind.OTHER, b"F" * 80),
    "log": (FileKind.LOG, b"L" * 300),
    "media/media-000001.seg": (FileKind.MEDIA, b"m1" * 900),
    "media/media-000002.seg": (FileKind.MEDIA, b"m2" * 700),
    "snapshots": (FileKind.SNAPSHOTS, b"S" * 50),
    "tracks/1.webm": (FileKind.TRACK, b"t1" * 5000),
    "tracks/2.webm": (FileKind.TRACK, b""),
}


def files(data: Path, consultation: ConsultationId = CONSULTATION) -> Files:
    made = Files(data, consultation)
    made.folder.mkdir(parents=True)
    (made.folder / "key.json").write_text("{}")
    entries = []
    for name, (kind, content) in CONTENTS.items():
        made.path(name).parent.mkdir(exist_ok=True)
        made.path(name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        entries.append(FileEntry(name=name, kind=kind, size=len(content), sha256=digest))
    (made.folder / "manifest.json").write_bytes(bytes(manifest_of(entries, consultation)))
    return made


def manifest_of(entries: list[FileEntry], consultation: ConsultationId = CONSULTATION) -> Manifest:
    return Manifest(
        consultation=consultation,
        started_unix_us=1,
        sealed_unix_ms=NOW,
        files=by_name(entries),
        log=LogFacts(records=1, head="0" * 64),
        state="0" * 64,
        seq=0,
    )
