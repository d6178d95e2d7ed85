"""Rulings: an answer rejected, or a person removed from a project, with a coded reason and evidence; each may be appealed.

Each is one statement of `offers.sql`, under the exclusive gate (decision 19).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant
from evenhand.boundary.permission import Permission
from evenhand.boundary.shapes import Page
from evenhand.core.errors import Conflict, Malformed, NotAllowed, NotFound, NotSignedIn, PlatformError, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.guidelines import Guidelines
from evenhand.work.markdown_headings import headings_of
from evenhand.work.shapes.appeals import (
    AppealState,
    Evidence,
    EvidenceKind,
    PossibleEvidence,
    PossibleItem,
    Ruling,
    SignalKind,
    StandingSignal,
)

_queries = Queries.of("evenhand.work")
APPEAL_WITHIN = timedelta(days=14)
EVIDENCE_OF_A_KIND_MAX = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One item of evidence. id: see `shapes.appeals.Evidence`; a passage has version and heading instead, a signal its kind.

    count, out_of: of a signal, as the server read it.
    """

    kind: EvidenceKind
    id: UUID | None = None
    signal: SignalKind | None = None
    count: int | None = None
    out_of: int | None = None
    version: int | None = None
    heading: str | None = None


class Signals(Protocol):
    """The port that `insight` fills: the signals that stand for a person in a project, one of a kind at most."""

    async def __call__(self, organization_id: UUID, project_id: UUID, person_id: UUID) -> Sequence[StandingSignal]:
        """As the newest fit found them."""


