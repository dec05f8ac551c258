"""Who leads, who lends it, and where it goes."""

import pytest

from sefaw_rtc.consultation import Consultation, MoveLead, Policy
from sefaw_rtc.consultation.lead import LAST_EPOCH
from signalling import events as ev
from signalling import looking as look
from signalling.generate.people import CONSULTATION, TOWNSHIP, person
from signalling.vocabulary import CloseReason, ErrorCode, LeadReason, Role
from tests.consultation.looking_world import Call, picture
from tests.consultation.world import (
    OBSERVER,
    OPERATOR,
    SECOND,
    SPECIALIST,
    VILLAGE,
    World,
    demo,
    kinds,
    refused,
    ringing,
)

NURSE = person("n", "Nurse Liu", Role.VILLAGE_DOCTOR)
OWN_SPECIALIST = person("x", "Dr Wu", Role.SPECIALIST)


def lead(call: Call) -> tuple[int, int]:
    return call.looking.lead.holder, call.looking.lead.epoch


def test_who_asked_begins_at_once() -> None:
    world = ringing()
    caller = world.join(VILLAGE)
    bodies, effects = world.drain()
    assert bodies[-1] == look.LeadChanged(holder=caller, epoch=1, reason=LeadReason.BEGAN)
    assert MoveLead() in effects


def test_a_rung_consultation_waits_for_who_asked() -> None:
    world = ringing()
    assert kinds(world.join(OPERATOR) and world.drain()[0]) == ["Joined"]
    caller = world.join(VILLAGE)
    assert world.state.looking.lead.holder == caller


def test_without_a_ring_anybody_of_the_bedside_begins() -> None:
    world = demo()
    world.join(SPECIALIST)
    assert world.state.looking.lead.holder == 0
    operator = world.join(OPERATOR)
    assert world.state.looking.lead.holder == operator


def test_an_encoder_leads_nobody() -> None:
    world = demo()
    world.consultation.handle_join(world.now, OPERATOR, looks=False)
    assert world.state.looking.lead.holder == 0
    world.join(OPERATOR)  # its page
    assert world.state.looking.lead.holder == 1


def test_the_bedside_gives_and_takes() -> None:
    call = Call()
    assert call.do("ask_lead", call.specialist) == [look.LeadAsked(participant=call.specialist)]
    assert call.do("ask_lead", call.specialist) == []
    (given,) = call.do("give_lead", call.village, call.specialist)
    assert given == look.LeadChanged(holder=call.specialist, epoch=2, reason=LeadReason.GRANTED)
    assert call.looking.lead.asking == []
    assert call.do("give_lead", call.village, call.specialist) == []
    (taken,) = call.do("take_lead", call.village)
    assert taken == look.LeadChanged(holder=call.village, epoch=3, reason=LeadReason.TAKEN_BACK)
    assert call.do("take_lead", call.village) == []


def test_nobody_else_gives_or_takes() -> None:
    call = Call()
    assert call.no("take_lead", call.specialist) is ErrorCode.FORBIDDEN
    assert call.no("give_lead", call.specialist, call.specialist) is ErrorCode.FORBIDDEN
    call.do("give_lead", call.village, call.specialist)
    second = call.world.join(SECOND)
    assert call.no("give_lead", call.specialist, second) is ErrorCode.FORBIDDEN
    assert call.no("take_lead", second) is ErrorCode.FORBIDDEN
    assert call.no("return_lead", second) is ErrorCode.NOT_LEADING
    own = call.world.join(OWN_SPECIALIST)  # of the clinic's own house, but asked, not beside the patient
    assert OWN_SPECIALIST.institution == TOWNSHIP
    assert call.no("take_lead", own) is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("who", [NURSE, OPERATOR])
def test_colleagues_and_operators_are_the_bedside_too(who: ev.Person) -> None:
    call = Call()
    call.do("give_lead", call.village, call.specialist)
    number = call.world.join(who)
    call.do("take_lead", number)
    assert lead(call) == (number, 3)


def test_it_is_given_to_nobody_who_only_watches_or_is_away() -> None:
    call = Call()
    observer = call.world.join(OBSERVER)
    assert call.no("give_lead", call.village, observer) is ErrorCode.FORBIDDEN
    assert call.no("ask_lead", observer) is ErrorCode.FORBIDDEN
    assert call.no("take_lead", observer) is ErrorCode.FORBIDDEN
    assert call.no("give_lead", call.village, 9) is ErrorCode.NOT_FOUND
    call.world.consultation.handle_connection_lost(call.world.now, call.specialist)
    call.world.drain()
    assert call.no("give_lead", call.village, call.specialist) is ErrorCode.NOT_FOUND


def test_who_has_done_gives_it_back() -> None:
    call = Call()
    call.world.join(OPERATOR)
    call.do("give_lead", call.village, call.specialist)
    (back,) = call.do("return_lead", call.specialist)
    assert back == look.LeadChanged(holder=call.village, epoch=3, reason=LeadReason.RETURNED)
    assert call.do("return_lead", call.village) == []  # it is at home


