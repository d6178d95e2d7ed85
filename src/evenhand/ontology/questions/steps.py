"""Graded steps: how several people's grades of one trace become one value, by where the first error lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evenhand.core.canonical import JsonValue, canonical_json

_CLOSE = 1e-12
CANDIDATES_MAX = 8


class Graded(NamedTuple):
    """One answer. at: 0-based place of its first error, None where it found none. finish: how it ended, where that is asked."""

    steps: Sequence[Mapping[str, Any]]
    at: int | None
    finish: str | None
    weight: float


class Candidate(NamedTuple):
    """A resolved value, and its share: of the first error's place and of each grade that goes with it, multiplied."""

    value: JsonValue
    share: float


def resolve(graded: Sequence[Graded], scores: Mapping[str, float], is_error: Mapping[str, bool]) -> list[Candidate]:
    """The equals that the answers come to, one where they are not tied, in an order that depends on nobody.

    The place of the first error by weight, "none" among the places; then how it ended; then of each step the weighted median of
    the grades that go with that place: before it those that are no errors, whoever gave them.
    """
    total = sum(each.weight for each in graded)
    found: dict[bytes, Candidate] = {}
    for place, share in _heaviest([(each.at, each.weight) for each in graded], total):
        behind = [each for each in graded if each.at == place]
        whole = sum(each.weight for each in behind)
        for finish, said in _heaviest([(each.finish, each.weight) for each in behind], whole):
            ended = [each for each in behind if each.finish == finish]
            for steps, of_grades in _grades(graded, ended, place, scores, is_error):
                value: dict[str, Any] = {"steps": steps}
                if place is not None:
                    value["first_error"] = steps[place]["step"]
                if finish is not None:
                    value["finish"] = finish
                found.setdefault(canonical_json(value), Candidate(value, min(share * said * of_grades, 1.0)))
    return [found[key] for key in sorted(found)][:CANDIDATES_MAX]


def _heaviest(said: Sequence[tuple[Any, float]], total: float) -> list[tuple[Any, float]]:
    """What has the most weight, with its share; several where they have as much."""
    sums: dict[Any, float] = {}
    for value, weight in said:
        sums[value] = sums.get(value, 0.0) + weight
    most = max(sums.values())
    return [(value, sum_ / total) for value, sum_ in sums.items() if sum_ >= most - _CLOSE]


def _grades(
    graded: Sequence[Graded],
    ended: Sequence[Graded],
    place: int | None,
    scores: Mapping[str, float],
    is_error: Mapping[str, bool],
) -> list[tuple[list[dict[str, Any]], float]]:
    length = _median([(float(len(each.steps)), each.weight) for each in ended])[0]
    sides: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    shares = [1.0, 1.0]
    for index in range(int(length)):
        after = place is not None and index > place
        given = [
            (each.steps[index], each.weight)
            for each in (ended if index == place else graded)
            if index < len(each.steps) and (after or index == place or not is_error[each.steps[index]["grade"]])
        ]
        whole = sum(weight for _, weight in given)
        for side, score in enumerate(_median([(scores[step["grade"]], weight) for step, weight in given])):
            alike = [(step, weight) for step, weight in given if scores[step["grade"]] == score]
            shares[side] *= sum(weight for _, weight in alike) / whole
            sides[side].append(_together([step for step, _ in alike]))
    return list(zip(sides, shares, strict=True))


def _median(values: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The lower and the upper weighted median of (value, weight)."""
    ordered = sorted(values)
    half, below, low = sum(weight for _, weight in ordered) / 2, 0.0, None
    for value, weight in ordered:
        below += weight
        if low is None and below >= half - _CLOSE:
            low = value
        if below > half + _CLOSE:
            return (value if low is None else low), value
    return (ordered[-1][0] if low is None else low), ordered[-1][0]


def _together(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A grade with what all who gave it say: notes and replacements are their authors', kept where there is one alone."""
    kept: dict[str, Any] = {"step": steps[0]["step"], "grade": steps[0]["grade"]}
    for name in ("note", "replacement"):
        said = {canonical_json(step[name]): step[name] for step in steps if step.get(name)}
        if len(said) == 1 and (name == "replacement" or all(step.get(name) for step in steps)):
            kept |= {name: next(iter(said.values()))}
    return kept


def distance(a: Graded, b: Graded, count: int, scores: Mapping[str, float]) -> float:
    """Half of |i - j| / count on the places of the first error (none: beyond the last of `count` steps, at least 1), half of
    the mean squared difference of the scores of steps that both graded, as a share of their range.
    """
    here, there = (count if each.at is None else each.at for each in (a, b))
    both = list(zip(a.steps, b.steps, strict=False))
    span = max(scores.values()) - min(scores.values())
    apart = sum(((scores[one["grade"]] - scores[two["grade"]]) / span) ** 2 for one, two in both)
    mean = apart / len(both) if both else float(len(a.steps) != len(b.steps))
    return abs(here - there) / count / 2 + mean / 2
