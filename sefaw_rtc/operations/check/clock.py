"""Is this machine's clock right? Calls do not depend on it; times in the archive, certificates and tokens do."""

import ctypes
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Final

from sefaw_rtc.operations.check.finding import Finding, ok, problem, warning

_AREA = "clock"
_MADE_S: Final = 1_760_000_000  # October 2025: this program did not exist before
_STEP_S: Final = 0.05
_WATCH_S: Final = 0.2
_TIMEX_BYTES: Final = 256  # more than struct timex on any Linux
_TIME_ERROR: Final = 5  # adjtimex(2): not synchronised
_DIFFERS_S: Final = 2.0  # a Date header has whole seconds
_FAR_S: Final = 60.0
_ANSWER_S: Final = 5.0
_SYNCHRONISE: Final = "Switch time synchronisation on: timedatectl set-ntp true (or install chrony)."


def examine(against: str = "") -> Iterator[Finding]:
    if time.time() < _MADE_S:
        yield problem(_AREA, "The date is years in the past.", _SYNCHRONISE)
    yield _steady()
    yield _synchronised(_adjtimex())
    if against:
        yield _compared(against)


def _steady() -> Finding:
    """Whether wall clock and monotonic clock run alike."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(_WATCH_S)
    apart = abs((time.time() - wall) - (time.monotonic() - steady))
    if apart > _STEP_S:
        return warning(_AREA, f"The clock jumped by {apart:.2f} s while it was watched.", _SYNCHRONISE)
    return ok(_AREA, "It runs steadily.")


def _adjtimex() -> int | None:
    """The kernel's word on its synchronisation; None where it has none."""
    call = getattr(ctypes.CDLL(None), "adjtimex", None)
    if call is None:
        return None
    state = int(call(ctypes.create_string_buffer(_TIMEX_BYTES)))  # modes 0: asks, changes nothing
    return state if state >= 0 else None


def _synchronised(state: int | None) -> Finding:
    if state is None:
        return ok(_AREA, "This system does not say whether it is synchronised.")
    if state == _TIME_ERROR:
        return warning(_AREA, "It is not synchronised with a time server.", _SYNCHRONISE)
    return ok(_AREA, "It is synchronised with a time server.")


def _compared(url: str) -> Finding:
    if not url.startswith(("https://", "http://")):
        return problem(_AREA, f"{url} is no http(s) address.", "Give one, such as https://example.org.")
    before = time.time()
    try:
        date = _date_of(url)
    except (OSError, ValueError, TypeError) as error:
        return warning(_AREA, f"{url} told no time: {error}.", "Try another address.")
    now = (before + time.time()) / 2
    apart = now - (date + 0.5)  # its fraction is not told
    words = f"{abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} {url}"
    if abs(apart) > _FAR_S:
        return problem(_AREA, f"It is {words}.", _SYNCHRONISE)
    if abs(apart) > _DIFFERS_S + (time.time() - before):
        return warning(_AREA, f"It is {words}.", _SYNCHRONISE)
    return ok(_AREA, f"It agrees with {url}.")


def _date_of(url: str) -> float:
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - http(s) only, checked above
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_S) as reply:  # noqa: S310
            headers = reply.headers
    except urllib.error.HTTPError as error:
        headers = error.headers  # an error page has a date too
    return parsedate_to_datetime(headers["Date"]).timestamp()
