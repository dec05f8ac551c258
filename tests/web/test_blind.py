"""Who reviews blind is told by nobody who took part: not by the replay, not by a list, not by what can be carried away.
When both reviews are in, it is over."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from pydicom import DataElement, Dataset
from pydicom.sequence import Sequence as Items

from recordings.replay.unnamed import NOBODY
from sefaw_rtc.service import demo, running
from sefaw_rtc.service.sealing import Sealing
from signalling.codec import decode_event
from signalling.fold import fold_all
from signalling.ids import ConsultationId, StudyId
from signalling.vocabulary import PictureSource, Role
from tests.dicom.files import FileSource
from tests.processes import POLITE_S
from tests.web.pictures import CT, Described, at
from tests.web.replayed import REVIEWER, Watcher, add_reviewer, sealed
from tests.web.reviewing import AGREES, REVIEWERS, consulted, reviewers
from tests.web.test_accesses import staff
from tests.web.test_grants import CITY, Giver, ask
from tests.web.test_reviews import DOUBLE, settings
from tests.web.world import PATIENT, Person, World, a_world

PARTS = ("", "/folder", "/timeline", "/timeline?format=html")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "Sealing", partial(Sealing, settle_s=0.0))
        async with a_world(tmp_path, settings=settings(tmp_path, DOUBLE)) as made:
            yield made


def with_a_picture(world: World, picture: Dataset = CT) -> None:
    """To be shared."""
    world.services.sources.clear()
    world.services.sources[PictureSource.FOLDER] = FileSource(picture)
    world.services.pictures = Described()


async def secrets(world: World) -> list[str]:
    """What would say who."""
    store = world.services.store
    found = [demo.CLINIC, demo.HOSPITAL, PATIENT.name, PATIENT.identifier]
    for user in ("village", "specialist"):
        record = await store.run(store.accounts.by_user, user)
        assert record is not None
        found += [record.id, record.person.name, record.person.institution]
    return found


async def a_watcher(world: World, user: str, consultation: ConsultationId) -> Watcher:
    made = Watcher(world, await world.sign_in(user), consultation)
    made.purpose = "review"
    return made


async def text(world: World, watcher: Watcher, path: str) -> str:
    async with watcher.person.http.get(f"{world.url}{path}") as reply:
        assert reply.status == 200, await reply.text()
        return await reply.text()


async def all_of_it(world: World, watcher: Watcher, consultation: ConsultationId) -> dict[str, str]:
    """Everything that a reviewer reads of a consultation, as text."""
    _, opened = await watcher.open()
    found = {"opened": json.dumps(opened, ensure_ascii=False)}
    for part in ("events", "markers", "snapshots/9999999999", "speech", "fast?from=0&to=1000"):
        async with watcher.get(part) as reply:
            assert reply.status == 200, part
            found[part] = await reply.text()
    for part in PARTS:
        found[part or "summary"] = await text(world, watcher, f"/api/consultations/{consultation}{part}")
    found["consultations"] = await text(world, watcher, "/api/consultations")
    found["list"] = await text(world, watcher, "/api/replays")
    return found


async def listed(world: World, watcher: Watcher, consultation: ConsultationId) -> None:
    async with asyncio.timeout(POLITE_S):
        while consultation not in await text(world, watcher, "/api/replays"):  # noqa: ASYNC110 - no news of it
            await asyncio.sleep(0.05)


async def test_nothing_that_is_read_names_anybody_until_both_are_in(world: World) -> None:
    consultation = await consulted(world, critical=True)
    await sealed(world, consultation)
    desks = await reviewers(world)
    await add_reviewer(world)  # of the clinic that asked: its reviewers read the summary too
    watcher, begun = [await a_watcher(world, user, consultation) for user in (REVIEWER, REVIEWERS[0])]
    await listed(world, watcher, consultation)
    told = await secrets(world)
    await desks[0].begin(consultation, 1)
    for what, found in (await all_of_it(world, watcher, consultation)).items():
        assert not [one for one in told if one in found], what
    _, opened = await begun.open()
    assert opened["names"] is False
    assert [(one["name"], one["role"], one["institution"]) for one in opened["people"]] == [
        ("A", "village_doctor", NOBODY),
        ("B", "specialist", NOBODY),
    ]
    assert await problem_of_export(world, watcher, "bundle") == (403, "blind")
    assert await problem_of_export(world, watcher, "side_by_side") == (403, "blind")
    async with watcher.person.http.get(f"{world.url}/api/consultations/{consultation}/dicom-export") as reply:
        assert (reply.status, (await reply.json())["code"]) == (403, "blind")

    await desks[0].ask("POST", f"/{consultation}/cases/1/reviews/1/submission", AGREES)
    await desks[1].review(consultation, 1, AGREES)
    found = await all_of_it(world, watcher, consultation)
    assert json.loads(found["opened"])["names"] is True
    for part in ("opened", "events", "summary", "consultations", "list"):
        assert "李梅 Li Mei" in found[part], part


async def problem_of_export(world: World, watcher: Watcher, what: str) -> tuple[int, str]:
    url = watcher.url.replace("/replays", "/exports")
    headers = {"X-CSRF-Token": watcher.person.csrf}
    async with watcher.person.http.post(url, json={"what": what}, headers=headers) as reply:
        return reply.status, (await reply.json()).get("code", "")


async def test_the_log_of_nobody_folds(world: World) -> None:
    consultation = await consulted(world)
    await sealed(world, consultation)
    watcher = await a_watcher(world, REVIEWERS[0], consultation)
    await watcher.open()
    async with watcher.get("events") as reply:
        events = [decode_event(line) for line in (await reply.read()).splitlines()]
    state = fold_all(events)
    assert state.requester is not None
    assert state.patient is not None
    assert (state.requester.name, state.patient.name) == ("A", NOBODY)
    async with watcher.get("snapshots/9999999999") as reply:
        assert (await reply.json())["seq"] == 0, "kept states name people"


async def test_a_search_by_name_finds_no_blind_one(world: World) -> None:
    consultation = await consulted(world)
    await sealed(world, consultation)
    watcher = await a_watcher(world, REVIEWERS[0], consultation)
    await listed(world, watcher, consultation)
    for query in ("find=Zhang", "doctor=Li", "site=clinic"):
        assert consultation not in await text(world, watcher, f"/api/replays?{query}"), query
    assert consultation not in await text(world, watcher, "/api/consultations?find=Zhang")
    assert consultation in await text(world, watcher, "/api/replays?find=")


async def test_a_person_is_one_letter_wherever_they_stand_and_none_in_a_list(world: World) -> None:
    """By the order of the log, not of what is read: a folder begins with whoever shared."""
    with_a_picture(world)
    consultation = await consulted(world, study=StudyId(str(CT.StudyInstanceUID)))
    await sealed(world, consultation)
    await add_reviewer(world)  # a folder is the institution's that asked
    watcher = await a_watcher(world, REVIEWER, consultation)
    await listed(world, watcher, consultation)
    _, opened = await watcher.open()
    assert [(one["name"], one["role"]) for one in opened["people"]] == [("A", "village_doctor"), ("B", "specialist")]
    (shared,) = json.loads(await text(world, watcher, f"/api/consultations/{consultation}/folder"))["studies"]
    assert (shared["by"]["name"], shared["by"]["role"]) == ("B", "specialist")
    told = json.loads(await text(world, watcher, f"/api/consultations/{consultation}"))
    assert [told[who]["name"] for who in ("requester", "specialist")] == ["A", "B"]
    (brief,) = json.loads(await text(world, watcher, "/api/consultations"))
    for who in (brief["requester"], brief["specialist"]):
        assert (who["name"], who["site"], who["account"]) == (NOBODY, NOBODY, brief["requester"]["account"])
    assert (brief["requester"]["role"], brief["specialist"]["role"]) == ("village_doctor", "specialist")


def a_telling_picture() -> Dataset:
    """With names wherever an instance has them."""
    made = copy.deepcopy(CT)
    made.filename = CT.filename
    said = Dataset()
    said.PersonName, said.TextValue = "ZZYZX^Item", "Nodule"
    made.PatientName, made.PatientID, made.AccessionNumber = "ZZYZX^Patient", "ZZYZX-1", "ZZYZX-2"
    made.ReferringPhysicianName, made.OperatorsName = "ZZYZX^Doctor", "ZZYZX^Operator"
    made.InstitutionName, made.StationName, made.PatientBirthDate = "ZZYZX Clinic", "ZZYZXROOM", "19510203"
    made.ContentSequence = Items([said])
    made.EncapsulatedDocument = b"%PDF-" + b"ZZYZX " * 1000
    made.RedPaletteColorLookupTableData = bytes(5000)
    made.add(DataElement(0x00091010, "LO", "ZZYZX GEMS"))
    return made


class Doors:
    """The DICOMweb service of one consultation, as a reviewer's browser asks it."""

    def __init__(self, world: World, who: Person, consultation: ConsultationId) -> None:
        self._root = f"{world.url}/api/consultations/{consultation}/dicom-web"
        self._http = who.http

    async def get(self, path: str) -> tuple[int, str, bytes]:
        async with self._http.get(self._root + path) as reply:
            return reply.status, reply.headers.get("Cache-Control", ""), await reply.read()

    async def refusal(self, path: str) -> tuple[int, str]:
        status, _, problem = await self.get(path)
        return status, json.loads(problem)["code"]


