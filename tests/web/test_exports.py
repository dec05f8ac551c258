"""Exports over HTTP: asked for, waited for, fetched in ranges, taken back; who may, and what goes wrong, in words."""

import asyncio
import io
import json
import os
import shutil
import signal
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom import examples

from recordings import verify
from recordings.manifest import MANIFEST
from sefaw_rtc.dicom.folder import Bringer
from sefaw_rtc.service import exports as module
from sefaw_rtc.service.exports import EXPORTS, Exports, JobState
from sefaw_rtc.web import api_exports
from signalling import messages as wire
from signalling.codec import decode_event
from signalling.events import Accessed
from signalling.ids import ConsultationId
from signalling.vocabulary import AccessKind, ConsentUse, PictureSource
from tests.processes import POLITE_S, child
from tests.web.replayed import call, hang_up, quick_world, recorded
from tests.web.test_attachments import JPEG
from tests.web.test_attachments import Call as Chat
from tests.web.world import Person, World

CT = Path(examples.get_path("ct"))
TEACHING = (ConsentUse.CARE, ConsentUse.TEACHING)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with quick_world(tmp_path) as made:
        yield made


class Asker:
    """A person who exports one consultation."""

    def __init__(self, world: World, person: Person, consultation: ConsultationId) -> None:
        self.person = person
        self.url = f"{world.url}/api/consultations/{consultation}/exports"

    async def begin(self, what: str = "bundle", **options: object) -> tuple[int, Any]:
        return await self.ask("POST", "", json={"what": what, **options})

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": self.person.csrf}
        async with self.person.http.request(method, self.url + path, headers=headers, **more) as reply:
            return reply.status, await reply.json() if reply.content_type.endswith("json") else None

    async def ended(self, job: str) -> Any:
        async with asyncio.timeout(POLITE_S):
            while True:
                status, told = await self.ask("GET", f"/{job}")
                assert status == 200
                if told["state"] not in {"waiting", "running"}:
                    return told
                await asyncio.sleep(0.05)

    async def file(self, job: str, **headers: str) -> tuple[int, bytes, Any]:
        async with self.person.http.get(f"{self.url}/{job}/file", headers=headers) as reply:
            return reply.status, await reply.read(), reply.headers


async def asker(world: World, user: str, consultation: ConsultationId) -> Asker:
    return Asker(world, await world.sign_in(user), consultation)


def exports(world: World) -> Exports:
    app = world.server.app
    assert app is not None
    return app[api_exports.EXPORTS]


async def made(one: Asker, what: str = "bundle", **options: object) -> tuple[Any, bytes]:
    status, told = await one.begin(what, **options)
    assert status == 201, told
    ended = await one.ended(told["job"])
    assert ended["state"] == "done", ended
    status, data, _ = await one.file(told["job"])
    assert (status, len(data)) == (200, ended["size"])
    return ended, data


async def test_a_bundle_from_asking_to_the_file(world: World, tmp_path: Path) -> None:
    consultation = await recorded(world, seconds=3)
    one = await asker(world, "village", consultation)
    reviewer = await world.sign_in("reviewer")
    assert (await reviewer.http.get(f"{world.url}/api/consultations/{consultation}/dicom-web/studies")).status == 200
    told, data = await made(one)
    assert told["name"] == f"consultation-{consultation}.zip"
    assert told["done"] == told["of"]
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert {"play/001-face.webm", "play/002-voice.webm", "dicom/left-out.json", "fhir.json"} <= set(archive.namelist())
    accesses = [
        e.body
        for line in archive.read("events.jsonl").splitlines()
        if isinstance((e := decode_event(line)).body, Accessed)
    ]
    read, exported = (AccessKind.PICTURES, True, ""), (AccessKind.EXPORT, True, "bundle")
    assert [(a.kind, a.allowed, a.item) for a in accesses] == [read, exported]
    resources = [entry["resource"] for entry in json.loads(archive.read("fhir.json"))["entry"]]
    audits = [one["entity"][-1]["description"] for one in resources if one["resourceType"] == "AuditEvent"]
    assert audits == ["pictures", "export bundle"]
    assert {"proof/export.tlog-proof", "proof/sealed.tlog-proof", "proof/log.vkey"} <= set(archive.namelist())
    path = tmp_path / "bundle.zip"
    path.write_bytes(data)
    key = verify.parse_key(archive.read("proof/log.vkey").decode())
    found = verify.Verification(verify.open_bundle(str(path)), verify.Trust([key], [], [], None))
    found.run()
    assert found.answers["completeness"].answer == "yes"
    assert found.answers["integrity"].answer == "yes", found.answers["integrity"].problems
    assert {"sealed_in_log", "export_in_log", "leaf_in_log"} <= {one.code for one in found.answers["integrity"].checked}
    assert found.exit == 4, "whole, sound and in the log; nobody witnessed it"


