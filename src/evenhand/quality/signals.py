"""What is seen in somebody's answers and calls for a look by a human: evidence, never a verdict.

Two people who answer alike more often than their skill explains; one answer given many times in a row; answers faster than
anybody's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.accuracy import expected_confusion
from evenhand.quality.votes import Floats, Integers

SHARED_MIN = 20
CHANCE_MAX = 0.001
# Stricter than for a run: where the truth is in doubt, people who are merely right agree more than the doubt explains. In 56
# simulated crowds of honest people, at accuracies of 0.5 to 0.95, no pair came below 1e-5; one that copies half of 200 answers
# comes to 1e-12.
ALIKE_CHANCE_MAX = 1e-6
_PAIRS_MAX = 2_000_000
_CELLS_MAX = 20_000_000
# How many answers of the whole crowd a person's confusion starts from.
_PRIOR_VOTES = 2.0


@dataclass(frozen=True, slots=True)
class Alike:
    """Two people who gave the same answer to `same` of the `shared` tasks both answered; `expected` by skill alone.

    omega: how many standard deviations lie between. chance: the probability of so many, over all pairs that were looked at.
    """

    first: int
    second: int
    shared: int
    same: int
    expected: float
    omega: float
    chance: float


def alike(
    tasks: npt.ArrayLike, annotators: npt.ArrayLike, codes: npt.ArrayLike, posteriors: Floats, annotator_count: int
) -> list[Alike]:
    """Pairs that agree more than each one's confusion and the probable truth explain, the most striking first.

    tasks, annotators, codes: shape (votes,), sorted by task; positions. posteriors: shape (tasks, classes).

    Given the truth, two people who work alone agree on a task with probability sum_v P(first says v) P(second says v), each
    from their own confusion; the number of agreements is then nearly normal. It is Wollack's omega, made symmetric, with the
    confusion in the place of his response model. Pairs that share fewer than SHARED_MIN tasks are not judged, and the chance is
    multiplied by the pairs that were (Bonferroni). Of more than two million shared answers an even part of the tasks is read.
    People who share a wrong idea, of which nothing in the votes tells, look the same as people who copy: a human decides.
    Wollack, 1997, "A nominal response model approach for detecting answer copying", doi:10.1177/01466216970214002.
    """
    places, people = np.asarray(tasks, dtype=np.int64), np.asarray(annotators, dtype=np.int64)
    given = np.asarray(codes, dtype=np.int64)
    first, second = _pairs(places)
    if not first.size:
        return []
    low, high = np.minimum(people[first], people[second]), np.maximum(people[first], people[second])
    pairs, which, shared = np.unique(low * annotator_count + high, return_inverse=True, return_counts=True)
    is_judged = (shared >= SHARED_MIN)[which]
    judged = int(np.count_nonzero(shared >= SHARED_MIN))
    if not judged:
        return []
    first, second, which = first[is_judged], second[is_judged], which[is_judged]
    agreeing = _agreeing(places, people, given, posteriors, pairs, first, which, annotator_count)
    same = np.bincount(which, weights=given[first] == given[second], minlength=pairs.size)
    expected = np.bincount(which, weights=agreeing, minlength=pairs.size)
    spread = np.sqrt(np.bincount(which, weights=agreeing * (1.0 - agreeing), minlength=pairs.size))
    found = []
    for pair in np.flatnonzero((shared >= SHARED_MIN) & (spread > 1e-9)):
        # Half an answer less: the count is whole, the normal is not.
        omega = float((same[pair] - 0.5 - expected[pair]) / spread[pair])
        chance = min(1.0, judged * 0.5 * math.erfc(omega / math.sqrt(2.0)))
        if chance <= ALIKE_CHANCE_MAX:
            one, other = divmod(int(pairs[pair]), annotator_count)
            found.append(Alike(one, other, int(shared[pair]), int(same[pair]), float(expected[pair]), omega, chance))
    return sorted(found, key=lambda each: -each.omega)


@dataclass(frozen=True, slots=True)
class Run:
    """The same answer `length` times in a row, of `count` answers. code: which. chance: the probability of one so long.

    start: the position of its first answer.
    """

    code: int
    start: int
    length: int
    count: int
    chance: float


def longest_run(codes: npt.ArrayLike, shares: npt.ArrayLike) -> Run | None:
    """The longest run of one answer in a person's answers, in the order of time; None where chance explains it.

    codes: shape (votes,). shares: shape (classes,), how often each class is true among that person's tasks.

    The longest run of a class with share p among n answers exceeds r - 1 with probability about 1 - exp(-n (1 - p) p^r); over
    the classes that were answered the chance is multiplied. A class whose share is above 0.95 is not judged.
    Schilling, 1990, "The longest run of heads", doi:10.1080/07468342.1990.11973306.
    """
    given, expected = np.asarray(codes, dtype=np.int64).reshape(-1), np.asarray(shares, dtype=np.float64)
    if given.size < SHARED_MIN:
        return None
    starts = np.flatnonzero(np.concatenate((np.ones(1, dtype=bool), given[1:] != given[:-1])))
    lengths = np.diff(starts, append=given.size)
    used = np.unique(given)
    found: Run | None = None
    for code in used:
        share = max(float(expected[code]), 1.0 / given.size)
        if share > 0.95:
            continue
        ours = given[starts] == code
        length = int(lengths[ours].max())
        start = int(starts[ours][int(np.argmax(lengths[ours]))])
        chance = min(1.0, used.size * -math.expm1(-given.size * (1.0 - share) * share**length))
        if chance <= CHANCE_MAX and (found is None or chance < found.chance):
            found = Run(int(code), start, length, given.size, chance)
    return found


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds an answer: the person's median, and the crowd's on the same tasks. count: answers that both are known of."""

    median: float
    crowd: float
    count: int


