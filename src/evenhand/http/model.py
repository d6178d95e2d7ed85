"""Nouns and rules of webhooks, pure: the closed list of events, what is sent, how it is signed, when it is tried again.

The form is that of Standard Webhooks (https://www.standardwebhooks.com, specification 1.0.0), so that its libraries verify ours.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from evenhand.core.times import rfc3339

EventName = Literal[
    "annotation.created",
    "annotation.changed",
    "task.done",
    "task.skipped",
    "task.reported",
    "task.reviewed",
    "task.adjudicated",
    "task.sent-back",
    "task.reopened",
    "batch.imported",
    "tasks.trashed",
    "tasks.restored",
    "project.changed",
    "release.ready",
    "hold.opened",
    "hold.ended",
    "silence.began",
    "silence.ended",
]
EVENTS: tuple[EventName, ...] = get_args(EventName)
TEST_EVENT = "webhook.test"
State = Literal["active", "paused", "disabled"]
DeliveryState = Literal["waiting", "delivered", "failed"]

SECRET_PREFIX = "whsec_"  # noqa: S105 -- what a secret begins with
SECRET_BYTES = 32
ROTATION_LASTS = timedelta(hours=24)
# After the first try: how long until the next one. Some three days in all.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
DISABLED_AFTER = timedelta(days=5)
LOG_LASTS = timedelta(days=30)
WEBHOOKS_MAX = 20

# What the subject of an event is called in its payload.
_SUBJECTS: Mapping[str, str] = {
    "annotation.created": "annotation_id",
    "annotation.changed": "annotation_id",
    "batch.imported": "batch_id",
    "release.ready": "release_id",
    "task.reported": "report_id",
    "task.reviewed": "annotation_id",
    "task.adjudicated": "annotation_id",
    "hold.opened": "hold_id",
    "hold.ended": "hold_id",
    "silence.began": "silent_organization_id",
    "silence.ended": "silent_organization_id",
}
_COUNTED = frozenset({"batch.imported", "tasks.trashed", "tasks.restored"})


@dataclass(frozen=True, slots=True)
class Message:
    """What one delivery says: ids and a count, never content."""

    delivery_id: UUID
    organization_id: UUID
    event: str
    at: datetime
    project_id: UUID | None = None
    task_id: UUID | None = None
    subject_id: UUID | None = None
    quantity: int | None = None

    def payload(self) -> bytes:
        """The body. Made anew for every attempt, the same bytes each time."""
        data: dict[str, Any] = {"organization_id": str(self.organization_id)}
        if self.project_id is not None:
            data["project_id"] = str(self.project_id)
        if self.task_id is not None:
            data["task_id"] = str(self.task_id)
        if self.subject_id is not None and self.event in _SUBJECTS:
            data[_SUBJECTS[self.event]] = str(self.subject_id)
        if self.event in _COUNTED:
            data["tasks"] = self.quantity
        body = {"type": self.event, "timestamp": rfc3339(self.at), "data": data}
        return json.dumps(body, separators=(",", ":")).encode()


def signed_headers(message_id: UUID, payload: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The three headers by which a receiver knows the sender: id, time of sending, one signature a secret.

    secrets: the present one first, and one that was replaced less than a day ago.
    """
    at = str(int(now.timestamp()))
    return {
        "webhook-id": str(message_id),
        "webhook-timestamp": at,
        "webhook-signature": " ".join(sign(secret, str(message_id), at, payload) for secret in secrets),
    }


def sign(secret: str, message_id: str, timestamp: str, payload: bytes) -> str:
    """`v1,` and the HMAC-SHA-256 of id, time and body, in base 64."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + payload
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def new_secret(random_bytes: bytes) -> str:
    """A secret as it is shown, once. random_bytes: 32 of them."""
    return SECRET_PREFIX + base64.b64encode(random_bytes).decode()


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None when it was the last."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def is_success(status: int) -> bool:
    """Whether an answer says that it was taken. A redirect does not: it is never followed."""
    return 200 <= status < 300
