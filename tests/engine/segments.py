"""Media segments as docs/journal.md has them, read by nothing of ours but the framing: what tests find on the disk."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from recordings.framing import Ending, scan

Entry = tuple[int, int, int, bytes]
"""Session time in µs, kind, number, what follows it."""


@dataclass
class Segment:
    """A file of a media journal."""

    header: dict[str, Any]
    entries: list[Entry] = field(default_factory=list)
    ending: Ending = Ending.CLEAN

    def runs(self) -> dict[int, dict[str, Any]]:
        return {number: json.loads(rest) for _, kind, number, rest in self.entries if kind == 1}

    def packets(self) -> list[Entry]:
        return [entry for entry in self.entries if entry[1] == 2]


def segments(folder: Path, key: bytes) -> list[Segment]:
    """All of a folder, by number."""
    return [_segment(path.read_bytes(), key) for path in sorted(folder.glob("media-*.seg"))]


def _segment(data: bytes, key: bytes) -> Segment:
    found = scan(data)
    first, *chunks = found.records
    header = json.loads(first)
    info = b"sefaw journal v1 media"
    cipher = AESGCM(HKDF(hashes.SHA256(), 32, bytes.fromhex(header["salt"]), info).derive(key))
    bound = hashlib.sha256(first).digest()
    segment = Segment(header, ending=found.ending)
    for counter, sealed in enumerate(chunks):
        segment.entries += _entries(cipher.decrypt(bytes(4) + counter.to_bytes(8, "big"), sealed, bound))
    return segment


def _entries(plain: bytes) -> Iterator[Entry]:
    t, at = int.from_bytes(plain[:8], "little"), 8
    while at < len(plain):
        size, at = _varint(plain, at)
        end, kind = at + size, plain[at]
        dt, at = _varint(plain, at + 1)
        number, at = _varint(plain, at)
        t += dt
        yield t, kind, number, plain[at:end]
        at = end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1
