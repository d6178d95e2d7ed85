"""Statements of BODS 0.4: the standard's own examples are taken, its invalid ones refused with their place, hostile ones too."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from parties import entity, holds, person, share

from evenhand.core.canonical import read_json
from evenhand.core.errors import Malformed
from evenhand.walls import bods

VECTORS = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared")) / "data/vectors/bods"
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the vectors are not here")


def vectors(kind: str) -> dict[str, Any]:
    return {file.name: json.loads(file.read_text()) for file in sorted((VECTORS / kind).glob("*.json"))}


# ---------------------------------------------------------------------------------------------------- the standard --
@pytest.mark.check(10)
@needs_vectors
@pytest.mark.parametrize(("kind", "count"), [("examples", 19), ("valid", 111)])
def test_what_the_standard_calls_valid_is_taken_and_so_is_what_is_kept_of_it(kind: str, count: int) -> None:
    found = vectors(kind)

    assert len(found) == count
    assert {name: bods.problems(statements) for name, statements in found.items()} == {name: [] for name in found}
    kept = {name: [bods.reduced(each) for each in statements] for name, statements in found.items()}
    assert {name: bods.problems(statements) for name, statements in kept.items()} == {name: [] for name in found}


@pytest.mark.check(10)
@needs_vectors
def test_all_that_the_standard_calls_invalid_is_refused_with_the_statement_and_its_place() -> None:
    """All 192. A validator that knows no formats lets 16 of them pass, nine of which one that knows dates alone."""
    found = vectors("invalid")
    refused = {name: bods.problems(statements) for name, statements in found.items()}

    assert len(found) == 192
    assert [name for name, problems in refused.items() if not problems] == []
    for name, problems in refused.items():
        for each in problems:
            at = each.pointer.split("/")
            assert each.message.startswith(f"Statement {at[1]}" if len(at) > 1 else ("The array", "Statements")), name


@needs_vectors
@pytest.mark.saboteur(10)
def test_the_invalid_ones_see_a_validator_that_knows_no_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    validator = bods._validator.__wrapped__
    strict = jsonschema_rs.Draft202012Validator
    monkeypatch.setattr(
        jsonschema_rs,
        "Draft202012Validator",
        lambda *given, **named: strict(*given, **{**named, "validate_formats": False}),
    )
    monkeypatch.setattr(bods, "_validator", cache(validator))

    with pytest.raises(AssertionError):
        test_all_that_the_standard_calls_invalid_is_refused_with_the_statement_and_its_place()


def test_a_refusal_names_the_statement_and_the_place() -> None:
    wrong = holds("a", "b", {"type": "shareholding", "share": {"exact": 101}})

    [problem] = bods.problems([entity("a"), wrong])

    assert problem.pointer == "/1/recordDetails/interests/0/share/exact"
    assert problem.message.startswith(f"Statement 1 ({wrong['statementId']}): 101 is greater than the maximum of 100")


# ----------------------------------------------------------------------------------------------------- what is kept --
def test_nothing_personal_is_kept_and_what_is_kept_says_the_same_of_ownership() -> None:
    chief = person("chief", source={"assertedBy": [{"name": "Somebody Known"}]})
    chief["recordDetails"] |= {"addresses": [{"type": "residence", "address": "Her street", "country": {"name": "X"}}]}
    stake = holds("chief", "vendor", {**share(30), "details": "a gift of her uncle's"})

    kept = [bods.reduced(each) for each in (chief, stake)]

    text = json.dumps(kept)
    for secret in ("Name of", "1978", "Somebody Known", "Her street", "uncle"):
        assert secret not in text
    assert kept[0]["recordDetails"] == {"isComponent": False, "personType": "knownPerson"}
    assert kept[1]["recordDetails"]["interests"] == [share(30)]


def test_a_commitment_is_of_the_salt_and_of_every_part_of_the_statement() -> None:
    chief = person("chief")

    made = bods.commitment(b"s" * 16, chief)

    assert made == bods.commitment(b"s" * 16, dict(reversed(chief.items())))
    assert made != bods.commitment(b"t" * 16, chief)
    assert made != bods.commitment(b"s" * 16, {**chief, "statementDate": "2026-03-02"})


# ---------------------------------------------------------------------------------------------------------- hostile --
def test_one_id_twice_ids_that_read_as_others_and_ids_without_end_are_refused() -> None:
    twin = entity("a")
    cases = {
        "/1/statementId": [twin, {**entity("b"), "statementId": twin["statementId"]}],
        "/0/recordId": [entity("vendor\N{RIGHT-TO-LEFT OVERRIDE}x")],
        "/0/recordDetails/name": [entity("a", "Good\x07 Name")],
        "/0/recordDetails/interestedParty": [holds("lab\N{ZERO WIDTH SPACE}", "b", share(1))],
    }

    for pointer, statements in cases.items():
        assert pointer in [each.pointer for each in bods.problems(statements)], pointer
    assert [each.code for each in bods.problems([entity("x" * 300)])] == ["bad_id"]


@pytest.mark.parametrize(
    "statements",
    [None, {}, "[]", 7, [None], [[]], ["x"], [{}], [{"recordType": "person"}], [{"statementId": {}}], [[[[[]]]]]],
    ids=str,
)
def test_what_is_no_array_of_statements_is_refused_and_never_crashes(statements: Any) -> None:
    assert bods.problems(statements) != []


def test_sizes_are_bounded() -> None:
    many = [entity(f"e{number}") for number in range(bods.STATEMENTS_MAX + 1)]
    long = entity("a", "n" * bods.STATEMENT_BYTES_MAX)
    broken = [{**entity("a"), "recordType": "nothing"} for _ in range(200)]

    assert [each.code for each in bods.problems(many)] == ["too_many"]
    assert [each.code for each in bods.problems([long])] == ["too_large"]
    assert len(bods.problems(broken)) == bods.PROBLEMS_MAX


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": NaN}]',
        '[{"a": 1e999}]',
        '[{"a": 123456789012345678901234567890}]',
        "[" * 500 + "]" * 500,
        '[{"a":1,"a":2}]',
    ],
    ids=["not a number", "infinite", "huge", "deep", "twice"],
)
def test_what_json_cannot_hold_is_refused_before_the_schema_sees_it(text: str) -> None:
    with pytest.raises(Malformed):
        read_json(text)


def test_a_refusal_does_not_carry_back_what_would_turn_its_text_around() -> None:
    wrong = {**entity("a"), "recordType": "per\N{RIGHT-TO-LEFT OVERRIDE}son" + "x" * 5000}

    problems = bods.problems([wrong])

    assert problems
    for each in problems:
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in each.message
        assert len(each.message) < 400
