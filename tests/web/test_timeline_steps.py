"""What the plane says of somebody's media becomes steps of the log, in its order, with its figures."""

from sefaw_rtc.media import port
from sefaw_rtc.service.media_link import RANKS
from signalling import events as ev
from signalling import messages as wire
from signalling.ids import TrackId
from signalling.vocabulary import WIRE_VERSION, Notice, Purpose, Step, Transport
from tests.web.world import World, connect

FIGURES = dict.fromkeys(port.PeerStats.__struct_fields__, 0) | {"connected": True}
ROOM = 2  # the first is the demo's
VIDEO = TrackId(2)


def steps(world: World) -> list[tuple[int, Step, int, int]]:
    (host,) = [host for host in world.services.registry if not host.demo]
    seen = [event.body for event in host.events_since(1) or [] if isinstance(event.body, ev.Observed)]
    return [(body.participant, body.step, body.track, body.value) for body in seen]


async def test_a_peer_and_its_tracks_step_by_step(world: World) -> None:
    await connect(world)
    for event in (
        port.IceConnected(peer=1, transport=Transport.UDP, ms=52),
        port.Connected(peer=1, transport=Transport.UDP, dtls="", srtp="", ms=93),
        port.FirstPacket(room=ROOM, track=VIDEO, ms=120),
        port.FirstKeyframe(room=ROOM, track=VIDEO, ms=121),
        port.Track(room=ROOM, track=VIDEO, notice=Notice.LIVE, peer=None),
        port.PathChanged(peer=1, transport=Transport.TCP),
        port.Track(room=ROOM, track=VIDEO, notice=Notice.NO_KEYFRAMES, peer=None),
        port.Track(room=ROOM, track=VIDEO, notice=Notice.LIVE, peer=None),
        port.Track(room=ROOM, track=VIDEO, notice=Notice.LIVE, peer=None),
        port.FirstPacket(room=ROOM, track=TrackId(99), ms=1),  # nobody's any more
    ):
        world.engine.emit(event)
    assert steps(world) == [
        (1, Step.ICE_CONNECTED, 0, 52),
        (1, Step.DTLS_CONNECTED, 0, 93),
        (1, Step.FIRST_PACKET, VIDEO, 120),
        (1, Step.FIRST_KEYFRAME, VIDEO, 121),
        (1, Step.PATH_CHANGED, 0, 2),
        (1, Step.KEYFRAMES_MISSING, VIDEO, 0),
        (1, Step.KEYFRAMES_BACK, VIDEO, 0),
    ]


async def test_suspended_pictures_are_a_step_and_their_receiver_is_told(world: World) -> None:
    village, specialist = await connect(world)
    world.engine.emit(port.VideoSuspended(peer=2, kbps=61))
    world.engine.emit(port.Track(room=ROOM, track=VIDEO, notice=Notice.SUSPENDED, peer=2))
    assert (await specialist.get(wire.TrackNotice)).notice is Notice.SUSPENDED
    token = (await specialist.get(wire.JoinedReply)).resume
    again = await world.page()
    await again.ask(wire.Resume(re=1, version=WIRE_VERSION, token=token, since_seq=0))
    assert (await again.get(wire.TrackNotice)).notice is Notice.SUSPENDED
    world.engine.emit(port.VideoResumed(peer=2, kbps=34))
    world.engine.emit(port.Track(room=ROOM, track=VIDEO, notice=Notice.LIVE, peer=2))
    assert (await again.get(wire.TrackNotice, lambda m: m.notice is Notice.LIVE)).track == VIDEO
    await village.ask(wire.Chat(re=1, key="k", text="fine"))
    assert not [m for m in village.seen if isinstance(m, wire.TrackNotice)], "it is nobody else's business"
    assert [(s, v) for p, s, _, v in steps(world) if p == 2] == [(Step.VIDEO_SUSPENDED, 61), (Step.VIDEO_RESUMED, 34)]


async def test_the_probe_is_kept_longest(world: World) -> None:
    await connect(world)
    ranks = {c.mid: c.rank for c in world.engine.commands if isinstance(c, port.Publish)}
    assert ranks == {"0": RANKS[Purpose.FACE], "1": RANKS[Purpose.FACE]}
    assert sorted(RANKS, key=RANKS.__getitem__) == [Purpose.PROBE, Purpose.SCREEN, Purpose.ROOM, Purpose.FACE]
    assert set(RANKS) == set(Purpose)


async def test_loss_is_an_episode_of_the_worse_direction(world: World) -> None:
    await connect(world)
    for up, down in [(0, 5), (31, 2), (31, 55), (12, 40), *[(0, 0)] * 5]:
        stats = port.PeerStats(**FIGURES | {"peer": 2, "up_loss": up, "down_loss": down})
        world.engine.emit(port.Stats(shard=0, rooms=1, peers=[stats], tracks=[], counters={}))
    assert steps(world) == [(2, Step.LOSS_BEGAN, 0, 55), (2, Step.LOSS_ENDED, 0, 55)]


async def test_the_end_of_media_is_a_step_whoever_ended_it(world: World) -> None:
    village, _ = await connect(world)
    world.engine.emit(port.Ended(peer=1, reason=port.EndReason.NETWORK_BLOCKED, detail=""))
    await village.close()
    (ended, *_) = steps(world)
    assert ended[:3] == (1, Step.MEDIA_ENDED, 0)
    assert 0 <= ended[3] < 60_000
