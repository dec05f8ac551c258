"""A simulated world: whatever people, networks, clocks and crashes do, in any order, the promises hold."""

from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sefaw_rtc.consultation import Pen, Policy, Refused
from signalling import events as ev
from signalling import looking as look
from signalling.canonical import state_hash
from signalling.fold import fold_all
from signalling.ids import ParticipantId, TrackId
from signalling.vocabulary import CloseReason, DeclineReason, FreezeFault, Kind, MachineControl, Purpose, Status, Step
from tests.consultation.looking_world import OTHER, SAME, mark, picture, series, study
from tests.consultation.world import (
    OBSERVER,
    OPERATOR,
    PAPERWORK,
    SECOND,
    SPECIALIST,
    THIRD,
    VILLAGE,
    World,
    demo,
    ringing,
    send,
)

people = st.sampled_from([VILLAGE, SPECIALIST, SECOND, THIRD, OPERATOR, OBSERVER])
uids = st.sampled_from(["1.1", "2.2", "3.3"])
numbers = st.integers(1, 7).map(ParticipantId)
mids = st.sampled_from(["0", "1", "2", "3"])
sends = st.builds(send, mids, st.sampled_from(Kind), st.sampled_from(Purpose))
POLICY = Policy(max_tracks=10, max_tracks_each=4, max_participants=5, max_invitations=2, max_studies=2)


