"""Reading tasks: the data table, one task with its answers, its history, and who has looked at it. Every page is a grant."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, number
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Conflict, Malformed, NotAllowed, NotFound, NotSignedIn, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.grant import Grant
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.consensus import Given, Resolved
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.suggestions import suggestions_of
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.label_filter import label_named
from evenhand.work.labeling import annotation_sealed
from evenhand.work.manner import told_manner
from evenhand.work.media import with_addresses
from evenhand.work.merging import Looked, Merging
from evenhand.work.model import STAGES
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects, open_stages
from evenhand.work.shapes.projects import Project
from evenhand.work.shapes.rows import Batch
from evenhand.work.shapes.tasks import (
    Annotation,
    LabelMadeBy,
    Look,
    Move,
    ResolvedAnswer,
    Sort,
    Task,
    TaskCount,
    TaskPage,
    TaskRow,
    TaskState,
)
from evenhand.work.shapes.tasks import Consensus as TaskConsensus
from evenhand.work.verdicts import earlier_verdict, verdicts_on

_queries = Queries.of("evenhand.work")
STATES = ("open", "held", "in-review", "in-adjudication", "rework", "done", "skipped", "reported", "asked", "trashed")
LOOKS_SHOWN = 500
BULK_MAX = 500
COUNTED_MAX = 100_000
METHODS: dict[int, Literal["review", "adjudication"]] = {
    STAGES["review"]: "review",
    STAGES["adjudicate"]: "adjudication",
}
# By which source labels are asked for, and as which `task_label` knows them.
SOURCES: dict[LabelMadeBy, list[str]] = {
    "votes": ["votes"],
    "model": ["model", "decision"],
    "review": ["review"],
    "adjudication": ["adjudication"],
}
_NO_PROBABILITY = -1.0
_AWAY: dict[str, TaskState] = {"review": "in-review", "adjudicate": "in-adjudication", "rework": "rework"}


class Consensus(Protocol):
    """The port that `insight` fills: the consensus so far of some tasks, by task number."""

    async def __call__(
        self,
        organization_id: UUID,
        project_id: UUID,
        ontology_version: int,
        task_nos: list[int],
        resolved: Mapping[int, Resolved],
        by: Literal["models", "votes"] = "models",
    ) -> dict[int, list[TaskConsensus]]:
        """One entry a question that has votes; of a task that was decided, what stands. resolved: by task number.

        by: what labels that nobody decided are made by. Models know the answers to gold, and by what they say it is told from work.
        """


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a page of the table shows; None does not filter."""

    state: str | None = None
    batch_id: UUID | None = None
    tag: str | None = None
    external_id: str | None = None
    task_id: UUID | None = None
    person_id: UUID | None = None
    guideline_before: int | None = None
    probability_below: float | None = None
    probability_from: float | None = None
    label_question: str | None = None
    label: str | None = None
    label_source: LabelMadeBy | None = None

    @property
    def is_of_labels(self) -> bool:
        """Whether it narrows by labels: of a question, a value, a source or a probability."""
        asked = (self.probability_below, self.probability_from, self.label_question, self.label, self.label_source)
        return any(each is not None for each in asked)


