"""Sequences: one class a token, where what a token is depends on what the one before it is (names in texts, steps of a trace).

The true tags are a hidden Markov chain; everybody confuses classes in their own way, their record shrunk towards the crowd's.
Found by expectation and maximization: forward and backward over all sequences at once, then counts. What cannot follow what is
given, not learned.

Nguyen et al., 2017, "Aggregating and predicting sequence labels from crowd annotations", doi:10.18653/v1/P17-1028 (HMM-Crowd), with
priors in place of add-one counts as in Simpson & Gurevych, 2019, "A Bayesian approach for sequence tagging with crowds",
doi:10.18653/v1/D19-1101.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from evenhand.quality.undefined import StructureUndefined
from evenhand.quality.votes import Floats, Integers, dense

PASSES = 30
# Tokens' worth of the crowd's own confusion that everybody begins with, and of agreement that the crowd begins with.
STRENGTH, AGREEING = 10.0, 2.0
_STILL = 1e-4
_TOKENS_A_STEP = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """The likeliest tags.

    codes: shape (tokens,): the likeliest sequence as a whole, so that nothing stands after what it cannot follow. probabilities:
        shape (tokens, classes), of each token. sureness: shape (tokens,), of its code. transitions: shape (classes, classes), from
        the row's to the column's. annotator_numbers: shape (annotators,), increasing. confusion: shape (annotators, classes true,
        classes given), rows sum to 1. answered: shape (annotators,), how many tokens each tagged. passes: until it stood.
    """

    codes: Integers
    probabilities: Floats
    transitions: Floats
    annotator_numbers: Integers
    confusion: Floats
    answered: Integers
    passes: int

    @property
    def sureness(self) -> Floats:
        """How probable each token's code is."""
        return np.take_along_axis(self.probabilities, self.codes[:, None], axis=1)[:, 0]


