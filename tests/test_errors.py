"""The error tree: each code has a status and an example; each class stands in the tree that the docstring draws."""

import inspect

import pytest

from sefaw_rtc import errors
from sefaw_rtc.errors import HTTP_STATUS, ProtocolError, SefawError, TooMany, UserError
from signalling.vocabulary import ErrorCode

# One example of every code, as it is raised somewhere. A new code needs one here and a status in the table.
EXAMPLES: dict[ErrorCode, SefawError] = {
    ErrorCode.MALFORMED: ProtocolError(ErrorCode.MALFORMED, "not JSON"),
    ErrorCode.TOO_LARGE: ProtocolError(ErrorCode.TOO_LARGE, "frame"),
    ErrorCode.TOO_MANY: TooMany("sign-in", retry_after_s=5),
    ErrorCode.VERSION_UNSUPPORTED: ProtocolError(ErrorCode.VERSION_UNSUPPORTED),
    ErrorCode.UNAUTHENTICATED: errors.Unauthenticated(),
    ErrorCode.FORBIDDEN: errors.Forbidden("role"),
    ErrorCode.TOKEN_INVALID: errors.TokenInvalid(),
    ErrorCode.TOKEN_EXPIRED: errors.TokenExpired(),
    ErrorCode.TOKEN_REPLAYED: errors.TokenReplayed(),
    ErrorCode.CSRF_FAILED: errors.CsrfFailed(),
    ErrorCode.CREDENTIALS_WRONG: errors.CredentialsWrong(),
    ErrorCode.ACCOUNT_DISABLED: errors.AccountDisabled(),
    ErrorCode.NOT_FOUND: errors.NotFound("consultation"),
    ErrorCode.METHOD_NOT_ALLOWED: UserError(ErrorCode.METHOD_NOT_ALLOWED),
    ErrorCode.CONFLICT: errors.Conflict("user name"),
    ErrorCode.OUT_OF_STATE: UserError(ErrorCode.OUT_OF_STATE, "not joined"),
    ErrorCode.ALREADY_ANSWERED: UserError(ErrorCode.ALREADY_ANSWERED),
    ErrorCode.NOBODY_ON_CALL: UserError(ErrorCode.NOBODY_ON_CALL),
    ErrorCode.NOT_ON_CALL: UserError(ErrorCode.NOT_ON_CALL),
    ErrorCode.CONSULTATION_CLOSED: UserError(ErrorCode.CONSULTATION_CLOSED),
    ErrorCode.CONSULTATION_FULL: UserError(ErrorCode.CONSULTATION_FULL),
    ErrorCode.SDP_MALFORMED: UserError(ErrorCode.SDP_MALFORMED, "no m-section"),
    ErrorCode.NO_COMMON_CODEC: UserError(ErrorCode.NO_COMMON_CODEC),
    ErrorCode.MEDIA_UNAVAILABLE: UserError(ErrorCode.MEDIA_UNAVAILABLE),
    ErrorCode.STORAGE_FULL: UserError(ErrorCode.STORAGE_FULL, "database"),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: UserError(ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    ErrorCode.STOPPING: UserError(ErrorCode.STOPPING),
    ErrorCode.NOT_LEADING: UserError(ErrorCode.NOT_LEADING),
    ErrorCode.PATIENT_UNCONFIRMED: UserError(ErrorCode.PATIENT_UNCONFIRMED),
    ErrorCode.NO_CONSENT: UserError(ErrorCode.NO_CONSENT),
    ErrorCode.GRANT_ENDED: UserError(ErrorCode.GRANT_ENDED),
    ErrorCode.SOURCE_UNAVAILABLE: UserError(ErrorCode.SOURCE_UNAVAILABLE),
    ErrorCode.PICTURE_UNSUPPORTED: UserError(ErrorCode.PICTURE_UNSUPPORTED, "codec"),
    ErrorCode.BUSY: UserError(ErrorCode.BUSY),
    ErrorCode.NOT_READY: errors.NotReady("the seal", retry_after_s=3),
    ErrorCode.ERASED: UserError(ErrorCode.ERASED),
    ErrorCode.KEY_MISSING: UserError(ErrorCode.KEY_MISSING),
    ErrorCode.ELSEWHERE: UserError(ErrorCode.ELSEWHERE, "unreachable"),
    ErrorCode.BLIND: UserError(ErrorCode.BLIND),
    ErrorCode.DAMAGED: UserError(ErrorCode.DAMAGED, "chunk 3"),
    ErrorCode.INTERNAL: UserError(ErrorCode.INTERNAL),
}


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_a_status_and_an_example(code: ErrorCode) -> None:
    example = EXAMPLES[code]
    assert isinstance(example, UserError | ProtocolError)
    assert example.code is code
    assert 400 <= example.status < 600
    assert str(example).startswith(code.value)
    assert example.status is HTTP_STATUS[code]


def test_what_the_outside_relies_on() -> None:
    promised = {
        ErrorCode.TOKEN_INVALID: 401,
        ErrorCode.FORBIDDEN: 403,
        ErrorCode.NOT_FOUND: 404,
        ErrorCode.SDP_MALFORMED: 400,
        ErrorCode.NO_COMMON_CODEC: 406,
        ErrorCode.TOO_MANY: 429,
        ErrorCode.CONSULTATION_FULL: 429,
    }
    assert {code: HTTP_STATUS[code] for code in promised} == promised


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn = [line for line in (errors.__doc__ or "").splitlines() if "──" in line or "SefawError" in line]
    shown = {line.replace("│", " ").strip(" ├└─").split("(")[0].split()[0] for line in drawn}
    public = {
        name
        for name, found in vars(errors).items()
        if inspect.isclass(found) and issubclass(found, SefawError) and not name.startswith("_")
    }
    assert shown == public


def test_only_told_errors_carry_a_detail_to_clients() -> None:
    assert not hasattr(errors.StoreError("path"), "detail")
    assert errors.StoreError.code is ErrorCode.INTERNAL
