"""Transcripts: of several hearings of one recording the likeliest words, each hearing weighed by how well its author hears.

The answers to a task are laid side by side (`networks`). In each slot a word is there, or none is; whoever listens writes the
word, another one, or nothing, each at a rate of their own. These rates and what is in the slots are found together, by expectation
and maximization.

Fiscus, 1997, "A post-processing system to yield reduced word error rates: ROVER", doi:10.1109/ASRU.1997.659110, with the rates of
Dawid & Skene, 1979, doi:10.2307/2346806, in place of its fixed weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.networks import NOTHING, Answers, Networks, flattened, networks_of
from evenhand.quality.undefined import StructureUndefined
from evenhand.quality.votes import Floats, Integers, dense

# Two who mishear one word write the same wrong one this often, and two who add a word where there is none the same word this
# often. Not small: people mishear alike. Chosen on either half of one set for the other, see bench/structure.py.
SAME_WRONG, SAME_EXTRA = 0.3, 0.1
# What is told of how sure a word is counts each hearing as a quarter: hearings err together. Which word is likeliest stays the
# same.
DISCOUNT = 0.25
# Words' worth of the crowd's own rates that everybody begins with.
STRENGTH = 20.0
# And what the crowd begins with: that it hears most words, for so many words' worth. Without it silence and speech could trade
# places.
USUAL, USUAL_STRENGTH = (0.8, 0.05, 0.2), 100.0
PASSES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Transcripts:
    """What was most probably said, and how well each annotator hears.

    task_numbers: shape (tasks,), increasing. words: for each task its words, in order. sureness: for each task the posterior of
        each of its words. probabilities: shape (tasks,), in (0, 1]: the product over all slots, those that were dropped too.
    annotator_numbers: shape (annotators,), increasing. right, omitted: shape (annotators,), of words that were said the share that
        they write as said, and the share that they leave out. added: of slots in which nothing was said, the share where they write
        something. heard: of how many words, in expectation. Where nothing could be told a rate is the crowd's.
    """

    task_numbers: Integers
    words: tuple[tuple[str, ...], ...]
    sureness: tuple[tuple[float, ...], ...]
    probabilities: Floats
    annotator_numbers: Integers
    right: Floats
    omitted: Floats
    added: Floats
    heard: Floats


def transcribe(
    task_numbers: npt.ArrayLike, annotator_numbers: npt.ArrayLike, answers: Sequence[Sequence[str]]
) -> Transcripts:
    """The likeliest transcript of each task.

    task_numbers, annotator_numbers: shape (answers,), in any order. answers: for each its words (or characters), in the spelling
    in which they are compared; [] is an answer: nothing was said. The result does not depend on the order of the answers.
    Raises StructureUndefined when the columns differ in length. No answers give no tasks.
    """
    known_tasks, tasks = dense(task_numbers)
    known_annotators, annotators = dense(annotator_numbers)
    if not tasks.size == annotators.size == len(answers):
        raise StructureUndefined(reason="columns", where=f"{tasks.size}, {annotators.size} and {len(answers)} rows")
    vocabulary = {word: code for code, word in enumerate(sorted(set().union(*answers)), 1)}
    given, distinct = _distinct(tasks, known_tasks.size, answers, vocabulary)
    heard = _Heard.of(networks_of(given), distinct, annotators, known_annotators.size, len(vocabulary) + 1)
    for _ in range(PASSES):
        heard.step()
    heard.discount()
    return heard.result(known_tasks, known_annotators, ["", *vocabulary])


def _distinct(
    tasks: Integers, task_count: int, answers: Sequence[Sequence[str]], vocabulary: dict[str, int]
) -> tuple[Answers, list[list[int]]]:
    """The different answers to each task, those that most gave first, and for each the positions of those who gave it."""
    positions: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for position, (task, answer) in enumerate(zip(tasks.tolist(), answers, strict=True)):
        positions.setdefault((task, tuple(answer)), []).append(position)
    keys = sorted(positions, key=lambda key: (key[0], -len(positions[key]), key[1]))
    starts, words = flattened([[vocabulary[word] for word in answer] for _, answer in keys])
    groups = [positions[key] for key in keys]
    weights = np.array([len(group) for group in groups], dtype=np.float64)
    return Answers(np.array([task for task, _ in keys], dtype=np.int64), starts, words, weights, task_count), groups


@dataclass(slots=True, eq=False)
class _Heard:
    """The entries of all answers, the words that stand in each slot, and what is believed of them.

    slots, annotators, places: shape (entries,): of each entry its slot, its author and which candidate it is for. candidate_slots,
    candidate_words, posterior: shape (candidates,), sorted by slot. Every slot has NOTHING for a candidate, and comes first.
    """

    networks: Networks
    slots: Integers
    annotators: Integers
    places: Integers
    is_silent: npt.NDArray[np.bool_]
    candidate_slots: Integers
    candidate_words: Integers
    posterior: Floats
    rates: Floats
    told: Floats

    @classmethod
    def of(
        cls, networks: Networks, groups: list[list[int]], annotators: Integers, annotator_count: int, span: int
    ) -> _Heard:
        sizes = np.array([len(group) for group in groups], dtype=np.int64)
        begins = np.cumsum(sizes) - sizes
        positions = np.array([position for group in groups for position in group], dtype=np.int64)
        counts = sizes[networks.answers] if sizes.size else sizes
        slots = np.repeat(networks.slots, counts)
        within = np.arange(slots.size) - np.repeat(np.cumsum(counts) - counts, counts)
        authors = annotators[positions[np.repeat(begins[networks.answers], counts) + within]]
        slot_count = networks.slot_tasks.size
        keys, inverse = np.unique(
            np.concatenate((np.arange(slot_count) * span + NOTHING, networks.slots * span + networks.words)),
            return_inverse=True,
        )
        places = np.repeat(inverse.reshape(-1)[slot_count:], counts)
        mass = np.bincount(places, minlength=keys.size)
        candidate_slots = keys // span
        posterior = mass / np.maximum(np.bincount(slots, minlength=slot_count), 1)[candidate_slots]
        return cls(
            networks,
            slots,
            authors,
            places,
            np.repeat(networks.words == NOTHING, counts),
            candidate_slots,
            keys - candidate_slots * span,
            posterior,
            np.zeros((3, annotator_count)),
            np.zeros(annotator_count),
        )

    @property
    def firsts(self) -> Integers:
        """Where the candidates of each slot begin."""
        return np.flatnonzero(self.candidate_words == NOTHING)

    def step(self) -> None:
        """Rates from beliefs, then beliefs from rates."""
        if not self.slots.size:
            return
        silence = self.posterior[self.firsts]
        self._weigh(silence)
        self._believe(float(silence.mean()))

    def _weigh(self, silence: Floats) -> None:
        """Rates of each annotator: shrunk towards the crowd's."""
        people = self.told.size

        def summed(values: Floats) -> Floats:
            return np.bincount(self.annotators, weights=values, minlength=people).astype(np.float64)

        believed = self.posterior[self.places]
        unsaid = silence[self.slots]
        words, gaps = summed(1.0 - unsaid), summed(unsaid)
        found = (
            (summed(np.where(self.is_silent, 0.0, believed)), words),
            (summed(np.where(self.is_silent, 1.0 - unsaid, 0.0)), words),
            (summed(np.where(self.is_silent, 0.0, unsaid)), gaps),
        )
        for row, (hits, trials) in enumerate(found):
            crowd = (hits.sum() + USUAL_STRENGTH * USUAL[row]) / (trials.sum() + USUAL_STRENGTH)
            self.rates[row] = (hits + STRENGTH * crowd) / (trials + STRENGTH)
        self.told = words

    def _believe(self, silence: float) -> None:
        """The posterior of each slot's candidates, all words of a slot being equally likely before anybody wrote one."""
        right, omitted, added = np.clip(self.rates, 1e-4, 1.0 - 1e-4)
        wrong = np.maximum(1.0 - right - omitted, 1e-4)
        slots, authors, is_silent = self.slots, self.annotators, self.is_silent
        count = self.firsts.size
        otherwise = np.where(is_silent, np.log(omitted)[authors], np.log(wrong * SAME_WRONG)[authors])
        agreeing = np.where(is_silent, 0.0, (np.log(right) - np.log(wrong * SAME_WRONG))[authors])
        unsaid = np.where(is_silent, np.log1p(-added)[authors], np.log(added * SAME_EXTRA)[authors])
        base = np.bincount(slots, weights=otherwise, minlength=count)
        gain = np.bincount(self.places, weights=agreeing, minlength=self.posterior.size)
        nothing = np.bincount(slots, weights=unsaid, minlength=count)
        silence = min(max(silence, 1e-4), 1.0 - 1e-4)
        kinds = np.maximum(np.bincount(self.candidate_slots, minlength=count) - 1, 1)
        scores = np.where(
            self.candidate_words == NOTHING,
            nothing[self.candidate_slots] + np.log(silence),
            (base + np.log1p(-silence) - np.log(kinds))[self.candidate_slots] + gain,
        )
        scores -= np.maximum.reduceat(scores, self.firsts)[self.candidate_slots]
        likely = np.exp(scores)
        self.posterior = likely / np.add.reduceat(likely, self.firsts)[self.candidate_slots]

    def discount(self) -> None:
        """Believe less, see DISCOUNT."""
        if self.slots.size:
            less = self.posterior**DISCOUNT
            self.posterior = less / np.add.reduceat(less, self.firsts)[self.candidate_slots]

    def result(self, task_numbers: Integers, annotator_numbers: Integers, vocabulary: Sequence[str]) -> Transcripts:
        """The likeliest candidate of each slot; among equals the first by its spelling, silence before all."""
        words: list[list[str]] = [[] for _ in range(task_numbers.size)]
        sure: list[list[float]] = [[] for _ in range(task_numbers.size)]
        logs: Floats = np.zeros(task_numbers.size)
        if self.slots.size:
            order = np.lexsort((self.candidate_words, -self.posterior.round(12), self.candidate_slots))
            best = order[np.flatnonzero(np.diff(self.candidate_slots[order], prepend=-1))]
            tasks, chosen = self.networks.slot_tasks, self.candidate_words[best]
            logs = logs + np.bincount(tasks, weights=np.log(self.posterior[best]), minlength=task_numbers.size)
            is_word = chosen != NOTHING
            for task, word, posterior in zip(
                tasks[is_word].tolist(), chosen[is_word].tolist(), self.posterior[best][is_word].tolist(), strict=True
            ):
                words[task].append(vocabulary[word])
                sure[task].append(posterior)
        right, omitted, added = self.rates
        return Transcripts(
            task_numbers,
            tuple(map(tuple, words)),
            tuple(map(tuple, sure)),
            np.exp(logs),
            annotator_numbers,
            right,
            omitted,
            added,
            self.told,
        )
