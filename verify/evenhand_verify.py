"""Checks offline what a customer of Evenhand holds, with Python's standard library alone, and imports nothing of Evenhand.

    python evenhand_verify.py DIR [--key FILE]              a release of labels
    python evenhand_verify.py log DIR --policy FILE         a log: `checkpoint` and `tile/` (C2SP tlog-tiles)
    python evenhand_verify.py receipt FILE --policy FILE    a proof that an entry is in a log (.tlog-proof), or its promise
    python evenhand_verify.py audit DIR [--policy FILE]     an audit package: logs, receipts, who was let in by which walls

Whoever reads this one file knows what the answers rest on. Of a release, in this order: the key (--key, from your contract; one
that came with the files proves less); the Ed25519 signature (RFC 8032) over the DSSE envelope; the in-toto Statement; every file
against it, missing, extra and renamed ones too; the manifest, and where a changed file differs; the signed counts.

Of a log: the checkpoint's signature and its witnesses, by the keys in your policy (C2SP tlog-policy); its age (--max-age); every
entry and hash tile against the signed root (RFC 6962), naming the first entry that is not what was logged and the file that
lies; that it only grew since you kept its checkpoint (--since, --save); every entry's form; that no id stands twice.

Exit codes: 0 verified; 1 something differs from what was signed; 2 wrong usage; 3 signature, key or policy refused; 4 unreadable.
"""

from __future__ import annotations

import argparse
import base64
import bisect
import functools
import hashlib
import json
import os
import re
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Optional

ENVELOPE, MANIFEST, KEY, PROOF = "release.dsse.json", "manifest.json", "public-key.pem", "delivery.tlog-proof"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://evenhand.example/attestation/release/v1"
MANIFEST_FORMAT = "evenhand-release/1"
VERIFIED, DIFFERS, USAGE, REFUSED, UNREADABLE = 0, 1, 2, 3, 4

_DOCUMENT_BYTES_MAX, _NOTE_BYTES_MAX = 256 << 20, 1 << 16
_PROBLEMS_MAX, _FOLDERS_DEEP_MAX = 1000, 32
_CLOCKS_DIFFER_SECONDS, _PREFIX = 300, bytes.fromhex("302a300506032b6570032100")  # of an Ed25519 key, RFC 8410
# What counts the rows of which file; a release may lack a file, but not have another number of rows than was signed.
_COUNTED = {"tasks": "items.jsonl", "annotations": "annotations.jsonl", "labels": "labels.jsonl"}


@dataclass(frozen=True)
class Problem:
    """One thing that differs from what was signed. where: byte, line and entry numbers, where they are known."""

    file: str
    code: str
    message: str
    where: dict[str, int] = field(default_factory=dict)


class Refused(Exception):
    """What was given cannot be trusted at all: `code` and the file it is about, for the report."""

    def __init__(self, file: str, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(file, code, message)


@dataclass
class Report:
    """What was found. is_key_given: the key, or the policy, did not come with the files."""

    directory: str
    key_id: str = ""
    is_key_given: bool = False
    files: int = 0
    release: dict[str, Any] = field(default_factory=dict)
    logs: list[dict[str, Any]] = field(default_factory=list)
    receipt: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    exit_code: int = VERIFIED

    def add(self, file: str, code: str, message: str, **where: int) -> None:
        """Note a difference."""
        self.exit_code = max(self.exit_code, DIFFERS)
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(Problem(file, code, message, where))

    def refuse(self, refused: Refused) -> None:
        """Note what cannot be trusted at all."""
        self.exit_code = REFUSED
        self.problems.append(refused.problem)

    @property
    def first_bad_index(self) -> int | None:
        """The first entry that is not what was signed."""
        return min((each.where["index"] for each in self.problems if "index" in each.where), default=None)

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        problems = [{"file": each.file, "code": each.code, "message": each.message, **each.where} for each in self.problems]
        return {
            "verified": self.exit_code == VERIFIED, "exit_code": self.exit_code, "directory": self.directory,
            "key_id": self.key_id, "key_from": "argument" if self.is_key_given else "release", "files": self.files,
            "release": self.release, "logs": self.logs, "receipt": self.receipt, "first_bad_index": self.first_bad_index,
            "notes": self.notes, "problems": problems,
        }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ a release --


def verify(directory: Path, key_file: Path | None = None, policy: Policy | None = None) -> Report:
    """Check a release folder. Never raises for what a folder holds; raises OSError when it cannot be read at all."""
    report = Report(str(directory), is_key_given=key_file is not None)
    try:
        key = _public_key(key_file or directory / KEY, KEY if key_file is None else str(key_file))
        report.key_id = key_id(key)
        statement = _statement(_read(directory / ENVELOPE, ENVELOPE), key)
        subjects = _subjects(statement)
        predicate, told = statement["predicate"], ("organization", "project", "release", "frozen_at", "counts")
        report.files, report.release = len(subjects), {name: predicate.get(name) for name in told}
        _Release(directory, subjects, predicate, report).check()
        if (directory / PROOF).is_file():
            _check_delivery(directory, policy, report)
    except Refused as refused:
        report.refuse(refused)
    report.problems.sort(key=lambda each: each.file)
    return report


def _public_key(path: Path, name: str) -> bytes:
    """The raw Ed25519 key in a PEM file (RFC 8410), or in a file of 64 hexadecimal digits."""
    with suppress(ValueError, OSError):
        text = _read(path, name, 16_384).decode("ascii").strip()
        pem = re.fullmatch(r"-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\s]+)\n-----END PUBLIC KEY-----", text.replace("\r", ""))
        encoded = base64.b64decode("".join(pem[1].split()), validate=True) if pem else _PREFIX + bytes.fromhex(text)
        if len(encoded) == 44 and encoded.startswith(_PREFIX):
            return encoded[12:]
    raise Refused(name, "key-unreadable", "It is not an Ed25519 public key (PEM, or 64 hexadecimal digits).")


def key_id(key: bytes) -> str:
    """How a key is named: `sha256:` and the hex SHA-256 of its 32 bytes."""
    return "sha256:" + hashlib.sha256(key).hexdigest()


def _statement(content: bytes, key: bytes) -> dict[str, Any]:
    """The statement in the envelope, once its signature holds.

    The envelope itself is not signed, only its payload is. So it must be written exactly as it would be written again from
    what it says: no byte of it can be changed without being noticed.
    """
    code = "envelope-unreadable"
    envelope = _json(content, ENVELOPE, code)
    signatures = _list(envelope, "signatures")
    if set(envelope) != {"payload", "payloadType", "signatures"} or envelope["payloadType"] != PAYLOAD_TYPE:
        raise Refused(ENVELOPE, code, f"It is not a DSSE envelope of {PAYLOAD_TYPE}.")
    if json.dumps(envelope, indent=1).encode() + b"\n" != content:
        raise Refused(ENVELOPE, code, "It was written anew: its bytes are not those of a release.")
    if not all(isinstance(each, dict) and set(each) == {"keyid", "sig"} for each in signatures):
        raise Refused(ENVELOPE, code, "One of its signatures is malformed.")
    payload, kind = _base64(envelope["payload"], ENVELOPE, code), PAYLOAD_TYPE.encode()
    mine = [_base64(each["sig"], ENVELOPE, code) for each in signatures if each["keyid"] == key_id(key)]
    if not mine or not ed25519_verifies(key, b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload), mine[-1]):
        raise Refused(ENVELOPE, "signature-refused", f"It is not signed by the key {key_id(key)}.")
    return _json(payload, ENVELOPE, "statement-unfit")


def _subjects(statement: dict[str, Any]) -> dict[str, str]:
    """File name -> hex SHA-256. Raises Refused for a statement that is signed, but not of a release."""
    if statement.get("_type") != STATEMENT_TYPE or statement.get("predicateType") != PREDICATE_TYPE:
        raise Refused(ENVELOPE, "statement-unfit", "The statement is not about a release.")
    found: dict[str, str] = {}
    for each in _list(statement, "subject"):
        name, digest = _field(each, "name"), _field(_field(each, "digest"), "sha256")
        if not isinstance(name, str) or not isinstance(digest, str) or not _is_safe(name) or name in found:
            raise Refused(ENVELOPE, "statement-unfit", "The statement names a file that no release can have.")
        found[name] = digest
    if MANIFEST not in found or not isinstance(statement.get("predicate"), dict):
        raise Refused(ENVELOPE, "statement-unfit", "The statement does not name a manifest, or says nothing about it.")
    return found


def _is_safe(name: str) -> bool:
    """Whether a name stays inside the folder, on every system."""
    return name.isprintable() and name.isascii() and not {"", ".", ".."} & set(name.split("/")) and "\\" not in name


