"""A sealed file that is read at any place: what a consultation's projections are kept as.

    record 1     JSON in the clear: {"kind":"file","version":1,"consultation":…,"name":…,"chunk":N,"salt":…}
    record k ≥ 2 the bytes from (k − 2)·N on, sealed with counter k − 2; all of N bytes but the last, which has fewer

The last one is there even when nothing is left for it, so that a file whose end is gone is not taken for a whole one.
Written once, from the beginning on, but for its head, which a container's writer goes back to: that stays in memory
until the end.
"""

import os
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from recordings import framing
from recordings.crypt import TAG_BYTES, DataKey, FileKey, Use, new_salt
from recordings.errors import FileDamaged, NotAuthentic, StorageFull
from recordings.sealed import Salt
from recordings.storage import OpenFile, sync_folder, typed
from signalling.ids import ConsultationId

CHUNK: Final = 256 * 1024
_MOST_CHUNK: Final = framing.MAX_RECORD - TAG_BYTES
_FRAME: Final = 8  # length and checksum of a record
_MAX_HEADER: Final = 4096
_KEPT: Final = 4  # chunks that a reader keeps: players go back a little


class FileHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first record."""

    kind: Literal["file"]
    version: Literal[1]
    consultation: Annotated[str, Meta(max_length=64)]
    name: Annotated[str, Meta(max_length=256)]
    chunk: Annotated[int, Meta(ge=1, le=_MOST_CHUNK)]
    salt: Salt


class SealedWriter:
    """Looks like a file of bytes that is written and, in its first `head` bytes, written again. `close` brings it to
    the disk and gives it its name; without it nothing of that name is there."""

    def __init__(self, path: Path, consultation: ConsultationId, name: str, key: DataKey, head: int = CHUNK) -> None:
        """Raises `StorageFull`, `StorageFailed`."""
        salt = new_salt()
        header = msgspec.json.encode(FileHeader("file", 1, consultation, name, CHUNK, salt.hex()))
        self._path, self._draft = path, path.with_name(f".{path.name}.new")
        self._key = FileKey(key, Use.FILE, salt, header)
        self._held = -(-head // CHUNK) * CHUNK
        self._head = bytearray()
        self._tail = bytearray()  # of the chunk that is not full
        self._done = 0  # chunks behind the head that are written
        self._at = 0
        self._start = len(framing.HEADER) + _FRAME + len(header)
        try:
            self._descriptor = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise typed(error) from None
        try:
            self._put(framing.HEADER + framing.frame(header), 0)
        except Exception:
            self.discard()
            raise

    def write(self, data: bytes) -> int:
        """Raises `StorageFull`, `StorageFailed`; ValueError for a place that is sealed already."""
        view = memoryview(data)
        if self._at < self._held:
            fit = min(len(view), self._held - self._at)
            self._head.extend(bytes(max(0, self._at - len(self._head))))
            self._head[self._at : self._at + fit] = view[:fit]
            self._at += fit
            view = view[fit:]
        if view:
            self._append(view)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def seekable(self) -> bool:
        return True

    @property
    def size(self) -> int:
        """Bytes so far."""
        behind = self._done * CHUNK + len(self._tail)
        return self._held + behind if behind else len(self._head)

    def close(self) -> None:
        """Raises `StorageFull`, `StorageFailed`; nothing of this name is there then."""
        try:
            self._finish()
            os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
            self._draft.replace(self._path)
        except OSError as error:
            self.discard()
            raise typed(error) from None
        except Exception:
            self.discard()
            raise
        sync_folder(self._path.parent)

    def discard(self) -> None:
        """As if it had never been begun. After `close` it does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            self._draft.unlink(missing_ok=True)

    def _append(self, view: memoryview) -> None:
        place = self._held + self._done * CHUNK + len(self._tail)
        if self._at < place - len(self._tail) or self._at > place:
            raise ValueError("written once, from the beginning on")
        begin = self._at - (place - len(self._tail))
        self._tail[begin : begin + len(view)] = view
        self._at += len(view)
        while len(self._tail) >= CHUNK:
            self._seal(bytes(self._tail[:CHUNK]), self._held // CHUNK + self._done)
            del self._tail[:CHUNK]
            self._done += 1

    def _finish(self) -> None:
        behind = self._done or self._tail
        if behind:
            self._head.extend(bytes(self._held - len(self._head)))
            self._seal(bytes(self._tail), self._held // CHUNK + self._done)
        for at in range(0, len(self._head) if behind else len(self._head) + 1, CHUNK):
            self._seal(bytes(self._head[at : at + CHUNK]), at // CHUNK)

    def _seal(self, plain: bytes, number: int) -> None:
        self._put(framing.frame(self._key.seal_as(plain, number)), self._start + number * _stride(CHUNK))

    def _put(self, data: bytes, at: int) -> None:
        try:
            written = os.pwrite(self._descriptor, data, at)
        except OSError as error:
            raise typed(error) from None
        if written != len(data):
            raise StorageFull("no room for a whole chunk")


class SealedFile(OpenFile):
    """Reads one, from any place. Looks like a file of bytes. May be used by one thread at a time."""

    def __init__(self, path: Path, consultation: ConsultationId, name: str, key: DataKey) -> None:
        """Raises `FileDamaged` for another file than this one, or one that is not whole; `NotAuthentic`,
        `StorageFailed`."""
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise typed(error) from None
        try:
            self._begin(consultation, name, key)
        except Exception:
            self.close()
            raise

    def _begin(self, consultation: ConsultationId, name: str, key: DataKey) -> None:
        found = framing.scan_first(self._get(0, _MAX_HEADER))
        try:
            header = msgspec.json.decode(found or b"", type=FileHeader)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise FileDamaged("no sealed file") from None
        if found is None or (header.consultation, header.name) != (consultation, name):
            raise FileDamaged("another file than its name says")
        self._key = FileKey(key, Use.FILE, bytes.fromhex(header.salt), found)
        self._chunk = header.chunk
        self._start = len(framing.HEADER) + _FRAME + len(found)
        body = os.fstat(self._descriptor).st_size - self._start
        whole, last = divmod(body, _stride(self._chunk))
        if last < _FRAME + TAG_BYTES:
            raise FileDamaged("its end is missing")
        self.size = whole * self._chunk + last - _FRAME - TAG_BYTES
        self._kept: dict[int, bytes] = {}
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Raises `FileDamaged`, `NotAuthentic`, `StorageFailed`."""
        data = self.read_at(self._at, self.size - self._at if size < 0 else size)
        self._at += len(data)
        return data

    def read_at(self, offset: int, size: int) -> bytes:
        """Fewer bytes than `size` only at the end."""
        end = min(offset + size, self.size)
        if offset >= end:
            return b""
        first, last = offset // self._chunk, (end - 1) // self._chunk
        data = b"".join([self._plain(number) for number in range(first, last + 1)])
        return data[offset - first * self._chunk : end - first * self._chunk]

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def seekable(self) -> bool:
        return True

    def _plain(self, number: int) -> bytes:
        if number in self._kept:
            return self._kept[number]
        length = min(self._chunk, self.size - number * self._chunk)
        record = self._get(self._start + number * _stride(self._chunk), _FRAME + length + TAG_BYTES)
        box = framing.unframe(record)
        if box is None:
            raise FileDamaged(f"chunk {number} is not what was written")
        try:
            plain = self._key.open(box, number)
        except NotAuthentic:
            raise NotAuthentic(f"chunk {number} was not written here with this key") from None
        if len(self._kept) >= _KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[number] = plain
        return plain

    def _get(self, at: int, size: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, at)
        except OSError as error:
            raise typed(error) from None


def _stride(chunk: int) -> int:
    return _FRAME + chunk + TAG_BYTES
