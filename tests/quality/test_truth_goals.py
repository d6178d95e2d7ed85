"""What the default model reaches on real crowds: accuracy, likelihood, calibration. The scorer alone reads the truth."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from crowds import crowd, truth
from scoring import Score, calibration_error, interval, score

from evenhand.quality import infer
from evenhand.quality.ballots import ballots

SETS = ("bluebird", "ducks", "cf", "cf_amt", "zencrowd_us", "zencrowd_in", "adult2", "hitspam_cf", "barzan")
ERR_TOGETHER = ("ducks", "hitspam_cf")
BEST_OF_OTHERS = 0.7699  # mean accuracy of the best method measured on the nine sets


@pytest.fixture(scope="module")
def ours() -> dict[str, Score]:
    return {name: score(infer(*crowd(name).columns).probabilities, truth(name)) for name in SETS}


@pytest.fixture(scope="module")
def smoothed() -> dict[str, Score]:
    return {name: score(infer(*crowd(name).columns, model="majority").probabilities, truth(name)) for name in SETS}


def test_its_mean_accuracy_is_above_every_method_that_was_measured(ours):
    assert np.mean([each.accuracy for each in ours.values()]) > BEST_OF_OTHERS + 0.02


@pytest.mark.parametrize("name", SETS)
def test_on_no_set_is_it_half_a_point_worse_than_majority(name, ours, smoothed):
    _, high = interval(ours[name].credits - smoothed[name].credits)

    assert high >= -0.005


@pytest.mark.parametrize("measure", ["loss", "brier"])
def test_its_probabilities_are_better_than_the_vote_shares_on_seven_of_nine(measure, ours, smoothed):
    raw = {}
    for name in SETS:
        votes = ballots(*crowd(name).columns)
        raw[name] = score(votes.counts() / votes.sizes[:, None], truth(name))

    for plain in (smoothed, raw):
        assert sum(getattr(ours[name], measure) < getattr(plain[name], measure) for name in SETS) >= 7


def test_it_is_calibrated_where_people_do_not_err_together(ours):
    pooled = [each for name, each in ours.items() if name not in ERR_TOGETHER]

    error = calibration_error(
        np.concatenate([each.confidences for each in pooled]), np.concatenate([each.credits for each in pooled])
    )

    assert error <= 0.05


def test_where_nearly_all_agree_and_a_third_is_wrong_it_says_that_it_cannot_tell():
    assert infer(*crowd("hitspam_cf").columns).caveat == "no-disagreement"


def test_twenty_known_answers_teach_it_which_birds_people_take_for_ducks():
    votes, right = crowd("ducks"), truth("ducks")
    gains = []
    for seed in range(4):
        picked = np.random.default_rng(seed).choice(right.size, 20, replace=False)
        is_gold = np.isin(np.arange(right.size), picked)
        found = infer(*votes.columns, gold={int(task): int(right[task]) for task in picked})
        plain = infer(*votes.columns, model="majority")
        gains.append(
            score(found.probabilities, right, is_gold).accuracy - score(plain.probabilities, right, is_gold).accuracy
        )

    assert np.mean(gains) > 0.05


def test_it_opens_no_file_and_so_no_truth():
    watched = (
        "import sys\nimport numpy as np\nfrom crowds import crowd, truth\nfrom evenhand.quality import infer\n"
        "columns = crowd('bluebird').columns\ninfer([1, 1], [1, 2], [0, 1])\nopened = []\n"
        "sys.addaudithook(lambda event, given: opened.append(given[0]) if event == 'open' else None)\n"
        "infer(*columns)\nprint(len(opened))\ntruth('bluebird')\nprint(sum('truth.csv' in str(each) for each in opened))"
    )

    said = subprocess.run(
        [sys.executable, "-c", watched],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": ":".join([str(Path(__file__).parent), *sys.path])},
    ).stdout

    # The second line is the watch's own saboteur: a scorer that reads the truth is seen.
    assert said.split() == ["0", "1"]


def test_a_tie_counts_by_its_parts_and_a_class_that_nobody_named_is_a_miss():
    probabilities = np.array([[0.5, 0.5, 0.0], [0.1, 0.1, 0.8], [0.9, 0.05, 0.05]])

    assert score(probabilities, np.array([0, 2, 3])).credits.tolist() == [0.5, 1.0, 0.0]
    assert score(probabilities, np.array([-1, 2, -1])).accuracy == 1.0