class Browsing:
    """The manager's view of tasks."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        projects: Projects,
        consensus: Consensus,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._projects = projects
        self._consensus = consensus
        self._merging = Merging(database, vault, ontologies)
        self._clock = clock

    async def tasks(
        self,
        actor: Actor,
        project_id: UUID,
        wanted: TaskFilter,
        cursor: str | None,
        limit: int,
        sort: Sort = "added",
    ) -> TaskPage:
        """A page of the data table, with a preview of each item and its consensus so far.

        sort: as they were added, or by the probability of the least sure label, the least (`probability`) or the most
        (`-probability`) first; tasks without one come last. Sorting and filters of labels are for those who manage tasks:
        by what models say of it gold is told from work.
        """
        project = await self._projects.get(actor, project_id)
        page, more = await self._page(actor, project, wanted, cursor, limit, sort)
        items = await self._table_rows(actor, project_id, project["ontology_version"], page)
        total = None
        if wanted == TaskFilter() and not _judges(actor):
            facts = {"organization_id": actor.organization_id, "project_id": project_id}
            async with self._database.tenant(actor.organization_id) as connection:
                total = project["counts"]["tasks"] + await _queries.value(connection, "count_gold", **facts)
        return {"items": items, "next_cursor": more, "total": total}

    async def _page(
        self, actor: Actor, project: Project, wanted: TaskFilter, cursor: str | None, limit: int, sort: Sort = "added"
    ) -> tuple[list[Any], str | None]:
        """(rows of a page, still sealed; where it goes on)."""
        facts = await self._facts(actor, project, wanted)
        if sort != "added":
            return await self._sorted_page(actor, facts, cursor, limit, sort)
        keys = decode_cursor(cursor, number)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "tasks", **facts, after=keys[0] if keys else -1, is_unlabeled=False, limit=limit + 1
            )
        page = list(rows[:limit])
        return page, encode_cursor(page[-1]["task_no"]) if len(rows) > limit else None

    async def _sorted_page(
        self, actor: Actor, facts: dict[str, Any], cursor: str | None, limit: int, sort: Sort
    ) -> tuple[list[Any], str | None]:
        """By the probability of labels; then those that have none, as they were added. The key of these is -1 and the number."""
        _may_read_labels(actor)
        start = (-1.0, -1) if sort == "probability" else (2.0, -1)
        probability, task_no = decode_cursor(cursor, _fraction, number) or start
        is_at_end = cursor is not None and probability == _NO_PROBABILITY
        rows: list[Any] = []
        async with self._database.tenant(actor.organization_id) as connection:
            if not is_at_end:
                rows = await _queries.rows(
                    connection,
                    "tasks_least_sure" if sort == "probability" else "tasks_most_sure",
                    **facts,
                    after=-1,
                    after_probability=probability,
                    after_no=task_no,
                    is_unlabeled=False,
                    limit=limit + 1,
                )
            # What narrows by labels shows none that has none.
            narrowed = ("probability_below", "probability_from", "label_question", "label_code", "label_sources")
            if len(rows) <= limit and all(facts[each] is None for each in narrowed):
                rows += await _queries.rows(
                    connection,
                    "tasks",
                    **facts,
                    after=task_no if is_at_end else -1,
                    is_unlabeled=True,
                    limit=limit + 1 - len(rows),
                )
        page = rows[:limit]
        if len(rows) <= limit:
            return page, None
        last = page[-1]["probability"]
        return page, encode_cursor(_NO_PROBABILITY if last is None else last, page[-1]["task_no"])

    async def count(self, actor: Actor, project_id: UUID, wanted: TaskFilter) -> TaskCount:
        """How many tasks match. Nothing of them is opened."""
        facts = await self._facts(actor, await self._projects.get(actor, project_id), wanted)
        async with self._database.tenant(actor.organization_id) as connection:
            count: int = await _queries.value(
                connection, "count_tasks", **facts, after=-1, is_unlabeled=False, limit=COUNTED_MAX + 1
            )
        return {"count": min(count, COUNTED_MAX), "is_capped": count > COUNTED_MAX}

    async def _facts(self, actor: Actor, project: Project, wanted: TaskFilter) -> dict[str, Any]:
        """The parameters of `matching_tasks`. Raises Malformed for a state, a question or a value that there is not."""
        if wanted.state is not None and wanted.state not in STATES:
            problem = Problem("query:state", "unknown_option", "There is no such state.", "Take one.", STATES)
            raise Malformed([problem])
        lookup, organization_id = self._vault.lookup, actor.organization_id
        external = wanted.external_id
        question_no, code = await self._label_of(actor, project, wanted)
        return {
            "organization_id": organization_id,
            "project_id": UUID(project["id"]),
            "state": wanted.state,
            "batch_id": wanted.batch_id,
            "external_hash": lookup(organization_id, "external-id", external) if external else None,
            "task_id": wanted.task_id,
            "tag_hash": lookup(organization_id, "tag", wanted.tag) if wanted.tag else None,
            "person_id": wanted.person_id,
            "guideline_before": wanted.guideline_before,
            "probability_below": wanted.probability_below,
            "probability_from": wanted.probability_from,
            "label_question": question_no,
            "label_code": code,
            "label_sources": SOURCES[wanted.label_source] if wanted.label_source else None,
            "reader_id": actor.person_id,
            "judge_id": actor.person_id if _judges(actor) else None,
        }

    async def _label_of(self, actor: Actor, project: Project, wanted: TaskFilter) -> tuple[int | None, float | None]:
        """(number of the question, code of the value) that a filter names; None where it names none."""
        if not wanted.is_of_labels:
            return None, None
        _may_read_labels(actor)
        if wanted.label_question is None and wanted.label is None:
            return None, None
        ontology = await self._ontologies.get(actor.organization_id, UUID(project["id"]), project["ontology_version"])
        return label_named(ontology, wanted.label_question, wanted.label)

    async def _table_rows(self, actor: Actor, project_id: UUID, version: int, rows: list[Any]) -> list[TaskRow]:
        if not rows:
            return []
        organization_id = actor.organization_id
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [row["task_id"] for row in rows])
        contents = await self._vault.open(grant, [_task_sealed(organization_id, project_id, row) for row in rows])
        resolved = await self._resolved(grant, project_id, rows)
        ontology = await self._ontologies.get(organization_id, project_id, version)
        batches = await self._batch_names(actor, project_id, sorted({row["batch_id"] for row in rows}))
        consensus = await self._consensus(
            organization_id,
            project_id,
            version,
            [row["task_no"] for row in rows],
            resolved,
            "models" if Permission.TASK_MANAGE in actor.permissions else "votes",
        )
        items = [json.loads(content) for content in contents]
        looked = [
            Looked(row["task_id"], item, resolved.get(row["task_no"])) for row, item in zip(rows, items, strict=True)
        ]
        opened = await self._merging(grant, project_id, ontology, looked)
        shown: list[TaskRow] = []
        for row, item in zip(rows, items, strict=True):
            shown.append(
                {
                    "id": str(row["task_id"]),
                    "external_id": item.get("external_id"),
                    "batch": batches.get(row["batch_id"]),
                    "state": _state(row),
                    "gold": row["gold"] if Permission.TASK_MANAGE in actor.permissions else None,
                    "preview": ontology.preview(item),
                    "tags": item.get("tags", []),
                    "priority": row["priority"],
                    "due_at": rfc3339(row["due_at"]) if row["due_at"] else None,
                    "opinions": {"wanted": row["wanted"], "got": row["got"] or 0, "held": row["held"]},
                    "consensus": [*consensus.get(row["task_no"], []), *opened.get(row["task_id"], [])],
                    "reports": row["reports"],
                    "skipped": row["skipped"],
                    "last_answer_at": rfc3339(row["last_answer_at"]) if row["last_answer_at"] else None,
                }
            )
        return shown

    async def task(self, actor: Actor, project_id: UUID, task_id: UUID) -> Task:
        """One task whole: the item, every standing answer, what was remarked."""
        page = await self.tasks(actor, project_id, TaskFilter(task_id=task_id), None, 1)
        if not page["items"]:
            page = await self.tasks(actor, project_id, TaskFilter(task_id=task_id, state="trashed"), None, 1)
        if not page["items"]:
            raise NotFound(kind="task", id=str(task_id))
        organization_id = actor.organization_id
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(
                connection, "task", organization_id=organization_id, project_id=project_id, task_id=task_id
            )
            answers = await _queries.rows(
                connection, "annotations", organization_id=organization_id, task_ids=[task_id]
            )
            moves = await _queries.rows(connection, "decisions", organization_id=organization_id, task_ids=[task_id])
        assert row is not None
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [task_id])
        said = await verdicts_on(self._database, self._vault, grant, project_id, [task_id])
        names = await self._names(actor, task_id, page["items"][0]["state"], answers)
        sealed = [_task_sealed(organization_id, project_id, row)]
        sealed += [annotation_sealed(organization_id, project_id, each) for each in answers]
        item, *contents = [json.loads(each) for each in await self._vault.open(grant, sealed)]
        project = await self._projects.get(actor, project_id)
        current = await self._ontologies.get(organization_id, project_id, project["ontology_version"])
        item = with_addresses(item, current, project_id, task_id)
        annotations: list[Annotation] = []
        for each, content in zip(answers, contents, strict=True):
            ontology = await self._ontologies.get(organization_id, project_id, each["ontology_version"])
            annotations.append(
                {
                    "id": str(each["annotation_id"]),
                    "annotator": names[each["person_id"]],
                    "version": each["version"],
                    "ontology_version": each["ontology_version"],
                    "submitted_at": rfc3339(each["submitted_at"]),
                    "active_ms": each["active_ms"],
                    "manner": told_manner(each["manner"]),
                    "answers": content["answers"],
                    "origins": content.get("provenance", {}).get("answers", {}),
                    "suggestions": content.get("suggestions", []),
                    "summary": ontology.summary(content["answers"]),
                    "rejected": each["is_rejected"],
                }
            )
        return {
            **page["items"][0],
            "item": item,
            "suggestions": suggestions_of(item),
            "annotations": annotations,
            "resolved": await self._resolved_answer(actor, grant, project_id, task_id),
            "history": [_move(ontology, each) for each in moves],
            "verdicts": [{**earlier_verdict(each, note, names), "by": each["pseudonym"]} for each, note in said],
        }

    async def _resolved(self, grant: Grant, project_id: UUID, rows: Sequence[Any]) -> dict[int, Resolved]:
        """What stands for those of these tasks that were decided, by task number."""
        decided = [row for row in rows if row["annotation_id"] is not None]
        return await resolved_of(self._vault, self._ontologies, grant, project_id, decided)

    async def _resolved_answer(
        self, actor: Actor, grant: Grant, project_id: UUID, task_id: UUID
    ) -> ResolvedAnswer | None:
        project = await self._projects.get(actor, project_id)
        for state in (None, "trashed"):
            rows, _ = await self._page(actor, project, TaskFilter(task_id=task_id, state=state), None, 1)
            for row in rows:
                if row["annotation_id"] is None:
                    return None
                content = await self._vault.open_one(grant, _resolved_sealed(grant, project_id, row))
                return {
                    "annotation_id": str(row["annotation_id"]),
                    "method": METHODS[row["stage"]],
                    "answers": json.loads(content)["answers"],
                    "by": row["resolved_by"],
                    "at": rfc3339(row["resolved_at"]),
                }
        return None

    async def _names(self, actor: Actor, task_id: UUID, state: str, answers: Sequence[Any]) -> dict[UUID, str]:
        """What the authors of these answers are called: by number for whoever is to judge them, until it is done."""
        is_judged = state in ("in-review", "in-adjudication")
        if is_judged and actor.role != "reviewer":
            facts = {"organization_id": actor.organization_id, "task_id": task_id, "person_id": actor.person_id}
            async with self._database.tenant(actor.organization_id) as connection:
                is_judged = await _queries.value(connection, "holds", **facts, now=self._clock.now())
        if is_judged:
            return {each["person_id"]: f"Answer {number}" for number, each in enumerate(answers, 1)}
        return {each["person_id"]: each["pseudonym"] for each in answers}

    async def looks(self, actor: Actor, project_id: UUID, task_id: UUID) -> list[Look]:
        """Who saw this item, when, and why: by pseudonym, newest first, from the ledger's own entries."""
        facts = {"organization_id": actor.organization_id}
        project = await self._projects.get(actor, project_id)
        async with self._database.tenant(actor.organization_id) as connection:
            is_there = (
                await _queries.row(connection, "task", **facts, project_id=project_id, task_id=task_id) is not None
            )
            if _judges(actor):  # who looked at gold is known work's tell: they read of what the table shows them alone
                shown = await self._facts(actor, project, TaskFilter(task_id=task_id))
                is_there = (
                    await _queries.value(connection, "count_tasks", **shown, after=-1, is_unlabeled=False, limit=1) > 0
                )
            if not is_there:
                raise NotFound(kind="task", id=str(task_id))
            rows = await _queries.rows(connection, "looks", **facts, object_id=task_id, limit=LOOKS_SHOWN)
        return [
            {
                "at": rfc3339(row["at"]),
                "who": row["pseudonym"] or "Evenhand itself",
                "action": Action(row["action"]).title,
                "purpose": row["purpose"],
                "decision": row["decision"],
                "rule": row["rule"],
                "entry_id": row["entry_id"],
            }
            for row in rows
        ]

    async def batches(self, actor: Actor, project_id: UUID) -> list[Batch]:
        """The batches of a project, oldest first."""
        await self._projects.get(actor, project_id)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "batches", organization_id=actor.organization_id, project_id=project_id
            )
        names = await self._batch_names(actor, project_id, [row["batch_id"] for row in rows])
        return [
            {
                "id": str(row["batch_id"]),
                "name": names[row["batch_id"]],
                "state": row["state"],
                "tasks": row["tasks"],
                "created_at": rfc3339(row["created_at"]),
            }
            for row in rows
        ]

    async def ids_of(
        self, actor: Actor, project_id: UUID, wanted: TaskFilter, cursor: str | None
    ) -> tuple[list[UUID], str | None]:
        """(the next tasks that a filter shows, at most 500; where it goes on): for an action by filter, which opens nothing."""
        project = await self._projects.get(actor, project_id)
        rows, more = await self._page(actor, project, wanted, cursor, BULK_MAX)
        return [row["task_id"] for row in rows], more

    async def requeue(
        self, actor: Actor, project_id: UUID, task_ids: list[UUID], stage: str, opinions: int
    ) -> list[UUID]:
        """Queue tasks again that were labeled to the end: for more opinions, review or adjudication. Which of them changed."""
        async with self._database.tenant(actor.organization_id) as connection:
            await open_stages(connection, project_id, self._clock.now())
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "tasks_requeue",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                tasks=task_ids,
                stage=STAGES[stage],
                opinions=opinions,
                now=self._clock.now(),
            )
        assert row is not None
        _refuse(row["status"], project_id)
        changed: list[UUID] = row["changed"]
        return changed

    async def unqueue(self, actor: Actor, project_id: UUID, task_ids: list[UUID]) -> list[UUID]:
        """Take a requeue back, of tasks that nobody has taken up since: they are where they were. Which of them changed."""
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "tasks_unqueue",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                tasks=task_ids,
                now=self._clock.now(),
            )
        assert row is not None
        _refuse(row["status"], project_id)
        changed: list[UUID] = row["changed"]
        return changed

    async def change(self, actor: Actor, project_id: UUID, task_ids: list[UUID], action: str, value: Any) -> list[UUID]:
        """Bulk actions: priority, trash, restore, assign, unassign. At most 500 tasks a call; which of them changed.

        Which are what undoing takes back: of the tasks assigned, those that the person did not have before.
        """
        if len(task_ids) > BULK_MAX:
            message = f"At most {BULK_MAX} tasks a call."
            raise Malformed([Problem("/ids", "limit", message, "Send them in parts.")])
        if action in ("assign", "unassign"):
            return await self._assign(actor, project_id, task_ids, value, is_undo=action == "unassign")
        priority = value if action == "priority" else 0
        if action == "priority" and not (isinstance(value, int) and 0 <= value <= 255):
            raise Malformed([Problem("/value", "out_of_bounds", "A priority lies in 0..255.", "128 is usual.")])
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "tasks_change",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                tasks=task_ids,
                action=action,
                priority=priority,
                now=self._clock.now(),
            )
        assert row is not None
        _refuse(row["status"], project_id)
        changed: list[UUID] = row["changed"]
        return changed

    async def _assign(
        self, actor: Actor, project_id: UUID, task_ids: list[UUID], person: Any, *, is_undo: bool
    ) -> list[UUID]:
        try:
            person_id = UUID(str(person))
        except ValueError:
            problem = Problem("/value", "bad_id", "This is no person's id.", "Take an id from the people list.")
            raise Malformed([problem]) from None
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "tasks_unreserve" if is_undo else "tasks_reserve",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                tasks=task_ids,
                person_id=person_id,
                now=self._clock.now(),
            )
        assert row is not None
        if row["status"] == "no-person":
            raise NotFound(kind="person", id=str(person_id))
        if row["status"] == "walled":
            raise Conflict(kind="assignment", reason="a wall keeps this person away from this organization's data")
        _refuse(row["status"], project_id)
        changed: list[UUID] = row["changed"]
        return changed

    async def _batch_names(self, actor: Actor, project_id: UUID, batch_ids: list[UUID]) -> dict[UUID, str]:
        if not batch_ids:
            return {}
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "batch_names", organization_id=actor.organization_id, batch_ids=batch_ids
            )
        grant = await self._grants.to_person(actor, Purpose.DIRECTORY, batch_ids[:500])
        sealed = [
            Sealed(actor.organization_id, project_id, row["batch_id"], Kind.BATCH, row["chunk_key_id"], row["sealed"])
            for row in rows[:500]
        ]
        contents = await self._vault.open(grant, sealed)
        return {row["batch_id"]: json.loads(each)["name"] for row, each in zip(rows, contents, strict=False)}


