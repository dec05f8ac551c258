"""Which consultations were opened to whom: an index for lists, and for nothing else. Whether somebody may open one is
asked of the consultation's own log each time; a row too many opens nothing, a row too few hides a line of a list."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sefaw_rtc.store.accounts import account_record
from sefaw_rtc.store.database import Database
from sefaw_rtc.store.models import Account, OpenedTo
from signalling.events import Grant, Person
from signalling.ids import ConsultationId, InstitutionId
from signalling.vocabulary import Role

STAFF: Final = (Role.VILLAGE_DOCTOR, Role.OPERATOR, Role.SPECIALIST, Role.REVIEWER, Role.OBSERVER)
PEOPLE_MOST: Final = 1000  # of one institution: what a page can still search in


class Grants:
    """Sync, on the store's thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, consultation: ConsultationId, grants: Iterable[Grant]) -> None:
        """These are all that it has."""
        with self._database.writing() as session:
            session.execute(delete(OpenedTo).where(OpenedTo.consultation_id == consultation))
            session.add_all(
                OpenedTo(
                    consultation_id=consultation,
                    key=grant.key,
                    institution_id=grant.institution,
                    account_id=grant.account,
                    until_ms=grant.until,
                )
                for grant in grants
            )

    def people(self, institution: InstitutionId) -> list[Person]:
        """Who works there and can be given something, by name."""
        with self._database.reading() as session:
            return [account_record(row).person for row in _staff(session, institution)]


def _staff(session: Session, institution: InstitutionId) -> Iterable[Account]:
    here = select(Account).where(
        Account.institution_id == institution, Account.disabled_s == 0, Account.role.in_([role.value for role in STAFF])
    )
    return session.scalars(here.order_by(Account.name, Account.id).limit(PEOPLE_MOST))
