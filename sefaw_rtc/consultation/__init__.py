"""The sans-IO heart of a consultation: what may happen, which events follow, and how it ends (docs/closing.md).

It imports `signalling` only; no clock, no socket, no asyncio. The shell is `sefaw_rtc.service`.
"""

from sefaw_rtc.consultation.consultation import NO_TRACK, Consultation
from sefaw_rtc.consultation.effects import (
    AddTrack,
    CloseAll,
    CloseMedia,
    Effect,
    GrabFrame,
    MoveLead,
    RemoveTrack,
    Ring,
    SetRecording,
    StopRing,
)
from sefaw_rtc.consultation.opinions import Pen
from sefaw_rtc.consultation.policy import Policy
from sefaw_rtc.consultation.refused import Refused
from sefaw_rtc.consultation.slots import assign, assign_in_order

__all__ = [
    "NO_TRACK",
    "AddTrack",
    "CloseAll",
    "CloseMedia",
    "Consultation",
    "Effect",
    "GrabFrame",
    "MoveLead",
    "Pen",
    "Policy",
    "Refused",
    "RemoveTrack",
    "Ring",
    "SetRecording",
    "StopRing",
    "assign",
    "assign_in_order",
]
