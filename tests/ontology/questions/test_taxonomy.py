"""Places in a tree: which are refused, how near two of them are, and the deepest one that most agree on."""

from __future__ import annotations

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.questions.taxonomy import Settings, kind, wu_palmer

TREE = [
    {"value": "animal", "children": [{"value": "dog", "children": [{"value": "dachshund"}]}, {"value": "cat"}]},
    {"value": "plant", "children": [{"value": "moss"}]},
]
DOG, CAT, MOSS = ["animal", "dog"], ["animal", "cat"], ["plant", "moss"]


def settings(**given):
    return Settings(tree=TREE, **given)


def merged(answers, **given):
    return kind.merge(settings(**given), answers, [1.0] * len(answers), NOWHERE)


def codes(problems):
    return [(each.pointer, each.code) for each in problems]


def test_siblings_share_half_their_path_and_a_parent_two_thirds():
    assert wu_palmer(("animal", "dog"), ("animal", "cat")) == 0.5
    assert wu_palmer(("animal",), ("animal", "dog")) == pytest.approx(2 / 3)
    assert wu_palmer(("animal", "dog"), ("plant", "moss")) == 0.0


def test_sets_are_matched_before_they_are_compared():
    several = settings(multiple=True)

    assert kind.distance(several, [DOG, MOSS], [MOSS, CAT], NOWHERE) == pytest.approx(0.25)
    assert kind.distance(several, [DOG], [DOG, MOSS], NOWHERE) == pytest.approx(0.5)
    assert kind.distance(several, [], [], NOWHERE) == 0.0


def test_when_leaves_differ_the_consensus_is_their_parent():
    answer = merged([[DOG], [CAT]])

    assert (answer.value, answer.probability, answer.status) == ([["animal"]], 1.0, "resolved")


def test_the_deepest_node_with_most_of_the_weight_wins_with_its_mass():
    answer = merged([[["animal", "dog", "dachshund"]], [DOG], [MOSS]])

    assert answer.value == [DOG]
    assert answer.probability == pytest.approx(2 / 3)


def test_two_halves_at_the_top_are_a_tie_without_a_value():
    answer = merged([[DOG], [MOSS]])

    assert (answer.value, answer.status) == (None, "tied")
    assert [value for value, _ in answer.alternatives] == [[["animal"]], [["plant"]]]


def test_three_ways_at_the_top_is_not_enough_for_any():
    tree = [{"value": name} for name in "abc"]

    answer = kind.merge(Settings(tree=tree), [[["a"]], [["b"]], [["c"]]], [1, 1, 1], NOWHERE)

    assert (answer.value, answer.status) == (None, "insufficient")


def test_several_places_are_kept_each_by_its_own_majority():
    answer = merged([[DOG, MOSS], [DOG, MOSS], [DOG]], multiple=True)

    assert answer.value == [DOG, MOSS]
    assert answer.probability == pytest.approx(2 / 3)


def test_every_defect_of_the_paths_is_named_at_its_place():
    value = [["animal", "wolf"], ["animal"], ["animal", "dog"], ["animal"], "moss"]

    problems = kind.check(settings(multiple=True), value, NOWHERE)

    assert codes(problems) == [
        ("/0", "unknown_option"),
        ("/3", "duplicate_answer"),
        ("/4", "bad_value"),
        ("/0", "overlap_forbidden"),
        ("/2", "overlap_forbidden"),
    ]
    assert problems[0].allowed == ("dog", "cat")


def test_an_inner_node_is_refused_where_only_leaves_count():
    assert codes(kind.check(settings(leaf_only=True), [["animal", "dog"]], NOWHERE)) == [("/0", "unknown_option")]
    assert kind.check(settings(leaf_only=True), [["animal", "cat"]], NOWHERE) == []


def test_siblings_that_look_alike_are_refused():
    twins = Settings(tree=[{"value": "a", "children": [{"value": "É"}, {"value": "é"}]}])

    assert codes(kind.check_settings(twins, {})) == [("/tree/0/children/1/value", "duplicate_value")]
