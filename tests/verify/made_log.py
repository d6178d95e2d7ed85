"""A log as C2SP tlog-tiles, tlog-checkpoint and tlog-cosignature describe it, made from their text and nothing of ours."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "log.example/log/7f3a"
GOVERNANCE = "log.example/log/governance"
AT = 1_790_000_000


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def entry(number, origin=ORIGIN, **more):
    """An entry of a customer's log."""
    return canonical(
        {
            "v": 1,
            "id": hashlib.sha256(b"%d of %s" % (number, origin.encode())).hexdigest()[:32],
            "at": f"2026-03-01T10:00:{number // 1000 % 60:02}.{number % 1000:03}000Z",
            "action": "asset.release",
            "log": origin,
            "actor": hashlib.sha256(b"%d" % (number % 7)).hexdigest(),
            "object": f"019e5b34-6d2e-7c51-9f0a-{number:012x}",
            "purpose": "label",
            "decision": "allow",
            "epoch": 1,
            "policy": 1,
            "software": "evenhand 0.2 “é”",
            **more,
        }
    )


def hash_of(entries):
    """MTH of RFC 6962, section 2.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + hash_of(entries[:k]) + hash_of(entries[k:])).digest()


def inclusion_path(index, entries):
    """PATH of RFC 6962, section 2.1.1."""
    if len(entries) == 1:
        return []
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if index < k:
        return [*inclusion_path(index, entries[:k]), hash_of(entries[k:])]
    return [*inclusion_path(index - k, entries[k:]), hash_of(entries[:k])]


@dataclass
class Signer:
    """A key of a log (kind 1) or of a witness (kind 4)."""

    name: str
    kind: int = 1
    seed: bytes = bytes(32)

    @property
    def private(self):
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self.name.encode() + self.seed).digest())

    @property
    def id(self):
        content = bytes([self.kind]) + self.private.public_key().public_bytes_raw()
        return hashlib.sha256(self.name.encode() + b"\n" + content).digest()[:4]

    @property
    def vkey(self):
        content = bytes([self.kind]) + self.private.public_key().public_bytes_raw()
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(content).decode()}"

    def line(self, text, at=AT):
        if self.kind == 1:
            signed = self.private.sign(text.encode())
        else:
            signed = at.to_bytes(8, "big") + self.private.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        return f"— {self.name} {base64.b64encode(self.id + signed).decode()}\n"


@dataclass
class MadeLog:
    """Entries, and who signs. `write` lays them out in a folder."""

    entries: list[bytes]
    origin: str = ORIGIN
    witnesses: list[Signer] = field(
        default_factory=lambda: [Signer("witness.example/a", 4), Signer("witness.example/b", 4)]
    )
    at: int = AT

    @classmethod
    def of(cls, size, origin=ORIGIN):
        return cls([entry(number, origin) for number in range(size)], origin)

    @property
    def signer(self):
        return Signer(self.origin)

    def text(self, size=None):
        size = len(self.entries) if size is None else size
        return f"{self.origin}\n{size}\n{base64.b64encode(hash_of(self.entries[:size])).decode()}\n"

    def note(self, text):
        return (text + "\n" + "".join(each.line(text, self.at) for each in (self.signer, *self.witnesses))).encode()

    def checkpoint(self, size=None):
        return self.note(self.text(size))

    def policy(self, quorum="group all"):
        lines = [f"log {self.signer.vkey}", *(f"witness w{n} {each.vkey}" for n, each in enumerate(self.witnesses))]
        if quorum.startswith("group"):
            members = " ".join(f"w{n}" for n in range(len(self.witnesses)))
            lines += [f"group enough {quorum.split()[1]} {members}", "quorum enough"]
        else:
            lines.append(f"quorum {quorum}")
        return "\n".join(lines) + "\n"

    def proof(self, index, size=None, extra=True):
        size = len(self.entries) if size is None else size
        path = inclusion_path(index, self.entries[:size])
        lines = ["c2sp.org/tlog-proof@v1"]
        lines += [f"extra {base64.b64encode(self.entries[index]).decode()}"] if extra else []
        lines += [f"index {index}", *(base64.b64encode(each).decode() for each in path)]
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint(size)

    def tiles(self):
        """Path -> content of every tile, as the formula in tlog-tiles has it."""
        found, level, hashes = {}, 0, [hash_of([each]) for each in self.entries]
        for start in range(0, len(self.entries), 256):
            part = self.entries[start : start + 256]
            found[tile_path("entries", start // 256, len(part))] = bundle(part)
        while hashes:
            for start in range(0, len(hashes), 256):
                part = hashes[start : start + 256]
                found[tile_path(level, start // 256, len(part))] = b"".join(part)
            level += 1
            reach = 256**level
            hashes = [hash_of(self.entries[n : n + reach]) for n in range(0, len(self.entries) - reach + 1, reach)]
        return found

    def write(self, folder):
        for path, content in {**self.tiles(), "checkpoint": self.checkpoint()}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return folder


def bundle(entries):
    return b"".join(len(each).to_bytes(2, "big") + each for each in entries)


def tile_path(kind, index, width):
    digits = f"{index:03}"
    while len(digits) % 3:
        digits = "0" + digits
    groups = [digits[n : n + 3] for n in range(0, len(digits), 3)]
    path = "/".join([f"x{each}" for each in groups[:-1]] + groups[-1:])
    return f"tile/{kind}/{path}" + (f".p/{width}" if width < 256 else "")


def written(path: Path, content):
    """The path, with this text or these bytes in it."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
