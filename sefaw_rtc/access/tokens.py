"""Bearer tokens: signed (JWT, HS256), bound to one audience, consultation, role and bearer, and short-lived.

Join tokens are single-use: their `jti` is remembered until they expire, in a bounded table. The table lives in memory,
so a join token also names the process that made it: after a restart the old ones are refused instead of being
accepted a second time (the page asks for another by `enter`). Every failure is one of TokenInvalid, TokenExpired,
TokenReplayed; what was wrong is not told to strangers.
"""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Collection
from typing import Annotated, Final

import jwt
import msgspec
from msgspec import Meta

from sefaw_rtc.access.subject import Audience, Subject, SubjectKind
from sefaw_rtc.errors import TokenExpired, TokenInvalid, TokenReplayed, TooMany
from signalling.ids import AccountId, AccountRef, ConsultationId, ConsultationRef, ParticipantId, ParticipantRef
from signalling.vocabulary import Role

ISSUER: Final = "sefaw-rtc"
MAX_LENGTH: Final = 2048  # as on the wire; ours are about 400 characters
# Join tokens used within one lifetime (2 minutes): 65,536 is 500 joins a second, far more than a server carries.
REPLAY_CAPACITY: Final = 65_536
# An encoder or player shows its token with every request; verifying one costs 0.13 ms, a fifth of a request's Python.
VERIFIED_CAPACITY: Final = 1_024
# What is shown once (join) or seldom (resume) is not worth remembering.
_SHOWN_OFTEN: Final = frozenset({Audience.WHIP, Audience.WHEP})
_ALGORITHM: Final = "HS256"


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a valid token says. `account` is who bears it; `participant` the seat that a resume token is for."""

    audience: Audience = msgspec.field(name="aud")
    account: AccountRef = msgspec.field(name="sub")
    consultation: ConsultationRef = msgspec.field(name="con")
    role: Role
    expires: Annotated[int, Meta(ge=0, le=1 << 40)] = msgspec.field(name="exp")  # Unix seconds
    jti: Annotated[str, Meta(min_length=16, max_length=64)]
    participant: ParticipantRef | None = None
    iss: str = ISSUER

    def subject(self) -> Subject:
        """The bearer, before it has a seat."""
        return Subject(
            kind=SubjectKind.TICKET,
            account=self.account,
            role=self.role,
            audience=self.audience,
            consultation=self.consultation,
            participant=self.participant,
            expires=self.expires,
        )


class Tokens:
    """Issues and reads tokens. One per process; not thread-safe, used on the loop."""

    def __init__(self, key: bytes, *, replay_capacity: int = REPLAY_CAPACITY) -> None:
        """`key`: 32 bytes at least (`keys.py`)."""
        self._key = hmac.digest(key, b"sefaw-rtc token", "sha256")
        self._process = secrets.token_urlsafe(9)
        self._capacity = replay_capacity
        self._used: OrderedDict[str, int] = OrderedDict()  # jti → expiry, in order of use
        self._known: OrderedDict[str, Claims] = OrderedDict()  # tokens whose signature was right, latest use last

    def issue(
        self,
        audience: Audience,
        *,
        account: AccountId,
        consultation: ConsultationId,
        role: Role,
        now: int,
        lifetime_s: int,
        participant: ParticipantId | None = None,
    ) -> str:
        """A new token. `now` in Unix seconds."""
        claims = Claims(
            audience=audience,
            account=account,
            consultation=consultation,
            role=role,
            expires=now + lifetime_s,
            jti=f"{self._process}.{secrets.token_urlsafe(16)}",
            participant=participant,
        )
        payload = {key: value for key, value in msgspec.to_builtins(claims).items() if value is not None}
        return jwt.encode(payload, self._key, algorithm=_ALGORITHM)

    def read(self, token: str, audiences: Collection[Audience], now: int) -> Claims:
        """The claims of a token for one of `audiences`. Raises TokenInvalid or TokenExpired."""
        claims = self._verified(token)
        if claims.audience not in audiences:
            raise TokenInvalid("audience")
        if claims.expires <= now:
            raise TokenExpired
        return claims

    def take(self, token: str, now: int) -> Claims:
        """The claims of a join token, which is used up by this. Raises TokenReplayed the second time."""
        claims = self.read(token, (Audience.JOIN,), now)
        if claims.jti.partition(".")[0] != self._process:
            raise TokenInvalid("made before the restart")
        if claims.jti in self._used:
            raise TokenReplayed
        self._forget_expired(now)
        if len(self._used) >= self._capacity:
            raise TooMany("joins", retry_after_s=1)
        self._used[claims.jti] = claims.expires
        return claims

    def _verified(self, token: str) -> Claims:
        if len(token) > MAX_LENGTH:
            raise TokenInvalid("length")
        known = self._known.get(token)
        claims = known or self._decoded(token)
        if claims.audience in _SHOWN_OFTEN:
            self._known[token] = claims
            self._known.move_to_end(token)
            if len(self._known) > VERIFIED_CAPACITY:
                self._known.popitem(last=False)
        return claims

    def _decoded(self, token: str) -> Claims:
        try:
            payload = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                # Audience and time are ours to check: several audiences, and a clock that is an argument.
                options={"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            return msgspec.convert(payload, Claims)
        except (jwt.PyJWTError, msgspec.ValidationError, ValueError, RecursionError):
            raise TokenInvalid("signature or claims") from None

    def _forget_expired(self, now: int) -> None:
        """Amortised: lifetimes are alike, so the oldest entries expire first."""
        while self._used:
            jti, expires = next(iter(self._used.items()))
            if expires > now:
                return
            del self._used[jti]
