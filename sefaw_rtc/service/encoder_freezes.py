"""Freezes of an encoder's picture. It joins by WHIP alone and cannot be called, so it hears of them by an answer that
waits; one that does not listen is not asked, and what was transmitted is decoded at once."""

import asyncio
import contextlib
from typing import Final

from sefaw_rtc.media import port
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.peers import MediaPeer
from signalling.ids import TrackId
from signalling.looking_state import FreezeState

BETWEEN_S: Final = 3.0  # from one answer to the next question: round trips over a bad line


def ask(host: Host, track: TrackId) -> bool:
    """Whether its publisher can be asked for its own picture: a page that is there (the log tells it), or an encoder
    that listens, which is told now."""
    peer = host.media.publisher(track)
    if peer is None:
        return False
    if peer.kind is not port.PeerKind.WHIP:
        return peer.participant is not None and peer.participant in host.seats
    peer.freeze_asked.set()
    return peer.listens_until >= _now()


async def wait(host: Host, peer: MediaPeer, seconds: float) -> list[FreezeState]:
    """Open freezes of what it publishes that it was not told of yet; none after so long."""
    deadline = _now() + seconds
    peer.listens_until = deadline + BETWEEN_S
    try:
        while not (found := _untold(host, peer)) and peer.ended is None and _now() < deadline:
            peer.freeze_asked.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(deadline - _now()):
                    await peer.freeze_asked.wait()
    finally:
        peer.listens_until = _now() + BETWEEN_S
    peer.told_of = {one.key for one in _open(host, peer)}
    return found


def _untold(host: Host, peer: MediaPeer) -> list[FreezeState]:
    return [one for one in _open(host, peer) if one.key not in peer.told_of]


def _open(host: Host, peer: MediaPeer) -> list[FreezeState]:
    mine = set(peer.tracks.values())
    freezes = host.state.looking.freezes
    return [one for one in freezes if one.picture is None and one.fault is None and one.frame.track in mine]


def _now() -> float:
    return asyncio.get_running_loop().time()
