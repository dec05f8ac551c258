"""What a disk, or somebody with a hand on it, does to a sealed archive: found, named, and located."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from recordings import LogWriter
from recordings.keeping.ledger import Entry, Ledgers, Step
from recordings.keeping.letting_go import drop_journal, drop_media
from recordings.keeping.retention import Class
from recordings.leaves import kept_leaf
from recordings.manifest import MANIFEST, Manifest
from recordings.seal import seal
from recordings.tlog import LeafKind
from sefaw_rtc.cli.verifying import Verdict, checked, let_go, trust_of
from sefaw_rtc.config import Config, Server
from sefaw_rtc.keyring import server_keyring
from signalling.codec import encode_event
from signalling.ids import ConsultationId
from tests.recordings.media.senders import write
from tests.recordings.sealed import talk
from tests.recordings.test_timeline import a_call

ONE, OTHER = ConsultationId("a" * 26), ConsultationId("b" * 26)


class Sealed:
    """Two consultations, sealed."""

    def __init__(self, data: Path) -> None:
        self.config = Config(server=Server(data=str(data)))
        self.keyring = server_keyring(self.config)
        self.data = data
        (data / "closed").mkdir()
        for consultation in (ONE, OTHER):
            key = self.keyring.create(consultation)
            with LogWriter.create(self.log(consultation), consultation, 1, key) as log:
                for event in a_call():
                    log.append(encode_event(event))
            write(self.keyring.folder(consultation), talk(12), key, consultation)
            seal(self.keyring.folder(consultation), self.keyring, self.log(consultation), 1)

    def log(self, consultation: ConsultationId) -> Path:
        return self.data / "closed" / f"{consultation}.log"

    def verdict(self) -> Verdict:
        folder = self.keyring.folder(ONE)
        manifest = Manifest.parse((folder / MANIFEST).read_bytes())
        trust = trust_of(self.config, self.keyring, ONE)
        return checked(folder, self.log(ONE), manifest, trust, let_go(self.config, manifest))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("sealed") / "data"
    data.mkdir()
    Sealed(data)
    return data


@pytest.fixture
def sealed(made: Path, tmp_path: Path) -> Sealed:
    shutil.copytree(made, tmp_path / "data")
    found = Sealed.__new__(Sealed)
    found.data = tmp_path / "data"
    found.config = Config(server=Server(data=str(found.data)))
    found.keyring = server_keyring(found.config)
    return found


def test_untouched_it_is_as_sealed(sealed: Sealed) -> None:
    verdict = sealed.verdict()
    assert verdict.right
    assert verdict.line(5) == "as sealed, 5 files; not witnessed, not time-stamped"


NAMES = ["log", "media/media-000001.seg", "media/media-000002.seg", "tracks/1.webm", "tracks/2.webm"]


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_bit_anywhere_is_found_and_located(sealed: Sealed, name: str) -> None:
    path = sealed.log(ONE) if name == "log" else sealed.keyring.folder(ONE) / name.removeprefix("media/")
    whole = path.read_bytes()
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    dice = random.Random(seed)
    for at in (0, 11, 12, 40, len(whole) // 2, len(whole) - 1, dice.randrange(len(whole))):
        data = bytearray(whole)
        data[at] ^= 1 << dice.randrange(8)
        path.write_bytes(data)
        verdict = sealed.verdict()
        assert not verdict.right
        assert f"CHANGED: {name}" in verdict.line(5)
        problems = verdict.found.answers["integrity"].problems
        places = [one.facts["where"].facts for one in problems if "where" in one.facts]
        assert any(place["offset"] <= at <= place["end"] for place in map(innermost, places)), (at, places)


def innermost(facts: dict[str, object]) -> dict[str, int]:
    """The place itself."""
    while "offset" not in facts:
        facts = facts["where"].facts  # type: ignore[attr-defined]
    return facts  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda s: (s.keyring.folder(ONE) / "media-000001.seg").unlink(), "MISSING: media/media-000001.seg"),
        (lambda s: s.log(ONE).write_bytes(s.log(ONE).read_bytes()[:-40]), "CHANGED: log"),
        (lambda s: s.log(ONE).unlink(), "MISSING: log"),
        (lambda s: shutil.copy(s.log(OTHER), s.log(ONE)), "CHANGED: log"),
        (
            lambda s: shutil.copy(
                s.keyring.folder(OTHER) / "media-000002.seg", s.keyring.folder(ONE) / "media-000002.seg"
            ),
            "CHANGED: media/media-000002.seg",
        ),
        (lambda s: shutil.copy(s.keyring.folder(OTHER) / MANIFEST, s.keyring.folder(ONE) / MANIFEST), "CHANGED"),
    ],
    ids=["segment removed", "log truncated", "log removed", "log swapped", "segment swapped", "manifest swapped"],
)
def test_what_was_removed_truncated_or_swapped(sealed: Sealed, spoil: Callable[[Sealed], object], line: str) -> None:
    spoil(sealed)
    verdict = sealed.verdict()
    assert not verdict.right
    assert line in verdict.line(5)


def test_a_segment_that_was_changed_before_it_was_sealed(sealed: Sealed) -> None:
    kept_leaf(sealed.keyring.folder(ONE), ONE, LeafKind.SEGMENT, "c" * 64, 1, "segment-000001")
    verdict = sealed.verdict()
    assert not verdict.right
    assert verdict.line(5).startswith("CHANGED: segment-000001, 5 files")


def test_after_an_erasure_the_evidence_is_what_it_was(sealed: Sealed) -> None:
    sealed.keyring.destroy(ONE)
    assert sealed.verdict().right


def test_what_was_kept_long_enough_is_not_missing(sealed: Sealed) -> None:
    folder, ledgers = sealed.keyring.folder(ONE), Ledgers(sealed.data)
    ledgers.add(ONE, Entry(step=Step.AGED, t_unix_ms=1, what=(Class.JOURNAL.value,)), lambda: drop_journal(folder))
    assert sealed.verdict().right
    assert sealed.verdict().line(5).startswith("as sealed, 5 files (2 kept long enough and removed)")
    (folder / "tracks/1.webm").unlink()
    assert not sealed.verdict().right, "that was not"
    assert sealed.verdict().line(5).startswith("MISSING: tracks/1.webm, 5 files (2 kept")
    ledgers.add(ONE, Entry(step=Step.AGED, t_unix_ms=2, what=(Class.MEDIA.value,)), lambda: drop_media(folder))
    assert sealed.verdict().right
    sealed.log(ONE).unlink()
    assert not sealed.verdict().right


def test_a_link_is_not_followed(sealed: Sealed) -> None:
    track = sealed.keyring.folder(ONE) / "tracks/1.webm"
    track.unlink()
    track.symlink_to(sealed.keyring.folder(OTHER) / "tracks/1.webm")
    assert "MISSING: tracks/1.webm" in sealed.verdict().line(5)
