"""A site key that never leaves its device: an AES key in a PKCS#11 token (a smart card, an HSM, SoftHSM2), which wraps
and unwraps data keys with CKM_AES_GCM (PKCS#11 3.0, 2.14.3). What is on the disk is as with a key in a file.

Needs `python-pkcs11`, which comes with `pip install sefaw-rtc[pkcs11]`, and the maker's library.
"""

import hashlib
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from recordings.crypt import KEY_BYTES, NONCE_BYTES, TAG_BYTES
from recordings.errors import NotAuthentic, StorageFailed, WrongKey

_NAME: Final = 16  # as of a key in a file
_ID_BYTES: Final = 16  # CKA_ID: what tells this key from another of the same label


class Pkcs11SiteKey:
    """A `SiteKey`. May be used by several threads: one at a time goes to the device."""

    def __init__(self, library: Path, token: str, label: str, pin: str, *, make: bool) -> None:
        """The AES key `label` of the token `token`. `make`: a new one if there is none. Raises `WrongKey` (no such
        token or key, a key without an id, a wrong PIN), `StorageFailed` (no such library, a device that does not
        answer)."""
        try:
            import pkcs11  # noqa: PLC0415 - optional, and the maker's library is loaded with it
        except ImportError:
            raise StorageFailed("python-pkcs11 is not installed: pip install 'sefaw-rtc[pkcs11]'") from None
        self._pkcs11: Any = pkcs11
        self._wrong = (pkcs11.EncryptedDataInvalid, pkcs11.EncryptedDataLenRange)
        self._library, self._token, self._label, self._pin = library, token, label, pin
        self._pin_refused = False
        self._turn = threading.Lock()
        self._session, self._key, self.name = self._entered(make=make)

    def wrap(self, nonce: bytes, key: bytes, context: bytes) -> bytes:
        """Raises `StorageFailed`."""
        with self._turn:
            try:
                return self._done(lambda: self._key.encrypt(key, **self._gcm(nonce, context)))
            except self._pkcs11.PKCS11Error as error:
                raise StorageFailed(f"the token does not wrap: {type(error).__name__}") from None

    def unwrap(self, nonce: bytes, wrapped: bytes, context: bytes) -> bytes:
        """Raises `NotAuthentic`, `StorageFailed`."""
        with self._turn:
            try:
                return self._done(lambda: self._key.decrypt(wrapped, **self._gcm(nonce, context)))
            except self._pkcs11.PKCS11Error as error:
                # SoftHSM2's word for a wrong tag is everybody's word for an outage.
                vague = isinstance(error, self._pkcs11.GeneralError)
                if isinstance(error, self._wrong) or (vague and self._works()):
                    raise NotAuthentic("a wrapped data key") from None
                raise StorageFailed(f"the token does not unwrap: {type(error).__name__}") from None

    def _done(self, act: Callable[[], Any]) -> bytes:
        """What the device answers; where it stumbles, what it answers in a new session: one that was away, or was
        started again, does not know the old one. Raises `PKCS11Error`, `StorageFailed`."""
        try:
            return bytes(act())
        except self._wrong:
            raise
        except self._pkcs11.PKCS11Error:
            self._enter_again()
        return bytes(act())

    def _works(self) -> bool:
        """Whether the device wraps and unwraps at all."""
        nonce, trial, context = secrets.token_bytes(NONCE_BYTES), secrets.token_bytes(KEY_BYTES), b"sefaw trial"
        try:
            wrapped = bytes(self._key.encrypt(trial, **self._gcm(nonce, context)))
            return bytes(self._key.decrypt(wrapped, **self._gcm(nonce, context))) == trial
        except self._pkcs11.PKCS11Error:
            return False

    def _enter_again(self) -> None:
        """Raises `StorageFailed`."""
        with suppress(self._pkcs11.PKCS11Error):  # a device that forgot it has nothing to close
            self._session.close()
        try:
            session, key, name = self._entered(make=False)
        except WrongKey as error:  # it was there before: for the one who asks this is an outage
            raise StorageFailed(str(error)) from None
        if name != self.name:
            raise StorageFailed(f"the token {self._token} has another key {self._label} than before")
        self._session, self._key = session, key

    def _entered(self, *, make: bool) -> tuple[Any, Any, str]:
        """A new session, the key in it and the key's name. Raises `WrongKey`, `StorageFailed`."""
        pkcs11 = self._pkcs11
        if self._pin_refused:  # some wrong ones lock a token for good
            raise WrongKey(f"the token {self._token} refused the PIN: it is not tried again before the next start")
        try:
            session = self._opened(pkcs11.lib(str(self._library)).get_token(token_label=self._token), rw=make)
            key = self._found(session, self._label) or (self._made(session, self._label) if make else None)
            identity = b"" if key is None else bytes(key[pkcs11.Attribute.ID])
        except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned, pkcs11.PinIncorrect, pkcs11.PinLocked) as error:
            self._pin_refused = isinstance(error, pkcs11.PinIncorrect | pkcs11.PinLocked)
            raise WrongKey(f"the token {self._token} cannot be opened: {type(error).__name__}") from None
        except (pkcs11.PKCS11Error, OSError) as error:
            what = f"the PKCS#11 library {self._library} cannot be used"
            raise StorageFailed(f"{what}: {type(error).__name__}") from None
        if key is None:
            raise WrongKey(f"the token {self._token} has no key {self._label}")
        if not identity:
            raise WrongKey(f"the key {self._label} has no id (CKA_ID): nothing tells it from another one")
        return session, key, hashlib.sha256(b"pkcs11:" + identity).hexdigest()[:_NAME]

    def _opened(self, token: Any, *, rw: bool) -> Any:
        """Who is logged in is so for the whole process: a second time is refused, and not needed."""
        try:
            return token.open(rw=rw, user_pin=self._pin)
        except self._pkcs11.UserAlreadyLoggedIn:
            return token.open(rw=rw)

    def _gcm(self, nonce: bytes, context: bytes) -> dict[str, Any]:
        parameters = self._pkcs11.GCMParams(nonce, aad=context, tag_bits=TAG_BYTES * 8)
        return {"mechanism": self._pkcs11.Mechanism.AES_GCM, "mechanism_param": parameters}

    def _found(self, session: Any, label: str) -> Any:
        """Two of one label are none: which of them would be a guess."""
        wanted = {
            self._pkcs11.Attribute.LABEL: label,
            self._pkcs11.Attribute.CLASS: self._pkcs11.ObjectClass.SECRET_KEY,
        }
        keys = list(session.get_objects(wanted))
        if len(keys) > 1:
            raise WrongKey(f"the token has {len(keys)} keys {label}")
        return keys[0] if keys else None

    def _made(self, session: Any, label: str) -> Any:
        attribute = self._pkcs11.Attribute
        return session.generate_key(
            self._pkcs11.KeyType.AES,
            KEY_BYTES * 8,
            label=label,
            id=secrets.token_bytes(_ID_BYTES),
            store=True,
            template={attribute.SENSITIVE: True, attribute.EXTRACTABLE: False},
        )
