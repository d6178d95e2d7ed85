"""The certificate of a deletion: what was destroyed, how, and what was not. Pure: every fact arrives as an argument.

"Cryptographic Erase" (NIST SP 800-88) is said only where its conditions hold: the data was never stored unencrypted, keys have at
least 128 bits, every copy of the key is known and destroyed, and that can be verified. Else the certificate says that keys were
destroyed, and names what was not done. It is an in-toto Statement in a DSSE envelope, like a release.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from evenhand.core.times import rfc3339
from evenhand.delivery.statement import envelope

PREDICATE_TYPE = "https://evenhand.example/attestation/deletion/v1"
STRENGTH_BITS = 256
Scope = Literal["task", "project", "organization"]
Method = Literal["cryptographic-erase", "key-destruction"]

_BACKUPS = (
    "Wrapped copies of the destroyed keys may be in backups and replicas made before. Whoever restores one while the key above them"
    " exists can open what it held. Destroy those backups, or that key."
)
_DIRECT = "Files that were put straight into the object store lay there unencrypted until they were completed."
_RELEASES = "Releases cut before hold what they held: {}. They go with the project."
_ROWS = "Sealed rows of the organization are still stored; nothing that is left opens them."
_SEEN = "Whoever has seen an item may remember it; what was downloaded or released is where it was taken."


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What is certified. key_above: the customer key that wrapped those destroyed; is_above_gone: its service says it is gone.

    releases: numbers of releases that may hold the item. lay_open: whether files could lie unencrypted before they were completed.
    """

    scope: Scope
    organization_id: UUID
    subject_id: UUID
    keys: int
    key_above: str
    is_above_gone: bool
    finished_at: datetime
    mode: str
    releases: tuple[int, ...] = ()
    lay_open: bool = False

    @property
    def conditions(self) -> dict[str, bool]:
        """The conditions of Cryptographic Erase, each by itself."""
        return {
            "never_stored_unencrypted": not self.lay_open,
            "strength_at_least_128_bits": STRENGTH_BITS >= 128,
            "every_copy_of_the_key_destroyed": self.is_above_gone and not self.releases,
            "key_destruction_verifiable": self.mode != "managed" and self.is_above_gone,
        }

    @property
    def method(self) -> Method:
        """What may be claimed."""
        return "cryptographic-erase" if all(self.conditions.values()) else "key-destruction"

    @property
    def not_done(self) -> list[str]:
        """What was not done, in plain words."""
        said = []
        if not self.is_above_gone:
            said.append(_BACKUPS)
        if self.lay_open:
            said.append(_DIRECT)
        if self.releases:
            said.append(_RELEASES.format(", ".join(map(str, self.releases))))
        if self.scope == "organization":
            said.append(_ROWS)
        return [*said, _SEEN]


def certificate(facts: Destroyed, seed: bytes) -> dict[str, Any]:
    """The signed certificate. seed: the installation's signing key, as of releases."""
    subject = f"{facts.scope}:{facts.subject_id}"
    body = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": subject, "digest": {"sha256": hashlib.sha256(subject.encode()).hexdigest()}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "scope": facts.scope,
            "organization": str(facts.organization_id),
            "id": str(facts.subject_id),
            "method": facts.method,
            "claim": "Cryptographic Erase (Purge)" if facts.method == "cryptographic-erase" else "Keys destroyed",
            "conditions": facts.conditions,
            "keys_destroyed": facts.keys,
            "key_strength_bits": STRENGTH_BITS,
            "key_above_sha256": hashlib.sha256(facts.key_above.encode()).hexdigest(),
            "kept_as": facts.mode,
            "not_done": facts.not_done,
            "finished_at": rfc3339(facts.finished_at),
        },
    }
    return envelope(body, seed)


def digest_of(signed: Mapping[str, Any]) -> bytes:
    """SHA-256 of a certificate's payload: what the ledger's entry holds."""
    return hashlib.sha256(base64.b64decode(signed["payload"])).digest()
