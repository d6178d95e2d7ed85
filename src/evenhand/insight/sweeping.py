"""The sweep: fits every project whose votes changed, question by question, and keeps what it found in rows of insight's own.

Safe in any number of workers, killed at any moment: a project is taken by its row, and whoever lost their turn writes nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter, Histogram

from evenhand.core.errors import PlatformError
from evenhand.ontology.ontology import Ontology
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.work.model import STAGES
from evenhand.work.ontologies import Ontologies

if TYPE_CHECKING:
    from evenhand.insight.fitting import QuestionFit, Verdicts
    from evenhand.insight.manners import MannerFit
    from evenhand.insight.standing_labels import Labels

_queries = Queries.of("evenhand.insight")
# Woken by events, no sooner than APART after the last; and by itself, for projects whose rest is over.
ROUND_SECONDS, APART_SECONDS = 10.0, 2.0
SILENCE = timedelta(minutes=10)
# A project is read again at the earliest after REST, and after a fit that cost much CPU only when it rested RESTS times as long:
# however fast votes come and however many there are, fitting takes at most a twentieth of one core. What was waited for costs
# nothing: on a busy machine a project does not rest longer.
REST, RESTS = timedelta(seconds=10), 20
FAILED_REST = timedelta(minutes=10)
COMPARED_MAX = 20_000

log = structlog.get_logger(__name__)
FITTED = Counter("evenhand_quality_fits_total", "Projects whose votes were fitted.")
COMPARED = Counter("evenhand_live_compared_total", "Decided tasks that a sweep looked at again.")
DIFFERING = Counter("evenhand_live_differing_total", "Of those, the ones that the sweep would have decided otherwise.")
TOOK = Histogram("evenhand_quality_fit_seconds", "How long reading, fitting and keeping a project took.")


class Gold(Protocol):
    """Known answers of a project's tasks, as codes: question number -> task number -> code of the vote table."""

    async def __call__(
        self, connection: Connection, organization_id: UUID, project_id: UUID, /
    ) -> dict[int, dict[int, float]]:
        """What is known now."""


async def known_codes(
    connection: Connection, organization_id: UUID, project_id: UUID, /
) -> dict[int, dict[int, float]]:
    """The answers to gold tasks that were not taken back."""
    return _known(
        await _queries.rows(connection, "known_codes", organization_id=organization_id, project_id=project_id)
    )


async def read_verdicts(connection: Connection, organization_id: UUID, project_id: UUID) -> Verdicts:
    """What reviewers and adjudicators said, where it still stands."""
    from evenhand.insight.fitting import Verdicts

    facts = {"organization_id": organization_id, "project_id": project_id}
    rows = await _queries.rows(connection, "verdict_codes", **facts)
    accepted = await _queries.rows(connection, "accepted_tasks", **facts)
    return Verdicts(
        decided=_known([row for row in rows if row["stage"] == STAGES["adjudicate"]]),
        fixed=_known([row for row in rows if row["stage"] == STAGES["review"]]),
        accepted=frozenset(row["task_no"] for row in accepted),
    )


def _known(rows: Sequence[Any]) -> dict[int, dict[int, float]]:
    known: dict[int, dict[int, float]] = {}
    for row in rows:
        known.setdefault(row["question_no"], {})[row["task_no"]] = row["code"]
    return known


