"""The HTTP face of webhooks."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Page, SentId, example
from evenhand.core.errors import Malformed, Problem
from evenhand.http.model import DeliveryState, EventName
from evenhand.http.shapes import Delivery, NewSecret, TestSent, Webhook
from evenhand.http.webhooks import Webhooks

router = APIRouter(prefix="/api/v1", tags=["webhooks"], route_class=StrictRoute)

Url = Annotated[str, Field(max_length=2000)]
Description = Annotated[str, Field(max_length=200)]
Events = Annotated[list[EventName], Field(min_length=1, max_length=50)]


class NewWebhook(Body):
    """An address to be told of events: of one project, or of all."""

    model_config = example({"url": "https://example.org/hooks/evenhand", "events": ["task.done", "release.ready"]})

    url: Url
    events: Events
    project_id: SentId | None = None
    description: Description = ""


class WebhookChanges(Body):
    """What is to change; what is left out stays. A paused webhook keeps what happens meanwhile, and gets it when it is active."""

    model_config = example({"state": "paused"})

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    state: Literal["active", "paused"] | None = None


async def webhooks_of(request: Request) -> Webhooks:
    """The service that bootstrap made."""
    webhooks: Webhooks = request.app.state.webhooks
    return webhooks


Service = Annotated[Webhooks, Depends(webhooks_of)]
Manager = Annotated[Actor, Depends(Allowed(Permission.WEBHOOK_MANAGE))]


@router.get("/webhooks", operation_id="list_webhooks")
async def list_webhooks(actor: Manager, webhooks: Service) -> Page[Webhook]:
    """The webhooks of this organization."""
    return {"items": await webhooks.all(actor), "next_cursor": None}


@router.post("/webhooks", operation_id="create_webhook", status_code=201)
async def create_webhook(body: NewWebhook, actor: Manager, webhooks: Service) -> NewSecret:
    """Register an address. The secret that signs what is sent there is shown here and never again."""
    return await webhooks.create(actor, body.url, body.events, body.project_id, body.description)


@router.get("/webhooks/{webhook_id}", operation_id="get_webhook")
async def get_webhook(webhook_id: UUID, actor: Manager, webhooks: Service) -> Webhook:
    """One webhook, without its secret."""
    return await webhooks.get(actor, webhook_id)


@router.patch("/webhooks/{webhook_id}", operation_id="change_webhook")
async def change_webhook(webhook_id: UUID, body: WebhookChanges, actor: Manager, webhooks: Service) -> Webhook:
    """Change a webhook, pause it, or make it active again after it was disabled."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    for name, value in changes.items():
        if value is None:
            raise Malformed([Problem(f"/{name}", "bad_value", f"{name} cannot be null.", "Leave it out to keep it.")])
    return await webhooks.change(actor, webhook_id, changes)


@router.delete("/webhooks/{webhook_id}", operation_id="remove_webhook", status_code=204)
async def remove_webhook(webhook_id: UUID, actor: Manager, webhooks: Service) -> None:
    """Remove a webhook, with what is on its way to it and its log."""
    await webhooks.remove(actor, webhook_id)


@router.post("/webhooks/{webhook_id}/secret", operation_id="new_webhook_secret")
async def new_webhook_secret(webhook_id: UUID, actor: Manager, webhooks: Service) -> NewSecret:
    """Replace the secret. For a day deliveries are signed with both, the new one first."""
    return await webhooks.new_secret(actor, webhook_id)


@router.get("/webhooks/{webhook_id}/deliveries", operation_id="list_deliveries")
async def list_deliveries(
    webhook_id: UUID,
    actor: Manager,
    webhooks: Service,
    state: DeliveryState | None = None,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
    limit: Annotated[int | None, Query(ge=1, le=500)] = None,
) -> Page[Delivery]:
    """What was sent and what waits, newest first, kept for 30 days. Payloads hold ids and no content."""
    items, more = await webhooks.deliveries(actor, webhook_id, state, cursor, page_size(limit))
    return {"items": items, "next_cursor": more}


@router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/resend", operation_id="resend_delivery", status_code=204)
async def resend_delivery(webhook_id: UUID, delivery_id: UUID, actor: Manager, webhooks: Service) -> None:
    """Send a delivery again, whatever became of it. It keeps its id, by which a receiver can tell."""
    await webhooks.resend(actor, webhook_id, delivery_id)


@router.post("/webhooks/{webhook_id}/test", operation_id="test_webhook", status_code=202)
async def test_webhook(webhook_id: UUID, actor: Manager, webhooks: Service) -> TestSent:
    """Send an event `webhook.test` that says nothing; its delivery shows what came back."""
    return {"delivery_id": str(await webhooks.test(actor, webhook_id))}
