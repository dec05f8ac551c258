"""The folder, whose pictures they are, and what may be shown of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sefaw_rtc.consultation import Policy
from sefaw_rtc.consultation.patients import identity_in, identity_of, names_of, same
from signalling import looking as look
from signalling.events import Patient
from signalling.ids import ParticipantId
from signalling.vocabulary import ErrorCode, LengthUnit, Sex, Showing
from tests.consultation.looking_world import OTHER, SAME, Call, picture, series, study
from tests.consultation.world import OBSERVER, OPERATOR, SECOND

AREA = look.Area(centre_x=1, centre_y=2, width=3, height=4, unit=LengthUnit.MM)


def view(epoch: int, viewport: int = 0, **changes: object) -> look.ViewChanged:
    return look.ViewChanged(epoch=epoch, viewport=viewport, **changes)  # type: ignore[arg-type]


# ---- whose ----------------------------------------------------------------------------------------------------------


def person(name: str = "", identifier: str = "", birth_date: str = "", sex: str = "") -> look.PicturePatient:
    return look.PicturePatient(name=name, identifier=identifier, birth_date=birth_date, sex=sex)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (person("A", "7"), person("B", "7"), True),  # the number decides where both have one
        (person("A", "7"), person("A", "8"), False),
        (person("Zhao^Nü"), person("zhao nü"), True),
        (person("ZHAO^NV=赵^女="), person("赵女"), True),
        (person("ZHAO^NV=赵^女=", "1"), person("赵（女）"), True),
        (person("ＺＨＡＯ　ＮＶ"), person("Zhao^Nv"), True),
        (person("Zhao^Nv"), person("Nv^Zhao"), False),
        (person("王芳", birth_date="19610203"), person("王芳", birth_date="19900101"), False),
        (person("王芳", birth_date="19610203"), person("王芳", birth_date="19610203"), True),
        (person("王芳", sex="F"), person("王芳", sex="M"), False),
        (person("王芳", sex="F"), person("王芳", sex="O"), True),
        (person(), person(), False),  # nothing to compare
        (person("", "7"), person("A"), False),
        (person("^^="), person("^"), False),
    ],
)
def test_the_same_patient(one: look.PicturePatient, other: look.PicturePatient, expected: bool) -> None:
    assert same(identity_in(one), identity_in(other)) is expected
    assert same(identity_in(other), identity_in(one)) is expected


def test_the_consultations_own_patient_is_compared_alike() -> None:
    patient = Patient(name="赵 (女)", sex=Sex.FEMALE, birth_year=1961, identifier="")
    assert same(identity_of(patient), identity_in(SAME))
    assert not same(identity_of(replace(patient, sex=Sex.MALE)), identity_in(SAME))
    assert not same(identity_of(replace(patient, birth_year=1962)), identity_in(SAME))
    assert same(identity_of(replace(patient, sex=Sex.UNKNOWN, birth_year=0)), identity_in(SAME))


@given(st.text(max_size=64))
def test_any_name_is_itself(name: str) -> None:
    names = names_of(name)
    assert same(identity_in(person(name)), identity_in(person(name.upper()))) is bool(names & names_of(name.upper()))
    assert "" not in names


# ---- shared ---------------------------------------------------------------------------------------------------------


def test_a_study_is_shared_once_and_grows() -> None:
    call = Call()
    (shared,) = call.looking.studies
    assert (shared.differs, shared.by, [one.instances for one in shared.series]) == (False, call.village, [10])
    assert call.do("share", call.specialist, study("1.1"), [series("1.1")]) == []
    assert call.do("share", call.village, study("1.1"), [series("1.1", instances=11)]) == [series("1.1", instances=11)]
    assert call.do("share", call.village, study("1.1"), []) == []
    (more,) = call.do("share", call.village, study("1.1"), [series("1.1", instances=11), series("1.1", "1.1.2")])
    assert more == series("1.1", "1.1.2")
    assert call.looking.studies[0].by == call.village


def test_a_modality_shares_for_nobody() -> None:
    call = Call()
    call.do("share", ParticipantId(0), study("2.2"), [series("2.2")])
    assert call.looking.studies[1].by == 0
    assert call.no("share", ParticipantId(9), study("3.3"), []) is ErrorCode.NOT_FOUND


def test_whose_it_is_is_found_out_here_and_not_believed() -> None:
    call = Call()
    call.do("share", call.village, replace(study("2.2", OTHER), differs=False), [series("2.2")])
    call.do("share", call.village, replace(study("3.3"), differs=True), [])
    assert [one.differs for one in call.looking.studies] == [False, True, False]


def test_pictures_of_another_patient_are_shown_when_somebody_said_so() -> None:
    call = Call()
    call.do("share", call.village, study("2.2", OTHER), [series("2.2")])
    assert call.no("view", call.village, view(1, image=picture("2.2"))) is ErrorCode.PATIENT_UNCONFIRMED
    observer = call.world.join(OBSERVER)
    call.world.drain()
    assert call.no("confirm", observer, "2.2") is ErrorCode.FORBIDDEN
    assert call.no("confirm", call.village, "9.9") is ErrorCode.NOT_FOUND
    assert call.do("confirm", call.specialist, "2.2") == [look.StudyConfirmed(study=study("2.2").study)]
    assert call.do("confirm", call.village, "2.2") == []
    call.do("view", call.village, view(1, image=picture("2.2")))
    assert call.do("confirm", call.village, "1.1") == []  # nothing to answer


def test_two_patients_in_one_consultation_are_asked_about_both_ways() -> None:
    """A second patient who was let in makes the first one's next study a question too."""
    call = Call()
    call.do("share", call.village, study("2.2", OTHER), [])
    call.do("share", call.village, study("3.3"), [])
    assert not call.looking.studies[2].differs  # nobody let 2.2 in yet
    call.do("confirm", call.village, "2.2")
    call.do("share", call.village, study("4.4"), [])
    assert call.looking.studies[3].differs
    call.do("share", call.village, study("5.5"), [], ours=True)
    assert not call.looking.studies[4].differs  # a frame frozen here and now is of whom it is about
    call.do("share", call.village, study("1.1", description="again"), [])
    assert not call.looking.studies[0].differs  # what is shown already stays


