"""What a log, or what was made of it, says without saying who: for a reviewer who may learn no name of its people.

A person is a letter with a role, in the order of the log, the same wherever they stand; houses, and the patient's name
and number, are not told. What somebody wrote or said stays as it is, a name in it too: the question, chat, marks,
opinions, an administrator's words, what a study is called. So do faces, voices and what is in a picture.
"""

import base64
from collections.abc import Iterable
from string import ascii_uppercase
from typing import Any, Final, Self, TypeVar

import msgspec
from msgspec.structs import replace

from signalling.events import CriticalTold, Event, Grant, OpinionSigned, Patient, Person
from signalling.ids import AccountId, InstitutionId
from signalling.looking import PicturePatient
from signalling.recording import Consent
from signalling.state import SignedOpinion

NOBODY: Final = "–"  # where a name must stand
_ACCOUNTS: Final = frozenset({"account", "callee", "refused", "invited"})  # fields that hold ids, one or several

R = TypeVar("R", bound=msgspec.Struct)


def unnamed(events: Iterable[Event]) -> list[Event]:
    """The log, as the wire has it."""
    people = Unnamed()
    return [people.record(event) for event in events]


class Unnamed:
    """The people of one consultation, as far as they were met. `apart` False: they have no letters, because its log
    is not read."""

    def __init__(self, *, apart: bool = True) -> None:
        self._apart = apart
        self._accounts: dict[str, int] = {}
        self._houses: dict[str, int] = {}
        self._letters: dict[str, int] = {}

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """With everybody of the log met."""
        people = cls()
        for event in events:
            people.record(event)
        return people

    def record(self, value: R) -> R:
        """The same, of nobody. Whatever record has a `Person` in it is one that this knows."""
        made: Any = value
        match value:
            case Person():
                made = self._person(value)
            case Patient():
                made = Patient(name=NOBODY, sex=value.sex, birth_year=value.birth_year)
            case PicturePatient():
                made = PicturePatient(sex=value.sex)
            case Grant():
                made = self._grant(value)
            case CriticalTold():
                made = replace(value, to=NOBODY)
            case Consent():
                made = replace(value, giver_name="", witness="")
            case OpinionSigned() | SignedOpinion():  # a key is its signer's
                made = replace(self._fields(value), key="", signature="")
            case _:
                made = self._fields(value)
        return made  # type: ignore[no-any-return]

    def _fields(self, value: R) -> R:
        return replace(value, **{name: self._value(name, getattr(value, name)) for name in value.__struct_fields__})

    def _value(self, name: str, value: Any) -> Any:
        match value:
            case msgspec.Struct():
                return self.record(value)
            case list() | tuple():
                return type(value)(self._value(name, one) for one in value)
            case str() if name in _ACCOUNTS:
                return self._account(value)
            case _:
                return value

    def _person(self, person: Person) -> Person:
        return Person(
            account=self._account(person.account),
            name=_letter(self._number(self._letters, person.account)) if self._apart else NOBODY,
            role=person.role,
            site=NOBODY,
            institution=self._house(person.institution),
            department=person.department,
        )

    def _grant(self, grant: Grant) -> Grant:
        return replace(
            grant,
            institution=self._house(grant.institution),
            site=NOBODY,
            account=None if grant.account is None else self._account(grant.account),
            name=NOBODY if grant.name else "",
        )

    def _account(self, account: str) -> AccountId:
        return AccountId(_id(self._number(self._accounts, account)))

    def _house(self, institution: str) -> InstitutionId:
        return InstitutionId(_id(self._number(self._houses, institution)))

    def _number(self, met: dict[str, int], one: str) -> int:
        return met.setdefault(one, len(met)) if self._apart else 0


def _letter(number: int) -> str:
    """A to Z, then A2 and on."""
    turn, letter = divmod(number, len(ascii_uppercase))
    return ascii_uppercase[letter] + (str(turn + 1) if turn else "")


def _id(number: int) -> str:
    """In the shape that ids of the wire have, and nobody's."""
    return base64.b32encode(number.to_bytes(16)).decode().rstrip("=").lower()
