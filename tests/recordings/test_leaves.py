"""A consultation's leaves: made once, kept with their salts, and never overwritten by another."""

from pathlib import Path

import pytest

from recordings.leaves import PROOF, forget_guessable, kept_leaf, kept_leaves
from recordings.tlog import LeafInvalid, LeafKind
from recordings.tlog.leaf import salted
from signalling.ids import ConsultationId

CONSULTATION = ConsultationId("a" * 26)
ONE, OTHER = "1" * 64, "2" * 64
SECRET = bytes(range(32))


def test_the_same_leaf_is_one_leaf_however_late(tmp_path: Path) -> None:
    first = kept_leaf(tmp_path, CONSULTATION, LeafKind.CONSENT, ONE, 1, "consent-000004")
    assert kept_leaf(tmp_path, CONSULTATION, LeafKind.CONSENT, ONE, 9, "consent-000004") == first
    assert kept_leaves(tmp_path) == {"consent-000004": first}


def test_another_seal_leaves_the_former_ones_salt_where_it_is(tmp_path: Path) -> None:
    seals = [kept_leaf(tmp_path, CONSULTATION, LeafKind.SEALED, digest, 1) for digest in (ONE, OTHER)]
    assert [leaf.digest for leaf in seals] == [ONE, OTHER]
    assert set(kept_leaves(tmp_path).values()) == set(seals), "both can be opened"
    assert [kept_leaf(tmp_path, CONSULTATION, LeafKind.SEALED, digest, 9) for digest in (ONE, OTHER)] == seals
    assert len({leaf.consultation for leaf in seals}) == 1


@pytest.mark.parametrize("name", ["../out", "a/b", ".hidden", "a" * 65])
def test_a_name_that_is_no_files_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LeafInvalid):
        kept_leaf(tmp_path, CONSULTATION, LeafKind.SCORE, ONE, 1, name)
    assert not (tmp_path / PROOF).exists()


def test_a_leaf_that_is_damaged_is_said_and_stays(tmp_path: Path) -> None:
    kept_leaf(tmp_path, CONSULTATION, LeafKind.OPENED, ONE, 1)
    path = tmp_path / PROOF / "opened.leaf"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LeafInvalid):
        kept_leaf(tmp_path, CONSULTATION, LeafKind.OPENED, ONE, 1)
    assert kept_leaves(tmp_path) == {}, "the others can be read"
    assert not path.read_bytes().endswith(b"}")


def test_a_salted_leaf_is_one_leaf_and_shows_no_digest(tmp_path: Path) -> None:
    first = kept_leaf(tmp_path, CONSULTATION, LeafKind.CONSENT, ONE, 1, "consent-000004", SECRET)
    assert kept_leaf(tmp_path, CONSULTATION, LeafKind.CONSENT, ONE, 9, "consent-000004", SECRET) == first
    assert (first.digest, first.version) == (salted(SECRET, ONE), 2)
    assert ONE not in (tmp_path / PROOF / "consent-000004.leaf").read_text()


def test_a_leaf_of_before_digests_were_salted_stays_the_one_that_was_logged(tmp_path: Path) -> None:
    former = kept_leaf(tmp_path, CONSULTATION, LeafKind.CONSENT, ONE, 1, "consent-000004")
    assert kept_leaf(tmp_path, CONSULTATION, LeafKind.CONSENT, ONE, 9, "consent-000004", SECRET) == former


def test_an_erasure_leaves_no_digest_that_can_be_guessed(tmp_path: Path) -> None:
    guessed = kept_leaf(tmp_path, CONSULTATION, LeafKind.CONSENT, ONE, 1, "consent-000004")
    stay = [
        kept_leaf(tmp_path, CONSULTATION, LeafKind.ACCESS, ONE, 1, "access-000005", SECRET),
        kept_leaf(tmp_path, CONSULTATION, LeafKind.SEALED, OTHER, 1),
    ]
    (tmp_path / PROOF / "torn.leaf").write_bytes(bytes(guessed)[:-1])
    (twin := tmp_path / "twin").hardlink_to(tmp_path / PROOF / "consent-000004.leaf")
    assert forget_guessable(tmp_path) == 2
    assert list(kept_leaves(tmp_path).values()) == stay
    assert ONE.encode() not in twin.read_bytes(), "overwritten, not only unlinked"
    assert forget_guessable(tmp_path) == 0
