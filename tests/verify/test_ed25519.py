"""The verifier's own Ed25519: RFC 8032's vectors, agreement with another library, and no malleability."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_standard_verify(verifier, key, message, signature):
    given_ = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)

    assert verifier.ed25519_verifies(*given_)
    assert not verifier.ed25519_verifies(given_[0], given_[1] + b"x", given_[2])


@settings(max_examples=25, deadline=None)
@given(message=st.binary(max_size=200), data=st.data())
def test_it_agrees_with_another_library_and_refuses_any_flipped_bit(verifier, message, data):
    private = Ed25519PrivateKey.from_private_bytes(os.urandom(32))
    key, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))

    assert verifier.ed25519_verifies(key, message, bytes(signature))
    signature[data.draw(st.integers(0, 63))] ^= 1 << data.draw(st.integers(0, 7))
    assert not verifier.ed25519_verifies(key, message, bytes(signature))


def test_a_signature_cannot_be_rewritten_into_another_one(verifier):
    key, message, signature = (bytes.fromhex(each) for each in VECTORS[1])
    scalar = int.from_bytes(signature[32:], "little") + ORDER

    assert not verifier.ed25519_verifies(key, message, signature[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize("key", [b"", bytes(31), b"\xff" * 32, (2**255 - 19 + 1).to_bytes(32, "little")])
def test_what_is_no_point_is_no_key(verifier, key):
    assert not verifier.ed25519_verifies(key, b"", bytes(64))
    assert not verifier.ed25519_verifies(bytes.fromhex(VECTORS[0][0]), b"", b"short")
