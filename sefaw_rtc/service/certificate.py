"""How long the certificate is good for that the server shows: for the administrator's page and, as a warning in the
log, before browsers refuse it."""

import asyncio
from pathlib import Path
from typing import Final

from cryptography import x509

from sefaw_rtc import logs
from sefaw_rtc.config import Config
from sefaw_rtc.service.clock import unix_s

SOON_DAYS: Final = 21  # certificates of 90 days are renewed with 30 left: somebody should look
_DAY_S: Final = 86_400

log = logs.get("service")


async def watch(config: Config) -> None:
    """At the start and once a day, for ever; run as a task."""
    path = config.certificate
    while path is not None:
        await asyncio.to_thread(warn, path, unix_s())
        await asyncio.sleep(_DAY_S)


def warn(path: Path, now: int) -> None:
    """Say in the log if it ends soon. `now`: Unix s."""
    try:
        days = days_left(path, now)
    except (OSError, ValueError) as error:
        log.warning("certificate not readable", error=type(error).__name__)
        return
    if days < 1:
        log.error("certificate has ended or ends today; browsers refuse it", days=days)
    elif days < SOON_DAYS:
        log.warning("certificate ends soon", days=days)


def days_left(path: Path, now: int) -> int:
    """Whole days from `now` (Unix s), 0 = it is over or ends today. Raises OSError and ValueError."""
    found = x509.load_pem_x509_certificate(path.read_bytes())
    return max(0, int(found.not_valid_after_utc.timestamp()) - now) // _DAY_S
