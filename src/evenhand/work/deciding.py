"""What follows when a task has the answers that it wanted: the port Decide, the rule of the workflow, and the worker's round.

A project without later stages never comes here. Decision 17 says why, and what a row of `decision` promises: it holds the votes
that were read, so `after_labels` says the same of it whenever it is asked again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

import structlog

from evenhand.core.errors import PlatformError
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.service import Vault

_queries = Queries.of("evenhand.work")
# The relay wakes it as soon as something waits: this is for a relay that is busy or away.
ROUND_SECONDS = 2.0
# Few enough that one transaction stays far below a second.
TASKS_A_ROUND = 100
log = structlog.get_logger(__name__)

Outcome = Literal["done", "more", "review", "adjudicate"]
_PLACES: dict[Outcome, str] = {"done": "done", "more": "label", "review": "review", "adjudicate": "adjudicate"}


@dataclass(frozen=True, slots=True)
class Vote:
    """One annotator's answer to one question, as a number."""

    question_no: int
    annotator_no: int
    code: float


@dataclass(frozen=True, slots=True)
class Labeled:
    """A task that has the answers it wanted. votes: by question, then annotator. back_to: of rework, who sees it again."""

    task_id: UUID
    task_no: int
    answers: int
    votes: tuple[Vote, ...]
    back_to: Literal["review", "adjudicate"] | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    """What a project's settings say of the stages after labels, and under which version of the ontology votes are read.

    opinions_min, opinions_max, sure: of adaptive opinions; the last two are None where every task gets the same number.
    """

    ontology_version: int
    review_rate: float
    adjudicate_below: float | None
    opinions_min: int = 1
    opinions_max: int | None = None
    sure: float | None = None


@dataclass(frozen=True, slots=True)
class NumberEstimate:
    """What a fit says of one question whose answers are numbers. low, high: of its 95 % interval, in the unit of the answers."""

    question_no: int
    value: float
    low: float
    high: float
    model: str
    model_version: str


