"""The tree: known answers, foreign vectors, and the properties that make a log checkable."""

import json
import os
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    ProofRefused,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tries import TIMES, tries
from written_log import hashes_of, slow_root

VECTORS = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "vectors" / "merkle"
LEAVES = [leaf_hash(f"entry {number}".encode()) for number in range(600)]
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 63, 64, 65, 70]

# The entries and roots that the reference implementations of RFC 6962 test themselves with.
KNOWN_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_known_entries_have_the_known_root(size):
    entries = [bytes.fromhex(each) for each in KNOWN_ENTRIES[:size]]

    assert root_of(leaf_hash(each) for each in entries).hex() == KNOWN_ROOTS[size - 1]


def test_a_log_without_entries_has_the_hash_of_nothing():
    assert Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


# -------------------------------------------------------------------------------------------------- foreign vectors --
def verdict_on(case):
    """Whether our verification accepts a case of transparency-dev/merkle."""

    def bytes_of(text):
        return b64decode(text or "")

    proof = [bytes_of(each) for each in case["proof"] or []]
    try:
        if "leafIdx" in case:
            leaf, root = bytes_of(case["leafHash"]), bytes_of(case["root"])
            verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)
        else:
            old_root, root = bytes_of(case["root1"]), bytes_of(case["root2"])
            verify_consistency(case["size1"], old_root, case["size2"], root, proof)
    except ProofRefused:
        return False
    return True


needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the vectors of transparency-dev/merkle are not here")


@pytest.mark.check(1)
@needs_vectors
def test_all_196_foreign_vectors_agree():
    cases = [json.loads(file.read_bytes()) for file in sorted(VECTORS.rglob("*.json"))]

    assert len(cases) == 196
    assert [each["desc"] for each in cases if verdict_on(each) is each["wantErr"]] == []


# --------------------------------------------------------------------------------------------------------- growing --
@given(st.integers(0, 600), st.lists(st.integers(0, 80), max_size=12))
def test_a_frontier_grows_to_the_root_of_all_leaves_however_they_come(start, steps):
    frontier = Frontier()
    frontier.extend(LEAVES[:start])

    for step in steps:
        resumed = Frontier(frontier.size, frontier.hashes)
        resumed.extend(LEAVES[resumed.size : resumed.size + step])
        for leaf in LEAVES[frontier.size : frontier.size + step]:
            frontier.append(leaf)
        assert (resumed.size, resumed.hashes) == (frontier.size, frontier.hashes)

    assert frontier.root() == slow_root(LEAVES[: frontier.size])


@pytest.mark.parametrize(
    ("size", "hashes"),
    [(1, []), (0, LEAVES[:1]), (3, LEAVES[:1]), (-1, []), (2**63, LEAVES[:1]), (1, [b"short"])],
    ids=["none", "one of nothing", "too few", "negative", "too large", "no hash"],
)
def test_a_frontier_that_is_none_is_refused(size, hashes):
    with pytest.raises(ProofRefused):
        Frontier(size, hashes)


# ------------------------------------------------------------------------------------------------------- inclusion --
@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_of_every_size_verifies(size):
    root = slow_root(LEAVES[:size])

    for index in range(size):
        proof = inclusion_proof(index, size, hashes_of(LEAVES[:size]))
        verify_inclusion(index, size, LEAVES[index], proof, root)


@given(st.integers(1, 400), st.data())
@tries(200)
def test_any_flipped_bit_of_an_inclusion_does_not_verify(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, hashes_of(LEAVES[:size]))
    parts = [LEAVES[index], slow_root(LEAVES[:size]), *proof]
    part, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))

    parts[part] = flipped(parts[part], bit)

    with pytest.raises(ProofRefused):
        verify_inclusion(index, size, parts[0], parts[2:], parts[1])


@given(st.integers(2, 400), st.data())
def test_a_leaf_verifies_at_no_other_index(size, data):
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index))
    proof = inclusion_proof(index, size, hashes_of(LEAVES[:size]))

    with pytest.raises(ProofRefused):
        verify_inclusion(other, size, LEAVES[index], proof, slow_root(LEAVES[:size]))


@pytest.mark.parametrize("index", [-1, 5, 2**63])
def test_a_leaf_outside_the_tree_has_no_proof(index):
    with pytest.raises(ProofRefused):
        inclusion_proof(index, 5, hashes_of(LEAVES[:5]))
    with pytest.raises(ProofRefused):
        verify_inclusion(index, 5, LEAVES[0], [], slow_root(LEAVES[:5]))


