"""One form of the same value in every language: RFC 8785 canonical JSON over the subset that the wire uses (integers
within ±(2^53 - 1), strings, booleans, null, lists, objects with ASCII names), and the hash of a state in it."""

import hashlib
from json.encoder import encode_basestring  # escapes as RFC 8785 3.2.2.2 asks: shortest form, lower-case \u00xx
from typing import Final

import msgspec

from signalling.state import State

MAX_INTEGER: Final = (1 << 53) - 1


class NotCanonical(Exception):  # noqa: N818 - what the value is
    """The value has no canonical form here: a float, an integer that JavaScript rounds, a lone surrogate."""


def canonical(value: object) -> bytes:
    """Any value of plain Python types in canonical form. Raises `NotCanonical`."""
    try:
        return _text(value).encode()
    except UnicodeEncodeError:
        raise NotCanonical("lone surrogate") from None


def canonical_state(state: State) -> bytes:
    """A state in canonical form. Its types leave nothing that `canonical` could refuse and its field names are ASCII,
    so msgspec's sorted encoding is the same bytes (a property test holds them together), 50 times as fast."""
    return _sorted.encode(state)


def state_hash(state: State) -> str:
    """What two folds compare: SHA-256 of the canonical form, in lower-case hex."""
    return hashlib.sha256(canonical_state(state)).hexdigest()


def _text(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            if abs(value) > MAX_INTEGER:
                raise NotCanonical("integer out of range")
            return str(int(value))
        case str():
            return encode_basestring(value)
        case list() | tuple():
            return f"[{','.join(_text(item) for item in value)}]"
        case dict():
            return f"{{{','.join(f'{encode_basestring(k)}:{_text(value[k])}' for k in _names(value))}}}"
        case _:
            raise NotCanonical(f"a {type(value).__name__}")


def _names(value: dict[object, object]) -> list[str]:
    """The names in order of their UTF-16 code units (RFC 8785 3.2.3)."""
    names = [name for name in value if isinstance(name, str)]
    if len(names) != len(value):
        raise NotCanonical("a name that is no string")
    return sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


_sorted = msgspec.json.Encoder(order="sorted")