@dataclass(frozen=True, slots=True)
class Sureness:
    """How probable the answer to a task's least sure question is, by which model. None: the task has no votes to tell by.

    fit_no: of the fit whose parameters it was told by. asks_on: of adaptive opinions, one more is worth it; why: what that
    stands on. answers: the likeliest answers, question number and code. estimates: of the questions whose answers are numbers, by
    the same fit.
    """

    probability: float | None
    question: str | None
    model: str
    model_version: str
    fit_no: int | None = None
    asks_on: bool = False
    why: str | None = None
    answers: tuple[tuple[int, float], ...] = ()
    estimates: tuple[NumberEstimate, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows, and by what. opinions: how many more, where the outcome is `more`."""

    outcome: Outcome
    sure: Sureness
    opinions: int = 0


class HowSure(Protocol):
    """The port to whoever reads votes: one `Sureness` a task, in the order in which they come."""

    async def __call__(
        self, organization_id: UUID, project_id: UUID, workflow: Workflow, labeled: Sequence[Labeled]
    ) -> Sequence[Sureness]:
        """Computed from the votes that are given and the fit that stands, and from nothing else of the tasks."""


class Decide(Protocol):
    """The port: what follows for some tasks of one project, one decision each, in the order in which they come."""

    async def __call__(
        self, organization_id: UUID, project_id: UUID, workflow: Workflow, labeled: Sequence[Labeled]
    ) -> Sequence[Decision]:
        """May be asked twice about the same votes, when a worker is killed: only one answer of it will count."""


class ByWorkflow:
    """The rule of this room: as many opinions as the workflow wants; then adjudication where unsure, review by lot, or done."""

    def __init__(self, how_sure: HowSure, vault: Vault) -> None:
        self._how_sure = how_sure
        self._vault = vault

    async def __call__(
        self, organization_id: UUID, project_id: UUID, workflow: Workflow, labeled: Sequence[Labeled]
    ) -> Sequence[Decision]:
        """See `after_labels`."""
        sure = await self._how_sure(organization_id, project_id, workflow, labeled)
        return [
            after_labels(workflow, each, found, self.lot(organization_id, each.task_id))
            for each, found in zip(labeled, sure, strict=True)
        ]

    def lot(self, organization_id: UUID, task_id: UUID) -> float:
        """0 to 1, the same for a task whenever it is drawn; without the key nobody can foretell it."""
        return int.from_bytes(self._vault.lookup(organization_id, "review", str(task_id))[:8]) / 2**64


def after_labels(workflow: Workflow, labeled: Labeled, sure: Sureness, lot: float) -> Decision:
    """What follows for one task.

    What was sent back goes back to whoever sent it. Else, of adaptive opinions, one more is asked for while it is worth it and the
    task has not had the most. Then a least sure question below the bar goes to an adjudicator; of the others those are reviewed
    whose lot lies below the rate. lot: 0 to 1.
    """
    if labeled.back_to is not None:
        return Decision(labeled.back_to, sure)
    if workflow.opinions_max is not None and sure.asks_on and labeled.answers < workflow.opinions_max:
        return Decision("more", sure, opinions=1)
    bar = workflow.adjudicate_below
    is_unsure = bar is not None and sure.probability is not None and sure.probability < bar
    return Decision("adjudicate" if is_unsure else "review" if lot < workflow.review_rate else "done", sure)


class Deciding:
    """The worker's round: takes what waits for a decision, asks Decide, and lets the task go on, once."""

    def __init__(self, database: Database, decide: Decide, clock: Clock) -> None:
        self._database = database
        self._decide = decide
        self._clock = clock

    async def decide_waiting(self) -> bool:
        """Decide for every project in which something waits; whether there may be more."""
        async with self._database.statement() as connection:
            projects = await _queries.rows(connection, "projects_undecided")
        has_more = False
        for each in projects:
            try:
                has_more |= await self.decide_in(each["organization_id"], each["project_id"])
            except PlatformError as error:
                # A key service that is away, a project that is just going: nobody else's tasks wait for it.
                log.warning("deciding.waits", project_id=str(each["project_id"]), cause=error.code)
        return has_more

    async def decide_in(self, organization_id: UUID, project_id: UUID) -> bool:
        """Decide for a hundred tasks of one project at most; whether there may be more.

        All of it commits or nothing does. A task that changed since it was read stays for the next round.
        """
        whose = {"organization_id": organization_id, "project_id": project_id}
        async with self._database.tenant(organization_id) as connection:
            if not await _queries.value(connection, "is_only_decider", **whose):
                return False
            rows = await _queries.rows(connection, "undecided", **whose, limit=TASKS_A_ROUND)
            if not rows:
                return False
            votes = await _queries.rows(connection, "votes_on", **whose, task_nos=[row["task_no"] for row in rows])
            first = rows[0]
            workflow = Workflow(
                first["ontology_version"],
                first["review_rate"],
                first["adjudicate_below"],
                first["opinions_min"],
                first["opinions_max"],
                first["sure"],
            )
            labeled = _labeled(rows, votes)
            decided = await self._decide(organization_id, project_id, workflow, labeled)
            for row, task, decision in zip(rows, labeled, decided, strict=True):
                await _queries.value(
                    connection,
                    "stage_decide",
                    project_id=project_id,
                    task_id=task.task_id,
                    moves=row["moves"],
                    got=row["got"],
                    to_place=_PLACES[decision.outcome],
                    opinions=decision.opinions,
                    model=decision.sure.model,
                    model_version=decision.sure.model_version,
                    posterior=decision.sure.probability,
                    question=decision.sure.question,
                    review_rate=workflow.review_rate,
                    adjudicate_below=workflow.adjudicate_below,
                    opinions_min=workflow.opinions_min,
                    opinions_max=workflow.opinions_max,
                    sure=workflow.sure,
                    fit_no=decision.sure.fit_no,
                    why=decision.sure.why,
                    answer_nos=[no for no, _ in decision.sure.answers],
                    answer_codes=[code for _, code in decision.sure.answers],
                    estimate_nos=[each.question_no for each in decision.sure.estimates],
                    estimates=[each.value for each in decision.sure.estimates],
                    estimate_lows=[each.low for each in decision.sure.estimates],
                    estimate_highs=[each.high for each in decision.sure.estimates],
                    estimate_models=[each.model for each in decision.sure.estimates],
                    estimate_versions=[each.model_version for each in decision.sure.estimates],
                    question_nos=[vote.question_no for vote in task.votes],
                    annotator_nos=[vote.annotator_no for vote in task.votes],
                    codes=[vote.code for vote in task.votes],
                    now=self._clock.now(),
                )
        return len(rows) == TASKS_A_ROUND


def _labeled(rows: Sequence[Any], votes: Sequence[Any]) -> list[Labeled]:
    of_task: defaultdict[int, list[Vote]] = defaultdict(list)
    for vote in votes:
        of_task[vote["task_no"]].append(Vote(vote["question_no"], vote["annotator_no"], vote["code"]))
    return [
        Labeled(row["task_id"], row["task_no"], row["got"], tuple(of_task[row["task_no"]]), row["back_to"])
        for row in rows
    ]
