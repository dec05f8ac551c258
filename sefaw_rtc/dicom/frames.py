"""Frames and pictures as they go out: asked of a source, judged by `serve.py`, and where need be decoded or compressed
in the workshop. What was made of them is kept within a bound.
"""

import asyncio
import base64
import binascii
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import msgspec
from pydicom import uid

from sefaw_rtc.dicom.cache import Cache
from sefaw_rtc.dicom.grey import aspect_of, grey_of
from sefaw_rtc.dicom.imaging import Imaging, NoImageError, imaging_of
from sefaw_rtc.dicom.jobs import Job, Palette, Picture
from sefaw_rtc.dicom.port import DicomJson, EncodedFrame, InstanceRef, NoSuchPictureError, Source
from sefaw_rtc.dicom.serve import NATIVE, Decoded, HowToServe, Refused, Stored, Why, how_to_serve
from sefaw_rtc.dicom.workshop import UndecodableError, Workshop
from signalling.vocabulary import VoiFunction

ANY: Final = "*"  # whatever a browser shows rightly, as small as it can be
EXPLICIT: Final = str(uid.ExplicitVRLittleEndian)
JPEG_LS: Final = str(uid.JPEGLSLossless)
BULK: Final = "bulkdata/"  # begins every BulkDataURI of a source's metadata
THUMBNAIL: Final = 160  # px
WORTH_COMPRESSING: Final = 16_384  # bytes: below, the round trip costs more than the bytes
_LOOK_IN_THREAD: Final = 4_194_304  # bytes of a frame whose bits are not looked at on the loop (> 3 ms)
_KNOWN: Final = 4096  # instances whose pixel description is remembered, under 1 kB each


class How(StrEnum):
    """What was done to a frame."""

    STORED = "stored"
    COMPRESSED = "compressed"  # the same values, lossless
    DECODED = "decoded"


@dataclass(frozen=True, slots=True)
class Served:
    """One frame as it goes out. `why` it was decoded."""

    data: bytes
    transfer_syntax: str
    how: How
    why: Why | None = None


class NotShownError(Exception):
    """There is a picture, and it is not shown because it might be wrong."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class NotAvailableError(Exception):
    """Not in the transfer syntax that was asked for."""


@dataclass(frozen=True, slots=True)
class View:
    """How a rendered picture is wanted (PS3.18 8.3.5). None = as the instance says; sizes in px, 0 = as it is."""

    form: str = "jpeg"
    window: tuple[float, float, VoiFunction] | None = None
    width: int = 0
    height: int = 0
    region: tuple[int, int, int, int] | None = None
    quality: int = 85


@dataclass(frozen=True, slots=True)
class _Known:
    image: Imaging
    palette: Palette | None


class Frames:
    """For all sources. `kept_bytes` bounds what is remembered of frames, an eighth of it of thumbnails."""

    def __init__(self, workshop: Workshop, kept_bytes: int) -> None:
        self._workshop = workshop
        self._made: Cache[Served] = Cache(kept_bytes, lambda one: len(one.data))
        self._thumbnails: Cache[bytes] = Cache(max(1, kept_bytes // 8), len)
        self._known: Cache[_Known] = Cache(_KNOWN, lambda _one: 1)

    async def frame(self, source: Source, ref: InstanceRef, number: int, syntax: str = ANY) -> Served:
        """Raises NoSuchPictureError, NotShownError, NotAvailableError, UndecodableError, BusyError and the source's."""
        known = await self._describe(source, ref)
        if not 1 <= number <= known.image.frames:
            raise NoSuchPictureError("no such frame")
        if syntax in {ANY, EXPLICIT, JPEG_LS}:
            key = (source.kind, ref, number, syntax)
            return await self._made.get(key, lambda: self._serve(source, ref, number, syntax, known))
        return await self._serve(source, ref, number, syntax, known)

    async def picture(self, source: Source, ref: InstanceRef, number: int, view: View) -> bytes:
        """JPEG or PNG. Raises what `frame` raises."""
        known = await self._describe(source, ref)
        if not 1 <= number <= known.image.frames:
            raise NoSuchPictureError("no such frame")
        (dataset,) = await source.metadata(ref.study, ref.series, ref.instance)
        (encoded,) = await source.frames(ref, [number])
        image = replace(known.image, transfer_syntax=encoded.transfer_syntax)
        how = await _judge(image, encoded.data)
        if isinstance(how, Refused):
            raise NotShownError(how.why)
        grey = grey_of(dataset, number)
        if view.window is not None:
            centre, width, function = view.window
            grey = msgspec.structs.replace(grey, centre=centre, width=width, function=function)
        picture = Picture(
            form="png" if view.form == "png" else "jpeg",
            grey=grey,
            width=view.width,
            height=view.height,
            region=_within(view.region, image),
            quality=view.quality,
            aspect=aspect_of(dataset),
        )
        return await self._do(Job("picture", image, encoded.data, known.palette, picture))

    async def thumbnail(self, source: Source, ref: InstanceRef, number: int) -> bytes:
        """A JPEG of at most 160 px."""
        view = View(width=THUMBNAIL, height=THUMBNAIL, quality=75)
        key = (source.kind, ref, number)
        return await self._thumbnails.get(key, lambda: self.picture(source, ref, number, view))

    async def judge(self, source: Source, ref: InstanceRef) -> HowToServe:
        """How the first frame goes out. Raises NoSuchPictureError if there is no picture in it."""
        known = await self._describe(source, ref)
        (encoded,) = await source.frames(ref, [1])
        return await _judge(replace(known.image, transfer_syntax=encoded.transfer_syntax), encoded.data)

    async def close(self) -> None:
        await self._workshop.close()

    # ---- making them ------------------------------------------------------------------------------------------------

    async def _serve(self, source: Source, ref: InstanceRef, number: int, syntax: str, known: _Known) -> Served:
        (encoded,) = await source.frames(ref, [number])
        stored = _named(encoded)
        if syntax not in {ANY, EXPLICIT, JPEG_LS}:
            if syntax != stored:
                raise NotAvailableError(stored)
            return Served(encoded.data, stored, How.STORED)
        image = replace(known.image, transfer_syntax=encoded.transfer_syntax)
        how = await _judge(image, encoded.data)
        if isinstance(how, Refused):
            raise NotShownError(how.why)
        form = _form(how, image, stored, syntax)
        if form == stored and isinstance(how, Stored):
            return Served(
                encoded.data[: image.native_bytes] if stored == EXPLICIT else encoded.data, stored, How.STORED
            )
        data = await self._do(Job("jpeg_ls" if form == JPEG_LS else "native", image, encoded.data, known.palette))
        if isinstance(how, Decoded):
            return Served(data, form, How.DECODED, how.why)
        return Served(data, form, How.COMPRESSED if form == JPEG_LS else How.DECODED)

    async def _do(self, job: Job) -> bytes:
        try:
            return await self._workshop.do(job)
        except UndecodableError:
            raise NotShownError(Why.DAMAGED) from None

    async def _describe(self, source: Source, ref: InstanceRef) -> _Known:
        return await self._known.get((source.kind, ref), lambda: _described(source, ref))


