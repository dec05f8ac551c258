"""A file that is neither here nor there is looked for again, ever more rarely: it stops nobody and wakes nobody."""

from collections.abc import Callable
from pathlib import Path

import pytest

from recordings.keeping.ledger import Ledgers
from recordings.objects import Fault, Place
from recordings.objects.outbox import FIRST_S
from recordings.objects.worker import Ended, Said
from sefaw_rtc.config import S3
from sefaw_rtc.service import storing
from sefaw_rtc.service.storing import Storing, Surroundings
from tests.recordings.objects.stores import files
from tests.recordings.sealed import Archive

PLACE = Place("bucket", "https://s3.example", "", "", path_style=True, access_key="", secret_key="")


async def test_a_loss_is_looked_for_ever_more_rarely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def moved(_module: str, _task: object, _of: object, heard: Callable[[Said], None], _limit: float) -> None:
        heard(Ended(lost=1))

    monkeypatch.setattr(storing, "in_a_talking_process", moved)
    kept, now = files(tmp_path), 0.0
    kept.path("tracks/1.webm").unlink()
    around = Surroundings(PLACE, S3(), Archive(tmp_path).keyring, tmp_path, Ledgers(tmp_path), 0)
    service = Storing(around, lambda: now)
    await service._weigh(kept.consultation)
    waits = []
    for _ in range(4):
        assert service.outbox.due(now) == kept.consultation
        await service._send(kept.consultation)
        at = service.outbox.next_at()
        assert at is not None
        waits.append(at - now)
        now = at
    assert waits == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S, 8 * FIRST_S]
    assert service.outbox.fault is Fault.LOCAL
    assert service.outbox.failing_since_unix_ms == 0, "the store answered"
