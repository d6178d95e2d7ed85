"""Who saw what, when and why, over a whole organization: read from the ledger's own entries, by pseudonym, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant, number
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.work.shapes.tasks import RecordedLook

_queries = Queries.of("evenhand.work")
WALKED_MAX = 5_000
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LooksWanted:
    """Which looks are asked for. who: a pseudonym. is_by_people: none of the software's. since is included, before is not."""

    who: str | None = None
    purpose: str | None = None
    object_id: UUID | None = None
    is_denied: bool = False
    is_by_people: bool = False
    since: datetime | None = None
    before: datetime | None = None


class LookBook:
    """The looks of an organization."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, actor: Actor, wanted: LooksWanted, cursor: str | None, size: int
    ) -> tuple[list[RecordedLook], str | None]:
        """A page, newest first, and where to go on.

        What no index orders is picked out of at most WALKED_MAX entries a page: where such looks are rare a page may be short, even
        empty, and there is still a next one. Raises Malformed for a cursor that is not ours.
        """
        at, xid, id_ = decode_cursor(cursor, instant, number, number) or (wanted.before or _LAST, 0, 0)
        facts = {"organization_id": actor.organization_id}
        async with self._database.tenant(actor.organization_id) as connection:
            commitment = None
            if wanted.who is not None:
                commitment = await _queries.value(connection, "actor_of", **facts, pseudonym=wanted.who)
                if commitment is None:
                    return [], None
            walked = WALKED_MAX if _is_picked(wanted) else size
            rows = await _queries.rows(
                connection,
                "looks_page",
                **facts,
                object_id=wanted.object_id,
                actor=commitment,
                denied=wanted.is_denied,
                people=wanted.is_by_people,
                purpose=wanted.purpose,
                since=wanted.since or _FIRST,
                at=at,
                xid=xid,
                id=id_,
                walked=walked,
                limit=size,
            )
        is_more = len(rows) == size or bool(rows and not rows[-1]["is_hit"])
        more = encode_cursor(rows[-1]["at"].isoformat(), rows[-1]["xid"], rows[-1]["id"]) if is_more else None
        return [_shown(row) for row in rows if row["is_hit"]], more


def _is_picked(wanted: LooksWanted) -> bool:
    """Whether the index that is walked holds others too than those that are asked for."""
    is_narrowed = wanted.who is not None and wanted.is_denied
    return wanted.purpose is not None or wanted.object_id is not None or wanted.is_by_people or is_narrowed


def _shown(row: Any) -> RecordedLook:
    many = row["object_ids"] or []
    return {
        "entry_id": row["entry_id"] or "",
        "entry": row["index"],
        "is_published": row["is_published"],
        "at": rfc3339(row["at"]),
        "who": row["pseudonym"],
        "is_person": row["is_person"],
        "is_visitor": row["role"] == "visitor",
        "vendor_id": str(row["vendor_id"]) if row["vendor_id"] else None,
        "action": Action(row["action"]).title,
        "purpose": row["purpose"],
        "object_id": str(row["object_id"]) if row["object_id"] else None,
        "objects": len(many) if many else int(row["object_id"] is not None),
        "decision": row["decision"],
        "rule": row["rule"],
    }
