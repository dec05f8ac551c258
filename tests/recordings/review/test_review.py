"""A review from the draft to the adjudication: what may be submitted, what stays, who sees what, and a fold that takes
any events."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.review import decide
from recordings.review import review as rv
from recordings.review.decide import Refused, RefusedReason
from recordings.review.filling import Difference, Problem, Wrong, differences, problems
from recordings.review.forms import Form, FormRef, built_in
from recordings.review.review import Answer, Filled, Note, Progress, Reviews, Stretch, seen_by
from signalling.ids import AccountId
from tests.recordings.review.desk import ANN, BEN, CAI, DOCTOR, HOUR, NUMBERS, RADPEER, REMOTE, Desk, filled, remote


def refused(caught: pytest.ExceptionInfo[Refused]) -> RefusedReason:
    return caught.value.reason


# ---- a filled form ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        (filled("1"), []),
        (filled("2b"), []),
        (filled("1", notes=[Note(t=HOUR, text="n")]), []),
        (Filled(), [Problem(item="score", wrong=Wrong.MISSING)]),
        (filled("4"), [Problem(item="score", wrong=Wrong.NOT_ALLOWED)]),
        (Filled(answers=[Answer(item="score", value=1)]), [Problem(item="score", wrong=Wrong.NOT_ALLOWED)]),
        (Filled(answers=[Answer(item="score", value="2a")]), [Problem(item="score", wrong=Wrong.NO_MOMENT)]),
        (Filled(answers=[*filled("1").answers, *filled("3a").answers]), [Problem(item="score", wrong=Wrong.TWICE)]),
        (
            Filled(answers=[*filled("1").answers, Answer(item="other", value="1")]),
            [Problem(item="other", wrong=Wrong.UNKNOWN_ITEM)],
        ),
        (
            Filled(answers=[Answer(item="score", value="1", moments=[Stretch(from_t=0, to_t=HOUR + 1)])]),
            [Problem(item="score", wrong=Wrong.OUT_OF_TIME)],
        ),
        (
            Filled(answers=[Answer(item="score", value="1", moments=[Stretch(from_t=9, to_t=8)])]),
            [Problem(item="score", wrong=Wrong.OUT_OF_TIME)],
        ),
        (filled("1", notes=[Note(t=HOUR + 1, text="n")]), [Problem(item="", wrong=Wrong.OUT_OF_TIME)]),
    ],
)
def test_a_filled_form_is_held_against_its_form(form: Filled, wrong: list[Problem]) -> None:
    assert problems(form, RADPEER.form, HOUR) == wrong


@pytest.mark.parametrize(
    ("score", "why", "wrong"),
    [
        (-2, "five5", []),
        (10, "x", []),
        (11, "x", ["score"]),
        (-3, "x", ["score"]),
        ("3", "x", ["score"]),
        (1, "too long", ["why"]),
        (1, " ", ["why"]),
        (1, 5, ["why"]),
    ],
)
def test_numbers_and_texts_have_bounds(score: str | int, why: str | int, wrong: list[str]) -> None:
    form = Filled(answers=[Answer(item="score", value=score), Answer(item="why", value=why)])
    found = problems(form, NUMBERS.form, HOUR)
    assert found == [Problem(item=item, wrong=Wrong.NOT_ALLOWED) for item in wrong]


def test_two_may_differ_as_far_as_the_form_allows() -> None:
    form = REMOTE.form
    assert differences(remote(3, 3, 3, 3), remote(4, 2, 3, 3), form) == []
    assert differences(remote(3, 3, 3, 3), remote(5, 3, 1, 3), form) == [
        Difference(item="response_time", first="3", second="5"),
        Difference(item="image_quality", first="3", second="1"),
    ]
    assert differences(filled("2b"), filled("3a"), RADPEER.form) == [Difference(item="score", first="2b", second="3a")]
    assert len(differences(remote(3, 3, 3, 3), Filled(), form)) == 4


@pytest.mark.parametrize(("one", "other", "far"), [(0, 2, False), (0, 3, True), (-2, 0, False), (1, None, True)])
def test_numbers_differ_by_their_distance_and_words_never(one: int, other: int | None, far: bool) -> None:
    first = Filled(answers=[Answer(item="score", value=one), Answer(item="why", value="x")])
    second = Filled(answers=[] if other is None else [Answer(item="score", value=other)])
    for pair in ((first, second), (second, first)):
        assert [one.item for one in differences(*pair, NUMBERS.form)] == (["score"] if far else [])


# ---- states -------------------------------------------------------------------------------------------------------


def test_a_draft_may_be_anything_and_what_is_submitted_stays() -> None:
    desk = Desk(double=False)
    number = desk.begin(ANN)
    desk.write(ANN, decide.save(desk.case, number, ANN, Filled()))
    assert desk.case.progress is desk.case.reviews[0].progress is Progress.DRAFT
    with pytest.raises(Refused) as caught:
        desk.submit(ANN, number, Filled())
    assert (refused(caught), caught.value.problems) == (
        RefusedReason.INCOMPLETE,
        [Problem(item="score", wrong=Wrong.MISSING)],
    )
    desk.submit(ANN, number, filled("1"))
    assert desk.case.progress is desk.case.reviews[0].progress is Progress.SUBMITTED
    before = desk.case
    for form in (decide.save, lambda *a: decide.submit(*a, built_in(), HOUR)):
        with pytest.raises(Refused) as caught:
            form(desk.case, number, ANN, filled("3b"))
        assert refused(caught) is RefusedReason.SUBMITTED
    desk.write(ANN, rv.ReviewSubmitted(case=1, review=number, filled=filled("3b")))
    assert desk.case == before


def test_nobody_writes_in_anothers_draft() -> None:
    desk = Desk()
    number = desk.begin(ANN)
    with pytest.raises(Refused) as caught:
        decide.save(desk.case, number, BEN, filled("1"))
    assert refused(caught) is RefusedReason.NO_SUCH_REVIEW
    before = desk.case
    desk.write(BEN, rv.ReviewSubmitted(case=1, review=number, filled=filled("1")))
    assert desk.case == before


def test_an_amendment_is_a_review_of_its_own() -> None:
    desk = Desk(double=False)
    first = desk.begin(ANN)
    with pytest.raises(Refused) as caught:
        decide.amend(desk.case, first, ANN)
    assert refused(caught) is RefusedReason.NOT_SUBMITTED
    desk.submit(ANN, first, filled("1"))
    with pytest.raises(Refused) as caught:
        decide.amend(desk.case, first, BEN)
    assert refused(caught) is RefusedReason.NO_SUCH_REVIEW
    desk.write(ANN, decide.amend(desk.case, first, ANN))
    with pytest.raises(Refused) as caught:
        decide.amend(desk.case, first, ANN)
    assert refused(caught) is RefusedReason.ALREADY_REVIEWING
    desk.submit(ANN, 2, filled("2a"))
    assert [(one.amends, one.filled) for one in desk.case.reviews] == [(0, filled("1")), (1, filled("2a"))]
    assert desk.case.compared == [first]


def test_the_form_must_be_the_very_text_of_the_case() -> None:
    desk = Desk()
    number = desk.begin(ANN)
    other = RADPEER._replace(digest="0" * 64)
    for forms in ({}, {("radpeer", 1): other}):
        with pytest.raises(Refused) as caught:
            decide.submit(desk.case, number, ANN, filled("1"), forms, HOUR)
        assert refused(caught) is RefusedReason.FORM_UNKNOWN


def test_nobody_reviews_their_own_consultation_or_as_a_third() -> None:
    desk = Desk()
    with pytest.raises(Refused) as caught:
        desk.begin(DOCTOR)
    assert refused(caught) is RefusedReason.NOT_INDEPENDENT
    desk.begin(ANN)
    with pytest.raises(Refused) as caught:
        desk.begin(ANN)
    assert refused(caught) is RefusedReason.ALREADY_REVIEWING
    desk.begin(BEN)
    with pytest.raises(Refused) as caught:
        desk.begin(CAI)
    assert refused(caught) is RefusedReason.REVIEWED_BY_OTHERS


# ---- two who do not see each other --------------------------------------------------------------------------------


def test_neither_sees_the_other_nor_a_name_until_both_are_in() -> None:
    desk = Desk()
    first = desk.review(ANN, filled("1"))
    second = desk.begin(BEN)
    desk.write(BEN, decide.save(desk.case, second, BEN, filled("2a")))
    for viewer, numbers in ((ANN, [first]), (BEN, [second]), (CAI, [])):
        seen = seen_by(desk.case, viewer)
        assert ([one.number for one in seen.case.reviews], seen.names) == (numbers, False)
        others = {ANN, BEN} - {viewer}
        assert not any(other in msgspec.json.encode(seen).decode() for other in others)
    desk.submit(BEN, second, filled("2a"))
    for viewer in (ANN, BEN, CAI):
        seen = seen_by(desk.case, viewer)
        assert ([one.number for one in seen.case.reviews], seen.names) == ([first, second], True)


def test_a_draft_is_its_writers_alone() -> None:
    desk = Desk(double=False)
    desk.begin(ANN)
    assert seen_by(desk.case, BEN).case.reviews == []
    assert seen_by(desk.case, BEN).names
    assert len(seen_by(desk.case, ANN).case.reviews) == 1


def test_two_are_compared_by_what_they_said_before_they_saw_each_other() -> None:
    desk = Desk()
    desk.review(ANN, filled("1"))
    desk.write(ANN, decide.amend(desk.case, 1, ANN))
    desk.submit(ANN, 2, filled("2a"))  # still blind
    desk.review(BEN, filled("3b"))
    assert desk.case.compared == [2, 3]
    desk.write(BEN, decide.amend(desk.case, 3, BEN))
    desk.submit(BEN, 4, filled("2a"))  # by now it has seen the other
    assert desk.case.compared == [2, 3]
    assert decide.to_decide(desk.case, RADPEER.form) == [Difference(item="score", first="2a", second="3b")]


def test_a_third_decides_exactly_what_differs_by_too_much() -> None:
    desk = Desk(REMOTE)
    desk.review(ANN, remote(3, 3, 3, 3))
    with pytest.raises(Refused) as caught:
        desk.adjudicate(CAI, Answer(item="response_time", value="3"))
    assert refused(caught) is RefusedReason.NOTHING_TO_DECIDE
    desk.review(BEN, remote(5, 4, 3, 3))
    right = Answer(item="response_time", value="4")
    for by, answers, reason in (
        (ANN, [right], RefusedReason.NOT_INDEPENDENT),
        (DOCTOR, [right], RefusedReason.NOT_INDEPENDENT),
        (CAI, [right, Answer(item="completeness", value="4")], RefusedReason.NOT_WHAT_DIFFERS),
        (CAI, [Answer(item="communication", value="4")], RefusedReason.NOT_WHAT_DIFFERS),
        (CAI, [Answer(item="response_time", value="6")], RefusedReason.INCOMPLETE),
        (CAI, [right, right], RefusedReason.INCOMPLETE),
    ):
        with pytest.raises(Refused) as caught:
            desk.adjudicate(by, *answers)
        assert refused(caught) is reason
    desk.adjudicate(CAI, right)
    assert desk.case.progress is Progress.ADJUDICATED
    assert desk.case.adjudication
    assert desk.case.adjudication.answers == [right]
    with pytest.raises(Refused) as caught:
        desk.adjudicate(CAI, right)
    assert refused(caught) is RefusedReason.NOTHING_TO_DECIDE


def test_two_who_agree_leave_nothing_to_decide() -> None:
    desk = Desk(REMOTE)
    desk.review(ANN, remote(3, 3, 3, 3))
    desk.review(BEN, remote(4, 4, 3, 2))
    assert desk.case.progress is Progress.SUBMITTED
    with pytest.raises(Refused) as caught:
        desk.adjudicate(CAI, Answer(item="response_time", value="3"))
    assert refused(caught) is RefusedReason.NOTHING_TO_DECIDE


def test_there_is_an_end_to_cases_and_amendments() -> None:
    desk = Desk(double=False)
    for _ in range(rv.MOST_CASES - 1):
        desk.write(ANN, decide.open_case(desk.state, RADPEER, double=False))
    with pytest.raises(Refused) as caught:
        decide.open_case(desk.state, RADPEER, double=False)
    assert refused(caught) is RefusedReason.TOO_MANY
    number = desk.review(ANN, filled("1"))
    for _ in range(rv.MOST_REVIEWS - 1):
        desk.write(ANN, decide.amend(desk.case, number, ANN))
        number += 1
        desk.submit(ANN, number, filled("1"))
    with pytest.raises(Refused) as caught:
        decide.amend(desk.case, number, ANN)
    assert refused(caught) is RefusedReason.TOO_MANY


# ---- any events at all --------------------------------------------------------------------------------------------

people = st.sampled_from([ANN, BEN, CAI])
small = st.integers(1, 3)
forms = st.sampled_from([Filled(), filled("1"), filled("3b")])
ref = FormRef(id="radpeer", version=1, digest=RADPEER.digest)
bodies: st.SearchStrategy[rv.Body] = st.one_of(
    st.builds(rv.CaseOpened, case=small, form=st.just(ref), double=st.booleans(), reason=st.none()),
    st.builds(rv.ReviewBegun, case=small, review=small, reviewer=people, amends=st.integers(0, 3)),
    st.builds(rv.ReviewSaved, case=small, review=small, filled=forms),
    st.builds(rv.ReviewSubmitted, case=small, review=small, filled=forms),
    st.builds(rv.CaseAdjudicated, case=small, adjudicator=people, answers=st.just([]), why=st.just("w")),
    st.builds(rv.NoteTaken, note=small, t=small, text=st.just("n"), frame=st.none()),
    st.builds(rv.NoteRemoved, note=small),
)


@given(st.lists(st.tuples(people, bodies), max_size=60))
def test_the_fold_takes_any_events_and_what_is_submitted_never_changes(events: list[tuple[AccountId, rv.Body]]) -> None:
    state = Reviews(consultation="c" * 26)  # type: ignore[arg-type]
    kept: dict[tuple[int, int], rv.Review] = {}
    for seq, (by, body) in enumerate(events, 1):
        state = rv.fold(state, rv.ReviewEvent(seq=seq, at=seq, by=by, body=body))
        assert state.seq == seq
        now = {(case.number, one.number): one for case in state.cases for one in case.reviews}
        assert all(now[key] == one for key, one in kept.items())
        kept = {key: one for key, one in now.items() if one.submitted_at >= 0}
        for case in state.cases:
            assert len(case.reviewers) <= case.needed
            assert len(case.compared) in (0, case.needed)
            assert len({one.number for one in case.reviews}) == len(case.reviews)
            decide.to_decide(case, RADPEER.form)


def test_notes_are_counted_for_each_writer_and_taken_away_by_nobody_else() -> None:
    desk = Desk()
    words = rv.Note(t=HOUR, text="n")
    for by, number in ((ANN, 1), (BEN, 1), (ANN, 2)):
        taken = decide.note(desk.state, by, words, None, HOUR)
        desk.write(by, taken)
        assert taken.note == number
    with pytest.raises(Refused) as caught:
        decide.remove_note(desk.state, 2, BEN)
    assert refused(caught) is RefusedReason.NO_SUCH_NOTE
    desk.write(ANN, decide.remove_note(desk.state, 1, ANN))
    assert [(one.by, one.number) for one in desk.state.notes] == [(BEN, 1), (ANN, 2)]
    assert decide.note(desk.state, ANN, words, None, HOUR).note == 3
    with pytest.raises(Refused) as caught:
        decide.note(desk.state, ANN, words, None, HOUR - 1)
    assert refused(caught) is RefusedReason.OUT_OF_TIME
    full = msgspec.structs.replace(desk.state, noted={ANN: rv.MOST_NOTES})
    with pytest.raises(Refused) as caught:
        decide.note(full, ANN, words, None, HOUR)
    assert refused(caught) is RefusedReason.TOO_MANY


def test_a_form_is_a_frozen_value() -> None:
    form: Form = RADPEER.form
    with pytest.raises(AttributeError):
        form.version = 2  # type: ignore[misc]
