"""Pictures and sounds made by programs that are not ours: Pillow and FFmpeg."""

import io
from typing import Any

import av
import numpy as np
from PIL import Image


def picture(kind: str, width: int = 40, height: int = 30, **options: Any) -> bytes:
    """A grey picture as JPEG, PNG or WEBP."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 90)).save(file, kind, **options)
    return file.getvalue()


def sound(container: str, seconds: float = 1.0, codec: str = "libopus", **options: str) -> bytes:
    """A quiet tone in `webm`, `ogg` or `mp4`."""
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=48_000, layout="mono")
        samples = int(48_000 * seconds)
        tone = (np.sin(np.arange(samples) * 0.06) * 3000).astype(np.int16)
        for at in range(0, samples, 960):
            part = np.ascontiguousarray(tone[at : at + 960].reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, at
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return file.getvalue()


SAMPLES: dict[str, bytes] = {
    "image/jpeg": picture("JPEG"),
    "image/png": picture("PNG"),
    "image/webp": picture("WEBP"),
    "audio/webm": sound("webm"),
    "audio/ogg": sound("ogg"),
    "audio/mp4": sound("mp4", codec="aac"),
}
