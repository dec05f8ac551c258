"""How fast the offline verifier reads: `recordings/verify.py` as a process of its own over a bundle of an hour's size,
as a folder and as a ZIP, without the data key and with it. The files were just written, so no disk is waited for."""

import hashlib
import json
import secrets
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import google_crc32c
import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from loadtest import swarm
from loadtest.results import Machine, this_machine
from loadtest.sections import Table, number

PROGRAM: Final = swarm.ROOT / "recordings" / "verify.py"
TARGET_MB_S: Final = 200.0
SEGMENTS: Final = 128
SEGMENTS_BRIEF: Final = 32
TRACK_BYTES: Final = 256 << 20
CHUNKS: Final = 16  # of 256 KiB: a full segment
ROUNDS: Final = 3
# Unchanged, and by nobody's key that was given: what a bundle without proofs is.
_UNPROVEN: Final = 8
_ID: Final = "a" * 26


class Speed(msgspec.Struct, frozen=True):
    """One way of being called: seconds of the whole process, one figure a round."""

    name: str
    seconds: list[float]
    held_to_target: bool


class Verify(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    megabytes: float
    speeds: list[Speed]


def measure(at: str, *, brief: bool) -> Verify:
    """Raises swarm.SwarmError if the verifier does not find the bundle right."""
    with tempfile.TemporaryDirectory(prefix="sefaw-verify-") as name:
        folder = Path(name) / "bundle"
        key = secrets.token_bytes(32)
        total = _make(folder, key, SEGMENTS_BRIEF if brief else SEGMENTS)
        archive = _zip(folder, Path(name) / "bundle.zip")
        ways: list[tuple[str, list[str], bool]] = [
            ("folder", [str(folder)], True),
            ("ZIP, stored", [str(archive)], True),
            ("folder, every chunk opened with the data key", [str(folder), f"--key={key.hex()}"], False),
        ]
        speeds = [Speed(title, [_run(arguments) for _ in range(ROUNDS)], held) for title, arguments, held in ways]
    return Verify(at, this_machine(), total / 1e6, speeds)


def tables(result: Verify) -> list[Table]:
    rows: list[Sequence[str]] = [["bundle", "seconds", "MB/s", "target"]]
    for speed in result.speeds:
        seconds = median(speed.seconds)
        target = f"≥ {TARGET_MB_S:g}" if speed.held_to_target else "–"
        rows.append([speed.name, number(seconds), number(result.megabytes / seconds, digits=0), target])
    says = (
        f"verify.py over {result.megabytes:.0f} MB, {result.machine.title}, {result.at}; the whole process, median of "
        f"{ROUNDS}."
    )
    return [Table(says, rows)]


def missed(result: Verify) -> list[str]:
    return [
        f"verify.py, {speed.name}: {result.megabytes / median(speed.seconds):.0f} MB/s"
        for speed in result.speeds
        if speed.held_to_target and result.megabytes / median(speed.seconds) < TARGET_MB_S
    ]


def _run(arguments: list[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, str(PROGRAM), *arguments], check=False, capture_output=True, timeout=200)
    took = time.perf_counter() - began
    if done.returncode != _UNPROVEN:
        raise swarm.SwarmError(f"verify.py says {done.returncode} of a bundle that is right")
    return took


def _make(folder: Path, key: bytes, segments: int) -> int:
    """A bundle of so many full segments and one long track; how many bytes."""
    (folder / "media").mkdir(parents=True)
    files: list[dict[str, Any]] = []
    body = secrets.token_bytes(1 << 20)
    for count in range(1, segments + 1):
        name = f"media/media-{count:06}.seg"
        files.append(_write(folder, name, "media", _segment(key, count, body[: (256 << 10) - 64])))
    files.append(_write(folder, "track.webm", "track", body * (TRACK_BYTES >> 20)))
    header = json.dumps({"consultation": _ID, "started_unix_us": 0, "version": 1}).encode()
    files.append(_write(folder, "log", "log", b"SEFAWREC\x01\0\0\0" + _frame(header)))
    manifest = {
        "version": 1,
        "consultation": _ID,
        "files": files,
        "segments": [{"number": n, "file": f"media/media-{n:06}.seg"} for n in range(1, segments + 1)],
        "gaps": [],
        "counts": {"packets": 0, "lost": 0, "dropped": 0, "damaged_us": 0},
        "log": {"records": 1, "head": hashlib.sha256(header).hexdigest()},
    }
    (folder / "manifest.json").write_bytes(json.dumps(manifest).encode())
    return sum(int(one["size"]) for one in files)


def _write(folder: Path, name: str, kind: str, data: bytes) -> dict[str, Any]:
    (folder / name).write_bytes(data)
    return {"name": name, "kind": kind, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "blocks": []}


def _segment(key: bytes, count: int, body: bytes) -> bytes:
    """A media segment of full chunks (docs/journal.md), each of packets of 1,200 bytes."""
    salt = hashlib.sha256(struct.pack("<I", count)).digest()
    first = json.dumps(
        {"kind": "media", "version": 1, "consultation": _ID, "segment": count, "salt": salt.hex()}
    ).encode()
    box = AESGCM(HKDF(SHA256(), 32, salt, b"sefaw journal v1 media").derive(key))
    aad = hashlib.sha256(first).digest()
    entries = b"".join(b"\xb3\x09\x02\x00\x01" + body[at : at + 1_200] for at in range(0, len(body) - 1_200, 1_205))
    chunk = bytes(8) + entries
    boxes = (box.encrypt(bytes(4) + struct.pack(">Q", n), chunk, aad) for n in range(CHUNKS))
    return b"SEFAWREC\x01\0\0\0" + b"".join(map(_frame, [first, *boxes]))


def _frame(payload: bytes) -> bytes:
    length = struct.pack("<I", len(payload))
    checksum: int = google_crc32c.extend(google_crc32c.value(length), payload)
    return length + struct.pack("<I", checksum) + payload


def _zip(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                out.write(file, file.relative_to(folder).as_posix())
    return path
