"""What a clock took does not lie here again because somebody had it fetched at that very moment."""

from collections.abc import Callable
from pathlib import Path

import pytest

from recordings.keeping.ledger import Entry, Ledgers, Step
from recordings.keeping.retention import Class
from recordings.objects import bring, let_go, send
from recordings.objects.plan import DAY_MS
from recordings.objects.worker import Ended, Said
from sefaw_rtc.config import S3
from sefaw_rtc.service import storing
from sefaw_rtc.service.storing import Storing, Surroundings
from tests.recordings.objects.stores import CONFIGURED, CONTENTS, NOW, PLACE, Memory, files, silent
from tests.recordings.sealed import Archive


@pytest.mark.parametrize(
    ("aged", "held", "left"),
    [
        ({Class.JOURNAL}, False, {"fast", "log", "snapshots", "tracks/1.webm", "tracks/2.webm"}),
        ({Class.MEDIA}, False, {"log", "snapshots"}),
        ({Class.JOURNAL, Class.MEDIA}, False, {"log", "snapshots"}),
        ({Class.JOURNAL, Class.MEDIA}, True, set(CONTENTS)),  # of what is held nothing is destroyed
        (set(), False, set(CONTENTS)),
    ],
)
async def test_what_was_fetched_while_its_clock_ran_out_goes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aged: set[Class], held: bool, left: set[str]
) -> None:
    kept, store, ledgers = files(tmp_path), Memory(), Ledgers(tmp_path)
    assert send(kept.local(), store, PLACE, silent).is_done
    assert let_go(kept.local(), NOW + 4000 * DAY_MS, 30, 0, PLACE)

    async def moved(_module: str, _task: object, _of: object, heard: Callable[[Said], None], _limit: float) -> None:
        for one in aged:  # the packets and the media were removed before the first byte came
            ledgers.add(kept.consultation, Entry(step=Step.AGED, t_unix_ms=1, what=(one.value,)))
        if held:
            ledgers.add(kept.consultation, Entry(step=Step.HELD, t_unix_ms=2))
        bring(kept.local(), store, PLACE, 0, silent)
        heard(Ended())

    monkeypatch.setattr(storing, "in_a_talking_process", moved)
    service = Storing(Surroundings(CONFIGURED, S3(local_days=30), Archive(tmp_path).keyring, tmp_path, ledgers, 0))
    await service.fetched(kept.consultation)
    assert service._asked == {kept.consultation}
    await service._weigh(kept.consultation)
    assert {name for name in CONTENTS if kept.path(name).exists()} == left
