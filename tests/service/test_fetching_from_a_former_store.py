"""What lies in a store that is not the configured one cannot be fetched, and costs nobody else anything."""

import os
from pathlib import Path

import pytest

from recordings.keeping.ledger import Ledgers
from recordings.objects import Place, let_go, send
from recordings.objects.moving import USED
from recordings.objects.plan import DAY_MS
from sefaw_rtc.config import S3
from sefaw_rtc.errors import UserError
from sefaw_rtc.service import storing
from sefaw_rtc.service.storing import Storing, Surroundings
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode
from tests.recordings.objects.stores import CONFIGURED, CONTENTS, NOW, PLACE, Files, Memory, files, silent
from tests.recordings.sealed import Archive

LATER = NOW + 4000 * DAY_MS
FORMER = "https://s3.example/former/"
SIZE = sum(len(content) for name, (_, content) in CONTENTS.items() if name.startswith(("media/", "tracks/")))


def kept(data: Path, letter: str, place: str) -> Files:
    """A consultation that lies here, and in this store."""
    made = files(data, ConsultationId(letter * 26))
    assert send(made.local(), Memory(), place, silent).is_done
    return made


def storing_of(data: Path, place: Place | None) -> Storing:
    s3 = S3(local_days=30, fetched_bytes=SIZE)
    return Storing(Surroundings(place, s3, Archive(data).keyring, data, Ledgers(data), 0))


@pytest.mark.parametrize("place", [CONFIGURED, None])
async def test_nothing_makes_room_for_what_cannot_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place | None
) -> None:
    monkeypatch.setattr(storing, "unix_ms", lambda: LATER)
    fetched, away = kept(tmp_path, "a", PLACE), kept(tmp_path, "b", FORMER)
    fetched.local().mark_used()
    os.utime(fetched.folder / USED, (1, 1))
    assert let_go(away.local(), LATER, 30, 0, FORMER) == SIZE
    with pytest.raises(UserError) as refused:
        await storing_of(tmp_path, place).fetched(away.consultation)
    assert refused.value.code is ErrorCode.ELSEWHERE
    assert all(fetched.path(name).exists() for name in CONTENTS)
