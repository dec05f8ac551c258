"""A process to be killed: a plane that records a publisher, and says about once a second how many packets have come."""

import asyncio
import sys
import time
from pathlib import Path

from aiortc import RTCPeerConnection

from sefaw_rtc.media import port
from sefaw_rtc.media.engine import Engine
from tests.engine.plane import Plane
from tests.engine.test_aiortc import ROOM, TRACKS, publish

KEY = bytes(range(32))


def record(folder: Path, segment: int, run: int) -> port.Record:
    """Session time 0 is now."""
    return port.Record(
        room=ROOM,
        folder=str(folder),
        consultation="a-consultation",
        key=KEY,
        segment=segment,
        run=run,
        started_unix_us=time.time_ns() // 1000,
        zero_ns=time.monotonic_ns(),
    )


async def main(folder: Path, segment: int, run: int) -> None:
    """Until somebody kills it. A line: how many RTP packets of the tracks have come; 0 = not of each."""
    plane = Plane(Engine(["127.0.0.1:0"]))
    plane.submit(record(folder, segment, run))
    state = await plane.next(port.Recording)
    assert (state.state, state.segment) == (port.RecordingState.ON, segment)
    await publish(plane, RTCPeerConnection(), peer=1)
    while True:
        packets = [track.packets for track in (await plane.next(port.Stats)).tracks if track.packets]
        print(sum(packets) if len(packets) == len(TRACKS) else 0, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
