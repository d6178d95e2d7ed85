"""Rankings: what they may say, how far two of them are apart, and what several of them come to."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.questions.orders import WeakOrder, kemeny, kendall_half, pairs_of
from evenhand.ontology.questions.ranking import Settings, kind

LETTERS = ("a", "b", "c", "d")


def settings(**given):
    return Settings(compare="option", options=[{"value": letter} for letter in LETTERS], **given)


def weak_orders(items):
    """Every ranking with ties of the items."""
    found = set()
    for places in product(range(len(items)), repeat=len(items)):
        groups = {place: frozenset(i for i, p in zip(items, places, strict=True) if p == place) for place in places}
        found.add(tuple(groups[place] for place in sorted(groups)))
    return [WeakOrder(groups) for groups in sorted(found, key=str)]


def order(text):
    """`a>bc>d` as an order."""
    return WeakOrder(tuple(frozenset(group) for group in text.split(">")))


def value(text):
    return {"groups": [sorted(group) for group in text.split(">")]}


def codes(problems):
    return [(each.pointer, each.code) for each in problems]


def test_there_are_75_weak_orders_of_four_items():
    assert len(weak_orders(LETTERS)) == 75


def test_the_distance_obeys_the_triangle_inequality_on_all_weak_orders_of_four_items():
    orders = weak_orders(LETTERS)
    apart = {(a, b): kendall_half(a, b) for a in orders for b in orders}

    assert all(apart[a, c] <= apart[a, b] + apart[b, c] + 1e-12 for a, b, c in product(orders, repeat=3))
    assert all((apart[a, b] == 0) == (a == b) for a, b in product(orders, repeat=2))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a>b>c>d", "d>c>b>a", 1.0),
        ("a>b>c>d", "b>a>c>d", 1 / 6),
        ("a>b>c>d", "ab>c>d", 0.5 / 6),
        ("abcd", "a>b>c>d", 0.5),
    ],
)
def test_a_reversed_pair_costs_one_and_a_tie_against_an_order_costs_half(one, other, expected):
    assert kind.distance(settings(ties=True), value(one), value(other), NOWHERE) == pytest.approx(expected)


def test_silence_of_one_side_costs_half_and_of_both_nothing():
    said = {"groups": [["a"], ["b"], ["c"], ["d"]]}
    silent = {"groups": [["a"], ["b"], ["c"]], "unranked": ["d"]}
    more_silent = {"groups": [["a"], ["b"]], "unranked": ["c", "d"]}

    assert kind.distance(settings(partial=True), said, silent, NOWHERE) == pytest.approx(3 * 0.5 / 6)
    assert kind.distance(settings(partial=True), silent, more_silent, NOWHERE) == pytest.approx(2 * 0.5 / 6)


def test_under_top_what_was_not_ranked_stands_below_what_was():
    top = settings(top=1)
    first_is_a = {"groups": [["a"]], "unranked": ["b", "c", "d"]}
    first_is_b = {"groups": [["b"]], "unranked": ["a", "c", "d"]}

    assert kind.distance(top, first_is_a, first_is_b, NOWHERE) == pytest.approx((1 + 4 * 0.5) / 6)


@pytest.mark.parametrize("answers", list(combinations(["a>b>c", "b>c>a", "ab>c", "c>a>b", "abc"], 3)))
def test_kemenys_order_is_nearer_to_all_answers_than_any_other_weak_order(answers):
    items = ("a", "b", "c")
    orders = [order(text) for text in answers]
    weights = [1.0, 2.0, 1.5]

    def cost(candidate):
        return sum(w * kendall_half(candidate, each) for w, each in zip(weights, orders, strict=True))

    optima = kemeny(pairs_of(orders, weights, items), items, ties=True)
    least = min(cost(candidate) for candidate in weak_orders(items))
    assert {each.groups for each in weak_orders(items) if cost(each) < least + 1e-9} == set(optima)


def test_a_cycle_of_three_people_is_a_tie_not_an_accident_of_order():
    answers = [value("a>b>c>d"), value("b>c>a>d"), value("c>a>b>d")]

    merged = kind.merge(settings(), answers, [1, 1, 1], NOWHERE)

    assert merged.status == "tied"
    assert merged.probability == pytest.approx(1 / 3)
    everything = [merged.value, *(other for other, _ in merged.alternatives)]
    assert everything == [value("a>b>c>d"), value("b>c>a>d"), value("c>a>b>d")]


def test_two_against_one_is_resolved_with_the_share_of_the_weakest_pair():
    answers = [value("a>b>c>d"), value("a>b>c>d"), value("a>c>b>d")]

    merged = kind.merge(settings(), answers, [1, 1, 1], NOWHERE)

    assert (merged.status, merged.value) == ("resolved", value("a>b>c>d"))
    assert merged.probability == pytest.approx(2 / 3)


def test_what_most_left_unranked_stays_unranked():
    short = {"groups": [["a"], ["b"]], "unranked": ["c", "d"]}

    merged = kind.merge(settings(partial=True), [short, short, value("a>b>c>d")], [1, 1, 1], NOWHERE)

    assert merged.value == short


def test_more_than_eight_items_are_ordered_by_search_and_the_search_finds_the_plain_answer():
    items = [f"i{n:02}" for n in range(12)]
    true = WeakOrder(tuple(frozenset([item]) for item in items))
    swapped = WeakOrder((true.groups[1], true.groups[0], *true.groups[2:]))

    found = kemeny(pairs_of([true, true, swapped], [1, 1, 1], items), items, ties=True)

    assert found == [true.groups]


def test_a_ranking_of_responses_names_them_by_their_own_id():
    shown = Shown(
        Part("chat/t1", "turn", "chat", "chat", children=("chat/r1", "chat/r2")),
        {"chat/r1": Part("chat/r1", "response"), "chat/r2": Part("chat/r2", "response")},
    )

    assert kind.check(Settings(), {"groups": [["r2"], ["r1"]]}, shown) == []
    assert codes(kind.check(Settings(), {"groups": [["r2"], ["r3"]]}, shown)) == [
        ("/groups/1/0", "unknown_option"),
        ("/groups", "missing_answer"),
    ]


def test_every_defect_of_a_ranking_is_named_at_its_place():
    twice = {"groups": [["a", "b"], ["a"], []], "unranked": ["c", "d"]}

    assert codes(kind.check(settings(), twice, NOWHERE)) == [
        ("/groups/1/0", "duplicate_answer"),
        ("/groups/0", "count"),
        ("/groups/2", "count"),
        ("/unranked", "count"),
    ]


def test_a_summary_reads_like_an_order():
    answer = {"groups": [["b"], ["a", "c"]], "unranked": ["d"]}

    assert kind.summary(settings(ties=True, partial=True), answer) == "b > a = c (unranked: d)"
