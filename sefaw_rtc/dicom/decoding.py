"""Pixels, in a process of their own: from a frame as stored to values, to lossless JPEG-LS, to a picture. pydicom and
its plug-ins decode; everything here may raise, be slow or be killed (`worker.py` and `workshop.py` see to that).
"""

import io
import warnings
from typing import Any

import gdcm
import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut

from sefaw_rtc.dicom.imaging import Imaging
from sefaw_rtc.dicom.jobs import Grey, Job, Palette, Picture, Table
from sefaw_rtc.dicom.serve import NATIVE
from signalling.vocabulary import VoiFunction

Values = npt.NDArray[Any]


def carry_out(job: Job) -> bytes:
    """Raises whatever goes wrong in there."""
    values = decode(job.image, job.frame, job.palette)
    match job.kind:
        case "native":
            return as_native(values)
        case "jpeg_ls":
            return as_jpeg_ls(values, job.image)
        case "picture" if job.picture is not None:
            return as_picture(values, job.image, job.picture)
        case _:
            raise ValueError("no such job")


def decode(image: Imaging, frame: bytes, palette: Palette | None = None) -> Values:
    """Rows × columns of grey values, or × 3 of RGB bytes."""
    values = _shifted(_decoded(image, frame), image)
    if palette is not None:
        values = _painted(values, palette)
        return (values >> 8).astype(np.uint8) if values.dtype.itemsize > 1 else values
    if image.samples == 3:
        return (values >> max(0, image.bits_stored - 8)).astype(np.uint8)
    if image.signed and image.bits_allocated == 8:
        return values.astype(np.int16)
    return values


def _decoded(image: Imaging, frame: bytes) -> Values:
    native = image.transfer_syntax in NATIVE
    syntax = uid.ExplicitVRLittleEndian if native else uid.UID(image.transfer_syntax)
    odd = image.high_bit != image.bits_stored - 1
    options: dict[str, Any] = {
        "rows": image.rows,
        "columns": image.columns,
        "samples_per_pixel": image.samples,
        "photometric_interpretation": image.photometric,
        "bits_allocated": image.bits_allocated,
        "bits_stored": image.bits_allocated if odd else image.bits_stored,
        "pixel_representation": int(image.signed),
        "planar_configuration": int(image.planar),
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
        "pixel_vr": image.pixel_vr if image.pixel_vr in {"OB", "OW"} else "OW",
    }
    source = encapsulate([frame], has_bot=False) if syntax.is_encapsulated else frame
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's remarks are of no use to anybody here
        values, _changes = get_decoder(syntax).as_array(source, index=0, **options)
    return np.asarray(values)


def _shifted(values: Values, image: Imaging) -> Values:
    """Stored bits that are not the lowest ones, brought down (HighBit; ACR-NEMA and old CR)."""
    if image.high_bit == image.bits_stored - 1:
        return values
    up = image.bits_allocated - 1 - image.high_bit
    return np.right_shift(np.left_shift(values, up), image.bits_allocated - image.bits_stored)


def _painted(values: Values, palette: Palette) -> Values:
    dataset = Dataset()
    stem = "Segmented{}PaletteColorLookupTableData" if palette.segmented else "{}PaletteColorLookupTableData"
    for colour, descriptor, data in zip(("Red", "Green", "Blue"), palette.descriptors, palette.data, strict=True):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", descriptor)
        setattr(dataset, stem.format(colour), data)
    dataset.PhotometricInterpretation = "PALETTE COLOR"
    return np.asarray(apply_color_lut(values, dataset))


def as_native(values: Values) -> bytes:
    """As Explicit VR Little Endian stores them."""
    return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()


# ---- JPEG-LS --------------------------------------------------------------------------------------------------------


