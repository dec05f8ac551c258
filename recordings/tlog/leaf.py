"""What is logged, so that the log tells nothing about a patient: an entry is a salted commitment and nothing else.

    entry       = 01 ‖ commitment                                                              (33 bytes)
    commitment  = SHA-256(salt ‖ canonical JSON of {consultation, digest, kind, t_unix_ms, version})
    consultation = SHA-256(consultation salt ‖ consultation id), lower-case hex: the same in all its leaves

Whoever is shown the opened leaf (salt and all, in the `extra` of a proof) can make the entry again; nobody else can
tell a consent from a score, or two leaves of one consultation from those of two. What was committed to stays in the
consultation's folder, with its salts: after an erasure the log is as it was and says nothing to anybody.

Version 2: what the leaf is about could be guessed (an event, a score), so its digest is salted too, with a secret that
ends with the consultation's data key: HMAC-SHA256(secret, digest).
"""

import hashlib
import hmac
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from recordings.tlog.errors import LeafInvalid
from signalling.canonical import canonical
from signalling.ids import ConsultationId, Count
from signalling.record import Record

SALT_SIZE: Final = 32
ENTRY_SIZE: Final = 33
SALTED: Final = 2  # the version of a leaf whose digest is salted
_VERSION: Final = b"\x01"
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class LeafKind(StrEnum):
    """What happened."""

    CONSENT = "consent"
    ACCESS = "access"
    OPENED = "opened"
    SEGMENT = "segment"
    SEALED = "sealed"
    OPINION = "opinion"
    SCORE = "score"
    EXPORT = "export"
    ERASURE = "erasure"


class Leaf(Record, frozen=True):
    """A leaf, opened. `digest` is the SHA-256 of what it speaks of (a file, a canonical JSON), of version 2 `salted`;
    `salt` is 32 random bytes made once and kept, so that the same leaf logged twice is one leaf."""

    consultation: Hash
    digest: Hash
    kind: LeafKind
    salt: Hash
    t_unix_ms: Count
    version: Annotated[int, Meta(ge=1, le=SALTED)] = 1

    @property
    def entry(self) -> bytes:
        """What stands in the log."""
        said = {name: value for name, value in msgspec.to_builtins(self).items() if name != "salt"}
        return _VERSION + hashlib.sha256(bytes.fromhex(self.salt) + canonical(said)).digest()

    def __bytes__(self) -> bytes:
        """The opened leaf as canonical JSON: what a proof carries as `extra`."""
        return canonical(msgspec.to_builtins(self))

    @classmethod
    def parse(cls, data: bytes) -> "Leaf":
        """Raises `LeafInvalid`, also where the bytes are not the canonical ones."""
        try:
            leaf = msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise LeafInvalid("not a leaf") from None
        if bytes(leaf) != data:
            raise LeafInvalid("not written canonically")
        return leaf


def salted(secret: bytes, digest: str) -> str:
    """The digest of a leaf of version 2: who has no secret can try no guess on it."""
    return hmac.digest(secret, bytes.fromhex(digest), "sha256").hex()


def consultation_commitment(salt: bytes, consultation: ConsultationId) -> str:
    """How a consultation's leaves name it."""
    return hashlib.sha256(salt + consultation.encode()).hexdigest()
