"""From votes to statements: which coefficient a question's votes allow, and their consensus. numpy is loaded on first use."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Comparisons, Nominal, Numeric, Ordinal
from evenhand.ontology.ontology import Asked


@dataclass(frozen=True, slots=True)
class Column:
    """The votes on one question, sorted by task then annotator. Three lists of equal length."""

    tasks: list[int]
    annotators: list[int]
    codes: list[float]


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


def shares_of(asked: Asked, column: Column) -> list[dict[str, Any]]:
    """How often each class is the consensus; a tie counts as its fractions. [] where there are no classes."""
    votes = asked.kind.encode(asked.settings, [], asked.codebook)
    if not isinstance(votes, Nominal | Ordinal | Comparisons):
        return []
    credits: defaultdict[float, float] = defaultdict(float)
    tasks = 0
    for _task, winners, _count, _top in _winners(column):
        tasks += 1
        for code in winners:
            credits[code] += 1 / len(winners)
    return [
        {
            "value": asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE),
            "text": asked.kind.summary(
                asked.settings, asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE)
            ),
            "count": round(credit, 3),
            "share": credit / tasks,
        }
        for code, credit in sorted(credits.items(), key=lambda each: (-each[1], each[0]))
    ]


def consensus_of(asked: Asked, column: Column) -> Iterator[tuple[int, dict[str, Any]]]:
    """(task number, majority consensus): the value, its share and count; a tie is reported, never broken by order.

    The probability is the smoothed share of `quality.majority` (Perks's prior), not a claim about the truth.
    """
    classes = _class_count(asked)
    for task, winners, count, top in _winners(column):
        values = [asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE) for code in winners]
        yield (
            task,
            {
                "value": values[0] if len(values) == 1 else None,
                "candidates": values,
                "summary": " / ".join(asked.kind.summary(asked.settings, value) for value in values),
                "probability": (top + 1 / classes) / (count + 1),
                "share": top / count,
                "answers": count,
                "method": "majority",
                "status": "resolved" if len(values) == 1 else "tied",
            },
        )


def _class_count(asked: Asked) -> int:
    """How many different votes there can be; 2 where that has no bound."""
    votes = asked.kind.encode(asked.settings, [], asked.codebook)
    if isinstance(votes, Nominal):
        return votes.classes
    if isinstance(votes, Ordinal):
        return votes.levels
    return 2 * votes.strength + 1 if isinstance(votes, Comparisons) else 2


def _winners(column: Column) -> Iterator[tuple[int, list[float], int, int]]:
    """(task, winning codes, votes, votes of a winner) of each task, in order."""
    start, size = 0, len(column.tasks)
    while start < size:
        end = start
        while end < size and column.tasks[end] == column.tasks[start]:
            end += 1
        counts = Counter(column.codes[start:end])
        top = max(counts.values())
        yield column.tasks[start], sorted(code for code, votes in counts.items() if votes == top), end - start, top
        start = end
