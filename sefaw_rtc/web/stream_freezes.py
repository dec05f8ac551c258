"""How an encoder answers a freeze with its own raw picture (docs/probe.md), under its WHIP resource and its token:
`GET …/freezes?wait=20` waits for one, `POST …/stills/{key}` brings it as a PNG, `DELETE …/stills/{key}` says that it
has none."""

from typing import Final

import msgspec
from aiohttp import web

from sefaw_rtc.errors import NotFound
from sefaw_rtc.media.port import PeerKind
from sefaw_rtc.service import encoder_freezes
from sefaw_rtc.service.host import Host
from sefaw_rtc.web import api_stills, bodies
from sefaw_rtc.web.streams import STREAMS, named
from signalling.ids import ParticipantId

LONGEST_S: Final = 25  # proxies give an answer up after thirty
SHORTEST_S: Final = 1  # whoever asks at once again must not keep the server busy


class Asked(msgspec.Struct, frozen=True):
    """A frame that is wanted, by its RTP timestamp."""

    key: str
    rtp: int


class AskedList(msgspec.Struct, frozen=True):
    freezes: list[Asked]


async def listen(request: web.Request) -> web.Response:
    """200 with what is asked for, each once; nothing after the time."""
    token, consultation, resource = named(request)
    host, peer = request.app[STREAMS].mine(PeerKind.WHIP, consultation, resource, token)
    found = await encoder_freezes.wait(host, peer, _seconds(request.query.get("wait", "")))
    return bodies.json(AskedList([Asked(one.key, one.frame.rtp) for one in found]))


async def store(request: web.Request) -> web.Response:
    """201 with the picture that everybody sees now."""
    host, me = _publisher(request)
    return await api_stills.receive(request, host, me)


async def decline(request: web.Request) -> web.Response:
    """204: what was transmitted is decoded."""
    host, me = _publisher(request)
    key = request.match_info["key"]
    host.act(lambda now: host.consultation.looking.handle_decline_freeze(now, me, key))
    return web.Response(status=204)


def _publisher(request: web.Request) -> tuple[Host, ParticipantId]:
    token, consultation, resource = named(request)
    host, peer = request.app[STREAMS].mine(PeerKind.WHIP, consultation, resource, token)
    if peer.participant is None:
        raise NotFound("resource")
    return host, peer.participant


def _seconds(text: str) -> int:
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else LONGEST_S
    return min(max(asked, SHORTEST_S), LONGEST_S)
