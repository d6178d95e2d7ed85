"""The local key file: the customer key of an installation that has no key service. It never lies inside the data folder.

Whoever holds the data folder, the backups or the disk without this file holds ciphertext. The file is JSON, mode 0600,
written once, atomically and durably. Reading it takes no cryptography, so that the supervisor, which checks that it is there and
the right one, does without the 13 MB of that library; what uses its keys is loaded with the first use.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from evenhand.core.errors import PlatformError

if TYPE_CHECKING:
    from evenhand.vault.services.local_file import LocalKey
    from evenhand.vault.signing import Ed25519Signer

_FORMAT = "evenhand-key/1"


@dataclass(eq=False)
class KeyFileInside(PlatformError):
    """The key file lies inside the data folder, where a thief or a backup would find both together."""

    key_file: str
    data_folder: str
    code: ClassVar[str] = "key-file-inside"
    hint: ClassVar[str] = "Move the key file out of the data folder and point EVENHAND_KEY_FILE to it."


@dataclass(eq=False)
class KeyFileMissing(PlatformError):
    """The key file of this data folder is not where it should be."""

    key_file: str
    code: ClassVar[str] = "key-file-missing"
    hint: ClassVar[str] = "Put it back, or restore it from escrow with evenhand keys restore. Without it nothing opens."


@dataclass(eq=False)
class KeyFileUnreadable(PlatformError):
    """The key file cannot be read as one."""

    key_file: str
    reason: str
    code: ClassVar[str] = "key-file-unreadable"
    hint: ClassVar[str] = "Restore it from escrow with evenhand keys restore."


@dataclass(eq=False)
class WrongKeyFile(PlatformError):
    """This key file does not belong to this database."""

    key_file: str
    code: ClassVar[str] = "wrong-key-file"
    hint: ClassVar[str] = "Point EVENHAND_KEY_FILE to the file that was made with this data. Nothing was changed."

    def __str__(self) -> str:
        return f"{self.key_file} is not the key file of this database."


@dataclass(eq=False)
class KeyFileWhole(PlatformError):
    """A server beside a broker was given a key file with the customer key in it, which the broker alone should have."""

    key_file: str
    code: ClassVar[str] = "key-file-whole"
    hint: ClassVar[str] = (
        "Write the broker's and the server's file with evenhand keys divide, point EVENHAND_KEY_FILE to the server's, and put"
        " the whole one into escrow and away."
    )

    def __str__(self) -> str:
        return f"{self.key_file} holds the key that unwraps, and beside a broker no server may have it."


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The secrets of an installation: the customer key, the key of lookup hashes, the seed that signs releases.

    customer_key: None in the file of a server beside a broker, which alone has it. named: the reference of the first customer key,
    which the installation knows its file by, where that key is not in it any more. former: keys before this one, newest first;
    they unwrap what lies under them still, and wrap nothing.
    """

    customer_key: bytes | None = field(repr=False)
    lookup_key: bytes = field(repr=False)
    signing_seed: bytes = field(repr=False)
    named: str = ""
    former: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def service(self) -> LocalKey | None:
        """The customer key as a key service, for who has it."""
        from evenhand.vault.services.local_file import LocalKey

        return LocalKey(self.customer_key) if self.customer_key else None

    @property
    def former_services(self) -> tuple[LocalKey, ...]:
        """The keys before this one."""
        from evenhand.vault.services.local_file import LocalKey

        return tuple(map(LocalKey, self.former))

    @property
    def reference(self) -> str:
        """Whose file this is, without saying anything about a key: it stays through every renewal."""
        if self.named or self.customer_key is None:
            return self.named
        return reference_of(self.customer_key)

    def renewed(self) -> KeyFile:
        """The same with a new customer key; the one that it had unwraps until nothing lies under it any more."""
        assert self.customer_key is not None
        former = (self.customer_key, *self.former)
        return KeyFile(os.urandom(32), self.lookup_key, self.signing_seed, self.reference, former)

    def retired(self) -> KeyFile:
        """The same without the keys before."""
        return replace(self, former=())

    def without_customer_key(self) -> KeyFile:
        """What a server needs beside a broker: everything but the key that unwraps."""
        return KeyFile(None, self.lookup_key, self.signing_seed, self.reference)

    def lookup(self, organization_id: UUID | None, domain: str, text: str) -> bytes:
        """A keyed hash (HMAC-SHA-256, 16 bytes) by which a sealed text is found again within one organization.

        domain: what is looked up ("external-id", "email", "batch", "tag"); the same text in two domains differs.
        """
        scope = organization_id.bytes if organization_id else bytes(16)
        message = scope + domain.encode() + b"\x00" + text.encode("utf-8")
        return hmac.digest(self.lookup_key, message, "sha256")[:16]

    def log_signer(self, origin: str) -> Ed25519Signer:
        """The key that signs the checkpoints of the log of this origin. Each log has a key of its own."""
        return self._signer(f"log\x00{origin}")

    def receipt_signer(self, origin: str) -> Ed25519Signer:
        """The key that signs receipts for entries of this log, which promise and do not yet prove."""
        return self._signer(f"receipt\x00{origin}")

    def _signer(self, use: str) -> Ed25519Signer:
        from evenhand.vault.signing import Ed25519Signer

        return Ed25519Signer.derive(self.signing_seed, use)

    @property
    def sequencer_password(self) -> str:
        """With what the sequencer logs in to the database, where nobody chose another login for it."""
        return hmac.digest(self.signing_seed, b"evenhand-login/1\x00sequencer", "sha256").hex()

    def as_json(self) -> bytes:
        """The file's content."""
        body = {
            "format": _FORMAT,
            **({"customer_key": _encode(self.customer_key)} if self.customer_key else {}),
            **({"customer_key_is": self.named} if self.named else {}),
            **({"former_customer_keys": [_encode(each) for each in self.former]} if self.former else {}),
            "lookup_key": _encode(self.lookup_key),
            "signing_seed": _encode(self.signing_seed),
        }
        return json.dumps(body, indent=2).encode() + b"\n"


