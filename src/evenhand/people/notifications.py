"""Notifications: what happened that a person may want to know. They name things by id and hold no content.

A notification is written in the transaction of what it tells. The same thing again, before it was read, counts up instead of
adding a line: forty reports on a project while its manager sleeps are few lines in the morning.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant
from evenhand.core.times import rfc3339
from evenhand.people.shapes import NotificationPage
from evenhand.store.clock import Clock, fresh_ids
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.people")
KEPT = timedelta(days=90)
_FORGOTTEN_MAX = 5_000

Kind = Literal[
    "task.reported",
    "task.commented",
    "release.ready",
    "release.failed",
    "guideline.changed",
    "guideline.discussed",
    "answer.sent-back",
    "answer.decided",
    "offer.changed",
    "answer.rejected",
    "project.removed",
    "appeal.filed",
    "appeal.decided",
    "member.joined",
    "hold.opened",
    "silence.began",
    "breakglass.opened",
]


async def notify(
    connection: Connection,
    organization_id: UUID,
    kind: Kind,
    *,
    now: datetime,
    persons: Collection[UUID] = (),
    managers: bool = False,
    but: UUID | None = None,
    project_id: UUID | None = None,
    subject_id: UUID | None = None,
) -> None:
    """Tell some persons, and the managers too where that is asked, but never whoever did it.

    connection: in a transaction of this organization. subject_id: the task or the release it is about.
    """
    whom = set(persons)
    if managers:
        rows = await _queries.rows(connection, "managers", organization_id=organization_id)
        whom.update(row["person_id"] for row in rows)
    if but is not None:
        whom.discard(but)
    if not whom:
        return
    await _queries.run(
        connection,
        "notify",
        organization_id=organization_id,
        ids=[UUID(bytes=each) for each in fresh_ids(now, len(whom))],
        # In one order, so that two who tell the same people do not wait for each other in a circle.
        persons=sorted(whom),
        kind=kind,
        project_id=project_id,
        subject_id=subject_id,
        now=now,
    )


class Notifications:
    """What one person was told, and what she has read."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, actor: Actor, cursor: str | None, limit: int) -> NotificationPage:
        """Her notifications in this organization, newest first, and how many are unread."""
        keys = decode_cursor(cursor, instant, UUID)
        whose = {"organization_id": actor.organization_id, "person_id": actor.person_id}
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "notifications",
                **whose,
                before_at=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
            unread: int = await _queries.value(connection, "unread_notifications", **whose)
        page = rows[:limit]
        more = encode_cursor(page[-1]["at"].isoformat(), page[-1]["notification_id"]) if len(rows) > limit else None
        return {
            "items": [
                {
                    "id": str(row["notification_id"]),
                    "kind": row["kind"],
                    "project_id": str(row["project_id"]) if row["project_id"] else None,
                    "subject_id": str(row["subject_id"]) if row["subject_id"] else None,
                    "quantity": row["quantity"],
                    "at": rfc3339(row["at"]),
                    "read_at": rfc3339(row["read_at"]) if row["read_at"] else None,
                }
                for row in page
            ],
            "next_cursor": more,
            "unread": unread,
        }

    async def read(self, actor: Actor, ids: list[UUID] | None) -> None:
        """Take note of some, or of all (None). What is read already, or is somebody else's, stays as it is."""
        async with self._database.tenant(actor.organization_id) as connection:
            await _queries.run(
                connection,
                "read_notifications",
                organization_id=actor.organization_id,
                person_id=actor.person_id,
                ids=ids,
                now=self._clock.now(),
            )

    async def forget(self) -> bool:
        """Forget what is older than ninety days, in every organization; whether there may be more. A worker's round."""
        async with self._database.statement() as connection:
            gone: int = await _queries.value(
                connection, "forget_notifications", before=self._clock.now() - KEPT, max=_FORGOTTEN_MAX
            )
        return gone == _FORGOTTEN_MAX
