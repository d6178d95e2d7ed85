"""What a witness keeps, in one folder: its key, the last checkpoint it cosigned of each log, and what it refused as evidence.

Key and checkpoints lie together on purpose. A key without its checkpoints would cosign a second history as readily as the first;
whoever loses one shall lose both, and begin as a new witness.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenhand.core.errors import PlatformError
from evenhand.ledger.checkpoint import Checkpoint, read_checkpoint
from evenhand.ledger.cosignature import cosigned_at, witness_key
from evenhand.ledger.lines import Unreadable, read_base64, write_base64
from evenhand.ledger.note import NOTE_BYTES_MAX, Note, SignatureRefused, SignatureType, VerifierKey, read_note

EVIDENCE_MAX = 1000
# As golang.org/x/mod/sumdb/note writes keys that sign: PRIVATE+KEY+name+id+base64(type || seed).
_PREFIX = "PRIVATE+KEY+"


@dataclass(eq=False)
class WitnessUnnamed(PlatformError):
    """A witness needs a name before it makes its key."""

    code: ClassVar[str] = "witness-unnamed"
    hint: ClassVar[str] = (
        "Give it one with --name, for example --name witness.example.com/w1; it stands in every signature."
    )


@dataclass(eq=False)
class WitnessStateRefused(PlatformError):
    """The state of this witness cannot be used."""

    path: str
    reason: str
    code: ClassVar[str] = "witness-state-refused"
    hint: ClassVar[str] = (
        "Put the folder back as it was. If it is lost, begin a new witness in an empty folder: a key whose state went back"
        " in time must sign no more."
    )

    def __str__(self) -> str:
        return f"{self.path} cannot be used: {self.reason}."


@dataclass(frozen=True, slots=True)
class WitnessSigner:
    """The witness's key with its name."""

    name: str
    _key: Ed25519PrivateKey = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    @property
    def verifier(self) -> VerifierKey:
        """What others check its cosignatures with."""
        return witness_key(self.name, self)

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(message)


@dataclass(frozen=True, slots=True)
class Held:
    """The last checkpoint that was cosigned of a log, and when. note: with the log's signature and the witness's own."""

    checkpoint: Checkpoint
    note: Note
    seconds: int


class WitnessState:
    """The folder of one witness, held by one process at a time."""

    def __init__(self, folder: Path, signer: WitnessSigner) -> None:
        self._folder = folder
        self.signer = signer
        # The largest size seen while running: a file that goes back or away under a running witness is no new log.
        self._sizes: dict[str, int] = {}

    def held(self, origin: str) -> Held | None:
        """The last checkpoint that was cosigned of a log; None when there was none. Raises WitnessStateRefused."""
        path = self._path(origin)
        try:
            held = self._read(path, origin) if path.exists() else None
        except OSError as error:
            raise WitnessStateRefused(str(path), error.strerror or type(error).__name__) from None
        except (Unreadable, SignatureRefused) as error:
            raise WitnessStateRefused(str(path), f"it was damaged ({error})") from None
        if (held.checkpoint.size if held else 0) < self._sizes.get(origin, 0):
            raise WitnessStateRefused(str(path), "it went back in time while the witness was running")
        return held

    def hold(self, note: Note) -> None:
        """Keep a cosigned checkpoint in the place of the last one, durably. Raises WitnessStateRefused when the disk does not."""
        checkpoint = read_checkpoint(note.text)
        path = self._path(checkpoint.origin)
        try:
            write_over(path, note.write())
        except OSError as error:
            raise WitnessStateRefused(str(path), error.strerror or type(error).__name__) from None
        self._sizes[checkpoint.origin] = checkpoint.size

    def keep_evidence(self, kind: str, held: Note, sent: Note, text: bytes) -> Path | None:
        """Keep what a log signed and should not have, once for the two notes; None when there is enough of it or the disk is full.

        Each kind has a measure of its own: what an outsider can bring about must not crowd out what only the log can.
        """
        path = self._evidence(kind, held, sent)
        with contextlib.suppress(OSError):
            if path.exists():
                return path
            if sum(1 for _ in path.parent.glob(f"{kind}-*")) < EVIDENCE_MAX:
                write_over(path, text)
                return path
        return None

    def drop_evidence(self, kind: str, held: Note, sent: Note) -> None:
        """Forget a suspicion that turned out to be none."""
        with contextlib.suppress(OSError):
            self._evidence(kind, held, sent).unlink(missing_ok=True)

    def _evidence(self, kind: str, held: Note, sent: Note) -> Path:
        both = hashlib.sha256(f"{held.text}\n{sent.text}".encode()).hexdigest()[:32]
        return self._folder / "refused" / f"{kind}-{both}.txt"

    def _path(self, origin: str) -> Path:
        return self._folder / "logs" / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.checkpoint"

    def _read(self, path: Path, origin: str) -> Held:
        with path.open("rb") as file:
            note = read_note(file.read(NOTE_BYTES_MAX + 1))
        checkpoint = read_checkpoint(note.text)
        if checkpoint.origin != origin or not note.signers([self.signer.verifier]):
            raise SignatureRefused(self.signer.name, "this witness did not sign it")
        own = next(each for each in note.signatures if self.signer.verifier.made(each))
        return Held(checkpoint, note, int(cosigned_at(own).timestamp()))