class Rulings:
    """The verbs of rulings."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        guidelines: Guidelines,
        signals: Signals,
        clock: Clock,
    ) -> None:
        self._signals = signals
        self._database = database
        self._vault = vault
        self._grants = grants
        self._guidelines = guidelines
        self._clock = clock

    async def reject(
        self,
        actor: Actor,
        project_id: UUID,
        task_id: UUID,
        annotation_id: UUID,
        reason: str,
        evidence: Sequence[Item],
        note: str | None = None,
        ruling_id: UUID | None = None,
    ) -> UUID:
        """Reject an answer: it counts no more, and another one is asked for. Raises NotFound, Malformed (evidence), Conflict."""
        given = {"task_id": task_id, "annotation_id": annotation_id}
        missing = {"no-answer": NotFound(kind="annotation", id=str(annotation_id))}
        author = await self._author(actor, project_id, annotation_id) if _names_signals(evidence) else None
        facts = await self._facts(actor, project_id, given, reason, evidence, note, ruling_id, author)
        async with self._database.statement() as connection:
            row = await _queries.row(connection, "answer_reject", **facts)
        assert row is not None
        _refuse(row["status"], row["lacks"], missing)
        return cast(UUID, facts["ruling_id"])

    async def remove(
        self,
        actor: Actor,
        project_id: UUID,
        person_id: UUID,
        reason: str,
        evidence: Sequence[Item],
        note: str | None = None,
        ruling_id: UUID | None = None,
    ) -> UUID:
        """Remove a person from a project; what they did stays, and is owed. Raises NotFound, Malformed (evidence), Conflict."""
        missing: dict[str, PlatformError] = {
            "no-person": NotFound(kind="person", id=str(person_id)),
            "no-project": NotFound(kind="project", id=str(project_id)),
        }
        given = {"person_id": person_id}
        facts = await self._facts(actor, project_id, given, reason, evidence, note, ruling_id, person_id)
        async with self._database.statement() as connection:
            row = await _queries.row(connection, "person_remove", **facts)
        assert row is not None
        _refuse(row["status"], row["lacks"], missing)
        return cast(UUID, facts["ruling_id"])

    async def _facts(
        self,
        actor: Actor,
        project_id: UUID,
        given: Mapping[str, Any],
        reason: str,
        evidence: Sequence[Item],
        note: str | None,
        ruling_id: UUID | None,
        person_id: UUID | None,
    ) -> dict[str, Any]:
        """What both statements are given. Raises Malformed (evidence), NotAllowed."""
        _check(evidence)
        await self._check_passages(actor, project_id, evidence)
        evidence, standing = await self._read_signals(actor, project_id, person_id, evidence)
        now = self._clock.now()
        ruling_id = ruling_id or fresh_id(now)
        headings = {str(no): each.heading for no, each in enumerate(evidence, 1) if each.heading is not None}
        key_id, sealed = await self.sealed(actor, project_id, Kind.RULING, ruling_id, note, headings, standing)
        return {
            **given,
            "token_sha256": actor.token_sha256,
            "project_id": project_id,
            "ruling_id": ruling_id,
            "reason": reason,
            "chunk_key_id": key_id,
            "sealed": sealed,
            "kinds": [each.kind for each in evidence],
            "subjects": [each.id for each in evidence],
            "versions": [each.version for each in evidence],
            "signals": [each.signal for each in evidence],
            "counts": [each.count for each in evidence],
            "out_of": [each.out_of for each in evidence],
            "now": now,
        }

    async def _author(self, actor: Actor, project_id: UUID, annotation_id: UUID) -> UUID:
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            found: UUID | None = await _queries.value(connection, "author_of", **facts, annotation_id=annotation_id)
        if found is None:
            raise NotFound(kind="annotation", id=str(annotation_id))
        return found

    async def _read_signals(
        self, actor: Actor, project_id: UUID, person_id: UUID | None, evidence: Sequence[Item]
    ) -> tuple[list[Item], dict[str, StandingSignal]]:
        """(evidence with what each signal reads now; the same whole, by its number). Raises Malformed where one does not stand.

        Whoever may not read of people's quality learns nothing by naming signals: NotAllowed.
        """
        if not _names_signals(evidence):
            return [*evidence], {}
        if Permission.QUALITY_READ not in actor.permissions:
            raise NotAllowed(permission=Permission.QUALITY_READ)
        found = [] if person_id is None else await self._signals(actor.organization_id, project_id, person_id)
        now = {each["signal"]: each for each in found}
        problems = [
            Problem(
                f"/evidence/{index}/signal",
                "bad_value",
                f"“{each.signal}” does not stand for this person in this project.",
                f"Name one that stands: {', '.join(sorted(now))}." if now else "None stands; name other evidence.",
                tuple(sorted(now)),
            )
            for index, each in enumerate(evidence)
            if each.signal is not None and each.signal not in now
        ]
        if problems:
            raise Malformed(problems)
        read = [
            replace(each, count=now[each.signal]["count"], out_of=now[each.signal]["out_of"]) if each.signal else each
            for each in evidence
        ]
        return read, {str(no): now[each.signal] for no, each in enumerate(read, 1) if each.signal}

    async def _check_passages(self, actor: Actor, project_id: UUID, evidence: Sequence[Item]) -> None:
        """Raises Malformed where a passage's version has no such heading."""
        problems = []
        headings: dict[int, list[str]] = {}
        for index, each in enumerate(evidence):
            if each.kind != "guideline" or each.version is None:
                continue
            if each.version not in headings:
                try:
                    found = await self._guidelines.get(actor, project_id, each.version)
                except NotFound as error:
                    if error.kind == "project":
                        raise
                    found = None
                headings[each.version] = headings_of(found["markdown"]) if found is not None else []
            if each.heading not in headings[each.version]:
                message = f"Version {each.version} of the guidelines has no such heading."
                remedy = "Send one of its headings, word for word."
                problems.append(Problem(f"/evidence/{index}/heading", "bad_value", message, remedy))
        if problems:
            raise Malformed(problems)

    async def sealed(
        self,
        actor: Actor,
        project_id: UUID,
        kind: Kind,
        object_id: UUID,
        text: str | None,
        headings: Mapping[str, str] | None = None,
        signals: Mapping[str, StandingSignal] | None = None,
    ) -> tuple[UUID | None, bytes | None]:
        """(key, sealed text) under the project's own key; None for no text. Raises NotFound where there is no such project.

        headings, signals: of passages of guidelines and of signals among the evidence, by its number.
        """
        if not text and not headings and not signals:
            return None, None
        async with self._database.tenant(actor.organization_id) as connection:
            facts = {"organization_id": actor.organization_id, "project_id": project_id}
            if await _queries.value(connection, "present_version", **facts) is None:
                raise NotFound(kind="project", id=str(project_id))
            key = await self._vault.writing_key(connection, actor.organization_id, project_id)
        said = {
            "text": text or "",
            **({"headings": dict(headings)} if headings else {}),
            **({"signals": dict(signals)} if signals else {}),
        }
        content = json.dumps(said, ensure_ascii=False).encode()
        return key.id, self._vault.seal(key, content, kind=kind, object_id=object_id)

    async def withdraw(self, actor: Actor, project_id: UUID, ruling_id: UUID) -> None:
        """Take a ruling back: the answer counts again, the person is back. Raises NotFound, Conflict where it stands no more."""
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "ruling_withdraw",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                ruling_id=ruling_id,
                now=self._clock.now(),
            )
        _refuse(status, None, {"no-ruling": NotFound(kind="ruling", id=str(ruling_id))})

    # ------------------------------------------------------------------------------------------------------ reading --
    async def page(self, actor: Actor, project_id: UUID, cursor: str | None, limit: int) -> Page[Ruling]:
        """The rulings in a project, newest first. Raises NotFound."""
        async with self._database.tenant(actor.organization_id) as connection:
            facts = {"organization_id": actor.organization_id, "project_id": project_id}
            if await _queries.value(connection, "present_version", **facts) is None:
                raise NotFound(kind="project", id=str(project_id))
        return await self._page(actor, cursor, limit, project_id=project_id)

    async def against_me(self, actor: Actor, cursor: str | None, limit: int) -> Page[Ruling]:
        """What was decided against whoever asks, newest first: with reason and evidence, and nothing that tells hidden gold."""
        return await self._page(actor, cursor, limit, person_id=actor.person_id)

    async def _page(
        self,
        actor: Actor,
        cursor: str | None,
        limit: int,
        project_id: UUID | None = None,
        person_id: UUID | None = None,
    ) -> Page[Ruling]:
        keys = decode_cursor(cursor, instant, UUID)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "rulings",
                organization_id=actor.organization_id,
                project_id=project_id,
                person_id=person_id,
                ids=None,
                before_at=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
        page = rows[:limit]
        more = encode_cursor(page[-1]["at"].isoformat(), page[-1]["ruling_id"]) if len(rows) > limit else None
        notes = await self._notes(actor, [row for row in page if row["sealed"] is not None])
        evidence = await self.evidence(
            actor, [row["ruling_id"] for row in page], is_own=person_id is not None, contents=notes
        )
        now = self._clock.now()
        items = [
            _ruling(
                row,
                evidence[row["ruling_id"]],
                notes.get(row["ruling_id"], {}).get("text") or None,
                now,
                is_own=person_id is not None,
            )
            for row in page
        ]
        return {"items": items, "next_cursor": more}

    async def possible(self, actor: Actor, project_id: UUID, person_id: UUID) -> PossibleEvidence:
        """What of a person in a project a decision against them may rest on. Raises NotFound."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        person = {"organization_id": actor.organization_id, "person_id": person_id}
        async with self._database.tenant(actor.organization_id) as connection:
            if await _queries.value(connection, "present_version", **facts) is None:
                raise NotFound(kind="project", id=str(project_id))
            if not await _queries.value(connection, "is_member", **person):
                raise NotFound(kind="person", id=str(person_id))
            rows = await _queries.rows(
                connection, "possible_evidence", **facts, person_id=person_id, limit=EVIDENCE_OF_A_KIND_MAX
            )
            version: int = await _queries.value(connection, "guidelines_read", **facts, person_id=person_id)
        texts = await self._remarks(
            actor, [{**row, "project_id": project_id} for row in rows if row["kind"] == "remark"]
        )
        found = await self._guidelines.get(actor, project_id, version) if version else None
        items: list[PossibleItem] = [
            {
                "kind": row["kind"],
                "id": str(row["subject_id"]),
                "task_id": str(row["task_id"]) if row["task_id"] is not None else None,
                "at": rfc3339(row["at"]),
                "is_right": row["is_right"],
                "verdict": row["verdict"],
                "reason": row["reason"],
                "text": texts.get(row["subject_id"]),
            }
            for row in rows
        ]
        headings = headings_of(found["markdown"]) if found is not None else []
        signals = [*await self._signals(actor.organization_id, project_id, person_id)]
        return {"items": items, "signals": signals, "guideline_version": version, "headings": headings}

    async def evidence(
        self,
        actor: Actor,
        ruling_ids: Sequence[UUID],
        *,
        is_own: bool,
        contents: Mapping[UUID, Mapping[str, Any]],
    ) -> dict[UUID, list[Evidence]]:
        """The evidence of some rulings. is_own: for whom they are against, who does not learn which tasks are hidden gold.

        contents: what is sealed with each, opened.
        """
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "evidence", organization_id=actor.organization_id, ruling_ids=list(ruling_ids)
            )
        texts = await self._remarks(actor, [row for row in rows if row["sealed"] is not None])
        found: dict[UUID, list[Evidence]] = defaultdict(list)
        for row in rows:
            is_secret = is_own and row["gold_kind"] == "hidden"
            headings = contents.get(row["ruling_id"], {}).get("headings", {})
            found[row["ruling_id"]].append(
                {
                    "kind": row["kind"],
                    "id": str(row["subject_id"]) if row["subject_id"] is not None and not is_secret else None,
                    "task_id": str(row["task_id"]) if row["task_id"] is not None and not is_secret else None,
                    "verdict": row["verdict"],
                    "reason": row["reason"],
                    "text": texts.get(row["subject_id"]),
                    "version": row["version"],
                    "heading": headings.get(str(row["no"])),
                    "signal": row["signal"],
                    "count": row["count"],
                    "out_of": row["out_of"],
                    "standing": contents.get(row["ruling_id"], {}).get("signals", {}).get(str(row["no"])),
                }
            )
        return found

    async def _remarks(self, actor: Actor, rows: Sequence[Any]) -> dict[UUID, str]:
        """What remarks say, by their ids. A look at a task, or at a project's guidelines, covers those about it."""
        if not rows:
            return {}
        covers = {row["subject_id"]: row["task_id"] or row["project_id"] for row in rows}
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [*set(covers.values())])
        sealed = [
            Sealed(
                actor.organization_id,
                row["project_id"],
                row["subject_id"],
                Kind.REMARK,
                row["chunk_key_id"],
                row["sealed"],
                covered_by=covers[row["subject_id"]],
            )
            for row in rows
        ]
        opened = await self._vault.open(grant, sealed)
        return {row["subject_id"]: json.loads(each)["text"] for row, each in zip(rows, opened, strict=True)}

    async def _notes(self, actor: Actor, rows: Sequence[Any]) -> dict[UUID, dict[str, Any]]:
        if not rows:
            return {}
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [row["ruling_id"] for row in rows])
        sealed = [
            Sealed(actor.organization_id, row["project_id"], row["ruling_id"], Kind.RULING, row["chunk_key_id"], row["sealed"])
            for row in rows
        ]  # fmt: skip
        contents = await self._vault.open(grant, sealed)
        return {row["ruling_id"]: json.loads(each) for row, each in zip(rows, contents, strict=True)}


