"""What a consultation's own log says of who may see it: its grants, its consent. The log alone: no database is asked.

Read once and remembered for as long as nobody changes it; every change goes through `accesses.py`, which says so here.
"""

from collections import OrderedDict
from typing import Final

import msgspec
from msgspec.structs import replace

from sefaw_rtc.access import Resource
from sefaw_rtc.access.decide import is_running
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.clock import US_PER_S, Forward
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.paperwork import Paperwork
from signalling.ids import ConsultationId
from signalling.recording import Consent
from signalling.state import GrantState, State

REMEMBERED: Final = 2000  # consultations: some 1 kB each


class Kept(msgspec.Struct, frozen=True):
    """What of a consultation's state decides."""

    grants: list[GrantState] = []
    consent: Consent | None = None
    recorded: bool = False


class Rights:
    """One per server. `now_s` is the time that ends grants: it never goes back while the server runs."""

    def __init__(self, paperwork: Paperwork) -> None:
        self._paperwork = paperwork
        self._kept: OrderedDict[ConsultationId, Kept] = OrderedDict()
        self._changes = 0
        self._clock = Forward()

    def now_s(self) -> int:
        """Unix seconds."""
        return self._clock.now_us() // US_PER_S

    async def resource(self, resource: Resource, host: Host | None = None) -> Resource:
        """With what the consultation's log says as of now."""
        if resource.consultation is None:
            return resource
        kept = kept_of(host.state) if host is not None else await self._of(resource.consultation)
        return with_rights(resource, kept, self.now_s())

    def changed(self, consultation: ConsultationId, state: State) -> None:
        """Its log says something else now."""
        self._changes += 1
        self._remember(consultation, kept_of(state))

    def forget(self, consultation: ConsultationId) -> None:
        """It was erased."""
        self._changes += 1
        self._kept.pop(consultation, None)

    async def _of(self, consultation: ConsultationId) -> Kept:
        known = self._kept.get(consultation)
        if known is not None:
            self._kept.move_to_end(consultation)
            return known
        changes = self._changes
        try:
            state, _ = await self._paperwork.read(consultation)
        except UserError:
            return Kept()  # erased, or it cannot be read: it opens to nobody
        if changes == self._changes:
            self._remember(consultation, kept_of(state))
        return kept_of(state)

    def _remember(self, consultation: ConsultationId, kept: Kept) -> None:
        self._kept[consultation] = kept
        self._kept.move_to_end(consultation)
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)


def kept_of(state: State) -> Kept:
    """What decides, out of a state."""
    held = state.recording.consent
    return Kept(
        grants=state.grants,
        consent=held.consent if held else None,
        recorded=state.recording.since_t >= 0,
    )


def with_rights(resource: Resource, kept: Kept, now_s: int) -> Resource:
    """What has ended by `now_s` is among those taken back: `decide()` may be asked by another clock."""
    running = [one for one in kept.grants if not one.revoked_at and is_running(one.grant.until, now_s)]
    over = [one for one in kept.grants if one not in running]
    consent = kept.consent
    if consent is not None and consent.until and not is_running(consent.until, now_s):
        consent = None
    return replace(
        resource,
        grants=tuple(one.grant for one in running),
        revoked=tuple(one.grant for one in over),
        consent=consent,
        recorded=kept.recorded,
    )
