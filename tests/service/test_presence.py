"""The lobby's presence: on call through a reload, not longer, and by one's own choice."""

from sefaw_rtc.service.connections import Seats
from sefaw_rtc.service.presence import GRACE_S, Presence
from signalling.ids import ParticipantId
from signalling.vocabulary import CloseReason, Role
from tests.service.people import Remembered, person

ANNA, BORIS = person("a"), person("b")


def test_on_call_lasts_through_a_reload_and_ends_after_the_grace_time() -> None:
    presence, first, second = Presence(on_call_at_once=False), Remembered(), Remembered()
    presence.arrive(ANNA, first, 1000)
    presence.set_on_call(ANNA.account, True, 2000)
    presence.depart(ANNA.account, first, now=10.0)
    assert presence.forget_gone(10.0 + GRACE_S - 0.1) == []
    assert [a.person for a in presence.on_call()] == [ANNA]
    presence.arrive(ANNA, second, 9000)
    assert presence.forget_gone(100.0) == []
    assert presence.on_call()[0].on_call_since == 2000
    presence.depart(ANNA.account, second, now=100.0)
    assert presence.forget_gone(100.0 + GRACE_S) == [ANNA.account]
    assert presence.on_call() == []


def test_ones_own_choice_is_remembered() -> None:
    presence = Presence(on_call_at_once=True)
    presence.arrive(ANNA, Remembered(), 1)
    assert presence.on_call()
    presence.set_on_call(ANNA.account, False, 2)
    presence.depart(ANNA.account, Remembered(), now=0.0)  # a connection that was never here changes nothing
    presence.arrive(ANNA, Remembered(), 3)
    assert presence.on_call() == []


def test_only_specialists_are_on_call_and_longest_first() -> None:
    presence = Presence(on_call_at_once=True)
    presence.arrive(BORIS, Remembered(), 10)
    presence.arrive(person("v", Role.VILLAGE_DOCTOR), Remembered(), 1)
    presence.arrive(ANNA, Remembered(), 20)
    assert [a.person for a in presence.on_call()] == [BORIS, ANNA]


def test_a_shift_is_a_choice_made_for_one_until_one_says_otherwise() -> None:
    presence = Presence(on_call_at_once=False)
    anna = presence.arrive(ANNA, Remembered(), 1)
    assert presence.set_duty({ANNA.account, BORIS.account}, 10) == [anna]
    assert anna.on_call_since == 10
    presence.set_on_call(ANNA.account, False, 20)
    presence.set_duty({ANNA.account}, 30)
    assert not anna.on_call_since, "the same shift asks once"
    presence.set_duty([], 40)
    presence.set_duty({ANNA.account}, 50)
    assert anna.on_call_since == 50, "the next shift is a new question"
    presence.set_on_call(ANNA.account, True, 60)
    presence.set_duty([], 70)
    assert anna.on_call_since == 50, "whoever chose to be on call stays so"


def test_the_end_of_a_shift_takes_off_call_who_did_not_choose() -> None:
    presence = Presence(on_call_at_once=False)
    presence.set_duty({ANNA.account}, 1)
    anna, village = (
        presence.arrive(ANNA, Remembered(), 2),
        presence.arrive(person("v", Role.VILLAGE_DOCTOR), Remembered(), 2),
    )
    assert (anna.on_call_since, village.on_call_since) == (2, 0)
    presence.set_duty([], 3)
    assert presence.on_call() == []


def test_the_last_sign_of_life_is_that_of_any_page() -> None:
    presence, pages = Presence(on_call_at_once=True), [Remembered(), Remembered()]
    for page, heard in zip(pages, (5.0, 9.0), strict=True):
        page.heard_at = heard
        anna = presence.arrive(ANNA, page, 1)
    anna.probe()
    assert [page.probes for page in pages] == [1, 1]
    assert anna.last_sign == 9.0


def test_a_revoked_account_is_told_on_every_page() -> None:
    presence, pages = Presence(on_call_at_once=True), [Remembered(), Remembered()]
    for page in pages:
        presence.arrive(ANNA, page, 1)
    presence.revoke(ANNA.account, CloseReason.ACCESS_REVOKED)
    assert [page.left for page in pages] == [CloseReason.ACCESS_REVOKED] * 2
    assert presence.all() == []


def test_the_newest_connection_takes_the_seat_and_the_old_one_frees_nothing() -> None:
    seats, old, new, me = Seats(), Remembered(), Remembered(), ParticipantId(1)
    seats.take(me, old)
    seats.take(me, new)
    assert old.left is CloseReason.REPLACED
    assert not seats.release(me, old)
    assert me in seats
    assert seats.release(me, new)
    assert me not in seats
