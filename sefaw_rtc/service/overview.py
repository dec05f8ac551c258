"""Running consultations as an administrator sees them: how they are doing, never about whom they are."""

import msgspec

from sefaw_rtc.media import port
from sefaw_rtc.service.clock import US_PER_MS
from sefaw_rtc.service.host import Host
from signalling.ids import ConsultationId, ParticipantId
from signalling.state import Presence
from signalling.vocabulary import Role, Status, Transport, Urgency


class Attending(msgspec.Struct, frozen=True, kw_only=True):
    """One participant. Loss in 1/1000, -1 = not measured; `way` is how its media travels."""

    participant: ParticipantId
    role: Role
    site: str
    connected: bool
    joined_at: int
    way: Transport
    rtt_ms: int
    up_loss: int
    down_loss: int
    up_kbps: int
    down_kbps: int


class RunningConsultation(msgspec.Struct, frozen=True, kw_only=True):
    """Times are Unix ms, 0 = not yet. `site` is the requester's institution; `rung`: whose site it rings now."""

    consultation: ConsultationId
    status: Status
    site: str
    department: str
    urgency: Urgency
    requested_at: int
    opened_at: int
    rung: str
    demo: bool
    participants: list[Attending]


def overview(host: Host) -> RunningConsultation:
    """One running consultation."""
    state = host.state
    ring = state.ring
    return RunningConsultation(
        consultation=host.id,
        status=state.status,
        site=state.requester.site if state.requester else "",
        department=state.department,
        urgency=state.urgency,
        requested_at=host.clock.started_unix_us // US_PER_MS,
        opened_at=host.clock.unix_ms_of(state.opened_t) if state.opened_t >= 0 else 0,
        rung=ring.callee.site if ring else "",
        demo=host.demo,
        participants=[_attending(host, seat) for seat in state.participants],
    )


def _attending(host: Host, seat: Presence) -> Attending:
    """A page's own connection counts before an encoder's or a player's."""
    peers = sorted(host.media.of(seat.participant), key=lambda peer: peer.kind is not port.PeerKind.WIRE)
    quality = peers[0].quality() if peers else None
    return Attending(
        participant=seat.participant,
        role=seat.person.role,
        site=seat.person.site,
        connected=seat.connected,
        joined_at=host.clock.unix_ms_of(seat.joined_t),
        way=quality.transport if quality else Transport.NONE,
        rtt_ms=quality.rtt_ms if quality else -1,
        up_loss=quality.up_loss if quality else -1,
        down_loss=quality.down_loss if quality else -1,
        up_kbps=quality.up_kbps if quality else 0,
        down_kbps=quality.down_kbps if quality else 0,
    )
