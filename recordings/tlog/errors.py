"""What can go wrong with a transparency log. No message holds what is in a leaf, nor a path.

TlogError
├── ProofInvalid   a Merkle proof does not lead to the root it claims
├── NoteInvalid    not a signed note, not signed by a known key, or a known key's signature is wrong
├── TextInvalid    not a checkpoint, a proof, a request or a key as the specifications write them
├── LeafInvalid    an entry or an opened leaf that this log does not take
├── TlogDamaged    the log's own files contradict each other; nothing is signed any more
│   └── HistoriesDiffer  a witness shows a checkpoint that we signed and that this log is no continuation of
├── TlogInUse      another process writes this log
├── PostFailed     nobody answered in time, or with more than was asked for
├── WitnessRefused a witness answered, and did not sign
└── StampFailed    no time stamp, or one that does not hold
"""

from recordings.errors import ArchiveError


class TlogError(ArchiveError):
    """Of all of these."""


class ProofInvalid(TlogError):  # noqa: N818 - what it is
    """The proof does not lead from what it starts with to the root it claims."""


class NoteInvalid(TlogError):  # noqa: N818
    """Not a signed note, or nobody we know signed it, or a known key's signature is wrong."""


class TextInvalid(TlogError):  # noqa: N818
    """Not written as its specification says."""


class LeafInvalid(TlogError):  # noqa: N818
    """Too large, or not a leaf."""


class TlogDamaged(TlogError):  # noqa: N818
    """The files of the log contradict what it has signed. It is left as it is and signs nothing more."""


class HistoriesDiffer(TlogDamaged):
    """A witness shows a checkpoint, signed by us, that this log does not continue: it was put back from a backup."""


class TlogInUse(TlogError):  # noqa: N818
    """Another process writes this log."""


class PostFailed(TlogError):  # noqa: N818 - what happened
    """Nobody answered in time, or with more than was asked for. The message names no address."""


class WitnessRefused(TlogError):  # noqa: N818
    """The witness answered and did not sign; the message is the HTTP status."""


class StampFailed(TlogError):  # noqa: N818
    """The authority gave no time stamp, or one that does not hold."""
