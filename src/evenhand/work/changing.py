"""What every change of a project does beside itself: take its row, check what the caller read, tell who watches."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import NotFound
from evenhand.store.queries import Connection, Queries
from evenhand.work.model import Event, PreconditionFailed

_queries = Queries.of("evenhand.work")


async def locked_project(connection: Connection, actor: Actor, project_id: UUID) -> Any:
    """The project's row, held until the transaction ends. Raises NotFound."""
    row = await _queries.row(connection, "lock_project", organization_id=actor.organization_id, project_id=project_id)
    if row is None:
        raise NotFound(kind="project", id=str(project_id))
    return row


def check_match(kind: str, if_match: str | None, version: int) -> None:
    """Raise PreconditionFailed when If-Match names another version than the present one."""
    if if_match is not None and if_match.strip().strip('"') != str(version):
        raise PreconditionFailed(kind=kind, current=f'"{version}"')


async def tell_change(connection: Connection, actor: Actor, project_id: UUID, now: datetime) -> None:
    """Tell whoever watches the project that it changed."""
    await _queries.run(
        connection,
        "tell",
        organization_id=actor.organization_id,
        project_id=project_id,
        kind=int(Event.PROJECT),
        task_id=None,
        subject_id=None,
        quantity=1,
        now=now,
    )
