"""What is known of reviewers: how strict each is, how right on work whose right verdict is known, and authors without both.

Nothing is stored: figures are computed from verdicts, votes and codes, so that mending gold mends them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.insight.gold import GoldFigures, share
from evenhand.insight.reviewer_shapes import FairAuthor, ReviewerQuality, ReviewersQuality, Severity
from evenhand.insight.words import CHECKED_MIN
from evenhand.ontology.ontology import Ontology
from evenhand.people.members import Members
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects

if TYPE_CHECKING:
    from evenhand.quality.severity import Severities, Verdicts

_queries = Queries.of("evenhand.insight")
# Woken by events, no sooner than APART after the last; and by itself, for the counts.
PREPARING_SECONDS, PREPARING_APART_SECONDS = 60.0, 7.0
# The counts that a verdict on known work moved are put right after so long: nobody sees which verdict it was.
SETTLED_AFTER = timedelta(hours=1)
AUTHORS_SHOWN = 5_000


@dataclass(frozen=True, slots=True)
class KnownVerdict:
    """What a reviewer said of one answer of which it is known whether it is right."""

    reviewer_id: UUID
    is_right: bool
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class WorkVerdicts:
    """How often a reviewer accepted an author's work."""

    author_id: UUID
    reviewer_id: UUID
    accepted: int
    total: int


class ReviewerFigures:
    """The verbs about reviewers, and the worker's step that gives them known work."""

    def __init__(
        self,
        database: Database,
        ontologies: Ontologies,
        projects: Projects,
        gold: GoldFigures,
        members: Members,
        clock: Clock,
    ) -> None:
        self._database = database
        self._ontologies = ontologies
        self._projects = projects
        self._gold = gold
        self._members = members
        self._clock = clock
        self._prepared: dict[UUID, tuple[Any, ...]] = {}

    # ------------------------------------------------------------------------------------------------ the worker's --
    async def prepare(self) -> bool:
        """Choose what reviewers may be dealt as known work, and how often each is; put counts right. There is never more."""
        now = self._clock.now()
        async with self._database.statement() as connection:
            await _queries.value(connection, "known_settle", before=now - SETTLED_AFTER, now=now)
            queues = await _queries.rows(connection, "known_queues")
        for queue in queues:
            state = tuple(
                queue[each] for each in ("count_version", "gold_rate", "gold_rate_min", "planted", "planted_at")
            )
            if self._prepared.get(queue["queue_id"]) != state:
                await self._prepare(queue)
                self._prepared[queue["queue_id"]] = state
        return False

    async def _prepare(self, queue: Any) -> None:
        from evenhand.quality.gold import gold_rate

        organization_id, project_id = queue["organization_id"], queue["project_id"]
        async with self._database.tenant(organization_id) as connection:
            await _queries.value(connection, "known_reviews_make", project_id=project_id, now=self._clock.now())
        ontology = await self._ontologies.get(organization_id, project_id, queue["ontology_version"])
        right, total = _tally(await self._known(organization_id, project_id, ontology))
        if not total:
            return
        people = sorted(total)
        rates = await asyncio.to_thread(
            gold_rate,
            [right[each] for each in people],
            [total[each] for each in people],
            queue["gold_rate_min"],
            queue["gold_rate"],
        )
        async with self._database.tenant(organization_id) as connection:
            await _queries.run(
                connection,
                "set_gold_rates",
                organization_id=organization_id,
                queue_id=queue["queue_id"],
                people=people,
                per_mille=[round(float(rate) * 1000) for rate in rates],
            )

    # ------------------------------------------------------------------------------------------------ the manager's --
    async def figures(self, actor: Actor, project_id: UUID) -> ReviewersQuality:
        """Everybody who reviewed, and every author by a reviewer in the middle. Showing names is a look. Raises NotFound."""
        project = await self._projects.get(actor, project_id)
        organization_id = actor.organization_id
        ontology = await self._ontologies.get(organization_id, project_id, project["ontology_version"])
        facts = {"organization_id": organization_id, "project_id": project_id}
        known = await self._known(organization_id, project_id, ontology)
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(connection, "review_verdicts", **facts)
            rates = {
                row["person_id"]: row["rate"] for row in await _queries.rows(connection, "known_rates_now", **facts)
            }
            work = [WorkVerdicts(row["author_id"], row["reviewer_id"], row["accepted"], row["total"]) for row in rows]
            people = {person for each in work for person in (each.author_id, each.reviewer_id)}
            people |= {each.reviewer_id for each in known}
            called = {
                row["person_id"]: row["pseudonym"]
                for row in await _queries.rows(
                    connection, "pseudonyms_of", organization_id=organization_id, people=sorted(people)
                )
            }
        names = await self._members.names(actor, people)
        return await asyncio.to_thread(told, work, known, called, names, rates)

    async def _known(self, organization_id: UUID, project_id: UUID, ontology: Ontology) -> list[KnownVerdict]:
        """Every verdict on known work whose right verdict is known still."""
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(
                connection, "known_verdicts", organization_id=organization_id, project_id=project_id
            )
        if not rows:
            return []
        is_right: dict[tuple[int, UUID], bool] = {}
        for each in await self._gold.results(organization_id, project_id, ontology):
            place = each.task_no, each.person_id
            is_right[place] = is_right.get(place, True) and each.is_right
        return [
            KnownVerdict(row["reviewer_id"], not row["is_planted"] and is_right[place], row["verdict"] == "accept")
            for row in rows
            if (place := (row["task_no"], row["author_id"])) in is_right or row["is_planted"]
        ]


