"""A frame of live video as a DICOM instance: Ultrasound Image Storage for the probe, else Secondary Capture.

Says no more than is known: no calibration (no spacing, no ultrasound regions: the machine's own figures were never
sent), burned-in annotation YES (a machine's screen may show a name; nobody has looked), and whether the picture is the
publisher's own or what came through the network.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.uid import (
    UID,
    JPEG2000Lossless,
    SecondaryCaptureImageStorage,
    UltrasoundImageStorage,
)

from recordings.dicom.occasion import Occasion, begin, long_string, person_name
from recordings.dicom.words import say
from signalling.events import Person
from signalling.looking import FrameKey, Picture
from signalling.vocabulary import Purpose

_CODEC_METHODS: Final = {"H264": "ISO_14496_10", "H265": "ISO_23008_2"}  # PS3.3 C.7.6.1.1.5.1; VP8, VP9, AV1 have none
_PEOPLE: Final = frozenset({Purpose.FACE, Purpose.ROOM})
_MOST_RATIO: Final = 1e6
_SMALLEST: Final = 32
_PHOTOMETRIC: Final = {
    (True, False): "YBR_RCT",
    (True, True): "RGB",
    (False, False): "MONOCHROME2",
    (False, True): "MONOCHROME2",
}  # (colour, small)

Pixels = npt.NDArray[np.uint8]
"""rows × columns (grey) or rows × columns × 3 (RGB), 8 bits."""


@dataclass(frozen=True, slots=True)
class Transmitted:
    """How a picture came that is not the publisher's own. `bytes_sent` of that frame, 0 = not known."""

    codec: str
    bytes_sent: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """Of one still. `key` is that of the freeze, `number` its place among the consultation's freezes from 1."""

    key: str
    number: int
    frame: FrameKey
    purpose: Purpose
    publisher: Person
    at: datetime
    transmitted: Transmitted | None = None


def still(pixels: Pixels, occasion: Occasion, origin: Origin) -> Dataset:
    """The instance, losslessly compressed. Raises ValueError if `pixels` are not 8-bit grey or RGB."""
    if pixels.dtype != np.uint8 or pixels.ndim not in {2, 3} or pixels.shape[2:] not in {(), (3,)} or not pixels.size:
        raise ValueError("8-bit grey or RGB")
    picture = picture_of(occasion, origin)
    ds = begin(occasion, _sop_class(origin.purpose), picture.instance, origin.at)
    _add_series(ds, occasion, origin)
    _add_image(ds, origin)
    if origin.transmitted is not None:
        _add_loss(ds, origin.transmitted, pixels.nbytes)
    _add_pixels(ds, pixels)
    return ds


def picture_of(occasion: Occasion, origin: Origin) -> Picture:
    """How the still will be named: known before it is made."""
    return Picture(
        study=occasion.study,
        series=occasion.series(f"stills of track {origin.frame.track}"),
        instance=occasion.instance("still", origin.key),
    )


def modality(purpose: Purpose) -> str:
    """US, or OT: a camera's picture of a room is neither photography of the skin nor anything else that has a code."""
    return "US" if purpose is Purpose.PROBE else "OT"


def _sop_class(purpose: Purpose) -> UID:
    return UltrasoundImageStorage if purpose is Purpose.PROBE else SecondaryCaptureImageStorage


def _add_series(ds: Dataset, occasion: Occasion, origin: Origin) -> None:
    ds.Modality = modality(origin.purpose)
    ds.SeriesInstanceUID = picture_of(occasion, origin).series
    ds.SeriesNumber = int(origin.frame.track)
    ds.SeriesDescription = say(f"series.{origin.purpose.value}")
    ds.Laterality = ""  # not known: nobody asked which side
    ds.InstitutionName = long_string(origin.publisher.site)
    ds.OperatorsName = person_name(origin.publisher.name)
    if origin.purpose is not Purpose.PROBE:
        ds.ConversionType = "WSD" if origin.purpose is Purpose.SCREEN else "DV"  # PS3.3 C.8.6.1: workstation, video


def _add_image(ds: Dataset, origin: Origin) -> None:
    """PS3.3 C.7.6.1."""
    ds.InstanceNumber = origin.number
    ds.ImageType = ["DERIVED" if origin.transmitted else "ORIGINAL", "PRIMARY"]
    ds.PatientOrientation = ""
    ds.AcquisitionDateTime = origin.at.strftime("%Y%m%d%H%M%S.%f%z")
    ds.BurnedInAnnotation = "YES"
    if origin.purpose in _PEOPLE:
        ds.RecognizableVisualFeatures = "YES"
    how = say("as_transmitted", codec=origin.transmitted.codec) if origin.transmitted else say("at_source")
    ds.ImageComments = f"{say('frame_key', track=origin.frame.track, rtp=origin.frame.rtp)} {how}"


def _add_loss(ds: Dataset, transmitted: Transmitted, size: int) -> None:
    """PS3.3 C.7.6.1.1.5. The method stands only with a ratio: they are read in pairs."""
    ds.DerivationDescription = say("as_transmitted", codec=transmitted.codec)
    ds.LossyImageCompression = "01"
    if transmitted.bytes_sent > 0:
        ds.LossyImageCompressionRatio = f"{min(size / transmitted.bytes_sent, _MOST_RATIO):.2f}"
        method = _CODEC_METHODS.get(transmitted.codec.upper())
        if method is not None:
            ds.LossyImageCompressionMethod = method


def _add_pixels(ds: Dataset, pixels: Pixels) -> None:
    """JPEG 2000 lossless with its reversible colour transform: of a 320×240 colour ultrasound picture (230 kB) 22 kB
    are left, RLE leaves 95, PNG 36. OpenJPEG's six resolutions want 32 px a side: what is smaller stays as it is."""
    colour, small = pixels.ndim == 3, min(pixels.shape[:2]) < _SMALLEST
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 3 if colour else 1
    ds.PhotometricInterpretation = _PHOTOMETRIC[colour, small]
    if colour:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    if small:
        ds.PixelData = pixels.tobytes() + b"\0" * (pixels.size % 2)
        ds["PixelData"].VR = "OB"
        return
    options: dict[str, Any] = {"encoding_plugin": "pylibjpeg", "generate_instance_uid": False}
    ds.compress(JPEG2000Lossless, np.ascontiguousarray(pixels), **options)
