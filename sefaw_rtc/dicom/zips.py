"""A ZIP of pictures, entry by entry: each unpacked into a file of its own and judged like any other.

Its names are shown to who sent it and are never paths. What it claims of itself is held against limits before the
library reads it, and what it unpacks to while it does. All of it blocks: off the loop.
"""

import errno
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, Final, NamedTuple

from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Folder, Incoming
from signalling.vocabulary import PictureFault

MEDIA_TYPE: Final = "application/zip"
_CHUNK: Final = 1 << 18
_FREE_OF_RATIO: Final = 64 << 20  # a small ZIP of black pictures may unpack to this whatever its own size is
_END: Final = struct.Struct("<4sHHHHIIH")  # end of central directory (APPNOTE 4.3.16)
_LOCATOR: Final = struct.Struct("<4sIQI")  # ZIP64 end of central directory locator (4.3.15)
_END64: Final = struct.Struct("<4sQHHIIQQQQ")  # ZIP64 end of central directory (4.3.14)
_COMMENT: Final = 65_535
_DIRECTORY_ENTRY: Final = 4096  # a directory entry with a long name and every extra field is shorter
# What is written beside pictures, and no reason to say that something was refused.
_BESIDE: Final = frozenset({"dicomdir", "thumbs.db", "desktop.ini", ".ds_store", "readme", "autorun.inf", "lockfile"})
_BESIDE_ENDS: Final = (".txt", ".htm", ".html", ".xml", ".exe", ".dll", ".inf", ".ini", ".jar", ".css", ".js", ".ico")
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, struct.error, NotImplementedError)


class ZipBounds(NamedTuple):
    """`entries` in all, `unpacked` bytes in all, `ratio` of unpacked to packed, `one` file's bytes."""

    entries: int
    unpacked: int
    ratio: int
    one: int


class Entry(NamedTuple):
    """One file of the ZIP: on the disk, or why not. `skipped` = it is beside the pictures, as on any CD."""

    name: str
    incoming: Incoming | None
    fault: PictureFault | None = None
    skipped: bool = False


class Zip:
    """`open`, `entries`, `close`. The caller drops each entry's `incoming`."""

    def __init__(self, archive: zipfile.ZipFile, packed: int, folder: Folder, bounds: ZipBounds) -> None:
        self._archive = archive
        self._folder = folder
        self._bounds = bounds
        self._left = min(bounds.unpacked, _FREE_OF_RATIO + bounds.ratio * packed)

    @classmethod
    def open(cls, path: Path, folder: Folder, bounds: ZipBounds) -> "Zip":
        """Raises PictureRefused for what is no ZIP, or has too much in it."""
        with path.open("rb") as file:
            _refuse_large_directory(file, path.stat().st_size, bounds.entries)
        try:
            archive = zipfile.ZipFile(path)
        except _DAMAGED:
            raise PictureRefused(PictureFault.BROKEN, "ZIP") from None
        if len(archive.infolist()) > bounds.entries:
            archive.close()
            raise PictureRefused(PictureFault.TOO_MANY, "ZIP entries")
        return cls(archive, path.stat().st_size, folder, bounds)

    def close(self) -> None:
        self._archive.close()

    def entries(self) -> Iterator[Entry]:
        """Every file. PictureRefused when it unpacks to more than it may, or the disk is full: nothing of the rest."""
        for info in self._archive.infolist():
            if not info.is_dir():
                yield self._entry(info)

    def _entry(self, info: zipfile.ZipInfo) -> Entry:
        refused = _refusal(info)
        if refused is not None:
            return Entry(info.filename, None, refused)
        if _is_beside(info.filename):
            return Entry(info.filename, None, skipped=True)
        incoming = self._folder.incoming()
        try:
            self._unpack(info, incoming)
        except PictureRefused as error:
            incoming.drop()
            if error.fault in {PictureFault.BOMB, PictureFault.STORAGE_FULL}:
                raise
            return Entry(info.filename, None, error.fault)
        except BaseException:
            incoming.drop()
            raise
        return Entry(info.filename, incoming)

    def _unpack(self, info: zipfile.ZipInfo, incoming: Incoming) -> None:
        try:
            with self._archive.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise PictureRefused(PictureFault.BOMB, "ZIP")
                    if not incoming.size and chunk.startswith(b"PK\x03\x04"):
                        raise PictureRefused(PictureFault.UNSUPPORTED, "a ZIP in a ZIP")
                    incoming.write(chunk, self._bounds.one)
        except _DAMAGED:
            raise PictureRefused(PictureFault.BROKEN, "ZIP entry") from None
        except OSError as error:
            if error.errno != errno.EINVAL:  # a place before the file's beginning
                raise
            raise PictureRefused(PictureFault.BROKEN, "ZIP entry") from None
        except RuntimeError:  # zipfile's word for what needs a password
            raise PictureRefused(PictureFault.ENCRYPTED) from None


def _refusal(info: zipfile.ZipInfo) -> PictureFault | None:
    name = info.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or PureWindowsPath(name).drive or "\0" in info.orig_filename:
        return PictureFault.UNSAFE_NAME
    if stat.S_ISLNK(info.external_attr >> 16):
        return PictureFault.UNSAFE_NAME
    if info.flag_bits & 0x1:
        return PictureFault.ENCRYPTED
    return None


def _is_beside(name: str) -> bool:
    parts = [part.lower() for part in name.split("/")]
    last = parts[-1]
    return "__macosx" in parts or last in _BESIDE or last.endswith(_BESIDE_ENDS)


def _refuse_large_directory(file: BinaryIO, size: int, entries: int) -> None:
    """The library reads the whole directory into memory, as large as it claims to be."""
    file.seek(max(0, size - _END.size - _COMMENT))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise PictureRefused(PictureFault.BROKEN, "no ZIP")
    _, _, _, _, count, directory, _, _ = _END.unpack_from(tail, at)
    end = size - len(tail) + at
    if end >= _LOCATOR.size:
        file.seek(end - _LOCATOR.size)
        mark, _, where, _ = _LOCATOR.unpack(file.read(_LOCATOR.size))
        if mark == b"PK\x06\x07":
            file.seek(min(where, size))
            record = file.read(_END64.size)
            if len(record) < _END64.size:
                raise PictureRefused(PictureFault.BROKEN, "ZIP64")
            *_, count, directory, _ = _END64.unpack(record)
    if count > entries:
        raise PictureRefused(PictureFault.TOO_MANY, "ZIP entries")
    if directory > entries * _DIRECTORY_ENTRY:
        raise PictureRefused(PictureFault.BOMB, "ZIP directory")
