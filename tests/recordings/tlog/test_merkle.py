"""RFC 6962 trees: the published vectors, and every proof of every small tree against a tree that is only a list."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.tlog import merkle
from recordings.tlog.errors import ProofInvalid

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "golden" / "tlog_rfc6962.json").read_text("utf-8"))


def hashes(vector: dict[str, Any], name: str = "proof") -> list[bytes]:
    return [base64.b64decode(line) for line in vector[name] or []]


def naive(entries: list[bytes]) -> bytes:
    """MTH as RFC 6962 2.1 defines it, by recursion over the entries."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return hashlib.sha256(b"\1" + naive(entries[:k]) + naive(entries[k:])).digest()


def nodes_of(entries: list[bytes]) -> merkle.Nodes:
    return lambda level, index: naive(entries[index << level : (index + 1) << level])


def test_the_published_hashes() -> None:
    """google/certificate-transparency's and transparency-dev/merkle's."""
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    leaf = merkle.leaf_hash(b"L123456").hex()
    assert leaf == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    node = merkle.node_hash(b"N123", b"N456").hex()
    assert node == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


def test_the_published_tree() -> None:
    entries = [bytes.fromhex(leaf) for leaf in VECTORS["leaves"]]
    nodes = nodes_of(entries)
    assert [[nodes(level, i).hex() for i in range(8 >> level)] for level in range(4)] == VECTORS["nodes"]
    assert [merkle.root(size, nodes).hex() for size in range(9)] == VECTORS["roots"]


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda v: v["name"])
def test_inclusion_vectors(vector: dict[str, Any]) -> None:
    root, leaf = (base64.b64decode(vector[name] or "") for name in ("root", "leafHash"))
    if vector["wantErr"]:
        with pytest.raises(ProofInvalid):
            merkle.verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], hashes(vector), root)
    else:
        merkle.verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], hashes(vector), root)


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda v: v["name"])
def test_consistency_vectors(vector: dict[str, Any]) -> None:
    old, new = (base64.b64decode(vector[name] or "") for name in ("root1", "root2"))
    if vector["wantErr"]:
        with pytest.raises(ProofInvalid):
            merkle.verify_consistency(vector["size1"], vector["size2"], hashes(vector), old, new)
    else:
        if len(old) != merkle.HASH_SIZE:  # one vector's roots are the words "don't care"; here a root is a hash
            old, new = hashlib.sha256(old).digest(), hashlib.sha256(new).digest()
        merkle.verify_consistency(vector["size1"], vector["size2"], hashes(vector), old, new)


SMALL = [bytes([n]) for n in range(40)]


@pytest.mark.parametrize("size", range(1, 40))
def test_every_inclusion_of_every_small_tree(size: int) -> None:
    entries = SMALL[:size]
    nodes, root = nodes_of(entries), naive(entries)
    for index in range(size):
        proof = merkle.prove_inclusion(index, size, nodes)
        merkle.verify_inclusion(merkle.leaf_hash(entries[index]), index, size, proof, root)
        for other in {index - 1, index + 1} - {-1}:
            with pytest.raises(ProofInvalid):
                merkle.verify_inclusion(merkle.leaf_hash(entries[index]), other, size, proof, root)


@pytest.mark.parametrize("new", range(40))
def test_every_consistency_of_every_small_tree(new: int) -> None:
    nodes, root = nodes_of(SMALL), naive(SMALL[:new])
    for old in range(new + 1):
        proof = merkle.prove_consistency(old, new, nodes)
        merkle.verify_consistency(old, new, proof, naive(SMALL[:old]), root)
        if old:
            with pytest.raises(ProofInvalid):
                merkle.verify_consistency(old, new, proof, naive([b"another", *SMALL[1:old]]), root)


@given(st.integers(1, 39), st.integers(0, 38), st.data())
def test_no_changed_proof_holds(size: int, index: int, data: st.DataObject) -> None:
    index %= size
    nodes, root = nodes_of(SMALL), naive(SMALL[:size])
    proof = merkle.prove_inclusion(index, size, nodes)
    if not proof:
        return
    at, bit = data.draw(st.integers(0, len(proof) * 32 - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(b"".join(proof))
    changed[at] ^= 1 << bit
    steps = [bytes(changed[n : n + 32]) for n in range(0, len(changed), 32)]
    with pytest.raises(ProofInvalid):
        merkle.verify_inclusion(merkle.leaf_hash(SMALL[index]), index, size, steps, root)


@given(st.binary(max_size=40), st.integers(0, 70), st.integers(0, 70), st.lists(st.binary(max_size=33), max_size=66))
def test_whatever_comes_is_an_answer(leaf: bytes, old: int, new: int, proof: list[bytes]) -> None:
    with pytest.raises(ProofInvalid):
        merkle.verify_inclusion(leaf, old, new, proof, b"no root")
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(old, new, proof, b"no root", b"another")


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.prove_inclusion(index, size, nodes_of(SMALL))


def test_no_consistency_with_a_larger_past() -> None:
    with pytest.raises(ValueError, match="not larger"):
        merkle.prove_consistency(3, 2, nodes_of(SMALL))
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(3, 2, [], naive(SMALL[:3]), naive(SMALL[:2]))
