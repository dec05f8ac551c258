"""Takes back what is no longer allowed: ended sessions, disabled accounts. What the access layer has decided since a
connection came in reaches it within `CHECK_EVERY_S`."""

import asyncio
from collections.abc import Iterable

from sefaw_rtc import logs
from sefaw_rtc.errors import StoreError, UserError
from sefaw_rtc.service.client import Client
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.services import Services
from signalling.ids import AccountId
from signalling.vocabulary import CloseReason

CHECK_EVERY_S = 5.0
# Every session is looked up this often, which also counts as its use: an open page is used.
SESSION_EVERY = 6

log = logs.get("service")


async def watch(services: Services) -> None:
    """For ever; run as a task."""
    turn = 0
    while True:
        await asyncio.sleep(CHECK_EVERY_S)
        turn += 1
        try:
            await cut_disabled(services)
            if turn % SESSION_EVERY == 0:
                await cut_ended_sessions(services)
        except (StoreError, UserError) as error:
            log.warning("access not re-checked", error=type(error).__name__)


async def look_at(services: Services, account: AccountId | None = None) -> None:
    """An administrator has just changed this account, or (None) what all may show: it counts now, not with the next
    turn. What fails here is left to that turn: the change itself is made."""
    try:
        await cut_disabled(services)
        await _cut_ended(services, list(services.clients) if account is None else _clients_of(services, account))
    except (StoreError, UserError) as error:
        log.warning("access not re-checked", error=type(error).__name__)


async def cut_disabled(services: Services) -> None:
    """Accounts disabled since they came in: out of the lobby and out of their consultations."""
    live = _live_accounts(services)
    if not live:
        return
    for account in await services.store.run(services.store.accounts.disabled_among, live):
        log.info("access revoked", account=account)
        services.desk.revoke(account)
        _unseat(services, account)
        for client in _clients_of(services, account):
            client.goodbye(CloseReason.ACCESS_REVOKED)


async def cut_ended_sessions(services: Services) -> None:
    """Sessions that were signed out elsewhere, expired, or ended with the password: their pages must sign in again.
    The others' names, houses and departments may be new."""
    await _cut_ended(services, list(services.clients))


async def _cut_ended(services: Services, clients: Iterable[Client]) -> None:
    for client in clients:
        if client.session is None:
            continue
        session = await services.sign_ins.session(client.session.cookie.reveal(), unix_s())
        if session is None:
            client.goodbye(CloseReason.ACCESS_REVOKED)
        else:
            client.session = session
            services.desk.account_changed(session.person)


def _live_accounts(services: Services) -> set[AccountId]:
    accounts = {client.session.account.id for client in services.clients if client.session is not None}
    for host in services.registry:
        if not host.demo:
            seated = {seat.person.account for seat in host.state.participants}
            accounts |= seated - host.guests.keys()
    return accounts


def _unseat(services: Services, account: AccountId) -> None:
    for host in services.registry:
        for seat in [seat for seat in host.state.participants if seat.person.account == account]:
            participant = seat.participant
            host.act(
                lambda now, host=host, participant=participant: host.consultation.handle_leave(  # type: ignore[misc]
                    now, participant, CloseReason.ACCESS_REVOKED
                )
            )


def _clients_of(services: Services, account: AccountId) -> list[Client]:
    return [c for c in services.clients if c.session is not None and c.session.account.id == account]
