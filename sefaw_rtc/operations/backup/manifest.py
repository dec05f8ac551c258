"""What a backup says of itself."""

from pathlib import PurePosixPath
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from sefaw_rtc.operations.failed import OperationFailed

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DIGEST: Final = "manifest.sha256"
DATA: Final = "data"  # the folder that holds the files
MAX_MANIFEST: Final = 256 * 1024 * 1024  # a million files have 150 MB

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: its path below the data directory, `/` between the parts."""

    name: Annotated[str, Meta(min_length=1, max_length=1024)]
    size: Annotated[int, Meta(ge=0)]
    sha256: Sha256


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`made_s` is Unix seconds, when the backup began; `cut`: logs whose end was still being written."""

    format: int
    program: str
    schema: str
    made_s: int
    with_keys: bool
    cut: int
    files: list[Entry]


def encode(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def decode(data: bytes) -> Manifest:
    """Raises OperationFailed for what is no manifest, or of a later version, or names files outside."""
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise OperationFailed(f"{MANIFEST} is damaged: the backup cannot be trusted.") from None
    if manifest.format != FORMAT:
        raise OperationFailed(f"The backup has format {manifest.format}; this program reads {FORMAT}.")
    for entry in manifest.files:
        if not is_inside(entry.name):
            raise OperationFailed(f"The backup names a file outside the data directory: {entry.name}.")
    return manifest


def is_inside(name: str) -> bool:
    """Whether a path stays where it is put."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.as_posix() == name and "\0" not in name
