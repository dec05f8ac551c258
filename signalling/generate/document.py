"""docs/wire.md: the template beside this file, filled with every message, event, word and limit of the wire."""

import inspect
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from signalling import codec, fast
from signalling.generate import examples, schema
from signalling.state import CHAT_KEPT, State
from signalling.vocabulary import WIRE_VERSION

_TEMPLATE = Path(__file__).with_name("wire.template.md")
_PRIMITIVES = {int: "integer", str: "text", bool: "boolean", bytes: "base64", type(None): "null"}
_WIDTHS = {"B": "u8", "H": "u16", "I": "u32", "i": "i32", "?": "u8, 0 or 1", "64s": "64 bytes of text"}
_LONGEST_EXAMPLE = 400  # characters; longer ones are in tests/golden/codec.json


def document() -> str:
    """The whole file."""
    text = _TEMPLATE.read_text("utf-8")
    for name, value in _values().items():
        text = text.replace(f"{{{{{name}}}}}", value.strip("\n"))
    return text


def _values() -> dict[str, str]:
    shown: dict[Any, str] = {type(m): codec.encode_client(m).decode() for m in examples.CLIENT}
    shown.update({type(m): codec.encode_server(m).decode() for m in examples.SERVER})
    return {
        "version": str(WIRE_VERSION),
        "max_message": f"{codec.MAX_MESSAGE:,}",
        "max_depth": str(codec.MAX_DEPTH),
        "max_fast": f"{fast.MAX_FAST:,}",
        "chat_kept": str(CHAT_KEPT),
        "text_limits": "\n".join(f"| {name} | {top:,} characters |" for name, top in schema.text_limits().items()),
        "empty_state": msgspec.json.format(msgspec.json.encode(State()), indent=2).decode(),
        "client_messages": _records(schema.union_members(schema.UNIONS["ClientMessage"]), shown),
        "server_messages": _records(schema.union_members(schema.UNIONS["ServerMessage"]), shown),
        "events": _records(schema.union_members(schema.UNIONS["EventBody"]), {}),
        "parts": _records(schema.plain_records(), {}),
        "vocabularies": "\n\n".join(_vocabulary(enum) for enum in schema.ENUMS),
        "fast_doc": _fast_doc(),
        "fast": _fast(),
    }


def _records(records: list[Any], shown: dict[Any, str]) -> str:
    return "\n\n".join(_record(record, shown.get(record, "")) for record in records)


def _record(record: Any, example: str) -> str:
    shape = schema.shape(record)
    parts = [f"### `{shape.tag}`" if shape.tag else f"### {shape.name}", shape.doc]
    if shape.fields:
        rows = (f"| `{f.name}` | {_type(f.type)} | {_bounds(f)} |" for f in shape.fields)
        parts.append("| field | type | |\n|---|---|---|\n" + "\n".join(rows))
    if 0 < len(example) <= _LONGEST_EXAMPLE:
        parts.append(f"```json\n{example}\n```")
    return "\n\n".join(part for part in parts if part)


def _bounds(field: schema.Field) -> str:
    words = [field.bounds.replace("|", "\\|")] if field.bounds else []
    if "matches " in field.bounds:
        place, pattern = field.bounds.split("matches ", 1)
        words = [f"{place}matches `{pattern}`"]
    if field.default is not None:
        words.append(f"default `{field.default}`")
    return "; ".join(words)


def _type(annotation: Any) -> str:
    inner, _ = schema.strip(annotation)
    if name := schema.union_name(inner):
        return name
    if schema.is_union(inner):
        return " or ".join(_type(part) for part in typing.get_args(inner))
    if typing.get_origin(inner) is list:
        return f"list of {_type(typing.get_args(inner)[0])}"
    return _PRIMITIVES.get(inner) or schema.name_of(inner)


def _vocabulary(enum: type[StrEnum]) -> str:
    doc = inspect.cleandoc(enum.__dict__.get("__doc__") or "")
    words = " · ".join(f"`{word.value}`" for word in enum)
    return "\n\n".join(part for part in (f"### {schema.name_of(enum)}", doc, words) if part)


def _fast_doc() -> str:
    return inspect.cleandoc(fast.__doc__ or "")


def _fast() -> str:
    parts = [
        _layout("Header", f"Version {fast.VERSION}. {inspect.cleandoc(fast.FastHeader.__doc__ or '')}", fast.HEADER)
    ]
    for kind, (body, fields) in fast.BODIES.items():
        parts.append(_layout(f"Kind {kind.value}: {kind.name.lower()}", inspect.cleandoc(body.__doc__ or ""), fields))
    return "\n\n".join(parts)


def _layout(title: str, doc: str, fields: tuple[tuple[str, str], ...]) -> str:
    rows = [f"| {offset} | `{name}` | {_WIDTHS[code]} |" for offset, name, code in _rows(fields)]
    return f"### {title}\n\n{doc}\n\n| offset | field | |\n|---|---|---|\n" + "\n".join(rows)


def _rows(fields: tuple[tuple[str, str], ...]) -> list[tuple[int, str, str]]:
    return [(offset, name, code) for (offset, code), (name, _) in zip(fast.offsets(fields), fields, strict=True)]
