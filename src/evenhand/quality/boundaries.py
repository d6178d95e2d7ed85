"""Boundaries: where the edges of a thing lie that several people marked, each with an offset and a spread of their own.

A mark's coordinate is the true one, plus its author's offset, plus noise of its author's spread with tails as heavy as Student's,
so that one slip of the hand moves nothing far. Offsets are relative to the crowd: what all do alike cannot be told from the truth.

Raykar et al., 2010, "Learning from crowds", section 6 (regression); for the tails Lange, Little & Taylor, 1989, "Robust statistical
modeling using the t distribution", doi:10.1080/01621459.1989.10478852.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.undefined import StructureUndefined
from evenhand.quality.votes import Floats, Integers, dense

FREEDOM = 4.0
PASSES = 50
_STRENGTH = 4.0  # marks' worth of the crowd's own spread that everybody begins with
_STILL = 1e-6
_NORMAL = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """Where things lie, and how people place them. Units are those of the values.

    places, errors: shape (clusters, coordinates), in the order of cluster numbers: the mean and the standard error of each
    coordinate. annotator_numbers: shape (annotators,), increasing. offsets, spreads, and the ends of their intervals at 95 %: shape
    (annotators, coordinates). A spread is the scale of Student's distribution; of 100 marks 63 lie within it.
    """

    cluster_numbers: Integers
    places: Floats
    errors: Floats
    annotator_numbers: Integers
    offsets: Floats
    offset_lows: Floats
    offset_highs: Floats
    spreads: Floats
    spread_lows: Floats
    spread_highs: Floats


def boundaries(
    clusters: npt.ArrayLike,
    annotator_numbers: npt.ArrayLike,
    values: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
) -> Boundaries:
    """The edges of each cluster.

    clusters, annotator_numbers: shape (marks,). values: shape (marks, coordinates). weights: shape (marks,), 0..1: how probable it
    is that there is something; None: 1. Raises StructureUndefined for columns of different length and values that are no numbers.
    """
    known_clusters, rows = dense(clusters)
    known, people = dense(annotator_numbers)
    given = np.asarray(values, dtype=np.float64)
    given = given[:, None] if given.ndim == 1 else given
    sure = np.ones(rows.size) if weights is None else np.asarray(weights, dtype=np.float64).reshape(-1)
    if not rows.size == people.size == len(given) == sure.size:
        raise StructureUndefined(
            reason="columns", where=f"{rows.size}, {people.size}, {len(given)} and {sure.size} rows"
        )
    if not (np.isfinite(given).all() and np.isfinite(sure).all()):
        raise StructureUndefined(reason="not-finite", where="a coordinate is no number")
    columns = [_column(rows, people, each, sure, known_clusters.size, known.size) for each in given.T]
    shape = (len(columns), 0)
    places, errors, offsets, halves, spreads, widths = (
        np.array([column[part] for column in columns]).T if columns else np.zeros(shape).T for part in range(6)
    )
    return Boundaries(
        known_clusters,
        places,
        errors,
        known,
        offsets,
        offsets - halves,
        offsets + halves,
        spreads,
        spreads / widths,
        spreads * widths,
    )


def weighted_median(values: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """The middle of the weight; halfway between two values where it lies between them. Raises StructureUndefined without weight."""
    given, heavy = np.asarray(values, dtype=np.float64).reshape(-1), np.asarray(weights, dtype=np.float64).reshape(-1)
    if given.size != heavy.size or not heavy.sum() > 0 or not np.isfinite(given).all():
        raise StructureUndefined(reason="columns", where="values without weight")
    order = np.argsort(given, kind="stable")
    given, mass = given[order], np.cumsum(heavy[order])
    half = mass[-1] / 2.0
    place = int(np.searchsorted(mass, half * (1.0 - 1e-12)))
    if abs(mass[place] - half) <= 1e-12 * mass[-1] and place + 1 < given.size:
        return float((given[place] + given[place + 1]) / 2.0)
    return float(given[place])


def _column(
    rows: Integers, people: Integers, values: Floats, sure: Floats, clusters: int, persons: int
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """(places, errors, offsets, half intervals of the offsets, spreads, factors of their intervals) of one coordinate."""
    counts = np.bincount(rows, minlength=clusters)
    is_shared = counts[rows] > 1
    middles = np.bincount(rows, weights=values, minlength=clusters) / np.maximum(counts, 1)
    apart = values - middles[rows]
    usual = float(np.sqrt(np.mean(apart[is_shared] ** 2))) * 1.2 if is_shared.any() else 0.0
    least = max(usual * 1e-3, 1e-9)
    spread, offset = np.full(persons, max(usual, least)), np.zeros(persons)
    heavy = np.where(is_shared, sure, 0.0)
    tails = np.ones(values.size)
    worth = np.bincount(people, weights=heavy, minlength=persons)
    places, errors = middles, np.zeros(clusters)
    for _ in range(PASSES):
        precision = tails / spread[people] ** 2
        total = np.bincount(rows, weights=precision, minlength=clusters)
        places = np.bincount(rows, weights=precision * (values - offset[people]), minlength=clusters) / np.maximum(
            total, 1e-300
        )
        errors = 1.0 / np.sqrt(np.maximum(total, 1e-300))
        left = values - places[rows]
        pull = heavy * tails
        weight = np.bincount(people, weights=pull, minlength=persons)
        before = offset
        # Shrunk as by as many marks at no offset as make one of the crowd's own spread certain.
        offset = np.bincount(people, weights=pull * left, minlength=persons) / (weight + 1.0)
        mean = float(np.sum(offset * worth) / max(float(worth.sum()), 1e-300))
        offset = np.where(worth > 0, offset - mean, 0.0)
        noise = (left - offset[people]) ** 2 + errors[rows] ** 2
        # A mark that alone decides where its cluster lies tells nothing of its author's spread: its own part is taken off.
        squares = np.bincount(people, weights=heavy * tails * noise, minlength=persons)
        pooled = float(squares.sum() / max(float(worth.sum()), 1e-300)) if worth.sum() > 0 else least**2
        spread = np.sqrt(np.maximum((squares + _STRENGTH * pooled) / (worth + _STRENGTH), least**2))
        tails = (FREEDOM + 1.0) / (FREEDOM + noise / spread[people] ** 2)
        if float(np.abs(offset - before).max(initial=0.0)) < _STILL * max(usual, 1e-9):
            break
    # The offset's error: of the residuals, whose clusters' places are known no better than their errors.
    around = np.bincount(people, weights=heavy * (spread[people] ** 2 + errors[rows] ** 2), minlength=persons)
    half = _NORMAL * np.sqrt(around) / np.maximum(worth, 1.0)
    half = np.where(worth > 0, half, _NORMAL * max(usual, least))
    # What a mark tells of its author's spread: the part of it that does not decide where its cluster lies; by Student's information
    # about the logarithm of a scale.
    precision = tails / spread[people] ** 2
    total = np.bincount(rows, weights=precision, minlength=clusters)
    telling = np.bincount(
        people, weights=heavy * (1.0 - precision / np.maximum(total[rows], 1e-300)), minlength=persons
    )
    width = np.exp(_NORMAL / np.sqrt(2.0 * FREEDOM / (FREEDOM + 3.0) * (telling + 1.0)))
    return places, errors, offset, half, spread, width
