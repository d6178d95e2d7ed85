"""Mail that waits: a hold, or a silence, of which those who answer for a customer hear by e-mail too.

It is written in the transaction of what it tells, by person; whoever sends it opens the address then, on record. At least once:
what is killed between sending and its note is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

import structlog

from evenhand.people.members import Members
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.key_service import KeyServiceUnavailable

_queries = Queries.of("evenhand.people")
ROUND_SECONDS = 5.0
_AT_ONCE = 50

# Where each kind of mail leads.
_PAGES: Mapping[str, str] = {"hold.opened": "/holds", "silence.began": "/trust"}

log = structlog.get_logger(__name__)


class Post(Protocol):
    """Whatever sends a mail with one link; `http` has it."""

    @property
    def is_set_up(self) -> bool:
        """Whether there is a server to send by."""

    async def send_link(self, kind: str, to: str, link: str) -> bool:
        """Send one; whether it went out."""


class Mailing:
    """Sends what is due. Any number of workers may run it."""

    def __init__(self, database: Database, members: Members, post: Post, address: str, clock: Clock) -> None:
        self._database = database
        self._members = members
        self._post = post
        self._address = address
        self._clock = clock

    async def send_waiting(self) -> bool:
        """A round of the worker; whether there may be more. Without a server nothing waits: the pages tell it alone."""
        async with self._database.statement() as connection:
            rows = await _queries.rows(connection, "mail_due", now=self._clock.now(), max=_AT_ONCE)
        due: dict[UUID, list[tuple[UUID, UUID, str]]] = {}
        for row in rows:
            due.setdefault(row["organization_id"], []).append((row["mail_id"], row["person_id"], row["kind"]))
        for organization_id, mails in due.items():
            await self._send(organization_id, mails)
        return len(rows) == _AT_ONCE

    async def _send(self, organization_id: UUID, mails: list[tuple[UUID, UUID, str]]) -> None:
        addresses: dict[UUID, str] = {}
        if self._post.is_set_up:
            try:
                addresses = await self._members.addresses(organization_id, {person_id for _, person_id, _ in mails})
            except KeyServiceUnavailable as error:
                log.warning("mail.waits", organization_id=str(organization_id), reason=error.reason)
                return
        for mail_id, person_id, kind in mails:
            to = addresses.get(person_id)
            # Whoever has left meanwhile is not written to.
            if to is None or await self._post.send_link(kind, to, self._address + _PAGES[kind]):
                async with self._database.tenant(organization_id) as connection:
                    await _queries.run(connection, "mail_drop", organization_id=organization_id, mail_id=mail_id)
