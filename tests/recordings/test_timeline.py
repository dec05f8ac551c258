"""The timeline: total over any events, truthful over a real course, bounded, and harmless whatever people typed."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings import LogHeader
from recordings.timeline import (
    ENTRIES_MOST,
    EVENTS_SHOWN,
    Language,
    Sign,
    Span,
    Stretch,
    Timeline,
    Unit,
    page,
    timeline,
)
from recordings.timeline.fold import STEP_UNITS
from recordings.timeline.picture import _wrapped, clock
from recordings.timeline.words import words
from signalling import events as ev
from signalling import looking as look
from signalling.generate.people import CONSULTATION, PATIENT, SPECIALIST, VILLAGE
from signalling.ids import InstanceId, Mid, ParticipantId, SeriesId, StudyId, TrackId
from signalling.vocabulary import (
    CloseReason,
    FreezeFault,
    Kind,
    LeadReason,
    PictureSource,
    Purpose,
    Role,
    Showing,
    Step,
    Urgency,
)

HEADER = LogHeader(consultation=CONSULTATION, started_unix_us=1_790_000_000_000_000)
ONE, TWO, THREE = ParticipantId(1), ParticipantId(2), TrackId(3)
MS = 1000


def saw(participant: ParticipantId, step: Step, value: int = 0, track: int = 0) -> ev.Observed:
    return ev.Observed(participant=participant, step=step, track=track, value=value)


def a_call() -> list[ev.Event]:
    """A whole call: rung in vain, answered, a picture, loss, cut off and back, the end."""
    video = ev.TrackAdded(track=THREE, participant=TWO, kind=Kind.VIDEO, purpose=Purpose.FACE, mid=Mid("1"))
    course: list[tuple[int, ev.Body]] = [
        (0, ev.Requested(requester=VILLAGE, patient=PATIENT, reason="gallbladder", urgency=Urgency.URGENT)),
        (5, ev.Joined(participant=ONE, person=VILLAGE)),
        (10, ev.Rang(callee=SPECIALIST, timeout_ms=30_000)),
        (4000, ev.Answered(callee=SPECIALIST)),
        (4100, ev.Joined(participant=TWO, person=SPECIALIST)),
        (4110, video),
        (4180, saw(TWO, Step.ICE_CONNECTED, 60)),
        (4220, saw(TWO, Step.DTLS_CONNECTED, 100)),
        (4260, saw(TWO, Step.FIRST_PACKET, 150, THREE)),
        (4300, saw(TWO, Step.FIRST_KEYFRAME, 190, THREE)),
        (9000, saw(TWO, Step.LOSS_BEGAN, 83)),
        (12_000, saw(TWO, Step.LOSS_ENDED, 120)),
        (20_000, ev.Disconnected(participant=TWO, reason=CloseReason.CONNECTION_LOST)),
        (24_000, ev.Returned(participant=TWO)),
        (24_500, saw(TWO, Step.PATH_CHANGED, 2)),
        (60_000, ev.Closing(reason=CloseReason.ENDED_BY_ADMINISTRATOR, text="<b>maintenance</b>")),
        (60_000, ev.TrackRemoved(track=THREE, reason=CloseReason.ENDED_BY_ADMINISTRATOR)),
        (60_000, ev.Left(participant=ONE, reason=CloseReason.ENDED_BY_ADMINISTRATOR)),
        (60_000, ev.Left(participant=TWO, reason=CloseReason.ENDED_BY_ADMINISTRATOR)),
        (60_001, ev.Closed(reason=CloseReason.ENDED_BY_ADMINISTRATOR)),
    ]
    return [ev.Event(seq=n, t=t * MS, by=0, body=body) for n, (t, body) in enumerate(course, start=1)]


def test_looking_together_is_in_it_without_a_name_of_a_study() -> None:
    frame = look.FrameKey(track=THREE, rtp=7)
    still = look.Picture(study=StudyId("1.2.9"), series=SeriesId("1.2.10"), instance=InstanceId("1.2.11"))
    patient = look.PicturePatient(name="Zhang^Guiying")
    course: list[tuple[int, ev.Body]] = [
        (1, look.StudyShared(study=StudyId("1.2.3"), source=PictureSource.FOLDER, patient=patient)),
        (0, look.LeadChanged(holder=1, epoch=1, reason=LeadReason.BEGAN)),
        (2, look.LeadAsked(participant=TWO)),
        (0, look.LeadChanged(holder=0, epoch=2, reason=LeadReason.HOLDER_LEFT)),
        (2, look.ShowingChanged(participant=TWO, showing=Showing.LOADING)),
        (2, look.ShowingChanged(participant=TWO, showing=Showing.LOST)),
        (2, look.FreezeAsked(participant=TWO, key="k", frame=frame)),
        (0, look.Frozen(key="k", picture=still, frame=frame, as_transmitted=True)),
        (0, look.FreezeFailed(key="never asked", fault=FreezeFault.NO_ANSWER)),
        (1, look.StudyWithdrawn(study=StudyId("1.2.3"))),
    ]
    before = a_call()[:6]
    events = [ev.Event(seq=10 + n, t=5_000_000, by=by, body=body) for n, (by, body) in enumerate(course)]
    made = timeline(HEADER, [*before, *events])
    seen = [(entry.what, made.lanes[entry.lane].participant) for entry in made.entries][len(before) :]
    assert seen == [
        ("study_shared", ONE),
        ("lead_changed", ONE),
        ("lead_asked", TWO),
        ("showing_changed", TWO),
        ("freeze_asked", TWO),
        ("frozen", TWO),
        ("study_withdrawn", ONE),
    ]
    said = msgspec.json.encode(made).decode() + page(made, Language.EN)
    assert "1.2.3" not in said
    assert "Guiying" not in said


def test_a_whole_call() -> None:
    found = timeline(HEADER, a_call())
    assert [(lane.participant, lane.role, lane.site) for lane in found.lanes] == [
        (0, None, ""),
        (1, Role.VILLAGE_DOCTOR, VILLAGE.site),
        (2, Role.SPECIALIST, SPECIALIST.site),
    ]
    assert [(e.t // MS, e.lane, e.what, e.value, e.unit) for e in found.entries[6:12]] == [
        (4180, 2, "ice_connected", 60, Unit.MS),
        (4220, 2, "dtls_connected", 100, Unit.MS),
        (4260, 2, "first_packet", 150, Unit.MS),
        (4300, 2, "first_keyframe", 190, Unit.MS),
        (9000, 2, "loss_began", 83, Unit.PER_MILLE),
        (12_000, 2, "loss_ended", 120, Unit.PER_MILLE),
    ]
    assert found.entries[8].purpose is Purpose.FACE
    assert (found.answered, found.closed, found.end) == (4000 * MS, 60_001 * MS, 60_001 * MS)
    two = found.durations[2]
    assert (two.joined, two.ice, two.dtls, two.first_packet, two.first_keyframe) == (4100, 60, 100, 150, 190)
    assert (two.answer, two.disconnections, two.losses) == (260, 1, 1)


def test_what_lasts() -> None:
    spans = {(s.lane, s.what, s.begin // MS, s.end // MS) for s in timeline(HEADER, a_call()).spans}
    assert spans == {
        (2, Stretch.RINGING, 10, 4000),
        (1, Stretch.HERE, 5, 60_000),
        (2, Stretch.HERE, 4100, 20_000),
        (2, Stretch.AWAY, 20_000, 24_000),
        (2, Stretch.HERE, 24_000, 60_000),
        (2, Stretch.MEDIA, 4220, 60_000),
        (2, Stretch.LOSS, 9000, 12_000),
    }


def test_a_call_that_goes_on_has_no_end_yet() -> None:
    found = timeline(HEADER, a_call()[:11], now=30_000 * MS)
    assert (found.closed, found.end) == (-1, 30_000 * MS)
    assert Span(lane=2, what=Stretch.LOSS, begin=9000 * MS, end=-1) in found.spans


def test_nobody_is_named() -> None:
    found = timeline(HEADER, a_call())
    for text in (msgspec.json.encode(found).decode(), page(found, Language.EN), page(found, Language.ZH_CN)):
        for secret in (VILLAGE.name, SPECIALIST.name, PATIENT.name, PATIENT.identifier, VILLAGE.account, "gallbladder"):
            assert secret not in text


def test_a_flapping_line_is_cut_in_the_middle() -> None:
    flaps = [
        ev.Event(seq=n + 1, t=n, by=0, body=saw(ONE, Step.LOSS_BEGAN if n % 2 else Step.LOSS_ENDED))
        for n in range(ENTRIES_MOST + 500)
    ]
    found = timeline(HEADER, [*a_call()[:2], *flaps])
    assert (len(found.entries), found.left_out) == (ENTRIES_MOST, 502)
    assert found.entries[-1].t == found.end
    assert "502" in page(found, Language.EN)


# ---- any events at all ----------------------------------------------------------------------------------------------

PEOPLE = [
    VILLAGE,
    SPECIALIST,
    msgspec.structs.replace(VILLAGE, account="h" * 26, site='</svg><script>alert("x")</script>', department="&<>'\""),
]
persons = st.sampled_from(PEOPLE)
numbers = st.integers(1, 4)
reasons = st.sampled_from(CloseReason)
bodies: st.SearchStrategy[ev.Body] = st.one_of(
    st.builds(
        ev.Requested, requester=persons, patient=st.just(PATIENT), reason=st.just("?"), urgency=st.just(Urgency.URGENT)
    ),
    st.builds(ev.Rang, callee=persons, timeout_ms=numbers),
    st.builds(ev.Invited, callee=persons, timeout_ms=numbers),
    st.builds(ev.RingEnded, callee=persons.map(lambda p: p.account), reason=reasons),
    st.builds(ev.InvitationEnded, callee=persons.map(lambda p: p.account), reason=reasons),
    st.builds(ev.InvitationAccepted, callee=persons.map(lambda p: p.account)),
    st.builds(ev.Answered, callee=persons),
    st.builds(ev.Opened),
    st.builds(ev.Joined, participant=numbers, person=persons),
    st.builds(ev.Returned, participant=numbers),
    st.builds(ev.Disconnected, participant=numbers, reason=reasons),
    st.builds(ev.Left, participant=numbers, reason=reasons),
    st.builds(
        ev.TrackAdded, track=numbers, participant=numbers, kind=st.sampled_from(Kind),
        purpose=st.sampled_from(Purpose), mid=st.just(Mid("1")),
    ),
    st.builds(ev.TrackRemoved, track=numbers, reason=reasons),
    st.builds(ev.MediaChanged, participant=numbers, microphone=st.booleans(), camera=st.booleans()),
    st.builds(
        ev.Observed, participant=st.integers(0, 4), step=st.sampled_from(Step), track=st.integers(0, 4),
        value=st.integers(0, 2**53 - 1),
    ),
    st.builds(ev.Closing, reason=reasons, text=st.text(max_size=20)),
    st.builds(ev.Closed, reason=reasons),
)  # fmt: skip
logs = st.lists(st.tuples(st.integers(0, 2**53 - 1), bodies), max_size=40).map(
    lambda found: [ev.Event(seq=n, t=t, by=0, body=body) for n, (t, body) in enumerate(found, start=1)]
)


class Strict(HTMLParser):
    """Every element that opens closes; which elements and attributes there are."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(logs, st.integers(0, 2**53 - 1), st.sampled_from(Language))
