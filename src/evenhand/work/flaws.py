"""Planted flaws: answers to gold that somebody wrote to be wrong, and that reviewers are dealt among the known ones.

Sealed as an annotation is, under the key of its task, so that a reviewer receives it as one. How it is judged, `insight` says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Conflict, NotAllowed, NotFound, NotSignedIn, Problem
from evenhand.ledger.actions import Action, Purpose
from evenhand.ontology.ontology import Ontology
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Vault
from evenhand.walls.grant import Grants
from evenhand.work.gold import gold_sealed, is_right, item_sealed
from evenhand.work.model import GoldRefused
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects

_queries = Queries.of("evenhand.work")


class PlantedFlaws:
    """The verbs of flaws. Each is one transaction under the exclusive gate, as those of gold are."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        projects: Projects,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._projects = projects
        self._clock = clock

    async def plant(
        self,
        actor: Actor,
        project_id: UUID,
        task_id: UUID,
        answers: Sequence[dict[str, Any]],
        reason: str | None,
        key: UUID | None = None,
    ) -> None:
        """Plant a flawed answer in a gold task. reason: the one that a reviewer should give, if one is right.

        key: of the request, which makes repeating it safe. Raises NotFound where the task is no gold, GoldRefused where the
        answers do not fit or are what is right, Conflict where the task has a flaw already or was work before it was gold.
        """
        project = await self._projects.get(actor, project_id)
        version = project["ontology_version"]
        ontology = await self._ontologies.get(actor.organization_id, project_id, version)
        row = await self._gold(actor, project_id, task_id)
        grant = await self._grants.to_software(actor.organization_id, Purpose.CHECK, [task_id], Action.ASSET_RENDER)
        sealed_both = [item_sealed(actor, project_id, row), gold_sealed(actor, project_id, row)]
        item, known = (json.loads(each) for each in await self._vault.open(grant, sealed_both))
        canonical = checked(ontology, answers, known, item)
        chunk_key = await self._vault.key_for(actor.organization_id, row["chunk_key_id"], task_id)
        now = self._clock.now()
        flaw_id = key or fresh_id(now)
        content = json.dumps({"answers": canonical}, ensure_ascii=False).encode()
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "flaw_plant",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                task_id=task_id,
                flaw_id=flaw_id,
                reason=reason,
                ontology_version=version,
                chunk_key_id=chunk_key.id,
                sealed=self._vault.seal(chunk_key, content, kind=Kind.ANNOTATION, object_id=flaw_id),
                now=now,
            )
        _refuse(status, project_id, task_id)

    async def remove(self, actor: Actor, project_id: UUID, task_id: UUID) -> None:
        """Take a flaw out again. Raises NotFound where there is none, Conflict once a reviewer was dealt it."""
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "flaw_remove",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                task_id=task_id,
                now=self._clock.now(),
            )
        _refuse(status, project_id, task_id)

    async def _gold(self, actor: Actor, project_id: UUID, task_id: UUID) -> Any:
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(
                connection,
                "gold_tasks",
                organization_id=actor.organization_id,
                project_id=project_id,
                task_id=task_id,
                after=-1,
                limit=1,
            )
        if row is None or row["retired_at"] is not None:
            raise NotFound(kind="gold", id=str(task_id))
        return row


def checked(
    ontology: Ontology, answers: Sequence[dict[str, Any]], known: Mapping[str, Any], item: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """A flawed answer in canonical form. known: as the gold was sealed. Raises GoldRefused, with every defect."""
    problems = [each for each in ontology.check_answers(answers, item) if not each.is_warning]
    if problems:
        raise GoldRefused([each.under("/answers") for each in problems])
    canonical: list[dict[str, Any]] = ontology.canonical_answers(answers, item)
    numbers = {no for no, _, _ in ontology.votes(known["answers"], item)}
    closed = {each.name for each in ontology.questions if each.no in numbers}

    def others(given: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [each for each in given if each["question"] not in closed]

    if is_right(ontology, known, canonical, item) and others(canonical) == others(known["answers"]):
        message = "This is what is right for the task, so a reviewer would do well to accept it."
        raise GoldRefused([Problem("/answers", "bad_value", message, "Write an answer that is wrong.")])
    return canonical


def _refuse(status: str, project_id: UUID, task_id: UUID) -> None:
    match status:
        case "no-session":
            raise NotSignedIn()
        case "not-allowed":
            raise NotAllowed(permission=Permission.TASK_MANAGE.value)
        case "no-project":
            raise NotFound(kind="project", id=str(project_id))
        case "not-gold":
            raise NotFound(kind="gold", id=str(task_id))
        case "not-planted":
            raise NotFound(kind="planted flaw", id=str(task_id))
        case "planted":
            raise Conflict(kind="planted flaw", reason="the task has one already")
        case "was-work":
            raise Conflict(kind="planted flaw", reason="the task was work before it was gold, so reviewers may know it")
        case "dealt":
            raise Conflict(kind="planted flaw", reason="a reviewer was dealt it, so it stays")
