"""Word networks: the answers to one task side by side, slot by slot: words that stand for the same are one above the other.

Many tasks are aligned at once: each step of the dynamic program is a step of all of them.

Fiscus, 1997, "A post-processing system to yield reduced word error rates: ROVER", doi:10.1109/ASRU.1997.659110.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from evenhand.quality.votes import Floats, Integers

_Costs: TypeAlias = npt.NDArray[np.float32]
_Cell = TypeVar("_Cell", bound=np.generic)

NOTHING = 0  # the code of "no word here"
# Beyond so many different answers to one task the network stands: what else is said is laid onto it, and opens no slot.
GROWING_MAX = 16
# Cells of a table of costs, of all tasks of a step: about 10 MB.
_CELLS_A_STEP = 2_000_000
_TASKS_A_STEP = 512
_INSERT = 1.0
_FROM_BOTH, _FROM_WORD, _FROM_SLOT = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Different answers to tasks, sorted by task, those that the network is begun with first.

    tasks: shape (answers,), 0 .. task_count - 1, increasing. starts: shape (answers + 1,), where each begins in `words`.
    words: shape (words,), codes above 0. weights: shape (answers,), above 0.
    """

    tasks: Integers
    starts: Integers
    words: Integers
    weights: Floats
    task_count: int


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """What each answer says in each slot of its task.

    slots, answers, words: shape (entries,), sorted by slot, then answer; words are codes, NOTHING where the answer leaves the slot
    out. slot_tasks: shape (slots,), the task of each slot, increasing; slots of one task stand in the order of its text.
    """

    slots: Integers
    answers: Integers
    words: Integers
    slot_tasks: Integers


def networks_of(given: Answers) -> Networks:
    """Lay all answers of each task side by side. Work grows with answers x words x slots, not with the square of the answers."""
    counts = np.bincount(given.tasks, minlength=given.task_count)
    first = np.concatenate(([0], np.cumsum(counts)))
    parts: list[tuple[Integers, Integers, Integers, Integers]] = []
    for tasks in _steps(given, counts):
        parts.extend(_laid(given, tasks, first[tasks], counts[tasks]))
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        return Networks(empty, empty, empty, empty)
    tasks, places, answers, words = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((answers, places, tasks))
    tasks, places = tasks[order], places[order]
    is_new = np.ones(tasks.size, dtype=bool)
    is_new[1:] = (tasks[1:] != tasks[:-1]) | (places[1:] != places[:-1])
    return Networks(np.cumsum(is_new) - 1, answers[order], words[order], tasks[is_new])


def _steps(given: Answers, counts: Integers) -> Iterator[Integers]:
    """Tasks that are aligned together: of like length, and few enough."""
    lengths = np.diff(given.starts)
    longest = np.zeros(given.task_count, dtype=np.int64)
    np.maximum.at(longest, given.tasks, lengths)
    order = np.lexsort((counts, longest))
    order = order[counts[order] > 0]
    start = 0
    while start < order.size:
        size = _TASKS_A_STEP
        while size > 1:
            most = int(longest[order[min(start + size, order.size) - 1]]) + 1
            # A table of words by slots, and one of slots by different words.
            if size * most * most * 4 <= _CELLS_A_STEP:
                break
            size //= 2
        yield order[start : start + size]
        start += size


def _laid(
    given: Answers, tasks: Integers, first: Integers, counts: Integers
) -> Iterator[tuple[Integers, Integers, Integers, Integers]]:
    """(tasks, places, answers, words) of some tasks, round by round: each round lays one more answer onto every network."""
    growing = min(int(counts.max()), GROWING_MAX)
    local, known = _local_words(given, first, np.minimum(counts, growing))
    network = _Network.of(given, local, first, known, growing)
    for turn in range(1, growing):
        rows = np.flatnonzero(counts > turn)
        network.grow(rows, *_padded(given, local, first[rows] + turn), given.weights[first[rows] + turn])
    yield from network.entries(given, tasks, first)
    for row in np.flatnonzero(counts > growing):
        rest = np.arange(first[row] + growing, first[row] + counts[row])
        yield from network.laid_onto(int(row), int(tasks[row]), given, rest)


