"""What a consultation decided of its recording, said to the plane: where to write, under which key, from which numbers
on. The plane writes the journal; what it misses comes back through the host."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from recordings import ArchiveError, DataKey, Keyring
from sefaw_rtc import logs
from sefaw_rtc.media import port
from sefaw_rtc.service.host import Host
from signalling.ids import ConsultationId
from signalling.vocabulary import GapReason, RecordingStatus

RUNS_PER_SEGMENT: Final = 1024  # more new tracks than a consultation may publish in a segment's ten seconds

log = logs.get("service")


class Recorder:
    """One per server. `begin`: how work is started that nobody waits for."""

    def __init__(self, keyring: Keyring, begin: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._keyring = keyring
        self._begin = begin
        self._wanted: dict[ConsultationId, RecordingStatus] = {}
        self._started: set[ConsultationId] = set()

    def set(self, host: Host, status: RecordingStatus) -> None:
        """Without waiting. What is wanted last holds, whatever the disk takes for the key."""
        if status is RecordingStatus.OFF:
            self._stop(host)
        elif host.id in self._started:
            self._tell(host, status)
        else:
            waits = host.id in self._wanted
            self._wanted[host.id] = status
            if not waits:
                self._begin(self._start(host))

    @property
    def recording(self) -> frozenset[ConsultationId]:
        """Those whose media the plane writes down now."""
        return frozenset(self._started)

    def _stop(self, host: Host) -> None:
        self._wanted.pop(host.id, None)
        if host.id in self._started:
            self._started.discard(host.id)
            host.media.record(port.StopRecording(room=host.media.room))

    async def _start(self, host: Host) -> None:
        try:
            key, segment = await asyncio.to_thread(self._prepare, host.id)
        except ArchiveError as error:
            log.warning("recording cannot begin", consultation=host.id, error=type(error).__name__)
            self._wanted.pop(host.id, None)
            host.act(lambda now: host.consultation.recording.handle_trouble(now, GapReason.FAILED))
            return
        status = self._wanted.pop(host.id, None)
        if status is None:
            return  # stopped meanwhile
        self._started.add(host.id)
        host.media.record(
            port.Record(
                room=host.media.room,
                folder=str(self._keyring.folder(host.id)),
                consultation=host.id,
                key=key.raw,
                segment=segment,
                run=(segment - 1) * RUNS_PER_SEGMENT + 1,
                started_unix_us=host.clock.started_unix_us,
                zero_ns=host.clock.zero_ns,
            )
        )
        if status is RecordingStatus.PAUSED:
            self._tell(host, status)

    def _prepare(self, consultation: ConsultationId) -> tuple[DataKey, int]:
        """The key, and the number of the first segment that is not there. One that was destroyed is not made anew."""
        return self._keyring.open(consultation), next_segment(self._keyring.folder(consultation))

    def _tell(self, host: Host, status: RecordingStatus) -> None:
        room = host.media.room
        paused = status is RecordingStatus.PAUSED
        host.media.record(port.PauseRecording(room=room) if paused else port.ResumeRecording(room=room))


def next_segment(folder: Path) -> int:
    """After the highest number that a segment of the media journal has (docs/journal.md)."""
    numbers = (path.stem.removeprefix("media-") for path in folder.glob("media-*.seg"))
    return max((int(number) for number in numbers if number.isdecimal()), default=0) + 1
