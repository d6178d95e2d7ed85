"""Sending to webhooks: a worker's round, and what the relay puts on its way.

At least once, in no promised order: whatever is killed between the answer and its record is sent again, under the same id.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from evenhand.boundary.outbound import Guard, OutboundFailed, OutboundRefused
from evenhand.http import model
from evenhand.http.model import EventName
from evenhand.http.webhooks import Secrets, message_of, sealed_webhook
from evenhand.ledger.actions import Purpose
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.key_service import KeyServiceUnavailable
from evenhand.vault.service import Vault
from evenhand.walls.grant import Grants
from evenhand.work.model import Event

_queries = Queries.of("evenhand.http")
# Woken by events, no sooner than APART after the last; and by itself, for what is tried again.
ROUND_SECONDS, APART_SECONDS = 2.0, 0.5
ANSWER_SECONDS = 15.0
# Longer than an answer may take: nobody sends what somebody else is sending.
HELD_FOR = timedelta(minutes=1)
AT_ONCE_EACH = 4
AT_ONCE_MAX = 40
FORGOTTEN_MAX = 5_000
_KEPT_MAX = 1_000

_BY_KIND: Mapping[int, EventName] = {
    Event.SKIPPED: "task.skipped",
    Event.REPORTED: "task.reported",
    Event.REVIEWED: "task.reviewed",
    Event.ADJUDICATED: "task.adjudicated",
    Event.SENT_BACK: "task.sent-back",
    Event.REQUEUED: "task.reopened",
    Event.IMPORTED: "batch.imported",
    Event.TRASHED: "tasks.trashed",
    Event.RESTORED: "tasks.restored",
    Event.PROJECT: "project.changed",
    Event.RELEASED: "release.ready",
    Event.HOLD_OPENED: "hold.opened",
    Event.HOLD_ENDED: "hold.ended",
    Event.SILENCE_BEGAN: "silence.began",
    Event.SILENCE_ENDED: "silence.ended",
}

_MOVES = frozenset({Event.DECIDED, Event.REVIEWED, Event.ADJUDICATED})

log = structlog.get_logger(__name__)
SENT = Counter("evenhand_webhook_deliveries_total", "Attempts to deliver to a webhook.", ["outcome"])


def names_of(kind: int, quantity: int, is_done: bool | None, to_place: str | None = None) -> list[EventName]:
    """The events that one outbox row is told as.

    quantity: 0 for an answer that was reopened and given anew. to_place: where a task went on to; `done` is told for itself.
    """
    if kind == Event.ANSWERED:
        names: list[EventName] = ["annotation.created" if quantity else "annotation.changed"]
        return [*names, "task.done"] if is_done else names
    name = _BY_KIND.get(kind)
    told: list[EventName] = [name] if name else []
    return [*told, "task.done"] if to_place == "done" and kind in _MOVES else told


class Sender:
    """Delivers what is due. Any number of workers may run it."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, outbound: Guard, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._outbound = outbound
        self._clock = clock
        # Opened addresses and secrets, by webhook and version: one look on record, not one a delivery.
        self._kept: dict[tuple[UUID, int], Secrets] = {}

    async def announce(self, connection: Connection, events: Sequence[dict[str, Any]]) -> None:
        """Put events on their way to whoever listens, in the relay's own transaction."""
        organizations = sorted({each["organization_id"] for each in events})
        listening = await _queries.rows(
            connection, "webhooks_listening", organization_ids=[UUID(each) for each in organizations]
        )
        if not listening:
            return
        now = self._clock.now()
        rows = [
            (webhook, name, each)
            for each in events
            for name in names_of(each["kind"], each["quantity"], each["is_done"], each.get("to_place"))
            for webhook in listening
            if _wants(webhook, name, each)
        ]
        if not rows:
            return
        await _queries.value(
            connection,
            "deliveries_add",
            organization_ids=[webhook["organization_id"] for webhook, _, _ in rows],
            delivery_ids=[fresh_id(now) for _ in rows],
            webhook_ids=[webhook["webhook_id"] for webhook, _, _ in rows],
            events=[name for _, name, _ in rows],
            project_ids=[_id(each["project_id"]) for _, _, each in rows],
            task_ids=[_id(each["task_id"]) for _, _, each in rows],
            subject_ids=[_id(each["subject_id"]) for _, _, each in rows],
            quantities=[each["quantity"] for _, _, each in rows],
            at=[datetime.fromisoformat(each["at"]) for _, _, each in rows],
            now=now,
        )

    async def send_waiting(self) -> bool:
        """Deliver what is due now, side by side; whether there may be more."""
        now = self._clock.now()
        async with self._database.statement() as connection:
            due = await _queries.rows(
                connection, "deliveries_due", now=now, until=now + HELD_FOR, each=AT_ONCE_EACH, max=AT_ONCE_MAX
            )
        if not due:
            return False
        await self._learn(due)
        # What does not open now waits until it is due again, and holds up nobody else's.
        known = [row for row in due if (row["webhook_id"], row["webhook_version"]) in self._kept]
        await asyncio.gather(*(self._deliver(row) for row in known))
        return len(due) == AT_ONCE_MAX

    async def forget(self) -> bool:
        """Drop the log of what was sent more than a month ago; whether there is more."""
        async with self._database.statement() as connection:
            forgotten: int = await _queries.value(
                connection, "deliveries_forget", before=self._clock.now() - model.LOG_LASTS, max=FORGOTTEN_MAX
            )
        return forgotten == FORGOTTEN_MAX

    async def _learn(self, due: Sequence[Any]) -> None:
        """Open the addresses and secrets that are not known yet, one recorded look an organization."""
        if len(self._kept) > _KEPT_MAX:
            self._kept.clear()
        unknown: dict[UUID, dict[UUID, Any]] = {}
        for row in due:
            if (row["webhook_id"], row["webhook_version"]) not in self._kept:
                unknown.setdefault(row["organization_id"], {})[row["webhook_id"]] = row
        for organization_id, rows in unknown.items():
            grant = await self._grants.to_software(organization_id, Purpose.NOTIFY, rows)
            sealed = [sealed_webhook(organization_id, row) for row in rows.values()]
            try:
                opened = await self._vault.open(grant, sealed)
            except KeyServiceUnavailable as error:
                log.warning("webhooks.wait", organization_id=str(organization_id), reason=error.reason)
                continue
            for row, content in zip(rows.values(), opened, strict=True):
                self._kept[row["webhook_id"], row["webhook_version"]] = Secrets.of(content)

    async def _deliver(self, row: Any) -> None:
        secrets = self._kept[row["webhook_id"], row["webhook_version"]]
        payload = message_of(row["organization_id"], row).payload()
        now = self._clock.now()
        headers = {
            "content-type": "application/json",
            **model.signed_headers(row["delivery_id"], payload, secrets.valid(now), now),
        }
        started = time.perf_counter()
        status, problem = None, None
        try:
            answered = await self._outbound.send(
                "POST", secrets.url, headers=headers, content=payload, seconds=ANSWER_SECONDS, bytes_max=4096
            )
            status = answered.status
        except (OutboundRefused, OutboundFailed) as error:
            problem = error.reason
        took_ms = round((time.perf_counter() - started) * 1000)
        await self._record(row, status, problem, took_ms)

    async def _record(self, row: Any, status: int | None, problem: str | None, took_ms: int) -> None:
        now = self._clock.now()
        is_well = status is not None and model.is_success(status)
        pause = None if is_well else model.pause_after(row["attempts"])
        state = "delivered" if is_well else "waiting" if pause else "failed"
        SENT.labels("delivered" if is_well else "failed").inc()
        facts = {"organization_id": row["organization_id"], "webhook_id": row["webhook_id"]}
        async with self._database.tenant(row["organization_id"]) as connection:
            await _queries.run(
                connection,
                "delivery_done",
                organization_id=row["organization_id"],
                delivery_id=row["delivery_id"],
                state=state,
                next_at=now + (pause or timedelta()),
                now=now,
                status=status,
                problem=problem,
                took_ms=took_ms,
            )
            if is_well:
                if row["failing_since"] is not None:
                    await _queries.run(connection, "webhook_went_well", **facts)
                return
            became = await _queries.value(
                connection,
                "webhook_failed",
                **facts,
                now=now,
                # 410 Gone: the receiver says by itself that it is not there any more.
                is_gone=status == 410,
                disable_before=now - model.DISABLED_AFTER,
            )
        if became == "disabled":
            log.warning("webhook.disabled", webhook_id=str(row["webhook_id"]))


def _wants(webhook: Any, name: str, event: dict[str, Any]) -> bool:
    if str(webhook["organization_id"]) != event["organization_id"] or name not in webhook["events"]:
        return False
    return webhook["project_id"] is None or str(webhook["project_id"]) == event["project_id"]


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None
