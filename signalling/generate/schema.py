"""The wire as data: its records with their fields, bounds and words, read from the Python types."""

import inspect
import types
import typing
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from signalling import events, ids, looking, looking_state, messages, recording, recording_state, state, vocabulary
from signalling.messages import from_client, from_server, parts
from signalling.record import Record, Tagged

# Names that would hide a global of the browser's or clash in one module get another one in TypeScript and the docs.
RENAMED = {"Event": "LogEvent", "Error": "ErrorMessage", "Body": "EventBody", "Answer": "AnswerMessage"}

ENUMS: list[type[StrEnum]] = [
    value
    for value in vars(vocabulary).values()
    if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
]
UNIONS: dict[str, Any] = {
    "EventBody": events.Body,
    "ClientMessage": messages.ClientMessage,
    "ServerMessage": messages.ServerMessage,
}
# Identifiers that must not be mixed up get a branded type in the browser.
BRANDED: dict[str, str] = {
    "ConsultationId": "string",
    "AccountId": "string",
    "InstitutionId": "string",
    "ParticipantId": "number",
    "TrackId": "number",
    "StudyId": "string",
    "SeriesId": "string",
    "InstanceId": "string",
}
ALIASED: dict[str, str] = {"Mid": "string"}


@dataclass(frozen=True)
class Field:
    """One field: its Python type with its bounds stripped, the bounds in words, and its default if it has one."""

    name: str
    type: Any
    bounds: str
    default: str | None


@dataclass(frozen=True)
class Shape:
    """One record. `tag` is its `type` on the wire, or None for plain data."""

    name: str
    tag: str | None
    doc: str
    fields: list[Field]


def union_members(union: Any) -> list[type[Tagged]]:
    """The members of a union of records, in the order written."""
    return list(typing.get_args(union))


def plain_records() -> list[type[Record]]:
    """Every untagged record of the wire, in the order written: the parts that messages, events and state share."""
    found: list[type[Record]] = []
    for module in (events, looking, looking_state, recording, recording_state, state, parts, from_client, from_server):
        for value in vars(module).values():
            is_record = isinstance(value, type) and issubclass(value, Record) and not issubclass(value, Tagged)
            if is_record and value is not Record and value.__module__ == module.__name__:
                found.append(value)
    return found


def shape(record: type[Record]) -> Shape:
    """One record as data."""
    config = record.__struct_config__
    hints = typing.get_type_hints(record, include_extras=True)
    info = {field.name: field for field in msgspec.structs.fields(record)}
    fields = [
        Field(name=info[name].encode_name, type=hints[name], bounds=bounds(hints[name]), default=_default(info[name]))
        for name in record.__struct_fields__
    ]
    return Shape(name=name_of(record), tag=_tag(config.tag), doc=inspect.getdoc(record) or "", fields=fields)


def name_of(thing: Any) -> str:
    """Its name in TypeScript and in the docs."""
    name: str = thing.__name__
    return RENAMED.get(name, name)


def union_name(union: Any) -> str | None:
    """The name of a union that has one."""
    return next((name for name, value in UNIONS.items() if value == union), None)


def strip(annotation: Any) -> tuple[Any, list[Meta]]:
    """An annotation without its `Annotated` shell, and the bounds that were in it."""
    if typing.get_origin(annotation) is Annotated:
        inner, *metas = typing.get_args(annotation)
        return inner, [meta for meta in metas if isinstance(meta, Meta)]
    return annotation, []


def is_union(annotation: Any) -> bool:
    """Whether it is `A | B`."""
    return typing.get_origin(annotation) in {types.UnionType, typing.Union}


def bounds(annotation: Any) -> str:
    """The bounds of a field in words; empty if the type says it all."""
    inner, metas = strip(annotation)
    if is_union(inner):
        words = [bounds(part) for part in typing.get_args(inner)]
        return ", ".join(word for word in words if word)
    unit = "entries" if typing.get_origin(inner) is list else "bytes" if inner is bytes else "characters"
    return ", ".join(word for meta in metas for word in _bound_words(meta, unit))


def _bound_words(meta: Meta, unit: str) -> list[str]:
    words: list[str] = []
    if meta.min_length is not None or meta.max_length is not None:
        words.append(f"{meta.min_length or 0} to {meta.max_length} {unit}")
    if meta.ge is not None and meta.le is not None:
        top = "2^53 - 1" if meta.le == (1 << 53) - 1 else str(meta.le)
        words.append(f"{meta.ge} to {top}")
    if meta.pattern is not None:
        words.append(f"matches {meta.pattern.replace(chr(92) + 'Z', '$')}")
    return words


def text_limits() -> dict[str, int]:
    """The longest text of every named kind, for input fields."""
    limits: dict[str, int] = {}
    for module in (ids, events, looking, recording, parts, from_client, from_server):
        for name, value in vars(module).items():
            inner, metas = strip(value)
            top = next((meta.max_length for meta in metas if meta.max_length is not None), None)
            if inner is str and top is not None:
                limits[name] = top
    return limits


def _default(field: msgspec.structs.FieldInfo) -> str | None:
    if field.default is not msgspec.NODEFAULT:
        return msgspec.json.encode(field.default).decode()
    return "[]" if field.default_factory is not msgspec.NODEFAULT else None


def _tag(tag: object) -> str | None:
    return tag if isinstance(tag, str) else None
