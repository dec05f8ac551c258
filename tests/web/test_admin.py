"""The administrator's doors: what they change, what they refuse in words, and that no patient is seen through them."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sefaw_rtc.service.clock import unix_ms
from signalling import messages as wire
from signalling.events import Closing, RingEnded
from signalling.vocabulary import WIRE_VERSION
from tests.web.world import PATIENT, Person, Refusal, World, a_call, connect

DAY_MS = 86_400_000


class Desk:
    """An administrator with the requests by name."""

    def __init__(self, world: World, person: Person) -> None:
        self.world, self.person = world, person

    async def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        headers = {"X-CSRF-Token": self.person.csrf}
        async with self.person.http.request(
            method, f"{self.world.url}/api/admin/{path}", json=body, headers=headers
        ) as reply:
            text = await reply.text()
            assert reply.status == status, text
            assert "password_hash" not in text
            return await reply.json() if text else None

    async def refused(self, method: str, path: str, body: object = None) -> str:
        """The word of a 409."""
        return str((await self.ask(method, path, body, 409))["detail"])

    async def add(self, user: str, **changes: object) -> Any:
        houses = await self.ask("GET", "institutions")
        form = {"user": user, "name": user.title(), "role": "specialist", "institution": houses[0]["id"]} | changes
        return await self.ask("POST", "accounts", form, 201)


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world, await world.sign_in("admin"))


async def account_of(desk: Desk, user: str) -> Any:
    return next(a for a in (await desk.ask("GET", f"accounts?search={user}"))["accounts"] if a["user"] == user)


async def test_institutions_and_departments(desk: Desk) -> None:
    made = await desk.ask("POST", "institutions", {"name": "North clinic"}, 201)
    assert await desk.refused("POST", "institutions", {"name": "North clinic"}) == "name_taken"
    await desk.ask("PATCH", f"institutions/{made['id']}", {"name": "South clinic"}, 204)
    field = await desk.ask("POST", f"institutions/{made['id']}/departments", {"name": "Ultrasound"}, 201)
    same = f"institutions/{made['id']}/departments"
    assert await desk.refused("POST", same, {"name": "Ultrasound"}) == "name_taken"
    await desk.ask("PATCH", f"departments/{field['id']}", {"name": "Imaging"}, 204)
    await desk.add("xu", institution=made["id"], department=field["id"])
    (row,) = [i for i in await desk.ask("GET", "institutions") if i["name"] == "South clinic"]
    assert row["accounts"] == 1
    assert row["departments"] == [{"id": field["id"], "name": "Imaging", "accounts": 1}]
    assert await desk.refused("DELETE", f"departments/{field['id']}") == "department_in_use"
    empty = await desk.ask("POST", same, {"name": "Skin"}, 201)
    await desk.ask("DELETE", f"departments/{empty['id']}", status=204)
    await desk.ask("DELETE", f"departments/{empty['id']}", status=404)


async def test_a_name_of_spaces_is_no_name(desk: Desk) -> None:
    """It would go into the logs as an empty one, which nobody can read back: a consultation lost at the next start."""
    house = (await desk.ask("GET", "institutions"))[0]
    me = await account_of(desk, "admin")
    field = await desk.ask("POST", f"institutions/{house['id']}/departments", {"name": "Imaging"}, 201)
    for method, path, body in (
        ("POST", "institutions", {}),
        ("PATCH", f"institutions/{house['id']}", {}),
        ("POST", f"institutions/{house['id']}/departments", {}),
        ("PATCH", f"departments/{field['id']}", {}),
        ("POST", "accounts", {"user": "xu", "role": "observer", "institution": house["id"]}),
        ("PATCH", f"accounts/{me['id']}", {"role": "administrator", "institution": house["id"]}),
    ):
        await desk.ask(method, path, {"name": " \u3000 ", **body}, 400)


async def test_an_account_is_made_with_a_password_told_once(desk: Desk) -> None:
    made = await desk.add("xu")
    assert await desk.refused("POST", "accounts", _form(made["account"], user="XU")) == "user_taken"
    await desk.world.sign_in("xu", made["password"])
    again = await desk.ask("POST", f"accounts/{made['account']['id']}/password", {"password": None})
    assert again["password"] not in {None, made["password"]}
    await desk.world.sign_in("xu", again["password"])
    typed = await desk.ask("POST", f"accounts/{made['account']['id']}/password", {"password": "chosen by hand"})
    assert typed["password"] is None
    await desk.world.sign_in("xu", "chosen by hand")
    await desk.ask("POST", f"accounts/{made['account']['id']}/password", {"password": "short"}, 400)


def _form(account: Any, **changes: object) -> dict[str, object]:
    kept = {key: account[key] for key in ("name", "role", "institution")}
    return {**kept, "department": None, **changes}


async def test_accounts_are_found_page_by_page(desk: Desk) -> None:
    for number in range(5):
        await desk.add(f"finder{number}")
    first = await desk.ask("GET", "accounts?search=FINDER&limit=3")
    rest = await desk.ask("GET", "accounts?search=finder&limit=3&offset=3")
    assert (first["total"], rest["total"]) == (5, 5)
    assert [a["user"] for a in first["accounts"] + rest["accounts"]] == [f"finder{n}" for n in range(5)]
    by_house = await desk.ask("GET", "accounts?search=County%20finder")
    assert by_house["total"] == 5
    administrators = await desk.ask("GET", "accounts?role=administrator")
    assert [a["user"] for a in administrators["accounts"]] == ["admin"]
    assert (await desk.ask("GET", "accounts?search=%25"))["total"] == 0, "no pattern of the database's"
    await desk.ask("GET", "accounts?limit=many", status=400)


async def test_another_role_ends_the_sessions(desk: Desk) -> None:
    specialist = await desk.world.sign_in("specialist")
    account = await account_of(desk, "specialist")
    page = await specialist.page()
    await desk.ask("PATCH", f"accounts/{account['id']}", _form(account, name="Wang J."))
    await page.get(wire.Lobby, lambda m: any(c.person.name == "Wang J." for c in m.on_call))
    async with specialist.http.get(f"{desk.world.url}/api/session") as reply:
        assert (reply.status, (await reply.json())["account"]["name"]) == (200, "Wang J.")
    await desk.ask("PATCH", f"accounts/{account['id']}", _form(account, role="observer"))
    async with specialist.http.get(f"{desk.world.url}/api/session") as reply:
        assert reply.status == 401


async def test_who_is_no_specialist_any_more_is_rung_no_more_and_sent_away_at_once(desk: Desk) -> None:
    """Not with the guard's next turn: what rings names a patient."""
    page = await (await desk.world.sign_in("specialist")).page()
    account = await account_of(desk, "specialist")
    presence = desk.world.services.desk.presence
    assert account["id"] in {one.person.account for one in presence.on_call()}
    village = await (await desk.world.sign_in("village")).page()
    calling = await village.ask(a_call())
    await village.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token))
    await page.get(wire.Incoming)
    await desk.ask("PATCH", f"accounts/{account['id']}", _form(account, role="observer"))
    assert account["id"] not in {one.person.account for one in presence.on_call()}
    assert (await village.event(RingEnded)).callee == account["id"]
    await page.closed()


