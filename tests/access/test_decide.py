"""`decide` over every action and role, against a matrix written out by hand: what the table should say, said again."""

from typing import get_args

import pytest
from msgspec.structs import replace

from sefaw_rtc.access import (
    ACCESS_ACTIONS,
    ANONYMOUS,
    MESSAGE_ACTIONS,
    ROUTE_ACTIONS,
    SCRAPER,
    SERVER,
    Action,
    Audience,
    Ground,
    Resource,
    Subject,
    SubjectKind,
    decide,
    refusal,
    require,
)
from sefaw_rtc.errors import AccountDisabled, Forbidden, TokenExpired, Unauthenticated
from signalling.ids import AccountId, ConsultationId, InstitutionId, ParticipantId
from signalling.messages import ClientMessage
from signalling.recording import Consent
from signalling.vocabulary import ConsentGiver, ConsentKind, ConsentUse, Role

NOW = 1_800_000_000
ME, SOMEBODY = AccountId("m" * 26), AccountId("s" * 26)
MINE, OTHER = InstitutionId("i" * 26), InstitutionId("o" * 26)
THIS, THAT = ConsultationId("c" * 26), ConsultationId("d" * 26)

ROLES = (
    Role.VILLAGE_DOCTOR,
    Role.OPERATOR,
    Role.SPECIALIST,
    Role.REVIEWER,
    Role.OBSERVER,
    Role.PATIENT,
    Role.ADMINISTRATOR,
)

EVERY_USE = Consent(key="k", how=ConsentKind.WITNESSED, giver=ConsentGiver.PATIENT, witness="W", uses=list(ConsentUse))
# The resource in each situation: one consultation (or, for lists, the institution it belongs to), recorded with a
# consent for everything. Grants and other consents: test_grants.py.
_SITUATIONS: dict[str, Resource] = {
    "own": Resource(institution=MINE, consultation=THIS, requester=ME, participants=frozenset({ME})),
    "participant": Resource(
        institution=OTHER, consultation=THIS, requester=SOMEBODY, participants=frozenset({SOMEBODY, ME})
    ),
    "callee": Resource(institution=OTHER, consultation=THIS, requester=SOMEBODY, callees=frozenset({ME})),
    "same institution": Resource(
        institution=MINE, consultation=THIS, requester=SOMEBODY, participants=frozenset({SOMEBODY})
    ),
    "other institution": Resource(
        institution=OTHER, consultation=THIS, requester=SOMEBODY, participants=frozenset({SOMEBODY})
    ),
}

SITUATIONS = {name: replace(one, consent=EVERY_USE, recorded=True) for name, one in _SITUATIONS.items()}