class Sweeper:
    """The worker's round over projects."""

    def __init__(self, database: Database, ontologies: Ontologies, clock: Clock, gold: Gold) -> None:
        self._database = database
        self._ontologies = ontologies
        self._clock = clock
        self._gold = gold

    async def sweep(self) -> bool:
        """Fit the next project whose votes changed; whether there was one."""
        async with self._database.statement() as connection:
            taken = await _queries.row(connection, "quality_take", now=self._clock.now(), silence=SILENCE)
        if taken is None:
            return False
        facts = {"organization_id": taken["organization_id"], "project_id": taken["project_id"]}
        started = time.monotonic()
        try:
            ontology, fits, manners, votes, labels, cpu_seconds = await self._fitted(**facts)
            from evenhand.insight.label_writing import write_labels

            await write_labels(self._database, **facts, attempt=taken["attempt"], labels=labels)
            await self._keep(taken["attempt"], ontology, fits, manners, votes, cpu_seconds, **facts)
        except (PlatformError, asyncpg.PostgresError, ValueError, ArithmeticError, MemoryError) as error:
            # One project that cannot be fitted must not stop the others: it says so, and is tried again later.
            log.warning("quality.failed", project=str(facts["project_id"]), cause=type(error).__name__)
            await self._give_up(taken["attempt"], type(error).__name__, **facts)
            return True
        FITTED.inc()
        TOOK.observe(time.monotonic() - started)
        return True

    async def _fitted(
        self, organization_id: UUID, project_id: UUID
    ) -> tuple[Ontology, list[QuestionFit], list[MannerFit], int, Labels, float]:
        from evenhand.insight.columns import read_columns
        from evenhand.insight.fitting import fit_project
        from evenhand.insight.label_writing import read_decided, read_given
        from evenhand.insight.manners import manners_of
        from evenhand.insight.standing_labels import standing_labels

        async with self._database.tenant(organization_id) as connection:
            version = await _queries.value(
                connection, "sweep_facts", organization_id=organization_id, project_id=project_id
            )
        ontology = await self._ontologies.get(organization_id, project_id, version)
        async with self._database.tenant(organization_id) as connection:
            columns = await read_columns(connection, organization_id, project_id)
            gold = await self._gold(connection, organization_id, project_id)
            verdicts = await read_verdicts(connection, organization_id, project_id)
            decided = await read_decided(connection, organization_id, project_id)
            given = await read_given(connection, organization_id, project_id)
        known = {task_no for of_question in gold.values() for task_no in of_question}

        def fitted() -> tuple[list[QuestionFit], list[MannerFit], Labels, float]:
            before = time.thread_time()
            fits = fit_project(ontology, columns, gold, verdicts)
            labels = standing_labels(ontology, columns, fits, known, decided, given)
            return fits, manners_of(columns), labels, time.thread_time() - before

        fits, manners, labels, cpu_seconds = await asyncio.to_thread(fitted)
        return ontology, fits, manners, int(columns.votes.size), labels, cpu_seconds

    async def _keep(
        self,
        attempt: int,
        ontology: Ontology,
        fits: list[QuestionFit],
        manners: list[MannerFit],
        votes: int,
        cpu_seconds: float,
        organization_id: UUID,
        project_id: UUID,
    ) -> None:
        from evenhand.insight.estimates import keep_estimates
        from evenhand.insight.estimates import packed as written_estimates
        from evenhand.insight.packing import packed as written

        def pack() -> dict[int, bytes]:
            crowds = {fit.question_no: fit.learned.crowd if fit.learned else fit.numbers for fit in fits}
            return {question_no: written(crowd) for question_no, crowd in crowds.items() if crowd is not None}

        def pack_estimates() -> list[tuple[int, bytes]]:
            return [(fit.question_no, written_estimates(fit.estimates)) for fit in fits if fit.estimates is not None]

        facts = {"organization_id": organization_id, "project_id": project_id}
        packed = await asyncio.to_thread(pack)
        estimates = await asyncio.to_thread(pack_estimates)
        async with self._database.tenant(organization_id) as connection:
            # All that takes a while, waiting included, comes before the first row is locked: a writer that is long about it
            # holds back everybody's counts.
            live = await _compared(connection, facts, ontology, fits)
            # Whoever decides by the fit before this one is let finish, and names it.
            await _queries.run(connection, "no_decider", **facts)
            if await _queries.row(connection, "sweep_lock", **facts, attempt=attempt) is None:
                return
            now = self._clock.now()
            for name in ("forget_questions", "forget_people", "forget_manners", "forget_tasks", "forget_slices"):
                await _queries.run(connection, name, **facts)
            for fit in fits:
                await _write(connection, facts, fit, now)
                if fit.question_no in packed:
                    await _queries.run(
                        connection,
                        "add_fit",
                        **facts,
                        question_no=fit.question_no,
                        fit_no=attempt,
                        now=now,
                        codes=json.dumps(sorted(fit.learned.codes.items()) if fit.learned else []),
                        learned=packed[fit.question_no],
                    )
            await _write_manners(connection, facts, manners)
            await _queries.run(connection, "forget_fits", **facts, fit_no=attempt)
            await keep_estimates(connection, organization_id, project_id, attempt, estimates)
            rest = max(REST, timedelta(seconds=cpu_seconds) * RESTS)
            await _queries.run(
                connection,
                "end_sweep",
                **facts,
                attempt=attempt,
                state="done",
                now=now,
                rest_until=now + rest,
                votes=votes,
                cause=None,
                **live,
            )
        COMPARED.inc(live["compared"])
        DIFFERING.inc(live["differing"])

    async def _give_up(self, attempt: int, cause: str, organization_id: UUID, project_id: UUID) -> None:
        now = self._clock.now()
        async with self._database.tenant(organization_id) as connection:
            await _queries.run(
                connection,
                "end_sweep",
                organization_id=organization_id,
                project_id=project_id,
                attempt=attempt,
                state="failed",
                now=now,
                rest_until=now + FAILED_REST,
                votes=0,
                cause=cause,
                decided=0,
                decided_answers=0,
                compared=0,
                differing=0,
            )


