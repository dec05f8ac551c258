"""What leaves the archive: the bundle of a sealed consultation, the video for people, the teaching copy. It reads what
was sealed and changes nothing of it; who may have it is the server's business."""

from recordings.export.bundle import Anchor, CannotFilm, write_bundle, write_film
from recordings.export.pack import Bundle, Progress
from recordings.export.sealed import Sealed, Workplace, open_sealed
from recordings.export.teaching import NotAgreed, may_teach, write_teaching
from recordings.export.wishes import ExportKind, Wishes

__all__ = [
    "Anchor",
    "Bundle",
    "CannotFilm",
    "ExportKind",
    "NotAgreed",
    "Progress",
    "Sealed",
    "Wishes",
    "Workplace",
    "may_teach",
    "open_sealed",
    "write_bundle",
    "write_film",
    "write_teaching",
]
