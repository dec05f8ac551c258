"""Pictures and voice messages over HTTP and the wire: sent, said, read back; and everything that is refused."""

import asyncio
import errno
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from signalling import events as ev
from signalling import messages as wire
from signalling.ids import ConsultationId
from signalling.vocabulary import WIRE_VERSION, AttachmentKind
from tests.attachments.samples import SAMPLES
from tests.web.readers import the_seats_then_the_reviewers
from tests.web.world import MEDIA, PATIENCE_S, Page, Person, Refusal, World, a_call, a_world, config, connect

JPEG, WEBM = SAMPLES["image/jpeg"], SAMPLES["audio/webm"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, settings=config(tmp_path, attachment_bytes=100_000, attachments_at_once=2)) as made:
        yield made


class Call:
    """An open call, and the village doctor's browser in it."""

    def __init__(self, world: World, village: Page, specialist: Page, consultation: ConsultationId) -> None:
        self.world, self.village, self.specialist, self.consultation = world, village, specialist, consultation
        self.url = f"{world.url}/api/consultations/{consultation}/attachments"

    async def send(self, person: Person, data: Any, media_type: str = "image/jpeg") -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": media_type, "X-CSRF-Token": person.csrf}
        async with person.http.post(self.url, data=data, headers=headers) as reply:
            return reply.status, await reply.json()

    async def said(self, person: Person, data: bytes = JPEG, media_type: str = "image/jpeg") -> str:
        status, body = await self.send(person, data, media_type)
        assert status == 201, body
        await self.village.ask(wire.Chat(re=1, key=body["sha256"][:30], text="", attachment=body["sha256"]))
        return str(body["sha256"])

    async def status(self, person: Person, sha256: str) -> int:
        async with person.http.get(f"{self.url}/{sha256}") as reply:
            return reply.status


@pytest.fixture
async def call(world: World) -> Call:
    village, specialist = await connect(world)
    return Call(world, village, specialist, (await village.get(wire.JoinedReply)).consultation)


@pytest.fixture
async def doctor(world: World) -> Person:
    return await world.sign_in("village")


@pytest.mark.parametrize(("data", "media_type"), [(JPEG, "image/jpeg"), (WEBM, "audio/webm")])
async def test_sent_said_and_read_by_the_other(
    world: World, call: Call, doctor: Person, data: bytes, media_type: str
) -> None:
    status, sent = await call.send(doctor, data, f"{media_type};codecs=opus")
    assert status == 201
    assert sent["sha256"] == hashlib.sha256(data).hexdigest()
    specialist = await world.sign_in("specialist")
    assert await call.status(specialist, sent["sha256"]) == 404, "nobody said it yet"
    await call.village.ask(wire.Chat(re=1, key="k", text="", attachment=sent["sha256"]))
    said: ev.ChatSaid = await call.specialist.event(ev.ChatSaid)
    assert said.attachment is not None
    assert said.attachment.media_type == media_type
    assert (said.attachment.kind is AttachmentKind.PICTURE) is (said.attachment.width == 40)
    async with specialist.http.get(f"{call.url}/{sent['sha256']}") as reply:
        assert (reply.status, reply.content_type, await reply.read()) == (200, media_type, data)
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert reply.headers["Content-Disposition"].startswith("attachment;")
        assert reply.headers["Cache-Control"] == "private, max-age=31536000, immutable"


async def test_parts_of_a_sound_for_players_that_ask_for_parts(call: Call, doctor: Person) -> None:
    sha256 = await call.said(doctor, WEBM, "audio/webm")
    async with doctor.http.get(f"{call.url}/{sha256}", headers={"Range": "bytes=0-1"}) as reply:
        assert (reply.status, await reply.read()) == (206, WEBM[:2])
        assert reply.headers["Content-Range"] == f"bytes 0-1/{len(WEBM)}"
    async with doctor.http.get(f"{call.url}/{sha256}", headers={"Range": f"bytes={len(WEBM)}-"}) as reply:
        assert reply.status == 416