async def test_a_department_with_another_name_is_still_reached(desk: Desk) -> None:
    """Its specialists need not reload their pages to be found under it."""
    account = await account_of(desk, "specialist")
    field = await desk.ask("POST", f"institutions/{account['institution']}/departments", {"name": "Ultrasound"}, 201)
    await desk.ask("PATCH", f"accounts/{account['id']}", _form(account, department=field["id"]))
    page = await (await desk.world.sign_in("specialist")).page()
    await desk.ask("PATCH", f"departments/{field['id']}", {"name": "Imaging"}, 204)
    village = await (await desk.world.sign_in("village")).page()
    await village.get(wire.Lobby, lambda m: any(one.person.department == "Imaging" for one in m.on_call))
    await village.ask(replace(a_call(), department="Imaging"))
    await page.get(wire.Incoming)
    await desk.ask("PATCH", f"institutions/{account['institution']}", {"name": "New county hospital"}, 204)
    await village.get(wire.Lobby, lambda m: any(one.person.site == "New county hospital" for one in m.on_call))


async def test_a_new_password_sends_the_old_one_s_pages_away_at_once(desk: Desk) -> None:
    page = await (await desk.world.sign_in("specialist")).page()
    account = await account_of(desk, "specialist")
    await desk.ask("POST", f"accounts/{account['id']}/password", {})
    await page.closed()


