"""The paperwork: who may sign and acknowledge what, when, and that nothing signed ever changes."""

import pytest
from msgspec.structs import replace

from sefaw_rtc.consultation import Consultation, Pen, Policy
from sefaw_rtc.consultation.opinions import MOST
from signalling import events as ev
from signalling.codec import decode_event, encode_event
from signalling.generate.people import CONSULTATION, PATIENT
from signalling.opinions import signed_text
from signalling.vocabulary import CloseReason, ErrorCode, Role
from tests.consultation.world import (
    OPERATOR,
    SECOND,
    SPECIALIST,
    THIRD,
    VILLAGE,
    World,
    demo,
    opened,
    refused,
    ringing,
)

STARTED_MS = 1_800_000_000_000
PEN = Pen(key="a2V5", sign=lambda text: f"{len(text)}")
OPINION = ev.Opinion(findings="A stone of 8 mm", impression="Cholelithiasis", advice="Fasting, review tomorrow")
TELLING = replace(OPINION, critical=True, told=ev.CriticalTold(to="Dr Li Mei", at=STARTED_MS + 30_000))


def at(world: World) -> int:
    """Unix ms of the world's now."""
    return STARTED_MS + world.now // 1000


def sign(world: World, who: ev.Person = SPECIALIST, opinion: ev.Opinion = OPINION, amends: int = 0) -> int:
    number = world.consultation.handle_opinion(world.now, who, opinion, amends=amends, at=at(world), pen=PEN)
    world.drain()
    return number


def acknowledge(world: World, number: int, who: ev.Person = VILLAGE) -> None:
    world.consultation.handle_acknowledge(world.now, who, number, at=at(world))
    world.drain()


def closed() -> World:
    world, caller, _ = opened()
    world.consultation.handle_hang_up(world.now, caller)
    world.drain()
    return world


def test_what_is_signed_is_the_canonical_text() -> None:
    world, _, callee = opened()
    seen: list[bytes] = []
    pen = Pen(key="a2V5", sign=lambda text: seen.append(text) or "c2ln")  # type: ignore[func-returns-value]
    number = world.consultation.handle_opinion(world.now, SPECIALIST, OPINION, amends=0, at=at(world), pen=pen)
    (body,), _ = world.drain()
    assert number == 1
    assert body == ev.OpinionSigned(
        number=1, amends=0, opinion=OPINION, signer=SPECIALIST, at=at(world), key="a2V5", signature="c2ln"
    )
    assert world.log[-1].by == callee
    assert seen == [
        signed_text(
            consultation=CONSULTATION,
            patient=PATIENT,
            number=1,
            amends=0,
            opinion=OPINION,
            signer=SPECIALIST,
            at=at(world),
        )
    ]


def test_the_whole_loop_goes_on_after_the_call() -> None:
    world = closed()
    assert sign(world) == 1
    acknowledge(world, 1)
    acknowledge(world, 1)
    assert sign(world, opinion=TELLING, amends=1) == 2
    acknowledge(world, 2)
    assert [(o.number, o.amends, len(o.acknowledged)) for o in world.state.opinions] == [(1, 0, 1), (2, 1, 1)]
    assert world.consultation.poll_timeout() is None
    again = Consultation.replay(CONSULTATION, world.log, Policy(), world.now)
    assert again.poll_event() is None
    assert again.state == world.state


def test_the_same_text_again_is_once_and_another_must_be_an_addendum() -> None:
    world = closed()
    assert [sign(world), sign(world)] == [1, 1]
    more = replace(OPINION, advice="And no fat")
    assert refused(lambda: sign(world, opinion=more)) is ErrorCode.CONFLICT
    assert refused(lambda: sign(world, opinion=more, amends=7)) is ErrorCode.NOT_FOUND
    assert [sign(world, opinion=more, amends=1), sign(world, opinion=more, amends=1)] == [2, 2]
    assert len(world.state.opinions) == 2


def test_a_second_specialist_who_was_here_writes_an_opinion_of_its_own() -> None:
    world, caller, _ = opened()
    number = world.join(SECOND)
    world.consultation.handle_leave(world.now, number)
    world.consultation.handle_hang_up(world.now, caller)
    world.drain()
    assert refused(lambda: sign(world, SECOND, amends=1)) is ErrorCode.NOT_FOUND
    assert [sign(world), sign(world, SECOND)] == [1, 2]
    other = replace(OPINION, impression="Another")
    assert refused(lambda: sign(world, SECOND, other, amends=1)) is ErrorCode.NOT_FOUND, "not its own"
    assert sign(world, SECOND, other, amends=2) == 3


@pytest.mark.parametrize("who", [VILLAGE, OPERATOR, THIRD, replace(SPECIALIST, role=Role.OBSERVER)])
def test_nobody_else_signs(who: ev.Person) -> None:
    world, _, _ = opened()
    world.join(OPERATOR)
    world.drain()
    assert refused(lambda: sign(world, who)) is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("who", [SPECIALIST, OPERATOR])
def test_nobody_else_acknowledges(who: ev.Person) -> None:
    world = closed()
    sign(world)
    assert refused(lambda: acknowledge(world, 1, who)) is ErrorCode.FORBIDDEN
    assert refused(lambda: acknowledge(world, 2)) is ErrorCode.NOT_FOUND


def test_neither_while_it_rings_nor_while_it_closes() -> None:
    world = ringing()
    assert refused(lambda: sign(world)) is ErrorCode.OUT_OF_STATE
    half, _, _ = opened()
    half.consultation._log.write(half.now, ev.Closing(reason=CloseReason.HUNG_UP))
    assert refused(lambda: sign(half)) is ErrorCode.OUT_OF_STATE
    assert refused(lambda: acknowledge(half, 1)) is ErrorCode.OUT_OF_STATE


def test_a_demo_without_a_ring_has_opinions_too() -> None:
    world = demo()
    world.join(SPECIALIST)
    world.drain()
    assert sign(world) == 1


@pytest.mark.parametrize(
    "opinion",
    [
        ev.Opinion(findings=" ", impression="\n", advice=""),
        ev.Opinion(findings="", impression="", advice="", critical=True),
        replace(OPINION, told=TELLING.told),
        replace(TELLING, told=ev.CriticalTold(to=" ", at=STARTED_MS)),
        replace(TELLING, told=ev.CriticalTold(to="Li", at=STARTED_MS - 60_001)),
        replace(TELLING, told=ev.CriticalTold(to="Li", at=STARTED_MS + 300_001)),
    ],
)
def test_what_cannot_be_meant_is_refused(opinion: ev.Opinion) -> None:
    world, _, _ = opened()
    assert refused(lambda: sign(world, opinion=opinion)) is ErrorCode.MALFORMED
    assert world.state.opinions == []


def test_a_critical_value_may_be_told_later_by_an_addendum() -> None:
    world, _, _ = opened()
    world.pass_time(60)
    assert sign(world, opinion=replace(TELLING, told=None)) == 1
    told = ev.Opinion(findings="", impression="", advice="", critical=True, told=TELLING.told)
    assert sign(world, opinion=told, amends=1) == 2


def test_there_are_so_many_and_no_more() -> None:
    world = closed()
    sign(world)
    for number in range(2, MOST + 1):
        assert sign(world, opinion=replace(OPINION, advice=str(number)), amends=1) == number
    assert refused(lambda: sign(world, opinion=replace(OPINION, advice="x"), amends=1)) is ErrorCode.TOO_MANY
    assert decode_event(encode_event(world.log[-1])) == world.log[-1]
