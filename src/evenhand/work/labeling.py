"""The verbs of the queue: claim, draft, submit, skip, return, prolong, reopen.

Each is one statement of `functions.sql`; what Python adds is checking, sealing and opening. The order matters: an answer is
checked and sealed before the statement, the next item is opened after it, when its look is on record.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant
from evenhand.boundary.shapes import Page
from evenhand.core.errors import NotFound, NotSignedIn, PlatformError
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.origins import Origins, origins_of
from evenhand.ontology.suggestions import recorded, suggestions_of
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants, OnHold, Walled, of_claim
from evenhand.work.gold import is_right
from evenhand.work.media import with_addresses
from evenhand.work.model import (
    STAGES,
    AlreadyAnswered,
    AnswerRefused,
    LeaseExpired,
    LeaseRevoked,
    NotAMember,
    NotYours,
    ProjectPaused,
    RemovedFromProject,
    SkillMissing,
    State,
)
from evenhand.work.ontologies import Ontologies
from evenhand.work.remarks import Remarks
from evenhand.work.shapes.queue import (
    Assignment,
    Claim,
    ClaimStatus,
    Draft,
    LeaseEnded,
    MyAnswer,
    Submitted,
    Taught,
    VisibleItem,
)
from evenhand.work.shapes.stages import Stage
from evenhand.work.verdicts import earlier_verdict, verdicts_on

_queries = Queries.of("evenhand.work")
RETRY_AFTER_SECONDS = 5
_ITEMS_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What an annotator sends: answers and what is said about them. Times in ms are the client's claim.

    manner: how the answers were made, in the order of `manner.COUNTS`; None: not counted.
    shown: of suggestions, by id, whether they were on the screen.
    """

    ontology_version: int
    answers: list[dict[str, Any]]
    key: UUID
    active_ms: int = 0
    elapsed_ms: int = 0
    manner: Sequence[int] | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    shown: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """An item this process has dealt or read, kept to check the answer against."""

    item: dict[str, Any]
    chunk_key_id: UUID


