"""The patient folder: what was shared, by whom, when; what was withdrawn stays, crossed out."""

from hypothesis import given
from hypothesis import strategies as st

from recordings.folder import NEVER, STUDIES_MOST, folder
from signalling import events as ev
from signalling import looking as look
from signalling.fold import fold_all
from signalling.generate.people import SPECIALIST, VILLAGE
from signalling.ids import InstanceId, Mid, ParticipantId, SeriesId, StudyId, TrackId
from signalling.vocabulary import Kind, PictureSource, Purpose

ONE, TWO, PROBE = ParticipantId(1), ParticipantId(2), TrackId(3)
STUDY, OTHER, SERIES = StudyId("1.2.3"), StudyId("1.2.4"), SeriesId("1.2.3.1")
STILL = look.Picture(study=STUDY, series=SERIES, instance=InstanceId("1.2.3.1.1"))
KEY = look.FrameKey(track=PROBE, rtp=5)

HERE: list[tuple[int, ev.Body]] = [
    (0, ev.Joined(participant=ONE, person=VILLAGE)),
    (0, ev.Joined(participant=TWO, person=SPECIALIST)),
    (0, ev.TrackAdded(track=PROBE, participant=ONE, kind=Kind.VIDEO, purpose=Purpose.PROBE, mid=Mid("1"))),
]


def shared(study: StudyId = STUDY, description: str = "") -> look.StudyShared:
    return look.StudyShared(
        study=study, source=PictureSource.FOLDER, patient=look.PicturePatient(), description=description
    )


def grown(instances: int, series: SeriesId = SERIES) -> look.SeriesShared:
    return look.SeriesShared(study=STUDY, series=series, modality="US", description="", number=1, instances=instances)


def log(*bodies: tuple[int, ev.Body]) -> list[ev.Event]:
    return [ev.Event(seq=n, t=n * 1000, by=by, body=body) for n, (by, body) in enumerate([*HERE, *bodies], 1)]


def test_who_brought_what_and_when() -> None:
    (study,) = folder(log((1, shared()), (1, grown(2)), (0, grown(5)), (2, shared(description="Abdomen"))))
    assert (study.by, study.t, study.description) == (VILLAGE, 4000, "Abdomen")
    assert [one.instances for one in study.series] == [5]


def test_what_a_device_sends_is_nobodys() -> None:
    (study,) = folder(log((0, shared())))
    assert study.by is None


def test_what_was_withdrawn_stays_crossed_out_and_may_come_again() -> None:
    first, second = folder(log((1, shared()), (2, look.StudyWithdrawn(study=STUDY)), (2, shared())))
    assert (first.withdrawn_t, first.withdrawn_by) == (5000, SPECIALIST)
    assert (second.withdrawn_t, second.by, second.t) == (NEVER, SPECIALIST, 6000)


def test_who_said_that_another_patients_pictures_are_meant() -> None:
    (study,) = folder(log((1, shared()), (2, look.StudyConfirmed(study=STUDY))))
    assert (study.confirmed_t, study.confirmed_by) == (5000, SPECIALIST)


def test_stills_say_who_froze_what() -> None:
    asked = look.FreezeAsked(participant=TWO, key="k", frame=KEY)
    frozen = look.Frozen(key="k", picture=STILL, frame=KEY, as_transmitted=True)
    (study,) = folder(log((2, asked), (1, shared()), (1, grown(1)), (0, frozen)))
    (still,) = study.stills
    assert (still.picture, still.by, still.purpose, still.as_transmitted) == (STILL, SPECIALIST, Purpose.PROBE, True)


bodies = st.one_of(
    st.builds(shared, st.sampled_from([STUDY, OTHER])),
    st.builds(grown, st.integers(1, 9), st.sampled_from([SERIES, SeriesId("1.2.3.2")])),
    st.builds(look.StudyConfirmed, study=st.sampled_from([STUDY, OTHER])),
    st.builds(look.StudyWithdrawn, study=st.sampled_from([STUDY, OTHER])),
    st.just(look.Frozen(key="never asked", picture=STILL, frame=KEY, as_transmitted=False)),
)


@given(st.lists(st.tuples(st.integers(0, 9), bodies), max_size=40))
def test_what_is_not_crossed_out_is_what_the_consultation_shows(course: list[tuple[int, ev.Body]]) -> None:
    """The same as the fold that everybody sees, whatever the order."""
    events = log(*course)
    there = [one for one in folder(events) if one.withdrawn_t == NEVER]
    seen = fold_all(events).looking.studies
    assert [(one.study, one.t, one.series) for one in there] == [(one.study, one.t, one.series) for one in seen]


def test_a_log_without_end_is_bounded() -> None:
    course: list[tuple[int, ev.Body]] = [
        body for _ in range(STUDIES_MOST + 50) for body in ((1, shared()), (1, look.StudyWithdrawn(study=STUDY)))
    ]
    assert len(folder(log(*course))) == STUDIES_MOST
