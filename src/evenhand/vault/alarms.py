"""The alarm of a ciphertext that does not open: an entry in the log of whoever saw it, a metric, a line in the operator's log.

Content that was changed, cut off or moved (to another row, another tenant, an older version) fails to open. That never happens by
itself, so it is recorded where its owner looks, in a transaction of its own: the one that failed rolls back.
"""

from __future__ import annotations

import time
from uuid import UUID

import structlog
from prometheus_client import Counter

from evenhand.core.errors import PlatformError
from evenhand.ledger.actions import Action
from evenhand.ledger.entries import put_on_record
from evenhand.store.clock import Clock
from evenhand.store.database import Database

RULE = "does-not-open"
# One object is told of once in so many seconds by each process, however often it is asked for.
_QUIET_SECONDS = 60.0
_TOLD_MAX = 10_000

log = structlog.get_logger(__name__)
DOES_NOT_OPEN = Counter(
    "evenhand_does_not_open_total", "Sealed rows and keys that did not open: changed, cut off or moved."
)


class Alarms:
    """Raises them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._told: dict[tuple[UUID, UUID], float] = {}

    async def raise_(self, organization_id: UUID, object_id: UUID) -> None:
        """Record that an object of an organization did not open."""
        DOES_NOT_OPEN.inc()
        log.error("vault.does_not_open", organization_id=str(organization_id), object_id=str(object_id))
        if self._told.get((organization_id, object_id), 0.0) > time.monotonic():
            return
        if len(self._told) >= _TOLD_MAX:
            self._told.clear()
        try:
            async with self._database.tenant(organization_id) as connection:
                await put_on_record(
                    connection,
                    None,
                    Action.ASSET_RELEASE,
                    now=self._clock.now(),
                    object_id=object_id,
                    decision="deny",
                    rule=RULE,
                )
        except PlatformError as error:
            log.error("vault.alarm_not_recorded", code=error.code)
            return
        self._told[organization_id, object_id] = time.monotonic() + _QUIET_SECONDS
