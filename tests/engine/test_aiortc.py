"""An independent implementation publishes and watches through the plane, without any server around it."""

import asyncio

import msgspec
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack
from av import AudioFrame, VideoFrame

from sefaw_rtc.media import port
from sefaw_rtc.media.transmitted import decode
from signalling.ids import TrackId
from signalling.vocabulary import Kind, Transport
from tests.engine.plane import PATIENCE_S, Plane

ROOM = 1
TRACKS = {Kind.AUDIO: TrackId(1), Kind.VIDEO: TrackId(2)}


async def join(plane: Plane, connection: RTCPeerConnection, peer: int, kind: port.PeerKind) -> port.Joined:
    """Offer, answer, connected on both sides."""
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription.sdp
    plane.submit(port.Join(request=peer, room=ROOM, peer=peer, kind=kind, offer=offer, pairs=[], dtls13=False))
    joined = await plane.next(port.Joined)
    await connection.setRemoteDescription(RTCSessionDescription(sdp=joined.answer, type="answer"))
    connected = await plane.next(port.Connected)
    assert (connected.peer, connected.transport) == (peer, Transport.UDP)
    async with asyncio.timeout(PATIENCE_S):
        while connection.connectionState != "connected":  # noqa: ASYNC110 - the plane may know it first
            await asyncio.sleep(0.01)
    return joined


class Held(VideoStreamTrack):  # type: ignore[misc] - the library has no types
    """Gives no picture any more once it is told to hold. `asked`: and all that it gave is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = False
        self.asked = asyncio.Event()

    async def recv(self) -> VideoFrame:
        if self.hold:
            self.asked.set()
            await asyncio.Event().wait()
        return await super().recv()


async def publish(
    plane: Plane, connection: RTCPeerConnection, peer: int, *, keep: bool = False, video: MediaStreamTrack | None = None
) -> None:
    connection.addTrack(AudioStreamTrack())
    connection.addTrack(video or VideoStreamTrack())
    joined = await join(plane, connection, peer, port.PeerKind.WHIP)
    assert [line.direction for line in joined.media] == [port.Direction.IN] * 2
    for line in joined.media:
        plane.submit(port.Publish(peer=peer, mid=line.mid, track=TRACKS[line.kind], rank=0, keep=keep))


async def watch(plane: Plane, connection: RTCPeerConnection, peer: int) -> None:
    for kind in ("audio", "video"):
        connection.addTransceiver(kind, direction="recvonly")
    joined = await join(plane, connection, peer, port.PeerKind.WHEP)
    assert [line.direction for line in joined.media] == [port.Direction.OUT] * 2
    for line in joined.media:
        plane.submit(port.Assign(peer=peer, mid=line.mid, track=TRACKS[line.kind]))


async def test_one_publishes_and_one_watches(plane: Plane) -> None:
    publisher, viewer = RTCPeerConnection(), RTCPeerConnection()
    try:
        await publish(plane, publisher, peer=1)
        await watch(plane, viewer, peer=2)
        audio, video = (transceiver.receiver.track for transceiver in viewer.getTransceivers())
        frames = [await video.recv() for _ in range(10)]
        assert all(isinstance(frame, VideoFrame) and frame.width == 640 for frame in frames)
        assert len({frame.pts for frame in frames}) == len(frames)
        assert isinstance(await audio.recv(), AudioFrame)
        shown = await plane.next(port.Shown)
        assert (shown.peer, shown.track) in {(2, track) for track in TRACKS.values()}
        stats = await plane.next(port.Stats)
        assert stats.counters["rtp_forwarded"] > 0
        assert {track.codec for track in stats.tracks} <= {"VP8", "opus", "OPUS", "H264"}
    finally:
        await viewer.close()
        await publisher.close()


async def test_every_peer_of_a_closed_room_is_told(plane: Plane) -> None:
    publisher = RTCPeerConnection()
    try:
        await publish(plane, publisher, peer=1)
        plane.submit(port.CloseRoom(room=ROOM, reason="hung_up"))
        ended = await plane.next(port.Ended)
        assert (ended.peer, ended.reason) == (1, port.EndReason.CLOSED)
    finally:
        await publisher.close()


@pytest.mark.parametrize("kind", [port.PeerKind.WHIP, port.PeerKind.WHEP])
async def test_a_peer_that_closes_has_left(plane: Plane, kind: port.PeerKind) -> None:
    connection = RTCPeerConnection()
    try:
        await (publish if kind is port.PeerKind.WHIP else watch)(plane, connection, peer=1)
    finally:
        await connection.close()
    ended = await plane.next(port.Ended)
    assert (ended.peer, ended.reason) == (1, port.EndReason.LEFT)


async def test_a_frame_is_grabbed_as_it_was_transmitted(plane: Plane) -> None:
    publisher, video = RTCPeerConnection(), Held()
    try:
        await publish(plane, publisher, peer=1, keep=True, video=video)
        await plane.next(port.FirstKeyframe)
        video.hold = True
        async with asyncio.timeout(PATIENCE_S):
            await video.asked.wait()
        plane.forget()
        await plane.next(port.Stats)  # a turn of the plane's later, in which it has read what lay there for it
        newest: int = publisher.getSenders()[1]._RTCRtpSender__rtp_timestamp
        grab = port.Grab(request=50, room=ROOM, track=TRACKS[Kind.VIDEO], rtp=newest)
        plane.submit(grab, msgspec.structs.replace(grab, track=TrackId(9)))
        grabbed, refused = await plane.next(port.Grabbed), await plane.next(port.Refused)
        assert (refused.request, refused.code) == (50, port.RefuseCode.UNKNOWN_TRACK)
        assert grabbed.rtp == newest
        assert decode(grabbed.codec, grabbed.packets).shape == (480, 640, 3)
    finally:
        await publisher.close()
