"""DICOMweb over HTTP: what is found, what arrives and in which form; and what cannot be met."""

import asyncio
import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sefaw_rtc.dicom.port import SourceUnavailableError
from tests.dicom.files import FileSource, raw_frames
from tests.web.pictures import (
    ANY_FRAME,
    CINE,
    CT,
    DICOM_JSON,
    ECG,
    J2K,
    NO12BIT,
    OCTETS,
    RGB,
    SHARED,
    Call,
    at,
    parts_of,
    syntax_in,
    values_of,
)

# ---- finding ------------------------------------------------------------------------------------------------------


async def test_only_what_is_in_the_folder_is_found(call: Call) -> None:
    status, headers, body = await call.get("/studies", DICOM_JSON, Accept_Encoding="identity")
    assert (status, headers["Content-Type"]) == (200, DICOM_JSON)
    found = {one["0020000D"]["Value"][0]: one for one in json.loads(body)}
    assert set(found) == {str(one.StudyInstanceUID) for one in SHARED}
    study = str(CT.StudyInstanceUID)
    assert found[study]["00081190"]["Value"] == [f"{call.root}/studies/{study}"]
    _, _, body = await call.get("/studies?limit=2&offset=1", DICOM_JSON, Accept_Encoding="identity")
    assert [one["0020000D"]["Value"][0] for one in json.loads(body)] == list(found)[1:3]
    for level in (f"/studies/{study}/series", f"/studies/{study}/instances", at(CT).rpartition("/")[0]):
        status, headers, body = await call.get(level, DICOM_JSON, Accept_Encoding="identity")
        assert (status, len(json.loads(body))) == (200, 1), level
        assert headers["Cache-Control"] == "private, no-cache"


async def test_fuzzy_matching_is_not_done_and_said_so(call: Call) -> None:
    _, headers, _ = await call.get("/studies?fuzzymatching=true&PatientName=x", DICOM_JSON)
    assert headers["Warning"].startswith("299")


async def test_queries_that_are_none(call: Call) -> None:
    for query in [
        "limit=x",
        "limit=-1",
        "offset=1e9",
        "fuzzymatching=yes",
        "NoSuchKeyword=1",
        "includefield=Nothing",
        "a=b&" * 40,
    ]:
        status, _, body = await call.get(f"/studies?{query}", DICOM_JSON)
        assert (status, json.loads(body)["code"]) == (400, "malformed")


async def test_included_fields(call: Call) -> None:
    path = at(CT).rpartition("/")[0]
    for field in ("SliceThickness", "00180050", "all"):
        _, _, body = await call.get(f"{path}?includefield={field}", DICOM_JSON, Accept_Encoding="identity")
        assert json.loads(body)[0]["00180050"]["Value"] == [float(CT.SliceThickness)]


# ---- metadata -----------------------------------------------------------------------------------------------------


async def test_metadata_say_how_the_frames_come(call: Call) -> None:
    _, headers, body = await call.get(at(CINE, "/metadata"), DICOM_JSON, Accept_Encoding="identity")
    (model,) = json.loads(body)
    assert "7FE00010" not in model
    assert model["00280004"]["Value"] == ["RGB"]
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    status, again, empty = await call.get(at(CINE, "/metadata"), DICOM_JSON, If_None_Match=headers["ETag"])
    assert (status, again["ETag"], empty) == (304, headers["ETag"], b"")
    for level in (2, 4):
        path = "/".join(at(CINE).split("/")[: level + 1])
        status, headers, body = await call.get(f"{path}/metadata", DICOM_JSON, Accept_Encoding="identity")
        assert (status, json.loads(body)) == (200, [model])
        assert headers["Cache-Control"] == "private, no-cache"