def speeds(
    tasks: npt.ArrayLike, annotators: npt.ArrayLike, durations: npt.ArrayLike, annotator_count: int
) -> list[Speed | None]:
    """Each annotator's median time, beside the median over their tasks of the task's median; None without a time.

    tasks, annotators, durations: shape (answers,), durations in milliseconds, 0 where unknown.
    """
    places, people = np.asarray(tasks, dtype=np.int64), np.asarray(annotators, dtype=np.int64)
    times = np.asarray(durations, dtype=np.float64)
    is_known = times > 0
    places, people, times = places[is_known], people[is_known], times[is_known]
    if not times.size:
        return [None] * annotator_count
    usual = medians(places, times, int(places.max()) + 1)[places]
    own = medians(people, times, annotator_count)
    crowd = medians(people, usual, annotator_count)
    counts = np.bincount(people, minlength=annotator_count)
    return [
        Speed(float(own[each]), float(crowd[each]), int(counts[each])) if counts[each] else None
        for each in range(annotator_count)
    ]


def medians(groups: Integers, values: Floats, group_count: int) -> Floats:
    """Shape (groups,): the median of each group's values, the mean of the middle two where they are even; NaN of none."""
    order = np.lexsort((values, groups))
    counts = np.bincount(groups, minlength=group_count)
    ends = np.cumsum(counts)
    ordered = values[order]
    found = np.full(group_count, np.nan)
    some = counts > 0
    low, high = (ends - counts + (counts - 1) // 2)[some], (ends - counts + counts // 2)[some]
    found[some] = (ordered[low] + ordered[high]) / 2.0
    return found


def _pairs(tasks: Integers) -> tuple[Integers, Integers]:
    """Positions of all pairs of votes on one task, tasks being sorted; of an even part of the tasks where they are too many."""
    _, places, sizes = np.unique(tasks, return_inverse=True, return_counts=True)
    total = int(np.sum(sizes * (sizes - 1)) // 2)
    part = max(1, -(-total // _PAIRS_MAX))
    is_read = places.reshape(-1) % part == 0
    positions = np.flatnonzero(is_read)
    kept = tasks[positions]
    first, second = [], []
    for step in range(1, int(sizes.max()) if sizes.size else 0):
        is_pair = kept[step:] == kept[:-step]
        first.append(positions[:-step][is_pair])
        second.append(positions[step:][is_pair])
    if not first:
        none = np.zeros(0, dtype=np.int64)
        return none, none
    return np.concatenate(first), np.concatenate(second)


def _agreeing(
    tasks: Integers,
    annotators: Integers,
    codes: Integers,
    posteriors: Floats,
    pairs: Integers,
    first: Integers,
    which: Integers,
    annotator_count: int,
) -> Floats:
    """The probability that each pair of votes agrees. pairs: keys of two people; which: whose pair each pair of votes is."""
    classes = posteriors.shape[1]
    judged = np.unique(which)
    one, other = np.divmod(pairs[judged], annotator_count)
    people = np.unique(np.concatenate((one, other)))
    if people.size * classes**2 > _CELLS_MAX:
        return np.ones(first.size)
    crowd = expected_confusion(posteriors, tasks, codes)
    crowd = (crowd + 1.0 / classes) / (crowd.sum(axis=1, keepdims=True) + 1.0)
    said = np.empty((people.size, classes, classes))
    for place, person in enumerate(people):
        ours = annotators == person
        counts = expected_confusion(posteriors, tasks[ours], codes[ours])
        said[place] = (counts + _PRIOR_VOTES * crowd) / (counts.sum(axis=1, keepdims=True) + _PRIOR_VOTES)
    alike_by_class = np.zeros((pairs.size, classes))
    alike_by_class[judged] = np.einsum(
        "pkv,pkv->pk", said[np.searchsorted(people, one)], said[np.searchsorted(people, other)]
    )
    agreeing: Floats = np.sum(posteriors[tasks[first]] * alike_by_class[which], axis=1)
    return np.clip(agreeing, 0.0, 1.0)
