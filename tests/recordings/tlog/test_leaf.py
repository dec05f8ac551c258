"""A leaf is a commitment, and has one text."""

from typing import Any

import pytest

from recordings.tlog.errors import LeafInvalid
from recordings.tlog.leaf import ENTRY_SIZE, Leaf, LeafKind, consultation_commitment
from signalling.ids import ConsultationId

CONSULTATION = ConsultationId("abcdefghijklmnopqrstuvwxyz")


def leaf(**changed: Any) -> Leaf:
    said: dict[str, Any] = {
        "kind": LeafKind.SEALED,
        "consultation": consultation_commitment(b"salt", CONSULTATION),
        "t_unix_ms": 1_790_000_000_000,
        "digest": "ab" * 32,
        "salt": "cd" * 32,
    }
    return Leaf(**said | changed)


def test_a_leaf_is_a_commitment_and_comes_back_from_its_text() -> None:
    entry = leaf().entry
    assert len(entry) == ENTRY_SIZE
    assert Leaf.parse(bytes(leaf())) == leaf()
    others = [
        leaf(kind=LeafKind.SCORE),
        leaf(t_unix_ms=1),
        leaf(digest="00" * 32),
        leaf(salt="00" * 32),
        leaf(consultation="00" * 32),
    ]
    assert len({entry, *(one.entry for one in others)}) == 6


@pytest.mark.parametrize(
    "change", [(b'"sealed"', b'"Sealed"'), (b'"digest"', b' "digest"'), (b"{", b"["), (b"ab", b"AB")]
)
def test_what_is_no_leaf(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(LeafInvalid):
        Leaf.parse(bytes(leaf()).replace(*change, 1))
