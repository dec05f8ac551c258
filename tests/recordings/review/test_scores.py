"""What many cases of one form say together, and what the doctor is told of one."""

from recordings.review import decide, scores
from recordings.review.agreement import Weights, Withheld
from recordings.review.figures import COLUMNS
from recordings.review.forms import ReadForm
from recordings.review.result import result_of, settled
from recordings.review.review import Answer, Filled, Note
from tests.recordings.review.desk import ANN, BEN, CAI, RADPEER, REMOTE, SEEN_AT, Desk, filled, remote

# ---- many cases ---------------------------------------------------------------------------------------------------


def double(first: Filled, second: Filled, read: ReadForm) -> Desk:
    desk = Desk(read)
    desk.review(ANN, first)
    desk.review(BEN, second)
    return desk


def test_agreement_is_of_what_two_said_blind_on_the_same_text_of_a_form() -> None:
    cases = [double(remote(3, 3, 3, 3), remote(4, 3, 1, 3), REMOTE).case for _ in range(12)]
    alone = Desk(REMOTE, double=False)
    alone.review(ANN, remote(1, 1, 1, 1))
    cases += [alone.case, double(filled("1"), filled("1"), RADPEER).case]
    assert scores.pairs(cases, REMOTE, "image_quality") == [("3", "1")] * 12
    found = scores.agreements(cases, REMOTE)
    assert set(found) == {"response_time", "completeness", "image_quality", "communication"}
    assert {one.weights for one in found.values()} == {Weights.QUADRATIC}
    assert found["completeness"].percent.value == 1
    assert found["image_quality"].percent.value == 0
    assert scores.agreements(cases, RADPEER)["score"].kappa.withheld is Withheld.TOO_FEW
    assert scores.pairs(cases, REMOTE._replace(digest="0" * 64), "image_quality") == []


def test_a_score_counts_once_it_is_settled() -> None:
    alone = Desk(double=False)
    alone.review(ANN, filled("1"))
    alone.write(ANN, decide.amend(alone.case, 1, ANN))
    assert scores.values([alone.case], RADPEER, "score") == ["1"]
    alone.submit(ANN, 2, filled("2a"))
    assert scores.values([alone.case], RADPEER, "score") == ["2a"]
    two = double(filled("1"), filled("3b"), RADPEER)
    assert scores.values([two.case], RADPEER, "score") == []
    two.adjudicate(CAI, *filled("2b").answers)
    assert scores.values([two.case, alone.case], RADPEER, "score") == ["2b", "2a"]
    near = double(remote(3, 3, 3, 3), remote(4, 3, 3, 3), REMOTE)
    assert scores.values([near.case], REMOTE, "response_time") == ["3"]
    waiting = Desk()
    waiting.review(ANN, filled("1"))
    assert scores.values([waiting.case], RADPEER, "score") == []


def test_a_form_is_counted_and_few_are_not() -> None:
    many = [double(remote(3, 3, 3, 3), remote(4, 3, 1, 3), REMOTE).case for _ in range(12)]
    found = scores.form_scores([*many, Desk().case], REMOTE)
    assert (found.cases, found.double, len(found.items)) == (12, 12, 4)
    in_time, _, pictures, _ = found.items
    assert (in_time.n, [(one.name, one.count) for one in in_time.parts]) == (12, [("3", 12)])
    assert (pictures.n, pictures.parts, pictures.withheld) == (0, [], Withheld.TOO_FEW), "nobody has decided"
    rows = scores.score_rows([found])
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert ["remote-consultation 1 response_time", "3", "1", "12", "12", ""] in rows
    assert ["remote-consultation 1 completeness", "percent", "share", "12", "1.0000", ""] in rows
    assert ["remote-consultation 1 completeness", "kappa", "quadratic weights", "12", "", "undefined"] in rows
    alone = Desk(double=False)
    alone.review(ANN, filled("1"))
    assert scores.concordance([alone.case] * 9, [RADPEER]).withheld is Withheld.TOO_FEW
    other = Desk(double=False)
    other.review(ANN, filled("2a"))
    assert scores.concordance([alone.case] * 9 + [other.case], [RADPEER, REMOTE]).share == 0.9


def test_the_doctor_is_told_what_stands_and_what_each_said_in_words() -> None:
    desk = Desk(REMOTE)
    assert result_of(desk.case, REMOTE.form) is None
    comment = Answer(item="comment", value="Show the liver longer", moments=SEEN_AT[:1])
    first = Filled(answers=[*remote(3, 3, 3, 3).answers, comment], notes=[Note(t=9, text="late")])
    desk.review(ANN, first)
    desk.review(BEN, Filled(answers=remote(5, 4, 3, 3).answers, notes=[Note(t=1, text="early")]))
    assert not settled(desk.case, REMOTE.form)
    desk.adjudicate(CAI, Answer(item="response_time", value="4"))
    told = result_of(desk.case, REMOTE.form)
    assert told is not None
    assert [(one.item, one.value) for one in told.items] == [
        ("response_time", "4"),
        ("completeness", "3"),
        ("image_quality", "3"),
        ("communication", "3"),
        ("comment", None),
    ]
    assert told.items[0].moments == SEEN_AT, "both reviewers', each once"
    assert (told.items[4].said, told.items[4].moments) == (["Show the liver longer"], SEEN_AT[:1])
    assert [note.text for note in told.notes] == ["early", "late"]
    assert (told.why, told.reviewers) == ("why", [ANN, BEN])


def test_of_one_reader_the_newest_stands() -> None:
    desk = Desk(double=False)
    desk.review(ANN, filled("1"))
    desk.write(ANN, decide.amend(desk.case, 1, ANN))
    desk.submit(ANN, 2, filled("2b"))
    told = result_of(desk.case, RADPEER.form)
    assert told is not None
    assert (told.items[0].value, told.at) == ("2b", desk.case.reviews[1].submitted_at)
