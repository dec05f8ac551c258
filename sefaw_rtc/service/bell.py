"""Rings a person's pages, and notices when nobody is there: a page that closed, a machine that died without a word."""

import asyncio

from sefaw_rtc import logs
from sefaw_rtc.consultation import Ring, StopRing
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.presence import GRACE_S, Attendant, Presence
from signalling.ids import AccountId
from signalling.messages import Incoming, IncomingEnded
from signalling.state import Invitation, State
from signalling.state import Ring as RingState
from signalling.vocabulary import IncomingKind

# While it rings the page's connection is asked for a sign of life this often: a dead battery says nothing, and TCP
# would notice after a quarter of an hour.
LOOK_EVERY_S = 3.0

log = logs.get("service")


class Bell:
    """One per server."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    def ring(self, host: Host, ring: Ring) -> None:
        """On every page of the callee. Somebody whose page reloads, or who comes back after a restart, is waited for
        as long as others are."""
        account = ring.callee.account
        attendant = self._presence.get(account)
        call = incoming(host, account)
        if attendant is not None and call is not None:
            attendant.send(call)
        self._look(host, account, asyncio.get_running_loop().time())
        log.info("ringing", consultation=host.id, account=account, ms=ring.timeout_ms)

    def stop(self, host: Host, stop: StopRing) -> None:
        """On every page of the callee."""
        attendant = self._presence.get(stop.callee)
        if attendant is not None:
            attendant.send(IncomingEnded(consultation=host.id, reason=stop.reason))

    def _look(self, host: Host, account: AccountId, began: float) -> None:
        """Whether anybody is there, again and again until it rings no more. `began`: loop time of the ring."""
        if not host.live or rung(host.state, account) is None:
            return
        loop = asyncio.get_running_loop()
        attendant = self._presence.get(account)
        if loop.time() - _last_sign(attendant, began) >= GRACE_S:
            host.act(lambda now: host.consultation.handle_callee_unreachable(now, account))
            return
        if attendant is not None:
            attendant.probe()
        loop.call_later(min(LOOK_EVERY_S, GRACE_S), self._look, host, account, began)


def _last_sign(attendant: Attendant | None, began: float) -> float:
    """Loop time of the last sign of life. An open page was not asked for one before it rang."""
    if attendant is None:
        return began
    return max(began, attendant.last_sign) if attendant.present else attendant.gone_at


def rung(state: State, account: AccountId) -> RingState | Invitation | None:
    """The ring or the invitation that rings for this account."""
    if state.ring is not None and state.ring.callee.account == account:
        return state.ring
    return next((one for one in state.invitations if one.callee.account == account), None)


def incoming(host: Host, account: AccountId) -> Incoming | None:
    """What rings for this account, if anything does."""
    state = host.state
    ring = rung(state, account)
    if ring is None or state.requester is None or state.patient is None:
        return None
    left = ring.timeout_ms - (host.clock.now() - ring.started_t) // 1000
    inviter = ring.by if isinstance(ring, Invitation) else 0
    seats = [*state.participants, *state.departed]
    return Incoming(
        consultation=host.id,
        requester=state.requester,
        patient=state.patient,
        reason=state.reason,
        urgency=state.urgency,
        timeout_ms=max(1, left),
        kind=IncomingKind.INVITATION if isinstance(ring, Invitation) else IncomingKind.CALL,
        inviter=next((p.person for p in seats if p.participant == inviter), None),
    )
