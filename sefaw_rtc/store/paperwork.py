"""Signing keys and drafts of opinions. A signed opinion itself is in its consultation's log, not here."""

from sqlalchemy import delete, select, update

from sefaw_rtc.store.database import Database
from sefaw_rtc.store.models import Draft, SigningKey
from sefaw_rtc.store.records import DraftRecord, SigningKeyRecord
from sefaw_rtc.store.sealing import Sealing
from signalling.ids import AccountId, ConsultationId


class SigningKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    def active(self, account: AccountId) -> SigningKeyRecord | None:
        """The key that the account signs with now."""
        mine = (SigningKey.account_id == account, SigningKey.retired_s == 0)
        with self._database.reading() as session:
            row = session.scalar(select(SigningKey).where(*mine))
            return None if row is None else _key_record(row)

    def replace(self, record: SigningKeyRecord) -> None:
        """A new key; the account's older one is retired, never removed: its signatures must stay checkable."""
        mine = (SigningKey.account_id == record.account, SigningKey.retired_s == 0)
        with self._database.writing() as session:
            session.execute(update(SigningKey).where(*mine).values(retired_s=record.created_s))
            session.add(
                SigningKey(
                    public=record.public,
                    account_id=record.account,
                    sealed=record.sealed,
                    created_s=record.created_s,
                    retired_s=record.retired_s,
                )
            )

    def owners(self, publics: frozenset[bytes]) -> dict[bytes, AccountId]:
        """Whose each of these public halves is, retired ones too; what is not known is left out."""
        with self._database.reading() as session:
            rows = session.scalars(select(SigningKey).where(SigningKey.public.in_(publics)))
            return {row.public: AccountId(row.account_id) for row in rows}


class Drafts:
    """An author's alone: every method names the account. Sealed with the consultation's key."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

    def get(self, consultation: ConsultationId, account: AccountId) -> DraftRecord | None:
        with self._database.reading() as session:
            row = session.get(Draft, (consultation, account))
            if row is None:
                return None
            body = row.body if row.sealed is None else self._opened(consultation, account, row.sealed)
            return DraftRecord(body=body, saved_ms=row.saved_ms) if body else None

    def put(self, consultation: ConsultationId, account: AccountId, record: DraftRecord) -> None:
        sealed = self._sealing.seal(consultation, _place(consultation, account), record.body.encode())
        with self._database.writing() as session:
            session.merge(
                Draft(
                    consultation_id=consultation,
                    account_id=account,
                    body="",
                    sealed=sealed,
                    saved_ms=record.saved_ms,
                )
            )

    def discard(self, consultation: ConsultationId, account: AccountId) -> None:
        """It was signed. Harmless when repeated."""
        mine = (Draft.consultation_id == consultation, Draft.account_id == account)
        with self._database.writing() as session:
            session.execute(delete(Draft).where(*mine))

    def seal_plain(self) -> int:
        """Seal what stands in the clear, of before; how many. Their consultations have keys already."""
        with self._database.writing() as session:
            rows = session.scalars(select(Draft).where(Draft.sealed.is_(None), Draft.body != "")).all()
            for row in rows:
                place = _place(ConsultationId(row.consultation_id), AccountId(row.account_id))
                row.sealed = self._sealing.seal(ConsultationId(row.consultation_id), place, row.body.encode())
                row.body = ""
            return len(rows)

    def _opened(self, consultation: ConsultationId, account: AccountId, sealed: bytes) -> str:
        plain = self._sealing.open(consultation, _place(consultation, account), sealed)
        return "" if plain is None else plain.decode()


def _place(consultation: ConsultationId, account: AccountId) -> str:
    return f"draft:{consultation}:{account}"


def _key_record(row: SigningKey) -> SigningKeyRecord:
    return SigningKeyRecord(
        public=row.public,
        account=AccountId(row.account_id),
        sealed=row.sealed,
        created_s=row.created_s,
        retired_s=row.retired_s,
    )
