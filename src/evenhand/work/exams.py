"""Skills and exams: what a project asks of its people, how it is earned, and for how long it holds.

An exam is a set of gold tasks that the exam stage of its project deals by the same claim and submit as work. The database marks an
answer in the transaction that takes it (`skills.sql`), so that an exam ends once however many answers come at once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant
from evenhand.boundary.shapes import Page
from evenhand.core.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.people.model import check_name
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.labeling import annotation_sealed
from evenhand.work.model import STAGES
from evenhand.work.ontologies import Ontologies
from evenhand.work.shapes.skills import (
    AskingStage,
    Basis,
    Exam,
    ExamSitting,
    Holder,
    MyExam,
    MySkill,
    Sitting,
    SittingTask,
    Skill,
    SkillNeeded,
)

_queries = Queries.of("evenhand.work")


@dataclass(frozen=True, slots=True)
class ExamTerms:
    """How an exam is passed. pass_mark: in (0, 1], of what `basis` says. valid_days: None: the skill does not expire."""

    skill_id: UUID
    gold: Sequence[UUID]
    tasks: int
    pass_mark: float = 0.8
    basis: Basis = "share"
    valid_days: int | None = 365
    retry_hours: int = 24
    is_open: bool = True


class Exams:
    """The verbs of skills and exams."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, ontologies: Ontologies, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._clock = clock

    # -------------------------------------------------------------------------------------------------------- skills --
    async def add_skill(self, actor: Actor, name: str, skill_id: UUID | None = None) -> UUID:
        """Name a skill; its id. Raises Conflict where the organization has one of that name."""
        name = check_name(name)
        now = self._clock.now()
        skill_id = skill_id or fresh_id(now)
        name_hash = self._vault.lookup(actor.organization_id, "skill", name.casefold())
        async with self._database.tenant(actor.organization_id) as connection:
            key = await self._vault.writing_key(connection, actor.organization_id, None)
            sealed = self._vault.seal(key, json.dumps({"name": name}).encode(), kind=Kind.SKILL, object_id=skill_id)
            found: UUID = await _queries.value(
                connection,
                "add_skill",
                organization_id=actor.organization_id,
                skill_id=skill_id,
                chunk_key_id=key.id,
                sealed=sealed,
                name_hash=name_hash,
                now=now,
            )
        if found != skill_id:
            raise Conflict(kind="skill", reason="there is one of that name")
        return skill_id

    async def skills(self, actor: Actor) -> list[Skill]:
        """Every skill of the organization with everybody who has it, or had it."""
        names = await self._names(actor)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "skill_holders", organization_id=actor.organization_id)
        holders: dict[UUID, list[Holder]] = defaultdict(list)
        now = self._clock.now()
        for row in rows:
            holders[row["skill_id"]].append(
                {
                    "person_id": str(row["person_id"]),
                    "annotator": row["pseudonym"],
                    "state": _state(row, now),
                    "granted_at": rfc3339(row["granted_at"]),
                    "expires_at": _until(row["expires_at"]),
                    "by_exam": row["sitting_id"] is not None,
                    "reason": row["reason"],
                }
            )
        return [{"id": str(id_), "name": name, "holders": holders[id_]} for id_, name in names.items()]

    async def my_skills(self, actor: Actor) -> list[MySkill]:
        """The skills of whoever asks."""
        names = await self._names(actor)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "skill_holders", organization_id=actor.organization_id)
        now = self._clock.now()
        return [
            {
                "id": str(row["skill_id"]),
                "name": names[row["skill_id"]],
                "state": _state(row, now),
                "granted_at": rfc3339(row["granted_at"]),
                "expires_at": _until(row["expires_at"]),
                "reason": row["reason"],
            }
            for row in rows
            if row["person_id"] == actor.person_id
        ]

    async def grant(self, actor: Actor, person_id: UUID, skill_id: UUID, expires_at: datetime | None) -> None:
        """Give a skill by hand. Raises NotFound."""
        await self._set(actor, person_id, skill_id, expires_at, None)

    async def revoke(self, actor: Actor, person_id: UUID, skill_id: UUID, reason: str) -> None:
        """Take a skill away: the next claim that needs it is refused. Raises NotFound, also where it is not held."""
        await self._set(actor, person_id, skill_id, None, reason)

    async def _set(
        self, actor: Actor, person_id: UUID, skill_id: UUID, expires_at: datetime | None, reason: str | None
    ) -> None:
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "skill_set",
                token_sha256=actor.token_sha256,
                person_id=person_id,
                skill_id=skill_id,
                expires_at=expires_at,
                reason=reason,
                now=self._clock.now(),
            )
        _refuse(status, "people.write", {"no-skill": ("skill", skill_id), "no-person": ("person", person_id),
                                         "not-held": ("skill", skill_id)})  # fmt: skip

    async def ask(
        self, actor: Actor, project_id: UUID, skill_ids: Sequence[UUID], stage: AskingStage = "label"
    ) -> list[SkillNeeded]:
        """Say which skills a stage of a project asks for before it deals work. Who lacks one is refused from the next claim on.

        Raises Conflict where the project has no such stage yet.
        """
        now = self._clock.now()
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "skills_ask",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                stage=STAGES[stage],
                queue_id=fresh_id(now),
                skills=list(skill_ids),
                now=now,
            )
        if status == "no-stage":
            raise Conflict(kind="project", reason="its workflow has no such stage yet: review some of its tasks first")
        _refuse(status, "project.write", {"no-project": ("project", project_id), "no-skill": ("skill", None)})
        return await self.asked(actor, project_id, stage)

    async def asked(self, actor: Actor, project_id: UUID, stage: AskingStage = "label") -> list[SkillNeeded]:
        """Which skills a stage of a project asks for, and where each can be earned."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "skills_asked",
                organization_id=actor.organization_id,
                project_id=project_id,
                stage=STAGES[stage],
            )
            is_there = await _queries.value(
                connection, "present_version", organization_id=actor.organization_id, project_id=project_id
            )
        if is_there is None:
            raise NotFound(kind="project", id=str(project_id))
        names = await self._names(actor) if rows else {}
        return [_needed(row["skill_id"], names[row["skill_id"]], row["exam_project_id"]) for row in rows]

    async def _names(self, actor: Actor) -> dict[UUID, str]:
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "skill_names", organization_id=actor.organization_id)
        if not rows:
            return {}
        grant = await self._grants.to_person(actor, Purpose.DIRECTORY, [row["skill_id"] for row in rows])
        sealed = [
            Sealed(actor.organization_id, None, row["skill_id"], Kind.SKILL, row["chunk_key_id"], row["sealed"])
            for row in rows
        ]
        contents = await self._vault.open(grant, sealed)
        return {row["skill_id"]: json.loads(each)["name"] for row, each in zip(rows, contents, strict=True)}

    # --------------------------------------------------------------------------------------------------------- exams --
    async def set_exam(self, actor: Actor, project_id: UUID, terms: ExamTerms) -> Exam:
        """Make the exam of a project, or change it. Its tasks are gold, and are dealt unannounced no more.

        Raises Conflict where a task is no gold or was dealt to somebody as such, and where there are fewer than one sitting deals.
        """
        from evenhand.quality.gold import passes_from

        needed = passes_from(terms.tasks, terms.pass_mark, terms.basis)
        if needed is None:
            reason = (
                f"not even {terms.tasks} right answers of {terms.tasks} reach the mark by their lower bound: ask more"
            )
            raise Conflict(kind="exam", reason=reason)
        now = self._clock.now()
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "exam_set",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                exam_id=fresh_id(now),
                queue_id=fresh_id(now),
                skill_id=terms.skill_id,
                gold=list(dict.fromkeys(terms.gold)),
                tasks=terms.tasks,
                pass_mark=terms.pass_mark,
                basis=terms.basis,
                needed=needed,
                valid_days=terms.valid_days,
                retry_hours=terms.retry_hours,
                open=terms.is_open,
                now=now,
            )
        if status == "not-gold":
            raise Conflict(kind="exam", reason="one of its tasks is no gold, or was dealt to somebody unannounced")
        if status == "too-few":
            raise Conflict(kind="exam", reason="it has fewer tasks than one sitting deals")
        _refuse(status, "task.manage", {"no-project": ("project", project_id), "no-skill": ("skill", terms.skill_id)})
        return await self.exam(actor, project_id)

    async def exam(self, actor: Actor, project_id: UUID) -> Exam:
        """The exam of a project. Raises NotFound where it has none."""
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(connection, "exam", organization_id=actor.organization_id, project_id=project_id)
        if row is None:
            raise NotFound(kind="exam", id=str(project_id))
        names = await self._names(actor)
        return {
            "skill": _needed(row["skill_id"], names[row["skill_id"]], project_id),
            "gold": [str(each) for each in row["gold"] or ()],
            "tasks": row["tasks"],
            "pass_mark": row["pass_mark"],
            "basis": row["basis"],
            "needed": row["needed"],
            "valid_days": row["valid_days"],
            "retry_hours": row["retry_hours"],
            "open": row["is_open"],
            "version": row["version"],
        }

    async def sittings(self, actor: Actor, project_id: UUID, cursor: str | None, limit: int) -> Page[ExamSitting]:
        """The attempts at the exam of a project, newest first, by pseudonym. Raises NotFound where it has no exam."""
        keys = decode_cursor(cursor, instant, UUID)
        async with self._database.tenant(actor.organization_id) as connection:
            exam = await _queries.row(connection, "exam", organization_id=actor.organization_id, project_id=project_id)
            rows = await _queries.rows(
                connection,
                "sittings",
                organization_id=actor.organization_id,
                project_id=project_id,
                before=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
        if exam is None:
            raise NotFound(kind="exam", id=str(project_id))
        page = rows[:limit]
        more = (
            encode_cursor(page[-1]["begun_at"].isoformat(), str(page[-1]["sitting_id"])) if len(rows) > limit else None
        )
        return {"items": [_sat(row) for row in page], "next_cursor": more}

    async def my_exams(self, actor: Actor) -> list[MyExam]:
        """The exams that whoever asks may take, how far they are, and what came of the last sitting."""
        now = self._clock.now()
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "my_exams", organization_id=actor.organization_id, person_id=actor.person_id
            )
        if not rows:
            return []
        names = await self._names(actor)
        grant = await self._grants.to_person(actor, Purpose.DIRECTORY, [row["project_id"] for row in rows])
        sealed = [
            Sealed(actor.organization_id, row["project_id"], row["project_id"], Kind.PROJECT, row["chunk_key_id"], row["sealed"])
            for row in rows
        ]  # fmt: skip
        projects = [json.loads(each)["name"] for each in await self._vault.open(grant, sealed)]
        found = []
        for row, project in zip(rows, projects, strict=True):
            last = await self._sitting(actor, row) if row["last_id"] is not None else None
            head = {"project_id": str(row["project_id"]), "project": project, "skill": names[row["skill_id"]]}
            found.append(cast(MyExam, {**head, **_standing(row, now), "last": last}))
        return found

    async def _sitting(self, actor: Actor, row: Any) -> Sitting:
        """The last sitting that ended, answer by answer; this look at the answers is on record."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "sitting_tasks",
                organization_id=actor.organization_id,
                sitting_id=row["last_id"],
                person_id=actor.person_id,
            )
        answered = [each for each in rows if each["sealed"] is not None]
        taught = [each for each in rows if each["gold_sealed"] is not None]
        opened: dict[tuple[str, UUID], dict[str, Any]] = {}
        if answered or taught:
            grant = await self._grants.to_person(actor, Purpose.TEACH, [each["task_id"] for each in rows])
            project_id = row["project_id"]
            sealed = [annotation_sealed(actor.organization_id, project_id, each) for each in answered]
            sealed += [
                Sealed(actor.organization_id, project_id, each["task_id"], Kind.GOLD,
                       each["gold_key_id"], each["gold_sealed"], each["gold_version"])
                for each in taught
            ]  # fmt: skip
            keys = [("yours", each["task_id"]) for each in answered] + [("known", each["task_id"]) for each in taught]
            contents = await self._vault.open(grant, sealed)
            opened = {key: json.loads(each) for key, each in zip(keys, contents, strict=True)}
        ontology = await self._ontologies.get(actor.organization_id, row["project_id"], row["ontology_version"])
        answers: list[SittingTask] = []
        for each in rows:
            yours, known = opened.get(("yours", each["task_id"])), opened.get(("known", each["task_id"]))
            answer: SittingTask = {
                "right": bool(each["is_right"]),
                "yours": ontology.summary(yours["answers"]) if yours else "",
            }
            if known is not None:
                answer["known"], answer["explanation"] = ontology.summary(known["answers"]), known["explanation"]
            answers.append(answer)
        return {
            "ended_at": rfc3339(row["last_ended_at"]),
            "right": row["last_right"],
            "tasks": row["last_tasks"],
            "needed": row["last_needed"],
            "passed": row["last_passed"],
            "answers": answers,
        }


