"""Recording over the wire: the plane is told to journal exactly while a consent holds, and what it misses is said."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace

from recordings import Erased
from sefaw_rtc.media import port
from sefaw_rtc.media.fake import accept
from sefaw_rtc.service.recorder import RUNS_PER_SEGMENT, next_segment
from signalling import messages as wire
from signalling import recording as rec
from signalling.recording import Consent
from signalling.vocabulary import ConsentGiver, ConsentKind, ConsentUse, GapReason, RecordingStatus
from tests.attachments.samples import SAMPLES
from tests.web.world import Page, Refusal, World, a_world, connect

COMMANDS = (port.Record, port.PauseRecording, port.ResumeRecording, port.StopRecording)
CONSENT = Consent(
    key="c", how=ConsentKind.WITNESSED, giver=ConsentGiver.PATIENT, witness="Nurse Sun", uses=[ConsentUse.CARE]
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, reply=accept) as made:
        yield made


def told(world: World) -> list[port.Command]:
    """What the plane was told of recording."""
    return [command for command in world.engine.commands if isinstance(command, COMMANDS)]


async def until_told(world: World, count: int) -> list[port.Command]:
    async with asyncio.timeout(10):
        while len(told(world)) < count:  # noqa: ASYNC110 - the key is read beside the loop
            await asyncio.sleep(0.005)
    return told(world)


async def consented(world: World) -> tuple[Page, Page, port.Record]:
    village, specialist = await connect(world)
    await village.ask(wire.GiveConsent(re=1, consent=CONSENT))
    (command,) = await until_told(world, 1)
    assert isinstance(command, port.Record)
    return village, specialist, command


async def test_nothing_is_journaled_without_a_consent(world: World) -> None:
    village, _ = await connect(world)
    await village.ask(wire.HangUp(re=1))
    await village.get(wire.Events, lambda m: any(e.body.__class__.__name__ == "Closed" for e in m.events))
    assert told(world) == []


async def test_the_plane_writes_under_the_consultations_own_key(world: World) -> None:
    village, specialist, command = await consented(world)
    await specialist.event(rec.RecordingStarted)
    consultation = (await village.get(wire.JoinedReply)).consultation
    keyring = world.services.keeper.keyring
    assert command.key == keyring.open(consultation).raw
    assert (command.consultation, Path(command.folder)) == (consultation, keyring.folder(consultation))
    assert (command.segment, command.run) == (1, 1)
    assert command.zero_ns <= asyncio.get_running_loop().time() * 1e9


async def test_pause_resume_withdraw_reach_the_plane_in_order(world: World) -> None:
    village, specialist, _ = await consented(world)
    await specialist.ask(wire.PauseRecording(re=1, reason=GapReason.PRIVATE))
    await village.ask(wire.ResumeRecording(re=1))
    await village.ask(wire.WithdrawConsent(re=1))
    kinds = [type(command) for command in told(world)]
    assert kinds == [port.Record, port.PauseRecording, port.ResumeRecording, port.StopRecording]
    again = replace(CONSENT, key="d")
    await village.ask(wire.GiveConsent(re=1, consent=again))
    assert isinstance((await until_told(world, 5))[-1], port.Record)


async def test_withdrawn_before_the_key_was_there_nothing_begins(world: World) -> None:
    village, _ = await connect(world)
    host = next(host for host in world.services.registry if not host.demo)
    host.act(
        lambda now: host.consultation.recording.handle_consent(now, host.state.participants[0].participant, CONSENT, 1)
    )
    host.act(lambda now: host.consultation.recording.handle_withdraw(now, host.state.participants[0].participant))
    await village.event(rec.RecordingStopped)
    await world.services.desk.close()
    assert told(world) == []


async def test_a_spoken_consent_needs_its_clip(world: World) -> None:
    village, _ = await connect(world)
    spoken = replace(CONSENT, how=ConsentKind.SPOKEN, witness="", proof="a" * 64)
    with pytest.raises(Refusal, match="not_found"):
        await village.ask(wire.GiveConsent(re=1, consent=spoken))
    consultation = (await village.get(wire.JoinedReply)).consultation
    doctor = await world.sign_in("village")
    clip = await _send(world, doctor.http, doctor.csrf, consultation)
    await village.ask(wire.GiveConsent(re=1, consent=replace(spoken, proof=clip)))
    taken = await village.event(rec.ConsentTaken)
    assert taken.consent.proof == clip
    async with doctor.http.get(f"{world.url}/api/consultations/{consultation}/attachments/{clip}") as reply:
        assert reply.status == 200, "kept, and heard again by whoever may"


async def test_what_the_journal_misses_everybody_is_told(world: World) -> None:
    village, specialist, command = await consented(world)
    trouble = port.JournalTrouble(room=command.room, reason=port.TroubleReason.FULL, packets=3)
    world.engine.emit(trouble)
    assert (await specialist.event(rec.RecordingTroubled)).reason is GapReason.FULL
    world.engine.emit(
        port.JournalBack(room=command.room, reason=port.TroubleReason.FULL, packets=812, t_from=5, t_to=9_000_000)
    )
    missed = await village.event(rec.RecordingMissed)
    assert (missed.packets, missed.from_t, missed.to_t) == (812, 5, 9_000_000)


async def test_a_destroyed_key_is_not_made_anew_in_silence(world: World) -> None:
    village, _ = await connect(world)
    consultation = (await village.get(wire.JoinedReply)).consultation
    world.services.keeper.keyring.destroy(consultation)
    with pytest.raises(Erased):
        world.services.keeper.keyring.open(consultation)
    await village.ask(wire.GiveConsent(re=1, consent=CONSENT))
    assert (await village.event(rec.RecordingTroubled)).reason is GapReason.FAILED
    assert told(world) == []


async def test_after_a_restart_it_goes_on_behind_what_is_there(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        _, _, command = await consented(world)
        folder = Path(command.folder)
        for number in (1, 2, 7):
            (folder / f"media-{number:06}.seg").write_bytes(b"")
        (folder / "media-x.seg").write_bytes(b"")
    async with a_world(tmp_path) as again:
        (command, *_) = await until_told(again, 1)
        assert isinstance(command, port.Record)
        assert (command.segment, command.run) == (8, 7 * RUNS_PER_SEGMENT + 1)
        (host,) = [host for host in again.services.registry if not host.demo]
        assert host.state.recording.status is RecordingStatus.ON
        assert host.state.recording.gaps[-1].reason is GapReason.RESTARTED


def test_the_first_segment_is_one(tmp_path: Path) -> None:
    assert next_segment(tmp_path / "nothing") == 1


async def _send(world: World, http: aiohttp.ClientSession, csrf: str, consultation: str) -> str:
    headers = {"Content-Type": "audio/webm", "X-CSRF-Token": csrf}
    url = f"{world.url}/api/consultations/{consultation}/attachments"
    async with http.post(url, data=SAMPLES["audio/webm"], headers=headers) as reply:
        assert reply.status == 201
        return str((await reply.json())["sha256"])
