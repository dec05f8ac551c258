"""Checks the signatures of a consultation's opinions from its log alone: no server, no database. Whether a key is
really the signer's is another question, for whoever knows the keys."""

import base64
import binascii
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from signalling.canonical import NotCanonical
from signalling.events import Event
from signalling.fold import fold_all
from signalling.ids import ConsultationId
from signalling.opinions import signed_text
from signalling.state import SignedOpinion, State


def verified_opinions(consultation: ConsultationId, events: Iterable[Event]) -> dict[int, bool]:
    """For each number whether its signature is right for its text, its patient and its key."""
    return verified_in(consultation, fold_all(events))


def verified_in(consultation: ConsultationId, state: State) -> dict[int, bool]:
    """`verified_opinions` of what was folded already."""
    return {one.number: _is_right(consultation, state, one) for one in state.opinions}


def _is_right(consultation: ConsultationId, state: State, one: SignedOpinion) -> bool:
    if state.patient is None:
        return False
    try:
        text = signed_text(
            consultation=consultation,
            patient=state.patient,
            number=one.number,
            amends=one.amends,
            opinion=one.opinion,
            signer=one.signer,
            at=one.at,
        )
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(one.key, validate=True))
        public.verify(base64.b64decode(one.signature, validate=True), text)
    except (InvalidSignature, NotCanonical, binascii.Error, ValueError):
        return False
    return True
