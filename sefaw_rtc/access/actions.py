"""Every action there is, and which one each route and each wire message is. One registry, default deny: what is not
here cannot be reached. Tests hold it to the app's real routes and to `signalling.messages.ClientMessage`."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from signalling import messages as wire
from signalling.vocabulary import AccessKind, AccessPurpose


class Action(StrEnum):
    """What somebody may want to do. The rows of the table in `decide.py`."""

    # anybody
    LOAD_PAGE = "load_page"
    READ_HEALTH = "read_health"
    SIGN_IN = "sign_in"
    OPEN_WIRE = "open_wire"
    PING = "ping"
    READ_TLOG = "read_tlog"
    ASK_WITNESS = "ask_witness"
    # a signed-in account
    READ_SESSION = "read_session"
    SIGN_OUT = "sign_out"
    READ_METRICS = "read_metrics"
    ENTER_LOBBY = "enter_lobby"
    GO_ON_CALL = "go_on_call"
    LIST_PATIENTS = "list_patients"
    LIST_CONSULTATIONS = "list_consultations"
    READ_SUMMARY = "read_summary"
    WRITE_DRAFT = "write_draft"
    SIGN_OPINION = "sign_opinion"
    ACKNOWLEDGE_OPINION = "acknowledge_opinion"
    READ_TIMELINE = "read_timeline"
    # a call
    REQUEST_CONSULTATION = "request_consultation"
    CANCEL_REQUEST = "cancel_request"
    ANSWER_CALL = "answer_call"
    DECLINE_CALL = "decline_call"
    ENTER_CONSULTATION = "enter_consultation"
    # in a consultation
    JOIN = "join"
    RESUME = "resume"
    NEGOTIATE_MEDIA = "negotiate_media"
    PUBLISH_TRACK = "publish_track"
    WATCH_TRACK = "watch_track"
    TELL_MEDIA = "tell_media"
    CHAT = "chat"
    ATTACH = "attach"
    READ_ATTACHMENT = "read_attachment"
    SEND_FAST = "send_fast"
    INVITE = "invite"
    END_CONSULTATION = "end_consultation"
    LEAVE = "leave"
    # looking together
    SHARE_STUDY = "share_study"
    LEAD = "lead"
    GRANT_LEAD = "grant_lead"
    SAY_SHOWING = "say_showing"
    MARK = "mark"
    GUIDE_PROBE = "guide_probe"
    FREEZE = "freeze"
    # recording
    TAKE_CONSENT = "take_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    PAUSE_RECORDING = "pause_recording"
    # what is kept, and who else may see it
    REPLAY = "replay"
    SEARCH_REPLAYS = "search_replays"
    REVIEW_RECORDING = "review_recording"
    EXPORT_RECORD = "export_record"
    COPY_FOR_TEACHING = "copy_for_teaching"
    READ_GRANTS = "read_grants"
    GIVE_GRANT = "give_grant"
    READ_RECIPIENTS = "read_recipients"
    LIST_GRANTED = "list_granted"
    # a patient without an account, by a link that the doctor with them shows
    READ_OWN_GRANTS = "read_own_grants"
    TAKE_BACK_OWN = "take_back_own"
    # pictures
    READ_PICTURES = "read_pictures"
    SEARCH_PICTURES = "search_pictures"
    STORE_PICTURES = "store_pictures"
    KEEP_PICTURES = "keep_pictures"
    STORE_STILL = "store_still"
    READ_FOLDER = "read_folder"
    EXPORT_DICOM = "export_dicom"
    # administration
    ADMINISTER_INSTITUTIONS = "administer_institutions"
    ADMINISTER_ACCOUNTS = "administer_accounts"
    ADMINISTER_ROTA = "administer_rota"
    LIST_RUNNING = "list_running"
    END_ANY = "end_any"
    READ_HEALTH_DETAIL = "read_health_detail"
    # the quality review
    LIST_REVIEWS = "list_reviews"
    REVIEW = "review"
    READ_RESULTS = "read_results"
    READ_FIGURES = "read_figures"
    # how long recordings are kept
    READ_KEEPING = "read_keeping"
    HOLD_RECORDING = "hold_recording"
    ERASE_RECORDING = "erase_recording"
    # by WHIP and WHEP
    PUBLISH_STREAM = "publish_stream"
    WATCH_STREAM = "watch_stream"


_EXPORT: Final = "/api/consultations/{id}/exports/{job}"
_EXPORT_ROUTES: Final = (
    ("POST", "/api/consultations/{id}/exports"),
    ("GET", _EXPORT),
    ("DELETE", _EXPORT),
    ("GET", f"{_EXPORT}/file"),
    ("HEAD", f"{_EXPORT}/file"),
)
_REPLAY: Final = "/api/consultations/{id}/replays/{replay}"
_REPLAY_ROUTES: Final = (
    ("POST", "/api/consultations/{id}/replays"),
    ("DELETE", _REPLAY),
    ("GET", f"{_REPLAY}/events"),
    ("GET", f"{_REPLAY}/tracks/{{run}}"),
    ("HEAD", f"{_REPLAY}/tracks/{{run}}"),
    ("GET", f"{_REPLAY}/tracks/{{run}}/frames"),
    ("GET", f"{_REPLAY}/snapshots/{{t}}"),
    ("GET", f"{_REPLAY}/fast"),
    ("GET", f"{_REPLAY}/markers"),
    ("GET", f"{_REPLAY}/watch"),
    ("GET", f"{_REPLAY}/speech"),
    ("GET", f"{_REPLAY}/thumbnails/{{run}}/{{index}}"),
)

_PICTURE_DOORS: Final = (
    "/studies",
    "/studies/{study}",
    "/studies/{study}/metadata",
    "/studies/{study}/series",
    "/studies/{study}/instances",
    "/studies/{study}/series/{series}",
    "/studies/{study}/series/{series}/metadata",
    "/studies/{study}/series/{series}/instances",
    "/studies/{study}/series/{series}/instances/{instance}",
    "/studies/{study}/series/{series}/instances/{instance}/metadata",
    "/studies/{study}/series/{series}/instances/{instance}/served",
    "/studies/{study}/series/{series}/instances/{instance}/rendered",
    "/studies/{study}/series/{series}/instances/{instance}/bulkdata/{path}",
    "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}",
    "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}/rendered",
    "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}/thumbnail",
)
_PICTURE_ROOTS: Final = (
    ("/api/consultations/{id}/dicom-web", Action.READ_PICTURES),
    ("/api/dicom-web", Action.SEARCH_PICTURES),
)

ROUTE_ACTIONS: Final[Mapping[tuple[str, str], Action]] = MappingProxyType(
    {
        ("GET", "/"): Action.LOAD_PAGE,
        ("GET", "/assets/{path}"): Action.LOAD_PAGE,
        ("GET", "/healthz"): Action.READ_HEALTH,
        ("GET", "/readyz"): Action.READ_HEALTH,
        ("GET", "/metrics"): Action.READ_METRICS,
        ("GET", "/tlog/{path}"): Action.READ_TLOG,
        ("POST", "/tlog/add-checkpoint"): Action.ASK_WITNESS,
        ("GET", "/wire"): Action.OPEN_WIRE,
        ("POST", "/api/session"): Action.SIGN_IN,
        ("GET", "/api/session"): Action.READ_SESSION,
        ("DELETE", "/api/session"): Action.SIGN_OUT,
        ("GET", "/api/patients"): Action.LIST_PATIENTS,
        ("GET", "/api/consultations"): Action.LIST_CONSULTATIONS,
        ("GET", "/api/consultations/{id}"): Action.READ_SUMMARY,
        ("POST", "/api/consultations/{id}/attachments"): Action.ATTACH,
        ("GET", "/api/consultations/{id}/attachments/{sha256}"): Action.READ_ATTACHMENT,
        ("POST", "/api/consultations/{id}/stills/{key}"): Action.STORE_STILL,
        ("GET", "/api/consultations/{id}/folder"): Action.READ_FOLDER,
        ("GET", "/api/consultations/{id}/dicom-export"): Action.EXPORT_DICOM,
        ("GET", "/api/consultations/{id}/draft"): Action.WRITE_DRAFT,
        ("PUT", "/api/consultations/{id}/draft"): Action.WRITE_DRAFT,
        ("POST", "/api/consultations/{id}/opinions"): Action.SIGN_OPINION,
        ("POST", "/api/consultations/{id}/opinions/{number}/acknowledgement"): Action.ACKNOWLEDGE_OPINION,
        ("GET", "/api/consultations/{id}/timeline"): Action.READ_TIMELINE,
        # grants and who looked
        ("GET", "/api/consultations/{id}/grants"): Action.READ_GRANTS,
        ("POST", "/api/consultations/{id}/grants"): Action.GIVE_GRANT,
        ("DELETE", "/api/consultations/{id}/grants/{key}"): Action.GIVE_GRANT,
        ("DELETE", "/api/consultations/{id}/consent"): Action.GIVE_GRANT,
        ("GET", "/api/grants/recipients"): Action.READ_RECIPIENTS,
        ("GET", "/api/grants/mine"): Action.LIST_GRANTED,
        ("POST", "/api/consultations/{id}/patient-link"): Action.GIVE_GRANT,
        ("GET", "/api/patient-view"): Action.READ_OWN_GRANTS,
        ("DELETE", "/api/patient-view/{key}"): Action.TAKE_BACK_OWN,
        ("POST", "/api/consultations/{id}/dicom-web/studies"): Action.STORE_PICTURES,
        ("POST", "/api/consultations/{id}/dicom-web/studies/{study}"): Action.STORE_PICTURES,
        ("POST", "/api/dicom-web/studies"): Action.KEEP_PICTURES,
        ("POST", "/api/dicom-web/studies/{study}"): Action.KEEP_PICTURES,
        ("GET", "/api/admin/institutions"): Action.ADMINISTER_INSTITUTIONS,
        ("POST", "/api/admin/institutions"): Action.ADMINISTER_INSTITUTIONS,
        ("PATCH", "/api/admin/institutions/{id}"): Action.ADMINISTER_INSTITUTIONS,
        ("POST", "/api/admin/institutions/{id}/departments"): Action.ADMINISTER_INSTITUTIONS,
        ("PATCH", "/api/admin/departments/{id}"): Action.ADMINISTER_INSTITUTIONS,
        ("DELETE", "/api/admin/departments/{id}"): Action.ADMINISTER_INSTITUTIONS,
        ("GET", "/api/admin/accounts"): Action.ADMINISTER_ACCOUNTS,
        ("POST", "/api/admin/accounts"): Action.ADMINISTER_ACCOUNTS,
        ("PATCH", "/api/admin/accounts/{id}"): Action.ADMINISTER_ACCOUNTS,
        ("PUT", "/api/admin/accounts/{id}/disabled"): Action.ADMINISTER_ACCOUNTS,
        ("POST", "/api/admin/accounts/{id}/password"): Action.ADMINISTER_ACCOUNTS,
        ("GET", "/api/admin/shifts"): Action.ADMINISTER_ROTA,
        ("POST", "/api/admin/shifts"): Action.ADMINISTER_ROTA,
        ("DELETE", "/api/admin/shifts/{id}"): Action.ADMINISTER_ROTA,
        ("GET", "/api/admin/consultations"): Action.LIST_RUNNING,
        ("POST", "/api/admin/consultations/{id}/end"): Action.END_ANY,
        ("GET", "/api/admin/health"): Action.READ_HEALTH_DETAIL,
        ("GET", "/api/reviews"): Action.LIST_REVIEWS,
        ("GET", "/api/reviews/forms"): Action.LIST_REVIEWS,
        ("GET", "/api/reviews/results"): Action.READ_RESULTS,
        ("GET", "/api/reviews/figures"): Action.READ_FIGURES,
        ("GET", "/api/reviews/figures.csv"): Action.READ_FIGURES,
        ("GET", "/api/reviews/{id}"): Action.REVIEW,
        ("GET", "/api/reviews/{id}/notes"): Action.REVIEW,
        ("POST", "/api/reviews/{id}/notes"): Action.REVIEW,
        ("DELETE", "/api/reviews/{id}/notes/{number}"): Action.REVIEW,
        ("POST", "/api/reviews/{id}/cases"): Action.REVIEW,
        ("POST", "/api/reviews/{id}/cases/{case}/reviews"): Action.REVIEW,
        ("PUT", "/api/reviews/{id}/cases/{case}/reviews/{number}"): Action.REVIEW,
        ("POST", "/api/reviews/{id}/cases/{case}/reviews/{number}/submission"): Action.REVIEW,
        ("POST", "/api/reviews/{id}/cases/{case}/adjudication"): Action.REVIEW,
        # how long recordings are kept
        ("GET", "/api/keeping"): Action.READ_KEEPING,
        ("GET", "/api/keeping/{id}"): Action.READ_KEEPING,
        ("POST", "/api/keeping/{id}/hold"): Action.HOLD_RECORDING,
        ("POST", "/api/keeping/{id}/erasure"): Action.ERASE_RECORDING,
        ("POST", "/whip/{consultation}"): Action.PUBLISH_STREAM,
        ("PATCH", "/whip/{consultation}/{resource}"): Action.PUBLISH_STREAM,
        ("DELETE", "/whip/{consultation}/{resource}"): Action.PUBLISH_STREAM,
        ("GET", "/whip/{consultation}/{resource}/freezes"): Action.PUBLISH_STREAM,
        ("POST", "/whip/{consultation}/{resource}/stills/{key}"): Action.PUBLISH_STREAM,
        ("DELETE", "/whip/{consultation}/{resource}/stills/{key}"): Action.PUBLISH_STREAM,
        ("POST", "/whep/{consultation}"): Action.WATCH_STREAM,
        ("PATCH", "/whep/{consultation}/{resource}"): Action.WATCH_STREAM,
        ("DELETE", "/whep/{consultation}/{resource}"): Action.WATCH_STREAM,
        **{("GET", root + door): action for root, action in _PICTURE_ROOTS for door in _PICTURE_DOORS},
        **dict.fromkeys(_REPLAY_ROUTES, Action.REPLAY),
        **dict.fromkeys(_EXPORT_ROUTES, Action.EXPORT_RECORD),  # a teaching copy asks COPY_FOR_TEACHING
        ("GET", "/api/replays"): Action.SEARCH_REPLAYS,
    }
)
"""(method, aiohttp's canonical path) → action. HEAD, where aiohttp adds it to a GET, is that GET."""

MESSAGE_ACTIONS: Final[Mapping[type[msgspec.Struct], Action]] = MappingProxyType(
    {
        wire.Hello: Action.ENTER_LOBBY,
        wire.SetOnCall: Action.GO_ON_CALL,
        wire.Call: Action.REQUEST_CONSULTATION,
        wire.CancelCall: Action.CANCEL_REQUEST,
        wire.AnswerCall: Action.ANSWER_CALL,
        wire.DeclineCall: Action.DECLINE_CALL,
        wire.Enter: Action.ENTER_CONSULTATION,
        wire.Join: Action.JOIN,
        wire.Resume: Action.RESUME,
        wire.Offer: Action.NEGOTIATE_MEDIA,
        wire.SetMedia: Action.TELL_MEDIA,
        wire.Chat: Action.CHAT,
        wire.Watch: Action.WATCH_TRACK,
        wire.Invite: Action.INVITE,
        wire.CancelInvitation: Action.INVITE,
        wire.HangUp: Action.END_CONSULTATION,
        wire.Leave: Action.LEAVE,
        wire.Ping: Action.PING,
        wire.FastUp: Action.SEND_FAST,
        wire.ShareStudy: Action.SHARE_STUDY,
        wire.ConfirmStudy: Action.SHARE_STUDY,
        wire.WithdrawStudy: Action.SHARE_STUDY,
        wire.ChangeLayout: Action.LEAD,
        wire.ChangeView: Action.LEAD,
        wire.AskLead: Action.LEAD,
        wire.ReturnLead: Action.LEAD,
        wire.GiveLead: Action.GRANT_LEAD,
        wire.TakeLead: Action.GRANT_LEAD,
        wire.SayShowing: Action.SAY_SHOWING,
        wire.AddMark: Action.MARK,
        wire.RemoveMark: Action.MARK,
        wire.GiveCue: Action.GUIDE_PROBE,
        wire.AskMachine: Action.GUIDE_PROBE,
        wire.AnswerMachine: Action.GUIDE_PROBE,
        wire.AskFreeze: Action.FREEZE,
        wire.DeclineFreeze: Action.FREEZE,
        wire.GiveConsent: Action.TAKE_CONSENT,
        wire.WithdrawConsent: Action.WITHDRAW_CONSENT,
        wire.PauseRecording: Action.PAUSE_RECORDING,
        wire.ResumeRecording: Action.PAUSE_RECORDING,
    }
)
"""Message type → action. A `Media` that publishes asks `PUBLISH_TRACK` besides, once per `Send`."""

ACCESS_ACTIONS: Final[Mapping[tuple[AccessKind, AccessPurpose], Action]] = MappingProxyType(
    {
        (kind, purpose): action
        for purpose, action in (
            (AccessPurpose.CARE, Action.REPLAY),
            (AccessPurpose.REVIEW, Action.REVIEW_RECORDING),
            (AccessPurpose.TEACHING, Action.COPY_FOR_TEACHING),
        )
        for kind in (AccessKind.REPLAY, AccessKind.FETCH)
    }
    | {(AccessKind.EXPORT, purpose): Action.EXPORT_RECORD for purpose in AccessPurpose}
    | {(AccessKind.TEACHING, purpose): Action.COPY_FOR_TEACHING for purpose in AccessPurpose}
)
"""Opening what is kept, and what for → action (`service/accesses.py`)."""

READING_ACTIONS: Final[Mapping[Action, AccessKind]] = MappingProxyType(
    {
        Action.READ_SUMMARY: AccessKind.RECORD,
        Action.READ_TIMELINE: AccessKind.RECORD,
        Action.REVIEW: AccessKind.RECORD,
        Action.READ_FOLDER: AccessKind.PICTURES,
        Action.READ_PICTURES: AccessKind.PICTURES,
        Action.READ_ATTACHMENT: AccessKind.PICTURES,
    }
)
"""Reading what is kept → what the access log calls it."""