def test_of_a_patient_who_was_answered_for_nobody_is_asked_again() -> None:
    call = Call()
    call.do("share", call.village, study("2.2", OTHER), [])
    call.do("share", call.village, study("3.3", OTHER), [])
    assert call.looking.studies[2].differs  # nobody has answered yet
    call.do("confirm", call.village, "2.2")
    call.do("share", call.village, study("4.4", replace(OTHER, name="DOE^JANE=")), [series("4.4")])
    assert not call.looking.studies[3].differs
    call.do("view", call.village, view(1, image=picture("4.4")))
    call.do("share", call.village, study("5.5", look.PicturePatient(name="Doe^Jane", identifier="ZZ-2")), [])
    assert call.looking.studies[4].differs  # of the same name, another number
    call.do("share", call.village, study("6.6"), [])
    call.do("confirm", call.village, "6.6")  # one's own, between the two
    call.do("share", call.village, study("7.7"), [])
    assert [one.differs for one in call.looking.studies[5:]] == [True, False]
    call.do("withdraw", call.village, "2.2")
    call.do("share", call.village, study("8.8", OTHER), [])
    assert call.looking.studies[-1].differs  # the answer went with what it was given for


def test_an_answer_is_for_one_patient() -> None:
    call = Call()
    call.do("share", call.village, study("2.2", OTHER), [])
    call.do("confirm", call.village, "2.2")
    third = look.PicturePatient(name="Roe^Richard", identifier="ZZ-2")
    assert call.no("share", call.village, study("2.2", third), []) is ErrorCode.CONFLICT
    call.do("share", call.village, study("2.2", replace(OTHER, name="DOE^JANE")), [])
    assert call.looking.studies[1].confirmed


