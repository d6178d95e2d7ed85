"""Every model on votes that tell nothing: an answer with its caveat, or an error with advice; never NaN, and nothing hangs."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import NumberModel, estimate, infer, rank
from evenhand.quality.estimation import NUMERIC_MODELS
from evenhand.quality.truth import MODELS
from evenhand.quality.undefined import InferenceUndefined, RankingUndefined

LEVELS = ("nominal", "ordinal")
CLASSED = [
    (model, level) for model in (None, *MODELS) for level in (LEVELS if model in (None, "stacked") else LEVELS[:1])
]
NUMERIC = (None, *NUMERIC_MODELS)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
MANY = [10**5, pytest.param(10**6, marks=pytest.mark.drill)]
SHAPES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), max_size=12)


def rows_of(columns):
    return [list(each) for each in zip(*columns, strict=True)] if columns else [[], [], []]


def assert_all_finite(found):
    for field in dataclasses.fields(found):
        value = getattr(found, field.name)
        if (isinstance(value, np.ndarray) and value.dtype.kind == "f") or isinstance(value, float):
            assert np.isfinite(value).all(), field.name


@pytest.mark.parametrize(("model", "level"), CLASSED, ids=lambda value: str(value))
@settings(max_examples=12, deadline=None)
@given(columns=SHAPES, classes=st.sampled_from([3, 7]), is_gold=st.booleans())
def test_few_votes_of_any_pattern_give_distributions(model, level, columns, classes, is_gold):
    what, who, codes = rows_of(columns)
    gold = {what[0]: 2} if what and is_gold else None

    found = infer(what, who, codes, classes, model=model, level=level, gold=gold)

    assert_all_finite(found)
    assert found.probabilities.shape == (len(set(what)), classes)
    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones(len(set(what))))
    assert_all_finite(found.accuracies())


@pytest.mark.parametrize("model", NUMERIC)
@settings(max_examples=25, deadline=None)
@given(columns=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), FINITE), max_size=10), is_gold=st.booleans())
def test_few_numbers_of_any_size_give_finite_estimates_within_their_intervals(model, columns, is_gold):
    what, who, values = rows_of(columns)
    gold = {what[0]: values[0]} if what and is_gold else None

    found = estimate(what, who, values, model=model, gold=gold)

    assert_all_finite(found)
    assert np.all((found.lows <= found.means) & (found.means <= found.highs))
    assert np.all((found.spread_lows <= found.spreads) & (found.spreads <= found.spread_highs))
    assert found.means.shape == (len(set(what)),)


@settings(max_examples=25, deadline=None)
@given(
    columns=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(-1, 1)), max_size=12
    )
)
def test_comparisons_of_any_pattern_give_a_ranking_or_say_why_not(columns):
    people, lefts, rights, outcomes = [list(each) for each in zip(*columns, strict=True)] if columns else [[]] * 4

    try:
        found = rank(people, lefts, rights, outcomes)
    except RankingUndefined as refused:
        assert refused.hint
        assert not columns or any(left == right for left, right in zip(lefts, rights, strict=True))
        return
    assert_all_finite(found)
    assert np.all((found.lows <= found.strengths) & (found.strengths <= found.highs))


@pytest.mark.parametrize("model", NUMERIC)
def test_an_empty_project_has_no_numbers(model):
    found = estimate([], [], [], model=model)

    assert found.means.size == found.biases.size == 0
    assert found.caveat is None
    assert NumberModel(model).fit([], [], []).predict_proba([1.0, 2.0]).shape == (0, 3)


@pytest.mark.parametrize(
    "columns",
    [([1, 2, 3], [9, 9, 9], [1.0, 4.0, 2.0]), ([1, 2, 3], [7, 8, 9], [1.0, 4.0, 2.0]), ([1, 1], [9, 9], [1.0, 3.0])],
    ids=["one annotator", "no overlap", "one annotator twice"],
)
def test_numbers_that_never_meet_are_taken_as_they_are_with_an_interval_as_wide_as_all_of_them(columns):
    found = estimate(*columns)

    assert found.caveat == "no-overlap"
    assert found.means.tolist() == ([1.0, 4.0, 2.0] if len(columns[0]) == 3 else [2.0])
    assert np.all(found.highs - found.lows > 1.0)


def test_where_all_say_the_same_number_that_is_the_answer_and_it_is_said_that_nothing_tells():
    found = estimate([1, 1, 2, 2], [1, 2, 1, 2], [5.0, 5.0, 5.0, 5.0])

    assert found.means == pytest.approx([5.0, 5.0])
    assert found.caveat == "no-disagreement"
    assert estimate([1, 1], [1, 2], [5.0, 5.0], gold={1: 5.0}).caveat is None


@pytest.mark.parametrize(("model", "level"), CLASSED, ids=lambda value: str(value))
def test_a_vote_for_an_unknown_class_is_refused_with_its_row(model, level):
    with pytest.raises(InferenceUndefined, match="row 2 has code 7 of 3") as refused:
        infer([1, 1, 2], [1, 2, 1], [0, 1, 7], 3, model=model, level=level)

    assert refused.value.hint


def test_a_level_that_is_none_is_refused():
    with pytest.raises(InferenceUndefined, match="there are nominal and ordinal") as refused:
        infer([1], [1], [0], level="sideways")

    assert refused.value.reason == "level"


@pytest.mark.parametrize("people", MANY)
@pytest.mark.parametrize("model", ["ordinal", "difficulty"])
def test_a_million_annotators_with_one_vote_each_are_one_crowd(model, people):
    random = np.random.default_rng(8)
    truth = random.integers(0, 3, people // 5)
    what = np.repeat(np.arange(people // 5), 5)
    codes = np.where(random.random(people) < 0.7, truth[what], random.integers(0, 3, people))

    found = infer(what, np.arange(people), codes, 3, model=model)

    assert np.mean(found.codes == truth) > 0.85
    assert np.isfinite(found.probabilities).all()


@pytest.mark.parametrize("people", MANY)
def test_a_million_annotators_with_one_number_each_are_one_crowd(people):
    random = np.random.default_rng(9)
    truth = random.normal(0, 5, people // 5)
    what = np.repeat(np.arange(people // 5), 5)

    found = estimate(what, np.arange(people), truth[what] + random.normal(size=people))

    assert np.sqrt(np.mean((found.means - truth) ** 2)) < 0.5
    assert np.mean((found.lows <= truth) & (truth <= found.highs)) > 0.9


@pytest.mark.parametrize("people", MANY)
def test_a_million_annotators_with_one_comparison_each_are_one_crowd(people):
    random = np.random.default_rng(10)
    lefts = random.integers(0, 50, people)
    rights = (lefts + random.integers(1, 50, people)) % 50
    better = random.random(people) < 1 / (1 + np.exp(-(lefts - rights) / 10.0))

    found = rank(np.arange(people), lefts, rights, np.where(better, -1, 1))

    assert np.abs(np.argsort(np.argsort(found.strengths)) - np.arange(50)).max() <= 2
    assert np.isfinite(found.reliabilities).all()