# For a signed-in account. One letter a role, in the order of ROLES (V O S R B P A), "." = refused.
#                             own        participant  callee     same inst.  other inst.
SESSION: dict[Action, str] = {
    Action.LOAD_PAGE:            "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.READ_HEALTH:          "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.READ_TLOG:            "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.ASK_WITNESS:          "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.SIGN_IN:              "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.OPEN_WIRE:            "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.PING:                 "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.READ_SESSION:         "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.SIGN_OUT:             "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.READ_METRICS:         "......A    ......A      ......A    ......A     ......A",
    Action.ENTER_LOBBY:          "VOSRBPA    VOSRBPA      VOSRBPA    VOSRBPA     VOSRBPA",
    Action.GO_ON_CALL:           "..S....    ..S....      ..S....    ..S....     ..S....",
    Action.LIST_PATIENTS:        "VOS....    .......      .......    VOS....     .......",
    Action.LIST_CONSULTATIONS:   "VOSRBP.    VOSRBP.      VOSRBP.    VOSRBP.     VOSRBP.",
    Action.READ_SUMMARY:         "VOSRBP.    VOSRBP.      .......    ...R...     .......",
    Action.WRITE_DRAFT:          "..S....    ..S....      .......    .......     .......",
    Action.SIGN_OPINION:         "..S....    ..S....      .......    .......     .......",
    Action.ACKNOWLEDGE_OPINION:  "V......    .......      .......    .......     .......",
    Action.READ_TIMELINE:        "VOSRBPA    VOSRBPA      ......A    ...R..A     ......A",
    Action.REQUEST_CONSULTATION: "V......    V......      V......    V......     V......",
    Action.CANCEL_REQUEST:       "V......    .......      .......    .......     .......",
    Action.ANSWER_CALL:          ".......    .......      ..S....    .......     .......",
    Action.DECLINE_CALL:         ".......    .......      ..S....    .......     .......",
    Action.ENTER_CONSULTATION:   "VOS.BP.    VOS.BP.      .......    .O.....     .......",
    Action.JOIN:                 ".......    .......      .......    .......     .......",
    Action.RESUME:               ".......    .......      .......    .......     .......",
    Action.NEGOTIATE_MEDIA:      ".......    .......      .......    .......     .......",
    Action.PUBLISH_TRACK:        ".......    .......      .......    .......     .......",
    Action.WATCH_TRACK:          ".......    .......      .......    .......     .......",
    Action.TELL_MEDIA:           ".......    .......      .......    .......     .......",
    Action.CHAT:                 ".......    .......      .......    .......     .......",
    Action.ATTACH:               "VOS..P.    VOS..P.      .......    .......     .......",
    Action.READ_ATTACHMENT:      "VOSRBP.    VOSRBP.      .......    ...R...     .......",
    Action.READ_PICTURES:        "VOSRBP.    VOSRBP.      .......    ...R...     .......",
    Action.SEARCH_PICTURES:      "VOS....    .......      .......    VOS....     .......",
    Action.SEND_FAST:            ".......    .......      .......    .......     .......",
    Action.INVITE:               ".......    .......      .......    .......     .......",
    Action.END_CONSULTATION:     ".......    .......      .......    .......     .......",
    Action.LEAVE:                ".......    .......      .......    .......     .......",
    Action.SHARE_STUDY:          ".......    .......      .......    .......     .......",
    Action.LEAD:                 ".......    .......      .......    .......     .......",
    Action.GRANT_LEAD:           ".......    .......      .......    .......     .......",
    Action.SAY_SHOWING:          ".......    .......      .......    .......     .......",
    Action.MARK:                 ".......    .......      .......    .......     .......",
    Action.GUIDE_PROBE:          ".......    .......      .......    .......     .......",
    Action.FREEZE:               ".......    .......      .......    .......     .......",
    Action.STORE_STILL:          "VOS....    VOS....      .......    .......     .......",
    Action.TAKE_CONSENT:         ".......    .......      .......    .......     .......",
    Action.WITHDRAW_CONSENT:     ".......    .......      .......    .......     .......",
    Action.PAUSE_RECORDING:      ".......    .......      .......    .......     .......",
    Action.REPLAY:               "VOSRBP.    VOSRBP.      .......    .......     .......",
    Action.SEARCH_REPLAYS:       "...R...    ...R...      ...R...    ...R...     ...R...",
    Action.REVIEW_RECORDING:     "...R...    ...R...      .......    ...R...     .......",
    Action.EXPORT_RECORD:        "VOSRBP.    VOSRBP.      .......    ...R...     .......",
    Action.COPY_FOR_TEACHING:    "V.SR...    V.SR...      .......    ...R...     .......",
    Action.READ_GRANTS:          "V....PA    .....PA      ......A    ......A     ......A",
    Action.GIVE_GRANT:           "V....P.    .....P.      .......    .......     .......",
    Action.READ_RECIPIENTS:      "V....P.    V....P.      V....P.    V....P.     V....P.",
    Action.LIST_GRANTED:         "VOSRB..    VOSRB..      VOSRB..    VOSRB..     VOSRB..",
    Action.READ_FOLDER:          "VOSRBP.    VOSRBP.      .......    ...R...     .......",
    Action.EXPORT_DICOM:         "VOSRBP.    VOSRBP.      .......    ...R...     .......",
    Action.STORE_PICTURES:       "VOS....    VOS....      .......    .......     .......",
    Action.KEEP_PICTURES:        "VOS....    .......      .......    VOS....     .......",
    Action.ADMINISTER_INSTITUTIONS: "......A    ......A      ......A    ......A     ......A",
    Action.ADMINISTER_ACCOUNTS:  "......A    ......A      ......A    ......A     ......A",
    Action.ADMINISTER_ROTA:      "......A    ......A      ......A    ......A     ......A",
    Action.LIST_RUNNING:         "......A    ......A      ......A    ......A     ......A",
    Action.END_ANY:              "......A    ......A      ......A    ......A     ......A",
    Action.READ_HEALTH_DETAIL:   "......A    ......A      ......A    ......A     ......A",
    Action.LIST_REVIEWS:         "...R...    ...R...      ...R...    ...R...     ...R...",
    Action.REVIEW:               "...R...    .......      .......    ...R...     .......",
    Action.READ_RESULTS:         "VOS....    VOS....      VOS....    VOS....     VOS....",
    Action.READ_FIGURES:         "...R..A    ...R..A      ...R..A    ...R..A     ...R..A",
    Action.READ_KEEPING:        "...R..A    ......A      ......A    ...R..A     ......A",
    Action.HOLD_RECORDING:      "...R..A    ......A      ......A    ...R..A     ......A",
    Action.ERASE_RECORDING:     "...R..A    ......A      ......A    ...R..A     ......A",
    Action.READ_OWN_GRANTS:     ".......    .......      .......    .......     .......",
    Action.TAKE_BACK_OWN:       ".......    .......      .......    .......     .......",
    Action.PUBLISH_STREAM:       ".......    .......      .......    .......     .......",
    Action.WATCH_STREAM:         ".......    .......      .......    .......     .......",
}  # fmt: skip

