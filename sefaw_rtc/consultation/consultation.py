"""The aggregate: one consultation, from the request to its last event. Sans-IO: `now` is given (µs on the session
clock, 0 = requested), events and effects are taken.

The shell's loop, after every `handle_*`, in this order:
1. `poll_event` until None: append to the log on disk, then send to every participant.
2. `poll_effect` until None: carry out.
3. `poll_timeout`: call `handle_timeout` no later than then.
A snapshot (`state`) is true for the log only once all events are taken. A call that is not allowed raises `Refused`
and has changed nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sefaw_rtc.consultation.accesses import Accesses
from sefaw_rtc.consultation.chat import Chat
from sefaw_rtc.consultation.closing import close
from sefaw_rtc.consultation.effects import Effect
from sefaw_rtc.consultation.invitations import Invitations
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.looking import Looking
from sefaw_rtc.consultation.observations import Observations
from sefaw_rtc.consultation.opinions import Opinions, Pen
from sefaw_rtc.consultation.policy import Policy
from sefaw_rtc.consultation.recording import Recording
from sefaw_rtc.consultation.refused import Refused
from sefaw_rtc.consultation.ringing import Ringing
from sefaw_rtc.consultation.seats import Seats
from sefaw_rtc.consultation.tracks import Tracks
from signalling import events as ev
from signalling.ids import AccountId, ConsultationId, Mid, ParticipantId, TrackId
from signalling.messages import Send
from signalling.state import State
from signalling.vocabulary import CloseReason, DeclineReason, ErrorCode, Kind, Purpose, Status, Step

NO_TRACK: Final = TrackId(0)


class Consultation:
    """Made by `request`, `open_demo` or `replay`; never directly."""

    def __init__(
        self,
        consultation: ConsultationId,
        log: Log,
        candidates: Iterable[ev.Person] = (),
        written: Sequence[ev.Event] = (),
    ) -> None:
        self.id = consultation
        self._log = log
        self._ringing = Ringing(log, candidates)
        self._invitations = Invitations(log, written)
        self._tracks = Tracks(log)
        self._seats = Seats(log, self._tracks)
        self._chat = Chat(log)
        self._observations = Observations(log)
        self._opinions = Opinions(consultation, log)
        self.looking = Looking(log)
        self.recording = Recording(log)
        self.accesses = Accesses(log)

    @classmethod
    def request(
        cls,
        consultation: ConsultationId,
        request: ev.Requested,
        candidates: Sequence[ev.Person],
        policy: Policy,
        now: int = 0,
    ) -> "Consultation":
        """A village doctor asks. `candidates`: who is on call, in the order to ring; nobody: `Refused`."""
        log = Log(policy)
        log.write(now, request)
        made = cls(consultation, log, candidates)
        if not made._ringing.has_candidates():
            raise Refused(ErrorCode.NOBODY_ON_CALL)
        made._ringing.begin(now)
        return made

    @classmethod
    def open_demo(
        cls, consultation: ConsultationId, request: ev.Requested, policy: Policy, now: int = 0
    ) -> "Consultation":
        """A consultation that is open at once, without a ring (a demo, a test)."""
        log = Log(policy)
        log.write(now, request)
        log.write(now, ev.Opened())
        made = cls(consultation, log)
        made._seats.watch_doctors(now)
        return made

    @classmethod
    def replay(
        cls,
        consultation: ConsultationId,
        events: Sequence[ev.Event],
        policy: Policy,
        now: int,
        candidates: Sequence[ev.Person] = (),
    ) -> "Consultation":
        """After a restart, from the log. What the restart itself changed comes as new events: seats are kept but
        not connected, tracks ended, a ring and invitations ring anew, a closing that had begun is finished."""
        made = cls(consultation, Log(policy, events), candidates, events)
        made._come_back(now)
        return made

    @property
    def state(self) -> State:
        """The fold of all events so far, taken or not."""
        return self._log.state

    @property
    def asked(self) -> frozenset[AccountId]:
        """Everybody who was ever invited, whatever became of it."""
        return self._invitations.asked

    # ---- the ring ---------------------------------------------------------------------------------------------------

    def handle_candidate(self, now: int, person: ev.Person, *, first: bool = False) -> None:
        """A specialist came on call while it rings: rung after those who wait, or (on duty) before them."""
        if not self._log.is_over() and self.state.status is not Status.OPEN:
            self._ringing.add(person, first=first)
            self._ringing.tell_following(now)

    def handle_candidate_gone(self, now: int, account: AccountId) -> None:
        """A specialist went off call: not rung any more. One who is being rung right now may still answer."""
        self._ringing.drop(account)
        self._ringing.tell_following(now)

    def handle_answer(self, now: int, account: AccountId) -> None:
        """The callee takes the call: open; or the invited person comes. Refused: already_answered,
        consultation_closed, out_of_state."""
        if self._invitations.concerns(account):
            self._invitations.accept(now, account)
            return
        self._ringing.answer(now, account)
        self._seats.watch_doctors(now)

    def handle_decline(self, now: int, account: AccountId, reason: DeclineReason, text: str = "") -> None:
        """The callee does not: the next is rung, or it closes; an invitation just ends. Refused: as
        `handle_answer`."""
        if self._invitations.concerns(account):
            self._invitations.decline(now, account, reason, text)
            return
        self._ringing.decline(now, account, reason, text)

    def handle_callee_unreachable(self, now: int, account: AccountId) -> None:
        """The callee or invited person has no connection (any more), or is busy. Never refused."""
        self._ringing.unreachable(now, account)
        self._invitations.unreachable(now, account)

    def handle_cancel(self, now: int, account: AccountId) -> None:
        """The requester gives up. Refused: forbidden, already_answered, consultation_closed."""
        self._ringing.cancel(now, account)

    # ---- invitations ------------------------------------------------------------------------------------------------

    def handle_invite(self, now: int, participant: ParticipantId, person: ev.Person) -> None:
        """Ring another person to join. Refused: forbidden, conflict (is here already), too_many, out_of_state,
        not_found, consultation_closed."""
        self._invitations.invite(now, participant, person)

    def handle_cancel_invitation(self, now: int, participant: ParticipantId, account: AccountId) -> None:
        """Ring that person no more. Refused: forbidden, already_answered, not_found, consultation_closed."""
        self._invitations.cancel(now, participant, account)

    # ---- seats ------------------------------------------------------------------------------------------------------

    def handle_join(self, now: int, person: ev.Person, *, looks: bool = True) -> ParticipantId:
        """Come in, or come back: the same account keeps its number, and its newest connection wins (the shell closes
        the older one with `replaced`). Its tracks stay: a new media connection first calls `handle_media_lost`.
        `looks` False: an encoder or player, which leads nobody. Refused: consultation_closed, consultation_full."""
        participant = self._seats.join(now, person)
        self._invitations.came_in(now, person.account)
        self._seats.watch_doctors(now)
        self.looking.joined(now, participant, looks=looks)
        return participant

    def handle_connection_lost(
        self, now: int, participant: ParticipantId, reason: CloseReason = CloseReason.CONNECTION_LOST
    ) -> None:
        """The participant's connection went: its seat and its tracks are kept for a while. Never refused."""
        self._seats.connection_lost(now, participant, reason)
        self._seats.watch_doctors(now)

    def handle_leave(self, now: int, participant: ParticipantId, reason: CloseReason = CloseReason.LEFT) -> None:
        """Out; the consultation goes on for the others. Refused: not_found, consultation_closed."""
        self._seats.leave(now, participant, reason)
        self._seats.watch_doctors(now)
        self.looking.watch(now)

    def handle_hang_up(self, now: int, participant: ParticipantId) -> None:
        """End it for all: who asked or who answered may. Refused: forbidden, not_found, consultation_closed."""
        self._log.refuse_if_over()
        if not self._log.is_principal(self._log.seat(participant).person):
            raise Refused(ErrorCode.FORBIDDEN, "only the requester or the specialist hangs up for all")
        reason = CloseReason.HUNG_UP if self.state.status is Status.OPEN else CloseReason.CANCELLED
        close(self._log, now, reason, participant)

    # ---- media and chat ---------------------------------------------------------------------------------------------

    def handle_publish(self, now: int, participant: ParticipantId, mid: Mid, kind: Kind, purpose: Purpose) -> TrackId:
        """Publish on one m-section. Refused: too_many, not_found, consultation_closed."""
        return self._tracks.publish(now, participant, Send(mid=mid, kind=kind, purpose=purpose))

    def handle_sends(self, now: int, participant: ParticipantId, sends: Sequence[Send]) -> dict[Mid, TrackId]:
        """What a whole offer publishes: tracks it no longer names are removed. Refused: as `handle_publish`."""
        return self._tracks.publish_all(now, participant, sends)

    def handle_unpublish(
        self,
        now: int,
        participant: ParticipantId,
        track: TrackId,
        reason: CloseReason = CloseReason.UNPUBLISHED,
    ) -> None:
        """Take back one's own track. Refused: not_found, consultation_closed."""
        self._tracks.unpublish(now, participant, track, reason)

    def handle_media_lost(self, now: int, participant: ParticipantId, reason: CloseReason) -> None:
        """The participant's media connection ended or is replaced: its tracks are removed. Never refused."""
        self._tracks.remove_all(now, participant, reason)

    def handle_media_changed(self, now: int, participant: ParticipantId, *, microphone: bool, camera: bool) -> None:
        """What it says of its microphone and camera. Refused: too_many, not_found, consultation_closed."""
        self._tracks.media_changed(now, participant, microphone=microphone, camera=camera)

    def handle_chat(
        self, now: int, participant: ParticipantId, key: str, text: str, attachment: ev.Attachment | None = None
    ) -> None:
        """Say a line, perhaps with a picture or a voice message; the same key again is the same line. Refused:
        malformed (nothing in it), too_many, not_found, consultation_closed."""
        self._chat.say(now, participant, key, text, attachment)

    def handle_observed(
        self, now: int, participant: ParticipantId, step: Step, *, track: TrackId = NO_TRACK, value: int = 0
    ) -> bool:
        """The plane or the server (`participant` 0) saw something of the timeline; `value` in the unit of the step.
        Never refused; False where it was not written: too many, or over."""
        return self._observations.saw(now, participant, step, track, value)

    # ---- paperwork, also after the end ------------------------------------------------------------------------------

    def handle_opinion(
        self, now: int, signer: ev.Person, opinion: ev.Opinion, *, amends: int, at: int, pen: Pen
    ) -> int:
        """Sign an opinion, or (`amends` > 0) an addendum; `at` is Unix ms of now. Its number. Refused: forbidden,
        malformed, conflict, not_found, too_many, out_of_state."""
        return self._opinions.sign(now, signer, opinion, amends, at, pen)

    def handle_acknowledge(self, now: int, person: ev.Person, number: int, *, at: int) -> None:
        """The requester has read it; twice is once. Refused: forbidden, not_found, out_of_state."""
        self._opinions.acknowledge(now, person, number, at)

    # ---- the end, the clock, the outbox -----------------------------------------------------------------------------

    def handle_end(self, now: int, reason: CloseReason, text: str = "") -> None:
        """End it from outside: an administrator (`text`: in whose own words), a revoked access, a failure. Ending twice
        is once."""
        close(self._log, now, reason, text=text)

    def poll_timeout(self) -> int | None:
        """When `handle_timeout` must be called at the latest; None = only when something happens."""
        parts = (self._ringing, self._invitations, self._seats, self.looking, self.recording)
        due = (part.deadline() for part in parts)
        return min((at for at in due if at is not None), default=None)

    def handle_timeout(self, now: int) -> None:
        """Whatever is due by now. Too early or too often does nothing."""
        self._ringing.handle_timeout(now)
        self._invitations.handle_timeout(now)
        self._seats.handle_timeout(now)
        self._seats.watch_doctors(now)
        self.looking.handle_timeout(now)
        self.recording.handle_timeout(now)

    def poll_event(self) -> ev.Event | None:
        """The next event, to be logged and then sent."""
        return self._log.events.popleft() if self._log.events else None

    def poll_effect(self) -> Effect | None:
        """The next thing to do outside; take it after the events."""
        return self._log.effects.popleft() if self._log.effects else None

    def _come_back(self, now: int) -> None:
        status = self.state.status
        if status is Status.CLOSED:
            return
        if status is Status.CLOSING:
            close(self._log, now, self.state.close_reason or CloseReason.INTERNAL_ERROR)
            return
        self.recording.come_back(now, self._log.last_t)
        self._tracks.remove_everything(now, CloseReason.CONNECTION_LOST)
        self._seats.keep_from_now(now)
        if status is not Status.OPEN:
            self._ringing.begin_again(now)
        self._invitations.ring_again(now)
        self._seats.watch_doctors(now)
        self.looking.come_back(now)
