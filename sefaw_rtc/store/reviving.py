"""Accounts that logs name and the database has lost: they come back without a user name that anybody knows and without
a password, switched off, so that the index can name them. An administrator gives them the rest."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sefaw_rtc.store.database import Database
from sefaw_rtc.store.models import Account, Department, Institution
from sefaw_rtc.store.records import new_id
from signalling.events import Person

NO_HASH: Final = "-"  # no password matches it
_NAME_MOST: Final = 80


class Reviving:
    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, people: Iterable[Person], now_s: int) -> int:
        """Whoever of these is not here is made; how many were."""
        made = 0
        with self._database.writing() as session:
            for person in {one.account: one for one in people}.values():
                if session.get(Account, person.account) is None:
                    session.add(_account(session, person, now_s))
                    session.flush()
                    made += 1
        return made


def _account(session: Session, person: Person, now_s: int) -> Account:
    institution = _institution(session, person, now_s)
    return Account(
        id=person.account,
        institution_id=institution.id,
        department_id=_department(session, institution.id, person.department),
        user=person.account,
        name=person.name,
        role=person.role,
        password_hash=NO_HASH,
        created_s=now_s,
        disabled_s=now_s,
    )


def _institution(session: Session, person: Person, now_s: int) -> Institution:
    found = session.get(Institution, person.institution)
    if found is None:
        taken = session.scalar(select(Institution.id).where(Institution.name == person.site))
        name = person.site if taken is None else f"{person.site[: _NAME_MOST - 9]} ({person.institution[:6]})"
        found = Institution(id=person.institution, name=name, created_s=now_s)
        session.add(found)
        session.flush()
    return found


def _department(session: Session, institution: str, name: str) -> str | None:
    if not name:
        return None
    mine = (Department.institution_id == institution, Department.name == name)
    found = session.scalar(select(Department.id).where(*mine))
    if found is None:
        found = new_id()
        session.add(Department(id=found, institution_id=institution, name=name))
        session.flush()
    return found
