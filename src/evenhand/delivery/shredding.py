"""Shredding: of one item, a project, or everything an organization has, with a signed certificate that says what was not done.

An item shares its key with up to 499 others. So, in this order:

1. The chunk's key is retired in favor of a new one; every process seals under the new one from then on.
2. After WAIT, when no statement that began before can still add a row under the old key, what is sealed under it is sealed anew.
3. When nothing but the item is left under it, the old key is destroyed with the item's rows, in one transaction.

A worker does 2 and 3. Each may be repeated: one that is killed leaves a shredding that the next round goes on with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog

from evenhand.boundary.actor import Actor
from evenhand.core.errors import Conflict, NotFound, PlatformError
from evenhand.core.times import rfc3339
from evenhand.delivery.certificate import Destroyed, Scope, certificate, digest_of
from evenhand.delivery.deletion import Deletion
from evenhand.delivery.shapes import Shredding as ShreddingShape
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_public_record, put_on_record
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.keyfile import KeyFile
from evenhand.vault.policies import KeyPolicies
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants

_queries = Queries.of("evenhand.delivery")
# Longer than any process keeps a key it was told to forget, and any statement lives.
WAIT = timedelta(seconds=60)
ROUND_SECONDS = 5.0
ROWS_A_STEP = 400
_KINDS = {
    "task": Kind.TASK,
    "annotation": Kind.ANNOTATION,
    "remark": Kind.REMARK,
    "check": Kind.CHECK,
    "draft": Kind.DRAFT,
    "gold": Kind.GOLD,
    "flaw": Kind.ANNOTATION,
}

log = structlog.get_logger(__name__)


class Shredding:
    """Asking for it, doing it, and the certificates."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        policies: KeyPolicies,
        keys: KeyFile,
        clock: Clock,
        *,
        lay_open: bool = False,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._policies = policies
        self._keys = keys
        self._clock = clock
        self._lay_open = lay_open
        self._deletion = Deletion(database, clock)

    # ----------------------------------------------------------------------------------------------------- asking --
    async def ask(
        self, actor: Actor, scope: Scope, subject_id: UUID, shredding_id: UUID | None = None
    ) -> ShreddingShape:
        """Have something destroyed for good. A task or project must lie in the trash; an organization is named by its own id.

        Raises NotFound, and Conflict for what is not in the trash, or whose chunk is being shredded already.
        """
        now = self._clock.now()
        facts = {"organization_id": actor.organization_id, "subject_id": subject_id}
        id_ = shredding_id or fresh_id(now)
        async with self._database.tenant(actor.organization_id) as connection:
            if (row := await self._row(connection, actor.organization_id, id_)) is not None:
                return _shown(row)
            project_id, chunk = None, None
            if scope == "task":
                project_id, chunk = await self._retire(connection, facts)
            elif scope == "project":
                project = await _queries.row(connection, "project_to_shred", **facts)
                if project is None:
                    raise NotFound(kind="project", id=str(subject_id))
                if project["state"] != "trashed":
                    raise Conflict(kind="project", reason="it is not in the trash; put it there first")
                project_id = subject_id
            elif subject_id != actor.organization_id:
                raise NotFound(kind="organization", id=str(subject_id))
            await _queries.run(
                connection,
                "add_shredding",
                shredding_id=id_,
                scope=scope,
                project_id=project_id,
                chunk_key_id=chunk,
                person_id=actor.person_id,
                now=now,
                begins_at=now + WAIT if scope == "task" else now,
                **facts,
            )
            rule = f"shred-{scope}"
            await put_on_record(connection, actor, Action.POLICY_CHANGE, now=now, object_id=subject_id, rule=rule)
            row = await self._row(connection, actor.organization_id, id_)
        assert row is not None
        return _shown(row)

    async def all(self, actor: Actor) -> list[ShreddingShape]:
        """What was asked for, newest first."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "shreddings", organization_id=actor.organization_id)
        return [_shown(row) for row in rows]

    async def get(self, actor: Actor, shredding_id: UUID) -> ShreddingShape:
        """One, with its certificate once it is done. Raises NotFound."""
        async with self._database.tenant(actor.organization_id) as connection:
            row = await self._row(connection, actor.organization_id, shredding_id)
        if row is None:
            raise NotFound(kind="shredding", id=str(shredding_id))
        return _shown(row)

    async def _row(self, connection: Connection, organization_id: UUID, shredding_id: UUID) -> Any:
        return await _queries.row(connection, "shredding", organization_id=organization_id, shredding_id=shredding_id)

    async def _retire(self, connection: Connection, facts: dict[str, UUID]) -> tuple[UUID, UUID]:
        task = await _queries.row(connection, "task_to_shred", **facts)
        if task is None:
            raise NotFound(kind="task", id=str(facts["subject_id"]))
        if task["trashed_at"] is None:
            raise Conflict(kind="task", reason="it is not in the trash; put it there first")
        (new,) = await self._vault.new_chunk_keys(connection, facts["organization_id"], task["project_id"], 1)
        is_retired = await _queries.value(
            connection, "chunk_key_retire", chunk_key_id=task["chunk_key_id"], successor_id=new.id
        )
        if not is_retired:
            raise Conflict(
                kind="task", reason="another item under the same key is being shredded; wait until that is done"
            )
        return task["project_id"], task["chunk_key_id"]

    # ------------------------------------------------------------------------------------------------------ doing --
    async def delete_due(self) -> bool:
        """Retention, and what lay thirty days in the trash, each project with its certificate; whether there may be more."""
        return await self._deletion.delete_due(self._delete_with_certificate)

    async def _delete_with_certificate(self, organization_id: UUID, project_id: UUID) -> None:
        """One project, as if somebody had asked. Its id follows from the project's, so that a killed worker asks no second time."""
        now, id_ = self._clock.now(), uuid5(project_id, "thirty days in the trash")
        async with self._database.tenant(organization_id) as connection:
            await _queries.run(
                connection,
                "add_shredding",
                organization_id=organization_id,
                shredding_id=id_,
                scope="project",
                subject_id=project_id,
                project_id=project_id,
                chunk_key_id=None,
                person_id=None,
                now=now,
                begins_at=now,
            )
        try:
            await self.shred(organization_id, id_)
        except PlatformError as error:
            log.warning("shredding.waits", shredding_id=str(id_), code=error.code)

    async def shred_due(self) -> bool:
        """Go on with what is due. One that fails, because a key service does not answer, is tried again next round."""
        async with self._database.statement() as connection:
            due = await _queries.rows(connection, "shreddings_due", now=self._clock.now())
        for each in due:
            try:
                await self.shred(each["organization_id"], each["shredding_id"])
            except PlatformError as error:
                log.warning("shredding.waits", shredding_id=str(each["shredding_id"]), code=error.code)
        return False

    async def shred(self, organization_id: UUID, shredding_id: UUID) -> None:
        """Do one, if it is not done."""
        async with self._database.tenant(organization_id) as connection:
            row = await self._row(connection, organization_id, shredding_id)
        if row is None or row["finished_at"] is not None:
            return
        if row["scope"] == "task":
            await self._reseal(organization_id, row)
        elif row["scope"] == "project":
            await self._deletion.delete(organization_id, row["project_id"])
        await self._certify(organization_id, row)

    async def _reseal(self, organization_id: UUID, row: Any) -> None:
        """Seal under the successor what lies under the item's key and is not the item's."""
        at = {"organization_id": organization_id, "chunk_key_id": row["chunk_key_id"], "task_id": row["subject_id"]}
        while True:
            async with self._database.tenant(organization_id) as connection:
                beside = await _queries.rows(connection, "sealed_beside", max=ROWS_A_STEP, **at)
            if not beside:
                return
            grant = await self._grants.to_software(
                organization_id, Purpose.MANAGE, {each["task_id"] for each in beside}, Action.ASSET_RENDER
            )
            sealed = [_sealed(organization_id, row["chunk_key_id"], each) for each in beside]
            contents = await self._vault.open(grant, sealed)
            key = await self._vault.key_for(organization_id, row["chunk_key_id"], beside[0]["task_id"])
            new = [
                self._vault.seal(key, content, kind=each.kind, object_id=each.object_id, version=each.version)
                for each, content in zip(sealed, contents, strict=True)
            ]
            await self._put(organization_id, row["chunk_key_id"], key.id, beside, new)

    async def _put(
        self, organization_id: UUID, chunk: UUID, successor: UUID, rows: Sequence[Any], new: Sequence[bytes]
    ) -> None:
        async with self._database.tenant(organization_id) as connection:
            await _queries.value(
                connection,
                "rows_resealed",
                chunk_key_id=chunk,
                successor_id=successor,
                kinds=[each["kind"] for each in rows],
                ids=[each["id"] for each in rows],
                people=[each["person_id"] for each in rows],
                old=[each["sealed"] for each in rows],
                new=list(new),
            )

    async def _certify(self, organization_id: UUID, row: Any) -> None:
        """Destroy what is left to destroy, and leave certificate and entries: one transaction, all or nothing."""
        now = self._clock.now()
        mode, reference, is_gone = await self._policies.key_above(organization_id)
        async with self._database.tenant(organization_id) as connection:
            releases: list[int] = []
            if row["scope"] == "task":
                found = await _queries.rows(
                    connection,
                    "releases_before",
                    organization_id=organization_id,
                    project_id=row["project_id"],
                    now=now,
                )
                releases = [each["number"] for each in found]
                keys = await _queries.value(
                    connection, "item_shred", task_id=row["subject_id"], chunk_key_id=row["chunk_key_id"], now=now
                )
                if not keys:
                    return  # something came in under the old key, or the item was restored: the next round looks again
            elif row["scope"] == "project":
                if await _queries.row(
                    connection, "project_to_shred", organization_id=organization_id, subject_id=row["project_id"]
                ):
                    return  # it was taken out of the trash
                keys = await _queries.value(
                    connection, "keys_destroyed", organization_id=organization_id, project_id=row["project_id"]
                )
            else:
                keys = await _queries.value(connection, "organization_keys_destroy", now=now)
            facts = Destroyed(
                scope=row["scope"],
                organization_id=organization_id,
                subject_id=row["subject_id"],
                keys=keys,
                key_above=reference,
                is_above_gone=is_gone,
                finished_at=now,
                mode=mode,
                releases=tuple(releases),
                lay_open=self._lay_open,
            )
            await self._record(connection, row, facts)

    async def _record(self, connection: Connection, row: Any, facts: Destroyed) -> None:
        now = facts.finished_at
        signed = certificate(facts, self._keys.signing_seed)
        digest = digest_of(signed)
        is_first = await _queries.value(
            connection,
            "shredding_finish",
            shredding_id=row["shredding_id"],
            keys=facts.keys,
            method=facts.method,
            certificate=json.dumps(signed),
            now=now,
        )
        if not is_first:
            return
        about = {"now": now, "object_id": facts.subject_id, "subject_id": row["shredding_id"], "rule": facts.method}
        if facts.scope != "project":  # the keys of a project are put on record where they are destroyed
            await put_on_record(connection, None, Action.KEY_DESTROY, **about)
        await put_on_record(connection, None, Action.DELETION_CERTIFY, digest=digest, **about)
        body = {"method": facts.method, "scope": facts.scope, "certificate_sha256": digest.hex()}
        await put_on_public_record(connection, Action.DELETION_CERTIFY, body, now=now)


def _sealed(organization_id: UUID, chunk: UUID, row: Any) -> Sealed:
    return Sealed(
        organization_id,
        row["project_id"],
        row["id"],
        _KINDS[row["kind"]],
        chunk,
        row["sealed"],
        row["version"],
        covered_by=row["task_id"],
    )


def _shown(row: Any) -> ShreddingShape:
    return {
        "id": str(row["shredding_id"]),
        "scope": row["scope"],
        "subject_id": str(row["subject_id"]),
        "asked_at": rfc3339(row["asked_at"]),
        "begins_at": rfc3339(row["begins_at"]),
        "finished_at": rfc3339(row["finished_at"]) if row["finished_at"] else None,
        "method": row["method"],
        "keys": row["keys"],
        "certificate": json.loads(row["certificate"]) if row["certificate"] else None,
    }
