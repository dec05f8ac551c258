"""Disks that fail as real ones do: file systems of their own, small ones, and one whose power can be cut. They need the
right to mount; without it their tests are skipped, which says so."""

import contextlib
import fcntl
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_SHUTDOWN = 0x8004587D  # FS_IOC_SHUTDOWN, linux/fs.h
_NO_LOG_FLUSH = 2  # what is not on the disk stays off it
_IMAGE_BYTES = 256 << 20
BUSY_S = 20.0


def mounted(*arguments: str) -> None:
    """Or skip the test."""
    done = subprocess.run(["mount", *arguments], check=False, capture_output=True)
    if done.returncode != 0:
        pytest.skip(f"mounting is not allowed here: {done.stderr.decode().strip()}")


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of so many bytes (`8m`)."""
    folder.mkdir()
    mounted("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0")
    return ballast


class PoweredDisk:
    """An ext4 file system in a file. `cut`: from now on it takes nothing, and what was not synced is gone;
    `read_only`: from now on it can be read; `back`: as after the next start of the machine."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._image, self.folder = image, folder
        folder.mkdir()
        with image.open("wb") as file:
            file.truncate(_IMAGE_BYTES)
        if subprocess.run(["mkfs.ext4", "-q", str(image)], check=False, capture_output=True).returncode != 0:
            pytest.skip("there is no mkfs.ext4 here")
        self._mount()

    def cut(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def read_only(self) -> None:
        """As the kernel makes a file system whose disk errs."""
        device = subprocess.check_output(["findmnt", "-no", "SOURCE", str(self.folder)], text=True).strip()
        Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error").write_text("x")

    def back(self) -> None:
        self.umount()
        self._mount()

    def umount(self) -> None:
        """A process that seals may still be at it, and ends when the disk takes nothing."""
        deadline = time.monotonic() + BUSY_S
        while subprocess.run(["umount", str(self.folder)], check=False, capture_output=True).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError("the disk stays busy")
            time.sleep(0.05)

    def _mount(self) -> None:
        mounted("-o", "loop,errors=remount-ro", str(self._image), str(self.folder))
