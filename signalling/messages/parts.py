"""What messages of both directions are made of: tokens, offers, the transceivers of an offer."""

from typing import Annotated

from msgspec import Meta

from signalling.ids import MidRef
from signalling.record import Record
from signalling.vocabulary import Kind, Purpose

Token = Annotated[str, Meta(min_length=16, max_length=2048)]
Sdp = Annotated[str, Meta(min_length=1, max_length=65_536)]  # Chromium's 8-section offer is about 12 kB
Request = Annotated[int, Meta(ge=1, le=0x7FFF_FFFF)]  # the client's own number; the answer or error repeats it as `re`


class Send(Record, frozen=True):
    """One transceiver the client will publish on."""

    mid: MidRef
    kind: Kind
    purpose: Purpose


class Slot(Record, frozen=True):
    """One receive m-section of the client. Audio and video slots with the same `pair` are lip-synced (share a msid)."""

    mid: MidRef
    kind: Kind
    purpose: Purpose
    pair: Annotated[int, Meta(ge=0, le=15)]


class Media(Record, frozen=True):
    """A client offer. `rtt_ms`: what the client measured on this WebSocket (0 = not measured); it picks the DTLS
    version (docs/architecture.md)."""

    offer: Sdp
    sends: Annotated[list[Send], Meta(max_length=8)]
    slots: Annotated[list[Slot], Meta(max_length=16)]
    rtt_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
