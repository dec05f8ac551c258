"""The one answer to "may they?": `decide(subject, action, resource, now)`. Pure, default deny, deny wins.

Read the table; everything else here only finds out in which relation the subject stands to the resource. What a
consultation's *state* allows (ringing, open, closing) is the consultation's own business, not decided here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from sefaw_rtc.access.actions import Action
from sefaw_rtc.access.subject import Audience, Resource, Subject, SubjectKind
from signalling.events import Grant
from signalling.vocabulary import ConsentUse, GrantData, Ground, Role

# The letters of the table: which relation between subject and resource is enough.
#   y  signed in with this role        i  the resource belongs to the same institution
#   o  the requester of the consultation    c  rung by it right now
#   h  like i, or the specialist who answered is of it
#   p  the requester, a participant, or the bearer of a token for it    e  like p, or the same institution
#   g  like p, or somebody to whom a grant opens this part of it        r  like e, or such a grant
#   v  like h, p, or such a grant
#   .  never
_ROLES: Final = (
    Role.VILLAGE_DOCTOR,
    Role.OPERATOR,
    Role.SPECIALIST,
    Role.REVIEWER,
    Role.OBSERVER,
    Role.PATIENT,
    Role.ADMINISTRATOR,
)

# fmt: off
_TABLE: Final[Mapping[Action, str]] = MappingProxyType({
    #                             village doctor
    #                             | operator
    #                             | | specialist
    #                             | | | reviewer
    #                             | | | | observer
    #                             | | | | | patient
    #                             | | | | | | administrator
    Action.READ_SESSION:         "y y y y y y y",
    Action.SIGN_OUT:             "y y y y y y y",
    Action.READ_METRICS:         ". . . . . . y",
    Action.ENTER_LOBBY:          "y y y y y y y",
    Action.GO_ON_CALL:           ". . y . . . .",
    Action.LIST_PATIENTS:        "i i i . . . .",
    Action.LIST_CONSULTATIONS:   "y y y y y y .",
    Action.READ_SUMMARY:         "g g g r g p .",
    Action.WRITE_DRAFT:          ". . p . . . .",
    Action.SIGN_OPINION:         ". . p . . . .",
    Action.ACKNOWLEDGE_OPINION:  "o . . . . . .",
    Action.READ_TIMELINE:        "g g g r g p y",
    Action.REQUEST_CONSULTATION: "y . . . . . .",
    Action.CANCEL_REQUEST:       "o . . . . . .",
    Action.ANSWER_CALL:          ". . c . . . .",
    Action.DECLINE_CALL:         ". . c . . . .",
    Action.ENTER_CONSULTATION:   "p e p . p p .",
    Action.JOIN:                 "p p p . p p .",
    Action.RESUME:               "p p p . p p .",
    Action.NEGOTIATE_MEDIA:      "p p p . p p .",
    Action.PUBLISH_TRACK:        "p p p . . p .",
    Action.WATCH_TRACK:          "p p p . p p .",
    Action.TELL_MEDIA:           "p p p . . p .",
    Action.CHAT:                 "p p p . . p .",
    Action.ATTACH:               "p p p . . p .",
    Action.READ_ATTACHMENT:      "g g g v g p .",
    Action.SEND_FAST:            "p p p . . p .",
    Action.INVITE:               "o . p . . . .",
    Action.END_CONSULTATION:     "o . p . . . .",
    Action.LEAVE:                "p p p . p p .",
    Action.SHARE_STUDY:          "p p p . . . .",
    Action.LEAD:                 "p p p . . . .",
    Action.GRANT_LEAD:           "p p p . . . .",
    Action.SAY_SHOWING:          "p p p . p p .",
    Action.MARK:                 "p p p . . . .",
    Action.GUIDE_PROBE:          "p p p . . . .",
    Action.FREEZE:               "p p p . . . .",
    Action.TAKE_CONSENT:         "p p . . . . .",
    Action.WITHDRAW_CONSENT:     "p p . . . p .",
    Action.PAUSE_RECORDING:      "p p p . . p .",
    Action.REPLAY:               "g g g g g p .",
    Action.SEARCH_REPLAYS:       ". . . y . . .",
    Action.REVIEW_RECORDING:     ". . . v . . .",
    Action.EXPORT_RECORD:        "g g g r g p .",
    Action.COPY_FOR_TEACHING:    "p . p e . . .",
    Action.READ_GRANTS:          "o . . . . p y",
    Action.GIVE_GRANT:           "o . . . . p .",
    Action.READ_RECIPIENTS:      "y . . . . y .",
    Action.LIST_GRANTED:         "y y y y y . .",
    Action.READ_OWN_GRANTS:      ". . . . . p .",
    Action.TAKE_BACK_OWN:        ". . . . . p .",
    Action.READ_PICTURES:        "g g g v g p .",
    Action.SEARCH_PICTURES:      "i i i . . . .",
    Action.STORE_PICTURES:       "p p p . . . .",
    Action.KEEP_PICTURES:        "i i i . . . .",
    Action.STORE_STILL:          "p p p . . . .",
    Action.READ_FOLDER:          "g g g r g p .",
    Action.EXPORT_DICOM:         "p p p e p p .",
    Action.ADMINISTER_INSTITUTIONS: ". . . . . . y",
    Action.ADMINISTER_ACCOUNTS:  ". . . . . . y",
    Action.ADMINISTER_ROTA:      ". . . . . . y",
    Action.LIST_RUNNING:         ". . . . . . y",
    Action.END_ANY:              ". . . . . . y",
    Action.READ_HEALTH_DETAIL:   ". . . . . . y",
    Action.LIST_REVIEWS:         ". . . y . . .",
    Action.REVIEW:               ". . . h . . .",
    Action.READ_RESULTS:         "y y y . . . .",
    Action.READ_FIGURES:         ". . . y . . y",
    # how long recordings are kept
    Action.READ_KEEPING:         ". . . i . . y",
    Action.HOLD_RECORDING:       ". . . i . . y",
    Action.ERASE_RECORDING:      ". . . i . . y",
    Action.PUBLISH_STREAM:       "p p p . . . .",
    Action.WATCH_STREAM:         "p p p . p p .",
})
# fmt: on

_ANYBODY: Final = frozenset(
    {
        Action.LOAD_PAGE,
        Action.READ_HEALTH,
        Action.SIGN_IN,
        Action.OPEN_WIRE,
        Action.PING,
        # Hashes for whoever checks this node; a request to its witness carries its own signature.
        Action.READ_TLOG,
        Action.ASK_WITNESS,
    }
)

# What a token is good for before (and instead of) a seat.
_TICKET_ACTIONS: Final[Mapping[Audience, frozenset[Action]]] = MappingProxyType(
    {
        Audience.JOIN: frozenset({Action.JOIN, Action.NEGOTIATE_MEDIA, Action.PUBLISH_TRACK}),
        Audience.RESUME: frozenset({Action.RESUME, Action.NEGOTIATE_MEDIA, Action.PUBLISH_TRACK}),
        Audience.WHIP: frozenset({Action.PUBLISH_STREAM, Action.WATCH_STREAM}),
        Audience.WHEP: frozenset({Action.WATCH_STREAM}),
        Audience.PATIENT: frozenset({Action.READ_OWN_GRANTS, Action.TAKE_BACK_OWN}),
    }
)

# A participant acts inside its consultation; ringing, listing and reading are for signed-in accounts.
_SEAT_ACTIONS: Final = frozenset(
    {
        Action.NEGOTIATE_MEDIA,
        Action.PUBLISH_TRACK,
        Action.WATCH_TRACK,
        Action.TELL_MEDIA,
        Action.CHAT,
        Action.SEND_FAST,
        Action.INVITE,
        Action.END_CONSULTATION,
        Action.LEAVE,
        Action.SHARE_STUDY,
        Action.LEAD,
        Action.GRANT_LEAD,
        Action.SAY_SHOWING,
        Action.MARK,
        Action.GUIDE_PROBE,
        Action.FREEZE,
        Action.TAKE_CONSENT,
        Action.WITHDRAW_CONSENT,
        Action.PAUSE_RECORDING,
    }
)

# Coming in and acting inside need a token: being signed in is not enough.
_NEEDS_TOKEN: Final = _SEAT_ACTIONS.union(*_TICKET_ACTIONS.values())


# What a grant must open for each, and what the patient must have agreed to where something was recorded.
_OPENS: Final[Mapping[Action, GrantData]] = MappingProxyType(
    {
        Action.READ_SUMMARY: GrantData.RECORD,
        Action.READ_TIMELINE: GrantData.RECORD,
        Action.READ_ATTACHMENT: GrantData.PICTURES,
        Action.READ_PICTURES: GrantData.PICTURES,
        Action.READ_FOLDER: GrantData.PICTURES,
        Action.REPLAY: GrantData.RECORDING,
        Action.REVIEW_RECORDING: GrantData.RECORDING,
        Action.EXPORT_RECORD: GrantData.COPY,
    }
)
_NEEDS_CONSENT: Final[Mapping[Action, ConsentUse]] = MappingProxyType(
    {
        Action.REPLAY: ConsentUse.CARE,
        Action.REVIEW_RECORDING: ConsentUse.QUALITY,
        Action.EXPORT_RECORD: ConsentUse.CARE,
        Action.COPY_FOR_TEACHING: ConsentUse.TEACHING,
    }
)
_BY_GRANT: Final = frozenset("grv")
_MS: Final = 1000


class Decision(msgspec.Struct, frozen=True):
    """The answer. `rule` is the letter of the table that allowed it, empty otherwise; `grant` the key of the grant
    without which it would not have."""

    allowed: bool
    ground: Ground
    rule: str = ""
    grant: str = ""


def decide(subject: Subject, action: Action, resource: Resource, now: int) -> Decision:
    """Whether `subject` may do `action` to `resource` at `now` (Unix seconds)."""
    if action in _ANYBODY:
        return Decision(True, Ground.PUBLIC)
    denial = _denial(subject, action, resource, now)
    if denial is not None:
        return Decision(False, denial)
    if subject.kind is SubjectKind.SCRAPER:
        return Decision(True, Ground.SCRAPER)
    letter = _letter(action, subject.role)
    if letter == ".":
        return Decision(False, Ground.ROLE)
    grant = _grant(subject, action, resource.grants) if letter in _BY_GRANT else None
    if letter in _held(subject, resource):
        found = Decision(True, Ground.TABLE, letter)
    elif grant is not None and is_running(grant.until, now):
        found = Decision(True, Ground.GRANT, letter, grant.key)
    else:
        return Decision(False, _missing(subject, action, resource))
    return found if _consented(subject, action, resource, now) else Decision(False, Ground.NO_CONSENT)


def is_running(until: int, now: int) -> bool:
    """Whether what ends at `until` (Unix ms) goes on at `now` (Unix s). In its last second it is over: never later
    than was promised."""
    return (now + 1) * _MS <= until


def is_inside(subject: Subject, resource: Resource) -> bool:
    """Whether the consultation is the subject's own: asked for it, has a seat in it, was invited, bears a token."""
    own = subject.account is not None and subject.account == resource.requester
    bound = subject.consultation is not None and subject.consultation == resource.consultation
    return own or bound or subject.account in resource.participants


