"""The verbs of projects: make, change, pause, archive, trash, clone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant
from evenhand.boundary.permission import Permission
from evenhand.boundary.shapes import Page
from evenhand.core.errors import Conflict, NotFound
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_record
from evenhand.ontology.ontology import Ontology, check_ontology
from evenhand.people.model import check_name
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.changing import check_match, locked_project, tell_change
from evenhand.work.guidelines import Guidelines, NewVersion
from evenhand.work.model import (
    OntologyRefused,
    ProjectSettings,
    check_rates,
    spelled_out,
)
from evenhand.work.shapes.projects import Project
from evenhand.work.shapes.queue import StageOffer, WorkOffer, WorkState
from evenhand.work.shapes.stages import Stage
from evenhand.work.versions import Versions

_queries = Queries.of("evenhand.work")
TRASH_LASTS = timedelta(days=30)
_LIVE = ("active", "paused")


class Projects:
    """Projects of one installation; every verb is one transaction of the actor's organization."""

    def __init__(
        self, database: Database, vault: Vault, grants: Grants, versions: Versions, guidelines: Guidelines, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._versions = versions
        self._guidelines = guidelines
        self._clock = clock

    # ------------------------------------------------------------------------------------------------------- making --
    async def create(
        self,
        actor: Actor,
        name: str,
        body: Mapping[str, Any],
        settings: ProjectSettings,
        *,
        guideline: NewVersion | None = None,
        project_id: UUID | None = None,
    ) -> Project:
        """A new project with its first ontology. Raises OntologyRefused with every defect of the body.

        project_id: decided by the request's key; where there is such a project already, it is answered as it stands.
        """
        name = check_name(name)
        if problems := [each for each in check_ontology(body) if not each.is_warning]:
            raise OntologyRefused([each.under("/ontology") for each in problems])
        ontology = Ontology.compile(body)
        check_rates(settings)
        if settings.counts_manner is None:
            settings = replace(settings, counts_manner=ontology.is_written)
        now = self._clock.now()
        project_id = project_id or fresh_id(now)
        if guideline is not None:
            guideline = await self._guidelines.brought_in(actor, project_id, guideline)
        async with self._database.tenant(actor.organization_id) as connection:
            key = await self._vault.writing_key(connection, actor.organization_id, project_id)
            sealed_name = self._vault.seal(
                key, json.dumps({"name": name}).encode(), kind=Kind.PROJECT, object_id=project_id
            )
            is_new = await _queries.run(
                connection,
                "add_project",
                organization_id=actor.organization_id,
                project_id=project_id,
                chunk_key_id=key.id,
                sealed=sealed_name,
                preset=_preset_of(body),
                **asdict(settings),
                now=now,
            )
            if is_new:
                await self._furnish(connection, actor, project_id, ontology, settings, guideline, now)
        return await self.get(actor, project_id)

    async def _furnish(
        self,
        connection: Connection,
        actor: Actor,
        project_id: UUID,
        ontology: Ontology,
        settings: ProjectSettings,
        guideline: NewVersion | None,
        now: datetime,
    ) -> None:
        await self._versions.write_ontology(connection, actor, project_id, 1, ontology, "first", now)
        await _queries.run(
            connection,
            "add_queue",
            organization_id=actor.organization_id,
            queue_id=fresh_id(now),
            project_id=project_id,
            opinions=settings.opinions,
            lease_seconds=settings.lease_seconds,
            is_open=settings.open_to == "organization",
            suggestions_hidden=settings.suggestions_hidden,
            counts_manner=settings.counts_manner,
        )
        if settings.is_staged:
            await open_stages(connection, project_id, now)
        await _queries.run(connection, "add_count", organization_id=actor.organization_id, project_id=project_id)
        await put_on_record(
            connection, actor, Action.PROJECT_CHANGE, now=self._clock.now(), object_id=project_id, rule="created"
        )
        if guideline is not None:
            await self._guidelines.write(connection, actor, project_id, 1, guideline, now)

    async def clone(self, actor: Actor, project_id: UUID, name: str, clone_id: UUID | None = None) -> Project:
        """A new project with the same ontology, guidelines and settings, and no tasks."""
        project = await self.get(actor, project_id)
        body = (await self._versions.ontology(actor, project_id))["body"]
        clone_id = clone_id or fresh_id(self._clock.now())
        guideline = await self._guidelines.copied(actor, project_id, clone_id)
        due = project["due_at"]
        settings = ProjectSettings(
            opinions=project["opinions"],
            lease_seconds=project["lease_seconds"],
            priority=project["priority"],
            submit_on_pick=project["submit_on_pick"],
            open_to=project["open_to"],
            due_at=datetime.fromisoformat(due) if due else None,
            suggestions_hidden=project["suggestions_hidden"],
            counts_manner=project["counts_manner"],
            gold_rate=project["gold_rate"],
            gold_rate_min=project["gold_rate_min"],
            **spelled_out(project["workflow"]),
        )
        return await self.create(actor, name, body, settings, guideline=guideline, project_id=clone_id)

    # ------------------------------------------------------------------------------------------------------ reading --
    async def get(self, actor: Actor, project_id: UUID) -> Project:
        """One project with its counts. Raises NotFound."""
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(
                connection, "project", organization_id=actor.organization_id, project_id=project_id
            )
        if row is None:
            raise NotFound(kind="project", id=str(project_id))
        return (await self._shown(actor, [row]))[0]

    async def page(self, actor: Actor, states: Sequence[str] | None, cursor: str | None, limit: int) -> Page[Project]:
        """A page of projects, newest first."""
        keys = decode_cursor(cursor, instant, UUID)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "projects",
                organization_id=actor.organization_id,
                states=list(states or _LIVE),
                before_at=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
        page = rows[:limit]
        more = encode_cursor(page[-1]["created_at"].isoformat(), page[-1]["project_id"]) if len(rows) > limit else None
        return {"items": await self._shown(actor, page), "next_cursor": more}

    async def my_work(self, actor: Actor) -> list[WorkOffer]:
        """The projects this person may label or review in."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "work",
                organization_id=actor.organization_id,
                person_id=actor.person_id,
                annotator_no=actor.annotator_no,
                reviews=Permission.TASK_REVIEW in actor.permissions,
            )
        names = await self._names(actor, rows)
        recent = await self._too_recent(actor, [row["project_id"] for row in rows])
        return [
            {
                "project": {"id": str(row["project_id"]), "name": name, "preset": row["preset"]},
                "state": _work_state(row),
                "held": row["held"],
                "done_by_me": int(row["done_by_me"]),
                "tasks": row["tasks"] or 0,
                "done": max((row["done"] or 0) - recent.get(row["project_id"], 0), 0),
                "open": (row["tasks"] or 0) - max((row["done"] or 0) - recent.get(row["project_id"], 0), 0),
                "guideline_version": row["guideline_version"],
                "due_at": rfc3339(row["due_at"]) if row["due_at"] else None,
                "stages": _stages(row, actor, recent.get(row["project_id"], 0)),
            }
            for row, name in zip(rows, names, strict=True)
        ]

    async def _names(self, actor: Actor, rows: list[Any]) -> list[str]:
        if not rows:
            return []
        grant = await self._grants.to_person(actor, Purpose.DIRECTORY, [row["project_id"] for row in rows])
        sealed = [
            Sealed(
                actor.organization_id,
                row["project_id"],
                row["project_id"],
                Kind.PROJECT,
                row["chunk_key_id"],
                row["sealed"],
            )
            for row in rows
        ]
        return [json.loads(content)["name"] for content in await self._vault.open(grant, sealed)]

    async def _shown(self, actor: Actor, rows: list[Any]) -> list[Project]:
        recent = await self._too_recent(actor, [row["project_id"] for row in rows])
        return [
            _project(row, name, recent.get(row["project_id"], 0))
            for row, name in zip(rows, await self._names(actor, rows), strict=True)
        ]

    async def _too_recent(self, actor: Actor, project_ids: list[UUID]) -> dict[UUID, int]:
        """How many tasks became done in the hour that is not over: left out for those who only label.

        Who labels alone could see by it, answer by answer, that one of theirs finished nothing: that it was gold.
        """
        if Permission.PROJECT_READ in actor.permissions or not project_ids:
            return {}
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "done_since", organization_id=actor.organization_id, project_ids=project_ids, since=hour
            )
        return {row["project_id"]: row["done"] for row in rows}

    # ----------------------------------------------------------------------------------------------------- changing --
    async def change(self, actor: Actor, project_id: UUID, changes: Mapping[str, Any], if_match: str | None) -> Project:
        """Change name or settings; what is not named stays. Raises PreconditionFailed when If-Match is stale."""
        current = await self.get(actor, project_id)
        async with self._database.tenant(actor.organization_id) as connection:
            row = await locked_project(connection, actor, project_id)
            check_match("project", if_match, row["version"])
            settings = ProjectSettings(
                opinions=row["opinions"],
                lease_seconds=row["lease_seconds"],
                priority=row["priority"],
                submit_on_pick=row["submit_on_pick"],
                open_to=row["open_to"],
                due_at=row["due_at"],
                suggestions_hidden=row["suggestions_hidden"],
                counts_manner=row["counts_manner"],
                gold_rate=row["gold_rate"],
                gold_rate_min=row["gold_rate_min"],
                review_rate=row["review_rate"],
                adjudicate_below=row["adjudicate_below"],
                feedback=row["feedback"],
                opinions_max=row["opinions_max"],
                sure=row["sure"],
                is_routed=row["is_routed"],
            )
            changes = {**changes, **spelled_out(changes.get("workflow", {}))}
            settings = replace(
                settings, **{name: each for name, each in changes.items() if name not in ("name", "workflow")}
            )
            if "gold_rate_min" not in changes:  # the lower bound follows the upper one down
                settings = replace(settings, gold_rate_min=min(settings.gold_rate_min, settings.gold_rate))
            check_rates(settings)
            name = check_name(changes.get("name", current["name"]))
            key = await self._vault.writing_key(connection, actor.organization_id, project_id)
            await _queries.run(
                connection,
                "change_project",
                organization_id=actor.organization_id,
                project_id=project_id,
                chunk_key_id=key.id,
                sealed=self._vault.seal(
                    key, json.dumps({"name": name}).encode(), kind=Kind.PROJECT, object_id=project_id
                ),
                **asdict(settings),
            )
            await _queries.run(
                connection,
                "change_queue",
                organization_id=actor.organization_id,
                project_id=project_id,
                opinions=settings.opinions,
                lease_seconds=settings.lease_seconds,
                is_open=settings.open_to == "organization",
                suggestions_hidden=settings.suggestions_hidden,
                counts_manner=settings.counts_manner,
            )
            await _queries.value(connection, "gold_pace", project_id=project_id)
            if settings.is_staged:
                await open_stages(connection, project_id, self._clock.now())
            await put_on_record(
                connection, actor, Action.PROJECT_CHANGE, now=self._clock.now(), object_id=project_id, rule="settings"
            )
            await tell_change(connection, actor, project_id, self._clock.now())
        return await self.get(actor, project_id)

    async def set_state(self, actor: Actor, project_id: UUID, state: str) -> Project:
        """Pause, resume, archive, trash or restore. Pausing takes permission away, so it goes through the gate."""
        now = self._clock.now()
        async with self._database.tenant(actor.organization_id) as connection:
            # The gate before the project's row: claims hold the gate and never wait for a project.
            await _queries.value(
                connection,
                "queue_pause",
                project_id=project_id,
                paused=state != "active",
                revoke=state != "active",
                now=now,
            )
            row = await locked_project(connection, actor, project_id)
            if row["state"] == "trashed" and row["trashed_at"] + TRASH_LASTS < now:
                raise Conflict(kind="project", reason="its thirty days in the trash are over")
            await _queries.run(
                connection,
                "set_state",
                organization_id=actor.organization_id,
                project_id=project_id,
                state=state,
                now=now,
            )
            await put_on_record(
                connection, actor, Action.PROJECT_CHANGE, now=self._clock.now(), object_id=project_id, rule=state
            )
            await tell_change(connection, actor, project_id, self._clock.now())
        return await self.get(actor, project_id)


async def open_stages(connection: Connection, project_id: UUID, now: datetime) -> None:
    """Let the tasks of a project go on after the label stage; where they may already, nothing changes."""
    await _queries.run(connection, "stages_open", project_id=project_id, review=fresh_id(now), adjudicate=fresh_id(now))


def _project(row: Any, name: str, too_recent: int = 0) -> Project:
    tasks = row["tasks"] or 0
    # For an hour a verdict on known work counts as one on work: see `known_settle`.
    done = min(max((row["done"] or 0) - too_recent, 0), tasks)
    trashed = row["trashed_at"]
    return {
        "id": str(row["project_id"]),
        "name": name,
        "state": row["state"],
        "preset": row["preset"],
        "opinions": row["opinions"],
        "lease_seconds": row["lease_seconds"],
        "submit_on_pick": row["submit_on_pick"],
        "open_to": row["open_to"],
        "priority": row["priority"],
        "due_at": rfc3339(row["due_at"]) if row["due_at"] else None,
        "suggestions_hidden": row["suggestions_hidden"],
        "counts_manner": row["counts_manner"],
        "gold_rate": row["gold_rate"],
        "gold_rate_min": row["gold_rate_min"],
        "workflow": {
            "review_rate": row["review_rate"],
            "adjudicate_below": row["adjudicate_below"],
            "feedback": row["feedback"],
            "adaptive": (
                None
                if row["sure"] is None
                else {"most": row["opinions_max"], "sure": row["sure"], "routed": row["is_routed"]}
            ),
        },
        "ontology_version": row["ontology_version"],
        "guideline_version": row["guideline_version"],
        "created_at": rfc3339(row["created_at"]),
        "trashed_until": rfc3339(trashed + TRASH_LASTS) if trashed else None,
        "version": row["version"],
        "counts": {
            "tasks": tasks,
            "done": done,
            "open": max(tasks - done, 0),
            "held": row["held"],
            "answers": row["answers"] or 0,
            "skipped": row["skipped"] or 0,
            "reports": row["reports"] or 0,
            "questions_on_tasks": row["questions_on_tasks"],
            "questions_on_guidelines": row["questions_on_guidelines"],
            "in_review": max(row["in_review"] or 0, 0),
            "in_adjudication": row["in_adjudication"] or 0,
            "rework": row["rework"] or 0,
        },
    }


def _preset_of(body: Mapping[str, Any]) -> str | None:
    preset = body.get("preset")
    return preset if isinstance(preset, str) else None


def _stages(row: Any, actor: Actor, recent: int) -> list[StageOffer]:
    """The stages that are open to somebody, and how much waits there.

    recent: what became done lately, as it is told to those who only label; nor are they told how much is away in later stages.
    Nothing waits where a claim would find nothing.
    """
    offered: list[StageOffer] = []
    reviews = Permission.TASK_REVIEW in actor.permissions
    if row["may_label"]:
        away = max(row["in_review"] or 0, 0) + (row["in_adjudication"] or 0) + (row["rework"] or 0) if reviews else 0
        waiting = (
            max((row["tasks"] or 0) - (row["done"] or 0) + recent - away, 0) if row["is_dealt"] or row["held"] else 0
        )
        offered.append({"stage": "label", "waiting": waiting, "held": row["held"], "rework": row["rework_held"]})
    if reviews and row["is_staged"]:
        for stage, waiting, held in (
            ("review", row["in_review"], row["review_held"]),
            ("adjudicate", row["in_adjudication"], row["adjudication_held"]),
        ):
            waits = max(waiting or 0, 0)
            offered.append({"stage": cast(Stage, stage), "waiting": waits, "held": held, "rework": 0})
    if reviews and (row["audits_waiting"] or row["audit_held"]):
        offered.append({"stage": "audit", "waiting": row["audits_waiting"], "held": row["audit_held"], "rework": 0})
    return offered


def _work_state(row: Any) -> WorkState:
    if row["is_paused"]:
        return "paused"
    if row["consented_version"] < row["guideline_version"]:
        return "consent-needed"
    return "ready" if row["is_dealt"] or row["held"] else "empty"
