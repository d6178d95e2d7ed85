"""Levels and numbers beside the mean and the median of the votes, which are what there is elsewhere: printed by `bench.truth`."""

from __future__ import annotations

import numpy as np

from evenhand.quality import estimate, infer

WORLDS = 6


def levels() -> None:
    """Mean absolute error in levels: adult2, whose truth the scorer alone reads, and made raters with a bias and a noise."""
    from crowds import crowd, truth
    from test_ordinal import on_a_scale

    print(
        f"\n{'error in levels':<36}{'mean':>8}{'median':>8}{'nominal':>9}{'ordinal':>9}{'scale':>8}  (level=, model=ordinal)"
    )
    votes = crowd("adult2")
    _row("adult2, 4 levels", [_errors(votes.tasks, votes.annotators, votes.codes, truth("adult2"), votes.classes)])
    for title, made in {
        "made, 4 votes, 60 people, 5 levels": {},
        "made, 3 votes, 100 people, 5 levels": {"votes_a_task": 3, "annotators": 100},
        "made, 4 votes, 60 people, 10 levels": {"levels": 10},
    }.items():
        _row(title, [_errors(*on_a_scale(seed, **made), made.get("levels", 5)) for seed in range(WORLDS)])


def numbers() -> None:
    """Root mean square error, and how many intervals of 95 % hold the truth, of made measurements; noise is about 1."""
    from test_numbers import error, measured, plain

    print(f"\n{'error of numbers':<36}{'mean':>8}{'median':>8}{'ours':>8}{'held':>8}")
    for title, made in {
        "biases, uneven noise, 5 % slips": {},
        "no biases, 5 % slips": {"bias": 0.0},
        "all alike, no slips": {"bias": 0.0, "uneven": 0.0, "slips": 0.0},
        "biases, 300 people": {"annotators": 300},
        "biases, 2 votes a task": {"votes_a_task": 2},
    }.items():
        rows = []
        for seed in range(WORLDS):
            what, who, values, true, _, _ = measured(seed, **made)
            found = estimate(what, who, values)
            held = np.mean((found.lows <= true) & (true <= found.highs))
            rows.append([*(error(each, true) for each in plain(what, values)), error(found.means, true), held])
        _row(title, rows)


def _errors(what: np.ndarray, who: np.ndarray, codes: np.ndarray, true: np.ndarray, classes: int) -> list[float]:
    known = np.flatnonzero((true >= 0) & (true < classes))
    rows = [codes[what == task] for task in known]
    plain = [np.array([measure(row) for row in rows]) for measure in (np.mean, np.median)]
    ours = [
        infer(what, who, codes, classes, level="nominal").medians[known],
        infer(what, who, codes, classes, level="ordinal").medians[known],
        infer(what, who, codes, classes, model="ordinal").medians[known],
    ]
    return [float(np.mean(np.abs(each - true[known]))) for each in (*plain, *ours)]


def _row(title: str, rows: list[list[float]]) -> None:
    print(f"{title:<36}" + "".join(f"{value:>8.3f}" for value in np.mean(rows, axis=0)), flush=True)
