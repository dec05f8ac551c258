"""The transparency log: what makes the archive's past provable to somebody who does not trust this server. RFC 6962
hashing and the C2SP texts (signed-note, tlog-checkpoint, tlog-tiles, tlog-proof), so that others' programs read it.

It knows salted commitments, never a patient. It opens files of its own folder and nothing else.
"""

from recordings.tlog.checkpoint import Checkpoint
from recordings.tlog.errors import (
    HistoriesDiffer,
    LeafInvalid,
    NoteInvalid,
    PostFailed,
    ProofInvalid,
    StampFailed,
    TextInvalid,
    TlogDamaged,
    TlogError,
    TlogInUse,
    WitnessRefused,
)
from recordings.tlog.evidence import evidence
from recordings.tlog.leaf import Leaf, LeafKind, consultation_commitment
from recordings.tlog.log import Anchor, TransparencyLog
from recordings.tlog.merkle import leaf_hash, verify_consistency, verify_inclusion
from recordings.tlog.note import COSIGNATURE, ED25519, Note, Signature, Signer, VerifierKey
from recordings.tlog.partners import stamper_of, submission_of
from recordings.tlog.posting import HttpPost, Post, Reply
from recordings.tlog.proof import Proof
from recordings.tlog.round import Round, go_round
from recordings.tlog.serving import Served, serve
from recordings.tlog.stamp import Rfc3161Stamper, Stamper, verify_stamp
from recordings.tlog.submitting import Submission
from recordings.tlog.tiles import Tile
from recordings.tlog.witness import AddCheckpoint, Answer, Witness

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "AddCheckpoint",
    "Anchor",
    "Answer",
    "Checkpoint",
    "HistoriesDiffer",
    "HttpPost",
    "Leaf",
    "LeafInvalid",
    "LeafKind",
    "Note",
    "NoteInvalid",
    "Post",
    "PostFailed",
    "Proof",
    "ProofInvalid",
    "Reply",
    "Rfc3161Stamper",
    "Round",
    "Served",
    "Signature",
    "Signer",
    "StampFailed",
    "Stamper",
    "Submission",
    "TextInvalid",
    "Tile",
    "TlogDamaged",
    "TlogError",
    "TlogInUse",
    "TransparencyLog",
    "VerifierKey",
    "Witness",
    "WitnessRefused",
    "consultation_commitment",
    "evidence",
    "go_round",
    "leaf_hash",
    "serve",
    "stamper_of",
    "submission_of",
    "verify_consistency",
    "verify_inclusion",
    "verify_stamp",
]
