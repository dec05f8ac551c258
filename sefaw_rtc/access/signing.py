"""Signing opinions: each account's Ed25519 key (RFC 8032), made when its owner first signs.

The private half is sealed (AES-256-GCM) under a key derived (argon2id) from the password, and the password is typed at
every signing: so the server alone, or whoever copies its database, cannot sign for anybody. The price: a new password
cannot open the old key. That key is retired, its public half kept to check with, and a new one made.
"""

import base64
import secrets
import struct
from collections.abc import Sequence
from typing import Final

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sefaw_rtc import logs
from sefaw_rtc.access.passwords import Passwords, normal
from sefaw_rtc.access.sessions import SignIns
from sefaw_rtc.errors import SefawError
from sefaw_rtc.store import AccountRecord, SigningKeyRecord, Store
from signalling.ids import AccountId
from signalling.state import SignedOpinion

# version, argon2 memory (KiB), argon2 passes; then salt and nonce; then the private half and the tag (16 bytes).
_HEAD: Final = struct.Struct(">BIB")
_VERSION: Final = 1
_SALT: Final = 16
_NONCE: Final = 12
_PREFIX: Final = _HEAD.size + _SALT + _NONCE
# A damaged seal must not take the machine's memory: four times what a careful administrator would choose.
_MOST_KIB: Final = 1 << 20
_MOST_PASSES: Final = 64
_DOMAIN: Final = b"sefaw-rtc signing key v1\n"

_log = logs.get("access")


class KeyNotOpened(SefawError):  # noqa: N818 - what happened
    """The password is not the one that the key was sealed with, or the sealed key was changed."""


class SigningKey:
    """An opened key. Lives as long as one signing."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public: bytes = private.public_key().public_bytes_raw()

    @property
    def key(self) -> str:
        """The public half, base64, as it stands in the log."""
        return base64.b64encode(self.public).decode()

    def sign(self, text: bytes) -> str:
        """The signature over `text`, base64."""
        return base64.b64encode(self._private.sign(text)).decode()


def seal(private: bytes, password: str, account: AccountId, public: bytes, *, memory_kib: int, passes: int) -> bytes:
    """The private half (32 bytes) under the password, bound to its account and its public half."""
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    head = _HEAD.pack(_VERSION, memory_kib, passes)
    cipher = AESGCM(_derive(password, salt, memory_kib, passes))
    return head + salt + nonce + cipher.encrypt(nonce, private, _bound(head, account, public))


def unseal(sealed: bytes, password: str, account: AccountId, public: bytes) -> SigningKey:
    """Open it. Raises `KeyNotOpened` for another password and for anything that was changed."""
    if len(sealed) < _PREFIX:
        raise KeyNotOpened("too short")
    version, memory_kib, passes = _HEAD.unpack_from(sealed)
    if version != _VERSION or memory_kib > _MOST_KIB or passes > _MOST_PASSES:
        raise KeyNotOpened("another version, or parameters that nobody of us wrote")
    salt, nonce = sealed[_HEAD.size : _HEAD.size + _SALT], sealed[_HEAD.size + _SALT : _PREFIX]
    try:
        cipher = AESGCM(_derive(password, salt, memory_kib, passes))
        private = cipher.decrypt(nonce, sealed[_PREFIX:], _bound(sealed[: _HEAD.size], account, public))
    except (InvalidTag, HashingError):  # HashingError: damaged parameters that argon2 cannot take
        raise KeyNotOpened("password or seal") from None
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(private))
    if key.public != public:
        raise KeyNotOpened("another public half")
    return key


class SigningKeys:
    """Opens an account's key for one signing, after its owner has typed the password once more."""

    def __init__(self, store: Store, passwords: Passwords, sign_ins: SignIns) -> None:
        self._store = store
        self._passwords = passwords
        self._sign_ins = sign_ins

    async def open(self, account: AccountRecord, password: str, address: str, now: int) -> SigningKey:
        """The key of this account. `now` in Unix seconds. Raises CredentialsWrong, AccountDisabled, TooMany."""
        await self._sign_ins.confirm(account, password, address, now)
        record = await self._store.run(self._store.signing_keys.active, account.id)
        if record is not None:
            try:
                return await self._passwords.run(lambda: unseal(record.sealed, password, account.id, record.public))
            except KeyNotOpened:
                _log.warning("signing key retired", account=account.id, reason="password changed or seal damaged")
        key, made = await self._passwords.run(lambda: self._make(account.id, password, now))
        await self._store.run(self._store.signing_keys.replace, made)
        _log.info("signing key made", account=account.id)
        return key

    def _make(self, account: AccountId, password: str, now: int) -> tuple[SigningKey, SigningKeyRecord]:
        private = Ed25519PrivateKey.generate()
        key = SigningKey(private)
        memory_kib, passes = self._passwords.parameters
        sealed = seal(private.private_bytes_raw(), password, account, key.public, memory_kib=memory_kib, passes=passes)
        return key, SigningKeyRecord(public=key.public, account=account, sealed=sealed, created_s=now)


def under_strange_keys(store: Store, signed: Sequence[SignedOpinion]) -> frozenset[int]:
    """The numbers of those whose key this server does not know as their signer's, in use or retired. Sync."""
    publics = {one.number: _public(one.key) for one in signed}
    owners = store.signing_keys.owners(frozenset(publics.values()))
    return frozenset(one.number for one in signed if owners.get(publics[one.number]) != one.signer.account)


def _public(key: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except ValueError:
        return b""


def _derive(password: str, salt: bytes, memory_kib: int, passes: int) -> bytes:
    return hash_secret_raw(
        normal(password).encode(),
        salt,
        time_cost=passes,
        memory_cost=memory_kib,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )


def _bound(head: bytes, account: AccountId, public: bytes) -> bytes:
    return _DOMAIN + head + account.encode() + public