async def test_nothing_in_the_clear_is_on_the_disk(world: World) -> None:
    one = await asker(world, "village", await recorded(world, seconds=3))
    told, _ = await made(one)
    folder = world.services.config.data / EXPORTS
    assert folder.stat().st_mode & 0o777 == 0o700
    (kept,) = folder.iterdir()
    assert [path.name for path in kept.iterdir()] == ["export"]
    assert b"PK\x03\x04" not in (kept / "export").read_bytes()
    status, _ = await one.ask("DELETE", f"/{told['job']}")
    assert status == 204
    assert list(folder.iterdir()) == []
    assert (await one.ask("GET", f"/{told['job']}"))[0] == 404


async def test_ranges(world: World) -> None:
    one = await asker(world, "village", await recorded(world, seconds=3))
    told, data = await made(one)
    for asked, start, stop in (
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, len(data)),
        ("bytes=-7", len(data) - 7, len(data)),
    ):
        status, part, headers = await one.file(told["job"], Range=asked)
        assert (status, part) == (206, data[start:stop])
        assert headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(data)}"
    status, _, headers = await one.file(told["job"], Range=f"bytes={len(data)}-")
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert headers["Cache-Control"] == "no-store"
    status, _, headers = await one.file(told["job"])
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    async with one.person.http.head(f"{one.url}/{told['job']}/file") as reply:
        assert (reply.status, reply.headers["Content-Length"]) == (200, str(len(data)))


async def test_the_video_alone(world: World) -> None:
    one = await asker(world, "specialist", await recorded(world, seconds=3))
    told, data = await made(one, "side_by_side", language="en")
    assert told["name"].endswith(".mp4")
    assert data[4:8] == b"ftyp"


async def test_a_teaching_copy_needs_its_own_consent(world: World) -> None:
    one = await asker(world, "village", await recorded(world, seconds=3))
    status, told = await one.begin("teaching")
    assert (status, told["code"]) == (403, "no_consent")


async def test_a_teaching_copy_names_nobody(world: World) -> None:
    one = await asker(world, "village", await recorded(world, TEACHING, 3))
    told, data = await made(one, "teaching")
    assert told["name"].startswith("teaching-copy-")
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert b"Zhang Guiying" not in b"".join(map(archive.read, archive.namelist()))
    assert not [name for name in archive.namelist() if name.startswith(("play", "proof", "voice"))]


async def test_it_is_its_askers_alone(world: World) -> None:
    consultation = await recorded(world, seconds=3)
    one = await asker(world, "village", consultation)
    told, _ = await made(one)
    other = await asker(world, "specialist", consultation)
    assert (await other.ask("GET", f"/{told['job']}"))[0] == 404
    assert (await other.file(told["job"]))[0] == 404
    assert (await other.ask("DELETE", f"/{told['job']}"))[0] == 404
    assert (await (await asker(world, "admin", consultation)).begin())[0] == 403


async def test_while_it_goes_on_there_is_none(world: World) -> None:
    _, _, consultation = await call(world)
    status, told = await (await asker(world, "village", consultation)).begin()
    assert (status, told["code"]) == (409, "out_of_state")


