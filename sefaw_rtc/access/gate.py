"""`decide`, logged and enforced: what the shells call at every route and every message."""

from typing import Final

from sefaw_rtc import logs
from sefaw_rtc.access.actions import Action
from sefaw_rtc.access.decide import Decision, decide
from sefaw_rtc.access.subject import Resource, Subject, SubjectKind
from sefaw_rtc.errors import AccountDisabled, Forbidden, TokenExpired, Unauthenticated, UserError
from signalling.vocabulary import ErrorCode, Ground

_log = logs.get("access")
# Asked at every frame or by every probe: no line each.
_QUIET: Final = frozenset({Action.PING, Action.LOAD_PAGE, Action.READ_HEALTH, Action.SEND_FAST, Action.OPEN_WIRE})


def require(subject: Subject, action: Action, resource: Resource, now: int) -> Decision:
    """The decision, if it is yes; else raises what the one who asked is to be told. Refusals are logged at info,
    grants at debug, with the ground and the table's letter that allowed it."""
    return enforce(decide(subject, action, resource, now), subject, action, resource)


def enforce(decision: Decision, subject: Subject, action: Action, resource: Resource) -> Decision:
    """The same for a decision that was made already."""
    if decision.allowed:
        if action not in _QUIET:
            _log.debug("allowed", **_fields(subject, action, resource), reason=decision.ground, state=decision.rule)
        return decision
    _log.info("refused", **_fields(subject, action, resource), reason=decision.ground)
    raise refusal(decision, subject)


def refusal(decision: Decision, subject: Subject) -> UserError:
    """What a refused subject is told."""
    match decision.ground:
        case Ground.NOT_SIGNED_IN:
            return Unauthenticated()
        case Ground.EXPIRED:
            return Unauthenticated("session expired") if subject.kind is SubjectKind.SESSION else TokenExpired()
        case Ground.DISABLED:
            return AccountDisabled()
        case Ground.NO_CONSENT:
            return UserError(ErrorCode.NO_CONSENT)
        case Ground.GRANT_ENDED:
            return UserError(ErrorCode.GRANT_ENDED)
        case ground:
            return Forbidden(ground)


def _fields(subject: Subject, action: Action, resource: Resource) -> dict[str, object]:
    return {
        "subject": subject.kind,
        "account": subject.account,
        "role": subject.role,
        "action": action,
        "consultation": resource.consultation,
    }
