"""Truth inference: the example of 1979, what must always hold, and every kind of votes that cannot tell."""

import numpy as np
import pytest
from crowds import crowd
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import TruthModel, infer, latent
from evenhand.quality.ballots import ballots
from evenhand.quality.latent import Lead
from evenhand.quality.truth import MODELS
from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.walk import Seen

CHOICES = (None, *MODELS)
WITHOUT_ORDER = tuple(each for each in CHOICES if each != "ordinal")


def synthetic(seed, tasks=60, annotators=12, classes=3, votes_a_task=5, accuracy=0.75):
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, tasks)
    who = np.concatenate([random.choice(annotators, votes_a_task, replace=False) for _ in range(tasks)])
    what = np.repeat(np.arange(tasks), votes_a_task)
    skill = np.clip(random.normal(accuracy, 0.15, annotators), 0.2, 0.98)
    is_right = random.random(who.size) < skill[who]
    codes = np.where(is_right, truth[what], random.integers(0, classes, who.size))
    return what, who, codes, truth


def test_dawid_and_skene_reproduce_the_class_shares_that_they_printed():
    found = infer(*crowd("anesthesia").columns, model="dawid-skene")

    assert found.class_shares.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert np.sum(found.confidences > 0.99) == 43
    assert found.has_converged


def test_without_arguments_beyond_the_columns_it_answers_for_every_task_and_annotator():
    what, who, codes, truth = synthetic(1)

    found = infer(what, who, codes)

    assert found.task_numbers.tolist() == list(range(60))
    assert found.probabilities.shape == (60, 3)
    assert np.mean(found.codes == truth) > 0.9
    assert found.version >= 1
    assert found.accuracies().mean.shape == found.annotator_numbers.shape == (12,)


@pytest.mark.parametrize("model", CHOICES)
def test_probabilities_are_a_distribution_and_nothing_is_nan(model):
    what, who, codes, _ = synthetic(2)

    found = infer(what, who, codes, 4, model=model)

    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones(60))
    assert found.probabilities.min() >= 0
    assert found.class_shares.sum() == pytest.approx(1)
    assert np.isfinite(found.log_likelihood)
    for each in (found.accuracies(), found.confusion(3)):
        assert np.all((each.low <= each.mean) & (each.mean <= each.high))
        assert np.isfinite(each.low).all() and np.isfinite(each.high).all()
        assert each.counts.min() >= 0
    assert found.confusion(3).mean.sum(axis=0) == pytest.approx(np.ones(4))


@pytest.mark.parametrize("model", WITHOUT_ORDER)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_renaming_tasks_annotators_or_classes_renames_the_answer(model, seed):
    what, who, codes, _ = synthetic(seed, tasks=20)
    random = np.random.default_rng(seed)
    tasks, annotators, classes, rows = (random.permutation(n) for n in (20, 12, 3, codes.size))
    plain = infer(what, who, codes, 3, model=model)

    renamed = infer(tasks[what][rows], annotators[who][rows], classes[codes][rows], 3, model=model)

    assert renamed.model == plain.model
    assert renamed.probabilities[tasks][:, classes] == pytest.approx(plain.probabilities, abs=1e-5)
    mine = np.searchsorted(renamed.annotator_numbers, annotators[plain.annotator_numbers])
    assert renamed.accuracies().mean[mine] == pytest.approx(plain.accuracies().mean, abs=1e-5)


@pytest.mark.parametrize("model", CHOICES)
def test_a_known_answer_is_kept_and_teaches_about_the_annotators(model):
    what, who, codes, truth = synthetic(3)
    wrong = (truth + 1) % 3

    found = infer(what, who, codes, 3, model=model, gold={0: int(wrong[0]), 7: int(truth[7]), 999: 1})

    assert found.codes[0] == wrong[0]
    assert found.probabilities[0, wrong[0]] == 1.0
    assert found.codes[7] == truth[7]
    assert found.task_numbers.size == 60