async def test_metadata_come_gzipped_where_that_is_accepted(call: Call) -> None:
    _, plain, body = await call.get(at(ECG, "/metadata"), DICOM_JSON, Accept_Encoding="identity")
    status, headers, zipped = await call.get(at(ECG, "/metadata"), DICOM_JSON, Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"], headers["ETag"]) == (200, "gzip", plain["ETag"])
    assert len(zipped) < len(body) / 3


async def test_bulk_data_by_the_address_that_the_metadata_name(call: Call) -> None:
    _, _, body = await call.get(at(ECG, "/metadata"), DICOM_JSON, Accept_Encoding="identity")
    (model,) = json.loads(body)
    uri = model["54000100"]["Value"][0]["54001010"]["BulkDataURI"]
    wanted = bytes(ECG.WaveformSequence[0].WaveformData)
    status, _, body = await call.get(uri, OCTETS)
    assert (status, body) == (200, wanted)
    _, headers, body = await call.get(uri, f'multipart/related; type="{OCTETS}"')
    assert parts_of(headers, body) == [(OCTETS, wanted)]
    status, headers, body = await call.get(uri, OCTETS, Range="bytes=1000-1999")
    assert (status, headers["Content-Range"], body) == (206, f"bytes 1000-1999/{len(wanted)}", wanted[1000:2000])
    for strange in ("bulkdata/00100010x", "bulkdata/..", "bulkdata/54000100-9-54001010"):
        assert (await call.get(at(ECG, f"/{strange}"), OCTETS))[0] == 404


# ---- frames -------------------------------------------------------------------------------------------------------


async def test_a_frame_as_it_is_stored(call: Call) -> None:
    status, headers, body = await call.get(at(CINE, "/frames/7"), ANY_FRAME)
    ((kind, data),) = parts_of(headers, body)
    assert (status, kind, data) == (200, f"{OCTETS}; transfer-syntax=1.2.840.10008.1.2.4.50", raw_frames(CINE)[6])
    assert headers["Sefaw-Frame"] == "stored"
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    status, _, body = await call.get(at(CINE, "/frames/7"), ANY_FRAME, If_None_Match=headers["ETag"])
    assert (status, body) == (304, b"")


async def test_a_large_native_frame_comes_smaller_and_the_same(call: Call) -> None:
    _, headers, body = await call.get(at(CT, "/frames/1"), ANY_FRAME)
    ((kind, data),) = parts_of(headers, body)
    assert headers["Sefaw-Frame"] == "compressed"
    assert len(data) < len(CT.PixelData) / 2
    np.testing.assert_array_equal(values_of(CT, syntax_in(kind), data), CT.pixel_array)


async def test_what_a_browser_would_show_wrong_is_decoded_and_says_so(call: Call) -> None:
    _, headers, body = await call.get(at(J2K, "/frames/1"), ANY_FRAME)
    ((kind, data),) = parts_of(headers, body)
    assert headers["Sefaw-Frame"] == "decoded; why=sign"
    np.testing.assert_array_equal(values_of(J2K, syntax_in(kind), data), J2K.pixel_array)
    _, _, body = await call.get(at(J2K, "/served"))
    assert json.loads(body) == {"how": "decoded", "why": "sign"}
    _, headers, body = await call.get(at(J2K, "/frames/1"), f"{OCTETS}; transfer-syntax=1.2.840.10008.1.2.4.90")
    assert body == raw_frames(J2K)[0], "who asks for exactly that gets it"


async def test_what_cannot_be_shown_rightly_is_refused_with_why(call: Call) -> None:
    for rest in ("/frames/1", "/rendered", "/frames/1/thumbnail"):
        status, _, body = await call.get(at(NO12BIT, rest))
        assert (status, json.loads(body)["code"]) == (422, "picture_unsupported"), rest
    _, _, body = await call.get(at(NO12BIT, "/served"))
    assert json.loads(body) == {"how": "refused", "why": "codec"}
    status, _, _ = await call.get(at(ECG, "/served"))
    assert status == 404, "there is no picture in it"


async def test_without_a_transfer_syntax_explicit_little_endian_is_meant(call: Call) -> None:
    for dataset in (CT, RGB, J2K):
        _, headers, body = await call.get(at(dataset, "/frames/1"), f'multipart/related; type="{OCTETS}"')
        ((kind, data),) = parts_of(headers, body)
        assert syntax_in(kind) == "1.2.840.10008.1.2.1"
        np.testing.assert_array_equal(values_of(dataset, syntax_in(kind), data), dataset.pixel_array)


async def test_several_frames_and_their_order(call: Call, source: FileSource) -> None:
    _, headers, body = await call.get(at(CINE, "/frames/3,1,30"), ANY_FRAME)
    frames = raw_frames(CINE)
    assert [data for _, data in parts_of(headers, body)] == [frames[2], frames[0], frames[29]]
    assert [numbers for _, numbers in source.asked] == [(3,), (1,), (30,)], "each by itself, never the whole"


async def test_a_frame_in_ranges(call: Call) -> None:
    single = f"{OCTETS}; transfer-syntax=*"
    whole = raw_frames(CINE)[0]
    status, headers, body = await call.get(at(CINE, "/frames/1"), single)
    assert (status, headers["Content-Type"], body) == (200, f"{OCTETS}; transfer-syntax=1.2.840.10008.1.2.4.50", whole)
    for asked, wanted in (("bytes=0-99", whole[:100]), ("bytes=100-", whole[100:]), ("bytes=-5", whole[-5:])):
        status, headers, body = await call.get(at(CINE, "/frames/1"), single, Range=asked)
        assert (status, body) == (206, wanted)
        assert headers["Content-Range"].endswith(f"/{len(whole)}")
    for asked in ("bytes=9999999-", "bytes=5-2", "pages=1-2", "bytes=a-b", "bytes=--1"):
        status, _, _ = await call.get(at(CINE, "/frames/1"), single, Range=asked)
        assert status == 416, asked
    status, _, body = await call.get(at(CINE, "/frames/1"), single, Range="bytes=0-9", If_Range='"another"')
    assert (status, body) == (200, whole)


async def test_frames_that_there_are_not(call: Call) -> None:
    for number in ["0", "31", "999999", "-1", "1,31", "x", "1,,2", "1" * 30]:
        status, _, _ = await call.get(at(CINE, f"/frames/{number}"), f"{OCTETS}; transfer-syntax=*")
        assert status in {404, 406} if number == "1,31" else status == 404


async def test_what_cannot_be_met_is_not_acceptable(call: Call) -> None:
    for accept in [
        "text/html",
        "image/jls",
        f"{OCTETS}; transfer-syntax=1.2.840.10008.1.2.4.201",
        "video/mp4",
        "a/b;" * 1000,
        ";;",
    ]:
        status, _, body = await call.get(at(CINE, "/frames/1"), accept)
        assert (status, json.loads(body)["status"]) == (406, 406)


async def test_no_other_answer_than_accepted(call: Call) -> None:
    for path in ["/studies", "/frames/1/thumbnail", "/metadata", "/rendered", ""]:
        status, _, _ = await call.get(path if path == "/studies" else at(CT, path), "text/plain")
        assert status == 406


# ---- pictures -----------------------------------------------------------------------------------------------------


async def test_thumbnails(call: Call) -> None:
    for dataset in (CT, CINE, RGB, J2K):
        status, headers, body = await call.get(at(dataset, "/frames/1/thumbnail"))
        picture = Image.open(BytesIO(body))
        assert (status, headers["Content-Type"], picture.format) == (200, "image/jpeg", "JPEG")
        assert max(picture.size) == min(160, max(dataset.Rows, dataset.Columns))
        assert len(body) < 12_000


async def test_a_rendered_picture_by_the_window_that_was_asked_for(call: Call) -> None:
    # LINEAR_EXACT from 0 to 255 in HU: the rescale of the instance is -1024 + x.
    _, _, body = await call.get(at(CT, "/frames/1/rendered?window=127.5,255,linear-exact"), "image/png")
    wanted = np.clip(CT.pixel_array.astype(float) - 1024, 0, 255).round().astype(np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(body))), wanted)
    _, _, body = await call.get(at(CT, "/rendered?viewport=64,64,32,16,50,25&quality=50"), "image/jpeg")
    assert Image.open(BytesIO(body)).size == (50, 25)


