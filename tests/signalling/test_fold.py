"""The fold means what the golden logs say, and nothing makes it fail."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalling import events as ev
from signalling.canonical import canonical_state, state_hash
from signalling.fold import fold, fold_all
from signalling.generate.people import OBSERVER, PATIENT, SECOND, SPECIALIST, VILLAGE
from signalling.generate.scenarios import scenarios
from signalling.ids import Mid, ParticipantId, TrackId
from signalling.state import CHAT_KEPT, State
from signalling.vocabulary import CloseReason, DeclineReason, Kind, Purpose, Status, Urgency
from tests.signalling.vectors import GOLDEN, entries

VECTORS = sorted(path.name for path in GOLDEN.glob("fold_*.json"))


@pytest.mark.parametrize("name", VECTORS)
def test_golden_logs(name: str) -> None:
    state = State()
    for step in entries(name):
        state = fold(state, msgspec.convert(step["event"], ev.Event))
        assert state_hash(state) == step["hash"]
        if "canonical" in step:
            assert canonical_state(state).decode() == step["canonical"]


def test_the_golden_logs_hold_every_kind_of_event() -> None:
    told = {type(event.body) for log in scenarios().values() for event in log}
    assert told == set(get_args(ev.Body))


def _fold(*bodies: ev.Body) -> State:
    return fold_all(ev.Event(seq=n, t=n * 10, by=0, body=body) for n, body in enumerate(bodies, 1))


ONE, TWO = ParticipantId(1), ParticipantId(2)
REQUEST = ev.Requested(requester=VILLAGE, patient=PATIENT, reason="why", urgency=Urgency.ROUTINE)


def test_who_left_is_among_the_departed_with_its_times_and_without_its_tracks() -> None:
    track = ev.TrackAdded(track=TrackId(1), participant=ONE, kind=Kind.VIDEO, purpose=Purpose.FACE, mid=Mid("0"))
    state = _fold(REQUEST, ev.Joined(participant=ONE, person=VILLAGE), track,
                  ev.Left(participant=ONE, reason=CloseReason.LEFT))  # fmt: skip
    assert not state.participants
    assert not state.tracks
    (gone,) = state.departed
    assert (gone.joined_t, gone.left_t, gone.connected) == (20, 40, False)
    assert (state.next_participant, state.next_track) == (2, 2)


def test_only_the_callees_own_ring_ends_and_it_is_listed_once() -> None:
    ended = ev.RingEnded(callee=SPECIALIST.account, reason=CloseReason.DECLINED, decline=DeclineReason.BUSY)
    state = _fold(REQUEST, ev.Rang(callee=SPECIALIST, timeout_ms=1), ended, ev.Rang(callee=SECOND, timeout_ms=1), ended)
    assert state.ring is not None
    assert state.ring.callee == SECOND
    assert state.refused == [SPECIALIST.account]


def test_a_state_keeps_the_last_lines_of_chat() -> None:
    lines = [ev.ChatSaid(participant=ONE, key=f"k{n}", text="x") for n in range(CHAT_KEPT + 3)]
    state = _fold(REQUEST, ev.Joined(participant=ONE, person=VILLAGE), *lines)
    assert (len(state.chat), state.chat[0].key, state.chat[-1].key) == (CHAT_KEPT, "k3", f"k{CHAT_KEPT + 2}")


def test_closed_ends_everything() -> None:
    state = _fold(REQUEST, ev.Rang(callee=SPECIALIST, timeout_ms=1), ev.Closing(reason=CloseReason.CANCELLED),
                  ev.Closed(reason=CloseReason.CANCELLED))  # fmt: skip
    assert (state.status, state.ring, state.closed_t) == (Status.CLOSED, None, 40)


numbers = st.integers(1, 3).map(ParticipantId)
tracks = st.integers(1, 3).map(TrackId)
people = st.sampled_from([VILLAGE, SPECIALIST, SECOND, OBSERVER])
reasons = st.sampled_from(CloseReason)
bodies = st.one_of(
    st.just(REQUEST),
    st.just(ev.Opened()),
    st.builds(ev.FollowingChanged, following=st.none() | people),
    st.builds(ev.Rang, callee=people, timeout_ms=st.just(1), following=st.none() | people),
    st.builds(ev.RingEnded, callee=people.map(lambda p: p.account), reason=reasons),
    st.builds(ev.Answered, callee=people),
    st.builds(ev.Joined, participant=numbers, person=people),
    st.builds(ev.Returned, participant=numbers),
    st.builds(ev.Disconnected, participant=numbers, reason=reasons),
    st.builds(ev.Left, participant=numbers, reason=reasons),
    st.builds(
        ev.TrackAdded,
        track=tracks,
        participant=numbers,
        kind=st.sampled_from(Kind),
        purpose=st.sampled_from(Purpose),
        mid=st.just(Mid("0")),
    ),
    st.builds(ev.TrackRemoved, track=tracks, reason=reasons),
    st.builds(ev.MediaChanged, participant=numbers, microphone=st.booleans(), camera=st.booleans()),
    st.builds(ev.ChatSaid, participant=numbers, key=st.just("k"), text=st.just("x")),
    st.builds(ev.Closing, reason=reasons),
    st.builds(ev.Closed, reason=reasons),
)


@given(st.lists(bodies, max_size=30))
def test_any_order_of_events_folds(listed: list[ev.Body]) -> None:
    state = _fold(*listed)
    seated = [p.participant for p in state.participants]
    assert state.seq == len(listed)
    assert len(seated) == len(set(seated))
    assert not set(seated) & {p.participant for p in state.departed}
    assert {t.participant for t in state.tracks} <= set(seated)


def _nobody(body: Any) -> bool:
    return getattr(body, "participant", None) is not None and not isinstance(body, ev.Joined)


@given(bodies.filter(_nobody))
def test_events_of_somebody_unknown_change_only_seq(body: ev.Body) -> None:
    before = _fold(REQUEST, ev.Opened())
    after = fold(before, ev.Event(seq=3, t=99, by=0, body=body))
    assert msgspec.structs.replace(after, seq=2) == before
