"""The HTTP face of break-glass: the operator's side, and the customer's."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.dependencies import Allowed, CurrentActor
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Page, SentId, example
from evenhand.people.dependencies import Service
from evenhand.people.service import People
from evenhand.people.shapes import BreakGlass, RequestOptions

router = APIRouter(prefix="/api/v1", tags=["break-glass"], route_class=StrictRoute)
Reader = Annotated[Actor, Depends(Allowed(Permission.AUDIT_READ))]
Writer = Annotated[Actor, Depends(Allowed(Permission.PEOPLE_WRITE))]


class AskBreakGlass(Body):
    """Whose data has to be seen, and why. The customer reads the reason."""

    model_config = example(
        {"organization_id": "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11", "reason": "An import of theirs fails at row 17."}
    )

    organization_id: SentId
    reason: Annotated[str, Field(max_length=500)]


class Approval(Body):
    """What the browser answered to `navigator.credentials.get`, as JSON."""

    model_config = example({"credential": {"id": "3q2-7w", "rawId": "3q2-7w", "type": "public-key", "response": {}}})

    credential: Annotated[dict[str, Any], Field(max_length=20)]


@router.get("/break-glass", operation_id="list_break_glass")
async def list_break_glass(actor: Reader, people: Service) -> Page[BreakGlass]:
    """Every time that the operator asked to see this organization's data, with the reason and who approved how often."""
    return {"items": await people.break_glass.here(actor), "next_cursor": None}


@router.post("/break-glass/{break_glass_id}/end", operation_id="end_break_glass", status_code=204)
async def end_break_glass(break_glass_id: UUID, actor: Writer, people: Service) -> None:
    """Put the operator's visitor out, at once; or refuse what was only asked."""
    await people.break_glass.end_here(actor, break_glass_id)


@router.get("/operator/break-glass", operation_id="list_asked_break_glass")
async def list_asked_break_glass(actor: CurrentActor, people: Service) -> Page[BreakGlass]:
    """For the operator: what was asked for, newest first."""
    return {"items": await people.break_glass.asked(actor), "next_cursor": None}


@router.post("/operator/break-glass", operation_id="ask_break_glass", status_code=201)
async def ask_break_glass(body: AskBreakGlass, actor: CurrentActor, people: Service) -> BreakGlass:
    """For the operator: ask to see a customer's data for an hour. Two people have to approve with a passkey."""
    return await people.break_glass.ask(actor, body.organization_id, body.reason)


@router.post("/operator/break-glass/{break_glass_id}/options", operation_id="get_break_glass_options")
async def get_break_glass_options(break_glass_id: UUID, actor: CurrentActor, people: Service) -> RequestOptions:
    """For the operator: what a browser needs to approve with a passkey."""
    return await people.break_glass.options(actor, break_glass_id)


@router.post("/operator/break-glass/{break_glass_id}/approve", operation_id="approve_break_glass")
async def approve_break_glass(
    break_glass_id: UUID,
    body: Approval,
    actor: CurrentActor,
    request: Request,
    people: Service,
    afterwards: BackgroundTasks,
) -> BreakGlass:
    """For the operator: approve. The second person's word opens, and the customer is told at once."""
    approved = await people.break_glass.approve(actor, break_glass_id, body.credential)
    if approved["state"] == "open":
        afterwards.add_task(_mail, request, people, UUID(approved["organization_id"]))
    return approved


@router.post("/operator/break-glass/{break_glass_id}/end", operation_id="end_asked_break_glass", status_code=204)
async def end_asked_break_glass(break_glass_id: UUID, actor: CurrentActor, people: Service) -> None:
    """For the operator: leave before the hour is over, or take back what was asked."""
    await people.break_glass.end(actor, break_glass_id)


async def _mail(request: Request, people: People, organization_id: UUID) -> None:
    for address in await people.break_glass.addresses_to_tell(organization_id):
        await request.app.state.mail.send_link("break-glass", address, f"{request.app.state.public_url}/trust")
