"""Who is in the consultation: coming, being cut off, coming back, leaving, and how long a seat is kept."""

from sefaw_rtc.consultation.closing import close
from sefaw_rtc.consultation.effects import CloseMedia
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from sefaw_rtc.consultation.tracks import Tracks
from signalling import events as ev
from signalling.ids import ParticipantId
from signalling.vocabulary import CloseReason, ErrorCode, Status

PRINCIPALS = 2  # who asked and who answered: their seats are never given to others


class Seats:
    """The participants and their timers."""

    def __init__(self, log: Log, tracks: Tracks) -> None:
        self._log = log
        self._tracks = tracks
        self._kept_until: dict[ParticipantId, int] = {}
        self._abandoned_at: int | None = None

    def join(self, now: int, person: ev.Person) -> ParticipantId:
        """Take a seat, or the one that is kept: the same account is the same participant."""
        self._log.refuse_if_over()
        seat = self._log.seat_of(person.account)
        if seat is not None:
            self._kept_until.pop(seat.participant, None)
            self._log.write(now, ev.Returned(participant=seat.participant), seat.participant)
            return seat.participant
        number = self._number_for(person)
        self._log.write(now, ev.Joined(participant=number, person=person), number)
        return number

    def connection_lost(self, now: int, participant: ParticipantId, reason: CloseReason) -> None:
        """The seat is kept for a while. News of somebody who is gone, or cut off already, change nothing."""
        seat = next((p for p in self._log.state.participants if p.participant == participant), None)
        if seat is None or not seat.connected or self._log.is_over():
            return
        self._log.write(now, ev.Disconnected(participant=participant, reason=reason), participant)
        self._kept_until[participant] = now + self._log.policy.seat_kept_us

    def keep_from_now(self, now: int) -> None:
        """After a restart: nobody is connected, every seat is kept from now on."""
        for seat in self._log.state.participants:
            self._kept_until[seat.participant] = now + self._log.policy.seat_kept_us
            if seat.connected:
                reason = CloseReason.CONNECTION_LOST
                self._log.write(now, ev.Disconnected(participant=seat.participant, reason=reason))

    def leave(self, now: int, participant: ParticipantId, reason: CloseReason) -> None:
        """Out, with its tracks. The requester leaving while it rings gives the call up; the last doctor to leave
        ends the consultation."""
        self._log.refuse_if_over()
        seat = self._log.seat(participant)
        if self._log.state.status is not Status.OPEN and self._log.is_requester(seat.person):
            close(self._log, now, CloseReason.CANCELLED, participant)
            return
        self._remove(now, participant, reason, by=participant)
        principals = [p for p in self._log.state.participants if self._log.is_principal(p.person)]
        if self._log.is_principal(seat.person) and not principals and not self._log.policy.keep_open:
            close(self._log, now, reason, participant)

    def deadline(self) -> int | None:
        """When the next kept seat, or the whole consultation, is given up."""
        if self._log.is_over():
            return None
        due = list(self._kept_until.values())
        if self._abandoned_at is not None:
            due.append(self._abandoned_at)
        return min(due, default=None)

    def handle_timeout(self, now: int) -> None:
        """Give up the seats and the consultation whose time is over."""
        for participant in [p for p, until in self._kept_until.items() if now >= until]:
            if not self._log.is_over():
                self._give_up(now, participant)
        if self._abandoned_at is not None and now >= self._abandoned_at and not self._log.is_over():
            close(self._log, now, CloseReason.ABANDONED)

    def watch_doctors(self, now: int) -> None:
        """Start or stop the clock of abandonment: called after everything that happened."""
        log = self._log
        here = any(p.connected and log.is_principal(p.person) for p in log.state.participants)
        if log.state.status is not Status.OPEN or here or log.policy.keep_open:
            self._abandoned_at = None
        elif self._abandoned_at is None:
            self._abandoned_at = now + log.policy.abandoned_us

    # ---- seats ------------------------------------------------------------------------------------------------------

    def _number_for(self, person: ev.Person) -> ParticipantId:
        state, policy = self._log.state, self._log.policy
        doctors = sum(self._log.is_principal(p.person) for p in state.participants)
        reserved = 0 if self._log.is_principal(person) else max(0, PRINCIPALS - doctors)
        if len(state.participants) + reserved >= policy.max_participants:
            raise Refused(ErrorCode.CONSULTATION_FULL)
        for gone in state.departed:
            if gone.person.account == person.account:
                return gone.participant
        if len(state.participants) + len(state.departed) + reserved >= policy.max_people:
            raise Refused(ErrorCode.CONSULTATION_FULL, "too many different people")
        return ParticipantId(state.next_participant)

    def _give_up(self, now: int, participant: ParticipantId) -> None:
        seat = self._log.seat(participant)
        if self._log.state.status is not Status.OPEN and self._log.is_requester(seat.person):
            close(self._log, now, CloseReason.ABANDONED)  # nobody is there to be answered
            return
        self._remove(now, participant, CloseReason.ABANDONED, by=0)

    def _remove(self, now: int, participant: ParticipantId, reason: CloseReason, *, by: int) -> None:
        self._kept_until.pop(participant, None)
        self._tracks.remove_all(now, participant, reason, by=by)
        self._log.write(now, ev.Left(participant=participant, reason=reason), by)
        self._log.act(CloseMedia(participant, reason))
