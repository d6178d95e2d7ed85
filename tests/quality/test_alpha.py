"""Krippendorff's alpha: the paper's own example, an independent formulation, and what must always hold."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.alpha import (
    alpha_from_sums,
    interval_agreement,
    interval_alpha,
    nominal_agreement,
    nominal_alpha,
    ordinal_agreement,
    ordinal_alpha,
)
from evenhand.quality.distance import KEPT, DistanceStream, distance_agreement, distance_alpha
from evenhand.quality.undefined import AgreementUndefined

# Krippendorff 2011, example C: four observers, twelve units, missing values; 0 stands for "no value".
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)


def columns(observers):
    present = observers > 0
    return np.nonzero(present)[1], observers[present]


def by_definition(tasks, values, distance):
    """Alpha straight from the definition, pair by pair."""
    groups = [[v for t, v in zip(tasks, values, strict=True) if t == task] for task in sorted(set(tasks))]
    groups = [group for group in groups if len(group) > 1]
    pooled = [value for group in groups for value in group]
    observed = sum(2 * sum(distance(a, b) for a, b in combinations(group, 2)) / (len(group) - 1) for group in groups)
    expected = 2 * sum(distance(a, b) for a, b in combinations(pooled, 2)) / (len(pooled) - 1)
    return 1 - observed / expected


@st.composite
def votes(draw, classes=4):
    tasks = draw(st.lists(st.integers(0, 6), min_size=4, max_size=40))
    codes = draw(st.lists(st.integers(0, classes - 1), min_size=len(tasks), max_size=len(tasks)))
    return np.array(tasks), np.array(codes)


def defined(tasks, codes):
    paired = np.bincount(tasks)[tasks] > 1
    return len(set(codes[paired])) > 1


def test_the_papers_example_gives_the_papers_figures():
    tasks, values = columns(OBSERVERS)

    assert nominal_alpha(tasks, values - 1, 5) == pytest.approx(0.743, abs=5e-4)
    assert ordinal_alpha(tasks, values - 1, 5) == pytest.approx(0.815, abs=5e-4)
    assert interval_alpha(tasks, values) == pytest.approx(0.849, abs=5e-4)


@given(votes())
def test_the_fast_forms_equal_the_definition(drawn):
    tasks, codes = drawn
    if not defined(tasks, codes):
        return
    paired = np.bincount(tasks)[tasks] > 1
    shares = np.bincount(codes[paired], minlength=4)
    ranks = np.cumsum(shares) - shares / 2

    nominal = by_definition(tasks, codes, lambda a, b: float(a != b))
    ordinal = by_definition(tasks, codes, lambda a, b: (ranks[a] - ranks[b]) ** 2)
    interval = by_definition(tasks, codes, lambda a, b: (a - b) ** 2)

    assert nominal_alpha(tasks, codes, 4) == pytest.approx(nominal)
    assert ordinal_alpha(tasks, codes, 4) == pytest.approx(ordinal)
    assert interval_alpha(tasks, codes) == pytest.approx(interval)
    assert distance_alpha(tasks, lambda i, j: (codes[i] != codes[j]).astype(float), seed=1) == pytest.approx(nominal)


@given(votes(), st.permutations(range(4)), st.randoms())
def test_neither_the_order_of_votes_nor_the_naming_of_classes_or_tasks_matters(drawn, naming, random):
    tasks, codes = drawn
    if not defined(tasks, codes):
        return
    order = list(range(tasks.size))
    random.shuffle(order)

    renamed = np.array(naming)[codes][order]

    assert nominal_alpha(1000 - 7 * tasks[order], renamed, 4) == pytest.approx(nominal_alpha(tasks, codes, 4))


@given(votes(), st.floats(-1e6, 1e6), st.floats(0.001, 1e6))
def test_interval_alpha_has_no_unit_and_no_origin(drawn, origin, unit):
    tasks, codes = drawn
    if not defined(tasks, codes):
        return

    assert interval_alpha(tasks, origin + unit * codes) == pytest.approx(interval_alpha(tasks, codes), abs=1e-5)


def test_full_agreement_is_one_and_two_levels_make_all_levels_of_measurement_equal():
    tasks = np.repeat(np.arange(10), 2)
    agreed = np.repeat(np.arange(10) % 2, 2)
    mixed = np.tile([0, 1, 1, 1], 5)

    assert nominal_alpha(tasks, agreed, 2) == 1.0
    assert nominal_alpha(tasks, mixed, 2) == pytest.approx(ordinal_alpha(tasks, mixed, 2))
    assert nominal_alpha(tasks, mixed, 2) == pytest.approx(interval_alpha(tasks, mixed))
    assert nominal_alpha(tasks, mixed, 2) < 0


def test_what_has_no_answer_raises_and_says_why():
    with pytest.raises(AgreementUndefined) as alone:
        nominal_alpha([1, 2, 3], [0, 1, 0], 2)
    with pytest.raises(AgreementUndefined) as same:
        nominal_alpha([1, 1, 2, 2, 3], [0, 0, 0, 0, 1], 2)
    with pytest.raises(AgreementUndefined) as flat:
        interval_alpha([1, 1, 2, 2], [0.1, 0.1, 0.1, 0.1])
    with pytest.raises(AgreementUndefined) as one:
        nominal_agreement([1, 1, 2], [0, 1, 1], 2, seed=1)
    with pytest.raises(AgreementUndefined) as empty:
        ordinal_alpha([], [], 3)

    reasons = [each.value.reason for each in (alone, same, flat, one, empty)]
    assert reasons == ["no-pairs", "one-value", "one-value", "one-task", "no-pairs"]


@pytest.mark.parametrize("codes", [[0, 2], [-1, 0], [0.5, 1]])
def test_a_code_outside_the_codebook_is_refused(codes):
    with pytest.raises(ValueError, match="code"):
        nominal_alpha([1, 1], codes, 2)


def test_inputs_are_left_as_they_are():
    tasks, values = columns(OBSERVERS)
    before = tasks.copy(), values.copy()

    interval_agreement(tasks, values, seed=1, resamples=10)

    assert np.array_equal(tasks, before[0])
    assert np.array_equal(values, before[1])


def crowd(tasks, seed, accuracy=0.7, classes=3):
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, size=tasks)
    numbers = np.repeat(np.arange(tasks), 3)
    guess = random.integers(0, classes, size=numbers.size)
    return numbers, np.where(random.random(numbers.size) < accuracy, truth[numbers], guess)


@pytest.mark.parametrize("agreement", [nominal_agreement, ordinal_agreement])
def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(agreement):
    tasks, codes = crowd(300, seed=1)

    first = agreement(tasks, codes, 3, seed=5)

    assert agreement(tasks, codes, 3, seed=5) == first
    assert agreement(tasks, codes, 3, seed=6) != first
    assert first.low < first.value < first.high
    assert (first.tasks, first.votes, first.coefficient) == (300, 900, "Krippendorff's alpha")


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    tasks, codes = crowd(400_000, seed=2)
    truth = nominal_alpha(tasks, codes, 3)

    covered = 0
    for seed in range(200):
        measured = nominal_agreement(*crowd(120, seed=100 + seed), 3, seed=seed, resamples=400)
        covered += measured.low <= truth <= measured.high

    # 95 % of 200 is 190; a binomial strays below 180 once in 500 times.
    assert 180 <= covered <= 200


def test_blocks_of_tasks_give_the_interval_that_single_tasks_give(monkeypatch):
    tasks, codes = crowd(20_000, seed=3)

    blocked = nominal_agreement(tasks, codes, 3, seed=1, resamples=2000)
    monkeypatch.setattr("evenhand.quality.resampling.BLOCKS_MAX", 10**6)
    plain = nominal_agreement(tasks, codes, 3, seed=1, resamples=2000)

    assert blocked.value == plain.value
    assert blocked.high - blocked.low == pytest.approx(plain.high - plain.low, rel=0.1)


def test_a_resample_without_variation_counts_against_us_at_either_end():
    tasks = np.repeat(np.arange(40), 2)
    codes = np.zeros(80, dtype=int)
    codes[:2] = 1

    measured = nominal_agreement(tasks, codes, 2, seed=1)

    assert measured.value == 1.0
    assert (measured.low, measured.high) == (0.0, 1.0)


def test_sums_of_a_callers_own_give_the_same_alpha():
    tasks, values = columns(OBSERVERS)
    groups = [values[tasks == task] for task in range(12)]
    sums = [sum((a - b) ** 2 for a, b in combinations(group, 2)) for group in groups]
    pooled = np.concatenate([group for group in groups if len(group) > 1])
    expected = np.mean([(a - b) ** 2 for a, b in combinations(pooled, 2)])

    alpha = alpha_from_sums(sums, [len(group) for group in groups], expected)

    assert alpha == pytest.approx(interval_alpha(tasks, values))


def test_a_distance_gives_the_interval_of_the_coefficient_it_equals():
    tasks, codes = crowd(150, seed=4)

    def differs(left, right):
        return (codes[left] != codes[right]).astype(float)

    by_code = nominal_agreement(tasks, codes, 3, seed=1)
    by_distance = distance_agreement(tasks, differs, seed=1, pairs=10**6, resamples=300)
    sampled = distance_agreement(tasks, differs, seed=1, pairs=20_000, resamples=300)

    assert by_distance.value == pytest.approx(by_code.value)
    assert sampled.value == pytest.approx(by_code.value, abs=0.02)
    assert (by_distance.low, by_distance.high) == pytest.approx((by_code.low, by_code.high), abs=0.03)
    assert sampled == distance_agreement(tasks, differs, seed=1, pairs=20_000, resamples=300)


def test_answers_that_do_not_stay_give_the_coefficient_of_those_that_do():
    random = np.random.default_rng(3)
    tasks = np.repeat(np.arange(KEPT // 4), 4)
    codes = np.where(random.random(tasks.size) < 0.7, tasks % 3, random.integers(0, 3, tasks.size))
    stream = DistanceStream(lambda one, other: float(one != other), seed=1)

    for task in range(KEPT // 4):
        stream.add(codes[tasks == task].tolist())

    kept = distance_agreement(tasks, lambda i, j: (codes[i] != codes[j]).astype(float), seed=1)
    assert stream.agreement().value == pytest.approx(kept.value)
    assert (stream.agreement().low, stream.agreement().high) == pytest.approx((kept.low, kept.high), abs=0.05)
    with pytest.raises(AgreementUndefined):
        DistanceStream(lambda one, other: 0.0, seed=1).agreement()


@settings(max_examples=25)
@given(votes(classes=3), st.integers(0, 2**32))
def test_the_interval_is_ordered_and_inside_the_range_of_alpha(drawn, seed):
    tasks, codes = drawn
    try:
        measured = ordinal_agreement(tasks, codes, 3, seed=seed, resamples=50)
    except AgreementUndefined:
        return

    assert -1.0 <= measured.low <= measured.high <= 1.0
