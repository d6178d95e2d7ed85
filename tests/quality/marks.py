"""Simulated people who mark boxes: each misses, invents and shifts as much as is said of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class People:
    """One row a person."""

    missed: np.ndarray
    alarms: np.ndarray
    offsets: np.ndarray  # (people, 4)
    spreads: np.ndarray


@dataclass(frozen=True)
class Marks:
    """Answers and boxes as `match` takes them; thing: for each box the thing that it is, -1 for a false alarm."""

    tasks: np.ndarray
    annotators: np.ndarray
    answer_of: np.ndarray
    boxes: np.ndarray
    thing: np.ndarray
    truth: np.ndarray
    truth_tasks: np.ndarray


def simulated(random, people, tasks, a_task, things=3.0):
    """Tasks of 1,000 x 1,000 pixels with about so many things, each answered by `a_task` people drawn at random."""
    truth, truth_tasks = [], []
    answers, answer_of, boxes, thing = [], [], [], []

    def box():
        left, top = random.uniform(0, 850, 2)
        width, height = random.uniform(60, 150, 2)
        return np.array([left, top, left + width, top + height])

    for task in range(tasks):
        mine = []
        for _ in range(random.poisson(things)):
            mine.append(len(truth))
            truth.append(box())
            truth_tasks.append(task)
        for person in random.choice(people.missed.size, a_task, replace=False):
            at = len(answers)
            answers.append((task, person))
            for each in mine:
                if random.random() >= people.missed[person]:
                    shifted = truth[each] + people.offsets[person] + random.normal(0, people.spreads[person], 4)
                    answer_of.append(at)
                    boxes.append(shifted)
                    thing.append(each)
            for _ in range(random.poisson(people.alarms[person])):
                answer_of.append(at)
                boxes.append(box())
                thing.append(-1)
    columns = np.array(answers)
    return Marks(
        columns[:, 0],
        columns[:, 1],
        np.array(answer_of),
        np.array(boxes),
        np.array(thing),
        np.array(truth),
        np.array(truth_tasks),
    )


def crowd_of(random, people):
    """People who differ: misses of 5 to 40 %, up to 0.6 false alarms an answer, offsets of a few pixels."""
    offsets = random.normal(0, 4, (people, 4))
    return People(
        random.uniform(0.05, 0.4, people),
        random.uniform(0.02, 0.6, people),
        offsets - offsets.mean(axis=0),
        random.uniform(1.0, 5.0, people),
    )
