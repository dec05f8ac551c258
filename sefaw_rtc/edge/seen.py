"""What a program sees and hears of the others: it consumes their tracks and can say so in figures."""

import asyncio
import contextlib
from dataclasses import dataclass

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame


@dataclass
class Seen:
    """Counters over all received tracks. `loudest` is the largest sample, 0 to 1."""

    video_frames: int = 0
    width: int = 0
    height: int = 0
    audio_frames: int = 0
    loudest: float = 0.0

    async def watch(self, track: MediaStreamTrack) -> None:
        """Consume one track until it ends; a track nobody reads would fill the memory."""
        with contextlib.suppress(MediaStreamError, asyncio.CancelledError):
            while True:
                frame = await track.recv()
                if isinstance(frame, VideoFrame):
                    self.video_frames += 1
                    self.width, self.height = frame.width, frame.height
                elif isinstance(frame, AudioFrame):
                    self.audio_frames += 1
                    self.loudest = max(self.loudest, float(np.abs(frame.to_ndarray()).max()) / 32768)
