"""Whom to ask next: places of adaptive opinions, set aside for the people whose answers tell most for their price (decision 20).

Here are the places, the people who are at work, and what their answers cost. Who is asked what is reckoned in `insight.asking`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from evenhand.core.errors import PlatformError
from evenhand.insight.live import Live
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.work.deciding import Vote
from evenhand.work.ontologies import Ontologies

_queries = Queries.of("evenhand.insight")
_work = Queries.of("evenhand.work")
# Woken by events, no sooner than APART after the last.
ROUND_SECONDS, APART_SECONDS = 10.0, 2.0
ACTIVE = timedelta(minutes=10)
SET_ASIDE = timedelta(minutes=2)
PLACES_MAX, PEOPLE_MAX = 200, 200
WAITING_MAX = 2  # what is set aside for one person at a time
SECONDS_USUAL = 60.0  # of an answer that is paid by the hour, of somebody whose time is not known yet

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """One more opinion that Decide asked for. decision_no: of that request. votes: the task's. had_by: who had it in any way."""

    task_id: UUID
    task_no: int
    decision_no: int
    votes: tuple[Vote, ...]
    had_by: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Available:
    """Somebody who is at work and may label. room: how many places they may be kept now. cost: of an answer, above 0."""

    person_id: UUID
    annotator_no: int
    room: int
    cost: float = 1.0


class Routing:
    """The worker's round: sets places aside in every project that routes."""

    def __init__(self, database: Database, ontologies: Ontologies, live: Live, clock: Clock) -> None:
        self._database = database
        self._ontologies = ontologies
        self._live = live
        self._clock = clock

    async def route(self) -> bool:
        """Every project that routes; there is never more to do at once."""
        async with self._database.statement() as connection:
            projects = await _queries.rows(connection, "projects_routed")
        for each in projects:
            try:
                await self.route_in(each["organization_id"], each["project_id"], each["ontology_version"])
            except PlatformError as error:
                # A key service that is away, a project that is just going: nobody else's places wait for it.
                log.warning("routing.waits", project_id=str(each["project_id"]), cause=error.code)
        return False

    async def route_in(self, organization_id: UUID, project_id: UUID, ontology_version: int) -> int:
        """Set places of one project aside; how many.

        The fit that stands stays for as long: whoever decides holds the same lock. Without a fit nobody is known, and nothing is
        routed.
        """
        whose = {"organization_id": organization_id, "project_id": project_id}
        ontology = await self._ontologies.get(organization_id, project_id, ontology_version)
        async with self._database.tenant(organization_id) as connection:
            if not await _work.value(connection, "is_only_decider", **whose):
                return 0
            rows = await _queries.rows(connection, "places_asked_for", **whose, limit=PLACES_MAX)
            now = self._clock.now()
            people = await self._people(connection, organization_id, project_id, now) if rows else []
            standing = await self._live.standing(organization_id, project_id) if people else None
            if standing is None:
                return 0
            votes = await _work.rows(connection, "votes_on", **whose, task_nos=[row["task_no"] for row in rows])
            places = [
                Place(
                    row["task_id"],
                    row["task_no"],
                    row["decision_no"],
                    tuple(
                        Vote(vote["question_no"], vote["annotator_no"], vote["code"])
                        for vote in votes
                        if vote["task_no"] == row["task_no"]
                    ),
                    frozenset(row["had_by"]),
                )
                for row in rows
            ]
            from evenhand.insight.asking import whom_to_ask

            kept = await asyncio.to_thread(whom_to_ask, ontology, standing, places, people)
            if not kept:
                return 0
            count: int = await _queries.value(
                connection,
                "routes_set",
                project_id=project_id,
                tasks=[each.place.task_id for each in kept],
                decisions=[each.place.decision_no for each in kept],
                people=[each.person.person_id for each in kept],
                bits=[each.bits for each in kept],
                costs=[each.person.cost for each in kept],
                fit_no=standing.fit_no,
                until=now + SET_ASIDE,
                now=now,
            )
            return count

    async def _people(
        self, connection: Connection, organization_id: UUID, project_id: UUID, now: datetime
    ) -> list[Available]:
        rows = await _queries.rows(
            connection,
            "people_at_work",
            organization_id=organization_id,
            project_id=project_id,
            since=now - ACTIVE,
            waiting_max=WAITING_MAX,
            now=now,
            limit=PEOPLE_MAX,
        )
        return [
            Available(
                row["person_id"],
                row["annotator_no"],
                row["room"],
                answer_cost(row["rate"], row["basis"], row["active_ms"], row["answers"]),
            )
            for row in rows
        ]


def answer_cost(rate: int | None, basis: str | None, active_ms: int, answers: int) -> float:
    """What an answer of somebody costs, in the offer's minor units; 1 where nothing is offered, and where the offer is 0.

    By the hour it is the active time that their answers have taken on average; a minute where that is not known.
    """
    if not rate:
        return 1.0
    if basis == "task":
        return float(rate)
    seconds = active_ms / 1000.0 / answers if answers and active_ms else SECONDS_USUAL
    return rate * seconds / 3600.0
