# ruff: noqa: N818 - the names say what happened, in the words of the wire
"""Every error of the server, by audience: who is told, and what happens to the connection.

    SefawError
    ├── UserError(code, detail)         told to whoever asked; the connection goes on
    │   ├── Unauthenticated             no session, or it expired
    │   ├── Forbidden                   decide() said no
    │   ├── CredentialsWrong            user or password; never says which
    │   ├── AccountDisabled             told only after the right password
    │   ├── TooMany(retry_after_s)      a rate or a size limit; says when to come back
    │   ├── NotReady(retry_after_s)     is being made; says when to come back
    │   ├── CsrfFailed                  an unsafe request without its session's token
    │   ├── TokenInvalid                not ours, damaged, or for something else
    │   ├── TokenExpired                was ours
    │   ├── TokenReplayed               single-use, and used
    │   ├── NotFound                    unknown, or not to be known by the one who asks
    │   └── Conflict                    exists already, or changed meanwhile
    ├── ProtocolError(code, detail)     told, then the connection closes: malformed, too large, too fast
    ├── ConfigError                     told to the operator in a plain sentence; the server does not start
    └── StoreError                      internal to clients ("internal error"); logged for the operator
        └── StoreBusy                   another process holds the database; clients hear `busy`: try again

Anything else that reaches a shell is a bug: clients get `internal`, the log gets the traceback. A `detail` is for
developers; it is never shown to people (the pages have words per code) and never holds anything personal.
"""

import contextlib
import errno
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import ClassVar, Final

from signalling.vocabulary import ErrorCode

HTTP_STATUS: Final[Mapping[ErrorCode, HTTPStatus]] = MappingProxyType(
    {
        ErrorCode.MALFORMED: HTTPStatus.BAD_REQUEST,
        ErrorCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ErrorCode.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
        ErrorCode.VERSION_UNSUPPORTED: HTTPStatus.BAD_REQUEST,
        ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
        ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
        ErrorCode.TOKEN_INVALID: HTTPStatus.UNAUTHORIZED,
        ErrorCode.TOKEN_EXPIRED: HTTPStatus.UNAUTHORIZED,
        ErrorCode.TOKEN_REPLAYED: HTTPStatus.UNAUTHORIZED,
        ErrorCode.CSRF_FAILED: HTTPStatus.FORBIDDEN,
        ErrorCode.CREDENTIALS_WRONG: HTTPStatus.UNAUTHORIZED,
        ErrorCode.ACCOUNT_DISABLED: HTTPStatus.FORBIDDEN,
        ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
        ErrorCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
        ErrorCode.CONFLICT: HTTPStatus.CONFLICT,
        ErrorCode.OUT_OF_STATE: HTTPStatus.CONFLICT,
        ErrorCode.ALREADY_ANSWERED: HTTPStatus.CONFLICT,
        ErrorCode.NOBODY_ON_CALL: HTTPStatus.CONFLICT,
        ErrorCode.NOT_ON_CALL: HTTPStatus.CONFLICT,
        ErrorCode.CONSULTATION_CLOSED: HTTPStatus.GONE,
        ErrorCode.CONSULTATION_FULL: HTTPStatus.TOO_MANY_REQUESTS,
        ErrorCode.SDP_MALFORMED: HTTPStatus.BAD_REQUEST,
        ErrorCode.NO_COMMON_CODEC: HTTPStatus.NOT_ACCEPTABLE,
        ErrorCode.MEDIA_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
        ErrorCode.STORAGE_FULL: HTTPStatus.INSUFFICIENT_STORAGE,
        ErrorCode.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        ErrorCode.STOPPING: HTTPStatus.SERVICE_UNAVAILABLE,
        ErrorCode.NOT_LEADING: HTTPStatus.CONFLICT,
        ErrorCode.PATIENT_UNCONFIRMED: HTTPStatus.CONFLICT,
        ErrorCode.SOURCE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
        ErrorCode.PICTURE_UNSUPPORTED: HTTPStatus.UNPROCESSABLE_ENTITY,
        ErrorCode.NO_CONSENT: HTTPStatus.FORBIDDEN,
        ErrorCode.GRANT_ENDED: HTTPStatus.FORBIDDEN,
        ErrorCode.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
        ErrorCode.NOT_READY: HTTPStatus.CONFLICT,
        ErrorCode.ERASED: HTTPStatus.GONE,
        ErrorCode.BLIND: HTTPStatus.FORBIDDEN,
        ErrorCode.KEY_MISSING: HTTPStatus.SERVICE_UNAVAILABLE,
        ErrorCode.ELSEWHERE: HTTPStatus.SERVICE_UNAVAILABLE,
        ErrorCode.DAMAGED: HTTPStatus.INTERNAL_SERVER_ERROR,
        ErrorCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
"""The HTTP status of each code, in one place. `web` answers with it and RFC 9457 bodies."""


class SefawError(Exception):
    """Whatever this project raises on purpose."""


class _Told(SefawError):
    """Carries a stable code to a client. `detail` is for developers: constant words and our own ids."""

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail

    @property
    def status(self) -> HTTPStatus:
        return HTTP_STATUS[self.code]


class UserError(_Told):
    """Told to whoever asked. The connection and everybody else go on."""


class _Coded(UserError):
    """A `UserError` whose code is its class's."""

    CODE: ClassVar[ErrorCode]

    def __init__(self, detail: str = "") -> None:
        super().__init__(self.CODE, detail)


class Unauthenticated(_Coded):
    CODE = ErrorCode.UNAUTHENTICATED


class Forbidden(_Coded):
    CODE = ErrorCode.FORBIDDEN


class CredentialsWrong(_Coded):
    CODE = ErrorCode.CREDENTIALS_WRONG


class AccountDisabled(_Coded):
    CODE = ErrorCode.ACCOUNT_DISABLED


class TooMany(_Coded):
    """`retry_after_s` goes into the `Retry-After` header; 0 = not known."""

    CODE = ErrorCode.TOO_MANY

    def __init__(self, detail: str = "", *, retry_after_s: int = 0) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class NotReady(_Coded):
    """`retry_after_s` goes into the `Retry-After` header."""

    CODE = ErrorCode.NOT_READY

    def __init__(self, detail: str = "", *, retry_after_s: int = 0) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class CsrfFailed(_Coded):
    CODE = ErrorCode.CSRF_FAILED


class TokenInvalid(_Coded):
    CODE = ErrorCode.TOKEN_INVALID


class TokenExpired(_Coded):
    CODE = ErrorCode.TOKEN_EXPIRED


class TokenReplayed(_Coded):
    CODE = ErrorCode.TOKEN_REPLAYED


class NotFound(_Coded):
    CODE = ErrorCode.NOT_FOUND


class Conflict(_Coded):
    CODE = ErrorCode.CONFLICT


class ProtocolError(_Told):
    """The client broke the protocol: it is told, then its connection closes. Nobody else notices."""


class ConfigError(SefawError):
    """The configuration cannot be used. The message is one plain sentence for the operator, naming the key."""


class StoreError(SefawError):
    """The database failed. Clients hear `internal`, or what `code` says."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL


class StoreBusy(StoreError):
    """The database stayed locked longer than the busy timeout: another process writes to it. Nothing was done."""

    code = ErrorCode.BUSY


_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def full_disk_as(told: Exception) -> Iterator[None]:
    """A full disk as the error that people are told of."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise told from None
        raise