def _local_words(given: Answers, first: Integers, counts: Integers) -> tuple[Integers, int]:
    """Each word of the growing answers as its place among the different words of its task, from 1, and the most that a task has."""
    places = [
        np.arange(given.starts[start], given.starts[start + count]) for start, count in zip(first, counts, strict=True)
    ]
    every = np.concatenate(places)
    rows = np.repeat(np.arange(first.size), [each.size for each in places])
    span = int(given.words.max(initial=0)) + 1
    distinct, inverse = np.unique(rows * span + given.words[every], return_inverse=True)
    begins = np.searchsorted(distinct, np.arange(first.size + 1) * span)
    local = np.zeros(given.words.size, dtype=np.int64)
    local[every] = inverse.reshape(-1) - begins[rows] + 1
    return local, int(np.diff(begins).max(initial=0))


def _padded(given: Answers, words: Integers, answers: Integers) -> tuple[Integers, Integers]:
    """(words, lengths) of some answers: words of shape (answers, longest), NOTHING after the end."""
    begins = given.starts[answers]
    lengths = given.starts[answers + 1] - begins
    places = np.arange(max(int(lengths.max(initial=0)), 1))
    is_word = places < lengths[:, None]
    table = np.zeros(is_word.shape, dtype=np.int64)
    table[is_word] = words[(begins[:, None] + places)[is_word]]
    return table, lengths


