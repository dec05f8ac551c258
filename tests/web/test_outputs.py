"""What a consultation leaves, over HTTP: the patient folder, and the DICOM export of what was made in it."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import aiohttp
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom import Dataset, examples

from sefaw_rtc.dicom.folder import Bringer
from signalling import events as ev
from signalling import looking as look
from signalling import messages as wire
from signalling.ids import ConsultationId, InstanceId, SeriesId, StudyId
from signalling.vocabulary import MeasureUnit, PictureSource, Shape
from tests.web.test_stills import PIXELS, Call, png
from tests.web.world import PATIENT, World, connect

CT = Path(examples.get_path("ct"))


@pytest.fixture
async def call(world: World) -> Call:
    village, specialist = await connect(world)
    return Call(world, village, specialist, (await village.get(wire.JoinedReply)).consultation)


async def share_a_ct(call: Call) -> look.Picture:
    """Of another patient, and meant all the same."""
    assert call.host is not None
    requester = call.host.state.requester
    assert requester is not None
    arrived = shutil.copy(CT, call.world.services.config.data / "arrived.dcm")  # a folder links what is on its own disk
    kept = call.world.services.folder.keep(Path(arrived), Bringer(requester.institution))
    await call.village.ask(wire.ShareStudy(re=1, study=kept.ref.study, source=PictureSource.FOLDER))
    await call.village.ask(wire.ConfirmStudy(re=1, study=kept.ref.study))
    return look.Picture(study=kept.ref.study, series=kept.ref.series, instance=kept.ref.instance)


def length(on: look.Picture) -> look.Mark:
    points = [look.Point(x=25_000_000, y=50_000_000), look.Point(x=75_000_000, y=50_000_000)]
    measure = look.Measure(value=42_300, unit=MeasureUnit.MM)
    return look.Mark(key="m1", shape=Shape.LENGTH, points=points, picture=on, measure=measure)


async def read(call: Call, http: aiohttp.ClientSession, what: str) -> tuple[int, bytes]:
    async with http.get(f"{call.world.url}/api/consultations/{call.consultation}/{what}") as reply:
        return reply.status, await reply.read()


async def exported(call: Call, http: aiohttp.ClientSession) -> tuple[dict[str, Dataset], list[dict[str, str]]]:
    status, body = await read(call, http, "dicom-export")
    assert status == 200, body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        files = {n: archive.read(n) for n in archive.namelist()}
    left_out = json.loads(files.pop("left-out.json"))
    return {name: pydicom.dcmread(io.BytesIO(data)) for name, data in files.items()}, left_out


async def looked_together(call: Call) -> look.Picture:
    """A CT measured, a frame frozen and marked, a mark on live video; the picture of the still."""
    ct = await share_a_ct(call)
    await call.specialist.ask(wire.AddMark(re=1, mark=length(ct)))
    frame = await call.freeze()
    live = look.Mark(key="live", shape=Shape.TEXT, points=[look.Point(x=0, y=0)], text="here", frame=frame)
    await call.specialist.ask(wire.AddMark(re=1, mark=live))
    status, body = await call.send(await call.world.sign_in("village"), png())
    assert status == 201
    still = look.Picture(
        study=StudyId(body["study"]), series=SeriesId(body["series"]), instance=InstanceId(body["instance"])
    )
    arrow = look.Mark(key="a1", shape=Shape.ARROW, points=length(still).points, picture=still)
    await call.village.ask(wire.AddMark(re=1, mark=arrow))
    return still


@pytest.mark.parametrize("over", [False, True])
async def test_everything_that_was_made_is_in_the_export(call: Call, over: bool) -> None:
    still = await looked_together(call)
    if over:
        await call.specialist.ask(wire.HangUp(re=1))
        await call.village.event(ev.Closed)
    village = await call.world.sign_in("village")
    files, left_out = await exported(call, village.http)
    assert sorted(files) == [
        "KO/0003.dcm",
        "KO/0005.dcm",
        "PR/0001.dcm",
        "PR/0004.dcm",
        "SR/0002.dcm",
        "stills/0001.dcm",
    ]
    assert files["stills/0001.dcm"].SOPInstanceUID == still.instance
    assert files["PR/0004.dcm"].StudyInstanceUID == still.study
    assert str(files["PR/0004.dcm"].PatientName) == PATIENT.name
    assert files["SR/0002.dcm"].StudyInstanceUID == files["PR/0001.dcm"].StudyInstanceUID != still.study
    assert [one["loss"] for one in left_out] == ["live_mark"]
    if over:
        assert await read(call, village.http, "dicom-export") == await read(call, village.http, "dicom-export")


async def test_an_instance_that_is_gone_is_listed(call: Call) -> None:
    ct = await share_a_ct(call)
    await call.specialist.ask(wire.AddMark(re=1, mark=length(ct)))
    call.world.services.folder.index.drop(call.world.services.folder.index.paths())
    village = await call.world.sign_in("village")
    files, left_out = await exported(call, village.http)
    assert files == {}
    assert left_out == [{"loss": "no_metadata", "what": ct.instance}]


async def test_the_folder_says_what_was_shared_by_whom_and_what_was_withdrawn(call: Call) -> None:
    await looked_together(call)
    ct = (await call.village.event(look.StudyShared)).study
    await call.village.ask(wire.WithdrawStudy(re=1, study=ct))
    village = await call.world.sign_in("village")
    status, body = await read(call, village.http, "folder")
    assert status == 200
    found = json.loads(body)
    assert call.host is not None
    assert found["started_at"] == call.host.clock.started_unix_us // 1000
    first, second = found["studies"]
    assert (first["study"], first["by"]["role"], first["differs"]) == (ct, "village_doctor", True)
    assert first["withdrawn_t"] > first["confirmed_t"] > first["t"] > 0
    assert (second["withdrawn_t"], second["patient"]["name"]) == (-1, PATIENT.name)
    assert [(one["by"]["role"], one["as_transmitted"]) for one in second["stills"]] == [("specialist", False)]


async def test_a_consultation_without_pictures_leaves_an_empty_folder(call: Call) -> None:
    village = await call.world.sign_in("village")
    status, body = await read(call, village.http, "folder")
    assert (status, json.loads(body)["studies"]) == (200, [])
    assert await exported(call, village.http) == ({}, [])


@pytest.mark.parametrize("what", ["folder", "dicom-export"])
async def test_reviewers_read_it_after_the_call_and_strangers_never(call: Call, what: str) -> None:
    await looked_together(call)
    reviewer = await call.world.sign_in("reviewer")
    assert (await read(call, reviewer.http, what))[0] == 403  # while it lasts it is its participants' alone
    await call.specialist.ask(wire.HangUp(re=1))
    await call.village.event(ev.Closed)
    admin = await call.world.sign_in("admin")
    assert (await read(call, admin.http, what))[0] == 403
    call.consultation = ConsultationId("a" * 26)
    assert (await read(call, reviewer.http, what))[0] in {403, 404}


async def test_what_was_exported_is_brought_in_again_and_the_still_is_drawn(call: Call) -> None:
    """By our own doors: STOW-RS takes every output, QIDO-RS lists them, and the still's pixels come back."""
    still = await looked_together(call)
    village = await call.world.sign_in("village")
    files, _ = await exported(call, village.http)
    doors = f"{call.world.url}/api/consultations/{call.consultation}/dicom-web/studies"
    _, archive = await read(call, village.http, "dicom-export")
    headers = {"Content-Type": "application/zip", "X-CSRF-Token": village.csrf, "Accept": "application/dicom+json"}
    async with village.http.post(doors, data=archive, headers=headers) as reply:
        assert reply.status in {200, 202}, await reply.text()
        told = await reply.json(content_type=None)
    taken = {one["00081155"]["Value"][0] for one in told["00081199"]["Value"]}
    assert taken >= {str(ds.SOPInstanceUID) for ds in files.values()}
    async with village.http.get(f"{doors}/{still.study}/series") as reply:
        assert sorted(one["00080060"]["Value"][0] for one in await reply.json(content_type=None)) == ["KO", "OT", "PR"]
    instance = f"{doors}/{still.study}/series/{still.series}/instances/{still.instance}"
    async with village.http.get(f"{instance}/rendered", headers={"Accept": "image/png"}) as reply:
        assert reply.status == 200, await reply.text()
        drawn = Image.open(io.BytesIO(await reply.read())).convert("RGB")
    assert np.array_equal(np.asarray(drawn), PIXELS)
