"""Hostile statements: refused with their place and a remedy and nothing half-written, or contained where they may be true."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from parties import Scene, entity, holds, office, person, share

from evenhand.walls import bods
from web import Web
from world import World

RING = 10_000


@pytest.fixture
async def scene(world: World) -> Scene:
    return await Scene.of(world)


async def filed(web: Web, scene: Scene, statements: Any) -> tuple[Any, int]:
    """What filing answers, and by how many the register's version grew."""
    async with web.script(scene.operator.owner) as script:
        before = (await script.get("/walls/register")).json()["epoch"]
        answer = await script.post("/walls/statements", json={"statements": statements})
        after = (await script.get("/walls/register")).json()["epoch"]
    return answer, after - before


def interest(**more: Any) -> dict[str, Any]:
    return {**share(30), **more}


# ---------------------------------------------------------------------------------------------------------- refused --
@pytest.mark.parametrize(
    ("statements", "pointer", "code"),
    [
        (
            [holds("a", "b", interest(startDate="2026-03-01", endDate="2025-03-01"))],
            "/statements/0/recordDetails/interests/0/endDate",
            "reversed_dates",
        ),
        (
            [entity("a"), holds("a", "b", office(), interest(startDate="2026-03-01", endDate="2025-03-01"))],
            "/statements/1/recordDetails/interests/1/endDate",
            "reversed_dates",
        ),
        (
            [holds("a", "b", share(minimum=90, maximum=10))],
            "/statements/0/recordDetails/interests/0/share",
            "contradictory_share",
        ),
        (
            [holds("a", "b", {**share(1), "share": {"exact": 1, "minimum": 90}})],
            "/statements/0/recordDetails/interests/0/share",
            "contradictory_share",
        ),
        ([holds("a", "b", share(-1))], "/statements/0/recordDetails/interests/0/share/exact", "not_bods"),
        ([holds("a", "b", share(100.0001))], "/statements/0/recordDetails/interests/0/share/exact", "not_bods"),
        ([entity("rival ")], "/statements/0/recordId", "ambiguous_id"),
        ([entity("the\N{NO-BREAK SPACE}rival")], "/statements/0/recordId", "ambiguous_id"),
        ([entity(unicodedata.normalize("NFD", "Kün"))], "/statements/0/recordId", "ambiguous_id"),
        (
            [holds(unicodedata.normalize("NFD", "Kün"), "b", share(9))],
            "/statements/0/recordDetails/interestedParty",
            "ambiguous_id",
        ),
        ([entity("rival\N{HANGUL FILLER}")], "/statements/0/recordId", "invisible_characters"),
        ([entity("rival\N{VARIATION SELECTOR-16}")], "/statements/0/recordId", "invisible_characters"),
        ([entity("a", "Good\N{COMBINING GRAPHEME JOINER} Name")], "/statements/0/recordDetails/name", "invisible_characters"),
    ],
    ids=[
        *("reversed", "second reversed", "bounds reversed", "exact out of bounds", "negative", "more than all"),
        *("space at the end", "another space", "decomposed", "decomposed holder", "filler", "selector", "joiner"),
    ],
)  # fmt: skip
async def test_what_contradicts_itself_or_reads_as_another_is_refused_with_place_and_remedy(
    web: Web, scene: Scene, statements: Any, pointer: str, code: str
) -> None:
    answer, grown = await filed(web, scene, statements)

    assert answer.status_code == 422, answer.text
    [problem] = [each for each in answer.json()["problems"] if each["pointer"] == pointer]
    assert problem["code"] == code
    assert problem["remedy"]
    assert grown == 0


async def test_a_party_that_reads_as_another_cannot_be_named_in_a_conflict_either(web: Web, scene: Scene) -> None:
    lab = await scene.customer("lab")
    async with web.script(lab.owner) as script:
        answers = [
            await script.put("/walls/conflicts", json={"party": name})
            for name in ("rival ", "the\N{NO-BREAK SPACE}rival", unicodedata.normalize("NFD", "Kün"))
        ]

    assert [each.status_code for each in answers] == [422] * 3
    assert {each.json()["problems"][0]["pointer"] for each in answers} == {"/party"}


async def test_a_hundred_megabytes_are_refused_before_they_are_read(web: Web, scene: Scene) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'{"statements": ['
        for _ in range(100):
            sent += 1
            yield b" " * 1_048_576
        yield b"]}"

    async with web.script(scene.operator.owner) as script:
        streamed = await script.post("/walls/statements", content=body(), headers={"content-type": "application/json"})
        announced = await script.post(
            "/walls/statements",
            content=b"{}",
            headers={"content-type": "application/json", "content-length": str(100 * 1_048_576)},
        )

    for answer in (streamed, announced):
        assert (answer.status_code, answer.json()["code"]) == (413, "limit-reached"), answer.text
        assert answer.json()["hint"]
    assert sent < 20