def _may_read_labels(actor: Actor) -> None:
    if Permission.TASK_MANAGE not in actor.permissions:
        raise NotAllowed(permission=Permission.TASK_MANAGE.value)


def _fraction(key: Any) -> float:
    """A key that is a probability, or -1 where there is none. Raises ValueError."""
    if isinstance(key, bool) or not isinstance(key, int | float) or not -1 <= key <= 1:
        raise ValueError
    return float(key)


def _judges(actor: Actor) -> bool:
    """Whether somebody reviews and may not manage: then known work is dealt to them, and they must not tell it from work."""
    return Permission.TASK_REVIEW in actor.permissions and Permission.TASK_MANAGE not in actor.permissions


async def resolved_of(
    vault: Vault, ontologies: Ontologies, grant: Grant, project_id: UUID, rows: Sequence[Any]
) -> dict[int, Resolved]:
    """What stands for tasks that somebody decided, by task number. rows: as of `tasks_resolved`; the grant names the tasks."""
    contents = await vault.open(grant, [_resolved_sealed(grant, project_id, row) for row in rows])
    found: dict[int, Resolved] = {}
    for row, content in zip(rows, contents, strict=True):
        ontology = await ontologies.get(grant.organization_id, project_id, row["ontology_version"])
        found[row["task_no"]] = Resolved(Given(json.loads(content)["answers"], ontology), METHODS[row["stage"]])
    return found


