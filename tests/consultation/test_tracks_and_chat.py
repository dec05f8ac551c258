"""Tracks keep their numbers to themselves; chat says each line once; both within limits."""

from sefaw_rtc.consultation import AddTrack, Policy, RemoveTrack
from signalling import events as ev
from signalling.vocabulary import CloseReason, ErrorCode, Kind, Purpose
from tests.consultation.world import OBSERVER, OPERATOR, kinds, opened, refused, send

AUDIO, VIDEO = Kind.AUDIO, Kind.VIDEO


def test_an_offer_publishes_and_the_same_offer_again_changes_nothing() -> None:
    world, caller, _ = opened()
    offer = [send("0", AUDIO), send("1", VIDEO)]
    first = world.consultation.handle_sends(world.now, caller, offer)
    _, effects = world.drain()
    assert effects == [
        AddTrack(caller, "0", 1, AUDIO, Purpose.FACE),
        AddTrack(caller, "1", 2, VIDEO, Purpose.FACE),
    ]
    assert world.consultation.handle_sends(world.now, caller, offer) == first
    assert world.drain() == ([], [])


def test_what_an_offer_no_longer_names_is_removed_and_a_new_purpose_is_a_new_track() -> None:
    world, caller, _ = opened()
    world.consultation.handle_sends(world.now, caller, [send("0", AUDIO), send("1"), send("2")])
    world.drain()
    numbers = world.consultation.handle_sends(world.now, caller, [send("0", AUDIO), send("1", VIDEO, Purpose.SCREEN)])
    bodies, _ = world.drain()
    assert kinds(bodies) == ["TrackRemoved", "TrackRemoved", "TrackAdded"]
    assert numbers == {"0": 1, "1": 4}


def test_the_last_of_two_sends_on_one_section_counts() -> None:
    world, caller, _ = opened()
    numbers = world.consultation.handle_sends(world.now, caller, [send("0", AUDIO), send("0", VIDEO)])
    assert numbers == {"0": 1}
    world.drain()
    assert [t.kind for t in world.state.tracks] == [VIDEO]


def test_a_single_track_is_published_beside_the_others() -> None:
    world, caller, _ = opened()
    world.consultation.handle_sends(world.now, caller, [send("0", AUDIO)])
    assert world.consultation.handle_publish(world.now, caller, "5", VIDEO, Purpose.PROBE) == 2  # type: ignore[arg-type]
    world.drain()
    assert [t.mid for t in world.state.tracks] == ["0", "5"]


def test_unpublishing_is_for_the_owner_and_once() -> None:
    world, caller, callee = opened()
    track = world.consultation.handle_publish(world.now, caller, "0", VIDEO, Purpose.PROBE)  # type: ignore[arg-type]
    heart = world.consultation
    assert refused(lambda: heart.handle_unpublish(world.now, callee, track)) is ErrorCode.NOT_FOUND
    heart.handle_unpublish(world.now, caller, track)
    assert refused(lambda: heart.handle_unpublish(world.now, caller, track)) is ErrorCode.NOT_FOUND
    _, effects = world.drain()
    assert effects[-1] == RemoveTrack(caller, track, CloseReason.UNPUBLISHED)
    again = heart.handle_publish(world.now, caller, "0", VIDEO, Purpose.PROBE)  # type: ignore[arg-type]
    assert again == track + 1
    world.drain()


def test_a_media_connection_that_ended_takes_its_tracks_along() -> None:
    world, caller, callee = opened()
    for who in (caller, callee):
        world.consultation.handle_sends(world.now, who, [send("0", AUDIO), send("1")])
    world.drain()
    world.consultation.handle_media_lost(world.now, caller, CloseReason.NETWORK_BLOCKED)
    world.consultation.handle_media_lost(world.now, caller, CloseReason.NETWORK_BLOCKED)
    bodies, _ = world.drain()
    assert kinds(bodies) == ["TrackRemoved", "TrackRemoved"]
    assert {t.participant for t in world.state.tracks} == {callee}