# For the bearer of a token for this consultation, and for a participant in it: by token or by seat, in the
# consultation itself, asked for by a stranger to its lists. "." = refused. In another consultation all is refused.
#                             join ticket  resume t.  whip t.    whep t.    seat       seat of req.  patient's link
BOUND: dict[Action, str] = {
    Action.READ_SESSION:         ".......   .......    .......    .......    .......    .......     .......",
    Action.SIGN_OUT:             ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_METRICS:         ".......   .......    .......    .......    .......    .......     .......",
    Action.ENTER_LOBBY:          ".......   .......    .......    .......    .......    .......     .......",
    Action.GO_ON_CALL:           ".......   .......    .......    .......    .......    .......     .......",
    Action.LIST_PATIENTS:        ".......   .......    .......    .......    .......    .......     .......",
    Action.LIST_CONSULTATIONS:   ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_SUMMARY:         ".......   .......    .......    .......    .......    .......     .......",
    Action.WRITE_DRAFT:          ".......   .......    .......    .......    .......    .......     .......",
    Action.SIGN_OPINION:         ".......   .......    .......    .......    .......    .......     .......",
    Action.ACKNOWLEDGE_OPINION:  ".......   .......    .......    .......    .......    .......     .......",
    Action.REQUEST_CONSULTATION: ".......   .......    .......    .......    .......    .......     .......",
    Action.CANCEL_REQUEST:       ".......   .......    .......    .......    .......    .......     .......",
    Action.ANSWER_CALL:          ".......   .......    .......    .......    .......    .......     .......",
    Action.DECLINE_CALL:         ".......   .......    .......    .......    .......    .......     .......",
    Action.ENTER_CONSULTATION:   ".......   .......    .......    .......    .......    .......     .......",
    Action.JOIN:                 "VOS.BP.   .......    .......    .......    .......    .......     .......",
    Action.RESUME:               ".......   VOS.BP.    .......    .......    .......    .......     .......",
    Action.NEGOTIATE_MEDIA:      "VOS.BP.   VOS.BP.    .......    .......    VOS.BP.    VOS.BP.     .......",
    Action.PUBLISH_TRACK:        "VOS..P.   VOS..P.    .......    .......    VOS..P.    VOS..P.     .......",
    Action.WATCH_TRACK:          ".......   .......    .......    .......    VOS.BP.    VOS.BP.     .......",
    Action.TELL_MEDIA:           ".......   .......    .......    .......    VOS..P.    VOS..P.     .......",
    Action.CHAT:                 ".......   .......    .......    .......    VOS..P.    VOS..P.     .......",
    Action.ATTACH:               ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_ATTACHMENT:      ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_PICTURES:        ".......   .......    .......    .......    .......    .......     .......",
    Action.SEARCH_PICTURES:      ".......   .......    .......    .......    .......    .......     .......",
    Action.SEND_FAST:            ".......   .......    .......    .......    VOS..P.    VOS..P.     .......",
    Action.INVITE:               ".......   .......    .......    .......    ..S....    V.S....     .......",
    Action.END_CONSULTATION:     ".......   .......    .......    .......    ..S....    V.S....     .......",
    Action.LEAVE:                ".......   .......    .......    .......    VOS.BP.    VOS.BP.     .......",
    Action.READ_TIMELINE:        ".......   .......    .......    .......    .......    .......     .......",
    Action.SHARE_STUDY:          ".......   .......    .......    .......    VOS....    VOS....     .......",
    Action.LEAD:                 ".......   .......    .......    .......    VOS....    VOS....     .......",
    Action.GRANT_LEAD:           ".......   .......    .......    .......    VOS....    VOS....     .......",
    Action.SAY_SHOWING:          ".......   .......    .......    .......    VOS.BP.    VOS.BP.     .......",
    Action.MARK:                 ".......   .......    .......    .......    VOS....    VOS....     .......",
    Action.GUIDE_PROBE:          ".......   .......    .......    .......    VOS....    VOS....     .......",
    Action.FREEZE:               ".......   .......    .......    .......    VOS....    VOS....     .......",
    Action.STORE_STILL:          ".......   .......    .......    .......    .......    .......     .......",
    Action.TAKE_CONSENT:         ".......   .......    .......    .......    VO.....    VO.....     .......",
    Action.WITHDRAW_CONSENT:     ".......   .......    .......    .......    VO...P.    VO...P.     .......",
    Action.PAUSE_RECORDING:      ".......   .......    .......    .......    VOS..P.    VOS..P.     .......",
    Action.REPLAY:               ".......   .......    .......    .......    .......    .......     .......",
    Action.SEARCH_REPLAYS:       ".......   .......    .......    .......    .......    .......     .......",
    Action.REVIEW_RECORDING:     ".......   .......    .......    .......    .......    .......     .......",
    Action.EXPORT_RECORD:        ".......   .......    .......    .......    .......    .......     .......",
    Action.COPY_FOR_TEACHING:    ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_GRANTS:          ".......   .......    .......    .......    .......    .......     .......",
    Action.GIVE_GRANT:           ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_RECIPIENTS:      ".......   .......    .......    .......    .......    .......     .......",
    Action.LIST_GRANTED:         ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_FOLDER:          ".......   .......    .......    .......    .......    .......     .......",
    Action.EXPORT_DICOM:         ".......   .......    .......    .......    .......    .......     .......",
    Action.STORE_PICTURES:       ".......   .......    .......    .......    .......    .......     .......",
    Action.KEEP_PICTURES:        ".......   .......    .......    .......    .......    .......     .......",
    Action.ADMINISTER_INSTITUTIONS: ".......   .......    .......    .......    .......    .......     .......",
    Action.ADMINISTER_ACCOUNTS:  ".......   .......    .......    .......    .......    .......     .......",
    Action.ADMINISTER_ROTA:      ".......   .......    .......    .......    .......    .......     .......",
    Action.LIST_RUNNING:         ".......   .......    .......    .......    .......    .......     .......",
    Action.END_ANY:              ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_HEALTH_DETAIL:   ".......   .......    .......    .......    .......    .......     .......",
    Action.LIST_REVIEWS:         ".......   .......    .......    .......    .......    .......     .......",
    Action.REVIEW:               ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_RESULTS:         ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_FIGURES:         ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_KEEPING:        ".......   .......    .......    .......    .......    .......     .......",
    Action.HOLD_RECORDING:      ".......   .......    .......    .......    .......    .......     .......",
    Action.ERASE_RECORDING:     ".......   .......    .......    .......    .......    .......     .......",
    Action.READ_OWN_GRANTS:     ".......   .......    .......    .......    .......    .......     .....P.",
    Action.TAKE_BACK_OWN:       ".......   .......    .......    .......    .......    .......     .....P.",
    Action.PUBLISH_STREAM:       ".......   .......    VOS....    .......    .......    .......     .......",
    Action.WATCH_STREAM:         ".......   .......    VOS.BP.    VOS.BP.    .......    .......     .......",
}  # fmt: skip