def has_grant(subject: Subject, resource: Resource) -> bool:
    """Whether some part of it was given to the subject, whichever, and is not taken back."""
    return any(_is_for(one, subject) for one in resource.grants)


def _denial(subject: Subject, action: Action, resource: Resource, now: int) -> Ground | None:
    """What says no whatever the table says."""
    if subject.kind is SubjectKind.ANONYMOUS:
        return Ground.NOT_SIGNED_IN
    if subject.kind is SubjectKind.SCRAPER:
        return None if action is Action.READ_METRICS else Ground.SCOPE
    if subject.disabled:
        return Ground.DISABLED
    if 0 < subject.expires <= now:
        return Ground.EXPIRED
    if subject.account is None or subject.account in resource.denied:
        return Ground.REVOKED
    if action not in _scope(subject):
        return Ground.SCOPE
    if subject.consultation is not None and subject.consultation != resource.consultation:
        return Ground.OTHER_CONSULTATION
    if resource.holder is not None and resource.holder != subject.account:
        return Ground.NOT_HOLDER
    return None


def _scope(subject: Subject) -> frozenset[Action]:
    """What this kind of subject can ask at all."""
    match subject.kind:
        case SubjectKind.SESSION:
            return frozenset(_TABLE) - _NEEDS_TOKEN
        case SubjectKind.TICKET if subject.audience is not None and subject.consultation is not None:
            return _TICKET_ACTIONS[subject.audience]
        case SubjectKind.SEAT if subject.consultation is not None:
            return _SEAT_ACTIONS
        case _:
            return frozenset()


