"""Tasks that are harder than others: how likely an answer is right depends on whose it is and on which task.

Annotator j is right on task i with probability  1 / (1 + exp(-ability_j easiness_i)),  easiness above 0: an expert is nearly always
right on an easy task, everybody guesses on a hard one, and whoever has an ability below 0 is wrong on purpose (Whitehill et al.,
2009, "Whose vote should count more", NIPS: GLAD). Abilities and easinesses lie on grids, whose shares the votes decide: GLAD's own
point estimates follow single votes. A wrong answer is one that the crowd confuses with the truth, not any at random.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evenhand.quality.votes import Floats

ABILITIES = (-2.0, -1.0, -0.5, 0.0, 0.4, 0.8, 1.2, 1.7, 2.3, 3.0, 4.0, 6.0)
EASINESSES = (0.0, 0.35, 1.0, 2.0)
_FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Difficulty:
    """The design of the difficulty-aware model. correlation as in `latent.Design`."""

    correlation: float = 0.0

    def sheet(self, classes: int) -> DifficultySheet:
        """Wrong answers begin alike."""
        wrong = (1.0 - np.eye(classes)) / max(classes - 1, 1)
        right = 1.0 / (1.0 + np.exp(-np.outer(ABILITIES, EASINESSES)))
        return DifficultySheet(np.clip(right, _FLOOR, 1.0 - _FLOOR), wrong)


@dataclass(frozen=True, slots=True, eq=False)
class DifficultySheet:
    """Profiles by ability. right: shape (profiles, easinesses), how likely an answer is right. wrong: shape (codes, classes), which

    code is given where it is not; columns sum to 1, the diagonal is 0.
    """

    right: Floats
    wrong: Floats

    @property
    def varieties(self) -> int:
        """A class has a state for each easiness, the hardest first."""
        return int(self.right.shape[1])

    def probabilities(self) -> Floats:
        """Shape (profiles, codes, classes * easinesses)."""
        classes = self.wrong.shape[0]
        if classes == 1:
            return np.ones((self.right.shape[0], 1, self.varieties))
        given = (
            self.wrong[:, :, None] * (1.0 - self.right)[:, None, None, :]
            + np.eye(classes)[:, :, None] * self.right[:, None, None, :]
        )
        return np.maximum(given.reshape(self.right.shape[0], classes, -1), 1e-12)

    def improved(self, expected: Floats) -> DifficultySheet:
        """Which wrong answers go with which class, smoothed by one answer a class."""
        classes = self.wrong.shape[0]
        if classes < 3:
            return self
        counted = expected.sum(axis=0).reshape(classes, classes, -1).sum(axis=2) + 1.0 / (classes - 1)
        counted[np.arange(classes), np.arange(classes)] = 0.0
        return replace(self, wrong=counted / counted.sum(axis=0))