@pytest.fixture
async def pictured(world: World) -> ConsultationId:
    """With that picture in its folder."""
    with_a_picture(world, a_telling_picture())
    return await consulted(world, study=StudyId(str(CT.StudyInstanceUID)))


STUDY, SERIES = f"/studies/{CT.StudyInstanceUID}", at(CT).rpartition("/instances")[0]
TOLD = ("/studies", f"{STUDY}/series", f"{STUDY}/instances?includefield=all", f"{STUDY}/series?PatientName=")
DOCUMENT, BY_NAME = at(CT, "/bulkdata/00420011"), "/studies?PatientName=ZZ*"
WHOLE = (STUDY, SERIES, at(CT), DOCUMENT)
ASKED = (BY_NAME, f"{STUDY}/series?00100020=ZZYZX-1", f"{STUDY}/instances?InstitutionName=ZZYZX*")


async def test_pictures_are_shown_and_name_nobody(world: World, pictured: ConsultationId) -> None:
    desks = await reviewers(world)
    doors = Doors(world, await world.sign_in(REVIEWERS[0]), pictured)
    for path in (*TOLD, *(f"{one}/metadata" for one in (STUDY, SERIES, at(CT)))):
        status, caching, found = await doors.get(path)
        assert (status, caching) == (200, "private, no-cache"), path
        for secret in (b"ZZYZX", b"19510203"):
            assert secret not in found, (path, secret)
    (model,) = json.loads(found)
    assert model["0040A730"]["Value"] == [{"0040A160": {"vr": "UT", "Value": ["Nodule"]}}]
    assert {*model} >= {"00280030", "00200037", "00080060", "00080020", "0020000D", "00100040", "00281053"}
    for rest in ("/frames/1", "/rendered", "/bulkdata/00281201", "/served"):
        assert (await doors.get(at(CT, rest)))[0] == 200, rest
    withheld = model["00420011"]["BulkDataURI"].partition("/dicom-web")[2]
    for path in (*WHOLE, *ASKED, withheld):
        assert await doors.refusal(path) == (403, "blind"), path

    for reviewer in desks[:2]:
        await reviewer.review(pictured, 1, AGREES)
    assert b"ZZYZX Clinic" in (await doors.get(at(CT, "/metadata")))[2]
    for path in (at(CT), DOCUMENT, BY_NAME):
        assert (await doors.get(path))[0] == 200, path


