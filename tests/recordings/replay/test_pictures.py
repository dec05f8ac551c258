"""Small pictures of a track: which frame each shows, with keyframes and without; and what is no file of them."""

import io
import time
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from recordings.crypt import DataKey
from recordings.errors import FileDamaged
from recordings.files import SealedFile, SealedWriter
from recordings.media.container import Container
from recordings.media.frames import Frame
from recordings.replay import thumbnails
from recordings.replay.thumbnails import EVERY_US, every_us, make, picture, write
from signalling.ids import ConsultationId

KEY, NAME = DataKey(bytes(range(32))), ConsultationId("m" * 26)
SECONDS = 40


def track(path: Path, keyframes: int) -> SealedFile:
    """Two frames a second, each as bright as its second; a keyframe every so many frames."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
    encoder.gop_size, encoder.options = keyframes, {"deadline": "realtime", "lag-in-frames": "0"}
    packets = []
    for number in range(2 * SECONDS):
        shade = np.full((48, 64, 3), 40 + number // 2 * 5, np.uint8)
        frame = av.VideoFrame.from_ndarray(shade, format="rgb24")
        frame.pts = number
        frame.pict_type = av.video.frame.PictureType.I if number % keyframes == 0 else av.video.frame.PictureType.NONE
        packets += encoder.encode(frame)
    frames = [Frame(n * 500_000, bytes(packet), packet.is_keyframe, n) for n, packet in enumerate(packets)]
    assert sum(frame.key for frame in frames) == -(-2 * SECONDS // keyframes)
    writer = SealedWriter(path, NAME, "tracks/1.webm", KEY)
    container = Container(writer, "VP8", frames[0], len(frames))
    for frame in frames:
        container.put(frame)
    container.close()
    writer.close()
    return SealedFile(path, NAME, "tracks/1.webm", KEY)


def shades(content: bytes, path: Path) -> list[int]:
    write(path, NAME, "replay/pictures-1", KEY, content)
    found = []
    with SealedFile(path, NAME, "replay/pictures-1", KEY) as file:
        while (data := picture(file, len(found))) is not None:
            with Image.open(io.BytesIO(data)) as image:
                found.append(round(float(np.asarray(image.convert("L")).mean())))
    return found


@pytest.mark.parametrize("keyframes", [4, 2 * SECONDS])
def test_each_shows_its_own_time(tmp_path: Path, keyframes: int) -> None:
    """Also where the only keyframe is the first."""
    with track(tmp_path / "1.webm", keyframes) as source:
        content = make(source, EVERY_US, time.monotonic() + 60)
    wanted = [40 + second * 5 for second in range(0, SECONDS, 10)]
    assert shades(content, tmp_path / "pictures") == pytest.approx(wanted, abs=6)


def test_without_time_there_are_keyframes_alone(tmp_path: Path) -> None:
    with track(tmp_path / "1.webm", 2 * SECONDS) as source:
        content = make(source, EVERY_US, 0.0)
    assert shades(content, tmp_path / "pictures") == pytest.approx([40], abs=6)


def test_what_is_no_file_of_pictures(tmp_path: Path) -> None:
    for content in (b"", b"\x01", b"\xff\xff\xff\xff", b"\x02\0\0\0[]", b"\x10\0\0\0{}"):
        path = tmp_path / "pictures"
        write(path, NAME, "replay/pictures-1", KEY, content)
        with SealedFile(path, NAME, "replay/pictures-1", KEY) as file, pytest.raises(FileDamaged):
            picture(file, 0)


def test_a_long_one_has_no_more_of_them() -> None:
    assert every_us(0) == every_us(3_600_000_000) == EVERY_US
    day = 24 * 3_600_000_000
    assert day // every_us(day) <= thumbnails.MOST
    assert every_us(day) % 1_000_000 == 0
