"""Encryption at rest. A consultation has one data key; the site key, which lives outside the archive, wraps it; every
file has a key of its own, derived from the data key and a salt that stands in the file. Erasing a consultation is
destroying its data key.

    key.json  = {"version":1,"site_key":name,"nonce":base64,"wrapped":base64}
    wrapped   = AES-256-GCM(site key, nonce, data key, aad = "sefaw data key v1:<consultation>")
    file key  = HKDF-SHA256(data key, salt = 32 bytes in the file, info = the `Use`)
    nth box   = AES-256-GCM(file key, nonce = 4 zero bytes ‖ n as u64 big-endian, aad = SHA-256(first record))

A file key seals each number once: whoever goes on with a file takes a new salt. Binding to the first record and to the
number makes a box worthless in another file or at another place of the same one.
"""

import base64
import binascii
import hashlib
import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Meta

from recordings.errors import Erased, KeyDamaged, KeyExists, NotAuthentic, WrongKey
from recordings.storage import sync_folder, typed
from signalling.ids import ConsultationId

KEY_BYTES: Final = 32  # AES-256
SALT_BYTES: Final = 32
TAG_BYTES: Final = 16
NONCE_BYTES: Final = 12
CIPHER: Final = "A256GCM"
KEY_FILE: Final = "key.json"
VERSION: Final = 1
_MAX_KEY_FILE: Final = 4096
_NAME: Final = 16  # hexadecimal digits of a site key's name: enough to tell keys apart, nothing of the key


class Use(StrEnum):
    """What a key is derived for (HKDF's info)."""

    MEDIA = "sefaw journal v1 media"
    LOG = "sefaw journal v1 log"
    SNAPSHOTS = "sefaw journal v1 snapshots"
    FILE = "sefaw journal v1 file"
    REVIEWS = "sefaw journal v1 reviews"
    INDEX = "sefaw index v1"
    LEAVES = "sefaw leaves v1"


@dataclass(frozen=True, repr=False)
class DataKey:
    """A consultation's key. Not printed, not logged."""

    raw: bytes


class SiteKey(Protocol):
    """What wraps data keys: a key in memory (`HeldSiteKey`), from a file or the environment, or one that never leaves
    its device (`pkcs11_key.Pkcs11SiteKey`). A service (KMS) would implement these three; none is part of this
    program."""

    @property
    def name(self) -> str:
        """Tells site keys apart, and says nothing of the key."""

    def wrap(self, nonce: bytes, key: bytes, context: bytes) -> bytes:
        """Seal a data key for this context."""

    def unwrap(self, nonce: bytes, wrapped: bytes, context: bytes) -> bytes:
        """The data key. Raises `NotAuthentic`."""


class HeldSiteKey:
    """A `SiteKey` in this process's memory."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 random bytes."""
        self.name = hashlib.sha256(key).hexdigest()[:_NAME]
        self._aead = AESGCM(key)

    def wrap(self, nonce: bytes, key: bytes, context: bytes) -> bytes:
        return self._aead.encrypt(nonce, key, context)

    def unwrap(self, nonce: bytes, wrapped: bytes, context: bytes) -> bytes:
        try:
            return self._aead.decrypt(nonce, wrapped, context)
        except InvalidTag:
            raise NotAuthentic("a wrapped data key") from None


class FileKey:
    """The key of one file, or of what was written into it since its last restart."""

    def __init__(self, key: DataKey, use: Use, salt: bytes, first: bytes) -> None:
        """`first`: the payload of the file's first record."""
        derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=use.value.encode()).derive(key.raw)
        self._aead = AESGCM(derived)
        self._aad = hashlib.sha256(first).digest()
        self._sealed = 0

    def seal(self, plain: bytes) -> bytes:
        """The next box: as long as what is in it, and `TAG_BYTES`."""
        nonce, self._sealed = _nonce(self._sealed), self._sealed + 1
        return self._aead.encrypt(nonce, plain, self._aad)

    def seal_as(self, plain: bytes, number: int) -> bytes:
        """The box of this number. Each number once, and never together with `seal`: the caller sees to it."""
        return self._aead.encrypt(_nonce(number), plain, self._aad)

    def open(self, box: bytes, number: int) -> bytes:
        """What is in the box of this number, counted from 0. Raises `NotAuthentic`."""
        try:
            return self._aead.decrypt(_nonce(number), box, self._aad)
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag
            raise NotAuthentic("a record") from None


