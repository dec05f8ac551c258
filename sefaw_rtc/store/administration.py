"""What an administrator changes: institutions and their departments, accounts. Every refusal is a `Conflict` whose
detail is a word of `Obstacle`: the page has words for each. Nobody's patient is here."""

from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from sefaw_rtc.errors import Conflict, NotFound
from sefaw_rtc.store.accounts import account_record, end_sessions
from sefaw_rtc.store.database import Database
from sefaw_rtc.store.models import Account, Department, Institution, Shift
from sefaw_rtc.store.records import AccountRecord, DepartmentRecord, InstitutionRecord, new_id, normal_user
from signalling.ids import AccountId, InstitutionId
from signalling.vocabulary import Role

PAGE_MOST: Final = 200  # accounts of one answer


class Obstacle(StrEnum):
    """Why a change cannot be made."""

    NAME_TAKEN = "name_taken"
    USER_TAKEN = "user_taken"
    DEPARTMENT_IN_USE = "department_in_use"
    OTHER_INSTITUTION = "other_institution"
    LAST_ADMINISTRATOR = "last_administrator"
    YOURSELF = "yourself"
    OVERLAPS = "overlaps"


class DepartmentCount(msgspec.Struct, frozen=True, kw_only=True):
    """A department, and how many accounts are in it."""

    id: str
    name: str
    accounts: int


class InstitutionOverview(msgspec.Struct, frozen=True, kw_only=True):
    """An institution as the administrator sees it."""

    id: InstitutionId
    name: str
    accounts: int
    departments: list[DepartmentCount]


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account to be made; `department` is its id, None = none."""

    user: str
    name: str
    role: Role
    institution: InstitutionId
    department: str | None
    password_hash: str


class AccountChange(msgspec.Struct, frozen=True, kw_only=True):
    """How an account is to be from now on."""

    name: str
    role: Role
    institution: InstitutionId
    department: str | None


class Administration:
    """The administrator's changes. Sync, on the store's thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- institutions -----------------------------------------------------------------------------------------------

    def institutions(self) -> list[InstitutionOverview]:
        """All, by name, with their departments and how many accounts each has."""
        with self._database.reading() as session:
            staff = _counts(session, Account.institution_id)
            within = _counts(session, Account.department_id)
            departments: dict[str, list[DepartmentCount]] = {}
            for row in session.scalars(select(Department).order_by(Department.name)):
                found = DepartmentCount(id=row.id, name=row.name, accounts=within.get(row.id, 0))
                departments.setdefault(row.institution_id, []).append(found)
            return [
                InstitutionOverview(
                    id=InstitutionId(row.id),
                    name=row.name,
                    accounts=staff.get(row.id, 0),
                    departments=departments.get(row.id, []),
                )
                for row in session.scalars(select(Institution).order_by(Institution.name))
            ]

    def add_institution(self, name: str, now_s: int) -> InstitutionRecord:
        """Raises `Conflict(NAME_TAKEN)`."""
        row = Institution(id=new_id(), name=name, created_s=now_s)
        with self._database.writing() as session:
            session.add(row)
            _flush(session, Obstacle.NAME_TAKEN)
            return InstitutionRecord(id=InstitutionId(row.id), name=row.name)

    def rename_institution(self, institution: InstitutionId, name: str) -> None:
        """Raises `Conflict(NAME_TAKEN)`, `NotFound`. What is signed and logged keeps the old name."""
        with self._database.writing() as session:
            _institution(session, institution).name = name
            _flush(session, Obstacle.NAME_TAKEN)

    def add_department(self, institution: InstitutionId, name: str) -> DepartmentRecord:
        """Raises `Conflict(NAME_TAKEN)`, `NotFound`."""
        row = Department(id=new_id(), institution_id=institution, name=name)
        with self._database.writing() as session:
            _institution(session, institution)
            session.add(row)
            _flush(session, Obstacle.NAME_TAKEN)
            return DepartmentRecord(id=row.id, institution=institution, name=row.name)

    def rename_department(self, department: str, name: str) -> None:
        """Raises `Conflict(NAME_TAKEN)`, `NotFound`."""
        with self._database.writing() as session:
            _department(session, department).name = name
            _flush(session, Obstacle.NAME_TAKEN)

    def remove_department(self, department: str) -> None:
        """Raises `Conflict(DEPARTMENT_IN_USE)` while an account is in it, disabled ones too; `NotFound`."""
        with self._database.writing() as session:
            row = _department(session, department)
            if session.scalar(select(Account.id).where(Account.department_id == department).limit(1)) is not None:
                raise Conflict(Obstacle.DEPARTMENT_IN_USE)
            session.delete(row)

    # ---- accounts ---------------------------------------------------------------------------------------------------

    def accounts(self, search: str, role: Role | None, offset: int, limit: int) -> tuple[list[AccountRecord], int]:
        """One page of those whose name, user name, institution or department holds every word of `search`, and how many
        there are. `role` None = all."""
        wanted = _searched(search, role)
        with self._database.reading() as session:
            total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
            rows = session.scalars(wanted.order_by(Account.user).offset(offset).limit(min(limit, PAGE_MOST)))
            return [account_record(row) for row in rows], total

    def add_account(self, new: NewAccount, now_s: int) -> AccountRecord:
        """Raises `Conflict(USER_TAKEN, OTHER_INSTITUTION)`, `NotFound`, `UserError(MALFORMED)` for the user name."""
        row = Account(
            id=new_id(),
            institution_id=new.institution,
            user=normal_user(new.user),
            name=new.name,
            role=new.role,
            password_hash=new.password_hash,
            created_s=now_s,
            disabled_s=0,
            department_id=new.department,
        )
        with self._database.writing() as session:
            _check_department(session, new.institution, new.department)
            session.add(row)
            _flush(session, Obstacle.USER_TAKEN)
            return account_record(row)

    def change_account(self, account: AccountId, to: AccountChange, now_ms: int) -> AccountRecord:
        """Another role or institution ends every session of the account; who is no specialist any more has no shifts to
        come. Raises `Conflict(LAST_ADMINISTRATOR, OTHER_INSTITUTION)`, `NotFound`."""
        with self._database.writing() as session:
            row = _account(session, account)
            _check_department(session, to.institution, to.department)
            if to.role is not Role.ADMINISTRATOR:
                _keep_an_administrator(session, row)
            if (row.role, row.institution_id) != (to.role, to.institution):
                end_sessions(session, account)
            row.name, row.role = to.name, to.role
            row.institution_id, row.department_id = to.institution, to.department
            if to.role is not Role.SPECIALIST:
                session.execute(delete(Shift).where(Shift.account_id == account, Shift.ends_ms > now_ms))
            session.flush()
            session.refresh(row)
            return account_record(row)

    def disable_account(self, account: AccountId, now_s: int) -> None:
        """No signing in any more, and every session ends. Raises `Conflict(LAST_ADMINISTRATOR)`, `NotFound`."""
        with self._database.writing() as session:
            row = _account(session, account)
            _keep_an_administrator(session, row)
            row.disabled_s = row.disabled_s or now_s
            end_sessions(session, account)


