"""All live consultations of this server, and those that a former process left behind."""

import shutil
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path

from recordings import ConsultationLog
from sefaw_rtc import logs
from sefaw_rtc.access import Resource
from sefaw_rtc.config import Config
from sefaw_rtc.consultation import Consultation, Policy, Refused
from sefaw_rtc.errors import TooMany, UserError
from sefaw_rtc.service.clock import US_PER_S, SessionClock, unix_us
from sefaw_rtc.service.guests import guest_account
from sefaw_rtc.service.host import Host, HostHooks
from sefaw_rtc.service.kept_log import KeptLog
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.service.switchboard import Switchboard
from sefaw_rtc.store import new_id
from signalling.events import Event, Person, Requested
from signalling.fold import fold_all
from signalling.ids import ConsultationId
from signalling.state import State
from signalling.vocabulary import ErrorCode, Status

# Closed consultations that a late message may still name: somebody answers just after the caller gave up.
CLOSED_KEPT = 1000

log = logs.get("service")


class Registry:
    """Opens, finds and recovers hosts."""

    def __init__(
        self, config: Config, switchboard: Switchboard, keeper: LogKeeper, metrics: Metrics, hooks: HostHooks
    ) -> None:
        self._config = config
        self._switchboard = switchboard
        self._keeper = keeper
        self._metrics = metrics
        self._hooks = hooks
        self._hosts: dict[ConsultationId, Host] = {}
        self._closed: OrderedDict[ConsultationId, Resource] = OrderedDict()

    # ---- finding ------------------------------------------------------------------------------------------------

    def get(self, consultation: ConsultationId) -> Host | None:
        """A live consultation."""
        return self._hosts.get(consultation)

    def closed_resource(self, consultation: ConsultationId) -> Resource | None:
        """A consultation that closed not long ago, as `decide()` sees it."""
        return self._closed.get(consultation)

    def __iter__(self) -> Iterator[Host]:
        return iter(list(self._hosts.values()))

    def __len__(self) -> int:
        return len(self._hosts)

    # ---- opening ------------------------------------------------------------------------------------------------

    async def request(self, request: Requested, candidates: Sequence[Person]) -> Host:
        """A village doctor asks. UserError if nobody can be rung or there is no room."""
        self._refuse_if_full()
        if not candidates:
            raise UserError(ErrorCode.NOBODY_ON_CALL)
        consultation = ConsultationId(new_id())
        started = unix_us()
        kept = await self._keeper.create(consultation, started)
        try:
            heart = Consultation.request(consultation, request, candidates, self._policy())
        except Refused as refused:
            kept.close(finished=True)
            raise UserError(refused.code, refused.detail) from None
        return self._add(heart, SessionClock(started), kept)

    async def open_demo(self, request: Requested, consultation: ConsultationId) -> Host:
        """A consultation that is open at once and stays so."""
        started = unix_us()
        kept = await self._keeper.create(consultation, started)
        heart = Consultation.open_demo(consultation, request, self._policy(keep_open=True))
        return self._add(heart, SessionClock(started), kept, demo=True)

    async def recover(self) -> None:
        """Take up what a former process left; seats are kept from now on, and rings ring anew."""
        for kept, read in await self._keeper.recover():
            self._revive(kept, read)

    def forget(self, host: Host) -> None:
        """A consultation is closed."""
        self._hosts.pop(host.id, None)
        self._closed[host.id] = host.resource()
        if len(self._closed) > CLOSED_KEPT:
            self._closed.popitem(last=False)
        self._metrics.consultations.set(len(self._hosts))

    def suspend(self) -> None:
        """The server stops; the consultations stay open in their logs."""
        for host in self:
            host.suspend()
        self._hosts.clear()

    def _revive(self, kept: KeptLog, read: ConsultationLog) -> None:
        state = fold_all(read.events)
        consultation = read.header.consultation
        if read.events:
            kept.folded(state, read.events[-1].t)
        if state.status is Status.CLOSED or not read.events:
            kept.close(finished=True)
            self._hooks.found_closed(consultation, state, read.header.started_unix_us)
            return
        demo = is_demo(consultation, state)
        clock = SessionClock(read.header.started_unix_us, floor_us=read.events[-1].t)
        policy = self._policy(keep_open=demo)
        heart = Consultation.replay(consultation, read.events, policy, clock.now())
        log.info("consultation recovered", consultation=consultation, seq=state.seq, status=state.status)
        self._add(heart, clock, kept, read.events, demo=demo)

    def _add(
        self,
        heart: Consultation,
        clock: SessionClock,
        kept: KeptLog,
        written: Sequence[Event] = (),
        *,
        demo: bool = False,
    ) -> Host:
        host = Host(heart, clock, kept, self._switchboard, self._hooks, written=written, demo=demo)
        self._hosts[host.id] = host
        self._metrics.consultations.set(len(self._hosts))
        host.settle()
        return host

    def _refuse_if_full(self) -> None:
        limits = self._config.limits
        if len(self._hosts) >= limits.consultations:
            self._metrics.limited.labels("consultations").inc()
            raise TooMany("consultations", retry_after_s=60)
        if shutil.disk_usage(Path(self._config.server.data)).free < limits.free_bytes:
            self._metrics.limited.labels("free_bytes").inc()
            raise UserError(ErrorCode.STORAGE_FULL)

    def _policy(self, *, keep_open: bool = False) -> Policy:
        calls, limits = self._config.calls, self._config.limits
        return Policy(
            ring_timeout_us=calls.ring_timeout_s * US_PER_S,
            total_ring_us=calls.total_ring_s * US_PER_S,
            seat_kept_us=calls.seat_kept_s * US_PER_S,
            abandoned_us=calls.abandoned_s * US_PER_S,
            keep_open=keep_open,
            max_participants=limits.participants,
            max_people=2 * limits.participants,
            max_tracks_each=limits.tracks_per_participant,
        )


def is_demo(consultation: ConsultationId, state: State) -> bool:
    """Whether this is a demo consultation: its requester is the guest that only `demo.py` makes."""
    requester = state.requester
    return requester is not None and requester.account == guest_account(consultation, "publisher")
