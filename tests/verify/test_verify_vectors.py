"""The stand-alone verifier's own Merkle proofs against the 196 cases of transparency-dev/merkle."""

import base64
import json
import os
from pathlib import Path

import pytest
from made_log import MadeLog, hash_of, inclusion_path

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
MERKLE = SHARED / "data" / "vectors" / "merkle"
FILES = sorted(MERKLE.rglob("*.json"))


def decoded(value):
    return base64.b64decode(value or "")


@pytest.mark.check(1)
@pytest.mark.skipif(not FILES, reason=f"the vectors are not in {MERKLE}")
def test_196_of_196_vectors_are_decided_as_they_say(verifier):
    wrong = []
    for path in FILES:
        case = json.loads(path.read_text())
        proof = [decoded(each) for each in case["proof"] or []]
        if "leafIdx" in case:
            place = case["leafIdx"], case["treeSize"], decoded(case["leafHash"])
            holds = verifier.inclusion_holds(*place, proof, decoded(case["root"]))
        else:
            sizes, roots = (case["size1"], case["size2"]), (decoded(case["root1"]), decoded(case["root2"]))
            holds = verifier.consistency_holds(*sizes, *roots, proof)
        if holds == case["wantErr"]:
            wrong.append(path.relative_to(MERKLE).as_posix())

    assert (len(FILES), wrong) == (196, [])


@pytest.mark.saboteur(1)
@pytest.mark.parametrize("name", ["inclusion_holds", "consistency_holds"])
@pytest.mark.skipif(not FILES, reason=f"the vectors are not in {MERKLE}")
def test_the_vectors_see_a_verifier_that_believes_every_proof(verifier, monkeypatch, name):
    monkeypatch.setattr(verifier, name, lambda *_: True)

    with pytest.raises(AssertionError):
        test_196_of_196_vectors_are_decided_as_they_say(verifier)


def test_every_leaf_of_every_small_tree_is_proven_and_no_changed_proof_is(verifier):
    for size in range(1, 34):
        entries = MadeLog.of(size).entries
        root = hash_of(entries)
        for index in range(size):
            leaf, proof = verifier.leaf_hash(entries[index]), inclusion_path(index, entries)
            assert verifier.inclusion_holds(index, size, leaf, proof, root)
            assert not verifier.inclusion_holds((index + 1) % size, size, leaf, proof, root) or size == 1
            assert not verifier.inclusion_holds(index, size, leaf, [*proof, root], root)
            assert not verifier.inclusion_holds(index, size, leaf, proof[:-1], root) or not proof
            for n, each in enumerate(proof):
                changed = [*proof[:n], bytes([each[0] ^ 1]) + each[1:], *proof[n + 1 :]]
                assert not verifier.inclusion_holds(index, size, leaf, changed, root)


def test_a_tree_that_grows_has_the_root_that_the_definition_gives(verifier):
    grown = verifier.Frontier()
    entries = MadeLog.of(70).entries
    for size in range(71):
        assert grown.root() == hash_of(entries[:size])
        grown.push([verifier.leaf_hash(each) for each in entries[size : size + 1]], 0)
