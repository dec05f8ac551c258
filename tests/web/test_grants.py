"""Grants over HTTP: given, shown, taken back; by whom, to whom, and what they open; nothing that is over comes back."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sefaw_rtc.access import Audience
from sefaw_rtc.errors import Forbidden
from sefaw_rtc.service.accesses import open_access, still_allowed
from sefaw_rtc.service.clock import Forward, unix_ms, unix_s
from sefaw_rtc.service.demo import CLINIC
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.granting import running_grants
from sefaw_rtc.store.store import FILE
from signalling import messages as wire
from signalling.events import Granted, Patient
from signalling.fold import fold_all
from signalling.ids import ConsultationId
from signalling.vocabulary import WIRE_VERSION, AccessKind, AccessPurpose, ConsentUse, ErrorCode, Ground, Role, Urgency
from tests.web.test_accesses import a_closed_one, a_session, log_of, opened, staff, written
from tests.web.world import MEDIA, Page, Person, World, a_world

CITY = "市医院 City hospital"
HOUR_MS = 3_600_000


async def ask(person: Person, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"X-CSRF-Token": person.csrf}
    async with person.http.request(method, person.url + path, json=body, headers=headers) as reply:
        return reply.status, await reply.json() if "json" in reply.content_type else None


class Giver:
    """Somebody at the page of one consultation's grants."""

    def __init__(self, world: World, person: Person, consultation: ConsultationId) -> None:
        self.world, self.person = world, person
        self.path = f"/api/consultations/{consultation}"

    async def house(self, name: str) -> str:
        _, reply = await ask(self.person, "GET", "/api/grants/recipients")
        return str(next(one["id"] for one in reply["institutions"] if one["name"] == name))

    async def account(self, house: str, name: str) -> str:
        _, reply = await ask(self.person, "GET", f"/api/grants/recipients?institution={house}")
        return str(next(one["account"] for one in reply["people"] if one["name"] == name))

    async def give(self, **changes: Any) -> tuple[int, Any]:
        body = {
            "key": "g1",
            "institution": changes.get("institution") or await self.house(CITY),
            "account": None,
            "data": ["recording"],
            "until": unix_ms() + HOUR_MS,
        }
        return await ask(self.person, "POST", f"{self.path}/grants", body | changes)

    async def revoke(self, key: str = "g1") -> tuple[int, Any]:
        return await ask(self.person, "DELETE", f"{self.path}/grants/{key}")

    async def shown(self) -> Any:
        status, reply = await ask(self.person, "GET", f"{self.path}/grants")
        assert status == 200
        return reply


@pytest.fixture
async def town(world: World) -> World:
    """With a city hospital: a specialist, a reviewer, and one more; and the patient's own account."""
    await staff(world, "city_doctor", Role.SPECIALIST, CITY)
    await staff(world, "city_other", Role.SPECIALIST, CITY)
    await staff(world, "city_review", Role.REVIEWER, CITY)
    await staff(world, "the_patient", Role.PATIENT, CLINIC)
    return world


@pytest.fixture
async def consultation(town: World) -> ConsultationId:
    return await a_closed_one(town, ConsentUse.CARE, ConsentUse.QUALITY)


@pytest.fixture
async def village(town: World, consultation: ConsultationId) -> Giver:
    return Giver(town, await town.sign_in("village"), consultation)


async def another(world: World, village: Giver, key: str, patient: Patient) -> ConsultationId:
    """One more of the same doctor, closed."""
    page = await village.person.page()
    call = wire.Call(re=1, key=key, patient=patient, reason="Again", urgency=Urgency.ROUTINE)
    calling = await page.ask(call)
    await page.ask(wire.CancelCall(re=2, consultation=calling.consultation))
    await page.close()
    return ConsultationId(calling.consultation)


async def test_given_it_opens_what_it_says_and_nothing_else(
    town: World, village: Giver, consultation: ConsultationId
) -> None:
    assert await opened(town, "city_doctor", consultation) is ErrorCode.FORBIDDEN
    assert await village.give() == (201, {"consultations": 1})
    assert await opened(town, "city_doctor", consultation) is Ground.GRANT
    assert await opened(town, "city_doctor", consultation, AccessKind.EXPORT) is ErrorCode.FORBIDDEN
    city = await town.sign_in("city_doctor")
    assert (await ask(city, "GET", village.path))[0] == 200
    assert (await ask(city, "GET", f"{village.path}/folder"))[0] == 403
    assert (await ask(city, "GET", f"{village.path}/grants"))[0] == 403
    assert (await ask(city, "GET", f"{village.path}/draft"))[0] == 403
    by_grant = [one for one in written(town, consultation) if one.grant]
    assert {(one.grant, one.person.name, one.allowed) for one in by_grant} == {("g1", "city_doctor", True)}
    assert [one.kind for one in by_grant] == [AccessKind.REPLAY, AccessKind.RECORD]


