"""Whom to ask what: the answers that tell most for their price, among those who may give them.

What an answer tells is the mutual information between it and the truth, under the annotator's mean confusion: an expert tells
most where the classes are open that they can tell apart, and whoever answers at random tells nothing anywhere.

Lindley, 1956, "On a measure of the information provided by an experiment", doi:10.1214/aoms/1177728069.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.stopping import expected_bits
from evenhand.quality.votes import Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """Answers that might be asked for, best first; equals by task, then annotator, so that the same question has one answer.

    tasks, annotators: shape (pairs,), positions in what was given. bits: shape (pairs,), what each answer is expected to tell.
    bits_per_cost: shape (pairs,), by which they are ordered.
    """

    tasks: Integers
    annotators: Integers
    bits: Floats
    bits_per_cost: Floats


def route(
    posterior: npt.ArrayLike, confusions: npt.ArrayLike, costs: npt.ArrayLike, may_answer: npt.ArrayLike
) -> Route:
    """Rank every answer that may be asked for by what it is expected to tell for its cost.

    posterior: shape (tasks, classes), rows sum to 1. confusions: shape (annotators, codes, classes), as `Crowd.confusions`: columns
        sum to 1. costs: shape (annotators,), of one answer, above 0, in any currency. may_answer: shape (tasks, annotators).
    Raises ValueError for shapes that do not fit together and for costs that are not above 0.
    """
    sure, means = np.asarray(posterior, dtype=np.float64), np.asarray(confusions, dtype=np.float64)
    prices, allowed = np.asarray(costs, dtype=np.float64).reshape(-1), np.asarray(may_answer, dtype=np.bool_)
    if sure.ndim != 2 or means.ndim != 3 or means.shape[2] != sure.shape[1]:
        raise ValueError(f"a posterior of shape {sure.shape} and confusions of shape {means.shape} do not fit together")
    if prices.size != means.shape[0] or allowed.shape != (sure.shape[0], prices.size):
        raise ValueError(
            f"{prices.size} costs and permissions of shape {allowed.shape} for {means.shape[0]} annotators"
        )
    if not (np.isfinite(prices) & (prices > 0.0)).all():
        raise ValueError("an answer's cost must be above 0")
    bits = np.empty(allowed.shape)
    for annotator, confusion in enumerate(means):
        bits[:, annotator] = expected_bits(sure, confusion)
    return ranked(bits, prices, allowed)


def ranked(bits: Floats, prices: Floats, allowed: npt.NDArray[np.bool_]) -> Route:
    """The same from what each answer tells, as of tasks with several questions: their sum.

    bits, allowed: shape (tasks, annotators). prices: shape (annotators,), above 0.
    """
    tasks, annotators = np.nonzero(allowed)
    told = bits[tasks, annotators]
    worth = told / prices[annotators]
    # Worth that differs by rounding alone is equal: the same sum in another order must not change whom we ask.
    order = np.lexsort((annotators, tasks, -np.round(worth, 12)))
    return Route(tasks[order], annotators[order], told[order], worth[order])
