"""The page of formats shows a real log: each example in it is what the code writes, byte for byte."""

from pathlib import Path

import pytest

from evenhand.ledger.cosignature import cosign, witness_key
from evenhand.ledger.policy import Log, Witness, policy_of
from evenhand.ledger.proof import InclusionProof
from evenhand.ledger.tiles import hash_in
from evenhand.ledger.tree import inclusion_proof
from witnesses import submission
from written_log import log_of, signer

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "ledger-formats.md").read_text(encoding="utf-8")
LOG = log_of(3)
WITNESS = "witness.example/w1"
KEY = witness_key(WITNESS, signer(WITNESS))
COSIGNED = LOG.note_at(3).with_signatures([cosign(LOG.note_at(3).text, WITNESS, signer(WITNESS), 1772442000)])

SHOWN = {
    "checkpoint": COSIGNED.write(),
    "keys": f"{LOG.key}\n{KEY}\n".encode(),
    "policy": policy_of(
        [Log(LOG.key, "https://evenhand.example/log/7f3a")], [Witness("w1", KEY, "https://witness.example/")], 1
    ).write(),
    "receipt": InclusionProof(1, tuple(inclusion_proof(1, 3, hash_in(LOG.tile, 3))), COSIGNED).write(),
    "request": submission(LOG, 2, 3).write(),
}


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_of_the_page_is_what_the_code_writes(name):
    assert f"```text\n{SHOWN[name].decode()}```\n" in PAGE


def test_there_is_no_other_example():
    assert PAGE.count("```text\n") == len(SHOWN)