async def test_a_token_of_a_former_role_is_good_for_nothing(desk: Desk) -> None:
    _village, specialist = await connect(desk.world)
    seat = await specialist.get(wire.JoinedReply)
    account = await account_of(desk, "specialist")
    await desk.ask("PATCH", f"accounts/{account['id']}", _form(account, role="observer"))
    back = await desk.world.page()
    with pytest.raises(Refusal, match="token_invalid"):
        await back.ask(wire.Resume(re=1, version=WIRE_VERSION, token=seat.resume, since_seq=0))


async def test_a_department_of_another_institution_is_refused(desk: Desk) -> None:
    made = await desk.ask("POST", "institutions", {"name": "North clinic"}, 201)
    field = await desk.ask("POST", f"institutions/{made['id']}/departments", {"name": "Ultrasound"}, 201)
    account = await account_of(desk, "specialist")
    refused = await desk.refused("PATCH", f"accounts/{account['id']}", _form(account, department=field["id"]))
    assert refused == "other_institution"


async def test_nobody_locks_themselves_or_the_last_administrator_out(desk: Desk) -> None:
    me = await account_of(desk, "admin")
    assert await desk.refused("PUT", f"accounts/{me['id']}/disabled", {"disabled": True}) == "yourself"
    assert await desk.refused("PATCH", f"accounts/{me['id']}", _form(me, role="observer")) == "yourself"
    second = await desk.add("boss", role="administrator")
    other = Desk(desk.world, await desk.world.sign_in("boss", second["password"]))
    await other.ask("PUT", f"accounts/{me['id']}/disabled", {"disabled": True}, 204)
    await desk.ask("GET", "accounts", status=401)
    store = desk.world.services.store
    with pytest.raises(Exception, match="last_administrator"):
        await store.run(store.administration.disable_account, second["account"]["id"], 1)
    await other.ask("PUT", f"accounts/{me['id']}/disabled", {"disabled": False}, 204)
    await desk.world.sign_in("admin")


async def test_the_rota(desk: Desk) -> None:
    account = await account_of(desk, "specialist")
    week = [{"starts_ms": n * 7 * DAY_MS, "ends_ms": n * 7 * DAY_MS + 3_600_000} for n in range(1, 5)]
    made = await desk.ask("POST", "shifts", {"account": account["id"], "times": week}, 201)
    assert [shift["starts_ms"] for shift in made] == [each["starts_ms"] for each in week]
    overlapping = {"account": account["id"], "times": [{"starts_ms": 0, "ends_ms": 1}, week[3]]}
    assert await desk.refused("POST", "shifts", overlapping) == "overlaps"
    listed = await desk.ask("GET", f"shifts?from=0&until={20 * DAY_MS}")
    assert [shift["id"] for shift in listed] == [shift["id"] for shift in made[:2]], "all or none were added"
    await desk.ask("DELETE", f"shifts/{made[0]['id']}", status=204)
    await desk.ask("DELETE", f"shifts/{made[0]['id']}", status=404)
    await desk.ask("GET", "shifts?from=5&until=5", status=400)
    village = await account_of(desk, "village")
    await desk.ask("POST", "shifts", {"account": village["id"], "times": week}, 404)


async def test_who_is_no_specialist_any_more_has_no_shifts_to_come(desk: Desk) -> None:
    account = await account_of(desk, "specialist2")
    now = unix_ms()
    times = [{"starts_ms": 1000, "ends_ms": 2000}, {"starts_ms": now + 3_600_000, "ends_ms": now + 3_601_000}]
    await desk.ask("POST", "shifts", {"account": account["id"], "times": times}, 201)
    await desk.ask("PATCH", f"accounts/{account['id']}", _form(account, role="reviewer"))
    store = desk.world.services.store
    left = await store.run(store.shifts.list, 0, now + DAY_MS)
    assert [shift.starts_ms for shift in left if shift.person.account == account["id"]] == [1000]


