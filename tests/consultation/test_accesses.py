"""Grants and accesses in the log: what it holds, what it refuses, and that nothing comes back."""

import pytest
from msgspec.structs import replace

from sefaw_rtc.consultation.accesses import GRANTS_MOST, LONGEST_MS
from signalling import events as ev
from signalling.vocabulary import AccessKind, AccessPurpose, CloseReason, ErrorCode, GrantData, Ground, Status
from tests.consultation.world import OBSERVER, THIRD, VILLAGE, World, kinds, opened, refused

AT = 1_790_000_000_000
GRANT = ev.Grant(
    key="g1", institution=THIRD.institution, site=THIRD.site, data=[GrantData.RECORD], until=AT + 1, account=None
)
ACCESS = ev.Accessed(
    person=THIRD, kind=AccessKind.REPLAY, purpose=AccessPurpose.CARE, allowed=True, ground=Ground.GRANT, at=AT
)


def closed() -> World:
    world, village, _ = opened()
    world.consultation.handle_hang_up(world.now, village)
    world.drain()
    return world


@pytest.fixture(params=["live", "closed"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "closed":
        return closed()
    live = opened()[0]
    live.drain()
    return live


def give(world: World, grant: ev.Grant = GRANT, at: int = AT) -> None:
    world.consultation.accesses.handle_grant(world.now, VILLAGE, grant, at=at)


def test_a_grant_and_its_end_are_in_the_log(world: World) -> None:
    give(world)
    world.consultation.accesses.handle_revoke(world.now, THIRD, "g1", at=AT + 5)
    bodies, effects = world.drain()
    assert (kinds(bodies), effects) == (["Granted", "GrantRevoked"], [])
    (one,) = world.consultation.state.grants
    assert (one.grant, one.giver, one.at, one.revoked_at) == (GRANT, VILLAGE, AT, AT + 5)


def test_what_is_said_twice_is_once(world: World) -> None:
    give(world)
    give(world)
    for at in (AT + 1, AT + 2):
        world.consultation.accesses.handle_revoke(world.now, VILLAGE, "g1", at=at)
    assert kinds(world.drain()[0]) == ["Granted", "GrantRevoked"]
    assert world.consultation.state.grants[0].revoked_at == AT + 1


def test_a_key_never_opens_again(world: World) -> None:
    give(world)
    world.consultation.accesses.handle_revoke(world.now, VILLAGE, "g1", at=AT)
    for grant in (GRANT, replace(GRANT, until=AT + 9)):
        assert refused(lambda grant=grant: give(world, grant)) == ErrorCode.CONFLICT  # type: ignore[misc]


@pytest.mark.parametrize(
    "grant",
    [
        replace(GRANT, until=AT),
        replace(GRANT, until=AT + LONGEST_MS + 1),
        replace(GRANT, institution=VILLAGE.institution, account=VILLAGE.account),
    ],
)
def test_over_already_too_long_or_to_oneself(world: World, grant: ev.Grant) -> None:
    assert refused(lambda: give(world, grant)) == ErrorCode.MALFORMED
    assert kinds(world.drain()[0]) == []


def test_what_was_never_given_cannot_be_taken_back(world: World) -> None:
    accesses = world.consultation.accesses
    assert refused(lambda: accesses.handle_revoke(world.now, VILLAGE, "g7", at=AT)) == ErrorCode.NOT_FOUND


def test_no_more_than_anybody_keeps_an_eye_on(world: World) -> None:
    for number in range(GRANTS_MOST):
        give(world, replace(GRANT, key=f"n{number}", until=AT + 1000))
    assert refused(lambda: give(world, replace(GRANT, key="more"))) == ErrorCode.TOO_MANY
    give(world, replace(GRANT, key="later", until=AT + 9999), at=AT + 1000)  # the others are over by then


def test_an_access_changes_no_state_but_the_count(world: World) -> None:
    before = world.consultation.state
    world.consultation.accesses.handle_access(world.now, ACCESS)
    assert kinds(world.drain()[0]) == ["Accessed"]
    assert world.consultation.state == replace(before, seq=before.seq + 1)


def test_what_the_machine_gave_away_is_in_the_log_too_and_changes_nothing(world: World) -> None:
    before = world.consultation.state
    export = ev.ExportedHere(user="root", why="the court asks", kind=AccessKind.EXPORT, item="bundle", at=AT)
    world.consultation.accesses.handle_export_here(world.now, export)
    assert kinds(world.drain()[0]) == ["ExportedHere"]
    assert replace(world.consultation.state, seq=before.seq) == before


def test_it_all_comes_back_from_the_log() -> None:
    world = closed()
    give(world)
    world.consultation.accesses.handle_access(world.now, replace(ACCESS, person=OBSERVER, allowed=False))
    world.restart()
    assert [one.grant for one in world.consultation.state.grants] == [GRANT]
    assert world.consultation.state.status is Status.CLOSED
    assert world.consultation.state.close_reason is CloseReason.HUNG_UP
