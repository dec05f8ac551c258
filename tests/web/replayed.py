"""Consultations that are over, recorded and sealed, and those who watch them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from recordings import DataKey
from recordings.chunk import Entry
from recordings.manifest import Manifest
from recordings.seal import sealed_manifest
from sefaw_rtc.access import create_account
from sefaw_rtc.config import Config
from sefaw_rtc.service import demo, running
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.sealing import Sealing
from signalling import messages as wire
from signalling.ids import AccountId, ConsultationId
from signalling.recording import Consent
from signalling.vocabulary import ConsentGiver, ConsentKind, ConsentUse, Role
from tests.processes import POLITE_S
from tests.recordings.media.senders import US, Track, audio, merged, video, write
from tests.recordings.media.senders import Person as Sender
from tests.web.world import Page, Person, World, a_world, connect

ALL = (ConsentUse.CARE, ConsentUse.QUALITY)
REVIEWER = "quality"  # of the clinic that asked


def consent(uses: Sequence[ConsentUse] = ALL, until: int = 0) -> Consent:
    return Consent(
        key="c", how=ConsentKind.WITNESSED, giver=ConsentGiver.PATIENT, witness="Nurse Sun", uses=[*uses], until=until
    )


@asynccontextmanager
async def quick_world(data: Path, *, first: bool = True, settings: Config | None = None) -> AsyncIterator[World]:
    """It seals at once, and the clinic has a reviewer. `first`: of this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "Sealing", partial(Sealing, settle_s=0.0))
        async with a_world(data, settings=settings) as world:
            if first:
                await add_reviewer(world)
            yield world


async def add_reviewer(world: World) -> None:
    """`REVIEWER`."""
    await world.services.store.run(
        create_account,
        world.services.store,
        world.running._passwords,
        user=REVIEWER,
        name="Quality",
        role=Role.REVIEWER,
        institution=demo.CLINIC,
        password=demo.password_of(REVIEWER),
        now=unix_s(),
    )


class Watcher:
    """A signed-in person and one consultation."""

    def __init__(self, world: World, person: Person, consultation: ConsultationId) -> None:
        self.person = person
        self.root = world.url
        self.url = f"{world.url}/api/consultations/{consultation}/replays"
        self.purpose = "care"
        self.replay = ""

    async def open(self, purpose: str = "") -> tuple[int, Any]:
        """`purpose` empty: what this person would say."""
        purpose = purpose or self.purpose
        headers = {"X-CSRF-Token": self.person.csrf}
        async with self.person.http.post(self.url, json={"purpose": purpose}, headers=headers) as reply:
            told = await reply.json()
            self.replay = told.get("replay", self.replay)
            return reply.status, told

    async def account(self) -> AccountId:
        async with self.person.http.get(f"{self.root}/api/session") as reply:
            return AccountId((await reply.json())["account"]["account"])

    def get(self, path: str, **headers: str) -> Any:
        return self.person.http.get(f"{self.url}/{self.replay}/{path}", headers=headers)

    def ask(self, method: str, path: str, **headers: str) -> Any:
        return self.person.http.request(method, f"{self.url}/{self.replay}/{path}", headers=headers)

    async def close(self) -> int:
        headers = {"X-CSRF-Token": self.person.csrf}
        async with self.person.http.delete(f"{self.url}/{self.replay}", headers=headers) as reply:
            return reply.status


async def problem(asked: aiohttp.client._RequestContextManager) -> tuple[int, str]:
    async with asked as reply:
        return reply.status, (await reply.json())["code"]


async def watcher(world: World, user: str, consultation: ConsultationId) -> Watcher:
    made = Watcher(world, await world.sign_in(user), consultation)
    made.purpose = "review" if user == REVIEWER else "care"
    return made


async def call(
    world: World, uses: Sequence[ConsentUse] = ALL, until: int = 0, key: str = "call-1"
) -> tuple[Page, Page, ConsultationId]:
    """One that goes on; `uses` empty = no consent is asked for."""
    village, specialist = await connect(world, key)
    consultation = (await village.get(wire.JoinedReply)).consultation
    if uses:
        await village.ask(wire.GiveConsent(re=1, consent=consent(uses, until)))
    return village, specialist, consultation


def media(world: World, consultation: ConsultationId, seconds: int = 12, codec: str = "VP8") -> list[Entry]:
    """Picture and sound of the first who publishes both, as the plane would have written it."""
    host = world.services.registry.get(consultation)
    assert host is not None
    sound, picture = host.state.tracks[:2]
    person = Sender(1)
    return merged(
        person.entries(_of(video(1, codec), picture.track), 0, seconds * US),
        person.entries(_of(audio(2), sound.track), 0, seconds * US),
    )


def _of(track: Track, number: int) -> Track:
    track.info = replace(track.info, track=number)
    return track


def journal(world: World, consultation: ConsultationId, entries: list[Entry]) -> None:
    keyring = world.services.keeper.keyring
    key: DataKey = keyring.open(consultation)
    write(keyring.folder(consultation), entries, key, consultation)


async def recorded(
    world: World, uses: Sequence[ConsentUse] = ALL, seconds: int = 12, codec: str = "VP8", key: str = "call-1"
) -> ConsultationId:
    """A call, what was seen and heard of it, its end and its seal."""
    village, _, consultation = await call(world, uses, key=key)
    journal(world, consultation, media(world, consultation, seconds, codec))
    await hang_up(world, village, consultation)
    return consultation


async def hang_up(world: World, page: Page, consultation: ConsultationId) -> Manifest:
    await page.ask(wire.HangUp(re=1))
    return await sealed(world, consultation)


async def sealed(world: World, consultation: ConsultationId) -> Manifest:
    folder = world.services.keeper.keyring.folder(consultation)
    async with asyncio.timeout(POLITE_S):
        while True:
            manifest = await asyncio.to_thread(sealed_manifest, folder)
            if manifest is not None:
                return manifest
            await asyncio.sleep(0.05)
