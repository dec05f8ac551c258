"""A cine of 2 GB goes in and out, and costs what its header costs. In a process of its own, whose memory is asked."""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from sefaw_rtc.dicom.folder import Bringer, Folder
from sefaw_rtc.dicom.folder_source import FolderSource
from tests.dicom.samples import BOUNDS, OURS, dataset, part10

FRAMES, SIDE = 2048, 1024  # of a byte a pixel: 2 GiB
GAP = FRAMES * SIDE * SIDE


def sparse(folder):
    '''A whole file whose pixels are a hole in the disk: nothing of it is written, all of it can be read.'''
    head = part10(dataset(Rows=SIDE, Columns=SIDE, NumberOfFrames=FRAMES, PixelData=bytes(2)))
    at = head.rindex(bytes([0xE0, 0x7F, 0x10, 0]))
    incoming = folder.incoming()
    incoming.write(head[: at + 8] + GAP.to_bytes(4, "little"), 1 << 32)
    path = incoming.finish()
    with path.open("r+b") as file:
        file.seek(at + 12 + 5 * SIDE * SIDE)
        file.write(b"\\x07" * 100)  # in the sixth frame
        file.truncate(at + 12 + GAP)
    return incoming


def memory(key):
    '''KiB; the most so far (VmHWM) is of this program alone, unlike getrusage's, which begins with its parent's.'''
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))


async def go(root):
    folder = Folder.open(root, BOUNDS)
    before = memory("VmRSS")
    incoming = sparse(folder)
    kept = incoming.keep(Bringer(OURS))
    incoming.drop()
    source = FolderSource(folder, 1 << 20)
    frames = await source.frames(kept.ref, [1, 6, FRAMES])
    read = 0
    async for chunk in source.whole(kept.ref):
        read += len(chunk)
        if read > 64 << 20:
            break
    after = memory("VmHWM")
    size = (root / folder.index.find(kept.ref.instance).path).stat().st_size
    folder.close()
    print(json.dumps({"size": size, "grown_kib": after - before, "seventh": sum(frames[1].data), "read": read,
                      "lengths": [len(one.data) for one in frames]}))


asyncio.run(go(Path(sys.argv[1])))
"""


def test_two_gigabytes_in_bounded_memory(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "dicom")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    told = json.loads(run.stdout)
    assert told["size"] > 2 << 30
    assert told["lengths"] == [1 << 20] * 3
    assert told["seventh"] == 700
    assert told["read"] > 64 << 20
    assert told["grown_kib"] < 32 << 10, f"{told['grown_kib']} KiB"
    print(told)
