"""The signed statement: what was signed opens, nothing else does, and the encoding is DSSE's own."""

import base64
import json

import pytest

from evenhand.delivery.statement import (
    PAYLOAD_TYPE,
    SignatureRefused,
    envelope,
    key_id,
    open_envelope,
    pae,
    public_key,
    statement,
)

SEED = bytes(range(32))
FILES = [{"name": "labels.jsonl", "sha256": "ab" * 32}]


def signed(seed=SEED):
    return envelope(statement(FILES, {"counts": {"tasks": 3}}), seed)


def test_what_was_signed_opens():
    opened = open_envelope(json.dumps(signed()).encode(), public_key(SEED))

    assert opened["subject"] == [{"name": "labels.jsonl", "digest": {"sha256": "ab" * 32}}]
    assert opened["_type"] == "https://in-toto.io/Statement/v1"
    assert opened["predicate"] == {"counts": {"tasks": 3}}


def test_the_encoding_is_the_one_in_dsses_specification():
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_the_public_key_is_rfc_8032s():
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")

    assert public_key(seed).hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def with_payload(body):
    statement_ = json.loads(base64.b64decode(body["payload"]))
    statement_["predicate"]["counts"]["tasks"] = 4
    return {**body, "payload": base64.b64encode(json.dumps(statement_).encode()).decode()}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(with_payload(signed())),
        json.dumps({**signed(), "payloadType": "text/plain"}),
        json.dumps({**signed(), "signatures": []}),
        json.dumps({**signed(), "payload": "###"}),
        json.dumps(signed(bytes(32))),
        json.dumps(signed())[:-20],
        "[]",
        "",
        "[" * 100_000,
    ],
    ids=["payload", "type", "unsigned", "base64", "another key", "truncated", "list", "empty", "deep"],
)
def test_anything_else_is_refused(content):
    with pytest.raises(SignatureRefused):
        open_envelope(content.encode(), public_key(SEED))


def test_a_signature_under_the_right_key_id_by_another_key_is_refused():
    forged = signed(bytes(32))
    forged["signatures"][0]["keyid"] = key_id(public_key(SEED))

    with pytest.raises(SignatureRefused):
        open_envelope(json.dumps(forged).encode(), public_key(SEED))
    assert forged["payloadType"] == PAYLOAD_TYPE
