"""The consensus on one question: what its kind merges the answers to, and how probable that is. For tables and releases alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.core.canonical import JsonValue
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Comparisons, Merged, Nominal, Ordinal, Shown
from evenhand.ontology.ontology import Asked
from evenhand.quality.share import smoothed_share


@dataclass(frozen=True, slots=True)
class Consensus:
    """What several answers say together; each weighs one.

    value: None where it is not resolved; candidates: the equals of a tie, in an order that depends on nobody, else the value alone.
    share: of the answers, backing the value. probability: the same smoothed, see `quality.share`.
    """

    value: JsonValue
    candidates: tuple[JsonValue, ...]
    share: float
    probability: float
    merged: Merged


def consensus(asked: Asked, values: Sequence[JsonValue], shown: Shown = NOWHERE) -> Consensus:
    """The consensus of the answers to a question about one target. A pure function of them, in whichever order they come."""
    merged = asked.kind.merge(asked.settings, values, [1.0] * len(values), shown)
    is_resolved = merged.status == "resolved"
    equals = [merged.value] if is_resolved else [merged.value, *(value for value, _ in merged.alternatives)]
    share, total = merged.probability, merged.effective
    return Consensus(
        value=merged.value if is_resolved else None,
        candidates=tuple(each for each in equals if each is not None),
        share=share,
        probability=smoothed_share(share * total, total, class_count(asked)) if total else 0.0,
        merged=merged,
    )


def class_count(asked: Asked) -> int:
    """How many different values a question allows; 2, "this or not this", where that has no bound."""
    votes = asked.kind.encode(asked.settings, [], asked.codebook)
    if isinstance(votes, Nominal):
        return max(votes.classes, 1)
    if isinstance(votes, Ordinal):
        return votes.levels
    return 2 * votes.strength + 1 if isinstance(votes, Comparisons) else 2
