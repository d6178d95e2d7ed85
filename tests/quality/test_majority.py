"""Majority consensus: winners, ties as fractions, shares and the smoothed probability."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.quality.majority import majority
from evenhand.quality.votes import dense, vote_columns


def test_a_clear_winner_has_its_share_its_count_and_a_smoothed_probability():
    found = majority([7, 7, 7, 9], [1, 1, 0, 2], 3)

    assert found.task_numbers.tolist() == [7, 9]
    assert found.codes.tolist() == [1, 2]
    assert found.top_counts.tolist() == [2, 1]
    assert found.votes.tolist() == [3, 1]
    assert found.shares.tolist() == pytest.approx([2 / 3, 1.0])
    # (count + 1/classes) / (votes + 1)
    assert found.probabilities.tolist() == pytest.approx([(2 + 1 / 3) / 4, (1 + 1 / 3) / 2])


def test_a_tie_is_reported_and_shared_never_broken_by_order():
    found = majority([1, 1, 1, 1, 2], [2, 0, 0, 2, 1], 3)

    assert found.codes.tolist() == [-1, 1]
    assert found.is_tied.tolist() == [True, False]
    assert found.winner_codes.tolist() == [0, 2, 1]
    assert found.winner_tasks.tolist() == [0, 0, 1]
    assert found.credits.tolist() == [0.5, 0.5, 1.0]


def test_for_two_classes_the_probability_is_jeffreys():
    found = majority([1] * 5, [0, 0, 0, 1, 0], 2)

    assert found.probabilities[0] == pytest.approx((4 + 0.5) / (5 + 1))


def test_three_equal_votes_are_not_drowned_among_a_thousand_classes():
    assert majority([1, 1, 1], [640, 640, 640], 1000).probabilities[0] > 0.75


def test_no_votes_give_no_rows():
    assert majority([], [], 4).codes.size == 0


@given(st.lists(st.tuples(st.integers(-3, 5), st.integers(0, 4)), max_size=60), st.randoms())
def test_it_is_what_counting_by_hand_gives_in_any_order(drawn, random):
    random.shuffle(drawn)

    found = majority([task for task, _ in drawn], [code for _, code in drawn], 5)

    assert found.task_numbers.tolist() == sorted({task for task, _ in drawn})
    for position, task in enumerate(found.task_numbers):
        counts = Counter(code for each, code in drawn if each == task)
        winners = sorted(code for code, count in counts.items() if count == max(counts.values()))
        assert found.winner_codes[found.winner_tasks == position].tolist() == winners
        assert found.credits[found.winner_tasks == position].sum() == pytest.approx(1.0)
        assert found.votes[position] == sum(counts.values())
        assert 0 < found.probabilities[position] < 1


def test_a_wide_codebook_is_counted_without_a_table_of_every_cell():
    random = np.random.default_rng(1)
    tasks, codes = random.integers(0, 3000, 9000), random.integers(0, 10**6, 9000)

    found = majority(tasks, codes, 10**6)

    assert found.votes.sum() == 9000
    assert np.array_equal(found.shares, found.top_counts / found.votes)


@given(st.lists(st.integers(-(2**40), 2**40), max_size=40))
def test_dense_positions_point_back_to_the_numbers(numbers):
    distinct, positions = dense(numbers)

    assert distinct.tolist() == sorted(set(numbers))
    assert distinct[positions].tolist() == numbers


def test_columns_are_sorted_once_by_task_code_and_annotator():
    columns = vote_columns([9, 4, 9, 4], [70, 80, 60, 70], [1.0, 0.0, 1.0, 1.0], 2)

    assert columns.task_numbers.tolist() == [4, 9]
    assert columns.tasks.tolist() == [0, 0, 1, 1]
    assert columns.codes.tolist() == [0, 1, 1, 1]
    assert columns.annotator_numbers[columns.annotators].tolist() == [80, 70, 60, 70]


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="length"):
        majority([1, 2], [0], 2)
    with pytest.raises(ValueError, match="length"):
        vote_columns([1, 2], [1], [0], 2)
