"""Bytes to messages and back. Whatever comes in becomes one frozen, checked message or one `ParseError`: nothing
downstream checks it again, and no bytes whatever raise anything else."""

import re as regex
from typing import Final

import msgspec

from signalling.events import Event
from signalling.messages import ClientMessage, Join, Resume, ServerMessage
from signalling.messages import Hello as _Hello
from signalling.vocabulary import WIRE_VERSION, ErrorCode

MAX_MESSAGE: Final = 128 * 1024  # bytes: an offer of 64 Ki characters with every line break escaped, and its token
MAX_REPLY: Final = (
    16 * 1024 * 1024
)  # from a server: a state with 500 of the longest chat lines, every character escaped
MAX_DEPTH: Final = 16  # the deepest message of ours has 6 levels; parsers recurse
_MAX_DETAIL: Final = 160

# A string (also an unterminated one: possessive, so one pass whatever comes) or a bracket.
_STRUCTURE = regex.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', regex.DOTALL)
_VERSIONED = {"hello", "join", "resume"}


class ParseError(Exception):
    """What came in is no message. `code` and `detail` are told to the sender; `re` is the request it answers, 0 if
    that cannot be told. `detail` names types and places only, never what was in the message."""

    def __init__(self, code: ErrorCode, detail: str = "", re: int = 0) -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
        self.re = re


def decode_client(data: bytes | str) -> ClientMessage:
    """What a client sent. `version_unsupported` comes before any other complaint about a message that names one."""
    raw = _bounded(data)
    try:
        message: ClientMessage = _client.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _parse_error(raw, error) from None
    if isinstance(message, _Hello | Join | Resume) and message.version != WIRE_VERSION:
        raise ParseError(ErrorCode.VERSION_UNSUPPORTED, re=getattr(message, "re", 0))
    return message


def decode_server(data: bytes | str) -> ServerMessage:
    """What a server sent (for programs that join as clients do)."""
    raw = _bounded(data, limit=MAX_REPLY)
    try:
        message: ServerMessage = _server.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ParseError(ErrorCode.MALFORMED, _detail(error)) from None
    return message


def decode_event(data: bytes | str) -> Event:
    """One entry of a log."""
    raw = _bounded(data)
    try:
        return _event.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ParseError(ErrorCode.MALFORMED, _detail(error)) from None


def encode_client(message: ClientMessage) -> bytes:
    """A client's message as the bytes of a text frame."""
    return _encoder.encode(message)


def encode_server(message: ServerMessage) -> bytes:
    """A server's message as the bytes of a text frame."""
    return _encoder.encode(message)


def encode_event(event: Event) -> bytes:
    """One entry of a log, as it is written there."""
    return _encoder.encode(event)


# ---- in bounds ----------------------------------------------------------------------------------------------------


def _bounded(data: bytes | str, limit: int = MAX_MESSAGE) -> bytes:
    """The bytes, if they are not too many, UTF-8, and not nested too deeply."""
    if len(data) > limit:
        raise ParseError(ErrorCode.TOO_LARGE)
    try:
        raw = data.encode() if isinstance(data, str) else bytes(data)
        if not isinstance(data, str):
            raw.decode()
    except UnicodeError:
        raise ParseError(ErrorCode.MALFORMED, "not UTF-8") from None
    if len(raw) > limit:
        raise ParseError(ErrorCode.TOO_LARGE)
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        raise ParseError(ErrorCode.MALFORMED, "nested too deeply")
    return raw


def _depth(raw: bytes) -> int:
    """How deeply brackets nest, strings aside; stops counting once it is too deep."""
    depth = deepest = 0
    for match in _STRUCTURE.finditer(raw):
        first = match.group()[:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif first in b"]}":
            depth -= 1
    return deepest


# ---- what to say of what is wrong ---------------------------------------------------------------------------------


class _Head(msgspec.Struct):
    """As much of a broken message as is needed to answer it."""

    type: str = ""
    re: int = 0
    version: int = WIRE_VERSION


def _parse_error(raw: bytes, error: Exception) -> ParseError:
    head = _head(raw)
    re = head.re if 0 < head.re <= 0x7FFF_FFFF else 0
    if head.type in _VERSIONED and head.version != WIRE_VERSION:
        return ParseError(ErrorCode.VERSION_UNSUPPORTED, re=re)
    return ParseError(ErrorCode.MALFORMED, _detail(error), re)


def _head(raw: bytes) -> _Head:
    try:
        return _lenient.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _Head()


def _detail(error: Exception) -> str:
    """msgspec's words, unless they may repeat the sender's: then only the place."""
    if not isinstance(error, msgspec.ValidationError):
        return "not JSON"
    text = str(error)
    if text.startswith(("Expected ", "Object missing ")):
        return text[:_MAX_DETAIL]
    place = regex.search(r" - at `([^`]*)`\Z", text)
    return f"Invalid value{f' - at `{place.group(1)}`' if place else ''}"[:_MAX_DETAIL]


_encoder = msgspec.json.Encoder()
_client: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_event = msgspec.json.Decoder(Event)
_lenient = msgspec.json.Decoder(_Head)