async def test_pictures_that_cannot_be_made(call: Call) -> None:
    for query in [
        "window=1,2",
        "window=a,b,linear",
        "window=nan,1,linear",
        "window=0,0,linear",
        "viewport=0,5",
        "viewport=9e9,1",
        "quality=0",
        "quality=x",
        "unknown=1",
        "viewport=10,10,1,1,1",
        "window=1e400,1,sigmoid",
    ]:
        status, _, _ = await call.get(at(CT, f"/rendered?{query}"), "image/jpeg")
        assert status == 400


# ---- instances ----------------------------------------------------------------------------------------------------


async def test_whole_instances(call: Call) -> None:
    file = Path(str(CT.filename)).read_bytes()
    for path in (at(CT), at(CT).rpartition("/instances")[0], f"/studies/{CT.StudyInstanceUID}"):
        status, headers, body = await call.get(path, 'multipart/related; type="application/dicom"')
        ((kind, data),) = parts_of(headers, body)
        assert (status, kind, data) == (200, "application/dicom", file)
    status, headers, body = await call.get(at(CT), "application/dicom")
    assert (status, headers["Content-Type"], body) == (200, "application/dicom", file)


# ---- a source that does not answer ----------------------------------------------------------------------------------


async def test_a_pacs_that_is_down_is_said_and_may_be_asked_again(
    call: Call, source: FileSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_args: object) -> None:
        raise SourceUnavailableError("try again")

    assert (await call.get(at(CINE, "/frames/1")))[0] == 200
    with monkeypatch.context() as patched:
        patched.setattr(source, "frames", down)
        status, _, body = await call.get(at(CINE, "/frames/2"))
        assert (status, json.loads(body)["code"]) == (503, "source_unavailable")
        assert (await call.get(at(CINE, "/frames/1")))[0] == 200, "what was seen is still there"
    assert (await call.get(at(CINE, "/frames/2")))[0] == 200


async def test_many_ask_at_once_and_it_is_made_once(call: Call, source: FileSource) -> None:
    got = await asyncio.gather(*(call.get(at(J2K, "/frames/1"), ANY_FRAME) for _ in range(8)))
    assert {status for status, _, _ in got} == {200}
    assert len(source.asked) == 1
