"""Checks a release of labels offline, with Python's standard library alone: `python evenhand_verify.py DIR [--key FILE]`.

This file imports nothing of Evenhand, so that whoever reads it knows what the answer rests on. It checks, in this order,

1. the key: from --key, which you had from your contract; else the one that came with the files, which proves less,
2. the signature: Ed25519 (RFC 8032) over the DSSE envelope `release.dsse.json`,
3. the statement: an in-toto Statement that names every file with its SHA-256,
4. every file against the statement; missing, extra and renamed ones,
5. the manifest against the files: sizes, digests, rows; and where a changed file differs,
6. the signed counts against the rows.

Exit codes: 0 verified; 1 something differs from what was signed; 2 wrong usage; 3 the signature or the key is refused;
4 the folder cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENVELOPE, MANIFEST, KEY = "release.dsse.json", "manifest.json", "public-key.pem"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://evenhand.example/attestation/release/v1"
MANIFEST_FORMAT = "evenhand-release/1"
VERIFIED, DIFFERS, USAGE, REFUSED, UNREADABLE = 0, 1, 2, 3, 4

_READ_BYTES = 1 << 20
_DOCUMENT_BYTES_MAX = 256 << 20
_PROBLEMS_MAX = 1000
# What counts the rows of which file; a release may lack a file, but not have another number of rows than was signed.
_COUNTED = {"tasks": "items.jsonl", "annotations": "annotations.jsonl", "labels": "labels.jsonl"}


class Refused(Exception):
    """The release cannot be trusted at all: `code` and the file it is about, for the report."""

    def __init__(self, file: str, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(file, code, message)


@dataclass(frozen=True)
class Problem:
    """One thing that differs from what was signed. where: byte and line numbers, where they are known."""

    file: str
    code: str
    message: str
    where: dict[str, int] = field(default_factory=dict)


@dataclass
class Report:
    """What was found. is_key_given: the key did not come with the files."""

    directory: str
    key_id: str = ""
    is_key_given: bool = False
    files: int = 0
    release: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    exit_code: int = VERIFIED

    def add(self, file: str, code: str, message: str, **where: int) -> None:
        """Note a difference."""
        self.exit_code = max(self.exit_code, DIFFERS)
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(Problem(file, code, message, where))

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return {
            "verified": self.exit_code == VERIFIED,
            "exit_code": self.exit_code,
            "directory": self.directory,
            "key_id": self.key_id,
            "key_from": "argument" if self.is_key_given else "release",
            "files": self.files,
            "release": self.release,
            "problems": [
                {"file": each.file, "code": each.code, "message": each.message, **each.where} for each in self.problems
            ],
        }


def verify(directory: Path, key_file: Path | None = None) -> Report:
    """Check a release folder. Never raises for what a folder holds; raises OSError when it cannot be read at all."""
    report = Report(str(directory), is_key_given=key_file is not None)
    try:
        key = _public_key(key_file or directory / KEY, KEY if key_file is None else str(key_file))
        report.key_id = key_id(key)
        statement = _statement(_document(directory / ENVELOPE, ENVELOPE), key)
        subjects = _subjects(statement)
    except Refused as refused:
        report.problems.append(refused.problem)
        report.exit_code = REFUSED
        return report
    predicate = statement["predicate"]
    report.release = {
        name: predicate.get(name) for name in ("organization", "project", "release", "frozen_at", "counts")
    }
    report.files = len(subjects)
    changed = _check_files(directory, subjects, report)
    manifest = _manifest(directory, subjects, changed, report)
    if manifest is not None:
        rows = _check_manifest(directory, manifest, subjects, changed, report)
        _check_counts(directory, manifest, predicate, rows, changed, report)
    else:
        for name in changed:
            report.add(name, "changed", "Its digest is not the signed one.")
    report.problems.sort(key=lambda each: each.file)
    return report


# ------------------------------------------------------------------------------------------------- the signed statement --


def _public_key(path: Path, shown: str) -> bytes:
    """The raw Ed25519 key in a PEM file (RFC 8410), or in a file of 64 hexadecimal digits."""
    try:
        text = _read_small(path, shown, 16_384).decode("ascii")
        lines = text.strip().splitlines()
        if len(lines) >= 3 and lines[0] == "-----BEGIN PUBLIC KEY-----" and lines[-1] == "-----END PUBLIC KEY-----":
            encoded = base64.b64decode("".join(lines[1:-1]), validate=True)
            prefix = bytes.fromhex("302a300506032b6570032100")
            if len(encoded) == 44 and encoded.startswith(prefix):
                return encoded[12:]
        elif len(lines) == 1 and len(lines[0]) == 64:
            return bytes.fromhex(lines[0])
    except (ValueError, OSError):
        pass
    raise Refused(shown, "key-unreadable", "It is not an Ed25519 public key (PEM, or 64 hexadecimal digits).")


def key_id(key: bytes) -> str:
    """How a key is named: `sha256:` and the hex SHA-256 of its 32 bytes."""
    return "sha256:" + hashlib.sha256(key).hexdigest()


def _statement(content: bytes, key: bytes) -> dict[str, Any]:
    """The statement in the envelope, once its signature holds.

    The envelope itself is not signed, only its payload is. So it must be written exactly as it would be written again from
    what it says: no byte of it can be changed without being noticed.
    """
    envelope = _json(content, ENVELOPE, "envelope-unreadable")
    signatures = envelope.get("signatures")
    if set(envelope) != {"payload", "payloadType", "signatures"} or not isinstance(signatures, list):
        raise Refused(ENVELOPE, "envelope-unreadable", "It is not a DSSE envelope.")
    if json.dumps(envelope, indent=1).encode() + b"\n" != content:
        raise Refused(ENVELOPE, "envelope-unreadable", "It was written anew: its bytes are not those of a release.")
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise Refused(ENVELOPE, "envelope-unreadable", f"Its payload is not {PAYLOAD_TYPE}.")
    payload = _base64(envelope["payload"])
    mine = None
    for each in signatures:
        if not isinstance(each, dict) or set(each) != {"keyid", "sig"}:
            raise Refused(ENVELOPE, "envelope-unreadable", "One of its signatures is malformed.")
        if each["keyid"] == key_id(key):
            mine = _base64(each["sig"])
    if mine is None:
        raise Refused(ENVELOPE, "signature-refused", f"It is not signed by the key {key_id(key)}.")
    kind = PAYLOAD_TYPE.encode()
    if not ed25519_verifies(key, b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload), mine):
        raise Refused(ENVELOPE, "signature-refused", "The signature does not fit the statement.")
    return _json(payload, ENVELOPE, "statement-unfit")


def _base64(text: Any) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
        if base64.b64encode(decoded).decode() == text:
            return decoded
    except (binascii.Error, TypeError, ValueError):
        pass
    raise Refused(ENVELOPE, "envelope-unreadable", "It holds text that is not base64.")


def _subjects(statement: dict[str, Any]) -> dict[str, str]:
    """File name -> hex SHA-256. Raises Refused for a statement that is signed, but not of a release."""
    if statement.get("_type") != STATEMENT_TYPE or statement.get("predicateType") != PREDICATE_TYPE:
        raise Refused(ENVELOPE, "statement-unfit", "The statement is not about a release.")
    found: dict[str, str] = {}
    subjects = statement.get("subject")
    for each in subjects if isinstance(subjects, list) else []:
        name, digest = _field(each, "name"), _field(_field(each, "digest"), "sha256")
        if not isinstance(name, str) or not isinstance(digest, str) or not _is_safe(name) or name in found:
            raise Refused(ENVELOPE, "statement-unfit", "The statement names a file that no release can have.")
        found[name] = digest
    if MANIFEST not in found or not isinstance(statement.get("predicate"), dict):
        raise Refused(ENVELOPE, "statement-unfit", "The statement does not name a manifest, or says nothing about it.")
    return found


def _is_safe(name: str) -> bool:
    """Whether a name stays inside the folder, on every system."""
    parts = name.split("/")
    return (
        name.isprintable()
        and name.isascii()
        and not any(each in ("", ".", "..") for each in parts)
        and "\\" not in name
    )


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


# ------------------------------------------------------------------------------------------------------------ the files --


def _check_files(directory: Path, subjects: dict[str, str], report: Report) -> list[str]:
    """Compare the folder with the statement; the names of files whose digests differ, to be told where later."""
    present = dict(_walk(directory, report))
    changed = []
    missing = {}
    for name, digest in subjects.items():
        if name not in present:
            missing[name] = digest
        elif present[name] and _digest(directory / name) != digest:
            changed.append(name)
    extra = [name for name in present if name not in subjects and name != ENVELOPE]
    by_digest = {_digest(directory / name): name for name in extra if present[name]} if missing else {}
    for name, digest in missing.items():
        if digest in by_digest:
            report.add(name, "renamed", f"It was renamed to {shown(by_digest[digest])}.")
        else:
            report.add(name, "missing", "It is not there.")
    for name in extra:
        report.add(name, "extra", "It was not signed.")
    return changed


def _walk(directory: Path, report: Report) -> Iterator[tuple[str, bool]]:
    """Every name below the folder, and whether it is a plain file. Links are not followed: they may change under us."""
    for folder, folders, files in os.walk(directory):
        for name in sorted(files + [each for each in folders if (Path(folder) / each).is_symlink()]):
            path = Path(folder) / name
            relative = path.relative_to(directory).as_posix()
            is_plain = stat.S_ISREG(path.lstat().st_mode)
            if not is_plain:
                report.add(relative, "not-a-file", "It is not a plain file (a link, a pipe or a device).")
            yield relative, is_plain


def _digest(path: Path) -> str:
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            whole.update(block)
    return whole.hexdigest()


# --------------------------------------------------------------------------------------------------------- the manifest --


def _manifest(directory: Path, subjects: dict[str, str], changed: list[str], report: Report) -> dict[str, Any] | None:
    """The manifest, if it is the one that was signed; without it, changed files can be named but not searched."""
    path = directory / MANIFEST
    if MANIFEST in changed or path.is_symlink() or not path.is_file():
        return None
    try:
        manifest = _json(_document(path, MANIFEST), MANIFEST, "manifest-unfit")
        entries = manifest.get("files")
        if manifest.get("format") != MANIFEST_FORMAT or not isinstance(entries, list):
            raise Refused(MANIFEST, "manifest-unfit", f"It is not of the format {MANIFEST_FORMAT}.")
        for each in entries:
            name = _field(each, "name")
            if not isinstance(name, str) or name not in subjects:
                raise Refused(MANIFEST, "manifest-unfit", "It lists a file that the statement does not name.")
    except Refused as refused:
        report.add(refused.problem.file, refused.problem.code, refused.problem.message)
        return None
    return manifest


def _check_manifest(
    directory: Path, manifest: dict[str, Any], subjects: dict[str, str], changed: list[str], report: Report
) -> dict[str, int]:
    """Sizes, digests and rows; where changed files differ. Returns the rows counted in each file of lines."""
    entries = {each["name"]: each for each in manifest["files"]}
    rows: dict[str, int] = {}
    for name in changed:
        _locate(directory / name, name, entries.get(name, {}), report)
    for name, entry in entries.items():
        if entry.get("sha256") != subjects[name]:
            report.add(MANIFEST, "manifest-disagrees", f"Its digest of {shown(name)} is not the signed one.")
        path = directory / name
        if name in changed or path.is_symlink() or not path.is_file():
            continue
        if entry.get("bytes") != path.stat().st_size:
            report.add(MANIFEST, "manifest-disagrees", f"Its size of {shown(name)} is not that of the file.")
        if name.endswith(".jsonl"):
            rows[name] = _lines(path)
            if entry.get("rows") != rows[name]:
                report.add(
                    name, "rows-differ", f"It has {rows[name]} rows; the manifest says {entry.get('rows')!s:.20}."
                )
    return rows


def _check_counts(
    directory: Path,
    manifest: dict[str, Any],
    predicate: dict[str, Any],
    rows: dict[str, int],
    changed: list[str],
    report: Report,
) -> None:
    """What the statement says it counted, against what the files hold and the manifest repeats."""
    counts = predicate.get("counts")
    if not isinstance(counts, dict):
        report.add(ENVELOPE, "counts-differ", "The statement holds no counts.")
        return
    for name in ("organization", "project", "release", "frozen_at", "counts", "agreement"):
        if predicate.get(name) != manifest.get(name):
            report.add(MANIFEST, "manifest-disagrees", f"It does not say what the statement says of {name}.")
    if _field(predicate.get("ontology"), "digest") != _field(manifest.get("ontology"), "digest"):
        report.add(MANIFEST, "manifest-disagrees", "Its ontology is not the one that the statement names.")
    for what, name in _COUNTED.items():
        if name in rows and counts.get(what) != rows[name]:
            report.add(name, "counts-differ", f"It has {rows[name]} rows; {counts.get(what)!s:.20} {what} were signed.")
    people = "annotations.jsonl"
    if people in rows and people not in changed:
        found = _annotators(directory / people, report)
        if found is not None and found != counts.get("annotators"):
            report.add(
                people, "counts-differ", f"It names {found} annotators; {counts.get('annotators')!s:.20} were signed."
            )


def _annotators(path: Path, report: Report) -> int | None:
    people = set()
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                people.add(str(json.loads(line)["annotator"]))
            except (ValueError, KeyError, TypeError, RecursionError):
                report.add(path.name, "rows-differ", f"Line {number} is not an annotation.", line=number)
                return None
    return len(people)


def _locate(path: Path, name: str, entry: dict[str, Any], report: Report) -> None:
    """Say where a changed file differs first: the block, its bytes and its lines, and the line that is no JSON any more."""
    blocks, size = entry.get("blocks"), entry.get("block_bytes")
    if not isinstance(blocks, list) or not isinstance(size, int) or not 0 < size <= _DOCUMENT_BYTES_MAX:
        message = "Its digest is not the signed one."
        report.add(name, "changed", message, bytes=path.stat().st_size)
        return
    line, index = 1, 0
    with path.open("rb") as file:
        while True:
            block = file.read(size)
            if not block and index >= len(blocks):
                report.add(name, "changed", "Its digest is not the signed one.")
                return
            if index >= len(blocks):
                report.add(name, "changed", f"It goes on after its end, byte {index * size}.", byte=index * size)
                return
            if not block:
                report.add(name, "changed", f"It ends early, at byte {index * size}.", byte=index * size, block=index)
                return
            if hashlib.sha256(block).hexdigest() != blocks[index]:
                _tell(name, block, index, index * size, line, report)
                return
            line += block.count(b"\n")
            index += 1


def _tell(name: str, block: bytes, index: int, start: int, line: int, report: Report) -> None:
    span = f"bytes {start} to {start + len(block) - 1}"
    if not name.endswith(".jsonl"):
        report.add(name, "changed", f"It differs within {span}.", block=index, byte=start)
        return
    last = line + block.count(b"\n") - (1 if block.endswith(b"\n") else 0)
    lines = block.split(b"\n")
    # The first and the last piece may be parts of lines that began before the block or end after it.
    for number, piece in enumerate(lines[1:-1], line + 1) if start else enumerate(lines[:-1], line):
        try:
            json.loads(piece)
        except (ValueError, RecursionError):
            report.add(
                name, "changed", f"Line {number} is not JSON any more ({span}).", block=index, byte=start, line=number
            )
            return
    message = f"It differs within lines {line} to {last} ({span})."
    report.add(name, "changed", message, block=index, byte=start, line_first=line, line_last=last)


def _lines(path: Path) -> int:
    count = 0
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            count += block.count(b"\n")
    return count


# ------------------------------------------------------------------------------------------------------- reading safely --


def _document(path: Path, name: str) -> bytes:
    try:
        return _read_small(path, name, _DOCUMENT_BYTES_MAX)
    except FileNotFoundError:
        raise Refused(name, "missing", "It is not there.") from None


def _read_small(path: Path, name: str, limit: int) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise Refused(name, "not-a-file", "It is not a plain file.")
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise Refused(name, "too-large", f"It is larger than {limit} bytes.")
    return content


def _json(content: bytes, name: str, code: str) -> dict[str, Any]:
    """A JSON object, read strictly: UTF-8, no duplicate keys, no NaN. Hostile nesting and numbers are refused, not followed."""
    try:
        value = json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
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


def _no_constant(name: str) -> Any:
    raise ValueError(name)


# ---------------------------------------------------------------------------------------------------- Ed25519, RFC 8032 --

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]


def ed25519_verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is by `key` (32 bytes) over `message`. RFC 8032, section 5.1.7.

    Strict: S below the group's order and only canonical points, so that a signature cannot be rewritten into another one.
    """
    if len(key) != 32 or len(signature) != 64:
        return False
    public, half = _decompress(key), _decompress(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or half is None or scalar >= _L:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _L
    return _equal(_times(scalar, _BASE), _add(half, _times(hashed, public)))


def _add(p: _Point, q: _Point) -> _Point:
    """Extended twisted Edwards coordinates, RFC 8032 section 5.1.4."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(scalar: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _equal(p: _Point, q: _Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % _P == 0 and (p[1] * q[2] - q[1] * p[2]) % _P == 0


def _decompress(encoded: bytes) -> _Point | None:
    """RFC 8032 section 5.1.3; None for what is no point, or not its canonical encoding."""
    y = int.from_bytes(encoded, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


_BASE_POINT = _decompress((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
assert _BASE_POINT is not None
_BASE: _Point = _BASE_POINT


# ---------------------------------------------------------------------------------------------------------- the command --


def main(arguments: list[str] | None = None) -> int:
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="evenhand-verify", description="Check a release of labels offline.", epilog=_EPILOG
    )
    parser.add_argument("directory", type=Path, metavar="DIR", help="the unpacked release")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="the public key from your contract (PEM or hexadecimal)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    given = parser.parse_args(arguments)
    try:
        if not given.directory.is_dir():
            raise NotADirectoryError(f"{given.directory} is not a folder")
        report = verify(given.directory, given.key)
    except OSError as error:
        report = Report(str(given.directory), is_key_given=given.key is not None, exit_code=UNREADABLE)
        report.problems.append(
            Problem(str(error.filename or given.directory), "unreadable", error.strerror or str(error))
        )
    if given.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        _print(report)
    return report.exit_code


_EPILOG = (
    "Exit codes: 0 verified; 1 something differs from what was signed; 2 wrong usage; 3 signature or key refused; "
    "4 the folder cannot be read."
)


def _print(report: Report) -> None:
    for each in report.problems:
        print(f"{shown(each.file)}: {shown(each.message)}")
    if report.exit_code == VERIFIED:
        release = _field(report.release, "release") or {}
        print(
            f"Verified: release {shown(str(_field(release, 'number')))}, {report.files} files, as signed by {report.key_id}."
        )
        if note := _field(release, "note"):
            print(f"Its note, signed too: {shown(str(note))}")
        if not report.is_key_given:
            print("The key came with the files. Compare it with the one in your contract, or give that one with --key.")
    else:
        print({DIFFERS: "Not verified: what is named above differs from what was signed.",
               REFUSED: "Not verified: the signature is refused; nothing in this folder can be trusted.",
               UNREADABLE: "Not verified: the folder cannot be read."}[report.exit_code])  # fmt: skip


def shown(text: str) -> str:
    """Text from a release for a terminal: control characters, which could rewrite the line, are escaped."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


if __name__ == "__main__":
    sys.exit(main())
