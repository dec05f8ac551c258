"""Coming in: the plane answers the offer first, then the heart decides, then the newcomer is told what there is.

In this order a broken offer makes no participant, and between the decision and the snapshot nothing can happen.
Whatever fails on the way leaves no peer behind.
"""

from dataclasses import dataclass

from sefaw_rtc.errors import UserError
from sefaw_rtc.media import port
from sefaw_rtc.service import fast_rights
from sefaw_rtc.service.connections import Connection
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.peers import MediaPeer, accepted_sends, accepted_slots
from signalling.events import Person
from signalling.ids import ParticipantId
from signalling.messages import Media, Send, SlotState
from signalling.vocabulary import CloseReason, ErrorCode


@dataclass(frozen=True)
class Entrance:
    """What a newcomer is told besides the state."""

    participant: ParticipantId
    answer: str | None
    slots: list[SlotState]


async def enter(host: Host, connection: Connection, person: Person, media: Media | None) -> Entrance:
    """Come in, or come back, by a page or a program. The caller sends the snapshot before anything else happens."""
    if media is None:
        return _enter_as_before(host, connection, person)
    peer, joined = await host.media.open(port.PeerKind.WIRE, media.offer, _pairs(media), rtt_ms=media.rtt_ms)
    participant: ParticipantId | None = None
    try:
        participant = _decide(host, person)
        _replace(host, participant, peer)
        _connect(host, participant, peer, media, joined.media)
    except UserError:
        host.media.drop(peer, CloseReason.MEDIA_FAILED)
        if participant is not None:
            host.lost_if_gone(participant, CloseReason.MEDIA_FAILED)
        raise
    host.seats.take(participant, connection)
    fast_rights.tell(host.media, host.state, participant)
    return Entrance(participant, joined.answer, peer.slot_states())


def _enter_as_before(host: Host, connection: Connection, person: Person) -> Entrance:
    """Come back without an offer: the peer connection, if there is one, goes on as it is."""
    participant = _decide(host, person)
    host.seats.take(participant, connection)
    peer = host.media.wire_peer(participant)
    return Entrance(participant, None, peer.slot_states() if peer else [])


async def renegotiate(host: Host, participant: ParticipantId, media: Media) -> Entrance:
    """A new offer of a page that is in: on its peer, or a new one if that has ended."""
    peer = host.media.wire_peer(participant)
    if peer is None:
        peer, joined = await host.media.open(port.PeerKind.WIRE, media.offer, _pairs(media), rtt_ms=media.rtt_ms)
    else:
        joined = await host.media.reoffer(peer, media.offer, _pairs(media))
    if participant not in host.seats or not host.live or peer.ended is not None:
        host.media.drop(peer, CloseReason.LEFT)
        raise UserError(ErrorCode.OUT_OF_STATE, "left meanwhile")
    _connect(host, participant, peer, media, joined.media)
    fast_rights.tell(host.media, host.state, participant)
    return Entrance(participant, joined.answer, peer.slot_states())


def _decide(host: Host, person: Person) -> ParticipantId:
    """The heart's yes. An older connection goes; the new one is not seated yet: nothing reaches it before its
    snapshot."""
    participant = host.act(lambda now: host.consultation.handle_join(now, person))
    old = host.seats.remove(participant)
    if old is not None:
        old.goodbye(CloseReason.REPLACED)
    return participant


def _replace(host: Host, participant: ParticipantId, peer: MediaPeer) -> None:
    """A page's new peer takes the place of its old one; the old tracks end."""
    for old in host.media.of(participant, port.PeerKind.WIRE):
        if old is not peer:
            host.end_tracks(old, CloseReason.REPLACED)
            host.media.drop(old, CloseReason.REPLACED)


def _connect(
    host: Host, participant: ParticipantId, peer: MediaPeer, media: Media, lines: list[port.MediaLine]
) -> None:
    """Publish what the page sends and give it what there is to see."""
    peer.participant = participant
    peer.slots = accepted_slots(media.slots, lines)
    peer.sends = accepted_sends(media.sends, lines)
    mids = {slot.mid for slot in peer.slots}
    peer.shown = {mid: track for mid, track in peer.shown.items() if mid in mids}
    publish(host, participant)
    host.media.assign(peer, host.state.tracks)


def publish(host: Host, participant: ParticipantId) -> None:
    """Tell the heart all that a participant publishes now, over all its peers."""
    sends: list[Send] = host.media.sends_of(participant)
    host.act(lambda now: host.consultation.handle_sends(now, participant, sends))


def _pairs(media: Media) -> list[tuple[str, int]]:
    return [(slot.mid, slot.pair) for slot in media.slots]
