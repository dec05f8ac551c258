"""What a former process could not bring into the store's index: consultations that it lists as going on, and whose
log says that they are over."""

import asyncio

from recordings import ArchiveError, read_consultation
from sefaw_rtc.service.desk import Desk
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.store import Store
from signalling.fold import fold_all
from signalling.vocabulary import Status


async def catch_up(store: Store, keeper: LogKeeper, desk: Desk) -> None:
    """After the live logs were taken up; those still live are none of this."""
    for record in await store.run(store.consultations.unfinished):
        consultation = record.brief.consultation
        if desk.registry.get(consultation) is not None:
            continue
        try:
            log = await asyncio.to_thread(read_consultation, keeper.closed_path(consultation), keeper.keyring)
        except ArchiveError:
            continue  # its log is gone or still on its way: nothing that could be told
        state = await asyncio.to_thread(fold_all, log.events)
        if state.status is Status.CLOSED:
            desk.found_closed(consultation, state, log.header.started_unix_us)
