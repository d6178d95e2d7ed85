"""Minting grants: lock the person, ask the walls, write the entry, commit; only then is there a Grant to show the vault.

Every function here runs its one statement outside a transaction, so that what it returns is already durable. A grant made
inside a transaction that later rolls back would be a look without a record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import LimitReached, NotSignedIn, PlatformError
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.grant import OBJECTS_MAX, Grant
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries

_queries = Queries.of("evenhand.walls")


@dataclass(eq=False)
class Walled(PlatformError):
    """A wall keeps you away from this organization's data."""

    rule: str
    code: ClassVar[str] = "walled"
    hint: ClassVar[str] = (
        "Your declared interests or past work conflict with this customer; ask your manager for other work."
    )


@dataclass(eq=False)
class OnHold(PlatformError):
    """Work for this customer is on hold."""

    code: ClassVar[str] = "on-hold"
    hint: ClassVar[str] = (
        "What you hold and what you wrote is kept; it is yours again when the customer's owner lets work go on."
    )

    def __str__(self) -> str:
        return (
            "The ownership of somebody this customer relies on changed; its owner has been asked whether work goes on."
        )


class Grants:
    """Mints grants, each as one committed statement."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def to_person(
        self, actor: Actor, purpose: Purpose, objects: Iterable[UUID], action: Action = Action.ASSET_RELEASE
    ) -> Grant:
        """A grant for the person who asks. Raises Walled (and records the denial), OnHold or NotSignedIn."""
        named = _named(objects)
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "mint",
                token_sha256=actor.token_sha256,
                action=int(action),
                purpose=purpose.value,
                objects=list(named),
                now=self._clock.now(),
            )
        assert row is not None
        if row["status"] == "no-session":
            raise NotSignedIn()
        if row["status"] == "held":
            raise OnHold()
        if row["status"] == "walled":
            raise Walled(rule=row["rule"].split(":", 1)[0])
        return Grant(_place(row), row["organization_id"], row["person_id"], purpose, named)

    async def to_software(
        self, organization_id: UUID, purpose: Purpose, objects: Iterable[UUID], action: Action = Action.ASSET_RELEASE
    ) -> Grant:
        """A grant for the software itself: the check of an answer, a release, a relay."""
        named = _named(objects)
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "mint_for_software",
                organization_id=organization_id,
                action=int(action),
                purpose=purpose.value,
                objects=list(named),
                now=self._clock.now(),
            )
        assert row is not None
        return Grant(_place(row), organization_id, None, purpose, named)


def of_claim(row: Any, purpose: Purpose = Purpose.LABEL) -> Grant:
    """The grant that a claim, a submit or a reopening minted inside its own statement, which has committed."""
    place = f"{row['grant_xid']}.{row['grant_id']}"
    return Grant(place, row["organization_id"], row["person_id"], purpose, frozenset({row["task_id"]}))


def _place(row: Any) -> str:
    return f"{row['xid']}.{row['id']}"


def _named(objects: Iterable[UUID]) -> frozenset[UUID]:
    named = frozenset(objects)
    if len(named) > OBJECTS_MAX:
        raise LimitReached(limit="objects of one grant", allowed=OBJECTS_MAX)
    return named
