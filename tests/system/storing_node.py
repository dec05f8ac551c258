"""A node whose recordings are copied to a real S3 server, and what its tests ask of it."""

import contextlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from recordings.manifest import Manifest
from recordings.objects import outbox
from recordings.objects.moving import USED
from sefaw_rtc import config as configured
from sefaw_rtc.service import storing
from sefaw_rtc.service.clock import unix_ms
from signalling.ids import ConsultationId
from tests.processes import POLITE_S
from tests.system.object_store import ACCESS, BUCKET, SECRET, ObjectStore
from tests.system.person import until
from tests.web.replayed import Watcher, quick_world, sealed
from tests.web.world import World, config

DAY_MS = 86_400_000


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the outbox's patience."""
    monkeypatch.setattr(outbox, "FIRST_S", 0.05)
    monkeypatch.setattr(outbox, "MOST_S", 0.2)
    monkeypatch.setattr(outbox, "OWN_MOST_S", 0.2)


def settings(data: Path, store: ObjectStore, **keys: Any) -> configured.Config:
    s3 = configured.S3(bucket=BUCKET, endpoint=store.endpoint, access_key=ACCESS, secret_key=SECRET, timeout_s=5)
    return replace(config(data), s3=replace(s3, **keys))


@asynccontextmanager
async def a_node(data: Path, store: ObjectStore, *, first: bool = True, **keys: Any) -> AsyncIterator[World]:
    async with quick_world(data, first=first, settings=settings(data, store, **keys)) as world:
        yield world


def folder_of(world: World, consultation: ConsultationId) -> Path:
    return world.services.keeper.keyring.folder(consultation)


async def becomes(what: str, question: Callable[[], object]) -> None:
    async def asked() -> object:
        return question()

    await until(what, asked, POLITE_S)


async def all_sent(world: World, consultation: ConsultationId) -> Manifest:
    manifest = await sealed(world, consultation)
    stored = world.services.storing.local(consultation).register()
    await becomes("all of it to be in the store", lambda: stored.read().whole == manifest.digest)
    return manifest


async def let_go(world: World, consultation: ConsultationId, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days pass, and nobody looks at it. (Of a replay that was open a moment ago it may be noted only now.)"""
    monkeypatch.setattr(storing, "unix_ms", lambda: unix_ms() + 3 * DAY_MS)
    folder = folder_of(world, consultation)

    def gone() -> bool:
        with contextlib.suppress(FileNotFoundError):
            os.utime(folder / USED, (1, 1))
        world.services.storing.ask(consultation)
        return not list((folder / "tracks").iterdir())

    await becomes("it to be let go", gone)


async def opened(someone: Watcher) -> tuple[int, Any]:
    """Asked again while it is being fetched, as the page does."""

    async def asked() -> tuple[int, Any] | None:
        status, told = await someone.open()
        return None if told.get("code") == "not_ready" else (status, told)

    found: tuple[int, Any] = await until("an answer", asked, POLITE_S)
    return found
