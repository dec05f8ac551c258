"""`…/replays/{replay}/tracks/{run}`: a sealed file as a browser plays it. Ranges (RFC 9110 14) are opened on demand; in
memory is one piece, whatever the length of the file.

An answer to a range is at most one piece, as RFC 9110 15.3.7 allows: the connection is free again while the player has
enough, of the six that a browser has for all tracks. A piece ends before a place that is damaged, so that everything
before it plays.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web

from recordings import ArchiveError
from recordings.files import CHUNK, SealedFile
from sefaw_rtc.errors import NotFound
from sefaw_rtc.service.replay_reading import told
from sefaw_rtc.service.replays import Replay, Replays
from sefaw_rtc.web import problems
from sefaw_rtc.web.api_replays import replay_of
from sefaw_rtc.web.callers import SERVICES
from sefaw_rtc.web.ranges import asked_range
from sefaw_rtc.web.streamed import streamed
from signalling.vocabulary import ErrorCode

PIECE: Final = 4 * CHUNK


async def read(request: web.Request) -> web.StreamResponse:
    """`GET` and `HEAD`."""
    replays, replay = request.app[SERVICES].replays, await replay_of(request)
    with replays.one(replay):
        found = await replays.off_loop(lambda: _open(replays, replay, request.match_info["run"]))
        try:
            return await _answer(request, replays, found, replay)
        finally:
            found.file.close()


@dataclass(frozen=True)
class _Found:
    file: SealedFile
    media_type: str
    tag: str

    def headers(self, length: int) -> dict[str, str]:
        return {
            "Content-Type": self.media_type,
            "Content-Length": str(length),
            "Accept-Ranges": "bytes",
            "ETag": self.tag,
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
        }


def _open(replays: Replays, replay: Replay, text: str) -> _Found:
    """Raises UserError."""
    track = replay.track(text)
    consultation, archive = replay.consultation, replays.archive
    path = archive.folder(consultation) / track.file
    if not path.is_file():
        raise NotFound("the file of the track")
    key = archive.key(consultation)
    try:
        file = SealedFile(path, consultation, track.file, key)
    except ArchiveError as error:
        raise told(error) from None
    suffix = track.file.rpartition(".")[2]
    # The name of these bytes: the file is written once, and its salt is in its beginning.
    return _Found(file, f"{track.kind}/{suffix}", f'"{path.stat().st_ino:x}-{path.stat().st_mtime_ns:x}"')


async def _answer(request: web.Request, replays: Replays, found: _Found, replay: Replay) -> web.StreamResponse:
    size = found.file.size
    asked = asked_range(request, found.tag, size)
    if asked is None:
        return await _whole(request, replays, found, replay)
    start, stop = asked
    if start >= stop:
        refusal = problems.problem(ErrorCode.MALFORMED, "range", HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        refusal.headers["Content-Range"] = f"bytes */{size}"
        return refusal
    data = await replays.off_loop(lambda: _piece(found.file, start, min(stop - start, PIECE)))
    headers = found.headers(len(data)) | {"Content-Range": f"bytes {start}-{start + len(data) - 1}/{size}"}
    response = web.StreamResponse(status=HTTPStatus.PARTIAL_CONTENT, headers=headers)
    async with streamed(request, response) as write:
        if request.method != "HEAD":
            await write(data)
    return response


async def _whole(request: web.Request, replays: Replays, found: _Found, replay: Replay) -> web.StreamResponse:
    size = found.file.size
    data = b"" if request.method == "HEAD" else await replays.off_loop(lambda: _piece(found.file, 0, PIECE))
    response = web.StreamResponse(headers=found.headers(size))
    async with streamed(request, response) as write:
        at = 0
        while data:
            await write(data)
            at += len(data)
            replay.refuse_if_cut()
            data = await replays.off_loop(lambda at=at: _piece(found.file, at, PIECE))  # type: ignore[misc]
    return response


def _piece(file: SealedFile, start: int, most: int) -> bytes:
    """As much of it as is good; raises UserError if nothing is."""
    parts: list[bytes] = []
    at, end = start, min(start + most, file.size)
    while at < end:
        try:
            parts.append(file.read_at(at, min(CHUNK - at % CHUNK, end - at)))
        except ArchiveError as error:
            if not parts:
                raise told(error) from None
            break
        at += len(parts[-1])
    return b"".join(parts)
