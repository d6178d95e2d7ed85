"""Every JSON body of the API under everything a stranger may put into one: each answer is a refusal with place and remedy.

The bodies are the published examples, spoiled one way at a time.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from refusals import Target, check_refusal

from evenhand.http.contract import REF
from published import DOCUMENT, OPERATIONS


def example_of(name: str) -> Any:
    media = OPERATIONS[name][2].get("requestBody", {}).get("content", {}).get("application/json", {})
    shape = media.get("schema", {}).get("$ref", "").removeprefix(REF)
    return media.get("example") or DOCUMENT["components"]["schemas"].get(shape, {}).get("examples", [None])[0]


# Imports have rows instead of a body; test_rows.py is theirs.
WITH_BODY = [name for name in OPERATIONS if isinstance(example_of(name), dict)]


def first_text(body: Any, replace: Callable[[str], str]) -> bytes:
    """The body's bytes with its first text value replaced by raw JSON."""
    done = False

    def walk(value: Any) -> Any:
        nonlocal done
        if isinstance(value, str) and not done:
            done = True
            return "\ue000"
        if isinstance(value, dict):
            return {key: walk(each) for key, each in value.items()}
        return [walk(each) for each in value] if isinstance(value, list) else value

    # A body without any text gets one more field; that it is unknown is a refusal of its own.
    marked = walk(body)
    text = json.dumps(marked if done else {**body, "text": "\ue000"}, ensure_ascii=False)
    return text.replace('"\ue000"', replace("text")).encode("utf-8", "surrogatepass")


def whole(body: Any) -> bytes:
    return json.dumps(body).encode()


SPOILED: dict[str, Callable[[Any], bytes]] = {
    "a NUL": lambda body: first_text(body, lambda _: '"a\\u0000b"'),
    "a lone surrogate": lambda body: first_text(body, lambda _: '"\\ud800"'),
    "NaN": lambda body: first_text(body, lambda _: "NaN"),
    "Infinity": lambda body: first_text(body, lambda _: "-Infinity"),
    "a number beyond floats": lambda body: first_text(body, lambda _: "1e999"),
    "a number of 5,000 digits": lambda body: first_text(body, lambda _: "9" * 5000),
    "an integer beyond 2^53": lambda body: first_text(body, lambda _: "9007199254740993"),
    "deep lists": lambda body: first_text(body, lambda _: "[" * 20_000 + "]" * 20_000),
    "deep objects": lambda body: first_text(body, lambda _: '{"a":' * 5_000 + "1" + "}" * 5_000),
    "70 levels": lambda body: first_text(body, lambda _: "[" * 70 + "]" * 70),
    "an object for a text": lambda body: first_text(body, lambda _: '{"a": ["b"]}'),
    "a duplicate key": lambda body: whole(body).rstrip(b"}") + b', "x": 1, "x": 2}' + b"}" * nesting(body),
    "an unknown field": lambda body: whole({**body, "surprise": True}),
    "invalid UTF-8": lambda body: whole(body).replace(b'"', b'"\xff', 1),
    "UTF-16": lambda body: json.dumps(body).encode("utf-16"),
    "a body that breaks off": lambda body: whole(body)[:-2],
    "two bodies": lambda body: whole(body) * 2,
    "a list": lambda body: whole([body]),
    "null": lambda _: b"null",
    "a text": lambda _: b'"hello"',
    "nothing": lambda _: b"",
    "a million bytes of brackets": lambda _: b"[" * 1_000_000,
    "zeros": lambda _: b"\0" * 1000,
}


def nesting(body: Any) -> int:
    """How many closing brackets `rstrip` took besides the outermost."""
    text = whole(body)
    return len(text) - len(text.rstrip(b"}")) - 1


def address(name: str, target: Target) -> tuple[str, str]:
    method, path, _ = OPERATIONS[name]
    project = target.project.rsplit("/", 1)[1]
    known = {"project_id": project, "task_id": target.own_task, "release_id": target.release}
    for hole in ("person_id", "key_id", *(part[1:-1] for part in path.split("/") if part.startswith("{"))):
        path = path.replace("{" + hole + "}", known.get(hole, "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"))
    return method, path


def send(client: httpx.Client, name: str, target: Target, body: bytes, **headers: str) -> httpx.Response:
    method, path = address(name, target)
    return client.request(method, path, content=body, headers={"content-type": "application/json", **headers})


