"""Merkle trees of RFC 6962 section 2.1 over SHA-256: hashes, inclusion and consistency proofs, and their verification
as RFC 9162 sections 2.1.3.2 and 2.1.4.2 write it down.

Nothing here holds a tree: whoever builds a proof brings `Nodes`, which answers for complete subtrees.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from recordings.tlog.errors import ProofInvalid

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
# nodes(level, index): the hash of the complete subtree over the 2^level leaves that begin at index · 2^level.
Nodes = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: domain-separated from inner nodes (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(size: int, nodes: Nodes) -> bytes:
    """The tree's root at `size` leaves."""
    return _hash(0, size, nodes) if size else EMPTY_ROOT


def prove_inclusion(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """PATH(index, D[size]), from the leaf's sibling up. ValueError unless 0 ≤ index < size."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_hash(middle, end, nodes))
            end = middle
        else:
            path.append(_hash(begin, middle, nodes))
            begin = middle
    return path[::-1]


def prove_consistency(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """PROOF(old, D[new]). Empty for equal sizes and for the empty old tree. ValueError unless 0 ≤ old ≤ new."""
    if not 0 <= old <= new:
        raise ValueError("an old tree is not larger")
    if old in {0, new}:
        return []
    proof: list[bytes] = []
    begin, end = 0, new
    while old not in {begin, end}:
        middle = begin + _split(end - begin)
        if old <= middle:
            proof.append(_hash(middle, end, nodes))
            end = middle
        else:
            proof.append(_hash(begin, middle, nodes))
            begin = middle
    # Where the old tree is a complete left part of the new one, its root is known already (flag b of the RFC).
    return [*([_hash(begin, end, nodes)] if begin else []), *proof[::-1]]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Raises `ProofInvalid` unless the leaf hash stands at `index` of the tree with this size and root."""
    _require_hashes(leaf, expected, *proof)
    if not 0 <= index < size:
        raise ProofInvalid("no such leaf in a tree of this size")
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    if last or found != expected:
        raise ProofInvalid("the leaf is not in the tree")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raises `ProofInvalid` unless the tree of size `old` is a prefix of the tree of size `new`."""
    _require_hashes(old_root, new_root, *proof)
    if not 0 <= old <= new:
        raise ProofInvalid("the old tree is larger")
    if old in {0, new}:
        expected = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != expected or (new == 0 and new_root != EMPTY_ROOT):
            raise ProofInvalid("not the same tree, or a proof where none is needed")
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise ProofInvalid("no proof")
    before, after = _fold_consistency(old, new, path)
    if before != old_root or after != new_root:
        raise ProofInvalid("the trees contradict each other")


def _fold_consistency(old: int, new: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """Both roots as the path gives them (RFC 9162 2.1.4.2, steps 3 to 7)."""
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofInvalid("the proof is too short")
    return before, after


def _require_hashes(*values: bytes) -> None:
    if any(len(value) != HASH_SIZE for value in values):
        raise ProofInvalid("not a hash")


def _hash(begin: int, end: int, nodes: Nodes) -> bytes:
    """MTH(D[begin:end]), where `begin` is a multiple of the largest power of two in the width."""
    width = end - begin
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return nodes(level, begin >> level)
    middle = begin + _split(width)
    return node_hash(_hash(begin, middle, nodes), _hash(middle, end, nodes))


def _split(width: int) -> int:
    """The largest power of two below `width` (the RFC's k)."""
    return 1 << ((width - 1).bit_length() - 1)