async def test_not_sealed_yet_is_a_word(world: World) -> None:
    consultation = await recorded(world, seconds=3)
    (world.services.keeper.keyring.folder(consultation) / MANIFEST).unlink()
    one = await asker(world, "village", consultation)
    _, told = await one.begin()
    ended = await one.ended(told["job"])
    assert (ended["state"], ended["fault"]) == ("failed", "not_sealed")
    assert (await one.file(told["job"]))[0] == 404


async def test_erased_it_is_gone_at_once(world: World) -> None:
    consultation = await recorded(world, seconds=3)
    one = await asker(world, "village", consultation)
    told, _ = await made(one)
    world.services.keeper.keyring.destroy(consultation)
    assert (await one.file(told["job"]))[0] == 404
    assert list((world.services.config.data / EXPORTS).iterdir()) == []


async def test_a_withdrawn_consent_takes_it_away_within_a_second(world: World) -> None:
    consultation = await recorded(world, seconds=3)
    one = await asker(world, "village", consultation)
    told, _ = await made(one)
    async with one.person.http.get(f"{world.url}/api/session") as reply:
        account = (await reply.json())["account"]["account"]
    paperwork = world.services.paperwork
    await paperwork.act(consultation, lambda heart, now, _at: heart.recording.handle_withdraw_by(now, account))
    world.services.rights.changed(consultation, (await paperwork.read(consultation))[0])
    await exports(world).look()
    assert (await one.ask("GET", f"/{told['job']}"))[0] == 404
    assert list((world.services.config.data / EXPORTS).iterdir()) == []
    status, again = await one.begin()
    assert (status, again["code"]) == (403, "no_consent")


