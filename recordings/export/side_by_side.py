"""One video for people: everybody who was seen side by side, everybody who was heard together, names and time beside
the pictures. H.264 and AAC in MP4, its index in front. It is made anew and proves nothing; the tracks do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import av
import numpy as np

from recordings.export.canvas import TILES_MOST, Canvas, draws_chinese
from recordings.export.film import ENCODER, ReadFile, Remembering, WrittenFile, head
from recordings.export.sound import RATE, Voice, mixed
from recordings.export.whose import Played
from recordings.export.words import Words
from recordings.manifest import Gap
from signalling.events import Person

FPS: Final = 15
_US: Final = 1_000_000
_BLOCK: Final = 1024  # samples of an AAC frame
_STALE_US: Final = 5 * _US  # a shared screen sends a picture a second at least
_SOUND_INDEX: Final = 28  # bytes that an AAC frame takes in the index at most


@dataclass(frozen=True)
class Scene:
    """What is to be seen and heard. `open`: the file of one of them. `started_unix_us`: at session time 0."""

    played: Sequence[Played]
    open: Callable[[Played], ReadFile]
    started_unix_us: int
    gaps: Sequence[Gap]
    words: Words

    @property
    def begins(self) -> int:
        """Session µs."""
        return min((one.track.t0 for one in self.played), default=0)

    @property
    def frames(self) -> int:
        ends = max((one.track.t_end for one in self.played), default=0)
        return (ends - self.begins) * FPS // _US + 1

    @property
    def head(self) -> int:
        """How much of the file's beginning is written again at its end."""
        return head(self.frames) + self.frames * RATE // FPS // _BLOCK * _SOUND_INDEX


