"""Placing a call: once per key, however often a page sends it again; and only so many at a time."""

import asyncio
from collections import OrderedDict

from sefaw_rtc.config import Limits
from sefaw_rtc.errors import TooMany, UserError
from sefaw_rtc.service.desk import Desk
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.registry import Registry
from signalling.events import Person, Requested
from signalling.ids import AccountId, ConsultationId
from signalling.messages import Call
from signalling.vocabulary import ErrorCode

KEYS_KEPT = 2000  # a retry comes within seconds


class Calls:
    """One per server."""

    def __init__(self, registry: Registry, desk: Desk, limits: Limits) -> None:
        self._registry = registry
        self._desk = desk
        self._limits = limits
        self._placed: OrderedDict[tuple[AccountId, str], asyncio.Task[ConsultationId]] = OrderedDict()

    async def place(self, person: Person, call: Call) -> Host:
        """The consultation of this call. UserError if nobody can be rung, or there are too many."""
        key = (person.account, call.key)
        task = self._placed.get(key)
        if task is None:
            task = self._placed[key] = asyncio.get_running_loop().create_task(self._place(person, call))
            if len(self._placed) > KEYS_KEPT:
                self._placed.popitem(last=False)
        try:
            host = self._registry.get(await asyncio.shield(task))
        except Exception:
            self._placed.pop(key, None)  # a failed call may be tried again
            raise
        if host is None:
            raise UserError(ErrorCode.CONSULTATION_CLOSED)
        return host

    async def _place(self, person: Person, call: Call) -> ConsultationId:
        if len(self._desk.open_calls(person.account)) >= self._limits.calls_per_account:
            raise TooMany("calls")
        request = Requested(
            requester=person,
            patient=call.patient,
            reason=call.reason,
            urgency=call.urgency,
            department=call.department,
        )
        candidates = self._desk.candidates(person.account, call.urgency, call.department)
        host = await self._registry.request(request, candidates)
        return host.id
