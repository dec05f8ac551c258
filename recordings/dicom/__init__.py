"""What a consultation leaves as DICOM: stills of live video, presentation states, measurements, key images. Writers
only: from records of the wire to datasets. Where they are kept and who may have them is the server's business."""

from recordings.dicom.export import Export, LeftOut, Loss, export
from recordings.dicom.occasion import Occasion, uid
from recordings.dicom.part10 import part10
from recordings.dicom.pictures import Lookup, pictures_needed
from recordings.dicom.still import Origin, Pixels, Transmitted, modality, picture_of, still
from recordings.dicom.video import FRAGMENT_MOST, Filmed, video, video_file

__all__ = [
    "FRAGMENT_MOST",
    "Export",
    "Filmed",
    "LeftOut",
    "Lookup",
    "Loss",
    "Occasion",
    "Origin",
    "Pixels",
    "Transmitted",
    "export",
    "modality",
    "part10",
    "picture_of",
    "pictures_needed",
    "still",
    "uid",
    "video",
    "video_file",
]
