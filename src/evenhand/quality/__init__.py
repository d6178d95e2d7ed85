"""Statistics of labels: arrays in, arrays out. No I/O, no clock, no randomness but a seed that arrives as an argument."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.quality.auditing import audited_error
    from evenhand.quality.estimation import NumberModel, NumericInference, estimate
    from evenhand.quality.inference import Inference
    from evenhand.quality.least_risk import choose
    from evenhand.quality.matching import match
    from evenhand.quality.ranking import Ranking, rank
    from evenhand.quality.sequences import tag
    from evenhand.quality.transcripts import transcribe
    from evenhand.quality.truth import TruthModel, infer

__all__ = [
    "Inference",
    "NumberModel",
    "NumericInference",
    "Ranking",
    "TruthModel",
    "audited_error",
    "choose",
    "estimate",
    "infer",
    "match",
    "rank",
    "tag",
    "transcribe",
]

_DOORS = {
    "Inference": "inference",
    "NumberModel": "estimation",
    "NumericInference": "estimation",
    "Ranking": "ranking",
    "TruthModel": "truth",
    "audited_error": "auditing",
    "choose": "least_risk",
    "estimate": "estimation",
    "infer": "truth",
    "match": "matching",
    "rank": "ranking",
    "tag": "sequences",
    "transcribe": "transcripts",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: whoever imports `evenhand.quality.share` alone needs no numpy.
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_DOORS[name]}"), name)
