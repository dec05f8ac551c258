"""What the store's index does not know of: consultations that it lists as going on and whose log says that they are
over, which a former process could not bring in any more; and logs that it has no row of, because the database was lost
or rolled back."""

import asyncio

from recordings import ArchiveError, read_consultation
from sefaw_rtc import logs
from sefaw_rtc.service.briefs import people_of
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.desk import Desk
from sefaw_rtc.service.granting import running_grants
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.reindexing import record_of, unknown
from sefaw_rtc.store import Store
from signalling.fold import fold_all
from signalling.vocabulary import Status

log = logs.get("service")


async def catch_up(store: Store, keeper: LogKeeper, desk: Desk) -> None:
    """After the live logs were taken up; those still live are none of this."""
    for record in await store.run(store.consultations.unfinished):
        consultation = record.brief.consultation
        if desk.registry.get(consultation) is not None:
            continue
        try:
            read = await asyncio.to_thread(read_consultation, keeper.closed_path(consultation), keeper.keyring)
        except ArchiveError:
            continue  # its log is gone or still on its way: nothing that could be told
        state = await asyncio.to_thread(fold_all, read.events)
        if state.status is Status.CLOSED:
            desk.found_closed(consultation, state, read.header.started_unix_us)
    await _unknown(store, keeper, desk)


async def _unknown(store: Store, keeper: LogKeeper, desk: Desk) -> None:
    known, found = await store.run(store.consultations.known), 0
    for path in await asyncio.to_thread(unknown, keeper.closed_folder, known):
        try:
            read = await asyncio.to_thread(read_consultation, path, keeper.keyring)
        except ArchiveError:
            continue  # erased, or damaged
        consultation, state = read.header.consultation, await asyncio.to_thread(fold_all, read.events)
        record = record_of(consultation, state, read.header.started_unix_us)
        if record is not None:
            await store.run(store.reviving.ensure, people_of(consultation, state), unix_s())
            await store.run(store.grants.put, consultation, running_grants(state))
            desk.indexing.put(record)
            await desk.indexing.settled()
            found += 1
    if found:
        log.warning("logs that the index did not know", count=found)
