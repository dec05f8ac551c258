"""The log on disk: what it serves is what the specification says, and no kill, no full disk and no changed file makes
it lose an acknowledged leaf or sign two histories."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.errors import StorageFailed, StorageFull
from recordings.tlog import merkle
from recordings.tlog.checkpoint import Checkpoint
from recordings.tlog.errors import LeafInvalid, NoteInvalid, TlogDamaged, TlogInUse
from recordings.tlog.log import Anchor, TransparencyLog
from recordings.tlog.note import COSIGNATURE, Note, Signer
from recordings.tlog.pending import MAX_PENDING
from recordings.tlog.tiles import ENTRIES, Tile, TileReader, read_from, unbundled, width_at

SIGNER = Signer("node.example/tlog", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Signer("witness.example/w", Ed25519PrivateKey.from_private_bytes(bytes(32)), COSIGNATURE)


def entries(begin: int, end: int) -> list[bytes]:
    return [b"entry %d" % n for n in range(begin, end)]


def root_of(leaves: list[bytes]) -> bytes:
    """The root over entries, without tiles."""
    if len(leaves) == 1:
        return merkle.leaf_hash(leaves[0])
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return merkle.node_hash(root_of(leaves[:middle]), root_of(leaves[middle:])) if leaves else merkle.EMPTY_ROOT


def served(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in (folder / "tile").rglob("*") if p.is_file()}


def test_a_tree_over_three_levels_serves_what_it_should(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a thousand files: what they hold, not when
    sizes = (1, 255, 256, 257, 66_000)
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        for size in sizes:
            for begin in range(log.size, size, 4_000):
                log.append(entries(begin, min(size, begin + 4_000)))
            checkpoint = Checkpoint.parse(log.publish().text)
            assert (checkpoint.size, checkpoint.root) == (size, root_of(entries(0, size)))
            for level in range(3):
                last = (size - 1) >> 8 * (level + 1)
                width = width_at(level, last, size)
                assert not width or (tmp_path / Tile(level, last, width).path).stat().st_size == 32 * width
        bundle = (tmp_path / Tile(ENTRIES, 257, 208).path).read_bytes()
        assert unbundled(bundle) == entries(65_792, 66_000)
        assert (tmp_path / "tile/2/000.p/1").read_bytes() == root_of(entries(0, 65_536))
        partial = {path for path in served(tmp_path) if ".p/" in path}
        last = {"tile/0/257.p/208", "tile/1/001.p/1", "tile/2/000.p/1", "tile/entries/257.p/208"}
        assert partial == last, "those of full tiles are gone"
        for number in (0, 255, 256, 65_535, 65_536, 65_999):
            log.prove(b"entry %d" % number, log.publish())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=6), st.data())
def test_every_published_size_stays_provable(tmp_path_factory: Any, steps: list[int], data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("log")
    notes: list[Note] = []
    for step in steps:  # opened anew each time: nothing lives in memory alone
        with TransparencyLog.open(folder, SIGNER) as log:
            log.append(entries(log.size, log.size + step))
            notes.append(log.publish())
    with TransparencyLog.open(folder, SIGNER) as log:
        for old in notes:
            for new in notes[notes.index(old) :]:
                a, b = Checkpoint.parse(old.text), Checkpoint.parse(new.text)
                merkle.verify_consistency(a.size, b.size, log.prove_consistency(a.size, b.size), a.root, b.root)
            size = Checkpoint.parse(old.text).size
            if size:
                n = data.draw(st.integers(0, size - 1))
                assert log.prove(b"entry %d" % n, old).index == n


def test_the_same_entry_twice_is_one_leaf(tmp_path: Path) -> None:
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        assert log.append([b"a", b"b", b"a"]) == [0, 1, 0]
        assert log.append([b"c", b"b", b"c"]) == [2, 1, 2]
        log.publish()
        assert log.append([b"c", b"d"]) == [2, 3]
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        assert (log.append([b"d", b"a"]), log.size, log.published) == ([3, 0], 4, 3)
        assert log.number_of(b"e") is None


def test_a_lost_index_is_made_again(tmp_path: Path) -> None:
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        log.append(entries(0, 600))
        log.publish()
    for damage in (Path.unlink, lambda path: path.write_bytes(b"no database at all, but as long as a page" * 100)):
        damage(tmp_path / "index.sqlite")
        with TransparencyLog.open(tmp_path, SIGNER) as log:
            assert log.append([b"entry 7", b"entry 599", b"entry 600"]) == [7, 599, 600]


def test_an_index_of_a_longer_log_is_made_again(tmp_path: Path) -> None:
    with TransparencyLog.open(tmp_path / "long", SIGNER) as log:
        log.append(entries(0, 300))
        log.publish()
    with TransparencyLog.open(tmp_path / "short", SIGNER) as log:
        log.append(entries(100, 102))
        log.publish()
    (tmp_path / "long/index.sqlite").replace(tmp_path / "short/index.sqlite")
    with TransparencyLog.open(tmp_path / "short", SIGNER) as log:
        assert log.append([b"entry 101", b"entry 5"]) == [1, 2]


def test_memory_stays_small_because_it_publishes_by_itself(tmp_path: Path) -> None:
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        log.append(entries(0, MAX_PENDING))
        assert log.published == MAX_PENDING


def test_only_one_writes(tmp_path: Path) -> None:
    with TransparencyLog.open(tmp_path, SIGNER), pytest.raises(TlogInUse):
        TransparencyLog.open(tmp_path, SIGNER)
    TransparencyLog.open(tmp_path, SIGNER).close()


def test_too_large_is_refused_and_nothing_of_it_is_there(tmp_path: Path) -> None:
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        with pytest.raises(LeafInvalid):
            log.append([b"a", b"x" * 65_536])
        assert log.size == 0


def test_cosignatures_and_anchors_survive(tmp_path: Path) -> None:
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        assert (log.anchor_for(b"a"), log.witnessed_until([WITNESS.key])) == (None, None)
        log.append([b"a"])
        note = log.publish()
        cosignature = WITNESS.cosign(note.text, 9)
        log.cosigned(note.text, [cosignature])
        log.cosigned("an older text\n", [cosignature])
        whole = Anchor(checkpoint=bytes(note.with_signatures([cosignature])).decode(), stamp=b"stamp")
        log.keep_anchor(whole, whole=True)
        with pytest.raises(NoteInvalid):
            log.keep_anchor(Anchor(checkpoint=bytes(Note(note.text, (cosignature,))).decode()), whole=True)
        log.append([b"b"])
        partial = Anchor(checkpoint=bytes(log.publish()).decode())
        log.keep_anchor(partial, whole=False)
        log.append([b"c"])
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        assert [log.anchor_for(entry) for entry in (b"a", b"b", b"c")] == [whole, partial, None]
        assert log.witnessed_until([WITNESS.key]) == 9
        with pytest.raises(LeafInvalid):
            log.prove(b"b", whole.note)
        (tmp_path / "anchor").write_bytes(b"{")
        with pytest.raises(TlogDamaged):
            log.anchor_for(b"a")


# ---- killed, full, changed ------------------------------------------------------------------------------------------

WRITER = """
import os, sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from recordings.tlog.log import TransparencyLog
from recordings.tlog.note import Signer
folder, left = Path(sys.argv[1]), int(sys.argv[2])