async def test_taken_back_it_opens_nothing_any_more(town: World, village: Giver, consultation: ConsultationId) -> None:
    await village.give()
    assert await opened(town, "city_doctor", consultation) is Ground.GRANT
    assert await village.revoke() == (200, {"consultations": 1})
    assert await opened(town, "city_doctor", consultation) is ErrorCode.GRANT_ENDED
    city = await town.sign_in("city_doctor")
    status, problem = await ask(city, "GET", village.path)
    assert (status, problem["code"]) == (403, "grant_ended")
    refused = written(town, consultation)[-1]
    assert (refused.allowed, refused.ground) == (False, Ground.GRANT_ENDED)
    assert (await village.give())[0] == 409, "its key opens nothing again"
    assert (await village.give(key="g2"))[0] == 201


async def test_to_one_doctor_is_to_no_colleague(town: World, village: Giver, consultation: ConsultationId) -> None:
    city = await village.house(CITY)
    account = await village.account(city, "city_doctor")
    await village.give(account=account)
    assert await opened(town, "city_doctor", consultation) is Ground.GRANT
    assert await opened(town, "city_other", consultation) is ErrorCode.FORBIDDEN
    (shown,) = (await village.shown())["grants"]
    assert (shown["grant"]["site"], shown["grant"]["name"]) == (CITY, "city_doctor")
    assert shown["grant"]["data"] == ["record", "recording"]


async def test_a_review_elsewhere_needs_grant_and_consent(
    town: World, village: Giver, consultation: ConsultationId
) -> None:
    review = AccessPurpose.REVIEW
    assert await opened(town, "city_review", consultation, purpose=review) is ErrorCode.FORBIDDEN
    await village.give()
    assert await opened(town, "city_review", consultation, purpose=review) is Ground.GRANT
    assert (await ask(village.person, "DELETE", f"{village.path}/consent"))[0] == 204
    assert await opened(town, "city_review", consultation, purpose=review) is ErrorCode.NO_CONSENT
    assert await opened(town, "specialist", consultation) is ErrorCode.NO_CONSENT
    shown = await village.shown()
    assert (shown["consent"], shown["recorded"]) == (None, True)
    assert (await ask(village.person, "DELETE", f"{village.path}/consent"))[0] == 409, "twice"


@pytest.mark.parametrize("user", ["specialist", "operator", "reviewer", "observer", "admin", "city_doctor"])
async def test_who_may_not_give(town: World, village: Giver, consultation: ConsultationId, user: str) -> None:
    await village.give()
    other = Giver(town, await town.sign_in(user), consultation)
    city = await village.house(CITY)
    assert (await other.give(institution=city, key="g2"))[0] == 403
    assert (await other.revoke())[0] == 403
    assert (await ask(other.person, "DELETE", f"{other.path}/consent"))[0] == 403
    assert [type(event.body) for event in log_of(town, consultation) if isinstance(event.body, Granted)] == [Granted]


BAD: dict[str, dict[str, Any]] = {
    "no such institution": {"institution": "z" * 26},
    "an id that is none": {"institution": "../../x"},
    "no such account": {"account": "z" * 26},
    "no data": {"data": []},
    "an unknown part": {"data": ["everything"]},
    "over already": {"until": 1},
    "in seconds": {"until": 1_790_000_000},
    "for ever": {"until": 9_007_199_254_740_991},
    "a key that is none": {"key": "a/b"},
    "another field": {"giver": "me"},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
async def test_what_is_no_grant(town: World, village: Giver, changes: dict[str, Any]) -> None:
    assert (await village.give(**changes))[0] == 400
    assert (await village.shown())["grants"] == []


async def test_not_to_oneself_nor_to_whom_it_is_not_for(town: World, village: Giver) -> None:
    clinic, city = await village.house(CLINIC), await village.house(CITY)
    me = next(
        one["account"]
        for one in (await ask(village.person, "GET", f"/api/grants/recipients?institution={clinic}"))[1]["people"]
        if one["role"] == "village_doctor"
    )
    assert (await village.give(institution=clinic, account=me))[0] == 400
    assert (await village.give(institution=city, account=me))[0] == 400, "not of that institution"
    _, staff_of_clinic = await ask(village.person, "GET", f"/api/grants/recipients?institution={clinic}")
    assert {one["role"] for one in staff_of_clinic["people"]} == {"village_doctor", "operator"}, "no patients"


async def test_the_patient_gives_and_sees_who_looked(town: World, village: Giver, consultation: ConsultationId) -> None:
    patient = await town.sign_in("the_patient")
    record = await town.services.store.run(town.services.store.accounts.by_user, "the_patient")
    assert record is not None
    theirs = await a_consultation_with(town, village, patient)
    page = Giver(town, patient, theirs)
    assert (await page.give())[0] == 201
    assert await opened(town, "city_doctor", theirs) is Ground.GRANT
    shown = await page.shown()
    assert [(one["person"]["name"], one["allowed"]) for one in shown["accesses"]] == [("city_doctor", True)]
    assert (shown["may_give"], shown["grants"][0]["giver"]["name"]) == (True, "the_patient")
    assert (await page.revoke())[0] == 200
    strange = Giver(town, patient, consultation)
    assert (await strange.give())[0] == 403, "another consultation is not theirs"


async def a_consultation_with(world: World, village: Giver, patient: Person) -> ConsultationId:
    """An open one, then closed, in which the patient has a seat."""
    specialist = await (await world.sign_in("specialist")).page()
    page, theirs = await village.person.page(), await patient.page()
    calling = await page.ask(wire.Call(re=1, key="with", patient=OTHER, reason="R", urgency=Urgency.ROUTINE))
    await page.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token, media=MEDIA))
    incoming = await specialist.get(wire.Incoming)
    await specialist.ask(wire.AnswerCall(re=1, consultation=incoming.consultation))
    account = await world.services.store.run(world.services.store.accounts.by_user, "the_patient")
    assert account is not None
    token = world.services.tokens.issue(
        Audience.JOIN,
        account=account.id,
        consultation=calling.consultation,
        role=Role.PATIENT,
        now=unix_s(),
        lifetime_s=60,
    )
    await theirs.ask(wire.Join(re=1, version=WIRE_VERSION, token=token, media=MEDIA))
    await page.ask(wire.HangUp(re=3))
    await page.get(
        wire.Lobby, lambda m: any(b.consultation == calling.consultation and b.closed_at for b in m.consultations)
    )
    return ConsultationId(calling.consultation)


