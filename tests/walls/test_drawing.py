"""A chain is drawn from the statements that make it: who holds what of whom, in the standard's own words."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from evenhand.walls.drawing import drawn

EXAMPLES = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared")) / "data/vectors/bods/examples"


def entity(id_: str, name: str | None = None) -> dict[str, Any]:
    return {
        "statementId": f"s-{id_}",
        "recordId": id_,
        "recordType": "entity",
        "recordDetails": {"isComponent": False, "entityType": {"type": "registeredEntity"}, "name": name},
    }


def relationship(id_: str, holder: Any, held: str, *interests: dict[str, Any]) -> dict[str, Any]:
    return {
        "statementId": id_,
        "recordId": f"r-{id_}",
        "recordType": "relationship",
        "recordDetails": {
            "isComponent": False,
            "subject": held,
            "interestedParty": holder,
            "interests": list(interests),
        },
    }


def test_shares_and_offices_are_drawn_as_the_statements_say() -> None:
    officer = {
        "statementId": "s-p",
        "recordId": "p",
        "recordType": "person",
        "recordDetails": {"personType": "knownPerson"},
    }
    stake = {"type": "shareholding", "share": {"exact": 49}, "details": "no votes"}
    move = {"type": "seniorManagingOfficial"}
    statements = [
        entity("buyer", "Buyer"),
        entity("vendor", "Vendor"),
        officer,
        relationship("a", "buyer", "vendor", stake),
        relationship("b", "p", "buyer", move),
        relationship("c", "p", "vendor", {**move, "endDate": "2026-03-01"}),
    ]

    parties, links = drawn(statements, ["a", "b", "c"])

    assert [(each["id"], each["name"], each["kind"]) for each in parties] == [
        ("buyer", "Buyer", "entity"),
        ("vendor", "Vendor", "entity"),
        ("p", None, "person"),
    ]
    assert [(each["holder"], each["held"], each["percent"], each["is_share"]) for each in links] == [
        ("buyer", "vendor", 49, True),
        ("p", "buyer", None, False),
        ("p", "vendor", None, False),
    ]
    assert [(each["details"], each["ended"]) for each in links] == [
        ("no votes", None),
        (None, None),
        (None, "2026-03-01"),
    ]


@pytest.mark.parametrize(
    ("share", "percent"),
    [({"exact": 12}, 12), ({"minimum": 10, "maximum": 25}, 25), ({"exclusiveMaximum": 5}, 5), ({}, None), (None, None)],
    ids=["exact", "range", "below", "empty", "none"],
)
def test_a_share_is_drawn_as_the_most_that_it_may_be(share: dict[str, Any] | None, percent: float | None) -> None:
    [link] = drawn([relationship("a", "x", "y", {"type": "shareholding", "share": share})], ["a"])[1]

    assert link["percent"] == percent
    assert link["is_share"]


def test_a_party_that_nobody_names_is_drawn_by_its_record() -> None:
    parties, [link] = drawn([relationship("a", {"reason": "subjectUnableToConfirm"}, "held")], ["a", "a", "gone"])

    assert [(each["id"], each["kind"]) for each in parties] == [
        ("unspecified:subjectUnableToConfirm", "unspecified"),
        ("held", "entity"),
    ]
    assert link["interests"] == ["unknownInterest"]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the standard's examples are not here")
def test_every_example_of_the_standard_can_be_drawn() -> None:
    for file in sorted(EXAMPLES.glob("*.json")):
        statements = json.loads(file.read_text())
        wanted = [each["statementId"] for each in statements if each["recordType"] == "relationship"]

        parties, links = drawn(statements, wanted)

        assert len(links) == len(wanted)
        assert {end for link in links for end in (link["holder"], link["held"])} == {each["id"] for each in parties}