async def test_a_running_consultation_is_seen_without_its_patient_and_ended_with_a_reason(desk: Desk) -> None:
    village, specialist = await connect(desk.world)
    consultation = (await village.get(wire.JoinedReply)).consultation
    listed = await desk.ask("GET", "consultations")
    (row,) = [each for each in listed if each["consultation"] == consultation]
    assert (row["status"], row["urgency"], row["demo"]) == ("open", "urgent", False)
    assert [(p["role"], p["connected"]) for p in row["participants"]] == [
        ("village_doctor", True),
        ("specialist", True),
    ]
    for secret in (PATIENT.name, PATIENT.identifier, "Severe pain", "李梅"):
        assert secret not in str(row)
    await desk.ask("POST", f"consultations/{consultation}/end", {"text": "   "}, 400)
    await desk.ask("POST", f"consultations/{consultation}/end", {"text": "The power goes off at six"}, 204)
    for page in (village, specialist):
        assert (await page.event(Closing)).text == "The power goes off at six"
    await desk.ask("POST", f"consultations/{consultation}/end", {"text": "again"}, 410)


async def test_the_timeline_of_a_call_live_and_closed(desk: Desk, tmp_path: Path) -> None:
    village, _specialist = await connect(desk.world)
    consultation = (await village.get(wire.JoinedReply)).consultation
    url = f"{desk.world.url}/api/consultations/{consultation}/timeline"
    async with desk.person.http.get(url) as reply:
        live = await reply.json()
    assert live["closed"] == -1
    assert [e["what"] for e in live["entries"]][:2] == ["requested", "rang"]
    await desk.ask("POST", f"consultations/{consultation}/end", {"text": "enough"}, 204)
    await desk.world.services.desk.close()
    await desk.world.services.keeper.close()
    for user in ("admin", "village", "specialist"):
        person = await desk.world.sign_in(user)
        async with person.http.get(url) as reply:
            closed = await reply.json()
        assert closed["closed"] >= 0
        assert closed["entries"][: len(live["entries"])] == live["entries"]
        assert PATIENT.name not in str(closed)


async def test_the_timeline_as_a_file_in_the_language_asked_for(desk: Desk) -> None:
    village, _ = await connect(desk.world)
    consultation = (await village.get(wire.JoinedReply)).consultation
    url = f"{desk.world.url}/api/consultations/{consultation}/timeline?format=html"
    for query, header, title in (
        ("", "en-GB,en;q=0.9", "Timeline"),
        ("", "de", "时间线"),
        ("&lang=zh-CN", "en", "时间线"),
        ("&lang=en", "zh", "Timeline"),
    ):
        async with desk.person.http.get(url + query, headers={"Accept-Language": header}) as reply:
            assert reply.headers["Content-Disposition"] == f'attachment; filename="timeline-{consultation}.html"'
            assert f"<h1>{title}</h1>" in await reply.text()
    for path, status in (("?format=pdf", 400),):
        async with desk.person.http.get(url.split("?", maxsplit=1)[0] + path) as reply:
            assert reply.status == status
    for unknown in ("y" * 26, "..%2Flive%2Fx", "%2e%2e"):
        async with desk.person.http.get(f"{desk.world.url}/api/consultations/{unknown}/timeline") as reply:
            assert reply.status == 404


async def test_health_in_rows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sefaw_rtc.service.health._SLOW_MS", 60_000)  # this machine is not judged
    rows = await desk.ask("GET", "health")
    names = ["plane", "disk", "database", "log", "tlog", "witness", "clock", "consultations", "connections"]
    told = [(row["name"], row["level"]) for row in rows]
    assert told == [*((name, "ok") for name in names), ("scp", "ok"), ("backup", "warn"), ("version", "ok")]
