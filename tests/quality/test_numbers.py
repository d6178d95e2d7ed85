"""Truth from numbers: bias, precision, slips, known answers, and an interval that holds the truth as often as it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import NumberModel, estimate, infer
from evenhand.quality.estimation import NUMERIC_MODELS
from evenhand.quality.undefined import InferenceUndefined


def measured(seed, tasks=300, annotators=40, votes_a_task=5, bias=1.0, slips=0.05, uneven=0.7):
    """Columns, truth, biases and noises: truths around 50, biases and noises around 1, slips anywhere in 0 .. 100."""
    random = np.random.default_rng(seed)
    true = random.normal(50, 3, tasks)
    who = np.concatenate([random.choice(annotators, votes_a_task, replace=False) for _ in range(tasks)])
    what = np.repeat(np.arange(tasks), votes_a_task)
    biases, noises = random.normal(0, bias, annotators), np.exp(random.normal(0, uneven, annotators))
    values = true[what] + biases[who] + noises[who] * random.normal(size=who.size)
    is_slip = random.random(who.size) < slips
    return what, who, np.where(is_slip, random.uniform(0, 100, who.size), values), true, biases, noises


def error(estimates, true):
    return float(np.sqrt(np.mean((estimates - true) ** 2)))


def plain(what, values):
    mean = np.bincount(what, weights=values) / np.bincount(what)
    return mean, np.array([np.median(values[what == task]) for task in range(what.max() + 1)])


@pytest.mark.parametrize("seed", range(3))
def test_where_people_have_biases_and_slip_it_errs_less_than_mean_and_median(seed):
    what, who, values, true, _, _ = measured(seed)

    found = estimate(what, who, values)

    assert error(found.means, true) < 0.75 * min(error(each, true) for each in plain(what, values))


def test_where_all_are_alike_and_nobody_slips_it_is_the_mean():
    what, who, values, true, _, _ = measured(3, bias=0.0, slips=0.0, uneven=0.0)

    found = estimate(what, who, values)

    assert error(found.means, true) < 1.02 * error(plain(what, values)[0], true)
    assert found.weights["mean"] + found.weights["biased"] > 0.8


@pytest.mark.parametrize(
    "world",
    [{}, {"bias": 0.0}, {"slips": 0.0}, {"annotators": 300}, {"votes_a_task": 2}, {"annotators": 10, "bias": 2.0}],
    ids=["biases and slips", "no bias", "no slips", "thin records", "two votes", "few people"],
)
def test_its_intervals_hold_the_truth_as_often_as_they_say(world):
    held = []
    for seed in range(12):
        what, who, values, true, _, _ = measured(seed, tasks=150, **world)
        found = estimate(what, who, values)
        held.append(np.mean((found.lows <= true) & (true <= found.highs)))

    assert 0.91 <= np.mean(held) <= 0.995


def test_it_tells_who_answers_too_high_and_who_is_precise():
    what, who, values, _, biases, noises = measured(5, annotators=15, slips=0.02)

    found = estimate(what, who, values)

    assert np.corrcoef(found.biases, biases)[0, 1] > 0.95
    assert np.corrcoef(np.log(found.spreads), np.log(noises))[0, 1] > 0.9
    centered = biases - biases.mean()
    assert np.mean((found.bias_lows <= centered) & (centered <= found.bias_highs)) > 0.85
    assert np.mean((found.spread_lows <= noises) & (noises <= found.spread_highs)) > 0.75
    assert found.counts.sum() == what.size


def test_what_everybody_errs_by_alike_known_answers_tell():
    what, who, values, true, _, _ = measured(6, slips=0.0)

    blind = estimate(what, who, values + 7.0)
    told = estimate(what, who, values + 7.0, gold={task: float(true[task]) for task in range(20)})

    assert np.mean(blind.means - true) == pytest.approx(7.0, abs=0.6)
    assert abs(np.mean((told.means - true)[20:])) < 0.6
    assert told.means[0] == told.lows[0] == told.highs[0] == true[0]


def test_one_wild_number_moves_nothing():
    what, who, values, _, _, _ = measured(7, slips=0.0)
    wild = values.copy()
    wild[0] = 1e9

    calm, shaken = estimate(what, who, values), estimate(what, who, wild)

    assert shaken.means[1:] == pytest.approx(calm.means[1:], abs=0.5)
    assert shaken.means[0] == pytest.approx(calm.means[0], abs=3.0)


@pytest.mark.parametrize("model", NUMERIC_MODELS)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
def test_another_unit_order_or_name_gives_the_same_answer_in_it(model, seed, scale, shift):
    what, who, values, *_ = measured(seed, tasks=20, annotators=8)
    random = np.random.default_rng(seed)
    tasks, annotators, rows = (random.permutation(size) for size in (20, 8, values.size))
    known = estimate(what, who, values, model=model)

    found = estimate(tasks[what][rows], annotators[who][rows], scale * values[rows] + shift, model=model)

    assert found.means[tasks] == pytest.approx(scale * known.means + shift, rel=1e-4, abs=1e-4 * scale)
    assert found.lows[tasks] == pytest.approx(scale * known.lows + shift, rel=1e-3, abs=1e-2 * scale)


def test_a_fitted_model_answers_for_tasks_that_it_has_not_seen():
    what, who, values, true, _, _ = measured(8, tasks=400, annotators=15)
    is_new = what >= 300
    model = NumberModel().fit(what[~is_new], who[~is_new], values[~is_new])
    columns = what[is_new], who[is_new], values[is_new]

    assert error(model.predict(*columns), true[300:]) < error(
        model.predict(columns[0], columns[1] + 99, columns[2]), true[300:]
    )
    assert model.predict().tolist() == model.inference.means.tolist()
    probabilities = model.predict_proba([45.0, 55.0], *columns)
    assert probabilities.shape == (100, 3)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(100))
    assert np.mean(probabilities[true[300:] > 56.0, 2]) > 0.8


def test_what_a_crowd_says_of_a_task_does_not_depend_on_what_else_is_asked_and_covers_the_truth():
    what, who, values, true, *_ = measured(8, tasks=400, annotators=15)
    is_new = what >= 300
    crowd = estimate(what[~is_new], who[~is_new], values[~is_new]).crowd
    assert crowd is not None

    tasks, means, lows, highs = crowd.estimates(what[is_new], who[is_new], values[is_new])

    for place in (0, 57, 99):
        mine = what == tasks[place]
        alone = [float(each[0]) for each in crowd.estimates(what[mine], who[mine], values[mine])[1:]]
        assert alone == pytest.approx([means[place], lows[place], highs[place]], rel=1e-12)
    assert 0.88 <= np.mean((lows <= true[300:]) & (true[300:] <= highs)) <= 1.0
    assert estimate([1, 2], [1, 2], [3.0, 4.0]).crowd is None, "their votes never meet"


def test_what_is_known_of_the_truth_beforehand_counts():
    what, who, values, *_ = measured(9, tasks=50)

    sure = estimate(what, who, values, prior=(50.0, 0.01))

    assert np.abs(sure.means - 50.0).max() < 0.1
    assert np.abs(estimate(what, who, values, prior=(50.0, 100.0)).means - 50.0).max() > 2.0


def test_the_one_door_opens_for_numbers_too():
    what, who, values, *_ = measured(10, tasks=30)

    assert infer(what, who, values, level="numeric").means.tolist() == estimate(what, who, values).means.tolist()


@pytest.mark.parametrize(
    ("columns", "options", "reason"),
    [
        (([1, 2], [1], [0.5, 0.5]), {}, "columns"),
        (([1, 2], [1, 2], [0.5, float("nan")]), {}, "not-finite"),
        (([1, 2], [1, 2], [float("inf"), 0.5]), {}, "not-finite"),
        (([1, 2], [1, 2], ["a", "b"]), {}, "not-finite"),
        (([1, 2], [1, 2.5], [1.0, 2.0]), {}, "not-whole"),
        (([1, 2], [1, 2], [1.0, 2.0]), {"model": "oracle"}, "unknown-model"),
        (([1, 2], [1, 2], [1.0, 2.0]), {"gold": {1: float("nan")}}, "gold"),
        (([1, 2], [1, 2], [1.0, 2.0]), {"prior": (0.0, 0.0)}, "prior"),
    ],
    ids=["columns", "not a number", "infinite", "words", "half a person", "model", "gold", "prior"],
)
def test_what_makes_no_sense_is_refused_with_its_place_and_advice(columns, options, reason):
    with pytest.raises(InferenceUndefined) as refused:
        estimate(*columns, **options)

    assert refused.value.reason == reason
    assert refused.value.where in str(refused.value)
    assert refused.value.hint
