"""The timeline of a consultation, made of its log."""

import asyncio

from recordings.replay.unnamed import unnamed
from recordings.timeline import Timeline, timeline
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.written import log_of
from signalling.ids import ConsultationId


async def timeline_of(services: Services, consultation: ConsultationId, *, blind: bool = False) -> Timeline:
    """The timeline so far, or the whole; `blind`: no house is named in it either. Raises `NotFound` if there is no log
    that can be read."""
    host = services.registry.get(consultation)
    header, events = await log_of(services, consultation)
    events = unnamed(events) if blind else events
    return await asyncio.to_thread(timeline, header, events, host.clock.now() if host is not None else 0)
