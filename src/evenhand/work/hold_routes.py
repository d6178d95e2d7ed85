"""The HTTP face of holds: what stands still and why, and the owner's word that work goes on."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.dependencies import Allowed
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, example
from evenhand.work.dependencies import Work
from evenhand.work.shapes.holds import Hold, Holds

router = APIRouter(prefix="/api/v1", tags=["walls"], route_class=StrictRoute)
Reader = Annotated[Actor, Depends(Allowed(Permission.AUDIT_READ))]
Owner = Annotated[Actor, Depends(Allowed(Permission.ORGANIZATION_WRITE))]


class Countersigning(Body):
    """The digest of the chain that was read."""

    model_config = example({"digest": "sha256:" + "0" * 64})

    digest: Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]


@router.get("/holds", operation_id="list_holds")
async def list_holds(actor: Reader, work: Work) -> Holds:
    """Whether work for this organization is on hold, what stands still, and every hold there was, with its chain."""
    return await work.holds.all(actor)


@router.post("/holds/{hold_id}/countersign", operation_id="countersign_hold")
async def countersign_hold(hold_id: UUID, body: Countersigning, actor: Owner, work: Work) -> Hold:
    """Let work go on, having read the chain. Sent again it changes nothing."""
    return await work.holds.countersign(actor, hold_id, body.digest)
