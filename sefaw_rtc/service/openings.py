"""What keeps the access log readable: nobody opens the same consultation without end, and the same is not said again
and again."""

import asyncio
from collections import OrderedDict
from typing import Final
from weakref import WeakValueDictionary

from sefaw_rtc.errors import TooMany
from signalling.events import Accessed
from signalling.ids import AccountId, ConsultationId

_MINUTE_S: Final = 60
OPENINGS_A_MINUTE: Final = 30  # of one consultation by one person: a log is no counter
REFUSED_S: Final = 60  # the same no to the same person within a minute is one line
READING_S: Final = 3600  # who reads for an hour asks some hundred times: one line
_REMEMBERED: Final = 10_000  # whatever is forgotten costs one line more

Doer = tuple[ConsultationId, AccountId]
Said = tuple[object, ...]


class Openings:
    """How often somebody opens the same consultation, and what was written of it a moment ago. Bounded."""

    def __init__(self) -> None:
        self._minutes: OrderedDict[Doer, tuple[int, int]] = OrderedDict()  # began at (s), how many
        self._said: OrderedDict[Said, int] = OrderedDict()  # written at (s)
        self._turns: WeakValueDictionary[Doer, asyncio.Lock] = WeakValueDictionary()

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

    def turn(self, doer: Doer) -> asyncio.Lock:
        """Whose requests come together are written down one after the other. On the loop only."""
        return self._turns.setdefault(doer, asyncio.Lock())

    def is_new(self, consultation: ConsultationId, access: Accessed, now_s: int) -> bool:
        """Whether the same, whatever its time and its part, was not written within its time. `now_s`: by the clock that
        ends grants, not by the log's own, which stands still where somebody set it back."""
        last = self._said.get(_said(consultation, access))
        return last is None or now_s - last >= (READING_S if access.allowed else REFUSED_S)

    def wrote(self, consultation: ConsultationId, access: Accessed, now_s: int) -> None:
        """It is in the log."""
        said = _said(consultation, access)
        self._said[said] = now_s
        self._said.move_to_end(said)
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)


def _said(consultation: ConsultationId, access: Accessed) -> Said:
    """With the ground and the grant: another right is another line."""
    return consultation, access.person.account, access.kind, access.purpose, access.ground, access.grant
