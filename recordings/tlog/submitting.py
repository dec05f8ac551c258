"""Being witnessed: our checkpoint goes to a partner's witness with the proof that it continues what was signed last."""

from typing import Final

from recordings.tlog.checkpoint import Checkpoint, number
from recordings.tlog.errors import NoteInvalid, TextInvalid, WitnessRefused
from recordings.tlog.log import TransparencyLog
from recordings.tlog.note import Note, Signature, VerifierKey
from recordings.tlog.posting import Post, Reply
from recordings.tlog.witness import TEXT, AddCheckpoint, cosignatures

_PATH: Final = "/add-checkpoint"


class Submission:
    """Our log at one witness. Remembers how far that witness is, and asks again when it says otherwise."""

    def __init__(self, witness: VerifierKey, post: Post) -> None:
        self.witness = witness
        self._post = post
        self._known = 0

    def submit(self, log: TransparencyLog, note: Note) -> list[Signature]:
        """The witness's signatures under our published checkpoint. Raises `WitnessRefused` (a refusal that matters: 409
        with more than we have, and 422, say that two histories of this log were shown) and `PostFailed`."""
        size = Checkpoint.parse(note.text).size
        reply = self._ask(log, note, min(self._known, size))
        if reply.status == 409:
            self._known = _size_in(reply)
            if self._known > size:
                raise WitnessRefused("409: the witness has seen more of this log than there is")
            reply = self._ask(log, note, self._known)
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