def seal_field(key: DataKey, place: str, plain: bytes) -> bytes:
    """A field of the index: a random nonce before the box, since nobody counts these (some hundred under one key).
    `place` binds it to its row."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _field_key(key).encrypt(nonce, plain, place.encode())


def open_field(key: DataKey, place: str, sealed: bytes) -> bytes:
    """Raises `NotAuthentic`."""
    try:
        return _field_key(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError):
        raise NotAuthentic("a field of the index") from None


def leaf_secret(key: DataKey) -> bytes:
    """What salts the digests of a consultation's leaves: it ends with the data key."""
    return _derived(key, Use.LEAVES)


def _field_key(key: DataKey) -> AESGCM:
    return AESGCM(_derived(key, Use.INDEX))


def _derived(key: DataKey, use: Use) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=use.value.encode()).derive(key.raw)


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


# ---- key.json -----------------------------------------------------------------------------------------------------


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wrapped data key as it stands in `key.json`."""

    version: int
    site_key: Annotated[str, Meta(max_length=64)]
    nonce: Annotated[str, Meta(max_length=64)]
    wrapped: Annotated[str, Meta(max_length=1024)]


def create_key(folder: Path, consultation: ConsultationId, site: SiteKey) -> DataKey:
    """A new data key, on the disk itself before it is returned: what it seals must never outlive it by a power cut.
    Makes the folder. Raises `KeyExists`, `StorageFull`, `StorageFailed`."""
    key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    wrapped = site.wrap(nonce, key, _context(consultation))
    text = msgspec.json.encode(KeyFile(VERSION, site.name, _base64(nonce), _base64(wrapped)))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(folder / KEY_FILE, text)
    except FileExistsError:
        raise KeyExists("there is a data key") from None
    except OSError as error:
        raise typed(error) from None
    sync_folder(folder)
    sync_folder(folder.parent)
    return DataKey(key)


def open_key(folder: Path, consultation: ConsultationId, site: SiteKey | None) -> DataKey:
    """The data key. Raises `Erased` if there is none, `WrongKey`, `KeyDamaged`, `StorageFailed`."""
    try:
        with (folder / KEY_FILE).open("rb") as file:
            text = file.read(_MAX_KEY_FILE)
    except FileNotFoundError:
        raise Erased("there is no data key") from None
    except OSError as error:
        raise typed(error) from None
    try:
        kept = msgspec.json.decode(text, type=KeyFile)
        nonce, wrapped = (base64.b64decode(part, validate=True) for part in (kept.nonce, kept.wrapped))
    except (msgspec.DecodeError, UnicodeError, RecursionError, binascii.Error, ValueError):
        raise KeyDamaged("key.json is damaged") from None
    if kept.version != VERSION:
        raise KeyDamaged("key.json is of a version that this program does not read")
    if site is None:
        raise WrongKey(f"the site key {kept.site_key} is needed, and there is none")
    if site.name != kept.site_key:
        raise WrongKey(f"the site key {kept.site_key} is needed, and this one is {site.name}")
    return _unwrapped(site, nonce, wrapped, consultation)


def destroy(folder: Path) -> None:
    """Erase: the data key is overwritten, brought to the disk and unlinked; harmless when repeated. What it sealed
    stays where it is and says `Erased`. A disk that writes elsewhere (flash, copy on write) and a backup may keep
    the wrapped key: there erasure is done when those copies end, or the site key does. Raises `StorageFailed`."""
    path = folder / KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(descriptor, secrets.token_bytes(os.fstat(descriptor).st_size), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        raise typed(error) from None
    sync_folder(folder)


def _unwrapped(site: SiteKey, nonce: bytes, wrapped: bytes, consultation: ConsultationId) -> DataKey:
    try:
        key = site.unwrap(nonce, wrapped, _context(consultation))
    except (NotAuthentic, ValueError):  # ValueError: a nonce of no length that AES-GCM takes
        raise KeyDamaged("key.json does not open: it was changed, or is another consultation's") from None
    if len(key) != KEY_BYTES:
        raise KeyDamaged("key.json holds a key of another length")
    return DataKey(key)


def write_once(path: Path, text: bytes) -> None:
    """Whole or not at all, and never over what is there."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()


def _context(consultation: ConsultationId) -> bytes:
    return f"sefaw data key v1:{consultation}".encode()


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