PUBLIC = {
    Action.LOAD_PAGE,
    Action.READ_HEALTH,
    Action.SIGN_IN,
    Action.OPEN_WIRE,
    Action.PING,
    Action.READ_TLOG,
    Action.ASK_WITNESS,
}
GUARDED = [action for action in Action if action not in PUBLIC]


def session(role: Role, **changes: object) -> Subject:
    whole: dict[str, object] = {
        "kind": SubjectKind.SESSION, "account": ME, "institution": MINE, "role": role, "expires": NOW + 1,
    }  # fmt: skip
    return Subject(**(whole | changes))  # type: ignore[arg-type]


def bound(
    role: Role, audience: Audience | None, consultation: ConsultationId = THIS, expires: int = NOW + 1
) -> Subject:
    return Subject(
        kind=SubjectKind.TICKET if audience else SubjectKind.SEAT,
        account=ME,
        role=role,
        audience=audience,
        consultation=consultation,
        participant=ParticipantId(1),
        expires=expires,
    )


def letters(row: str) -> list[str]:
    found = row.split()
    assert all(len(cell) == len(ROLES) for cell in found), row
    return found


def test_the_matrices_are_complete() -> None:
    assert set(SESSION) == set(Action)
    assert set(BOUND) == set(GUARDED)
    assert set(ROLES) == set(Role)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize(("column", "situation"), list(enumerate(SITUATIONS)))
