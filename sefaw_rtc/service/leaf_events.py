"""Which events of a consultation's log are leaves of the transparency log too. The leaf is about the event as it stands
in the log, so whoever opens the log can make the digest again; its file is named after kind and number."""

import hashlib
from typing import Final

import msgspec

from recordings.tlog import LeafKind
from signalling import events as ev
from signalling import recording as rec
from signalling.canonical import canonical
from signalling.events import Event

KINDS: Final[dict[type[msgspec.Struct], LeafKind]] = {
    ev.Answered: LeafKind.OPENED,
    ev.Opened: LeafKind.OPENED,
    rec.ConsentTaken: LeafKind.CONSENT,
    rec.ConsentEnded: LeafKind.CONSENT,
    ev.OpinionSigned: LeafKind.OPINION,
    ev.Granted: LeafKind.CONSENT,
    ev.GrantRevoked: LeafKind.CONSENT,
    ev.Accessed: LeafKind.ACCESS,
    ev.ExportedHere: LeafKind.ACCESS,
}


def kind_of(event: Event) -> LeafKind | None:
    """None: it is no leaf."""
    return KINDS.get(type(event.body))


def digest_of(event: Event) -> str:
    """SHA-256 of its canonical JSON (RFC 8785), in lower-case hex."""
    return hashlib.sha256(canonical(msgspec.to_builtins(event))).hexdigest()


def name_of(event: Event, kind: LeafKind) -> str:
    """Of the leaf's file, without its ending."""
    return f"{kind.value}-{event.seq:06}"
