"""Checks of answers that bring a checker: asked for, read, and required before such an answer is accepted.

A check is of exactly one content, and of whoever asked for it alone: if an author's checks were shown in review, an answer without
any could be told for one that was planted. A worker makes it (`check_making`), for nobody but the content that is sealed with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant
from evenhand.boundary.permission import Permission
from evenhand.boundary.shapes import Page
from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Conflict, Malformed, NotFound, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.ontology.ontology import ToCheck
from evenhand.ontology.open_task import TaskLimits
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.labeling import Labeling
from evenhand.work.model import AnswerRefused, CheckerWeak, CheckMissing, NotYours, RemovedFromProject
from evenhand.work.ontologies import Ontologies
from evenhand.work.shapes.checks import CheckRun

_queries = Queries.of("evenhand.work")
ASKED, FOUND = 1, 2
# Checks of one person, of different answers, that may wait or run at a time.
UNFINISHED_MAX = 3
# What one run may use of a server that others use as well; a task may say less.
_LIMITS_MAX = {"cpu": 4, "memory_mb": 2048, "disk_mb": 512, "processes": 256}


class CheckRuns:
    """The verbs of whoever may see an answer."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        labeling: Labeling,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._labeling = labeling
        self._clock = clock

    async def start(
        self,
        actor: Actor,
        project_id: UUID,
        task_id: UUID,
        question: str,
        target: str | None,
        value: JsonValue,
        check_id: UUID,
    ) -> CheckRun:
        """Ask for a check of this value as an answer to this question. Of a content it is one check, however often it is asked.

        What waits or runs of another content of the same answer is cancelled. Raises NotYours about a task never dealt to one,
        NotFound, AnswerRefused, Malformed where nothing can be checked or a run would take too much of the machine, Conflict
        where others of one's own wait.
        """
        version = await self._require_dealt(actor, project_id, task_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, version)
        held = await self._labeling.item(actor, project_id, task_id)
        problems = ontology.check_value(question, target, value, held.item)
        if problems := [each for each in problems if not each.is_warning]:
            raise AnswerRefused(problems)
        answer = {"question": question, "target": target, "value": value}
        found = ontology.to_check(ontology.canonical_answers([answer], held.item))
        if not found:
            message = "Answers to this question bring no checker."
            raise Malformed([Problem("/question", "not_allowed", message, "Name a question whose kind is checked.")])
        [asked] = found
        _require_modest(asked.checkable.task.limits)
        key = await self._vault.key_for(actor.organization_id, held.chunk_key_id, task_id)
        said = json.dumps({"target": asked.target, "value": asked.value}, ensure_ascii=False).encode()
        facts = {
            **self._of(actor, task_id, asked),
            "check_id": check_id,
            "project_id": project_id,
            "question_no": asked.no,
            "now": self._clock.now(),
        }
        async with self._database.tenant(actor.organization_id) as connection:
            of_content = {name: facts[name] for name in ("organization_id", "task_id", "person_id", "content")}
            row = await _queries.row(connection, "check_of_content", **of_content)
            if row is None:
                of_answer = {name: facts[name] for name in ("organization_id", "task_id", "person_id", "question_no")}
                waiting = await _queries.value(connection, "checks_unfinished", **of_answer)
                if waiting >= UNFINISHED_MAX:
                    raise Conflict(kind="check", reason=f"{waiting} checks of yours wait or run; ask when one is done")
                await _queries.run(
                    connection, "checks_superseded", **of_content, question_no=asked.no, now=facts["now"]
                )
                if await _queries.value(connection, "add_check_run", **facts, ontology_version=version) is not None:
                    await _queries.run(
                        connection,
                        "add_check_record",
                        **{
                            name: facts[name]
                            for name in ("organization_id", "check_id", "task_id", "project_id", "now")
                        },
                        part=ASKED,
                        chunk_key_id=key.id,
                        sealed=self._vault.seal(key, said, kind=Kind.CHECK, object_id=check_id, version=ASKED),
                    )
                row = await _queries.row(connection, "check_of_content", **of_content)
        # Under a key that was used for another content before, the check is that one.
        return await self.get(actor, project_id, task_id, row["check_id"] if row is not None else check_id)

    async def get(self, actor: Actor, project_id: UUID, task_id: UUID, check_id: UUID) -> CheckRun:
        """One's own check, as far as it is; what it found is opened once its look is on record."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id, "task_id": task_id}
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(connection, "check_run", **facts, check_id=check_id, person_id=actor.person_id)
            if row is None:
                raise NotFound(kind="check", id=str(check_id))
            of_record = {"organization_id": actor.organization_id, "check_id": check_id, "part": FOUND}
            record = await _queries.row(connection, "check_record", **of_record)
        told: dict[str, Any] = {}
        if record is not None:
            await self._require_dealt(actor, project_id, task_id)
            grant = await self._grants.to_person(actor, Purpose.BROWSE, [task_id])
            told = json.loads(await self._vault.open_one(grant, record_sealed(record)))
        return await self._shown(row, told)

    async def page(
        self, actor: Actor, project_id: UUID, task_id: UUID, cursor: str | None, limit: int
    ) -> Page[CheckRun]:
        """A page of one's own checks of a task, newest first, without what they found."""
        keys = decode_cursor(cursor, instant, UUID)
        await self._require_dealt(actor, project_id, task_id)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "check_runs",
                organization_id=actor.organization_id,
                project_id=project_id,
                task_id=task_id,
                person_id=actor.person_id,
                before_at=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
        page = rows[:limit]
        more = encode_cursor(page[-1]["created_at"].isoformat(), page[-1]["check_id"]) if len(rows) > limit else None
        return {"items": [await self._shown(row, {}) for row in page], "next_cursor": more}

    # ------------------------------------------------------------------------------------------------------- the gate --
    async def require_strong(
        self, actor: Actor, project_id: UUID, task_id: UUID, answers: Sequence[Mapping[str, Any]]
    ) -> None:
        """Refuse to accept answers, canonical ones, that this person has not checked, or that were found wanting.

        What they must reach is what the project asks now. Raises CheckMissing, CheckerWeak, NotYours.
        """
        version = await self._require_dealt(actor, project_id, task_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, version)
        for each in ontology.to_check(answers):
            async with self._database.tenant(actor.organization_id) as connection:
                row = await _queries.row(connection, "check_of_content", **self._of(actor, task_id, each))
            if row is None or row["state"] != "done":
                raise CheckMissing(question=each.question)
            if not row["is_strong"]:
                raise CheckerWeak(question=each.question, check_id=row["check_id"])

    # ----------------------------------------------------------------------------------------------------- internals --
    def _of(self, actor: Actor, task_id: UUID, asked: ToCheck) -> dict[str, Any]:
        """What a check of one content is found by."""
        content = self._vault.lookup(
            actor.organization_id, "checked", f"{asked.question} {asked.target} {asked.digest}"
        )
        return {
            "organization_id": actor.organization_id,
            "task_id": task_id,
            "person_id": actor.person_id,
            "content": content,
        }

    async def _require_dealt(self, actor: Actor, project_id: UUID, task_id: UUID) -> int:
        """The present version of the ontology, for whoever has the task in hand, answered it, or manages tasks."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id, "task_id": task_id}
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(connection, "check_asker", **facts, person_id=actor.person_id)
        if row is None:
            raise NotFound(kind="task", id=str(task_id))
        if row["is_removed"]:
            raise RemovedFromProject(project_id=project_id)
        if not row["is_dealt"] and Permission.TASK_MANAGE not in actor.permissions:
            raise NotYours(task_id=task_id)
        return int(row["ontology_version"])

    async def _shown(self, row: Any, told: Mapping[str, Any]) -> CheckRun:
        ontology = await self._ontologies.get(row["organization_id"], row["project_id"], row["ontology_version"])
        names = {each.no: each.name for each in ontology.questions}

        def time(at: datetime | None) -> str | None:
            return rfc3339(at) if at is not None else None

        return cast(
            CheckRun,
            {
                "id": str(row["check_id"]),
                "project_id": str(row["project_id"]),
                "task_id": str(row["task_id"]),
                "question": names[row["question_no"]],
                "ontology_version": row["ontology_version"],
                **{name: row[name] for name in ("state", "done", "total", "is_strong")},
                "report": told.get("report"),
                "error": told.get("error"),
                "created_at": rfc3339(row["created_at"]),
                "started_at": time(row["started_at"]),
                "ended_at": time(row["ended_at"]),
            },
        )


def record_sealed(row: Any) -> Sealed:
    """A row of `check_record` on its way to the vault: covered by a grant that names its task."""
    return Sealed(
        row["organization_id"],
        row["project_id"],
        row["check_id"],
        Kind.CHECK,
        row["chunk_key_id"],
        row["sealed"],
        row["part"],
        covered_by=row["task_id"],
    )


def _require_modest(limits: TaskLimits) -> None:
    """Raise Malformed where a task asks for more of the machine than a server gives to one run."""
    problems: Sequence[Problem] = [
        Problem(
            f"/value/limits/{name}",
            "out_of_bounds",
            f"A server gives at most {most} to one run.",
            f"Ask for {most} at most.",
        )
        for name, most in _LIMITS_MAX.items()
        if getattr(limits, name) > most
    ]
    if problems:
        raise Malformed(list(problems))
