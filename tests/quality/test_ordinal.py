"""Levels that have an order: what a scale adds to a confusion, and when it adds nothing."""

import numpy as np
import pytest
from crowds import crowd, truth
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import TruthModel, infer, latent, profiles
from evenhand.quality.ballots import ballots
from evenhand.quality.ordinal import BIASES, SLOPES, Scale
from evenhand.quality.undefined import InferenceUndefined


def on_a_scale(seed, tasks=200, annotators=60, votes_a_task=4, levels=5):
    """Columns and truth of people who see a level with a bias and a noise of their own, and round."""
    random = np.random.default_rng(seed)
    true = random.integers(0, levels, tasks)
    who = np.concatenate([random.choice(annotators, votes_a_task, replace=False) for _ in range(tasks)])
    what = np.repeat(np.arange(tasks), votes_a_task)
    bias, noise = random.normal(0, 0.7, annotators), np.exp(random.normal(-0.4, 0.6, annotators))
    seen = true[what] + bias[who] + noise[who] * random.normal(size=who.size)
    return what, who, np.clip(np.round(seen), 0, levels - 1).astype(int), true


def test_it_foretells_the_grades_of_the_anesthetists_of_1979_better_than_confusions_do():
    votes = ballots(*crowd("anesthesia").columns)

    by_scale = profiles.held_out(votes, profiles.fit(votes, Scale())).log_votes
    by_confusion = latent.held_out(votes, latent.fit(votes, latent.Design())).log_votes

    assert np.nanmean(by_scale) > np.nanmean(by_confusion)


def test_of_thin_crowds_on_a_scale_it_errs_less_than_votes_confusions_mean_and_median():
    errors = []
    for seed in range(6):
        what, who, codes, true = on_a_scale(seed)
        found = [
            infer(what, who, codes, 5, level="ordinal").medians,
            np.bincount(what, weights=codes) / np.bincount(what),
            np.array([np.median(codes[what == task]) for task in range(true.size)]),
            *(infer(what, who, codes, 5, model=model).medians for model in ("majority", "hierarchical", "stacked")),
        ]
        errors.append([np.mean(np.abs(levels - true)) for levels in found])

    by_scale, *others = np.mean(errors, axis=0)
    assert by_scale < 0.95 * min(others)


def test_of_real_ratings_the_median_level_errs_less_than_the_mean_and_the_median_of_the_votes():
    votes, right = crowd("adult2"), truth("adult2")
    known = np.flatnonzero((right >= 0) & (right < votes.classes))
    columns = votes.tasks, votes.annotators, votes.codes
    rows = [votes.codes[votes.tasks == task] for task in known]

    found = infer(*columns, votes.classes, level="ordinal")

    error = np.mean(np.abs(found.medians[known] - right[known]))
    for plain in (np.mean, np.median):
        assert error < np.mean(np.abs([plain(row) for row in rows] - right[known]))


def test_where_classes_have_no_order_the_votes_say_so_and_the_scale_weighs_nothing():
    # Of these tweets' classes the last means "can't tell": it lies on no scale.
    votes = crowd("cf_amt")

    weights = infer(*votes.columns, level="ordinal").weights

    assert sum(weight for name, weight in weights.items() if name.startswith("ordinal")) < 0.02
    assert infer(*votes.columns).weights.keys() < weights.keys()


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_scale_read_from_the_other_end_gives_the_answer_from_the_other_end(seed):
    what, who, codes, _ = on_a_scale(seed, tasks=30, annotators=10)

    there = infer(what, who, codes, 5, model="ordinal").probabilities
    back = infer(what, who, 4 - codes, 5, model="ordinal").probabilities

    assert back[:, ::-1] == pytest.approx(there, abs=1e-5)


def test_places_and_cuts_keep_their_order_and_every_profile_is_a_distribution():
    what, who, codes, _ = on_a_scale(4)
    fitted = profiles.fit(ballots(what, who, codes, 5), Scale())

    probabilities = fitted.sheet.probabilities()

    assert probabilities.shape == (len(SLOPES) * len(BIASES), 5, 5)
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
    assert np.all(np.diff(fitted.sheet.places) > 0) and np.all(np.diff(fitted.sheet.cuts) > 0)
    assert fitted.prior.sum() == pytest.approx(1.0)


def test_what_it_learned_of_people_serves_for_tasks_that_it_has_not_seen():
    what, who, codes, true = on_a_scale(5, tasks=400, annotators=20)
    is_new = what >= 300
    model = TruthModel("ordinal").fit(what[~is_new], who[~is_new], codes[~is_new], 5)

    shown = model.predict_proba(what[is_new], who[is_new], codes[is_new])
    strangers = model.predict_proba(what[is_new], who[is_new] + 1000, codes[is_new])

    def error(probabilities):
        return np.mean(np.abs((probabilities.cumsum(axis=1) < 0.5).sum(axis=1) - true[300:]))

    assert error(shown) < error(strangers)
    assert strangers.sum(axis=1) == pytest.approx(np.ones(100))


def test_more_levels_than_a_sheet_holds_are_refused_by_name_and_left_out_of_the_stack():
    what, who, codes = [1, 1, 2, 2], [1, 2, 1, 2], [0, 150, 199, 199]

    with pytest.raises(InferenceUndefined, match="128 at most"):
        infer(what, who, codes, 200, model="ordinal")
    assert not any(name.startswith("ordinal") for name in infer(what, who, codes, 200, level="ordinal").weights)
