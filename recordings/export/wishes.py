"""What is asked of an export."""

from enum import StrEnum

import msgspec

from recordings.timeline.words import Language


class ExportKind(StrEnum):
    """The bundle with everything, the video for people alone, or the copy that names nobody."""

    BUNDLE = "bundle"
    SIDE_BY_SIDE = "side_by_side"
    TEACHING = "teaching"


class Wishes(msgspec.Struct, frozen=True):
    """`only_sealed`: nothing in the clear (of a bundle). `side_by_side`: the video for people in it too. `voice`: in a
    teaching copy. `software`: this server's name for itself in DICOM and FHIR."""

    language: Language = Language.ZH_CN
    only_sealed: bool = False
    side_by_side: bool = False
    voice: bool = False
    software: str = ""
