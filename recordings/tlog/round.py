"""A round of the log: sign what was appended, let the witnesses and the time stamp authority vouch for it, keep what
they said. Whoever does not answer is named; the log goes on without."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from recordings.tlog.checkpoint import Checkpoint
from recordings.tlog.errors import PostFailed, StampFailed, WitnessRefused
from recordings.tlog.log import Anchor, TransparencyLog
from recordings.tlog.note import Signature
from recordings.tlog.stamp import Stamper
from recordings.tlog.submitting import Submission


@dataclass(frozen=True, slots=True)
class Round:
    """How a round went: how many leaves are signed, which witnesses did not sign and why, whether and why no stamp.
    `refused`: those witnesses that answered."""

    size: int
    unwitnessed: dict[str, str]
    unstamped: str
    refused: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def whole(self) -> bool:
        return not self.unwitnessed and not self.unstamped


def go_round(log: TransparencyLog, witnesses: Sequence[Submission], stamper: Stamper | None) -> Round:
    """It may take as long as all of them together: call it off the loop. Raises what `publish` raises, and
    `HistoriesDiffer`."""
    note = log.publish()
    signatures: list[Signature] = []
    unwitnessed: dict[str, str] = {}
    refused: set[str] = set()
    for one in witnesses:
        try:
            signatures += one.submit(log, note)
        except (WitnessRefused, PostFailed) as error:
            unwitnessed[one.witness.name] = str(error)
            refused |= {one.witness.name} if isinstance(error, WitnessRefused) else set()
    stamp, unstamped = b"", ""
    if stamper is not None:
        try:
            stamp = stamper.stamp(note.text.encode())
        except StampFailed as error:
            unstamped = str(error)
    done = Round(Checkpoint.parse(note.text).size, unwitnessed, unstamped, frozenset(refused))
    if signatures or stamp:
        log.cosigned(note.text, signatures)
        anchor = Anchor(checkpoint=bytes(note.with_signatures(signatures)).decode(), stamp=stamp)
        log.keep_anchor(anchor, whole=done.whole)
    return done
