"""The dashboard's figures: what a log says, medians that somebody else computes the same, and nothing of few people."""

import csv
import io
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.review.agreement import Withheld
from recordings.review.course import Course, Outcome, Recorded, course
from recordings.review.figures import COLUMNS, FEWEST, Part, Share, as_csv, figures, rows
from signalling import events as ev
from signalling.generate.people import PATIENT, SPECIALIST, VILLAGE
from signalling.ids import ParticipantId
from signalling.vocabulary import CloseReason, Step, Urgency

SECOND = 1_000_000  # µs
REQUESTED = ev.Requested(requester=VILLAGE, patient=PATIENT, reason="?", urgency=Urgency.URGENT)
ANSWERED = ev.Answered(callee=SPECIALIST)


def observed(step: Step) -> ev.Observed:
    return ev.Observed(participant=ParticipantId(1), step=step)


def opinion(at: int, *, critical: bool = False, told: int | None = None, number: int = 1) -> ev.OpinionSigned:
    who = None if told is None else ev.CriticalTold(to="Dr Li", at=told)
    text = ev.Opinion(findings="f", impression="i", advice="a", critical=critical, told=who)
    amends = 0 if number == 1 else 1
    return ev.OpinionSigned(
        number=number, amends=amends, opinion=text, signer=SPECIALIST, at=at, key="k", signature="s"
    )


def log(*bodies: tuple[int, ev.Body]) -> list[ev.Event]:
    """Bodies with their second."""
    return [ev.Event(seq=seq, t=t * SECOND, by=0, body=body) for seq, (t, body) in enumerate(bodies, 1)]


WHOLE = log(
    (0, REQUESTED),
    (1, observed(Step.FIRST_PACKET)),  # before the answer: the requester's own
    (20, ANSWERED),
    (21, observed(Step.ICE_CONNECTED)),
    (23, observed(Step.FIRST_PACKET)),
    (24, observed(Step.FIRST_PACKET)),
    (320, opinion(1_000_000, critical=True)),
    (400, ev.Closed(reason=CloseReason.HUNG_UP)),
    (900, opinion(1_500_000, critical=True, told=1_599_000, number=2)),
    (901, opinion(1_700_000, critical=True, told=1_650_000, number=3)),
)


def test_a_log_is_read_for_its_times() -> None:
    found = course(WHOLE, chosen=True)
    assert found == Course(
        requested=True,
        answered=20 * SECOND,
        first_media=23 * SECOND,
        opinion=320 * SECOND,
        closed=400 * SECOND,
        close_reason=CloseReason.HUNG_UP,
        critical_at=1_000_000,
        told_at=1_599_000,
        chosen=True,
    )
    assert found.outcome is Outcome.COMPLETED


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ([], Outcome.GOING_ON),
        (log((0, REQUESTED), (5, ANSWERED)), Outcome.GOING_ON),
        (log((0, REQUESTED), (9, ev.Closed(reason=CloseReason.NO_ANSWER))), Outcome.NOT_ANSWERED),
        (log((0, REQUESTED), (5, ANSWERED), (9, ev.Closed(reason=CloseReason.ABANDONED))), Outcome.NO_OPINION),
        (WHOLE, Outcome.COMPLETED),
    ],
)
def test_how_it_ended(events: list[ev.Event], outcome: Outcome) -> None:
    assert course(events).outcome is outcome


@given(st.permutations(WHOLE))
def test_any_order_of_events_is_taken(events: list[ev.Event]) -> None:
    figures([course(events)] * FEWEST)


@given(st.lists(st.integers(0, 10**12), min_size=FEWEST, max_size=60))
def test_median_and_p90(ends: list[int]) -> None:
    found = figures([Course(requested=True, answered=end) for end in ends]).to_answer
    assert found.n == len(ends)
    assert found.median_ms == pytest.approx(statistics.median(ends) / 1000, abs=1)
    assert found.p90_ms == pytest.approx(statistics.quantiles(ends, n=10, method="inclusive")[8] / 1000, abs=1)


