"""Cosignatures after C2SP tlog-cosignature: a witness says that, at a time, this was the largest tree of the log it knew. No I/O.

Only cosignature/v1 (Ed25519) is spoken. The specification prefers ML-DSA-44; what a log publishes can carry both side by side.
"""

from __future__ import annotations

from datetime import UTC, datetime

from evenhand.ledger.note import (
    Signature,
    SignatureRefused,
    SignatureType,
    Signer,
    VerifierKey,
    cosigned_message,
    split_timestamp,
)


def witness_key(name: str, signer: Signer) -> VerifierKey:
    """The key under which a witness's cosignatures verify: what it hands to logs and to those who read them."""
    return VerifierKey(name, signer.public_key, SignatureType.COSIGNATURE)


def cosign(text: str, name: str, signer: Signer, seconds: int) -> Signature:
    """The witness's signature over the text of a checkpoint. seconds: since the epoch, above zero."""
    assert 0 < seconds < 2**63
    content = seconds.to_bytes(8, "big") + signer.sign(cosigned_message(text, seconds))
    return Signature(name, witness_key(name, signer).id, content)


def cosigned_at(signature: Signature) -> datetime:
    """When the witness signed, by its own clock. Raises SignatureRefused for what is no cosignature or lies beyond the calendar."""
    try:
        seconds, _ = split_timestamp(signature.content)
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise SignatureRefused(signature.name, "it says no time") from None
