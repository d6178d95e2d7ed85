"""Votes as classes: what statistics of right and wrong read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Comparisons, Nominal, Numeric, Ordinal
from evenhand.ontology.ontology import Asked

Level = Literal["nominal", "ordinal", "comparison", "numeric", "structured"]


@dataclass(frozen=True, slots=True, eq=False)
class Classed:
    """The votes of one question as the present version counts them.

    kept: shape (all votes,), which of the votes count. places: shape (kept votes,), the class of each, 0 .. classes - 1; for
    numbers all 0. values: shape (kept votes,), for numbers and comparisons where each lies on the scale. codes: class -> a code of
    the vote table that stands for it, of classes that somebody gave.
    """

    level: Level
    classes: int
    kept: npt.NDArray[np.bool_]
    places: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    codes: dict[int, float]

    @property
    def is_closed(self) -> bool:
        """Whether an answer is one of few, so that it can be right or wrong."""
        return self.level in ("nominal", "ordinal", "comparison")


def classed(asked: Asked, codes: npt.NDArray[np.float64]) -> Classed:
    """The classes of a question's votes: renamed options through their map, without what the present version refuses."""
    distinct, inverse = np.unique(codes, return_inverse=True)
    standing = [_standing(asked, float(code)) for code in distinct]
    is_standing = np.array([each is not None for each in standing], dtype=bool)
    kept = is_standing[inverse.reshape(-1)] if codes.size else np.zeros(0, dtype=bool)
    present = [0.0 if each is None else each for each in standing]
    level, classes, places, values = _scaled(asked, present, is_standing)
    found: dict[int, float] = {}
    for place, code, stands in zip(places, present, is_standing, strict=True):
        if stands:
            found.setdefault(place, code)
    at = inverse.reshape(-1)[kept]
    return Classed(
        level,
        classes,
        kept,
        np.array(places, dtype=np.int64)[at] if codes.size else np.zeros(0, dtype=np.int64),
        np.array(values, dtype=np.float64)[at] if codes.size else np.zeros(0),
        found,
    )


def _standing(asked: Asked, code: float) -> float | None:
    """A code as the present version counts it; None where it refuses the value. The rule is that of `agreement.counted`."""
    is_comparison = isinstance(asked.kind.encode(asked.settings, [], asked.codebook), Comparisons)
    if is_comparison:
        return code
    value = asked.read(asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE))
    if any(not each.is_warning for each in asked.kind.check(asked.settings, value, NOWHERE)):
        return None
    return asked.kind.vote(asked.settings, value, asked.codebook, NOWHERE)


def _scaled(asked: Asked, codes: Sequence[float], is_standing: Any) -> tuple[Level, int, list[int], list[float]]:
    """(level, classes, class of each code, place of each code on the scale)."""
    empty = asked.kind.encode(asked.settings, [], asked.codebook)
    values = [
        asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE) if stands else None
        for code, stands in zip(codes, is_standing, strict=True)
    ]
    known = [value for value, stands in zip(values, is_standing, strict=True) if stands]
    encoded = asked.kind.encode(asked.settings, known, asked.codebook)
    if isinstance(encoded, Nominal):
        return "nominal", encoded.classes, _spread(encoded.codes, is_standing, 0), [0.0] * len(codes)
    if isinstance(encoded, Ordinal):
        ranks = _spread(encoded.ranks, is_standing, 0)
        return "ordinal", encoded.levels, ranks, [float(each) for each in ranks]
    if isinstance(encoded, Comparisons):
        signs = _spread(encoded.signs, is_standing, 0.0)
        strength = encoded.strength
        return (
            "comparison",
            2 * strength + 1,
            [round(each) + strength for each in signs],
            [each / strength for each in signs],
        )
    if isinstance(encoded, Numeric) or isinstance(empty, Numeric):
        return "numeric", 1, [0] * len(codes), [*codes]
    return "structured", 1, [0] * len(codes), [0.0] * len(codes)


def _spread(given: Sequence[Any], is_standing: Any, nothing: Any) -> list[Any]:
    left = iter(given)
    return [next(left) if stands else nothing for stands in is_standing]
