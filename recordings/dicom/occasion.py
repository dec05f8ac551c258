"""The consultation as DICOM's Patient, Study and Equipment modules see it (PS3.3 C.7.1.1, C.7.2, C.7.5.1), and the
names of what it leaves: the same thing always has the same UID, so that storing it twice is storing it once."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from recordings.dicom.words import say
from signalling.events import Patient, Person
from signalling.ids import ConsultationId, InstanceId, SeriesId, StudyId
from signalling.vocabulary import Sex

MANUFACTURER: Final = "Sefaw RTC"
MODEL: Final = "Teleconsultation"
CHARACTER_SET: Final = "ISO_IR 192"  # UTF-8 (PS3.3 C.12.1.1.2)

_NAMESPACE: Final = uuid.UUID("6a8f4d0c-5f7b-5c53-9a39-2f0f6c3a7e11")  # chosen once, for ever
_SEX: Final = {Sex.FEMALE: "F", Sex.MALE: "M", Sex.OTHER: "O", Sex.UNKNOWN: ""}
_NOBODY: Final = Patient(name="")  # empty, as type 2 attributes may be
_LONG_STRING: Final = 64  # characters of an LO, and of each component group of a PN (PS3.5 6.2)


@dataclass(frozen=True, slots=True)
class Occasion:
    """`began` is when the consultation was asked for, with its time zone; `software` the version of this server.
    `patient` None: one that was opened for programs, about nobody."""

    consultation: ConsultationId
    patient: Patient | None
    began: datetime
    requester: Person | None = None
    software: str = ""

    @property
    def study(self) -> StudyId:
        """The study of what the consultation itself makes."""
        return StudyId(uid("study", self.consultation))

    def series(self, what: str) -> SeriesId:
        return SeriesId(uid("series", self.consultation, what))

    def instance(self, *names: str) -> InstanceId:
        return InstanceId(uid("instance", self.consultation, *names))


def uid(*names: str) -> str:
    """A UID from a UUID (PS3.5 B.2) that is always the same for the same names."""
    return f"2.25.{uuid.uuid5(_NAMESPACE, chr(31).join(names)).int}"


def begin(occasion: Occasion, sop_class: UID, instance: InstanceId, at: datetime) -> Dataset:
    """A dataset with everything that is the same in all instances of the consultation's own study."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet = CHARACTER_SET
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = instance
    ds.TimezoneOffsetFromUTC = at.strftime("%z")
    ds.InstanceCreationDate = ds.ContentDate = at.strftime("%Y%m%d")
    ds.InstanceCreationTime = ds.ContentTime = at.strftime("%H%M%S.%f")
    _add_patient(ds, occasion)
    _add_study(ds, occasion)
    ds.Manufacturer = MANUFACTURER
    ds.ManufacturerModelName = MODEL
    if occasion.software:
        ds.SoftwareVersions = long_string(occasion.software)
    return ds


def _add_patient(ds: Dataset, occasion: Occasion) -> None:
    """A year of birth is no DA: the date stays empty, the age is reckoned as the pages do."""
    patient = occasion.patient or _NOBODY
    ds.PatientName = person_name(patient.name)
    ds.PatientID = long_string(patient.identifier)
    ds.PatientSex = _SEX[patient.sex]
    ds.PatientBirthDate = ""
    age = occasion.began.year - patient.birth_year
    if patient.birth_year and 0 <= age <= 999:
        ds.PatientAge = f"{age:03d}Y"
        ds.PatientComments = say("birth_year", year=patient.birth_year)


def _add_study(ds: Dataset, occasion: Occasion) -> None:
    ds.StudyInstanceUID = occasion.study
    ds.StudyDate = occasion.began.strftime("%Y%m%d")
    ds.StudyTime = occasion.began.strftime("%H%M%S.%f")
    ds.StudyDescription = say("study")
    ds.StudyID = ""
    ds.AccessionNumber = ""
    ds.ReferringPhysicianName = person_name(occasion.requester.name) if occasion.requester else ""


def person_name(name: str) -> str:
    """As people wrote it, in the first component group: nobody said which part is the family's, and Chinese systems
    look for the characters there. What would divide components and values is taken out."""
    return _plain(name, "\\^=")


def long_string(text: str) -> str:
    """An LO: no backslash, no control characters, 64 characters at most."""
    return _plain(text, "\\")


def _plain(text: str, without: str) -> str:
    kept = "".join(" " if sign in without or not sign.isprintable() else sign for sign in text)
    return kept.strip()[:_LONG_STRING].strip()
