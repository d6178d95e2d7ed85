"""A device with passkeys, as the standard describes one: it makes keys, counts, and signs what it is asked to sign.

WebAuthn Level 3: authenticator data (section 6.1), attestation "none" (8.7), client data (5.8.1).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Held:
    """A passkey on the device."""

    key: ec.EllipticCurvePrivateKey
    site: str
    handle: bytes
    count: int = 0


@dataclass
class Authenticator:
    """The device, in a browser that shows one page. verifies: whether it asks for a finger or a code before it signs."""

    origin: str = "http://localhost:8420"
    verifies: bool = True
    held: dict[bytes, Held] = field(default_factory=dict)

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        key = ec.generate_private_key(ec.SECP256R1())
        credential = os.urandom(32)
        self.held[credential] = Held(key, options["rp"]["id"], unb64(options["user"]["id"]))
        point = key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(credential).to_bytes(2, "big") + credential + cose
        data = self._data(options["rp"]["id"], 0, attested)
        return self._answer(
            credential,
            {
                "clientDataJSON": b64(self._client_data("webauthn.create", options["challenge"])),
                "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            },
        )

    def show(self, options: dict[str, Any], credential: bytes | None = None) -> dict[str, Any]:
        """Answer `navigator.credentials.get` with one of the passkeys, the first by default."""
        credential = credential or next(iter(self.held))
        held = self.held[credential]
        held.count += 1
        data = self._data(options["rpId"], held.count)
        said = self._client_data("webauthn.get", options["challenge"])
        signature = held.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            credential,
            {
                "clientDataJSON": b64(said),
                "authenticatorData": b64(data),
                "signature": b64(signature),
                "userHandle": b64(held.handle),
            },
        )

    def _data(self, site: str, count: int, attested: bytes = b"") -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | (ATTESTED if attested else 0)
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big") + attested

    def _client_data(self, type_: str, challenge: str) -> bytes:
        return json.dumps({"type": type_, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, credential: bytes, response: dict[str, str]) -> dict[str, Any]:
        return {"id": b64(credential), "rawId": b64(credential), "type": "public-key", "response": response}
