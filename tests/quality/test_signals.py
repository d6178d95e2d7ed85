"""Signals about people: copies, long runs, haste. Each is found where it is planted, and seldom where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.signals import alike, longest_run, speeds
from evenhand.quality.truth import infer

TASKS, PEOPLE, CLASSES = 200, 8, 4


def crowd(seed, accuracy=0.7):
    """(tasks, people, codes as a table of tasks x people, posteriors): everybody for themselves."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, CLASSES, TASKS)
    table = np.where(
        random.random((TASKS, PEOPLE)) < accuracy, truth[:, None], random.integers(0, CLASSES, (TASKS, PEOPLE))
    )
    posteriors = 0.92 * np.eye(CLASSES)[truth] + 0.02
    return np.repeat(np.arange(TASKS), PEOPLE), np.tile(np.arange(PEOPLE), TASKS), table, posteriors, random


def test_whoever_copies_half_of_the_answers_is_seen_beside_their_source():
    tasks, people, table, posteriors, random = crowd(1)
    table[:, 5] = np.where(random.random(TASKS) < 0.5, table[:, 2], table[:, 5])

    found = alike(tasks, people, table.reshape(-1), posteriors, PEOPLE)

    assert [(each.first, each.second, each.shared) for each in found] == [(2, 5, TASKS)]
    assert found[0].same == int(np.sum(table[:, 2] == table[:, 5]))
    assert found[0].expected < found[0].same
    assert found[0].chance < 1e-6


@pytest.mark.parametrize("accuracy", [0.6, 0.8, 0.95])
def test_people_who_are_merely_good_or_merely_bad_are_not_said_to_copy(accuracy):
    seen = []
    for seed in range(15):
        tasks, people, table, _, _ = crowd(seed, accuracy)
        codes = table.reshape(-1)
        seen += alike(tasks, people, codes, infer(tasks, people, codes, CLASSES).probabilities, PEOPLE)

    assert seen == []


def test_pairs_that_share_little_are_not_judged():
    tasks, people, table, posteriors, _ = crowd(2)
    table[:, 5] = table[:, 2]
    few = tasks < 19

    assert alike(tasks[few], people[few], table.reshape(-1)[few], posteriors, PEOPLE) == []


def test_nobody_is_alike_without_votes():
    assert alike([], [], [], np.zeros((0, 3)), 0) == []


def test_a_run_of_one_answer_is_seen_with_its_place_and_its_chance():
    random = np.random.default_rng(4)
    codes = random.integers(0, 2, 120)
    codes[60:90] = 1

    found = longest_run(codes, [0.5, 0.5])

    assert found is not None
    assert (found.code, found.count) == (1, 120)
    assert found.start <= 60
    assert found.length >= 30
    assert found.chance < 1e-6


def test_the_chance_of_a_run_is_what_simulation_gives():
    # A fair coin tossed 200 times: a longest run of one given side of 12 or more. 200 x 1/2 x 2^-12 is 0.0241.
    random = np.random.default_rng(7)
    tosses = random.integers(0, 2, (4000, 200))
    longest = np.array([max(map(len, "".join(map(str, row)).split("0"))) for row in tosses])

    assert np.mean(longest >= 12) == pytest.approx(1 - np.exp(-200 * 0.5 * 0.5**12), abs=0.008)


def test_a_question_whose_answer_is_nearly_always_the_same_makes_no_run():
    assert longest_run([0] * 200, [0.99, 0.01]) is None


def test_honest_people_seldom_have_a_run():
    random = np.random.default_rng(9)
    seen = [longest_run(random.integers(0, 2, 150), [0.5, 0.5]) for _ in range(1000)]

    assert sum(each is not None for each in seen) < 10


def test_times_are_medians_beside_those_of_others_on_the_same_tasks():
    tasks, people = [0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]

    hasty, usual, slow, nobody = speeds(tasks, people, [100, 900, 1000, 100, 1900, 2000], 4)

    assert (hasty.median, hasty.crowd, hasty.count) == (100.0, 1400.0, 2)
    assert (usual.median, slow.median) == (1400.0, 1500.0)
    assert nobody is None


def test_times_that_nobody_measured_are_no_times():
    assert speeds([0, 1], [0, 0], [-1, 0], 1) == [None]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(0, 2)), max_size=80, unique_by=lambda v: v[:2])
)
def test_whatever_votes_come_every_figure_is_in_its_range(votes):
    votes.sort()
    tasks, people, codes = (np.array([vote[at] for vote in votes], dtype=int) for at in range(3))
    posteriors = np.full((10, 3), 1 / 3)

    for each in alike(tasks, people, codes, posteriors, 5):
        assert 0 <= each.chance <= 1
        assert 0 <= each.same <= each.shared
    run = longest_run(codes, [1 / 3] * 3)
    assert run is None or 0 <= run.chance <= 1