def told(
    work: Sequence[WorkVerdicts],
    known: Sequence[KnownVerdict],
    called: Mapping[UUID, str],
    names: Mapping[UUID, str],
    rates: Mapping[UUID, float],
) -> ReviewersQuality:
    """The figures as they are shown: reviewers by severity, strictest first; authors by their fair share, lowest first."""
    from evenhand.quality.severity import severities

    authors = sorted({each.author_id for each in work})
    reviewers = sorted({each.reviewer_id for each in work} | {each.reviewer_id for each in known})
    found = severities(
        _columns(authors, reviewers, [(each.author_id, each.reviewer_id, each.accepted, each.total) for each in work]),
        _columns(
            [True, False], reviewers, [(each.is_right, each.reviewer_id, int(each.is_accepted), 1) for each in known]
        ),
        len(authors),
        len(reviewers),
    )
    items = [
        _reviewer(place, person, found, work, known, rates.get(person), called, names)
        for place, person in enumerate(reviewers)
        if person in called
    ]
    shown = [
        _author(place, person, found, work, called, names) for place, person in enumerate(authors) if person in called
    ]
    return {
        "has_names": bool(names),
        "spread": found.spread if len(reviewers) > 1 else None,
        "reviewers": sorted(items, key=lambda each: (-each["severity"]["value"], each["pseudonym"])),
        "authors": sorted(shown, key=lambda each: (each["fair"]["low"], each["pseudonym"]))[:AUTHORS_SHOWN],
    }


def _columns(authors: Sequence[Any], reviewers: Sequence[UUID], rows: Sequence[tuple[Any, UUID, int, int]]) -> Verdicts:
    from evenhand.quality.severity import Verdicts

    of_author = {each: place for place, each in enumerate(authors)}
    of_reviewer = {each: place for place, each in enumerate(reviewers)}
    return Verdicts.of([(of_author[who], of_reviewer[by], accepted, total) for who, by, accepted, total in rows])


def _reviewer(
    place: int,
    person: UUID,
    found: Severities,
    work: Sequence[WorkVerdicts],
    known: Sequence[KnownVerdict],
    rate: float | None,
    called: Mapping[UUID, str],
    names: Mapping[UUID, str],
) -> ReviewerQuality:
    mine = [each for each in work if each.reviewer_id == person]
    judged = [each for each in known if each.reviewer_id == person]
    right = [each.is_accepted for each in judged if each.is_right]
    flawed = [not each.is_accepted for each in judged if not each.is_right]
    low, high = float(found.lows[place]), float(found.highs[place])
    severity: Severity = {
        "value": float(found.values[place]),
        "low": low,
        "high": high,
        "kind": "severe" if low > 0.0 else "lenient" if high < 0.0 else "middle",
    }
    return {
        "pseudonym": called[person],
        "name": names.get(person),
        "person_id": str(person),
        "accepted": share(sum(each.accepted for each in mine), sum(each.total for each in mine)),
        "severity": severity,
        "right": share(sum(right) + sum(flawed), len(judged)),
        "right_accepted": share(sum(right), len(right)),
        "flaws_caught": share(sum(flawed), len(flawed)),
        "accepts_right": float(found.right[place]) if known else None,
        "accepts_flawed": float(found.flawed[place]) if known else None,
        "rate": rate or 0.0,
    }


def _author(
    place: int,
    person: UUID,
    found: Severities,
    work: Sequence[WorkVerdicts],
    called: Mapping[UUID, str],
    names: Mapping[UUID, str],
) -> FairAuthor:
    mine = [each for each in work if each.author_id == person]
    total = sum(each.total for each in mine)
    return {
        "pseudonym": called[person],
        "name": names.get(person),
        "person_id": str(person),
        "accepted": share(sum(each.accepted for each in mine), total),
        "fair": {
            "mean": float(found.fair[place]) if total >= CHECKED_MIN else None,
            "low": float(found.fair_lows[place]),
            "high": float(found.fair_highs[place]),
        },
        "reviewers": len(mine),
    }


def _tally(known: Iterable[KnownVerdict]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """(right verdicts, all verdicts) of each reviewer on known work."""
    right: dict[UUID, int] = {}
    total: dict[UUID, int] = {}
    for each in known:
        total[each.reviewer_id] = total.get(each.reviewer_id, 0) + 1
        right[each.reviewer_id] = right.get(each.reviewer_id, 0) + (each.is_right == each.is_accepted)
    return right, total