def _sat(row: Any) -> ExamSitting:
    return {
        "annotator": row["pseudonym"],
        "person_id": str(row["person_id"]),
        "begun_at": rfc3339(row["begun_at"]),
        "ended_at": rfc3339(row["ended_at"]) if row["ended_at"] else None,
        "tasks": row["tasks"],
        "needed": row["needed"],
        "answered": row["answered"],
        "right": row["right_count"],
        "passed": row["is_passed"],
    }


def _standing(row: Any, now: datetime) -> dict[str, Any]:
    """Whether the exam can be begun now, goes on, or when it can be begun."""
    held = row["expires_at"] if row["granted_at"] is not None and row["revoked_at"] is None else None
    retry_at = None
    for since in (row["failed_at"], row["revoked_at"]):
        if since is not None and (at := since + timedelta(hours=row["retry_hours"])) > now:
            retry_at = max(at, retry_at) if retry_at else at
    if row["sitting_id"] is not None:
        state = "sitting"
    elif held is not None and held > now + timedelta(days=14):
        state = "passed"
    elif not row["is_open"]:
        state = "closed"
    elif retry_at is not None:
        state = "wait"
    else:
        state = "open" if row["unseen"] >= row["tasks"] else "no-tasks-left"
    return {
        "state": state,
        "tasks": row["sitting_wants"] or row["tasks"],
        "needed": row["sitting_needs"] or row["needed"],
        "answered": row["answered"],
        "retry_at": rfc3339(retry_at) if retry_at and state == "wait" else None,
        "expires_at": _until(held) if held is not None else None,
    }


def _needed(skill_id: UUID, name: str, exam_project_id: UUID | None) -> SkillNeeded:
    return {"id": str(skill_id), "name": name, "exam_project_id": str(exam_project_id) if exam_project_id else None}


def _state(row: Any, now: datetime) -> Any:
    if row["revoked_at"] is not None:
        return "revoked"
    # The driver's infinity has no time zone, and cannot be compared with a time that has one.
    return "valid" if _until(row["expires_at"]) is None or row["expires_at"] > now else "expired"


def _until(at: datetime) -> str | None:
    """When it ends; None: never."""
    return None if at.year > 9000 else rfc3339(at)


def _refuse(status: str, permission: str, missing: dict[str, tuple[str, UUID | None]]) -> None:
    if status == "no-session":
        raise NotSignedIn()
    if status == "not-allowed":
        raise NotAllowed(permission=permission)
    if status in missing:
        kind, id_ = missing[status]
        raise NotFound(kind=kind, id=str(id_) if id_ else "of those named")
