"""A fit without its tasks says of any task what the fit would have said."""

import numpy as np
import pytest
from crowds import crowd
from hypothesis import given
from hypothesis import strategies as st

from evenhand.quality import infer
from evenhand.quality.stopping import Rule, crowd_of_fit, judge

LEFT_OUT = ["stacked", "majority", "hierarchical", "correlated", "difficulty", "ordinal"]


def made(tasks=60, people=12, classes=3, seed=3):
    """Columns of a crowd in which some gave many votes, some one."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, tasks)
    skill = random.random(people)
    what = np.repeat(np.arange(tasks), 4) * 7 + 3
    who = np.concatenate([random.choice(people, 4, replace=False) for _ in range(tasks)])
    who[:5] = people + np.arange(5)
    right = random.random(what.size) < skill[who % people]
    return what, who, np.where(right, np.repeat(truth, 4), random.integers(0, classes, what.size))


def said(fit, *columns):
    return judge(crowd_of_fit(fit), Rule(), *columns)


@pytest.mark.parametrize("model", LEFT_OUT)
def test_a_task_with_the_votes_of_the_fit_is_as_sure_as_the_fit_says(model):
    columns = made()
    fit = infer(*columns, 3, model=model)

    judged = said(fit, *columns)

    np.testing.assert_array_equal(judged.task_numbers, fit.task_numbers)
    np.testing.assert_allclose(judged.probabilities, fit.probabilities, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["bluebird", "cf_amt"])
@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_real_crowds_too_by_the_default_of_infer_with_known_answers(name, level):
    votes = crowd(name)
    fit = infer(*votes.columns, level=level, gold={0: 1, 7: 0}, verdicts={9: 1}, accepted={3: 0})

    judged = said(fit, votes.tasks, votes.annotators, votes.codes)

    np.testing.assert_allclose(judged.probabilities, fit.probabilities, rtol=0, atol=1e-9)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_a_task_that_the_fit_never_saw_is_judged_by_what_it_learned_of_the_people(level):
    what, who, codes = made(tasks=400)
    fit = infer(what, who, codes, 3, level=level)
    good, bad = np.argsort(-fit.accuracies().mean)[[0, -1]]

    judged = said(fit, [10**6, 10**6 + 1, 10**6 + 2], [*fit.annotator_numbers[[good, bad]], 777], [1, 1, 1])

    by_good, by_bad, by_stranger = judged.probabilities[:, 1]
    assert by_good > by_stranger > by_bad


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_a_vote_more_moves_a_task_of_the_fit_as_it_moves_the_next_fit(level):
    what, who, codes = made(tasks=400)
    more = [np.append(each, one) for each, one in zip((what, who, codes), (what[-1], 7, 2), strict=True)]
    mine = more[0] == what[-1]

    judged = said(infer(what, who, codes, 3, level=level), *(each[mine] for each in more))

    refitted = infer(*more, 3, level=level)
    np.testing.assert_allclose(judged.probabilities[0], refitted.probabilities[-1], atol=0.02)


def test_of_a_vote_that_was_changed_what_the_fit_learned_from_it_is_taken_off():
    what, who, codes = made(tasks=8, people=5)
    fit = infer(what, who, codes, 3, model="hierarchical")
    mine = what == what[0]
    other = (codes[mine] + 1) % 3

    inside = said(fit, what[mine], who[mine], other).probabilities[0]

    # Under a number that the fit never saw, the same answers are held against records that this very task made.
    outside = said(fit, what[mine] + 10**6, who[mine], other).probabilities[0]
    assert not np.allclose(inside, outside, atol=1e-3)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 2)), min_size=1, max_size=30))
def test_whatever_is_voted_what_is_said_is_a_posterior_and_the_fit_s_own(votes):
    what, who, codes = zip(*votes, strict=True)
    fit = infer(what, who, codes, 3)

    judged = said(fit, what, who, codes)
    further = said(fit, [0, 21, 5], [3, 21, 99], [2, 1, 0]).probabilities

    np.testing.assert_allclose(judged.probabilities, fit.probabilities, rtol=0, atol=1e-9)
    np.testing.assert_allclose(further.sum(axis=1), 1.0)
    assert np.isfinite(further).all()


def test_a_model_in_which_a_task_vouches_for_its_people_is_refused():
    with pytest.raises(ValueError, match="leaves no task out"):
        crowd_of_fit(infer(*made(), 3, model="dawid-skene"))


def test_a_verdict_stands_for_the_votes_that_it_was_about_and_is_set_aside_when_somebody_is_asked_again():
    what, who, codes = made()
    fit = infer(what, who, codes, 3, verdicts={10: 2})
    mine = what == 10

    as_it_was = said(fit, what[mine], who[mine], codes[mine]).probabilities[0]
    asked_again = said(fit, [*what[mine], 10], [*who[mine], 99], [*codes[mine], 0]).probabilities[0]

    assert as_it_was.tolist() == [0.0, 0.0, 1.0]
    assert asked_again.max() < 1.0
