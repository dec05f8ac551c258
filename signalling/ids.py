"""The ids of the wire, each a type of its own. What they look like is decided here and nowhere else."""

from typing import Annotated, NewType

from msgspec import Meta

# 26 characters of lower-case base32 hold 128 random bits: such an id is neither guessed nor enumerated.
ConsultationId = NewType("ConsultationId", str)
AccountId = NewType("AccountId", str)
InstitutionId = NewType("InstitutionId", str)
# Counters of one consultation, from 1: they name a source on every machine and in the archive (frame key).
ParticipantId = NewType("ParticipantId", int)
TrackId = NewType("TrackId", int)
# The `mid` of an m-section (RFC 8843): how a page and the plane name one transceiver.
Mid = NewType("Mid", str)

ConsultationRef = Annotated[ConsultationId, Meta(pattern=r"^[a-z2-7]{26}$")]
AccountRef = Annotated[AccountId, Meta(pattern=r"^[a-z2-7]{26}$")]
InstitutionRef = Annotated[InstitutionId, Meta(pattern=r"^[a-z2-7]{26}$")]
ParticipantRef = Annotated[ParticipantId, Meta(ge=1, le=65535)]
TrackRef = Annotated[TrackId, Meta(ge=1, le=0xFFFF_FFFF)]
MidRef = Annotated[Mid, Meta(pattern=r"^[0-9A-Za-z_.-]{1,16}$")]