class AnyOrder(RuleBasedStateMachine):
    """Every rule may be refused, and then must have changed nothing; the world checks each event as it comes."""

    world: World

    @initialize(open_at_once=st.booleans())
    def start(self, open_at_once: bool) -> None:
        self.world = demo(POLICY) if open_at_once else ringing(SPECIALIST, SECOND, policy=POLICY)

    def _try(self, call: str, *arguments: object, **named: object) -> None:
        before = self.world.state
        try:
            getattr(self.world.consultation, f"handle_{call}")(self.world.now, *arguments, **named)
        except Refused:
            assert self.world.state is before, "refused, but changed"
        self.world.drain()

    @rule(who=people)
    def answer(self, who: ev.Person) -> None:
        self._try("answer", who.account)

    @rule(who=people, reason=st.sampled_from(DeclineReason))
    def decline(self, who: ev.Person, reason: DeclineReason) -> None:
        self._try("decline", who.account, reason)

    @rule(who=people)
    def unreachable(self, who: ev.Person) -> None:
        self._try("callee_unreachable", who.account)

    @rule(who=people)
    def come_on_call(self, who: ev.Person) -> None:
        self._try("candidate", who)

    @rule(who=people)
    def go_off_call(self, who: ev.Person) -> None:
        self._try("candidate_gone", who.account)

    @rule(who=people)
    def come_on_duty(self, who: ev.Person) -> None:
        self._try("candidate", who, first=True)

    @rule(number=numbers, who=people)
    def invite(self, number: ParticipantId, who: ev.Person) -> None:
        self._try("invite", number, who)

    @rule(number=numbers, who=people)
    def cancel_invitation(self, number: ParticipantId, who: ev.Person) -> None:
        self._try("cancel_invitation", number, who.account)

    @rule(number=st.integers(0, 7).map(ParticipantId), step=st.sampled_from(Step), value=st.integers(-1, 5))
    def observe(self, number: ParticipantId, step: Step, value: int) -> None:
        self._try("observed", number, step, value=value)

    @rule(who=people)
    def cancel(self, who: ev.Person) -> None:
        self._try("cancel", who.account)

    @rule(who=people)
    def join(self, who: ev.Person) -> None:
        self._try("join", who)

    @rule(number=numbers)
    def lose_connection(self, number: ParticipantId) -> None:
        self._try("connection_lost", number)

    @rule(number=numbers)
    def lose_media(self, number: ParticipantId) -> None:
        self._try("media_lost", number, CloseReason.MEDIA_FAILED)

    @rule(number=numbers)
    def leave(self, number: ParticipantId) -> None:
        self._try("leave", number)

    @rule(number=numbers)
    def hang_up(self, number: ParticipantId) -> None:
        self._try("hang_up", number)

    @rule(number=numbers, offered=st.lists(sends, max_size=5))
    def offer(self, number: ParticipantId, offered: list[object]) -> None:
        self._try("sends", number, offered)

    @rule(number=numbers, track=st.integers(1, 12).map(TrackId))
    def unpublish(self, number: ParticipantId, track: TrackId) -> None:
        self._try("unpublish", number, track)

    @rule(number=numbers, microphone=st.booleans(), camera=st.booleans())
    def mute(self, number: ParticipantId, microphone: bool, camera: bool) -> None:
        self._try("media_changed", number, microphone=microphone, camera=camera)

    @rule(number=numbers, key=st.sampled_from(["a", "b", "c"]))
    def chat(self, number: ParticipantId, key: str) -> None:
        self._try("chat", number, key, "line")

    @rule(who=people, amends=st.integers(0, 3), words=st.sampled_from(["", "a", "b"]), critical=st.booleans())
    def sign(self, who: ev.Person, amends: int, words: str, critical: bool) -> None:
        opinion = ev.Opinion(findings=words, impression="", advice="", critical=critical)
        at = 1_800_000_000_000 + self.world.now // 1000
        self._try("opinion", who, opinion, amends=amends, at=at, pen=Pen(key="k", sign=lambda _: "s"))

    @rule(who=people, number=st.integers(1, 4))
    def acknowledge(self, who: ev.Person, number: int) -> None:
        self._try("acknowledge", who, number, at=1_800_000_000_000)

    # ---- looking together -------------------------------------------------------------------------------------------

    def _look(self, call: str, *arguments: object, **named: object) -> None:
        before = self.world.state
        try:
            getattr(self.world.consultation.looking, f"handle_{call}")(self.world.now, *arguments, **named)
        except Refused:
            assert self.world.state is before, "refused, but changed"
        self.world.drain()

    @rule(number=st.integers(0, 7).map(ParticipantId), uid=uids, patient=st.sampled_from([SAME, OTHER]))
    def share(self, number: ParticipantId, uid: str, patient: look.PicturePatient) -> None:
        self._look("share", number, study(uid, patient), [series(uid)])

    @rule(number=numbers, uid=uids, call=st.sampled_from(["confirm", "withdraw"]))
    def answer_for_a_study(self, number: ParticipantId, uid: str, call: str) -> None:
        self._look(call, number, uid)

    @rule(number=numbers, call=st.sampled_from(["ask_lead", "take_lead", "return_lead"]))
    def move_the_lead(self, number: ParticipantId, call: str) -> None:
        self._look(call, number)

    @rule(number=numbers, to=numbers)
    def give_the_lead(self, number: ParticipantId, to: ParticipantId) -> None:
        self._look("give_lead", number, to)

    @rule(number=numbers, epoch=st.integers(1, 4), viewport=st.integers(0, 3), uid=st.none() | uids)
    def change_a_view(self, number: ParticipantId, epoch: int, viewport: int, uid: str | None) -> None:
        image = picture(uid) if uid else None
        self._look("view", number, look.ViewChanged(epoch=epoch, viewport=viewport, image=image))

    @rule(number=numbers, epoch=st.integers(1, 4), rows=st.integers(1, 2), columns=st.integers(1, 2))
    def change_the_layout(self, number: ParticipantId, epoch: int, rows: int, columns: int) -> None:
        self._look("layout", number, epoch, rows, columns)

    @rule(number=numbers, key=st.sampled_from(["a", "b"]), uid=uids, track=st.none() | st.integers(1, 6))
    def draw(self, number: ParticipantId, key: str, uid: str, track: int | None) -> None:
        frame = look.FrameKey(track=TrackId(track), rtp=1) if track else None
        self._look("mark", number, mark(key, picture=None if frame else picture(uid), frame=frame))

    @rule(number=numbers, key=st.sampled_from(["a", "b"]))
    def undraw(self, number: ParticipantId, key: str) -> None:
        self._look("remove_mark", number, key)

    @rule(number=numbers, key=st.sampled_from(["a", "b"]), ask=st.booleans())
    def ask_the_machine(self, number: ParticipantId, key: str, ask: bool) -> None:
        if ask:
            self._look("ask_machine", number, key, MachineControl.FREEZE)
        else:
            self._look("answer_machine", number, key, done=True)

    @rule(number=numbers, key=st.sampled_from(["a", "b"]), track=st.integers(1, 6))
    def freeze(self, number: ParticipantId, key: str, track: int) -> None:
        self._look("ask_freeze", number, key, look.FrameKey(track=TrackId(track), rtp=1))

    @rule(number=numbers, key=st.sampled_from(["a", "b"]), call=st.sampled_from(["decline_freeze", "still_coming"]))
    def answer_a_freeze(self, number: ParticipantId, key: str, call: str) -> None:
        self._look(call, number, key)

    @rule(key=st.sampled_from(["a", "b"]), uid=uids, track=st.integers(1, 6), fails=st.booleans())
    def end_a_freeze(self, key: str, uid: str, track: int, fails: bool) -> None:
        frame = look.FrameKey(track=TrackId(track), rtp=1)
        if fails:
            self._look("freeze_failed", key, FreezeFault.UNREADABLE)
        else:
            self._look("frozen", key, picture(uid), frame, as_transmitted=True)

    @rule(seconds=st.sampled_from([0.0, 0.1, 1, 10, 29.9, 31, 61, 125]))
    def wait(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    @rule(seconds=st.integers(0, 5))
    def clock_steps_back(self, seconds: int) -> None:
        self.world.now = max(0, self.world.now - seconds * 1_000_000)

    @rule(candidates=st.lists(people, max_size=3))
    def crash_and_restart(self, candidates: list[ev.Person]) -> None:
        self.world = self.world.restart(candidates, POLICY)
        self.world.drain()
        assert not any(p.connected for p in self.world.state.participants)

    @rule()
    def end(self) -> None:
        self._try("end", CloseReason.ENDED_BY_ADMINISTRATOR)

    @invariant()
    def the_log_is_whole(self) -> None:
        if not hasattr(self, "world"):
            return
        log = self.world.log
        assert [e.seq for e in log] == list(range(1, len(log) + 1))
        assert all(a.t <= b.t for a, b in pairwise(log))
        ends = [i for i, e in enumerate(log) if isinstance(e.body, ev.Closed)]
        assert len(ends) <= 1
        assert all(isinstance(e.body, PAPERWORK) for end in ends for e in log[end + 1 :])
        assert state_hash(fold_all(log)) == state_hash(self.world.state)

    @invariant()
    def the_state_makes_sense(self) -> None:
        if not hasattr(self, "world"):
            return
        state = self.world.state
        seated = [p.participant for p in state.participants]
        accounts = [p.person.account for p in [*state.participants, *state.departed]]
        assert {t.participant for t in state.tracks} <= set(seated)
        assert len({t.track for t in state.tracks}) == len(state.tracks) <= POLICY.max_tracks
        assert len(set(accounts)) == len(accounts), "one person, two seats"
        assert len(seated) <= POLICY.max_participants
        assert (state.ring is not None) == (state.status is Status.RINGING)
        assert state.status is not Status.CLOSING, "closing is never left half done"
        assert [o.number for o in state.opinions] == list(range(1, len(state.opinions) + 1))
        asked = [one.callee.account for one in state.invitations]
        assert len(set(asked)) == len(asked) <= POLICY.max_invitations
        assert not asked or state.status is Status.OPEN
        assert not set(asked) & {p.person.account for p in state.participants}, "rung although here"
        assert set(state.invited) | set(asked) <= self.world.consultation.asked
        if state.status is Status.CLOSED:
            assert not seated
            assert self.world.consultation.poll_timeout() is None
        if state.status is Status.RINGING:
            assert self.world.consultation.poll_timeout() is not None, "rings for ever"

    @invariant()
    def looking_together_makes_sense(self) -> None:
        if not hasattr(self, "world"):
            return
        state, looking = self.world.state, self.world.state.looking
        seated = {p.participant for p in state.participants}
        if state.status is not Status.CLOSED:
            assert looking.lead.holder in {0, *seated}, "led by somebody who is not here"
        epochs = [e.body.epoch for e in self.world.log if isinstance(e.body, look.LeadChanged)]
        assert epochs == list(range(1, len(epochs) + 1))
        shown = {one.study for one in looking.studies if one.confirmed or not one.differs}
        assert {one.image.study for one in looking.viewports if one.image} <= shown
        assert {one.mark.picture.study for one in looking.marks if one.mark.picture} <= shown
        assert len(looking.studies) <= POLICY.max_studies
        waits = any(one.picture is None and one.fault is None for one in looking.freezes)
        assert not waits or self.world.consultation.poll_timeout() is not None

    @invariant()
    def nobody_waits_for_ever(self) -> None:
        if not hasattr(self, "world"):
            return
        state = self.world.state
        if state.invitations or any(not p.connected for p in state.participants):
            assert self.world.consultation.poll_timeout() is not None


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
