"""Best and worst: what is refused, how far two answers are apart, what several come to, which pairs they tell."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.ontology import check_ontology
from evenhand.ontology.questions.best_worst import Settings, kind

LETTERS = ("a", "b", "c", "d")


def settings(names=LETTERS, **given):
    return Settings(compare="option", options=[{"value": name} for name in names], **given)


def said(best, worst):
    return {"best": best, "worst": worst}


def codes(problems):
    return [(each.pointer, each.code) for each in problems]


def turn(*names):
    parts = {f"chat/{name}": Part(f"chat/{name}", "response") for name in names}
    return Shown(Part("chat/t1", "turn", "chat", "chat", children=tuple(parts)), parts)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (said("a", "d"), []),
        (said("a", "a"), [("/worst", "duplicate_answer")]),
        (said("a", "e"), [("/worst", "unknown_option")]),
        (said(None, 7), [("/best", "unknown_option"), ("/worst", "unknown_option")]),
        ({"best": "a"}, [("/worst", "missing_answer")]),
        ({}, [("/best", "missing_answer"), ("/worst", "missing_answer")]),
        ({**said("a", "d"), "second": "b"}, [("/second", "unknown_field")]),
        ("a", [("", "bad_value")]),
        (["a", "d"], [("", "bad_value")]),
    ],
)
def test_every_defect_is_named_at_its_place(value, expected):
    assert codes(kind.check(settings(), value, NOWHERE)) == expected


def test_of_replies_only_those_of_the_turn_are_compared():
    replies = Settings(compare="response")

    assert kind.check(replies, said("r3", "r1"), turn("r1", "r2", "r3")) == []
    assert codes(kind.check(replies, said("r9", "r1"), turn("r1", "r2", "r3"))) == [("/best", "unknown_option")]
    assert codes(kind.check(replies, said("r2", "r1"), turn("r1", "r2"))) == [("", "bad_target")]
    assert codes(kind.check(Settings(size=4), said("r3", "r1"), turn("r1", "r2", "r3"))) == [("", "bad_target")]
    nine = [f"r{number}" for number in range(9)]
    assert codes(kind.check(replies, said("r3", "r1"), turn(*nine))) == [("", "bad_target")]


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({"compare": "option", "options": [{"value": "a"}, {"value": "b"}]}, "/questions/0/settings/options"),
        ({"compare": "input"}, "/questions/0/settings/compare"),
        ({"compare": "input", "inputs": ["a", "b"]}, "/questions/0/settings/inputs"),
        (
            {"compare": "option", "size": 4, "options": [{"value": "a"}, {"value": "b"}, {"value": "c"}]},
            "/questions/0/settings/options",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_ontology(given, at):
    body = {
        "format": "evenhand-ontology/1", "name": "one", "language": "en",
        "inputs": [{"name": "a", "kind": "text"}, {"name": "b", "kind": "text"}],
        "questions": [{"name": "ends", "kind": "best_worst", "text": "Which?", "settings": given}],
    }  # fmt: skip

    assert codes(check_ontology(body)) == [(at, "bad_settings")]


def test_another_best_costs_half_another_worst_costs_half_and_the_reverse_costs_all():
    def apart(a, b):
        return kind.distance(settings(), said(*a), said(*b), NOWHERE)

    assert (apart("ad", "ad"), apart("ad", "bd"), apart("ad", "ab"), apart("ad", "da")) == (0, 0.5, 0.5, 1)
    ends = list(permutations("abcd", 2))
    assert all(apart(a, c) <= apart(a, b) + apart(b, c) for a, b, c in product(ends, repeat=3))


def test_an_answer_tells_all_pairs_with_an_end_and_no_other():
    told = kind.comparisons(settings(), said("b", "c"), NOWHERE)

    assert sorted(told) == [
        ("a", "c", False), ("b", "a", False), ("b", "c", False), ("b", "d", False), ("d", "c", False)
    ]  # fmt: skip
    assert len(told) == 2 * len(LETTERS) - 3
    assert kind.comparisons(Settings(), said("r1", "r9"), turn("r1", "r2", "r3")) == []


def merged(*pairs, weights=None):
    return kind.merge(settings(), [said(*pair) for pair in pairs], weights or [1.0] * len(pairs), NOWHERE)


def test_the_ends_are_merged_apart_and_the_probability_is_the_product():
    found = merged("ad", "ac", "bd")

    assert (found.status, found.value) == ("resolved", said("a", "d"))
    assert found.probability == pytest.approx(2 / 3 * 2 / 3)
    assert found.alternatives[0][1] == pytest.approx(2 / 9)


def test_as_many_for_each_of_two_is_a_tie_whoever_came_first():
    for found in (merged("ad", "bd"), merged("bd", "ad")):
        assert (found.status, found.value) == ("tied", said("a", "d"))
        assert found.alternatives == ((said("b", "d"), pytest.approx(0.5)),)


def test_one_that_some_call_best_and_some_worst_is_never_both():
    found = merged("ab", "ab", "ba", "ca")

    assert found.value == said("a", "b")
    assert found.probability == pytest.approx(1 / 4)


def test_a_person_who_is_trusted_more_outweighs_two():
    assert merged("ad", "bd", "bc", weights=[5.0, 1.0, 1.0]).value == said("a", "d")


def test_other_things_to_compare_are_another_question():
    classes = {
        "options": kind.compatibility(settings(), settings("abce")),
        "compare": kind.compatibility(settings(), Settings()),
        "size": kind.compatibility(settings(), settings(size=4)),
        "order": kind.compatibility(settings(), settings("dcba")),
    }

    assert {name: [each for each, _ in found] for name, found in classes.items()} == {
        "options": ["forbidden"], "compare": ["forbidden"], "size": ["narrowing"], "order": ["cosmetic"]
    }  # fmt: skip


def test_a_summary_names_both_ends_in_their_own_words():
    named = Settings(compare="option", options=[{"value": name, "text": name.upper()} for name in LETTERS])

    assert kind.summary(named, said("b", "d")) == "best B, worst D"
