"""Being a partner's witness (c2sp.org/tlog-witness): what `POST add-checkpoint` asks is parsed, judged and answered
here; the HTTP around it is the caller's. A witness says of a log that it only ever grew."""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from recordings.tlog.checkpoint import Checkpoint, hash_of, number
from recordings.tlog.errors import NoteInvalid, ProofInvalid, TextInvalid, TlogDamaged
from recordings.tlog.files import read_whole, write_whole
from recordings.tlog.merkle import EMPTY_ROOT, verify_consistency
from recordings.tlog.note import MAX_NOTE, Note, Signature, Signer, VerifierKey, encoded
from recordings.tlog.proof import MAX_STEPS

MAX_REQUEST: Final = MAX_NOTE + 8 * 1024
TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The request: that the tree of `note` continues the one of size `old`."""

    old: int
    steps: tuple[bytes, ...]
    note: Note

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Raises `TextInvalid`, `NoteInvalid`."""
        if len(body) > MAX_REQUEST:
            raise TextInvalid("too long")
        head, gap, note = body.partition(b"\n\n")
        try:
            first, *steps = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise TextInvalid("not a request") from None
        if not gap or not first.startswith("old ") or len(steps) > MAX_STEPS:
            raise TextInvalid("not a request")
        return cls(number(first[4:]), tuple(map(hash_of, steps)), Note.parse(note))

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old}", *map(encoded, self.steps)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + bytes(self.note)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, and a body with its type."""

    status: int
    body: bytes = b""
    content_type: str = TEXT


class Witness:
    """Signs what the listed logs publish, each as long as it continues what was signed before. `folder` holds the
    newest checkpoint of each, at `<SHA-256 of its origin>/checkpoint`, as the specification's monitors read them."""

    def __init__(self, folder: Path, signer: Signer, logs: Mapping[str, Sequence[VerifierKey]]) -> None:
        self._folder = folder
        self._signer = signer
        self._logs = logs
        self._turn = threading.Lock()

    @property
    def key(self) -> VerifierKey:
        """What partners check our signatures with."""
        return self._signer.key

    def add_checkpoint(self, body: bytes, now_s: Callable[[], int]) -> Answer:
        """The answer to a request; what it signs is on the disk before. Raises `StorageFull`, `StorageFailed`,
        `TlogDamaged`: then nothing was signed."""
        try:
            request = AddCheckpoint.parse(body)
            checkpoint = Checkpoint.parse(request.note.text)
        except (TextInvalid, NoteInvalid):
            return Answer(400)
        keys = self._logs.get(checkpoint.origin)
        if keys is None:
            return Answer(404)
        try:
            if not request.note.signed_by(keys):
                return Answer(403)
        except NoteInvalid:
            return Answer(403)
        if request.old > checkpoint.size:
            return Answer(400)
        with self._turn:
            return self._judge(request, checkpoint, now_s, keys)

    def monitored(self, origin_hash: str) -> bytes | None:
        """`GET <origin hash>/checkpoint`: what was last signed of that log."""
        known = {_name(origin) for origin in self._logs}
        return read_whole(self._folder / origin_hash / "checkpoint", MAX_NOTE) if origin_hash in known else None

    def _judge(
        self, request: AddCheckpoint, checkpoint: Checkpoint, now_s: Callable[[], int], keys: Sequence[VerifierKey]
    ) -> Answer:
        latest, signed_s = self._latest(checkpoint.origin)
        size, root = (latest.size, latest.root) if latest else (0, EMPTY_ROOT)
        if request.old != size:
            return Answer(409, f"{size}\n".encode(), SIZE)
        try:
            verify_consistency(size, checkpoint.size, request.steps, root, checkpoint.root)
        except ProofInvalid:
            return Answer(422)
        # A clock that is set back makes no later checkpoint look older than the one before it.
        signature = self._signer.cosign(request.note.text, max(now_s(), signed_s))
        theirs = {(key.name, key.key_id) for key in keys}
        kept = tuple(s for s in request.note.signatures if (s.name, s.key_id) in theirs)
        path = self._folder / _name(checkpoint.origin) / "checkpoint"
        write_whole(path, bytes(Note(request.note.text, (*kept, signature))))
        return Answer(200, str(signature).encode())

    def _latest(self, origin: str) -> tuple[Checkpoint | None, int]:
        """What was last signed of that log, and when (Unix s)."""
        data = read_whole(self._folder / _name(origin) / "checkpoint", MAX_NOTE)
        if data is None:
            return None, 0
        try:
            note = Note.parse(data)
            signed = note.signed_by([self._signer.key])
            if self._signer.key in signed:
                return Checkpoint.parse(note.text), signed[self._signer.key] or 0
        except (NoteInvalid, TextInvalid):
            pass
        raise TlogDamaged("what was last witnessed cannot be read")


def cosignatures(body: bytes, note: Note, witness: VerifierKey) -> list[Signature]:
    """What a witness's 200 adds to our checkpoint, verified. Raises `NoteInvalid` if that is nothing."""
    answered = Note.parse(bytes(note)[: len(note.text.encode()) + 1] + body)
    if witness not in answered.signed_by([witness]):
        raise NoteInvalid("the witness did not sign")
    return [s for s in answered.signatures if (s.name, s.key_id) == (witness.name, witness.key_id)]


def _name(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()
