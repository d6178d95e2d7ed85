"""The one definition of a label's probability: its share of the answers, smoothed by one answer spread over all classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from evenhand.quality.votes import Floats

# Named, not imported: whoever has one number needs no numpy.
Amount = TypeVar("Amount", "float", "Floats")


def smoothed_share(amount: Amount, total: Amount, classes: int) -> Amount:
    """The posterior mean of a share under Perks's prior, a Dirichlet with 1/classes for each class.

    amount: the answers (or their weight) that back the value, 0 .. total. classes: how many values the question allows, whether
        or not anyone gave them; 2, for "this or not this", where they have no bound.
    Returns (amount + 1/classes) / (total + 1), in (0, 1): two answers never make certainty. For two classes it is Jeffreys'
    prior; unlike Jeffreys' one half a class, it does not drown three equal votes among a thousand classes. It says how likely
    one more annotator of the same crowd is to give this answer. It is no claim about the truth when the crowd errs together.

    Perks, 1947, "Some observations on inverse probability including a new indifference rule"; Berger, Bernardo & Sun,
    2015, "Overall objective priors", doi:10.1214/14-BA915.
    """
    return (amount + 1.0 / classes) / (total + 1.0)