@pytest.mark.parametrize(
    ("data", "media_type", "status", "code"),
    [
        (WEBM, "image/jpeg", 415, "unsupported_media_type"),
        (b"\xff\xd8\xff" + b"\0" * 50, "image/jpeg", 415, "unsupported_media_type"),
        (JPEG[: len(JPEG) // 2], "image/jpeg", 415, "unsupported_media_type"),
        (b"<script>alert(1)</script>", "text/html", 415, "unsupported_media_type"),
        (b"<svg/>", "image/svg+xml", 415, "unsupported_media_type"),
        (b"", "image/jpeg", 415, "unsupported_media_type"),
        (b"x" * 100_001, "image/jpeg", 413, "too_large"),
    ],
)
async def test_what_is_no_picture_or_sound(
    call: Call, doctor: Person, tmp_path: Path, data: bytes, media_type: str, status: int, code: str
) -> None:
    got, body = await call.send(doctor, data, media_type)
    assert (got, body["code"]) == (status, code)
    folder = tmp_path / "consultations/attachments"
    assert not [path for path in folder.rglob("*") if path.is_file()]


async def test_a_size_that_nobody_declared_is_found_out(call: Call, doctor: Person) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"\xff\xd8\xff" * 2000

    assert (await call.send(doctor, chunks()))[1]["code"] == "too_large"


async def test_a_page_that_goes_away_leaves_nothing(world: World, call: Call, doctor: Person, tmp_path: Path) -> None:
    going = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        yield JPEG[:100]
        await going.wait()

    sending = asyncio.ensure_future(call.send(doctor, chunks()))
    folder = tmp_path / "consultations/attachments"
    async with asyncio.timeout(PATIENCE_S):
        while not list(folder.rglob("waiting/.*")):  # noqa: ASYNC110 - the server's disk is what is waited for
            await asyncio.sleep(0.01)
        sending.cancel()
        while list(folder.rglob("waiting/.*")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await call.send(doctor, JPEG))[0] == 201


async def test_only_so_many_at_once(call: Call, doctor: Person, tmp_path: Path) -> None:
    going = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        yield JPEG[:100]
        await going.wait()
        yield JPEG[100:]

    first, second = (asyncio.ensure_future(call.send(doctor, chunks())) for _ in range(2))
    async with asyncio.timeout(PATIENCE_S):
        while len(list(tmp_path.rglob("waiting/.*"))) < 2:  # noqa: ASYNC110 - the server's disk is what is waited for
            await asyncio.sleep(0.01)
    assert (await call.send(doctor, JPEG))[1]["code"] == "too_many"
    going.set()
    assert [(await sending)[0] for sending in (first, second)] == [201, 201]


@pytest.mark.parametrize("name", ["..%2F..%2Fsefaw.sqlite", "waiting", "A" * 64, "a" * 63, "%00", "a" * 64])
async def test_names_that_are_no_digest_of_anything_here(call: Call, doctor: Person, name: str) -> None:
    assert await call.status(doctor, name) == 404


async def test_a_line_with_what_nobody_sent_here(world: World, call: Call, doctor: Person) -> None:
    with pytest.raises(Refusal, match="not_found"):
        await call.village.ask(wire.Chat(re=1, key="k", text="see", attachment="a" * 64))
    sha256 = await call.said(doctor)
    await call.village.ask(wire.HangUp(re=1))
    specialist = await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    calling = await village.ask(a_call("second"))
    await village.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token, media=MEDIA))
    with pytest.raises(Refusal, match="not_found"):
        await village.ask(wire.Chat(re=1, key="k", text="", attachment=sha256))
    await specialist.close()


async def test_who_reads_it_during_the_call_and_after(world: World, call: Call, doctor: Person) -> None:
    sha256 = await call.said(doctor)
    await the_seats_then_the_reviewers(world, call.village, lambda person: call.status(person, sha256))


async def test_only_who_sits_there_sends(world: World, call: Call) -> None:
    stranger = await world.sign_in("specialist2")
    assert (await call.send(stranger, JPEG))[0] == 403
    doctor = await world.sign_in("village")
    await call.village.ask(wire.Leave(re=1))
    assert (await call.send(doctor, JPEG))[1]["code"] == "out_of_state"
    await call.specialist.ask(wire.HangUp(re=1))
    assert (await call.send(doctor, JPEG))[1]["code"] == "consultation_closed"


async def test_what_was_not_said_goes_with_the_call(call: Call, doctor: Person, world: World, tmp_path: Path) -> None:
    said = await call.said(doctor)
    assert (await call.send(doctor, WEBM, "audio/webm"))[0] == 201
    await call.village.ask(wire.HangUp(re=1))
    await world.services.desk.close()
    folder = tmp_path / "consultations/attachments"
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [said]


async def test_a_full_disk_is_said_and_the_call_goes_on(
    call: Call, doctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr("sefaw_rtc.attachments.shelf.os.fsync", full)
        status, body = await call.send(doctor, JPEG)
    assert (status, body["code"]) == (507, "storage_full")
    await call.village.ask(wire.Chat(re=1, key="k", text="still here"))
    assert (await call.send(doctor, JPEG))[0] == 201


async def test_without_the_sessions_own_token_nothing_is_taken(call: Call, doctor: Person) -> None:
    async with doctor.http.post(call.url, data=JPEG, headers={"Content-Type": "image/jpeg"}) as reply:
        assert (reply.status, (await reply.json())["code"]) == (403, "csrf_failed")
    async with aiohttp.ClientSession() as nobody, nobody.get(f"{call.url}/{'a' * 64}") as reply:
        assert reply.status == 401
