"""A recorded call without a browser, whose server may end at any moment: who is in it, what they were told, what was
sent, and whether all of that is kept."""

import asyncio
import contextlib
import itertools
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from recordings import ConsultationLog, read_consultation
from recordings.chunk import Rtp, RunNamed
from recordings.journal import Damage, MediaJournal, Reason
from recordings.manifest import Manifest
from recordings.seal import sealed_manifest
from sefaw_rtc.service.clock import unix_us
from signalling import messages as wire
from signalling.events import ChatSaid, Event
from signalling.ids import ConsultationId
from signalling.recording import Consent
from signalling.vocabulary import WIRE_VERSION, ConsentGiver, ConsentKind, ConsentUse
from tests.keys import keyring_of_server
from tests.processes import POLITE_S
from tests.system.callers import Callers
from tests.system.person import until
from tests.system.sender import Packet, Sender, whip_token
from tests.system.server import Server
from tests.web.world import Page, Refusal

US = 1_000_000
LAST_US = 1 * US  # of media that a kill or a power cut may cost
# How a segment may end: a kill leaves the beginning of a record, a power cut zeros and pieces too.
KILLED = {Reason.TORN}
UNSYNCED = {Reason.TORN, Reason.BAD_CHECKSUM, Reason.BAD_LENGTH, Reason.NOT_A_SEGMENT}
CONSENT = Consent(
    key="c", how=ConsentKind.WITNESSED, giver=ConsentGiver.PATIENT, witness="Nurse Sun", uses=[ConsentUse.CARE]
)


