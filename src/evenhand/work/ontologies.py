"""Compiled ontologies by project and version: opened once a process (a recorded look by the software), kept, immutable."""

from __future__ import annotations

import json
from collections import OrderedDict
from uuid import UUID

from evenhand.core.errors import NotFound
from evenhand.ledger.actions import Purpose
from evenhand.ontology.ontology import Ontology
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants

_queries = Queries.of("evenhand.work")
_KEPT = 512


class Ontologies:
    """What a project asks, ready to check answers with."""

    def __init__(self, database: Database, vault: Vault, grants: Grants) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._compiled: OrderedDict[tuple[UUID, UUID, int], Ontology] = OrderedDict()

    async def get(self, organization_id: UUID, project_id: UUID, version: int) -> Ontology:
        """One version of a project's ontology. Raises NotFound."""
        at = (organization_id, project_id, version)
        if at in self._compiled:
            self._compiled.move_to_end(at)
            return self._compiled[at]
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(
                connection,
                "ontology_version",
                organization_id=organization_id,
                project_id=project_id,
                version=version,
            )
        if row is None:
            raise NotFound(kind="ontology version", id=str(version))
        grant = await self._grants.to_software(organization_id, Purpose.CHECK, [project_id])
        sealed = Sealed(
            organization_id, project_id, project_id, Kind.ONTOLOGY, row["chunk_key_id"], row["sealed"], version
        )
        document = json.loads(await self._vault.open_one(grant, sealed))
        compiled = Ontology.compile(document["body"], document["codebooks"])
        self._compiled[at] = compiled
        if len(self._compiled) > _KEPT:
            self._compiled.popitem(last=False)
        return compiled