def as_jpeg_ls(values: Values, image: Imaging) -> bytes:
    """Lossless (T.87), of 8 or 16 bits a sample. A CT shrinks to a quarter in 8 ms."""
    colour, bits = values.ndim == 3, values.dtype.itemsize * 8
    stored = 8 if colour else min(bits, image.bits_stored)
    signed = not colour and np.issubdtype(values.dtype, np.signedinteger)
    writer = gdcm.ImageWriter()  # owns the image: it must live until the end
    picture = writer.GetImage()
    picture.SetNumberOfDimensions(2)
    picture.SetDimensions((image.columns, image.rows, 1))
    meaning = gdcm.PhotometricInterpretation.GetPIType("RGB" if colour else "MONOCHROME2")
    picture.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(meaning))
    picture.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.ImplicitVRLittleEndian))
    picture.SetPixelFormat(gdcm.PixelFormat(3 if colour else 1, bits, stored, stored - 1, int(signed)))
    if colour:
        picture.SetPlanarConfiguration(0)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetByteStringValue(as_native(values))
    picture.SetDataElement(element)
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(uid.JPEGLSLossless)))
    change.SetInput(picture)
    if not change.Change():
        raise ValueError("GDCM does not compress it")
    fragments = change.GetOutput().GetDataElement().GetSequenceOfFragments()
    text: str = fragments.GetFragment(0).GetByteValue().GetBuffer()
    return text.encode("utf-8", "surrogateescape")  # how its Python binding hands bytes over


# ---- pictures for screens -------------------------------------------------------------------------------------------


def as_picture(values: Values, image: Imaging, wanted: Picture) -> bytes:
    """JPEG or PNG, 8 bits."""
    if wanted.region is not None:
        left, top, width, height = wanted.region
        values = values[top : top + height, left : left + width]
    seen = values if values.ndim == 3 else _grey(values, wanted.grey, inverse=image.photometric == "MONOCHROME1")
    picture = Image.fromarray(np.ascontiguousarray(seen))
    size = _size(picture.width, picture.height, wanted)
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    if wanted.form == "jpeg":
        picture.save(out, "JPEG", quality=wanted.quality)
    else:
        picture.save(out, "PNG", compress_level=3)
    return out.getvalue()


def _grey(values: Values, grey: Grey, *, inverse: bool) -> Values:
    x = values.astype(np.float32) * grey.slope + grey.intercept
    if grey.modality is not None:
        x = _looked_up(values, grey.modality)
    centre, width, function = grey.centre, grey.width, grey.function
    if width <= 0 and grey.voi is not None:
        y = _looked_up(x, grey.voi) / grey.voi.most
    else:
        if width <= 0:
            low, high = float(x.min()), float(x.max())
            centre, width, function = (low + high) / 2, max(high - low, 1e-6), VoiFunction.LINEAR_EXACT
        y = _windowed(x, centre, width, function)
    levels = np.rint(np.clip(y, 0.0, 1.0) * 255).astype(np.uint8)
    return np.asarray(255 - levels) if inverse != grey.invert else levels


def _looked_up(x: Values, table: Table) -> Values:
    """What lies outside the table is its nearest entry."""
    entries = np.frombuffer(table.entries, "<u2")
    at = np.clip(np.rint(x).astype(np.int64) - table.first, 0, len(entries) - 1)
    return entries[at].astype(np.float32)


def _windowed(x: Values, centre: float, width: float, function: VoiFunction) -> Values:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3, onto 0…1."""
    match function:
        case VoiFunction.SIGMOID:
            return np.asarray(1 / (1 + np.exp(np.clip(-4 * (x - centre) / width, -60, 60))))
        case VoiFunction.LINEAR_EXACT:
            return (x - centre) / width + 0.5
        case _:
            return (x - (centre - 0.5)) / max(width - 1, 1e-6) + 0.5


def _size(width: int, height: int, wanted: Picture) -> tuple[int, int]:
    """With square pixels, and within what is wanted."""
    tall = height * wanted.aspect
    scale = min(1.0, wanted.width / width if wanted.width else 1.0, wanted.height / tall if wanted.height else 1.0)
    return max(1, round(width * scale)), max(1, round(tall * scale))
