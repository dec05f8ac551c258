"""A person as the server sees one: signed in, one WebSocket, requests that wait for their answer. No media flows; an
offer makes the server build and drop everything that belongs to a connection."""

import asyncio
from typing import Final, TypeVar

import aiohttp

from signalling import messages as wire
from signalling.codec import decode_server, encode_client
from signalling.events import Closed, Patient
from signalling.ids import AccountId, Mid
from signalling.vocabulary import WIRE_VERSION, Kind, Purpose, Urgency

ANSWER_S: Final = 20.0
_Kind = TypeVar("_Kind")

_HEAD: Final = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
_COMMON: Final = (
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:Ab1+\r\na=ice-pwd:0123456789abcdefghijklmn\r\n"
    "a=fingerprint:sha-256 " + ":".join(f"{byte:02X}" for byte in range(32)) + "\r\na=setup:actpass\r\na=rtcp-mux\r\n"
)
_AUDIO: Final = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n{common}a=mid:0\r\na={way}\r\na=rtpmap:111 opus/48000/2\r\n"
_VIDEO: Final = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n{common}a=mid:1\r\na={way}\r\na=rtpmap:96 VP8/90000\r\n"


def offer(way: str) -> str:
    """An offer like a browser's, `sendonly` or `recvonly`, of a client that will never connect."""
    return _HEAD + (_AUDIO + _VIDEO).format(common=_COMMON, way=way)


class RefusedError(Exception):
    """The server said no; the message is its code."""


class Visitor:
    """`await Visitor.arrive(http, url, user, password)`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.account = AccountId("")  # until it has arrived

    @classmethod
    async def arrive(cls, http: aiohttp.ClientSession, url: str, user: str, password: str) -> "Visitor":
        async with http.post(f"{url}/api/session", json={"user": user, "password": password}) as reply:
            reply.raise_for_status()
        visitor = cls(await http.ws_connect(f"{url}/wire", headers={"Origin": url}, max_msg_size=1 << 22))
        await visitor.send(wire.Hello(version=WIRE_VERSION))
        visitor.account = (await visitor.hear(wire.Lobby)).me.account
        return visitor

    async def close(self) -> None:
        await self._socket.close()

    async def call(self, key: str) -> wire.Calling:
        patient = Patient(name="示例 Example")
        message = wire.Call(re=self._next(), key=key, patient=patient, reason="bench", urgency=Urgency.ROUTINE)
        await self.send(message)
        return await self.hear(wire.Calling)

    async def answer(self, ringing: wire.Incoming) -> wire.Ticket:
        await self.send(wire.AnswerCall(re=self._next(), consultation=ringing.consultation))
        return await self.hear(wire.Ticket)

    async def on_call(self) -> AccountId:
        """Says that it can be rung; its account."""
        await self.send(wire.SetOnCall(re=self._next(), on=True))
        await self.hear(wire.Done)
        return self.account

    async def invite(self, account: AccountId) -> None:
        await self.send(wire.Invite(re=self._next(), account=account))
        await self.hear(wire.Done)

    async def join(self, token: str, media: wire.Media | None = None) -> wire.JoinedReply:
        """`media` None: an offer of sound and picture that never connects."""
        offered = media or self._nothing()
        await self.send(wire.Join(re=self._next(), version=WIRE_VERSION, token=token, media=offered))
        return await self.hear(wire.JoinedReply)

    @staticmethod
    def _nothing() -> wire.Media:
        kinds = {"0": Kind.AUDIO, "1": Kind.VIDEO}
        sends = [wire.Send(mid=Mid(mid), kind=kind, purpose=Purpose.FACE) for mid, kind in kinds.items()]
        return wire.Media(offer=offer("sendonly"), sends=sends, slots=[])

    async def hear_ring(self) -> wire.Incoming:
        return await self.hear(wire.Incoming)

    async def hear_end(self) -> None:
        """The consultation is closed, and the lobby says so."""
        while True:
            events = await self.hear(wire.Events)
            if any(isinstance(event.body, Closed) for event in events.events):
                return

    async def hang_up(self) -> None:
        await self.send(wire.HangUp(re=self._next()))

    async def send(self, message: wire.ClientMessage) -> None:
        await self._socket.send_str(encode_client(message).decode())

    async def hear(self, kind: type[_Kind]) -> _Kind:
        """The next message of this kind; what comes before it is passed over. RefusedError: an error came first."""
        async with asyncio.timeout(ANSWER_S):
            while True:
                message = decode_server(await self._socket.receive_str())
                if isinstance(message, kind):
                    return message
                if isinstance(message, wire.Error):
                    raise RefusedError(message.code)

    def _next(self) -> int:
        self._number += 1
        return self._number
