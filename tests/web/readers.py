"""Who reads what belongs to a consultation: whoever sits in it, and when it is over the reviewers of the clinic
that asked and of the hospital whose specialist answered."""

from collections.abc import Awaitable, Callable

from sefaw_rtc.access import create_account
from sefaw_rtc.service import demo
from sefaw_rtc.service.clock import unix_s
from signalling import messages as wire
from signalling.vocabulary import Role
from tests.web.world import Page, Person, World


async def the_seats_then_the_reviewers(world: World, village: Page, status: Callable[[Person], Awaitable[int]]) -> None:
    """And nobody else, with 403. `status`: of asking for it; `village` ends the call."""
    await world.services.store.run(
        create_account,
        world.services.store,
        world.running._passwords,
        user="our_reviewer",
        name="Reviewer of the clinic",
        role=Role.REVIEWER,
        institution=demo.CLINIC,
        password="demo-our_reviewer",
        now=unix_s(),
    )
    users = ("village", "specialist", "specialist2", "reviewer", "our_reviewer", "admin")
    people = {user: await world.sign_in(user) for user in users}
    during = {user: await status(person) for user, person in people.items()}
    assert [user for user, said in during.items() if said == 200] == ["village", "specialist"]
    assert {*during.values()} == {200, 403}
    await village.ask(wire.HangUp(re=1))
    await world.services.desk.close()
    after = {user: await status(person) for user, person in people.items()}
    assert after == {**during, "our_reviewer": 200, "reviewer": 200}
