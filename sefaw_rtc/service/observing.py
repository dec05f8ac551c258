"""What the plane says of somebody's media, as steps of the timeline. Decides nothing: the heart bounds what is written.

Runs per join, per change and once a second, never per packet.
"""

import asyncio
from collections.abc import Callable

from sefaw_rtc.consultation import NO_TRACK
from sefaw_rtc.media import port
from sefaw_rtc.service.peers import MediaPeer
from signalling.ids import ParticipantId, TrackId
from signalling.vocabulary import Notice, Step, Transport

Write = Callable[[ParticipantId, Step, TrackId, int], None]

_TRANSPORTS = {Transport.UDP: 1, Transport.TCP: 2}


class Observing:
    """One per media link."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._without_keyframes: set[TrackId] = set()

    def handle_peer(self, peer: MediaPeer, event: port.PeerEvent) -> None:
        """A peer got a step further."""
        match event:
            case port.IceConnected(ms=ms):
                self._saw(peer, Step.ICE_CONNECTED, value=ms)
            case port.Connected(ms=ms):
                peer.connected_s = asyncio.get_running_loop().time()
                self._saw(peer, Step.DTLS_CONNECTED, value=ms)
            case port.PathChanged(transport=transport):
                self._saw(peer, Step.PATH_CHANGED, value=_TRANSPORTS.get(transport, 0))
            case port.VideoSuspended(kbps=kbps):
                self._saw(peer, Step.VIDEO_SUSPENDED, value=kbps)
            case port.VideoResumed(kbps=kbps):
                self._saw(peer, Step.VIDEO_RESUMED, value=kbps)
            case port.Ended():
                self._saw(peer, Step.MEDIA_ENDED, value=_lasted_ms(peer))
            case _:
                pass

    def handle_track(self, publisher: MediaPeer | None, event: port.TrackEvent) -> None:
        """A track got a step further, or its keyframes failed or came back."""
        if publisher is None:
            return
        match event:
            case port.FirstPacket(track=track, ms=ms):
                self._saw(publisher, Step.FIRST_PACKET, track, ms)
            case port.FirstKeyframe(track=track, ms=ms):
                self._saw(publisher, Step.FIRST_KEYFRAME, track, ms)
            case port.Track(track=track, peer=None, notice=Notice.NO_KEYFRAMES):
                self._without_keyframes.add(track)
                self._saw(publisher, Step.KEYFRAMES_MISSING, track)
            case port.Track(track=track, peer=None, notice=Notice.LIVE) if track in self._without_keyframes:
                self._without_keyframes.discard(track)
                self._saw(publisher, Step.KEYFRAMES_BACK, track)
            case _:
                pass

    def handle_stats(self, peer: MediaPeer, stats: port.PeerStats) -> None:
        """A second of a peer's link: the worse direction counts."""
        if peer.loss.heard(max(stats.up_loss, stats.down_loss)):
            self._saw(peer, Step.LOSS_BEGAN if peer.loss.going_on else Step.LOSS_ENDED, value=peer.loss.most)

    def forget(self, track: TrackId) -> None:
        """A track is gone."""
        self._without_keyframes.discard(track)

    def closed(self, peer: MediaPeer) -> None:
        """We closed a peer. One that never connected leaves no trace."""
        if peer.connected_s is not None:
            self._saw(peer, Step.MEDIA_ENDED, value=_lasted_ms(peer))

    def _saw(self, peer: MediaPeer, step: Step, track: TrackId = NO_TRACK, value: int = 0) -> None:
        if peer.participant is not None:
            self._write(peer.participant, step, track, value)


def _lasted_ms(peer: MediaPeer) -> int:
    """How long a peer was connected; 0 = never."""
    if peer.connected_s is None:
        return 0
    return round((asyncio.get_running_loop().time() - peer.connected_s) * 1000)