def test_too_many_tracks_of_one_or_of_all_change_nothing() -> None:
    world, caller, callee = opened(Policy(max_tracks=10))
    eight = [send(str(n)) for n in range(8)]
    nine = [*eight, send("8")]
    heart = world.consultation
    assert refused(lambda: heart.handle_sends(world.now, caller, nine)) is ErrorCode.TOO_MANY
    heart.handle_sends(world.now, caller, eight)
    assert refused(lambda: heart.handle_publish(world.now, caller, "x", VIDEO, Purpose.FACE)) is ErrorCode.TOO_MANY  # type: ignore[arg-type]
    world.drain()
    assert (
        refused(lambda: heart.handle_sends(world.now, callee, [send(str(n)) for n in range(3)])) is ErrorCode.TOO_MANY
    )
    assert world.drain() == ([], [])
    heart.handle_sends(world.now, callee, [send("0"), send("1")])
    heart.handle_sends(world.now, caller, [send("9", AUDIO), *eight[1:]])  # full, but one goes
    world.drain()
    assert len(world.state.tracks) == 10


def test_publishing_on_and_off_is_bounded() -> None:
    world, caller, _ = opened()
    codes = []
    for n in range(100):
        try:
            world.consultation.handle_sends(world.now, caller, [send(str(n))])
        except Exception as error:  # noqa: BLE001 - looked at below
            codes.append(error.code)
    assert len(codes) == 60
    assert set(codes) == {ErrorCode.TOO_MANY}
    world.now += 1_000_000
    world.consultation.handle_sends(world.now, caller, [send("9")])
    world.drain()


def test_mute_is_said_once_and_seen_by_all() -> None:
    world, caller, _ = opened()
    for _ in range(3):
        world.consultation.handle_media_changed(world.now, caller, microphone=True, camera=False)
    bodies, _ = world.drain()
    assert bodies == [ev.MediaChanged(participant=caller, microphone=True, camera=False)]


def test_a_line_is_said_once_however_often_it_is_sent() -> None:
    world, caller, callee = opened()
    for who in (caller, caller, callee):
        world.consultation.handle_chat(world.now, who, "k1", "你好")
    bodies, _ = world.drain()
    assert [b.participant for b in bodies if isinstance(b, ev.ChatSaid)] == [caller, callee]


def test_chat_is_limited_per_participant_and_comes_back_with_time() -> None:
    world, caller, callee = opened()
    heart = world.consultation
    for n in range(10):
        heart.handle_chat(world.now, caller, f"k{n}", "x")
    assert refused(lambda: heart.handle_chat(world.now, caller, "more", "x")) is ErrorCode.TOO_MANY
    heart.handle_chat(world.now, caller, "k3", "x")  # a retry costs nothing
    heart.handle_chat(world.now, callee, "mine", "x")
    world.now += 500_000
    heart.handle_chat(world.now, caller, "more", "x")
    assert refused(lambda: heart.handle_chat(world.now, caller, "most", "x")) is ErrorCode.TOO_MANY
    world.drain()


def test_a_clock_that_steps_back_gives_no_budget_and_no_earlier_times() -> None:
    world, caller, _ = opened()
    heart = world.consultation
    world.now = 10_000_000
    for n in range(10):
        heart.handle_chat(world.now, caller, f"k{n}", "x")
    assert refused(lambda: heart.handle_chat(0, caller, "z", "x")) is ErrorCode.TOO_MANY
    heart.handle_media_changed(0, caller, microphone=True, camera=True)
    world.drain()
    assert world.log[-1].t == 10_000_000


def test_a_plain_publisher_may_publish_before_anybody_answered() -> None:
    world, _, _ = opened()
    probe = world.join(OPERATOR)
    world.join(OBSERVER)
    track = world.consultation.handle_publish(world.now, probe, "0", VIDEO, Purpose.PROBE)  # type: ignore[arg-type]
    world.drain()
    assert world.state.tracks[-1].track == track
