"""The parts of `sefaw-probe` without a network: sources, encoder, ring."""

import io
import itertools
from pathlib import Path

import av
import numpy as np
import pytest
from aiortc import RTCPeerConnection
from pydicom import examples

from sefaw_rtc.edge.probe import publisher
from sefaw_rtc.edge.probe.capture import Capture
from sefaw_rtc.edge.probe.encoder import ENCODERS, EncoderError, Wish, even, make_encoder
from sefaw_rtc.edge.probe.freezes import png
from sefaw_rtc.edge.probe.ring import Ring, size_of
from sefaw_rtc.edge.probe.sources import SourceError, open_source
from sefaw_rtc.edge.probe.track import EncodedTrack

WISH = Wish(320, 240, 30.0, 500_000)


def frames(spec: str, count: int) -> list[av.VideoFrame]:
    return list(itertools.islice(open_source(spec).frames(), count))


def test_the_pattern_moves() -> None:
    first, second = frames("pattern", 2)
    assert (first.width, first.height) == (640, 480)
    assert not np.array_equal(first.to_ndarray(), second.to_ndarray())


@pytest.mark.parametrize("name", ["ybr_color", "ct", "palette_color"])
def test_dicom_of_every_colour(name: str) -> None:
    frame = frames(f"dicom:{examples.get_path(name)}", 1)[0]
    assert frame.format.name == "rgb24"
    assert np.ptp(frame.to_ndarray(format="rgb24")) > 100


def test_a_clip_goes_round(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=50)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 80, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    seen = [int(frame.to_ndarray(format="gray").mean()) // 40 for frame in frames(str(path), 7)]
    assert seen[:3] == seen[3:6]
    assert seen[0] == seen[6] != seen[1]


@pytest.mark.parametrize("spec", ["/dev/video-none", "none.mp4", "dicom:none.dcm", "tcp://127.0.0.1:9"])
def test_what_is_not_there_says_so(spec: str) -> None:
    with pytest.raises(SourceError):
        frames(spec, 1)


def test_a_file_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "words.mp4").write_bytes(b"no picture" * 100)
    with pytest.raises(SourceError):
        frames(str(tmp_path / "words.mp4"), 1)
    with pytest.raises(SourceError):
        frames(f"dicom:{tmp_path / 'words.mp4'}", 1)


def test_no_frame_waits_and_a_keyframe_comes_when_asked_for() -> None:
    encoder = make_encoder(WISH)
    frame = frames("pattern", 1)[0]
    made = [encoder.encode(frame, number * 3_000, keyframe=number in {0, 7}) for number in range(12)]
    assert [len(packets) for packets in made] == [1] * 12
    assert [number for number, (packet,) in enumerate(made) if packet.is_keyframe] == [0, 7]
    assert [packet.pts for (packet,) in made] == [number * 3_000 for number in range(12)]
    assert all(packet.dts == packet.pts for (packet,) in made), "no B-frames"


async def test_a_lost_picture_at_the_other_side_makes_a_keyframe_and_frames_get_their_timestamp() -> None:
    """What aiortc calls these privately may change: then neither would work, and nobody would be told."""
    capture, ring, connection = Capture(lambda: open_source("pattern")), Ring(), RTCPeerConnection()
    track = EncodedTrack(capture, lambda _: make_encoder(WISH), ring)
    try:
        sender = connection.addTransceiver(track, "sendonly").sender
        assert callable(sender._send_keyframe)
        assert sender._RTCRtpSender__rtp_timestamp == 0
        track.sent_by(sender)
        kinds = [(await track.recv()).is_keyframe for _ in range(3)]
        sender._send_keyframe()
        sender._RTCRtpSender__rtp_timestamp = 123
        kinds += [(await track.recv()).is_keyframe for _ in range(2)]
        assert kinds == [True, False, False, True, False]
        assert ring.find(123) is not None
    finally:
        capture.close()
        track.stop()
        await connection.close()


def test_software_under_gpl_comes_last() -> None:
    assert list(ENCODERS)[-2:] == ["libopenh264", "libx264"]


def test_an_encoder_that_is_not_there() -> None:
    with pytest.raises(EncoderError):
        make_encoder(WISH, "libopenh264" if "libopenh264" not in av.codecs_available else "h264_nvenc")


def test_sizes() -> None:
    assert even(641, 481, None) == (640, 480)
    assert even(1920, 1080, (1280, 1280)) == (1280, 720)
    assert even(320, 240, (1280, 720)) == (320, 240)


def test_the_ring_knows_exact_frames_and_forgets() -> None:
    kept = frames("pattern", 1)[0]
    ring = Ring(kept_s=1.0)
    start = (1 << 32) - 45_000  # over the wrap
    for number in range(60):
        ring.put((start + number * 3_000) % (1 << 32), kept)
    newest = (start + 59 * 3_000) % (1 << 32)
    assert ring.find(newest) is kept
    assert ring.find(newest - 1) is None
    assert ring.find(newest - 30 * 3_000) is kept
    assert ring.find(newest - 31 * 3_000) is None
    ring.clear()
    assert ring.find(newest) is None


def test_the_ring_is_bounded_in_bytes() -> None:
    kept = frames("pattern", 1)[0]
    ring = Ring(kept_s=100.0, max_bytes=3 * size_of(kept))
    for number in range(10):
        ring.put(number, kept)
    assert [number for number in range(10) if ring.find(number)] == [7, 8, 9]


def test_a_still_is_the_frame_without_loss() -> None:
    frame = frames(f"dicom:{examples.get_path('ybr_color')}", 1)[0]
    data = png(frame)
    assert data.startswith(b"\x89PNG")
    with av.open(io.BytesIO(data)) as container:
        again = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert np.array_equal(again, frame.to_ndarray(format="rgb24"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"type":"about:blank","code":"token_expired","detail":"x"}', "token_expired"),
        ("<html>\x1b[2J 502 Bad Gateway", "without a code"),
        ('{"code":"Nobody\'s own words, and \\"more\\""}', "without a code"),
    ],
)
def test_a_refusal_is_told_by_its_code_alone(answer: str, said: str) -> None:
    assert publisher._code_in(answer) == said
