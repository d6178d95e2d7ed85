"""The consensus: one definition of its probability, and of what a tie is between, for every kind."""

from __future__ import annotations

import pytest

from evenhand.insight.agreement import Column, consensus_of, shares_of
from evenhand.ontology.consensus import consensus
from evenhand.ontology.ontology import Asked, Ontology


def asked_of(kind: str, settings: dict[str, object]) -> Asked:
    body = {
        "format": "evenhand-ontology/1",
        "name": "letters",
        "language": "en",
        "inputs": [{"name": "text", "kind": "text"}],
        "questions": [{"name": "q", "kind": kind, "text": "What?", "settings": settings}],
    }
    return Ontology.compile(body).questions[0]


LABELS = asked_of("choice", {"options": [{"value": each} for each in "abc"]})
STARS = asked_of("rating", {"levels": 5})
METERS = asked_of("number", {"tolerance": 1, "min": 0, "max": 10})


def test_two_of_two_among_three_are_probable_and_not_certain():
    found = consensus(LABELS, ["a", "a"])

    assert (found.value, found.share, found.probability) == ("a", 1.0, pytest.approx((2 + 1 / 3) / 3))


def test_where_values_have_no_bound_it_is_this_or_not_this():
    assert consensus(METERS, [3.0, 3.5]).probability == pytest.approx((2 + 1 / 2) / 3)


def test_a_tie_has_its_equals_as_candidates_and_nobody_else():
    two = consensus(LABELS, ["b", "c", "a", "c", "b"])
    three = consensus(LABELS, ["b", "c", "a"])

    assert (two.value, two.candidates, two.share) == (None, ("b", "c"), 0.4)
    assert (three.value, three.candidates) == (None, ("a", "b", "c"))


def test_nothing_answered_is_nothing_known():
    found = consensus(LABELS, [])

    assert (found.value, found.candidates, found.share, found.probability) == (None, (), 0.0, 0.0)


@pytest.mark.parametrize("codes", [[0, 0, 2], [1, 2], [0, 1, 2, 2], [1]], ids=str)
def test_the_table_reads_from_votes_what_a_release_reads_from_answers(codes):
    [(task, shown)] = consensus_of(
        LABELS, Column([7] * len(codes), [*range(len(codes))], [float(each) for each in codes])
    )
    delivered = consensus(LABELS, ["abc"[code] for code in codes])

    assert task == 7
    assert (shown["value"], tuple(shown["candidates"])) == (delivered.value, delivered.candidates)
    assert (shown["probability"], shown["share"]) == (delivered.probability, delivered.share)


def test_the_table_takes_the_median_of_ratings_as_a_release_does():
    [(_, shown)] = consensus_of(STARS, Column([1] * 5, [1, 2, 3, 4, 5], [1.0, 1.0, 3.0, 4.0, 5.0]))

    assert (shown["value"], shown["method"], shown["share"]) == (3, "median", 0.2)


def test_shares_count_a_tie_by_its_fractions():
    column = Column([1, 1, 2, 3, 3, 3], [1, 2, 1, 1, 2, 3], [0.0, 1.0, 1.0, 2.0, 2.0, 0.0])

    assert {each["value"]: each["count"] for each in shares_of(LABELS, column)} == {"a": 0.5, "b": 1.5, "c": 1.0}
