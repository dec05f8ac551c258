"""Reading what is kept of a consultation that is over: who leaves a line in its log, how many, what a no leaves."""

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from recordings import LogWriter
from recordings.fhir import accesses_of, bundle
from recordings.log import LogHeader
from sefaw_rtc.access import READING_ACTIONS, ROUTE_ACTIONS, Action
from sefaw_rtc.errors import UserError
from sefaw_rtc.service import openings, paperwork, readings
from sefaw_rtc.service.clock import Forward, unix_ms
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.openings import READING_S, REFUSED_S, Openings
from signalling.events import Accessed
from signalling.ids import ConsultationId
from signalling.messages import HangUp, JoinedReply
from signalling.vocabulary import AccessKind, AccessPurpose, ErrorCode, Ground, Role
from tests.attachments.samples import SAMPLES
from tests.consultation.world import VILLAGE
from tests.web.reviewing import consulted, reviewers
from tests.web.test_accesses import a_session, log_of, written
from tests.web.test_attachments import Call as ChatCall
from tests.web.test_grants import CITY, Giver, ask, consultation, town, village  # noqa: F401 - fixtures
from tests.web.test_patient_view import Phone
from tests.web.world import Person, World, connect

RECORD, PICTURES, EXPORT = AccessKind.RECORD, AccessKind.PICTURES, AccessKind.EXPORT
ALL = {"data": ["record", "pictures"]}
DOORS = {
    "": RECORD,
    "/timeline": RECORD,
    "/timeline?format=html": RECORD,
    "/folder": PICTURES,
    "/dicom-web/studies": PICTURES,
}


@pytest.fixture
async def city(town: World) -> Person:  # noqa: F811 - fixtures
    return await town.sign_in("city_doctor")


async def status(person: Person, path: str) -> int:
    return (await ask(person, "GET", path))[0]


def kinds(world: World, which: ConsultationId) -> list[tuple[AccessKind, bool]]:
    return [(one.kind, one.allowed) for one in written(world, which)]


@pytest.mark.parametrize(("door", "kind"), DOORS.items())
async def test_by_a_grant_it_is_one_line_with_its_ground(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
    door: str,
    kind: AccessKind,
) -> None:
    await village.give(**ALL)
    for _ in range(3):
        assert await status(city, village.path + door) == 200
    (one,) = written(town, consultation)
    assert (one.kind, one.allowed, one.ground, one.grant) == (kind, True, Ground.GRANT, "g1")
    assert (one.purpose, one.person.name, one.person.site) == (AccessPurpose.CARE, "city_doctor", CITY)


async def test_requests_that_come_together_are_one_line_and_wait_for_it(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
) -> None:
    await village.give(**ALL)
    found = await asyncio.gather(*(status(city, village.path + door) for door in [*DOORS] * 4))
    assert set(found) == {200}
    assert sorted(kinds(town, consultation)) == [(PICTURES, True), (RECORD, True)]


