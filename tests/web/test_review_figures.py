"""The dashboard over HTTP: whose figures, of which period, nothing of few, and no formula in the CSV."""

import csv
import io
from typing import Any

import msgspec
import pytest

from recordings.review import Course, Recorded
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.store.courses import CourseRow
from signalling.ids import AccountId, ConsultationId, InstitutionId
from signalling.vocabulary import CloseReason
from tests.web.reviewing import Reviewer
from tests.web.world import World

DAY = 86_400_000
SECOND = 1_000_000
FORMULA = "=cmd|' /C calc'!A0"
ELSEWHERE = InstitutionId("e" * 26)
WENT_WELL = Course(
    requested=True,
    answered=20 * SECOND,
    first_media=21 * SECOND,
    opinion=300 * SECOND,
    closed=400 * SECOND,
    close_reason=CloseReason.HUNG_UP,
    recorded=Recorded(meant=400 * SECOND, missed=4 * SECOND, packets=990, lost=10, damaged=2 * SECOND, keyframe_gaps=3),
)


async def courses(world: World, house: InstitutionId, count: int, *, department: str = "", days: int = 1) -> None:
    """So many consultations that went well, some days ago."""
    store = world.services.store
    mark = "abcdefgh"[days % 8] + "ijklmnop"[len(department) % 8] + house[:18]
    for number in range(count):
        row = CourseRow(
            consultation=ConsultationId(f"{mark}{number:06d}".translate(str.maketrans("0189", "wxyz")).ljust(26, "a")),
            requested_ms=unix_ms() - days * DAY,
            closed_ms=unix_ms() - days * DAY + 400_000,
            institution=house,
            answering=InstitutionId(""),
            department=department,
            doctor=AccountId("d" * 26),
            critical=False,
            sealed=True,
            body=msgspec.json.encode(WENT_WELL),
        )
        await store.run(store.courses.put, row)


async def house_of(world: World, user: str) -> InstitutionId:
    record = await world.services.store.run(world.services.store.accounts.by_user, user)
    assert record
    return record.person.institution


async def desk(world: World, user: str) -> Reviewer:
    return Reviewer(world, await world.sign_in(user))


async def test_a_reviewer_sees_the_own_institution_and_an_administrator_all(world: World) -> None:
    await courses(world, await house_of(world, "reviewer"), 12)
    await courses(world, ELSEWHERE, 30)
    reviewer, admin = await desk(world, "reviewer"), await desk(world, "admin")
    mine, all_of_them = await reviewer.get("/figures"), await admin.get("/figures")
    assert (mine["figures"]["consultations"], all_of_them["figures"]["consultations"]) == (12, 42)
    figures = mine["figures"]
    assert figures["to_answer"] == {"n": 12, "median_ms": 20_000, "p90_ms": 20_000, "withheld": None}
    assert figures["recording"] == {
        "n": 12, "complete": 0.99, "lost": 0.01, "missed_s": 48, "paused_s": 0, "damaged_s": 24, "gaps": 0,
        "keyframe_gaps": 36, "withheld": None,
    }  # fmt: skip
    assert (figures["reviewed"], mine["concordance"]["withheld"]) == (
        {"n": 0, "share": None, "withheld": "too_few"},
        "too_few",
    )


async def test_few_are_counted_and_nothing_else(world: World) -> None:
    await courses(world, await house_of(world, "reviewer"), 9)
    found: dict[str, Any] = (await (await desk(world, "reviewer")).get("/figures"))["figures"]
    assert found["consultations"] == 9
    for name in ("to_answer", "to_media", "to_opinion", "completed", "told_in_time", "reviewed", "recording"):
        assert found[name]["withheld"] == "too_few", name
        assert all(value is None for key, value in found[name].items() if key not in {"n", "withheld"}), name
    assert [part["count"] for part in found["outcomes"]] == [None]


async def test_periods_are_whole_days_and_departments_are_chosen(world: World) -> None:
    house = await house_of(world, "reviewer")
    await courses(world, house, 11, department="Ultrasound", days=2)
    await courses(world, house, 13, days=40)
    reviewer = await desk(world, "reviewer")
    whole = await reviewer.get("/figures")
    assert (whole["figures"]["consultations"], whole["departments"]) == (24, ["Ultrasound"])
    assert (await reviewer.get("/figures?department=Ultrasound"))["figures"]["consultations"] == 11
    week = whole["period"]["last"]
    assert (await reviewer.get(f"/figures?first={week}&last={week}"))["figures"]["consultations"] == 0
    assert (await reviewer.get("/figures?department=%27%20OR%201=1"))["figures"]["consultations"] == 0


@pytest.mark.parametrize(
    "query",
    ["first=2026-13-01", "first=yesterday", "first=2026-02-01&last=2026-01-01", "first=1999-01-01&last=2026-01-01",
     f"department={'x' * 81}", "last=9999-12-31T00:00:00"],
)  # fmt: skip
async def test_no_period_is_refused_in_words(world: World, query: str) -> None:
    for door in ("/figures", "/figures.csv"):
        assert (await (await desk(world, "admin")).ask("GET", f"{door}?{query}"))[0] == 400


async def test_the_csv_holds_what_the_page_shows_and_no_formula(world: World) -> None:
    await courses(world, await house_of(world, "reviewer"), 12, department=FORMULA)
    reviewer = await desk(world, "reviewer")
    status, text = await reviewer.ask(
        "GET", f"/figures.csv?department={FORMULA.replace('|', '%7C').replace(' ', '%20')}"
    )
    assert status == 200
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert ["department", "'" + FORMULA, "", "", "", ""] in rows
    assert ["to_answer", "median", "ms", "12", "20000", ""] in rows
    assert all(len(row) == 6 for row in rows)
    assert not any(cell[:1] in "=+-@\t\r" for row in rows for cell in row if cell)
