"""A closed consultation with a signed opinion, and reviewers of the hospital that answered."""

from typing import Any

from sefaw_rtc.access import create_account
from sefaw_rtc.service import demo
from sefaw_rtc.service.clock import unix_s
from signalling import messages as wire
from signalling.ids import ConsultationId, StudyId
from signalling.vocabulary import PictureSource, Role
from tests.web.test_opinions import at_the_desk, hang_up
from tests.web.world import Person, World, connect

REVIEWERS = ("reviewer", "reviewer2", "reviewer3")
RADPEER, REMOTE = "radpeer", "remote-consultation"
MOMENT = {"type": "stretch", "from_t": 0, "to_t": 0}
AGREES = {"answers": [{"item": "score", "value": "1", "moments": []}], "notes": []}
DIFFERS = {"answers": [{"item": "score", "value": "3b", "moments": [MOMENT]}], "notes": [{"t": 0, "text": "Look here"}]}


class Reviewer:
    """One signed-in reviewer's HTTP."""

    def __init__(self, world: World, person: Person) -> None:
        self._url = f"{world.url}/api/reviews"
        self._person = person

    async def ask(self, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": self._person.csrf}
        async with self._person.http.request(method, self._url + path, json=body, headers=headers) as reply:
            return reply.status, await reply.json() if "json" in reply.content_type else await reply.text()

    async def get(self, path: str = "") -> Any:
        status, found = await self.ask("GET", path)
        assert status == 200, found
        return found

    async def begin(self, consultation: ConsultationId, case: int) -> int:
        status, found = await self.ask("POST", f"/{consultation}/cases/{case}/reviews", {"amends": 0})
        assert status == 201, found
        return int(found["number"])

    async def review(self, consultation: ConsultationId, case: int, filled: dict[str, Any]) -> None:
        number = await self.begin(consultation, case)
        path = f"/{consultation}/cases/{case}/reviews/{number}/submission"
        assert await self.ask("POST", path, filled) == (204, "")


async def reviewers(world: World) -> list[Reviewer]:
    """Three of the hospital whose specialists answer."""
    for user in REVIEWERS[1:]:
        await world.services.store.run(
            create_account,
            world.services.store,
            world.running._passwords,
            user=user,
            name=f"Name of {user}",
            role=Role.REVIEWER,
            institution=demo.HOSPITAL,
            password=f"demo-{user}",
            now=unix_s(),
        )
    return [Reviewer(world, await world.sign_in(user)) for user in REVIEWERS]


async def consulted(
    world: World, *, opinion: bool = True, critical: bool = False, study: StudyId | None = None
) -> ConsultationId:
    """Asked for, answered, an opinion signed, closed, looked at. `study`: what the specialist shares in it."""
    page, answering = await connect(world)
    consultation = (await page.get(wire.JoinedReply)).consultation
    if study is not None:
        await answering.ask(wire.ShareStudy(re=1, study=study, source=PictureSource.FOLDER))
    if opinion:
        specialist = await at_the_desk(world, "specialist", consultation)
        assert (await specialist.sign(critical=critical))[0] == 201
    await hang_up(page)
    await looked_at(world, consultation)
    return consultation


async def looked_at(world: World, consultation: ConsultationId) -> None:
    """By the server itself, when the log is in its place."""
    await world.services.keeper.settled()
    await world.services.desk.indexing.settled()
    await world.services.quality.settled()
    assert consultation in await world.services.store.run(world.services.store.courses.known)
