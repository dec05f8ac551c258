"""What cannot be copied (a file that is neither here nor there, a register that cannot be read) is said, and tried
again ever more rarely: it stops nobody and wakes nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from recordings.keeping.ledger import Ledgers
from recordings.objects import STORED, Fault
from recordings.objects.outbox import FIRST_S
from recordings.objects.worker import Ended, Said
from sefaw_rtc.config import S3
from sefaw_rtc.service import storing
from sefaw_rtc.service.storing import Storing, Surroundings
from tests.recordings.objects.stores import CONFIGURED, CONTENTS, Files, files
from tests.recordings.sealed import Archive


@dataclass
class Trying:
    """A service over one consultation that is over, whose sending ends so."""

    kept: Files
    service: Storing
    now: list[float]

    async def waits(self, times: int) -> list[float]:
        """Seconds until each next try."""
        found = []
        for _ in range(times):
            assert self.service.outbox.due(self.now[0]) == self.kept.consultation
            await self.service._send(self.kept.consultation)
            at = self.service.outbox.next_at()
            assert at is not None
            found.append(at - self.now[0])
            self.now[0] = at
        return found


def trying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: Ended) -> Trying:
    async def moved(_module: str, _task: object, _of: object, heard: Callable[[Said], None], _limit: float) -> None:
        heard(ended)

    monkeypatch.setattr(storing, "in_a_talking_process", moved)
    now = [0.0]
    around = Surroundings(CONFIGURED, S3(local_days=1), Archive(tmp_path).keyring, tmp_path, Ledgers(tmp_path), 0)
    return Trying(files(tmp_path), Storing(around, lambda: now[0]), now)


async def test_a_loss_is_looked_for_ever_more_rarely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = trying(tmp_path, monkeypatch, Ended(lost=1))
    one.kept.path("tracks/1.webm").unlink()
    await one.service._weigh(one.kept.consultation)
    assert await one.waits(4) == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S, 8 * FIRST_S]
    outbox = one.service.outbox
    assert (outbox.fault, outbox.failing_since_unix_ms) == (Fault.LOCAL, 0), "the store answered"


@pytest.mark.parametrize("ended", [Ended(Fault.DISK), Ended()])
async def test_a_register_that_cannot_be_read_waits_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: Ended
) -> None:
    one = trying(tmp_path, monkeypatch, ended)
    stored = one.kept.folder / STORED
    stored.write_bytes(b"no framed file")
    await one.service._weigh(one.kept.consultation)
    outbox = one.service.outbox
    assert (len(outbox), outbox.fault) == (1, Fault.DISK)
    at = outbox.next_at()
    assert at is not None
    one.now[0] = at
    assert await one.waits(3) == [2 * FIRST_S, 4 * FIRST_S, 8 * FIRST_S]
    stored.unlink()
    await one.service._weigh(one.kept.consultation)
    assert outbox.files == len(CONTENTS) + 1, "and the manifest"