async def over(page: Page, consultation: ConsultationId) -> None:
    await page.get(wire.Lobby, lambda m: any(b.consultation == consultation and b.closed_at for b in m.consultations))


OTHER = Patient(name="Somebody Else", identifier="QS-9999")


async def test_everywhere_is_every_one_of_this_patient_and_of_no_other(
    town: World, village: Giver, consultation: ConsultationId
) -> None:
    patient = (await village.shown())["patient"]
    same = msgspec.convert(patient, Patient)
    second = await another(town, village, "c2", same)
    namesake = await another(town, village, "c3", msgspec.structs.replace(same, identifier=""))
    similar = await another(town, village, "c4", msgspec.structs.replace(same, identifier=same.identifier + "0"))
    other = await another(town, village, "c5", OTHER)
    assert (await village.shown())["others"] == 1
    assert await village.give(everywhere=True) == (201, {"consultations": 2})
    grounds = {name: await ground(town, name) for name in (consultation, second, namesake, similar, other)}
    assert [grounds[name] for name in (consultation, second)] == [Ground.GRANT, Ground.GRANT]
    assert {grounds[name] for name in (namesake, similar, other)} == {ErrorCode.FORBIDDEN}
    _, mine = await ask(await town.sign_in("city_doctor"), "GET", "/api/grants/mine")
    assert {one["brief"]["consultation"] for one in mine} == {consultation, second}
    assert await village.revoke() == (200, {"consultations": 2})
    assert await ground(town, second) is ErrorCode.GRANT_ENDED
    assert (await ask(await town.sign_in("city_doctor"), "GET", "/api/grants/mine"))[1] == []


async def test_what_holds_in_an_earlier_one_is_offered_and_given_by_one_press_never_by_itself(
    town: World, village: Giver, consultation: ConsultationId
) -> None:
    await village.give()
    same = msgspec.convert((await village.shown())["patient"], Patient)
    later = Giver(town, village.person, await another(town, village, "c2", same))
    stranger = Giver(town, village.person, await another(town, village, "c3", OTHER))
    assert await ground(town, ConsultationId(later.path[-26:])) is ErrorCode.FORBIDDEN, (
        "nothing was asked of the patient"
    )
    assert (await stranger.shown())["earlier"] == []
    (offered,) = (await later.shown())["earlier"]
    assert (offered["grant"]["key"], offered["grant"]["site"]) == ("g1", CITY)
    grant = {name: offered["grant"][name] for name in ("key", "institution", "account", "data", "until")}
    assert await later.give(**grant) == (201, {"consultations": 1})
    assert await ground(town, ConsultationId(later.path[-26:])) is Ground.GRANT
    assert (await later.shown())["earlier"] == []
    assert await later.revoke() == (200, {"consultations": 2}), "one grant, taken back wherever it was given"
    assert (await village.shown())["earlier"] == [], "and it is not offered again"


async def ground(world: World, consultation: ConsultationId) -> ErrorCode | Ground:
    return await opened(world, "city_doctor", consultation)


