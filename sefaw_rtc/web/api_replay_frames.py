"""`…/replays/{replay}/tracks/{run}/frames`: which frame a video shows at a time of its file, as live pages named it."""

from aiohttp import web

from recordings import ArchiveError
from recordings.frame_keys import KeyedFrames, keys_of, read_frame_keys
from sefaw_rtc.errors import NotFound
from sefaw_rtc.service.replay_reading import told
from sefaw_rtc.service.replays import Replay, Replays
from sefaw_rtc.web import bodies
from sefaw_rtc.web.api_replay_moments import time_of
from sefaw_rtc.web.api_replays import replay_of
from sefaw_rtc.web.callers import SERVICES


async def read(request: web.Request) -> web.Response:
    """`GET …/frames?t=` (µs of the file): that frame and those around it. 404 for sound, and for what was sealed before
    there were such lists."""
    replays, replay = request.app[SERVICES].replays, await replay_of(request)
    run, t = request.match_info["run"], time_of(request.query.get("t", ""))
    with replays.one(replay):
        found = await replays.off_loop(lambda: _read(replays, replay, run, t))
    return bodies.json(found)


def _read(replays: Replays, replay: Replay, run: str, t: int) -> KeyedFrames:
    """Raises UserError."""
    name = keys_of(replay.track(run).file)
    folder = replays.archive.folder(replay.consultation)
    if not (folder / name).is_file():
        raise NotFound("the frames of the track")
    try:
        return read_frame_keys(folder, name, replay.consultation, replays.archive.key(replay.consultation), t)
    except ArchiveError as error:
        raise told(error) from None