class _Release:
    """The files of a release beside what was signed. subjects: file name -> hex SHA-256; predicate: of the signed statement."""

    def __init__(self, folder: Path, subjects: dict[str, str], predicate: dict[str, Any], report: Report) -> None:
        self.folder, self.subjects, self.predicate, self.add = folder, subjects, predicate, report.add
        self.present = dict(_walk(folder, report))
        plain = [name for name in subjects if self.present.get(name)]
        self.changed = [name for name in plain if _digest(folder / name) != subjects[name]]
        self.rows: dict[str, int] = {}

    def check(self) -> None:
        """Compare the folder with the statement, then say where the files whose digests differ were changed."""
        missing = [name for name in self.subjects if name not in self.present]
        # The proof that the signing is on record is made after the signing, and checked by itself.
        extra = [name for name in self.present if name not in self.subjects and name not in (ENVELOPE, PROOF)]
        by_digest = {_digest(self.folder / name): name for name in extra if self.present[name]} if missing else {}
        for name in missing:
            new = by_digest.get(self.subjects[name])
            self.add(name, "renamed" if new else "missing", f"It was renamed to {shown(new)}." if new else "It is not there.")
        for name in extra:
            self.add(name, "extra", "It was not signed.")
        manifest = self.manifest()
        entries = {each["name"]: each for each in manifest["files"]} if manifest else {}
        for name in self.changed:
            self.locate(name, entries.get(name, {}))
        if manifest:
            self.check_manifest(entries)
            self.check_counts(manifest)

    def manifest(self) -> dict[str, Any] | None:
        """The manifest, if it is the one that was signed; without it, changed files can be named but not searched."""
        if MANIFEST in self.changed or not self.present.get(MANIFEST):
            return None
        with suppress(Refused):
            manifest = _json(_read(self.folder / MANIFEST, MANIFEST), MANIFEST, "manifest-unfit")
            names = [_field(each, "name") for each in _list(manifest, "files")]
            is_known = all(isinstance(name, str) and name in self.subjects for name in names)
            if manifest.get("format") == MANIFEST_FORMAT and isinstance(manifest.get("files"), list) and is_known:
                return manifest
        self.add(MANIFEST, "manifest-unfit", f"It is not of the format {MANIFEST_FORMAT}, or lists a file that was not signed.")
        return None

    def check_manifest(self, entries: dict[str, Any]) -> None:
        """Sizes, digests and rows."""
        for name, entry in entries.items():
            if entry.get("sha256") != self.subjects[name]:
                self.add(MANIFEST, "manifest-disagrees", f"Its digest of {shown(name)} is not the signed one.")
            if name in self.changed or not self.present.get(name):
                continue
            if entry.get("bytes") != (self.folder / name).stat().st_size:
                self.add(MANIFEST, "manifest-disagrees", f"Its size of {shown(name)} is not that of the file.")
            if name.endswith(".jsonl"):
                self.rows[name] = sum(block.count(b"\n") for block in _blocks(self.folder / name))
                self.compare_rows(name, "rows-differ", entry.get("rows"), "rows, says the manifest")

    def check_counts(self, manifest: dict[str, Any]) -> None:
        """What the statement says it counted, against what the files hold and the manifest repeats."""
        counts = self.predicate.get("counts")
        if not isinstance(counts, dict):
            self.add(ENVELOPE, "counts-differ", "The statement holds no counts.")
            return
        for name in ("organization", "project", "release", "frozen_at", "counts", "agreement"):
            if self.predicate.get(name) != manifest.get(name):
                self.add(MANIFEST, "manifest-disagrees", f"It does not say what the statement says of {name}.")
        if _field(self.predicate.get("ontology"), "digest") != _field(manifest.get("ontology"), "digest"):
            self.add(MANIFEST, "manifest-disagrees", "Its ontology is not the one that the statement names.")
        for what, name in _COUNTED.items():
            self.compare_rows(name, "counts-differ", counts.get(what), f"{what} were signed")
        people, signed = "annotations.jsonl", counts.get("annotators")
        if people in self.rows and (found := self.annotators(people)) not in (None, signed):
            self.add(people, "counts-differ", f"It names {found} annotators; {signed!s:.20} were signed.")

    def compare_rows(self, name: str, code: str, said: Any, whose: str) -> None:
        if name in self.rows and self.rows[name] != said:
            self.add(name, code, f"It has {self.rows[name]} rows; {said!s:.20} {whose}.")

    def annotators(self, name: str) -> int | None:
        """How many people annotated; None when a line cannot be read."""
        people, number = set(), 0
        with suppress(ValueError, KeyError, TypeError, RecursionError), (self.folder / name).open("rb") as file:
            for number, line in enumerate(file, 1):  # noqa: B007 -- the number of the line that cannot be read
                people.add(str(json.loads(line)["annotator"]))
            return len(people)
        self.add(name, "rows-differ", f"Line {number} is not an annotation.", line=number)
        return None

    def locate(self, name: str, entry: dict[str, Any]) -> None:
        """Say where a changed file differs first: the block, its bytes and its lines, and the line that is no JSON any more."""
        blocks, size, line = entry.get("blocks"), entry.get("block_bytes"), 1
        is_listed = isinstance(blocks, list) and isinstance(size, int) and 0 < size <= _DOCUMENT_BYTES_MAX
        known = [*blocks, None] if is_listed and blocks is not None else []
        for index, digest in enumerate(known):
            start = index * (size or 0)
            with (self.folder / name).open("rb") as file:
                file.seek(start)
                block = file.read(size)
            if block and digest is None:
                return self.add(name, "changed", f"It goes on after its end, byte {start}.", byte=start)
            if not block and digest is not None:
                return self.add(name, "changed", f"It ends early, at byte {start}.", byte=start, block=index)
            if block and hashlib.sha256(block).hexdigest() != digest:
                return self.tell(name, block, {"block": index, "byte": start}, line)
            line += block.count(b"\n")
        return self.add(name, "changed", "Its digest is not the signed one.")

    def tell(self, name: str, block: bytes, where: dict[str, int], line: int) -> None:
        """Name the bytes of a block that was changed, and the lines if it has lines."""
        span = f"bytes {where['byte']} to {where['byte'] + len(block) - 1}"
        if not name.endswith(".jsonl"):
            return self.add(name, "changed", f"It differs within {span}.", **where)
        last = line + block.count(b"\n") - (1 if block.endswith(b"\n") else 0)
        # The first and the last piece may be parts of lines that began before the block or end after it.
        for number, piece in enumerate(block.split(b"\n")[:-1], line):
            try:
                json.loads(piece if number > line or not where["byte"] else b"0")
            except (ValueError, RecursionError):
                return self.add(name, "changed", f"Line {number} is not JSON any more ({span}).", **where, line=number)
        message = f"It differs within lines {line} to {last} ({span})."
        return self.add(name, "changed", message, **where, line_first=line, line_last=last)


# ------------------------------------------------------------- signed notes, policies, checkpoints (C2SP signed-note, tlog-*) --

_Key = tuple[str, bytes, bytes]  # a name, the first four bytes of SHA-256(name || newline || kind || key), an Ed25519 key


