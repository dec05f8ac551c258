"""The messages of a signed-in page: the lobby, ringing, and asking for a ticket."""

from sefaw_rtc.errors import TooMany, UserError
from sefaw_rtc.service.client import Client
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.tickets import join_token
from signalling import messages as wire
from signalling.vocabulary import ErrorCode


async def hello(client: Client, message: wire.Hello) -> None:
    """Enter the lobby. Saying it twice only sends the lobby again."""
    person = client.signed_in(message)
    desk, limits = client.services.desk, client.services.config.limits
    attendant = desk.presence.get(person.account)
    if attendant is not None and not client.in_lobby and len(attendant.connections) >= limits.connections_per_account:
        client.services.metrics.limited.labels("connections_per_account").inc()
        raise TooMany("connections of this account")
    client.in_lobby = True
    await desk.arrive(person, client)
    client.warn_of_stop()


async def set_on_call(client: Client, message: wire.SetOnCall) -> None:
    """A specialist can be rung, or not."""
    person = client.signed_in(message)
    if not client.in_lobby:
        raise UserError(ErrorCode.OUT_OF_STATE, "hello first")
    client.services.desk.set_on_call(person.account, on=message.on)
    client.send(wire.Done(re=message.re))


async def call(client: Client, message: wire.Call) -> None:
    """Ask for a specialist."""
    person = client.signed_in(message)
    if client.services.stopping or client.services.drain.begun:
        raise UserError(ErrorCode.STOPPING)
    host = await client.services.calls.place(person, message)
    token = join_token(client.services, host, person, unix_s())
    client.send(wire.Calling(re=message.re, consultation=host.id, token=token))


async def cancel_call(client: Client, message: wire.CancelCall) -> None:
    """The caller gives up."""
    person, host = client.consultation(message, message.consultation)
    host.act(lambda now: host.consultation.handle_cancel(now, person.account))
    client.send(wire.Done(re=message.re))


async def answer_call(client: Client, message: wire.AnswerCall) -> None:
    """A specialist takes the call."""
    person, host = client.consultation(message, message.consultation)
    host.act(lambda now: host.consultation.handle_answer(now, person.account))
    token = join_token(client.services, host, person, unix_s())
    client.send(wire.Ticket(re=message.re, consultation=host.id, token=token))


async def decline_call(client: Client, message: wire.DeclineCall) -> None:
    """A specialist does not."""
    person, host = client.consultation(message, message.consultation)
    host.act(lambda now: host.consultation.handle_decline(now, person.account, message.reason, message.text))
    client.send(wire.Done(re=message.re))


async def enter(client: Client, message: wire.Enter) -> None:
    """Another ticket: the page was reloaded, or another device is used."""
    person, host = client.consultation(message, message.consultation)
    token = join_token(client.services, host, person, unix_s())
    client.send(wire.Ticket(re=message.re, consultation=host.id, token=token))
