"""The rules of a teaching copy: pictures and log without what names people, and what cannot be promised.
docs/deidentification.md."""

from recordings.deidentify.dicom import NotCleanable, PictureWishes, clean_picture
from recordings.deidentify.done import Removed, Unsure, WhatWasDone, told
from recordings.deidentify.key import CopyKey
from recordings.deidentify.log import clean_log
from recordings.deidentify.pixels import Box

__all__ = [
    "Box",
    "CopyKey",
    "NotCleanable",
    "PictureWishes",
    "Removed",
    "Unsure",
    "WhatWasDone",
    "clean_log",
    "clean_picture",
    "told",
]
