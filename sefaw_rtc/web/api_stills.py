"""`POST /api/consultations/{id}/stills/{key}`: the publisher's own picture of a frame that somebody froze, as a PNG.

From whoever publishes that track, and only until its still is there. `?rtp=` says which frame it is where the asked one
was gone. What is no picture is no answer: then what was transmitted is decoded.
"""

from aiohttp import web

from sefaw_rtc.access import Action, Resource, require
from sefaw_rtc.errors import Conflict, NotFound, UserError
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.stills import NoPicture
from sefaw_rtc.web import bodies
from sefaw_rtc.web.api_attachments import Uploads
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.ids import ConsultationId, ParticipantId
from signalling.looking_state import FreezeState
from signalling.vocabulary import ErrorCode, FreezeFault

UPLOAD_S = 30.0  # as long as the heart waits: `policy.freeze_upload_us`
STILLS_ON_THEIR_WAY = web.AppKey("stills_on_their_way", Uploads)
_RTP_MOST = 0xFFFF_FFFF


async def store(request: web.Request) -> web.Response:
    """201 with the picture that everybody sees now."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    consultation = ConsultationId(request.match_info["id"])
    host, registry = services.registry.get(consultation), services.registry
    resource = host.resource() if host else registry.closed_resource(consultation)
    require(session.subject, Action.STORE_STILL, resource or Resource(consultation=consultation), unix_s())
    if host is None:
        raise UserError(ErrorCode.CONSULTATION_CLOSED)
    me = next((p.participant for p in host.state.participants if p.person.account == session.account.id), None)
    if me is None:
        raise UserError(ErrorCode.OUT_OF_STATE, "join first")
    return await receive(request, host, me)


async def receive(request: web.Request, host: Host, me: ParticipantId) -> web.Response:
    """Take the picture of a freeze from whoever publishes its track. UserError as `store`."""
    services = request.app[SERVICES]
    bodies.refuse_other_type(request, "image/png")
    freeze = _open_freeze(host, request.match_info["key"])
    rtp = _rtp(request, freeze)
    host.act(lambda now: host.consultation.looking.handle_still_coming(now, me, freeze.key))
    with request.app[STILLS_ON_THEIR_WAY].one(host.id):
        data = await bodies.read(request, services.config.limits.still_bytes, UPLOAD_S)
        try:
            return bodies.json(await services.stills.keep_png(host, freeze, rtp, data), 201)
        except NoPicture as none:
            _give_up(host, me, freeze)
            raise UserError(ErrorCode.MALFORMED, f"no picture: {none}") from None
        except UserError as error:
            if error.code is ErrorCode.STORAGE_FULL:
                _fail(host, freeze)
            raise


def _open_freeze(host: Host, key: str) -> FreezeState:
    """One that was asked for and is not there yet. Raises NotFound, Conflict."""
    freeze = next((one for one in host.state.looking.freezes if one.key == key), None)
    if freeze is None:
        raise NotFound("freeze")
    if freeze.picture is not None:
        raise Conflict("its still is there already")
    return freeze


def _rtp(request: web.Request, freeze: FreezeState) -> int:
    said = request.query.get("rtp")
    if said is None:
        return freeze.frame.rtp
    if not said.isascii() or not said.isdigit() or int(said[:11]) > _RTP_MOST:
        raise UserError(ErrorCode.MALFORMED, "rtp")
    return int(said)


def _give_up(host: Host, me: ParticipantId, freeze: FreezeState) -> None:
    """As if the publisher had said that it has none."""
    host.act(lambda now: host.consultation.looking.handle_decline_freeze(now, me, freeze.key))


def _fail(host: Host, freeze: FreezeState) -> None:
    fail = host.consultation.looking.handle_freeze_failed
    host.act(lambda now: fail(now, freeze.key, FreezeFault.STORAGE_FULL))
