"""Checks offline what a customer of Evenhand holds: one file, Python's standard library alone, nothing of Evenhand.

    python evenhand_verify.py DIR [--key FILE]              a release of labels
    python evenhand_verify.py log DIR --policy FILE         a log: `checkpoint` and `tile/` (C2SP tlog-tiles)
    python evenhand_verify.py receipt FILE --policy FILE    a proof that an entry is in a log (tlog-proof), or a promise
    python evenhand_verify.py audit DIR [--policy FILE]     an audit package: logs, receipts, walls decided again

Of a release, in this order: the key (--key, from your contract; one that came with the files proves less); its Ed25519
signature (RFC 8032) over the DSSE envelope; every file against the in-toto Statement; what the manifest says besides,
and where a changed file differs. Of a log: the checkpoint's signature and its witnesses, by the keys in your policy;
every entry and tile against the signed root (RFC 6962), naming the first entry that is not what was logged and the file
that lies; every entry's form; that no id stands twice; that it only grew since you kept it (--since, --save); its age.

Exit codes: 0 verified; 1 differs from what was signed; 2 wrong usage; 3 signature, key or policy refused; 4 unreadable.
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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

VERIFIED, DIFFERS, REFUSED, UNREADABLE = 0, 1, 3, 4
_DOCUMENT_BYTES_MAX, _NOTE_BYTES_MAX, _PROBLEMS_MAX, _CLOCKS_DIFFER_SECONDS = 256 << 20, 1 << 16, 1000, 300

class Problem(Exception):
    """What differs from what was signed, or cannot be trusted. where: numbers of byte, line, entry (`index`)."""
    def __init__(self, file: object, code: str, message: str, **where: int) -> None:
        super().__init__(message)
        self.file, self.code, self.message, self.where = str(file).replace(os.sep, "/"), code, message, where

def demand(is_so: object, file: object, code: str, message: str, **where: int) -> None:
    if not is_so:
        raise Problem(file, code, message, **where)

class Report:
    """What was found. directory: where files are named from; key_from: `argument` if key or policy came separately."""
    def __init__(self, directory: str, key_from: str = "release") -> None:
        self.directory, self.key_from, self.key_id, self.files, self.exit_code = directory, key_from, "", 0, VERIFIED
        self.release, self.receipt, self.logs = dict[str, Any](), dict[str, Any](), list[dict[str, Any]]()
        self.notes, self.problems = list[str](), list[Problem]()

    def add(self, problem: Problem, exit_code: int = DIFFERS) -> None:
        problem.file = problem.file.removeprefix(f"{self.directory}/")
        self.exit_code = max(self.exit_code, exit_code)
        if len(self.problems) < _PROBLEMS_MAX or exit_code > DIFFERS:
            self.problems.append(problem)

    def expect(self, is_so: object, file: object, code: str, message: str, **where: int) -> None:
        if not is_so:
            self.add(Problem(file, code, message, **where))

    @contextmanager
    def noting(self, exit_code: int = DIFFERS, **where: int) -> Iterator[None]:
        try:
            yield
        except Problem as problem:
            problem.where = {**where, **problem.where}
            self.add(problem, exit_code)

    def as_json(self) -> dict[str, Any]:
        """For --json. first_bad_index: of the first entry that is not what was signed."""
        first = min((each.where["index"] for each in self.problems if "index" in each.where), default=None)
        told = [{"file": each.file, "code": each.code, "message": each.message, **each.where} for each in self.problems]
        return {"verified": self.exit_code == VERIFIED, **vars(self), "first_bad_index": first, "problems": told}

# ---------------------------------------------------------------------------------------------------- strict reading --
@contextmanager
def _refusing(file: object, code: str, message: str) -> Iterator[None]:
    """Whatever hostile bytes make Python raise within: the file is not what it should be. Raises Problem."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise Problem(file, code, message) from None

def _need(is_so: object) -> None:
    if not is_so:
        raise ValueError

def _plain(path: Path) -> Path:
    """A plain file. Links are not followed: they may lead anywhere. Raises Problem."""
    demand(os.path.lexists(path), path, "missing", "It is not there.")
    demand(path.is_file() and not path.is_symlink(), path, "not-a-file", "It is a folder, a link, a pipe or a device.")
    return path

def _read(path: Path, limit: int = _DOCUMENT_BYTES_MAX) -> bytes:
    with _plain(path).open("rb") as file:
        content = file.read(limit + 1)
    demand(len(content) <= limit, path, "too-large", f"It is larger than {limit} bytes.")
    return content

def _files(folder: Path, but: str = "/") -> list[Path]:
    """Whatever lies below a folder and is none, in order, but names that begin so. Raises OSError."""
    found, waiting = list[Path](), [folder] if folder.exists() else []
    while waiting:
        for each in waiting.pop().iterdir():
            (waiting if each.is_dir() and not each.is_symlink() else found).append(each)
    return sorted(each for each in found if not each.name.startswith(but))

def _json(content: bytes) -> dict[str, Any]:
    value = json.loads(content.decode("utf-8"))
    _need(isinstance(value, dict))
    return value  # type: ignore[no-any-return]

def _canonical(value: Any) -> str:
    """RFC 8785: keys in the order of UTF-16, numbers as ECMAScript writes them."""
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda each: each[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_canonical(key)}:{_canonical(each)}" for key, each in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float) and (value == 0 or 1e-6 <= abs(value) < 1e21):
        return f"{Decimal(repr(value + 0.0)):f}".removesuffix(".0")
    return repr(value).replace("e-0", "e-") if isinstance(value, float) else json.dumps(value, ensure_ascii=False)

def _base64(text: str) -> bytes:
    """Base64 in its one spelling. Raises ValueError."""
    decoded = base64.b64decode(text, validate=True)
    _need(base64.b64encode(decoded).decode() == text)
    return decoded