class Labeling:
    """The annotator's verbs."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        remarks: Remarks,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._remarks = remarks
        self._clock = clock
        # A cache of what was just dealt; another process reads the task again, recording a check by the software.
        self._items: OrderedDict[tuple[UUID, UUID], Held] = OrderedDict()

    # ----------------------------------------------------------------------------------------------- claim and submit --
    async def claim(self, token_sha256: bytes, project_id: UUID, held: Sequence[UUID], stage: Stage = "label") -> Claim:
        """The next task for whoever holds this credential, to answer it: of the label stage, or of an exam."""
        row = await self.claimed(token_sha256, project_id, held, stage)
        return await self.dealt(row["status"], row, project_id, row["revision"], stage=stage)

    async def claimed(self, token_sha256: bytes, project_id: UUID, held: Sequence[UUID], stage: Stage) -> Any:
        """The row of a claim, nothing of it opened yet."""
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "claim",
                token_sha256=token_sha256,
                project_id=project_id,
                stage=STAGES[stage],
                held=list(held),
                now=self._clock.now(),
            )
        assert row is not None
        return row

    async def submit(
        self, actor: Actor, project_id: UUID, task_id: UUID, answer: Answer, *, next_: bool, held: Sequence[UUID]
    ) -> Submitted:
        """Record the answers, close the slot and take the next task.

        Raises AnswerRefused with every defect, LeaseExpired when somebody else took the slot, AlreadyAnswered,
        LeaseRevoked, NotYours. The same key twice returns the first result.
        """
        ontology = await self._ontologies.get(actor.organization_id, project_id, answer.ontology_version)
        kept = await self.item(actor, project_id, task_id)
        if problems := [each for each in ontology.check_answers(answer.answers, kept.item) if not each.is_warning]:
            raise AnswerRefused([each.under("/answers") for each in problems])
        canonical = ontology.canonical_answers(answer.answers, kept.item)
        votes = ontology.votes(canonical, kept.item)
        now = self._clock.now()
        annotation_id = fresh_id(now)
        is_hidden = await self._was_hidden(actor, task_id, kept.item)
        origins = origins_of(ontology, kept.item, canonical, is_hidden=is_hidden)
        suggestions = recorded(kept.item, answer.shown, is_hidden=is_hidden)
        said = {**answer.about, **_provenance(answer.about, origins, suggestions), "answers": canonical}
        content = json.dumps(said, ensure_ascii=False).encode()
        key = await self._vault.key_for(actor.organization_id, kept.chunk_key_id, task_id)
        sealed = self._vault.seal(key, content, kind=Kind.ANNOTATION, object_id=annotation_id)
        others = [each for each in held if each != task_id]
        given = {
            "token_sha256": actor.token_sha256,
            "project_id": project_id,
            "task_id": task_id,
            "answer_key": answer.key,
            "annotation_id": annotation_id,
            "chunk_key_id": key.id,
            "sealed": sealed,
            "digest": hashlib.sha256(sealed).digest(),
            "ontology_version": answer.ontology_version,
            "questions": [vote[0] for vote in votes],
            "codes": [vote[2] for vote in votes],
            "active_ms": answer.active_ms,
            "elapsed_ms": answer.elapsed_ms,
            "origins": origins.counts if suggestions else None,
            "manner": answer.manner,
            "next": next_,
            "held": others,
        }
        row = await self._submitted(given)
        if row["status"] == "lease-expired":
            await self.resume(actor, project_id, task_id)
            row = await self._submitted(given)
        refuse(row["status"], task_id)
        following = None
        if next_:
            following = await self._following(actor, row, project_id, others)
        submitted: Submitted = {
            "status": row["status"],
            "annotation_id": str(row["annotation_id"]),
            "next": following,
        }
        if row["taught"] is not None:
            submitted["taught"] = await self._taught(actor, project_id, task_id, row, ontology, canonical)
        return submitted

    async def _taught(
        self, actor: Actor, project_id: UUID, task_id: UUID, row: Any, ontology: Ontology, given: list[dict[str, Any]]
    ) -> Taught:
        """What was right for a taught task that was just answered, and why; this look at it is on record like any other."""
        grant = await self._grants.to_person(actor, Purpose.TEACH, [task_id])
        key_id, version = row["taught_chunk_key_id"], row["taught_version"]
        sealed = Sealed(actor.organization_id, project_id, task_id, Kind.GOLD, key_id, row["taught"], version)
        known = json.loads(await self._vault.open_one(grant, sealed))
        kept = await self.item(actor, project_id, task_id)
        return {
            "answers": known["answers"],
            "summary": ontology.summary(known["answers"]),
            "explanation": known["explanation"],
            "is_right": is_right(ontology, known, given, kept.item),
        }

    async def _was_hidden(self, actor: Actor, task_id: UUID, item: Mapping[str, Any]) -> bool:
        """Whether this person was dealt the task without its suggestions."""
        if not item.get("suggestions"):
            return False
        facts = {"organization_id": actor.organization_id, "task_id": task_id, "person_id": actor.person_id}
        async with self._database.tenant(actor.organization_id) as connection:
            share = await _queries.value(connection, "dealt_with_share", **facts)
        return self._is_hidden(actor.organization_id, task_id, share or 0.0)

    def _is_hidden(self, organization_id: UUID, task_id: UUID, share: float) -> bool:
        """By lot, the same for everybody, which nobody without the key can foretell; a larger share hides more, and none less."""
        if not share:
            return False
        lot = self._vault.lookup(organization_id, "suggestions", str(task_id))
        return int.from_bytes(lot[:8]) < share * 2**64

    async def _submitted(self, given: Mapping[str, Any]) -> Any:
        async with self._database.statement() as connection:
            return await _queries.row(connection, "submit", **given, now=self._clock.now())

    async def resume(self, actor: Actor, project_id: UUID, task_id: UUID) -> None:
        """A late answer counts while nobody has taken the slot: what was written is not thrown away.

        Raises LeaseExpired, ProjectPaused, OnHold or Walled.
        """
        async with self._database.statement() as connection:
            verdict = await _queries.value(
                connection,
                "lease_resume",
                token_sha256=actor.token_sha256,
                task_id=task_id,
                now=self._clock.now(),
            )
        if verdict == "paused":
            raise ProjectPaused(project_id=project_id)
        if verdict == "held":
            raise OnHold()
        if verdict == "walled":
            raise Walled(rule="conflict")
        if verdict == "gone":
            raise LeaseExpired(task_id=task_id)

    async def end_lease(
        self, actor: Actor, project_id: UUID, task_id: UUID, reason: str | None, note: str | None, *, next_: bool,
        held: Sequence[UUID],
    ) -> LeaseEnded:  # fmt: skip
        """Give a task back: with a reason it is skipped for good, without one it merely returns."""
        if note:
            await self._remarks.remark(actor, project_id, task_id, "skip", note, reason)
        others = [each for each in held if each != task_id]
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "lease_end",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                task_id=task_id,
                state=int(State.SKIPPED if reason else State.RETURNED),
                reason=reason,
                next=next_,
                held=others,
                now=self._clock.now(),
            )
        assert row is not None
        refuse(row["status"], task_id)
        following = None
        if next_:
            following = await self._following(actor, row, project_id, others)
        return {"status": "ok", "next": following}

    async def prolong(self, actor: Actor, task_id: UUID) -> str:
        """Keep the hold for another full lease; when it ends then."""
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "lease_prolong",
                token_sha256=actor.token_sha256,
                task_id=task_id,
                now=self._clock.now(),
            )
        assert row is not None
        if row["status"] == "gone":
            raise LeaseExpired(task_id=task_id)
        refuse(row["status"], task_id)
        return rfc3339(row["lease_until"])

    async def save_draft(
        self, actor: Actor, project_id: UUID, task_id: UUID, answers: list[dict[str, Any]], client_clock: int
    ) -> str:
        """Keep a draft on the server. Of two tabs the later clock wins."""
        kept = await self.item(actor, project_id, task_id)
        ontology_version = await self._present_version(actor, project_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, ontology_version)
        problems = ontology.check_answers(answers, kept.item, draft=True)
        if problems := [each for each in problems if not each.is_warning]:
            raise AnswerRefused([each.under("/answers") for each in problems])
        key = await self._vault.key_for(actor.organization_id, kept.chunk_key_id, task_id)
        now = self._clock.now()
        content = json.dumps({"answers": answers}, ensure_ascii=False).encode()
        async with self._database.statement() as connection:
            saved: str = await _queries.value(
                connection,
                "draft_save",
                token_sha256=actor.token_sha256,
                task_id=task_id,
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.DRAFT, object_id=task_id),
                clock=client_clock,
                now=now,
            )
        refuse(saved, task_id)
        return rfc3339(now)

    async def reopen(self, actor: Actor, project_id: UUID, task_id: UUID) -> Assignment:
        """Open one's own answer again: an assignment whose draft is the answer that stands."""
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "answer_reopen",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                task_id=task_id,
                now=self._clock.now(),
            )
        assert row is not None
        if row["status"] == "paused":
            raise ProjectPaused(project_id=project_id)
        refuse(row["status"], task_id)
        facts = {**dict(row), "task_id": task_id, "draft": None, "draft_at": None, "claimed_at": self._clock.now()}
        dealt = await self.dealt("ok", facts, project_id, row["revision"], Purpose.REOPEN)
        answer = Sealed(
            actor.organization_id,
            project_id,
            row["annotation_id"],
            Kind.ANNOTATION,
            row["answer_chunk_key_id"],
            row["answer"],
            covered_by=task_id,
        )
        content = json.loads(await self._vault.open_one(of_claim(facts, Purpose.REOPEN), answer))
        assignment = dealt["assignment"]
        assignment["draft"] = {"answers": content["answers"], "saved_at": rfc3339(self._clock.now())}
        return assignment

    async def my_answers(self, actor: Actor, project_id: UUID, cursor: str | None, limit: int) -> Page[MyAnswer]:
        """The person's own answers, newest first, in one line each."""
        keys = decode_cursor(cursor, instant, UUID)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "my_answers",
                organization_id=actor.organization_id,
                person_id=actor.person_id,
                project_id=project_id,
                before_at=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
        page = rows[:limit]
        items: list[MyAnswer] = []
        if not page:
            await self._present_version(actor, project_id)  # none in a project that is there; NotFound in any other
        else:
            grant = await self._grants.to_person(actor, Purpose.BROWSE, [row["task_id"] for row in page])
            sealed = [annotation_sealed(actor.organization_id, project_id, row) for row in page]
            for row, content in zip(page, await self._vault.open(grant, sealed), strict=True):
                ontology = await self._ontologies.get(actor.organization_id, project_id, row["ontology_version"])
                items.append(
                    {
                        "task_id": str(row["task_id"]),
                        "annotation_id": str(row["annotation_id"]),
                        "submitted_at": rfc3339(row["submitted_at"]),
                        "version": row["version"],
                        "summary": ontology.summary(json.loads(content)["answers"]),
                        "can_reopen": row["state"] == State.ANSWERED
                        and row["trashed_at"] is None
                        and not row["is_taught"]
                        and not row["is_staged"],
                    }
                )
        more = encode_cursor(page[-1]["submitted_at"].isoformat(), page[-1]["task_id"]) if len(rows) > limit else None
        return {"items": items, "next_cursor": more}

    # ----------------------------------------------------------------------------------------------------- internals --
    async def dealt(
        self,
        status: str | None,
        row: Any,
        project_id: UUID,
        revision: int | None,
        purpose: Purpose = Purpose.LABEL,
        stage: Stage = "label",
    ) -> Claim:
        """The claim's outcome for the caller; the item is opened here, after its look was committed."""
        if status == "skill-missing":
            raise await self._skill_missing(row, project_id, stage)
        if status != "ok" or revision is None:
            return _undealt(status or "empty", project_id, row)
        organization_id, task_id = row["organization_id"], row["task_id"]
        sealed = [
            Sealed(
                organization_id, project_id, task_id, Kind.TASK, row["chunk_key_id"], row["sealed"], row["task_version"]
            )
        ]
        written_at = row["draft_at"]
        standing = await self._standing(row) if purpose is Purpose.LABEL and revision > 1 else None
        if standing is not None and (row["draft"] is None or written_at <= standing["submitted_at"]):
            # An answer that was opened again and is dealt once more: it comes as it stands, not as an older draft.
            sealed.append(annotation_sealed(organization_id, project_id, standing))
            written_at = standing["submitted_at"]
        elif row["draft"] is not None:
            sealed.append(Sealed(organization_id, project_id, task_id, Kind.DRAFT, row["chunk_key_id"], row["draft"]))
        contents = await self._vault.open(of_claim(row, purpose), sealed)
        item = json.loads(contents[0])
        self._keep(organization_id, task_id, Held(item, row["chunk_key_id"]))
        ontology = await self._ontologies.get(organization_id, project_id, row["ontology_version"])
        draft: Draft | None = None
        if len(contents) > 1:
            draft = {"answers": json.loads(contents[1])["answers"], "saved_at": rfc3339(written_at)}
        assignment: Assignment = {
            "task_id": str(task_id),
            "project_id": str(project_id),
            "item": cast(VisibleItem, with_addresses(ontology.visible_item(item), ontology, project_id, task_id)),
            "suggestions": []
            if self._is_hidden(organization_id, task_id, row["suggestions_hidden"])
            else suggestions_of(item),
            "ontology_version": row["ontology_version"],
            "guideline_version": row["guideline_version"],
            "claimed_at": rfc3339(row["claimed_at"]),
            "lease_until": rfc3339(row["lease_until"]),
            "revision": revision,
            "seed": seed_of(task_id, row["person_id"]),
            "draft": draft,
            "grant_id": f"{row['grant_xid']}.{row['grant_id']}",
            "stage": stage,
        }
        if purpose is Purpose.LABEL and revision > 1:
            said = await verdicts_on(self._database, self._vault, of_claim(row), project_id, [task_id])
            own = [each for each in said if each[0]["author_id"] == row["person_id"]]
            assignment["verdicts"] = [earlier_verdict(each, note, {}) for each, note in own]
        return {"status": "ok", "assignment": assignment}

    async def _following(self, actor: Actor, row: Any, project_id: UUID, held: Sequence[UUID]) -> Claim:
        """What comes after an answer, which stands whatever it is: a skill that has just expired is refused at the next claim."""
        status, revision = row["next_status"], row["next_revision"]
        if status == "busy":  # what is left was in other hands: asked again with nothing held, it is waited for
            row = await self.claimed(actor.token_sha256, project_id, held, "label")
            status, revision = row["status"], row["revision"]
        if status == "skill-missing":
            return _undealt("empty", project_id, row)
        return await self.dealt(status, row, project_id, revision)

    async def _skill_missing(self, row: Any, project_id: UUID, stage: Stage) -> SkillMissing | RemovedFromProject:
        """The refusal that names the exams; or that they were removed, which no skill mends."""
        async with self._database.tenant(row["organization_id"]) as connection:
            facts = {"organization_id": row["organization_id"], "project_id": project_id, "person_id": row["person_id"]}
            if await _queries.value(connection, "is_removed", **facts):
                return RemovedFromProject(project_id=project_id)
            lacking = await _queries.rows(
                connection,
                "skills_lacking",
                project_id=project_id,
                stage=STAGES[stage],
                person_id=row["person_id"],
                now=self._clock.now(),
            )
        exams = dict.fromkeys(str(each["exam_project_id"]) for each in lacking if each["exam_project_id"])
        return SkillMissing(project_id=project_id, exams=list(exams))

    async def _standing(self, row: Any) -> Any:
        """This person's answer that stands for a task, still sealed."""
        async with self._database.tenant(row["organization_id"]) as connection:
            answers = await _queries.rows(
                connection, "annotations", organization_id=row["organization_id"], task_ids=[row["task_id"]]
            )
        return next((each for each in answers if each["person_id"] == row["person_id"]), None)

    async def item(self, actor: Actor, project_id: UUID, task_id: UUID) -> Held:
        """The item of a task this person works on, from memory or opened again by the software to check against."""
        kept = self._items.get((actor.organization_id, task_id))
        if kept is not None:
            return kept
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(
                connection,
                "task",
                organization_id=actor.organization_id,
                project_id=project_id,
                task_id=task_id,
            )
        if row is None:
            raise NotFound(kind="task", id=str(task_id))
        grant = await self._grants.to_software(actor.organization_id, Purpose.CHECK, [task_id], Action.ASSET_RENDER)
        sealed = Sealed(
            actor.organization_id, project_id, task_id, Kind.TASK, row["chunk_key_id"], row["sealed"], row["version"]
        )
        held = Held(json.loads(await self._vault.open_one(grant, sealed)), row["chunk_key_id"])
        self._keep(actor.organization_id, task_id, held)
        return held

    def _keep(self, organization_id: UUID, task_id: UUID, held: Held) -> None:
        self._items[organization_id, task_id] = held
        if len(self._items) > _ITEMS_KEPT:
            self._items.popitem(last=False)

    async def _present_version(self, actor: Actor, project_id: UUID) -> int:
        async with self._database.tenant(actor.organization_id) as connection:
            version: int | None = await _queries.value(
                connection, "present_version", organization_id=actor.organization_id, project_id=project_id
            )
        if version is None:
            raise NotFound(kind="project", id=str(project_id))
        return version


