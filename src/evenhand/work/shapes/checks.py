"""Checks of answers that bring a checker: how far a run is, and what it found."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape, Time


class CountedShare(Shape):
    """How many of how many, with a 95 % interval; rate, low and high, each 0..1, are null of none."""

    count: int
    total: int
    rate: float | None
    low: float | None
    high: float | None


class Flakes(Shape):
    """Repeated runs whose reward differs from the first on the same work. upper: the rate lies below it, at 95 %."""

    count: int
    total: int
    upper: float


class CheckBars(Shape):
    """What a checker must reach: at least this mutation score, of at least so many mutants, and at most this flake rate."""

    mutation_score: float
    mutants: int
    flake_rate: float


class CheckedWork(Shape):
    """Work that the checker was run on: the reference solution, the start, an author's mutation, a generated mutant.

    rewards: of its runs, in order. limits: which limits ended runs of it. operator: how a mutant was made, else "".
    """

    id: str
    kind: Literal["solution", "start", "wrong_solution", "exploit", "equivalent", "mutant"]
    operator: str
    rewards: list[float]
    limits: list[str]


class Survivor(Shape):
    """Wrong work that the checker did not refuse. diff: against the reference solution; "" of the author's own."""

    id: str
    operator: str
    diff: str


class CheckReport(Shape):
    """What a check found of one content. missing: what the gate asks for, in words; none where the checker is strong.

    digest: of what was checked, and of what it must reach. seconds: how long it took.
    """

    target: str
    digest: str
    bars: CheckBars
    missing: list[str]
    solution: CountedShare
    start: CountedShare
    flakes: Flakes
    mutation_score: CountedShare
    false_accepts: CountedShare
    false_rejects: CountedShare
    survivors: list[Survivor]
    work: list[CheckedWork]
    runs: int
    seconds: float


class CheckFailure(Shape):
    """Why nothing was found."""

    code: str
    detail: str
    hint: str


class CheckRun(Shape):
    """A check that the worker makes. done, total: runs of the checker; total is null until it is known.

    is_strong: whether nothing is missing, once it is done. report, error: only where one check is asked for by its id.
    """

    id: Id
    project_id: Id
    task_id: Id
    question: str
    ontology_version: int
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: int
    total: int | None
    is_strong: bool | None
    report: CheckReport | None
    error: CheckFailure | None
    created_at: Time
    started_at: Time | None
    ended_at: Time | None
