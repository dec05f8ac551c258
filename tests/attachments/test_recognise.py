"""What a file is, told from its bytes: measures of real files, and one error for everything else."""

import contextlib
import io
import struct
import zlib

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sefaw_rtc.attachments import EXTENSIONS, NotRecognised, recognise
from signalling.vocabulary import AttachmentKind
from tests.attachments.samples import SAMPLES, picture, sound

MANY = 500_000


@pytest.mark.parametrize("media_type", EXTENSIONS)
def test_each_kind_is_told_by_its_bytes(media_type: str) -> None:
    found = recognise(SAMPLES[media_type])
    assert (found.media_type, found.size) == (media_type, len(SAMPLES[media_type]))
    if found.kind is AttachmentKind.PICTURE:
        assert (found.width, found.height, found.duration_ms) == (40, 30, 0)
    else:
        assert (found.width, found.height) == (0, 0)
        assert abs(found.duration_ms - 1000) <= 60


@given(width=st.integers(1, 400), height=st.integers(1, 400), kind=st.sampled_from(["JPEG", "PNG", "WEBP"]))
@settings(max_examples=40, deadline=None)
def test_width_and_height_come_back(width: int, height: int, kind: str) -> None:
    found = recognise(picture(kind, width, height))
    assert (found.width, found.height) == (width, height)


@pytest.mark.parametrize(
    "data",
    [picture("WEBP", lossless=True), picture("WEBP", exif=b"Exif\0\0x"), picture("JPEG", progressive=True)],
    ids=["VP8L", "VP8X", "progressive"],
)
def test_other_forms_of_a_picture(data: bytes) -> None:
    assert (recognise(data).width, recognise(data).height) == (40, 30)


@pytest.mark.parametrize(
    ("data", "most_off"),
    [
        (sound("mp4", 2.5, "aac", movflags="frag_keyframe+empty_moov"), 100),
        (sound("mp4", 2.5, "aac", movflags="frag_every_frame+empty_moov+default_base_moof"), 100),
        (sound("mp4", 2.5), 60),
        (sound("webm", 2.5, live="1"), 60),
        (sound("ogg", 2.5), 60),
    ],
    ids=["mp4 in fragments", "mp4 frame by frame", "opus in mp4", "live webm", "ogg"],
)
def test_how_long_a_sound_is(data: bytes, most_off: int) -> None:
    assert abs(recognise(data).duration_ms - 2500) <= most_off


def _png(width: int, height: int, behind: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"") + behind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + b"\0" * 40,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"MZ" + b"\0" * 100,
        b"\xff\xd8\xff",
        SAMPLES["image/jpeg"] + b"<script>",
        SAMPLES["image/webp"] + b"PK\x03\x04",
        SAMPLES["image/png"].replace(b"IDAT", b"IDAU"),
        _png(50_000, 50_000),
        _png(8192, 8192),
        _png(0, 10),
        _png(10, 10, b"<script>"),
        sound("webm", 1.0).replace(b"webm", b"webq", 1),
        sound("webm", 301.0),
    ],
    ids=[
        "nothing", "gif", "svg", "html", "program", "three bytes", "behind a jpeg", "behind a webp", "wrong crc",
        "bomb", "too many pixels", "no width", "behind a png", "not webm", "five minutes",
    ],
)  # fmt: skip
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(NotRecognised):
        recognise(data)


@pytest.mark.parametrize(
    "data",
    [
        SAMPLES["audio/webm"] + b"\xec\x80" * MANY,
        SAMPLES["audio/ogg"] + (b"OggS\0" + SAMPLES["audio/ogg"][5:26] + b"\0") * (MANY // 4),
        SAMPLES["audio/mp4"] + b"\0\0\0\x08free" * MANY,
        b"\xff\xd8" + b"\xff" * 4 * MANY,
        _png(10, 10)[:33] + (struct.pack(">I", 0) + b"tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))) * MANY,
    ],
    ids=["webm", "ogg", "mp4", "jpeg", "png"],
)
def test_what_is_made_of_crumbs_is_refused_before_it_costs_seconds(data: bytes) -> None:
    """All of these are smaller than an upload may be, and would keep Python busy for up to half a minute."""
    with pytest.raises(NotRecognised, match="too many parts"):
        recognise(data)


def test_a_film_is_no_voice_message() -> None:
    for container, codec in (("webm", "libvpx"), ("mp4", "mpeg4")):
        file = io.BytesIO()
        with av.open(file, "w", format=container) as out:
            stream = out.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for at in range(5):
                frame = av.VideoFrame(64, 48, "yuv420p")
                frame.pts = at
                for packet in stream.encode(frame):
                    out.mux(packet)
            for packet in stream.encode(None):
                out.mux(packet)
        with pytest.raises(NotRecognised, match="not only sound"):
            recognise(file.getvalue())


@given(kind=st.sampled_from(sorted(SAMPLES)), share=st.floats(0, 0.995))
@settings(max_examples=200, deadline=None)
def test_what_is_cut_off_is_never_taken_for_longer(kind: str, share: float) -> None:
    """A picture that is cut off is refused; a sound may be cut between two packets, and is then shorter."""
    whole = SAMPLES[kind]
    try:
        found = recognise(whole[: int(len(whole) * share)])
    except NotRecognised:
        return
    assert found.kind is AttachmentKind.VOICE
    assert found.duration_ms <= recognise(whole).duration_ms


@given(
    kind=st.sampled_from(sorted(SAMPLES)), changes=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=8)
)
@settings(max_examples=400, deadline=None)
def test_changed_bytes_give_a_description_or_the_one_error(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(SAMPLES[kind])
    for at, value in changes:
        data[at % len(data)] = value
    try:
        found = recognise(bytes(data))
    except NotRecognised:
        return
    assert 0 <= found.duration_ms <= 300_000
    assert found.width * found.height <= 50_000_000


@given(head=st.sampled_from([data[:16] for data in SAMPLES.values()]), tail=st.binary(max_size=300))
@settings(max_examples=400, deadline=None)
def test_noise_behind_a_right_beginning(head: bytes, tail: bytes) -> None:
    with contextlib.suppress(NotRecognised):
        recognise(head + tail)


def test_boxes_in_boxes_without_end() -> None:
    deep = b""
    for _ in range(20_000):
        deep = struct.pack(">I", 8 + len(deep)) + b"moov" + deep if len(deep) < 200_000 else deep
    with pytest.raises(NotRecognised, match="boxes in boxes"):
        recognise(struct.pack(">I", 16) + b"ftypM4A \0\0\0\0" + deep)