def test_gold_turns_a_crowd_around_that_is_mostly_wrong():
    random = np.random.default_rng(4)
    truth = random.integers(0, 2, 200)
    what, who = np.repeat(np.arange(200), 5), np.tile(np.arange(5), 200)
    is_right = random.random(1000) < np.array([0.95, 0.9, 0.2, 0.25, 0.2])[who]
    codes = np.where(is_right, truth[what], 1 - truth[what])

    blind = infer(what, who, codes, 2, model="hierarchical")
    told = infer(what, who, codes, 2, model="hierarchical", gold={i: int(truth[i]) for i in range(20)})

    assert np.mean(blind.codes == truth) < 0.3
    assert np.mean(told.codes == truth) > 0.9


def test_class_shares_that_are_given_are_kept():
    what, who, codes, _ = synthetic(5)

    found = infer(what, who, codes, 3, model="hierarchical", class_shares=[2, 1, 1])

    assert found.class_shares.tolist() == [0.5, 0.25, 0.25]


def test_a_fitted_model_answers_for_tasks_that_it_has_not_seen():
    what, who, codes, truth = synthetic(6, tasks=300, accuracy=0.7)
    is_new = what >= 200
    model = TruthModel("hierarchical").fit(what[~is_new], who[~is_new], codes[~is_new], 3)

    guessed = model.predict(what[is_new], who[is_new], codes[is_new])

    assert np.mean(guessed == truth[200:]) > 0.85
    assert model.predict().tolist() == model.inference.codes.tolist()
    assert model.predict_proba([5, 6], [777, 3], [1, 2]).sum(axis=1) == pytest.approx([1, 1])


def test_it_answers_for_tasks_of_the_fit_as_the_fit_did():
    columns = synthetic(7)[:3]
    model = TruthModel("dawid-skene").fit(*columns, 3)

    assert model.predict_proba(*columns) == pytest.approx(model.predict_proba(), abs=1e-4)


def test_majority_is_the_smoothed_share_and_tells_ties():
    found = infer([1, 1, 1, 2, 2], [1, 2, 3, 1, 2], [0, 0, 1, 2, 1], 3, model="majority")

    assert found.probabilities[0].tolist() == pytest.approx([(2 + 1 / 3) / 4, (1 + 1 / 3) / 4, (1 / 3) / 4])
    assert found.codes.tolist() == [0, -1]
    assert found.winner_tasks.tolist() == [0, 1, 1]
    assert found.winner_codes.tolist() == [0, 1, 2]
    assert found.credits.tolist() == [1, 0.5, 0.5]


# ------------------------------------------------------------------------------------------- votes that cannot tell --
@pytest.mark.parametrize("model", CHOICES)
def test_no_votes_give_no_rows(model):
    found = infer([], [], [], 3, model=model)

    assert found.probabilities.shape == (0, 3)
    assert found.codes.size == found.accuracies().mean.size == 0


@pytest.mark.parametrize(
    "columns",
    [([1, 2, 3], [9, 9, 9], [0, 1, 1]), ([1, 2, 3], [7, 8, 9], [0, 1, 1]), ([1, 1], [9, 9], [0, 1])],
    ids=["one annotator", "no overlap", "one annotator twice"],
)
def test_votes_that_never_meet_are_taken_as_they_are_and_said_to_tell_nothing(columns):
    found = infer(*columns, 2)

    assert found.model == "majority"
    assert found.caveat == "no-overlap"
    assert np.isfinite(found.probabilities).all()
    assert found.accuracies().counts.max() <= 2


@pytest.mark.parametrize("model", CHOICES)
def test_where_every_task_is_tied_every_tie_is_told(model):
    found = infer([1, 1, 2, 2], [1, 2, 1, 2], [0, 1, 1, 0], 2, model=model)

    assert found.codes.tolist() == [-1, -1]
    assert found.probabilities == pytest.approx(np.full((2, 2), 0.5))


@pytest.mark.parametrize("model", CHOICES)
@pytest.mark.parametrize("classes", [1, 2, 4])
def test_where_one_class_was_used_it_is_the_answer(model, classes):
    found = infer([1, 1, 2, 2], [1, 2, 1, 2], [0, 0, 0, 0], classes, model=model)

    assert found.codes.tolist() == [0, 0]
    assert np.isfinite(found.probabilities).all()


