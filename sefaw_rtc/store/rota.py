"""Departments, and the rota: who is on duty when. Times are Unix ms."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from sefaw_rtc.errors import Conflict, NotFound, UserError
from sefaw_rtc.store.accounts import account_record
from sefaw_rtc.store.database import Database
from sefaw_rtc.store.models import Account, Department, Institution, Shift
from sefaw_rtc.store.records import DepartmentRecord, ShiftId, ShiftRecord, new_id
from signalling.ids import AccountId, InstitutionId
from signalling.vocabulary import ErrorCode, Role

SHIFT_MS_MAX: Final = 31 * 86_400_000  # a month: longer is a mistake in a date
SHIFTS_LISTED: Final = 2000  # a year of three shifts a day for two departments


class Departments:
    """An institution's fields. The same name in two institutions is the same field for a caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, institution: InstitutionId, name: str) -> DepartmentRecord:
        """The department of this name, made if need be. Raises `NotFound` if the institution is unknown."""
        with self._database.writing() as session:
            if session.get(Institution, institution) is None:
                raise NotFound("institution")
            mine = (Department.institution_id == institution, Department.name == name)
            row = session.scalar(select(Department).where(*mine))
            if row is None:
                row = Department(id=new_id(), institution_id=institution, name=name)
                session.add(row)
            return _department(row)

    def of_institution(self, institution: InstitutionId) -> list[DepartmentRecord]:
        with self._database.reading() as session:
            mine = select(Department).where(Department.institution_id == institution).order_by(Department.name)
            return [_department(row) for row in session.scalars(mine)]

    def names(self) -> list[str]:
        """Those of all institutions that have a specialist who may sign in, each name once: what a caller may ask
        for."""
        staffed = (
            select(Department.name)
            .join(Account, Account.department_id == Department.id)
            .where(Account.role == Role.SPECIALIST, Account.disabled_s == 0)
        )
        with self._database.reading() as session:
            return list(session.scalars(staffed.distinct().order_by(Department.name)))

    def assign(self, account: AccountId, name: str) -> None:
        """The account's department by name, made in its institution if need be; "" = none."""
        with self._database.writing() as session:
            row = _account(session, account)
            row.department_id = None
            if name:
                mine = (Department.institution_id == row.institution_id, Department.name == name)
                found = session.scalar(select(Department).where(*mine))
                if found is None:
                    found = Department(id=new_id(), institution_id=row.institution_id, name=name)
                    session.add(found)
                    session.flush()
                row.department_id = found.id


class Shifts:
    """Who is on duty when. Two people may be at the same time; one person cannot twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, account: AccountId, starts_ms: int, ends_ms: int) -> ShiftRecord:
        """A new shift of a specialist. Raises as `add_all`."""
        return self.add_all(account, [(starts_ms, ends_ms)])[0]

    def add_all(self, account: AccountId, times: Sequence[tuple[int, int]]) -> list[ShiftRecord]:
        """New shifts of a specialist, all or none. Raises `Conflict` if one overlaps another of theirs, `NotFound` for
        an account that is no specialist, `UserError(MALFORMED)` if one ends before it begins or is longer than a
        month."""
        if any(not 0 < ends - starts <= SHIFT_MS_MAX or starts < 0 for starts, ends in times):
            raise UserError(ErrorCode.MALFORMED, "a shift ends after it begins, within a month")
        with self._database.writing() as session:
            if _account(session, account).role != Role.SPECIALIST:
                raise NotFound("specialist")
            return [_added(session, account, starts, ends) for starts, ends in times]

    def remove(self, shift: ShiftId) -> None:
        """Raises `NotFound` if it is gone already."""
        with self._database.writing() as session:
            if session.execute(delete(Shift).where(Shift.id == shift).returning(Shift.id)).first() is None:
                raise NotFound("shift")

    def on_duty(self, now_ms: int) -> list[ShiftRecord]:
        """Whose shift it is now, by its beginning; disabled accounts are nobody's duty."""
        running = (
            select(Shift)
            .join(Account, Account.id == Shift.account_id)
            .where(Shift.starts_ms <= now_ms, Shift.ends_ms > now_ms, Account.disabled_s == 0)
        )
        with self._database.reading() as session:
            return [_shift(session, row) for row in session.scalars(running.order_by(Shift.starts_ms, Shift.id))]

    def next_change(self, now_ms: int) -> int | None:
        """When the next shift begins or ends after `now_ms`; None = nothing is planned."""
        with self._database.reading() as session:
            starts = session.scalar(select(func.min(Shift.starts_ms)).where(Shift.starts_ms > now_ms))
            ends = session.scalar(select(func.min(Shift.ends_ms)).where(Shift.ends_ms > now_ms))
        return min((at for at in (starts, ends) if at is not None), default=None)

    def list(self, from_ms: int, until_ms: int) -> list[ShiftRecord]:
        """Every shift that touches this time, by its beginning."""
        wanted = select(Shift).where(Shift.starts_ms < until_ms, Shift.ends_ms > from_ms)
        with self._database.reading() as session:
            rows = session.scalars(wanted.order_by(Shift.starts_ms, Shift.id).limit(SHIFTS_LISTED))
            return [_shift(session, row) for row in rows]


def _added(session: Session, account: AccountId, starts_ms: int, ends_ms: int) -> ShiftRecord:
    overlap = (Shift.account_id == account, Shift.starts_ms < ends_ms, Shift.ends_ms > starts_ms)
    if session.scalar(select(Shift.id).where(*overlap).limit(1)) is not None:
        raise Conflict("overlaps")
    row = Shift(id=new_id(), account_id=account, starts_ms=starts_ms, ends_ms=ends_ms)
    session.add(row)
    session.flush()
    return _shift(session, row)


def _department(row: Department) -> DepartmentRecord:
    return DepartmentRecord(id=row.id, institution=InstitutionId(row.institution_id), name=row.name)


def _shift(session: Session, row: Shift) -> ShiftRecord:
    person = account_record(_account(session, AccountId(row.account_id))).person
    return ShiftRecord(id=ShiftId(row.id), person=person, starts_ms=row.starts_ms, ends_ms=row.ends_ms)


def _account(session: Session, account: AccountId) -> Account:
    row = session.get(Account, account)
    if row is None:
        raise NotFound("account")
    return row
