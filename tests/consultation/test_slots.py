"""Which track in which slot: by purpose, in pairs, and nothing jumps."""

from hypothesis import given
from hypothesis import strategies as st

from sefaw_rtc.consultation import assign, assign_in_order
from signalling.ids import Mid, ParticipantId, TrackId
from signalling.messages import Slot
from signalling.state import TrackState
from signalling.vocabulary import Kind, Purpose

AUDIO, VIDEO = Kind.AUDIO, Kind.VIDEO
FACE, PROBE, SCREEN, ROOM = Purpose.FACE, Purpose.PROBE, Purpose.SCREEN, Purpose.ROOM
ME = ParticipantId(1)


def slot(mid: str, kind: Kind, purpose: Purpose, pair: int) -> Slot:
    return Slot(mid=Mid(mid), kind=kind, purpose=purpose, pair=pair)


# The page's offer: two pairs, the probe, the screen.
PAGE = [
    slot("a1", AUDIO, FACE, 1), slot("v1", VIDEO, FACE, 1),
    slot("a2", AUDIO, FACE, 2), slot("v2", VIDEO, FACE, 2),
    slot("probe", VIDEO, PROBE, 3), slot("screen", VIDEO, SCREEN, 4),
]  # fmt: skip


def track(number: int, participant: int, kind: Kind, purpose: Purpose) -> TrackState:
    return TrackState(
        track=TrackId(number), participant=ParticipantId(participant), kind=kind, purpose=purpose, mid=Mid("0")
    )


def doctor(participant: int, first: int) -> list[TrackState]:
    return [track(first, participant, AUDIO, FACE), track(first + 1, participant, VIDEO, FACE)]


def shown(result: dict[Mid, TrackId | None]) -> dict[str, int]:
    return {mid: number for mid, number in result.items() if number is not None}


def test_voice_and_face_share_a_pair_and_specials_have_their_own() -> None:
    tracks = [*doctor(1, 1), track(9, 2, VIDEO, PROBE), *doctor(2, 10), track(12, 3, VIDEO, SCREEN), *doctor(3, 13)]
    assert shown(assign(tracks, PAGE, ME, {})) == {
        "a1": 10, "v1": 11, "a2": 13, "v2": 14, "probe": 9, "screen": 12,
    }  # fmt: skip


def test_a_voice_without_a_face_keeps_its_pair_for_the_face_to_come() -> None:
    voice, other = track(3, 2, AUDIO, FACE), doctor(3, 5)
    first = assign([voice, *other], PAGE, ME, {})
    assert shown(first) == {"a1": 3, "a2": 5, "v2": 6}
    face = track(7, 2, VIDEO, FACE)
    assert shown(assign([voice, *other, face], PAGE, ME, {}, first)) == {"a1": 3, "v1": 7, "a2": 5, "v2": 6}


def test_who_stays_does_not_move_when_another_leaves() -> None:
    first = assign([*doctor(2, 1), *doctor(3, 3)], PAGE, ME, {})
    assert shown(assign(doctor(3, 3), PAGE, ME, {}, first)) == {"a2": 3, "v2": 4}


def test_a_wish_moves_the_whole_person() -> None:
    tracks = [*doctor(2, 1), *doctor(3, 3), *doctor(4, 5)]
    first = assign(tracks, PAGE, ME, {})
    wished = assign(tracks, PAGE, ME, {Mid("v1"): TrackId(6)}, first)
    assert shown(wished) == {"a1": 5, "v1": 6, "a2": 3, "v2": 4}


def test_a_wish_for_somebody_in_the_other_pair_swaps_the_two() -> None:
    tracks = [*doctor(2, 1), *doctor(3, 3)]
    first = assign(tracks, PAGE, ME, {})
    swapped = {"a1": 3, "v1": 4, "a2": 1, "v2": 2}
    assert shown(assign(tracks, PAGE, ME, {Mid("v1"): TrackId(4)}, first)) == swapped
    assert shown(assign(tracks, PAGE, ME, {Mid("v2"): TrackId(2)}, first)) == swapped


def test_a_wish_for_nothing_keeps_the_slot_empty_and_one_for_what_is_gone_counts_for_nothing() -> None:
    tracks = [track(1, 2, VIDEO, PROBE), *doctor(2, 2)]
    assert "probe" not in shown(assign(tracks, PAGE, ME, {Mid("probe"): None}))
    assert shown(assign(tracks, PAGE, ME, {Mid("probe"): TrackId(77)}))["probe"] == 1
    assert shown(assign(tracks, PAGE, ME, {Mid("probe"): TrackId(2)}))["probe"] == 1  # a voice is no picture


def test_the_same_track_is_wished_in_two_slots_the_first_gets_it() -> None:
    tracks = [track(1, 2, VIDEO, PROBE)]
    assert shown(assign(tracks, PAGE, ME, {Mid("v1"): TrackId(1), Mid("probe"): TrackId(1)})) == {"v1": 1}