async def test_a_clock_set_back_revives_nothing(
    town: World, village: Giver, consultation: ConsultationId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the server runs time does not go back; and an access of the log is older than none that follows it."""
    await village.give()
    later = unix_ms() + 3 * HOUR_MS // 2
    wall = [later]
    clock = Forward(wall_us=lambda: wall[0] * 1000)
    monkeypatch.setattr(town.services.rights, "_clock", clock)
    assert clock.now_us() >= later * 1000
    assert await opened(town, "city_doctor", consultation) is ErrorCode.GRANT_ENDED
    wall[0] = unix_ms()  # set back
    assert await opened(town, "city_doctor", consultation) is ErrorCode.GRANT_ENDED
    assert (await find(town.services, consultation)).resource.grants == ()


async def test_a_clock_set_back_ends_no_session(
    town: World, village: Giver, consultation: ConsultationId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grants end by the clock that never goes back, sessions by the one that began them."""
    months_ms = 100 * 24 * HOUR_MS  # longer than a session
    await village.give(data=["record", "recording"], until=unix_ms() + 2 * months_ms)
    monkeypatch.setattr(town.services.rights, "_clock", Forward(wall_us=lambda: (unix_ms() + months_ms) * 1000))
    found = await find(town.services, consultation)
    for user in ("specialist", "city_doctor"):
        who = await a_session(town, user)
        assert await still_allowed(town.services, who, found, AccessKind.REPLAY), user
    assert (await village.shown())["may_give"]
    assert [
        one["brief"]["consultation"]
        for one in (await ask(await town.sign_in("city_doctor"), "GET", "/api/grants/mine"))[1]
    ] == [consultation]
    with pytest.raises(Forbidden):
        await open_access(town.services, who, await find(town.services, ConsultationId("c" * 26)), AccessKind.REPLAY)


async def test_a_database_put_back_brings_no_grant_back(tmp_path: Path) -> None:
    old = tmp_path / "old"
    async with a_world(tmp_path / "data") as world:
        await staff(world, "city_doctor", Role.SPECIALIST, CITY)
        consultation = await a_closed_one(world, ConsentUse.CARE)
        village = Giver(world, await world.sign_in("village"), consultation)
        await village.give()
        assert await opened(world, "city_doctor", consultation) is Ground.GRANT
    shutil.copytree(tmp_path / "data", old)
    async with a_world(tmp_path / "data") as world:
        village = Giver(world, await world.sign_in("village"), consultation)
        assert (await village.revoke())[0] == 200
    for name in (FILE, FILE + "-wal", FILE + "-shm"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
        if (old / name).exists():
            shutil.copy2(old / name, tmp_path / "data" / name)
    async with a_world(tmp_path / "data") as world:
        assert await opened(world, "city_doctor", consultation) is ErrorCode.GRANT_ENDED
        city = await world.sign_in("city_doctor")
        assert await ask(city, "GET", "/api/grants/mine") == (200, [])
        assert running_grants(fold_all(log_of(world, consultation))) == []


async def test_grants_of_a_call_that_goes_on(town: World, village: Giver) -> None:
    """Told to everybody in it; and what it was given holds after the end."""
    specialist = await (await town.sign_in("specialist")).page()
    page = await village.person.page()
    calling = await page.ask(wire.Call(re=1, key="live", patient=OTHER, reason="R", urgency=Urgency.ROUTINE))
    await page.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token, media=MEDIA))
    incoming = await specialist.get(wire.Incoming)
    await specialist.ask(wire.AnswerCall(re=1, consultation=incoming.consultation))
    live = Giver(town, village.person, calling.consultation)
    assert (await live.give())[0] == 201
    assert (await page.event(Granted)).grant.site == CITY
    await page.ask(wire.HangUp(re=3))
    await page.get(
        wire.Lobby, lambda m: any(b.consultation == calling.consultation and b.closed_at for b in m.consultations)
    )
    assert await opened(town, "city_doctor", calling.consultation) is Ground.GRANT
    assert (await live.revoke())[0] == 200
    assert await opened(town, "city_doctor", calling.consultation) is ErrorCode.GRANT_ENDED


async def test_an_administrator_sees_who_looked_and_no_patient(
    town: World, village: Giver, consultation: ConsultationId
) -> None:
    await opened(town, "specialist", consultation)
    admin = Giver(town, await town.sign_in("admin"), consultation)
    shown = await admin.shown()
    assert (shown["patient"], shown["may_give"], len(shown["accesses"])) == (None, False, 1)


async def test_unknown_keys_and_consultations(town: World, village: Giver) -> None:
    assert (await village.revoke("g7"))[0] == 404
    assert (await village.revoke("..%2f"))[0] == 404
    nowhere = Giver(town, village.person, ConsultationId("c" * 26))
    assert (await nowhere.give(institution="a" * 26))[0] == 403
