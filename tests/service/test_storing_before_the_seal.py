"""A start looks at every consultation that is over, also at one that is not sealed yet: that does not change it."""

from pathlib import Path

from recordings.keeping.ledger import Ledgers
from recordings.objects import send
from sefaw_rtc.config import S3
from sefaw_rtc.service.storing import Storing, Surroundings
from tests.recordings.objects.stores import CONFIGURED, PLACE, Memory, silent
from tests.recordings.sealed import archive
from tests.recordings.segments import CONSULTATION


async def test_without_media_it_is_sealed_and_sent_all_the_same(tmp_path: Path) -> None:
    made = archive(tmp_path, entries=[])
    storing = Storing(Surroundings(CONFIGURED, S3(local_days=1), made.keyring, tmp_path, Ledgers(tmp_path), 0))
    await storing._weigh(CONSULTATION)
    manifest = made.seal()
    local, store = storing.local(CONSULTATION), Memory()
    assert send(local, store, PLACE, silent).is_done
    assert local.register().read().whole == manifest.digest
    assert {key.removeprefix(f"{CONSULTATION}/") for key in store.objects} == {"log", "manifest.json"}