async def _judge(image: Imaging, frame: bytes) -> HowToServe:
    if len(frame) > _LOOK_IN_THREAD:
        return await asyncio.to_thread(how_to_serve, image, frame)
    return how_to_serve(image, frame)


def _named(encoded: EncodedFrame) -> str:
    """The transfer syntax of a stored frame by itself: how the dataset around it was written does not matter to it."""
    return EXPLICIT if encoded.transfer_syntax in NATIVE else encoded.transfer_syntax


def _form(how: HowToServe, image: Imaging, stored: str, wanted: str) -> str:
    """The transfer syntax to serve. Raises `NotAvailableError`."""
    if wanted == EXPLICIT:
        return EXPLICIT
    compresses = _compresses(image)
    if wanted == JPEG_LS:
        if not compresses:
            raise NotAvailableError(stored)
        return JPEG_LS
    if isinstance(how, Stored) and stored != EXPLICIT:
        return stored
    large = image.rows * image.columns * image.samples * (image.bits_allocated // 8) >= WORTH_COMPRESSING
    return JPEG_LS if compresses and large else EXPLICIT


def _compresses(image: Imaging) -> bool:
    """Whether JPEG-LS holds what is shown of it, bit for bit, as browsers read it."""
    if image.colour:
        return True
    if image.bits_allocated == 8:
        return image.bits_stored == 8 and not image.signed
    return image.bits_allocated == 16 and image.bits_stored > 8


def _within(region: tuple[int, int, int, int] | None, image: Imaging) -> tuple[int, int, int, int] | None:
    """What of it lies in the picture. Raises `NoSuchPictureError` if nothing does."""
    if region is None:
        return None
    left, top = max(0, region[0]), max(0, region[1])
    width, height = min(image.columns, region[0] + region[2]) - left, min(image.rows, region[1] + region[3]) - top
    if width < 1 or height < 1:
        raise NoSuchPictureError("nothing of the picture is there")
    return left, top, width, height


async def _described(source: Source, ref: InstanceRef) -> _Known:
    (dataset,) = await source.metadata(ref.study, ref.series, ref.instance)
    try:
        image = imaging_of(dataset)
    except NoImageError as error:
        raise NoSuchPictureError(str(error)) from None
    palette = await _palette(source, ref, dataset) if image.photometric == "PALETTE COLOR" else None
    return _Known(image, palette)


async def _palette(source: Source, ref: InstanceRef, dataset: DicomJson) -> Palette:
    segmented = "00281201" not in dataset
    tables = ("00281221", "00281222", "00281223") if segmented else ("00281201", "00281202", "00281203")
    descriptors = [dataset.get(tag, {}).get("Value", []) for tag in ("00281101", "00281102", "00281103")]
    if any(len(one) != 3 or not all(isinstance(number, int) for number in one) for one in descriptors):
        raise NoSuchPictureError("its palette is not described")
    return Palette(descriptors, [await _binary(source, ref, dataset, tag) for tag in tables], segmented)


async def _binary(source: Source, ref: InstanceRef, dataset: DicomJson, tag: str) -> bytes:
    element = dataset.get(tag, {})
    if "BulkDataURI" in element:
        return await source.bulk(ref, str(element["BulkDataURI"]).removeprefix(BULK))
    try:
        return base64.b64decode(element.get("InlineBinary", ""), validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise NoSuchPictureError("its palette cannot be read") from None
