"""Removes what a killed process left half-written, beside the calls, once after each start."""

import asyncio
from pathlib import Path
from typing import Final

from recordings import ArchiveError, Keyring
from recordings.leftovers import clear, clear_consultation
from sefaw_rtc import logs

PAUSE_S: Final = 0.005  # between two consultations: a long archive is looked through beside the calls
# A file's time is that of the kernel's last tick: what is written from now on may seem so much older.
TICK_US: Final = 20_000

log = logs.get("service")


async def clear_leftovers(data: Path, keyring: Keyring, began_us: int) -> None:
    """`began_us`: when this process began to write (Unix µs). The folder of DICOM pictures looks after its own. In the
    data folder itself are an upgrade's copy of the database, which can name people, and the key of tokens."""
    before, count = began_us - TICK_US, 0
    try:
        count += await asyncio.to_thread(clear, data, before, below=False)
        for folder in (data / "keys", data / "tlog", data / "consultations"):
            count += await asyncio.to_thread(clear, folder, before)
        for folder in await asyncio.to_thread(keyring.folders):
            count += await asyncio.to_thread(clear_consultation, folder, before)
            await asyncio.sleep(PAUSE_S)
    except ArchiveError as error:
        log.warning("what was half-written cannot be removed; the next start tries again", error=type(error).__name__)
    if count:
        log.info("half-written files removed", count=count)
