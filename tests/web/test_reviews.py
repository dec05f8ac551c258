"""Reviews over HTTP: drawn when a consultation closes, filled, submitted once, decided by a third, blind where two
read, and told to the doctors whose consultation it was."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from recordings import LogUnreadable
from recordings.review.journal import FILE, read_reviews
from recordings.tlog import LeafKind
from sefaw_rtc.cli import app
from sefaw_rtc.config import Config
from sefaw_rtc.config.review import Review
from sefaw_rtc.service.reviews import ReviewBooks
from signalling.ids import AccountId, ConsultationId
from tests.web.reviewing import (
    AGREES,
    DIFFERS,
    MOMENT,
    RADPEER,
    REMOTE,
    REVIEWERS,
    Reviewer,
    consulted,
    looked_at,
    reviewers,
)
from tests.web.test_opinions import at_the_desk, two_desks
from tests.web.world import World, a_world, config

DOUBLE = Review(double_per_mille=1000, forms=[RADPEER])
ALONE = Review(double_per_mille=0, forms=[RADPEER, REMOTE])


def settings(data: Path, review: Review) -> Config:
    return replace(config(data), review=review)


def case(book: Any, number: int = 1) -> Any:
    return next(one for one in book["cases"] if one["number"] == number)


async def accounts(world: World) -> dict[str, AccountId]:
    found = {}
    for user in REVIEWERS:
        record = await world.services.store.run(world.services.store.accounts.by_user, user)
        assert record
        found[user] = record.id
    return found


async def test_a_consultation_is_drawn_reviewed_and_told_to_its_doctors(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=settings(tmp_path, ALONE)) as world:
        consultation = await consulted(world, critical=True)
        (first, second, _) = await reviewers(world)
        rows = await first.get()
        assert [(r["form"]["id"], r["reason"], r["standing"], r["critical"]) for r in rows] == [
            (RADPEER, "critical", "open", True),
            (REMOTE, "critical", "open", True),
        ]
        await first.review(consultation, 1, DIFFERS)
        seen = case(await second.get(f"/{consultation}"))
        assert (seen["standing"], seen["names"], len(seen["reviews"])) == ("closed", True, 1)
        assert [r["standing"] for r in await first.get()] == ["open", "done"]

        for user in ("village", "specialist"):
            doctor = Reviewer(world, await world.sign_in(user))
            (told,) = await doctor.get("/results")
            assert (told["consultation"], told["form"]["id"], told["reviewers"]) == (consultation, RADPEER, [])
            assert told["result"]["items"][0] == {"item": "score", "value": "3b", "moments": [MOMENT], "said": []}
            assert told["result"]["notes"] == [{"t": 0, "text": "Look here"}]
            assert told["result"]["reviewers"] == []
        assert await Reviewer(world, await world.sign_in("specialist2")).get("/results") == []

        await world.services.notary.settle()
        leaves = sorted((world.services.keeper.keyring.folder(consultation) / "proof").glob("score-*.leaf"))
        assert len(leaves) == 1
        assert LeafKind.SCORE in leaves[0].read_text()


def draw_again(data: Path) -> str:
    result = CliRunner().invoke(app, ["review-sample", "--data", str(data)])
    assert result.exit_code == 0, result.output
    return result.output


async def test_the_drawing_can_be_checked(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        consultation = await consulted(world)
        said = await asyncio.to_thread(draw_again, tmp_path)
        assert world.services.quality.seed_digest in said
        assert re.search(rf"{consultation}  new_doctor  (one|two) reviewer", said)
        assert "1 with an opinion, 1 chosen: {'new_doctor': 1}" in said


async def test_reviews_outlive_a_restart_and_are_sealed(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=settings(tmp_path, ALONE)) as world:
        consultation = await consulted(world)
        (first, _, _) = await reviewers(world)
        number = await first.begin(consultation, 1)
        assert (await first.ask("PUT", f"/{consultation}/cases/1/reviews/{number}", DIFFERS))[0] == 204
        kept = world.services.keeper.keyring.folder(consultation) / FILE
        assert b"Look here" not in kept.read_bytes()
    kept.write_bytes(kept.read_bytes() + b"\x00\x01torn")
    async with a_world(tmp_path, settings=settings(tmp_path, ALONE)) as world:
        (first, _, _) = [Reviewer(world, await world.sign_in(user)) for user in REVIEWERS]
        await looked_at(world, consultation)
        mine = case(await first.get(f"/{consultation}"))
        assert (mine["standing"], mine["reviews"][0]["filled"]) == ("draft", DIFFERS)
        assert (await first.ask("POST", f"/{consultation}/cases/1/reviews/1/submission", DIFFERS))[0] == 204
        assert len(world.services.reviews.of(consultation).cases) == 2, "drawn once, however often it is looked at"
        world.services.keeper.keyring.destroy(consultation)
        assert list(world.services.reviews) == []
        assert await first.get() == [], "erased with the consultation"


async def test_two_who_read_apart_learn_nothing_of_each_other(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=settings(tmp_path, DOUBLE)) as world:
        consultation = await consulted(world)
        (first, second, third) = await reviewers(world)
        names = await accounts(world)
        untouched = await second.get(f"/{consultation}"), await second.get()

        number = await first.begin(consultation, 1)
        await first.ask("POST", f"/{consultation}/notes", {"t": 0, "text": "the first one's secret"})
        await first.ask("PUT", f"/{consultation}/cases/1/reviews/{number}", DIFFERS)
        assert (await second.get(f"/{consultation}"), await second.get()) == untouched, "a draft shows in nothing"
        assert (await first.ask("POST", f"/{consultation}/cases/1/reviews/{number}/submission", DIFFERS))[0] == 204
        assert (await second.get(f"/{consultation}"), await second.get()) == untouched, "nor does a submission"
        assert world.services.reviews.blind(consultation, names["reviewer"])

        assert await second.begin(consultation, 1) == 1, "its own first, though it is the journal's second"
        status, note = await second.ask("POST", f"/{consultation}/notes", {"t": 0, "text": "mine"})
        assert (status, note["number"]) == (201, 1)
        for reviewer, own in ((first, "the first one's secret"), (second, "mine")):
            book = await reviewer.get(f"/{consultation}")
            text = json.dumps([book, await reviewer.get(), await reviewer.get(f"/{consultation}/notes")])
            assert [one["text"] for one in book["notes"]] == [own]
            assert len(case(book)["reviews"]) == 1
            assert (case(book)["differences"], case(book)["adjudication"], case(book)["names"]) == ([], None, False)
            assert (book["about"]["people"], book["about"]["patient"]) == ([], "")
            assert not any(name in text for name in (*names.values(), "Zhang Guiying"))
        text = json.dumps(await second.get(f"/{consultation}"))
        assert '"3b"' not in text.replace(json.dumps(case(await second.get(f"/{consultation}"))["form"]), "")
        waiting = [row["standing"] for row in await first.get()]
        assert waiting == ["waiting"]
        assert (await third.get(f"/{consultation}"))["cases"][0]["reviews"] == []

        assert (await second.ask("POST", f"/{consultation}/cases/1/reviews/1/submission", AGREES))[0] == 204
        both = case(await first.get(f"/{consultation}"))
        assert [one["mine"] for one in both["reviews"]] == [1, 0]
        assert both["differences"] == [{"item": "score", "first": "3b", "second": "1"}]
        assert both["names"]
        assert await Reviewer(world, await world.sign_in("village")).get("/results") == [], "not settled yet"
        await decide(consultation, first, third)
        (told,) = await Reviewer(world, await world.sign_in("village")).get("/results")
        assert (told["result"]["items"][0]["value"], told["result"]["why"]) == ("2b", "Seen at once")


async def decide(consultation: ConsultationId, first: Reviewer, third: Reviewer) -> None:
    path = f"/{consultation}/cases/1/adjudication"
    ruling = {"answers": [{"item": "score", "value": "2b", "moments": [MOMENT]}], "why": "Seen at once"}
    assert (await first.ask("POST", path, ruling))[1]["detail"] == "not_independent"
    assert [row["standing"] for row in await third.get()] == ["to_decide"]
    wrong = {**ruling, "answers": [{"item": "other", "value": "2b"}]}
    assert (await third.ask("POST", path, wrong))[1]["detail"] == "not_what_differs"
    assert await third.ask("POST", path, ruling) == (204, "")
    assert (await third.ask("POST", path, ruling))[1]["detail"] == "nothing_to_decide"
    assert case(await first.get(f"/{consultation}"))["adjudication"]["mine"] is False


async def test_what_is_submitted_stays_and_what_is_wrong_is_said(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=settings(tmp_path, ALONE)) as world:
        consultation = await consulted(world)
        (first, second, _) = await reviewers(world)
        number = await first.begin(consultation, 1)
        path = f"/{consultation}/cases/1/reviews/{number}"
        status, said = await first.ask("POST", f"{path}/submission", {"answers": [], "notes": []})
        assert (status, said["detail"], said["problems"]) == (
            409,
            "incomplete",
            [{"item": "score", "wrong": "missing"}],
        )
        assert (await second.ask("PUT", path, AGREES))[0] == 404, "somebody else's"
        assert (await second.ask("POST", f"/{consultation}/cases/1/reviews", {}))[1]["detail"] == "reviewed_by_others"
        assert (await first.ask("POST", f"{path}/submission", AGREES))[0] == 204
        assert (await first.ask("POST", f"{path}/submission", AGREES))[1]["detail"] == "submitted"
        assert (await first.ask("PUT", path, AGREES))[1]["detail"] == "submitted"
        amended = await first.ask("POST", f"/{consultation}/cases/1/reviews", {"amends": 1})
        assert amended == (201, {"number": 2})
        assert (await first.ask("POST", f"/{consultation}/cases/1/reviews/2/submission", DIFFERS))[0] == 204
        (told,) = await Reviewer(world, await world.sign_in("village")).get("/results")
        assert told["result"]["items"][0]["value"] == "3b", "the newest of one reader's"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/cases", {"form": "no-such-form", "version": 1}, 404),
        ("/cases", {"form": RADPEER, "version": 99}, 404),
        ("/cases", {"form": RADPEER}, 400),
        ("/cases/7/reviews", {}, 404),
        ("/cases/1x/reviews", {}, 404),
        ("/cases/1/reviews/1/submission", AGREES, 404),
        ("/cases/1/reviews", {"amends": 3}, 404),
        ("/notes", {"t": -1, "text": "x"}, 400),
        ("/notes", {"t": 10**15, "text": "x"}, 409),
        ("/notes", {"t": 0, "text": ""}, 400),
        ("/notes", {"t": 0, "text": "x" * 2001}, 400),
        ("/notes", {"t": 0, "text": "x", "frame": {"track": 0, "rtp": 1}}, 400),
    ],
)
async def test_what_is_not_there_or_misshapen_is_refused(
    tmp_path: Path, path: str, body: dict[str, Any], status: int
) -> None:
    async with a_world(tmp_path, settings=settings(tmp_path, ALONE)) as world:
        consultation = await consulted(world)
        (first, _, _) = await reviewers(world)
        assert (await first.ask("POST", f"/{consultation}{path}", body))[0] == status


async def test_notes_are_their_writers_and_can_be_taken_away(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=settings(tmp_path, ALONE)) as world:
        consultation = await consulted(world)
        (first, second, _) = await reviewers(world)
        frame = {"track": 3, "rtp": 90_000}
        status, note = await first.ask("POST", f"/{consultation}/notes", {"t": 0, "text": "here", "frame": frame})
        assert (status, note["frame"]) == (201, frame)
        assert await second.get(f"/{consultation}/notes") == []
        assert (await second.ask("DELETE", f"/{consultation}/notes/1"))[0] == 404
        assert (await first.ask("DELETE", f"/{consultation}/notes/1"))[0] == 204
        assert await first.get(f"/{consultation}/notes") == []
        assert (await first.ask("POST", f"/{consultation}/notes", {"t": 0, "text": "more"}))[1]["number"] == 2


async def test_a_consultation_that_goes_on_is_not_reviewed(world: World) -> None:
    _, _, _, consultation = await two_desks(world)
    (first, _, _) = await reviewers(world)
    assert (await first.ask("GET", f"/{consultation}"))[1]["detail"] == "not_closed"


async def test_the_draw_waits_for_the_opinion_and_follows_a_critical_one(tmp_path: Path) -> None:
    rules = Review(new_doctor_first=0, random_per_mille=0, forms=[RADPEER])
    async with a_world(tmp_path, settings=settings(tmp_path, rules)) as world:
        consultation = await consulted(world, opinion=False)
        assert world.services.reviews.of(consultation).cases == []
        specialist = await at_the_desk(world, "specialist", consultation)
        await specialist.sign()
        await looked_at(world, consultation)
        assert world.services.reviews.of(consultation).cases == [], "neither critical nor of a new doctor"
        await specialist.sign(amends=1, critical=True)
        await looked_at(world, consultation)
        (drawn,) = world.services.reviews.of(consultation).cases
        assert drawn.reason == "critical"


async def test_a_form_that_was_changed_under_its_version_is_not_filled(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    words = {"en": "=cmd|' /C calc'!A0", "zh-CN": "<script>alert(1)</script>"}
    options = [{"value": "1", "words": words}, {"value": "2", "words": words}]
    form = {
        "id": "own", "version": 1, "title": words, "source": words,
        "items": [{"type": "choice", "id": "score", "words": words, "options": options}],
    }  # fmt: skip
    (folder / "own.json").write_text(json.dumps(form))
    (folder / "bad.json").write_text("{")
    (folder / "link.json").symlink_to("/etc/passwd")
    own = settings(tmp_path, replace(ALONE, forms=["own"], forms_folder=str(folder)))
    async with a_world(tmp_path, settings=own) as world:
        consultation = await consulted(world)
        (first, _, _) = await reviewers(world)
        catalogue = await first.get("/forms")
        assert [(one["file"], one["fault"]) for one in catalogue["faults"]] == [
            ("bad.json", "not_json"),
            ("link.json", "not_a_file"),
        ]
        assert (await first.get(f"/{consultation}"))["cases"][0]["form"]["title"] == words, (
            "data, for the page to escape"
        )
        await first.begin(consultation, 1)
    form["items"] = [{"type": "text", "id": "score", "words": words}]
    (folder / "own.json").write_text(json.dumps(form))
    async with a_world(tmp_path, settings=own) as world:
        first = Reviewer(world, await world.sign_in("reviewer"))
        await looked_at(world, consultation)
        assert case(await first.get(f"/{consultation}"))["form"] is None
        answer = await first.ask("POST", f"/{consultation}/cases/1/reviews/1/submission", AGREES)
        assert answer[1]["detail"] == "form_unknown"


async def test_a_file_of_reviews_that_is_damaged_hides_no_other(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=settings(tmp_path, ALONE)) as world:
        consultation = await consulted(world)
        services = world.services
        keyring = services.keeper.keyring
        whole = (keyring.folder(consultation) / FILE).read_bytes()
        (keyring.folder(consultation) / FILE).write_bytes(b"something else altogether")
        with pytest.raises(LogUnreadable):
            read_reviews(keyring.folder(consultation), consultation, keyring.open(consultation))
        again = ReviewBooks(services.config.data / "archive", keyring, services.notary)
        await again.load()
        assert list(again) == []
        (first, _, _) = await reviewers(world)
        assert (await first.ask("POST", f"/{consultation}/notes", {"t": 0, "text": "x"}))[0] == 500
        (keyring.folder(consultation) / FILE).write_bytes(whole)
        assert (await first.ask("POST", f"/{consultation}/notes", {"t": 0, "text": "x"}))[0] == 201


async def test_the_doctor_is_told_who_reviewed_only_where_the_server_is_set_to(tmp_path: Path) -> None:
    named = settings(tmp_path, replace(ALONE, forms=[RADPEER], reviewer_named=True))
    async with a_world(tmp_path, settings=named) as world:
        consultation = await consulted(world)
        (_, second, _) = await reviewers(world)
        await second.review(consultation, 1, AGREES)
        (told,) = await Reviewer(world, await world.sign_in("village")).get("/results")
        assert told["reviewers"] == ["Name of reviewer2"]
