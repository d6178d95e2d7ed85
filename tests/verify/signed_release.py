"""A small signed release, laid out in a folder as delivery.building does."""

import hashlib
import json

from evenhand.delivery.statement import envelope, key_id, manifest_bytes, public_key, public_key_pem, statement
from evenhand.delivery.verify_page import verify_page

SEED = bytes(range(32))
BLOCK_BYTES = 256


def lines_of(rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def data_files():
    tasks = range(20)
    return {
        "items.jsonl": lines_of({"task": f"t{n}", "inputs": {"text": f"Letter {n}."}} for n in tasks),
        "annotations.jsonl": lines_of(
            {"task": f"t{n}", "annotator": f"a{who}", "answers": [{"question": "q", "value": "yes"}]}
            for n in tasks
            for who in range(2)
        ),
        "labels.jsonl": lines_of({"task": f"t{n}", "question": "q", "value": "yes"} for n in tasks),
        "labels.parquet": b"PAR1" + bytes(range(256)) * 3 + b"PAR1",
    }


def entry(name, content):
    blocks = [content[at : at + BLOCK_BYTES] for at in range(0, len(content), BLOCK_BYTES)]
    return {
        "name": name,
        "media_type": "application/octet-stream",
        "bytes": len(content),
        "rows": content.count(b"\n") if name.endswith(".jsonl") else 20,
        "sha256": hashlib.sha256(content).hexdigest(),
        "block_bytes": BLOCK_BYTES,
        "blocks": [hashlib.sha256(block).hexdigest() for block in blocks],
    }


def write_release(folder, seed=SEED, change_manifest=None, change_statement=None):
    """Lay a release out as delivery.building does."""
    folder.mkdir(parents=True, exist_ok=True)
    data = data_files()
    manifest = {
        "format": "evenhand-release/1",
        "release": {"id": "r1", "number": 7, "include": "done", "note": "For the \x1b[31mpilot"},
        "project": "p1",
        "organization": "o1",
        "frozen_at": "2026-03-01T10:00:00.000Z",
        "software": "evenhand 0.1",
        "ontology": {"version": 1, "digest": "sha256:aa", "body": {}},
        "guideline_version": 1,
        "counts": {"tasks": 20, "annotations": 40, "labels": 20, "annotators": 2},
        "agreement": [],
        "losses": [],
        "files": [entry(name, content) for name, content in data.items()],
    }
    if change_manifest:
        change_manifest(manifest)
    papers = {
        "manifest.json": manifest_bytes(manifest),
        "public-key.pem": public_key_pem(seed),
        "VERIFY.md": verify_page(key_id(public_key(seed))),
    }
    every = {**data, **papers}
    predicate = {name: manifest[name] for name in manifest if name not in ("files", "losses")}
    predicate["ontology"] = {"version": 1, "digest": "sha256:aa"}
    said = statement(
        [{"name": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in every.items()], predicate
    )
    if change_statement:
        change_statement(said)
    every["release.dsse.json"] = json.dumps(envelope(said, seed), indent=1).encode() + b"\n"
    for name, content in every.items():
        (folder / name).write_bytes(content)
    return folder