def _searched(search: str, role: Role | None) -> Select[Account]:
    wanted = select(Account).join(Account.institution).outerjoin(Account.department)
    if role is not None:
        wanted = wanted.where(Account.role == role)
    for word in search.split():
        columns = (Account.user, Account.name, Institution.name, Department.name)
        wanted = wanted.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return wanted


def _counts(session: Session, column: InstrumentedAttribute[Any]) -> dict[str, int]:
    rows = session.execute(select(column, func.count()).group_by(column))
    return {str(key): int(count) for key, count in rows if key is not None}


def _keep_an_administrator(session: Session, row: Account) -> None:
    """Whoever locks the last door from inside cannot open it again."""
    if row.role != Role.ADMINISTRATOR or row.disabled_s:
        return
    others = (Account.role == Role.ADMINISTRATOR, Account.disabled_s == 0, Account.id != row.id)
    if session.scalar(select(Account.id).where(*others).limit(1)) is None:
        raise Conflict(Obstacle.LAST_ADMINISTRATOR)


def _check_department(session: Session, institution: InstitutionId, department: str | None) -> None:
    _institution(session, institution)
    if department is not None and _department(session, department).institution_id != institution:
        raise Conflict(Obstacle.OTHER_INSTITUTION)


def _institution(session: Session, institution: InstitutionId) -> Institution:
    row = session.get(Institution, institution)
    if row is None:
        raise NotFound("institution")
    return row


def _department(session: Session, department: str) -> Department:
    row = session.get(Department, department)
    if row is None:
        raise NotFound("department")
    return row


def _account(session: Session, account: AccountId) -> Account:
    row = session.get(Account, account)
    if row is None:
        raise NotFound("account")
    return row


def _flush(session: Session, obstacle: Obstacle) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(obstacle) from None
