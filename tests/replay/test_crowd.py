"""Reading crowds, and the figures that a replay is held against."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.cli.crowd import Accuracy, Crowd, NotACrowd, accuracy, majority_winners, read_crowd


def crowd_of(tmp_path: Path, labels: str, truth: str = "task,label\n") -> Crowd:
    (tmp_path / "labels.csv").write_text(labels)
    (tmp_path / "truth.csv").write_text(truth)
    return read_crowd(tmp_path)


def test_a_folder_is_read_and_truth_without_votes_is_left_out(tmp_path: Path) -> None:
    crowd = crowd_of(
        tmp_path, "task,worker,label\nt1,ana,cat\nt1,ben,dog\nt2,ana,cat\n", "task,label\nt2,cat\nt9,dog\n"
    )

    assert crowd.by_worker() == {"ana": {"t1": "cat", "t2": "cat"}, "ben": {"t1": "dog"}}
    assert (crowd.opinions, crowd.vote_count, crowd.labels) == (2, 3, ["cat", "dog"])
    assert crowd.truth == {"t2": "cat"}


def test_the_first_tasks_are_those_whose_truth_is_known(tmp_path: Path) -> None:
    crowd = crowd_of(tmp_path, "task,worker,label\nt1,a,x\nt2,a,x\nt3,a,y\n", "task,label\nt3,y\n")

    assert list(crowd.first(2).votes) == ["t3", "t1"]
    assert crowd.first(2).truth == {"t3": "y"}


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("task,worker,left,right,label\n", "has the columns task, worker, left, right, label"),
        ("task,worker,label\n", "holds no votes"),
        ("task,worker,label\nt1,a,x\nt1,a,y\n", "answered task t1 twice"),
    ],
)
def test_another_layout_is_refused_and_named(tmp_path: Path, labels: str, told: str) -> None:
    with pytest.raises(NotACrowd, match=told):
        crowd_of(tmp_path, labels)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotACrowd, match=r"labels\.csv cannot be read, No such file"):
        read_crowd(tmp_path)


def test_a_tie_that_holds_the_truth_counts_its_fraction() -> None:
    winners = {"t1": ["cat"], "t2": ["cat", "dog"], "t3": ["dog"], "t4": ["dog"]}

    assert accuracy(winners, {"t1": "cat", "t2": "dog", "t3": "cat"}) == Accuracy(1.5, 3)


def test_winners_are_all_labels_with_the_most_votes() -> None:
    crowd = Crowd({"t1": {"a": "x", "b": "y"}, "t2": {"a": "y", "b": "y", "c": "x"}}, {})

    assert majority_winners(crowd) == {"t1": ["x", "y"], "t2": ["y"]}


def test_the_interval_is_wilsons() -> None:
    # Newcombe, 1998, table I, method 3: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611.
    low, high = Accuracy(81, 263).interval()
    none = Accuracy(0, 20).interval()

    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert (abs(round(none[0], 4)), round(none[1], 4)) == (0.0, 0.1611)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    found = Accuracy(*counts)
    low, high = found.interval()

    assert -1e-12 <= low <= found.share + 1e-12
    assert found.share - 1e-12 <= high <= 1 + 1e-12
