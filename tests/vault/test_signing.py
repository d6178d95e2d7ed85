"""The signing keys of an installation: one for each use, the same after every start, and none of them the seed's own."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evenhand.vault.keyfile import make_key_file, parse_key_file

ORIGIN = "evenhand.example/log/7f3a"


def test_a_log_key_is_the_same_after_every_start(tmp_path):
    keys = make_key_file()
    again = parse_key_file(keys.as_json(), tmp_path)

    assert keys.log_signer(ORIGIN).public_key == again.log_signer(ORIGIN).public_key


def test_no_two_logs_uses_or_installations_share_a_key():
    keys, others = make_key_file(), make_key_file()
    public = [
        keys.log_signer(ORIGIN).public_key,
        keys.log_signer(ORIGIN + "0").public_key,
        keys.receipt_signer(ORIGIN).public_key,
        others.log_signer(ORIGIN).public_key,
        Ed25519PrivateKey.from_private_bytes(keys.signing_seed).public_key().public_bytes_raw(),
    ]

    assert len(set(public)) == len(public)


def test_what_a_log_key_signed_verifies_under_it_and_under_no_receipt_key():
    keys = make_key_file()
    signature = keys.log_signer(ORIGIN).sign(b"a checkpoint")

    Ed25519PublicKey.from_public_bytes(keys.log_signer(ORIGIN).public_key).verify(signature, b"a checkpoint")
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(keys.receipt_signer(ORIGIN).public_key).verify(signature, b"a checkpoint")


def test_a_signer_shows_no_secret():
    keys = make_key_file()

    assert keys.signing_seed.hex() not in repr(keys.log_signer(ORIGIN))
    assert "PrivateKey" not in repr(keys.log_signer(ORIGIN))