def test_a_signed_in_account(action: Action, column: int, situation: str) -> None:
    cell = letters(SESSION[action])[column]
    for letter, role in zip(cell, ROLES, strict=True):
        decision = decide(session(role), action, SITUATIONS[situation], NOW)
        assert decision.allowed is (letter != "."), (role, decision)


@pytest.mark.parametrize("action", GUARDED)
@pytest.mark.parametrize(
    ("column", "audience"),
    [
        (0, Audience.JOIN),
        (1, Audience.RESUME),
        (2, Audience.WHIP),
        (3, Audience.WHEP),
        (4, None),
        (5, None),
        (6, Audience.PATIENT),
    ],
)
def test_a_token_and_a_seat(action: Action, column: int, audience: Audience | None) -> None:
    resource = SITUATIONS["own" if column == 5 else "other institution"]
    cell = letters(BOUND[action])[column]
    for letter, role in zip(cell, ROLES, strict=True):
        decision = decide(bound(role, audience), action, resource, NOW)
        assert decision.allowed is (letter != "."), (role, decision)
        elsewhere = decide(bound(role, audience, THAT), action, resource, NOW)
        assert not elsewhere.allowed, (role, elsewhere)
        unbound = decide(bound(role, audience), action, SERVER, NOW)
        assert not unbound.allowed, (role, unbound)


@pytest.mark.parametrize("situation", [*SITUATIONS, "the server"])
@pytest.mark.parametrize("action", Action)
def test_strangers_and_the_expired_get_only_what_is_public(action: Action, situation: str) -> None:
    resource = SITUATIONS.get(situation, SERVER)
    assert decide(ANONYMOUS, action, resource, NOW).allowed is (action in PUBLIC)
    for role in ROLES:
        for subject in (
            session(role, expires=NOW),
            session(role, disabled=True),
            session(role, account=None),
            session(role, kind=SubjectKind.ANONYMOUS),
            *(bound(role, audience, expires=NOW) for audience in (*Audience, None)),
        ):
            decision = decide(subject, action, resource, NOW)
            assert decision.allowed is (action in PUBLIC), (subject, decision)


@pytest.mark.parametrize("action", GUARDED)
def test_deny_wins_over_every_yes(action: Action) -> None:
    for resource in SITUATIONS.values():
        banned = Resource(
            institution=resource.institution,
            consultation=resource.consultation,
            requester=resource.requester,
            participants=resource.participants,
            callees=resource.callees,
            denied=frozenset({ME}),
        )
        for role in ROLES:
            for subject in (session(role), *(bound(role, audience) for audience in (*Audience, None))):
                assert not decide(subject, action, banned, NOW).allowed


@pytest.mark.parametrize("action", GUARDED)
def test_malformed_subjects_get_nothing(action: Action) -> None:
    for resource in SITUATIONS.values():
        for subject in (
            Subject(kind=SubjectKind.SESSION, account=ME),  # no role
            Subject(kind=SubjectKind.TICKET, account=ME, role=Role.SPECIALIST, consultation=THIS),  # no audience
            Subject(kind=SubjectKind.TICKET, account=ME, role=Role.SPECIALIST, audience=Audience.WHIP),
            Subject(kind=SubjectKind.SEAT, account=ME, role=Role.SPECIALIST),  # no consultation
        ):
            assert not decide(subject, action, resource, NOW).allowed, subject


@pytest.mark.parametrize("action", GUARDED)
def test_nothing_in_common_with_nothing(action: Action) -> None:
    """Empty fields of subject and resource must not meet: None is nobody's institution and nobody's consultation."""
    homeless = Subject(kind=SubjectKind.SESSION, account=ME, role=Role.OPERATOR, expires=NOW + 1)
    if SESSION[action].split()[-1][1] == ".":
        assert not decide(homeless, action, SERVER, NOW).allowed


