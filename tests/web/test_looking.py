"""Looking together over the wire: who is told what, what the plane is told of rights, and what is refused."""

from typing import Any

import pytest
from msgspec.structs import replace

from sefaw_rtc.dicom.port import NoSuchPictureError, SourceUnavailableError
from sefaw_rtc.media import port
from signalling import looking as look
from signalling import messages as wire
from signalling.generate.examples import LOOKING
from signalling.generate.people import CT, SLICE, STUDY
from signalling.ids import InstitutionId, ParticipantId, StudyId
from signalling.vocabulary import PictureSource
from tests.web.world import MEDIA, PATIENT, Page, Refusal, World, connect

ONE, TWO = ParticipantId(1), ParticipantId(2)


class Kept:
    """Pictures of every institution; remembers who asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[StudyId, PictureSource, InstitutionId]] = []

    async def describe(
        self, study: StudyId, source: PictureSource, institution: InstitutionId
    ) -> tuple[look.StudyShared, list[look.SeriesShared]]:
        self.asked.append((study, source, institution))
        if study != STUDY:
            raise NoSuchPictureError("no such study")
        if source is PictureSource.PACS:
            raise SourceUnavailableError("the PACS does not answer")
        patient = look.PicturePatient(name="ZHANG^GUIYING", identifier=PATIENT.identifier)
        series = look.SeriesShared(study=STUDY, series=CT, modality="CT", description="", number=1, instances=40)
        return look.StudyShared(study=STUDY, source=source, patient=patient), [series]


async def looking(world: World) -> tuple[Page, Page, Kept]:
    """An open call with a study in its folder; the village doctor leads under epoch 1."""
    kept = Kept()
    world.services.pictures = kept  # type: ignore[assignment]
    village, specialist = await connect(world)
    await village.ask(wire.ShareStudy(re=1, study=STUDY, source=PictureSource.FOLDER))
    return village, specialist, kept


def rights(world: World) -> dict[int, tuple[bool, int, int]]:
    """What the plane was told last of each peer: may send, its number, its epoch."""
    told = [c for c in world.engine.commands if isinstance(c, port.FastRights)]
    return {c.peer: (c.send, c.sender, c.lead) for c in told}


async def test_a_study_is_shared_seen_and_taken_out(world: World) -> None:
    village, specialist, kept = await looking(world)
    shared = await specialist.event(look.StudyShared)
    assert (shared.study, shared.differs) == (STUDY, False)
    assert (await specialist.event(look.SeriesShared)).instances == 40
    (study, source, institution) = kept.asked[0]
    host = world.services.registry.get((await village.get(wire.JoinedReply)).consultation)
    assert host is not None
    assert host.state.requester is not None
    assert (study, source, institution) == (STUDY, PictureSource.FOLDER, host.state.requester.institution)
    with pytest.raises(Refusal, match="not_found"):
        await village.ask(wire.ShareStudy(re=1, study=StudyId("1.2.3"), source=PictureSource.FOLDER))
    with pytest.raises(Refusal, match="source_unavailable"):
        await village.ask(wire.ShareStudy(re=1, study=STUDY, source=PictureSource.PACS))
    with pytest.raises(Refusal, match="forbidden"):
        await specialist.ask(wire.WithdrawStudy(re=1, study=STUDY))
    await village.ask(wire.WithdrawStudy(re=1, study=STUDY))
    assert host.state.looking.studies == []


async def test_the_plane_is_told_who_leads_at_every_change(world: World) -> None:
    village, specialist, _ = await looking(world)
    assert rights(world) == {1: (True, ONE, 1), 2: (True, TWO, 0)}
    await village.ask(wire.GiveLead(re=1, participant=TWO))
    assert rights(world) == {1: (True, ONE, 0), 2: (True, TWO, 2)}
    world.engine.taken()
    await specialist.ask(wire.Offer(re=1, media=MEDIA))
    assert rights(world) == {2: (True, TWO, 2)}
    await village.ask(wire.TakeLead(re=1))
    assert rights(world) == {1: (True, ONE, 3), 2: (True, TWO, 0)}
    await village.ask(wire.GiveLead(re=1, participant=TWO))
    await specialist.ask(wire.Leave(re=1))
    assert rights(world)[1] == (True, ONE, 5)


async def test_only_the_leader_moves_the_view_and_all_see_it(world: World) -> None:
    village, specialist, _ = await looking(world)
    view = wire.ChangeView(re=1, epoch=1, viewport=0, image=SLICE, counter=7)
    with pytest.raises(Refusal, match="not_leading"):
        await specialist.ask(view)
    await village.ask(view)
    changed = await specialist.event(look.ViewChanged)
    assert (changed.image, changed.epoch, changed.counter) == (SLICE, 1, 7)
    for refusal, wrong in (
        ("not_leading", replace(view, epoch=2)),
        ("not_found", replace(view, viewport=1)),
        ("not_found", replace(view, image=replace(SLICE, study=StudyId("1.2.3")))),
    ):
        with pytest.raises(Refusal, match=refusal):
            await village.ask(wrong)


async def test_another_consultations_study_is_not_there(world: World) -> None:
    village, _, _ = await looking(world)
    elsewhere = world.running.demos[0]
    heart, other = elsewhere.consultation.looking, replace(SLICE, study=StudyId("7.7"))
    shared = look.StudyShared(study=other.study, source=PictureSource.FOLDER, patient=look.PicturePatient())
    series = look.SeriesShared(study=other.study, series=CT, modality="CT", description="", number=1, instances=1)
    elsewhere.act(lambda now: heart.handle_share(now, ParticipantId(0), shared, [series]))
    with pytest.raises(Refusal, match="not_found"):
        await village.ask(wire.ChangeView(re=1, epoch=1, viewport=0, image=other))


async def test_a_still_of_an_encoder_is_not_waited_for(world: World) -> None:
    """Nobody is at the publisher's end: what was transmitted is asked for at once. The fake plane has nothing."""
    village, _, _ = await looking(world)
    host = world.services.registry.get((await village.get(wire.JoinedReply)).consultation)
    assert host is not None
    grabbed: list[Any] = []
    world.services.desk.grab = lambda of, grab: grabbed.append((of.id, grab.key))  # type: ignore[method-assign]
    face = next(t for t in host.state.tracks if t.participant == TWO and t.kind == "video")
    frame = look.FrameKey(track=face.track, rtp=90_000)
    await village.ask(wire.AskFreeze(re=1, key="page", frame=frame))
    assert grabbed == []
    host.seats.remove(TWO)  # as an encoder, it has media and no page
    await village.ask(wire.AskFreeze(re=1, key="encoder", frame=frame))
    assert grabbed == [(host.id, "encoder")]


async def test_every_message_is_answered_whatever_it_asks(world: World) -> None:
    """Each example of the wire, from the doctor who leads: done, or one error that says why, and never `internal`."""
    village, _, _ = await looking(world)
    said: dict[str, str] = {}
    for message in LOOKING:
        if isinstance(message, wire.SayShowing):
            await village.send(message)
            continue
        try:
            said[type(message).__name__] = type(await village.ask(message)).__name__
        except Refusal as refused:
            said[type(message).__name__] = refused.code
    assert set(said.values()) <= {"Done", "not_found", "not_leading", "source_unavailable"}, said
    assert [name for name, answer in said.items() if answer == "Done"]
    assert (await village.event(look.ShowingChanged)).behind == 12