def _letter(action: Action, role: Role | None) -> str:
    row = _TABLE.get(action)
    if row is None or role is None:
        return "."
    return row.split()[_ROLES.index(role)]


def _held(subject: Subject, resource: Resource) -> frozenset[str]:
    """The letters of the table that the subject's relation to the resource satisfies."""
    inside = is_inside(subject, resource)
    same = subject.institution is not None and subject.institution == resource.institution
    answered = subject.institution is not None and subject.institution == resource.answering
    relations = {
        "y": True,
        "i": same,
        "h": same or answered,
        "o": subject.account is not None and subject.account == resource.requester,
        "c": subject.account in resource.callees,
        "p": inside,
        "e": inside or same,
        "g": inside,
        "r": inside or same,
        "v": inside or same or answered,
    }
    return frozenset(letter for letter, holds in relations.items() if holds)


def _grant(subject: Subject, action: Action, grants: tuple[Grant, ...]) -> Grant | None:
    """Of those for this subject and this part, the one that lasts longest."""
    part = _OPENS.get(action)
    fitting = [one for one in grants if part in one.data and _is_for(one, subject)]
    return max(fitting, key=lambda one: one.until, default=None)


def _is_for(grant: Grant, subject: Subject) -> bool:
    """Who has changed to another institution is not whom it was given to."""
    return grant.institution == subject.institution and grant.account in {None, subject.account}


def _consented(subject: Subject, action: Action, resource: Resource, now: int) -> bool:
    """Where nothing was recorded there is nothing to agree to, but to a teaching copy. Patients need nobody's consent
    for what is theirs."""
    use = _NEEDS_CONSENT.get(action)
    if use is None or subject.role is Role.PATIENT:
        return True
    if not resource.recorded and use is not ConsentUse.TEACHING:
        return True
    consent = resource.consent
    return consent is not None and use in consent.uses and (consent.until == 0 or is_running(consent.until, now))


def _missing(subject: Subject, action: Action, resource: Resource) -> Ground:
    if _grant(subject, action, resource.grants + resource.revoked) is not None:
        return Ground.GRANT_ENDED
    same = subject.institution is not None and subject.institution == resource.institution
    return Ground.NOT_PARTICIPANT if same else Ground.OTHER_INSTITUTION
