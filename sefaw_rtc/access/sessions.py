"""Signing in and out, and the sessions in between.

A session is a random 256-bit id in an http-only cookie; the store holds only its SHA-256. It ends by signing out, by
not being used, by its age, by a new password, by disabling the account, and when the account opens too many others.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from sefaw_rtc import logs
from sefaw_rtc.access.passwords import Passwords
from sefaw_rtc.access.subject import Subject, SubjectKind
from sefaw_rtc.access.throttle import SignInThrottle
from sefaw_rtc.config import Access as Settings
from sefaw_rtc.errors import AccountDisabled, CredentialsWrong, CsrfFailed, SefawError, StoreError, TooMany, UserError
from sefaw_rtc.store import AccountRecord, SessionRecord, Store, normal_user
from signalling.events import Person

COOKIE: Final = "sefaw_session"
CSRF_HEADER: Final = "X-CSRF-Token"
_ID_BYTES: Final = 32
_MAX_COOKIE: Final = 128  # ours is 43 characters
_TOUCH_S: Final = 60  # how exact "last used" is: one write a minute and session

_log = logs.get("access")


class Cookie(msgspec.Struct, frozen=True):
    """The attributes of the session cookie, for `web` to write."""

    secure: bool
    max_age_s: int
    name: str = COOKIE
    http_only: bool = True
    same_site: str = "Strict"
    path: str = "/"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A live session. `cookie` is its secret: it goes into the cookie and nowhere else."""

    cookie: logs.Pii[str]
    csrf: str
    account: AccountRecord
    subject: Subject
    expires_s: int

    @property
    def person(self) -> Person:
        return self.account.person


