"""The PACS of the configuration, opened."""

import asyncio
from pathlib import Path

from sefaw_rtc import logs
from sefaw_rtc.access import read_secret
from sefaw_rtc.config import Pacs
from sefaw_rtc.dicom.pacs import PacsSource, Settings
from sefaw_rtc.store import Store

log = logs.get("service")


async def open_pacs(pacs: Pacs, store: Store) -> PacsSource | None:
    """None if there is none, or it is nobody's: calls go on without it. It is not asked anything yet, so that one that
    is down keeps no server from starting. Raises ConfigError for a password that cannot be read."""
    if not pacs.url:
        return None
    known = await store.run(store.institutions.all)
    named = next((one for one in known if one.name == pacs.institution), None)
    if named is None:
        log.warning("pacs of an unknown institution")
        return None
    return PacsSource(
        Settings(
            url=pacs.url,
            institution=named.id,
            user=pacs.user,
            password=await asyncio.to_thread(_password, pacs),
            ca_file=pacs.ca_file,
            timeout_s=pacs.timeout_s,
            at_once=pacs.at_once,
        )
    )


def _password(pacs: Pacs) -> str:
    if pacs.password or not pacs.password_file:
        return pacs.password
    return read_secret(Path(pacs.password_file))
