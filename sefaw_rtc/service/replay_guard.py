"""Looks after what is open for replay: a consent that was withdrawn, a grant that ended, a key that somebody destroyed
cut it within a second, whoever did it; what nobody uses is closed."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from sefaw_rtc.access import ACCESS_ACTIONS, decide
from sefaw_rtc.service.replays import Cut, Replay
from sefaw_rtc.service.services import Services
from signalling.vocabulary import AccessKind, Ground

EVERY_S: Final = 0.5
_REASONS: Final[Mapping[Ground, Cut]] = MappingProxyType(
    {Ground.NO_CONSENT: Cut.CONSENT, Ground.GRANT_ENDED: Cut.GRANT}
)


async def watch(services: Services) -> None:
    """For ever."""
    while True:
        await asyncio.sleep(EVERY_S)
        await look(services)


async def look(services: Services) -> None:
    """Once."""
    services.replays.close_idle()
    going = [replay for replay in services.replays if replay.cut is None]
    archive = services.replays.archive
    keys = {replay.consultation for replay in going if replay.sealed}
    gone = await services.replays.off_loop(lambda: [one for one in keys if not archive.has_key(one)]) if keys else []
    for consultation in gone:
        services.rights.forget(consultation)
        services.replays.cut(consultation, Cut.ERASED)
    for replay in going:
        ground = await _refusal(services, replay)
        if ground is not None:
            services.replays.cut_one(replay, _REASONS.get(ground, Cut.ACCOUNT))
    await services.storing.keep({replay.consultation for replay in going if replay.cut is None})


async def _refusal(services: Services, replay: Replay) -> Ground | None:
    """Whether who opened it may go on; that a session ends is found out by its own requests."""
    resource = await services.rights.resource(replay.found.resource)
    subject = replace(replay.who.subject, expires=0)
    action = ACCESS_ACTIONS[AccessKind.REPLAY, replay.purpose]
    decision = decide(subject, action, resource, services.rights.now_s())
    return None if decision.allowed else decision.ground
