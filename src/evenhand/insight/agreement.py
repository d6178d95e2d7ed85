"""From votes to statements: which coefficient a question's votes allow, and their consensus. numpy is loaded on first use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.core.canonical import JsonValue, canonical_json
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.consensus import Consensus, Told, consensus, label, standing
from evenhand.ontology.kind import Comparisons, Nominal, Numeric, Ordinal
from evenhand.ontology.ontology import Asked

NOTHING_TOLD: Mapping[int, Told] = {}


@dataclass(frozen=True, slots=True)
class Column:
    """The votes on one question, sorted by task then annotator. Three lists of equal length."""

    tasks: list[int]
    annotators: list[int]
    codes: list[float]


def counted(asked: Asked, column: Column) -> Column:
    """The votes as the present version counts them: renamed options through their map, and without what it refuses.

    Votes that it refuses are delivered with their answers, but are in no consensus and no coefficient.
    """
    known: dict[float, float | None] = {}
    is_comparison = isinstance(asked.kind.encode(asked.settings, [], asked.codebook), Comparisons)
    for code in set(column.codes):
        value = asked.read(asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE))
        # What is compared only the item may know, so a comparison is not refused without it.
        fits = is_comparison or all(each.is_warning for each in asked.kind.check(asked.settings, value, NOWHERE))
        vote = asked.kind.vote(asked.settings, value, asked.codebook, NOWHERE) if not is_comparison and fits else code
        known[code] = vote if fits else None
    if all(now == code for code, now in known.items()):
        return column
    rows = [
        (task, annotator, now)
        for task, annotator, code in zip(column.tasks, column.annotators, column.codes, strict=True)
        if (now := known[code]) is not None
    ]
    return Column([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


def agreement_of(asked: Asked, column: Column) -> dict[str, Any]:
    """Krippendorff's alpha with its interval, at the level of measurement the question's kind declares."""
    from evenhand.quality.alpha import interval_agreement, nominal_agreement, ordinal_agreement
    from evenhand.quality.undefined import AgreementUndefined

    votes = asked.kind.encode(asked.settings, [], asked.codebook)
    try:
        if isinstance(votes, Nominal):
            found = nominal_agreement(column.tasks, column.codes, votes.classes, seed=0)
        elif isinstance(votes, Ordinal):
            found = ordinal_agreement(column.tasks, _ranks(asked, column), votes.levels, seed=0)
        elif isinstance(votes, Numeric):
            found = interval_agreement(column.tasks, column.codes, seed=0)
        elif isinstance(votes, Comparisons):
            found = interval_agreement(column.tasks, _signs(asked, column), seed=0)
        else:
            return {"undefined": "structured", "votes": len(column.codes)}
    except AgreementUndefined as error:
        return {"undefined": error.reason, "votes": len(column.codes)}
    return {
        "coefficient": found.coefficient,
        "level": found.level,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "tasks": found.tasks,
        "votes": found.votes,
    }


def _ranks(asked: Asked, column: Column) -> list[int]:
    distinct = sorted(set(column.codes))
    encoded = asked.kind.encode(
        asked.settings,
        [asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE) for code in distinct],
        asked.codebook,
    )
    assert isinstance(encoded, Ordinal)
    rank = dict(zip(distinct, encoded.ranks, strict=True))
    return [rank[code] for code in column.codes]


def _signs(asked: Asked, column: Column) -> list[float]:
    """Codes as signed preferences: ties of every kind stand in the middle."""
    distinct = sorted(set(column.codes))
    values = [asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE) for code in distinct]
    encoded = asked.kind.encode(asked.settings, values, asked.codebook)
    assert isinstance(encoded, Comparisons)
    sign = dict(zip(distinct, encoded.signs, strict=True))
    return [sign[code] for code in column.codes]


def has_classes(asked: Asked) -> bool:
    """Whether an answer is one of few."""
    return isinstance(asked.kind.encode(asked.settings, [], asked.codebook), Nominal | Ordinal | Comparisons)


def standing_shares(asked: Asked, counts: Mapping[float, int]) -> list[dict[str, Any]]:
    """How often each value is the label. counts: code -> tasks. Codes that mean the same value now are one."""
    credits: defaultdict[bytes, int] = defaultdict(int)
    values: dict[bytes, JsonValue] = {}
    for code, count in counts.items():
        value = asked.read(asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE))
        written = canonical_json(value)
        values[written] = value
        credits[written] += count
    total = sum(credits.values())
    return [
        {
            "value": values[written],
            "text": asked.kind.summary(asked.settings, values[written]),
            "count": count,
            "share": count / total,
        }
        for written, count in sorted(credits.items(), key=lambda each: (-each[1], each[0]))
    ]


def shares_of(asked: Asked, column: Column) -> list[dict[str, Any]]:
    """How often each value is the consensus; a tie counts as its fractions. [] where there are no classes."""
    votes = asked.kind.encode(asked.settings, [], asked.codebook)
    if not isinstance(votes, Nominal | Ordinal | Comparisons):
        return []
    credits: defaultdict[bytes, float] = defaultdict(float)
    values: dict[bytes, JsonValue] = {}
    tasks = 0
    for _task, found in _merged(asked, column):
        if not found.candidates:
            continue
        tasks += 1
        for value in found.candidates:
            written = canonical_json(value)
            values.setdefault(written, value)
            credits[written] += 1 / len(found.candidates)
    return [
        {
            "value": values[written],
            "text": asked.kind.summary(asked.settings, values[written]),
            "count": round(credit, 3),
            "share": credit / tasks,
        }
        for written, credit in sorted(credits.items(), key=lambda each: (-each[1], each[0]))
    ]


def consensus_of(
    asked: Asked, column: Column, told: Mapping[int, Told] = NOTHING_TOLD
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(task number, what stands): the value, its share and count; a tie is reported, never broken by order.

    It is the label that a release delivers, by the same function (`ontology.consensus.label`). told: by task number.
    """
    for task, found in _merged(asked, column, told):
        if found.candidates:
            yield task, _shown(asked, found)