def die(event, arguments):
    global left
    if event in ("open", "os.rename", "os.truncate", "os.mkdir", "shutil.move", "os.remove"):
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), 9)

signer = Signer("node.example/tlog", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
sys.addaudithook(die)
log = TransparencyLog.open(folder, signer)
while True:
    begin = log.size
    numbers = log.append([b"entry %d" % n for n in range(begin, begin + 90)])
    print(numbers[-1], flush=True)
    log.publish()
    print("published", numbers[-1], flush=True)
"""


def test_killed_at_every_step_it_goes_on_with_all_that_was_acknowledged(tmp_path: Path) -> None:
    """SIGKILL before each file that is opened and each rename of the first three publications, on one folder: what a
    killed run leaves is what the next one starts with."""
    past: list[Checkpoint] = []
    acknowledged = 0
    for step in range(8, 60, 4):
        run = subprocess.run(
            [sys.executable, "-c", WRITER, str(tmp_path), str(step)], check=False, capture_output=True, text=True
        )
        assert run.returncode == -9, run.stderr
        lines = run.stdout.split("\n")
        acknowledged = max([acknowledged, *(int(line.split()[-1]) + 1 for line in lines if line)])
        with TransparencyLog.open(tmp_path, SIGNER) as log:
            assert log.size >= acknowledged
            assert log.append([b"entry %d" % (acknowledged - 1)] if acknowledged else []) in ([acknowledged - 1], [])
            now = Checkpoint.parse(log.publish().text)
            assert now.root == root_of(entries(0, now.size))
            for old in past[-3:]:
                proof = log.prove_consistency(old.size, now.size)
                merkle.verify_consistency(old.size, now.size, proof, old.root, now.root)
            past.append(now)
    assert acknowledged > 300
    assert not list(tmp_path.rglob("*.cut-*"))


def after(calls: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """The real function so many times, then a full disk."""

    def refuse(*arguments: Any) -> Any:
        nonlocal calls
        calls -= 1
        if calls < 0:
            raise OSError(errno.ENOSPC, "full")
        return real(*arguments)

    return refuse


@pytest.mark.parametrize("calls", range(14))
def test_a_disk_that_fills_up_anywhere_loses_nothing(tmp_path: Path, monkeypatch: Any, calls: int) -> None:
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        log.append(entries(0, 200))
        log.publish()
        acknowledged = 200
        with monkeypatch.context() as full:
            full.setattr(os, "fsync", after(calls, os.fsync))
            full.setattr(os, "fdatasync", after(calls, os.fdatasync))
            try:
                log.append(entries(200, 300))
                acknowledged = 300
                log.publish()
            except StorageFull:
                pass
        assert log.size == acknowledged
        log.append(entries(200, 320))
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        checkpoint = Checkpoint.parse(log.publish().text)
        assert (checkpoint.size, checkpoint.root) == (320, root_of(entries(0, 320)))


def test_half_a_write_is_taken_back(tmp_path: Path, monkeypatch: Any) -> None:
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        log.append([b"one"])
        real = os.pwrite
        monkeypatch.setattr(os, "pwrite", lambda fd, data, at: real(fd, data[:5], at))
        with pytest.raises(StorageFull):
            log.append([b"two"])
        monkeypatch.undo()
        assert log.append([b"three"]) == [1]
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        assert log.append([b"one", b"three", b"two"]) == [0, 1, 2]


def test_a_torn_record_was_never_acknowledged(tmp_path: Path) -> None:
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        log.append([b"one", b"two"])
    whole = (tmp_path / "pending").read_bytes()
    (tmp_path / "pending").write_bytes(whole + b"\x09\0\0\0torn")
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        assert log.size == 2
    assert (tmp_path / f"pending.cut-{len(whole)}").read_bytes() == b"\x09\0\0\0torn"


@pytest.fixture
def two_publications(tmp_path: Path) -> Path:
    with TransparencyLog.open(tmp_path, SIGNER) as log:
        log.append(entries(0, 3))
        log.publish()
        log.append(entries(3, 5))
    return tmp_path


def older(folder: Path) -> None:
    """A checkpoint put back from a backup, with what waited left as it is."""
    with TransparencyLog.open(folder, SIGNER) as log:
        before = (folder / "checkpoint").read_bytes()
        log.publish()
    (folder / "checkpoint").write_bytes(before)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no checkpoint": lambda f: (f / "checkpoint").unlink(),
    "no pending": lambda f: (f / "pending").unlink(),
    "no tile": lambda f: (f / "tile/0/000.p/3").unlink(),
    "a short tile": lambda f: (f / "tile/0/000.p/3").write_bytes(bytes(64)),
    "another tile": lambda f: (f / "tile/0/000.p/3").write_bytes(bytes(96)),
    "an older checkpoint": older,
    "no checkpoint at all": lambda f: (f / "checkpoint").write_bytes(b"checkpoint"),
    "pending damaged": lambda f: (f / "pending").write_bytes(b"SEFAWREC"),
    "another's checkpoint": lambda f: (f / "checkpoint").write_bytes(
        bytes(Note("x\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", (WITNESS.sign("x\n"),)))
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_log_that_contradicts_itself_signs_nothing_more(
    two_publications: Path, damage: Callable[[Path], object]
) -> None:
    damage(two_publications)
    before = {p: p.read_bytes() for p in two_publications.rglob("*") if p.is_file()}
    with pytest.raises(TlogDamaged):
        TransparencyLog.open(two_publications, SIGNER)
    assert {p: p.read_bytes() for p in two_publications.rglob("*") if p.is_file()} == before


def test_another_key_is_told(two_publications: Path) -> None:
    stranger = Signer("node.example/tlog", Ed25519PrivateKey.generate())
    with pytest.raises(TlogDamaged):
        TransparencyLog.open(two_publications, stranger)


def test_a_log_that_was_put_aside_can_be_read_by_anybody(two_publications: Path) -> None:
    """Nothing but the tiles: as a partner or a monitor has them."""
    tree = TileReader(read_from(two_publications), 3)
    assert merkle.root(3, tree.node) == root_of(entries(0, 3))
    with pytest.raises(TlogDamaged):
        TileReader(read_from(two_publications), 4).leaf(3)


def test_a_disk_that_refuses_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFailed):
        TransparencyLog.open(tmp_path / "file" / "log", SIGNER)
