"""Programs that publish and watch: an independent WebRTC implementation (aiortc) over WHIP and WHEP."""

import aiohttp
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription


async def post(http: aiohttp.ClientSession, url: str, token: str, sdp: str) -> tuple[int, str, str]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    async with http.post(url, data=sdp, headers=headers) as reply:
        return reply.status, await reply.text(), reply.headers.get("Location", "")


async def connect(http: aiohttp.ClientSession, peer: RTCPeerConnection, url: str, token: str) -> str:
    """Offer, answer; the resource's address."""
    await peer.setLocalDescription(await peer.createOffer())
    status, answer, location = await post(http, url, token, peer.localDescription.sdp)
    assert status == 201, answer
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    return location


def connection(peers: list[RTCPeerConnection]) -> RTCPeerConnection:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peers.append(peer)
    return peer
