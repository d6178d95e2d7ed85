"""What a common holder makes of two parties: the product, the stand-alone verifier and the second opinion read it alike.

A quarter makes a group, and a group is one organization (docs/decisions/0016): so whoever is held by a quarter is tied to all
that its holder has, as strongly as the holder has it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from oracle import tie
from parties import entity, holds, person, share

from evenhand.cli.verifying import verifier
from evenhand.walls.ownership import Filed, read_graph, ties

TODAY = date(2026, 3, 2)
FUND, WHO = entity("g"), person("g")


def three_readings(statements: list[dict[str, Any]], a: str = "V", b: str = "R") -> tuple[float, float, float]:
    """How strongly two parties are tied, in percent: by the product, by the verifier, by the second opinion."""
    filed = [("operator", each) for each in statements]
    found = ties(read_graph([Filed(each, who) for who, each in filed], TODAY), [a, b])
    module = verifier()
    assert module is not None
    alone = 100 * module.Ownership(filed, TODAY.isoformat()).tie(a, b)
    return max((each.high for each in found), default=0.0), alone, float(tie(filed, TODAY).get((a, b), 0))


@pytest.mark.parametrize(
    ("holder", "of_v", "of_r", "percent"),
    [
        (FUND, 8, 12, 0),
        (FUND, 24.9, 24.9, 0),
        (FUND, 25, 8, 8),
        (FUND, 12, 25, 12),
        (FUND, 25, 25, 25),
        (FUND, 60, 30, 30),
        (WHO, 8, 12, 8),
    ],
    ids=["little of both", "just no group", "a group of one", "of the other", "of both", "control", "a person"],
)
def test_a_quarter_of_one_ties_it_to_what_its_holder_has_of_the_other(
    holder: dict[str, Any], of_v: float, of_r: float, percent: float
) -> None:
    statements = [holder, holds("g", "V", share(of_v)), holds("g", "R", share(of_r))]

    assert three_readings(statements) == pytest.approx((percent, percent, percent))


def test_the_group_reaches_through_chains_and_to_what_its_other_members_hold() -> None:
    through = [holds("g", "m", share(51)), holds("m", "V", share(100)), holds("g", "R", share(9))]
    sibling = [holds("g", "V", share(30)), holds("g", "s", share(40)), holds("s", "R", share(12))]

    assert three_readings(through) == pytest.approx((9, 9, 9))
    # By rolling the holder has 12 of what its other member holds, and that member is the same organization as V.
    assert three_readings(sibling) == pytest.approx((12, 12, 12))


def test_a_reading_that_asks_for_a_quarter_of_both_would_let_a_group_through() -> None:
    statements = [FUND, holds("g", "V", share(30)), holds("g", "R", share(12))]
    module = verifier()
    assert module is not None
    ownership = module.Ownership([("operator", each) for each in statements], TODAY.isoformat())

    lesser, greater = sorted((ownership.holdings("g")["V"], ownership.holdings("g")["R"]))

    # The study's table walls from 10 % on, and treats whoever is held by 25 % and its holder as one.
    assert (lesser >= 0.25, greater >= 0.25, ownership.tie("V", "R")) == (False, True, 0.12)
