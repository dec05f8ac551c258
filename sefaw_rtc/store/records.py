"""Rows as the rest of the server sees them: plain, frozen, complete."""

import base64
import re
import secrets
import unicodedata
from typing import Final, NewType

import msgspec

from sefaw_rtc.errors import UserError
from signalling.events import Patient, Person
from signalling.ids import AccountId, InstitutionId
from signalling.messages import Brief
from signalling.vocabulary import ErrorCode

PatientId = NewType("PatientId", str)
ShiftId = NewType("ShiftId", str)

_USER: Final = re.compile(r"[^\s\x00-\x1f\x7f:/@\\]{1,64}")


class InstitutionRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: InstitutionId
    name: str


class DepartmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    institution: InstitutionId
    name: str


class ShiftRecord(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody is on duty; Unix ms."""

    id: ShiftId
    person: Person
    starts_ms: int
    ends_ms: int


class AccountRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`person` is what others see. `password_hash` stays inside `access`."""

    id: AccountId
    user: str
    person: Person
    password_hash: str
    created_s: int
    disabled_s: int = 0

    @property
    def disabled(self) -> bool:
        return self.disabled_s > 0


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    id_sha256: bytes
    account: AccountRecord
    created_s: int
    used_s: int
    expires_s: int


class PatientRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: PatientId
    institution: InstitutionId
    patient: Patient


class ConsultationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`brief` is what lists show; `institution` the requester's; `members` everybody who belongs to it."""

    brief: Brief
    institution: InstitutionId
    members: frozenset[AccountId] = frozenset()


class SigningKeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`public`: 32 bytes; `sealed`: as `access.signing` makes it; `retired_s` 0 = in use."""

    public: bytes
    account: AccountId
    sealed: bytes
    created_s: int
    retired_s: int = 0


class DraftRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`body` is JSON of the form that is being filled in."""

    body: str
    saved_ms: int


def new_id() -> str:
    """A new random id, 128 bits in the wire's form (`signalling.ids`)."""
    return base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower()


def normal_user(text: str) -> str:
    """A user name as it is stored and looked up: NFKC, case folded. Raises `UserError(MALFORMED)`."""
    user = unicodedata.normalize("NFKC", text.strip()).casefold()
    if not _USER.fullmatch(user):
        raise UserError(ErrorCode.MALFORMED, "user name: 1 to 64 characters without spaces, : / @ or \\")
    return user
