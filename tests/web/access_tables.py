"""The tables of `test_access_table.py`: who is refused where, route by route and message by message."""

from dataclasses import dataclass

from sefaw_rtc.access import ROUTE_ACTIONS, Action
from signalling import messages as wire

OPEN = "open"  # anybody may
OWN = "own"


@dataclass(frozen=True)
class Expected:
    """Status or error code per kind of caller; for `role` and `elsewhere` who comes, and what they get."""

    anonymous: int | str
    expired: int | str
    role: tuple[str, int | str] | str = OWN
    elsewhere: tuple[str, int | str] | str = OWN


def same(
    code: int | str, role: tuple[str, int | str] | str = OWN, elsewhere: tuple[str, int | str] | str = OWN
) -> Expected:
    return Expected(code, code, role, elsewhere)


# For WHIP and WHEP the wrong role is a viewer's or a publisher's token, "elsewhere" another consultation's.
ROUTES: dict[tuple[str, str], Expected | str] = {
    ("GET", "/"): OPEN,
    ("GET", "/assets/{path}"): OPEN,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/tlog/{path}"): OPEN,
    ("POST", "/tlog/add-checkpoint"): OPEN,  # its body is signed, or answered 403
    ("GET", "/wire"): OPEN,  # every message on it is asked for by itself: MESSAGES
    ("POST", "/api/session"): OPEN,
    ("GET", "/metrics"): same(401, ("village", 403)),
    ("GET", "/api/session"): same(401),
    ("DELETE", "/api/session"): same(401),
    ("GET", "/api/patients"): same(401, ("observer", 403)),
    ("GET", "/api/consultations"): same(401, ("admin", 403)),
    ("GET", "/api/consultations/{id}"): same(401, ("admin", 403), ("other_village", 403)),
    ("POST", "/api/consultations/{id}/attachments"): same(401, ("observer", 403), ("other_village", 403)),
    ("GET", "/api/consultations/{id}/attachments/{sha256}"): same(401, ("admin", 403), ("other_village", 403)),
    ("POST", "/api/consultations/{id}/dicom-web/studies"): same(401, ("observer", 403), ("other_village", 403)),
    ("POST", "/api/consultations/{id}/dicom-web/studies/{study}"): same(401, ("observer", 403), ("other_village", 403)),
    ("POST", "/api/dicom-web/studies"): same(401, ("reviewer", 403)),
    ("POST", "/api/dicom-web/studies/{study}"): same(401, ("reviewer", 403)),
    ("POST", "/api/consultations/{id}/stills/{key}"): same(401, ("observer", 403), ("other_village", 403)),
    ("GET", "/api/consultations/{id}/grants"): same(401, ("specialist", 403), ("other_village", 403)),
    ("POST", "/api/consultations/{id}/grants"): same(401, ("specialist", 403), ("other_village", 403)),
    ("DELETE", "/api/consultations/{id}/grants/{key}"): same(401, ("specialist", 403), ("other_village", 403)),
    ("DELETE", "/api/consultations/{id}/consent"): same(401, ("specialist", 403), ("other_village", 403)),
    ("GET", "/api/grants/recipients"): same(401, ("specialist", 403)),
    ("GET", "/api/grants/mine"): same(401, ("admin", 403)),
    ("POST", "/api/consultations/{id}/patient-link"): same(401, ("specialist", 403), ("other_village", 403)),
    ("GET", "/api/patient-view"): same(401),  # a token's, and no session's
    ("DELETE", "/api/patient-view/{key}"): same(401),
    ("GET", "/api/consultations/{id}/folder"): same(401, ("admin", 403), ("other_village", 403)),
    ("GET", "/api/consultations/{id}/dicom-export"): same(401, ("admin", 403), ("other_village", 403)),
    ("GET", "/api/consultations/{id}/draft"): same(401, ("village", 403), ("other_specialist", 403)),
    ("PUT", "/api/consultations/{id}/draft"): same(401, ("village", 403), ("other_specialist", 403)),
    ("POST", "/api/consultations/{id}/opinions"): same(401, ("village", 403), ("other_specialist", 403)),
    ("POST", "/api/consultations/{id}/opinions/{number}/acknowledgement"): same(
        401, ("specialist", 403), ("other_village", 403)
    ),
    ("GET", "/api/consultations/{id}/timeline"): same(401, ("reviewer", 403), ("other_village", 403)),
    ("POST", "/api/consultations/{id}/exports"): same(401, ("admin", 403), ("other_village", 403)),
    ("GET", "/api/consultations/{id}/exports/{job}"): same(401, ("admin", 404), ("other_village", 404)),
    ("DELETE", "/api/consultations/{id}/exports/{job}"): same(401, ("admin", 404), ("other_village", 404)),
    ("GET", "/api/consultations/{id}/exports/{job}/file"): same(401, ("admin", 404), ("other_village", 404)),
    ("HEAD", "/api/consultations/{id}/exports/{job}/file"): same(401, ("admin", 404), ("other_village", 404)),
    ("GET", "/api/replays"): same(401, ("village", 403)),
    ("POST", "/api/consultations/{id}/replays"): same(401, ("admin", 403), ("other_village", 403)),
    ("GET", "/api/admin/institutions"): same(401, ("village", 403)),
    ("POST", "/api/admin/institutions"): same(401, ("specialist", 403)),
    ("PATCH", "/api/admin/institutions/{id}"): same(401, ("specialist", 403)),
    ("POST", "/api/admin/institutions/{id}/departments"): same(401, ("specialist", 403)),
    ("PATCH", "/api/admin/departments/{id}"): same(401, ("specialist", 403)),
    ("DELETE", "/api/admin/departments/{id}"): same(401, ("specialist", 403)),
    ("GET", "/api/admin/accounts"): same(401, ("reviewer", 403)),
    ("POST", "/api/admin/accounts"): same(401, ("specialist", 403)),
    ("PATCH", "/api/admin/accounts/{id}"): same(401, ("specialist", 403)),
    ("PUT", "/api/admin/accounts/{id}/disabled"): same(401, ("operator", 403)),
    ("POST", "/api/admin/accounts/{id}/password"): same(401, ("observer", 403)),
    ("GET", "/api/admin/shifts"): same(401, ("specialist", 403)),
    ("POST", "/api/admin/shifts"): same(401, ("specialist", 403)),
    ("DELETE", "/api/admin/shifts/{id}"): same(401, ("specialist", 403)),
    ("GET", "/api/admin/consultations"): same(401, ("reviewer", 403)),
    ("POST", "/api/admin/consultations/{id}/end"): same(401, ("specialist", 403)),
    ("GET", "/api/admin/health"): same(401, ("village", 403)),
    ("GET", "/api/reviews"): same(401, ("admin", 403)),
    ("GET", "/api/reviews/forms"): same(401, ("village", 403)),
    ("GET", "/api/reviews/results"): same(401, ("reviewer", 403)),
    ("GET", "/api/reviews/figures"): same(401, ("specialist", 403)),
    ("GET", "/api/reviews/figures.csv"): same(401, ("village", 403)),
    ("GET", "/api/reviews/{id}"): same(401, ("specialist", 403), ("other_reviewer", 403)),
    ("GET", "/api/reviews/{id}/notes"): same(401, ("admin", 403), ("other_reviewer", 403)),
    ("POST", "/api/reviews/{id}/notes"): same(401, ("village", 403), ("other_reviewer", 403)),
    ("DELETE", "/api/reviews/{id}/notes/{number}"): same(401, ("admin", 403), ("other_reviewer", 403)),
    ("POST", "/api/reviews/{id}/cases"): same(401, ("specialist", 403), ("other_reviewer", 403)),
    ("POST", "/api/reviews/{id}/cases/{case}/reviews"): same(401, ("specialist", 403), ("other_reviewer", 403)),
    ("PUT", "/api/reviews/{id}/cases/{case}/reviews/{number}"): same(401, ("village", 403), ("other_reviewer", 403)),
    ("POST", "/api/reviews/{id}/cases/{case}/reviews/{number}/submission"): same(
        401, ("specialist", 403), ("other_reviewer", 403)
    ),
    ("POST", "/api/reviews/{id}/cases/{case}/adjudication"): same(401, ("admin", 403), ("other_reviewer", 403)),
    ("GET", "/api/keeping"): same(401, ("village", 403)),
    ("GET", "/api/keeping/{id}"): same(401, ("specialist", 403)),
    ("POST", "/api/keeping/{id}/hold"): same(401, ("specialist", 403)),
    ("POST", "/api/keeping/{id}/erasure"): same(401, ("specialist", 403)),
    ("POST", "/whip/{consultation}"): same(401, ("viewer", 403), ("foreign", 403)),
    ("PATCH", "/whip/{consultation}/{resource}"): same(401, ("viewer", 403), ("foreign", 403)),
    ("DELETE", "/whip/{consultation}/{resource}"): same(401, ("viewer", 403), ("foreign", 403)),
    ("GET", "/whip/{consultation}/{resource}/freezes"): same(401, ("viewer", 403), ("foreign", 403)),
    ("POST", "/whip/{consultation}/{resource}/stills/{key}"): same(401, ("viewer", 403), ("foreign", 403)),
    ("DELETE", "/whip/{consultation}/{resource}/stills/{key}"): same(401, ("viewer", 403), ("foreign", 403)),
    ("POST", "/whep/{consultation}"): same(401, ("reviewing", 403), ("foreign", 403)),
    ("PATCH", "/whep/{consultation}/{resource}"): same(401, ("reviewing", 403), ("foreign", 403)),
    ("DELETE", "/whep/{consultation}/{resource}"): same(401, ("reviewing", 403), ("foreign", 403)),
}

