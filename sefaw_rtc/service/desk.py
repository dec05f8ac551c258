"""The desk: who is here, who can be rung, who rings. Implements `host.HostHooks`; the lobbies follow what it hears."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from sefaw_rtc import logs
from sefaw_rtc.attachments import Shelf
from sefaw_rtc.consultation import GrabFrame, Ring, StopRing
from sefaw_rtc.service.bell import Bell, incoming
from sefaw_rtc.service.briefs import brief_of, entitled_of, members_of
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.connections import Connection
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.indexing import Indexing
from sefaw_rtc.service.lobbies import Lobbies
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.service.notary import Notary
from sefaw_rtc.service.pictures import Stills
from sefaw_rtc.service.presence import GRACE_S, Attendant, Presence
from sefaw_rtc.service.recorder import Recorder
from sefaw_rtc.service.registry import Registry, is_demo
from sefaw_rtc.service.rota import Rota
from sefaw_rtc.store import ConsultationRecord, Store
from signalling import events as ev
from signalling.ids import AccountId, ConsultationId
from signalling.messages import OnCall
from signalling.state import State
from signalling.vocabulary import CloseReason, FreezeFault, RecordingStatus, Role, Status, Urgency

# Events that change a list, a name in it, or who belongs: the index keeps them.
_LISTED = (
    ev.Requested,
    ev.Rang,
    ev.RingEnded,
    ev.Answered,
    ev.Opened,
    ev.InvitationAccepted,
    ev.Joined,
    ev.OpinionSigned,
    ev.OpinionAcknowledged,
    ev.Closing,
    ev.Closed,
)
# Events that change who is busy or in it right now: only the lobby shows them.
_SHOWN = (*_LISTED, ev.Invited, ev.InvitationEnded, ev.Returned, ev.Disconnected, ev.Left)

log = logs.get("service")


class Desk:
    """One per server."""

    def __init__(self, store: Store, metrics: Metrics, *, on_call_at_once: bool, last_resort: AccountId | None) -> None:
        """`last_resort`: the account (the demo's bot) that is rung after every person."""
        self._store = store
        self._metrics = metrics
        self._last_resort = last_resort
        self.indexing = Indexing(store, metrics)
        self.presence = Presence(on_call_at_once=on_call_at_once)
        self.rota = Rota(store, self._rota_changed)
        self._bell = Bell(self.presence)
        self._lobbies = Lobbies(store, self.presence, self.rota, self._on_call)
        self.registry: Registry
        self.shelf: Shelf
        self.recorder: Recorder
        self.notary: Notary
        self.stills: Stills | None = None  # None: this server decodes nothing
        self._tasks: set[asyncio.Task[Any]] = set()

    def compose(self, registry: Registry, shelf: Shelf, recorder: Recorder, notary: Notary) -> None:
        """Said by the composition, which needs the desk before these."""
        self.notary = notary
        self.recorder = recorder
        self.registry = self._lobbies.registry = registry
        self.shelf = shelf

    # ---- coming and going ---------------------------------------------------------------------------------------

    async def arrive(self, person: ev.Person, connection: Connection) -> None:
        """A page enters the lobby: it gets the lobby at once, and the call that rings for it."""
        await self._lobbies.recall(person.account)
        attendant = self.presence.arrive(person, connection, unix_ms())
        connection.send(self._lobbies.now(attendant))
        self._offer_to_waiting(attendant)
        for host in self.registry:
            ringing = incoming(host, person.account)
            if ringing is not None:
                connection.send(ringing)
        self.push()

    def depart(self, account: AccountId, connection: Connection) -> None:
        """A page is gone."""
        loop = asyncio.get_running_loop()
        self.presence.depart(account, connection, loop.time())
        loop.call_later(GRACE_S + 0.1, self._forget_gone)

    def set_on_call(self, account: AccountId, *, on: bool) -> None:
        """A specialist's own choice."""
        self.presence.set_on_call(account, on, unix_ms())
        attendant = self.presence.get(account)
        if attendant is not None and on:
            self._offer_to_waiting(attendant)
        if not on:
            self._take_from_waiting(account)
        self.push()

    def _rota_changed(self) -> None:
        for attendant in self.presence.set_duty(self.rota.on_duty.keys(), unix_ms()):
            self._offer_to_waiting(attendant)
        self.push()

    def revoke(self, account: AccountId) -> None:
        """An account may no longer be here."""
        self.presence.revoke(account, CloseReason.ACCESS_REVOKED)
        self._lobbies.forget(account)
        self._ring_no_more(account)
        self.push()

    def account_changed(self, person: ev.Person) -> None:
        """An account may have another name, department or role."""
        if not self.presence.changed(person):
            return
        if person.role is not Role.SPECIALIST:
            self._ring_no_more(person.account)
        self.push()

    def candidates(self, requester: AccountId, urgency: Urgency, department: str = "") -> list[ev.Person]:
        """Whom to ring, in order, of one department or ("") of any: who is free, on duty before others. Somebody in a
        call is rung only if nobody else can be and it cannot wait."""
        busy = self._busy()
        on_call = [a.person for a in self._in_order() if a.person.account != requester]
        on_call = [person for person in on_call if department in {"", person.department}]
        free = [person for person in on_call if person.account not in busy]
        return free or (on_call if urgency is not Urgency.ROUTINE else [])

    def _in_order(self) -> list[Attendant]:
        """Who is on call: whose shift it is, then the longest, and the bot after all people."""

        def rank(attendant: Attendant) -> tuple[bool, bool]:
            account = attendant.person.account
            return account == self._last_resort, not self.rota.until(account)

        return sorted(self.presence.on_call(), key=rank)  # `on_call` is by time, and sorting keeps that

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that nobody waits for; `close` does."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def somebody_on_call(self) -> bool:
        """Whether a call would find anybody."""
        return bool(self.presence.on_call())

    def open_calls(self, requester: AccountId) -> list[Host]:
        """Live consultations that this account asked for."""
        return [h for h in self.registry if h.state.requester and h.state.requester.account == requester]

    # ---- host hooks ---------------------------------------------------------------------------------------------

    def ring(self, host: Host, ring: Ring) -> None:
        self._bell.ring(host, ring)

    def stop_ring(self, host: Host, stop: StopRing) -> None:
        self._bell.stop(host, stop)

    def grab(self, host: Host, grab: GrabFrame) -> None:
        if self.stills is not None:
            self.stills.grab(host, grab)
            return
        fail = host.consultation.looking.handle_freeze_failed
        host.act(lambda now: fail(now, grab.key, FreezeFault.UNREADABLE))

    def record(self, host: Host, status: RecordingStatus) -> None:
        self.recorder.set(host, status)

    def changed(self, host: Host, events: list[ev.Event]) -> None:
        self.notary.saw(host.id, events)
        self._metrics.participants.set(sum(len(h.state.participants) for h in self.registry))
        if any(isinstance(event.body, _SHOWN) for event in events):
            self.push()
            if not host.demo and any(isinstance(event.body, _LISTED) for event in events):
                self._index(host.id, host.state, host.clock.started_unix_us)

    def closed(self, host: Host, reason: CloseReason) -> None:
        self._metrics.closed.labels(reason.value).inc()
        brief = brief_of(host.id, host.state, host.clock.started_unix_us)
        if brief is not None and not host.demo:
            self._lobbies.ended(brief, members_of(host.state))
        self.registry.forget(host)
        self.begin(asyncio.to_thread(self.shelf.forget_waiting, host.id))
        self.push()

    def found_closed(self, consultation: ConsultationId, state: State, started_unix_us: int) -> None:
        if not is_demo(consultation, state):
            self._index(consultation, state, started_unix_us)

    def paperwork_done(self, consultation: ConsultationId, state: State, started_unix_us: int) -> None:
        """Something was signed or acknowledged after the end: the index and the lobbies of its members follow."""
        brief = brief_of(consultation, state, started_unix_us)
        if brief is None or is_demo(consultation, state):
            return
        self._lobbies.amended(brief, members_of(state))
        self.push()
        # Nobody came in since it closed: the members that the index knows stay as they are.
        record = ConsultationRecord(brief=brief, institution=brief.requester.institution)
        self.indexing.put(record)

    def erased(self, consultation: ConsultationId) -> None:
        """It is erased: lobbies show nothing of its patient any more."""
        self._lobbies.erased(consultation)
        self.push()

    # ---- the lists --------------------------------------------------------------------------------------------------

    def push(self) -> None:
        """Something in the lobby changed: send it soon."""
        self._lobbies.push()

    async def close(self) -> None:
        """Finish what is being written to the store."""
        self._lobbies.close()
        await asyncio.gather(*list(self._tasks), return_exceptions=True)
        await self.indexing.close()

    def _on_call(self) -> list[OnCall]:
        """In the order in which they are rung."""
        busy = self._busy()
        return [
            OnCall(
                person=a.person,
                since=a.on_call_since,
                busy=a.person.account in busy,
                on_duty_until=self.rota.until(a.person.account),
            )
            for a in self._in_order()
        ]

    def _index(self, consultation: ConsultationId, state: State, started_unix_us: int) -> None:
        brief = brief_of(consultation, state, started_unix_us)
        if brief is not None:
            members = entitled_of(consultation, state)
            self.indexing.put(ConsultationRecord(brief=brief, institution=brief.requester.institution, members=members))

    # ---- ringing ------------------------------------------------------------------------------------------------

    def _busy(self) -> set[AccountId]:
        """Who is in an open consultation, or being rung."""
        busy: set[AccountId] = set()
        for host in self.registry:
            if not host.demo:
                busy.update(p.person.account for p in host.state.participants if p.connected)
                busy.update([host.state.ring.callee.account] if host.state.ring else [])
                busy.update(invitation.callee.account for invitation in host.state.invitations)
        return busy

    def _offer_to_waiting(self, attendant: Attendant) -> None:
        """Somebody came on call: those who still ring may ring there too."""
        person = attendant.person
        if not attendant.on_call_since:
            return
        first = bool(self.rota.until(person.account))
        for host in self.registry:
            if host.state.status is Status.RINGING and host.state.department in {"", person.department}:
                offer = host.consultation.handle_candidate
                host.act(lambda now, offer=offer: offer(now, person, first=first))  # type: ignore[misc]

    def _take_from_waiting(self, account: AccountId) -> None:
        """Somebody went off call: rung by nobody who still looks for somebody."""
        for host in self.registry:
            drop = host.consultation.handle_candidate_gone
            host.act(lambda now, drop=drop: drop(now, account))  # type: ignore[misc]

    def _ring_no_more(self, account: AccountId) -> None:
        for host in self.registry:
            gone = host.consultation.handle_callee_unreachable
            host.act(lambda now, gone=gone: gone(now, account))  # type: ignore[misc]

    def _forget_gone(self) -> None:
        gone = self.presence.forget_gone(asyncio.get_running_loop().time())
        for account in gone:
            self._lobbies.forget(account)
            self._take_from_waiting(account)
        if gone:
            self.push()

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("work beside the desk failed", error=type(task.exception()).__name__)
