"""The routes, each with its action, and what stands before them. A route without an action cannot be added."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps

from aiohttp import web

from sefaw_rtc.access import ANONYMOUS, ROUTE_ACTIONS, SERVER, Action, require
from sefaw_rtc.dicom.frames import Frames
from sefaw_rtc.dicom.workshop import Workshop
from sefaw_rtc.media.port import PeerKind
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.evidence import Evidence
from sefaw_rtc.service.export_service import exports_of
from sefaw_rtc.service.health import Health
from sefaw_rtc.service.pictures_out import PicturesOut
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.streams import Streams
from sefaw_rtc.web import (
    api_admin,
    api_attachments,
    api_consultations,
    api_dicom_doors,
    api_exports,
    api_grants,
    api_keeping,
    api_opinions,
    api_outputs,
    api_patient,
    api_replay_extras,
    api_replay_frames,
    api_replay_list,
    api_replay_moments,
    api_replay_tracks,
    api_replay_watch,
    api_replays,
    api_review_results,
    api_reviews,
    api_running,
    api_session,
    api_stills,
    api_stow,
    api_timeline,
    api_tlog,
    health,
    pages,
    problems,
    stream_freezes,
    streams,
    wire,
)
from sefaw_rtc.web.callers import CALLER, SERVICES, identify
from sefaw_rtc.web.dicom_requests import PICTURES
from sefaw_rtc.web.rates import Buckets

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# What these act on is known only in the handler, which asks `decide()` itself with the real resource.
_ASKS_ITSELF = frozenset(
    {
        Action.READ_METRICS,
        Action.LIST_PATIENTS,
        Action.READ_SUMMARY,
        Action.ATTACH,
        Action.READ_ATTACHMENT,
        Action.READ_PICTURES,
        Action.SEARCH_PICTURES,
        Action.STORE_PICTURES,
        Action.KEEP_PICTURES,
        Action.WRITE_DRAFT,
        Action.SIGN_OPINION,
        Action.ACKNOWLEDGE_OPINION,
        Action.READ_TIMELINE,
        Action.READ_GRANTS,
        Action.GIVE_GRANT,
        Action.READ_OWN_GRANTS,
        Action.TAKE_BACK_OWN,
        Action.STORE_STILL,
        Action.READ_FOLDER,
        Action.EXPORT_DICOM,
        Action.EXPORT_RECORD,
        Action.REPLAY,
        Action.REVIEW,
        Action.READ_KEEPING,
        Action.HOLD_RECORDING,
        Action.ERASE_RECORDING,
        Action.PUBLISH_STREAM,
        Action.WATCH_STREAM,
    }
)
# A Bearer token is the only key of these: a cookie neither helps nor needs a CSRF token.
_WITHOUT_COOKIE = frozenset(
    {
        Action.PUBLISH_STREAM,
        Action.WATCH_STREAM,
        Action.READ_OWN_GRANTS,
        Action.TAKE_BACK_OWN,
        Action.LOAD_PAGE,
        Action.READ_HEALTH,
        Action.READ_TLOG,
        Action.ASK_WITNESS,
    }
)

# Whose `{path}` has slashes in it.
_DEEP = {"/tlog/{path}": "/tlog/{path:.+}"}

HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "/"): pages.index,
    ("GET", "/assets/{path}"): pages.asset,
    ("GET", "/healthz"): health.healthz,
    ("GET", "/readyz"): health.readyz,
    ("GET", "/metrics"): health.metrics,
    ("GET", "/tlog/{path}"): api_tlog.read,
    ("POST", "/tlog/add-checkpoint"): api_tlog.add_checkpoint,
    ("GET", "/wire"): wire.connect,
    ("POST", "/api/session"): api_session.sign_in,
    ("GET", "/api/session"): api_session.read,
    ("DELETE", "/api/session"): api_session.sign_out,
    ("GET", "/api/patients"): api_consultations.patients,
    ("GET", "/api/consultations"): api_consultations.mine,
    ("GET", "/api/consultations/{id}"): api_consultations.summary,
    ("POST", "/api/consultations/{id}/attachments"): api_attachments.attach,
    ("GET", "/api/consultations/{id}/attachments/{sha256}"): api_attachments.read,
    ("POST", "/api/consultations/{id}/stills/{key}"): api_stills.store,
    ("GET", "/api/consultations/{id}/folder"): api_outputs.folder,
    ("GET", "/api/consultations/{id}/dicom-export"): api_outputs.dicom_export,
    ("GET", "/api/consultations/{id}/draft"): api_opinions.read_draft,
    ("PUT", "/api/consultations/{id}/draft"): api_opinions.write_draft,
    ("POST", "/api/consultations/{id}/opinions"): api_opinions.sign,
    ("POST", "/api/consultations/{id}/opinions/{number}/acknowledgement"): api_opinions.acknowledge,
    ("GET", "/api/consultations/{id}/timeline"): api_timeline.read,
    ("GET", "/api/consultations/{id}/grants"): api_grants.read,
    ("POST", "/api/consultations/{id}/grants"): api_grants.give,
    ("DELETE", "/api/consultations/{id}/grants/{key}"): api_grants.revoke,
    ("DELETE", "/api/consultations/{id}/consent"): api_grants.withdraw_consent,
    ("GET", "/api/grants/recipients"): api_grants.recipients,
    ("GET", "/api/grants/mine"): api_grants.mine,
    ("POST", "/api/consultations/{id}/patient-link"): api_patient.link,
    ("GET", "/api/patient-view"): api_patient.read,
    ("DELETE", "/api/patient-view/{key}"): api_patient.revoke,
    ("POST", "/api/consultations/{id}/dicom-web/studies"): api_stow.into_consultation,
    ("POST", "/api/consultations/{id}/dicom-web/studies/{study}"): api_stow.into_consultation,
    ("POST", "/api/dicom-web/studies"): api_stow.into_institution,
    ("POST", "/api/dicom-web/studies/{study}"): api_stow.into_institution,
    ("GET", "/api/admin/institutions"): api_admin.institutions,
    ("POST", "/api/admin/institutions"): api_admin.add_institution,
    ("PATCH", "/api/admin/institutions/{id}"): api_admin.rename_institution,
    ("POST", "/api/admin/institutions/{id}/departments"): api_admin.add_department,
    ("PATCH", "/api/admin/departments/{id}"): api_admin.rename_department,
    ("DELETE", "/api/admin/departments/{id}"): api_admin.remove_department,
    ("GET", "/api/admin/accounts"): api_admin.accounts,
    ("POST", "/api/admin/accounts"): api_admin.add_account,
    ("PATCH", "/api/admin/accounts/{id}"): api_admin.change_account,
    ("PUT", "/api/admin/accounts/{id}/disabled"): api_admin.set_disabled,
    ("POST", "/api/admin/accounts/{id}/password"): api_admin.new_password,
    ("GET", "/api/admin/shifts"): api_admin.shifts,
    ("POST", "/api/admin/shifts"): api_admin.add_shifts,
    ("DELETE", "/api/admin/shifts/{id}"): api_admin.remove_shift,
    ("GET", "/api/admin/consultations"): api_running.running,
    ("POST", "/api/admin/consultations/{id}/end"): api_running.end,
    ("GET", "/api/admin/health"): api_running.health,
    ("GET", "/api/reviews"): api_reviews.worklist,
    ("GET", "/api/reviews/forms"): api_reviews.forms,
    ("GET", "/api/reviews/results"): api_review_results.results,
    ("GET", "/api/reviews/figures"): api_review_results.dashboard,
    ("GET", "/api/reviews/figures.csv"): api_review_results.dashboard_csv,
    ("GET", "/api/reviews/{id}"): api_reviews.read,
    ("GET", "/api/reviews/{id}/notes"): api_reviews.notes,
    ("POST", "/api/reviews/{id}/notes"): api_reviews.answering(api_reviews.take_note),
    ("DELETE", "/api/reviews/{id}/notes/{number}"): api_reviews.answering(api_reviews.remove_note),
    ("POST", "/api/reviews/{id}/cases"): api_reviews.answering(api_reviews.open_case),
    ("POST", "/api/reviews/{id}/cases/{case}/reviews"): api_reviews.answering(api_reviews.begin),
    ("PUT", "/api/reviews/{id}/cases/{case}/reviews/{number}"): api_reviews.answering(api_reviews.save),
    ("POST", "/api/reviews/{id}/cases/{case}/reviews/{number}/submission"): api_reviews.answering(api_reviews.submit),
    ("POST", "/api/reviews/{id}/cases/{case}/adjudication"): api_reviews.answering(api_reviews.adjudicate),
    ("GET", "/api/keeping"): api_keeping.listed,
    ("GET", "/api/keeping/{id}"): api_keeping.one,
    ("POST", "/api/keeping/{id}/hold"): api_keeping.hold,
    ("POST", "/api/keeping/{id}/erasure"): api_keeping.erasure,
    ("POST", "/whip/{consultation}"): streams.post(PeerKind.WHIP),
    ("PATCH", "/whip/{consultation}/{resource}"): streams.patch(PeerKind.WHIP),
    ("DELETE", "/whip/{consultation}/{resource}"): streams.delete(PeerKind.WHIP),
    ("GET", "/whip/{consultation}/{resource}/freezes"): stream_freezes.listen,
    ("POST", "/whip/{consultation}/{resource}/stills/{key}"): stream_freezes.store,
    ("DELETE", "/whip/{consultation}/{resource}/stills/{key}"): stream_freezes.decline,
    ("POST", "/whep/{consultation}"): streams.post(PeerKind.WHEP),
    ("PATCH", "/whep/{consultation}/{resource}"): streams.patch(PeerKind.WHEP),
    ("DELETE", "/whep/{consultation}/{resource}"): streams.delete(PeerKind.WHEP),
    ("POST", "/api/consultations/{id}/exports"): api_exports.begin,
    ("GET", "/api/consultations/{id}/exports/{job}"): api_exports.progress,
    ("DELETE", "/api/consultations/{id}/exports/{job}"): api_exports.cancel,
    ("GET", "/api/consultations/{id}/exports/{job}/file"): api_exports.file,
    ("HEAD", "/api/consultations/{id}/exports/{job}/file"): api_exports.file,
    ("POST", "/api/consultations/{id}/replays"): api_replays.open_,
    ("GET", "/api/replays"): api_replay_list.search,
    ("DELETE", "/api/consultations/{id}/replays/{replay}"): api_replays.close,
    ("GET", "/api/consultations/{id}/replays/{replay}/events"): api_replays.events,
    ("GET", "/api/consultations/{id}/replays/{replay}/tracks/{run}"): api_replay_tracks.read,
    ("HEAD", "/api/consultations/{id}/replays/{replay}/tracks/{run}"): api_replay_tracks.read,
    ("GET", "/api/consultations/{id}/replays/{replay}/tracks/{run}/frames"): api_replay_frames.read,
    ("GET", "/api/consultations/{id}/replays/{replay}/snapshots/{t}"): api_replay_moments.snapshot,
    ("GET", "/api/consultations/{id}/replays/{replay}/fast"): api_replay_moments.fast,
    ("GET", "/api/consultations/{id}/replays/{replay}/markers"): api_replay_moments.jumps,
    ("GET", "/api/consultations/{id}/replays/{replay}/watch"): api_replay_watch.watch,
    ("GET", "/api/consultations/{id}/replays/{replay}/speech"): api_replay_extras.speech,
    ("GET", "/api/consultations/{id}/replays/{replay}/thumbnails/{run}/{index}"): api_replay_extras.thumbnail,
    **{
        ("GET", root + door): handler
        for root in ("/api/consultations/{id}/dicom-web", "/api/dicom-web")
        for door, handler in api_dicom_doors.GET.items()
    },
}


def make_app(services: Services, *, scraper_token: str = "") -> web.Application:
    """The application. It is not started and owns nothing: the services outlive it."""
    limits = services.config.limits
    app = web.Application(
        middlewares=[streams.cors, problems.middleware], client_max_size=max(limits.sdp_bytes, limits.body_bytes)
    )
    app[SERVICES] = services
    app[streams.STREAMS] = Streams(services)
    app[streams.OFFER_RATES] = Buckets(limits.whip_per_minute / 60, max(10, limits.whip_per_minute // 6))
    app[api_attachments.UPLOADS] = api_attachments.Uploads(limits.attachments_at_once)
    app[PICTURES] = PicturesOut(services.sources, Frames(Workshop(limits.decoders), limits.frames_kept_bytes))
    app.on_cleanup.append(_close_pictures)
    app[api_exports.EXPORTS] = exports_of(services)
    app.cleanup_ctx.append(_look_after_exports)
    app[api_stow.PICTURE_UPLOADS] = api_attachments.Uploads(services.config.dicom.uploads_at_once)
    app[api_stills.STILLS_ON_THEIR_WAY] = api_attachments.Uploads(limits.stills_at_once)
    app[health.SCRAPER_TOKEN] = scraper_token
    app[api_running.HEALTH] = Health(services)
    app[api_tlog.EVIDENCE] = Evidence(services.config)
    app[api_patient.RATES] = Buckets(api_patient.PER_SECOND, api_patient.AT_ONCE)
    app[api_tlog.RATES] = Buckets(api_tlog.PER_SECOND, api_tlog.AT_ONCE)
    app[wire.OPEN] = wire.OpenConnections(services)
    for (method, path), handler in HANDLERS.items():
        app.router.add_route(method, _DEEP.get(path, path), guarded(ROUTE_ACTIONS[method, path], handler))
    return app


async def _look_after_exports(app: web.Application) -> AsyncIterator[None]:
    exports = app[api_exports.EXPORTS]
    task = asyncio.get_running_loop().create_task(exports.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await exports.close()


async def _close_pictures(app: web.Application) -> None:
    await app[PICTURES].close()


def guarded(action: Action, handler: Handler) -> Handler:
    """Find out who asks, and ask `decide()`, before the handler runs."""

    @wraps(handler)
    async def guard(request: web.Request) -> web.StreamResponse:
        if action not in _WITHOUT_COOKIE:
            request[CALLER] = await identify(request)
        if action not in _ASKS_ITSELF:
            require(request[CALLER].subject if CALLER in request else ANONYMOUS, action, SERVER, unix_s())
        return await handler(request)

    return guard
