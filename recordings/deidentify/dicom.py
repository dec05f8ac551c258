"""DICOM by the Basic Application Level Confidentiality Profile (PS3.15 E.2, table E.1-1 as data in profile.json) with
the Retain Longitudinal Temporal Information with Modified Dates option, and beyond it: whatever the table does not name
is cleaned by its kind of value."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydicom import DataElement, Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence as Items
from pydicom.tag import BaseTag

from recordings.deidentify.done import Removed, Unsure, WhatWasDone
from recordings.deidentify.key import CopyKey
from recordings.deidentify.names import Scrubber, patterns
from recordings.deidentify.pixels import Box, blacken, has_regions
from recordings.deidentify.profile import actions

_CODES: Final = {  # PS3.16 CID 7050
    "113100": "Basic Application Confidentiality Profile",
    "113101": "Clean Pixel Data Option",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
}
_DRAWN: Final = (0x50, 0x60)  # curves and overlays, repeating groups 50xx and 60xx: what somebody drew or wrote
_VOICES: Final = frozenset({"1.2.840.10008.5.1.4.1.1.9.4.1", "1.2.840.10008.5.1.4.1.1.9.4.2"})  # audio waveforms
_WELL_KNOWN: Final = "1.2.840.10008."
_METHOD: Final = "DICOM PS3.15 2026c Basic Profile"
_OTHERS: Final = (
    *("PatientID", "OtherPatientIDs", "AccessionNumber", "InstitutionName", "InstitutionAddress", "StationName"),
    *("DeviceSerialNumber", "InstitutionalDepartmentName"),
)
_BY_TABLE: Final = frozenset(
    {"PatientBirthDate", "PatientBirthTime", "GPSTimeStamp"}
)  # dates that the option leaves out
_CODED: Final = frozenset({"CodeValue", "LongCodeValue", "CodingSchemeVersion", "CodingSchemeDesignator"})
_TEXT: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC"})
_LONGEST: Final = {"SH": 16, "LO": 64}  # PS3.5 6.2
_DUMMIES: Final[dict[str, object]] = {
    "PN": "REMOVED", "LO": "REMOVED", "SH": "REMOVED", "ST": "REMOVED", "LT": "REMOVED", "UT": "REMOVED",
    "UC": "REMOVED", "AE": "REMOVED", "UR": "urn:removed", "AS": "000Y", "OB": b"\0\0", "UN": b"\0\0", "OW": b"\0\0",
}  # fmt: skip


class NotCleanable(Exception):  # noqa: N818 - what the instance is
    """The instance cannot be part of a copy: a document, a video or a voice, whose content no rule reaches, or pixels
    that were to be cleaned and cannot be decoded."""


@dataclass(frozen=True, slots=True)
class PictureWishes:
    """`boxes` None: the pixels stay as they are; else Clean Pixel Data, in these and outside of ultrasound regions.
    `looked`: a person has seen that no text is left; only then is it said."""

    boxes: Sequence[Box] | None = None
    looked: bool = False


def clean_picture(original: Dataset, key: CopyKey, wishes: PictureWishes) -> tuple[Dataset, WhatWasDone]:
    """A copy of an instance without what names people. The original stays as it is. Raises `NotCleanable`."""
    syntax = str(original.file_meta.get("TransferSyntaxUID", ""))
    said = original.get("SOPClassUID") in _VOICES
    if said or "EncapsulatedDocument" in original or not syntax.startswith(_WELL_KNOWN):
        raise NotCleanable("no rule reaches its content")
    if not original.get("SOPClassUID") or not original.get("SOPInstanceUID"):
        raise NotCleanable("not an instance")
    ds = copy.deepcopy(original)
    work = _Work(key, f"{ds.get('IssuerOfPatientID', '')}\x1f{ds.get('PatientID', '')}", _scrubber(ds))
    if wishes.boxes is not None:
        _blacken(ds, wishes.boxes, work.done)
    work.clean(ds)
    _say(ds, wishes, work.done)
    _write_meta(ds)
    work.done.unsure |= {Unsure.RARE_CASE, Unsure.TIME_OF_DAY, Unsure.FREE_TEXT}
    return ds, work.done


class _Work:
    """One instance, walked through with all its sequences."""

    def __init__(self, key: CopyKey, patient: str, scrubber: Scrubber) -> None:
        self._key, self._patient, self._scrubber = key, patient, scrubber
        self.done = WhatWasDone()

    def clean(self, ds: Dataset) -> None:
        for tag in list(ds.keys()):
            if tag.is_private:
                self.done.removed[Removed.PRIVATE] += 1
                del ds[tag]
            elif not self._cleaned(ds, tag):
                self.done.removed[Removed.ATTRIBUTES] += 1
                del ds[tag]

    def _cleaned(self, ds: Dataset, tag: BaseTag) -> bool:
        """Whether it stays. What cannot be read goes."""
        if tag.group in (0x0000, 0x0002) or tag.group >> 8 in _DRAWN:
            return False
        element = _readable(ds, tag)
        if element is None:
            return False
        action = actions().get(f"{int(tag):08X}", "")
        if element.VR in ("DA", "DT", "TM") and element.keyword not in _BY_TABLE:
            return self._move(element)
        if action == "X" or (action == "" and element.VR in ("UN", "UR")):
            return False
        if element.VR == "UI":
            self._change_uids(element)
        elif element.VR == "SQ":
            self._descend(element, action)
        elif action:
            self._replace(element, action)
        else:
            self._scrub(element)
        return True

    def _move(self, element: DataElement) -> bool:
        """A date further back; the hour stays. What is no date is emptied."""
        if element.VR != "TM" and not element.is_empty:
            values = [str(one) for one in _values(element)]
            moved = [self._key.date(one) for one in values]
            kept = [
                new + (old[8:] if element.VR == "DT" and new else "") for old, new in zip(values, moved, strict=True)
            ]
            element.value = kept if len(kept) > 1 else kept[0]
            self.done.removed[Removed.DATES] += 1
        return True

    def _change_uids(self, element: DataElement) -> None:
        changed = [self._key.uid(str(one)) for one in _values(element)]
        if element.keyword != "TransferSyntaxUID" and changed:
            element.value = changed if len(changed) > 1 else changed[0]
            self.done.removed[Removed.UIDS] += 1

    def _descend(self, element: DataElement, action: str) -> None:
        if action in ("Z", "X/Z"):
            element.value = Items()
            self.done.removed[Removed.ATTRIBUTES] += 1
            return
        for item in element.value:
            self.clean(item)

    def _replace(self, element: DataElement, action: str) -> None:
        """Z: emptied; D: something of the same kind, where there was something. Patients are still told apart."""
        if element.keyword in ("PatientID", "PatientName"):
            element.value = f"P-{self._key.name('patient', self._patient)[:10]}".upper()
        elif "D" in action and not element.is_empty:
            element.value = _DUMMIES.get(element.VR, element.value)
        elif "D" not in action:
            element.value = None
        self.done.removed[Removed.ATTRIBUTES] += 1

    def _scrub(self, element: DataElement) -> None:
        """What the table does not name: a person or a device's title is replaced, free text scrubbed."""
        if element.VR in ("PN", "AE") and not element.is_empty:
            element.value = "REMOVED"
            self.done.removed[Removed.ATTRIBUTES] += 1
        elif element.VR in _TEXT and element.keyword not in _CODED:
            said = [self._scrubber.scrub(str(one)) for one in _values(element)]
            if any(names or numbers for _, names, numbers in said):
                texts = [text[: _LONGEST.get(element.VR)] for text, _, _ in said]
                element.value = texts if len(texts) > 1 else texts[0]
                self.done.removed[Removed.NAMES] += sum(names for _, names, _ in said)
                self.done.removed[Removed.NUMBERS] += sum(numbers for _, _, numbers in said)


