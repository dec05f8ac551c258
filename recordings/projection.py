"""What people play, made of the media journal: a file for each run of each track, as it was sent. Sealed with the
consultation's key as everything is; made anew from the journal at any time.

One pass through the journal writes all of them; in memory are a frame of each run, twelve bytes of each that was
written, and the beginnings of files.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av

from recordings.chunk import Entry
from recordings.crypt import DataKey
from recordings.errors import StorageFailed
from recordings.files import SealedWriter
from recordings.frame_keys import FrameKeys, keys_of
from recordings.journal import Damage
from recordings.media.container import Container, NoPicture, head_size, suffix
from recordings.media.frames import Frame, Framer, Span
from recordings.media.runs import RunSurvey, Survey, frames
from recordings.storage import sync_folder, typed
from signalling.ids import ConsultationId

TRACKS: Final = "tracks"
_VIDEO: Final = "video"
DAMAGED_MOST: Final = 10_000  # spans that a run is told with; more are one from there on


@dataclass(frozen=True)
class Projected:
    """A run, and the file that was made of it. `name` empty: no frame of it can be shown. `keys`: the file that tells
    its frames' keys, empty for sound. `t0`: session µs at which the file's time is 0; `t_end`: of the last frame."""

    survey: RunSurvey
    name: str
    keys: str
    t0: int
    t_end: int
    frames: int
    refused: int
    damaged: list[Span]


def project(
    read: Callable[[], Iterable[Entry | Damage]],
    found: Survey,
    folder: Path,
    consultation: ConsultationId,
    key: DataKey,
    pauses: Sequence[Span] = (),
) -> list[Projected]:
    """Write the files into `folder`/tracks, in place of what is there. `read`: the journal once more, as `found` was
    made of it. `pauses`: when nothing was written on purpose, in order. Raises `StorageFull`, `StorageFailed`: then
    files that are under their names are whole."""
    tracks = folder / TRACKS
    _empty(tracks)
    if not found.runs:
        return []
    try:
        tracks.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise typed(error) from None
    files = {number: _File(run, folder, consultation, key) for number, run in found.runs.items()}
    framers: dict[int, Framer] = {}
    try:
        for number, frame in frames(read(), found, framers, pauses):
            if frame is None:
                files[number].close()
            else:
                files[number].put(frame)
    finally:
        for file in files.values():
            file.discard()
    sync_folder(folder)
    return [file.projected(framers.get(number)) for number, file in files.items()]


class _File:
    """One run's file, from its first frame on."""

    def __init__(self, run: RunSurvey, folder: Path, consultation: ConsultationId, key: DataKey) -> None:
        self._run = run
        self._folder, self._consultation, self._key = folder, consultation, key
        self._name = f"{TRACKS}/{run.run}.{suffix(run.info.codec)}"
        self._writer: SealedWriter | None = None
        self._container: Container | None = None
        self._keys = FrameKeys() if run.info.kind == _VIDEO else None
        self._done = False
        self._unshown: list[Span] = []  # from a keyframe that none is to one with which a file can begin
        self._passed = 0
        self._t0 = self._t_end = run.t_from

    def put(self, frame: Frame) -> None:
        if self._container is None and not self._begin(frame):
            self._pass_over(frame)
            return
        if self._container is not None:
            try:
                self._container.put(frame)
            except av.FFmpegError as error:
                raise StorageFailed(type(error).__name__) from None
            self._t_end = max(self._t_end, frame.t)
            if self._keys is not None:
                self._keys.add(self._container.last, frame.rtp)

    def close(self) -> None:
        if self._container is not None and self._writer is not None:
            self._container.close()
            self._writer.close()
            if self._keys is not None:
                self._keys.write(self._folder, keys_of(self._name), self._consultation, self._key)
            self._container, self._writer = None, None
            self._done = True

    def discard(self) -> None:
        """Whatever is not closed."""
        if self._writer is not None:
            self._writer.discard()

    def projected(self, framer: Framer | None) -> Projected:
        report = framer.report if framer is not None else None
        return Projected(
            survey=self._run,
            name=self._name if self._done else "",
            keys=keys_of(self._name) if self._done and self._keys is not None else "",
            t0=self._t0,
            t_end=self._t_end,
            frames=report.frames - self._passed if report else 0,
            refused=report.refused + self._passed if report else 0,
            damaged=_bounded(sorted(report.damaged + self._unshown)) if report else [],
        )

    def _pass_over(self, frame: Frame) -> None:
        since = self._unshown[0].t_from if self._unshown else frame.t
        self._unshown = [Span(since, frame.t)]
        self._passed += 1

    def _begin(self, frame: Frame) -> bool:
        if not frame.key:
            return False
        info, count = self._run.info, len(self._run.times)
        writer = SealedWriter(
            self._folder / self._name, self._consultation, self._name, self._key, head_size(info.codec, count)
        )
        try:
            self._container = Container(writer, info.codec, frame, count)
        except NoPicture:
            writer.discard()
            return False
        except Exception:
            writer.discard()
            raise
        self._writer = writer
        self._t0 = self._t_end = frame.t
        if self._unshown:
            self._unshown = [Span(self._unshown[0].t_from, frame.t)]
        return True


def _bounded(spans: list[Span]) -> list[Span]:
    if len(spans) <= DAMAGED_MOST:
        return spans
    return [*spans[: DAMAGED_MOST - 1], Span(spans[DAMAGED_MOST - 1].t_from, spans[-1].t_to)]


def _empty(tracks: Path) -> None:
    """What a sealing that was cut off left."""
    try:
        for path in tracks.iterdir() if tracks.is_dir() else ():
            path.unlink()
    except OSError as error:
        raise typed(error) from None
