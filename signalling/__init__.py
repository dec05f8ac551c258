"""The wire and its meaning: messages, events, ids, close reasons, the codec, and the fold that makes state of events.

Everything that speaks with Sefaw RTC (the server, the page, programs, the archive, the verifier) speaks this. It
imports nothing of ours, reads no clock and opens no socket. The browser's types, docs/wire.md and the golden vectors
are generated from it (`python -m signalling.generate`).
"""

from signalling import events, fast, ids, looking, messages, opinions, recording, state, vocabulary
from signalling.canonical import NotCanonical, canonical, canonical_state, state_hash
from signalling.codec import (
    MAX_MESSAGE,
    ParseError,
    decode_client,
    decode_event,
    decode_server,
    encode_client,
    encode_event,
    encode_server,
)
from signalling.events import Event
from signalling.fold import fold, fold_all
from signalling.messages import ClientMessage, ServerMessage
from signalling.state import State
from signalling.vocabulary import WIRE_VERSION, CloseReason, ErrorCode

__all__ = [
    "MAX_MESSAGE",
    "WIRE_VERSION",
    "ClientMessage",
    "CloseReason",
    "ErrorCode",
    "Event",
    "NotCanonical",
    "ParseError",
    "ServerMessage",
    "State",
    "canonical",
    "canonical_state",
    "decode_client",
    "decode_event",
    "decode_server",
    "encode_client",
    "encode_event",
    "encode_server",
    "events",
    "fast",
    "fold",
    "fold_all",
    "ids",
    "looking",
    "messages",
    "opinions",
    "recording",
    "state",
    "state_hash",
    "vocabulary",
]
