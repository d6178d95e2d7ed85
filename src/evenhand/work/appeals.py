"""Appeals: somebody says why a decision on their own work is wrong, and somebody else than who decided answers, by a deadline.

Who answers is checked where the answer is written, under the appeal's lock, and by a constraint of its row (decision 19).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import Conflict, Malformed, NotAllowed, NotFound, NotSignedIn, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.model import AnotherPersonNeeded
from evenhand.work.ontologies import Ontologies
from evenhand.work.rulings import APPEAL_WITHIN, Rulings
from evenhand.work.shapes.appeals import Appeal, AppealAnswer, AppealKind, Evidence

_queries = Queries.of("evenhand.work")
ANSWER_WITHIN = timedelta(days=7)


class Appeals:
    """The verbs of appeals."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        rulings: Rulings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._rulings = rulings
        self._clock = clock

    async def file(
        self, actor: Actor, kind: AppealKind, subject_id: UUID, statement: str, appeal_id: UUID | None = None
    ) -> UUID:
        """Appeal against a decision on one's own work, once. Raises NotFound, and Conflict where it is too late or was done."""
        if not statement.strip():
            message, remedy = "An appeal says why.", "Send a sentence or two."
            raise Malformed([Problem("/statement", "missing", message, remedy)])
        now = self._clock.now()
        appeal_id = appeal_id or fresh_id(now)
        unknown = NotFound(kind=kind, id=str(subject_id))
        async with self._database.tenant(actor.organization_id) as connection:
            project_id = await _queries.value(
                connection,
                "subject_of_appeal",
                organization_id=actor.organization_id,
                subject_id=subject_id,
                person_id=actor.person_id,
            )
        if project_id is None:
            raise unknown
        key_id, sealed = await self._rulings.sealed(actor, project_id, Kind.APPEAL, appeal_id, statement)
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "appeal_file",
                token_sha256=actor.token_sha256,
                appeal_id=appeal_id,
                kind=kind,
                subject_id=subject_id,
                chunk_key_id=key_id,
                sealed=sealed,
                within=APPEAL_WITHIN,
                answer_within=ANSWER_WITHIN,
                now=now,
            )
        assert row is not None
        match row["status"]:
            case "no-session":
                raise NotSignedIn()
            case "not-allowed":
                raise NotAllowed(permission="task.label")
            case "no-decision":
                raise unknown
            case "appealed":
                raise Conflict(kind="appeal", reason="there is one against this decision already")
            case "late":
                raise Conflict(
                    kind="appeal", reason=f"it comes later than {APPEAL_WITHIN.days} days after the decision"
                )
        return appeal_id

    async def answer(self, actor: Actor, appeal_id: UUID, outcome: str, reason: str, note: str | None = None) -> Appeal:
        """Uphold the decision, or overturn it, which undoes it. The same answer again changes nothing.

        Raises AnotherPersonNeeded for whoever decided or appeals, NotFound, and Conflict where it was answered.
        """
        row = await self._row(actor, appeal_id)
        key_id, sealed = await self._rulings.sealed(actor, row["project_id"], Kind.APPEAL_ANSWER, appeal_id, note)
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "appeal_answer",
                token_sha256=actor.token_sha256,
                appeal_id=appeal_id,
                outcome=outcome,
                reason=reason,
                chunk_key_id=key_id,
                sealed=sealed,
                now=self._clock.now(),
            )
        match status:
            case "no-session":
                raise NotSignedIn()
            case "not-allowed":
                raise NotAllowed(permission="task.manage")
            case "no-appeal":
                raise NotFound(kind="appeal", id=str(appeal_id))
            case "same-person":
                raise AnotherPersonNeeded(appeal_id=appeal_id, deciders=_left(await self._deciders(actor), row))
            case "answered":
                raise Conflict(kind="appeal", reason="it was answered already")
        return (await self._shown(actor, [await self._row(actor, appeal_id)], is_own=False))[0]

    async def in_organization(self, actor: Actor, *, is_open: bool) -> list[Appeal]:
        """The organization's appeals: open ones by their deadline, or answered ones newest first. The look is recorded."""
        return await self._shown(actor, await self._rows(actor, is_open=is_open), is_own=False)

    async def mine(self, actor: Actor) -> list[Appeal]:
        """The appeals of whoever asks, open ones first."""
        return await self._shown(actor, await self._rows(actor, person_id=actor.person_id), is_own=True)

    # ----------------------------------------------------------------------------------------------------- internals --
    async def _rows(
        self,
        actor: Actor,
        *,
        person_id: UUID | None = None,
        appeal_id: UUID | None = None,
        is_open: bool | None = None,
    ) -> Sequence[Any]:
        async with self._database.tenant(actor.organization_id) as connection:
            return await _queries.rows(
                connection,
                "appeals",
                organization_id=actor.organization_id,
                person_id=person_id,
                appeal_id=appeal_id,
                is_open=is_open,
            )

    async def _row(self, actor: Actor, appeal_id: UUID) -> Any:
        rows = await self._rows(actor, appeal_id=appeal_id)
        if not rows:
            raise NotFound(kind="appeal", id=str(appeal_id))
        return rows[0]

    async def _deciders(self, actor: Actor) -> Sequence[Any]:
        async with self._database.tenant(actor.organization_id) as connection:
            return await _queries.rows(connection, "appeal_deciders", organization_id=actor.organization_id)

    async def _shown(self, actor: Actor, rows: Sequence[Any], *, is_own: bool) -> list[Appeal]:
        if not rows:
            return []
        tasks = {row["task_id"] for row in rows if row["task_id"] is not None}
        named = {row[each] for row in rows for each in ("appeal_id", "project_id")}
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [*tasks, *named][:500])
        sealed = [each for row in rows for each in _sealed(row)]
        contents = iter([json.loads(each) for each in await self._vault.open(grant, sealed)])
        opened = [{name: next(contents) for name in _PARTS if row[_column(name)] is not None} for row in rows]
        said = {row["subject_id"]: each["ruling"] for row, each in zip(rows, opened, strict=True) if "ruling" in each}
        evidence = await self._rulings.evidence(
            actor, [row["subject_id"] for row in rows], is_own=is_own, contents=said
        )
        deciders = [] if is_own else await self._deciders(actor)
        now = self._clock.now()
        return [
            await self._appeal(actor, row, each, evidence[row["subject_id"]], deciders, now, is_own=is_own)
            for row, each in zip(rows, opened, strict=True)
        ]

    async def _appeal(
        self,
        actor: Actor,
        row: Any,
        opened: dict[str, Any],
        evidence: list[Evidence],
        deciders: Sequence[Any],
        now: datetime,
        *,
        is_own: bool,
    ) -> Appeal:
        summaries: dict[str, str] = {}
        for name in ("own", "instead"):
            if name in opened:
                version = row[f"{name}_version"]
                ontology = await self._ontologies.get(actor.organization_id, row["project_id"], version)
                summaries[name] = ontology.summary(opened[name]["answers"])
        note = opened.get("ruling") or opened.get("note")
        is_open = row["answered_at"] is None
        answer: AppealAnswer | None = None
        if not is_open:
            answer = {
                "outcome": row["outcome"],
                "reason": row["reason"],
                "note": opened["answer"]["text"] if "answer" in opened else None,
                "by": None if is_own else row["judge"],
                "at": rfc3339(row["answered_at"]),
            }
        return {
            "id": str(row["appeal_id"]),
            "kind": row["kind"],
            "subject_id": str(row["subject_id"]),
            "project_id": str(row["project_id"]),
            "project": opened["project"]["name"],
            "task_id": str(row["task_id"]) if row["task_id"] else None,
            "person": row["pseudonym"],
            "decided_by": None if is_own else row["decided_by_name"],
            "state": row["outcome"] or "open",
            "filed_at": rfc3339(row["filed_at"]),
            "due_at": rfc3339(row["due_at"]),
            "overdue": is_open and row["due_at"] <= now,
            "statement": opened["statement"]["text"],
            "reason": row["decided_reason"],
            "note": (note["text"] or None) if note else None,
            "decided_at": rfc3339(row["decided_at"]),
            "verdict": row["verdict"],
            "evidence": evidence,
            "answers": opened["own"]["answers"] if "own" in opened else None,
            "summary": summaries.get("own"),
            "instead": opened["instead"]["answers"] if "instead" in opened else None,
            "instead_summary": summaries.get("instead"),
            "may_answer": not is_own and is_open and actor.person_id not in (row["decided_by"], row["person_id"]),
            "deciders": _left(deciders, row),
            "answer": answer,
        }


