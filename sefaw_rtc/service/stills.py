"""Stills: a frame of live video becomes an instance of the consultation's folder, and everybody's picture. The
publisher's own picture comes as a PNG; what was transmitted is decoded where there is none.

Off the loop: decoding, encoding, the disk. The heart hears of it once the file is whole and kept.
"""

import asyncio
import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image
from pydicom import Dataset

from recordings.dicom import Occasion, Origin, Pixels, Transmitted, part10, picture_of, still
from sefaw_rtc import logs
from sefaw_rtc.attachments import pictures, reading
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Bringer, Folder
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.occasions import occasion_of, wall_time
from sefaw_rtc.service.sharing import Described
from signalling.ids import InstitutionId, ParticipantId
from signalling.looking import FrameKey, Picture
from signalling.looking_state import FreezeState
from signalling.state import State
from signalling.vocabulary import ErrorCode, PictureFault, PictureSource

MOST_PIXELS: Final = 3840 * 2160  # 4K: 25 MB decoded. Machines send 0.3 to 2 million

_CODES: Final = {
    PictureFault.STORAGE_FULL: ErrorCode.STORAGE_FULL,
    PictureFault.TOO_MANY: ErrorCode.TOO_MANY,
    PictureFault.TOO_LARGE: ErrorCode.TOO_LARGE,
}

log = logs.get("service")


class NoPicture(Exception):  # noqa: N818 - says what it is
    """Not a PNG, damaged, or larger than it may be. The message is for developers."""


@dataclass(frozen=True, slots=True)
class _Freeze:
    """All that a still is of."""

    occasion: Occasion
    origin: Origin
    publisher: ParticipantId


class Stills:
    """One per server."""

    def __init__(self, folder: Folder, pictures: Described) -> None:
        self._folder = folder
        self._pictures = pictures

    async def keep_png(self, host: Host, freeze: FreezeState, rtp: int, data: bytes) -> Picture:
        """The publisher's own picture of the frame that `rtp` names. Raises NoPicture, and what `keep` raises."""
        pixels = await asyncio.to_thread(pixels_of, data)
        return await self.keep(host, freeze, rtp, pixels)

    async def keep(
        self, host: Host, freeze: FreezeState, rtp: int, pixels: Pixels, transmitted: Transmitted | None = None
    ) -> Picture:
        """Keep it, share it, and open it on all sides. Raises UserError; then nothing of it is in the consultation."""
        found = _freeze(host, freeze, rtp, transmitted)
        made = await asyncio.to_thread(still, pixels, found.occasion, found.origin)
        await asyncio.to_thread(self._store, host, found, made)
        heart, picture = host.consultation.looking, picture_of(found.occasion, found.origin)
        study, series = await self._pictures.describe(picture.study, PictureSource.FOLDER, None)
        brought = found.publisher if _is_here(host.state, found.publisher) else ParticipantId(0)
        host.act(lambda now: heart.handle_share(now, brought, study, series, ours=True))
        late, frame = transmitted is not None, found.origin.frame
        host.act(lambda now: heart.handle_frozen(now, freeze.key, picture, frame, as_transmitted=late))
        return picture

    def _store(self, host: Host, found: _Freeze, made: Dataset) -> None:
        holder = found.occasion.requester or found.origin.publisher
        try:
            self._keep(host, part10(made), holder.institution)
        except PictureRefused as refused:
            log.warning("still not kept", consultation=host.id, reason=refused.fault)
            raise UserError(_CODES.get(refused.fault, ErrorCode.CONFLICT), "the still is refused") from None

    def _keep(self, host: Host, data: bytes, institution: InstitutionId) -> None:
        """Held by who asked for the consultation, whoever publishes: one study has one holder."""
        incoming = self._folder.incoming()
        try:
            incoming.write(data, len(data))
            incoming.keep(Bringer(institution, host.id))
            self._folder.settle()
        finally:
            incoming.drop()


def pixels_of(data: bytes) -> Pixels:
    """A PNG as 8-bit RGB, or grey if it is that. Raises NoPicture, never anything else: its size and its chunks are
    checked before anything is unpacked, and exactly its pixels are."""
    try:
        if not data.startswith(b"\x89PNG\r\n\x1a\n"):
            raise NoPicture("not a PNG")
        size = pictures.png(data)
        if size.width * size.height > MOST_PIXELS:
            raise NoPicture("dimensions")
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            return np.asarray(image if image.mode == "L" else image.convert("RGB"), np.uint8)
    except (reading.Damaged, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise NoPicture(type(error).__name__) from None


def _freeze(host: Host, freeze: FreezeState, rtp: int, transmitted: Transmitted | None) -> _Freeze:
    """UserError if its track is gone. The still's number is the second of the consultation: always the same, rising."""
    track = next((one for one in host.state.tracks if one.track == freeze.frame.track), None)
    seat = next((one for one in host.state.participants if track and one.participant == track.participant), None)
    if track is None or seat is None:
        raise UserError(ErrorCode.NOT_FOUND, "track")
    started = host.clock.started_unix_us
    origin = Origin(
        key=freeze.key,
        number=freeze.t // 1_000_000 + 1,
        frame=FrameKey(track=track.track, rtp=rtp),
        purpose=track.purpose,
        publisher=seat.person,
        at=wall_time(started + freeze.t),
        transmitted=transmitted,
    )
    return _Freeze(occasion_of(host.id, host.state, started), origin, seat.participant)


def _is_here(state: State, participant: ParticipantId) -> bool:
    return any(one.participant == participant for one in state.participants)
