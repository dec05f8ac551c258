"""The tables. Typed models, used inside this package only: outside it rows are plain records (`records.py`).

Ids are 26 characters of base32 (128 random bits). Times are integers with their unit in the name: `_s` Unix seconds,
`_ms` Unix milliseconds. A consultation's truth is its log in `recordings`; the rows here only index it.
"""

from typing import Annotated

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Id = Annotated[str, mapped_column(String(26))]
PrimaryId = Annotated[str, mapped_column(String(26), primary_key=True)]
Name = Annotated[str, mapped_column(String(80))]
Word = Annotated[str, mapped_column(String(32))]  # a member of a closed vocabulary of `signalling`
Time = Annotated[int, mapped_column(BigInteger)]


class Base(DeclarativeBase):
    # Constraints have names, so that a later migration can find them (SQLite gives none).
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Institution(Base):
    """A hospital, a clinic."""

    __tablename__ = "institution"

    id: Mapped[PrimaryId]
    name: Mapped[Name] = mapped_column(unique=True)
    created_s: Mapped[Time]


class Department(Base):
    """A field of an institution's specialists. A call goes to the department's name, in whichever hospital."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("institution_id", "name"),)

    id: Mapped[PrimaryId]
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    name: Mapped[Name]


class Account(Base):
    """Somebody who may sign in. `user` is normalised (`records.normal_user`); `disabled_s` 0 = not disabled."""

    __tablename__ = "account"

    id: Mapped[PrimaryId]
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"), index=True)
    user: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Name]
    role: Mapped[Word]
    password_hash: Mapped[str] = mapped_column(String(256))
    created_s: Mapped[Time]
    disabled_s: Mapped[Time]
    department_id: Mapped[Id | None] = mapped_column(ForeignKey("department.id"))

    institution: Mapped[Institution] = relationship(lazy="joined", innerjoin=True)
    department: Mapped[Department | None] = relationship(lazy="joined")


class Shift(Base):
    """When a specialist is on the rota. The desk rings whoever is on it first."""

    __tablename__ = "shift"
    __table_args__ = (Index("ix_shift_starts_ms", "starts_ms"),)

    id: Mapped[PrimaryId]
    account_id: Mapped[Id] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    starts_ms: Mapped[Time]
    ends_ms: Mapped[Time]


class SigningKey(Base):
    """An account's Ed25519 key. The private half is sealed with a key derived from the account's password: nobody but
    its owner can sign. A new password makes a new key; the public half of an old one stays, to check with."""

    __tablename__ = "signing_key"

    public: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("account.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary(256))
    created_s: Mapped[Time]
    retired_s: Mapped[Time]


class Draft(Base):
    """An opinion that is being written: its author's alone, until it is signed."""

    __tablename__ = "draft"

    consultation_id: Mapped[str] = mapped_column(
        String(26), ForeignKey("consultation.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[str] = mapped_column(String(26), ForeignKey("account.id"), primary_key=True)
    body: Mapped[str] = mapped_column(Text)  # of before sealing only
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    saved_ms: Mapped[Time]


class OpenedTo(Base):
    """A grant in a consultation's log, for the list of whoever it is for. Bound to nothing: the log is the truth."""

    __tablename__ = "opened_to"

    consultation_id: Mapped[PrimaryId]
    key: Mapped[str] = mapped_column(String(36), primary_key=True)
    institution_id: Mapped[Id] = mapped_column(index=True)
    account_id: Mapped[Id | None]
    until_ms: Mapped[Time]


class SignInSession(Base):
    """A signed-in browser. Only the SHA-256 of the cookie's value is here: a copy of the database opens no session."""

    __tablename__ = "session"

    id_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_s: Mapped[Time]
    used_s: Mapped[Time]
    expires_s: Mapped[Time] = mapped_column(index=True)

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class Patient(Base):
    """A patient known to an institution. `identifier` is its own number, empty = none."""

    __tablename__ = "patient"

    id: Mapped[PrimaryId]
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"), index=True)
    name: Mapped[Name]
    sex: Mapped[Word]
    birth_year: Mapped[int] = mapped_column(Integer)
    identifier: Mapped[str] = mapped_column(String(64))
    created_s: Mapped[Time]


class Consultation(Base):
    """Index of a consultation: what lists show, and where it stands. Times 0 = not yet."""

    __tablename__ = "consultation"
    __table_args__ = (Index("ix_consultation_institution_id_requested_ms", "institution_id", "requested_ms"),)

    id: Mapped[PrimaryId]
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    requester_id: Mapped[Id] = mapped_column(ForeignKey("account.id"))
    specialist_id: Mapped[Id | None] = mapped_column(ForeignKey("account.id"))
    status: Mapped[Word] = mapped_column(index=True)
    urgency: Mapped[Word]
    reason: Mapped[str] = mapped_column(String(1000))
    patient_name: Mapped[Name]
    patient_sex: Mapped[Word]
    patient_birth_year: Mapped[int] = mapped_column(Integer)
    patient_identifier: Mapped[str] = mapped_column(String(64))
    # The question and the patient, sealed (`sealing.py`). The columns in the clear above are then empty; they hold
    # something in rows of before only, until the server's next start.
    personal: Mapped[bytes | None] = mapped_column(LargeBinary)
    requested_ms: Mapped[Time]
    opened_ms: Mapped[Time]
    closed_ms: Mapped[Time]
    close_reason: Mapped[str | None] = mapped_column(String(32))
    # Rows that were made before these columns: no department, nothing signed.
    department: Mapped[Name] = mapped_column(server_default="")
    opinions: Mapped[int] = mapped_column(Integer, server_default="0")
    acknowledged: Mapped[int] = mapped_column(Integer, server_default="0")
    critical: Mapped[bool] = mapped_column(Boolean, server_default="0")
    critical_told: Mapped[bool] = mapped_column(Boolean, server_default="0")

    requester: Mapped[Account] = relationship(foreign_keys=requester_id, lazy="joined", innerjoin=True)
    specialist: Mapped[Account | None] = relationship(foreign_keys=specialist_id, lazy="joined")
    members: Mapped[list["Member"]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class Member(Base):
    """Who belongs to a consultation: its requester, who answered, who was invited or came in."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("account_id", "consultation_id"),)

    consultation_id: Mapped[str] = mapped_column(
        String(26), ForeignKey("consultation.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[str] = mapped_column(String(26), ForeignKey("account.id"), primary_key=True)