def film(scene: Scene, target: WrittenFile, tick: Callable[[], None]) -> None:
    """Write it. `tick` after every frame. Raises `av.FFmpegError`, and what files raise."""
    tiles = _tiles(scene)
    canvas = Canvas([tile.label for tile in tiles])
    voices = _Voices(scene)
    options = {"moov_size": str(scene.head)}
    with Remembering(target) as kept, av.open(kept, "w", format="mp4", options=options) as made:
        picture: Any = made.add_stream(ENCODER, rate=FPS, width=canvas.width, height=canvas.height, pix_fmt="yuv420p")
        picture.codec_context.options = {"preset": "veryfast", "crf": "24"}
        picture.codec_context.thread_count = 1
        sound: Any = made.add_stream("aac", rate=RATE, layout="mono")
        sound.bit_rate = 96_000
        said = ""
        for number in range(scene.frames):
            t = scene.begins + number * _US // FPS
            for place, tile in enumerate(tiles):
                tile.draw(canvas, place, t)
            if said != (said := _time(scene, t)):
                canvas.tell(said)
            frame = canvas.picture()
            frame.pts = number
            made.mux(picture.encode(frame))
            for block in voices.until((number + 1) * RATE // FPS, t):
                made.mux(sound.encode(block))
            tick()
        made.mux(picture.encode(None))
        made.mux(sound.encode(None))
    for tile in tiles:
        tile.close()
    voices.close()


class _Tile:
    """The place of one who is seen with one thing: the runs of it, one after the other, or layers of which the largest
    that moves is shown."""

    def __init__(self, label: str, scene: Scene, runs: list[Played]) -> None:
        self.label = label
        self._runs = [_Run(scene, one) for one in runs]
        self._shown: tuple[int, int] | None = None

    def draw(self, canvas: Canvas, place: int, t: int) -> None:
        for run in self._runs:
            run.go_to(t)
        fresh = [run for run in self._runs if run.frame is not None and t - run.t < _STALE_US]
        best = max(fresh, key=lambda run: run.frame.width, default=None)
        shown = (best.number, best.t) if best else None
        if shown != self._shown:
            canvas.blank(place)
            if best is not None:
                canvas.show(place, best.frame)
        self._shown = shown

    def close(self) -> None:
        for run in self._runs:
            run.close()


class _Run:
    """One file, open from its first frame to its last. `frame`: the one that is seen, since `t`."""

    def __init__(self, scene: Scene, played: Played) -> None:
        self._scene, self._played = scene, played
        self._file: ReadFile | None = None
        self._container: Any = None
        self._frames: Any = None
        self._next: Any = None
        self._over = False
        self.number = played.track.run
        self.frame: Any = None
        self.t = 0

    def go_to(self, t: int) -> None:
        if self._over or t < self._played.track.t0:
            return
        if self._container is None:
            self._file = self._scene.open(self._played)
            self._container = av.open(self._file, "r")
            self._frames = self._container.decode(video=0)
            self._next = self._read()
        while self._next is not None and self._at(self._next) <= t:
            self.frame, self.t = self._next, self._at(self._next)
            self._next = self._read()
        if self._next is None and t > self._played.track.t_end + _US:
            self.close()

    def close(self) -> None:
        self._over = True
        self.frame = None
        if self._container is not None:
            self._container.close()
        if self._file is not None:
            self._file.close()

    def _at(self, frame: Any) -> int:
        return self._played.track.t0 + round(float(frame.time) * _US)

    def _read(self) -> Any:
        try:
            return next(self._frames, None)
        except av.FFmpegError:
            return None  # from here on no picture of it can be decoded


class _Voices:
    """Those who are heard, each from its beginning on."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._waiting = sorted((one for one in scene.played if not one.is_video), key=lambda one: one.track.t0)
        self._speaking: list[Voice] = []
        self._at = 0

    def until(self, sample: int, t: int) -> list[Any]:
        """Frames up to that sample of the mix, which is a little after `t`."""
        while self._waiting and self._waiting[0].track.t0 <= t + _US:
            one = self._waiting.pop(0)
            begins = (one.track.t0 - self._scene.begins) * RATE // _US
            self._speaking.append(Voice(self._scene.open(one), begins))
        made = []
        while self._at + _BLOCK <= sample:
            made.append(self._frame(mixed(self._speaking, self._at, _BLOCK)))
            self._at += _BLOCK
        return made

    def close(self) -> None:
        for voice in self._speaking:
            voice.close()

    def _frame(self, samples: Any) -> Any:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None, :]), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._at
        return frame


def _tiles(scene: Scene) -> list[_Tile]:
    """One for each person and purpose, the probe first."""
    order = ["probe", "screen", "face", "room"]
    grouped: dict[tuple[str, str], list[Played]] = {}
    for one in sorted(scene.played, key=lambda one: (order.index(one.purpose.value), one.track.run)):
        if one.is_video:
            who = one.person.account if one.person else str(one.track.track)
            grouped.setdefault((one.purpose.value, who), []).append(one)
    labels = [_label(scene, runs[0]) for runs in grouped.values()]
    return [_Tile(label, scene, runs) for label, runs in zip(labels, grouped.values(), strict=True)][:TILES_MOST]


def _label(scene: Scene, one: Played) -> str:
    what = scene.words.say(f"purpose.{one.purpose.value}")
    if one.person is None:
        return f"{what} {one.track.track}"
    return f"{_name(scene, one.person)} · {what}"


def _name(scene: Scene, person: Person) -> str:
    """Where no font can draw it, what they are."""
    named = f"{person.name} · {person.site}"
    return named if draws_chinese() or named.isascii() else scene.words.say(f"role.{person.role.value}")


def _time(scene: Scene, t: int) -> str:
    clock = datetime.fromtimestamp((scene.started_unix_us + t) // _US, UTC).astimezone()
    seconds = t // _US
    said = f"{clock:%Y-%m-%d %H:%M:%S %z}    {seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    gap = any(one.t_from <= t < one.t_to for one in scene.gaps)
    return f"{said}    {scene.words.say('not_recorded')}" if gap else said
