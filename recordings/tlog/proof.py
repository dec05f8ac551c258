"""Proofs that can be carried away (c2sp.org/tlog-proof@v1): leaf number, inclusion proof, checkpoint, in one text."""

from dataclasses import dataclass
from typing import Final, Self

from recordings.tlog.checkpoint import Checkpoint, hash_of, number
from recordings.tlog.errors import TextInvalid
from recordings.tlog.merkle import verify_inclusion
from recordings.tlog.note import MAX_NOTE, Note, decoded, encoded

HEAD: Final = "c2sp.org/tlog-proof@v1"
# A tree of 2^63 leaves is 63 levels high.
MAX_STEPS: Final = 63
MAX_EXTRA: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Proof:
    """`note` is the signed checkpoint as its log wrote it; `extra` is what one needs to make the leaf again, and is
    worth nothing before the inclusion proof holds for the leaf made from it."""

    index: int
    steps: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Raises `TextInvalid`, `NoteInvalid`. Nothing is verified yet."""
        if len(data) > MAX_NOTE + 2 * MAX_EXTRA:
            raise TextInvalid("too long")
        head, gap, note = data.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise TextInvalid("not a proof") from None
        if first != HEAD or not gap:
            raise TextInvalid("not a proof of version 1")
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = decoded(lines.pop(0)[6:])
            if not 0 < len(extra) <= MAX_EXTRA:
                raise TextInvalid("nothing extra, or too much")
        if not lines or not lines[0].startswith("index ") or len(lines) - 1 > MAX_STEPS:
            raise TextInvalid("no leaf number, or too many steps")
        return cls(number(lines[0][6:]), tuple(hash_of(line) for line in lines[1:]), Note.parse(note), extra)

    def __bytes__(self) -> bytes:
        extra = [f"extra {encoded(self.extra)}"] if self.extra else []
        lines = [HEAD, *extra, f"index {self.index}", *map(encoded, self.steps)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + bytes(self.note)

    def verify(self, leaf: bytes) -> Checkpoint:
        """The checkpoint that holds this leaf hash. Whose checkpoint it is, is another question (`note.signed_by`).
        Raises `ProofInvalid`, `TextInvalid`."""
        checkpoint = Checkpoint.parse(self.note.text)
        verify_inclusion(leaf, self.index, checkpoint.size, self.steps, checkpoint.root)
        return checkpoint