def test_who_answered_may_have_it_reviewed_where_they_work() -> None:
    foreign = SITUATIONS["other institution"]
    answered = replace(foreign, answering=MINE)
    allowed = {action for action in GUARDED if decide(session(Role.REVIEWER), action, answered, NOW).allowed}
    anyway = {action for action in GUARDED if decide(session(Role.REVIEWER), action, foreign, NOW).allowed}
    shown_in_it = {Action.READ_PICTURES, Action.READ_ATTACHMENT}
    assert allowed - anyway == {Action.REVIEW, Action.REVIEW_RECORDING, *shown_in_it}


@pytest.mark.parametrize("action", Action)
def test_a_scraper_reads_metrics_and_nothing_else(action: Action) -> None:
    allowed = action in PUBLIC or action is Action.READ_METRICS
    assert decide(SCRAPER, action, SERVER, NOW).allowed is allowed


def test_only_the_one_who_made_a_stream_changes_it() -> None:
    held = Resource(institution=OTHER, consultation=THIS, holder=ME)
    others = Resource(institution=OTHER, consultation=THIS, holder=SOMEBODY)
    subject = bound(Role.OPERATOR, Audience.WHIP)
    assert decide(subject, Action.PUBLISH_STREAM, held, NOW).allowed
    assert decide(subject, Action.PUBLISH_STREAM, others, NOW).ground is Ground.NOT_HOLDER


def test_a_decision_says_on_what_ground() -> None:
    own, foreign = SITUATIONS["own"], SITUATIONS["other institution"]
    assert decide(session(Role.VILLAGE_DOCTOR), Action.CANCEL_REQUEST, own, NOW).rule == "o"
    grounds = {
        Ground.NOT_SIGNED_IN: decide(ANONYMOUS, Action.ENTER_LOBBY, SERVER, NOW),
        Ground.EXPIRED: decide(session(Role.PATIENT, expires=NOW), Action.ENTER_LOBBY, SERVER, NOW),
        Ground.DISABLED: decide(session(Role.PATIENT, disabled=True), Action.ENTER_LOBBY, SERVER, NOW),
        Ground.ROLE: decide(session(Role.PATIENT), Action.GO_ON_CALL, SERVER, NOW),
        Ground.SCOPE: decide(session(Role.SPECIALIST), Action.CHAT, own, NOW),
        Ground.OTHER_INSTITUTION: decide(session(Role.VILLAGE_DOCTOR), Action.READ_SUMMARY, foreign, NOW),
        Ground.OTHER_CONSULTATION: decide(bound(Role.SPECIALIST, None, THAT), Action.CHAT, own, NOW),
        Ground.NOT_PARTICIPANT: decide(
            session(Role.VILLAGE_DOCTOR), Action.READ_SUMMARY, SITUATIONS["same institution"], NOW
        ),
    }
    assert {ground: decision.ground for ground, decision in grounds.items()} == {ground: ground for ground in grounds}


@pytest.mark.parametrize(
    ("subject", "error"),
    [
        (ANONYMOUS, Unauthenticated),
        (session(Role.PATIENT, expires=NOW), Unauthenticated),
        (session(Role.PATIENT, disabled=True), AccountDisabled),
        (bound(Role.PATIENT, Audience.WHEP, expires=NOW), TokenExpired),
        (bound(Role.PATIENT, None, expires=NOW), TokenExpired),
        (session(Role.PATIENT), Forbidden),
    ],
)
def test_a_refusal_says_what_to_do(subject: Subject, error: type[Exception]) -> None:
    with pytest.raises(error):
        require(subject, Action.GO_ON_CALL, SERVER, NOW)
    assert isinstance(refusal(decide(subject, Action.GO_ON_CALL, SERVER, NOW), subject), error)


def test_a_yes_comes_back_as_the_decision() -> None:
    assert require(session(Role.SPECIALIST), Action.GO_ON_CALL, SERVER, NOW).allowed


def test_every_client_message_has_an_action() -> None:
    assert set(MESSAGE_ACTIONS) == set(get_args(ClientMessage))


def test_every_action_is_asked_somewhere() -> None:
    asked = {*MESSAGE_ACTIONS.values(), *ROUTE_ACTIONS.values(), *ACCESS_ACTIONS.values(), Action.PUBLISH_TRACK}
    assert asked == set(Action)


def test_a_message_that_acts_is_never_public() -> None:
    public = {message.__name__ for message, action in MESSAGE_ACTIONS.items() if action in PUBLIC}
    assert public == {"Ping"}
