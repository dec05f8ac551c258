"""`…/replays/{replay}/…`: the state at a time, the fast lane of a stretch, what to jump to."""

from typing import Final

import msgspec
from aiohttp import web

from recordings import ArchiveError, LogDamaged, NotAuthentic, Snapshot, nearest
from recordings.replay.fast import fast_lane
from recordings.replay.markers import Marker, markers
from sefaw_rtc.errors import NotReady, UserError
from sefaw_rtc.service.blinding import is_blind
from sefaw_rtc.service.replay_reading import Archive, told
from sefaw_rtc.service.replays import SEAL_SOON_S
from sefaw_rtc.web import bodies
from sefaw_rtc.web.api_replays import replay_of
from sefaw_rtc.web.callers import SERVICES
from signalling.canonical import MAX_INTEGER, state_hash
from signalling.ids import ConsultationId
from signalling.state import State
from signalling.vocabulary import ErrorCode

STRETCH_US: Final = 60_000_000  # of the fast lane at once: all packets of that time are opened for it
_DIGITS: Final = 16
_LINES: Final = msgspec.json.Encoder()


async def snapshot(request: web.Request) -> web.Response:
    """`GET …/snapshots/{t}`: the last one at or before `t`; the empty state where there is none, and for who reviews
    blind: kept ones name people."""
    replays, replay = request.app[SERVICES].replays, await replay_of(request)
    t = time_of(request.match_info["t"])
    if is_blind(request.app[SERVICES], replay.who, replay.consultation):
        return bodies.json(_nothing())
    with replays.one(replay):
        found = await replays.off_loop(lambda: _nearest(replays.archive, replay.consultation, t))
    return bodies.json(found)


async def fast(request: web.Request) -> web.Response:
    """`GET …/fast?from=&to=`: one message a line."""
    replays, replay = request.app[SERVICES].replays, await replay_of(request)
    t_from, t_to = time_of(request.query.get("from", "")), time_of(request.query.get("to", ""))
    if not t_from <= t_to <= t_from + STRETCH_US:
        raise UserError(ErrorCode.MALFORMED, f"from and to: at most {STRETCH_US} µs")
    with replays.one(replay):
        lines = await replays.off_loop(lambda: _fast(replays.archive, replay.consultation, t_from, t_to))
    return web.Response(body=lines, content_type="application/x-ndjson", headers={"Cache-Control": "no-store"})


async def jumps(request: web.Request) -> web.Response:
    """`GET …/markers`."""
    replays, replay = request.app[SERVICES].replays, await replay_of(request)
    with replays.one(replay):
        found = await replays.off_loop(lambda: _markers(replays.archive, replay.consultation))
    return bodies.json(found)


def time_of(text: str) -> int:
    """µs. Raises UserError."""
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS or int(text) > MAX_INTEGER:
        raise UserError(ErrorCode.MALFORMED, "a time is a whole number of µs")
    return int(text)


def _nearest(archive: Archive, consultation: ConsultationId, t: int) -> Snapshot:
    """Snapshots that cannot be read cost time, nothing else: then it is folded from the beginning."""
    empty = _nothing()
    if not archive.has_key(consultation):
        return empty
    try:
        return nearest(archive.folder(consultation), consultation, archive.key(consultation), t) or empty
    except (LogDamaged, NotAuthentic):
        return empty
    except ArchiveError as error:
        raise told(error) from None


def _nothing() -> Snapshot:
    return Snapshot(seq=0, t=0, hash=state_hash(State()), state=State())


def _fast(archive: Archive, consultation: ConsultationId, t_from: int, t_to: int) -> bytes:
    if not archive.has_key(consultation):
        return b""
    try:
        lane = fast_lane(archive.folder(consultation), consultation, archive.key(consultation), t_from, t_to)
        return _LINES.encode_lines(list(lane))
    except ArchiveError as error:
        raise told(error) from None


def _markers(archive: Archive, consultation: ConsultationId) -> list[Marker]:
    found = archive.read(consultation)
    if found is None:
        raise NotReady("the seal", retry_after_s=SEAL_SOON_S)
    return markers(found.manifest, found.events)
