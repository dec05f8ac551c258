"""Files of pictures as they lie on the disk: sealed with their consultation's key, or in the clear."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO, Final

from recordings import ArchiveError, DataKey
from recordings.files import SealedWriter
from recordings.framing import MAGIC
from sefaw_rtc.dicom.faults import PictureRefused
from signalling.ids import ConsultationId
from signalling.vocabulary import PictureFault

CHUNK: Final = 1 << 20


def same_from(a: BinaryIO, a_at: int, b: BinaryIO, b_at: int) -> bool:
    """Whether both go on with the same bytes from these places on."""
    a.seek(a_at)
    b.seek(b_at)
    while True:
        left, right = a.read(CHUNK), b.read(CHUNK)
        if left != right:
            return False
        if not left:
            return True


def name_inside(path: Path) -> str:
    """The name that a sealed picture has in itself."""
    return f"dicom/{path.name.partition('@')[0]}"


def is_sealed(path: Path) -> bool:
    """Of a consultation, and begins like it. A preamble that says so in a file of before makes that file unreadable,
    and nothing else."""
    if "@" not in path.name:
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def seal(source: BinaryIO, target: Path, consultation: ConsultationId, key: DataKey) -> None:
    """Whole and on the disk. Raises PictureRefused."""
    try:
        writer = SealedWriter(target, consultation, name_inside(target), key)
        try:
            while chunk := source.read(CHUNK):
                writer.write(chunk)
            writer.close()
        finally:
            writer.discard()
    except ArchiveError:
        raise PictureRefused(PictureFault.STORAGE_FULL, "sealing") from None


def copy_clear(source: BinaryIO, target: Path) -> None:
    """In the clear: of a consultation's picture that the institution keeps as well."""
    draft = target.with_name(f".{target.name}.new")
    with draft.open("wb") as out:
        shutil.copyfileobj(source, out, CHUNK)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(target)
