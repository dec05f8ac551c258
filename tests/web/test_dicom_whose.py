"""Pictures over DICOMweb: who may look, at whose, until when; and nobody reads of it in the log."""

import io
import json
import logging

import structlog

from sefaw_rtc import logs
from signalling import messages as wire
from signalling.ids import StudyId
from signalling.vocabulary import PictureSource
from tests.dicom.files import FileSource, ref_of
from tests.web.pictures import CINE, CT, DICOM_JSON, NO12BIT, OTHER, SHARED, Call, Strangers, at
from tests.web.readers import the_seats_then_the_reviewers
from tests.web.world import Person


async def test_another_study_is_not_there(call: Call) -> None:
    for path in (at(OTHER, "/metadata"), at(OTHER, "/frames/1"), f"/studies/{OTHER.StudyInstanceUID}/series"):
        status, _, _ = await call.get(path)
        assert status == 404
    ref = ref_of(CT)
    strange = f"/studies/{ref.study}/series/{ref_of(OTHER).series}/instances/{ref_of(OTHER).instance}/frames/1"
    assert (await call.get(strange))[0] == 404, "under a study that may be seen"


async def test_uids_that_are_not_here(call: Call) -> None:
    for uid in ["1.2.3", "x", "1..2", "..%2F..%2Fetc", "1" * 65, "01.2", "%00"]:
        for path in (
            f"/studies/{uid}/series",
            f"/studies/{uid}/metadata",
            at(CT).rpartition("/")[0] + f"/{uid}/frames/1",
        ):
            assert (await call.get(path))[0] == 404


async def test_who_looks_during_the_call_and_after(call: Call) -> None:
    async def status(who: Person) -> int:
        return (await call.get(at(CT, "/frames/1"), who=who))[0]

    await the_seats_then_the_reviewers(call.world, call.village, status)


async def test_pictures_of_an_institution_are_its_own(call: Call) -> None:
    status, _, body = await call.get("/api/dicom-web/studies", DICOM_JSON, Accept_Encoding="identity")
    assert (status, len(json.loads(body))) == (200, 7)
    assert (await call.get(f"/api/dicom-web{at(OTHER, '/frames/1')}"))[0] == 200
    status, _, _ = await call.get("/api/dicom-web/studies/1.2.3/metadata")
    assert status == 404


async def test_another_patients_pictures_wait_for_an_answer(call: Call) -> None:
    call.world.services.pictures = Strangers()
    study = StudyId(str(OTHER.StudyInstanceUID))
    await call.village.ask(wire.ShareStudy(re=1, study=study, source=PictureSource.FOLDER))
    for path in (at(OTHER, "/metadata"), at(OTHER, "/frames/1"), f"/studies/{study}/series"):
        status, _, body = await call.get(path)
        assert (status, json.loads(body)["code"]) == (409, "patient_unconfirmed")
    _, _, body = await call.get("/studies", DICOM_JSON, Accept_Encoding="identity")
    assert study not in {one["0020000D"]["Value"][0] for one in json.loads(body)}
    await call.village.ask(wire.ConfirmStudy(re=1, study=study))
    assert (await call.get(at(OTHER, "/frames/1")))[0] == 200
    await call.village.ask(wire.WithdrawStudy(re=1, study=study))
    assert (await call.get(at(OTHER, "/frames/1")))[0] == 404


async def test_no_uid_and_no_patient_in_the_log(call: Call, source: FileSource) -> None:
    stream, root = io.StringIO(), logging.getLogger()
    kept = list(root.handlers)
    logs.configure("debug", "json", stream)
    try:
        for path in (
            at(CT, "/frames/1"),
            at(CT, "/metadata"),
            at(NO12BIT, "/frames/1"),
            "/studies?PatientName=Zhang",
            at(OTHER),
            "/studies/1.2.3/metadata",
            at(CT, "/frames/9"),
            at(CINE, "/frames/1/thumbnail"),
        ):
            await call.get(path)
        source._by_ref.clear()
        await call.get(at(CINE, "/frames/3"))
    finally:
        root.handlers = kept
        structlog.reset_defaults()
    said = stream.getvalue()
    assert said.count("read_pictures") >= 8
    for dataset in (*SHARED, OTHER):
        ref = ref_of(dataset)
        for personal in (ref.study, ref.series, ref.instance, str(dataset.PatientName), str(dataset.PatientID)):
            assert len(personal) < 4 or personal not in said
    assert "Zhang" not in said
