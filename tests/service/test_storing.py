"""The loop that copies recordings to an object store: nothing ends it, and one consultation stops no other."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from recordings import HeldSiteKey, Keyring
from recordings.keeping.ledger import Ledgers
from recordings.objects import Place, bring, let_go, outbox, send
from recordings.objects.moving import MARK_EVERY_S, USED, last_used
from recordings.objects.plan import DAY_MS
from recordings.objects.worker import Ended, Task, done
from sefaw_rtc.config import S3
from sefaw_rtc.service import going_on, storing
from sefaw_rtc.service.storing import IN_USE_S, Storing, Surroundings
from signalling.ids import ConsultationId
from tests.recordings.objects.stores import CONTENTS, NOW, Files, Memory, files, silent
from tests.recordings.segments import CONSULTATION
from tests.service.loops import running

PLACE = Place("bucket", "https://s3.example", "us-east-1", "", path_style=True, access_key="a", secret_key="s")
OTHER = ConsultationId("a" * 26)  # before the one that is whole
LATER = NOW + 4000 * DAY_MS
LARGE = sum(len(content) for name, (_, content) in CONTENTS.items() if name.startswith(("media/", "tracks/")))


def a_storing(data: Path, **keys: int) -> Storing:
    around = Surroundings(
        place=PLACE,
        s3=S3(**keys),  # type: ignore[arg-type]
        keyring=Keyring(data / "archive", HeldSiteKey(bytes(32))),
        closed_logs=data,
        ledgers=Ledgers(data),
        free_bytes=0,
    )
    return Storing(around)


def damaged_ledger(data: Path, consultation: ConsultationId) -> None:
    (data / "keeping").mkdir()
    (data / "keeping" / consultation).write_bytes(b"no ledger at all, and long enough to be told from a torn one")


@pytest.fixture
def kept(tmp_path: Path) -> Files:
    return files(tmp_path)


def test_what_is_not_sealed_yet_gets_no_register(tmp_path: Path) -> None:
    made = a_storing(tmp_path, local_days=1)
    folder = tmp_path / "archive" / OTHER
    folder.mkdir(parents=True)
    (folder / "key.json").write_text("{}")
    made._weighed(OTHER)
    assert [path.name for path in folder.iterdir()] == ["key.json"], "its seal would take it for one that lies there"


def test_somebody_elses_damage_takes_nobodys_room(tmp_path: Path, kept: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "unix_ms", lambda: LATER)
    store, made = Memory(), a_storing(tmp_path, local_days=1, fetched_bytes=LARGE)
    send(kept.local(), store, PLACE.name, silent)
    let_go(kept.local(), LATER, 1, 0, PLACE.name)
    bring(kept.local(), store, PLACE.name, 0, silent)
    damaged_ledger(tmp_path, OTHER)
    (tmp_path / "archive" / OTHER).mkdir()
    for one in (OTHER, CONSULTATION):
        (tmp_path / "archive" / one / USED).touch()
        os.utime(tmp_path / "archive" / one / USED, (1, 1))
    assert made._make_room(ConsultationId("z" * 26), LARGE)
    assert not kept.path("tracks/1.webm").exists()


def test_it_is_in_use_before_anybody_looks_whether_it_is_here(
    tmp_path: Path, kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(kept.local(), Memory(), PLACE.name, silent)
    looks: list[bool] = []

    def look(*_: object) -> list[object]:
        looks.append((kept.folder / USED).exists())
        return []

    monkeypatch.setattr(storing, "elsewhere", look)
    assert a_storing(tmp_path, local_days=1)._missing(CONSULTATION) == 0
    assert looks == [True], "what is let go between a look and its mark is gone from under whoever looked"


async def test_what_is_being_replayed_or_exported_is_in_use_all_the_time(tmp_path: Path, kept: Files) -> None:
    now = 0.0
    made = a_storing(tmp_path, local_days=1)
    made._clock = lambda: now
    await made.keep({CONSULTATION})
    assert not (kept.folder / USED).exists(), "nothing of it is anywhere else"
    send(kept.local(), Memory(), PLACE.name, silent)
    used = []
    for _ in range(4):
        now += MARK_EVERY_S / 2
        await made.keep({CONSULTATION})
        used.append(last_used(kept.folder))
        os.utime(kept.folder / USED, (1, 1)) if used[-1] else None
    assert [at > 1 for at in used] == [False, True, False, True]
    assert MARK_EVERY_S < IN_USE_S


@pytest.mark.usefixtures("kept")
async def test_nothing_is_sent_of_what_is_being_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process would wait for the other one, and everybody with it."""
    sent: list[ConsultationId] = []

    async def worked(_module: str, task: Task, _said: object, hear: Callable[[Ended], None], _limit_s: float) -> None:
        sent.append(ConsultationId(task.consultation))
        hear(Ended())

    monkeypatch.setattr(storing, "in_a_talking_process", worked)
    made, now = a_storing(tmp_path), 0.0
    made._clock = lambda: now
    made._fetching[CONSULTATION] = asyncio.get_running_loop().create_future()  # type: ignore[assignment]
    await made._turn()
    assert (sent, made.outbox.fault, made.outbox.next_at()) == ([], None, outbox.FIRST_S)
    made._fetching.clear()
    now = outbox.FIRST_S
    await made._turn()
    assert sent == [CONSULTATION]


async def test_what_nobody_thought_of_ends_no_copying(
    tmp_path: Path, kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, bugs = Memory(), [RuntimeError("nobody thought of it")]

    async def worked(_module: str, task: Task, _said: object, hear: Callable[[Ended], None], _limit_s: float) -> None:
        if bugs:
            raise bugs.pop()
        hear(await asyncio.to_thread(done, task, store, silent))

    monkeypatch.setattr(storing, "in_a_talking_process", worked)
    monkeypatch.setattr(outbox, "FIRST_S", 0.01)
    monkeypatch.setattr(going_on, "PAUSE_S", 0.0)
    made = a_storing(tmp_path)
    looks, all_of = [OSError("too many open files")], made._all

    def looked() -> list[Path]:
        if looks:
            raise looks.pop()
        return all_of()

    monkeypatch.setattr(made, "_all", looked)
    monkeypatch.setattr(storing, "LOOK_EVERY_S", 0.05)
    async with running(made), asyncio.timeout(10):
        while f"{kept.local().key('manifest.json')}" not in store.objects:  # noqa: ASYNC110 - threads put it there
            await asyncio.sleep(0.01)
