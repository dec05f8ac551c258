"""The transparency log of a node, as files that anybody may be served as they are.

    checkpoint          the newest signed checkpoint, with the cosignatures that came for it
    tile/…              hashes and entries (`recordings.tlog.tiles`)
    anchor              the newest checkpoint that all witnesses signed, with its time stamp: what proofs lead to
    anchor.partial      the newest that only some of them did
    pending             acknowledged entries of no checkpoint yet
    index.sqlite, lock  ours

`append` acknowledges when the entry is on the disk; `publish` writes tiles, then signs. Killed anywhere in between it
goes on at the next start: tiles are made again from what was pending, byte for byte. It never signs a tree that is not
the continuation of the last one it signed: where its files contradict each other it raises `TlogDamaged` and stops.
"""

import fcntl
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

from recordings.errors import StorageFailed, StorageFull
from recordings.storage import typed
from recordings.tlog.checkpoint import Checkpoint
from recordings.tlog.errors import LeafInvalid, NoteInvalid, ProofInvalid, TextInvalid, TlogDamaged, TlogInUse
from recordings.tlog.files import read_whole, write_whole
from recordings.tlog.index import LeafIndex
from recordings.tlog.merkle import leaf_hash, prove_consistency, prove_inclusion, root
from recordings.tlog.note import MAX_NOTE, Note, Signature, Signer, VerifierKey
from recordings.tlog.pending import MAX_PENDING, Pending
from recordings.tlog.proof import Proof
from recordings.tlog.stamp import stamp_time
from recordings.tlog.tiles import MAX_ENTRY, TileReader, read_from
from recordings.tlog.writing import write_tiles
from signalling.record import Record

MAX_STAMP: Final = 64 * 1024
_ANCHORS: Final = ("anchor", "anchor.partial")


class Anchor(Record, frozen=True):
    """A signed checkpoint as text, and the RFC 3161 response over its text (DER; empty: not stamped)."""

    checkpoint: str
    stamp: bytes = b""

    @property
    def note(self) -> Note:
        return Note.parse(self.checkpoint.encode())


