"""What the lobby must know of the store at every moment: whose shift it is, and which departments there are."""

import asyncio
import contextlib
from collections.abc import Callable

from sefaw_rtc import logs
from sefaw_rtc.errors import StoreError, UserError
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.store import Store
from signalling.ids import AccountId
from signalling.messages import OnDuty

# The command line and another process may change the rota too; beginnings and ends are met to the second.
LOOK_EVERY_S = 15.0

log = logs.get("service")


class Rota:
    """One per server. `refresh` reads the store; everything else answers from memory."""

    def __init__(self, store: Store, on_change: Callable[[], None]) -> None:
        self._store = store
        self._on_change = on_change
        self._next_change: int | None = None
        self._news = asyncio.Event()
        self.on_duty: dict[AccountId, OnDuty] = {}
        self.departments: list[str] = []

    async def refresh(self) -> None:
        """Look again; whoever listens is told if it changed. Raises what the store raises."""
        now = unix_ms()
        shifts = await self._store.run(self._store.shifts.on_duty, now)
        departments = await self._store.run(self._store.departments.names)
        self._next_change = await self._store.run(self._store.shifts.next_change, now)
        on_duty = {shift.person.account: OnDuty(person=shift.person, until=shift.ends_ms) for shift in shifts}
        if (on_duty, departments) != (self.on_duty, self.departments):
            self.on_duty, self.departments = on_duty, departments
            self._on_change()

    async def watch(self) -> None:
        """For ever; run as a task."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s()):
                    await self._news.wait()
            self._news.clear()
            try:
                await self.refresh()
            except (StoreError, UserError) as error:
                log.warning("rota not read", error=type(error).__name__)

    def changed(self) -> None:
        """Somebody has just changed shifts or departments: look at once."""
        self._news.set()

    def until(self, account: AccountId) -> int:
        """When this account's running shift ends, Unix ms; 0 = not on duty."""
        duty = self.on_duty.get(account)
        return duty.until if duty is not None else 0

    def _pause_s(self) -> float:
        if self._next_change is None:
            return LOOK_EVERY_S
        return min(LOOK_EVERY_S, max(0.1, (self._next_change - unix_ms()) / 1000))