def standing_of(asked: Asked, codes: Sequence[float], value: JsonValue, method: str) -> dict[str, Any]:
    """What stands for a task because somebody decided it, in the shape of `consensus_of`. codes: the votes on it."""
    return _shown(asked, standing(asked, value, _values(asked, codes), method))


def known_of(asked: Asked, codes: Sequence[float], code: float) -> dict[str, Any]:
    """What stands for gold because its answer is known, in the same shape. codes: the votes on it; code: what is right."""
    value = asked.read(asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE))
    return {**standing_of(asked, codes, value, "gold"), "probability": 1.0, "source": "gold"}


def _shown(asked: Asked, found: Consensus) -> dict[str, Any]:
    return {
        "value": found.value,
        "candidates": [*found.candidates],
        "summary": " / ".join(asked.kind.summary(asked.settings, value) for value in found.candidates),
        "probability": found.probability,
        "share": found.share,
        "answers": found.merged.answers,
        "method": found.merged.method,
        "status": "resolved" if found.merged.status == "resolved" else "tied",
        **found.origin,
    }


def _merged(asked: Asked, column: Column, told: Mapping[int, Told] = NOTHING_TOLD) -> Iterator[tuple[int, Consensus]]:
    """(task number, consensus) of each task, in order. The same votes are merged once: on closed questions they are few."""
    known: dict[tuple[float, ...], Consensus] = {}
    start, size = 0, len(column.tasks)
    while start < size:
        end = start
        while end < size and column.tasks[end] == column.tasks[start]:
            end += 1
        codes = tuple(sorted(column.codes[start:end]))
        by_model = told.get(column.tasks[start])
        if by_model is not None:
            yield column.tasks[start], label(asked, _values(asked, codes), by_model)
        else:
            if codes not in known:
                known[codes] = consensus(asked, _values(asked, codes))
            yield column.tasks[start], known[codes]
        start = end


def _values(asked: Asked, codes: Sequence[float]) -> list[JsonValue]:
    return [asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE) for code in codes]
