"""RTP timestamps onto the session clock: synthetic senders whose clocks drift, stop, jump and turn over."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.media.clock import (
    TURN,
    Arrival,
    Break,
    Report,
    RunClock,
    Unwrap,
    run_clock,
    sender_clock,
)

US = 1_000_000
NTP = 3_900_000_000 * US  # the sender's own time has nothing to do with ours
SKEW = 20_000  # µs: the most that sound and picture may be apart


@dataclass
class Stream:
    """One track of a sender: what it sends at which true time (session µs), and what of it arrives when."""

    rate: int
    every_us: int
    start: int
    true: list[int] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)


@dataclass
class Sender:
    """`drift`: of the sender's clock, in millionths. `stops`: (from, to) true µs in which the RTP clock stands."""

    seed: int = 1
    drift: float = 0.0
    stops: list[tuple[int, int]] = field(default_factory=list)
    seconds: int = 120
    quiet: list[tuple[int, int]] = field(default_factory=list)  # nothing is sent
    stall: tuple[int, int] | None = None  # sent, and arrives at the end of it

    def run(self, stream: Stream) -> Stream:
        dice = random.Random(self.seed)
        reported = 0
        for true in range(0, self.seconds * US, stream.every_us):
            if any(a <= true < b for a, b in [*self.stops, *self.quiet]):
                continue
            sent = true + 40_000 + int(dice.expovariate(1 / 8_000))
            if self.stall and self.stall[0] <= true < self.stall[1]:
                sent = self.stall[1] + 40_000
            stream.true.append(true)
            stream.arrivals.append(Arrival(sent, self.rtp(stream, true)))
            if true - reported >= US:
                reported = true
                stream.reports.append(Report(sent, self.ntp(true), self.rtp(stream, true)))
        return stream

    def rtp(self, stream: Stream, true: int) -> int:
        stood = sum(min(true, b) - a for a, b in self.stops if true > a)
        return (stream.start + round((true - stood) * (1 + self.drift / 1e6) * stream.rate / US)) % TURN

    def ntp(self, true: int) -> int:
        return NTP + round(true * (1 + self.drift / 1e6))


def both(sender: Sender) -> tuple[Stream, Stream, RunClock, RunClock]:
    sound = sender.run(Stream(48_000, 20_000, start=TURN - 48_000))  # turns over after a second
    picture = sender.run(Stream(90_000, 33_333, start=TURN - 90_000 * 7))
    shared = sender_clock([*sound.reports, *picture.reports])
    clocks = [run_clock(one.rate, one.arrivals, one.reports, shared) for one in (sound, picture)]
    return sound, picture, clocks[0], clocks[1]


def errors(stream: Stream, clock: RunClock) -> list[int]:
    return [found - true for found, true in zip(clock.times, stream.true, strict=True)]


def skew(sender: Sender) -> int:
    """The furthest that sound and picture of one true moment are apart."""
    sound, picture, first, second = both(sender)
    heard = dict(zip(sound.true, errors(sound, first), strict=True))
    seen = zip(picture.true, errors(picture, second), strict=True)
    return max(abs(error - heard[at]) for t, error in seen if (at := t // 20_000 * 20_000) in heard)


@pytest.mark.parametrize("drift", [0, 200, -200])
def test_sound_and_picture_of_a_drifting_sender_stay_together(drift: int) -> None:
    sender = Sender(drift=drift, seconds=600)
    assert skew(sender) <= SKEW
    sound, _picture, clock, _ = both(sender)
    late = errors(sound, clock)
    assert max(late) - min(late) <= SKEW, "not stretched away over ten minutes"
    assert min(late) >= 38_000
    assert max(late) <= 60_000, "the least delay of the way, and no more"
    assert clock.discontinuities == []


def test_a_clock_that_stands_for_18_seconds_is_cut_there() -> None:
    sender = Sender(stops=[(30 * US, 48 * US)])
    sound, picture, first, second = both(sender)
    for stream, clock in ((sound, first), (picture, second)):
        (found,) = clock.discontinuities
        assert found.kind is Break.STOPPED
        assert abs(found.us - 18 * US) < 100_000
        assert abs(found.t - 48 * US) < 200_000
        late = errors(stream, clock)
        assert max(late) - min(late) <= SKEW, "and after it the time is right"
    assert skew(sender) <= SKEW


def test_silence_is_no_break() -> None:
    sound, _, clock, _ = both(Sender(quiet=[(30 * US, 60 * US)]))
    assert clock.discontinuities == []
    assert max(errors(sound, clock)) <= 60_000


def test_a_stalled_line_is_no_break() -> None:
    sound, _, clock, _ = both(Sender(stall=(30 * US, 33 * US)))
    assert clock.discontinuities == []
    assert max(errors(sound, clock)) <= 60_000, "what was late on the way is not late in the record"


def test_a_jump_forward_is_cut_too() -> None:
    sender = Sender()
    sound = sender.run(Stream(48_000, 20_000, start=0))
    moved = [one if one.t < 40 * US else Arrival(one.t, one.rtp + 5 * 48_000) for one in sound.arrivals]
    reports = [one if one.t < 40 * US else Report(one.t, one.ntp, one.rtp + 5 * 48_000) for one in sound.reports]
    clock = run_clock(48_000, moved, reports, sender_clock(reports))
    (found,) = clock.discontinuities
    assert (found.kind, abs(found.us - 5 * US) < 100_000) == (Break.JUMPED, True)
    assert max(errors(sound, clock)) <= 60_000


def test_without_reports_arrivals_serve() -> None:
    sound = Sender(drift=200, seconds=300).run(Stream(48_000, 20_000, start=5))
    clock = run_clock(48_000, sound.arrivals, [], None)
    late = errors(sound, clock)
    assert max(late) - min(late) <= SKEW
    assert not any(piece.by_reports for piece in clock.pieces)


def test_a_sender_whose_wall_clock_is_set_stays_where_it_was() -> None:
    sound = Sender().run(Stream(48_000, 20_000, start=0))
    reports = [one if one.t < 60 * US else Report(one.t, one.ntp + 3600 * US, one.rtp) for one in sound.reports]
    clock = run_clock(48_000, sound.arrivals, reports, sender_clock(reports))
    assert max(abs(error) for error in errors(sound, clock)) <= 80_000


def test_nothing_makes_nothing() -> None:
    assert sender_clock([]) is None
    clock = run_clock(90_000, [], [Report(1, 2, 3)], sender_clock([Report(1, 2, 3)]))
    assert (clock.times, clock.pieces, clock.discontinuities) == ([], [], [])
    with pytest.raises(ValueError, match="rate"):
        run_clock(0, [], [], None)


@given(st.lists(st.integers(-(TURN // 2) + 1, TURN // 2 - 1), max_size=50), st.integers(0, TURN - 1))
def test_unwrapped_steps_are_the_steps(steps: list[int], start: int) -> None:
    unwrap, at = Unwrap(), start
    assert unwrap(start) == start
    for step in steps:
        at += step
        assert unwrap(at % TURN) == at


@given(
    st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, TURN - 1)), max_size=200),
    st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 2**62), st.integers(0, TURN - 1)), max_size=20),
)
def test_whatever_comes_has_a_time_each(packets: list[tuple[int, int]], told: list[tuple[int, int, int]]) -> None:
    reports = [Report(*one) for one in told]
    arrivals = [Arrival(*one) for one in packets]
    clock = run_clock(90_000, arrivals, reports, sender_clock(reports))
    assert len(clock.times) == len(packets)
    assert len(clock.pieces) == (len(clock.discontinuities) + 1 if packets else 0)