@dataclass
class Told:
    """What the server told on the wire, with when (Unix µs) at the latest: events by number, and the lines of chat that
    it acknowledged."""

    events: dict[int, tuple[int, Event]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def forget_lost(self, events: list[Event]) -> None:
        """What a power cut took is told anew, under the same numbers."""
        said = {event.body.text for event in events if isinstance(event.body, ChatSaid)}
        self.events = {seq: one for seq, one in self.events.items() if seq <= len(events)}
        self.lines = {line: at for line, at in self.lines.items() if line in said}


class RecordedCall:
    """`async with`; `begin`, then `live` and the end of the server by turns, `come_back` after each."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.data = server.data / "data"
        self.senders: list[Sender] = []
        self.told = Told()
        self.waited_us: list[int] = []  # for the acknowledgment of a line
        self.id = ConsultationId("")
        self._callers = Callers(server.url)
        self._pages: list[Page] = []
        self._resumes: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._listening: list[asyncio.Task[None]] = []
        self._number = itertools.count(1)

    async def __aenter__(self) -> Self:
        await self._callers.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.rest()
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)
        await self._callers.__aexit__(kind, error, trace)

    @property
    def sent(self) -> list[Packet]:
        """All of it, whoever sent."""
        return [packet for sender in self.senders for packet in sender.sent]

    async def begin(self) -> None:
        """Both are in it, the consent is given."""
        village, specialist = self.server.account("village"), self.server.account("specialist")
        *pages, self.id, _ = await self._callers.connect(village, specialist)
        self._take(pages)
        await pages[0].ask(wire.GiveConsent(re=1, consent=CONSENT))
        self._whip = await asyncio.to_thread(whip_token, self.data, "village", self.id)
        self._sockets = [await self._callers.sign_in(one) for one in (village, specialist)]

    async def come_back(self) -> None:
        """After a restart: both take their seats again."""
        pages = []
        for http, resume in zip(self._sockets, self._resumes, strict=True):
            page = Page(await http.ws_connect(f"{self.server.url}/wire"))
            await page.send(wire.Hello(version=WIRE_VERSION))
            await page.ask(wire.Resume(re=1, version=WIRE_VERSION, token=resume, since_seq=0))
            pages.append(page)
        self._take(pages)

    def live(self, *, quiet: bool = False) -> Sender:
        """From now on somebody sends, and both talk (`quiet`: nobody writes a word)."""
        self.senders.append(Sender())
        self._tasks = [asyncio.create_task(self._publish(self.senders[-1]))]
        if not quiet:
            self._tasks += [asyncio.create_task(self._talk(page)) for page in self._pages]
        return self.senders[-1]

    async def rest(self) -> None:
        """Nobody sends nor talks any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        for sender in self.senders[-1:]:
            await sender.close()

    async def heard_out(self) -> None:
        """After the end of the server: what was still under way to the pages has come."""
        for page in self._pages:
            await page.closed()
            self._note(page.seen)

    async def all_kept(self) -> None:
        """What was under way when the last sender ended is in the journal: the plane takes what is asked of it, as the
        end of a recording, before the packets that came meanwhile."""
        last = {packet.ssrc: packet.number for packet in self.senders[-1].sent}

        async def there() -> bool:
            found = kept(self.data, self.id)
            return all(number in found.packets.get(ssrc, ()) for ssrc, number in last.items())

        await until("the last packets", there)

    async def hang_up(self) -> None:
        await self._pages[0].ask(wire.HangUp(re=1))

    async def sealed(self) -> Manifest:
        """Wait for it."""

        async def found() -> Manifest | None:
            return sealed_manifest(self.folder)

        manifest: Manifest = await until("the seal", found, POLITE_S)
        return manifest

    @property
    def folder(self) -> Path:
        return keyring_of_server(self.data).folder(self.id)

    def _take(self, pages: list[Page]) -> None:
        self._pages = pages
        replies = [next(m for m in page.seen if isinstance(m, wire.JoinedReply)) for page in pages]
        self._resumes = [reply.resume for reply in replies]
        self._listening += [asyncio.create_task(self._listen(page)) for page in pages]

    async def _listen(self, page: Page) -> None:
        """What is told, soon after it was told."""
        while page.close_code is None:
            self._note(page.seen)
            await asyncio.sleep(0.02)

    def _note(self, messages: list[wire.ServerMessage]) -> None:
        now = unix_us()
        for message in messages:
            if isinstance(message, wire.Events):
                for event in message.events:
                    self.told.events.setdefault(event.seq, (now, event))

    async def _publish(self, sender: Sender) -> None:
        with contextlib.suppress(Exception):  # the server may be gone before it answers
            await sender.publish(self._sockets[0], f"{self.server.url}/whip/{self.id}", self._whip)

    async def _talk(self, page: Page) -> None:
        """A line after the other, each when the one before is acknowledged."""
        with contextlib.suppress(AssertionError, ConnectionError):  # closed
            for number in self._number:
                text = f"line {number}"
                with contextlib.suppress(Refusal):  # faster than people may
                    asked = unix_us()
                    await page.ask(wire.Chat(re=1, key=f"k{number}", text=text))
                    self.told.lines[text] = unix_us()
                    self.waited_us.append(self.told.lines[text] - asked)
                await asyncio.sleep(0.1)


@dataclass(frozen=True)
class Kept:
    """What is on the disk: the log, and of the media journal who sent what, and when (session µs) each packet came."""

    log: ConsultationLog
    packets: dict[int, dict[int, int]]
    times: list[int]
    damages: list[Damage]


def log_of(data: Path, consultation: ConsultationId) -> Path | None:
    """Where its log is, among those that live or those that are over."""
    places = [data / "consultations" / where / f"{consultation}.log" for where in ("live", "closed")]
    return next((path for path in places if path.exists()), None)


def kept(data: Path, consultation: ConsultationId) -> Kept:
    keyring, log = keyring_of_server(data), log_of(data, consultation)
    assert log is not None
    packets: dict[int, dict[int, int]] = defaultdict(dict)
    times: list[int] = []
    damages: list[Damage] = []
    ssrcs: dict[int, int] = {}
    for entry in MediaJournal(keyring.folder(consultation), consultation, keyring.open(consultation)).read():
        if isinstance(entry, Damage):
            damages.append(entry)
        elif isinstance(entry, RunNamed):
            ssrcs[entry.run] = entry.info.ssrc
        elif isinstance(entry, Rtp):
            packets[ssrcs[entry.run]][int.from_bytes(entry.packet[2:4], "big")] = entry.t
            times.append(entry.t)
    return Kept(read_consultation(log, keyring), packets, times, damages)


def unkept(told: Told, found: Kept, before: int) -> list[object]:
    """What people were told before a moment (Unix µs), and the log does not hold, or holds otherwise."""
    events = {event.seq: event for event in found.log.events}
    said = {event.body.text for event in found.log.events if isinstance(event.body, ChatSaid)}
    wrong: list[object] = [one for seq, (at, one) in told.events.items() if at < before and events.get(seq) != one]
    return wrong + [line for line, at in told.lines.items() if at < before and line not in said]


def missing(sent: list[Packet], found: Kept) -> list[tuple[int, Packet]]:
    """What is not there, each with when it came at the earliest (Unix µs): not before what left before it, by the same
    way, and is there. A server that is held up takes late what left long ago."""
    came, wrong = 0, []
    for packet in sent:
        t = found.packets.get(packet.ssrc, {}).get(packet.number)
        if t is None:
            wrong.append((max(packet.at, came), packet))
        else:
            came = max(came, found.log.header.started_unix_us + t)
    return wrong


def lost_us(sent: list[Packet], found: Kept, until: int) -> int:
    """How much of the media before a moment (Unix µs) is not there: from the first packet that is missing behind one
    that is there. Nothing there: all of it."""
    lost, gone = 0, missing(sent, found)
    for ssrc in {packet.ssrc for packet in sent}:
        here = found.packets.get(ssrc, {})
        first = next((packet.at for packet in sent if packet.ssrc == ssrc and packet.number in here), 0)
        lost = max([lost, *(until - came for came, packet in gone if packet.ssrc == ssrc and packet.at >= first)])
    return lost


def untold(call: RecordedCall, manifest: Manifest, found: Kept, *, slack_us: int = 50_000) -> list[Packet]:
    """Packets that are missing though the manifest does not say so: of none of its gaps. `slack_us`: from a packet's
    leaving to its coming."""
    started = found.log.header.started_unix_us
    spans = [(gap.t_from - slack_us, gap.t_to + slack_us) for gap in manifest.gaps]
    return [
        packet
        for came, packet in missing(call.sent, found)
        if not any(t_from <= came - started and packet.at - started <= t_to for t_from, t_to in spans)
    ]


def overtold(manifest: Manifest, found: Kept, reason: str) -> list[int]:
    """Session times of packets that are there though a gap with this reason says that nothing is."""
    times = sorted(found.times)
    return [
        t
        for gap in manifest.gaps
        if gap.reason == reason
        for t in times[bisect_left(times, gap.t_from + 1) : bisect_left(times, gap.t_to)]
    ]