# ----------------------------------------------------------------------------------------------------- consistency --
@pytest.mark.parametrize("size", range(1, 71))
def test_every_smaller_tree_is_shown_to_be_the_beginning_of_a_larger_one(size):
    root = slow_root(LEAVES[:size])

    for old_size in range(1, size + 1):
        proof = consistency_proof(old_size, size, hashes_of(LEAVES[:size]))
        verify_consistency(old_size, slow_root(LEAVES[:old_size]), size, root, proof)


@given(st.integers(2, 400), st.data())
@tries(200)
def test_any_flipped_bit_of_a_consistency_proof_does_not_verify(size, data):
    old_size = data.draw(st.integers(1, size - 1))
    proof = consistency_proof(old_size, size, hashes_of(LEAVES[:size]))
    parts = [slow_root(LEAVES[:old_size]), slow_root(LEAVES[:size]), *proof]
    part, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))

    parts[part] = flipped(parts[part], bit)

    with pytest.raises(ProofRefused):
        verify_consistency(old_size, parts[0], size, parts[1], parts[2:])


@given(st.integers(2, 300), st.data())
def test_a_rewritten_history_has_no_proof(size, data):
    old_size = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old_size - 1))
    forged = [*LEAVES[:changed], leaf_hash(b"another"), *LEAVES[changed + 1 : size]]

    proof = consistency_proof(old_size, size, hashes_of(forged))

    with pytest.raises(ProofRefused):
        verify_consistency(old_size, slow_root(LEAVES[:old_size]), size, slow_root(forged), proof)


def test_from_nothing_there_is_nothing_to_prove_and_nothing_proven():
    assert consistency_proof(0, 5, hashes_of(LEAVES[:5])) == []
    with pytest.raises(ProofRefused):
        verify_consistency(0, EMPTY_ROOT, 5, slow_root(LEAVES[:5]), [])


def test_a_larger_tree_is_no_beginning_of_a_smaller_one():
    with pytest.raises(ProofRefused):
        consistency_proof(6, 5, hashes_of(LEAVES[:6]))
    with pytest.raises(ProofRefused):
        verify_consistency(6, slow_root(LEAVES[:6]), 5, slow_root(LEAVES[:5]), [])


@given(st.integers(0, 2**64), st.integers(0, 2**64), st.lists(st.binary(max_size=40), max_size=70))
@tries(200)
def test_whatever_is_sent_as_a_proof_is_refused_and_nothing_else_happens(one, other, proof):
    for verify in (
        lambda: verify_inclusion(one, other, LEAVES[0], proof, LEAVES[1]),
        lambda: verify_consistency(one, LEAVES[0], other, LEAVES[1], proof),
    ):
        with pytest.raises(ProofRefused):
            verify()


# ------------------------------------------------------------------------------------------------------- saboteurs --
@pytest.mark.saboteur(1)
@needs_vectors
def test_the_vectors_see_a_verifier_that_forgets_the_root(monkeypatch):
    monkeypatch.setattr("evenhand.ledger.tree.verify_consistency", lambda *_: None)
    monkeypatch.setitem(globals(), "verify_consistency", lambda *_: None)

    with pytest.raises(AssertionError):
        test_all_196_foreign_vectors_agree()


def test_the_properties_see_leaves_and_nodes_that_hash_alike(monkeypatch):
    """Without the prefixes of RFC 6962 two children pass as one entry."""
    monkeypatch.setattr("evenhand.ledger.tree.sha256", without_prefix)

    with pytest.raises(AssertionError):
        test_known_entries_have_the_known_root(8)


def without_prefix(content=b""):
    from hashlib import sha256

    return sha256(content[1:])


def flipped(value, bit):
    """The same bytes with one bit the other way round."""
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.drill
def test_a_million_leaves_keep_their_root_however_they_come():
    leaves = [number.to_bytes(32, "big") for number in range(1_000_000 * TIMES)]
    at_once, in_steps = Frontier(), Frontier()

    at_once.extend(leaves)
    for start in range(0, len(leaves), 1999):
        in_steps.extend(leaves[start : start + 1999])

    assert at_once.root() == in_steps.root()