def bio_follows(labels: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """(what may begin, what may follow what) of BIO tags: 0 outside, then for each label 1 + 2 l its beginning, 2 + 2 l its inside.

    Ramshaw & Marcus, 1995. Shapes (classes,) and (classes, classes): an inside follows a beginning or an inside of its own label.
    """
    classes = 1 + 2 * labels
    follows = np.ones((classes, classes), dtype=bool)
    begins = np.ones(classes, dtype=bool)
    for inside in range(2, classes, 2):
        begins[inside] = False
        follows[:, inside] = False
        follows[[inside - 1, inside], inside] = True
    return begins, follows


def tag(
    lengths: npt.ArrayLike,
    tokens: npt.ArrayLike,
    annotator_numbers: npt.ArrayLike,
    codes: npt.ArrayLike,
    classes: int,
    *,
    begins: npt.ArrayLike | None = None,
    follows: npt.ArrayLike | None = None,
) -> Tagged:
    """The likeliest tags of sequences.

    lengths: shape (sequences,), tokens of each; tokens are numbered through, sequence after sequence. tokens, annotator_numbers,
    codes: shape (votes,): which token, who, 0 .. classes - 1. begins: shape (classes,), what may stand first; follows: shape
    (classes, classes), what the column's class may stand after; None: everything. Tokens that nobody tagged get what their
    neighbors make likely.
    Raises StructureUndefined for columns of different length, tokens that are not there, classes out of range, and rules under
    which a sequence cannot be.
    """
    sizes = np.asarray(lengths, dtype=np.int64).reshape(-1)
    places, given = np.asarray(tokens, dtype=np.int64).reshape(-1), np.asarray(codes, dtype=np.int64).reshape(-1)
    known, annotators = dense(annotator_numbers)
    first, after = _rules(classes, begins, follows)
    total = int(sizes.sum()) if sizes.size else 0
    _check(sizes, total, places, annotators, given, classes)
    chain = _Chain(sizes, places, annotators, given, known.size, first, after, total)
    passes = chain.settle()
    return Tagged(
        chain.likeliest(),
        chain.posterior,
        chain.steps,
        known,
        chain.confusion,
        np.bincount(annotators, minlength=known.size),
        passes,
    )


def _rules(
    classes: int, begins: npt.ArrayLike | None, follows: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    if classes < 1:
        raise StructureUndefined(reason="unknown-class", where=f"{classes} classes")
    first = np.ones(classes, dtype=bool) if begins is None else np.asarray(begins, dtype=bool)
    after = np.ones((classes, classes), dtype=bool) if follows is None else np.asarray(follows, dtype=bool)
    if first.shape != (classes,) or after.shape != (classes, classes):
        raise StructureUndefined(
            reason="shape", where=f"rules of {first.shape} and {after.shape} for {classes} classes"
        )
    if not (first.any() and after.any(axis=1).all()):
        raise StructureUndefined(reason="shape", where="a class that nothing may follow, or none that may begin")
    return first, after


def _check(sizes: Integers, total: int, places: Integers, annotators: Integers, given: Integers, classes: int) -> None:
    if not places.size == annotators.size == given.size:
        raise StructureUndefined(reason="columns", where=f"{places.size}, {annotators.size} and {given.size} rows")
    if (sizes < 0).any():
        raise StructureUndefined(reason="shape", where="a sequence of less than no tokens")
    if places.size and not (places.min() >= 0 and places.max() < total):
        raise StructureUndefined(reason="not-answered", where=f"a vote is for none of {total} tokens")
    if given.size and not (given.min() >= 0 and given.max() < classes):
        row = int(np.flatnonzero((given < 0) | (given >= classes))[0])
        raise StructureUndefined(reason="unknown-class", where=f"row {row} has {given[row]}")


class _Chain:
    """The sequences, what is believed of their tokens, and what of chain and people."""

    def __init__(
        self,
        sizes: Integers,
        places: Integers,
        annotators: Integers,
        given: Integers,
        people: int,
        first: npt.NDArray[np.bool_],
        after: npt.NDArray[np.bool_],
        total: int,
    ) -> None:
        self.places, self.annotators, self.given, self.people = places, annotators, given, people
        self.first, self.after, self.classes, self.total = first, after, first.size, total
        starts = np.cumsum(sizes) - sizes
        order = np.argsort(-sizes, kind="stable")
        order = order[sizes[order] > 0]
        # The longest first: at each place the sequences that reach it are the first so many.
        self.steps_of = [*self._groups(order, sizes, starts)]
        counts = np.bincount(places * self.classes + given, minlength=total * self.classes).reshape(total, self.classes)
        votes = counts.sum(axis=1, keepdims=True)
        self.posterior: Floats = (counts + 1.0 / self.classes) / (votes + 1.0)
        self.begun: Floats = np.full(self.classes, 1.0)
        self.moved: Floats = np.ones((self.classes, self.classes))
        self.confusion: Floats = np.zeros((people, self.classes, self.classes))
        self.steps: Floats = self.moved
        self._share = self.begun
        self._is_new = True

    def _groups(self, order: Integers, sizes: Integers, starts: Integers) -> list[list[Integers]]:
        groups: list[list[Integers]] = []
        at = 0
        while at < order.size:
            count = max(1, _TOKENS_A_STEP // int(sizes[order[at]]))
            mine = order[at : at + count]
            reach = [mine[sizes[mine] > place] for place in range(int(sizes[mine[0]]))]
            groups.append([starts[each] + place for place, each in enumerate(reach)])
            at += count
        return groups

    def settle(self) -> int:
        """Until no token's belief moves; how many passes that took."""
        self._begin()
        for turn in range(1, PASSES + 1):
            self._count()
            before = self.posterior
            self._believe()
            if not self.total or float(np.abs(self.posterior - before).max()) < _STILL:
                return turn
        self._count()
        return PASSES

    def _begin(self) -> None:
        """The chain as the votes' shares have it."""
        for group in self.steps_of:
            self.begun = self.begun + self.posterior[group[0]].sum(axis=0)
            for here, there in pairwise(group):
                self.moved = self.moved + self.posterior[here[: there.size]].T @ self.posterior[there]

    def _count(self) -> None:
        """Chain and people from beliefs."""
        self._share = np.where(self.first, self.begun, 0.0)
        self._share = self._share / self._share.sum()
        self.steps = np.where(self.after, self.moved, 0.0)
        self.steps = self.steps / self.steps.sum(axis=1, keepdims=True)
        classes = self.classes
        cells: Integers = self.annotators * classes + self.given
        believed = self.posterior[self.places]
        own = np.stack(
            [
                np.bincount(cells, weights=believed[:, true], minlength=self.people * classes).reshape(
                    self.people, classes
                )
                for true in range(classes)
            ],
            axis=1,
        )
        crowd = own.sum(axis=0) + AGREEING * np.eye(classes) + 1.0 / classes
        crowd = crowd / crowd.sum(axis=1, keepdims=True)
        shrunk = own + STRENGTH * crowd
        self.confusion = shrunk / shrunk.sum(axis=2, keepdims=True)

    def _evidence(self) -> Floats:
        """How likely each token's votes are where each class is true, up to a factor a token. Shape (tokens, classes)."""
        logs = np.log(self.confusion)
        summed = np.stack(
            [
                np.bincount(self.places, weights=logs[self.annotators, true, self.given], minlength=self.total)
                for true in range(self.classes)
            ],
            axis=1,
        )
        likely: Floats = np.zeros((0, self.classes))
        if self.total:
            likely = np.maximum(np.exp(summed - summed.max(axis=1, keepdims=True)), 1e-100)
        return likely

    def _believe(self) -> None:
        """Forward, backward, and what they say of tokens and steps together."""
        likely = self._evidence()
        posterior = np.zeros((self.total, self.classes))
        begun, moved = np.ones(self.classes), np.ones((self.classes, self.classes))
        for group in self.steps_of:
            ahead = [_scaled(self._share * likely[group[0]])]
            for there in group[1:]:
                ahead.append(_scaled((ahead[-1][: there.size] @ self.steps) * likely[there]))
            behind = np.ones((group[-1].size, self.classes))
            for place in range(len(group) - 1, -1, -1):
                here = group[place]
                if here.size > behind.shape[0]:
                    behind = np.concatenate((behind, np.ones((here.size - behind.shape[0], self.classes))))
                posterior[here] = _scaled(ahead[place] * behind)
                if place:
                    arriving = likely[here] * behind
                    before = ahead[place - 1][: here.size]
                    total = np.einsum("nj,jk,nk->n", before, self.steps, arriving, optimize=True)
                    moved = moved + self.steps * ((before / total[:, None]).T @ arriving)
                    behind = _scaled(arriving @ self.steps.T)
            begun = begun + posterior[group[0]].sum(axis=0)
        self.posterior, self.begun, self.moved = posterior, begun, moved

    def likeliest(self) -> Integers:
        """The likeliest sequence of each (Viterbi, 1967); among equals the lowest class."""
        if not self.total:
            return np.zeros(0, dtype=np.int64)
        with np.errstate(divide="ignore"):
            share, steps = np.log(self._share), np.log(self.steps)
        likely = np.log(self._evidence())
        found = np.zeros(self.total, dtype=np.int64)
        for group in self.steps_of:
            scores = [share + likely[group[0]]]
            back: list[Integers] = []
            for there in group[1:]:
                ways = scores[-1][: there.size, :, None] + steps
                back.append(ways.argmax(axis=1))
                scores.append(ways.max(axis=1) + likely[there])
            best = np.zeros(0, dtype=np.int64)
            for place in range(len(group) - 1, -1, -1):
                here = group[place]
                # Sequences that end here choose their end; the others go back the way they came.
                ends = scores[place][best.size :].argmax(axis=1)
                best = np.concatenate((best, ends))
                found[here] = best
                if place:
                    best = np.take_along_axis(back[place - 1], best[:, None], axis=1)[:, 0]
        return found


def _scaled(rows: Floats) -> Floats:
    scaled: Floats = rows / rows.sum(axis=1, keepdims=True)
    return scaled
