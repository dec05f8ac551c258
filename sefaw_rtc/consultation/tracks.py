"""Who publishes what, and what everybody says of their microphone and camera."""

from collections.abc import Sequence

from sefaw_rtc.consultation.budget import Budget
from sefaw_rtc.consultation.effects import AddTrack, RemoveTrack
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from signalling import events as ev
from signalling.ids import Mid, ParticipantId, TrackId
from signalling.messages import Send
from signalling.state import TrackState
from signalling.vocabulary import CloseReason, ErrorCode


class Tracks:
    """The published tracks. Their numbers are never used twice: a frame key names its frame for ever."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._budgets: dict[ParticipantId, Budget] = {}

    def publish(self, now: int, participant: ParticipantId, send: Send) -> TrackId:
        """A track on this m-section. The same again is the same track; another purpose on it is a new one."""
        kept = [Send(mid=t.mid, kind=t.kind, purpose=t.purpose) for t in self._of(participant) if t.mid != send.mid]
        return self.publish_all(now, participant, [*kept, send])[send.mid]

    def publish_all(self, now: int, participant: ParticipantId, sends: Sequence[Send]) -> dict[Mid, TrackId]:
        """What a whole offer publishes: what it no longer names is unpublished. All of it or, if refused, nothing."""
        self._log.refuse_if_over()
        self._log.seat(participant)
        wanted = {send.mid: send for send in sends}
        stay = {t.mid: t.track for t in self._of(participant) if _carries(t, wanted.get(t.mid))}
        gone = [t for t in self._of(participant) if t.mid not in stay]
        new = [send for mid, send in wanted.items() if mid not in stay]
        self._refuse_too_many(now, participant, len(stay), len(gone), len(new))
        for track in gone:
            self._remove(now, track, CloseReason.UNPUBLISHED, by=participant)
        added = {send.mid: self._add(now, participant, send) for send in new}
        return {mid: stay[mid] if mid in stay else added[mid] for mid in wanted}

    def unpublish(self, now: int, participant: ParticipantId, track: TrackId, reason: CloseReason) -> None:
        """Take back one's own track."""
        self._log.refuse_if_over()
        mine = next((t for t in self._of(participant) if t.track == track), None)
        if mine is None:
            raise Refused(ErrorCode.NOT_FOUND, "no such track of this participant")
        self._remove(now, mine, reason, by=participant)

    def remove_all(self, now: int, participant: ParticipantId, reason: CloseReason, *, by: int = 0) -> None:
        """All tracks of a participant end: it left, or its media connection went or was replaced."""
        for track in self._of(participant):
            self._remove(now, track, reason, by=by)

    def remove_everything(self, now: int, reason: CloseReason) -> None:
        """After a restart: the plane that carried them is gone."""
        for track in self._log.state.tracks:
            self._remove(now, track, reason, by=0)

    def media_changed(self, now: int, participant: ParticipantId, *, microphone: bool, camera: bool) -> None:
        """What the participant says of its devices. Saying it twice is once."""
        self._log.refuse_if_over()
        seat = self._log.seat(participant)
        if (seat.microphone, seat.camera) == (microphone, camera):
            return
        self._spend(now, participant, 1)
        body = ev.MediaChanged(participant=participant, microphone=microphone, camera=camera)
        self._log.write(now, body, participant)

    # ---- one track --------------------------------------------------------------------------------------------------

    def _of(self, participant: ParticipantId) -> list[TrackState]:
        return [t for t in self._log.state.tracks if t.participant == participant]

    def _add(self, now: int, participant: ParticipantId, send: Send) -> TrackId:
        track = TrackId(self._log.state.next_track)
        body = ev.TrackAdded(track=track, participant=participant, kind=send.kind, purpose=send.purpose, mid=send.mid)
        self._log.write(now, body, participant)
        self._log.act(AddTrack(participant, send.mid, track, send.kind, send.purpose))
        return track

    def _remove(self, now: int, track: TrackState, reason: CloseReason, *, by: int) -> None:
        self._log.write(now, ev.TrackRemoved(track=track.track, reason=reason), by)
        self._log.act(RemoveTrack(track.participant, track.track, reason))

    def _refuse_too_many(self, now: int, participant: ParticipantId, stay: int, gone: int, new: int) -> None:
        policy = self._log.policy
        others = len(self._log.state.tracks) - stay - gone
        if new and (stay + new > policy.max_tracks_each or others + stay + new > policy.max_tracks):
            raise Refused(ErrorCode.TOO_MANY, "tracks")
        self._spend(now, participant, max(gone, new))

    def _spend(self, now: int, participant: ParticipantId, changes: int) -> None:
        policy = self._log.policy
        budget = self._budgets.setdefault(participant, Budget(policy.changes_burst, policy.changes_per_s))
        if not budget.spend(now, changes):
            raise Refused(ErrorCode.TOO_MANY, "changes")


def _carries(track: TrackState, send: Send | None) -> bool:
    return send is not None and (track.kind, track.purpose) == (send.kind, send.purpose)