def _values(element: DataElement) -> list[object]:
    if element.is_empty:
        return []
    return list(element.value) if isinstance(element.value, MultiValue | list) else [element.value]


def _readable(ds: Dataset, tag: BaseTag) -> DataElement | None:
    try:
        return ds[tag]
    except (ValueError, NotImplementedError, TypeError, KeyError, AttributeError):
        return None


def _scrubber(ds: Dataset) -> Scrubber:
    """What the instance itself says of people and places, at any depth."""
    return Scrubber(((one, "REMOVED") for one in _known(ds)), "REMOVED", "REMOVED")


def _known(ds: Dataset) -> Iterator[str]:
    for tag in list(ds.keys()):
        element = _readable(ds, tag)
        if element is None:
            continue
        if element.VR == "SQ":
            for item in element.value:
                yield from _known(item)
        elif element.VR == "PN" or element.keyword in _OTHERS:
            for value in _values(element):
                yield from patterns(str(value), person=element.VR == "PN")


def _blacken(ds: Dataset, boxes: Sequence[Box], done: WhatWasDone) -> None:
    if "PixelData" not in ds:
        return
    try:
        done.removed[Removed.BLACKENED] += blacken(ds, boxes)
    except Exception as error:  # noqa: BLE001 - decoders raise what they like
        raise NotCleanable(type(error).__name__) from None


def _say(ds: Dataset, wishes: PictureWishes, done: WhatWasDone) -> None:
    """What was done, in the instance (PS3.15 E.1.1). That no text is burnt in only who looked can say."""
    cleaned = wishes.looked and wishes.boxes is not None and "PixelData" in ds
    codes = [code for code in _CODES if code != "113101" or cleaned]
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = _METHOD
    ds.DeidentificationMethodCodeSequence = Items([_code(code) for code in codes])
    ds.LongitudinalTemporalInformationModified = "MODIFIED"
    if "PixelData" not in ds:
        return
    if wishes.looked:
        ds.BurnedInAnnotation = "NO"
    elif ds.get("BurnedInAnnotation") != "NO":
        within = has_regions(ds) and wishes.boxes is not None
        done.unsure.add(Unsure.TEXT_IN_REGION if within else Unsure.TEXT_IN_PICTURE)
    if ds["PixelData"].is_undefined_length:  # its codestream is as it came
        done.unsure.add(Unsure.WITHIN_COMPRESSED)
    if ds.get("RecognizableVisualFeatures") != "NO":
        done.unsure.add(Unsure.FACE)


def _code(value: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", _CODES[value]
    return item


def _write_meta(ds: Dataset) -> None:
    """Anew: titles of senders and private information go, and so does what stood before the file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID", "")
    meta.TransferSyntaxUID = ds.file_meta.TransferSyntaxUID
    ds.file_meta = meta
    ds.preamble = b"\0" * 128
