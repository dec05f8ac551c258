"""Key images as a Key Object Selection (PS3.3 A.35.4, TID 2010): what was marked, frozen, or shown at the end; one for
each study."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from pydicom import Dataset
from pydicom.sr.codedict import codes

from recordings.dicom.occasion import CHARACTER_SET, MANUFACTURER, Occasion
from recordings.dicom.pictures import Shown, finish, fit_for_writing, frame_of
from recordings.dicom.words import say

SERIES_NUMBER: Final = 9003


def key_images(occasion: Occasion, shown: Sequence[Shown], at: datetime) -> Dataset:
    """`shown`: the frames of one study; not empty."""
    images = [fit_for_writing(one.image) for one in shown]
    content = KeyObjectSelection(codes.DCM.OfInterest, images)
    for one, item in zip(shown, content[0].ContentSequence[-len(images) :], strict=True):
        frame = frame_of(one)
        if frame is not None:
            item.ReferencedSOPSequence[0].ReferencedFrameNumber = frame
    study = str(images[0].StudyInstanceUID)
    ds = KeyObjectSelectionDocument(
        evidence=list({str(image.SOPInstanceUID): image for image in images}.values()),
        content=content,
        series_instance_uid=occasion.series(f"key images {study}"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=occasion.instance("key images", study, _digest(shown)),
        instance_number=1,
        manufacturer=MANUFACTURER,
        series_description=say("series.key_images"),
        specific_character_set=CHARACTER_SET,
    )
    return finish(ds, shown[0].image, at)


def _digest(shown: Sequence[Shown]) -> str:
    return hashlib.sha256(msgspec.json.encode([one.picture for one in shown])).hexdigest()
