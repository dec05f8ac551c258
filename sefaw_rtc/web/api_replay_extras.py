"""`…/replays/{replay}/speech` and `…/thumbnails/{run}/{index}.jpg`: made of the tracks when a replay is opened; until
they are there, `not_ready` with the seconds to wait."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from recordings import ArchiveError
from recordings.files import SealedFile
from recordings.replay.preparing import SPEECH, pictures_of
from recordings.replay.speech import STEP_US, Speech
from recordings.replay.thumbnails import picture
from sefaw_rtc.errors import NotFound, NotReady, UserError
from sefaw_rtc.service.replay_reading import told
from sefaw_rtc.service.replays import Replay, Replays
from sefaw_rtc.web import bodies
from sefaw_rtc.web.api_replays import replay_of
from sefaw_rtc.web.callers import SERVICES
from signalling.vocabulary import ErrorCode

SOON_S: Final = 3
_DIGITS: Final = 4  # of a picture's number
_SUFFIX: Final = ".jpg"


async def speech(request: web.Request) -> web.Response:
    """`GET …/speech`."""
    replays, replay = request.app[SERVICES].replays, await replay_of(request)
    if not replay.course.recorded:
        return bodies.json(Speech(step_us=STEP_US, people=[]))
    with replays.one(replay):
        text = await replays.off_loop(lambda: _whole(replays, replay))
    return web.Response(body=text, content_type="application/json", headers={"Cache-Control": "no-store"})


async def thumbnail(request: web.Request) -> web.Response:
    """`GET …/thumbnails/{run}/{index}.jpg`: 204 where there is no picture at that time."""
    replays, replay = request.app[SERVICES].replays, await replay_of(request)
    run = replay.track(request.match_info["run"]).run
    number = _number(request.match_info["index"])
    with replays.one(replay):
        data = await replays.off_loop(lambda: _picture(replays, replay, run, number))
    if not data:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})
    return web.Response(body=data, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _number(text: str) -> int:
    name = text.removesuffix(_SUFFIX)
    if name == text or not name.isascii() or not name.isdigit() or len(name) > _DIGITS:
        raise NotFound("picture")
    return int(name)


def _whole(replays: Replays, replay: Replay) -> bytes:
    with _open(replays, replay, SPEECH, 0) as file:
        try:
            return file.read()
        except ArchiveError as error:
            raise told(error) from None


def _picture(replays: Replays, replay: Replay, run: int, number: int) -> bytes:
    with _open(replays, replay, pictures_of(run), run) as file:
        try:
            return picture(file, number) or b""
        except ArchiveError as error:
            raise told(error) from None


def _open(replays: Replays, replay: Replay, name: str, run: int) -> SealedFile:
    """Raises UserError; what is not there is asked for."""
    path = replays.archive.folder(replay.consultation) / name
    key = replays.archive.key(replay.consultation)
    if not path.is_file():
        if any(replays.preparing.has_failed(replay.consultation, one) for one in {0, run}):
            raise UserError(ErrorCode.DAMAGED, name)
        raise NotReady(name, retry_after_s=SOON_S)
    try:
        return SealedFile(path, replay.consultation, name, key)
    except ArchiveError as error:
        raise told(error) from None
