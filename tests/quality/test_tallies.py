"""Coincidences counted in one pass: the same alpha as from all votes, whatever comes when, and any distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.quality.alpha import interval_alpha, nominal_alpha, ordinal_alpha
from evenhand.quality.tallies import Coincidences
from evenhand.quality.undefined import AgreementUndefined

VOTES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)), max_size=80).map(sorted)


def of(votes):
    found = Coincidences(5)
    found.add([task for task, _ in votes], [code for _, code in votes])
    return found


def test_krippendorffs_worked_example_has_its_value_and_its_counts():
    # Krippendorff 2011, section C: four observers, twelve units, missing data; alpha .743 nominal, .815 ordinal, .849 interval.
    rows = ["11-1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "-555", "--11", "--3-"]
    votes = [(task, int(each) - 1) for task, row in enumerate(rows) for each in row if each != "-"]

    found = of(votes)

    apart = np.subtract.outer(np.arange(5), np.arange(5)) ** 2
    assert round(found.alpha(), 3) == 0.743
    assert round(found.alpha(found.ordinal_distances()), 3) == 0.815
    assert round(found.alpha(apart), 3) == 0.849
    assert (found.tasks, found.votes) == (11, 40)


@given(VOTES)
def test_it_is_alpha_from_all_votes_at_every_level(votes):
    tasks, codes = [task for task, _ in votes], [code for _, code in votes]
    found = of(votes)
    try:
        expected = nominal_alpha(tasks, codes, 5)
    except AgreementUndefined as error:
        with pytest.raises(AgreementUndefined) as refused:
            found.alpha()
        assert refused.value.reason == error.reason
        return

    assert found.alpha() == pytest.approx(expected)
    assert found.alpha(found.ordinal_distances()) == pytest.approx(ordinal_alpha(tasks, codes, 5))
    assert found.alpha(np.subtract.outer(np.arange(5), np.arange(5)) ** 2) == pytest.approx(
        interval_alpha(tasks, codes)
    )


@given(VOTES, st.randoms())
def test_votes_that_come_one_by_one_in_any_order_give_the_same(votes, random):
    whole = of(votes)
    live, held = Coincidences(5), {task: np.zeros(5, dtype=int) for task, _ in votes}
    random.shuffle(votes)

    for task, code in votes:
        after = held[task].copy()
        after[code] += 1
        live.change(held[task], after)
        held[task] = after

    assert np.allclose(live.matrix, whole.matrix)
    assert live.tasks == whole.tasks


@given(VOTES)
def test_tasks_that_come_in_parts_give_the_same(votes):
    parts = Coincidences(5)
    for task in sorted({task for task, _ in votes}):
        mine = [each for each in votes if each[0] == task]
        parts.add([task for task, _ in mine], [code for _, code in mine])

    assert np.allclose(parts.matrix, of(votes).matrix)


@pytest.mark.parametrize(
    ("tasks", "codes"), [([1, 1], [0]), ([1, 1], [0, 5]), ([1, 1], [-1, 0])], ids=["uneven", "above", "below"]
)
def test_columns_that_make_no_sense_are_refused(tasks, codes):
    with pytest.raises(ValueError, match=r"columns|outside"):
        Coincidences(5).add(tasks, codes)
