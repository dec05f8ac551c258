"""A patient without an account, by a link that the doctor with them shows: sees who may see it and who looked, takes it
back, and can do nothing else with it."""

from typing import Any

import pytest

from sefaw_rtc.access import Audience
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.patient_view import LINK_S
from sefaw_rtc.web import api_patient
from sefaw_rtc.web.rates import Buckets
from signalling.events import GrantRevoked
from signalling.ids import AccountId, ConsultationId
from signalling.vocabulary import ConsentUse, Ground, Role
from tests.web.test_accesses import a_closed_one, log_of, opened
from tests.web.test_grants import CITY, Giver, ask, consultation, town, village  # noqa: F401 - fixtures
from tests.web.world import PATIENT, World


class Phone:
    """The patient's own: no account, no cookie, a link."""

    def __init__(self, world: World, token: str) -> None:
        self._world, self.token = world, token

    async def ask(self, method: str = "GET", path: str = "/api/patient-view") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._world.stranger().request(method, self._world.url + path, headers=headers) as reply:
            return reply.status, await reply.json()

    async def take_back(self, key: str = "g1") -> tuple[int, Any]:
        return await self.ask("DELETE", f"/api/patient-view/{key}")


@pytest.fixture
async def phone(town: World, village: Giver) -> Phone:  # noqa: F811 - fixtures
    status, link = await ask(village.person, "POST", f"{village.path}/patient-link")
    assert status == 201
    assert 0 < link["until"] - unix_s() * 1000 <= LINK_S * 1000
    return Phone(town, link["token"])


async def test_it_is_seen_and_taken_back_and_whoever_had_it_is_turned_away(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    phone: Phone,
) -> None:
    await village.give()
    assert await opened(town, "city_doctor", consultation) is Ground.GRANT
    status, seen = await phone.ask()
    assert status == 200
    (grant,) = seen["grants"]
    assert (grant["site"], grant["name"], grant["data"], grant["revoked_at"]) == (CITY, "", ["record", "recording"], 0)
    assert [(one["role"], one["site"], one["allowed"]) for one in seen["looked"]] == [("specialist", CITY, True)]
    assert seen["uses"] == [] or "care" in seen["uses"]
    for name in (PATIENT.name, "city_doctor", "City doctor"):
        assert name not in str(seen), "no name that the patient did not give"
    status, seen = await phone.take_back()
    assert status == 200
    assert seen["grants"][0]["revoked_at"] > 0
    assert await opened(town, "city_doctor", consultation) is not Ground.GRANT
    (taken,) = [event.body for event in log_of(town, consultation) if isinstance(event.body, GrantRevoked)]
    assert taken.person.role is Role.PATIENT
    assert (await phone.take_back("g7"))[0] == 404


async def test_the_link_opens_nothing_else(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    phone: Phone,
) -> None:
    for method, path in (
        ("GET", village.path),
        ("GET", f"{village.path}/grants"),
        ("POST", f"{village.path}/grants"),
        ("DELETE", f"{village.path}/consent"),
        ("POST", f"{village.path}/replays"),
        ("GET", "/api/session"),
    ):
        assert (await phone.ask(method, path))[0] == 401, path


async def test_a_link_ends_and_others_tokens_are_none(
    town: World,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
) -> None:
    def token(audience: Audience, role: Role, now: int, which: ConsultationId) -> Phone:
        made = town.services.tokens.issue(
            audience, account=AccountId("d" * 26), consultation=which, role=role, now=now, lifetime_s=60
        )
        return Phone(town, made)

    assert (await token(Audience.PATIENT, Role.PATIENT, unix_s(), consultation).ask())[0] == 200
    assert (await token(Audience.PATIENT, Role.PATIENT, unix_s() - 61, consultation).ask())[0] == 401
    assert (await token(Audience.JOIN, Role.PATIENT, unix_s(), consultation).ask())[0] == 401
    assert (await token(Audience.PATIENT, Role.VILLAGE_DOCTOR, unix_s(), consultation).ask())[0] == 403
    assert (await token(Audience.PATIENT, Role.PATIENT, unix_s(), ConsultationId("z" * 26)).ask())[0] in {403, 404}
    assert (await Phone(town, "nonsense").ask())[0] == 401


async def test_only_who_may_take_back_makes_a_link(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
) -> None:
    for user in ("specialist", "city_doctor", "admin"):
        assert (await ask(await town.sign_in(user), "POST", f"{village.path}/patient-link"))[0] == 403, user


async def test_who_asks_too_often_waits(town: World, phone: Phone) -> None:  # noqa: F811
    app = town.server.app
    assert app is not None
    rates = Buckets(0.0, 1)
    app._state[api_patient.RATES] = rates
    assert (await phone.ask())[0] == 200
    assert (await phone.ask())[0] == 429


async def test_without_a_recording_its_use_is_not_told(town: World) -> None:  # noqa: F811
    one = await a_closed_one(town, ConsentUse.CARE)
    person = await town.sign_in("village")
    _, link = await ask(person, "POST", f"/api/consultations/{one}/patient-link")
    _, seen = await Phone(town, link["token"]).ask()
    assert (seen["grants"], seen["looked"]) == ([], [])
