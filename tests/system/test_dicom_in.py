"""Pictures that others' programs bring: dcmtk and a real Orthanc by C-STORE, dicomweb-client by STOW-RS."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pydicom
import pytest
import requests
from dicomweb_client import DICOMwebClient
from msgspec.structs import replace

from sefaw_rtc.config import Config, Scp
from sefaw_rtc.dicom.port import Query
from sefaw_rtc.service import demo
from signalling import looking as look
from signalling import messages as wire
from signalling.ids import InstanceId, StudyId
from signalling.vocabulary import PictureSource
from tests.dicom.samples import shipped
from tests.system.orthanc import orthanc
from tests.web.world import Person, World, a_world, config, connect

pytestmark = pytest.mark.system

FILES = [
    shipped(name)
    for name in ("CT_small.dcm", "MR_small_bigendian.dcm", "examples_ybr_color.dcm", "waveform_ecg.dcm", "rtplan.dcm")
]
CALLERS = [f"US1={demo.CLINIC}", f"ORTHANC={demo.CLINIC}", "CT9=A house that nobody knows"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    scp = replace(Scp(), listen="127.0.0.1:0", callers=CALLERS)
    async with a_world(tmp_path / "data", settings=replace(config(tmp_path / "data", free_bytes=0), scp=scp)) as made:
        yield made


def dcmtk(name: str) -> str:
    """Debian's: pynetdicom has programs of the same names."""
    found = shutil.which(name, path="/usr/bin:/usr/local/bin:/bin")
    assert found is not None, f"{name} is missing: run `make system-packages`"
    return found


async def run(*command: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)


def port_of(world: World) -> str:
    assert world.running.house.scp is not None
    return str(world.running.house.scp.port)


async def test_dcmtk_sends_and_the_village_doctor_shares(world: World) -> None:
    sender = [dcmtk("storescu"), "-v", "-aet", "US1", "-aec", "SEFAW", "-R", "127.0.0.1", port_of(world)]
    done = await run(dcmtk("echoscu"), "-aet", "US1", "-aec", "SEFAW", "127.0.0.1", port_of(world))
    assert done.returncode == 0, done.stderr
    for path, proposed in zip(FILES, ("-xe", "-xb", "-xy", "-xe", "-xi"), strict=True):
        done = await run(*sender[:-2], proposed, *sender[-2:], str(path))
        assert done.returncode == 0, done.stderr
        sent = pydicom.dcmread(path)
        row = world.services.folder.index.find(InstanceId(sent.SOPInstanceUID))
        assert row is not None
        kept = pydicom.dcmread(world.services.folder.root / row.path)
        assert row.transfer_syntax == sent.file_meta.TransferSyntaxUID, path.name
        assert (kept.get("PixelData"), kept.PatientName) == (sent.get("PixelData"), sent.PatientName), path.name
    village, specialist = await connect(world)
    study = StudyId(str(pydicom.dcmread(FILES[0]).StudyInstanceUID))
    await village.ask(wire.ShareStudy(re=1, study=study, source=PictureSource.FOLDER))
    assert (await specialist.event(look.StudyShared)).study == study


@pytest.mark.parametrize(("calling", "called"), [("NOBODY", "SEFAW"), ("US1", "OTHER"), ("CT9", "SEFAW")])
async def test_dcmtk_is_not_let_in_under_another_name(world: World, calling: str, called: str) -> None:
    command = [dcmtk("storescu"), "-aet", calling, "-aec", called, "127.0.0.1", port_of(world), str(FILES[0])]
    done = await run(*command)
    assert done.returncode != 0
    assert "Rejected" in done.stdout + done.stderr
    assert not list(world.services.folder.root.rglob("*.dcm"))


async def test_a_pacs_sends_what_it_has(world: World, tmp_path: Path) -> None:
    with orthanc(tmp_path / "orthanc") as pacs:
        client = DICOMwebClient(pacs.web)
        sent = [pydicom.dcmread(path) for path in FILES[:3]]
        await asyncio.to_thread(client.store_instances, sent)
        us = {"AET": "SEFAW", "Host": "127.0.0.1", "Port": int(port_of(world))}
        put = await asyncio.to_thread(requests.put, f"{pacs.rest}/modalities/us", json=us, timeout=20)
        assert put.ok, put.text
        ids = (await asyncio.to_thread(requests.get, f"{pacs.rest}/instances", timeout=20)).json()
        push = f"{pacs.rest}/modalities/us/store"
        done = await asyncio.to_thread(requests.post, push, json={"Resources": ids, "LocalAet": "ORTHANC"}, timeout=60)
        assert done.ok, done.text
        assert done.json()["FailedInstancesCount"] == 0
    for one in sent:
        assert world.services.folder.index.find(InstanceId(one.SOPInstanceUID)) is not None


def web_client(world: World, person: Person, base: str) -> DICOMwebClient:
    """With the cookie and the token of a signed-in browser."""
    session = requests.Session()
    for cookie in person.http.cookie_jar:
        session.cookies.set(cookie.key, cookie.value)
    return DICOMwebClient(f"{world.url}{base}", session=session, headers={"X-CSRF-Token": person.csrf})


async def test_dicomweb_client_brings_pictures_into_a_consultation(world: World) -> None:
    village, specialist = await connect(world)
    doctor = await world.sign_in("village")
    consultation = (await village.get(wire.JoinedReply)).consultation
    client = web_client(world, doctor, f"/api/consultations/{consultation}/dicom-web")
    sent = [pydicom.dcmread(path) for path in FILES[:3]]
    answer = await asyncio.to_thread(client.store_instances, sent)
    assert len(answer.ReferencedSOPSequence) == 3
    assert "FailedSOPSequence" not in answer
    shared: look.StudyShared = await specialist.event(look.StudyShared)
    assert shared.study == sent[0].StudyInstanceUID
    assert shared.differs
    found = await world.services.sources[PictureSource.FOLDER].studies(
        Query(None, {"StudyInstanceUID": str(sent[2].StudyInstanceUID)}, 10)
    )
    assert found[0]["00201208"]["Value"] == [1]


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    def listening(name: str, port: str) -> Config:
        scp = replace(Scp(), listen=f"127.0.0.1:{port}", callers=CALLERS)
        return replace(config(tmp_path / name, free_bytes=0), scp=scp)

    async with a_world(tmp_path / "one", settings=listening("one", "0")) as world:
        with pytest.raises(Exception, match=r"scp.listen 127\.0\.0\.1"):
            async with a_world(tmp_path / "two", settings=listening("two", port_of(world))):
                pass