def _field(value: Any, name: str, otherwise: Any = None) -> Any:
    """What an object says there; otherwise, where it is none, or says nothing of that type."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if otherwise is None or isinstance(found, type(otherwise)) else otherwise

# ------------------------------------------------------------------------------------------- Ed25519 (RFC 8032, 5.1) --
_P, _L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D, _ROOT = -121665 * pow(121666, _P - 2, _P) % _P, pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]

def ed25519_verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature (64 bytes) is by a key (32 bytes): R = S*B - k*A (5.1.7), in its one spelling: S < L."""
    public, scalar = _point(key), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or public is None or scalar >= _L:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _L
    total, minus = (0, 1, 1, 0), (_P - public[0], public[1], 1, _P - public[3])
    for bit in reversed(range(253)):
        total = _add(total, total)
        total = _add(total, _BASE) if scalar >> bit & 1 else total
        total = _add(total, minus) if hashed >> bit & 1 else total
    x, y = (each * pow(total[2], _P - 2, _P) % _P for each in total[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]

def _add(p: _Point, q: _Point) -> _Point:
    """In extended twisted Edwards coordinates (5.1.4)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)

def _point(encoded: bytes) -> _Point | None:
    """The point of 32 bytes (5.1.3); None for what is no point, or not its canonical encoding."""
    sign, y = divmod(int.from_bytes(encoded, "little"), 1 << 255)
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    x = x if (x * x - square) % _P == 0 else x * _ROOT % _P
    if len(encoded) != 32 or y >= _P or (x * x - square) % _P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else _P - x
    return (x, y, 1, x * y % _P)

_BASE = _point(b"\x58" + b"\x66" * 31) or (0, 1, 1, 0)

# ---------------------------------------------------- signed notes, policies, checkpoints (C2SP signed-note, tlog-*) --
class Policy:
    """Whose checkpoints count (C2SP tlog-policy).

    keys: (name, id) -> an Ed25519 key after its kind, 1 of a log and 4 of a witness, and what that is called here;
    groups: name -> how many of which are enough, for a witness itself; free: names in no group yet; quorum: a name.
    """
    def __init__(self, name: str) -> None:
        self.name, self.keys, self.quorum = name, dict[tuple[str, bytes], tuple[bytes, str]](), ""
        self.groups, self.free = dict[str, tuple[int, set[str]]](none=(0, set())), set[str]()

    def is_quorum(self, witnesses: Iterable[str]) -> bool:
        """Whether these are enough. A group is made of names that stand above it."""
        agreed = set(witnesses)
        for name, (needed, members) in self.groups.items():
            agreed |= {name} if len(members & agreed) >= needed else set()
        return self.quorum in agreed

    def take(self, keyword: str, name: str, *words: str) -> None:
        """Take a line. Raises ValueError for one that cannot stand there."""
        if keyword == "log" and len(words) < 2:
            self.trust(name, 1)
        elif keyword == "quorum" and not words and name in self.groups and not self.quorum:
            self.quorum = name
        else:
            members = set(words[1:]) if keyword == "group" else {name}
            needed = {"all": str(len(members)), "any": "1"}.get(words[0], words[0]) if keyword == "group" else "1"
            _need(name not in self.groups and re.fullmatch("[1-9][0-9]{0,3}", needed) and int(needed) <= len(members))
            if keyword == "group":
                _need(members <= self.free and len(members) == len(words) - 1)
            else:
                _need(keyword == "witness" and len(words) < 3)
                self.trust(words[0], 4, name)
            self.groups[name], self.free = (int(needed), members), self.free - members | {name}

    def trust(self, vkey: str, kind: int, witness: str = "") -> None:
        """Take a key, name+id+base64 (signed-note). Raises ValueError for one of another kind, changed, or known."""
        name, id_, encoded = vkey.split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        digest = _hash(name.encode("utf-8", "surrogateescape"), b"\n", key)[:4]
        _need(name and len(key) == 33 and key[0] == kind and digest.hex() == id_)
        _need(key not in [each for each, _ in self.keys.values()])
        self.keys[name, digest] = key, witness

def read_policy(path: Path) -> Policy:
    """The policy in a file. Raises Problem."""
    policy = Policy(str(path))
    for number, line in enumerate(_read(path, 1 << 20).decode("utf-8", "surrogateescape").split("\n"), 1):
        with _refusing(path, "policy-unfit", f"Line {number} is none that can stand there in a policy: {line}"):
            _need(not re.search("[\x00-\x08\x0a-\x1f\x7f]", line))
            words = re.split("[ \t]+", line.strip(" \t"))
            if words[0] and not words[0].startswith("#"):
                policy.take(words[0], words[1], *words[2:])
    demand(policy.quorum, path, "policy-unfit", "It has no quorum line (`quorum none` asks for no witness).")
    return policy

def read_note(content: bytes, file: Path, policy: Policy) -> tuple[list[str], list[str], dict[str, int]]:
    """The lines of a signed note, which logs of the policy signed it, and which witnesses when (seconds since 1970).

    Signatures by other keys count for nothing; a wrong one by a key of the policy raises Problem.
    """
    text, _, below = content.rpartition(b"\n\n")
    text, logs, cosigned = text + b"\n", list[str](), dict[str, int]()
    with _refusing(file, "note-unreadable", "It is not a signed note."):
        _need(text != b"\n" and not any(each < " " and each != "\n" for each in content.decode("utf-8")))
        *signatures, end = below.decode("utf-8").split("\n")
        _need(not end and 0 < len(signatures) <= 64 and len(content) <= _NOTE_BYTES_MAX)
        for line in signatures:
            [(who, encoded)] = re.findall(r"^— ([^\s+]+) (\S+)$", line)
            id_, signature, message = _base64(encoded)[:4], _base64(encoded)[4:], text
            _need(signature)
            key, witness = policy.keys.get((who, id_), (b"", ""))
            if witness:
                at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = b"cosignature/v1\ntime %d\n%s" % (at, text)
                cosigned[witness] = max(at, cosigned.get(witness, 0))
            elif key:
                logs.append(who)
            is_signed = not key or ed25519_verifies(key[1:], message, signature)
            demand(is_signed, file, "signature-refused", f"It is not signed by {who}, as it says.")
    return text.decode().split("\n")[:-1], logs, cosigned

class Checkpoint(NamedTuple):  # `size` entries of the log `origin` have the root `root`; which witness saw that when
    origin: str
    size: int
    root: bytes
    cosigned: dict[str, int]

def read_checkpoint(content: bytes, file: Path, policy: Policy | None) -> Checkpoint:
    """The checkpoint in a note that a log and a quorum of the policy signed; without policy, one that you kept."""
    lines, logs, cosigned = read_note(content, file, policy or Policy(""))
    with _refusing(file, "checkpoint-unreadable", "It is not a checkpoint: origin, size, root of a tree."):
        origin, size, root = lines[0], int(lines[1]), _base64(lines[2])
        _need("" not in lines and lines[1] == str(size) and 0 <= size < 1 << 60 and len(root) == 32)
        _need(size or root == tree_root({}))
    if policy:
        demand(origin in logs, file, "signature-refused", f"No log of {policy.name} signed it as {origin}.")
        message = f"Too few witnesses cosigned it ({', '.join(cosigned) or 'none'}) for {policy.quorum}."
        demand(policy.is_quorum(cosigned), file, "quorum-missed", message)
    return Checkpoint(origin, size, root, cosigned)

# ---------------------------------------------------------------------------------------- the Merkle tree (RFC 6962) --
def _hash(*parts: bytes) -> bytes:
    """SHA-256. A leaf is that over a byte 0 and the entry, a node over a byte 1 and its two children (section 2.1)."""
    return hashlib.sha256(b"".join(parts)).digest()

def tree_root(tiles: dict[int, list[bytes]]) -> bytes:
    """The root over the hashes of tiles from left to right: level -> hashes, each of them over 256**level entries."""
    subtrees = list[tuple[int, bytes]]()  # perfect ones, each with its height, and none as high as the one before
    for height, whole in ((8 * level, each) for level, hashes in tiles.items() for each in hashes):
        while subtrees and subtrees[-1][0] == height:
            height, whole = height + 1, _hash(b"\1", subtrees.pop()[1], whole)
        subtrees.append((height, whole))
    root = subtrees.pop()[1] if subtrees else _hash()
    while subtrees:
        root = _hash(b"\1", subtrees.pop()[1], root)
    return root

def inclusion_holds(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf is at the index in the tree (RFC 9162, 2.1.3.2). Hashes of another length prove nothing."""
    at, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        is_right = at & 1 or at == last
        found = _hash(b"\1", each, found) if is_right else _hash(b"\1", found, each)
        while is_right and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return 0 <= index < size and last == 0 and found == root and all(len(each) == 32 for each in (leaf, *proof))

# ------------------------------------------------------------------------------------------- a log (C2SP tlog-tiles) --
_UUID, _TIME = '"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"', r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_TEXT, _COUNT = r'"(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00[01][0-9a-f])*"', "(?:0|[1-9][0-9]*)"
_FORM = {  # what an entry says, in order, and with a question mark what it may say (docs/reference/ledger-entries.md)
    "action": r'"(?P<action>[a-z]+\.[a-z._-]+)"', "actor?": '"[0-9a-f]{64}"', "actor_organization?": _UUID,
    "at": f'"(?P<at>{_TIME})"', "body?": r"(?P<body>\{.*\})", "decision?": '"(?:allow|deny)"',
    "digest?": '"(?:[0-9a-f]{2})+"', "epoch?": _COUNT, "id": '"(?P<id>[0-9a-f]{16})[0-9a-f]{16}"',
    "lease_until?": f'"{_TIME}"', "log": f"(?P<log>{_TEXT})", "object?": _UUID,
    "objects?": rf"\[(?:{_UUID}(?:,{_UUID}){{0,499}})?\]", "policy?": _COUNT, "purpose?": _TEXT,
    "quantity?": r'(?:-?\d+|"-?\d+")', "rule?": _TEXT, "software?": _TEXT, "subject?": _UUID, "v": "1",
}
_PAIRS = "".join(f'(?:,"{key.strip("?")}":{value}){"?" * key.endswith("?")}' for key, value in _FORM.items())
_ENTRY = re.compile(r"\{" + _PAIRS.replace(",", "", 1) + r"\}", re.ASCII | re.DOTALL)
_See = Callable[[Path, int, dict[str, Any]], None]

def read_entry(raw: bytes, origin: str) -> re.Match[str]:
    """An entry of the log `origin`. Raises ValueError with what is wrong with it."""
    text, is_public = raw.decode("utf-8"), origin.endswith("/log/governance")
    found = _ENTRY.fullmatch(text)
    if not found or found["log"] != _canonical(origin) or (found["body"] is not None) != is_public:
        raise ValueError("it is none that this log can hold")
    if is_public and (_canonical(_json(raw)) != text or not _json(raw).keys() <= {each.strip("?") for each in _FORM}):
        raise ValueError("it is not canonical JSON (RFC 8785)")
    return found

def _seconds(at: str) -> float:
    """A time as entries have it, in seconds since the epoch; 0 for what is none."""
    with suppress(ValueError):
        return datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp()
    return 0.0

def _spelled(seconds: float) -> str:
    return datetime.fromtimestamp(min(seconds, 1 << 37), timezone.utc).isoformat()

class Log:
    """A log in a folder. Raises Problem when its checkpoint is refused.

    see: is shown each entry; short: eight bytes of every leaf hash; differing: tiles as entries and as files have them.
    """
    def __init__(self, folder: Path, policy: Policy, report: Report, see: _See | None = None) -> None:
        self.folder, self.policy, self.report, self.see = folder, policy, report, see
        self.file, self.content = folder / "checkpoint", _read(folder / "checkpoint", _NOTE_BYTES_MAX)
        self.checkpoint = read_checkpoint(self.content, self.file, policy)
        self.origin, self.size, self.latest = self.checkpoint.origin, self.checkpoint.size, ""
        self.short, self.ids, self.actions = bytearray(), array("Q"), Counter[str]()
        self.differing = dict[tuple[int, int], tuple[list[bytes], list[bytes]]]()

    def check(self, since: Path | None = None, max_age: int | None = None, held: Iterable[Any] = ()) -> Log:
        """Read every entry and tile once, in order, and compare the tree with the signed root and with what is held."""
        self.settle(self.root(self.size, self.read_tile) == self.checkpoint.root)
        self.check_ids()
        cosigned = {who: _spelled(at) for who, at in self.checkpoint.cosigned.items()}
        told = {"log": self.origin, "size": self.size, "root": self.checkpoint.root.hex(), "cosigned": cosigned}
        self.report.logs.append({**told, "latest": self.latest, "actions": dict(sorted(self.actions.items()))})
        if since:
            self.check_history(since)
        if max_age is not None:
            self.check_age(max_age)
        for each in held:
            with self.report.noting():
                each.check(self)
        return self

    def root(self, size: int, tile: Callable[[int, int], list[bytes]]) -> bytes:
        """The root of the first `size` entries: over what the last tile of each level holds, from left to right."""
        counts = {level: size >> 8 * level for level in reversed(range(8))}
        return tree_root({level: tile(level, n >> 8)[: n & 255] for level, n in counts.items() if n & 255})

    def width(self, level: int, number: int) -> int:
        return min(256, (self.size >> 8 * level) - 256 * number)

    def path(self, level: int, number: int, kind: str = "") -> Path:
        """`tile/0/x001/x234/067.p/8`; with the kind `entries` a bundle of them."""
        width, name = self.width(level, number), f"{number % 1000:03}"
        while number := number // 1000:
            name = f"x{number % 1000:03}/{name}"
        return self.folder / f"tile/{kind or level}/{name}{f'.p/{width}' if width < 256 else ''}"

    def said(self, level: int, number: int) -> list[bytes]:
        path, size = self.path(level, number), 32 * self.width(level, number)
        content = _read(path, 8192)
        demand(len(content) == size, path, "tile-cut", f"It has {len(content)} bytes, not {size}.")
        return [content[at : at + 32] for at in range(0, size, 32)]

    def tile(self, level: int, number: int) -> list[bytes]:
        """What a tile should say, once the log was read."""
        return self.differing[level, number][0] if (level, number) in self.differing else self.said(level, number)

    def read_tile(self, level: int, number: int) -> list[bytes]:
        """What a tile should say, by the entries below it, which are read now. Its file is compared with it."""
        below = range(256 * number, 256 * number + self.width(level, number)) if level else ()
        made = [tree_root({0: self.read_tile(level - 1, each)}) for each in below] or self.read_bundle(number)
        with self.report.noting(index=number << 8 * (level + 1)):
            said = self.said(level, number)
            if said != made and len(self.differing) < _PROBLEMS_MAX:
                self.differing[level, number] = made, said
        return made

    def read_bundle(self, number: int) -> list[bytes]:
        """The leaf hashes of up to 256 entries, which are read now; of unreadable ones, what their tile says."""
        path, start, width, raw = self.path(0, number, "entries"), 256 * number, self.width(0, number), list[bytes]()
        with self.report.noting(index=start):
            content, at = _read(path, 256 * 65_537), 0
            while len(raw) < width and (end := at + 2 + int.from_bytes(content[at : at + 2], "big")) <= len(content):
                raw.append(content[at + 2 : end])  # each after its length in 16 bits
                at = end
            cut = start + len(raw)
            demand(len(raw) == width, path, "bundle-cut", f"It ends before entry {cut} does.", index=cut)
            demand(at == len(content), path, "bundle-long", f"It goes on after entry {cut - 1}.", index=cut)
        hashes = [_hash(b"\0", each) for each in raw] + [bytes(32)] * (width - len(raw))
        with suppress(Problem):
            hashes[len(raw) :] = self.said(0, number)[len(raw) :] if len(raw) < width else []
        self.short += b"".join([each[:8] for each in hashes])
        self.ids.extend(range(start, start + width))
        for index, each in enumerate(raw, start):
            try:
                entry = read_entry(each, self.origin)
            except (ValueError, RecursionError) as error:
                self.report.add(Problem(path, "entry-unfit", f"Entry {index} is unfit: {error}.", index=index))
                continue
            self.ids[index], self.latest = int(entry["id"], 16), entry["at"]
            self.actions[entry["action"]] += 1
            if self.see:
                self.see(path, index, _json(each))
        return hashes

    def settle(self, do_entries_fit: bool) -> None:
        """Tell of each difference which file lies: the tile, if the entries make the hash above it; else the entry."""
        message = "The signed root is not that of the tree of these files."
        self.report.expect(do_entries_fit or self.differing, self.file, "root-differs", message)
        for (level, number), (made, said) in self.differing.items():
            place, is_right = 256 * number + [a == b for a, b in zip(made, said)].index(False), do_entries_fit
            if (level - 1, place) in self.differing:
                continue  # it is told there, more closely
            with suppress(Problem):
                is_right |= len(made) == 256 and self.said(level + 1, number >> 8)[number & 255] == tree_root({0: made})
            first, last = place << 8 * level, (place + 1 << 8 * level) - 1
            what = f"Entry {first}" + f" to {last}" * (last > first)
            code, path, why = "entry-changed", self.path(0, first >> 8, "entries"), "not what was logged"
            if is_right:
                code, path, why = "tile-changed", self.path(level, number), "the tile lies about what was logged"
            self.report.add(Problem(path, code, f"{what}: {why}, by the signed root.", index=first, index_last=last))

    def check_ids(self) -> None:
        """Name entries with the id of an earlier one. By eight bytes: chance makes a pair in a million once in 10^7."""
        for part in range(16):  # in parts, for the sake of memory
            order = sorted((n for n, id_ in enumerate(self.ids) if id_ & 15 == part), key=self.ids.__getitem__)
            for first, n in zip(order, order[1:]):
                if self.ids[first] == self.ids[n]:
                    file = self.path(0, n >> 8, "entries")
                    self.report.add(Problem(file, "id-twice", f"Entry {n} has the id of entry {first}.", index=n))

    @property
    def seen(self) -> dict[str, float]:
        """When each witness saw the checkpoint; if none did, when the newest entry says that it was written."""
        return {**self.checkpoint.cosigned} or {"none": _seconds(self.latest)}

    def check_history(self, since: Path) -> None:
        """Whether it begins with the tree that was kept; else, by FILE.leaves, which entry is not what it was."""
        before, leaves = read_checkpoint(_read(since, _NOTE_BYTES_MAX), since, None), Path(f"{since}.leaves")
        demand(before.origin == self.origin, since, "other-log", f"It is of the log {before.origin}.")
        known = leaves.read_bytes()[: 8 * before.size] if leaves.exists() else b""
        now, index = bytes(self.short[: len(known)]), self.size if before.size > self.size else 0
        if not known.startswith(now):
            index = next(n for n, each in enumerate(now) if each != known[n]) // 8
        with self.report.noting():
            is_same = before.size <= self.size and before.root == self.root(before.size, self.tile)
            message = f"From entry {index} on, it is not what it was when you kept its {before.size} entries."
            demand(is_same, self.file, "history-changed", message, index=index)

    def check_age(self, max_age: int) -> None:
        """Whether a quorum saw the checkpoint in time; where none is asked for, its newest entry counts."""
        now = datetime.now(timezone.utc).timestamp()
        recent = [who for who, at in self.seen.items() if now - max_age <= at <= now + _CLOCKS_DIFFER_SECONDS]
        message = f"It is older than {max_age} seconds: last vouched for at {_spelled(max(self.seen.values()))}."
        self.report.expect(recent and self.policy.is_quorum(recent), self.file, "stale", message)

    def keep(self, file: Path) -> None:
        """Keep the checkpoint, and in FILE.leaves eight bytes of every leaf hash, each in place of the old one."""
        for path, content in ((f"{file}.leaves", bytes(self.short)), (str(file), self.content)):
            Path(f"{path}.new").write_bytes(content)
            Path(f"{path}.new").replace(path)

# ---------------------------------------------------------------------------------------- receipts (C2SP tlog-proof) --
@dataclass(frozen=True)
class Receipt:
    """The proof that an entry is at an index of a log. entry: its bytes, where the proof holds them."""
    file: Path
    checkpoint: Checkpoint
    index: int
    proof: list[bytes]
    entry: bytes | None

    def proves(self, leaf: bytes) -> bool:
        return inclusion_holds(self.index, self.checkpoint.size, leaf, self.proof, self.checkpoint.root)

    def check(self, log: Log) -> None:
        size, index = self.checkpoint.size, self.index
        is_so = size <= log.size and log.root(size, log.tile) == self.checkpoint.root
        demand(is_so, self.file, "history-changed", "It proves another history than the log has.", index=index)
        is_so = index < size and self.proves(log.tile(0, index >> 8)[index & 255])
        demand(is_so, self.file, "entry-changed", f"Entry {index} is not the one it proves.", index=index)

@dataclass(frozen=True)
class Promise:
    """What was signed when an entry was written: it will be in the log at `due`, seconds since 1970, with this hash."""
    file: Path
    log: str
    leaf: bytes
    due: float

    def check(self, log: Log) -> None:
        at = log.short.find(self.leaf[:8])
        while at >= 0 and (at % 8 or log.tile(0, at >> 11)[at >> 3 & 255] != self.leaf):
            at = log.short.find(self.leaf[:8], at + 1)
        is_kept = at >= 0 or self.log != log.origin or max(log.seen.values()) <= self.due
        demand(is_kept, self.file, "promise-broken", "The promised entry is not in the log: this file is the evidence.")
        told = f"the promise was kept, as entry {at >> 3}" if at >= 0 else "the promise need not have been kept yet"
        log.report.notes.append(f"{self.file}: {told}.")

def read_receipt(path: Path, policy: Policy) -> Receipt | Promise:
    """The proof in a file, once its checkpoint is signed as the policy wants; or a promise. Raises Problem."""
    content = _read(path, 4 * _NOTE_BYTES_MAX)
    head, _, note = content.partition(b"\n\n")
    if b"\nevenhand receipt v1\n" in head:
        lines, logs, _ = read_note(content, path, policy)
        with _refusing(path, "signature-refused", f"It is no promise that a log of {policy.name} signed."):
            log, _, _, leaf, at, within = lines
            [seconds] = re.findall("^in the tree within ([0-9]{1,6}) seconds$", within)
            _need(log in logs and log.endswith("/receipts") and len(_base64(leaf)) == 32 and _seconds(at) > 0)
            return Promise(path, log.removesuffix("/receipts"), _base64(leaf), _seconds(at) + int(seconds))
    with _refusing(path, "proof-unreadable", "It is no proof that an entry is in a log (tlog-proof), and no promise."):
        first, *lines = head.decode("ascii").split("\n")
        entry = _base64(lines.pop(0)[6:]) if lines[0].startswith("extra ") else None
        [index] = re.findall("^index (0|[1-9][0-9]{0,17})$", lines.pop(0))
        _need(first == "c2sp.org/tlog-proof@v1" and len(lines) < 64)
        return Receipt(path, read_checkpoint(note, path, policy), int(index), [_base64(each) for each in lines], entry)

def check_receipt(path: Path, policy: Policy, report: Report) -> None:
    """Check a receipt by itself. Raises Problem."""
    receipt = read_receipt(path, policy)
    if isinstance(receipt, Promise):
        report.notes.append(f"{path} promises an entry of {receipt.log}: with --log you see whether it was kept.")
        return
    log, entry = receipt.checkpoint.origin, receipt.entry or b""
    demand(entry, path, "entry-missing", "It does not hold the entry that it proves: give the log with --log.")
    demand(receipt.proves(_hash(b"\0", entry)), path, "proof-refused", "It does not prove that its entry is logged.")
    with _refusing(path, "entry-unfit", "Its entry is none that this log can hold."):
        read_entry(entry, log)
    report.receipt = {"log": log, "size": receipt.checkpoint.size, "index": receipt.index, "entry": _json(entry)}

# --------------------------------------------------------------------------------------------------------- a release --
ENVELOPE, MANIFEST, PROOF, PEOPLE = "release.dsse.json", "manifest.json", "delivery.tlog-proof", "annotations.jsonl"
_PAYLOAD, _ED25519 = "application/vnd.in-toto+json", bytes.fromhex("302a300506032b6570032100")  # of a key, RFC 8410
_COUNTED = {"items.jsonl": "tasks", PEOPLE: "annotations", "labels.jsonl": "labels"}  # of what a file has one a line

def read_key(path: Path) -> bytes:
    """The Ed25519 key in a PEM file, or in a file of 64 hexadecimal digits. Raises Problem."""
    with _refusing(path, "key-unreadable", "It is not an Ed25519 public key (PEM, or 64 hexadecimal digits)."):
        text = _read(path, 1 << 14).decode("ascii").strip()
        pem = re.fullmatch(r"-----BEGIN PUBLIC KEY-----\s([A-Za-z0-9+/=\s]+)\s-----END PUBLIC KEY-----", text)
        key = base64.b64decode("".join(pem[1].split()), validate=True) if pem else _ED25519 + bytes.fromhex(text)
        _need(len(key) == 44 and key.startswith(_ED25519))
        return key[12:]

def read_statement(path: Path, key: bytes, key_id: str) -> tuple[dict[str, str], dict[str, Any]]:
    """File -> hex SHA-256, and what else is signed, in a DSSE envelope around an in-toto statement. Raises Problem."""
    with _refusing(path, "envelope-unreadable", f"It is not a DSSE envelope of {_PAYLOAD}, as it was written."):
        envelope = _json(content := _read(path))
        # Only the payload is signed: the envelope has one spelling, so that no other byte can be changed either.
        _need(json.dumps(envelope, indent=1).encode() + b"\n" == content and envelope["payloadType"] == _PAYLOAD)
        _need(all(set(each) == {"keyid", "sig"} for each in envelope["signatures"]) and len(envelope) == 3)
        payload, kind = _base64(envelope["payload"]), _PAYLOAD.encode()
        mine = [_base64(each["sig"]) for each in envelope["signatures"] if each["keyid"] == key_id]
        signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    is_signed = mine and ed25519_verifies(key, signed, mine[-1])
    demand(is_signed, path, "signature-refused", f"It is not signed by the key {key_id}.")
    with _refusing(path, "statement-unfit", "What was signed is not about a release of files."):
        statement = _json(payload)
        digests = {each["name"]: each["digest"]["sha256"] for each in statement["subject"]}
        for name in digests:  # none leads out of the folder, on any system
            _need(name.isprintable() and name.isascii() and not {"", ".", ".."} & set(name.split("/")))
            _need("\\" not in name and isinstance(digests[name], str))
        _need(MANIFEST in digests and len(digests) == len(statement["subject"]))
        _need(statement["_type"] == "https://in-toto.io/Statement/v1" and isinstance(statement["predicate"], dict))
        _need(statement["predicateType"] == "https://evenhand.example/attestation/release/v1")
        return digests, statement["predicate"]

class Release:
    """A folder beside what was signed of it. digests, said: by the statement; found: name -> digest, bytes, lines."""
    def __init__(self, folder: Path, report: Report, digests: dict[str, str], said: dict[str, Any]) -> None:
        self.folder, self.report, self.digests, self.said = folder, report, digests, said
        self.found = dict[str, tuple[str, int, int]]()

    def check(self) -> None:
        """Compare every file with its digest, and what the manifest says besides."""
        for name, path in ((each.relative_to(self.folder).as_posix(), each) for each in _files(self.folder)):
            self.found[name] = "", 0, 0
            with self.report.noting():
                self.found[name] = _measured(path)
        self.intact = {name for name, digest in self.digests.items() if self.found.get(name, ("",))[0] == digest}
        # The proof that the signing is on record is made after the signing, and checked by itself.
        extra = {name: each[0] for name, each in self.found.items() if name not in {*self.digests, ENVELOPE, PROOF}}
        for name in extra:
            self.report.add(Problem(self.folder / name, "extra", "It was not signed."))
        moved, files, path = {each: name for name, each in extra.items()}, dict[str, Any](), self.folder / MANIFEST
        if MANIFEST in self.intact:
            with self.report.noting(), _refusing(path, "manifest-unfit", "It is no manifest of these files."):
                manifest = _json(_read(path))
                files = {each["name"]: each for each in manifest["files"]}
                _need(manifest["format"] == "evenhand-release/1" and files.keys() <= self.digests.keys())
                for file, code, what, said, so in self.claims(manifest, files):
                    message = f"Of {what} it says {said!s:.40}, where it is {so!s:.40}."
                    self.report.expect(said == so, self.folder / file, code, message)
        for name, digest in self.digests.items():
            message = f"It was renamed to {moved[digest]}." if digest in moved else "It is not there."
            code = "renamed" if digest in moved else "missing"
            self.report.expect(name in self.found, self.folder / name, code, message)
            if name in self.found and self.found[name][0] not in ("", digest):  # nothing was read of what is no file
                self.locate(self.folder / name, files.get(name, {}))

    def claims(self, manifest: dict[str, Any], files: dict[str, Any]) -> Iterator[tuple[str, str, str, Any, Any]]:
        """What manifest and statement say besides digests: the file, a code, about what, what it says, what is so."""
        counts, in_it = _field(self.said, "counts", {}), (MANIFEST, "manifest-disagrees")
        yield ENVELOPE, "counts-differ", "counts", self.said.get("counts"), counts
        for name in ("organization", "project", "release", "frozen_at", "counts", "agreement"):
            yield (*in_it, name, manifest.get(name), self.said.get(name))
        yield (*in_it, "the ontology", *(_field(_field(each, "ontology"), "digest") for each in (manifest, self.said)))
        for name, entry in files.items():
            yield (*in_it, f"the digest of {name}", entry.get("sha256"), self.digests[name])
            if name in self.intact:
                _, size, lines = self.found[name]
                yield (*in_it, f"the size of {name}", entry.get("bytes"), size)
                yield name, "rows-differ", "rows", entry.get("rows") if name.endswith(".jsonl") else lines, lines
                yield name, "counts-differ", "rows", counts.get(_COUNTED[name]) if name in _COUNTED else lines, lines
        if PEOPLE in files and PEOPLE in self.intact:
            path = self.folder / PEOPLE
            with _refusing(path, "rows-differ", "A line of it is no annotation."), path.open("rb") as file:
                people = {str(json.loads(line)["annotator"]) for line in file}
            yield PEOPLE, "counts-differ", "annotators", counts.get("annotators"), len(people)

    def locate(self, path: Path, entry: dict[str, Any]) -> None:
        """Say where a changed file differs first: which bytes and lines, and which line is no JSON any more."""
        blocks, size, line = _field(entry, "blocks", []), _field(entry, "block_bytes", 0), 1
        with path.open("rb") as file:
            for index, digest in enumerate([*blocks, ""] if 0 < size <= _DOCUMENT_BYTES_MAX else ()):
                block, start, where = file.read(size), index * size, {"block": index, "byte": index * size}
                if digest == (_hash(block).hex() if block else ""):
                    line += block.count(b"\n")
                    continue
                what = f"It differs within bytes {start} to {start + max(len(block), 1) - 1}"
                if path.suffix == ".jsonl":
                    last = line + block.count(b"\n") - block.endswith(b"\n")
                    what, where = f"{what}, lines {line} to {last}", {**where, "line_first": line, "line_last": last}
                    # The first and the last piece may be parts of lines that began before the block or end after it.
                    for number, piece in list(enumerate(block.split(b"\n"), line))[start > 0 : -1]:
                        try:
                            json.loads(piece)
                        except (ValueError, RecursionError):
                            what, where = f"{what}. Line {number} is not JSON any more", {**where, "line": number}
                            break
                return self.report.add(Problem(path, "changed", f"{what}.", **where))
        return self.report.add(Problem(path, "changed", "Its digest is not the signed one."))

def _measured(path: Path) -> tuple[str, int, int]:
    """A file's SHA-256 in hexadecimal digits, its bytes and lines. Raises Problem."""
    digest, size, lines = hashlib.sha256(), 0, 0
    with _plain(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size, lines = size + len(block), lines + block.count(b"\n")
    return digest.hexdigest(), size, lines

def check_release(folder: Path, key_file: Path | None, policy: Policy | None, report: Report) -> None:
    """Check a release, and by a policy that its signing is on record. Raises Problem."""
    key = read_key(key_file or folder / "public-key.pem")
    report.key_id = f"sha256:{_hash(key).hex()}"
    digests, said = read_statement(folder / ENVELOPE, key, report.key_id)
    report.files, release = len(digests), Release(folder, report, digests, said)
    report.release = {name: said.get(name) for name in ("organization", "project", "release", "frozen_at", "counts")}
    release.check()
    if PROOF in release.found and policy is None:
        report.notes.append(f"{PROOF} was not checked: give the policy from your contract with --policy.")
    elif PROOF in release.found and policy:
        check_receipt(folder / PROOF, policy, report)
        action, digest = (_field(report.receipt.get("entry"), name) for name in ("action", "digest"))
        is_signing = (action, digest) == ("delivery.sign", release.found[ENVELOPE][0])
        report.expect(is_signing, folder / PROOF, "entry-changed", "It proves another entry than this signing.")

# ----------------------------------------------------------- walls, decided again (docs/reference/wall-documents.md) --
_SHARES = {"shareholding", "votingRights", "rightsToSurplusAssetsOnDissolution", "rightsToProfitOrIncome", "None"}
_SHARES |= {"rightToProfitOrIncomeFromAssets", "unknownInterest", "unpublishedInterest"}
_GROUP, _NEARLY = 0.25, 1e-9
_Links = dict[str, dict[str, float]]  # from whom to whom, and how much of it, as a fraction

class Ownership:
    """Who holds how much of whom by statements of BODS 0.4 in force at a moment; what is not known counts as all.

    statements: who declared each, and what it says; links: from holders to what they hold; above: from that to holders.
    """
    def __init__(self, statements: Iterable[tuple[str, dict[str, Any]]], moment: str) -> None:
        said = [(who, each, str(each.get("recordId")), _field(each, "recordDetails", {})) for who, each in statements]
        self.names, marked = dict[str, str](), dict[str, str]()
        self.links, self.above, self.held = _Links(), _Links(), _Links()
        direct, claims = dict[tuple[str, str, str, str], float](), dict[tuple[str, str], float]()
        for _, _, record, details in said:
            for mark in _field(details, "identifiers", []):
                if _field(mark, "scheme") and _field(mark, "id"):
                    name = self.party(marked.setdefault(repr((mark["scheme"], mark["id"])), record))
                    first, second = sorted((name, self.party(record)))
                    self.names[second] = first
        self.persons = {self.party(record) for _, each, record, _ in said if each.get("recordType") == "person"}
        kinds = {record: _field(_field(details, "entityType"), "type") for _, _, record, details in said}
        arrangements = {self.party(record) for record in kinds if kinds[record] == "arrangement"}
        for who, each, _, details in said:
            u, v = (self.party(_field(details, side, "")) for side in ("interestedParty", "subject"))
            is_link = each.get("recordType") == "relationship" and u and v and u != v
            for interest in (_field(details, "interests", []) or [{}]) if is_link else ():
                type_, share = str(_field(interest, "type")), _share(interest)
                if str(_field(interest, "endDate") or "9999")[:10] <= moment:
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
        more = {(u, v): share - _multiplied(self.links, u).get(v, 0.0) for (u, v), share in claims.items()}
        for (u, v), share in more.items():
            self.hold(u, v, max(share, 0.0) + self.links.get(u, {}).get(v, 0.0))

    def hold(self, u: str, v: str, share: float) -> None:
        self.links.setdefault(u, {})[v] = self.above.setdefault(v, {})[u] = min(1.0, share)

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
        """How close two parties are: what one holds of the other, a common holder, a common holding. Not chained."""
        of_v, of_r = self.holdings(v), self.holdings(r)
        found = [of_v.get(r, 0.0), of_r.get(v, 0.0)]
        for g in (_rolling(self.above, v).keys() & _rolling(self.above, r).keys()) - {v, r}:
            lesser, greater = sorted((self.holdings(g)[v], self.holdings(g)[r]))
            found.append(lesser if g in self.persons or greater >= _GROUP - _NEARLY else 0.0)
        for lesser, greater in (sorted((of_v[d], of_r[d])) for d in of_v.keys() & of_r.keys()):
            found += [greater] if lesser >= _GROUP - _NEARLY else [lesser] if greater >= _GROUP - _NEARLY else []
        return max(found)

def _share(interest: Any) -> float:
    """What an interest may be at most, as a fraction: all, if that is not said, and if it is no share but power."""
    share = _field(interest, "share", {}) if str(_field(interest, "type")) in _SHARES else {}
    exact = share.get("exact")
    tops = [share.get("maximum"), share.get("exclusiveMaximum")] if exact is None else [exact]
    return min(_number(each, 100) for each in tops) / 100

def _number(value: Any, otherwise: float) -> float:
    return value if isinstance(value, (int, float)) and 0 <= value <= 100 else otherwise

def _multiplied(links: _Links, a: str) -> dict[str, float]:
    """y(a) = 1, y(v) = min(1, sum of y(u) * w(u, v)). Below `a` it has one solution, with every cycle in it.

    From above: whoever is not filled by what all others can give at most gets an equation; the others stay at 1. It is
    solved by elimination: a row says of whom its party has how much, and in the end only of parties whose y is known.
    """
    into: _Links = {v: {} for v in _rolling(links, a) if v != a}
    y = dict.fromkeys([a, *into], 1.0)
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
    """The greatest, over all chains, of the least link in it: of everybody whom a chain reaches."""
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
    """Decides again who may be let in: by statements in the governance log and the customer's own wall documents.

    documents: path -> what it says, with its digest, the newest first; recorded: which of the digests are in the log so
    far; filed: what was filed, each with its epoch; moments: when something begins or ends by itself.
    """
    def __init__(self, folder: Path, report: Report) -> None:
        self.folder, self.report, self.recorded, self.moments = folder, report, set[str](), [""]
        self.filed, found = list[dict[str, Any]](), list[tuple[int, str, Path, dict[str, Any]]]()
        for path in _files(folder, "."):
            with _refusing(path, "document-unfit", "It is no wall document."):
                document = {**_json(content := _read(path)), "digest": _hash(content).hex()}
                _need(document["kind"] == "evenhand-walls" and type(document["epoch"]) is int)
                found.append((document["epoch"], document["at"] + "", path, document))
            terms = [each for name in ("conflicts", "waivers") for each in _field(document, name, [])]
            self.moments += [str(_field(each, name) or "") for each in terms for name in ("since", "until")]
        found.sort(key=lambda each: each[:3], reverse=True)
        self.documents = {path: document for *_, path, document in found}
        self.register, self.verdict = functools.lru_cache(64)(self._register), functools.lru_cache(4096)(self._verdict)

    def hear(self, path: Path, index: int, entry: dict[str, Any]) -> None:
        if entry["action"] == "ownership.change" and type(entry["body"].get("epoch")) is int:
            self.filed.append(entry["body"])
            for each in _field(entry["body"], "statements", []):
                interests = _field(_field(each, "recordDetails"), "interests", [])
                self.moments += [str(_field(interest, "endDate"))[:10] for interest in interests]

    def look(self, path: Path, index: int, entry: dict[str, Any]) -> None:
        """Take an entry of the customer's log, and decide it again if it let in somebody of a vendor."""
        if entry["action"] == "policy.change" and str(entry.get("rule")).startswith("walls."):
            self.recorded.add(entry.get("digest", ""))
            self.verdict.cache_clear()
        is_look = entry["action"] == "assign.allow" or entry["action"].startswith("asset.")
        if is_look and entry.get("decision") == "allow" and {"actor_organization", "epoch"} <= entry.keys():
            moment = self.moments[bisect.bisect_right(self.moments, entry["at"]) - 1]
            why = self.verdict(entry["actor_organization"], entry["epoch"], moment, entry.get("actor"))
            self.report.expect(not why, path, "wall-violated", f"Entry {index} let in {why}.", index=index)

    def _register(self, epoch: int, moment: str) -> tuple[Ownership, dict[str, str]]:
        """The statements in force at an epoch and a moment, and which party each organization is."""
        statements, parties = dict[tuple[str, str], dict[str, Any]](), dict[str, Any]()
        for body in (each for each in self.filed if each["epoch"] <= epoch):
            for each in (each for each in _field(body, "statements", []) if isinstance(each, dict)):
                statements[str(body.get("declared_by")), str(each.get("recordId"))] = each
            gone = set(map(str, _field(body, "withdrawn", [])))
            for key, each in list(statements.items()):
                if each.get("recordStatus") == "closed" or str(each.get("statementId")) in gone:
                    del statements[key]
            parties.update(_field(body, "parties", {}))
        said = ((who, each) for (who, _), each in statements.items())
        return Ownership(said, moment), {name: str(party) for name, party in parties.items() if party}

    def _verdict(self, vendor: str, epoch: int, moment: str, actor: str | None) -> str:
        """Who should not have been let in and why; empty when it was right. With `notify`, ties wall nobody."""
        known = (each for each in self.documents.values() if each["epoch"] <= epoch and each["digest"] in self.recorded)
        document: dict[str, Any] = next(known, {})
        if vendor == document.get("organization"):
            return ""
        heard = max((each["epoch"] for each in self.filed if each["epoch"] <= epoch), default=0)
        (graph, parties), policy = self.register(heard, moment), _field(document, "policy", {})
        v, limit = graph.party(parties.get(vendor, vendor)), _number(policy.get("wall_percent"), 0)
        for r in (graph.party(str(each.get("party"))) for each in _in_force(document, "conflicts", moment)):
            percent = 100.0 if v == r else 0.0 if policy.get("on_change") == "notify" else 100 * graph.tie(v, r)
            is_waived = any(
                percent <= _number(each.get("high"), 100) + 1e-6
                and (each.get("rival") is None or graph.party(str(each["rival"])) == r)
                and (graph.party(str(each.get("party"))) == v or (actor and each.get("person") == actor))
                for kind in ("waivers", "countersigned") for each in _in_force(document, kind, moment)
            )
            if percent >= limit - 1e-7 and not is_waived:
                return f"a person of {vendor}, tied to {r} by {percent:.1f} % at epoch {epoch} (wall: {limit} %)"
        return ""

    def close(self, log: Log) -> None:
        """Every wall document is one that the log recorded, but one that is newer; and none is missing."""
        for path, document in self.documents.items():
            if document["digest"] not in self.recorded and document["at"] > log.latest:
                self.report.notes.append(f"{path} is newer than the log: nothing was decided by it here.")
            elif document["digest"] not in self.recorded:
                self.report.add(Problem(path, "document-unrecorded", "The log does not hold its digest."))
        for digest in sorted(self.recorded - {each["digest"] for each in self.documents.values()}):
            self.report.add(Problem(self.folder, "document-missing", f"The log has one with the digest {digest}."))

def _in_force(document: dict[str, Any], kind: str, moment: str) -> Iterator[dict[str, Any]]:
    for each in _field(document, kind, []):
        if str(_field(each, "since") or "") <= moment < str(_field(each, "until") or "9999") and isinstance(each, dict):
            yield each

def check_audit(folder: Path, policy: Policy, report: Report, since: Path | None, max_age: int | None) -> Log:
    """Check an audit package as a whole: governance log, the customer's log, receipts, walls. Raises Problem."""
    walls = Walls(folder / "walls", report)
    receipts = [read_receipt(path, policy) for path in _files(folder / "receipts", ".")]
    Log(folder / "governance", policy, report, walls.hear).check(max_age=max_age)
    walls.moments.sort()
    log = Log(folder / "log", policy, report, walls.look).check(since, max_age, receipts)
    walls.close(log)
    return log

# ------------------------------------------------------------------------------------------------------- the command --
_OPTIONS = [
    ("--key", "FILE", ("release",), "the public key from your contract (PEM or hexadecimal)"),
    ("--policy", "FILE", ("release", "log", "receipt", "audit"), "keys of logs and witnesses, from your contract"),
    ("--since", "FILE", ("log", "audit"), "the checkpoint you kept, which the log must continue"),
    ("--save", "FILE", ("log", "audit"), "where to keep the checkpoint, and FILE.leaves, if all is well"),
    ("--max-age", "SECONDS", ("log", "audit"), "how long ago witnesses may have seen the log"),
    ("--log", "DIR", ("receipt",), "the log that the receipt is about"),
]
_KINDS = {"release": "a release of labels", "log": "a log", "receipt": "a receipt", "audit": "an audit package"}
_VERDICTS = {1: "what is named above differs from what was signed", 3: "nothing of it counts", 4: "it cannot be read"}

def main(arguments: list[str] | None = None) -> int:
    """The command. Returns the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    kind = words.pop(0) if len(words) > 1 and words[0] in _KINDS else "release"
    parser = argparse.ArgumentParser("evenhand-verify", epilog=(__doc__ or "").splitlines()[-1])
    parser.set_defaults(key=None, since=None, save=None, max_age=None, log=None)
    parser.add_argument("path", type=Path, metavar="PATH", help=f"{_KINDS[kind]}; before it: {', '.join(_KINDS)}")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    for name, what, _, said in (each for each in _OPTIONS if kind in each[2]):
        type_, must = int if what == "SECONDS" else Path, name == "--policy" and kind in ("log", "receipt")
        parser.add_argument(name, metavar=what, help=said, type=type_, required=must)
    given = parser.parse_args(words)
    report = Report(given.path.as_posix(), "argument" if given.key or given.policy else "release")
    try:
        with report.noting(REFUSED):
            check(kind, given, report)
    except OSError as error:
        report.add(Problem(error.filename or given.path, "unreadable", error.strerror or str(error)), UNREADABLE)
    print(json.dumps(report.as_json(), indent=2) if given.json else summary(report))
    return report.exit_code

def check(kind: str, given: argparse.Namespace, report: Report) -> None:
    """Check what is asked for. Raises Problem when it cannot be trusted, OSError when it cannot be read."""
    path: Path = given.path
    if kind != "receipt" and not path.is_dir():
        raise NotADirectoryError(f"{path} is not a folder")
    if kind == "audit" and not given.policy:
        report.notes.append("The policy came with the files. Compare its keys with your contract, or give --policy.")
    policy_file = given.policy or (path / "policy.tlog" if kind == "audit" else None)
    policy = read_policy(policy_file) if policy_file else None
    if policy is None or kind == "release":
        check_release(path, given.key, policy, report)
    elif kind == "receipt" and given.log:
        Log(given.log, policy, report).check(held=[read_receipt(path, policy)])
    elif kind == "receipt":
        check_receipt(path, policy, report)
    else:
        asked = given.since, given.max_age
        log = check_audit(path, policy, report, *asked) if kind == "audit" else Log(path, policy, report).check(*asked)
        if given.save and report.exit_code == VERIFIED:
            log.keep(given.save)

def summary(report: Report) -> str:
    """The report for a person. What comes from outside cannot rewrite the terminal: control characters are escaped."""
    lines, told = [f"{each.file}: {each.message}" for each in report.problems] + report.notes, list[str]()
    if report.release:
        number, note = (_field(report.release["release"], name) for name in ("number", "note"))
        told.append(f"Verified: release {number}, {report.files} files, as signed by {report.key_id}.")
        told += [f"Its note, signed too: {note}"] if note else []
        if report.key_from == "release":
            told.append("The key came with the files. Compare it with the one in your contract, or give it with --key.")
    for each in report.logs:
        who = ", ".join(f"{name} at {at}" for name, at in each["cosigned"].items()) or "no witness"
        told.append(f"Verified: {each['size']} entries of {each['log']}, cosigned by {who}.")
    told += ["Verified: entry {index} of {log}: {entry[action]}.".format(**report.receipt)] if report.receipt else []
    lines += told if report.exit_code == VERIFIED else [f"Not verified: {_VERDICTS[report.exit_code]}."]
    return "\n".join("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line) for line in lines)

if __name__ == "__main__":
    sys.exit(main())
