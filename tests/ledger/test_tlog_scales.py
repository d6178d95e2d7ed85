"""A second foreign reader: tlog-scales opens our folders, makes the same proofs and verifies the same signatures."""

import random

import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet

from evenhand.ledger.cosignature import cosign, witness_key
from evenhand.ledger.note import read_note
from evenhand.ledger.tiles import hash_in
from evenhand.ledger.tree import consistency_proof, inclusion_proof
from go_verifier import publish
from written_log import log_of, signer

WITNESS = "witness.example/w1"


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700, 66_000])
def test_it_reads_the_same_log(tmp_path, size):
    log = log_of(size)
    note = read_note(log.files["checkpoint"])
    cosigned = note.with_signatures([cosign(note.text, WITNESS, signer(WITNESS), 1_700_000_000)])
    log.files["checkpoint"] = cosigned.write()
    reader = TilesReader(LocalBackend(publish(log, tmp_path)))

    checkpoint = reader.get_checkpoint()
    keys = VkeySet(*(Vkey.from_string(str(each)) for each in (log.key, witness_key(WITNESS, signer(WITNESS)))))

    assert {key.name for key, _ in keys.verify(checkpoint.signatures, checkpoint)} == {log.origin, WITNESS}
    assert reader.calculate_root_hash() == log.checkpoint.root == checkpoint.root_hash
    for index in random.Random(size).sample(range(size), min(size, 5)):
        assert reader.get_entry(index) == log.entries[index]
        assert reader.get_inclusion_proof(index, size).node_hashes == inclusion_proof(
            index, size, hash_in(log.tile, size)
        )
        old_size = index + 1
        ours = consistency_proof(old_size, size, hash_in(log.tile, size))
        assert reader.get_consistency_proof(old_size, size).node_hashes == ours
