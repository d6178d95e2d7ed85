"""Escrow of the key file: a copy that only named officers can open, encrypted to their age recipients.

Whoever loses the key file has lost the data. The copy is an ordinary age file (https://age-encryption.org/v1), so that `age -d`
opens it on a machine that has never seen Evenhand. Any one of the recipients suffices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyrage

from evenhand.core.errors import PlatformError
from evenhand.vault.keyfile import KeyFile, parse_key_file, write_durably


@dataclass(eq=False)
class NoRecipient(PlatformError):
    """An escrow needs the public key of somebody who may open it."""

    recipient: str
    code: ClassVar[str] = "no-recipient"
    hint: ClassVar[str] = "Give age recipients (age1…) or SSH public keys (ssh-ed25519 …, ssh-rsa …), one or more."


@dataclass(eq=False)
class EscrowDoesNotOpen(PlatformError):
    """This escrow file does not open with this identity."""

    reason: str
    code: ClassVar[str] = "escrow-does-not-open"
    hint: ClassVar[str] = "Use the identity (AGE-SECRET-KEY-1…) of one of the officers it was made for."


def escrow(keys: KeyFile, recipients: Sequence[str]) -> bytes:
    """The key file, encrypted to every recipient (age, ASCII armor). Raises NoRecipient."""
    if not recipients:
        raise NoRecipient(recipient="")
    return bytes(pyrage.encrypt(keys.as_json(), [_recipient(each.strip()) for each in recipients], armored=True))


def restore(content: bytes, identity: str) -> KeyFile:
    """The keys in an escrow file. identity: AGE-SECRET-KEY-1…, or an unencrypted SSH private key. Raises EscrowDoesNotOpen."""
    try:
        plain = pyrage.decrypt(content, [_identity(identity.strip())])
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise EscrowDoesNotOpen(reason=str(error)) from None
    return parse_key_file(plain, Path("the escrow file"))


def write_escrow(keys: KeyFile, recipients: Sequence[str], path: Path) -> None:
    """Write the escrow file, mode 0600, whole or not at all. Raises NoRecipient, and FileExistsError rather than replace one."""
    write_durably(path, escrow(keys, recipients))


def _recipient(text: str) -> object:
    try:
        if text.startswith("ssh-"):
            return pyrage.ssh.Recipient.from_str(text)
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise NoRecipient(recipient=text) from None


def _identity(text: str) -> object:
    if text.startswith("-----BEGIN"):
        return pyrage.ssh.Identity.from_buffer(text.encode() + b"\n")
    return pyrage.x25519.Identity.from_str(text)