def _ruling(row: Any, evidence: list[Evidence], note: str | None, now: datetime, *, is_own: bool) -> Ruling:
    until = row["at"] + APPEAL_WITHIN
    may_appeal = row["appeal_id"] is None and row["overturned_at"] is None and until > now
    state = cast(AppealState, row["outcome"] or "open") if row["appeal_id"] is not None else None
    return {
        "id": str(row["ruling_id"]),
        "kind": row["kind"],
        "project_id": str(row["project_id"]),
        "task_id": str(row["task_id"]) if row["task_id"] else None,
        "annotation_id": str(row["annotation_id"]) if row["annotation_id"] else None,
        "person": row["pseudonym"],
        "decided_by": None if is_own else row["decided_by_name"],
        "reason": row["reason"],
        "note": note,
        "evidence": evidence,
        "at": rfc3339(row["at"]),
        "overturned_at": rfc3339(row["overturned_at"]) if row["overturned_at"] else None,
        "appeal": state,
        "appeal_until": rfc3339(until) if may_appeal else None,
    }


def _check(evidence: Sequence[Item]) -> None:
    """Raises Malformed where an item is no thing with an id, no passage with its version, and no signal by its kind alone."""
    problems = []
    for index, each in enumerate(evidence):
        wanted = {"signal": {"signal"}, "guideline": {"version", "heading"}}.get(each.kind, {"id"})
        parts = ("id", "signal", "count", "out_of", "version", "heading")
        if {name for name in parts if getattr(each, name) is not None} != wanted:
            message = "A signal has signal alone; a guideline version and heading; everything else an id alone."
            problems.append(Problem(f"/evidence/{index}", "bad_value", message, "Send one or the other."))
    if problems:
        raise Malformed(problems)


