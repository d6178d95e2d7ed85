"""Routing: the answers that tell most for their price, among those who may give them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.quality import infer
from evenhand.quality.routing import route
from evenhand.quality.stopping import crowd_of_fit

SHARP, DULL, CHANCE = (np.array([[r, 1 - r], [1 - r, r]]) for r in (0.95, 0.7, 0.5))
OPEN, NEARLY_SURE = [0.5, 0.5], [0.97, 0.03]


def pairs(found):
    return list(zip(found.tasks.tolist(), found.annotators.tolist(), strict=True))


def test_the_open_task_goes_to_the_sharpest_annotator_first():
    found = route([NEARLY_SURE, OPEN], [CHANCE, DULL, SHARP], [1, 1, 1], np.ones((2, 3)))

    assert pairs(found)[0] == (1, 2)
    assert pairs(found)[-2:] == [(0, 0), (1, 0)]
    assert found.bits[-1] == 0.0


def test_two_who_are_cheap_may_be_worth_more_than_one_who_is_dear():
    found = route([OPEN], [DULL, SHARP], [1, 10], np.ones((1, 2)))

    assert pairs(found) == [(0, 0), (0, 1)]
    assert found.bits[0] < found.bits[1]


def test_an_expert_is_asked_where_the_classes_are_open_that_they_can_tell_apart():
    apart = np.array([[0.98, 0.01, 0.01], [0.01, 0.495, 0.495], [0.01, 0.495, 0.495]])

    found = route([[0.0, 0.5, 0.5], [0.5, 0.5, 0.0]], [apart], [1], np.ones((2, 1)))

    assert pairs(found) == [(1, 0), (0, 0)]
    assert found.bits[1] == pytest.approx(0.0, abs=1e-12)


def test_whoever_may_not_answer_is_never_named():
    found = route([OPEN, OPEN], [SHARP, DULL], [1, 1], [[False, True], [False, False]])

    assert pairs(found) == [(0, 1)]


@given(st.integers(0, 10_000))
def test_equals_have_one_order_and_the_best_comes_first(seed):
    random = np.random.default_rng(seed)
    posterior = random.dirichlet(np.ones(3), 4)
    posterior[1] = posterior[0]
    confusions = random.dirichlet(np.ones(3), (3, 3)).transpose(0, 2, 1)

    found = route(posterior, confusions, [1, 2, 3], np.ones((4, 3)))

    assert np.all(np.diff(found.bits_per_cost) <= 1e-11)
    assert found.bits.min() >= 0.0
    assert pairs(found).index((0, 0)) < pairs(found).index((1, 0))


def test_the_confusions_of_a_fit_rank_its_annotators_as_they_are():
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, 400)
    what, who = np.repeat(np.arange(400), 3), np.tile(np.arange(3), 400)
    is_right = random.random(what.size) < np.array([0.65, 0.95, 0.8])[who]
    crowd = crowd_of_fit(infer(what, who, np.where(is_right, truth[what], 1 - truth[what]), 2, model="hierarchical"))

    found = route([OPEN], crowd.confusions([0, 1, 2]), [1, 1, 1], np.ones((1, 3)))

    assert found.annotators.tolist() == [1, 2, 0]
    assert crowd.confusions([77]).sum(axis=1) == pytest.approx(np.ones((1, 2)))


@pytest.mark.parametrize(
    "wrong",
    [([OPEN], [SHARP], [0], [[True]]), ([OPEN], [SHARP], [1, 2], [[True]]), ([OPEN], [np.eye(3)], [1], [[True]])],
    ids=["free", "too-many-costs", "other-classes"],
)
def test_what_does_not_fit_together_is_refused(wrong):
    with pytest.raises(ValueError):
        route(*wrong)
