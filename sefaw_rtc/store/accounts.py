"""Institutions, accounts and their sessions."""

from collections.abc import Iterable

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sefaw_rtc.errors import Conflict, NotFound
from sefaw_rtc.store.database import Database
from sefaw_rtc.store.models import Account, Institution, SignInSession
from sefaw_rtc.store.records import AccountRecord, InstitutionRecord, SessionRecord, new_id, normal_user
from signalling.events import Person
from signalling.ids import AccountId, InstitutionId
from signalling.vocabulary import Role


class Institutions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, name: str, now_s: int) -> InstitutionRecord:
        """The institution of this name, made if need be."""
        with self._database.writing() as session:
            row = session.scalar(select(Institution).where(Institution.name == name))
            if row is None:
                row = Institution(id=new_id(), name=name, created_s=now_s)
                session.add(row)
            return InstitutionRecord(id=InstitutionId(row.id), name=row.name)

    def named(self, part: str) -> set[str]:
        """The ids of those with this in their name."""
        mine = select(Institution.id).where(Institution.name.contains(part, autoescape=True))
        with self._database.reading() as session:
            return set(session.scalars(mine))

    def all(self) -> list[InstitutionRecord]:
        with self._database.reading() as session:
            rows = session.scalars(select(Institution).order_by(Institution.name))
            return [InstitutionRecord(id=InstitutionId(row.id), name=row.name) for row in rows]


class Accounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, *, user: str, name: str, role: Role, institution: InstitutionId, password_hash: str, now_s: int
    ) -> AccountRecord:
        """A new account. Raises `Conflict` if the user name is taken, `NotFound` if the institution is unknown."""
        row = Account(
            id=new_id(),
            institution_id=institution,
            user=normal_user(user),
            name=name,
            role=role,
            password_hash=password_hash,
            created_s=now_s,
            disabled_s=0,
        )
        with self._database.writing() as session:
            if session.get(Institution, institution) is None:
                raise NotFound("institution")
            session.add(row)
            try:
                session.flush()
            except IntegrityError:
                raise Conflict("user name") from None
            return account_record(row)

    def get(self, account: AccountId) -> AccountRecord | None:
        with self._database.reading() as session:
            row = session.get(Account, account)
            return None if row is None else account_record(row)

    def by_user(self, user: str) -> AccountRecord | None:
        with self._database.reading() as session:
            row = session.scalar(select(Account).where(Account.user == normal_user(user)))
            return None if row is None else account_record(row)

    def named(self, part: str) -> set[str]:
        """The ids of those with this in their name."""
        with self._database.reading() as session:
            return set(session.scalars(select(Account.id).where(Account.name.contains(part, autoescape=True))))

    def all(self) -> list[AccountRecord]:
        with self._database.reading() as session:
            return [account_record(row) for row in session.scalars(select(Account).order_by(Account.user))]

    def disabled_among(self, accounts: Iterable[AccountId]) -> frozenset[AccountId]:
        """Those of `accounts` that are disabled or gone: their live connections are to be cut."""
        asked = frozenset(accounts)
        with self._database.reading() as session:
            alive = select(Account.id).where(Account.id.in_(asked), Account.disabled_s == 0)
            return asked - frozenset(AccountId(found) for found in session.scalars(alive))

    def set_password(self, account: AccountId, password_hash: str) -> None:
        """A new password ends every session of the account."""
        with self._database.writing() as session:
            _found(session, account).password_hash = password_hash
            end_sessions(session, account)

    def rehash(self, account: AccountId, password_hash: str, *, previous: str) -> None:
        """The same password under new parameters; nothing happens if it was changed meanwhile."""
        with self._database.writing() as session:
            mine = (Account.id == account, Account.password_hash == previous)
            session.execute(update(Account).where(*mine).values(password_hash=password_hash))

    def disable(self, account: AccountId, now_s: int) -> None:
        """No signing in any more, and every session ends. Harmless when repeated."""
        with self._database.writing() as session:
            row = _found(session, account)
            row.disabled_s = row.disabled_s or now_s
            end_sessions(session, account)

    def enable(self, account: AccountId) -> None:
        with self._database.writing() as session:
            _found(session, account).disabled_s = 0


class Sessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, id_sha256: bytes, account: AccountId, *, now_s: int, expires_s: int, keep: int) -> None:
        """A new session; the account's oldest beyond `keep` end, as do all that expired."""
        with self._database.writing() as session:
            session.execute(delete(SignInSession).where(SignInSession.expires_s <= now_s))
            session.add(
                SignInSession(
                    id_sha256=id_sha256, account_id=account, created_s=now_s, used_s=now_s, expires_s=expires_s
                )
            )
            session.flush()
            newest_first = (
                select(SignInSession.id_sha256)
                .where(SignInSession.account_id == account)
                .order_by(SignInSession.created_s.desc(), SignInSession.used_s.desc())
            )
            surplus = [found for found in session.scalars(newest_first) if found != id_sha256][keep - 1 :]
            session.execute(delete(SignInSession).where(SignInSession.id_sha256.in_(surplus)))

    def find(self, id_sha256: bytes) -> SessionRecord | None:
        with self._database.reading() as session:
            row = session.get(SignInSession, id_sha256)
            if row is None:
                return None
            return SessionRecord(
                id_sha256=row.id_sha256,
                account=account_record(row.account),
                created_s=row.created_s,
                used_s=row.used_s,
                expires_s=row.expires_s,
            )

    def touch(self, id_sha256: bytes, now_s: int) -> None:
        with self._database.writing() as session:
            mine = SignInSession.id_sha256 == id_sha256
            session.execute(update(SignInSession).where(mine, SignInSession.used_s < now_s).values(used_s=now_s))

    def end(self, id_sha256: bytes) -> None:
        with self._database.writing() as session:
            session.execute(delete(SignInSession).where(SignInSession.id_sha256 == id_sha256))


def account_record(row: Account) -> AccountRecord:
    person = Person(
        account=AccountId(row.id),
        name=row.name,
        role=Role(row.role),
        site=row.institution.name,
        institution=InstitutionId(row.institution_id),
        department=row.department.name if row.department else "",
    )
    return AccountRecord(
        id=person.account,
        user=row.user,
        person=person,
        password_hash=row.password_hash,
        created_s=row.created_s,
        disabled_s=row.disabled_s,
    )


def _found(session: Session, account: AccountId) -> Account:
    row = session.get(Account, account)
    if row is None:
        raise NotFound("account")
    return row


def end_sessions(session: Session, account: AccountId) -> None:
    session.execute(delete(SignInSession).where(SignInSession.account_id == account))