async def test_whoever_is_not_blind_has_the_pictures_as_they_are(world: World, pictured: ConsultationId) -> None:
    doors = Doors(world, await world.sign_in("specialist"), pictured)
    assert b"ZZYZX Clinic" in (await doors.get(at(CT, "/metadata")))[2]
    assert (await doors.get(at(CT)))[0] == 200


async def test_what_was_opened_to_a_blind_one_names_nobody(world: World) -> None:
    consultation = await consulted(world)
    told = await secrets(world)
    await staff(world, "city_review", Role.REVIEWER, CITY)
    giver = Giver(world, await world.sign_in("village"), consultation)
    assert await giver.give() == (201, {"consultations": 1})
    city = await world.sign_in("city_review")
    status, (opened,) = await ask(city, "GET", "/api/grants/mine")
    assert (status, opened["brief"]["consultation"]) == (200, consultation)
    assert not [one for one in told if one in json.dumps(opened, ensure_ascii=False)]

    for reviewer in (await reviewers(world))[:2]:
        await reviewer.review(consultation, 1, AGREES)
    _, (opened,) = await ask(city, "GET", "/api/grants/mine")
    assert opened["brief"]["patient"]["name"] == PATIENT.name


async def test_who_took_part_reads_the_names(world: World) -> None:
    consultation = await consulted(world)
    await sealed(world, consultation)
    village = Watcher(world, await world.sign_in("village"), consultation)
    _, opened = await village.open("care")
    assert opened["names"] is True
    assert "李梅 Li Mei" in [one["name"] for one in opened["people"]]
