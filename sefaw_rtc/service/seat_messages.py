"""The messages of a participant: coming in and back, media, chat, leaving."""

import asyncio
import time

from sefaw_rtc.access import MESSAGE_ACTIONS, Action, Audience, Claims, require
from sefaw_rtc.errors import UserError
from sefaw_rtc.service import joining
from sefaw_rtc.service.client import Client, Seat
from sefaw_rtc.service.clock import unix_ms, unix_s
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.tickets import bearer, resume_token
from signalling import messages as wire
from signalling.canonical import state_hash
from signalling.vocabulary import ErrorCode


async def join(client: Client, message: wire.Join) -> None:
    """Come in, with a ticket."""
    _refuse_if_seated(client)
    claims = client.services.tokens.take(message.token, unix_s())
    await _come_in(client, message, claims, since=0)


async def resume(client: Client, message: wire.Resume) -> None:
    """Come back, with what was missed."""
    _refuse_if_seated(client)
    claims = client.services.tokens.read(message.token, (Audience.RESUME,), unix_s())
    await _come_in(client, message, claims, since=message.since_seq)


async def offer(client: Client, message: wire.Offer) -> None:
    """More slots, another source, an ICE restart, or a new connection after the old one ended."""
    seat = client.seated(message)
    for _send in message.media.sends:
        client.require(Action.PUBLISH_TRACK)
    client.spend_offer()
    entrance = await joining.renegotiate(seat.host, seat.participant, message.media)
    client.send(wire.Answer(re=message.re, answer=entrance.answer or "", slots=entrance.slots))


async def set_media(client: Client, message: wire.SetMedia) -> None:
    """What a participant says of its microphone and camera."""
    seat = client.seated(message)
    heart = seat.host.consultation
    seat.host.act(
        lambda now: heart.handle_media_changed(
            now, seat.participant, microphone=message.microphone, camera=message.camera
        )
    )


async def chat(client: Client, message: wire.Chat) -> None:
    """One line. A picture or voice message was uploaded before, and is kept once it is said."""
    seat = client.seated(message)
    host, shelf, sha256 = seat.host, client.services.shelf, message.attachment
    attachment = await asyncio.to_thread(shelf.keep, host.id, sha256) if sha256 else None
    host.act(lambda now: host.consultation.handle_chat(now, seat.participant, message.key, message.text, attachment))
    client.send(wire.Done(re=message.re))


async def watch(client: Client, message: wire.Watch) -> None:
    """A viewer's own wish for one of its slots."""
    seat = client.seated(message)
    peer = seat.host.media.wire_peer(seat.participant)
    slot = next((s for s in peer.slots if s.mid == message.mid), None) if peer is not None else None
    if peer is None or slot is None:
        raise UserError(ErrorCode.NOT_FOUND, "slot")
    others = [t for t in seat.host.state.tracks if t.participant != seat.participant and t.kind is slot.kind]
    if message.track is not None and all(t.track != message.track for t in others):
        raise UserError(ErrorCode.NOT_FOUND, "track")
    peer.wishes[message.mid] = message.track
    for change in seat.host.media.assign(peer, seat.host.state.tracks):
        client.send(change)
    client.send(wire.Done(re=message.re))


async def invite(client: Client, message: wire.Invite) -> None:
    """Ring somebody who is on call, to join."""
    seat = client.seated(message)
    attendant = client.services.desk.presence.get(message.account)
    if attendant is None or not attendant.on_call_since:
        raise UserError(ErrorCode.NOT_ON_CALL)
    person = attendant.person
    seat.host.act(lambda now: seat.host.consultation.handle_invite(now, seat.participant, person))
    client.send(wire.Done(re=message.re))


async def cancel_invitation(client: Client, message: wire.CancelInvitation) -> None:
    """Ring that person no more."""
    seat = client.seated(message)
    heart = seat.host.consultation
    seat.host.act(lambda now: heart.handle_cancel_invitation(now, seat.participant, message.account))
    client.send(wire.Done(re=message.re))


async def hang_up(client: Client, message: wire.HangUp) -> None:
    """End it for all."""
    seat = client.seated(message)
    seat.host.act(lambda now: seat.host.consultation.handle_hang_up(now, seat.participant))
    client.send(wire.Done(re=message.re))


async def leave(client: Client, message: wire.Leave) -> None:
    """Leave; it goes on for the others."""
    seat = client.seated(message)
    seat.host.act(lambda now: seat.host.consultation.handle_leave(now, seat.participant))
    client.send(wire.Done(re=message.re))


async def ping(client: Client, message: wire.Ping) -> None:
    """The round trip, and the session clock with it."""
    client.require(Action.PING)
    clock = client.seat.host.clock if client.seat else None
    client.send(wire.Pong(n=message.n, t=clock.now() if clock else 0, at=unix_ms()))


async def fast_up(client: Client, message: wire.FastUp) -> None:
    """A fast-lane message of a client without a data channel."""
    seat = client.seated(message)
    peer = seat.host.media.wire_peer(seat.participant)
    if peer is None:
        raise UserError(ErrorCode.MEDIA_UNAVAILABLE)
    seat.host.media.fast(peer, message.body)


async def _come_in(client: Client, message: wire.Join | wire.Resume, claims: Claims, since: int) -> None:
    services, begun = client.services, time.monotonic()
    host = services.registry.get(claims.consultation)
    if services.stopping:
        raise UserError(ErrorCode.STOPPING)
    if host is None:
        raise UserError(ErrorCode.CONSULTATION_CLOSED)
    _ask(message, claims, host)
    person = await bearer(services, host, claims)
    if message.media is not None:
        client.spend_offer()
    entrance = await joining.enter(host, client, person, message.media)
    client.seat = Seat(host, entrance.participant, person)
    client.send(_welcome(client, client.seat, entrance, message.re, since))
    for news in host.media.news(entrance.participant):
        client.send(news)
    client.warn_of_stop()
    if not host.keeps:
        client.send(wire.Error(re=0, code=ErrorCode.STORAGE_FULL))  # as the others were told when it began
    services.metrics.joins.labels("wire").inc()
    services.metrics.join_seconds.labels("wire").observe(time.monotonic() - begun)


def _ask(message: wire.Join | wire.Resume, claims: Claims, host: Host) -> None:
    """The ticket's rights: to come in, and to send what it offers to send."""
    subject, resource, now = claims.subject(), host.resource(), unix_s()
    require(subject, MESSAGE_ACTIONS[type(message)], resource, now)
    if message.media is not None:
        require(subject, Action.NEGOTIATE_MEDIA, resource, now)
        for _send in message.media.sends:
            require(subject, Action.PUBLISH_TRACK, resource, now)


def _welcome(client: Client, seat: Seat, entrance: joining.Entrance, number: int, since: int) -> wire.JoinedReply:
    host, state = seat.host, seat.host.state
    missed = host.events_since(since)
    return wire.JoinedReply(
        re=number,
        consultation=host.id,
        participant=seat.participant,
        t=host.clock.now(),
        seq=state.seq,
        resume=resume_token(client.services, host, seat.person, seat.participant, unix_s()),
        answer=entrance.answer,
        state=state if missed is None else None,
        events=missed or [],
        state_hash=state_hash(state),
        slots=entrance.slots,
    )


def _refuse_if_seated(client: Client) -> None:
    if client.seat is not None:
        raise UserError(ErrorCode.OUT_OF_STATE, "in a consultation already")
