"""Who is here and who can be called: the lobby's connections and the on-call list. Pure bookkeeping.

Someone on call stays so through a page reload (`GRACE_S`), not longer: a call must not ring at an empty desk. A
specialist's last choice is remembered, so that coming back does not silently switch it. Whoever is on the rota is on
call while a page is open, until they say otherwise: a shift's beginning is a new question.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from sefaw_rtc.service.connections import Connection
from signalling.events import Person
from signalling.ids import AccountId
from signalling.messages import ServerMessage
from signalling.vocabulary import CloseReason, Role

GRACE_S = 15.0  # a reload over a bad link


@dataclass
class Attendant:
    """An account with at least one page in the lobby, or that had one until just now."""

    person: Person
    connections: list[Connection] = field(default_factory=list)
    on_call_since: int = 0  # Unix ms; 0 = not on call
    gone_at: float = 0.0  # loop time the last page went; 0 = somebody is there

    @property
    def present(self) -> bool:
        return bool(self.connections)

    @property
    def last_sign(self) -> float:
        """Loop time of the last thing heard from any of its pages; 0 = it has none."""
        return max((connection.heard_at for connection in self.connections), default=0.0)

    def send(self, message: ServerMessage) -> None:
        """To all pages of this account."""
        for connection in list(self.connections):
            connection.send(message)

    def probe(self) -> None:
        """Ask all pages for a sign of life."""
        for connection in self.connections:
            connection.probe()


class Presence:
    """Accounts in the lobby."""

    def __init__(self, *, on_call_at_once: bool) -> None:
        self._on_call_at_once = on_call_at_once
        self._attendants: dict[AccountId, Attendant] = {}
        self._choices: dict[AccountId, bool] = {}
        self._on_duty: frozenset[AccountId] = frozenset()

    def arrive(self, person: Person, connection: Connection, now_unix_ms: int) -> Attendant:
        """A page enters the lobby."""
        attendant = self._attendants.get(person.account)
        if attendant is None:
            attendant = self._attendants[person.account] = Attendant(person)
        attendant.person = person
        attendant.gone_at = 0.0
        if connection not in attendant.connections:
            attendant.connections.append(connection)
        if self._wants(person) and not attendant.on_call_since:
            attendant.on_call_since = now_unix_ms
        return attendant

    def set_duty(self, on_duty: Collection[AccountId], now_unix_ms: int) -> list[Attendant]:
        """Whose shift it is now. Who is here goes on call as theirs begins and, unless they chose to be, off as it
        ends. Returns those who came on call."""
        for account in frozenset(on_duty) - self._on_duty:
            self._choices.pop(account, None)
        self._on_duty = frozenset(on_duty)
        came = []
        for attendant in self._attendants.values():
            wants = self._wants(attendant.person)
            if wants and not attendant.on_call_since:
                came.append(attendant)
            if wants != bool(attendant.on_call_since):
                attendant.on_call_since = now_unix_ms if wants else 0
        return came

    def _wants(self, person: Person) -> bool:
        """Whether this person is on call when here: by choice, else by rota."""
        by_itself = self._on_call_at_once or person.account in self._on_duty
        return person.role is Role.SPECIALIST and self._choices.get(person.account, by_itself)

    def depart(self, account: AccountId, connection: Connection, now: float) -> None:
        """A page is gone; the account stays for the grace time."""
        attendant = self._attendants.get(account)
        if attendant is None or connection not in attendant.connections:
            return
        attendant.connections.remove(connection)
        if not attendant.connections:
            attendant.gone_at = now

    def forget_gone(self, now: float) -> list[AccountId]:
        """Drop those whose grace time is over; who they were."""
        away = {account: now - a.gone_at for account, a in self._attendants.items() if not a.present}
        gone = [account for account, seconds in away.items() if seconds >= GRACE_S]
        for account in gone:
            del self._attendants[account]
        return gone

    def set_on_call(self, account: AccountId, on: bool, now_unix_ms: int) -> None:
        """A specialist's own choice."""
        self._choices[account] = on
        attendant = self._attendants.get(account)
        if attendant is not None and on != bool(attendant.on_call_since):
            attendant.on_call_since = now_unix_ms if on else 0

    def changed(self, person: Person) -> bool:
        """An account may have another name, department or role from now on; whether it is here and has."""
        attendant = self._attendants.get(person.account)
        if attendant is None or attendant.person == person:
            return False
        attendant.person = person
        if person.role is not Role.SPECIALIST:
            attendant.on_call_since = 0
        return True

    def get(self, account: AccountId) -> Attendant | None:
        return self._attendants.get(account)

    def all(self) -> list[Attendant]:
        return list(self._attendants.values())

    def on_call(self) -> list[Attendant]:
        """Who can be called, longest on call first."""
        return sorted((a for a in self._attendants.values() if a.on_call_since), key=lambda a: a.on_call_since)

    def revoke(self, account: AccountId, reason: CloseReason) -> None:
        """Close all pages of an account."""
        attendant = self._attendants.pop(account, None)
        self._choices.pop(account, None)
        for connection in attendant.connections if attendant is not None else ():
            connection.goodbye(reason)
