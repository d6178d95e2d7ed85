"""Who is asked what, by the fit that stands: a pure function of what it is given, so that a route can be told again from its rows.

What an answer tells of a task is added up over its questions; the ranking is `quality.routing`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.insight.classing import classed
from evenhand.insight.judging import Standing
from evenhand.insight.routing import Available, Place
from evenhand.ontology.ontology import Ontology
from evenhand.quality.routing import ranked
from evenhand.quality.stopping import expected_bits
from evenhand.quality.votes import Floats

BITS_MIN = 0.001  # an answer that tells less than this is nobody's in particular


@dataclass(frozen=True, slots=True)
class Kept:
    """A place to be set aside for somebody. bits: what their answer is expected to tell."""

    place: Place
    person: Available
    bits: float


def whom_to_ask(
    ontology: Ontology, standing: Standing, places: Sequence[Place], people: Sequence[Available]
) -> list[Kept]:
    """The places to be set aside, the best first: each for one person, and for nobody more than there is room for.

    Each goes to whom it tells most to ask for the price, but only to those who tell as much for it as the people who may answer it
    do on average: others are dealt from the queue.
    """
    costs = np.array([each.cost for each in people])
    may = np.array([[person.person_id not in place.had_by for person in people] for place in places]).reshape(
        len(places), len(people)
    )
    bits = _told(ontology, standing, places, [each.annotator_no for each in people])
    worth = bits / costs
    usual = np.where(may, worth, 0.0).sum(axis=1) / np.maximum(may.sum(axis=1), 1)
    is_worth_it = may & (bits >= BITS_MIN) & (worth >= usual[:, None] - 1e-12)
    order = ranked(bits, costs, is_worth_it)
    room = Counter({each.person_id: each.room for each in people})
    kept, taken = [], set()
    for task, person in zip(order.tasks.tolist(), order.annotators.tolist(), strict=True):
        whose = people[person]
        if task not in taken and room[whose.person_id] > 0:
            room[whose.person_id] -= 1
            taken.add(task)
            kept.append(Kept(places[task], whose, float(bits[task, person])))
    return kept


def _told(ontology: Ontology, standing: Standing, places: Sequence[Place], annotator_nos: Sequence[int]) -> Floats:
    """Shape (places, people): the bits of an answer to all of a task's questions that the fit judges."""
    told = np.zeros((len(places), len(annotator_nos)))
    of_task = {each.task_no: index for index, each in enumerate(places)}
    for asked in ontology.questions:
        learned = standing.questions.get(asked.no)
        rows = [(place.task_no, vote) for place in places for vote in place.votes if vote.question_no == asked.no]
        votes = classed(asked, np.array([vote.code for _, vote in rows], dtype=np.float64))
        if learned is None or not votes.is_closed or votes.classes != learned.crowd.classes or not rows:
            continue
        tasks = np.array([task_no for task_no, _ in rows], dtype=np.int64)[votes.kept]
        voters = np.array([vote.annotator_no for _, vote in rows], dtype=np.int64)[votes.kept]
        numbers, posterior = learned.crowd.mixture.posterior(tasks, voters, votes.places)
        at = [of_task[number] for number in numbers.tolist()]
        for person, confusion in enumerate(learned.crowd.confusions(annotator_nos)):
            told[at, person] += expected_bits(posterior, confusion)
    return told
