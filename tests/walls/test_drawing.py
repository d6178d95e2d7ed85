"""A chain is drawn from the statements that make it: who holds what of whom, in the standard's own words."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from evenhand.walls.drawing import drawn

EXAMPLES = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared")) / "data/vectors/bods/examples"
STAKE = {"type": "shareholding", "share": {"exact": 49}}
NO_VOTES = {"type": "votingRights", "share": {"exact": 0}}
OFFICE = {"type": "seniorManagingOfficial"}


def entity(id_: str, name: str | None = None) -> dict[str, Any]:
    return {
        "statementId": f"s-{id_}",
        "recordId": id_,
        "recordType": "entity",
        "recordDetails": {"isComponent": False, "entityType": {"type": "registeredEntity"}, "name": name},
    }


def person(id_: str) -> dict[str, Any]:
    details = {"isComponent": False, "personType": "knownPerson"}
    return {"statementId": f"s-{id_}", "recordId": id_, "recordType": "person", "recordDetails": details}


def relationship(id_: str, holder: Any, held: str, *interests: dict[str, Any]) -> dict[str, Any]:
    details = {"isComponent": False, "subject": held, "interestedParty": holder, "interests": list(interests)}
    return {"statementId": id_, "recordId": f"r-{id_}", "recordType": "relationship", "recordDetails": details}


def link(holder: str, subject: str, high: float, *statements: str) -> dict[str, Any]:
    return {
        "holder": holder,
        "subject": subject,
        "kind": "share",
        "low": high,
        "high": high,
        "statements": list(statements),
    }


def test_shares_and_offices_are_drawn_as_the_statements_say() -> None:
    statements = [
        entity("buyer", "Buyer"),
        entity("vendor", "Vendor"),
        person("p"),
        relationship("b", "p", "buyer", OFFICE),
        relationship("c", "p", "vendor", {**OFFICE, "endDate": "2026-03-01"}),
    ]

    parties, links = drawn(
        statements, [link("p", "buyer", 100, "b"), link("p", "vendor", 100, "c")], ["buyer", "vendor"]
    )

    assert [(each["id"], each["name"], each["kind"]) for each in parties] == [
        ("buyer", "Buyer", "entity"),
        ("vendor", "Vendor", "entity"),
        ("p", None, "person"),
    ]
    assert [(each["holder"], each["held"], each["percent"], each["ended"]) for each in links] == [
        ("p", "buyer", None, None),
        ("p", "vendor", None, "2026-03-01"),
    ]


def test_what_else_is_filed_between_the_same_parties_is_drawn_beside_the_chain() -> None:
    statements = [relationship("a", "buyer", "vendor", STAKE, NO_VOTES), relationship("b", "buyer", "somebody", STAKE)]

    _, links = drawn(statements, [link("p", "vendor", 100, "x")], ["buyer", "vendor"])

    assert [(each["holder"], each["held"], each["percent"], each["counts"]) for each in links] == [
        ("p", "vendor", None, True),
        ("buyer", "vendor", 49, False),
    ]
    assert links[1]["votes"] == 0


def test_holdings_that_add_up_are_drawn_as_what_the_chain_counts() -> None:
    stakes = [relationship(id_, "a", "b", {"type": "shareholding", "share": {"exact": 6}}) for id_ in ("x", "y")]

    _, [found] = drawn(stakes, [link("a", "b", 12, "x", "y")], ["a", "b"])

    assert (found["percent"], found["statements"]) == (12, ["x", "y"])


@pytest.mark.parametrize(
    ("share", "percent"),
    [({"exact": 12}, 12), ({"minimum": 10, "maximum": 25}, 25), ({"exclusiveMaximum": 5}, 5), ({}, None), (None, None)],
    ids=["exact", "range", "below", "empty", "none"],
)
def test_a_share_is_drawn_as_the_most_that_it_may_be(share: dict[str, Any] | None, percent: float | None) -> None:
    filed = [relationship("a", "x", "y", {"type": "shareholding", "share": share})]

    [found] = drawn(filed, [link("x", "y", 100, "a")], ["x", "y"])[1]

    assert (found["percent"], found["is_share"]) == (percent, True)


def test_what_is_not_known_any_more_is_drawn_by_its_ids() -> None:
    parties, [found] = drawn([], [link("x", "y", 12, "gone")], ["x", "y"])

    assert [(each["id"], each["name"]) for each in parties] == [("x", None), ("y", None)]
    assert (found["interests"], found["statements"]) == (["unknownInterest"], ["gone"])


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the standard's examples are not here")
def test_every_example_of_the_standard_can_be_drawn() -> None:
    for file in sorted(EXAMPLES.glob("*.json")):
        statements = json.loads(file.read_text())
        wanted = [each for each in statements if each["recordType"] == "relationship"]
        pairs = [(each["recordDetails"]["interestedParty"], each["recordDetails"]["subject"]) for each in wanted]
        ends = {name for pair in pairs for name in pair if isinstance(name, str)}

        parties, links = drawn(statements, [], ends)

        assert {each["id"] for each in parties} == ends
        assert len(links) == sum(isinstance(holder, str) for holder, _ in pairs)
