"""The ground floor over the wire: sign in, call, ring, answer, join, chat, hang up; reload, resume, restart."""

from pathlib import Path

import pytest

from sefaw_rtc.media import port
from signalling import events as ev
from signalling import messages as wire
from signalling.canonical import state_hash
from signalling.fold import fold_all
from signalling.vocabulary import WIRE_VERSION, CloseReason, DeclineReason, Purpose, Status
from tests.web.world import MEDIA, Refusal, World, a_call, a_world, connect


async def test_a_village_doctor_calls_and_a_specialist_answers(world: World) -> None:
    village, specialist = await connect(world)
    joined = await specialist.get(wire.JoinedReply)
    assert joined.state is not None
    assert joined.state.status is Status.OPEN
    assert [p.person.role for p in joined.state.participants] == ["village_doctor", "specialist"]
    assert state_hash(joined.state) == joined.state_hash
    # Each sees the other's voice and face in its pair of slots, and nothing of its own.
    theirs = {t.track for t in joined.state.tracks if t.participant != joined.participant}
    assert {slot.track for slot in joined.slots} == theirs | {None}
    changed = await village.get(wire.SlotChanged)
    assert changed.track is not None


async def test_what_is_said_reaches_everybody_in_log_order(world: World) -> None:
    village, specialist = await connect(world)
    await village.ask(wire.Chat(re=1, key="k1", text="hello"))
    await village.ask(wire.Chat(re=1, key="k1", text="hello"))  # a retry
    await specialist.ask(wire.Chat(re=1, key="k2", text="hello yourself"))
    said = await village.get(
        wire.Events, lambda m: any(isinstance(e.body, ev.ChatSaid) and e.body.key == "k2" for e in m.events)
    )
    assert said
    events = [e for m in village.seen if isinstance(m, wire.Events) for e in m.events]
    assert [e.body.text for e in events if isinstance(e.body, ev.ChatSaid)] == ["hello", "hello yourself"]
    first = await village.get(wire.JoinedReply)
    assert [e.seq for e in events] == list(range(first.seq + 1, first.seq + 1 + len(events)))


async def test_hanging_up_ends_it_for_all_and_leaves_a_summary(world: World) -> None:
    village, specialist = await connect(world)
    await village.ask(wire.Chat(re=1, key="k1", text="hello"))
    await village.ask(wire.HangUp(re=1))
    assert (await specialist.event(ev.Closed)).reason is CloseReason.HUNG_UP
    consultation = (await village.get(wire.JoinedReply)).consultation
    lobby = await village.get(wire.Lobby, lambda m: any(b.closed_at for b in m.consultations))
    assert lobby.consultations[0].close_reason is CloseReason.HUNG_UP
    assert world.services.registry.get(consultation) is None
    await world.services.keeper.close()
    person = await world.sign_in("village")
    async with person.http.get(f"{world.url}/api/consultations/{consultation}") as reply:
        assert reply.status == 200
        body = await reply.json()
    assert body["chat_count"] == 1
    assert [p["person"]["role"] for p in body["participants"]] == ["village_doctor", "specialist"]
    assert body["opened_at"] >= body["requested_at"] > 0
    assert any(isinstance(c, port.CloseRoom) for c in world.engine.commands)


async def test_declining_rings_the_next(world: World) -> None:
    first = await (await world.sign_in("specialist")).page()
    second = await (await world.sign_in("specialist2")).page()
    village = await (await world.sign_in("village")).page()
    calling = await village.ask(a_call())
    await first.get(wire.Incoming)
    await first.ask(wire.DeclineCall(re=1, consultation=calling.consultation, reason=DeclineReason.BUSY))
    assert (await first.get(wire.IncomingEnded)).reason is CloseReason.DECLINED
    assert (await second.get(wire.Incoming)).consultation == calling.consultation


async def test_the_same_call_sent_twice_is_one_consultation(world: World) -> None:
    await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    first, second = await village.ask(a_call()), await village.ask(a_call())
    assert first.consultation == second.consultation
    assert first.token != second.token


async def test_nobody_on_call_is_said(world: World) -> None:
    village = await (await world.sign_in("village")).page()
    with pytest.raises(Refusal, match="nobody_on_call"):
        await village.ask(a_call())


async def test_cancelling_stops_the_ring(world: World) -> None:
    specialist = await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    calling = await village.ask(a_call())
    await specialist.get(wire.Incoming)
    await village.ask(wire.CancelCall(re=1, consultation=calling.consultation))
    assert (await specialist.get(wire.IncomingEnded)).reason is CloseReason.CANCELLED
    with pytest.raises(Refusal, match="consultation_closed"):
        await specialist.ask(wire.AnswerCall(re=1, consultation=calling.consultation))


