"""What a project asks: versions of its ontology. How it is to be answered is `guidelines`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.canonical import digest
from evenhand.core.errors import NotFound, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_record
from evenhand.ontology.ontology import Ontology, check_ontology
from evenhand.ontology.version import compare
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.changing import locked_project, tell_change
from evenhand.work.model import (
    CompatibilityUnconfirmed,
    OntologyRefused,
    PreconditionFailed,
)
from evenhand.work.ontologies import Ontologies
from evenhand.work.shapes.ontologies import OntologyChange, OntologyChanged, OntologyVersion, OntologyVersionFacts

_queries = Queries.of("evenhand.work")
# From the weakest to the strongest: a confirmation of a stronger class covers the weaker ones.
CLASSES = ("cosmetic", "widening", "narrowing", "mapping", "meaning")


class Versions:
    """Every version is kept; the newest is what new work is done by."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, ontologies: Ontologies, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._clock = clock

    async def ontology(self, actor: Actor, project_id: UUID, version: int | None = None) -> OntologyVersion:
        """A version of the ontology, the present one by default."""
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(
                connection, "project", organization_id=actor.organization_id, project_id=project_id
            )
            if row is None:
                raise NotFound(kind="project", id=str(project_id))
            wanted = version or row["ontology_version"]
            found = await _queries.row(
                connection,
                "ontology_version",
                organization_id=actor.organization_id,
                project_id=project_id,
                version=wanted,
            )
        if found is None:
            raise NotFound(kind="ontology version", id=str(wanted))
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [project_id])
        sealed = Sealed(
            actor.organization_id, project_id, project_id, Kind.ONTOLOGY, found["chunk_key_id"], found["sealed"], wanted
        )
        body = json.loads(await self._vault.open_one(grant, sealed))["body"]
        return {
            "version": wanted,
            "digest": digest(body),
            "body": body,
            "change": found["change"],
            "created_at": rfc3339(found["created_at"]),
        }

    async def ontology_versions(self, actor: Actor, project_id: UUID) -> list[OntologyVersionFacts]:
        """All versions, oldest first, with the class of each change."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "ontology_versions", organization_id=actor.organization_id, project_id=project_id
            )
        if not rows:
            raise NotFound(kind="project", id=str(project_id))
        return [
            {"version": row["version"], "change": row["change"], "created_at": rfc3339(row["created_at"])}
            for row in rows
        ]

    async def change_ontology(
        self, actor: Actor, project_id: UUID, body: Mapping[str, Any], confirm: str | None
    ) -> OntologyChanged:
        """A new version with declared compatibility.

        Raises OntologyRefused, or CompatibilityUnconfirmed when `confirm` is weaker than what the change is.
        """
        if problems := [each for each in check_ontology(body) if not each.is_warning]:
            raise OntologyRefused([each.under("/body") for each in problems])
        old = await self.ontology(actor, project_id)
        present = await self._ontologies.get(actor.organization_id, project_id, old["version"])
        dropped = await self._dropped_questions(actor.organization_id, project_id, present, old["version"], body)
        comparison = compare(old["body"], body, dropped)
        changes: list[OntologyChange] = [
            {"question": each.question, "class": each.change, "sentence": each.sentence} for each in comparison.changes
        ]
        if not changes:
            return {"version": old["version"], "class": "none", "changes": []}
        if comparison.strongest == "forbidden":
            problems = [
                Problem(f"/body/{each['question']}", "forbidden", str(each["sentence"]), "Use a new name for it.")
                for each in changes
                if each["class"] == "forbidden"
            ]
            raise OntologyRefused(problems)
        if confirm not in CLASSES or CLASSES.index(confirm) < CLASSES.index(comparison.strongest):
            raise CompatibilityUnconfirmed(needed=comparison.strongest, changes=changes)
        compiled = Ontology.compile(body, present.codebooks)
        version = old["version"] + 1
        now = self._clock.now()
        async with self._database.tenant(actor.organization_id) as connection:
            row = await locked_project(connection, actor, project_id)
            if row["ontology_version"] != old["version"]:
                raise PreconditionFailed(kind="ontology", current=str(row["ontology_version"]))
            await self.write_ontology(connection, actor, project_id, version, compiled, confirm, now)
            for name in ("set_ontology_version", "set_queue_ontology"):
                await _queries.run(
                    connection, name, organization_id=actor.organization_id, project_id=project_id, version=version
                )
            await tell_change(connection, actor, project_id, self._clock.now())
        return {"version": version, "class": comparison.strongest, "changes": changes}

    async def _dropped_questions(
        self, organization_id: UUID, project_id: UUID, present: Ontology, version: int, body: Mapping[str, Any]
    ) -> dict[str, Mapping[str, Any]]:
        """Of the names in `body` that `present`, which is `version`, has dropped: the questions that had them, as last asked."""
        asked = {each.name for each in present.questions}
        missing = {each["name"] for each in body["questions"]} & set(present.codebooks["codes"]) - asked
        found: dict[str, Mapping[str, Any]] = {}
        while missing:
            version -= 1
            earlier = await self._ontologies.get(organization_id, project_id, version)
            found |= {each["name"]: each for each in earlier.body["questions"] if each["name"] in missing}
            missing -= found.keys()
        return found

    async def write_ontology(
        self,
        connection: Connection,
        actor: Actor,
        project_id: UUID,
        version: int,
        ontology: Ontology,
        change: str,
        now: datetime,
    ) -> None:
        key = await self._vault.writing_key(connection, actor.organization_id, project_id)
        document = json.dumps({"body": ontology.body, "codebooks": ontology.codebooks}).encode()
        await _queries.run(
            connection,
            "add_ontology_version",
            organization_id=actor.organization_id,
            project_id=project_id,
            version=version,
            chunk_key_id=key.id,
            sealed=self._vault.seal(key, document, kind=Kind.ONTOLOGY, object_id=project_id, version=version),
            change=change,
            now=now,
        )
        await put_on_record(
            connection,
            actor,
            Action.CONTENT_WRITE,
            now=self._clock.now(),
            object_id=project_id,
            rule=f"ontology:{version}",
        )
