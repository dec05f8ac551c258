"""A whole call at debug level leaves no name, address, token, patient or SDP in the log."""

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
import structlog
from msgspec.structs import replace
from pynetdicom import AE

from sefaw_rtc import logs
from sefaw_rtc.config import Scp
from sefaw_rtc.media import port
from sefaw_rtc.service import demo
from signalling import messages as wire
from signalling.vocabulary import WIRE_VERSION
from tests.dicom.samples import dataset, part10
from tests.web.world import MEDIA, OFFER, PATIENT, SENDS_ONLY, Refusal, a_world, config, connect

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{10,}|Bearer|sefaw_session")
_ADDRESS = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b|::1|[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}:")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    root = logging.getLogger()
    kept = list(root.handlers)
    yield stream
    root.handlers = [handler for handler in kept if handler not in root.handlers]
    structlog.reset_defaults()


async def test_a_whole_call_at_debug_level_names_nobody(lines: io.StringIO, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        village, specialist = await connect(world)
        joined = await village.get(wire.JoinedReply)
        await village.ask(wire.Chat(re=1, key="k", text="Her number is 555-0199"))
        with pytest.raises(Refusal):
            await specialist.ask(wire.Join(re=1, version=WIRE_VERSION, token="not-a-real-token", media=MEDIA))
        await village.ws.send_str('{"type":"call","patient":{"name":"Zhang Guiying"}}')
        world.engine.emit(port.Ended(peer=2, reason=port.EndReason.CONNECTION_LOST, detail="10.1.2.3:4000"))
        host = world.running.demos[0]
        tokens = demo.tokens(world.services, host)
        for token in (*tokens.values(), "wrong"):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
            async with world.stranger().post(f"{world.url}/whip/{host.id}", data=SENDS_ONLY, headers=headers) as reply:
                assert reply.status in {201, 401, 403}
        credentials = {"user": "village", "password": "wrong-password"}
        async with world.stranger().post(f"{world.url}/api/session", json=credentials) as reply:
            assert reply.status == 401
        resume = joined.resume
        await village.ask(wire.HangUp(re=1))
        await world.services.keeper.close()
    said = lines.getvalue()
    assert said.count("\n") > 20, "the call must have been logged"
    for account in world.running.accounts:
        assert account.password not in said
        assert account.display not in said
    personal = [PATIENT.name, PATIENT.identifier, "Severe pain", "555-0199", "wrong-password", resume, *tokens.values()]
    personal += [demo.CLINIC, demo.HOSPITAL, "a=mid", "m=audio", OFFER[:40]]
    for word in personal:
        assert word not in said, word
    assert not _TOKEN.search(said)
    assert not _ADDRESS.search(said), _ADDRESS.search(said)
    assert '"dropped"' not in said, "a log call uses a key that is not known"


async def test_pictures_at_debug_level_name_nobody(
    lines: io.StringIO, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Taken and refused, by page and by device; the libraries' own words too."""
    scp = replace(Scp(), listen="127.0.0.1:0", callers=[f"US1={demo.CLINIC}"])
    bodies = [
        part10(dataset()),
        part10(dataset(PixelData=bytes(16))),
        part10(dataset("1.2.3.1.1.2", PatientBirthDate="soon", SpecificCharacterSet="NO SUCH SET"))[:-4],
        part10(dataset(StudyInstanceUID="1.2.x")),
    ]
    async with a_world(tmp_path, settings=replace(config(tmp_path, free_bytes=0), scp=scp)) as world:
        village, _specialist = await connect(world)
        doctor = await world.sign_in("village")
        consultation = (await village.get(wire.JoinedReply)).consultation
        url = f"{world.url}/api/consultations/{consultation}/dicom-web/studies"
        for body in bodies:
            headers = {"Content-Type": "application/dicom", "X-CSRF-Token": doctor.csrf}
            async with doctor.http.post(url, data=body, headers=headers) as reply:
                assert reply.status in {200, 409}
        assert world.running.house.scp is not None
        for title in ("US1", "STRANGER"):
            await asyncio.to_thread(_send, world.running.house.scp.port, title, bodies[0])
    said = lines.getvalue() + "".join(capfd.readouterr())
    for personal in ("Zhang", "Guiying", "QS-4711", "1.2.3.1", "STRANGER", "US1", "NO SUCH SET", "1.2.x"):
        assert personal not in said, personal
    assert "picture" in said or "scp listens" in said
    assert not _ADDRESS.search(said)


def _send(port_number: int, title: str, body: bytes) -> None:
    made = pydicom.dcmread(io.BytesIO(body))
    entity = AE(title)
    entity.add_requested_context(made.SOPClassUID, made.file_meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", port_number, ae_title="SEFAW")
    if association.is_established:
        association.send_c_store(made)
        association.release()
