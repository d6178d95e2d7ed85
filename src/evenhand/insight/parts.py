"""What people are like in a part of their answers: in one batch, on one day. Numbers alone; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.quality.accuracy import accuracies
from evenhand.quality.signals import medians

# Of one person at most so many batches, and so many days, those with most answers.
PARTS_MAX = 60


@dataclass(frozen=True, slots=True)
class Part:
    """One person, or everybody, in one part. mean, low, high: of `checked` answers; None where none was. ms: the median."""

    mean: float | None
    low: float | None
    high: float | None
    checked: int
    votes: int
    ms: int | None

    @property
    def figures(self) -> list[float | int | None]:
        """As it is kept, in the order of the fields."""
        return [self.mean, self.low, self.high, self.checked, self.votes, self.ms]


def parts_of(
    groups: npt.NDArray[np.int64],
    credits: npt.NDArray[np.float64],
    is_checked: npt.NDArray[np.bool_],
    active_ms: npt.NDArray[np.int64],
) -> dict[int, Part]:
    """group -> its figures. All of shape (votes,); groups below 0 are of no part; times of 0 or less are not known."""
    is_of = groups >= 0
    if not is_of.any():
        return {}
    numbers, places = np.unique(groups[is_of], return_inverse=True)
    places = places.reshape(-1)
    checked = is_checked[is_of]
    found = accuracies(places[checked], credits[is_of][checked], numbers.size)
    votes = np.bincount(places, minlength=numbers.size)
    is_timed = active_ms[is_of] > 0
    times = medians(places[is_timed], active_ms[is_of][is_timed].astype(np.float64), numbers.size)

    def known(place: int, value: float) -> float | None:
        return round(float(value), 4) if found.counts[place] else None

    return {
        int(number): Part(
            known(place, found.means[place]),
            known(place, found.lows[place]),
            known(place, found.highs[place]),
            int(found.counts[place]),
            int(votes[place]),
            None if np.isnan(times[place]) else round(float(times[place])),
        )
        for place, number in enumerate(numbers)
    }


def parts_of_people(
    people: npt.NDArray[np.int64],
    groups: npt.NDArray[np.int64],
    subjects: list[Any],
    credits: npt.NDArray[np.float64],
    is_checked: npt.NDArray[np.bool_],
    active_ms: npt.NDArray[np.int64],
) -> dict[int, dict[str, list[float | int | None]]]:
    """person -> subject -> figures of that part, of each person's PARTS_MAX parts with most answers. groups: places in subjects."""
    width = len(subjects)
    found: dict[int, dict[int, Part]] = {}
    for key, part in parts_of(
        np.where(groups >= 0, people * width + groups, -1), credits, is_checked, active_ms
    ).items():
        person, group = divmod(key, width)
        found.setdefault(person, {})[group] = part
    return {
        person: {
            str(subjects[group]): part.figures
            for group, part in sorted(parts.items(), key=lambda each: (-each[1].votes, each[0]))[:PARTS_MAX]
        }
        for person, parts in found.items()
    }
