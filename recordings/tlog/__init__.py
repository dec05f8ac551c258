"""The transparency log: what makes the archive's past provable to somebody who does not trust this server. RFC 6962
hashing and the C2SP texts (signed-note, tlog-checkpoint, tlog-tiles, tlog-proof), so that others' programs read it.

It knows salted commitments, never a patient. It opens files of its own folder and nothing else.
"""

from recordings.tlog.checkpoint import Checkpoint
from recordings.tlog.errors import (
    LeafInvalid,
    NoteInvalid,
    ProofInvalid,
    StampFailed,
    TextInvalid,
    TlogDamaged,
    TlogError,
    TlogInUse,
    WitnessRefused,
)
from recordings.tlog.leaf import Leaf, LeafKind, consultation_commitment
from recordings.tlog.log import Anchor, TransparencyLog
from recordings.tlog.merkle import leaf_hash, verify_consistency, verify_inclusion
from recordings.tlog.note import COSIGNATURE, ED25519, Note, Signature, Signer, VerifierKey
from recordings.tlog.proof import Proof
from recordings.tlog.tiles import Tile

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "Anchor",
    "Checkpoint",
    "Leaf",
    "LeafInvalid",
    "LeafKind",
    "Note",
    "NoteInvalid",
    "Proof",
    "ProofInvalid",
    "Signature",
    "Signer",
    "StampFailed",
    "TextInvalid",
    "Tile",
    "TlogDamaged",
    "TlogError",
    "TlogInUse",
    "TransparencyLog",
    "VerifierKey",
    "WitnessRefused",
    "consultation_commitment",
    "leaf_hash",
    "verify_consistency",
    "verify_inclusion",
]