async def test_one_is_made_at_a_time_and_each_has_few(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    consultation = await recorded(world, seconds=3)
    one = await asker(world, "village", consultation)
    hold = asyncio.Event()

    async def held(_self: Exports, job: module.Job) -> None:
        await hold.wait()

    monkeypatch.setattr(Exports, "_make", held)
    jobs = [(await one.begin())[1] for _ in range(module.JOBS_EACH)]
    assert [job["before"] for job in jobs] == [0, 1, 2, 3]
    assert (await one.begin())[0] == 429
    states = [(await one.ask("GET", f"/{job['job']}"))[1]["state"] for job in jobs]
    assert states == ["running", "waiting", "waiting", "waiting"]
    assert (await one.ask("DELETE", f"/{jobs[0]['job']}"))[0] == 204
    async with asyncio.timeout(POLITE_S):
        while (await one.ask("GET", f"/{jobs[1]['job']}"))[1]["state"] != "running":  # noqa: ASYNC110 - a page asks so
            await asyncio.sleep(0.02)
    hold.set()


async def test_while_it_is_made_what_it_reads_is_in_use(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await asker(world, "village", consultation := await recorded(world, seconds=1))
    kept: set[ConsultationId] = set()

    async def keep(consultations: set[ConsultationId]) -> None:
        kept.update(consultations)

    _, told = await one.begin()
    monkeypatch.setattr(world.services.storing, "keep", keep)
    await exports(world).look()
    assert kept == {consultation}
    await one.ended(told["job"])
    kept.clear()
    await exports(world).look()
    assert kept == set()


async def test_cancelled_its_process_ends(world: World) -> None:
    one = await asker(world, "village", await recorded(world, seconds=3))
    _, told = await one.begin("side_by_side")
    pid = await process()
    assert (await one.ask("DELETE", f"/{told['job']}"))[0] == 204
    async with asyncio.timeout(POLITE_S):
        while Path(f"/proc/{pid}").exists():  # noqa: ASYNC110 - another process ends
            await asyncio.sleep(0.02)
    assert list((world.services.config.data / EXPORTS).iterdir()) == []


async def test_a_process_that_is_killed_is_a_failure_in_words(world: World) -> None:
    one = await asker(world, "village", await recorded(world, seconds=3))
    _, told = await one.begin("side_by_side")
    os.kill(await process(), signal.SIGKILL)
    ended = await one.ended(told["job"])
    assert (ended["state"], ended["fault"]) == ("failed", "failed")
    assert list((world.services.config.data / EXPORTS).iterdir()) == []


async def process() -> int:
    """Of the export that is being made."""
    return await child(os.getpid(), "recordings.exporting")


async def test_a_full_disk_is_said_and_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await asker(world, "village", await recorded(world, seconds=3))
    full = module.Surroundings(**{**vars(exports(world)._around), "free_bytes": 1 << 62})
    monkeypatch.setattr(exports(world), "_around", full)
    _, told = await one.begin()
    ended = await one.ended(told["job"])
    assert (ended["state"], ended["fault"]) == ("failed", "storage_full")
    assert list((world.services.config.data / EXPORTS).iterdir()) == []


async def test_what_a_killed_server_left_goes_at_the_start_and_what_is_old_too(world: World) -> None:
    one = await asker(world, "village", await recorded(world, seconds=3))
    told, _ = await made(one)
    now = [0.0]
    left = world.services.config.data / EXPORTS
    assert len(list(left.iterdir())) == 1
    again = Exports(world.services.config.data, exports(world)._around, lambda: now[0])
    assert list(left.iterdir()) == []
    job = exports(world)._jobs[told["job"]]
    again._jobs[job.id] = job
    job.until = module.KEPT_S
    now[0] = module.KEPT_S + 1
    again.sweep()
    assert job.state is JobState.CANCELLED


@pytest.mark.parametrize("body", ["", "[]", '{"what":"all"}', '{"what":"bundle","to":"/etc"}'])
async def test_what_is_no_wish_is_refused(world: World, body: str) -> None:
    one = await asker(world, "village", await recorded(world, seconds=3))
    headers = {"X-CSRF-Token": one.person.csrf, "Content-Type": "application/json"}
    async with one.person.http.post(one.url, data=body, headers=headers) as reply:
        assert reply.status == 400


async def test_without_consent_to_recording_there_is_still_the_record(world: World) -> None:
    """Nothing was recorded; what was said and signed can be carried away all the same."""
    village, _, consultation = await call(world, ())
    await hang_up(world, village, consultation)
    one = await asker(world, "village", consultation)
    _, data = await made(one)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert {"log", "events.jsonl", "fhir.json"} <= set(names)
    assert not [name for name in names if name.startswith(("play", "tracks"))]
    _, told = await one.begin("side_by_side")
    assert (await one.ended(told["job"]))["fault"] == "nothing"


async def test_what_was_sent_and_shared_goes_with_it(world: World) -> None:
    """The chat's picture into the bundle; the shared CT, without its patient, into the teaching copy."""
    village, specialist, consultation = await call(world, TEACHING)
    person = await world.sign_in("village")
    sent = await Chat(world, village, specialist, consultation).said(person)
    host = world.services.registry.get(consultation)
    assert host is not None
    assert host.state.requester is not None
    arrived = shutil.copy(CT, world.services.config.data / "arrived.dcm")  # a folder links what is on its own disk
    kept = world.services.folder.keep(Path(arrived), Bringer(host.state.requester.institution))
    await village.ask(wire.ShareStudy(re=1, study=kept.ref.study, source=PictureSource.FOLDER))
    await village.ask(wire.ConfirmStudy(re=1, study=kept.ref.study))
    await hang_up(world, village, consultation)
    one = Asker(world, person, consultation)
    _, data = await made(one)
    assert zipfile.ZipFile(io.BytesIO(data)).read(f"attachments/{sent}.jpg") == JPEG
    _, data = await made(one, "teaching")
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert not [name for name in archive.namelist() if name.startswith("attachments")]
    original = pydicom.dcmread(CT)
    copies = [pydicom.dcmread(io.BytesIO(archive.read(n))) for n in archive.namelist() if n.endswith(".dcm")]
    (copy,) = [ds for ds in copies if ds.Modality == "CT"]
    assert copy.PatientIdentityRemoved == "YES"
    assert copy.PatientName != original.PatientName
    assert copy.SOPInstanceUID != original.SOPInstanceUID
    assert np.array_equal(copy.pixel_array, original.pixel_array)
