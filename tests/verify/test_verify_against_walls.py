"""Two implementations of the walls, written apart, over random registers: the product's, and ours by the reference page."""

import os
import random
from datetime import date

import pytest
from made_audit import entity, holds, person, share

from evenhand.walls.ownership import Filed, read_graph, ties
from tries import TIMES

NAMES = [f"p{n}" for n in range(9)]
TYPES = [
    "shareholding",
    "votingRights",
    "appointmentOfBoard",
    "unknownInterest",
    "rightsToProfitOrIncome",
    "seniorManagingOfficial",
]


def interest(noise):
    type_ = noise.choices(TYPES, [8, 4, 0.3, 0.3, 2, 0.3])[0]
    ends = noise.choice([{}, {}, {"endDate": "2026-02-01"}, {"endDate": "2027-02-01"}])
    percent = noise.choice([1, 3, 6, 10, 12.5, 20, 25, 30, 49, 50, 51, 60, 80, 100])
    if noise.random() < 0.1:
        return {"type": type_, "directOrIndirect": "direct", "share": {"minimum": 0, "maximum": percent}, **ends}
    return share(percent, type_, "indirect" if noise.random() < 0.1 else "direct", **ends)


def register(noise):
    """Statements in force, and who declared each."""
    names, found = NAMES[: noise.randrange(2, len(NAMES) + 1)], []
    for name in names:
        kind = noise.random()
        marks = [{"scheme": "XI-LEI", "id": noise.choice("ab")}] if noise.random() < 0.08 else []
        if kind < 0.2:
            found.append(("us", person(name, identifiers=marks)))
        elif kind < 0.9:
            found.append(("us", entity(name, "arrangement" if kind < 0.25 else "registeredEntity", identifiers=marks)))
    for number in range(noise.randrange(1, 2 * len(names))):
        u, v = noise.sample(names, 2)
        some = [interest(noise) for _ in range(noise.choice([0, 1, 1, 1, 2]))]
        if noise.random() < 0.05:
            some = [{"type": noise.choice(["nominee", "nominator"]), "directOrIndirect": "direct"}]
        found.append((noise.choice(["us", "them"]), holds(u, v, *some, record=f"r{number}")))
    return names, found


def compared(verifier, seed, count):
    noise = random.Random(seed)
    print(f"{count:,} registers, seed {seed}")
    for number in range(count):
        names, statements = register(noise)
        graph = verifier.Ownership(statements, "2026-03-01")
        theirs = read_graph([Filed(each, who) for who, each in statements], date(2026, 3, 1))

        of_theirs = {frozenset((each.a, each.b)): each.high for each in ties(theirs, names)}
        for v in names:
            for r in names:
                if v < r:
                    ours = (
                        100 * graph.tie(graph.party(v), graph.party(r)) if graph.party(v) != graph.party(r) else 100.0
                    )
                    expected = of_theirs.get(frozenset((v, r)), 0.0)
                    # What is far below any wall is not kept by the product at all.
                    told = (number, v, r, ours, expected, statements)
                    assert ours == pytest.approx(expected, abs=1e-4) or (ours < 1 and expected == 0), told


@pytest.mark.check(8)
def test_both_tie_the_same_parties_as_strongly(verifier):
    compared(verifier, 42, 300 * TIMES)


@pytest.mark.check(8)
@pytest.mark.drill
def test_both_tie_the_same_parties_as_strongly_in_10_000_registers(verifier):
    compared(verifier, int.from_bytes(os.urandom(4), "big"), 10_000)