@pytest.mark.parametrize("people", [10**5, pytest.param(10**6, marks=pytest.mark.drill)])
@pytest.mark.parametrize("model", ["majority", "dawid-skene", "hierarchical"])
def test_a_million_annotators_with_one_vote_each_are_the_crowd(model, people):
    random = np.random.default_rng(8)
    truth = random.integers(0, 3, people // 5)
    what = np.repeat(np.arange(people // 5), 5)
    codes = np.where(random.random(people) < 0.7, truth[what], random.integers(0, 3, people))

    found = infer(what, np.arange(people), codes, 3, model=model)

    assert np.mean(found.codes == truth) > 0.9
    assert np.isfinite(found.probabilities).all()


def test_of_a_large_crowd_a_sample_decides_which_models_are_fitted_to_all_of_it():
    random = np.random.default_rng(8)
    truth = random.integers(0, 2, 25_000)
    what = np.repeat(np.arange(25_000), 5)
    codes = np.where(random.random(125_000) < 0.8, truth[what], 1 - truth[what])

    found = infer(what, np.arange(125_000), codes, 2)

    assert np.mean(found.codes == truth) > 0.9
    assert 1 <= len(found.weights) < 9
    assert sum(found.weights.values()) == pytest.approx(1)


def test_where_nobody_contradicts_anybody_it_says_so_until_an_answer_is_known():
    columns = [np.repeat(np.arange(50), 3), np.tile(np.arange(3), 50), np.repeat(np.arange(50) % 2, 3)]

    assert infer(*columns).caveat == "no-disagreement"
    assert infer(*columns, gold={0: 0}).caveat is None


@pytest.mark.parametrize(
    ("columns", "options", "reason"),
    [
        (([1, 2], [1], [0, 0]), {}, "columns"),
        (([1, 2], [1, 2], [0, 3]), {"classes": 3}, "unknown-class"),
        (([1, 2], [1, 2], [0, -1]), {}, "unknown-class"),
        (([1, 2], [1, 2], [0, 0.5]), {}, "not-whole"),
        (([1, 2], [1, 2], [0, float("nan")]), {}, "not-whole"),
        (([1, 2], [1, 2], ["a", "b"]), {}, "not-whole"),
        (([1, 2], [1, 2], [0, 0]), {"classes": 0}, "classes"),
        (([1, 2], [1, 2], [0, 0]), {"classes": 10**6}, "classes"),
        (([1, 2], [1, 2], [0, 0]), {"model": "oracle"}, "unknown-model"),
        (([1, 2], [1, 2], [0, 0]), {"engine": "steam"}, "engine"),
        (([1, 2], [1, 2], [0, 0]), {"gold": {1: 5}}, "gold"),
        (([1, 2], [1, 2], [0, 0]), {"class_shares": [1.0]}, "prior"),
        (([1, 2], [1, 2], [0, 0]), {"class_shares": [1.0, 0.0]}, "prior"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_sense_is_refused_with_its_place_and_advice(columns, options, reason):
    with pytest.raises(InferenceUndefined) as refused:
        infer(*columns, **options)

    assert refused.value.reason == reason
    assert refused.value.where in str(refused.value)
    assert refused.value.hint


def test_a_vote_for_an_unknown_class_is_named_with_its_row():
    with pytest.raises(InferenceUndefined, match="row 2 has code 7 of 3"):
        infer([1, 1, 2], [1, 2, 1], [0, 1, 7], 3)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_machine_code_gives_what_numpy_gives(model, seed):
    what, who, codes, truth = synthetic(seed, tasks=30, annotators=30, votes_a_task=20)
    gold = {0: int(truth[0]), 1: int((truth[1] + 1) % 3)}

    plain, compiled = (
        infer(what, who, codes, 3, model=model, gold=gold, engine=engine) for engine in ("numpy", "numba")
    )

    assert compiled.probabilities == pytest.approx(plain.probabilities, abs=1e-9)
    assert compiled.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-9)


@pytest.mark.parametrize("model", ["dawid-skene", "correlated"])
def test_among_many_tasks_too_machine_code_gives_what_numpy_gives_in_as_many_passes(model):
    what, who, codes, _ = synthetic(10, tasks=14_000, annotators=60)
    is_cast = np.random.default_rng(10).random(what.size) < 0.9  # tasks of every size up to five votes

    plain, compiled = (
        infer(what[is_cast], who[is_cast], codes[is_cast], 3, model=model, engine=engine)
        for engine in ("numpy", "numba")
    )

    assert compiled.passes == plain.passes
    assert compiled.probabilities == pytest.approx(plain.probabilities, abs=1e-9)


def test_among_many_tasks_leaps_lead_sooner_to_where_plain_passes_lead(monkeypatch):
    columns = [each[:60_000] for each in synthetic(11, tasks=12_000, annotators=200, classes=5, accuracy=0.5)[:3]]
    leapt = infer(*columns, 5, model="dawid-skene")
    monkeypatch.setattr(latent, "_PLAIN_PASSES", latent.PASSES_MAX)

    plain = infer(*columns, 5, model="dawid-skene")

    assert leapt.has_converged
    assert plain.has_converged
    assert leapt.passes < 0.75 * plain.passes
    assert leapt.log_likelihood >= plain.log_likelihood - 1e-3 * leapt.task_numbers.size


def test_a_leap_that_made_the_votes_less_likely_is_taken_back():
    def seen(count, log_likelihood):
        return Seen(np.array([[count, 10.0 - count]]), np.array([count, 10.0 - count]), log_likelihood)

    lead = Lead(seen(1.0, -np.inf), is_leaping=True)
    for count, log_likelihood in ((2.0, -9.0), (3.0, -8.0), (4.0, -7.0)):
        lead = lead.after(seen(count, log_likelihood))
    assert lead.counts.tolist() == [[4.5, 5.5]]

    back = lead.after(seen(6.0, -7.5))

    assert back.counts.tolist() == [[4.0, 6.0]]
    assert back.after(seen(4.2, -6.9)).counts.tolist() == [[4.2, 5.8]]


def test_votes_are_sorted_by_task_then_annotator_then_code_whatever_their_order():
    random = np.random.default_rng(12)
    columns = [random.integers(0, 40, 400), random.integers(0, 9, 400), random.integers(0, 3, 400)]
    for spread in (1, 10**12):
        rows = random.permutation(400)
        votes = ballots(columns[0][rows] * spread, columns[1][rows], columns[2][rows], 3)

        found = np.stack([votes.task_numbers[votes.task_positions], votes.annotators, votes.codes])
        assert np.array_equal(found // np.array([[spread], [1], [1]]), np.stack(columns)[:, np.lexsort(columns[::-1])])


def test_without_being_told_it_walks_in_machine_code_where_votes_are_many(monkeypatch):
    columns = synthetic(13)[:3]
    few = TruthModel("dawid-skene").fit(*columns).inference
    monkeypatch.setattr("evenhand.quality.truth._VOTES_COMPILED", 300)

    many = TruthModel("dawid-skene").fit(*columns).inference

    assert (few._ballots.is_compiled, many._ballots.is_compiled) == (False, True)
    assert many.probabilities == pytest.approx(few.probabilities, abs=1e-9)


def test_inputs_are_left_as_they_are():
    what, who, codes, _ = synthetic(9)
    order = np.random.default_rng(9).permutation(codes.size)
    given_ = [what[order], who[order], codes[order]]
    kept = [each.copy() for each in given_]

    infer(*given_, 3)

    assert all(np.array_equal(one, other) for one, other in zip(given_, kept, strict=True))


def test_the_door_opens_without_numpy_for_whoever_wants_a_share_alone():
    import subprocess
    import sys

    said = subprocess.run(
        [sys.executable, "-c", "import evenhand.quality.share, sys; print('numpy' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert said.strip() == "False"
