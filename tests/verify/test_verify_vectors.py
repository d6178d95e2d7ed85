"""The stand-alone verifier's own Merkle proofs against the 98 cases of transparency-dev/merkle that are of its kind."""

import base64
import json
import os
from pathlib import Path

import pytest
from made_log import MadeLog, hash_of, inclusion_path

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
MERKLE = SHARED / "data" / "vectors" / "merkle"
FILES = sorted((MERKLE / "inclusion").rglob("*.json"))


def decoded(value):
    return base64.b64decode(value or "")


@pytest.mark.check(1)
@pytest.mark.skipif(not FILES, reason=f"the vectors are not in {MERKLE}")
def test_every_vector_of_an_inclusion_proof_is_decided_as_it_says(verifier):
    """The other kind, of consistency, proves from one checkpoint to the next what the verifier sees by rebuilding the tree."""
    wrong = []
    for path in FILES:
        case = json.loads(path.read_text())
        place = case["leafIdx"], case["treeSize"], decoded(case["leafHash"])
        proof = [decoded(each) for each in case["proof"] or []]
        if verifier.inclusion_holds(*place, proof, decoded(case["root"])) == case["wantErr"]:
            wrong.append(path.relative_to(MERKLE).as_posix())

    assert (len(FILES), wrong) == (98, [])


@pytest.mark.saboteur(1)
@pytest.mark.skipif(not FILES, reason=f"the vectors are not in {MERKLE}")
def test_the_vectors_see_a_verifier_that_believes_every_proof(verifier, monkeypatch):
    monkeypatch.setattr(verifier, "inclusion_holds", lambda *_: True)

    with pytest.raises(AssertionError):
        test_every_vector_of_an_inclusion_proof_is_decided_as_it_says(verifier)


def test_every_leaf_of_every_small_tree_is_proven_and_no_changed_proof_is(verifier):
    for size in range(1, 34):
        entries = MadeLog.of(size).entries
        root = hash_of(entries)
        for index in range(size):
            leaf, proof = verifier._hash(b"\0", entries[index]), inclusion_path(index, entries)
            assert verifier.inclusion_holds(index, size, leaf, proof, root)
            assert not verifier.inclusion_holds((index + 1) % size, size, leaf, proof, root) or size == 1
            assert not verifier.inclusion_holds(index, size, leaf, [*proof, root], root)
            assert not verifier.inclusion_holds(index, size, leaf, proof[:-1], root) or not proof
            for n, each in enumerate(proof):
                changed = [*proof[:n], bytes([each[0] ^ 1]) + each[1:], *proof[n + 1 :]]
                assert not verifier.inclusion_holds(index, size, leaf, changed, root)


def test_a_tree_that_grows_has_the_root_that_the_definition_gives(verifier):
    entries = MadeLog.of(70).entries
    for size in range(71):
        assert verifier.tree_root({0: [verifier._hash(b"\0", each) for each in entries[:size]]}) == hash_of(
            entries[:size]
        )