def test_a_holder_cut_off_keeps_it_and_one_who_left_does_not() -> None:
    call = Call()
    call.do("give_lead", call.village, call.specialist)
    call.world.consultation.handle_connection_lost(call.world.now, call.specialist)
    assert lead(call) == (call.specialist, 2)
    bodies, _ = call.world.pass_time(61)
    assert bodies[-1] == look.LeadChanged(holder=call.village, epoch=3, reason=LeadReason.HOLDER_LEFT)


def test_with_nobody_at_the_bedside_whoever_may_leads_until_it_comes_back() -> None:
    call = Call()
    call.world.consultation.handle_leave(call.world.now, call.village)
    call.world.drain()
    assert lead(call) == (0, 2)
    (began,) = call.do("take_lead", call.specialist)
    assert began == look.LeadChanged(holder=call.specialist, epoch=3, reason=LeadReason.BEGAN)
    call.world.join(VILLAGE)
    assert lead(call) == (call.specialist, 3)
    call.do("take_lead", call.village)
    assert lead(call) == (call.village, 4)
    call.world.consultation.handle_leave(call.world.now, call.village)
    call.world.join(VILLAGE)
    assert lead(call) == (call.village, 6)


def test_what_was_done_under_an_old_epoch_no_longer_counts() -> None:
    call = Call()
    call.do("give_lead", call.village, call.specialist)
    view = look.ViewChanged(epoch=1, viewport=0, image=picture("1.1"))
    assert call.no("view", call.village, view) is ErrorCode.NOT_LEADING
    assert call.no("view", call.specialist, view) is ErrorCode.NOT_LEADING
    assert call.no("layout", call.specialist, 3, 1, 2) is ErrorCode.NOT_LEADING
    assert call.no("layout", call.village, 2, 1, 2) is ErrorCode.NOT_LEADING


def test_it_stays_through_a_restart() -> None:
    call = Call()
    call.do("give_lead", call.village, call.specialist)
    again = call.world.restart()
    again.drain()
    assert (again.state.looking.lead.holder, again.state.looking.lead.epoch) == (call.specialist, 2)


def test_a_crash_between_leaving_and_giving_back_is_mended() -> None:
    call = Call()
    call.do("give_lead", call.village, call.specialist)
    call.world.consultation.handle_leave(call.world.now, call.specialist)
    call.world.drain()
    cut = call.world.log[:-1]  # `LeadChanged` was not written any more
    assert isinstance(cut[-1].body, ev.Left)
    again = World(Consultation.replay(CONSULTATION, cut, Policy(), call.world.now), cut)
    assert (again.state.looking.lead.holder, again.state.looking.lead.epoch) == (0, 3)
    again.join(VILLAGE)
    assert again.state.looking.lead.holder == call.village


def test_after_the_last_epoch_it_moves_no_more() -> None:
    """It never wraps: a fast message of the first epoch must stay old."""
    world = ringing()
    caller = world.join(VILLAGE)
    world.consultation.handle_answer(world.now, SPECIALIST.account)
    callee = world.join(SPECIALIST)
    world.drain()
    last = ev.Event(
        seq=world.state.seq + 1,
        t=world.now,
        by=caller,
        body=look.LeadChanged(holder=callee, epoch=LAST_EPOCH, reason=LeadReason.GRANTED),
    )
    log = [*world.log, last]
    late = World(Consultation.replay(CONSULTATION, log, Policy(), world.now), log)
    for who in (VILLAGE, SPECIALIST):
        late.join(who)
    heart = late.consultation.looking
    assert refused(lambda: heart.handle_take_lead(late.now, caller)) is ErrorCode.TOO_MANY
    late.consultation.handle_leave(late.now, callee)
    late.drain()
    assert (late.state.looking.lead.holder, late.state.looking.lead.epoch) == (0, LAST_EPOCH)
    assert refused(lambda: heart.handle_take_lead(late.now, caller)) is ErrorCode.TOO_MANY


def test_it_does_not_go_to_and_fro_for_ever() -> None:
    call = Call(Policy(lead_burst=4, lead_per_s=1))
    for _ in range(2):
        call.do("give_lead", call.village, call.specialist)
        call.do("take_lead", call.village)
    assert call.no("give_lead", call.village, call.specialist) is ErrorCode.TOO_MANY
    call.world.pass_time(1)
    call.do("give_lead", call.village, call.specialist)


def test_closing_takes_it_from_nobody() -> None:
    call = Call()
    call.world.consultation.handle_end(call.world.now, CloseReason.ENDED_BY_ADMINISTRATOR)
    bodies, _ = call.world.drain()
    assert "LeadChanged" not in kinds(bodies)
    assert call.no("take_lead", call.village) is ErrorCode.CONSULTATION_CLOSED
