"""Which track is shown in which receive slot: a pure function of the tracks, the slots and the viewer's wishes.

A probe goes into the probe slot, a screen into the screen slot; a person's voice and face go together into one pair.
What a slot shows stays there as long as it may: nothing jumps when somebody else comes or goes. What has no slot of
its kind left takes a spare one, last. Nobody gets its own tracks.
"""

from collections.abc import Iterable, Mapping, Sequence

from signalling.ids import Mid, ParticipantId, TrackId
from signalling.messages import Slot
from signalling.state import TrackState
from signalling.vocabulary import Purpose

Assignment = dict[Mid, TrackId | None]
_PEOPLE = frozenset({Purpose.FACE, Purpose.ROOM})
_ORDER = {purpose: rank for rank, purpose in enumerate(Purpose)}  # the order of care


def assign(
    tracks: Sequence[TrackState],
    slots: Sequence[Slot],
    me: ParticipantId,
    wishes: Mapping[Mid, TrackId | None],
    current: Mapping[Mid, TrackId | None] | None = None,
) -> Assignment:
    """For every slot the track it shows, or None. `wishes`: what the viewer asked for (None = nothing there), kept as
    long as that track lives; `current`: the last assignment, so that what is shown stays."""
    table = _Table([t for t in tracks if t.participant != me], slots)
    table.wish(wishes)
    table.keep_specials(current or {})
    table.seat_people(current or {})
    table.fill_spare(current or {})
    return table.shown


def assign_in_order(
    tracks: Sequence[TrackState],
    slots: Sequence[Slot],
    me: ParticipantId,
    given: Mapping[Mid, TrackId],
) -> Assignment:
    """For a plain player (WHEP): every track there is room for, the probe first. A slot keeps its track for good:
    `given` holds what each slot ever got, also of tracks that are gone."""
    others = [t for t in tracks if t.participant != me]
    alive = {t.track for t in others}
    shown: Assignment = {}
    for slot in slots:
        had = given.get(slot.mid)
        shown[slot.mid] = had if had in alive else None
    waiting = sorted((t for t in others if t.track not in given.values()), key=lambda t: _ORDER[t.purpose])
    for track in waiting:
        free = (s.mid for s in slots if s.kind is track.kind and s.mid not in given and shown[s.mid] is None)
        mid = next(free, None)
        if mid is not None:
            shown[mid] = track.track
    return shown