def _task_sealed(organization_id: UUID, project_id: UUID, row: Any) -> Sealed:
    return Sealed(
        organization_id, project_id, row["task_id"], Kind.TASK, row["chunk_key_id"], row["sealed"], row["version"]
    )


def _resolved_sealed(grant: Grant, project_id: UUID, row: Any) -> Sealed:
    return Sealed(
        grant.organization_id,
        project_id,
        row["annotation_id"],
        Kind.ANNOTATION,
        row["resolved_key_id"],
        row["resolved"],
        covered_by=row["task_id"],
    )


_ESTIMATES = ("estimate_nos", "estimates", "estimate_lows", "estimate_highs", "estimate_models", "estimate_versions")


def _move(ontology: Ontology, row: Any) -> Move:
    asked = {each.no: each for each in ontology.questions}
    decided = zip(row["answer_nos"] or (), row["answer_codes"] or (), strict=True)
    return {
        "at": rfc3339(row["at"]),
        "from_place": row["from_place"],
        "to_place": row["to_place"],
        "by": row["by"],
        "who": row["pseudonym"],
        "opinions": row["opinions"],
        "model": row["model"],
        "model_version": row["model_version"],
        "probability": row["posterior"],
        "question": row["question"],
        "votes": len(row["codes"] or ()),
        "fit_no": row["fit_no"],
        "why": row["why"],
        "answers": [
            {
                "question": asked[no].name,
                "value": asked[no].kind.decode(asked[no].settings, code, asked[no].codebook, NOWHERE),
            }
            for no, code in decided
            if no in asked
        ],
        "estimates": [
            {
                "question": asked[no].name,
                "value": value,
                "low": low,
                "high": high,
                "model": model,
                "model_version": version,
            }
            for no, value, low, high, model, version in zip(*(row[name] or () for name in _ESTIMATES), strict=True)
            if no in asked
        ],
    }


def _state(row: Any) -> TaskState:
    if row["trashed_at"] is not None:
        return "trashed"
    if row["is_done"]:
        return "done"
    if row["place"] in _AWAY:
        return _AWAY[row["place"]]
    if row["reports"]:
        return "reported"
    return "held" if row["held"] else "open"


def _refuse(status: str, project_id: UUID) -> None:
    if status == "no-session":
        raise NotSignedIn()
    if status == "not-allowed":
        raise NotAllowed(permission="task.manage")
    if status == "no-project":
        raise NotFound(kind="project", id=str(project_id))
