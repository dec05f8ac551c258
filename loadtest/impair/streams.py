"""TCP through the proxy: delay, jitter, rate and blackouts. Bytes are never lost: what a network loses, TCP brings back
later, and a blackout here is a pause."""

import asyncio
import contextlib
import socket
from collections import deque
from typing import Any, Final

from loadtest.impair.agenda import Agenda
from loadtest.impair.conditions import Conditions
from loadtest.impair.line import Way, Weather

PIECE: Final = 16_384
# On a shared line: a segment. A connection has two of them waiting at most, so that all get their turn.
SEGMENT: Final = 1_448
# Bytes of one direction that may be on their way; then the sender waits, as with a receiver's window.
WINDOW: Final = 1 << 20
# A restored network is noticed within this time.
LOOK_AGAIN_S: Final = 0.02
END: Final = b""


class Streams:
    """`listener` is bound already; it is closed with the rest."""

    def __init__(self, listener: socket.socket, server: tuple[Any, ...], weather: Weather, agenda: Agenda) -> None:
        self._listener, self._server = listener, server
        self._weather, self._agenda = weather, agenda
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Server | None = None
        self.connections = 0

    async def start(self) -> None:
        self._accepting = await asyncio.start_server(self._serve, sock=self._listener)

    def close(self) -> None:
        if self._accepting is not None:
            self._accepting.close()
        for task in self._tasks:
            task.cancel()

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._connection(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        opened = asyncio.get_running_loop().time()
        try:
            there, back = await asyncio.open_connection(*self._server[:2])
        except OSError:
            writer.close()
            return
        both = self._weather.conditions
        # SYN and SYN-ACK crossed the line before the first byte could.
        usable = opened + (both["up"].delay + both["down"].delay) / 1000
        up = _Pipe(self._weather, "up", self._agenda, reader, back, usable)
        down = _Pipe(self._weather, "down", self._agenda, there, writer, usable)
        try:
            await asyncio.gather(up.run(), down.run())
        finally:
            writer.close()
            back.close()


class _Pipe:
    """One direction of one connection."""

    def __init__(
        self,
        weather: Weather,
        way: Way,
        agenda: Agenda,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        usable: float,
    ) -> None:
        self._weather, self._way, self._agenda = weather, way, agenda
        self._reader, self._writer, self._usable = reader, writer, usable
        self._lane = weather.lane(way)
        self._piece = SEGMENT if weather.shared else PIECE
        self._counts = weather.counts[way, "tcp"]
        self._under_way = 0
        self._room, self._ended = asyncio.Event(), asyncio.Event()
        self._arrived: deque[bytes] = deque()
        self._waits_for_light = False
        self._left = 0.0

    async def run(self) -> None:
        """Until the last byte has come out at the other end, or nobody is there to take it."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while (piece := await self._reader.read(self._piece)) and not self._writer.is_closing():
                self._counts.packets += 1
                self._counts.bytes += len(piece)
                self._send(loop.time(), piece)
                await self._wait_for_turn(loop)
                await self._wait_for_room()
                await self._writer.drain()
        self._send(loop.time(), END)
        await self._ended.wait()

    def _send(self, now: float, piece: bytes) -> None:
        self._under_way += len(piece)
        conditions = _lossless(self._weather.conditions[self._way])
        (due,) = self._lane.handle_packet(conditions, max(now, self._usable), len(piece)).due
        self._agenda.at(due, self._arrive, piece)

    def _arrive(self, piece: bytes) -> None:
        self._arrived.append(piece)
        if not self._waits_for_light:
            self._flush()

    def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        dark_until = self._weather.dark_until(self._way, "tcp")
        self._waits_for_light = loop.time() < dark_until
        if self._waits_for_light:
            self._counts.dark += 1
            loop.call_later(min(LOOK_AGAIN_S, dark_until - loop.time()), self._flush)
            return
        while self._arrived:
            self._deliver(self._arrived.popleft())

    def _deliver(self, piece: bytes) -> None:
        self._under_way -= len(piece)
        self._room.set()
        if piece:
            self._counts.passed += 1
            if not self._writer.is_closing():
                self._writer.write(piece)
            return
        with contextlib.suppress(OSError, RuntimeError):  # gone already
            self._writer.write_eof()
        self._ended.set()

    async def _wait_for_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """On a shared line: until the piece before this one has left."""
        if not self._weather.shared:
            return
        before, self._left = self._left, self._lane.busy_until
        if before > loop.time():
            await asyncio.sleep(before - loop.time())

    async def _wait_for_room(self) -> None:
        while self._under_way > WINDOW:
            self._room.clear()
            await self._room.wait()


def _lossless(conditions: Conditions) -> Conditions:
    """What of the conditions a stream can have; its queue is its sender's patience."""
    return Conditions(delay=conditions.delay, jitter=conditions.jitter, rate=conditions.rate, queue=3_600_000)
