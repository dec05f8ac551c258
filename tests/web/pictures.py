"""An open call with pictures in its folder, as its doors are asked for them. The source is pydicom's own reading of its
own files."""

import email
from collections.abc import Mapping
from typing import Any

import pydicom
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder

from signalling.ids import ConsultationId, InstitutionId, StudyId
from signalling.looking import PicturePatient, SeriesShared, StudyShared
from signalling.vocabulary import PictureSource
from tests.dicom.files import read, ref_of
from tests.web.world import Page, Person, World

CT, CINE, RGB = read("CT_small.dcm"), read("examples_ybr_color.dcm"), read("examples_rgb_color.dcm")
J2K, OTHER, ECG = read("J2K_pixelrep_mismatch.dcm"), read("MR_small.dcm"), read("waveform_ecg.dcm")
NO12BIT = read("JPGExtended.dcm")
SHARED = (CT, CINE, RGB, J2K, ECG, NO12BIT)
OCTETS, DICOM_JSON = "application/octet-stream", "application/dicom+json"
ANY_FRAME = f'multipart/related; type="{OCTETS}"; transfer-syntax=*'


class Described:
    """The look side's port: says of a study what its files say."""

    patient = PicturePatient(name="Zhang^Guiying", identifier="QS-4711")

    async def describe(
        self, study: StudyId, source: PictureSource, institution: InstitutionId
    ) -> tuple[StudyShared, list[SeriesShared]]:
        return StudyShared(study=study, source=source, patient=self.patient), []


class Strangers(Described):
    """Somebody else's."""

    patient = PicturePatient(name="Li^Na", identifier="OTHER-1")


class Call:
    """An open call with studies in its folder; `get` asks as the village doctor's browser would."""

    def __init__(self, world: World, village: Page, doctor: Person, consultation: ConsultationId) -> None:
        self.world, self.village, self.doctor, self.consultation = world, village, doctor, consultation
        self.root = f"/api/consultations/{consultation}/dicom-web"

    async def get(
        self, path: str, accept: str = "", who: Person | None = None, **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        sent = {"Accept": accept or "*/*", **{name.replace("_", "-"): value for name, value in headers.items()}}
        url = self.world.url + (path if path.startswith("/api") else self.root + path)
        async with (who or self.doctor).http.get(url, headers=sent, auto_decompress=False) as reply:
            return reply.status, reply.headers, await reply.read()


def at(dataset: Dataset, rest: str = "") -> str:
    ref = ref_of(dataset)
    return f"/studies/{ref.study}/series/{ref.series}/instances/{ref.instance}{rest}"


def parts_of(headers: Mapping[str, str], body: bytes) -> list[tuple[str, bytes]]:
    """By the standard library's reader of MIME."""
    message = email.message_from_bytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body)
    assert message.is_multipart()
    return [(str(part["Content-Type"]), part.get_payload(decode=True)) for part in message.get_payload()]  # type: ignore[union-attr,misc]


def syntax_in(kind: str) -> str:
    return kind.partition("transfer-syntax=")[2]


def values_of(dataset: Dataset, syntax: str, data: bytes) -> Any:
    """What a decoder makes of a served frame."""
    encapsulated = pydicom.uid.UID(syntax).is_encapsulated
    colour = dataset.get("SamplesPerPixel", 1) == 3
    array, _ = get_decoder(syntax).as_array(
        encapsulate([data], has_bot=False) if encapsulated else data,
        index=0,
        rows=dataset.Rows,
        columns=dataset.Columns,
        samples_per_pixel=3 if colour else 1,
        photometric_interpretation="RGB" if colour else dataset.PhotometricInterpretation,
        bits_allocated=dataset.BitsAllocated,
        bits_stored=dataset.BitsStored,
        pixel_representation=dataset.PixelRepresentation,
        planar_configuration=0,
        number_of_frames=1,
        pixel_keyword="PixelData",
    )
    return array
