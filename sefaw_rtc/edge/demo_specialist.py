"""The demo specialist: on call, answers whoever rings, with a voice and an ultrasound clip. Joins as any client does.

Run: `python -m sefaw_rtc.edge.demo_specialist --url http://127.0.0.1:8080 --user bot`, password in the environment.
It keeps coming back while the server restarts, and ends when it is told to (SIGTERM).
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import uuid
from importlib.resources import files

from sefaw_rtc.edge.clip import UltrasoundClip, ultrasound_frames
from sefaw_rtc.edge.peer import Peer
from sefaw_rtc.edge.voice import Voice, speak
from sefaw_rtc.edge.wire_client import WireClient, WireError, sign_in
from signalling import events as ev
from signalling import messages as wire
from signalling.ids import ConsultationId
from signalling.vocabulary import WIRE_VERSION, Purpose

THINKING_S = 1.0  # a person needs a moment to answer
LOOKING_S = 4.0  # after so long it says what it sees
AUDIBLE = 0.01  # -40 dBFS: louder than a muted or broken microphone
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)  # the last one repeats
PASSWORD_ENV = "SEFAW_BOT_PASSWORD"  # noqa: S105  # the name of the variable


class DemoSpecialist:
    """One signed-in bot: lobby, ring, call, and again."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url, self._user, self._password = url, user, password
        self._frames = ultrasound_frames()
        self._utterance = speak()
        self._lines: dict[str, str] = json.loads(files("sefaw_rtc.edge").joinpath("lines.json").read_text("utf-8"))

    async def work(self) -> None:
        """One connection's life: until it ends."""
        cookie = await sign_in(self._url, self._user, self._password)
        async with WireClient(self._url, cookie) as lobby:
            await lobby.send(wire.Hello(version=WIRE_VERSION))
            await lobby.request(wire.SetOnCall(re=1, on=True))
            async for message in lobby.messages():
                if isinstance(message, wire.Incoming):
                    await asyncio.sleep(THINKING_S)
                    with contextlib.suppress(WireError):  # the caller may have hung up meanwhile
                        await self._answer(lobby, message.consultation)

    async def _answer(self, lobby: WireClient, consultation: ConsultationId) -> None:
        ticket = await lobby.request(wire.AnswerCall(re=1, consultation=consultation))
        if isinstance(ticket, wire.Ticket):
            async with WireClient(self._url) as line:
                await self._talk(line, ticket.token)

    async def _talk(self, line: WireClient, token: str) -> None:
        peer = Peer(Voice(self._utterance), UltrasoundClip(self._frames), Purpose.PROBE)
        try:
            media = await peer.offer()
            joined = await line.request(wire.Join(re=1, version=WIRE_VERSION, token=token, media=media))
            if not isinstance(joined, wire.JoinedReply) or joined.answer is None:
                return
            await peer.accept(joined.answer)
            await line.send(wire.SetMedia(microphone=True, camera=True))
            await self._say(line, self._lines["greeting"])
            remark = asyncio.create_task(self._remark(line, peer))
            await self._until_closed(line)
            remark.cancel()
        finally:
            await peer.close()

    async def _until_closed(self, line: WireClient) -> None:
        async for message in line.messages():
            if isinstance(message, wire.Goodbye):
                return
            if isinstance(message, wire.Events) and any(isinstance(e.body, ev.Closed) for e in message.events):
                return

    async def _remark(self, line: WireClient, peer: Peer) -> None:
        await asyncio.sleep(LOOKING_S)
        seen, lines = peer.seen, self._lines
        picture = f"{seen.width}×{seen.height}" if seen.video_frames else lines["no_picture"]
        sound = lines["sound"] if seen.loudest > AUDIBLE else lines["no_sound"]
        await self._say(line, lines["remark"].format(picture=picture, sound=sound))

    @staticmethod
    async def _say(line: WireClient, text: str) -> None:
        await line.request(wire.Chat(re=1, key=uuid.uuid4().hex, text=text))


async def run(url: str, user: str, password: str) -> None:
    """Work for ever, with a pause that grows while the server is away."""
    bot = DemoSpecialist(url, user, password)
    failures = 0
    while True:
        try:
            await bot.work()
            failures = 0
        except (OSError, TimeoutError, WireError):
            failures += 1
        await asyncio.sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])


def main() -> None:
    """Entry point of the child process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-env", default=PASSWORD_ENV)
    arguments = parser.parse_args()
    password = os.environ.get(arguments.password_env, "")
    with asyncio.Runner() as runner:
        task = runner.get_loop().create_task(run(arguments.url, arguments.user, password))
        runner.get_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
            runner.get_loop().run_until_complete(task)


if __name__ == "__main__":
    main()