class SignIns:
    """The door. All times are Unix seconds, given by the shell."""

    def __init__(
        self, store: Store, passwords: Passwords, key: bytes, settings: Settings, *, secure_cookies: bool
    ) -> None:
        """`key`: the one that tokens are made from (`keys.py`); CSRF values get a key derived from it."""
        self._store = store
        self._passwords = passwords
        self._settings = settings
        self._csrf_key = hmac.digest(key, b"sefaw-rtc csrf", "sha256")
        self._throttle = SignInThrottle(
            free=settings.sign_in_free,
            free_address=settings.sign_in_free_address,
            first_s=settings.sign_in_wait_s,
            max_s=settings.sign_in_wait_max_s,
        )
        self._quiet_until = 0
        self.cookie = Cookie(secure=secure_cookies, max_age_s=settings.session_hours * 3600)

    async def sign_in(self, user: str, password: str, address: str, now: int) -> SignedIn:
        """A new session. Raises CredentialsWrong (also for unknown users, after the same work), AccountDisabled (only
        after the right password), TooMany with the seconds to wait."""
        name = _user_or_unknown(user)
        wait = self._throttle.begin(name, address, now)
        if wait > 0:
            _log.info("sign-in throttled", retry_after_s=wait)
            raise TooMany("sign-in", retry_after_s=wait)
        try:
            account = await self._store.run(self._store.accounts.by_user, name) if name else None
            right = await self._passwords.check(account.password_hash if account else None, password)
        except SefawError:  # it was not the password that failed
            self._throttle.take_back(name, address, now)
            raise
        if account is None or not right:
            _log.info("sign-in refused", account=account.id if account else None, reason="credentials")
            raise CredentialsWrong
        self._throttle.succeeded(name, address, now)
        if account.disabled:
            _log.info("sign-in refused", account=account.id, reason="disabled")
            raise AccountDisabled
        await self._rehash(account, password)
        return await self._open(account, now)

    async def confirm(self, account: AccountRecord, password: str, address: str, now: int) -> None:
        """Somebody who is signed in types the password once more (before signing). Guesses count like those at the
        door. Raises CredentialsWrong, AccountDisabled, TooMany."""
        wait = self._throttle.begin(account.user, address, now)
        if wait > 0:
            _log.info("confirmation throttled", account=account.id, retry_after_s=wait)
            raise TooMany("sign-in", retry_after_s=wait)
        try:
            right = await self._passwords.check(account.password_hash, password)
        except SefawError:  # it was not the password that failed
            self._throttle.take_back(account.user, address, now)
            raise
        if not right:
            _log.info("confirmation refused", account=account.id, reason="credentials")
            raise CredentialsWrong
        self._throttle.succeeded(account.user, address, now)
        if account.disabled:
            raise AccountDisabled

    async def session(self, cookie: str | None, now: int) -> SignedIn | None:
        """The live session of this cookie, which counts as use; None if there is none or it ended."""
        if not cookie or len(cookie) > _MAX_COOKIE:
            return None
        record = await self._store.run(self._store.sessions.find, _digest(cookie))
        if record is None:
            return None
        if record.account.disabled or self._ended(record, now):
            await self._note(now, self._store.sessions.end, record.id_sha256)
            return None
        if now - record.used_s >= _TOUCH_S and now >= self._quiet_until:
            await self._note(now, self._store.sessions.touch, record.id_sha256, now)
        idle_end = now + self._settings.session_idle_minutes * 60
        return self._signed_in(cookie, record.account, min(record.expires_s, idle_end))

    async def _note(self, now: int, write: Callable[..., None], *arguments: object) -> None:
        """Write what may be missing: whoever is in a call stays in it when the disk is full or the database locked,
        and the next ones do not wait for the lock as well."""
        try:
            await self._store.run(write, *arguments)
        except (StoreError, UserError) as error:
            self._quiet_until = now + _TOUCH_S
            _log.warning("use of a session not noted", error=type(error).__name__)

    async def sign_out(self, cookie: str) -> None:
        """End the session. Harmless when repeated."""
        await self._store.run(self._store.sessions.end, _digest(cookie))

    async def hashed(self, password: str) -> str:
        """The hash of a new password, off the loop. Raises `UserError(MALFORMED)` if it is too short or too long."""
        return await self._passwords.renew(password)

    def check_csrf(self, cookie: str, token: str | None) -> None:
        """Raise CsrfFailed unless `token` is this session's: for every unsafe request that a cookie signs in."""
        if token is None or not hmac.compare_digest(self._csrf(cookie).encode(), token.encode("utf-8", "replace")):
            raise CsrfFailed

    async def _open(self, account: AccountRecord, now: int) -> SignedIn:
        cookie = secrets.token_urlsafe(_ID_BYTES)
        expires = now + self._settings.session_hours * 3600
        await self._store.run(
            self._store.sessions.add,
            _digest(cookie),
            account.id,
            now_s=now,
            expires_s=expires,
            keep=self._settings.sessions_per_account,
        )
        _log.info("signed in", account=account.id, role=account.person.role)
        return self._signed_in(cookie, account, min(expires, now + self._settings.session_idle_minutes * 60))

    async def _rehash(self, account: AccountRecord, password: str) -> None:
        """Today's parameters for yesterday's hash. A full queue must not keep anybody out: next time, then."""
        if not self._passwords.outdated(account.password_hash):
            return
        try:
            renewed = await self._passwords.renew(password)
        except UserError:
            return
        await self._store.run(self._store.accounts.rehash, account.id, renewed, previous=account.password_hash)

    def _ended(self, record: SessionRecord, now: int) -> bool:
        idle = now - record.used_s > self._settings.session_idle_minutes * 60
        return idle or record.expires_s <= now

    def _signed_in(self, cookie: str, account: AccountRecord, expires: int) -> SignedIn:
        return SignedIn(
            cookie=logs.Pii(cookie),
            csrf=self._csrf(cookie),
            account=account,
            subject=session_subject(account, expires),
            expires_s=expires,
        )

    def _csrf(self, cookie: str) -> str:
        return hmac.new(self._csrf_key, cookie.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def session_subject(account: AccountRecord, expires: int) -> Subject:
    """What a signed-in account is to `decide`."""
    return Subject(
        kind=SubjectKind.SESSION,
        account=account.id,
        institution=account.person.institution,
        role=account.person.role,
        expires=expires,
        disabled=account.disabled,
    )


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()


def _user_or_unknown(user: str) -> str:
    """A name that cannot exist is treated like one that does not: the same answer after the same time."""
    try:
        return normal_user(user[:256])
    except UserError:
        return ""
