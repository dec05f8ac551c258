"""A voice for a program: vowels by formant synthesis, so that a caller hears somebody without any recording.

A pulse train at the pitch of a calm speaker goes through three resonators per vowel (Klatt, "Software for a
cascade/parallel formant synthesizer", JASA 67, 1980; formants from Peterson and Barney, 1952). It says nothing.
"""

import asyncio
from fractions import Fraction
from typing import Final

import numpy as np
from aiortc import MediaStreamTrack
from av import AudioFrame
from numpy.typing import NDArray

SAMPLE_RATE: Final = 48_000  # Opus clock, RFC 7587
FRAME_SAMPLES: Final = 960  # 20 ms
SYLLABLE_S: Final = 0.24
PITCH_HZ: Final = 135.0
LEVEL: Final = 0.25  # of full scale: about -18 dBFS, as a person at a laptop
# (formant Hz, bandwidth Hz) of "ah", "ee", "oo", "eh" and a pause
VOWELS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "a": ((730.0, 80.0), (1090.0, 90.0), (2440.0, 120.0)),
    "i": ((270.0, 60.0), (2290.0, 100.0), (3010.0, 120.0)),
    "u": ((300.0, 60.0), (870.0, 90.0), (2240.0, 120.0)),
    "e": ((530.0, 70.0), (1840.0, 100.0), (2480.0, 120.0)),
}
SENTENCE: Final = "ea iu a  uea ie au   "


def speak(sentence: str = SENTENCE) -> NDArray[np.int16]:
    """One utterance, mono, int16 at 48 kHz; spaces are pauses."""
    sounds = [_syllable(sound, position / len(sentence)) for position, sound in enumerate(sentence)]
    wave = np.concatenate(sounds)
    samples: NDArray[np.int16] = (wave / np.abs(wave).max() * LEVEL * 32767).astype(np.int16)
    return samples


def _syllable(sound: str, progress: float) -> NDArray[np.float64]:
    count = int(SYLLABLE_S * SAMPLE_RATE)
    if sound not in VOWELS:
        return np.zeros(count)
    pitch = PITCH_HZ * (1.1 - 0.25 * progress)  # the voice falls towards the end of a sentence
    period = int(SAMPLE_RATE / pitch)
    source = np.zeros(count)
    source[::period] = 1.0
    spectrum = np.fft.rfft(source)
    frequencies = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    for formant, bandwidth in VOWELS[sound]:
        spectrum *= 1 / (1 - (frequencies / formant) ** 2 + 1j * frequencies * bandwidth / formant**2)
    edges = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.03 * SAMPLE_RATE))
    wave = np.fft.irfft(spectrum, count)
    shaped: NDArray[np.float64] = wave / (np.abs(wave).max() + 1e-9) * edges
    return shaped


class Voice(MediaStreamTrack):
    """The utterance again and again, as 20 ms frames in real time."""

    kind = "audio"

    def __init__(self, utterance: NDArray[np.int16]) -> None:
        super().__init__()
        whole = len(utterance) // FRAME_SAMPLES * FRAME_SAMPLES
        self._frames = utterance[:whole].reshape(-1, 1, FRAME_SAMPLES)
        self._index = 0
        self._started: float | None = None

    async def recv(self) -> AudioFrame:
        """The next 20 ms, when they are due."""
        loop = asyncio.get_running_loop()
        if self._started is None:
            self._started = loop.time()
        due = self._started + self._index * FRAME_SAMPLES / SAMPLE_RATE
        await asyncio.sleep(max(0.0, due - loop.time()))
        samples = np.ascontiguousarray(self._frames[self._index % len(self._frames)])
        frame = AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self._index * FRAME_SAMPLES
        frame.time_base = Fraction(1, SAMPLE_RATE)
        self._index += 1
        return frame