# Whatever of a replay: nobody but who opened it knows of it.
ROUTES |= {
    route: same(401, ("admin", 404), ("other_village", 404)) for route in ROUTE_ACTIONS if "{replay}" in route[1]
}

# Every door of DICOMweb, in a consultation and in an institution: one action each.
ROUTES |= {
    (method, path): same(401, ("admin", 403), ("other_village", 403))
    if action is Action.READ_PICTURES
    else same(401, ("reviewer", 403))
    for (method, path), action in ROUTE_ACTIONS.items()
    if action in {Action.READ_PICTURES, Action.SEARCH_PICTURES}
}

_SIGN_IN = "unauthenticated"
_NO = "forbidden"

MESSAGES: dict[type, Expected | str] = {
    wire.Ping: OPEN,
    wire.Hello: same(_SIGN_IN),
    wire.SetOnCall: same(_SIGN_IN, ("village", _NO)),
    wire.Call: same(_SIGN_IN, ("specialist", _NO)),
    wire.CancelCall: same(_SIGN_IN, ("specialist", _NO), ("other_village", _NO)),
    wire.AnswerCall: same(_SIGN_IN, ("village", _NO), ("other_specialist", _NO)),
    wire.DeclineCall: same(_SIGN_IN, ("village", _NO), ("other_specialist", _NO)),
    wire.Enter: same(_SIGN_IN, ("admin", _NO), ("other_operator", _NO)),
    wire.Join: Expected("token_invalid", "token_expired", ("reviewing", _NO), ("foreign", "consultation_closed")),
    wire.Resume: Expected("token_invalid", "token_expired", ("reviewing", _NO), ("foreign", "consultation_closed")),
    wire.Offer: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.SetMedia: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.Chat: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.Watch: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.Invite: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.CancelInvitation: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.HangUp: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.Leave: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.FastUp: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.ShareStudy: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.ConfirmStudy: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.WithdrawStudy: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.ChangeLayout: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.ChangeView: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.AskLead: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.GiveLead: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.TakeLead: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.ReturnLead: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.SayShowing: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.AddMark: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.RemoveMark: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.GiveCue: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.AskMachine: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.AnswerMachine: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.AskFreeze: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.DeclineFreeze: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.GiveConsent: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.WithdrawConsent: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.PauseRecording: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
    wire.ResumeRecording: same(_SIGN_IN, ("village", _NO), ("other_village", _NO)),
}
