"""The shapes that webhooks answer with."""

from __future__ import annotations

from typing import NotRequired

from evenhand.boundary.shapes import Id, Shape, Time
from evenhand.http.model import DeliveryState, EventName, State


class Webhook(Shape):
    """An address that is told of events.

    project_id: null for every project of the organization. failing_since: since its last success; null while it goes well.
    """

    id: Id
    url: str
    description: str
    project_id: Id | None
    events: list[EventName]
    state: State
    failing_since: Time | None
    created_at: Time
    version: int


class NewSecret(Webhook):
    """A webhook with its secret, which is shown here and never again."""

    secret: str


class TestSent(Shape):
    """The delivery of a test event: its log shows what came back."""

    delivery_id: Id


class Delivery(Shape):
    """One event on its way to a webhook, or what became of it.

    status: what the address answered last; null when it did not. next_at: the next attempt, while it waits.
    """

    id: Id
    event: str
    at: Time
    state: DeliveryState
    attempts: int
    next_at: Time | None
    last_at: Time | None
    status: int | None
    problem: str | None
    took_ms: int | None
    payload: NotRequired[str]
