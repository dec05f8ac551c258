"""The lobby that every signed-in page sees: sent whole, only if it changed, and at most every `PUSH_AFTER_S`."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from sefaw_rtc.service.briefs import brief_of, departments_of, members_of, unreachable_of
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.presence import Attendant, Presence
from sefaw_rtc.service.registry import Registry
from sefaw_rtc.service.rota import Rota
from sefaw_rtc.store import ERASED, Listing, Store
from signalling.ids import AccountId, ConsultationId
from signalling.messages import Brief, Lobby, OnCall

PUSH_AFTER_S = 0.05  # a burst of changes (a join is four events) becomes one lobby
HISTORY = 30  # closed consultations in the lobby: what a person scrolls; as many again if something is to be done
CALL_AGAIN_MS = 24 * 3600 * 1000  # a question that nobody answered is open for a day


@dataclass
class _Shown:
    """What an account's lobby is made of besides live state."""

    history: list[Brief] = field(default_factory=list)
    last: Lobby | None = None


class Lobbies:
    """One per server."""

    def __init__(self, store: Store, presence: Presence, rota: Rota, on_call: Callable[[], list[OnCall]]) -> None:
        """`on_call`: who can be rung, in the order in which they are."""
        self._store = store
        self._presence = presence
        self._rota = rota
        self._on_call = on_call
        self.registry: Registry  # set by the composition, which needs the desk first
        self._shown: dict[AccountId, _Shown] = {}
        self._push: asyncio.TimerHandle | None = None

    async def recall(self, account: AccountId) -> None:
        """Read from the store what this account's lobby shows of the past."""
        shown = self._shown.setdefault(account, _Shown())
        shown.history = await self._history(account)

    def forget(self, account: AccountId) -> None:
        """Nobody of this account is here any more."""
        self._shown.pop(account, None)

    def ended(self, brief: Brief, members: Collection[AccountId]) -> None:
        """A consultation is over: it goes into the past of its members."""
        for shown in self._of(members):
            shown.history = [brief, *shown.history][: 2 * HISTORY]

    def amended(self, brief: Brief, members: Collection[AccountId]) -> None:
        """Something of a past consultation changed."""
        for shown in self._of(members):
            shown.history = [brief if one.consultation == brief.consultation else one for one in shown.history]

    def erased(self, consultation: ConsultationId) -> None:
        """Nothing of its patient and question is shown any more."""
        for shown in self._shown.values():
            shown.history = [
                replace(one, patient=ERASED.patient, reason=ERASED.reason) if one.consultation == consultation else one
                for one in shown.history
            ]

    def now(self, attendant: Attendant) -> Lobby:
        """The lobby as it is, which is what its pages have seen from here on."""
        account = attendant.person.account
        shown = self._shown.setdefault(account, _Shown())
        on_call = self._on_call()
        shown.last = Lobby(
            me=attendant.person,
            on_call=on_call,
            am_on_call=bool(attendant.on_call_since),
            consultations=[*self._live_briefs(account), *shown.history],
            departments=departments_of(self._rota.departments, on_call),
            unreachable=unreachable_of(self._rota.on_duty.values(), on_call),
        )
        return shown.last

    def push(self) -> None:
        """Something changed: send it soon."""
        if self._push is None:
            self._push = asyncio.get_running_loop().call_later(PUSH_AFTER_S, self._push_now)

    def close(self) -> None:
        """Nothing is sent any more."""
        if self._push is not None:
            self._push.cancel()

    def _push_now(self) -> None:
        self._push = None
        for attendant in self._presence.all():
            before = self._shown.setdefault(attendant.person.account, _Shown()).last
            lobby = self.now(attendant)
            if lobby != before:
                attendant.send(lobby)

    def _of(self, members: Collection[AccountId]) -> Iterator[_Shown]:
        for account in members:
            shown = self._shown.get(account)
            if shown is not None:
                yield shown

    def _live_briefs(self, account: AccountId) -> Iterator[Brief]:
        for host in self.registry:
            if account in members_of(host.state):
                brief = brief_of(host.id, host.state, host.clock.started_unix_us)
                if brief is not None:
                    yield replace(brief, joined=host.has_page(account))

    async def _history(self, account: AccountId) -> list[Brief]:
        """The newest, and behind them older ones with something still to do: a week's calls must not hide a task."""
        of_account = self._store.consultations.of_account
        since = unix_ms() - CALL_AGAIN_MS
        newest = await self._store.run(of_account, account, Listing(limit=HISTORY, closed=True))
        undone = await self._store.run(of_account, account, Listing(limit=HISTORY, open_since_ms=since, closed=True))
        return list({record.brief.consultation: record.brief for record in [*newest, *undone]}.values())
