"""A site key that never leaves its device: an AES key in a PKCS#11 token (a smart card, an HSM, SoftHSM2), which wraps
and unwraps data keys with CKM_AES_GCM (PKCS#11 3.0, 2.14.3). What is on the disk is as with a key in a file.

Needs `python-pkcs11`, which comes with `pip install sefaw-rtc[pkcs11]`, and the maker's library.
"""

import hashlib
import secrets
import threading
from pathlib import Path
from typing import Any, Final

from recordings.crypt import KEY_BYTES, TAG_BYTES
from recordings.errors import NotAuthentic, StorageFailed, WrongKey

_NAME: Final = 16  # as of a key in a file
_ID_BYTES: Final = 16  # CKA_ID: what tells this key from another of the same label


class Pkcs11SiteKey:
    """A `SiteKey`. May be used by several threads: one at a time goes to the device."""

    def __init__(self, library: Path, token: str, label: str, pin: str, *, make: bool) -> None:
        """The AES key `label` of the token `token`. `make`: a new one if there is none. Raises `WrongKey` (no such
        token or key, a wrong PIN), `StorageFailed` (no such library, a device that does not answer)."""
        try:
            import pkcs11  # noqa: PLC0415 - optional, and the maker's library is loaded with it
        except ImportError:
            raise StorageFailed("python-pkcs11 is not installed: pip install 'sefaw-rtc[pkcs11]'") from None
        self._pkcs11: Any = pkcs11
        self._turn = threading.Lock()
        try:
            self._session = self._opened(pkcs11.lib(str(library)).get_token(token_label=token), pin, rw=make)
            self._key: Any = self._found(label) or (self._made(label) if make else None)
        except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned, pkcs11.PinIncorrect, pkcs11.PinLocked) as error:
            raise WrongKey(f"the token {token} cannot be opened: {type(error).__name__}") from None
        except (pkcs11.PKCS11Error, OSError) as error:
            raise StorageFailed(f"the PKCS#11 library {library} cannot be used: {type(error).__name__}") from None
        if self._key is None:
            raise WrongKey(f"the token {token} has no key {label}")
        identity = bytes(self._key[pkcs11.Attribute.ID])
        self.name = hashlib.sha256(b"pkcs11:" + identity).hexdigest()[:_NAME]

    def wrap(self, nonce: bytes, key: bytes, context: bytes) -> bytes:
        """Raises `StorageFailed`."""
        with self._turn:
            try:
                return bytes(self._key.encrypt(key, **self._gcm(nonce, context)))
            except self._pkcs11.PKCS11Error as error:
                raise StorageFailed(f"the token does not wrap: {type(error).__name__}") from None

    def unwrap(self, nonce: bytes, wrapped: bytes, context: bytes) -> bytes:
        """Raises `NotAuthentic`, `StorageFailed`."""
        refused = (
            self._pkcs11.exceptions.EncryptedDataInvalid,
            self._pkcs11.exceptions.EncryptedDataLenRange,
            self._pkcs11.exceptions.GeneralError,  # SoftHSM2's word for a tag that is wrong
        )
        with self._turn:
            try:
                return bytes(self._key.decrypt(wrapped, **self._gcm(nonce, context)))
            except refused:
                raise NotAuthentic("a wrapped data key") from None
            except self._pkcs11.PKCS11Error as error:
                raise StorageFailed(f"the token does not unwrap: {type(error).__name__}") from None

    def _opened(self, token: Any, pin: str, *, rw: bool) -> Any:
        """Who is logged in is so for the whole process: a second time is refused, and not needed."""
        try:
            return token.open(rw=rw, user_pin=pin)
        except self._pkcs11.UserAlreadyLoggedIn:
            return token.open(rw=rw)

    def _gcm(self, nonce: bytes, context: bytes) -> dict[str, Any]:
        parameters = self._pkcs11.GCMParams(nonce, aad=context, tag_bits=TAG_BYTES * 8)
        return {"mechanism": self._pkcs11.Mechanism.AES_GCM, "mechanism_param": parameters}

    def _found(self, label: str) -> Any:
        """Two of one label are none: which of them would be a guess."""
        wanted = {
            self._pkcs11.Attribute.LABEL: label,
            self._pkcs11.Attribute.CLASS: self._pkcs11.ObjectClass.SECRET_KEY,
        }
        keys = list(self._session.get_objects(wanted))
        if len(keys) > 1:
            raise WrongKey(f"the token has {len(keys)} keys {label}")
        return keys[0] if keys else None

    def _made(self, label: str) -> Any:
        attribute = self._pkcs11.Attribute
        return self._session.generate_key(
            self._pkcs11.KeyType.AES,
            KEY_BYTES * 8,
            label=label,
            id=secrets.token_bytes(_ID_BYTES),
            store=True,
            template={attribute.SENSITIVE: True, attribute.EXTRACTABLE: False},
        )
