"""One media peer of a participant, and what is known of it. Plain data of `media_link`."""

import asyncio
from dataclasses import dataclass, field

from sefaw_rtc.media import port
from sefaw_rtc.service.loss import Loss
from signalling.ids import AccountId, Mid, ParticipantId, TrackId
from signalling.messages import Quality, Send, Slot, SlotState, TrackNotice
from signalling.vocabulary import Purpose, Transport

UNKNOWN = -1  # a figure that is not measured (yet)


@dataclass(eq=False)
class MediaPeer:
    """A PeerConnection: that of a page (`wire`), of an encoder (`whip`) or of a player (`whep`)."""

    peer: port.PeerId
    kind: port.PeerKind
    resource: str = ""  # the last part of a WHIP or WHEP resource's address; empty for a page
    tag: str = ""  # of that resource's ICE session: an ETag
    holder: AccountId | None = None  # whose token made that resource
    participant: ParticipantId | None = None  # None until its participant is known
    sends: list[Send] = field(default_factory=list)  # what it publishes, under the names of the log
    mids: dict[Mid, Mid] = field(default_factory=dict)  # name in the log → mid of this peer, where they differ
    tracks: dict[Mid, TrackId] = field(default_factory=dict)  # published, under the names of the log
    slots: list[Slot] = field(default_factory=list)
    shown: dict[Mid, TrackId | None] = field(default_factory=dict)
    wishes: dict[Mid, TrackId | None] = field(default_factory=dict)
    given: dict[Mid, TrackId] = field(default_factory=dict)  # what a player's slots ever got: they never switch
    notices: dict[TrackId, TrackNotice] = field(default_factory=dict)  # for this peer alone
    transport: Transport = Transport.NONE
    stats: port.PeerStats | None = None
    reports: int = 0  # statistics received, one a second
    told: Quality | None = None  # what everybody was told last
    connected_s: float | None = None  # when DTLS was up, on the loop's clock
    loss: Loss = field(default_factory=Loss)
    ended: port.EndReason | None = None
    # Of an encoder: until when it hears of freezes (the loop's clock), which it was told of, and that there are more.
    listens_until: float = 0.0
    told_of: set[str] = field(default_factory=set)
    freeze_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def mid_of(self, name: Mid) -> Mid:
        """This peer's own mid of a track that the log names `name`."""
        return self.mids.get(name, name)

    @property
    def publishes(self) -> bool:
        return self.kind is not port.PeerKind.WHEP

    def slot_states(self) -> list[SlotState]:
        """What each slot shows, in the order of the offer."""
        return [SlotState(mid=slot.mid, track=self.shown.get(slot.mid)) for slot in self.slots]

    def quality(self) -> Quality | None:
        """The figures of this peer's participant, as everybody is told."""
        if self.participant is None:
            return None
        stats = self.stats
        if self.transport is Transport.NONE or stats is None:
            return no_quality(self.participant, self.transport)
        return Quality(
            participant=self.participant,
            transport=self.transport,
            rtt_ms=stats.rtt_ms,
            up_loss=stats.up_loss,
            up_kbps=stats.up_kbps,
            down_loss=stats.down_loss,
            down_kbps=stats.down_kbps,
            jitter_ms=stats.jitter_ms,
        )


def no_quality(participant: ParticipantId, transport: Transport = Transport.NONE) -> Quality:
    """Nothing measured: media is not (yet) connected, or not any more."""
    return Quality(
        participant=participant,
        transport=transport,
        rtt_ms=UNKNOWN,
        up_loss=UNKNOWN,
        up_kbps=0,
        down_loss=UNKNOWN,
        down_kbps=0,
        jitter_ms=UNKNOWN,
    )


def player_slots(lines: list[port.MediaLine]) -> list[Slot]:
    """The slots of a WHEP player: what its offer has room for. The probe takes the first of each kind."""
    slots = []
    seen: dict[str, int] = {}
    for line in lines:
        if line.direction is not port.Direction.OUT:
            continue
        pair = seen.get(line.kind, 0)
        seen[line.kind] = pair + 1
        slots.append(Slot(mid=line.mid, kind=line.kind, purpose=Purpose.PROBE, pair=min(pair, 15)))
    return slots


def encoder_sends(lines: list[port.MediaLine]) -> tuple[list[Send], dict[Mid, Mid]]:
    """What an encoder publishes: everything it sends is the probe. The log names these tracks `whip.N`, so that they
    never meet the mids of the same participant's page."""
    sending = [line for line in lines if line.direction is port.Direction.IN]
    mids = {Mid(f"whip.{number}"): line.mid for number, line in enumerate(sending)}
    sends = [Send(mid=name, kind=line.kind, purpose=Purpose.PROBE) for name, line in zip(mids, sending, strict=True)]
    return sends, mids


def accepted_sends(sends: list[Send], lines: list[port.MediaLine]) -> list[Send]:
    """Of what a page wants to publish, what its offer really sends and the plane took."""
    sending = {(line.mid, line.kind) for line in lines if line.direction is port.Direction.IN}
    return [send for send in sends if (send.mid, send.kind) in sending]


def accepted_slots(slots: list[Slot], lines: list[port.MediaLine]) -> list[Slot]:
    """Of a page's receive slots, those the plane took."""
    receiving = {(line.mid, line.kind) for line in lines if line.direction is port.Direction.OUT}
    return [slot for slot in slots if (slot.mid, slot.kind) in receiving]
