"""What the routes of this room depend on: its services, and who asks most of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from evenhand.boundary.actor import Actor
from evenhand.boundary.dependencies import Allowed
from evenhand.boundary.permission import Permission
from evenhand.work.services import WorkServices


async def services_of(request: Request) -> WorkServices:
    """The services that bootstrap made."""
    services: WorkServices = request.app.state.work
    return services


Work = Annotated[WorkServices, Depends(services_of)]
GoldManager = Annotated[Actor, Depends(Allowed(Permission.TASK_MANAGE))]
Labeler = Annotated[Actor, Depends(Allowed(Permission.TASK_LABEL))]
ProjectSeer = Annotated[Actor, Depends(Allowed(Permission.PROJECT_READ, Permission.TASK_LABEL))]
ProjectWriter = Annotated[Actor, Depends(Allowed(Permission.PROJECT_WRITE))]
_MATCH = "The ETag that was read: refused with 412 when somebody changed it since."
Match = Annotated[str | None, Header(alias="If-Match", max_length=100, description=_MATCH)]
