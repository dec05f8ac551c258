"""Erasing on a disk that is really read-only: nothing is half done, it is said, and done when the disk is back."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from recordings import Erased, StorageFailed, read_consultation
from recordings.crypt import KEY_FILE
from tests.system.disks import mounted
from tests.web.test_keeping import confirmed, desks, over
from tests.web.world import World, a_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A file system of its own that takes nothing, over what is there."""
    mounted("--bind", str(folder), str(folder))
    try:
        mounted("-o", "remount,ro,bind", str(folder))
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_an_archive_that_is_read_only_is_erased_when_it_is_not(world: World) -> None:
    consultation, _ = await over(world)
    services, data = world.services, world.services.config.data
    path, keyring, key = services.keeper.closed_path(consultation), services.keeper.keyring, data / "archive"
    with read_only(data / "archive"):
        with pytest.raises(OSError, match="Read-only"):
            (key / "probe").write_bytes(b"")
        await confirmed(world, consultation)
        with structlog.testing.capture_logs() as lines:
            await services.keeping.finish()
        said = [(line["event"], line["error"]) for line in lines if line["log_level"] == "warning"]
        assert ("not erased", StorageFailed.__name__) in said
        assert services.keeping.ledgers.read(consultation).erased is None
        assert read_consultation(path, keyring).events, "whole: the key goes first, or nothing does"
        assert (data / "consultations/attachments" / consultation).exists()
    await services.keeping.finish()
    assert services.keeping.ledgers.read(consultation).erased is not None
    assert not (key / consultation / KEY_FILE).exists()
    with pytest.raises(Erased):
        read_consultation(path, keyring)


async def test_a_decision_that_cannot_be_written_down_decides_nothing(world: World) -> None:
    consultation, _ = await over(world)
    first, second = await desks(world, consultation)
    assert (await first.ask("erasure", "asked"))[0] == 200
    services = world.services
    with read_only(services.config.data / "keeping"):
        status, problem = await second.ask("erasure", "confirmed")
        assert (status, problem["code"]) == (500, "internal")
        await services.keeping.finish()
        assert read_consultation(services.keeper.closed_path(consultation), services.keeper.keyring).events
    assert services.keeping.ledgers.read(consultation).confirmed is None
    assert (await second.ask("erasure", "confirmed"))[0] == 200
