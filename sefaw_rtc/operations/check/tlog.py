"""Who vouches for the transparency log, and until when? Asks nobody: what partners said lies beside the log."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from recordings import StorageFailed
from recordings.tlog import Anchor, Checkpoint, Note, NoteInvalid, Submission, TextInvalid, stamper_of, submission_of
from recordings.tlog.files import read_whole
from recordings.tlog.note import MAX_NOTE
from recordings.tlog.serving import LOG_KEY
from sefaw_rtc.config import Config
from sefaw_rtc.operations.check.finding import Finding, ok, problem, warning

_AREA: Final = "tlog"
_CORRECT: Final = "Correct it in the configuration; the server does not start before."
_ALONE: Final = "Agree with another hospital to witness each other (docs/archive.md): tlog.witnesses."


def examine(config: Config) -> Iterator[Finding]:
    folder = config.data / "tlog"
    try:
        witnesses = [submission_of(text) for text in config.tlog.witnesses]
    except TextInvalid as error:
        yield problem(_AREA, f"tlog.witnesses: {error}.", _CORRECT)
        return
    yield from _authority(config)
    try:
        key, note = read_whole(folder / LOG_KEY, MAX_NOTE), read_whole(folder / "checkpoint", MAX_NOTE)
        yield from _log(folder, key, note, witnesses)
    except (StorageFailed, NoteInvalid, TextInvalid, msgspec.DecodeError, UnicodeDecodeError):
        yield problem(_AREA, "The transparency log cannot be read.", "Look at tlog/ in the data directory.")


def _authority(config: Config) -> Iterator[Finding]:
    if not config.tlog.tsa_url:
        return
    try:
        stamper_of(config.tlog.tsa_url, Path(config.tlog.tsa_roots).read_bytes())
    except (TextInvalid, OSError) as error:
        yield problem(_AREA, f"tlog.tsa_url and tlog.tsa_roots: {error}.", _CORRECT)


def _log(folder: Path, key: bytes | None, note: bytes | None, witnesses: Sequence[Submission]) -> Iterator[Finding]:
    if key is None:
        yield ok(_AREA, "The transparency log begins when the server first starts.")
        return
    yield ok(_AREA, f"Its key, for partners and for whoever checks a bundle: {key.decode().strip()}")
    if not witnesses:
        yield warning(_AREA, "Nobody outside vouches for it: its owner could rewrite it.", _ALONE)
    elif note is not None:
        size = Checkpoint.parse(Note.parse(note).text).size
        for one in witnesses:
            yield _vouched(folder, one, size)


def _vouched(folder: Path, one: Submission, size: int) -> Finding:
    """The newest that this witness signed: of all that is signed, or of less."""
    found: list[tuple[int, int]] = []
    for name in ("anchor", "anchor.partial"):
        data = read_whole(folder / name, 4 * MAX_NOTE)
        note = msgspec.json.decode(data, type=Anchor).note if data else None
        at = note.signed_by([one.witness]).get(one.witness) if note else None
        if note is not None and at is not None:
            found.append((Checkpoint.parse(note.text).size, at))
    known, at = max(found, default=(0, 0))
    until = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else ""
    if known >= size:
        return ok(_AREA, f"{one.witness.name} vouches for all of it, until {until}.")
    since = f"Unwitnessed by {one.witness.name} since {until}." if at else f"{one.witness.name} never vouched for it."
    return warning(_AREA, since, "Look at the connection to it, and whether it has this log's key (witness_for).")