def _provenance(about: Mapping[str, Any], origins: Origins, suggestions: Sequence[Any]) -> dict[str, Any]:
    """How the answers came about: what the client says of it, but for the origin of each answer; and what was suggested."""
    said = about.get("provenance")
    kept = {name: each for name, each in said.items() if name != "answers"} if isinstance(said, Mapping) else {}
    if suggestions:
        return {"provenance": {**kept, "answers": origins.answers}, "suggestions": suggestions}
    return {"provenance": kept} if said is not None else {}


def annotation_sealed(organization_id: UUID, project_id: UUID, row: Any) -> Sealed:
    """A row of `annotation` on its way to the vault: covered by a grant that names its task."""
    return Sealed(
        organization_id,
        project_id,
        row["annotation_id"],
        Kind.ANNOTATION,
        row["chunk_key_id"],
        row["sealed"],
        covered_by=row["task_id"],
    )


def _undealt(status: str, project_id: UUID, row: Any) -> Claim:
    errors: dict[str, PlatformError] = {
        "no-session": NotSignedIn(),
        "no-project": NotFound(kind="project", id=str(project_id)),
        "not-a-member": NotAMember(project_id=project_id),
        "walled": Walled(rule="conflict"),
        "held": OnHold(),
    }
    if status in errors:
        raise errors[status]
    if status == "empty":
        return {"status": "empty", "retry_after_seconds": RETRY_AFTER_SECONDS}
    if status == "consent-needed":
        return {"status": "consent-needed", "guideline_version": row["guideline_version"]}
    return {"status": cast(ClaimStatus, status)}


def refuse(status: str, task_id: UUID) -> None:
    errors: dict[str, PlatformError] = {
        "no-session": NotSignedIn(),
        "lease-expired": LeaseExpired(task_id=task_id),
        "already-answered": AlreadyAnswered(task_id=task_id),
        "revoked": LeaseRevoked(task_id=task_id),
        "not-yours": NotYours(task_id=task_id),
        "walled": Walled(rule="conflict"),
        "held": OnHold(),
    }
    if status in errors:
        raise errors[status]


def seed_of(task_id: UUID, person_id: UUID) -> str:
    """What display orders are drawn from: the same for one person on one task, whatever is reloaded."""
    return hashlib.sha256(task_id.bytes + person_id.bytes).hexdigest()
