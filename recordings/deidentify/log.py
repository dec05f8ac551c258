"""The consultation's log for a teaching copy: persons are roles, ids and UIDs are others, dates are moved, texts are
scrubbed of every name that the log knows. The result is a log: it decodes, it folds."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

from recordings.deidentify.done import Removed, Unsure, WhatWasDone, words
from recordings.deidentify.key import CopyKey
from recordings.deidentify.names import Scrubber, patterns
from recordings.log import LogHeader
from recordings.timeline.words import Language
from signalling import events as ev
from signalling.codec import ParseError, decode_event, encode_event
from signalling.events import Attachment, CriticalTold, Event, Grant, Patient, Person
from signalling.ids import AccountId, ConsultationId, InstitutionId
from signalling.looking import PicturePatient
from signalling.vocabulary import Role

_DAY_MS: Final = timedelta(days=1) // timedelta(milliseconds=1)
_ACCOUNTS: Final = frozenset({"account", "callee"})
_UIDS: Final = frozenset({"study", "series", "instance"})
_MOMENTS: Final = frozenset({"at", "until"})  # Unix ms; everything else is on the session clock
_MADE_HERE: Final = (Person, Patient, PicturePatient, CriticalTold, Grant)
_LEFT_OUT: Final = frozenset({"proof", "giver_name", "witness", "user"})


def clean_log(
    header: LogHeader, log: Iterable[Event], key: CopyKey, language: Language
) -> tuple[LogHeader, list[Event], WhatWasDone]:
    """A log of roles, with an id, a beginning and no cipher of its own."""
    events = list(log)
    cast = _Cast(events, header.consultation, language)
    copy = _Copy(key, cast)
    cleaned = [copy.event(event) for event in events]
    copy.done.unsure |= {Unsure.FREE_TEXT, Unsure.TIME_OF_DAY, Unsure.RARE_CASE}
    began = max(0, header.started_unix_us - key.days * _DAY_MS * 1000)
    consultation = ConsultationId(key.name("consultation", header.consultation))
    return LogHeader(consultation=consultation, started_unix_us=began, version=header.version), cleaned, copy.done


class _Cast:
    """Who and what the log names, and which role stands for each. Every name is known before the first text is read."""

    def __init__(self, events: list[Event], consultation: ConsultationId, language: Language) -> None:
        self._words = words(language)
        self.roles: dict[AccountId, str] = {}
        self.sites: dict[InstitutionId, str] = {}
        self.patient = self._words["role.patient"]
        self.somebody = self._words["role.person"]
        self._counts: Counter[str] = Counter()
        named: dict[str, str] = {}
        for value in (inner for event in events for inner in _structs(event.body)):
            for pattern, label in self._named(value):
                named.setdefault(pattern, label)
        named.update(dict.fromkeys(patterns(consultation, person=False), self._words["role.number"]))
        self.scrubber = Scrubber(named.items(), self._words["role.date"], self._words["role.number"])

    def _named(self, value: object) -> Iterator[tuple[str, str]]:
        match value:
            case Person():
                yield from self._person(value)
            case Patient(name=name, identifier=number) | PicturePatient(name=name, identifier=number):
                yield from ((one, self.patient) for one in patterns(name, person=True))
                yield from ((one, self._words["role.number"]) for one in patterns(number, person=False))
            case Grant():
                yield from self._recipient(value)
            case CriticalTold(to=name):
                yield from ((one, self.somebody) for one in patterns(name, person=True))
            case _:
                for field in _LEFT_OUT & set(getattr(value, "__struct_fields__", ())):
                    yield from ((one, self.somebody) for one in patterns(getattr(value, field), person=True))

    def _recipient(self, grant: Grant) -> Iterator[tuple[str, str]]:
        site = self.sites.setdefault(grant.institution, f"{self._words['role.site']} {len(self.sites) + 1}")
        yield from ((one, site) for one in patterns(grant.site, person=False))
        yield from ((one, self.somebody) for one in patterns(grant.name, person=True))
        number = self._words["role.number"]
        yield from ((one, number) for one in patterns(grant.institution, person=False))
        yield from ((one, number) for one in patterns(grant.account or "", person=False))

    def _person(self, person: Person) -> Iterator[tuple[str, str]]:
        if person.account not in self.roles:
            role = self._words[f"role.{person.role}"]
            self._counts[role] += 1
            several = person.role is not Role.PATIENT
            self.roles[person.account] = f"{role} {self._counts[role]}" if several else role
        site = self.sites.setdefault(person.institution, f"{self._words['role.site']} {len(self.sites) + 1}")
        yield from ((one, self.roles[person.account]) for one in patterns(person.name, person=True))
        yield from ((one, site) for one in patterns(person.site, person=False))
        number = self._words["role.number"]
        yield from ((one, number) for one in patterns(person.account, person=False))
        yield from ((one, number) for one in patterns(person.institution, person=False))


class _Copy:
    """One log's events made anew."""

    def __init__(self, key: CopyKey, cast: _Cast) -> None:
        self._key, self._cast = key, cast
        self.done = WhatWasDone()

    def event(self, event: Event) -> Event:
        """A role may be longer than a name: a text that then is too long for the wire is cut where the original
        ended."""
        made = msgspec.structs.replace(event, body=self._struct(event.body))
        try:
            return decode_event(encode_event(made))
        except ParseError:
            return msgspec.structs.replace(event, body=_cut(made.body, event.body))

    def _struct(self, value: Any) -> Any:
        match value:
            case Person():
                return self._person(value)
            case Patient():
                self.done.removed[Removed.PERSONS] += 1
                return Patient(name=self._cast.patient)
            case PicturePatient():
                self.done.removed[Removed.PERSONS] += 1
                return PicturePatient(name=self._cast.patient)
            case Grant():
                return self._grant(value)
            case CriticalTold():
                return CriticalTold(to=self._cast.somebody, at=self._moment(value.at))
            case ev.OpinionSigned():
                self.done.removed[Removed.SIGNATURES] += 1
                return msgspec.structs.replace(self._fields(value), key="", signature="")
            case _:
                return self._fields(value)

    def _fields(self, value: Any) -> Any:
        changed = {name: self._value(name, getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **changed)

    def _value(self, name: str, value: Any) -> Any:
        match value:
            case StrEnum() | bool() | None:
                return value
            case Attachment():
                self.done.removed[Removed.ATTACHMENTS] += 1
                return None
            case msgspec.Struct():
                return self._struct(value)
            case list():
                return [self._value(name, one) for one in value]
            case int() if name in _MOMENTS:
                return self._moment(value)
            case str() if value:
                return self._text(name, value)
            case _:
                return value

    def _text(self, name: str, value: str) -> str:
        if name in _ACCOUNTS:
            return self._key.name("account", value)
        if name in _UIDS:
            self.done.removed[Removed.UIDS] += 1
            return self._key.uid(value)
        if name in {"key", "grant"}:
            return self._key.name("key", value)
        if name == "date":
            self.done.removed[Removed.DATES] += 1
            return self._key.date(value)
        if name in {"mid", "item"}:
            return value
        if name in _LEFT_OUT:
            self.done.removed[Removed.PERSONS] += 1
            return ""
        text, names, numbers = self._cast.scrubber.scrub(value)
        self.done.removed[Removed.NAMES] += names
        self.done.removed[Removed.NUMBERS] += numbers
        return text

    def _person(self, person: Person) -> Person:
        self.done.removed[Removed.PERSONS] += 1
        return Person(
            account=AccountId(self._key.name("account", person.account)),
            name=self._cast.roles[person.account],
            role=person.role,
            site=self._cast.sites[person.institution],
            institution=InstitutionId(self._key.name("institution", person.institution)),
            department=self._text("department", person.department) if person.department else "",
        )

    def _grant(self, grant: Grant) -> Grant:
        self.done.removed[Removed.PERSONS] += 1
        return Grant(
            key=self._key.name("key", grant.key),
            institution=InstitutionId(self._key.name("institution", grant.institution)),
            site=self._cast.sites[grant.institution],
            data=grant.data,
            until=max(1, self._moment(grant.until)),
            account=AccountId(self._key.name("account", grant.account)) if grant.account else None,
            name=self._cast.somebody if grant.name else "",
        )

    def _moment(self, at: int) -> int:
        """Unix ms; 0 says that there is none."""
        return max(0, at - self._key.days * _DAY_MS)


def _structs(value: object) -> Iterator[object]:
    """A record and everything in it."""
    if isinstance(value, msgspec.Struct):
        yield value
        for name in value.__struct_fields__:
            yield from _structs(getattr(value, name))
    elif isinstance(value, list):
        for one in value:
            yield from _structs(one)


def _cut(made: Any, original: Any) -> Any:
    """The same record with no text longer than it was."""
    if isinstance(made, str) and not isinstance(made, StrEnum) and isinstance(original, str):
        return made[: len(original)]
    if isinstance(made, Person | Patient | PicturePatient | CriticalTold | Grant) or not isinstance(
        made, msgspec.Struct
    ):
        return made
    changed = {name: _cut(getattr(made, name), getattr(original, name)) for name in made.__struct_fields__}
    return msgspec.structs.replace(made, **changed)