@contextmanager
def open_state(folder: Path, name: str | None, origins: Sequence[str]) -> Iterator[WitnessState]:
    """The state in a folder, made on the first start, and kept from any second process meanwhile.

    origins: the logs that are followed; what is held of each is read now, so that damage is told at the start.
    Raises WitnessUnnamed, WitnessStateRefused, Unreadable for a name that is none.
    """
    try:
        for each in (folder, folder / "logs", folder / "refused"):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WitnessStateRefused(str(folder), error.strerror or type(error).__name__) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WitnessStateRefused(str(folder), "another witness is running in it") from None
        state = WitnessState(folder, _open_key(folder / "key", name))
        for origin in origins:
            state.held(origin)
        yield state
    finally:
        os.close(lock)


def write_over(path: Path, content: bytes) -> None:
    """Write a 0600 file so that after any crash it holds either what it held or all of this. Raises OSError."""
    temporary = path.with_name(f".{path.name}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _open_key(path: Path, name: str | None) -> WitnessSigner:
    if not path.exists():
        return _make_key(path, name)
    try:
        if path.stat().st_mode & 0o077:
            raise WitnessStateRefused(str(path), "others than its owner may read it (chmod 600)")
        signer = _read_key(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WitnessStateRefused(str(path), error.strerror or type(error).__name__) from None
    except (Unreadable, ValueError):
        raise WitnessStateRefused(str(path), "it is no key of a witness") from None
    if name is not None and name != signer.name:
        raise WitnessStateRefused(str(path), f"it is the key of {signer.name}, not of {name}")
    return signer


def _make_key(path: Path, name: str | None) -> WitnessSigner:
    if name is None:
        raise WitnessUnnamed()
    if any((path.parent / "logs").iterdir()):
        raise WitnessStateRefused(str(path), "it is missing, and what it cosigned is there")
    signer = WitnessSigner(name, Ed25519PrivateKey.generate())
    seed = signer._key.private_bytes_raw()
    kept = f"{_PREFIX}{name}+{signer.verifier.id.hex()}+{write_base64(bytes([SignatureType.COSIGNATURE]) + seed)}\n"
    try:
        write_over(path, kept.encode())
    except OSError as error:
        raise WitnessStateRefused(str(path), error.strerror or type(error).__name__) from None
    return signer


def _read_key(text: str) -> WitnessSigner:
    name, _, rest = text.removesuffix("\n").removeprefix(_PREFIX).partition("+")
    key_id, _, encoded = rest.partition("+")
    content = read_base64(encoded, "key")
    if not text.startswith(_PREFIX) or content[:1] != bytes([SignatureType.COSIGNATURE]):
        raise ValueError("no key of a witness")
    signer = WitnessSigner(name, Ed25519PrivateKey.from_private_bytes(content[1:]))
    if signer.verifier.id.hex() != key_id:
        raise ValueError("another key")
    return signer