class _Table:
    """The work of one assignment: what is shown so far, which tracks are not placed yet."""

    def __init__(self, others: Sequence[TrackState], slots: Sequence[Slot]) -> None:
        self._tracks = {t.track: t for t in others}
        self._slots = slots
        self._closed: set[Mid] = set()  # wished empty
        self.shown: Assignment = {slot.mid: None for slot in slots}

    def wish(self, wishes: Mapping[Mid, TrackId | None]) -> None:
        """The viewer's wishes come first; one for what is gone, or of another kind, counts for nothing."""
        for slot in self._slots:
            if slot.mid not in wishes:
                continue
            wished = wishes[slot.mid]
            if wished is None:
                self._closed.add(slot.mid)
            else:
                self._place(slot, self._tracks.get(wished))

    def keep_specials(self, current: Mapping[Mid, TrackId | None]) -> None:
        """Probe and screen slots: what they showed, else the first of their purpose that is not shown."""
        special = [slot for slot in self._slots if slot.purpose not in _PEOPLE]
        for slot in special:
            before = self._current(slot, current)
            if before is not None and before.purpose is slot.purpose:
                self._place(slot, before)
        for slot in special:
            self._place(slot, self._first_free(slot, (t for t in self._unplaced() if t.purpose is slot.purpose)))

    def seat_people(self, current: Mapping[Mid, TrackId | None]) -> None:
        """Give each pair of slots to one person: who is wished there, then who was there, then who came first."""
        pairs = self._pairs()
        holders: dict[int, ParticipantId] = {}
        for source in (self.shown, current):
            for pair, slots in pairs.items():
                holder = self._holder(slots, source)
                if pair not in holders and holder is not None and holder not in holders.values():
                    holders[pair] = holder
        for pair, slots in pairs.items():
            holder = holders.get(pair) or self._next_person(slots, set(holders.values()))
            if holder is not None:
                holders[pair] = holder
                self._fill_pair(slots, holder, current)

    def fill_spare(self, current: Mapping[Mid, TrackId | None]) -> None:
        """What found no slot of its own takes a spare one, where it was before if it can. A pair is spare only as a
        whole: its sound and picture are played in step. Faces do not take the probe's or the screen's slot."""
        pairs = self._pairs()
        for slot in self._slots:
            before = self._current(slot, current)
            if before is not None and self._is_spare_for(slot, before, pairs):
                self._place(slot, before)
        for slot in self._slots:
            waiting = sorted(self._unplaced(), key=lambda t: _ORDER[t.purpose])
            self._place(slot, self._first_free(slot, (t for t in waiting if self._is_spare_for(slot, t, pairs))))

    def _is_spare_for(self, slot: Slot, track: TrackState, pairs: Mapping[int, Sequence[Slot]]) -> bool:
        if slot.purpose not in _PEOPLE:
            return track.purpose not in _PEOPLE
        together = (self.shown[other.mid] for other in pairs[slot.pair])
        return all(self._tracks[number].participant == track.participant for number in together if number is not None)

    # ---- people -----------------------------------------------------------------------------------------------------

    def _pairs(self) -> dict[int, list[Slot]]:
        pairs: dict[int, list[Slot]] = {}
        for slot in self._slots:
            if slot.purpose in _PEOPLE:
                pairs.setdefault(slot.pair, []).append(slot)
        return pairs

    def _holder(self, slots: Sequence[Slot], source: Mapping[Mid, TrackId | None]) -> ParticipantId | None:
        """Whose voice or face is in this pair."""
        there = (self._current(slot, source) for slot in slots)
        return next((t.participant for t in there if t is not None and t.purpose in _PEOPLE), None)

    def _next_person(self, slots: Sequence[Slot], taken: set[ParticipantId]) -> ParticipantId | None:
        kinds = {slot.kind for slot in slots if self._is_free(slot)}
        people = (t for t in self._unplaced() if t.purpose in _PEOPLE and t.kind in kinds)
        return next((t.participant for t in people if t.participant not in taken), None)

    def _fill_pair(self, slots: Sequence[Slot], holder: ParticipantId, current: Mapping[Mid, TrackId | None]) -> None:
        for slot in slots:
            before = self._current(slot, current)
            if before is not None and before.participant == holder and before.purpose in _PEOPLE:
                self._place(slot, before)
        for slot in slots:
            theirs = [t for t in self._unplaced() if t.participant == holder and t.purpose in _PEOPLE]
            self._place(slot, self._first_free(slot, theirs))

    # ---- one slot ---------------------------------------------------------------------------------------------------

    def _is_free(self, slot: Slot) -> bool:
        return self.shown[slot.mid] is None and slot.mid not in self._closed

    def _place(self, slot: Slot, track: TrackState | None) -> None:
        fits = track is not None and track.kind is slot.kind and track.track not in self.shown.values()
        if track is not None and fits and self._is_free(slot):
            self.shown[slot.mid] = track.track

    def _current(self, slot: Slot, current: Mapping[Mid, TrackId | None]) -> TrackState | None:
        before = current.get(slot.mid)
        return None if before is None else self._tracks.get(before)

    def _unplaced(self) -> list[TrackState]:
        placed = set(self.shown.values())
        return [t for t in self._tracks.values() if t.track not in placed]

    def _first_free(self, slot: Slot, tracks: Iterable[TrackState]) -> TrackState | None:
        return next((t for t in tracks if t.kind is slot.kind), None)
