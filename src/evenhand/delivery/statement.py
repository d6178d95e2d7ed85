"""The signed word over a release: an in-toto Statement v1 in a DSSE envelope, Ed25519. Pure: the key and all facts arrive.

DSSE v1 (github.com/secure-systems-lab/dsse): the signature is over PAE("DSSEv1", payload type, payload). The key id is the
SHA-256 of the raw public key.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evenhand.core.canonical import canonical_json

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://evenhand.example/attestation/release/v1"


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def statement(files: Sequence[Mapping[str, Any]], predicate: Mapping[str, Any]) -> dict[str, Any]:
    """The statement: every file by name and SHA-256, and what the release is."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": each["name"], "digest": {"sha256": each["sha256"]}} for each in files],
        "predicateType": PREDICATE_TYPE,
        "predicate": dict(predicate),
    }


def envelope(body: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
    """The statement in its signed envelope. seed: the 32 bytes of an Ed25519 private key (RFC 8032)."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    payload = canonical_json(dict(body))
    return {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [
            {
                "keyid": key_id(public_key(seed)),
                "sig": base64.b64encode(key.sign(pae(PAYLOAD_TYPE, payload))).decode(),
            }
        ],
    }


def public_key(seed: bytes) -> bytes:
    """The raw 32-byte public key of a seed."""
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_key_pem(seed: bytes) -> bytes:
    """The same as a PEM file, for openssl."""
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(public: bytes) -> str:
    """`sha256:` of the raw public key."""
    return "sha256:" + hashlib.sha256(public).hexdigest()


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest as a file: indented for people, keys in order."""
    return json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"
