"""The ids and numbers of the wire, each a type of its own. What they look like is decided here and nowhere else."""

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
# DICOM's own names (PS3.5 9): digits and dots, 64 characters at most. Each level is a type of its own.
StudyId = NewType("StudyId", str)
SeriesId = NewType("SeriesId", str)
InstanceId = NewType("InstanceId", str)

# `\Z`, not `$`: in Python `$` also matches before a final newline.
ConsultationRef = Annotated[ConsultationId, Meta(pattern=r"^[a-z2-7]{26}\Z")]
AccountRef = Annotated[AccountId, Meta(pattern=r"^[a-z2-7]{26}\Z")]
InstitutionRef = Annotated[InstitutionId, Meta(pattern=r"^[a-z2-7]{26}\Z")]
ParticipantRef = Annotated[ParticipantId, Meta(ge=1, le=65535)]
# The server itself is 0 where an event is about nobody in particular.
AnyParticipantRef = Annotated[ParticipantId, Meta(ge=0, le=65535)]
TrackRef = Annotated[TrackId, Meta(ge=1, le=0xFFFF_FFFF)]
UID_PATTERN = r"^(?=[0-9.]{1,64}\Z)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*\Z"
StudyUid = Annotated[StudyId, Meta(pattern=UID_PATTERN)]
SeriesUid = Annotated[SeriesId, Meta(pattern=UID_PATTERN)]
InstanceUid = Annotated[InstanceId, Meta(pattern=UID_PATTERN)]
MidRef = Annotated[Mid, Meta(pattern=r"^[0-9A-Za-z_.-]{1,16}\Z")]

# What both languages hold exactly: JavaScript's safe integers (2^53 - 1). As µs that is 285 years.
Count = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
