"""Several options: their distance, and what several people's sets come to within the bounds."""

from __future__ import annotations

from itertools import combinations

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.questions.multi_choice import Settings, kind, masi

LETTERS = "abcd"
SUBSETS = [frozenset(each) for size in range(1, 5) for each in combinations(LETTERS, size)]


def nltk_masi(a, b):
    """`nltk.metrics.masi_distance`, whose weights are two thirds and one third to two digits."""
    shared, joint = len(a & b), len(a | b)
    if len(a) == len(b) == shared:
        weight = 1
    elif shared == min(len(a), len(b)):
        weight = 0.67
    elif shared > 0:
        weight = 0.33
    else:
        weight = 0
    return 1 - shared / joint * weight


@pytest.mark.parametrize("a", SUBSETS)
def test_masi_agrees_with_nltk_on_all_pairs_of_subsets_of_four(a):
    for b in SUBSETS:
        assert masi(a, b) == pytest.approx(nltk_masi(a, b), abs=0.0034)


def test_two_empty_sets_agree_and_an_empty_one_differs_from_any_other():
    assert masi(frozenset(), frozenset()) == 0
    assert masi(frozenset(), frozenset("a")) == 1


def merged(*answers, **given):
    exclusive = given.pop("exclusive", "")
    options = [{"value": each, "exclusive": each == exclusive} for each in LETTERS]
    return kind.merge(Settings(options=options, **given), list(answers), [1.0] * len(answers), NOWHERE)


def test_each_option_goes_by_its_own_majority():
    found = merged(["a", "b"], ["a"], ["a", "c"])

    assert (found.value, found.status) == (["a"], "resolved")
    assert found.probability == pytest.approx(1 * 2 / 3 * 2 / 3)


def test_where_nobody_may_choose_nothing_the_likeliest_option_is_the_answer():
    found = merged(["a"], ["a"], ["b"], ["c"], ["d"])

    assert (found.value, found.status) == (["a"], "resolved")
    assert merged(["a"], ["a"], ["b"], ["c"], ["d"], min=0).value == []


def test_no_more_are_kept_than_may_be_chosen():
    assert merged(["a", "b"], ["a", "b"], ["a"], max=1).value == ["a"]


def test_none_of_these_excludes_the_rest_in_the_consensus_too():
    assert merged(["d"], ["d"], ["a", "b"], exclusive="d").value == ["d"]
    assert merged(["d"], ["a", "b"], ["a"], exclusive="d").value == ["a"]


def test_an_option_that_half_chose_makes_a_tie():
    assert merged(["a", "b"], ["a"]).status == "tied"


def test_settings_that_no_answer_could_meet_are_refused():
    options = [{"value": "a"}, {"value": "none", "exclusive": True}]

    problems = kind.check_settings(Settings(options=options, min=2), {})

    assert [(each.pointer, each.code) for each in problems] == [("/min", "bad_range")]
