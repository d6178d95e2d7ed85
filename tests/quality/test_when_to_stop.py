"""Stopping: one more opinion only while it is worth it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.quality import infer
from evenhand.quality.stopping import Rule, Why, crowd_of_fit, expected_bits, judge, rule_for, unknown_crowd

GOOD, BAD = 0.95, 0.5


def votes_of_a_crowd(seed=0, tasks=200, people=6, right=(GOOD, GOOD, GOOD, BAD, BAD, BAD)):
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, tasks)
    what, who = np.repeat(np.arange(tasks), people), np.tile(np.arange(people), tasks)
    is_right = random.random(what.size) < np.array(right)[who]
    return what, who, np.where(is_right, truth[what], 1 - truth[what])


@pytest.fixture(scope="module")
def crowd():
    return crowd_of_fit(infer(*votes_of_a_crowd(), 2, model="hierarchical"))


def one(crowd, people, codes, rule=None, task=10_000):
    found = judge(crowd, rule or Rule(), [task] * len(people), people, codes)
    return Why(found.why[0]), found.probabilities[0]


def test_two_good_annotators_who_agree_are_enough(crowd):
    why, posterior = one(crowd, [0, 1], [1, 1], Rule(sure=0.98))

    assert why == Why.SURE
    assert posterior[1] >= 0.98


def test_two_who_answer_at_random_are_not_enough_however_they_agree(crowd):
    why, posterior = one(crowd, [3, 4], [1, 1], Rule(sure=0.98))

    assert why == Why.UNSURE
    assert posterior[1] < 0.7


def test_people_who_disagree_are_asked_about_on_however_sure_their_records_are():
    what, who, codes = votes_of_a_crowd(right=(0.99, 0.99, 0.75, 0.75, 0.75, 0.75))
    known = crowd_of_fit(infer(what, who, codes, 2))
    agreeing, split = ([0, 1], [1, 1]), ([0, 1, 2, 3, 4], [1, 1, 0, 0, 0])

    told = [
        known.mixture.simplest.posterior(np.zeros(len(each[0]), int), *map(np.array, each))[1]
        for each in (agreeing, split)
    ]

    assert all(each[0, 1] >= 0.97 for each in told), "by their records both are as good as certain"
    assert one(known, *agreeing, Rule(sure=0.97))[0] == Why.SURE
    assert one(known, *split, Rule(sure=0.97))[0] == Why.UNSURE
    assert one(known, *split, Rule(sure=0.97, whole_sure=0.05))[0] == Why.SURE


def test_before_anybody_is_known_every_task_gets_the_warm_up():
    nobody = unknown_crowd(2)

    verdicts = [one(nobody, list(range(n)), [1] * n, Rule(sure=0.6, warm_up=4))[0] for n in range(1, 6)]

    assert verdicts == [Why.WARM_UP, Why.WARM_UP, Why.WARM_UP, Why.SURE, Why.SURE]


def test_strangers_get_the_warm_up_among_people_who_are_known(crowd):
    strangers, mixed = [90, 91], [90, 0]

    assert one(crowd, strangers, [1, 1], Rule(warm_up=3))[0] == Why.WARM_UP
    assert one(crowd, mixed, [1, 1], Rule(warm_up=3))[0] != Why.WARM_UP


def test_the_same_record_with_fewer_answers_behind_it_makes_less_sure():
    few = crowd_of_fit(infer(*votes_of_a_crowd(tasks=8), 2, model="hierarchical"))
    many = crowd_of_fit(infer(*votes_of_a_crowd(tasks=2000), 2, model="hierarchical"))

    assert one(few, [0], [1])[1][1] < one(many, [0], [1])[1][1]


def test_the_cap_ends_it_and_the_least_number_begins_it(crowd):
    split = [0, 1, 3], [0, 1, 1]

    assert one(crowd, *split, Rule(sure=0.9999, answers_max=3))[0] == Why.CAP
    assert one(crowd, [0], [1], Rule(sure=0.6, answers_min=2))[0] == Why.WARM_UP


def test_a_crowd_that_tells_nothing_is_not_asked_on():
    random = np.random.default_rng(3)
    what, who = np.repeat(np.arange(300), 5), np.tile(np.arange(5), 300)
    crowd = crowd_of_fit(infer(what, who, random.integers(0, 2, what.size), 2, model="hierarchical"))

    found = judge(crowd, Rule(bits_min=0.05), [1_000] * 3, [0, 1, 2], [0, 1, 0])

    assert Why(found.why[0]) == Why.TELLS_TOO_LITTLE


def test_a_task_does_not_vouch_for_those_who_vouch_for_it():
    what, who, codes = votes_of_a_crowd(tasks=4)
    crowd = crowd_of_fit(infer(what, who, codes, 2, model="hierarchical"))
    mine = what == 0

    inside = judge(crowd, Rule(), what[mine], who[mine], codes[mine]).probabilities.max()
    # The same votes under a number that the fit never saw keep the task's own part in the records.
    with_itself = judge(crowd, Rule(), what[mine] + 500, who[mine], codes[mine]).probabilities.max()

    assert inside < with_itself


def test_a_fit_without_priors_of_its_own_says_the_same_as_its_held_out_posterior():
    what, who, codes = votes_of_a_crowd(seed=5, tasks=60)
    found = infer(what, who, codes, 2, model="hierarchical")

    judged = judge(crowd_of_fit(found), Rule(), what, who, codes)

    # The crowd's prior is that of the last pass in one and of the posterior in the other.
    assert np.abs(judged.probabilities - found.probabilities).max() < 0.02


@given(st.permutations(range(12)))
def test_the_order_in_which_votes_come_says_nothing(crowd, order):
    what, who, codes = votes_of_a_crowd(seed=9, tasks=2)

    one_way = judge(crowd, Rule(), what, who, codes)
    other = judge(crowd, Rule(), what[list(order)], who[list(order)], codes[list(order)])

    np.testing.assert_array_equal(one_way.probabilities, other.probabilities)
    np.testing.assert_array_equal(one_way.why, other.why)


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 1)), min_size=1, max_size=8, unique_by=lambda each: each[0])
)
def test_a_verdict_replays_and_names_model_and_version(crowd, votes):
    people, codes = zip(*votes, strict=True)

    first = judge(crowd, Rule(), [7_000] * len(people), people, codes)
    again = judge(crowd, Rule(), [7_000] * len(people), people, codes)

    assert (first.model, first.model_version, first.version) == ("hierarchical", 2, 2)
    np.testing.assert_array_equal(first.probabilities, again.probabilities)
    assert first.probabilities.sum() == pytest.approx(1.0)
    assert first.bits[0] >= 0.0
    assert np.array_equal(first.why, again.why)


def test_no_votes_give_no_verdict_and_a_foreign_code_is_refused(crowd):
    assert judge(crowd, Rule(), [], [], []).task_numbers.size == 0
    with pytest.raises(ValueError, match="outside 0"):
        judge(crowd, Rule(), [1], [1], [2])


@pytest.mark.parametrize(
    "wrong",
    [
        {"sure": 1.0},
        {"whole_sure": 0.0},
        {"bits_min": -1.0},
        {"answers_min": 0},
        {"answers_max": 1},
        {"warm_up": 0},
        {"known_after": -1},
    ],
    ids=lambda each: next(iter(each)),
)
def test_a_rule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError):
        Rule(**wrong)


def test_a_fair_coin_and_a_right_answer_tell_what_they_should():
    even = np.array([[0.5, 0.5]])

    assert expected_bits(even, np.eye(2))[0] == pytest.approx(1.0)
    assert expected_bits(even, np.full((2, 2), 0.5))[0] == pytest.approx(0.0)
    # The binary symmetric channel: one bit less the entropy of its noise (Shannon, 1948).
    assert expected_bits(even, np.array([[0.9, 0.1], [0.1, 0.9]]))[0] == pytest.approx(0.531, abs=1e-3)


def test_a_plan_sets_its_warm_up_aside():
    assert [rule_for(cap).warm_up for cap in (1, 3, 5, 20, 40)] == [1, 2, 2, 4, 8]
    assert rule_for(1).answers_min == 1
    assert rule_for(7, sure=0.9).sure == 0.9
