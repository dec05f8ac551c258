"""Being witnessed: our checkpoint goes to a partner's witness with the proof that it continues what was signed last."""

import hashlib
from collections.abc import Callable
from typing import Final

from recordings.tlog.checkpoint import Checkpoint, number
from recordings.tlog.errors import HistoriesDiffer, NoteInvalid, PostFailed, TextInvalid, WitnessRefused
from recordings.tlog.log import TransparencyLog
from recordings.tlog.note import Note, Signature, VerifierKey
from recordings.tlog.posting import Post, Reply
from recordings.tlog.witness import TEXT, AddCheckpoint, cosignatures

_PATH: Final = "/add-checkpoint"


class Submission:
    """Our log at one witness. Remembers how far that witness is, and asks again when it says otherwise."""

    def __init__(self, witness: VerifierKey, post: Post, get: Callable[[str], Reply] | None = None) -> None:
        """`get`: how to ask what the witness last signed of us; it raises `PostFailed`."""
        self.witness = witness
        self._post = post
        self._get = get
        self._known = 0

    def require_one_history(self, log: TransparencyLog) -> None:
        """Before something is signed: does the witness know a checkpoint of ours that this log does not continue? Only
        our own signature counts as an answer. Raises `HistoriesDiffer`; the log then stands by what was shown."""
        try:
            reply = self._get(f"/{hashlib.sha256(log.key.name.encode()).hexdigest()}/checkpoint") if self._get else None
        except PostFailed:
            return
        if reply is None or reply.status != 200:
            return
        try:
            note = Note.parse(reply.body)
            differs = log.contradicts(note)
        except (NoteInvalid, TextInvalid):
            return
        if differs:
            log.stand_by(note)
            raise HistoriesDiffer("a witness has seen a history of this log that it does not continue")

    def submit(self, log: TransparencyLog, note: Note) -> list[Signature]:
        """The witness's signatures under our published checkpoint. Raises `PostFailed`, and `WitnessRefused`: 409 with
        more than we have, and 422, say that two histories of this log were shown. `HistoriesDiffer` if that is proved.
        """
        size = Checkpoint.parse(note.text).size
        reply = self._ask(log, note, min(self._known, size))
        if reply.status == 409:
            self._known = _size_in(reply)
            if self._known > size:
                self.require_one_history(log)
                raise WitnessRefused("409: the witness has seen more of this log than there is")
            reply = self._ask(log, note, self._known)
        if reply.status == 422:
            self.require_one_history(log)
        if reply.status != 200:
            raise WitnessRefused(str(reply.status))
        try:
            found = cosignatures(reply.body, note, self.witness)
        except NoteInvalid:
            raise WitnessRefused("200, with nothing that its key signed") from None
        self._known = size
        return found

    def _ask(self, log: TransparencyLog, note: Note, old: int) -> Reply:
        steps = log.prove_consistency(old, Checkpoint.parse(note.text).size)
        return self._post(_PATH, bytes(AddCheckpoint(old, tuple(steps), note)), TEXT)


def _size_in(reply: Reply) -> int:
    try:
        return number(reply.body.decode("ascii").removesuffix("\n"))
    except (UnicodeDecodeError, TextInvalid):
        raise WitnessRefused("409, without a size") from None
