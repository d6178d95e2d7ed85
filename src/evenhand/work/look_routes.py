"""The HTTP face of looks: who saw what of this organization, for whoever may read its record."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed, Cursor, Limit
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Moment, Page
from evenhand.ledger.actions import Purpose
from evenhand.work.dependencies import Work
from evenhand.work.looks import LooksWanted
from evenhand.work.shapes.tasks import RecordedLook

router = APIRouter(prefix="/api/v1", tags=["ledger"], route_class=StrictRoute)
Reader = Annotated[Actor, Depends(Allowed(Permission.AUDIT_READ))]


@router.get("/ledger/looks", operation_id="list_recorded_looks")
async def list_recorded_looks(
    actor: Reader,
    work: Work,
    who: Annotated[str | None, Query(max_length=100, description="The pseudonym of one person.")] = None,
    purpose: Purpose | None = None,
    object_id: UUID | None = None,
    denied: Annotated[bool, Query(description="Only looks that were refused.")] = False,
    people: Annotated[bool, Query(description="Only looks of people, not of the software itself.")] = False,
    since: Annotated[Moment | None, Query(description="From this moment on.")] = None,
    before: Annotated[Moment | None, Query(description="Before this moment.")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[RecordedLook]:
    """Who saw what of this organization, when and why, newest first, and what was refused.

    A page may be short, even empty, while there is a next one: what is rare is looked for a few thousand entries at a time.
    """
    wanted = LooksWanted(who, purpose.value if purpose else None, object_id, denied, people, since, before)
    items, more = await work.looks.page(actor, wanted, cursor, page_size(limit))
    return {"items": items, "next_cursor": more}
