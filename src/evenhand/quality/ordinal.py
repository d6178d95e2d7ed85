"""People on a scale: each reads a task's level with a bias and a precision of their own, and answers by cut points all share.

Annotator j on a task of true level t sees  slope_j place_t + bias_j + noise,  and answers the level between whose cuts that
lies: the noise is logistic. slope_j is their precision (0: they see nothing of the task; below 0: the scale upside down), bias_j
how many units of noise too high they answer. Places of the true levels and cuts of the answers are learned from all together, so
that levels need not be equally far apart. Few answers tell two numbers; a confusion matrix they cannot fill.

Samejima, 1969, "Estimation of latent ability using a response pattern of graded scores", Psychometrika Monograph 17 (the graded
response); Johnson, 1996, "On Bayesian analysis of multirater ordinal data", doi:10.1080/01621459.1996.10476662 (raters).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evenhand.quality.votes import Floats

# Chosen by how well left-out votes of made crowds were foretold; no truth was looked at.
SLOPES = (-1.0, 0.0, 0.3, 0.55, 0.8, 1.1, 1.5, 2.1, 3.0, 4.5)
BIASES = (-6.0, -4.0, -2.7, -1.8, -1.1, -0.5, 0.0, 0.5, 1.1, 1.8, 2.7, 4.0, 6.0)
_LEVEL = 3.0  # how far levels lie apart where learning begins, in units of noise at slope 1
_GAP_MIN = 0.05
_HALVINGS = 6
_FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Scale:
    """The design of the ordinal model. correlation as in `latent.Design`."""

    correlation: float = 0.0

    def sheet(self, classes: int) -> ScaleSheet:
        """Levels and cuts evenly spread, every bias beside every precision."""
        places: Floats = _LEVEL * (np.arange(classes, dtype=np.float64) - (classes - 1) / 2.0)
        cuts: Floats = 0.5 * (places[1:] + places[:-1])
        slopes, biases = (each.reshape(-1) for each in np.meshgrid(SLOPES, BIASES, indexing="ij"))
        return ScaleSheet(slopes, biases, places, cuts, np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class ScaleSheet:
    """Profiles by slope and bias, both of shape (profiles,). places: shape (levels,). cuts: shape (levels - 1,); both increasing.

    first: the probabilities where learning began, worth one vote a true level; empty where it begins.
    """

    slopes: Floats
    biases: Floats
    places: Floats
    cuts: Floats
    first: Floats

    @property
    def varieties(self) -> int:
        """A level is one state."""
        return 1

    def probabilities(self) -> Floats:
        """Shape (profiles, levels answered, true levels)."""
        return _mixed(_between(self._below(self.places, self.cuts)))

    def improved(self, expected: Floats) -> ScaleSheet:
        """One step of scoring for places and cuts, halved until it does not harm."""
        levels = self.places.size
        if levels < 2:
            return self
        first = self.first if self.first.size else self.probabilities()
        votes = expected + first / (first.shape[0] * 1.0)
        below = self._below(self.places, self.cuts)
        likely = np.maximum(_between(below), 1e-12)
        slopes = below * (1.0 - below)
        pull = votes / likely
        moved = slopes * (pull[:, :-1] - pull[:, 1:])
        total = votes.sum(axis=1)
        news = total[:, None, :] * slopes**2 * (1.0 / likely[:, :-1] + 1.0 / likely[:, 1:])
        steep = np.diff(
            np.concatenate([np.zeros_like(slopes[:, :1]), slopes, np.zeros_like(slopes[:, :1])], axis=1), axis=1
        )
        power = self.slopes[:, None] ** 2 * total * np.sum(steep**2 / likely, axis=1)
        to_cuts = moved.sum(axis=(0, 2)) / np.maximum(news.sum(axis=(0, 2)), 1e-9)
        to_places = -np.einsum("g,gkt->t", self.slopes, moved) / np.maximum(power.sum(axis=0), 1e-9)
        now = float(np.sum(votes * np.log(self.probabilities())))
        size = 0.7
        for _ in range(_HALVINGS):
            places, cuts = self.places + size * to_places, self.cuts + size * to_cuts
            if min(np.diff(places).min(initial=1.0), np.diff(cuts).min(initial=1.0)) >= _GAP_MIN:
                there = replace(self, places=places, cuts=cuts, first=first)
                if float(np.sum(votes * np.log(there.probabilities()))) >= now:
                    return there
            size *= 0.5
        return replace(self, first=first)

    def _below(self, places: Floats, cuts: Floats) -> Floats:
        """Shape (profiles, cuts, true levels): how probably an answer lies below each cut."""
        seen = self.slopes[:, None] * places + self.biases[:, None]
        below: Floats = 1.0 / (1.0 + np.exp(seen[:, None, :] - cuts[:, None]))
        return below


def _between(below: Floats) -> Floats:
    """Shape (profiles, levels, true levels): how probably an answer lies between two neighboring cuts."""
    ends = np.zeros_like(below[:, :1])
    if below.shape[1] == 0:
        return np.ones((below.shape[0], 1, below.shape[2]))
    between: Floats = np.diff(np.concatenate([ends, below, ends + 1.0], axis=1), axis=1)
    return between


def _mixed(probabilities: Floats) -> Floats:
    """With a pinch of slips, in which every level is as likely as any."""
    mixed: Floats = (1.0 - _FLOOR) * probabilities + _FLOOR / probabilities.shape[1]
    return mixed