@dataclass
class Policy:
    """Whose checkpoints count. groups: name -> how many of which members are enough; quorum: such a name, or `none`."""

    name: str
    logs: list[_Key] = field(default_factory=list)
    witnesses: dict[str, _Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def is_quorum(self, witnesses: Iterable[str]) -> bool:
        """Whether these are enough. A group is made of names that stand above it."""
        agreed = {"none", *witnesses}
        for name, (needed, members) in self.groups.items():
            if sum(each in agreed for each in members) >= needed:
                agreed.add(name)
        return self.quorum in agreed

    def take(self, keyword: str, words: list[str]) -> None:
        """Add a line. Raises ValueError with what is wrong with it."""
        known = {"none", *self.witnesses, *self.groups}
        used = {each for _, members in self.groups.values() for each in members}
        if keyword == "log" and len(words) in (1, 2):
            self.logs.append(_key(words[0], 1, self.logs))
        elif keyword == "witness" and len(words) in (2, 3) and words[0] not in known:
            self.witnesses[words[0]] = _key(words[1], 4, self.witnesses.values())
        elif keyword == "group" and len(words) > 2 and words[0] not in known:
            members = set(words[2:])
            needed = {"all": str(len(members)), "any": "1"}.get(words[1], words[1])
            is_named = len(members) == len(words) - 2 and not members & (used | {"none"}) and members <= known
            if not is_named or not re.fullmatch("[1-9][0-9]{0,3}", needed) or int(needed) > len(members):
                raise ValueError("it needs members defined above it, each in one group once, and how many of them are enough")
            self.groups[words[0]] = (int(needed), words[2:])
        elif keyword == "quorum" and len(words) == 1 and words[0] in known and not self.quorum:
            self.quorum = words[0]
        else:
            raise ValueError("it is no line of a policy, defines a name again, or names what is not defined above it")


def read_policy(path: Path, name: str) -> Policy:
    """The policy in a file. Raises Refused for what C2SP tlog-policy does not allow."""
    policy = Policy(name)
    for number, line in enumerate(_read(path, name, 1 << 20).decode("utf-8", "surrogateescape").split("\n"), 1):
        words = re.split("[ \t]+", line.strip(" \t"))
        try:
            if any((each < " " and each != "\t") or each == "\x7f" for each in line):
                raise ValueError("it holds control characters")
            if words[0] and not words[0].startswith("#"):
                policy.take(words[0], words[1:])
        except ValueError as error:
            raise Refused(name, "policy-unfit", f"Line {number}: {error}.") from None
    if not policy.quorum:
        raise Refused(name, "policy-unfit", "It has no quorum line (`quorum none` asks for no witness).")
    return policy


def _key(text: str, kind: int, others: Iterable[_Key]) -> _Key:
    """The key that a vkey spells, name+id+base64 (signed-note). kind: 1, a log's Ed25519; 4, a witness's cosignature/v1."""
    name, id_, encoded = [*text.split("+", 2), "", ""][:3]
    with suppress(ValueError):
        content = base64.b64decode(encoded, validate=True)
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape") + b"\n" + content).digest()[:4]
        if name and len(content) == 33 and content[0] == kind and digest.hex() == id_:
            if any(content[1:] == each[2] for each in others):
                raise ValueError("its key stands twice")
            return name, digest, content[1:]
    raise ValueError("its key is none of the right kind (name+id+key), was changed, or stands twice")


@dataclass(frozen=True)
class Checkpoint:
    """`size` entries of the log `origin` have the root `root`. cosigned: witness -> when it saw that, seconds since the epoch."""

    origin: str
    size: int
    root: bytes
    cosigned: dict[str, int]


def read_checkpoint(content: bytes, policy: Policy | None, name: str) -> Checkpoint:
    """The checkpoint in a signed note, once a log and a quorum of the policy stand for it. Raises Refused.

    policy: None for one that you kept yourself, after it was verified.
    """
    text, signatures = _note(content, name)
    lines = text.decode().split("\n")
    if len(lines) < 4 or "" in lines[:-1] or not re.fullmatch("0|[1-9][0-9]{0,17}", lines[1]):
        raise Refused(name, "checkpoint-unreadable", "It is not a checkpoint: origin, size, root.")
    found = Checkpoint(lines[0], int(lines[1]), _base64(lines[2], name, "checkpoint-unreadable"), {})
    if len(found.root) != 32 or (found.size == 0 and found.root != Frontier().root()):
        raise Refused(name, "checkpoint-unreadable", "Its root is that of no tree.")
    if policy is None:
        return found
    known = {key[:2]: (key[2], "") for key in policy.logs if key[0] == found.origin}
    known |= {key[:2]: (key[2], witness) for witness, key in policy.witnesses.items()}
    for who, id_, signature in (each for each in signatures if each[:2] in known):
        (key, witness), at, message = known[who, id_], int.from_bytes(signature[:8], "big"), text
        if witness:
            message, signature = b"cosignature/v1\ntime %d\n%s" % (at, text), signature[8:]
        if not ed25519_verifies(key, message, signature):
            raise Refused(name, "signature-refused", f"It is not signed by {shown(who)}, as it says.")
        found.cosigned[witness] = max(at, found.cosigned.get(witness, 0))
    if found.cosigned.pop("", None) is None:
        raise Refused(name, "signature-refused", f"No log of {shown(policy.name)} signed it as {shown(found.origin)}.")
    if not policy.is_quorum(found.cosigned):
        who = ", ".join(sorted(found.cosigned)) or "none"
        raise Refused(name, "quorum-missed", f"Too few witnesses cosigned it ({shown(who)}) for {shown(policy.quorum)}.")
    return found


def _note(content: bytes, name: str) -> tuple[bytes, list[_Key]]:
    """The text of a signed note, and of each signature the name and id of the key, and what was signed. Nobody is believed yet."""
    body, _, below = content.rpartition(b"\n\n")
    found = []
    try:
        lines = below.decode("utf-8").split("\n")
        is_clean = not any(each < " " and each != "\n" for each in content.decode("utf-8"))
        if not is_clean or not body or lines.pop() or not 0 < len(lines) <= 64 or len(content) > _NOTE_BYTES_MAX:
            raise ValueError
        for dash, key, encoded in (line.split(" ") for line in lines):
            signature = _base64(encoded, name, "note-unreadable")
            if dash != "—" or not key or "+" in key or len(key.split()) != 1 or len(signature) < 5:
                raise ValueError
            found.append((key, signature[:4], signature[4:]))
    except ValueError:
        raise Refused(name, "note-unreadable", "It is not a signed note.") from None
    return body + b"\n", found


# ------------------------------------------------------------------------------------------------ the Merkle tree, RFC 6962 --


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962, section 2.1."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962, section 2.1."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The perfect subtrees of a tree from left to right, as (height, hash): all that it needs to grow."""

    def __init__(self, subtrees: Iterable[tuple[int, bytes]] = ()) -> None:
        self.subtrees = list(subtrees)

    def push(self, hashes: Iterable[bytes], height: int) -> Frontier:
        """Append perfect subtrees, none higher than the last one."""
        for each in hashes:
            whole, at = each, height
            while self.subtrees and self.subtrees[-1][0] == at:
                whole, at = node_hash(self.subtrees.pop()[1], whole), at + 1
            self.subtrees.append((at, whole))
        return self

    def root(self) -> bytes:
        """The hash of the whole tree."""
        hashes = [each for _, each in self.subtrees] or [hashlib.sha256(b"").digest()]
        return functools.reduce(lambda right, left: node_hash(left, right), reversed(hashes))


def inclusion_holds(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf is at the index in the tree. RFC 9162, section 2.1.3.2; nothing is proven of a hash of another length."""
    if not 0 <= index < size or any(len(each) != 32 for each in (leaf, root, *proof)):
        return False
    return _climb(index, size - 1, leaf, proof)[1:] == (root, True)


def consistency_holds(size_1: int, size_2: int, root_1: bytes, root_2: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the second tree grew out of the first. RFC 9162, section 2.1.4.2; nothing is proven of an empty tree."""
    if not 0 < size_1 < size_2 or not proof or any(len(each) != 32 for each in (root_1, root_2, *proof)):
        return 0 < size_1 == size_2 and not proof and root_1 == root_2
    path = list(proof) if size_1 & (size_1 - 1) else [root_1, *proof]
    whole = (size_1 & -size_1).bit_length() - 1  # so many levels of the first tree are whole at its right edge
    return _climb((size_1 - 1) >> whole, (size_2 - 1) >> whole, path[0], path[1:]) == (root_1, root_2, True)


def _climb(at: int, last: int, start: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes, bool]:
    """Up from node `at` of a level that ends with `last`: the hash over all up to it, the hash over all, whether at the top."""
    left = whole = start
    for each in proof:
        if last == 0:
            return left, whole, False
        if at & 1 or at == last:
            left, whole = node_hash(each, left), node_hash(each, whole)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            whole = node_hash(whole, each)
        at, last = at >> 1, last >> 1
    return left, whole, last == 0


# ------------------------------------------------------------------------------------------------ a log (C2SP tlog-tiles v0.1) --

GOVERNANCE = "/log/governance"
_See = Optional[Callable[[int, dict[str, Any]], None]]


@dataclass
class _Level:
    """The hash tiles of one level. below: what the tile being filled should hold, by the entries; bad: places where a file differs.

    tree, last: the full tiles and the partial one as their files say. Of level 0 only the first bad place of a tile is kept.
    """

    number: int
    count: int
    tile: int = 0
    below: list[bytes] = field(default_factory=list)
    tree: Frontier = field(default_factory=Frontier)
    last: list[bytes] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)


class Log:
    """One log in a folder. roots, leaves: sizes and indexes put there get their root and leaf hash when it is rebuilt."""

    def __init__(self, folder: Path, policy: Policy, report: Report, label: str = "") -> None:
        self.folder, self.report, self.label = folder, report, label
        self.content = _read(folder / "checkpoint", label + "checkpoint", _NOTE_BYTES_MAX)
        self.checkpoint = read_checkpoint(self.content, policy, label + "checkpoint")
        self.size, self.entries = self.checkpoint.size, _Entries(self.checkpoint.origin)
        self.levels = [_Level(n, self.size >> 8 * n) for n in range(8) if self.size >> 8 * n]
        self.is_whole, self.short = True, bytearray()
        self.roots, self.leaves, self.sought = dict[int, bytes](), dict[int, bytes](), dict[bytes, int]()

    def rebuild(self, see: _See = None) -> None:
        """Read every entry and tile once, in order, and compare the tree with the signed root. see: is shown each entry."""
        grown = Frontier()
        for start in range(0, self.size, 256):
            hashes = self.levels[0].below = self.hashes(start, see)
            for size in [each for each in self.roots if start < each <= start + 256]:
                self.roots[size] = Frontier(grown.subtrees).push(hashes[: size - start], 0).root()
            self.leaves.update({each: hashes[each - start] for each in self.leaves if start <= each < start + 256})
            self.sought.update({each: start + n for n, each in enumerate(hashes) if each in self.sought} if self.sought else {})
            self.short += b"".join([each[:8] for each in hashes])
            root = self.close(self.levels[0])
            grown.push([root] if root else hashes, 8 if root else 0)
        for level in [each for each in self.levels if each.below]:
            self.close(level)
        self.settle(self.is_whole and grown.root() == self.checkpoint.root)
        self.twice()
        cosigned = {who: _spelled(at) for who, at in self.checkpoint.cosigned.items()}
        self.report.logs.append({
            "log": self.checkpoint.origin, "size": self.size, "root": self.checkpoint.root.hex(), "cosigned": cosigned,
            "latest": self.entries.latest, "actions": dict(sorted(self.entries.actions.items())),
        })  # fmt: skip

    @property
    def seen(self) -> dict[str, float]:
        """When each witness saw the checkpoint; of one that none saw, when the newest entry says that it was written."""
        times: dict[str, float] = dict(self.checkpoint.cosigned)
        return times or ({"none": _seconds(self.entries.latest)} if self.entries.latest else {})

    def name(self, level: int, tile: int) -> str:
        """The path of a hash tile, or with level -1 of a bundle of entries, in the tree of this size."""
        return _tile_path(level, tile, min(256, (self.size >> 8 * max(level, 0)) - 256 * tile))

    def hashes(self, start: int, see: _See) -> list[bytes]:
        """The leaf hashes of a bundle; for entries that cannot be read, what their hash tile says."""
        raw, name, width = list[bytes](), self.label + self.name(-1, start >> 8), min(256, self.size - start)
        try:
            content, at = _read(self.folder / self.name(-1, start >> 8), name, 256 * 65_537), 0
            while len(raw) < width and at < len(content):  # each after its length in 16 bits
                end = at + 2 + int.from_bytes(content[at : at + 2], "big")
                if end > len(content):
                    break
                raw.append(content[at + 2 : end])
                at = end
            if len(raw) < width:
                raise Refused(name, "bundle-cut", f"It ends before entry {start + len(raw)} does.")
            if at < len(content):
                raise Refused(name, "bundle-long", f"It goes on after entry {start + width - 1}.")
        except Refused as refused:
            self.report.add(name, refused.problem.code, refused.problem.message, index=start + len(raw))
        found = [leaf_hash(each) for each in raw]
        if len(raw) < width:
            self.is_whole = False
            found += [bytes(32)] * (width - len(raw))
            with suppress(Refused):
                found[len(raw) :] = self.hash_tile(self.levels[0])[len(raw) :]
        for index, each in enumerate(raw, start):
            entry: dict[str, Any] | None = None
            try:
                entry = self.entries.read(each)
            except (ValueError, RecursionError) as error:
                self.report.add(name, "entry-unfit", f"Entry {index} is unfit: {error}.", index=index)
            self.entries.count(entry)
            if see and entry:
                see(index, entry)
        return found

    def hash_tile(self, level: _Level) -> list[bytes]:
        """What the file of the tile says that is being filled. Raises Refused."""
        name, width = self.name(level.number, level.tile), min(256, level.count - 256 * level.tile)
        content = _read(self.folder / name, self.label + name, 8192)
        if len(content) != 32 * width:
            raise Refused(self.label + name, "tile-cut", f"It has {len(content)} bytes, not {32 * width}.")
        return [content[at : at + 32] for at in range(0, 32 * width, 32)]

    def close(self, level: _Level) -> bytes | None:
        """Compare a tile with its file, hand the root of a full one to the level above, and return it."""
        below = said = level.below
        try:
            said = self.hash_tile(level)
        except Refused as refused:
            first = level.tile << 8 * (level.number + 1)
            self.report.add(refused.problem.file, refused.problem.code, refused.problem.message, index=first)
        bad = [256 * level.tile + n for n, each in enumerate(below) if each != said[n]] if said != below else []
        level.bad += bad if level.number else bad[:1]
        level.tile, level.below = level.tile + 1, []
        if len(below) < 256:
            level.last = said
            return None
        above, root = self.levels[level.number + 1], _root(below)
        level.tree.push([root if said == below else _root(said)], 8 * (level.number + 1))
        above.below.append(root)
        if len(above.below) == 256:
            self.close(above)
        return root

    def settle(self, do_entries_fit: bool) -> None:
        """Tell which files lie. The lowest level whose tiles fit the signed root is proven by it: it decides about all others."""
        proven = None
        for level in [] if do_entries_fit else reversed(self.levels):
            tree = Frontier(level.tree.subtrees)
            for lower in reversed(self.levels[: level.number + 1]):
                tree.push(lower.last, 8 * lower.number)
            proven = level if tree.root() == self.checkpoint.root else proven
        if not do_entries_fit and not proven:
            message = "The signed root is that of another tree than these files make."
            self.report.add(self.label + "checkpoint", "root-differs", message)
        wrong = set(proven.bad) if proven else set[int]()
        for number, place in ((each.number, place) for each in self.levels for place in each.bad):
            up = 8 * (proven.number - number) if proven else 0
            is_about_wrong = place >> up in wrong if up >= 0 else any(each >> -up == place for each in wrong)
            if (is_proven := proven is not None and proven.number == number) or not is_about_wrong:
                self.tell(number, place, do_entries_fit or proven is not None, is_proven)

    def tell(self, level: int, place: int, is_known: bool, do_entries_lie: bool) -> None:
        """Name the file that lies, and the entries that it lies about."""
        first, last = place << 8 * level, min((place + 1) << 8 * level, self.size) - 1
        what = f"entry {first}" if first == last else f"entries {first} to {last}"
        tile, file = self.label + self.name(level, place >> 8), self.label + self.name(-1, first >> 8)
        code, message = "entry-changed", f"{what.capitalize()}: not what was logged, by the signed root and {tile}."
        if not is_known:
            code, message = "entry-or-tile-changed", f"It and {tile} disagree about {what}; the signed root proves neither."
        elif not do_entries_lie:
            file, code, message = tile, "tile-changed", f"It lies about {what}: the entries fit the signed root."
        self.report.add(file, code, message, index=first, index_last=last)

    def twice(self) -> None:
        """Name entries with the id of an earlier one. Eight bytes tell: chance makes a pair among a million once in 10^7."""
        ids, found = self.entries.ids, list[int]()
        for part in range(16):  # in parts, for the sake of memory
            order = sorted((n for n, id_ in enumerate(ids) if id_ & 15 == part), key=ids.__getitem__)
            found += [each for n, each in enumerate(order) if n and ids[each] == ids[order[n - 1]]]
        for index in sorted(found):
            name = self.label + self.name(-1, index >> 8)
            self.report.add(name, "id-twice", f"Entry {index} has the id of an earlier one.", index=index)


def _tile_path(level: int, tile: int, width: int) -> str:
    """`tile/0/x001/x234/067.p/8`, or `tile/entries/…` (tlog-tiles, "Merkle Tree")."""
    path = f"{tile % 1000:03}"
    while tile := tile // 1000:
        path = f"x{tile % 1000:03}/{path}"
    return f"tile/{level if level >= 0 else 'entries'}/{path}" + (f".p/{width}" if width < 256 else "")


def _root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[n], hashes[n + 1]) for n in range(0, len(hashes), 2)]
    return hashes[0]


def _is_text(pattern: str) -> Callable[[Any], bool]:
    fits = re.compile(pattern, re.ASCII | re.DOTALL).fullmatch
    return lambda value: isinstance(value, str) and fits(value) is not None


_is_uuid = _is_text("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHAPE: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("actor_organization", "object", "subject"), _is_uuid),
    **dict.fromkeys(("at", "lease_until"), _is_text(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{6}Z")),
    **dict.fromkeys(("epoch", "policy", "v"), lambda value: type(value) is int and value >= 0),
    **dict.fromkeys(("log", "purpose", "rule", "software"), lambda value: isinstance(value, str)),
    "action": _is_text(r"[a-z]+\.[a-z._-]+"),
    "actor": _is_text("[0-9a-f]{64}"),
    "body": lambda value: isinstance(value, dict),
    "decision": _is_text("allow|deny"),
    "digest": _is_text("([0-9a-f]{2})+"),
    "id": _is_text("[0-9a-f]{32}"),
    "objects": lambda value: isinstance(value, list) and len(value) <= 500 and all(map(_is_uuid, value)),
    "quantity": lambda value: type(value) is int or _is_text(r"-?\d+")(value),
}


class _Entries:
    """Reads the entries of one log, and keeps of them what takes little room: eight bytes of each id, how many of each action."""

    def __init__(self, origin: str) -> None:
        self.origin, self.has_bodies, self.latest = origin, origin.endswith(GOVERNANCE), ""
        self.actions, self.ids = Counter[str](), array("Q")

    def read(self, raw: bytes) -> dict[str, Any]:
        """The entry. Raises ValueError with what is wrong with it."""
        text = raw.decode("utf-8")
        entry = _DECODER.decode(text)
        if not isinstance(entry, dict) or (_ENCODER.encode(entry) != text and _canonical(entry) != text):
            raise ValueError("it is not canonical JSON (RFC 8785)")
        for key, value in entry.items():
            if key not in _SHAPE or not _SHAPE[key](value):
                raise ValueError(f"its {shown(key)[:40]} is not what an entry can say")
        needed = {"v", "id", "at", "action", "log", *(["body"] if self.has_bodies else [])}
        if (
            not needed <= entry.keys()
            or ("body" in entry and not self.has_bodies)
            or entry["log"] != self.origin
            or entry["v"] != 1
        ):
            raise ValueError("it lacks what every entry says, or is of another log or version")
        return entry

    def count(self, entry: dict[str, Any] | None) -> None:
        """Keep what is kept of an entry, or that it could not be read."""
        self.ids.append(int(entry["id"][:16], 16) if entry else len(self.ids))
        if entry:
            self.latest = entry["at"]
            self.actions[entry["action"]] += 1


@dataclass
class Asked:
    """What a customer wants of a log: to continue the checkpoint in `since`; to be kept in `save`; to be seen so many seconds ago.

    Beside a checkpoint FILE lies FILE.leaves, the first eight bytes of every leaf hash: it alone tells that something was changed,
    they tell which entry.
    """

    since: Path | None = None
    save: Path | None = None
    max_age: int | None = None

    def check(self, log: Log, before: Checkpoint) -> None:
        """Whether the log begins with the tree that was kept; else the first entry that is not what it was."""
        known = b""
        with suppress(FileNotFoundError):
            known = _beside(self.since, ".leaves").read_bytes()[: 8 * before.size]
        now = bytes(log.short[: len(known)])
        if not known.startswith(now):
            index = next(n for n, each in enumerate(now) if each != known[n]) // 8
            message = f"Entry {index} is not the one that was there when you kept the log."
        elif before.size > log.size:
            index, message = log.size, f"It has {log.size} entries, and had {before.size} when you kept it."
        else:
            index, message = 0, f"Entries 0 to {before.size - 1}: something is not what it was when you kept the log."
            if before.root == log.roots[before.size] or not before.size:
                return
        log.report.add(log.label + "checkpoint", "history-changed", message, index=index)

    def check_age(self, log: Log, policy: Policy, max_age: int) -> None:
        """Whether a quorum saw the checkpoint in time; where none is asked for, its newest entry counts."""
        now, times = datetime.now(timezone.utc).timestamp(), log.seen
        recent = [who for who, at in times.items() if now - max_age <= at <= now + _CLOCKS_DIFFER_SECONDS]
        if not recent or not policy.is_quorum(recent):
            message = f"It is older than {max_age} seconds: last vouched for at {_spelled(max(times.values(), default=0))}."
            log.report.add(log.label + "checkpoint", "stale", message)

    def keep(self, log: Log) -> None:
        """Keep what was verified, each file in place of the old one at once."""
        if self.save is not None and log.report.exit_code == VERIFIED:
            for path, content in ((_beside(self.save, ".leaves"), bytes(log.short)), (self.save, log.content)):
                _beside(path, ".new").write_bytes(content)
                _beside(path, ".new").replace(path)


def check_log(
    folder: Path, policy: Policy, report: Report, asked: Asked, label: str = "", receipts: Sequence[Any] = (), see: _See = None
) -> Log:
    """Check a log, and against it what was kept of it and receipts. Raises Refused when its checkpoint is."""
    log = Log(folder, policy, report, label)
    name = str(asked.since)
    before = read_checkpoint(_read(asked.since, name, _NOTE_BYTES_MAX), None, name) if asked.since else None
    if before and before.origin != log.checkpoint.origin:
        raise Refused(name, "other-log", f"It is of the log {shown(before.origin)}.")
    promises = [each for each in receipts if isinstance(each, Promise)]
    receipts = [each for each in receipts if isinstance(each, Receipt)]
    log.roots = dict.fromkeys([each.checkpoint.size for each in receipts] + ([before.size] if before else []), b"")
    log.leaves, log.sought = {each.index: b"" for each in receipts}, {each.leaf: -1 for each in promises}
    log.rebuild(see)
    if before:
        asked.check(log, before)
    for each in receipts:
        if each.checkpoint.size > log.size or log.roots[each.checkpoint.size] not in (each.checkpoint.root, b""):
            report.add(each.name, "history-changed", "It proves another history than the log has.", index=each.index)
        elif not each.proves(log.leaves[each.index]):
            report.add(each.name, "entry-changed", f"Entry {each.index} is not the one it proves.", index=each.index)
    for promise in promises:
        if log.sought[promise.leaf] >= 0:
            report.notes.append(f"{promise.name}: the promise was kept, as entry {log.sought[promise.leaf]}.")
        elif promise.log != log.checkpoint.origin or max(log.seen.values(), default=0) <= promise.due:
            report.notes.append(f"{promise.name}: {promise.log} promised an entry that this log need not have had yet.")
        else:
            report.add(promise.name, "promise-broken", "The entry that was promised is not in the log: this file is the evidence.")
    if asked.max_age is not None:
        asked.check_age(log, policy, asked.max_age)
    return log


def _beside(path: Path | None, ending: str) -> Path:
    return Path(f"{path}{ending}")


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at[:-1] + "+00:00").timestamp()


def _spelled(seconds: float) -> str:
    return datetime.fromtimestamp(min(seconds, 1 << 37), timezone.utc).isoformat()


# ---------------------------------------------------------------------------------------------------- receipts (C2SP tlog-proof) --


@dataclass(frozen=True)
class Receipt:
    """The proof that an entry is at an index of a log. entry: its bytes, where the proof holds them."""

    name: str
    checkpoint: Checkpoint
    index: int
    proof: list[bytes]
    entry: bytes | None

    def proves(self, leaf: bytes) -> bool:
        """Whether the entry with this leaf hash is there."""
        return inclusion_holds(self.index, self.checkpoint.size, leaf, self.proof, self.checkpoint.root)


@dataclass(frozen=True)
class Promise:
    """What was signed when an entry was written: it will be in the log at `due`, seconds since the epoch, with this leaf hash."""

    name: str
    log: str
    leaf: bytes
    due: float


def read_receipt(path: Path, policy: Policy, name: str) -> Receipt | Promise:
    """The proof in a .tlog-proof file, once its checkpoint is signed as the policy wants; or a signed promise. Raises Refused."""
    content, code = _read(path, name, 4 * _NOTE_BYTES_MAX), "proof-unreadable"
    head, gap, note = content.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    if lines[1:2] == ["evenhand receipt v1"]:
        return _promise(content, policy, name)
    first = lines.pop(0)
    extra = lines.pop(0)[6:] if lines and lines[0].startswith("extra ") else None
    index = re.fullmatch("index (0|[1-9][0-9]{0,17})", lines.pop(0) if lines else "")
    if first != "c2sp.org/tlog-proof@v1" or not index or not gap or len(lines) > 63:
        raise Refused(name, code, "It is not a proof that an entry is in a log (C2SP tlog-proof), and no promise.")
    entry, proof = None if extra is None else _base64(extra, name, code), [_base64(each, name, code) for each in lines]
    return Receipt(name, read_checkpoint(note, policy, name), int(index[1]), proof, entry)


def _promise(content: bytes, policy: Policy, name: str) -> Promise:
    """`<log>/receipts`, what it is, the entry's id, its leaf hash, when, within how long; signed by a key of the policy's logs."""
    text, signatures = _note(content, name)
    log, _, _, leaf, at, within = [*text.decode().split("\n"), *[""] * 6][:6]
    by = [key for key in policy.logs for each in signatures if each[:2] == key[:2] and ed25519_verifies(key[2], text, each[2])]
    seconds = re.fullmatch("in the tree within ([0-9]{1,6}) seconds", within)
    if log not in [key[0] for key in by] or not log.endswith("/receipts") or not seconds or not _SHAPE["at"](at):
        raise Refused(name, "signature-refused", f"It is no promise that a key called {shown(log)} in the policy signed.")
    return Promise(name, log[:-9], _base64(leaf, name, "proof-unreadable"), _seconds(at) + int(seconds[1]))


def check_receipt(path: Path, policy: Policy, report: Report, entry_file: Path | None = None) -> None:
    """Check a receipt by itself: the entry is in the proof, or in a file beside it. Raises Refused."""
    receipt, name = read_receipt(path, policy, path.name), path.name
    if isinstance(receipt, Promise):
        report.notes.append(f"{name} promises an entry of {receipt.log}. Give the log with --log to see whether it was kept.")
        return
    entry = _read(entry_file, str(entry_file), 1 << 16) if entry_file else receipt.entry
    if entry is None:
        raise Refused(name, "entry-missing", "It does not hold its entry: give that with --entry, or the log with --log.")
    if not receipt.proves(leaf_hash(entry)):
        raise Refused(name, "proof-refused", "It does not prove that this entry is in the log.")
    report.receipt = {"log": receipt.checkpoint.origin, "size": receipt.checkpoint.size, "index": receipt.index}
    try:
        report.receipt["entry"] = _Entries(receipt.checkpoint.origin).read(entry)
    except (ValueError, RecursionError) as error:
        raise Refused(name, "entry-unfit", f"Its entry is unfit: {error}.") from None


def _check_delivery(directory: Path, policy: Policy | None, report: Report) -> None:
    """Whether the entry that a release was signed is in the log, and is about this release. Raises Refused."""
    if policy is None:
        report.notes.append(f"{PROOF} was not checked: give the policy from your contract with --policy.")
        return
    check_receipt(directory / PROOF, policy, report)
    entry = report.receipt["entry"]
    if (entry["action"], entry.get("digest")) != ("delivery.sign", _digest(directory / ENVELOPE)):
        report.add(PROOF, "entry-changed", "It proves another entry than the signing of this release.")


# ------------------------------------------------------------- walls, decided again (docs/reference/wall-documents.md) --

_SHARES = {"shareholding", "votingRights", "rightsToSurplusAssetsOnDissolution", "rightsToProfitOrIncome"}
_SHARES |= {"rightToProfitOrIncomeFromAssets", "unknownInterest", "unpublishedInterest", "None"}
_GROUP, _NEARLY = 0.25, 1e-9
_Links = dict[str, dict[str, float]]


class Ownership:
    """Who holds how much of whom, by statements of BODS 0.4 in force on a day. statements: who declared each, and what it says.

    links: holder -> subject -> fraction, what is not known counting as all of it; above: subject -> holder -> the same.
    """

    def __init__(self, statements: Iterable[tuple[str, dict[str, Any]]], day: str) -> None:
        said = [(who, each, _field(each, "recordDetails"), str(each.get("recordId"))) for who, each in statements]
        self.names, identified = dict[str, str](), dict[str, str]()
        for _, _, details, record in said:
            for mark in _list(details, "identifiers"):
                if _field(mark, "scheme") and _field(mark, "id"):
                    one, other = self.party(record), self.party(identified.setdefault(repr((mark["scheme"], mark["id"])), record))
                    self.names[max(one, other)] = min(one, other)
        self.persons = {self.party(record) for _, each, _, record in said if each.get("recordType") == "person"}
        kinds = [(record, _field(_field(details, "entityType"), "type")) for _, _, details, record in said]
        arrangements = {self.party(record) for record, kind in kinds if kind == "arrangement"}
        self.links, self.above, self.held = _Links(), _Links(), _Links()
        direct, claims = dict[tuple[str, str, str, str], float](), dict[tuple[str, str], float]()
        for who, each, details, _ in said:
            sides = [_field(details, side) for side in ("interestedParty", "subject")]
            u, v = (self.party(str(side)) for side in sides)
            is_link = each.get("recordType") == "relationship" and all(isinstance(side, str) for side in sides) and u != v
            for interest in (_list(details, "interests") or [{}]) if is_link else ():
                type_ = str(_field(interest, "type"))
                share = _share(interest) if type_ in _SHARES else 1.0
                if str(_field(interest, "endDate") or "9999")[:10] <= day:
                    continue
                if type_ == "nominee" and v in arrangements:
                    direct[v, u, who, type_] = 1.0  # what the nominee holds, the arrangement holds
                elif _field(interest, "directOrIndirect") == "direct":
                    direct[u, v, who, type_] = share + direct.get((u, v, who, type_), 0.0)
                else:
                    claims[u, v] = max(share, claims.get((u, v), 0.0))
        for (u, v, _, _), share in direct.items():
            self.hold(u, v, max(share, self.links.get(u, {}).get(v, 0.0)))
        # A declared indirect figure is no chain of its own: what it says beyond the chains is added, never all of it.
        more = [(u, v, share - _multiplied(self.links, u).get(v, 0.0)) for (u, v), share in claims.items()]
        for u, v, share in (each for each in more if each[2] > 0):
            self.hold(u, v, share + self.links.get(u, {}).get(v, 0.0))

    def hold(self, u: str, v: str, share: float) -> None:
        for links, one, other in ((self.links, u, v), (self.above, v, u)):
            links.setdefault(one, {})[other] = min(1.0, share)

    def party(self, name: str) -> str:
        """The one name of a party: records that carry one identifier are one."""
        while self.names.get(name, name) != name:
            name = self.names[name]
        return name

    def holdings(self, a: str) -> dict[str, float]:
        """How much a party holds of every other: the greatest of multiplication, rolling and dominance."""
        if a not in self.held:
            every = [each(self.links, a) for each in (_multiplied, _rolling, _dominated)]
            self.held[a] = {v: max(each.get(v, 0.0) for each in every) for v in every[0]}
        return self.held[a]

    def tie(self, v: str, r: str) -> float:
        """How close two parties are: through what one holds of the other, a common holder, or a common holding. Not chained."""
        of_v, of_r = self.holdings(v), self.holdings(r)
        found = [of_v.get(r, 0.0), of_r.get(v, 0.0)]
        for g in (_reached(self.above, v) & _reached(self.above, r)) - {v, r}:
            lesser, greater = sorted((self.holdings(g)[v], self.holdings(g)[r]))
            found.append(lesser if g in self.persons or greater >= _GROUP - _NEARLY else 0.0)
        for x, y in ((of_v[d], of_r[d]) for d in of_v.keys() & of_r.keys()):
            found += [each for each, other in ((x, y), (y, x)) if other >= _GROUP - _NEARLY]
        return max(found)


def _share(interest: Any) -> float:
    """What a share may be at most, as a fraction; all of it where that is not said."""
    share = _field(interest, "share")
    if _field(share, "exact") is not None:
        return _number(share["exact"], 100) / 100
    return min(_number(_field(share, each), 100) for each in ("maximum", "exclusiveMaximum")) / 100


def _number(value: Any, otherwise: float) -> float:
    """A percentage; what is none counts otherwise."""
    return value if isinstance(value, (int, float)) and 0 <= value <= 100 else otherwise


def _reached(links: _Links, a: str) -> set[str]:
    found, waiting = {a}, [a]
    while waiting:
        new = [each for each, share in links.get(waiting.pop(), {}).items() if share > 0 and each not in found]
        found.update(new)
        waiting += new
    return found - {a}


def _multiplied(links: _Links, a: str) -> dict[str, float]:
    """y(a) = 1, y(v) = min(1, sum of y(u) * w(u, v)). Below `a` it has one solution, with every cycle in it.

    From above: whoever is not filled by what all others can give at most gets an equation; the others stay at 1. The equations are
    solved by elimination: a row says of whom its party has how much, and in the end only of parties whose y is known.
    """
    into: _Links = {v: {} for v in _reached(links, a)}
    y = {a: 1.0, **dict.fromkeys(into, 1.0)}
    for u in y:
        for v, share in links.get(u, {}).items():
            if v in into:
                into[v][u] = share
    rows: _Links = {}
    while new := [v for v in into if v not in rows and sum(w * y[u] for u, w in into[v].items()) < 1 - 1e-12]:
        rows, done = {v: dict(into[v]) for v in [*rows, *new]}, set[str]()
        for v, row in rows.items():
            while earlier := done & row.keys():
                for u in earlier:
                    weight = row.pop(u)
                    row.update({x: row.get(x, 0.0) + weight * w for x, w in rows[u].items()})
            loop = 1 / max(1 - row.pop(v, 0.0), 1e-12)
            row.update({u: w * loop for u, w in row.items()})
            done.add(v)
        for v in reversed(rows):
            y[v] = sum(w * y[u] for u, w in rows[v].items())
    return {v: y[v] for v in into}


def _rolling(links: _Links, a: str) -> dict[str, float]:
    """The greatest, over all chains, of the least link in it."""
    best, waiting = {a: 1.0}, [a]
    for u in waiting:
        for v, share in links.get(u, {}).items():
            if min(best[u], share) > best.get(v, 0.0):
                best[v] = min(best[u], share)
                waiting.append(v)
    return best


def _dominated(links: _Links, a: str) -> dict[str, float]:
    """What a party and all that it holds by more than half, in this way, hold together."""
    held, waiting = dict[str, float](), [a]
    for u in waiting:
        for v, share in links.get(u, {}).items():
            is_new = held.get(v, 0.0) <= 0.5 + _NEARLY
            held[v] = min(1.0, held.get(v, 0.0) + share)
            waiting += [v] if is_new and held[v] > 0.5 + _NEARLY and v != a else []
    return held


class Walls:
    """Decides again who may be let in: from the statements in the governance log and the customer's own wall documents."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.report, self.filed, self.ends = report, list[tuple[int, dict[str, Any]]](), list[str]()
        self.documents, self.recorded = list[tuple[int, str, str, str, dict[str, Any]]](), set[str]()
        self.registers: dict[tuple[int, str], tuple[Ownership, dict[str, str]]] = {}
        self.verdicts: dict[tuple[Any, ...], str] = {}
        for path in sorted(folder.glob("[!.]*")):
            name = f"walls/{path.name}"
            content = _read(path, name)
            document = _json(content, name, "document-unfit")
            if document.get("kind") != "evenhand-walls" or type(document.get("epoch")) is not int:
                raise Refused(name, "document-unfit", "It is no wall document.")
            digest = hashlib.sha256(content).hexdigest()
            self.documents.append((document["epoch"], str(document.get("at")), digest, name, document))
        self.documents.sort(key=lambda each: each[:4], reverse=True)
        terms = [each for *_, document in self.documents for name in ("conflicts", "waivers") for each in _list(document, name)]
        self.moments = sorted(str(_field(each, name)) for each in terms for name in ("since", "until"))

    def hear(self, index: int, entry: dict[str, Any]) -> None:
        """Take an entry of the governance log."""
        if entry["action"] == "ownership.change" and type(entry["body"].get("epoch")) is int:
            self.filed.append((entry["body"]["epoch"], entry["body"]))
            interests = [_list(_field(each, "recordDetails"), "interests") for each in _list(entry["body"], "statements")]
            self.ends = sorted({*self.ends, *(str(_field(each, "endDate"))[:10] for some in interests for each in some)})

    def register(self, epoch: int, day: str) -> tuple[Ownership, dict[str, str]]:
        """The statements in force at an epoch on a day, and which party each organization is."""
        heard = max((each for each, _ in self.filed if each <= epoch), default=0)
        day = ["", *self.ends][bisect.bisect_right(self.ends, day)]  # nothing changes between two ends
        if (heard, day) not in self.registers:
            statements, parties = dict[tuple[str, str], dict[str, Any]](), dict[str, Any]()
            for _, body in (each for each in self.filed if each[0] <= heard):
                for each in [each for each in _list(body, "statements") if isinstance(each, dict)]:
                    statements[str(body.get("declared_by")), str(each.get("recordId"))] = each
                gone = set(map(str, _list(body, "withdrawn")))
                for key, each in list(statements.items()):
                    if each.get("recordStatus") == "closed" or str(each.get("statementId")) in gone:
                        del statements[key]
                parties.update(_field(body, "parties") if isinstance(_field(body, "parties"), dict) else {})
            said = [(who, each) for (who, _), each in statements.items()]
            self.registers[heard, day] = Ownership(said, day), {name: str(party) for name, party in parties.items() if party}
        return self.registers[heard, day]

    def look(self, index: int, entry: dict[str, Any]) -> None:
        """Take an entry of the customer's log, and decide it again if it let in somebody of a vendor."""
        if entry["action"] == "policy.change" and str(entry.get("rule")).startswith("walls."):
            self.recorded.add(entry.get("digest", ""))
            self.verdicts.clear()
        is_look = entry["action"] == "assign.allow" or entry["action"].startswith("asset.")
        if not is_look or entry.get("decision") != "allow" or "actor_organization" not in entry or "epoch" not in entry:
            return
        given = entry["actor_organization"], entry["epoch"], entry["at"][:10], entry.get("actor")
        key = *given, bisect.bisect_right(self.moments, entry["at"])
        if key not in self.verdicts:
            self.verdicts[key] = self.verdict(*given, at=entry["at"])
        if self.verdicts[key]:
            self.report.add("log/", "wall-violated", f"Entry {index} let in {self.verdicts[key]}.", index=index)

    def verdict(self, vendor: str, epoch: int, day: str, actor: str | None, at: str) -> str:
        """Who should not have been let in and why; empty when it was right."""
        known = (each for since, _, digest, _, each in self.documents if since <= epoch and digest in self.recorded)
        document: dict[str, Any] = next(known, {})
        if vendor == document.get("organization"):
            return ""
        graph, parties = self.register(epoch, day)
        v = graph.party(parties.get(vendor, vendor))
        waivers = [each for key in ("waivers", "countersigned") for each in _list(document, key) if _is_on(each, at)]
        limit = _number(_field(_field(document, "policy"), "wall_percent"), 0)
        for conflict in (each for each in _list(document, "conflicts") if _is_on(each, at)):
            r = graph.party(str(_field(conflict, "party")))
            does_notify = _field(document.get("policy"), "on_change") == "notify"  # then ties wall nobody
            percent = 100.0 if v == r else 0.0 if does_notify else 100 * graph.tie(v, r)
            covering = [each for each in waivers if each.get("rival") is None or graph.party(str(each["rival"])) == r]
            covering = [each for each in covering if percent <= _number(each.get("high"), 100) + 1e-6]
            is_waived = any(graph.party(str(w.get("party"))) == v or (actor and w.get("person") == actor) for w in covering)
            if percent >= limit - 1e-7 and not is_waived:
                return f"a person of {vendor}, tied to {shown(r)} by {percent:.1f} % at epoch {epoch} (wall: {limit} %)"
        return ""

    def close(self, log: Log) -> None:
        """Every wall document is one that the customer's log recorded, but one that is newer; and none is missing."""
        for _, at, digest, name, _ in self.documents:
            if digest not in self.recorded and at > log.entries.latest:
                self.report.notes.append(f"{name} is newer than the log: nothing was decided by it here.")
            elif digest not in self.recorded:
                self.report.add(name, "document-unrecorded", "The log does not hold its digest.")
        for digest in sorted(self.recorded - {each[2] for each in self.documents}):
            self.report.add("walls/", "document-missing", f"The log speaks of a wall document with the digest {digest}.")


def _is_on(each: Any, at: str) -> bool:
    """Whether a conflict or a waiver is in force at a moment."""
    return isinstance(each, dict) and str(each.get("since") or "") <= at < str(each.get("until") or "9999")


def check_audit(folder: Path, policy: Policy, report: Report, asked: Asked) -> Log:
    """Check an audit package as a whole: governance log, the customer's log, receipts, walls. Raises Refused."""
    walls = Walls(folder / "walls", report)
    receipts = [read_receipt(path, policy, f"receipts/{path.name}") for path in sorted((folder / "receipts").glob("[!.]*"))]
    check_log(folder / "governance", policy, report, Asked(max_age=asked.max_age), "governance/", see=walls.hear)
    log = check_log(folder / "log", policy, report, asked, "log/", receipts, walls.look)
    walls.close(log)
    return log


def _read(path: Path, name: str, limit: int = _DOCUMENT_BYTES_MAX) -> bytes:
    """A plain file that is not too large. Links are not followed: they may lead anywhere. Raises Refused."""
    if not os.path.lexists(path):
        raise Refused(name, "missing", "It is not there.")
    if path.is_symlink() or not path.is_file():
        raise Refused(name, "not-a-file", "It is not a plain file.")
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise Refused(name, "too-large", f"It is larger than {limit} bytes.")
    return content


def _blocks(path: Path, size: int = 1 << 20) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(size):
            yield block


def _digest(path: Path) -> str:
    whole = hashlib.sha256()
    for block in _blocks(path):
        whole.update(block)
    return whole.hexdigest()


def _walk(directory: Path, report: Report, label: str = "") -> Iterator[tuple[str, bool]]:
    """Every name below the folder, and whether it is a plain file."""
    folders = [directory]
    while folders:
        with os.scandir(folders.pop()) as found:
            entries = sorted(found, key=lambda each: each.name)
        for each in entries:
            name = Path(each.path).relative_to(directory).as_posix()
            is_plain = each.is_file(follow_symlinks=False)
            if not each.is_dir(follow_symlinks=False):
                if not is_plain:
                    report.add(label + name, "not-a-file", "It is not a plain file (a link, a pipe or a device).")
                yield name, is_plain
            elif name.count("/") < _FOLDERS_DEEP_MAX:
                folders.append(Path(each.path))
            else:
                report.add(label + name, "too-deep", f"It lies more than {_FOLDERS_DEEP_MAX} folders deep.")


def _json(content: bytes, name: str, code: str) -> dict[str, Any]:
    """A JSON object, read strictly: UTF-8, no duplicate keys, no NaN. Hostile nesting and numbers are refused, not followed."""
    try:
        value = json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=int)  # int("NaN") raises
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Refused(name, code, f"It cannot be read as JSON{where}.") from None
    if not isinstance(value, dict):
        raise Refused(name, code, "It is not a JSON object.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


_DECODER = json.JSONDecoder(parse_constant=int)
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _canonical(value: Any) -> str:
    """RFC 8785: keys in the order of UTF-16, numbers as ECMAScript writes them."""
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda each: each[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_ENCODER.encode(key)}:{_canonical(each)}" for key, each in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float) and (value == 0 or 1e-6 <= abs(value) < 1e21):
        return f"{Decimal(repr(value + 0.0)):f}".removesuffix(".0")
    return repr(value).replace("e-0", "e-") if isinstance(value, float) else _ENCODER.encode(value)


def _base64(text: Any, name: str, code: str) -> bytes:
    """Base64 in its one spelling."""
    with suppress(TypeError, ValueError):
        decoded = base64.b64decode(text, validate=True)
        if base64.b64encode(decoded).decode() == text:
            return decoded
    raise Refused(name, code, "It holds text that is not base64.")


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _list(value: Any, name: str) -> list[Any]:
    found = _field(value, name)
    return found if isinstance(found, list) else []


_P, _L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D, _ROOT = -121665 * pow(121666, _P - 2, _P) % _P, pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]


def ed25519_verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is by `key` (32 bytes) over `message`. RFC 8032, section 5.1.7.

    Strict: S below the group's order and only canonical points, so that a signature cannot be rewritten into another one.
    """
    public, half, scalar = _decompress(key), _decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(key) != 32 or len(signature) != 64 or public is None or half is None or scalar >= _L:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _L
    p, q = _times(scalar, _BASE), _add(half, _times(hashed, public))
    return (p[0] * q[2] - q[0] * p[2]) % _P == 0 and (p[1] * q[2] - q[1] * p[2]) % _P == 0


def _add(p: _Point, q: _Point) -> _Point:
    """Extended twisted Edwards coordinates, RFC 8032 section 5.1.4."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(scalar: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    for bit in f"{scalar:b}":
        total = _add(total, total)
        total = _add(total, point) if bit == "1" else total
    return total


def _decompress(encoded: bytes) -> _Point | None:
    """RFC 8032 section 5.1.3; None for what is no point, or not its canonical encoding."""
    sign, y = divmod(int.from_bytes(encoded, "little"), 1 << 255)
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if y >= _P or (x * x - square) % _P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else _P - x
    return (x, y, 1, x * y % _P)


_BASE: _Point = _decompress((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little")) or (0, 1, 1, 0)


_OPTIONS = [
    ("--key", "FILE", {"release"}, "the public key from your contract (PEM or hexadecimal)"),
    ("--policy", "FILE", {"release", "log", "receipt", "audit"}, "keys of logs and witnesses, from your contract (tlog-policy)"),
    ("--since", "FILE", {"log", "audit"}, "the checkpoint you kept, which the log must continue"),
    ("--save", "FILE", {"log", "audit"}, "where to keep the checkpoint, and FILE.leaves, if all is well"),
    ("--max-age", "SECONDS", {"log", "audit"}, "how long ago witnesses may have seen the log"),
    ("--entry", "FILE", {"receipt"}, "the entry's bytes, where the proof does not hold them"),
    ("--log", "DIR", {"receipt"}, "the log that the receipt is about"),
]
_VERDICTS = {1: "what is named above differs from what was signed", 3: "nothing of it can be trusted", 4: "it cannot be read"}
_KINDS = {"release": "a release of labels", "log": "a log", "receipt": "a receipt", "audit": "an audit package"}


def main(arguments: list[str] | None = None) -> int:
    """The command. Returns the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    kind = words.pop(0) if len(words) > 1 and words[0] in _KINDS else "release"
    codes = (__doc__ or "").strip().splitlines()[-1]
    parser = argparse.ArgumentParser(prog="evenhand-verify", description=f"Check {_KINDS[kind]} offline.", epilog=codes)
    parser.add_argument("path", type=Path, metavar="PATH", help=f"{_KINDS[kind]}, unpacked; before it: {', '.join(_KINDS)}")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    for name, what, kinds, said in _OPTIONS:
        if kind in kinds:
            is_needed = name == "--policy" and kind in ("log", "receipt")
            parser.add_argument(name, type=int if what == "SECONDS" else Path, metavar=what, help=said, required=is_needed)
    given = vars(parser.parse_args(words))
    report = Report(str(given["path"]), is_key_given=bool(given.get("key") or given.get("policy")))
    try:
        report = _checked(kind, given, report)
    except Refused as refused:
        report.refuse(refused)
    except OSError as error:
        report.exit_code = UNREADABLE
        report.problems.append(Problem(str(error.filename or given["path"]), "unreadable", error.strerror or str(error)))
    print(json.dumps(report.as_json(), indent=2) if given["json"] else _summary(report))
    return report.exit_code


def _checked(kind: str, given: dict[str, Any], report: Report) -> Report:
    path, policy_file = given["path"], given["policy"]
    if kind != "receipt" and not path.is_dir():
        raise NotADirectoryError(f"{path} is not a folder")
    if kind == "audit" and policy_file is None:
        policy_file = path / "policy.tlog"
        report.notes.append("The policy came with the files. Compare its keys with your contract, or give your own with --policy.")
    policy = read_policy(policy_file, str(policy_file)) if policy_file else None
    if kind == "release" or policy is None:
        return verify(path, given["key"], policy)
    asked = Asked(given.get("since"), given.get("save"), given.get("max_age"))
    if kind == "receipt" and not given["log"]:
        check_receipt(path, policy, report, given["entry"])
    elif kind == "receipt":
        check_log(given["log"], policy, report, asked, receipts=[read_receipt(path, policy, path.name)])
    else:
        asked.keep((check_audit if kind == "audit" else check_log)(path, policy, report, asked))
    return report


def _summary(report: Report) -> str:
    lines = [f"{each.file}: {each.message}" for each in report.problems] + report.notes
    if report.exit_code == VERIFIED and report.release:
        number, note = (_field(report.release["release"], name) for name in ("number", "note"))
        lines.append(f"Verified: release {number}, {report.files} files, as signed by {report.key_id}.")
        lines += [f"Its note, signed too: {note}"] if note else []
        if not report.is_key_given:
            lines.append("The key came with the files. Compare it with the one in your contract, or give that one with --key.")
    for each in report.logs if report.exit_code == VERIFIED else ():
        who = ", ".join(f"{name} at {at}" for name, at in each["cosigned"].items()) or "no witness"
        lines.append(f"Verified: {each['size']} entries of {each['log']}, cosigned by {who}.")
    if report.exit_code == VERIFIED and report.receipt:
        lines.append(f"Verified: entry {report.receipt['index']} of {report.receipt['log']}.")
    lines += [f"Not verified: {_VERDICTS[report.exit_code]}."] if report.exit_code != VERIFIED else []
    return "\n".join(map(shown, lines))


def shown(text: str) -> str:
    """Text from outside for a terminal: control characters, which could rewrite the line, are escaped."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


if __name__ == "__main__":
    sys.exit(main())
