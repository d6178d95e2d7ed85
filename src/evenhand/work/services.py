"""The services of this room, as its routes find them, and who asks most of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from evenhand.boundary.actor import Actor, Allowed
from evenhand.boundary.permission import Permission
from evenhand.work.browsing import Browsing
from evenhand.work.importing import Importing
from evenhand.work.labeling import Labeling
from evenhand.work.projects import Projects
from evenhand.work.versions import Versions


@dataclass(frozen=True, slots=True)
class WorkServices:
    """The services of this room, as bootstrap made them."""

    projects: Projects
    versions: Versions
    labeling: Labeling
    importing: Importing
    browsing: Browsing


async def services_of(request: Request) -> WorkServices:
    """The services that bootstrap made."""
    services: WorkServices = request.app.state.work
    return services


Work = Annotated[WorkServices, Depends(services_of)]
Labeler = Annotated[Actor, Depends(Allowed(Permission.TASK_LABEL))]
