"""What keeps the access log readable: nobody opens the same consultation without end, and the same no is said once."""

from collections import OrderedDict
from threading import Lock
from typing import Final

from sefaw_rtc.errors import TooMany
from signalling.events import Accessed
from signalling.ids import AccountId, ConsultationId

_MINUTE_S: Final = 60
OPENINGS_A_MINUTE: Final = 30  # of one consultation by one person: a log is no counter
_REMEMBERED: Final = 10_000

Doer = tuple[ConsultationId, AccountId]


class Openings:
    """How often somebody opens the same consultation, and which refusals were written a moment ago. Bounded."""

    def __init__(self) -> None:
        self._minutes: OrderedDict[Doer, tuple[int, int]] = OrderedDict()  # began at (s), how many
        self._refused: OrderedDict[tuple[object, ...], int] = OrderedDict()  # last written at (s)
        self._lock = Lock()  # logs are written on threads

    def spend(self, doer: Doer, now_s: int) -> None:
        """Raises `TooMany`."""
        began, count = self._minutes.pop(doer, (now_s, 0))
        if now_s - began >= _MINUTE_S:
            began, count = now_s, 0
        self._minutes[doer] = (began, count + 1)
        if len(self._minutes) > _REMEMBERED:
            self._minutes.popitem(last=False)
        if count >= OPENINGS_A_MINUTE:
            raise TooMany("openings", retry_after_s=_MINUTE_S)

    def is_new_refusal(self, consultation: ConsultationId, access: Accessed, now_s: int) -> bool:
        """The same no to the same person, a minute ago at most, is one."""
        key = (consultation, access.person.account, access.kind, access.purpose, access.ground)
        with self._lock:
            last = self._refused.pop(key, None)
            is_new = last is None or now_s - last >= _MINUTE_S
            self._refused[key] = now_s if last is None or is_new else last
            if len(self._refused) > _REMEMBERED:
                self._refused.popitem(last=False)
            return is_new