async def test_a_reloaded_page_is_the_same_participant(world: World) -> None:
    village, specialist = await connect(world)
    first = await village.get(wire.JoinedReply)
    await village.close()
    await specialist.event(ev.Disconnected)
    again = await (await world.sign_in("village")).page()
    ticket = await again.ask(wire.Enter(re=1, consultation=first.consultation))
    second = await again.ask(wire.Join(re=1, version=WIRE_VERSION, token=ticket.token, media=MEDIA))
    assert second.participant == first.participant
    assert [p.connected for p in second.state.participants] == [True, True]
    await specialist.event(ev.Returned)
    assert len({t.mid for t in second.state.tracks if t.participant == second.participant}) == 2


async def test_the_newest_connection_wins(world: World) -> None:
    village, _specialist = await connect(world)
    first = await village.get(wire.JoinedReply)
    other = await (await world.sign_in("village")).page()
    ticket = await other.ask(wire.Enter(re=1, consultation=first.consultation))
    second = await other.ask(wire.Join(re=1, version=WIRE_VERSION, token=ticket.token, media=MEDIA))
    assert second.participant == first.participant
    assert (await village.get(wire.Goodbye)).reason is CloseReason.REPLACED
    await village.closed()
    await other.ask(wire.Chat(re=1, key="k", text="still here"))


async def test_resume_brings_only_what_was_missed_and_keeps_the_peer(world: World) -> None:
    village, specialist = await connect(world)
    first = await village.get(wire.JoinedReply)
    await village.close()
    await specialist.ask(wire.Chat(re=1, key="k", text="are you there?"))
    world.engine.taken()
    program = await world.page()
    resumed = await program.ask(
        wire.Resume(re=1, version=WIRE_VERSION, token=first.resume, since_seq=first.seq, media=None)
    )
    assert resumed.state is None
    assert resumed.answer is None
    assert fold_all(resumed.events, first.state).seq == resumed.seq
    assert state_hash(fold_all(resumed.events, first.state)) == resumed.state_hash
    assert [s.track for s in resumed.slots if s.track], "the peer goes on as it was"
    assert not [c for c in world.engine.taken() if isinstance(c, port.Join | port.Leave)]


async def test_a_killed_server_comes_back_with_the_consultation(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        village, specialist = await connect(world)
        first = await village.get(wire.JoinedReply)
        await specialist.ask(wire.Chat(re=1, key="k", text="before"))
        # Not stopped: the directory is taken as a kill -9 leaves it.
        async with a_world(tmp_path) as restarted:
            program = await restarted.page()
            resumed = await program.ask(
                wire.Resume(re=1, version=WIRE_VERSION, token=first.resume, since_seq=first.seq, media=MEDIA)
            )
            assert resumed.participant == first.participant
            assert state_hash(fold_all(resumed.events, first.state)) == resumed.state_hash
            assert any(isinstance(e.body, ev.ChatSaid) and e.body.text == "before" for e in resumed.events)
            assert resumed.answer


async def test_a_new_offer_adds_and_removes_tracks(world: World) -> None:
    village, specialist = await connect(world)
    probe = MEDIA.sends[1].__class__(mid=MEDIA.sends[1].mid, kind=MEDIA.sends[1].kind, purpose=Purpose.PROBE)
    media = MEDIA.__class__(offer=MEDIA.offer, sends=[MEDIA.sends[0], probe], slots=MEDIA.slots)
    answer = await village.ask(wire.Offer(re=1, media=media))
    assert answer.answer
    added = await specialist.until(
        lambda m: (
            isinstance(m, wire.Events)
            and any(isinstance(e.body, ev.TrackAdded) and e.body.purpose is Purpose.PROBE for e in m.events)
        )
    )
    assert added
    # The probe goes into the specialist's probe slot.
    await specialist.get(wire.SlotChanged, lambda m: m.mid == "4" and m.track is not None)


async def test_a_specialist_who_goes_off_call_is_not_rung(world: World) -> None:
    specialist = await (await world.sign_in("specialist")).page()
    await specialist.ask(wire.SetOnCall(re=1, on=False))
    village = await (await world.sign_in("village")).page()
    with pytest.raises(Refusal, match="nobody_on_call"):
        await village.ask(a_call())


async def test_leaving_lets_the_others_go_on(world: World) -> None:
    village, specialist = await connect(world)
    await specialist.ask(wire.Leave(re=1))
    assert (await village.event(ev.Left)).reason is CloseReason.LEFT
    await village.ask(wire.Chat(re=1, key="k", text="on my own"))
    await specialist.ask(wire.SetOnCall(re=1, on=True))  # the page is still in the lobby
