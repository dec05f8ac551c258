"""Fixtures of the web tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signalling import messages as wire
from signalling.ids import StudyId
from signalling.vocabulary import PictureSource
from tests.dicom.files import FileSource
from tests.web.pictures import OTHER, SHARED, Call, Described
from tests.web.world import World, a_world, connect


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> float:
    """Whoever is gone or silent is given up after this many seconds instead of 15."""
    for module in ("presence", "bell", "desk"):
        monkeypatch.setattr(f"sefaw_rtc.service.{module}.GRACE_S", 0.3)
    monkeypatch.setattr("sefaw_rtc.service.bell.LOOK_EVERY_S", 0.05)
    return 0.3


@pytest.fixture
async def source(world: World) -> FileSource:
    """Where the pictures of `call` lie."""
    made = FileSource(*SHARED, OTHER)
    world.services.sources.clear()
    world.services.sources[PictureSource.FOLDER] = made
    world.services.pictures = Described()
    return made


@pytest.fixture
async def call(world: World, source: FileSource) -> Call:
    """With pictures; a file whose calls are about something else has its own."""
    village, _specialist = await connect(world)
    consultation = (await village.get(wire.JoinedReply)).consultation
    for dataset in SHARED:
        study = StudyId(str(dataset.StudyInstanceUID))
        await village.ask(wire.ShareStudy(re=1, study=study, source=PictureSource.FOLDER))
    return Call(world, village, await world.sign_in("village"), consultation)