async def test_depth_and_width_within_a_statement_end_at_a_refusal(web: Web, scene: Scene) -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = {"reason": deep}
    wide = holds("a", "b", *[share(1) for _ in range(2_000)])

    answers = [
        (await filed(web, scene, [{**holds("a", "b", share(1)), "annotations": deep}]))[0],
        (await filed(web, scene, [wide]))[0],
    ]

    assert [each.status_code for each in answers] == [422, 422]
    assert all(each.json()["problems"][0]["pointer"].startswith("/statements/0") for each in answers)


def test_without_the_check_of_contradictions_a_reversed_range_would_count_as_its_lower_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The saboteur: what the check keeps out is a stake of up to 90 % that would be read as 10 %."""
    from evenhand.walls.ownership import _bounds

    lax = holds("rival", "vendor", share(minimum=90, maximum=10))
    found = bods.problems([lax])

    monkeypatch.setattr(bods, "_contradictions", lambda _: iter(()))

    assert [each.code for each in found] == ["contradictory_share"]
    assert bods.problems([lax]) == []
    assert _bounds(lax["recordDetails"]["interests"][0]["share"])[0] == 0.1


# -------------------------------------------------------------------------------------------------------- contained --
async def test_an_interest_in_oneself_is_taken_and_ties_nobody(web: Web, scene: Scene) -> None:
    """A company may hold shares of its own."""
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"])
    await scene.works(vendor, lab)
    name = scene.name("vendor")

    answer, _ = await filed(web, scene, [entity(name), holds(name, name, share(60))])

    assert answer.status_code == 201, answer.text
    assert (await scene.world.services.walls.terms.walls(lab.owner.actor))["ties"] == []
    assert (await scene.world.services.work.holds.all(lab.owner.actor))["on_hold"] is False


async def test_one_record_twice_in_one_filing_is_its_last_statement(web: Web, scene: Scene) -> None:
    """As the standard has it: a record's statements follow each other, and one filing may tell its history."""
    record = f"stake-{uuid4().hex[:8]}"
    old, new = scene.name("old"), scene.name("new")
    first = holds(old, scene.name("vendor"), share(90), record=record)
    second = {**holds(new, scene.name("vendor"), share(2), record=record), "recordStatus": "updated"}

    answer, grown = await filed(web, scene, [first, second])
    async with web.script(scene.operator.owner) as script:
        standing = [
            each["recordDetails"]["interestedParty"]
            for each in (await script.get("/walls/register")).json()["statements"]
            if each["recordId"] == record
        ]

    assert (answer.status_code, grown) == (201, 1), answer.text
    assert standing == [new]


async def test_a_record_that_is_now_a_person_and_now_an_entity_holds_nobody_open(web: Web, scene: Scene) -> None:
    name = scene.name("chameleon")

    answers = [(await filed(web, scene, [made(name)]))[0] for made in (entity, person, entity)]

    assert [each.status_code for each in answers] == [201] * 3, [each.text for each in answers]


@pytest.mark.parametrize("owners", [600, pytest.param(RING, marks=pytest.mark.drill)])
async def test_a_ring_of_owners_is_filed_solved_and_walls(web: Web, scene: Scene, owners: int) -> None:
    """Each holds all of the next; whoever is anywhere in it holds of the vendor at least what its one owner holds."""
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["ring-0"])
    await scene.works(vendor, lab)
    names = [scene.name(f"ring-{number}") for number in range(owners)]
    links = [holds(name, names[(number + 1) % owners], share(100)) for number, name in enumerate(names)]
    links.append(holds(names[owners // 2], scene.name("vendor"), share(12)))

    for start in range(0, len(links), bods.STATEMENTS_MAX // 2):
        answer, _ = await filed(web, scene, links[start : start + bods.STATEMENTS_MAX // 2])
        assert answer.status_code == 201, answer.text

    held = await scene.world.services.work.holds.all(lab.owner.actor)
    assert held["on_hold"] is True
    [tie] = held["items"][-1]["chain"]
    assert tie["high"] >= 12.0, "of so many holders the strict bound counts, never less than what is held"
    assert len(json.dumps(held["items"][-1])) < 100_000, "what a page shows of it stays small"