def reference_of(secret: bytes) -> str:
    """A digest of a key: which one it is, without saying anything about it."""
    return "local:" + hashlib.sha256(b"evenhand-key-reference" + secret).hexdigest()[:32]


def make_key_file() -> KeyFile:
    """New secrets, 32 random bytes each."""
    return KeyFile(os.urandom(32), os.urandom(32), os.urandom(32))


def parse_key_file(content: bytes, path: Path) -> KeyFile:
    """The secrets in a key file. Raises KeyFileUnreadable."""
    try:
        body: dict[str, Any] = json.loads(content)
        if body["format"] != _FORMAT:
            raise ValueError(f"its format is {body['format']!r}")
        customer, lookup, signing = (
            base64.b64decode(body[name], validate=True) if name in body else None
            for name in ("customer_key", "lookup_key", "signing_seed")
        )
        named = str(body["customer_key_is"]) if customer is None else str(body.get("customer_key_is", ""))
        former = tuple(base64.b64decode(each, validate=True) for each in body.get("former_customer_keys", ()))
        if lookup is None or signing is None:
            raise ValueError("a key is missing in it")
        if any(secret is not None and len(secret) != 32 for secret in (customer, lookup, signing, *former)):
            raise ValueError("a key in it is not 32 bytes long")
        return KeyFile(customer, lookup, signing, named, former)
    except (ValueError, KeyError, TypeError) as error:
        raise KeyFileUnreadable(key_file=str(path), reason=str(error)) from None


def open_key_file(path: Path, data_folder: Path, *, may_create: bool) -> KeyFile:
    """Read the key file, or make it on the very first start.

    Raises KeyFileInside when it lies in the data folder (symbolic links resolved), KeyFileMissing when there is none and
    none may be made, KeyFileUnreadable.
    """
    refuse_inside(path, data_folder)
    resolved = path.resolve()
    if resolved.exists():
        try:
            return parse_key_file(resolved.read_bytes(), path)
        except OSError as error:
            raise KeyFileUnreadable(key_file=str(path), reason=error.strerror or type(error).__name__) from None
    if not may_create:
        raise KeyFileMissing(key_file=str(path))
    keys = make_key_file()
    write_durably(resolved, keys.as_json())
    return keys


def require_key_of(keys: KeyFile, reference: str, path: Path) -> None:
    """Raises WrongKeyFile unless these are the keys that `reference` names."""
    if keys.reference != reference:
        raise WrongKeyFile(key_file=str(path))


def require_divided(keys: KeyFile, path: Path) -> None:
    """Raises KeyFileWhole when a server beside a broker could unwrap without it."""
    if keys.customer_key is not None:
        raise KeyFileWhole(key_file=str(path))


def refuse_inside(path: Path, data_folder: Path) -> None:
    """Raises KeyFileInside when the path lies in the data folder, symbolic links resolved."""
    resolved, folder = path.resolve(), data_folder.resolve()
    if resolved == folder or folder in resolved.parents:
        raise KeyFileInside(key_file=str(path), data_folder=str(data_folder))


def write_durably(path: Path, content: bytes) -> None:
    """Write a 0600 file so that it is whole or not there, whatever happens; fails if it exists already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = _written_beside(path, content)
    try:
        os.link(temporary, path)
    finally:
        temporary.unlink()
    _sync_folder(path)


def replace_durably(path: Path, content: bytes) -> None:
    """The same in place of a file that is there, with its owner: whoever reads meanwhile reads the one or the other."""
    path = path.resolve()
    owner = path.stat()
    temporary = _written_beside(path, content)
    try:
        os.chown(temporary, owner.st_uid, owner.st_gid)
        temporary.replace(path)
    except OSError:
        temporary.unlink()
        raise
    _sync_folder(path)


def _written_beside(path: Path, content: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink()
        raise
    return temporary


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _encode(secret: bytes) -> str:
    return base64.b64encode(secret).decode()
