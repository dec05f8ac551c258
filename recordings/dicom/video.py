"""A recorded video of the probe as DICOM: Video Photographic Image Storage (PS3.3 A.32.7), H.264 in MP4 in one fragment
(PS3.5 8.2.7, A.4.9). The file's bytes go in as they are: whether they were sent so or made anew, `Filmed` says.

The frames' true times are those of the MP4; DICOM's frame time is their mean.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from struct import pack
from typing import Final

from pydicom import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import MPEG4HP41, VideoPhotographicImageStorage

from recordings.dicom.occasion import Occasion, begin, long_string, person_name
from recordings.dicom.part10 import part10
from recordings.dicom.words import say
from signalling.events import Person

FRAGMENT_MOST: Final = 0xFFFF_FFFE  # PS3.5 A.4: a length of 32 bits, even
_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_MOST_RATIO: Final = 1e6


@dataclass(frozen=True, slots=True)
class Filmed:
    """One run. `codec`: what was sent; `made_anew`: the file is not what was sent but H.264 made of it. `size` of the
    file in bytes, `seconds` from its first frame to its last."""

    run: int
    track: int
    person: Person | None
    at: datetime
    width: int
    height: int
    frames: int
    seconds: float
    size: int
    codec: str
    made_anew: bool


def video(occasion: Occasion, filmed: Filmed) -> Dataset:
    """The instance without its pixels."""
    ds = begin(occasion, VideoPhotographicImageStorage, occasion.instance("video", str(filmed.run)), filmed.at)
    ds.file_meta.TransferSyntaxUID = MPEG4HP41
    ds.Modality = "XC"  # the one that this IOD allows
    ds.SeriesInstanceUID = occasion.series(f"videos of track {filmed.track}")
    ds.SeriesNumber = filmed.track
    ds.SeriesDescription = say("video.series")
    ds.Laterality = ds.PatientOrientation = ""  # not known
    if filmed.person is not None:
        ds.InstitutionName = long_string(filmed.person.site)
        ds.OperatorsName = person_name(filmed.person.name)
    ds.InstanceNumber = filmed.run
    ds.AcquisitionDateTime = filmed.at.strftime("%Y%m%d%H%M%S.%f%z")
    ds.AcquisitionContextSequence = Sequence()
    ds.AnatomicRegionSequence = Sequence([_somewhere()])
    ds.BurnedInAnnotation = "YES"  # a machine's screen may show a name; nobody has looked
    _add_frames(ds, filmed)
    _add_loss(ds, filmed)
    return ds


def video_file(ds: Dataset, size: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The whole PS3.10 file; `chunks`, `size` bytes, are the one fragment. ValueError if it is too large for one."""
    if size > FRAGMENT_MOST:
        raise ValueError("a fragment holds less than 4 GiB")
    yield part10(ds)
    padded = size + size % 2
    # Pixel Data, OB, of undefined length; an empty offset table; the fragment; the end.
    yield pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFF_FFFF) + _ITEM + pack("<I", 0) + _ITEM + pack("<I", padded)
    yield from chunks
    yield b"\0" * (size % 2) + _END + pack("<I", 0)


def _somewhere() -> Dataset:
    """The IOD asks for a region (PS3.3 C.8.12.1); nobody said which, so it is the most general there is."""
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "91723000", "SCT", "Anatomical structure"
    return code


def _add_frames(ds: Dataset, filmed: Filmed) -> None:
    mean_ms = 1000 * filmed.seconds / (filmed.frames - 1) if filmed.frames > 1 and filmed.seconds > 0 else 40.0
    ds.NumberOfFrames = filmed.frames
    ds.FrameIncrementPointer = Tag("FrameTime")
    ds.FrameTime = f"{mean_ms:.3f}"
    ds.CineRate = ds.RecommendedDisplayFrameRate = max(1, round(1000 / mean_ms))
    ds.Rows, ds.Columns = filmed.height, filmed.width
    ds.SamplesPerPixel, ds.PlanarConfiguration = 3, 0
    ds.PhotometricInterpretation = "YBR_PARTIAL_420"
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0


def _add_loss(ds: Dataset, filmed: Filmed) -> None:
    raw = filmed.frames * filmed.width * filmed.height * 3
    ratio = f"{min(_MOST_RATIO, max(1.0, raw / max(1, filmed.size))):.4g}"
    ds.LossyImageCompression, ds.LossyImageCompressionRatio = "01", ratio
    ds.LossyImageCompressionMethod = "ISO_14496_10"
    ds.ImageType = ["DERIVED", "PRIMARY"] if filmed.made_anew else ["ORIGINAL", "PRIMARY"]
    if filmed.made_anew:
        ds.DerivationDescription = say("video.made_anew", codec=filmed.codec)
    ds.ImageComments = say("video.comment", run=filmed.run)