@pytest.mark.parametrize("spoiling", SPOILED)
@pytest.mark.parametrize("name", WITH_BODY)
def test_a_spoiled_body_is_refused(name: str, spoiling: str, target: Target, clients: dict[str, httpx.Client]) -> None:
    body = SPOILED[spoiling](example_of(name))

    answer = send(clients["owner"], name, target, body)

    if name == "check_ontology" and answer.status_code == 200:
        assert answer.json()["problems"], "says that a spoiled ontology is sound"
    else:
        check_refusal(answer)


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_of_another_kind_is_refused(name: str, target: Target, clients: dict[str, httpx.Client]) -> None:
    body, owner = whole(example_of(name)), clients["owner"]
    form = "multipart/form-data; boundary=x"

    for kind in (
        "application/xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        form,
        "",
        "/",
        "application/xml+json",
    ):
        check_refusal(send(owner, name, target, body, **{"content-type": kind}), 415)
    for coding in ("gzip", "br", "x-nonsense"):
        check_refusal(send(owner, name, target, gzip.compress(body), **{"content-encoding": coding}), 415)


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_text_of_a_million_characters_is_refused_or_taken_whole(
    name: str, target: Target, clients: dict[str, httpx.Client]
) -> None:
    body = first_text(example_of(name), lambda _: json.dumps("x" * 1_000_000))

    answer = send(clients["owner"], name, target, body)

    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        check_refusal(answer)


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(target: Target, clients: dict[str, httpx.Client]) -> None:
    answer = send(clients["owner"], "create_project", target, b" " * (16 * 1024 * 1024 + 1))

    check_refusal(answer, 413)


def test_every_defect_of_a_body_is_named_at_once_with_its_pointer(clients: dict[str, httpx.Client]) -> None:
    body = b'{"name": "a\\u0000b", "ontology": {"list": [1e999, "\\ud800"]}}'

    answer = clients["owner"].post("/api/v1/projects", content=body, headers={"content-type": "application/json"})

    document = check_refusal(answer, 422)
    found = {(each["pointer"], each["code"]) for each in document["problems"]}  # type: ignore[attr-defined]
    assert found == {
        ("/name", "nul_character"),
        ("/ontology/list/0", "bad_number"),
        ("/ontology/list/1", "lone_surrogate"),
    }


WRONG_TYPES: dict[str, list[object]] = {
    "integer": [True, "5", 5.5],
    "number": [True, "0.5"],
    "boolean": [1, 0, "true"],
    "date-time": [True, 1_900_000_000],
}


def typed_fields() -> list[tuple[str, str, object]]:
    """Every number, switch and time directly in a body that a model reads, with each value of another type."""
    found: list[tuple[str, str, object]] = []
    for name in WITH_BODY:
        schema = OPERATIONS[name][2]["requestBody"]["content"]["application/json"]["schema"]
        shape = DOCUMENT["components"]["schemas"][schema["$ref"].removeprefix(REF)]
        for field, declared in shape["properties"].items():
            types = [each.get("format", each.get("type")) for each in declared.get("anyOf", [declared])]
            if len(types) == 1 or ("null" in types[1:] and len(types) == 2):
                found.extend((name, field, value) for value in WRONG_TYPES.get(types[0], []))
    return found


@pytest.mark.parametrize(("name", "field", "value"), typed_fields())
def test_true_is_no_number_and_a_text_is_neither_a_number_nor_a_switch(
    name: str, field: str, value: object, target: Target, clients: dict[str, httpx.Client]
) -> None:
    answer = send(clients["owner"], name, target, whole({**example_of(name), field: value}))

    document = check_refusal(answer, 422)
    assert [each["pointer"] for each in document["problems"]] in ([f"/{field}"], [""])  # type: ignore[attr-defined]


def test_settings_of_a_project_are_refused_with_place_and_remedy(
    target: Target, clients: dict[str, httpx.Client]
) -> None:
    settings = {"suggestions_hidden": True, "opinions": "5", "submit_on_pick": 1, "lease_seconds": 30.5}

    answer = clients["owner"].patch(target.project, json=settings)

    problems: Any = check_refusal(answer, 422)["problems"]
    assert {each["pointer"]: each["remedy"] for each in problems} == {
        "/suggestions_hidden": "Send a number, without quotes.",
        "/opinions": "Send a whole number, without quotes.",
        "/submit_on_pick": "Send true or false, without quotes.",
        "/lease_seconds": "Send a whole number, without quotes.",
    }


def test_true_is_no_priority_of_tasks(target: Target, clients: dict[str, httpx.Client]) -> None:
    change = {"ids": [target.own_task], "action": "priority", "value": True}

    answer = clients["owner"].post(f"{target.project}/tasks/bulk", json=change)

    problems: Any = check_refusal(answer, 422)["problems"]
    assert [each["pointer"] for each in problems] == ["/value"]


def test_a_whole_number_may_be_written_with_a_point(target: Target, clients: dict[str, httpx.Client]) -> None:
    answer = clients["owner"].patch(
        target.project, content=b'{"opinions": 1.0}', headers={"content-type": "application/json"}
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["opinions"] == 1
