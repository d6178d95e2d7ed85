"""What people say about a task: comments, reports and the notes of skips, sealed with it, and who is told of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.errors import NotFound
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.people.notifications import notify
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.discussions import begun_by, refuse_more, tell_of_task
from evenhand.work.model import Event, NotYours
from evenhand.work.shapes.queue import Comment, Remark

_queries = Queries.of("evenhand.work")


class Remarks:
    """The verbs of whoever has something to say about a task."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._clock = clock

    async def remark(
        self,
        actor: Actor,
        project_id: UUID,
        task_id: UUID,
        kind: str,
        text: str,
        reason: str | None,
        on: str = "",
        remark_id: UUID | None = None,
        reply_to: UUID | None = None,
    ) -> Remark:
        """A comment, a report or the note of a skip, sealed with the task. Raises NotYours about a task never dealt to one.

        remark_id: decided by the request's key; where there is such a remark already, nothing is added. reply_to: what began the
        discussion that this is said in. Raises NotFound for one that there is not, or that one may not read.
        """
        task = await self._task(actor, project_id, task_id)
        key = await self._vault.key_for(actor.organization_id, task["chunk_key_id"], task_id)
        now = self._clock.now()
        remark_id = remark_id or fresh_id(now)
        content = json.dumps({"text": text, "on": on}, ensure_ascii=False).encode()
        async with self._database.tenant(actor.organization_id) as connection:
            begun = await self._begun(connection, actor, project_id, task_id, reply_to) if reply_to else None
            is_new = await _queries.run(
                connection,
                "add_remark",
                organization_id=actor.organization_id,
                remark_id=remark_id,
                task_id=task_id,
                project_id=project_id,
                guideline_version=None,
                reply_to=reply_to,
                person_id=actor.person_id,
                kind=kind,
                reason=reason,
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.REMARK, object_id=remark_id),
                now=now,
            )
            if is_new and begun is not None:
                await tell_of_task(connection, actor, begun, now)
            elif is_new:
                await self._notify(connection, actor, kind, project_id, task_id, now)
            if is_new and kind == "report":
                await _queries.run(
                    connection,
                    "tell",
                    organization_id=actor.organization_id,
                    project_id=project_id,
                    kind=int(Event.REPORTED),
                    task_id=task_id,
                    subject_id=remark_id,
                    quantity=1,
                    now=now,
                )
        return {
            "id": str(remark_id),
            "on": on,
            "text": text,
            "who": actor.pseudonym,
            "at": rfc3339(now),
            "reply_to": str(reply_to) if reply_to else None,
        }

    async def _begun(
        self, connection: Connection, actor: Actor, project_id: UUID, task_id: UUID, discussion_id: UUID
    ) -> Any:
        begun = await begun_by(connection, actor, project_id, discussion_id)
        shown = await self._rows(connection, actor, task_id)
        if begun["task_id"] != task_id or discussion_id not in {row["remark_id"] for row in shown}:
            raise NotFound(kind="discussion", id=str(discussion_id))
        await refuse_more(connection, actor, discussion_id)
        return begun

    async def _rows(self, connection: Connection, actor: Actor, task_id: UUID) -> list[Any]:
        """The remarks on a task that this person may read."""
        return await _queries.rows(
            connection,
            "remarks",
            organization_id=actor.organization_id,
            task_id=task_id,
            person_id=actor.person_id,
            all=Permission.TASK_READ in actor.permissions,
        )

    async def _notify(
        self, connection: Connection, actor: Actor, kind: str, project_id: UUID, task_id: UUID, now: datetime
    ) -> None:
        """Managers learn of every report and comment; annotators of what those who manage or review say about their task."""
        if kind == "skip":
            return
        persons: list[UUID] = []
        if kind == "comment" and actor.role != "annotator":
            rows = await _queries.rows(
                connection, "people_of_task", organization_id=actor.organization_id, task_id=task_id
            )
            persons = [row["person_id"] for row in rows]
        await notify(
            connection,
            actor.organization_id,
            "task.reported" if kind == "report" else "task.commented",
            persons=persons,
            managers=True,
            but=actor.person_id,
            project_id=project_id,
            subject_id=task_id,
            now=now,
        )

    async def comments(self, actor: Actor, project_id: UUID, task_id: UUID) -> list[Comment]:
        """What was said about a task, oldest first. Raises NotYours about a task never dealt to one.

        Annotators are blind to each other until the task is decided: they read what they wrote themselves, and what those who
        manage or review wrote to them or to all.
        """
        await self._task(actor, project_id, task_id)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await self._rows(connection, actor, task_id)
        if not rows:
            return []
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [task_id])
        sealed = [
            Sealed(
                actor.organization_id,
                project_id,
                row["remark_id"],
                Kind.REMARK,
                row["chunk_key_id"],
                row["sealed"],
                covered_by=task_id,
            )
            for row in rows
        ]
        contents = [json.loads(each) for each in await self._vault.open(grant, sealed)]
        return [
            {
                "id": str(row["remark_id"]),
                "kind": row["kind"],
                "reason": row["reason"],
                "on": content["on"],
                "text": content["text"],
                "who": row["pseudonym"],
                "at": rfc3339(row["at"]),
                "reply_to": str(row["reply_to"]) if row["reply_to"] else None,
                "resolved_at": rfc3339(row["closed_at"]) if row["closed_at"] else None,
                "resolved_by": row["closed_by"],
            }
            for row, content in zip(rows, contents, strict=True)
        ]

    async def _task(self, actor: Actor, project_id: UUID, task_id: UUID) -> Any:
        """The task's row, still sealed. Raises NotFound, and NotYours when it never was dealt to an annotator."""
        facts = {"organization_id": actor.organization_id, "task_id": task_id}
        async with self._database.tenant(actor.organization_id) as connection:
            is_known = Permission.TASK_READ in actor.permissions or await _queries.value(
                connection, "was_dealt", **facts, person_id=actor.person_id
            )
            if not is_known:
                raise NotYours(task_id=task_id)
            row = await _queries.row(connection, "task", **facts, project_id=project_id)
        if row is None:
            raise NotFound(kind="task", id=str(task_id))
        return row
