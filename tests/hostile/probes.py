"""The 41 bad requests that the peer of our benchmarks was measured with, translated to our API one by one, same names.

Each says which status it gets: 4xx, or 2xx where what was asked is done, and harmless.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from refusals import Target

API = "/api/v1"
UNKNOWN = "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"


class Probe(NamedTuple):
    """One request. role: whose."""

    name: str
    status: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None
    role: str = "owner"


def probes(target: Target) -> Iterator[Probe]:
    yield from _imports(target)
    yield from _uploads(target)
    yield from _ontologies()
    yield from _answers(target)
    yield from _addresses(target)


def _imports(target: Target) -> Iterator[Probe]:
    def tasks(name: str, status: int, body: bytes) -> Probe:
        return Probe(name, status, "POST", f"{target.project}/tasks", _json(), body)

    yield tasks("malformed JSON import", 422, b'[{"text": "a"')
    yield tasks("import: a number", 422, b"42")
    yield tasks("import: empty list", 422, b"[]")
    yield tasks("import: rows lack the field", 422, b'[{"txt": "a"}]')
    yield tasks("import: one bad row of two", 200, b'[{"text": "ok"}, 7]')
    yield tasks("import: invalid UTF-8", 422, b'[{"text": "\xff\xfe"}]')
    yield tasks("import: NUL character", 422, b'[{"text": "a\\u0000b"}]')
    yield tasks("import: lone surrogate", 422, b'[{"text": "\\ud800"}]')
    yield tasks("import: NaN", 422, b'[{"text": NaN}]')
    yield tasks("import: 1 MB string", 200, json.dumps([{"text": "x" * 1_000_000}]).encode())
    yield tasks("import: deep nesting", 422, b"[" * 20_000 + b"]" * 20_000)


def _uploads(target: Target) -> Iterator[Probe]:
    """What is dropped is sent as a body; its name is a parameter and never a path, so the first two are batches with odd names."""

    def upload(name: str, status: int, batch: str, media_type: str, body: bytes) -> Probe:
        return Probe(name, status, "POST", f"{target.project}/tasks?batch={batch}", {"content-type": media_type}, body)

    yield upload("upload: path traversal name", 200, "../../../../evil.csv", "text/csv", b"text\nhello\n")
    yield upload("upload: encoded traversal", 200, "..%252f..%252fevil.csv", "text/csv", b"text\nhello\n")
    yield upload("upload: .exe", 415, "a.exe", "application/x-msdownload", b"MZ")
    yield upload("upload: .html with script", 415, "a.html", "text/html", b"<script>alert(1)</script>")
    yield upload("upload: CSV, invalid UTF-8", 422, "b.csv", "text/csv", b"text\n\xff\xfe\xfa\n")
    yield upload("upload: JSON, malformed", 422, "b.json", "application/json", b'{"text":')


def _ontologies() -> Iterator[Probe]:
    def made(name: str, status: int, ontology: Any) -> Probe:
        body = json.dumps({"name": "probe", "ontology": ontology}).encode()
        return Probe(name, status, "POST", f"{API}/projects", _json(), body)

    whole = {"format": "evenhand-ontology/1", "name": "probe", "language": "en"}
    text = {"name": "text", "kind": "text"}
    choice = {"name": "a", "kind": "choice", "settings": {"options": [{"value": "x"}]}}
    entities = '<!DOCTYPE a [<!ENTITY x "aaaa"><!ENTITY y "&x;&x;">]><View><Text name="t" value="&y;"/></View>'
    external = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><View><Text name="t" value="&x;"/></View>'
    yield made("config: not XML", 422, "not an ontology <")
    yield made(
        "config: unknown tag", 422, {**whole, "inputs": [{"name": "a", "kind": "nonsense"}], "questions": [choice]}
    )
    missing = {**choice, "target": {"input": "missing"}}
    yield made("config: control without object", 422, {**whole, "inputs": [text], "questions": [missing]})
    yield made("config: entity expansion", 422, entities)
    yield made("config: external entity", 422, {**whole, "inputs": external, "questions": []})


def _answers(target: Target) -> Iterator[Probe]:
    def answer(name: str, status: int, body: Any, task: str = target.task) -> Probe:
        path = f"{target.project}/tasks/{task}/annotations"
        return Probe(name, status, "POST", path, _json(), json.dumps(body).encode(), "annotator")

    def said(*answers: Any) -> dict[str, Any]:
        return {"ontology_version": 1, "answers": list(answers)}

    yes = {"question": "label", "value": "yes"}
    yield answer("answer: unknown label", 422, said({"question": "label", "value": "NoSuchLabel"}))
    yield answer("answer: unknown control", 422, said(yes, {"question": "zzz", "value": "a"}))
    yield answer("answer: result is a string", 422, {"ontology_version": 1, "answers": "hello"})
    yield answer("answer: result is nonsense", 422, said(1, 2, {"x": None}))
    yield answer("answer: two labels in single choice", 422, said({"question": "label", "value": ["yes", "no"]}))
    yield answer("answer: no result key", 422, {})
    yield answer("answer: unknown task", 404, said(yes), UNKNOWN)


def _addresses(target: Target) -> Iterator[Probe]:
    def get(name: str, status: int, path: str, headers: Mapping[str, str] | None = None, role: str = "owner") -> Probe:
        return Probe(name, status, "GET", path, headers or {}, None, role)

    yield get("SQL-ish task id", 422, f"{target.project}/tasks/1%20OR%201=1")
    yield get("SQL-ish ordering", 422, f"{target.project}/tasks?cursor=id;drop%20table%20task")
    title = b'{"name": "x\'); DROP TABLE task;--", "preset": {"preset": "text-classification"}}'
    yield Probe("SQL-ish title", 201, "POST", f"{API}/projects", _json(), title)
    yield get("no auth", 401, f"{API}/projects", role="anonymous")
    yield get("wrong auth", 401, f"{API}/projects", {"authorization": "Bearer evh_0000"}, "anonymous")
    yield get("wrong scheme", 401, f"{API}/projects", {"authorization": "Token xyz"}, "anonymous")
    wrong = {"content-type": "application/xml"}
    yield Probe("wrong content type", 415, "POST", f"{target.project}/tasks", wrong, b"<a/>")
    yield get("unknown address", 404, f"{API}/nothing-here")
    yield Probe("method not allowed", 405, "DELETE", f"{target.project}/claim", {}, None)
    body = b'{"include": "NOPE"}'
    yield Probe("export: unknown format", 422, "POST", f"{target.project}/releases", _json(), body)
    yield get("export: traversal id", 404, f"{API}/releases/{target.release}/files/../../../../etc/passwd")
    yield get("export: encoded traversal", 404, f"{API}/releases/{target.release}/files/%2e%2e%2f%2e%2e%2fetc%2fpasswd")


def _json() -> dict[str, str]:
    return {"content-type": "application/json"}