def test_a_second_probe_takes_a_spare_slot_and_gives_it_back_to_a_face() -> None:
    probes = [track(1, 2, VIDEO, PROBE), track(2, 3, VIDEO, PROBE)]
    first = assign(probes, PAGE, ME, {})
    assert shown(first)["probe"] == 1
    assert 2 in shown(first).values()
    with_faces = assign([*probes, *doctor(2, 5), *doctor(3, 7)], PAGE, ME, {}, first)
    assert shown(with_faces) == {"probe": 1, "screen": 2, "a1": 5, "v1": 6, "a2": 7, "v2": 8}


def test_a_player_gets_the_probe_first_then_what_there_is_room_for() -> None:
    tracks = [*doctor(2, 1), track(3, 3, VIDEO, PROBE), track(4, 1, VIDEO, PROBE)]
    one_video = [slot("0", AUDIO, FACE, 0), slot("1", VIDEO, FACE, 0)]
    assert assign_in_order(tracks, one_video, ME, {}) == {"0": 1, "1": 3}


def test_a_players_slot_is_never_given_a_second_track() -> None:
    slots = [slot("0", VIDEO, FACE, 0), slot("1", VIDEO, FACE, 0)]
    probe, face = track(3, 3, VIDEO, PROBE), track(4, 2, VIDEO, FACE)
    assert assign_in_order([face], slots, ME, {Mid("0"): TrackId(3)}) == {"0": None, "1": 4}
    assert assign_in_order([probe, face], slots, ME, {Mid("0"): TrackId(4)}) == {"0": 4, "1": 3}


kinds, purposes = st.sampled_from(Kind), st.sampled_from(Purpose)
rooms = st.lists(st.tuples(st.integers(1, 5), kinds, purposes), max_size=14).map(
    lambda listed: [track(n, who, kind, purpose) for n, (who, kind, purpose) in enumerate(listed, 1)]
)
offers = st.lists(st.tuples(kinds, purposes, st.integers(0, 4)), max_size=8).map(
    lambda listed: [slot(str(n), kind, purpose, pair) for n, (kind, purpose, pair) in enumerate(listed)]
)
wishes = st.dictionaries(st.integers(0, 8).map(str), st.none() | st.integers(1, 15), max_size=4)


@given(rooms, offers, wishes)
def test_what_always_holds(tracks, slots, wished) -> None:
    by_number = {t.track: t for t in tracks}
    result = assign(tracks, slots, ME, wished)
    placed = [number for number in result.values() if number is not None]
    assert list(result) == [s.mid for s in slots]
    assert len(placed) == len(set(placed))
    for one in slots:
        number = result[one.mid]
        if number is not None:
            assert by_number[number].participant != ME
            assert by_number[number].kind is one.kind
        if one.mid in wished and wished[one.mid] is None:
            assert number is None
    waiting = [t for t in tracks if t.participant != ME and t.track not in placed]
    for one in slots:
        if result[one.mid] is None and one.mid not in wished:
            pair = [s.mid for s in slots if s.purpose in {FACE, ROOM} and s.pair == one.pair]
            if one.purpose in {FACE, ROOM}:
                fits = [] if any(result[mid] for mid in pair) else [t for t in waiting if t.kind is one.kind]
            else:
                fits = [t for t in waiting if t.kind is one.kind and t.purpose in {PROBE, SCREEN}]
            assert not fits, "a slot is empty while a track waits"


@given(rooms, offers)
def test_a_pair_is_one_persons(tracks, slots) -> None:
    by_number = {t.track: t for t in tracks}
    result = assign(tracks, slots, ME, {})
    for pair in {s.pair for s in slots}:
        together = [result[s.mid] for s in slots if s.pair == pair and s.purpose in {FACE, ROOM}]
        assert len({by_number[number].participant for number in together if number is not None}) <= 1


@given(rooms, offers, wishes, st.integers(0, 13))
def test_assigning_again_changes_nothing(tracks, slots, wished, gone: int) -> None:
    first = assign(tracks, slots, ME, wished)
    assert assign(tracks, slots, ME, wished, first) == first
    fewer = [t for n, t in enumerate(tracks) if n != gone]
    homes = {s.mid: s for s in slots}
    after = assign(fewer, slots, ME, wished, first)
    for t in fewer:
        at = next((mid for mid, number in first.items() if number == t.track), None)
        if at is not None and homes[at].purpose is t.purpose and t.purpose in {PROBE, SCREEN}:
            assert after[at] == t.track, "what was in a slot of its own stays when something else goes"


@given(rooms, offers, st.dictionaries(st.integers(0, 8).map(str), st.integers(1, 15), max_size=4))
def test_what_always_holds_for_players(tracks, slots, given_before) -> None:
    result = assign_in_order(tracks, slots, ME, given_before)
    placed = [number for number in result.values() if number is not None]
    assert len(placed) == len(set(placed)) or len(set(given_before.values())) < len(given_before)
    for mid, number in result.items():
        if mid in given_before:
            assert number in {None, given_before[mid]}