def test_any_list_of_events_has_a_timeline_and_a_page(events: list[ev.Event], now: int, language: Language) -> None:
    found = timeline(HEADER, events, now)
    times = [entry.t for entry in found.entries]
    assert times == sorted(times)
    assert all(0 <= t <= found.end for t in times)
    for span in found.spans:
        assert span.begin <= (span.end if span.end >= 0 else found.end)
    assert {entry.lane for entry in found.entries} <= set(range(len(found.lanes)))
    assert [row.lane for row in found.durations] == list(range(len(found.lanes)))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Timeline) == found
    text = page(found, language)
    parser = Strict()
    parser.feed(text)
    assert parser.open == []
    assert not parser.names & {"link", "img", "iframe", "object", "a", "form", "base"}
    assert not {name for name in parser.attributes if name.startswith("on") or name in {"src", "href", "style"}}
    assert text.count("<script") == 1, "the data, which is no program"


def test_the_file_loads_nothing_and_its_policy_names_its_own_style() -> None:
    text = page(timeline(HEADER, a_call()), Language.EN)
    assert re.findall(r"(?:https?:)?//[a-z]|url\((?!#)|@import", text) == []
    style = text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text
    assert "<b>" not in text
    assert "&lt;b&gt;maintenance&lt;/b&gt;" in text


