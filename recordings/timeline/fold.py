"""The timeline of a consultation: what happened when, to whom, with the steps of everybody's media between. A fold of
the log, like everything else; pure and total: there is no list of events it fails on.

It is for people who look for a fault, some of whom may not know the patients: no name, no patient, no chat is in it.
Somebody is a lane: a number, a role and a site. Times are µs on the session clock (0 = requested) and never fall.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

import msgspec

from recordings.log import LogHeader
from recordings.timeline import looking
from recordings.timeline.records import NEVER, Durations, Entry, Lane, Sign, Span, Stretch, Timeline, Unit
from signalling import events as ev
from signalling import looking as look
from signalling.ids import AccountId, ParticipantId, TrackId
from signalling.record import snake
from signalling.vocabulary import Kind, Purpose, Step

T = TypeVar("T")

# Entries and spans that are kept: a flapping line of hours. What is left out lies in the middle and is counted.
ENTRIES_MOST: Final = 4000


def timeline(header: LogHeader, events: Iterable[ev.Event], now: int = 0) -> Timeline:
    """Fold a log. `now` (session µs): how far a consultation that goes on has come."""
    fold = Fold()
    for event in events:
        fold.take(event)
    return fold.result(header, now)


class _Track(msgspec.Struct, frozen=True):
    lane: int
    kind: Kind
    purpose: Purpose


class Fold:
    """Everything so far."""

    def __init__(self) -> None:
        self.t = 0
        self.by = ParticipantId(0)
        self.answered = NEVER
        self.closed = NEVER
        self.lanes: list[Lane] = [Lane(participant=0, role=None, site="")]
        self.entries: list[Entry] = []
        self.spans: list[Span] = []
        self.durations: list[Durations] = [Durations(lane=0)]
        self.tracks: dict[TrackId, _Track] = {}
        self.freezes: dict[str, look.FreezeAsked] = {}
        self._accounts: dict[AccountId, int] = {}
        self._participants: dict[ParticipantId, int] = {}
        self._begun: dict[tuple[int, Stretch, int], int] = {}

    def take(self, event: ev.Event) -> None:
        self.t, self.by = max(self.t, event.t), ParticipantId(event.by)
        handle = _HANDLERS.get(type(event.body))
        if handle is not None:
            handle(self, event.body)

    def result(self, header: LogHeader, now: int) -> Timeline:
        end = self.t if self.closed >= 0 else max(self.t, now)
        going_on = [
            Span(lane=lane, what=what, begin=begin, end=NEVER, track=track)
            for (lane, what, track), begin in self._begun.items()
        ]
        entries, left_out = _bounded(self.entries)
        spans, _ = _bounded(sorted([*self.spans, *going_on], key=lambda span: span.begin))
        return Timeline(
            consultation=header.consultation,
            started_unix_us=header.started_unix_us,
            answered=self.answered,
            closed=self.closed,
            end=end,
            lanes=self.lanes,
            entries=entries,
            spans=spans,
            durations=self.durations,
            left_out=left_out,
        )

    # ---- for the handlers below -------------------------------------------------------------------------------------

    def note(self, body: ev.Body, lane: int, **more: Any) -> None:
        what = snake(type(body).__name__)
        self.entries.append(Entry(t=self.t, lane=lane, what=what, sign=_SIGNS.get(what, Sign.PEOPLE), **more))

    def begin(self, lane: int, what: Stretch, track: int = 0) -> None:
        self._begun.setdefault((lane, what, track), self.t)

    def finish(self, lane: int, what: Stretch, track: int = 0) -> None:
        begin = self._begun.pop((lane, what, track), None)
        if begin is not None:
            self.spans.append(Span(lane=lane, what=what, begin=begin, end=self.t, track=track))

    def finish_all(self, lane: int | None = None) -> None:
        """Everything that lasts on a lane, or on all, is over."""
        for key in [key for key in self._begun if lane is None or key[0] == lane]:
            self.finish(*key)

    def took(self, lane: int, **figures: int) -> None:
        """A figure of a lane, if it is the first of its kind."""
        known = self.durations[lane]
        fresh = {name: value for name, value in figures.items() if getattr(known, name) == NEVER}
        self.durations[lane] = msgspec.structs.replace(known, **fresh)

    def count(self, lane: int, name: str) -> None:
        known = self.durations[lane]
        self.durations[lane] = msgspec.structs.replace(known, **{name: getattr(known, name) + 1})

    def of_person(self, person: ev.Person) -> int:
        lane = self._accounts.get(person.account)
        if lane is None:
            lane = self._accounts[person.account] = len(self.lanes)
            self.lanes.append(Lane(participant=0, role=person.role, site=person.site, department=person.department))
            self.durations.append(Durations(lane=lane))
        return lane

    def of_account(self, account: AccountId) -> int:
        return self._accounts.get(account, 0)

    def of_participant(self, participant: ParticipantId) -> int:
        return self._participants.get(participant, 0)

    def seat(self, participant: ParticipantId, person: ev.Person) -> int:
        lane = self._participants[participant] = self.of_person(person)
        self.lanes[lane] = msgspec.structs.replace(self.lanes[lane], participant=participant)
        return lane

    def of_track(self, track: int) -> dict[str, Any]:
        known = self.tracks.get(TrackId(track))
        if known is None:
            return {"track": track}
        return {"track": track, "kind": known.kind, "purpose": known.purpose}


# ---- what each event adds -------------------------------------------------------------------------------------------


def _requested(fold: Fold, body: ev.Requested) -> None:
    fold.note(body, fold.of_person(body.requester))


def _rang(fold: Fold, body: ev.Rang | ev.Invited) -> None:
    lane = fold.of_person(body.callee)
    fold.note(body, lane, value=body.timeout_ms, unit=Unit.MS)
    fold.begin(lane, Stretch.RINGING)


def _ring_ended(fold: Fold, body: ev.RingEnded | ev.InvitationEnded) -> None:
    lane = fold.of_account(body.callee)
    fold.note(body, lane, reason=body.reason)
    fold.finish(lane, Stretch.RINGING)


def _answered(fold: Fold, body: ev.Answered) -> None:
    lane = fold.of_person(body.callee)
    fold.note(body, lane)
    fold.finish(lane, Stretch.RINGING)
    fold.answered = fold.t if fold.answered == NEVER else fold.answered


def _accepted(fold: Fold, body: ev.InvitationAccepted) -> None:
    lane = fold.of_account(body.callee)
    fold.note(body, lane)
    fold.finish(lane, Stretch.RINGING)


def _opened(fold: Fold, body: ev.Opened) -> None:
    fold.note(body, 0)
    fold.answered = fold.t if fold.answered == NEVER else fold.answered


def _joined(fold: Fold, body: ev.Joined) -> None:
    lane = fold.seat(body.participant, body.person)
    fold.note(body, lane)
    fold.took(lane, joined=fold.t // 1000)
    fold.finish(lane, Stretch.AWAY)
    fold.begin(lane, Stretch.HERE)


def _returned(fold: Fold, body: ev.Returned) -> None:
    lane = fold.of_participant(body.participant)
    fold.note(body, lane)
    fold.finish(lane, Stretch.AWAY)
    fold.begin(lane, Stretch.HERE)


def _disconnected(fold: Fold, body: ev.Disconnected) -> None:
    lane = fold.of_participant(body.participant)
    fold.note(body, lane, reason=body.reason)
    fold.count(lane, "disconnections")
    fold.finish(lane, Stretch.HERE)
    fold.begin(lane, Stretch.AWAY)


def _left(fold: Fold, body: ev.Left) -> None:
    lane = fold.of_participant(body.participant)
    fold.note(body, lane, reason=body.reason)
    fold.finish_all(lane)


def _track_added(fold: Fold, body: ev.TrackAdded) -> None:
    lane = fold.of_participant(body.participant)
    fold.tracks[body.track] = _Track(lane, body.kind, body.purpose)
    fold.note(body, lane, **fold.of_track(body.track))


def _track_removed(fold: Fold, body: ev.TrackRemoved) -> None:
    known = fold.tracks.get(body.track)
    lane = known.lane if known else 0
    fold.note(body, lane, reason=body.reason, **fold.of_track(body.track))
    fold.finish(lane, Stretch.NO_KEYFRAMES, body.track)


def _observed(fold: Fold, body: ev.Observed) -> None:
    lane = fold.of_participant(body.participant)
    what, unit = body.step.value, STEP_UNITS[body.step]
    sign, more = _SIGNS.get(what, Sign.MEDIA), fold.of_track(body.track)
    fold.entries.append(Entry(t=fold.t, lane=lane, what=what, sign=sign, value=body.value, unit=unit, **more))
    _measure(fold, lane, body)
    if body.step in _BEGINS:
        fold.begin(lane, _BEGINS[body.step], body.track)
    if body.step in _ENDS:
        fold.finish(lane, _ENDS[body.step], body.track)


def _measure(fold: Fold, lane: int, body: ev.Observed) -> None:
    figure = _FIGURES.get(body.step)
    if figure is not None:
        fold.took(lane, **{figure: body.value})
    if body.step is Step.FIRST_PACKET and fold.answered >= 0:
        fold.took(lane, answer=(fold.t - fold.answered) // 1000)
    if body.step is Step.LOSS_BEGAN:
        fold.count(lane, "losses")


def _signed(fold: Fold, body: ev.OpinionSigned) -> None:
    fold.note(body, fold.of_person(body.signer), value=body.number)


def _acknowledged(fold: Fold, body: ev.OpinionAcknowledged) -> None:
    fold.note(body, fold.of_person(body.person), value=body.number)


def _closing(fold: Fold, body: ev.Closing) -> None:
    fold.note(body, 0, reason=body.reason, text=body.text)


def _closed(fold: Fold, body: ev.Closed) -> None:
    fold.note(body, 0, reason=body.reason)
    fold.finish_all()
    fold.closed = fold.t if fold.closed == NEVER else fold.closed


# Chat and "my microphone is off" are no steps of the course: they are not here.
_HANDLERS: Final[Mapping[type, Callable[[Fold, Any], None]]] = MappingProxyType(
    {
        ev.Requested: _requested,
        ev.Rang: _rang,
        ev.Invited: _rang,
        ev.RingEnded: _ring_ended,
        ev.InvitationEnded: _ring_ended,
        ev.InvitationAccepted: _accepted,
        ev.Answered: _answered,
        ev.Opened: _opened,
        ev.Joined: _joined,
        ev.Returned: _returned,
        ev.Disconnected: _disconnected,
        ev.Left: _left,
        ev.TrackAdded: _track_added,
        ev.TrackRemoved: _track_removed,
        ev.Observed: _observed,
        ev.OpinionSigned: _signed,
        ev.OpinionAcknowledged: _acknowledged,
        ev.Closing: _closing,
        ev.Closed: _closed,
        **looking.HANDLERS,
    }
)
EVENTS_SHOWN: Final = frozenset(snake(kind.__name__) for kind in _HANDLERS if kind is not ev.Observed)
"""The names that `Entry.what` may be, beside the steps."""

STEP_UNITS: Final[Mapping[Step, Unit]] = MappingProxyType(
    {
        Step.ICE_CONNECTED: Unit.MS,
        Step.DTLS_CONNECTED: Unit.MS,
        Step.FIRST_PACKET: Unit.MS,
        Step.FIRST_KEYFRAME: Unit.MS,
        Step.PATH_CHANGED: Unit.TRANSPORT,
        Step.LOSS_BEGAN: Unit.PER_MILLE,
        Step.LOSS_ENDED: Unit.PER_MILLE,
        Step.MEDIA_ENDED: Unit.MS,
        Step.KEYFRAMES_MISSING: Unit.NONE,
        Step.KEYFRAMES_BACK: Unit.NONE,
        Step.VIDEO_SUSPENDED: Unit.KBPS,
        Step.VIDEO_RESUMED: Unit.KBPS,
        Step.STORAGE_FAILED: Unit.NONE,
        Step.STORAGE_BACK: Unit.EVENTS,
        Step.STORAGE_LOST: Unit.EVENTS,
    }
)
_SIGNS: Final[Mapping[str, Sign]] = MappingProxyType(
    {
        "disconnected": Sign.TROUBLE,
        "returned": Sign.BETTER,
        "track_added": Sign.MEDIA,
        "track_removed": Sign.MEDIA,
        Step.PATH_CHANGED.value: Sign.TROUBLE,
        Step.LOSS_BEGAN.value: Sign.TROUBLE,
        Step.LOSS_ENDED.value: Sign.BETTER,
        Step.KEYFRAMES_MISSING.value: Sign.TROUBLE,
        Step.KEYFRAMES_BACK.value: Sign.BETTER,
        Step.VIDEO_SUSPENDED.value: Sign.TROUBLE,
        Step.VIDEO_RESUMED.value: Sign.BETTER,
        Step.STORAGE_FAILED.value: Sign.TROUBLE,
        Step.STORAGE_BACK.value: Sign.BETTER,
        Step.STORAGE_LOST.value: Sign.TROUBLE,
        **looking.SIGNS,
    }
)
_BEGINS: Final[Mapping[Step, Stretch]] = MappingProxyType(
    {
        Step.DTLS_CONNECTED: Stretch.MEDIA,
        Step.LOSS_BEGAN: Stretch.LOSS,
        Step.KEYFRAMES_MISSING: Stretch.NO_KEYFRAMES,
        Step.VIDEO_SUSPENDED: Stretch.SUSPENDED,
        Step.STORAGE_FAILED: Stretch.STORAGE,
    }
)
_ENDS: Final[Mapping[Step, Stretch]] = MappingProxyType(
    {
        Step.MEDIA_ENDED: Stretch.MEDIA,
        Step.LOSS_ENDED: Stretch.LOSS,
        Step.KEYFRAMES_BACK: Stretch.NO_KEYFRAMES,
        Step.VIDEO_RESUMED: Stretch.SUSPENDED,
        Step.STORAGE_BACK: Stretch.STORAGE,
    }
)
_FIGURES: Final[Mapping[Step, str]] = MappingProxyType(
    {
        Step.ICE_CONNECTED: "ice",
        Step.DTLS_CONNECTED: "dtls",
        Step.FIRST_PACKET: "first_packet",
        Step.FIRST_KEYFRAME: "first_keyframe",
    }
)


def _bounded(many: list[T]) -> tuple[list[T], int]:
    """The first and the last half of what is kept, and how many are not."""
    surplus = len(many) - ENTRIES_MOST
    if surplus <= 0:
        return many, 0
    half = ENTRIES_MOST // 2
    return [*many[:half], *many[half + surplus :]], surplus
