"""Discussions: of the guidelines by everybody of the project, and what a discussion of a task and one of the guidelines share.

A discussion is a remark that replies to none, with those that reply to it. It is resolved and opened again as a whole.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant
from evenhand.boundary.permission import Permission
from evenhand.boundary.shapes import Page
from evenhand.core.errors import LimitReached, NotAllowed, NotFound
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.ledger.grant import OBJECTS_MAX
from evenhand.people.notifications import notify
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.shapes.discussions import Discussion, DiscussionResolved, DiscussionState, Passage, Reply

_queries = Queries.of("evenhand.work")
REPLIES_MAX = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks about the guidelines. version: the one that they read."""

    text: str = field(repr=False)
    version: int
    passage: Passage = field(repr=False)


class Discussions:
    """The verbs of whoever asks, answers and resolves."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._clock = clock

    async def ask(self, actor: Actor, project_id: UUID, asked: Question, remark_id: UUID | None) -> Discussion:
        """Begin a discussion of the guidelines. remark_id: decided by the request's key. Raises NotFound."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            version = await _queries.row(connection, "guideline_version", **facts, version=asked.version)
            if version is None:
                raise NotFound(kind="guideline version", id=str(asked.version))
            content = {"text": asked.text, "passage": asked.passage}
            said = await self._say(connection, actor, project_id, asked.version, content, None, remark_id)
        return {
            **said,
            "version": asked.version,
            "passage": asked.passage,
            "resolved_at": None,
            "resolved_by": None,
            "replies": [],
        }

    async def reply(
        self, actor: Actor, project_id: UUID, discussion_id: UUID, text: str, remark_id: UUID | None
    ) -> Reply:
        """Say something in a discussion of the guidelines; those who are in it are told. Raises NotFound, LimitReached."""
        async with self._database.tenant(actor.organization_id) as connection:
            begun = await begun_by(connection, actor, project_id, discussion_id)
            if begun["task_id"] is not None:
                raise NotFound(kind="discussion", id=str(discussion_id))
            await refuse_more(connection, actor, discussion_id)
            version = begun["guideline_version"]
            return await self._say(connection, actor, project_id, version, {"text": text}, discussion_id, remark_id)

    async def _say(
        self,
        connection: Connection,
        actor: Actor,
        project_id: UUID,
        version: int,
        content: dict[str, Any],
        reply_to: UUID | None,
        remark_id: UUID | None,
    ) -> Reply:
        now = self._clock.now()
        remark_id = remark_id or fresh_id(now)
        key = await self._vault.writing_key(connection, actor.organization_id, project_id)
        said = json.dumps(content, ensure_ascii=False).encode()
        is_new = await _queries.run(
            connection,
            "add_remark",
            organization_id=actor.organization_id,
            remark_id=remark_id,
            task_id=None,
            project_id=project_id,
            guideline_version=version,
            reply_to=reply_to,
            person_id=actor.person_id,
            kind="comment",
            reason=None,
            chunk_key_id=key.id,
            sealed=self._vault.seal(key, said, kind=Kind.REMARK, object_id=remark_id),
            now=now,
        )
        if is_new:
            await self._tell(connection, actor, project_id, reply_to or remark_id)
        return {"id": str(remark_id), "text": content["text"], "who": actor.pseudonym, "at": rfc3339(now)}

    async def _tell(self, connection: Connection, actor: Actor, project_id: UUID, discussion_id: UUID) -> None:
        rows = await _queries.rows(
            connection,
            "people_of_discussion",
            organization_id=actor.organization_id,
            remark_id=discussion_id,
            annotators=True,
        )
        await notify(
            connection,
            actor.organization_id,
            "guideline.discussed",
            persons=[row["person_id"] for row in rows],
            managers=True,
            but=actor.person_id,
            project_id=project_id,
            subject_id=discussion_id,
            now=self._clock.now(),
        )

    # ------------------------------------------------------------------------------------------------------ reading --
    async def page(
        self, actor: Actor, project_id: UUID, state: DiscussionState | None, cursor: str | None, limit: int
    ) -> Page[Discussion]:
        """Discussions of the guidelines with their replies, newest first. The look is on record. Raises NotFound."""
        keys = decode_cursor(cursor, instant, UUID)
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            if await _queries.row(connection, "project", **facts) is None:
                raise NotFound(kind="project", id=str(project_id))
            rows = await _queries.rows(
                connection,
                "discussions",
                **facts,
                state=state,
                before_at=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
            page = rows[:limit]
            replies = await _queries.rows(
                connection,
                "replies",
                organization_id=actor.organization_id,
                remark_ids=[row["remark_id"] for row in page],
            )
        opened = await self._opened(actor, project_id, [*page, *replies])
        answered: dict[UUID, list[Reply]] = {row["remark_id"]: [] for row in page}
        for row in replies:
            answered[row["reply_to"]].append(_reply(row, opened[row["remark_id"]]))
        more = encode_cursor(page[-1]["at"].isoformat(), page[-1]["remark_id"]) if len(rows) > limit else None
        return {
            "items": [_discussion(row, opened[row["remark_id"]], answered[row["remark_id"]]) for row in page],
            "next_cursor": more,
        }

    async def _opened(self, actor: Actor, project_id: UUID, rows: list[Any]) -> dict[UUID, Any]:
        """What was said, by the remark; a grant for as many as one covers."""
        opened: dict[UUID, Any] = {}
        for start in range(0, len(rows), OBJECTS_MAX):
            part = rows[start : start + OBJECTS_MAX]
            grant = await self._grants.to_person(actor, Purpose.BROWSE, [project_id])
            sealed = [
                Sealed(
                    actor.organization_id,
                    project_id,
                    row["remark_id"],
                    Kind.REMARK,
                    row["chunk_key_id"],
                    row["sealed"],
                    covered_by=project_id,
                )
                for row in part
            ]
            contents = await self._vault.open(grant, sealed)
            opened |= {row["remark_id"]: json.loads(each) for row, each in zip(part, contents, strict=True)}
        return opened

    # ---------------------------------------------------------------------------------------------------- resolving --
    async def set_resolved(
        self, actor: Actor, project_id: UUID, discussion_id: UUID, *, is_resolved: bool
    ) -> DiscussionResolved:
        """Resolve a discussion or open it again: whoever began it may, and whoever reads tasks. Raises NotFound, NotAllowed.

        A discussion of a task that is another annotator's is unknown to an annotator, as its words are.
        """
        async with self._database.tenant(actor.organization_id) as connection:
            begun = await begun_by(connection, actor, project_id, discussion_id)
            if begun["person_id"] != actor.person_id and Permission.TASK_READ not in actor.permissions:
                if begun["task_id"] is not None:
                    raise NotFound(kind="discussion", id=str(discussion_id))
                raise NotAllowed(permission=Permission.TASK_READ)
            facts = {"organization_id": actor.organization_id, "remark_id": discussion_id}
            now = self._clock.now()
            if is_resolved:
                is_new = await _queries.row(connection, "resolve", **facts, person_id=actor.person_id, now=now)
            else:
                is_new = await _queries.row(connection, "reopen_discussion", **facts)
            if is_new is not None and begun["task_id"] is None:
                await self._tell(connection, actor, project_id, discussion_id)
            elif is_new is not None:
                await tell_of_task(connection, actor, begun, now)
        return {"id": str(discussion_id), "state": "resolved" if is_resolved else "open"}


async def begun_by(connection: Connection, actor: Actor, project_id: UUID, discussion_id: UUID) -> Any:
    """The row that began a discussion, with the role of who did. Raises NotFound."""
    row = await _queries.row(
        connection,
        "discussion",
        organization_id=actor.organization_id,
        project_id=project_id,
        remark_id=discussion_id,
    )
    if row is None:
        raise NotFound(kind="discussion", id=str(discussion_id))
    return row


async def refuse_more(connection: Connection, actor: Actor, discussion_id: UUID) -> None:
    """Raise LimitReached in a discussion that has all the replies it may have."""
    count = await _queries.value(
        connection, "count_replies", organization_id=actor.organization_id, remark_id=discussion_id
    )
    if count >= REPLIES_MAX:
        raise LimitReached(limit="the replies of a discussion", allowed=REPLIES_MAX)


async def tell_of_task(connection: Connection, actor: Actor, begun: Any, now: Any) -> None:
    """Tell those who are in a discussion of a task; what an annotator says is told to no other annotator."""
    rows = await _queries.rows(
        connection,
        "people_of_discussion",
        organization_id=actor.organization_id,
        remark_id=begun["remark_id"],
        annotators=actor.role != "annotator",
    )
    await notify(
        connection,
        actor.organization_id,
        "task.commented",
        persons=[row["person_id"] for row in rows],
        managers=True,
        but=actor.person_id,
        project_id=begun["project_id"],
        subject_id=begun["task_id"],
        now=now,
    )


def _reply(row: Any, content: dict[str, Any]) -> Reply:
    return {"id": str(row["remark_id"]), "text": content["text"], "who": row["pseudonym"], "at": rfc3339(row["at"])}


def _discussion(row: Any, content: dict[str, Any], replies: list[Reply]) -> Discussion:
    return {
        **_reply(row, content),
        "version": row["guideline_version"],
        "passage": content["passage"],
        "resolved_at": rfc3339(row["closed_at"]) if row["closed_at"] else None,
        "resolved_by": row["closed_by"],
        "replies": replies,
    }