async def test_after_an_hour_it_is_another_line(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await village.give(until=unix_ms() + 3 * READING_S * 1000)
    wall = [unix_ms()]
    monkeypatch.setattr(town.services.rights, "_clock", Forward(wall_us=lambda: wall[0] * 1000))
    for later_s, lines in ((0, 1), (READING_S - 1, 1), (1, 2), (-READING_S, 2), (2 * READING_S, 3)):
        wall[0] += later_s * 1000
        assert await status(city, village.path) == 200
        assert len(written(town, consultation)) == lines


async def test_taken_back_it_is_refused_and_the_no_is_one_line(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
) -> None:
    await village.give(**ALL)
    assert await status(city, village.path) == 200
    await village.revoke()
    for _ in range(3):
        for door in DOORS:
            assert await status(city, village.path + door) == 403
    _, *refused = written(town, consultation)
    assert {one.ground for one in refused} == {Ground.GRANT_ENDED}
    assert [(one.kind, one.allowed) for one in refused] == [(RECORD, False), (PICTURES, False)]
    await village.give(**ALL, key="g2")
    assert await status(city, village.path) == 200
    assert written(town, consultation)[-1].grant == "g2", "another right is another line, also within the hour"


async def test_a_part_that_was_not_given_leaves_no_line_and_a_stranger_does(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
) -> None:
    """Pages ask for all parts: whoever was given one of them is accused of nothing."""
    city_house = await village.house(CITY)
    await village.give(account=await village.account(city_house, "city_doctor"))
    assert await status(city, village.path + "/folder") == 403
    assert kinds(town, consultation) == []
    other = await town.sign_in("city_other")
    for _ in range(2):
        assert await status(other, village.path + "/folder") == 403
    (one,) = written(town, consultation)
    assert (one.kind, one.allowed, one.ground, one.person.name) == (
        PICTURES,
        False,
        Ground.OTHER_INSTITUTION,
        "city_other",
    )


async def test_reviewers_and_administrators_say_what_for(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
) -> None:
    reviewer, admin = await town.sign_in("reviewer"), await town.sign_in("admin")
    assert await status(reviewer, village.path + "/dicom-web/studies") == 200
    assert await status(admin, village.path + "/timeline") == 200
    assert await status(admin, village.path) == 403
    assert [(one.kind, one.purpose, one.allowed, one.ground) for one in written(town, consultation)] == [
        (PICTURES, AccessPurpose.REVIEW, True, Ground.TABLE),
        (RECORD, AccessPurpose.ADMINISTRATION, True, Ground.TABLE),
        (RECORD, AccessPurpose.ADMINISTRATION, False, Ground.ROLE),
    ]


async def test_who_took_part_leaves_lines_from_the_next_day_on(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
) -> None:
    specialist = await town.sign_in("specialist")
    for door in DOORS:
        assert await status(specialist, village.path + door) == 200
        assert await status(village.person, village.path + door) == 200
    assert kinds(town, consultation) == []
    found, day_s = await find(town.services, consultation), readings.AT_IT_S
    assert found.brief is not None
    for user, ago_s, lines in (
        ("specialist", day_s - 60, 0),
        ("specialist", day_s + 60, 1),
        ("village", -day_s - 60, 2),
    ):
        who = await a_session(town, user)
        closed_at = unix_ms() - ago_s * 1000
        older = replace(found, brief=msgspec.structs.replace(found.brief, closed_at=closed_at))
        await readings.read_access(town.services, who, older, Action.READ_SUMMARY)
        assert kinds(town, consultation) == [(RECORD, True)] * lines


async def test_while_it_lasts_who_takes_part_leaves_none_and_others_do(town: World) -> None:  # noqa: F811
    page, _ = await connect(town)
    running = (await page.get(JoinedReply)).consultation
    path = f"/api/consultations/{running}"
    mine, their = Giver(town, await town.sign_in("village"), running), await town.sign_in("city_doctor")
    for user in ("village", "specialist"):
        person = await town.sign_in(user)
        assert {await status(person, path + door) for door in DOORS} == {200}
    await mine.give(**ALL)
    for door in ("", "/timeline", "/folder", "", "/folder"):
        assert await status(their, path + door) == 200
    assert await status(their, path + "/dicom-web/studies") == 403, "its participants' alone as long as it lasts"
    await page.event(Accessed)
    await page.ask(HangUp(re=1))
    await town.services.keeper.settled()
    assert [(one.kind, one.person.name, one.grant) for one in written(town, running)] == [
        (RECORD, "city_doctor", "g1"),
        (PICTURES, "city_doctor", "g1"),
    ]


async def test_a_copy_as_dicom_is_a_line_each_time_also_for_who_took_part(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
) -> None:
    await village.give(**ALL)
    specialist = await town.sign_in("specialist")
    for person, code in ((specialist, 200), (specialist, 200), (city, 403), (city, 403)):
        assert await status(person, f"{village.path}/dicom-export") == code
    lines = written(town, consultation)
    assert [(one.kind, one.item, one.allowed, one.person.role) for one in lines] == [
        (EXPORT, "dicom", True, Role.SPECIALIST),
        (EXPORT, "dicom", True, Role.SPECIALIST),
        (EXPORT, "dicom", False, Role.SPECIALIST),
    ]


async def test_what_cannot_be_written_is_not_read(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await village.give(**ALL)

    def full(*_: object) -> None:
        raise UserError(ErrorCode.STORAGE_FULL)

    with monkeypatch.context() as disk:
        disk.setattr(LogWriter, "sync", full)
        for door in [*DOORS] * 2:
            assert (await ask(city, "GET", village.path + door))[0] == 507
        assert await status(village.person, village.path) == 200, "who took part reads"
    assert await status(city, village.path) == 200
    assert kinds(town, consultation)[-1] == (RECORD, True)


async def test_a_no_that_could_not_be_written_is_written_when_it_can(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise UserError(ErrorCode.STORAGE_FULL)

    with monkeypatch.context() as disk:
        disk.setattr(LogWriter, "append", full)
        assert await status(city, village.path) == 507
    assert kinds(town, consultation) == []
    for _ in range(2):
        assert await status(city, village.path) == 403
    assert kinds(town, consultation) == [(RECORD, False)]


async def test_who_reads_brings_nothing_back_into_the_lists(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its row was kept long enough, and goes while the line is being written."""
    await village.give(**ALL)
    await town.services.desk.indexing.settled()
    index, write = town.services.store.consultations, paperwork.act_on_closed

    def meanwhile(*asked: Any) -> Any:
        done = write(*asked)
        index.remove(consultation)
        return done

    monkeypatch.setattr(paperwork, "act_on_closed", meanwhile)
    assert await status(city, village.path) == 200
    await town.services.desk.indexing.settled()
    assert await town.services.store.run(index.get, consultation) is None


async def test_what_is_no_consultation_leaves_nothing(town: World, city: Person) -> None:  # noqa: F811
    admin = await town.sign_in("admin")
    for forged in ("c" * 26, "..%2f..%2fetc", "x"):
        for door in (*DOORS, "/dicom-export"):
            assert await status(city, f"/api/consultations/{forged}{door}") == 403
        assert await status(admin, f"/api/consultations/{forged}/timeline") == 404


async def test_what_was_sent_is_among_the_pictures(town: World) -> None:  # noqa: F811
    page, answering = await connect(town)
    running = (await page.get(JoinedReply)).consultation
    doctor = await town.sign_in("village")
    sha256 = await ChatCall(town, page, answering, running).said(doctor, SAMPLES["image/jpeg"])
    await page.ask(HangUp(re=1))
    await town.services.keeper.settled()
    await Giver(town, doctor, running).give(**ALL)
    city = await town.sign_in("city_doctor")
    path = f"/api/consultations/{running}/attachments/{sha256}"
    for person in (doctor, city, city):
        assert await status(person, path) == 200
    assert [(one.kind, one.person.name) for one in written(town, running)] == [(PICTURES, "city_doctor")]


async def test_a_review_reads_the_record(world: World) -> None:
    consultation = await consulted(world)  # noqa: F811
    first, *_ = await reviewers(world)
    for _ in range(2):
        await first.get(f"/{consultation}")
        await first.get(f"/{consultation}/notes")
    (one,) = written(world, consultation)
    assert (one.kind, one.purpose, one.person.role) == (RECORD, AccessPurpose.REVIEW, Role.REVIEWER)


async def test_patient_and_fhir_have_it(
    town: World,  # noqa: F811
    village: Giver,  # noqa: F811
    consultation: ConsultationId,  # noqa: F811
    city: Person,
) -> None:
    await village.give(**ALL)
    assert await status(city, village.path) == 200
    await village.revoke()
    assert await status(city, f"{village.path}/folder") == 403
    _, link = await ask(village.person, "POST", f"{village.path}/patient-link")
    _, seen = await Phone(town, link["token"]).ask()
    assert [(one["kind"], one["purpose"], one["allowed"], one["site"]) for one in seen["looked"]] == [
        ("pictures", "care", False, CITY),
        ("record", "care", True, CITY),
    ]
    assert "city_doctor" not in str(seen)
    assert [one["kind"] for one in (await village.shown())["accesses"]] == ["pictures", "record"]
    events = log_of(town, consultation)
    entries: list[Any] = bundle(LogHeader(consultation=consultation, started_unix_us=1), events)["entry"]
    audits = [one["resource"] for one in entries if one["resource"]["resourceType"] == "AuditEvent"]
    assert len(accesses_of(events)) == 2
    assert [(one["entity"][-1]["description"], one["outcome"]) for one in audits] == [
        ("record", "0"),
        ("pictures", "4"),
    ]
    assert {one["subtype"][0]["code"] for one in audits} == {"read"}


def test_what_was_said_is_remembered_for_its_time_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openings, "_REMEMBERED", 2)
    said, here = Openings(), ConsultationId("c" * 26)
    yes = Accessed(
        person=VILLAGE, kind=RECORD, purpose=AccessPurpose.CARE, allowed=True, ground=Ground.GRANT, at=0, grant="g1"
    )
    no = msgspec.structs.replace(yes, allowed=False, ground=Ground.GRANT_ENDED, grant="")
    for one, lasts_s in ((yes, READING_S), (no, REFUSED_S)):
        assert said.is_new(here, one, 100)
        said.wrote(here, one, 100)
        assert not said.is_new(here, one, 100 + lasts_s - 1)
        assert not said.is_new(here, one, 0), "a clock that was set back"
        assert said.is_new(here, one, 100 + lasts_s)
        assert said.is_new(ConsultationId("d" * 26), one, 100)
    for other in (AccessKind.PICTURES, AccessKind.EXPORT):
        said.wrote(here, msgspec.structs.replace(yes, kind=other), 100)
    assert said.is_new(here, yes, 100)


# Below a consultation, what tells nothing of it to somebody who reads: one's own words, who may see it and who looked.
NO_READING = {Action.WRITE_DRAFT, Action.READ_GRANTS}
# What is written where it is opened.
OPENED = {Action.REPLAY, Action.EXPORT_RECORD, Action.EXPORT_DICOM}


def test_every_route_that_hands_out_a_consultation_is_in_the_access_log() -> None:
    below = ("/api/consultations/{id}", "/api/reviews/{id}")
    handing = {action for (method, path), action in ROUTE_ACTIONS.items() if method == "GET" and path.startswith(below)}
    assert handing == {*READING_ACTIONS, *NO_READING, *OPENED}