def test_taken_out_by_who_shared_it_and_by_who_asked() -> None:
    call = Call()
    call.do("share", call.specialist, study("2.2"), [series("2.2")])
    call.do("view", call.village, view(1, image=picture("2.2")))
    operator = call.world.join(OPERATOR)
    assert call.no("withdraw", operator, "2.2") is ErrorCode.FORBIDDEN
    assert call.no("withdraw", call.specialist, "1.1") is ErrorCode.FORBIDDEN
    call.do("withdraw", call.specialist, "2.2")
    assert call.looking.viewports[0].image is None
    call.do("withdraw", call.village, "1.1")
    assert call.looking.studies == []
    assert call.no("withdraw", call.village, "1.1") is ErrorCode.NOT_FOUND


def test_the_folder_is_bounded() -> None:
    call = Call(Policy(max_studies=2, max_series=3))
    call.do("share", call.village, study("2.2"), [series("2.2")])
    assert call.no("share", call.village, study("3.3"), []) is ErrorCode.TOO_MANY
    both = [series("2.2", "2.2.2"), series("2.2", "2.2.3")]
    assert call.no("share", call.village, study("2.2"), both) is ErrorCode.TOO_MANY
    assert call.no("share", call.village, study("2.2"), [series("1.1", "1.1.9")]) is ErrorCode.MALFORMED
    busy = Call(Policy(shares_burst=3, shares_per_s=1))
    busy.do("share", busy.village, study("1.1"), [series("1.1", instances=11)])
    assert busy.no("share", busy.village, study("1.1"), [series("1.1", instances=12)]) is ErrorCode.TOO_MANY


# ---- shown ----------------------------------------------------------------------------------------------------------


def test_only_what_is_in_the_folder_and_only_where_there_is_a_viewport() -> None:
    call = Call()
    assert call.no("view", call.village, view(1, 1, image=picture("1.1"))) is ErrorCode.NOT_FOUND
    assert call.no("view", call.village, view(1, image=picture("9.9"))) is ErrorCode.NOT_FOUND
    wrong = replace(picture("1.1"), series=series("1.1", "1.1.7").series)
    assert call.no("view", call.village, view(1, image=wrong)) is ErrorCode.NOT_FOUND
    assert call.no("view", call.village, view(1, area=AREA)) is ErrorCode.NOT_FOUND  # of an empty viewport
    call.do("layout", call.village, 1, 1, 2)
    call.do("view", call.village, view(1, 1, image=picture("1.1")))
    call.do("view", call.village, view(1, 1, area=AREA))
    assert call.do("layout", call.village, 1, 1, 2) == []
    assert call.do("view", call.village, view(1, 1, area=AREA)) == []
    assert len(call.do("view", call.village, view(1, 1, cine=look.Cine(playing=True, rate=100, frame=1)))) == 1
    assert len(call.do("view", call.village, view(1, 1, cine=look.Cine(playing=True, rate=100, frame=1)))) == 1


def test_another_consultations_study_is_not_there() -> None:
    one, other = Call(), Call()
    other.do("share", other.village, study("5.5"), [series("5.5")])
    assert one.no("view", one.village, view(1, image=picture("5.5"))) is ErrorCode.NOT_FOUND


def test_views_are_bounded() -> None:
    call = Call(Policy(views_burst=2, views_per_s=1))
    call.do("view", call.village, view(1, image=picture("1.1", 1)))
    call.do("view", call.village, view(1, image=picture("1.1", 2)))
    assert call.no("view", call.village, view(1, image=picture("1.1", 3))) is ErrorCode.TOO_MANY


def test_what_somebody_sees_is_told_when_it_changes() -> None:
    call = Call(Policy(showing_burst=2, showing_per_s=1))
    second = call.world.join(SECOND)
    call.world.drain()
    assert len(call.do("showing", second, Showing.LOADING, 12)) == 1
    assert call.do("showing", second, Showing.LOADING, 12) == []
    assert len(call.do("showing", second, Showing.SHOWN)) == 1
    assert call.no("showing", second, Showing.OWN) is ErrorCode.TOO_MANY
    call.world.consultation.handle_leave(call.world.now, second)
    assert call.looking.showing == []
