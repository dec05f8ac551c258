"""WHIP and WHEP with an independent implementation of WebRTC: aiortc."""

import asyncio

import aiohttp
from aiortc import RTCPeerConnection

from sefaw_rtc.edge.clip import UltrasoundClip, ultrasound_frames
from sefaw_rtc.edge.seen import Seen
from sefaw_rtc.edge.voice import Voice, speak
from tests.system.person import until
from tests.system.programs import connect, connection, post
from tests.system.server import Server


async def test_an_encoder_publishes_and_a_player_watches(
    server: Server, http: aiohttp.ClientSession, peers: list[RTCPeerConnection]
) -> None:
    publisher, viewer, seen = connection(peers), connection(peers), Seen()
    publisher.addTrack(Voice(speak()))
    publisher.addTrack(UltrasoundClip(ultrasound_frames()))
    tokens = server.ready["tokens"]
    resource = await connect(http, publisher, server.ready["whip"], tokens["publisher"])

    viewer.addTransceiver("audio", "recvonly")
    viewer.addTransceiver("video", "recvonly")
    watching: list[asyncio.Future[None]] = []
    viewer.on("track", lambda track: watching.append(asyncio.ensure_future(seen.watch(track))))
    await connect(http, viewer, server.ready["whep"], tokens["viewer"])

    async def enough() -> bool:
        return seen.video_frames > 20 and seen.audio_frames > 50 and seen.loudest > 0.05

    await until("picture and sound at the player", enough)
    assert (seen.width, seen.height) == (320, 240)

    headers = {"Authorization": f"Bearer {tokens['publisher']}"}
    async with http.delete(resource if "://" in resource else server.url + resource, headers=headers) as reply:
        assert reply.status == 200
    async with http.delete(resource if "://" in resource else server.url + resource, headers=headers) as reply:
        assert reply.status == 404


async def test_refusals_say_why(server: Server, http: aiohttp.ClientSession, peers: list[RTCPeerConnection]) -> None:
    publisher = connection(peers)
    publisher.addTrack(Voice(speak()))
    await publisher.setLocalDescription(await publisher.createOffer())
    sdp, tokens, whip = publisher.localDescription.sdp, server.ready["tokens"], server.ready["whip"]
    elsewhere = whip.rsplit("/", 1)[0] + "/" + "a" * 26
    foreign = sdp.replace("opus/48000", "speex/48000")
    cases = [
        (whip, "wrong", sdp, 401),
        (whip, tokens["viewer"], sdp, 403),
        (elsewhere, tokens["publisher"], sdp, 404),
        (whip, tokens["publisher"], "v=0\r\nnonsense", 400),
        (whip, tokens["publisher"], foreign.replace("PCMU", "XX").replace("PCMA", "YY"), 406),
    ]
    for url, token, offer, expected in cases:
        status, body, _ = await post(http, url, token, offer)
        assert status == expected, (expected, body)
        assert '"code"' in body
        assert '"title"' in body
