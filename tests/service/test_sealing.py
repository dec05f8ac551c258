"""The server seals what closed, and what a crash left; in a process that no call feels."""

import asyncio
from pathlib import Path

import pytest

from recordings import Keyring
from recordings.crypt import KEY_FILE
from recordings.manifest import MANIFEST
from recordings.seal import changed_since, seal_leaf, sealed_manifest
from recordings.sealing import Done
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.service.sealing import Sealing
from signalling.events import Event, Observed
from signalling.ids import ConsultationId, ParticipantId
from signalling.vocabulary import Step
from tests.processes import POLITE_S
from tests.recordings.sealed import SITE, Archive, archive
from tests.recordings.segments import CONSULTATION


def closed(tmp_path: Path) -> Archive:
    """A consultation whose log lies where a server keeps those that are over."""
    made = archive(tmp_path, seconds=3)
    folder = tmp_path / "closed"
    folder.mkdir()
    made.log.rename(folder / f"{CONSULTATION}.log")
    return made


async def until(path: Path) -> None:
    async with asyncio.timeout(POLITE_S):
        while not path.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)


async def test_what_a_crash_left_is_sealed_at_the_start(tmp_path: Path) -> None:
    made = closed(tmp_path)
    task = asyncio.create_task(Sealing(made.keyring, tmp_path / "closed", 0.0).run())
    await until(made.folder / MANIFEST)
    task.cancel()
    manifest = sealed_manifest(made.folder)
    assert manifest is not None
    assert [track.file for track in manifest.tracks] == ["tracks/1.webm", "tracks/2.webm"]
    assert changed_since(made.folder, tmp_path / "closed" / f"{CONSULTATION}.log", manifest) == []


async def test_what_is_sealed_is_not_sealed_again(tmp_path: Path) -> None:
    made = closed(tmp_path)
    sealing = Sealing(made.keyring, tmp_path / "closed", 0.0)
    path = tmp_path / "closed" / f"{CONSULTATION}.log"
    first, second = await sealing.seal(path), await sealing.seal(path)
    assert first == second
    assert (first.error, first.tracks) == ("", 2)
    manifest = sealed_manifest(made.folder)
    assert manifest is not None
    assert first.entry == seal_leaf(made.folder, manifest).entry
    assert sealing._unsealed() == []


async def test_what_cannot_be_sealed_stays_and_is_said(tmp_path: Path) -> None:
    made = closed(tmp_path)
    path = tmp_path / "closed" / f"{CONSULTATION}.log"
    (made.folder / KEY_FILE).rename(tmp_path / KEY_FILE)
    assert await Sealing(made.keyring, path.parent, 0.0).seal(path) == Done(error="Erased")
    (tmp_path / KEY_FILE).rename(made.folder / KEY_FILE)
    other = Sealing(Keyring(tmp_path / "archive", None), path.parent, 0.0)
    assert await other.seal(path) == Done(error="WrongKey")
    assert other._unsealed() == [path]


async def test_what_was_erased_starts_no_process_ever_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = closed(tmp_path)
    path = tmp_path / "closed" / f"{CONSULTATION}.log"
    sealing = Sealing(made.keyring, path.parent, 0.0)
    assert sealing._unsealed() == [path]
    monkeypatch.setattr("sefaw_rtc.service.sealing.in_a_process", None)
    made.keyring.destroy(CONSULTATION)
    assert sealing._unsealed() == []
    assert await sealing.seal(path) == Done(error="Erased")


async def test_a_seal_is_told_with_its_digest(tmp_path: Path) -> None:
    made, told = closed(tmp_path), []
    sealing = Sealing(made.keyring, tmp_path / "closed", 0.0)
    sealing.on_sealed = lambda *what: told.append(what)
    done = await sealing.seal(tmp_path / "closed" / f"{CONSULTATION}.log")
    assert told == [(CONSULTATION, done.digest)]


async def test_a_consultation_without_media_is_sealed_when_it_closes(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "archive", SITE)
    keeper = LogKeeper(tmp_path, keyring, Metrics())
    sealing = Sealing(keyring, keeper.closed_folder, 0.0)
    keeper.on_closed = sealing.closed
    task = asyncio.create_task(sealing.run())
    one = ConsultationId("c" * 26)
    kept = await keeper.create(one, 1)
    kept.append(Event(1, 5, 0, Observed(participant=ParticipantId(0), step=Step.STORAGE_LOST, value=1)))
    kept.close(finished=True)
    await until(keyring.folder(one) / MANIFEST)
    task.cancel()
    await keeper.close()
    manifest = sealed_manifest(keyring.folder(one))
    assert manifest is not None
    assert [file.name for file in manifest.files] == ["log"]
