"""The videos of the probe as DICOM: what was sent as H.264 goes in as it was sent; what was not is made anew where this
machine has an encoder. What cannot be said in DICOM is listed with the reason."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import av

from recordings.dicom import FRAGMENT_MOST, Filmed, Occasion, video, video_file
from recordings.export.film import Film, can_encode, examine, head, transcode
from recordings.export.pack import Bundle, Progress
from recordings.export.sealed import Sealed, Workplace, plain_chunks
from recordings.export.whose import Played
from signalling.vocabulary import Purpose

FRAME_COST: Final = 1_000_000  # what a frame made anew costs, in bytes copied
_MADE: Final = "video.mp4"


@dataclass(frozen=True)
class NoVideo:
    """Why a run of the probe is not in DICOM: `no_encoder`, `too_large`, `unreadable`."""

    run: int
    reason: str


def filmed_probes(sealed: Sealed) -> list[Played]:
    return [one for one in sealed.played if one.is_video and one.purpose is Purpose.PROBE]


def put_videos(
    sealed: Sealed, occasion: Occasion, work: Workplace, into: tuple[Bundle, Progress], began: int
) -> list[NoVideo]:
    """Each as `dicom/video/<run>.dcm`. `began`: Unix µs at session time 0. Gives what is not in it."""
    left_out = []
    for one in filmed_probes(sealed):
        try:
            _put(sealed, one, occasion, work, into, began)
        except _NotSaid as reason:
            left_out.append(NoVideo(one.track.run, str(reason)))
        except av.FFmpegError:
            left_out.append(NoVideo(one.track.run, "unreadable"))
        finally:
            work.drop(_MADE)
    return left_out


class _NotSaid(Exception):  # noqa: N818 - the reason
    pass


def _put(
    sealed: Sealed, one: Played, occasion: Occasion, work: Workplace, into: tuple[Bundle, Progress], began: int
) -> None:
    bundle, progress = into
    with sealed.open(one) as file:
        sent = examine(file)
    if not sent.frames:
        raise _NotSaid("unreadable")
    film = sent if sent.fit else _made_anew(sealed, one, sent, work, progress)
    whole = sealed.open(one) if sent.fit else work.read(_MADE)
    if whole.size > FRAGMENT_MOST:
        whole.close()
        raise _NotSaid("too_large")
    ds = video(occasion, _filmed(one, film, whole.size, began, made_anew=not sent.fit))
    bundle.put(f"dicom/video/{one.track.run:04}.dcm", video_file(ds, whole.size, plain_chunks(whole)))


def _made_anew(sealed: Sealed, one: Played, sent: Film, work: Workplace, progress: Progress) -> Film:
    if not can_encode():
        raise _NotSaid("no_encoder")
    writer = work.write(_MADE, head(sent.frames))
    try:
        with sealed.open(one) as file:
            transcode(file, writer, sent.frames, lambda: progress.add(FRAME_COST))
        writer.close()
    finally:
        writer.discard()
    with work.read(_MADE) as file:
        return examine(file)


def _filmed(one: Played, film: Film, size: int, began: int, *, made_anew: bool) -> Filmed:
    return Filmed(
        run=one.track.run,
        track=one.track.track,
        person=one.person,
        at=datetime.fromtimestamp((began + one.track.t0) / 1_000_000, UTC).astimezone(),
        width=film.width,
        height=film.height,
        frames=film.frames,
        seconds=film.seconds,
        size=size,
        codec=one.track.codec,
        made_anew=made_anew,
    )
