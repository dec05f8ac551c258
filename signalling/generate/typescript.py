"""The browser's types (viewer/src/session/wire.gen.ts). Every field is always sent, so none is optional here."""

import re
import typing
from enum import StrEnum
from typing import Any

from signalling.generate import schema
from signalling.looking_state import FADES_US, FREEZES_KEPT, MARKS_KEPT
from signalling.recording_state import GAPS_KEPT
from signalling.state import CHAT_KEPT, GRANTS_KEPT
from signalling.vocabulary import WIRE_VERSION

_HEAD = """\
// The wire: every message, event and state. Written by `python -m signalling.generate` from signalling/; do not edit.
// Text bounds count Unicode code points. What the server sends always has every field; so must what the page sends.
"""
_PRIMITIVES = {int: "number", str: "string", bool: "boolean", bytes: "string", type(None): "null"}


def typescript() -> str:
    """The whole file."""
    limits = ", ".join(f"{name}: {top}" for name, top in schema.text_limits().items())
    parts = [
        _HEAD,
        f"export const WIRE_VERSION = {WIRE_VERSION};",
        "/** Chat lines in a state; older ones stay in the log. */",
        f"export const CHAT_KEPT = {CHAT_KEPT};",
        "/** The same for marks and freezes; a fading mark is looked at for FADES_US (µs). */",
        f"export const MARKS_KEPT = {MARKS_KEPT};",
        f"export const FREEZES_KEPT = {FREEZES_KEPT};",
        f"export const FADES_US = {FADES_US};",
        f"export const GAPS_KEPT = {GAPS_KEPT};",
        f"export const GRANTS_KEPT = {GRANTS_KEPT};",
        "/** The longest text of each kind, in code points. */",
        f"export const MAX_LENGTH = {{ {limits} }} as const;",
        _section("Ids: each a type of its own, so that they cannot be mixed up"),
        "declare const brand: unique symbol;",
        *(f'export type {name} = {base} & {{ readonly [brand]: "{name}" }};' for name, base in schema.BRANDED.items()),
        *(f"export type {name} = {base};" for name, base in schema.ALIASED.items()),
        _section("Vocabularies: the array holds every word, the type is their union"),
        *(_enum(enum) for enum in schema.ENUMS),
        _section("Parts of messages, events and state"),
        *(_interface(record) for record in schema.plain_records()),
        _section("Events: the entries of a consultation's log"),
        _union("EventBody"),
        _section("Messages from the page to the server"),
        _union("ClientMessage"),
        _section("Messages from the server to the page"),
        _union("ServerMessage"),
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip("\n") + "\n"


def ts_type(annotation: Any) -> str:
    """A Python annotation in TypeScript."""
    inner, _ = schema.strip(annotation)
    if name := schema.union_name(inner):
        return name
    if schema.is_union(inner):
        return " | ".join(ts_type(part) for part in typing.get_args(inner))
    if typing.get_origin(inner) is list:
        element = ts_type(typing.get_args(inner)[0])
        return f"readonly ({element})[]" if " " in element else f"readonly {element}[]"
    return _PRIMITIVES.get(inner) or schema.name_of(inner)


def _section(title: str) -> str:
    return f"\n// ---- {title} ".ljust(120, "-") + "\n"


def _enum(enum: type[StrEnum]) -> str:
    name = schema.name_of(enum)
    words = "\n".join(f'  "{word.value}",' for word in enum)
    plural = f"{_screaming(name)}_VALUES"
    doc = _doc(enum.__dict__.get("__doc__") or "")
    return f"export const {plural} = [\n{words}\n] as const;\n{doc}export type {name} = (typeof {plural})[number];\n"


def _screaming(name: str) -> str:
    return "".join(f"_{c}" if c.isupper() and i else c.upper() for i, c in enumerate(name))


def _union(name: str) -> str:
    members = schema.union_members(schema.UNIONS[name])
    interfaces = "\n".join(_interface(member) for member in members)
    names = "\n".join(f"  | {schema.name_of(member)}" for member in members)
    return f'{interfaces}\nexport type {name} =\n{names};\nexport type {name}Type = {name}["type"];'


def _interface(record: Any) -> str:
    shape = schema.shape(record)
    lines = [f'  readonly type: "{shape.tag}";'] if shape.tag else []
    for field in shape.fields:
        note = "base64, " + field.bounds if schema.strip(field.type)[0] is bytes else field.bounds
        lines.append(f"  readonly {field.name}: {ts_type(field.type)};" + (f" // {note}" if note else ""))
    body = "\n".join(lines)
    return f"{_doc(shape.doc)}export interface {shape.name} {{\n{body}\n}}\n"


def _doc(text: str) -> str:
    for python, javascript in (("*/", "* /"), ("None", "null"), ("True", "true"), ("False", "false")):
        text = text.replace(python, javascript)
    lines = text.strip().splitlines()
    if not lines:
        return ""
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "/**\n" + "\n".join(f" * {line}".rstrip() for line in lines) + "\n */\n"
