"""What is on the disk of a sealed consultation, for its replays. Waits for the disk: called off the loop."""

from dataclasses import dataclass
from pathlib import Path

from recordings import (
    ArchiveError,
    DataKey,
    Erased,
    KeyDamaged,
    Keyring,
    LogUnreadable,
    WrongKey,
    read_consultation,
)
from recordings.crypt import KEY_FILE
from recordings.manifest import Manifest
from recordings.replay.course import Course, course
from recordings.seal import sealed_manifest
from sefaw_rtc.errors import NotFound, UserError
from signalling.events import Event
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode


@dataclass(frozen=True)
class Sealed:
    """A consultation that is sealed."""

    events: list[Event]
    manifest: Manifest
    course: Course
    is_all_here: bool  # every track that has a file


class Archive:
    """Reads consultations that are over."""

    def __init__(self, keyring: Keyring, closed_logs: Path) -> None:
        self._keyring = keyring
        self._logs = closed_logs

    def log_path(self, consultation: ConsultationId) -> Path:
        return self._logs / f"{consultation}.log"

    def folder(self, consultation: ConsultationId) -> Path:
        return self._keyring.folder(consultation)

    def has_key(self, consultation: ConsultationId) -> bool:
        """One look at the disk; whether it is the right one, only `key` tells."""
        return (self.folder(consultation) / KEY_FILE).exists()

    def key(self, consultation: ConsultationId) -> DataKey:
        """Raises UserError."""
        try:
            return self._keyring.open(consultation)
        except ArchiveError as error:
            raise told(error) from None

    def read(self, consultation: ConsultationId) -> Sealed | None:
        """None: it is not sealed yet. Raises UserError."""
        try:
            events = self.events(consultation)
            manifest = sealed_manifest(self.folder(consultation))
        except ArchiveError as error:
            raise told(error) from None
        if manifest is None:
            return None
        if manifest.segments:
            self.key(consultation)
        files = [track.file for track in manifest.tracks if track.file]
        there = {name: (self.folder(consultation) / name).is_file() for name in files}
        return Sealed(events, manifest, course(manifest, events, there), all(there.values()))

    def events(self, consultation: ConsultationId) -> list[Event]:
        """All of the log. Raises UserError."""
        try:
            return list(read_consultation(self.log_path(consultation), self._keyring).events)
        except LogUnreadable:
            self.key(consultation)  # erased together with its log
            raise NotFound("log") from None
        except ArchiveError as error:
            raise told(error) from None


def told(error: ArchiveError) -> UserError:
    """What somebody who watches is told. The words of an `ArchiveError` name places, never what is in a file."""
    if isinstance(error, Erased):
        return UserError(ErrorCode.ERASED)
    if isinstance(error, WrongKey | KeyDamaged):
        return UserError(ErrorCode.KEY_MISSING, str(error))
    return UserError(ErrorCode.DAMAGED, str(error))
