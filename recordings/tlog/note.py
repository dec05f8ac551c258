"""Signed notes (c2sp.org/signed-note): a text, a blank line, and signature lines that name a key and its id. Ed25519,
by keys of type 0x01 (a log) and 0x04 (a witness's timestamped cosignature, c2sp.org/tlog-cosignature)."""

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from recordings.tlog.errors import NoteInvalid, TextInvalid

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
# A checkpoint with 16 signatures, some of them post-quantum (5 kB each), must pass; nobody sends more.
MAX_NOTE: Final = 128 * 1024
MAX_SIGNATURES: Final = 64
_KEY_ID_SIZE: Final = 4
_STAMPED: Final = struct.Struct(">Q64s")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_MAX_TIME: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line: whose it says it is, and the bytes behind the key id."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"— {self.name} {encoded(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key by name: `name+id+base64(type ‖ key)`."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `TextInvalid`, also for a key whose id is not its own or whose type we cannot check."""
        name, _, rest = text.partition("+")
        key_id, _, key = rest.partition("+")
        raw = decoded(key)
        if len(raw) != 33 or raw[0] not in {ED25519, COSIGNATURE}:
            raise TextInvalid("not an Ed25519 key of a log or of a witness")
        found = cls(_key_name(name), raw[0], raw[1:])
        if key_id != found.key_id.hex():
            raise TextInvalid("the id of the key is not its own")
        return found

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:_KEY_ID_SIZE]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes([self.kind]) + self.public)}"

    def signed_at(self, text: str, signature: Signature) -> int | None:
        """Verify. The Unix time (s) that a cosignature vouches for, None for a log's. Raises `NoteInvalid`."""
        at: int | None = None
        value, message = signature.value, text.encode()
        if self.kind == COSIGNATURE:
            if len(value) != _STAMPED.size:
                raise NoteInvalid("not a timestamped signature")
            at, value = _STAMPED.unpack(value)
            if at > _MAX_TIME:
                raise NoteInvalid("a time out of range")
            message = cosigned(text, at)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except (InvalidSignature, ValueError):
            raise NoteInvalid("a signature of a known key is wrong") from None
        return at


class Signer:
    """A key that signs: a log's (`ED25519`) or a witness's (`COSIGNATURE`)."""

    def __init__(self, name: str, private: Ed25519PrivateKey, kind: int = ED25519) -> None:
        self._private = private
        self.key = VerifierKey(_key_name(name), kind, private.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """As a log signs a note."""
        return Signature(self.key.name, self.key.key_id, self._private.sign(text.encode()))

    def cosign(self, text: str, now_s: int) -> Signature:
        """As a witness signs a checkpoint that it found consistent, at this Unix time (s)."""
        value = _STAMPED.pack(now_s, self._private.sign(cosigned(text, now_s)))
        return Signature(self.key.name, self.key.key_id, value)


@dataclass(frozen=True, slots=True)
class Note:
    """A text (with its last newline) and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Raises `NoteInvalid`. Nothing is verified yet."""
        if len(data) > MAX_NOTE:
            raise NoteInvalid("too long")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise NoteInvalid("not UTF-8") from None
        text, gap, below = whole.rpartition("\n\n")
        if not gap or not text or not below.endswith("\n") or _CONTROL.search(whole):
            raise NoteInvalid("no text, blank line and signatures")
        lines = below[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteInvalid("too many signatures")
        return cls(f"{text}\n", tuple(signature_of(line) for line in lines))

    def __bytes__(self) -> bytes:
        return f"{self.text}\n{''.join(map(str, self.signatures))}".encode()

    def signed_by(self, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int | None]:
        """Those of the keys that signed, with the newest time each vouches for. Signatures of unknown keys are passed
        over. Raises `NoteInvalid` if a known key's signature is wrong (the note is then malformed)."""
        known = {(key.name, key.key_id): key for key in keys}
        found: dict[VerifierKey, int | None] = {}
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is not None:
                at = key.signed_at(self.text, signature)
                found[key] = max(at, found.get(key) or 0) if at is not None else None
        return found

    def with_signatures(self, more: Sequence[Signature]) -> "Note":
        """The same text with these under it too; one that is there already is not there twice."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))


def signature_of(line: str) -> Signature:
    """One signature line without its newline. Raises `NoteInvalid`."""
    dash, _, rest = line.partition(" ")
    name, _, value = rest.partition(" ")
    try:
        raw = decoded(value)
        if dash != "—" or len(raw) <= _KEY_ID_SIZE:
            raise NoteInvalid("not a signature line")
        return Signature(_key_name(name), raw[:_KEY_ID_SIZE], raw[_KEY_ID_SIZE:])
    except TextInvalid:
        raise NoteInvalid("not a signature line") from None


def cosigned(text: str, at: int) -> bytes:
    """What a witness signs (cosignature/v1)."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def decoded(text: str) -> bytes:
    """Standard base64 and nothing that only resembles it: one text for the same bytes. Raises `TextInvalid`."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise TextInvalid("not base64") from None
    if encoded(raw) != text:
        raise TextInvalid("not canonical base64")
    return raw


def _key_name(name: str) -> str:
    if not name or "+" in name or any(c.isspace() for c in name) or not name.isprintable():
        raise TextInvalid("not the name of a key")
    return name