def _names_signals(evidence: Sequence[Item]) -> bool:
    return any(each.signal is not None for each in evidence)


_WHY = {
    "own": ("ruling", "nobody decides on their own work"),
    "owner": ("person", "an owner cannot be removed; give them another role first"),
    "removed": ("person", "they were removed from this project already"),
    "rejected": ("annotation", "it was rejected already"),
    "changed": ("annotation", "its author answered again since; read the newest version"),
    "rework": ("annotation", "it is with its author again"),
    "accepted": ("annotation", "it counts for good: a reviewer accepted it, or its review deadline is over"),
    "gone": ("ruling", "it stands no more"),
}


def _refuse(status: str, lacks: int | None, missing: Mapping[str, PlatformError]) -> None:
    if status in missing:
        raise missing[status]
    match status:
        case "ok":
            return
        case "no-session":
            raise NotSignedIn()
        case "not-allowed":
            raise NotAllowed(permission="task.manage")
        case "evidence" if not lacks:
            message = "Signals and passages of guidelines alone are no evidence."
            remedy = "Add at least one answer, verdict, gold task, exam or remark of this person."
            raise Malformed([Problem("/evidence", "missing", message, remedy)])
        case "evidence":
            message = "This is nothing of this person's in this project."
            remedy = "Send the id of an answer, a verdict, a gold task they answered, an exam they sat or a remark of theirs."
            raise Malformed([Problem(f"/evidence/{(lacks or 1) - 1}/id", "bad_value", message, remedy)])
    kind, reason = _WHY[status]
    raise Conflict(kind=kind, reason=reason)
