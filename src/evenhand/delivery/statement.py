"""The signed word over a release: an in-toto Statement v1 in a DSSE envelope, Ed25519. Pure: the key and all facts arrive.

DSSE v1 (github.com/secure-systems-lab/dsse): the signature is over PAE("DSSEv1", payload type, payload). The key id is the
SHA-256 of the raw public key.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evenhand.core.canonical import canonical_json, read_json
from evenhand.core.errors import Malformed, PlatformError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://evenhand.example/attestation/release/v1"


@dataclass(eq=False)
class SignatureRefused(PlatformError):
    """A release's envelope is not what the holder of the key signed."""

    reason: str
    code: ClassVar[str] = "signature-refused"
    hint: ClassVar[str] = "Fetch the release again, and compare the key id with the one in your contract."


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


def open_envelope(content: bytes, public: bytes) -> dict[str, Any]:
    """The statement in an envelope that the raw 32-byte public key signed. Raises SignatureRefused."""
    try:
        body = read_json(content)
        payload = base64.b64decode(body["payload"], validate=True)
        signed = {each["keyid"]: base64.b64decode(each["sig"], validate=True) for each in body["signatures"]}
        type_ = str(body["payloadType"])
    except (Malformed, ValueError, KeyError, TypeError):
        raise SignatureRefused(reason="it is not a DSSE envelope") from None
    if type_ != PAYLOAD_TYPE:
        raise SignatureRefused(reason=f"its payload is {type_!r}")
    if key_id(public) not in signed:
        raise SignatureRefused(reason=f"the key {key_id(public)} did not sign it")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed[key_id(public)], pae(type_, payload))
    except InvalidSignature:
        raise SignatureRefused(reason="the signature does not fit the payload") from None
    opened: dict[str, Any] = read_json(payload)
    return opened


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
