"""What two sealed files of one sender say of its own clock (`clocked.js`): every picture carries the time at which it
was drawn, and each full second is heard. So the content itself says whether anything is missing, and how far sound and
picture are apart."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np

CLOCKED = (Path(__file__).parent / "clocked.js").read_text("utf-8")
RATE = 48_000
BITS, ROWS = 32, 24  # blocks in the last row of blocks, of 24
TICKS = (2000, 2400, 2800, 3200, 3600)
TICK_S = 0.1
DARK, BRIGHT = 90, 165
WINDOW = RATE // 100
ROUNDED_S = 0.003  # a container's times are of whole ms
BACK_S = 0.01  # what a sound's time may step back where it is set right by the sender's reports
# A page that is held up may draw nothing for a while: less than this. What is cut out of a recording is more.
MOST_STILL_S = 0.9

Floats = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Pictures:
    """`at`: session time (s) of each in the file; `drawn`: when the sender drew it, by its clock (s)."""

    at: Floats
    drawn: Floats


@dataclass(frozen=True)
class Sound:
    """`at`: session time (s) at which each tick begins; `kinds`: which of the five; `wave` and its session times."""

    at: Floats
    kinds: list[int]
    wave: Floats
    times: Floats


def pictures(container: av.container.InputContainer, t0_s: float) -> Pictures:
    """Those whose number can be read: nearly all."""
    at, drawn, count = [], [], 0
    for frame in container.decode(video=0):
        count += 1
        number = _number(frame.to_ndarray(format="gray"))
        if number is not None and frame.time is not None:
            at.append(t0_s + frame.time)
            drawn.append(number / 1000)
    assert len(at) > 0.9 * count, f"{count - len(at)} of {count} numbers cannot be read"
    return Pictures(np.array(at), np.array(drawn))


def _number(grey: Floats) -> int | None:
    high, wide = grey.shape
    row = grey[int(high * (1 - 0.5 / ROWS))]
    found = 0
    for bit in range(BITS):
        level = row[int((bit + 0.5) * wide / BITS)]
        if DARK < level < BRIGHT:
            return None
        found |= int(level >= BRIGHT) << bit
    return found


def sound(container: av.container.InputContainer, t0_s: float) -> Sound:
    """The ticks, found to some ms."""
    waves: list[Floats] = []
    times: list[Floats] = []
    for frame in container.decode(audio=0):
        assert frame.time is not None
        wave = frame.to_ndarray().astype(float)
        waves.append(
            wave.reshape(-1, frame.layout.nb_channels).mean(axis=1) if wave.shape[0] == 1 else wave.mean(axis=0)
        )
        begins_s = t0_s + frame.time
        follows_s = times[-1][-1] + 1 / RATE if times else begins_s
        if abs(begins_s - follows_s) < ROUNDED_S:
            begins_s = follows_s
        times.append(begins_s + np.arange(len(waves[-1])) / RATE)
    wave, when = np.concatenate(waves), np.concatenate(times)
    levels = np.array([_level(wave, tick) for tick in TICKS])
    loud = levels.max(axis=0)
    is_on = loud > loud.max() / 2
    begins = np.flatnonzero(is_on[1:] & ~is_on[:-1]) + 1
    middle, ticks = int(RATE * TICK_S / 2), list[int]()
    for one in begins:
        if one + middle < len(loud) and is_on[one + middle] and (not ticks or one - ticks[-1] > RATE // 2):
            ticks.append(int(one))
    kinds = [int(levels[:, one + middle].argmax()) for one in ticks]
    return Sound(when[ticks], kinds, wave, when)


def _level(wave: Floats, frequency: float) -> Floats:
    """How much of it there is, around each sample."""
    down = np.cumsum(wave * np.exp(-2j * np.pi * frequency / RATE * np.arange(len(wave))))
    level = np.zeros(len(wave))
    level[WINDOW // 2 : len(wave) - WINDOW // 2] = np.abs(down[WINDOW:] - down[:-WINDOW])
    return level


def cut(seen: Pictures, heard: Sound, begin_s: float, *, closed: bool) -> tuple[Pictures, Sound]:
    """As if a second from this session time on had been cut out: a hole stays, or what follows is moved up."""
    end_s, back_s = begin_s + 1, 1.0 if closed else 0.0

    def left(at: Floats) -> Floats:
        return (at < begin_s) | (at >= end_s)

    def moved(at: Floats) -> Floats:
        rest = at[left(at)]
        return rest - back_s * (rest >= end_s)

    stays = left(heard.times)
    kinds = [kind for kind, here in zip(heard.kinds, left(heard.at), strict=True) if here]
    film = Pictures(moved(seen.at), seen.drawn[left(seen.at)])
    return film, Sound(moved(heard.at), kinds, heard.wave[stays], moved(heard.times))


def missing(seen: Pictures, heard: Sound, tone: int, pauses: list[tuple[float, float]]) -> list[str]:
    """What is not there, outside of the pauses (session s) that people asked for."""
    found = []
    for kind, at in (("picture", seen.at), ("drawing", _on_session(seen)), ("sound", heard.times)):
        if (np.diff(at) < -BACK_S).any():
            found.append(f"{kind}s go back")
        found += [
            f"no {kind} from {a:.2f} to {b:.2f} s"
            for a, b in pairwise(at)
            if b - a > MOST_STILL_S and not any(p - 1 < a and b < q + 1 for p, q in pauses)
        ]
    for (a, one), (b, following) in pairwise(zip(heard.at, heard.kinds, strict=True)):
        if round(b - a) % len(TICKS) != (following - one) % len(TICKS) or abs(b - a - round(b - a)) > 0.2:
            found.append(f"tick {one} at {a:.2f} s, then {following} at {b:.2f} s")
    return found + _silences(heard, tone, pauses)


def _on_session(seen: Pictures) -> Floats:
    """The sender's clock as the session's."""
    return seen.drawn + np.median(seen.at - seen.drawn)


def _silences(heard: Sound, tone: int, pauses: list[tuple[float, float]]) -> list[str]:
    """Where the tone that never ends is not heard for a tenth of a second."""
    level = _level(heard.wave, tone)
    level = level[: len(level) // (RATE // 10) * (RATE // 10)].reshape(-1, RATE // 10).max(axis=1)
    times = heard.times[:: RATE // 10][: len(level)]
    quiet = times[level < np.median(level) / 4][1:-1]
    return [f"silent at {t:.1f} s" for t in quiet if not any(p - 1 < t < q + 1 for p, q in pauses)]


def apart_ms(seen: Pictures, heard: Sound) -> list[float]:
    """How much later the picture is than the sound of the same moment of the sender's clock, at each tick."""
    offsets = seen.at - seen.drawn
    found = []
    for at in heard.at:
        near = offsets[np.abs(seen.at - at) < 1]
        if len(near) >= 5:
            second = round(at - np.median(near))
            found.append(float((np.median(near) - (at - second)) * 1000))
    assert len(found) >= 3, "too little to compare"
    return found
