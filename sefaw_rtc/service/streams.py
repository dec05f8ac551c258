"""WHIP and WHEP: encoders and players as participants, by Bearer token.

A publisher's token is one participant: one encoder and one player at a time, the newest wins, so that an encoder that
crashed can come back at once. A viewer's token serves many players, each an observer of its own; the numbers of those
who left are used again, so that a day of players does not fill the log with strangers.
"""

import secrets
import time
from dataclasses import dataclass

from sefaw_rtc import logs
from sefaw_rtc.access import Action, Audience, Claims, require
from sefaw_rtc.access.subject import Resource
from sefaw_rtc.errors import NotFound, UserError
from sefaw_rtc.media import port
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.guests import guest
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.joining import publish
from sefaw_rtc.service.peers import MediaPeer, encoder_sends, player_slots
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.tickets import bearer
from signalling.events import Person
from signalling.ids import AccountId, ConsultationId, ParticipantId
from signalling.vocabulary import CloseReason, ErrorCode, Role

_ACTIONS = {port.PeerKind.WHIP: Action.PUBLISH_STREAM, port.PeerKind.WHEP: Action.WATCH_STREAM}

# Of a viewer's name before its number: together they are still a name (signalling.events.Name).
_NAME_MOST = 70

log = logs.get("service")


@dataclass(frozen=True)
class Stream:
    """A new resource and its answer."""

    resource: str
    answer: str
    tag: str


@dataclass(frozen=True)
class Restarted:
    """The answer to an ICE restart."""

    fragment: str
    tag: str


class Streams:
    """One per server."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open(self, kind: port.PeerKind, consultation: ConsultationId, token: str, offer: str) -> Stream:
        """A new encoder or player. UserError in the order: token, consultation, right, SDP, codec."""
        begun = time.monotonic()
        host, claims = self._allowed(kind, consultation, token)
        if self._services.stopping:
            raise UserError(ErrorCode.STOPPING)
        person = await bearer(self._services, host, claims)
        peer, joined = await host.media.open(kind, offer)
        try:
            participant = self._seat(host, peer, person, claims, joined.media)
        except UserError:
            host.media.drop(peer, CloseReason.MEDIA_FAILED)
            raise
        peer.tag = _tag(joined.answer)
        peer.resource = secrets.token_urlsafe(16)
        peer.holder = claims.account
        log.info("stream opened", consultation=host.id, participant=participant, kind=kind)
        self._services.metrics.joins.labels(kind.value).inc()
        self._services.metrics.join_seconds.labels(kind.value).observe(time.monotonic() - begun)
        return Stream(peer.resource, joined.answer, peer.tag)

    async def trickle(
        self, kind: port.PeerKind, consultation: ConsultationId, resource: str, token: str, fragment: str
    ) -> None:
        """More candidates of an encoder or player."""
        host, peer = self.mine(kind, consultation, resource, token)
        await host.media.trickle(peer, fragment)

    async def restart(
        self, kind: port.PeerKind, consultation: ConsultationId, resource: str, token: str, fragment: str
    ) -> Restarted:
        """An ICE restart of an encoder or player: it goes on from another address, with the same keys."""
        host, peer = self.mine(kind, consultation, resource, token)
        answer = await host.media.restart(peer, fragment)
        peer.tag = _tag(answer)
        return Restarted(answer, peer.tag)

    def tag(self, kind: port.PeerKind, consultation: ConsultationId, resource: str, token: str) -> str:
        """The entity tag of a resource's ICE session, for whoever may change it."""
        _, peer = self.mine(kind, consultation, resource, token)
        return peer.tag

    def close(self, kind: port.PeerKind, consultation: ConsultationId, resource: str, token: str) -> None:
        """The encoder or player says that it ends."""
        host, peer = self.mine(kind, consultation, resource, token)
        _end(host, peer, CloseReason.LEFT)
        if peer.participant is not None:
            host.leave_if_gone(peer.participant, CloseReason.LEFT)

    # ---- who may ------------------------------------------------------------------------------------------------

    def _allowed(
        self, kind: port.PeerKind, consultation: ConsultationId, token: str, resource: Resource | None = None
    ) -> tuple[Host, Claims]:
        now = unix_s()
        claims = self._services.tokens.read(token, (Audience.WHIP, Audience.WHEP), now)
        host = self._services.registry.get(consultation)
        if host is None:
            raise NotFound("consultation")
        require(claims.subject(), _ACTIONS[kind], resource or host.resource(), now)
        return host, claims

    def mine(
        self, kind: port.PeerKind, consultation: ConsultationId, resource: str, token: str
    ) -> tuple[Host, MediaPeer]:
        """The resource of whoever bears this token. UserError in the order: token, consultation, right, resource."""
        host, claims = self._allowed(kind, consultation, token)
        peer = host.media.by_resource(resource, kind)
        if peer is None or peer.holder != claims.account:
            raise NotFound("resource")
        return host, peer

    # ---- seats --------------------------------------------------------------------------------------------------

    def _seat(
        self, host: Host, peer: MediaPeer, person: Person, claims: Claims, lines: list[port.MediaLine]
    ) -> ParticipantId:
        if peer.kind is port.PeerKind.WHEP:
            peer.slots = player_slots(lines)
        else:
            peer.sends, peer.mids = encoder_sends(lines)
        if not peer.slots and not peer.sends:
            raise UserError(ErrorCode.SDP_MALFORMED, "no m-section of this direction")
        viewer = claims.audience is Audience.WHEP
        participant = _join(host, _free_viewer(host, person) if viewer else person)
        for old in [] if viewer else host.media.of(participant, peer.kind):
            _end(host, old, CloseReason.REPLACED)
        peer.participant = participant
        if peer.sends:
            publish(host, participant)
        host.media.assign(peer, host.state.tracks)
        return participant


def _tag(description: str) -> str:
    """The ICE session's entity tag (RFC 9725 4.3.1): our user fragment, which is new with each and no secret."""
    lines = (line.strip() for line in description.splitlines())
    ufrag = next((line.removeprefix("a=ice-ufrag:") for line in lines if line.startswith("a=ice-ufrag:")), "")
    return f'"{ufrag}"'


def _join(host: Host, person: Person) -> ParticipantId:
    """The seat of this person: the one it has, if it is there already. An encoder or player looks at nothing."""
    for seat in host.state.participants:
        if seat.person.account == person.account and seat.connected:
            return seat.participant
    return host.act(lambda now: host.consultation.handle_join(now, person, looks=False))


def _free_viewer(host: Host, person: Person) -> Person:
    """A viewer of its own for one more player: the first that is not here now."""
    here: set[AccountId] = {seat.person.account for seat in host.state.participants}
    for number in range(1, len(here) + 2):
        viewer = guest(host.id, f"{person.name[:_NAME_MOST]} {number}", Role.OBSERVER, person.site, person.institution)
        if viewer.account not in here:
            host.guests[viewer.account] = viewer
            return viewer
    raise UserError(ErrorCode.CONSULTATION_FULL)


def _end(host: Host, peer: MediaPeer, reason: CloseReason) -> None:
    host.end_tracks(peer, reason)
    host.media.drop(peer, reason)