def test_the_file_carries_the_data() -> None:
    found = timeline(HEADER, a_call())
    held = page(found, Language.EN).split('id="timeline">')[1].split("</script>")[0]
    assert msgspec.convert(json.loads(held), Timeline) == found


def test_the_file_shows_every_step_with_its_time() -> None:
    text = page(timeline(HEADER, a_call()), Language.EN)
    for words_ in ("Network way found (ICE)", "First whole picture (keyframe)", "8.3 %", "now TCP", "0:04.300"):
        assert words_ in text


# ---- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_everything_has_words(language: Language) -> None:
    said = words(language)
    keys = [
        *(f"what.{name}" for name in (*EVENTS_SHOWN, *Step)),
        *(f"reason.{reason}" for reason in CloseReason),
        *(f"role.{role}" for role in Role),
        *(f"kind.{kind}" for kind in Kind),
        *(f"purpose.{purpose}" for purpose in Purpose),
        *(f"stretch.{stretch}" for stretch in Stretch),
        *(f"sign.{sign}" for sign in Sign),
        *(f"unit.{unit}" for unit in Unit if unit is not Unit.NONE),
    ]
    assert all(said.say(key).strip() for key in keys)


def test_every_step_has_a_unit() -> None:
    assert set(STEP_UNITS) == set(Step)


@pytest.mark.parametrize(
    ("site", "lines"),
    [
        ("Clinic", ["Clinic"]),
        ("县人民医院 County People's Hospital", ["县人民医院 County People's", "Hospital"]),
        ("x" * 40, ["x" * 29, "x" * 11]),
        ("心" * 40, ["心" * 14, "心" * 14 + "…"]),
        ("", [""]),
    ],
)
def test_a_long_name_takes_two_lines(site: str, lines: list[str]) -> None:
    assert _wrapped(site) == lines


@pytest.mark.parametrize(("t", "said"), [(0, "0:00.000"), (61_234_000, "1:01.234"), (3_661_000_000, "1:01:01.000")])
def test_a_time_in_words(t: int, said: str) -> None:
    assert clock(t) == said