@dataclass(slots=True, eq=False)
class _Network:
    """The networks of some tasks while they grow.

    mass: shape (tasks, different words + 1, slots), the weight of each word in each slot, of NOTHING too. total: shape (tasks,).
    places: shape (tasks, most turns, slots): where in the answer of that turn the slot's word stands, -1 for none. sizes: shape
    (tasks,), slots in use.
    """

    mass: _Costs
    total: _Costs
    places: npt.NDArray[np.int32]
    sizes: Integers
    turns: int = 1

    @classmethod
    def of(cls, given: Answers, local: Integers, first: Integers, known: int, turns: int) -> _Network:
        words, sizes = _padded(given, local, first)
        weights = given.weights[first].astype(np.float32)
        mass = np.zeros((len(words), known + 1, words.shape[1]), dtype=np.float32)
        np.put_along_axis(mass, words[:, None, :], weights[:, None, None], axis=1)
        slots = np.arange(words.shape[1])
        places = np.full((len(words), turns, words.shape[1]), -1, dtype=np.int32)
        places[:, 0] = np.where(slots < sizes[:, None], slots, -1)
        return cls(mass, weights, places, sizes)

    def grow(self, rows: Integers, words: Integers, lengths: Integers, weights: Floats) -> None:
        """Lay one answer onto each of some networks, with a new slot for each word that has none. words: as `_padded`."""
        mass = self.mass if rows.size == len(self.mass) else self.mass[rows]
        slots, places, sizes = _paths(mass, self.total[rows], self.sizes[rows], words, lengths)
        is_new = (slots < 0) & (places >= 0)
        width = max(slots.shape[1], self.mass.shape[2])
        self.mass, self.places = _wide(self.mass, width), _wide(self.places, width)
        is_opening = is_new.any(axis=1)
        if is_opening.any():
            self._open(rows[is_opening], _wide(slots[is_opening], width), _wide(is_new[is_opening], width))
        at, slot = np.nonzero(np.arange(slots.shape[1]) < sizes[:, None])
        said = np.where(places[at, slot] >= 0, words[at, np.maximum(places[at, slot], 0)], NOTHING)
        weight = weights.astype(np.float32)
        self.mass[rows[at], said, slot] += weight[at]
        self.places[rows, self.turns] = _wide(places, width)
        self.total[rows] += weight
        self.sizes[rows] = sizes
        self.turns += 1

    def _open(self, rows: Integers, slots: Integers, is_new: npt.NDArray[np.bool_]) -> None:
        """Make room for new slots: where each slot of some networks was before, -1 for new ones and after the end."""
        before = np.maximum(slots, 0)[:, None, :]
        is_old = (slots >= 0)[:, None, :]
        moved = np.take_along_axis(self.mass[rows], before, axis=2) * is_old
        # Whoever came before left a new slot out.
        moved[:, NOTHING] += np.where(is_new, self.total[rows, None], 0.0)
        self.mass[rows] = moved
        earlier = np.take_along_axis(self.places[rows, : self.turns], before, axis=2)
        self.places[rows, : self.turns] = np.where(is_old, earlier, -1)

    def entries(
        self, given: Answers, tasks: Integers, first: Integers
    ) -> Iterator[tuple[Integers, Integers, Integers, Integers]]:
        """What was laid so far."""
        is_slot = np.arange(self.places.shape[2]) < self.sizes[:, None]
        counts = np.bincount(given.tasks, minlength=given.task_count)[tasks]
        for turn in range(self.turns):
            rows, slots = np.nonzero(is_slot & (counts > turn)[:, None])
            answers = first[rows] + turn
            yield tasks[rows], slots, answers, _words_at(given, answers, self.places[rows, turn, slots])

    def laid_onto(
        self, row: int, task: int, given: Answers, answers: Integers
    ) -> Iterator[tuple[Integers, Integers, Integers, Integers]]:
        """More answers to one task, each laid onto the network as it stands; what has no slot is left out."""
        size = int(self.sizes[row])
        if not size:
            return
        known: dict[int, list[tuple[int, int]]] = {}
        for turn in range(self.turns):
            answer = np.full(size, given_start(given, task, turn))
            for word, slot in zip(_words_at(given, answer, self.places[row, turn, :size]), range(size), strict=True):
                known.setdefault(int(word), []).append((slot, turn))
        for chunk in np.array_split(answers, max(1, answers.size * size // 50_000)):
            words, lengths = _padded(given, given.words, chunk)
            yield from self._onto(row, task, size, given, chunk, words, lengths, known)

    def _onto(
        self,
        row: int,
        task: int,
        size: int,
        given: Answers,
        answers: Integers,
        words: Integers,
        lengths: Integers,
        known: dict[int, list[tuple[int, int]]],
    ) -> Iterator[tuple[Integers, Integers, Integers, Integers]]:
        distinct, places = np.unique(words, return_inverse=True)
        mass = np.zeros((distinct.size + 1, size), dtype=np.float32)
        mass[NOTHING] = self.mass[row, NOTHING, :size]
        begin = given_start(given, task, 0)
        for column, word in enumerate(distinct):
            for slot, turn in known.get(int(word), ()):
                mass[column + 1, slot] += given.weights[begin + turn]
        slots, taken, _ = _paths(
            np.broadcast_to(mass, (answers.size, *mass.shape)),
            np.full(answers.size, self.total[row]),
            np.full(answers.size, size),
            places.reshape(words.shape) + 1,
            lengths,
        )
        found = np.full((answers.size, size), -1, dtype=np.int64)
        at, step = np.nonzero(slots >= 0)
        found[at, slots[at, step]] = taken[at, step]
        every = np.repeat(answers, size)
        yield (
            np.full(every.size, task),
            np.tile(np.arange(size), answers.size),
            every,
            _words_at(given, every, found.reshape(-1)),
        )


def given_start(given: Answers, task: int, turn: int) -> int:
    """The place of a task's answer."""
    return int(np.searchsorted(given.tasks, task)) + turn


def _words_at(given: Answers, answers: Integers, places: npt.NDArray[np.integer]) -> Integers:
    is_word = places >= 0
    found = np.full(answers.size, NOTHING, dtype=np.int64)
    found[is_word] = given.words[given.starts[answers[is_word]] + places[is_word]]
    return found


def _wide(table: npt.NDArray[_Cell], width: int) -> npt.NDArray[_Cell]:
    """With so many columns: -1 in those of whole numbers, 0 in those of weights and of truths."""
    more = width - table.shape[-1]
    if not more:
        return table
    filler = np.full((*table.shape[:-1], more), -1 if table.dtype.kind == "i" else 0, dtype=table.dtype)
    return np.concatenate((table, filler), axis=-1)


def _paths(
    mass: _Costs, total: _Costs, sizes: Integers, words: Integers, lengths: Integers
) -> tuple[Integers, Integers, Integers]:
    """The cheapest way of laying each answer onto its network.

    mass: shape (tasks, words + 1, slots), of weights that sum to total, shape (tasks,), in each slot. A word costs what share of
    its slot says otherwise, a slot left out what share of it says something, a word without a slot 1.
    Returns (slots, places, sizes): along the path, which slot and which word, -1 for none, shape (tasks, longest path).
    """
    width, height = int(sizes.max(initial=0)), words.shape[1]
    # The longest come first, so that a step of the program is one of the tasks whose answers are not yet at their end.
    order = np.argsort(-lengths, kind="stable")
    reach = np.searchsorted(-lengths[order], -np.arange(1, height + 1), side="right")
    scale = (1.0 / total).astype(np.float32)[order, None]
    skipped = np.zeros((order.size, width + 1), dtype=np.float32)
    np.cumsum(np.float32(1.0) - mass[order, NOTHING, :width] * scale, axis=1, out=skipped[:, 1:])
    came_from = np.zeros((height + 1, order.size, width + 1), dtype=np.int8)
    came_from[0] = _FROM_SLOT
    came_from[1:, :, 0] = _FROM_WORD
    costs = skipped.copy()
    for place in range(height):
        active = int(reach[place])
        before, over = costs[:active], skipped[:active]
        both = mass[order[:active], words[order[:active], place], :width] * -scale[:active]
        both += before[:, :-1]
        both += np.float32(1.0)
        stepped = before + np.float32(_INSERT)
        way = came_from[place + 1, :active]
        np.greater(both, stepped[:, 1:], out=way[:, 1:].view(bool))  # _FROM_BOTH or _FROM_WORD
        np.minimum(stepped[:, 1:], both, out=stepped[:, 1:])
        # A run of slots left out is a running minimum once their own costs are taken off.
        ahead = stepped - over
        np.minimum.accumulate(ahead, axis=1, out=ahead)
        ahead += over
        way[:, 1:][ahead[:, 1:] < stepped[:, 1:] - np.float32(1e-5)] = _FROM_SLOT
        costs[:active] = ahead
    slots, places, steps = _walked(came_from, sizes[order], lengths[order])
    back = np.argsort(order)
    return slots[back], places[back], steps[back]


def _walked(came_from: npt.NDArray[np.int8], sizes: Integers, lengths: Integers) -> tuple[Integers, Integers, Integers]:
    """The paths behind a table of steps, from their ends."""
    rows = np.arange(sizes.size)
    slot, word = sizes.copy(), lengths.copy()
    slots, places = [], []
    while True:
        is_open = (slot > 0) | (word > 0)
        if not is_open.any():
            break
        way = came_from[word, rows, slot]
        way = np.where(slot == 0, _FROM_WORD, way)
        takes_slot = is_open & (way != _FROM_WORD)
        takes_word = is_open & (way != _FROM_SLOT)
        slot -= takes_slot
        word -= takes_word
        slots.append(np.where(takes_slot, slot, -1))
        places.append(np.where(takes_word, word, -1))
    if not slots:
        nothing = np.full((rows.size, 1), -1, dtype=np.int64)
        return nothing, nothing.copy(), np.zeros(rows.size, dtype=np.int64)
    back_slots, back_places = np.array(slots).T, np.array(places).T
    steps = ((back_slots >= 0) | (back_places >= 0)).sum(axis=1)
    at = steps[:, None] - 1 - np.arange(len(slots))
    is_step = at >= 0
    at = np.maximum(at, 0)
    return (
        np.where(is_step, np.take_along_axis(back_slots, at, axis=1), -1),
        np.where(is_step, np.take_along_axis(back_places, at, axis=1), -1),
        steps,
    )


def flattened(answers: Sequence[Sequence[int]]) -> tuple[Integers, Integers]:
    """(starts, words) of lists of codes."""
    sizes = np.fromiter((len(each) for each in answers), dtype=np.int64, count=len(answers))
    starts = np.concatenate(([0], np.cumsum(sizes)))
    words = np.fromiter((word for each in answers for word in each), dtype=np.int64, count=int(starts[-1]))
    return starts, words