def test_of_few_there_is_no_figure() -> None:
    nine = [Course(requested=True, answered=SECOND, closed=2 * SECOND, critical_at=5, chosen=True)] * (FEWEST - 1)
    nine = [Course(recorded=Recorded(meant=5)), *nine[1:]]
    found = figures(nine)
    assert found.consultations == 9
    for one in (found.to_answer, found.to_media, found.completed, found.told_in_time, found.reviewed, found.recording):
        assert one.withheld is Withheld.TOO_FEW
    assert found.to_answer.median_ms is None
    assert found.completed.share is None
    assert found.recording.complete is None
    assert figures([], fewest=0).completed.withheld is Withheld.TOO_FEW


def test_one_part_alone_is_not_hidden_because_the_others_would_tell_it() -> None:
    def closed(reason: CloseReason, times: int) -> list[Course]:
        return [Course(closed=1, close_reason=reason)] * times

    some = closed(CloseReason.NO_ANSWER, 30) + closed(CloseReason.DECLINED, 12) + closed(CloseReason.CANCELLED, 1)
    assert figures(some).not_completed == [
        Part(name="no_answer", count=30),
        Part(name="declined", count=None),
        Part(name="cancelled", count=None),
    ]
    more = some + closed(CloseReason.ABANDONED, 2)
    assert [part.count for part in figures(more).not_completed] == [30, 12, None, None]
    assert figures(some[:42]).not_completed[1].count == 12


def test_a_critical_value_told_within_ten_minutes_or_before_it_was_signed() -> None:
    def critical(told: int) -> Course:
        return Course(critical_at=1_000_000, told_at=told)

    some = [critical(told) for told in (999_000, 1_600_000, 1_600_001, -1)] * 5
    found = figures([*some, *[Course()] * 10]).told_in_time
    assert (found.n, found.share) == (20, 0.5)


def test_recording_completion_and_coverage() -> None:
    kept = [Course(recorded=Recorded(meant=100 * SECOND, missed=SECOND, paused=3 * SECOND, gaps=2))] * 10
    some = [*kept, *[Course(chosen=True, reviewed=True)] * 9, *[Course(chosen=True)] * 3]
    found = figures(some)
    assert found.recording.complete == pytest.approx(0.99)
    assert (found.recording.missed_s, found.recording.paused_s, found.recording.gaps) == (10, 30, 20)
    assert (found.reviewed.n, found.reviewed.share) == (12, 0.75)


def test_the_csv_has_every_figure_and_nothing_else() -> None:
    text = as_csv(figures([course(WHOLE, recorded=Recorded(meant=SECOND), chosen=True, reviewed=True)] * 10))
    head, *lines = csv.reader(io.StringIO(text))
    assert tuple(head) == COLUMNS
    assert ["to_answer", "median", "ms", "10", "20000", ""] in lines
    assert ["to_media", "p90", "ms", "10", "3000", ""] in lines
    assert ["to_opinion", "median", "ms", "10", "300000", ""] in lines
    assert ["told_in_time", "", "share", "10", "1.0000", ""] in lines
    assert ["outcomes", "completed", "1", "", "10", ""] in lines
    few = rows(figures([course(WHOLE)]))
    assert ["to_answer", "median", "ms", "1", "", "too_few"] in few
    assert all(len(line) == len(COLUMNS) for line in [*lines, *few])
    assert not any(cell[:1] in "=+-@" for line in [*lines, *few] for cell in line if cell)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("超声科", "超声科"),
        ("=1+1", "'=1+1"),
        (" \t=1", "' \t=1"),
        ("+49", "'+49"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1", "'＝1"),
        ("\r=1", "'\r=1"),
        ("", ""),
        ("a=b", "a=b"),
    ],
)
def test_no_typed_cell_is_a_formula(typed: str, shown: str) -> None:
    text = as_csv(figures([]), {"department": typed, "concordance": Share(n=3, withheld=Withheld.TOO_FEW)})
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found[1] == ["department", shown, "", "", "", ""]
    assert found[2] == ["concordance", "", "share", "3", "", "too_few"]