# What is sealed of an appeal: its name, the kind of the row, the column of its id, whether a task covers it.
_PARTS: dict[str, tuple[Kind, str, str, bool]] = {
    "project": (Kind.PROJECT, "project_id", "project_key_id", False),
    "statement": (Kind.APPEAL, "appeal_id", "chunk_key_id", False),
    "answer": (Kind.APPEAL_ANSWER, "appeal_id", "answer_key_id", False),
    "ruling": (Kind.RULING, "subject_id", "ruling_key_id", False),
    "note": (Kind.REMARK, "remark_id", "note_key_id", True),
    "own": (Kind.ANNOTATION, "own_id", "own_key_id", True),
    "instead": (Kind.ANNOTATION, "instead_id", "instead_key_id", True),
}


def _column(name: str) -> str:
    return {"statement": "sealed", "answer": "answer"}.get(name, f"{name}_sealed")


def _sealed(row: Any) -> list[Sealed]:
    found = []
    for name, (kind, id_column, key_column, is_of_task) in _PARTS.items():
        content = row[_column(name)]
        if content is not None:
            covered_by = row["task_id"] if is_of_task else row["appeal_id"]
            found.append(
                Sealed(
                    row["organization_id"],
                    row["project_id"],
                    row[id_column],
                    kind,
                    row[key_column],
                    content,
                    covered_by=covered_by,
                )
            )
    return found


def _left(deciders: Sequence[Any], row: Any) -> list[str]:
    """Who of them neither decided nor appeals."""
    return [each["pseudonym"] for each in deciders if each["person_id"] not in (row["decided_by"], row["person_id"])]