class TransparencyLog:
    """The only writer of one log. Its methods may be called from any thread and may take as long as a disk does."""

    def __init__(self, folder: Path, signer: Signer, lock: int, seen: Path | None = None) -> None:
        """`open` and nothing else makes one."""
        self._folder = folder
        self._signer = signer
        self._lock = lock
        self._seen = seen
        self._turn = threading.RLock()
        self._note = self._read_checkpoint()
        self._tree = self._tree_of(Checkpoint.parse(self._note.text) if self._note else None)
        self._require_what_was_seen()
        self._pending = self._recover()
        self._forget_published()
        self._waiting = {leaf_hash(e): self._pending.first + n for n, e in enumerate(self._pending.entries)}
        self._index = LeafIndex(folder / "index.sqlite")
        self._index.catch_up(self._tree)

    @classmethod
    def open(cls, folder: Path, signer: Signer, seen: Path | None = None) -> Self:
        """Make a log, or go on with it. `seen`: a file elsewhere, such as beside the key, that remembers the newest
        checkpoint: a log that was put back from a backup is older than that. Raises `TlogInUse`, `TlogDamaged`,
        `StorageFull`, `StorageFailed`."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise typed(error) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return cls(folder, signer, lock, seen)
        except BlockingIOError:
            os.close(lock)
            raise TlogInUse("another process writes this log") from None
        except Exception:
            os.close(lock)
            raise

    @property
    def key(self) -> VerifierKey:
        """What its checkpoints are checked with."""
        return self._signer.key

    @property
    def size(self) -> int:
        """Leaves that were acknowledged, published or not."""
        return self._pending.size

    @property
    def published(self) -> int:
        """Leaves that the newest checkpoint holds."""
        return self._tree.size

    @property
    def checkpoint(self) -> Note | None:
        """The newest signed checkpoint; None before the first `publish`."""
        return self._note

    def append(self, entries: Sequence[bytes]) -> list[int]:
        """The numbers of these entries; one that is there already keeps its number. When this returns they survive a
        power cut. Raises `LeafInvalid`, `StorageFull`, `StorageFailed`: then none of the new ones is logged."""
        if any(len(entry) > MAX_ENTRY for entry in entries):
            raise LeafInvalid("too large for a bundle")
        with self._turn:
            numbers: list[int] = []
            new: dict[bytes, bytes] = {}
            for entry in entries:
                leaf = leaf_hash(entry)
                known = self._number(leaf)
                if known is None and leaf in new:
                    known = self.size + list(new).index(leaf)
                if known is None:
                    known = self.size + len(new)
                    new[leaf] = entry
                numbers.append(known)
            if new:
                self._pending.append(list(new.values()))
                self._waiting |= {leaf: self.size - len(new) + n for n, leaf in enumerate(new)}
            if len(self._waiting) >= MAX_PENDING:
                self.publish()
            return numbers

    def number_of(self, entry: bytes) -> int | None:
        """The number of an entry that was logged."""
        with self._turn:
            return self._number(leaf_hash(entry))

    def publish(self) -> Note:
        """Sign all that was appended. Without anything new the newest checkpoint stays. Raises `StorageFull`,
        `StorageFailed`; what is pending then stays pending."""
        with self._turn:
            fresh = self._pending.entries[self._tree.size - self._pending.first :]
            if self._note is not None and not fresh:
                return self._note
            tree = write_tiles(self._folder, self._tree, fresh)
            text = str(Checkpoint(self._signer.key.name, tree.size, root(tree.size, tree.node)))
            note = Note(text, (self._signer.sign(text),))
            write_whole(self._folder / "checkpoint", bytes(note))
            self._note, self._tree = note, tree
            self._forget_published()
            self._index.catch_up(tree)
            self._waiting.clear()
            self._remember(note)
            return note

    def cosigned(self, text: str, signatures: Sequence[Signature]) -> None:
        """Keep what witnesses signed under the newest checkpoint; of an older one it is for `anchor` alone."""
        with self._turn:
            if self._note is not None and self._note.text == text:
                note = self._note.with_signatures(signatures)
                write_whole(self._folder / "checkpoint", bytes(note))
                self._note = note

    def anchor_for(self, entry: bytes) -> Anchor | None:
        """What a proof of this entry should lead to: the newest checkpoint that everybody asked vouched for, if the
        entry is in it, else the newest that anybody did. None while there is neither. Raises `TlogDamaged`."""
        number = self.number_of(entry)
        for anchor in self.anchors:
            if number is not None and Checkpoint.parse(anchor.note.text).size > number:
                return anchor
        return None

    @property
    def anchors(self) -> list[Anchor]:
        """The newest that everybody vouched for, then the newest that somebody did, as far as there are such."""
        return [found for name in _ANCHORS if (found := self._read_anchor(name)) is not None]

    def keep_anchor(self, anchor: Anchor, *, whole: bool) -> None:
        """Lead proofs to this one from now on; `whole`: everybody who was asked vouches for it. Raises `NoteInvalid`,
        `TextInvalid` if it is not ours."""
        self._require_ours(anchor.note)
        write_whole(self._folder / _ANCHORS[0 if whole else 1], msgspec.json.encode(anchor))

    def witnessed_until(self, witnesses: Sequence[VerifierKey]) -> int | None:
        """The newest Unix time (s) at which one of these vouched for this log; None: never."""
        times = [at for one in self.anchors for at in one.note.signed_by(witnesses).values() if at is not None]
        return max(times, default=None)

    @property
    def stamped_until(self) -> int | None:
        """The newest Unix time (s) of a time stamp over a checkpoint of this log; None: never."""
        return max((stamp_time(one.stamp) for one in self.anchors if one.stamp), default=None)

    def prove(self, entry: bytes, note: Note, extra: bytes = b"") -> Proof:
        """That this entry is in the tree that `note`, a checkpoint of ours, speaks of. Raises `LeafInvalid` if it was
        not logged by then, `NoteInvalid`, `TextInvalid`, `TlogDamaged`."""
        size, number = self._require_ours(note).size, self.number_of(entry)
        if number is None or number >= size:
            raise LeafInvalid("not in the log by that checkpoint")
        tree = TileReader(read_from(self._folder), size)
        proof = Proof(number, tuple(prove_inclusion(number, size, tree.node)), note, extra)
        try:
            proof.verify(leaf_hash(entry))
        except ProofInvalid:
            raise TlogDamaged("the tiles do not hold the leaf") from None
        return proof

    def prove_consistency(self, old: int, new: int) -> list[bytes]:
        """That the tree of size `old` is the beginning of the one of size `new`. ValueError unless old ≤ new ≤
        published."""
        if new > self.published:
            raise ValueError("not published yet")
        return prove_consistency(old, new, TileReader(read_from(self._folder), new).node)

    def contradicts(self, note: Note) -> bool:
        """Whether this is a checkpoint that we signed, and what we have now is not its continuation. Raises
        `NoteInvalid`, `TextInvalid` for one that is not ours."""
        signed = self._require_ours(note)
        with self._turn:
            return signed.size > self._tree.size or root(signed.size, self._tree.node) != signed.root

    def stand_by(self, note: Note) -> None:
        """Remember that this was signed: a log that contradicts it is not opened again."""
        self._remember(note)

    def close(self) -> None:
        """Give the log free. What was appended stays."""
        with self._turn:
            self._pending.close()
            self._index.close()
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _require_what_was_seen(self) -> None:
        """What stands in `seen` must be the beginning of what is here."""
        data = read_whole(self._seen, MAX_NOTE) if self._seen else None
        try:
            if data is not None and self.contradicts(Note.parse(data)):
                raise TlogDamaged("the log is not the one that was signed last: put back from a backup?")
        except (NoteInvalid, TextInvalid):
            return  # of another key's log

    def _remember(self, note: Note) -> None:
        """An older memory is one too: a disk that takes nothing more costs only that."""
        if self._seen is not None:
            with suppress(StorageFull, StorageFailed):
                write_whole(self._seen, bytes(note))

    def _read_anchor(self, name: str) -> Anchor | None:
        data = read_whole(self._folder / name, 2 * (MAX_NOTE + MAX_STAMP))
        try:
            return None if data is None else msgspec.json.decode(data, type=Anchor)
        except msgspec.DecodeError:
            raise TlogDamaged("an anchor cannot be read") from None

    def _number(self, leaf: bytes) -> int | None:
        waiting = self._waiting.get(leaf)
        return self._index.number(leaf) if waiting is None else waiting

    def _require_ours(self, note: Note) -> Checkpoint:
        if self._signer.key not in note.signed_by([self._signer.key]):
            raise NoteInvalid("not signed by this log")
        return Checkpoint.parse(note.text)

    def _read_checkpoint(self) -> Note | None:
        data = read_whole(self._folder / "checkpoint", MAX_NOTE)
        if data is None:
            return None
        try:
            note = Note.parse(data)
            checkpoint = self._require_ours(note)
        except (NoteInvalid, TextInvalid):
            raise TlogDamaged("the checkpoint is not one that this key signed") from None
        if checkpoint.origin != self._signer.key.name:
            raise TlogDamaged("the checkpoint is of another log")
        return note

    def _tree_of(self, checkpoint: Checkpoint | None) -> TileReader:
        """The published tree; its tiles must give the root that was signed."""
        tree = TileReader(read_from(self._folder), checkpoint.size if checkpoint else 0)
        if checkpoint and root(checkpoint.size, tree.node) != checkpoint.root:
            raise TlogDamaged("the tiles are not those of the checkpoint")
        return tree

    def _recover(self) -> Pending:
        path, published = self._folder / "pending", self._tree.size
        found = Pending.recover(path)
        if found is None:
            if self._note is not None or (self._folder / "tile").exists():
                raise TlogDamaged("what waited is gone")
            return Pending.start(path, 0, [])
        if found.first > published or found.size < published:
            raise TlogDamaged("the checkpoint is older or newer than what waits")
        if any(leaf_hash(found.entries[n]) != self._tree.leaf(found.first + n) for n in range(published - found.first)):
            raise TlogDamaged("what waited is not what was published")
        return found

    def _forget_published(self) -> None:
        """Nothing that is published has to wait. On a full disk it stays, and is passed over, until the next time."""
        path, published = self._folder / "pending", self._tree.size
        if self._pending.first == published:
            return
        rest = self._pending.entries[published - self._pending.first :]
        try:
            fresh = Pending.start(path, published, rest)
        except (StorageFull, StorageFailed):
            again = Pending.recover(path)  # the old file, or the new one under its name already
            if again is None:
                raise
            fresh = again
        self._pending.close()
        self._pending = fresh
