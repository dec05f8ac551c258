"""A media engine for tests: records commands, and says what the test wants said."""

from collections.abc import Callable, Iterable, Sequence

from sefaw_rtc.media import port
from signalling.ids import Mid
from signalling.vocabulary import Kind, Transport

Reply = Callable[[port.Command], Iterable[port.Event]]


class FakeEngine:
    """A `MediaEngine` without media. `reply` gives the events that follow a command at once; none by default."""

    def __init__(self, reply: Reply | None = None, addresses: Sequence[str] = ("127.0.0.1:7881",)) -> None:
        self.commands: list[port.Command] = []
        self.closed = False
        self._addresses = tuple(addresses)
        self._reply = reply
        self._handler: Callable[[port.Event], None] | None = None
        self._events: list[port.Event] = []
        self._delivering = False

    @property
    def addresses(self) -> Sequence[str]:
        return self._addresses

    def submit(self, command: port.Command) -> None:
        self.commands.append(command)
        for event in self._reply(command) if self._reply else ():
            self.emit(event)

    def listen(self, handler: Callable[[port.Event], None]) -> None:
        self._handler = handler

    def emit(self, event: port.Event) -> None:
        """Deliver an event now; one that a handler's own command caused comes after the handler has returned."""
        self._events.append(event)
        if self._delivering or self._handler is None:
            return
        self._delivering = True
        try:
            while self._events:
                self._handler(self._events.pop(0))
        finally:
            self._delivering = False

    async def close(self) -> None:
        self.closed = True

    def taken(self) -> list[port.Command]:
        """The commands since the last call."""
        commands, self.commands = self.commands, []
        return commands


def accept(command: port.Command) -> Iterable[port.Event]:
    """A `reply` that takes every offer: an answer with one line per m-section of the offer, connected at once."""
    match command:
        case port.Join(request=request, peer=peer, offer=offer):
            answer = f"v=0\r\na=ice-ufrag:first{peer}\r\n"
            yield port.Joined(request=request, peer=peer, answer=answer, media=media_lines(offer))
            yield port.Connected(peer=peer, transport=Transport.UDP, dtls="DTLS1.2", srtp="AEAD_AES_256_GCM", ms=100)
        case port.Offer(request=request, peer=peer, offer=offer):
            yield port.Joined(request=request, peer=peer, answer="v=0\r\n", media=media_lines(offer))
        case port.Trickle(request=request):
            yield port.Done(request=request)
        case port.Restart(request=request):
            yield port.Restarted(request=request, fragment=f"a=ice-lite\r\na=ice-ufrag:again{request}\r\n")
        case port.Grab(request=request):
            yield port.Refused(request=request, code=port.RefuseCode.NOT_KEPT, detail="no media here")
        case port.Leave(peer=peer):
            yield port.Ended(peer=peer, reason=port.EndReason.CLOSED, detail="")
        case port.Record() | port.PauseRecording() | port.ResumeRecording() | port.StopRecording():
            yield recording(command)
        case _:
            return


def recording(command: port.RecordingCommand) -> port.Recording:
    """The answer to a command about a journal, from a disk that is never full."""
    match command:
        case port.Record(room=room, segment=segment, run=run):
            return port.Recording(room=room, state=port.RecordingState.ON, segment=segment, run=run)
        case port.ResumeRecording(room=room):
            return port.Recording(room=room, state=port.RecordingState.ON, segment=2, run=1)
        case port.PauseRecording(room=room):
            return port.Recording(room=room, state=port.RecordingState.PAUSED, segment=2, run=1)
        case port.StopRecording(room=room):
            return port.Recording(room=room, state=port.RecordingState.OFF, segment=2, run=1)


def media_lines(offer: str) -> list[port.MediaLine]:
    """What an answer to this offer would say of its audio and video sections; mids count from 0 if it has none."""
    lines: list[port.MediaLine] = []
    for index, section in enumerate(offer.replace("\r\n", "\n").split("\nm=")[1:]):
        kind, attributes = section.split(" ", 1)[0], section.split("\n")
        if kind not in {"audio", "video"}:
            continue
        mid = next((a.removeprefix("a=mid:") for a in attributes if a.startswith("a=mid:")), str(index))
        direction = port.Direction.OUT if "a=recvonly" in attributes else port.Direction.IN
        lines.append(port.MediaLine(mid=Mid(mid), kind=Kind(kind), direction=direction))
    return lines
