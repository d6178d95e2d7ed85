"""Walls over HTTP: what is hostile is refused with its place, nobody learns of anybody else, documents come byte for byte."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from parties import Scene, entity, holds, share

from evenhand.core.canonical import canonical_json
from web import Web
from world import World


@pytest.fixture
async def scene(world: World) -> Scene:
    return await Scene.of(world)


@pytest.mark.parametrize(
    ("statements", "pointer"),
    [
        ([{}], "/statements/0"),
        ([{**entity("a"), "recordType": "nothing"}], "/statements/0/recordType"),
        ([entity("a"), holds("a", "b", share(101))], "/statements/1/recordDetails/interests/0/share/exact"),
        ([entity("a\N{RIGHT-TO-LEFT OVERRIDE}b")], "/statements/0/recordId"),
        ([[]], "/statements/0"),
        ("[]", "/statements"),
        (
            [{**entity("a"), "annotations": [{"motivation": "linking", "statementPointerTarget": ""}]}],
            "/statements/0/annotations/0",
        ),
        ([entity("a", "n" * 20_000)], "/statements/0"),
    ],
    ids=["empty", "kind", "share", "turned around", "no object", "no array", "annotation", "long"],
)
async def test_a_hostile_filing_is_refused_with_its_place_and_changes_nothing(
    web: Web, scene: Scene, statements: Any, pointer: str
) -> None:
    async with web.script(scene.operator.owner) as script:
        before = (await script.get("/walls/register")).json()["epoch"]
        answer = await script.post("/walls/statements", json={"statements": statements})
        after = (await script.get("/walls/register")).json()["epoch"]

    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "malformed"
    assert pointer in [each["pointer"] for each in answer.json()["problems"]]
    assert after == before


async def test_numbers_that_are_none_and_endless_depths_never_reach_the_register(web: Web, scene: Scene) -> None:
    bodies = [
        b'{"statements": [{"recordDetails": {"share": NaN}}]}',
        b'{"statements": [{"recordDetails": {"share": 1e999}}]}',
        b'{"statements": ' + b"[" * 3000 + b"]" * 3000 + b"}",
        b'{"statements": [{"a": 1, "a": 2}]}',
    ]
    async with web.script(scene.operator.owner) as script:
        for body in bodies:
            answer = await script.post("/walls/statements", content=body, headers={"content-type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), answer.text


async def test_a_filing_sent_again_is_one(web: Web, scene: Scene) -> None:
    body = {"statements": [entity(scene.name("a")), holds(scene.name("a"), scene.name("b"), share(30))]}
    async with web.script(scene.operator.owner) as script:
        first = await script.post("/walls/statements", json=body, headers={"idempotency-key": "once"})
        second = await script.post("/walls/statements", json=body, headers={"idempotency-key": "once"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json()["epoch"] == first.json()["epoch"]


async def test_one_customer_cannot_tell_another_from_nobody(web: Web, scene: Scene) -> None:
    lab, rival = await scene.customer("lab", against=["rival"]), await scene.customer("rival", against=["lab"])
    nobody = "019e5b34-6d2e-7c51-9f0a-000000000000"
    async with web.script(lab.owner) as script:
        answers = [
            await script.put(f"/walls/parties/{each}", json={"record_id": "x"}) for each in (str(rival.id), nobody)
        ]
        told = [
            (await script.put("/walls/conflicts", json={"party": scene.name(each)})).json()
            for each in ("rival", "nobody")
        ]
        own = (await script.get("/walls")).json()
        challenges = (await script.get("/walls/challenges/open")).json()["items"]

    assert {each.status_code for each in answers} == {404}
    assert {each.json()["detail"].replace(str(rival.id), nobody) for each in answers} == {answers[1].json()["detail"]}
    assert told[0].keys() == told[1].keys()
    assert {each["party"] for each in own["conflicts"]} == {scene.name("rival"), scene.name("nobody")}
    assert (own["ties"], challenges) == ([], [])
    assert str(rival.id) not in str(own)


async def test_a_wall_document_comes_byte_for_byte_as_its_digest_says(web: Web, scene: Scene) -> None:
    lab = await scene.customer("lab", against=["rival", "another"])
    async with web.script(lab.owner) as script:
        first = (await script.get("/walls/documents", params={"limit": 1})).json()
        second = (await script.get("/walls/documents", params={"limit": 1, "cursor": first["next_cursor"]})).json()
        newest = await script.get(f"/walls/documents/{first['items'][0]['version']}")
        missing = await script.get("/walls/documents/999")

    assert hashlib.sha256(newest.content).hexdigest() == first["items"][0]["sha256"]
    assert canonical_json(newest.json()) == newest.content
    assert [each["version"] for each in (*first["items"], *second["items"])] == [2, 1]
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/walls/policy", {"notice_percent": 20, "wall_percent": 10}),
        ("/walls/policy", {"wall_percent": 0}),
        ("/walls/policy", {"wall_percent": "10"}),
        ("/walls/policy", {"on_change": "ignore"}),
        ("/walls/conflicts", {"party": ""}),
        ("/walls/conflicts", {"party": "a\u0000b"}),
        ("/walls/conflicts", {"party": "lab\N{ZERO WIDTH SPACE}two"}),
        ("/walls/conflicts", {"party": "x", "basis": "Says More Than A Word\n"}),
    ],
    ids=["order", "zero", "text", "unknown", "nameless", "nul", "invisible", "basis"],
)
async def test_terms_that_make_no_sense_are_refused(web: Web, scene: Scene, path: str, body: dict[str, Any]) -> None:
    lab = await scene.customer("lab")
    async with web.script(lab.owner) as script:
        answer = await script.put(path, json=body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["problems"]