async def _compared(
    connection: Connection, facts: dict[str, Any], ontology: Ontology, fits: list[QuestionFit]
) -> dict[str, int]:
    """How many tasks were decided, by how many answers; and how many of the newest otherwise than the fit would."""
    from evenhand.insight.judging import differing

    counts = await _queries.row(connection, "decided_counts", **facts)
    assert counts is not None
    decided = (
        await _queries.rows(connection, "decided_answers", **facts, limit=COMPARED_MAX) if counts["decided"] else []
    )
    rows = [
        (row["task_no"], no, code)
        for row in decided
        for no, code in zip(row["answer_nos"], row["answer_codes"], strict=True)
    ]
    found = {fit.question_no: fit.found for fit in fits if fit.found is not None}
    compared, other = await asyncio.to_thread(differing, found, ontology, rows)
    return {
        "decided": counts["decided"],
        "decided_answers": counts["answers"],
        "compared": compared,
        "differing": other,
    }


async def _write(connection: Connection, facts: dict[str, Any], fit: QuestionFit, now: datetime) -> None:
    at = {**facts, "question_no": fit.question_no}
    await _queries.run(
        connection,
        "add_question_fit",
        **at,
        model=fit.model,
        model_version=fit.model_version,
        now=now,
        votes=fit.votes,
        tasks=fit.tasks,
        people=fit.people,
        figures=json.dumps(fit.figures, allow_nan=False),
    )
    await _queries.run(
        connection,
        "add_people",
        **at,
        annotator_nos=[each.annotator_no for each in fit.persons],
        accuracies=[each.accuracy for each in fit.persons],
        lows=[each.low for each in fit.persons],
        highs=[each.high for each in fit.persons],
        checked=[each.checked for each in fit.persons],
        votes=[each.votes for each in fit.persons],
        figures=[json.dumps(each.figures, allow_nan=False) for each in fit.persons],
        parts=[json.dumps(each.parts, allow_nan=False) for each in fit.persons],
    )
    rows = await _queries.rows(connection, "tasks_by_no", **facts, task_nos=[each.task_no for each in fit.hardest])
    ids = {row["task_no"]: row["task_id"] for row in rows}
    hardest = [each for each in fit.hardest if each.task_no in ids]
    await _queries.run(
        connection,
        "add_tasks",
        **at,
        places=[*range(len(hardest))],
        task_ids=[ids[each.task_no] for each in hardest],
        probabilities=[each.probability for each in hardest],
        codes=[each.code for each in hardest],
        votes=[each.votes for each in hardest],
        agreeing=[each.agreeing for each in hardest],
    )
    await _queries.run(
        connection,
        "add_slices",
        **at,
        dimensions=[each.dimension for each in fit.slices],
        subjects=[each.subject for each in fit.slices],
        figures=[json.dumps(each.figures, allow_nan=False) for each in fit.slices],
    )


async def _write_manners(connection: Connection, facts: dict[str, Any], manners: list[MannerFit]) -> None:
    await _queries.run(
        connection,
        "add_manners",
        **facts,
        annotator_nos=[each.annotator_no for each in manners],
        answers=[each.answers for each in manners],
        counted=[each.counted for each in manners],
        figures=[json.dumps(each.figures, allow_nan=False) for each in manners],
    )
