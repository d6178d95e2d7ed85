"""Shredding: what was destroyed stays closed whatever backup is restored, what was not keeps opening, and the paper says which."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from lending import another_process, lend, rewrap, sealed_task
from transit_server import Engine, transit_server

from database import MAJORS, Cluster, Copy
from evenhand.core.errors import Conflict, NotFound
from evenhand.delivery.certificate import Destroyed, certificate, digest_of
from evenhand.delivery.shredding import WAIT
from evenhand.delivery.statement import SignatureRefused, open_envelope, public_key
from evenhand.ledger.actions import Action, Purpose
from evenhand.vault import kept
from evenhand.vault.configured import kinds
from evenhand.vault.key_service import KeyServiceUnavailable
from evenhand.vault.keyfile import KeyFile
from evenhand.vault.service import KeyDestroyed
from world import MORNING, Organization, Project, World, world_on

SEED = bytes(range(32))
# Tables of other rooms whose rows are sealed under `writing_key`.
ALSO = {"passkey", "person_interest", "skill", "ruling", "appeal"}


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FRESH_SECONDS", 0.0)


@pytest.fixture
async def bank(world: World) -> Organization:
    world.services.vault._kept.clear()
    return await world.organization("Bank")


async def trash(project: Project, *tasks: UUID) -> None:
    browsing = project.world.services.work.browsing
    await browsing.change(project.owner.actor, project.id, [*tasks], "trash", None)


async def shred(project: Project, scope: str, subject: UUID) -> dict:
    """Ask for it, wait, and let the worker do it; what came of it."""
    shredding, owner = project.world.services.shredding, project.owner.actor
    asked = await shredding.ask(owner, scope, subject)
    project.world.clock.advance(seconds=WAIT.total_seconds() + 1)
    await shredding.shred_due()
    return dict(await shredding.get(owner, UUID(asked["id"])))


async def text_of(world: World, project: Project, task: UUID) -> str:
    grant = await world.services.grants.to_software(project.organization.id, Purpose.CHECK, [task])
    content = await another_process(world).open_one(grant, await sealed_task(world, project, task))
    return json.loads(content)["inputs"]["text"]["text"]


def said(done: dict, world: World) -> dict:
    """The predicate of a certificate whose signature holds."""
    envelope = json.dumps(done["certificate"]).encode()
    return open_envelope(envelope, public_key(world.services.keys.signing_seed))["predicate"]


# ---------------------------------------------------------------------------------------------------------- one item --
async def test_an_item_is_gone_and_its_neighbors_with_their_answers_still_open(world: World, bank: Organization):
    project = await bank.project(3, opinions=2)
    ana = await bank.member()
    first, second, third = await project.task_ids()
    await project.submit(ana, await project.take(ana))
    before = await sealed_task(world, project, second)
    await trash(project, second)

    done = await shred(project, "task", second)

    assert done["finished_at"] is not None
    assert await project.task_ids() == [first, third]
    assert await text_of(world, project, first) == "Letter 0."
    assert await text_of(world, project, third) == "Letter 2."
    answers = await world.services.work.browsing.task(project.owner.actor, project.id, first)
    assert "yes" in json.dumps(answers)
    grant = await world.services.grants.to_software(bank.id, Purpose.CHECK, [second])
    with pytest.raises(KeyDestroyed):
        await another_process(world).open_one(grant, before)


async def test_its_certificate_says_that_backups_may_still_hold_wrapped_keys(world: World, bank: Organization):
    project = await bank.project(2)
    task, _ = await project.task_ids()
    await trash(project, task)

    done = await shred(project, "task", task)

    paper = said(done, world)
    assert done["method"] == paper["method"] == "key-destruction"
    assert paper["claim"] == "Keys destroyed"
    assert not paper["conditions"]["every_copy_of_the_key_destroyed"]
    assert any("backups" in each for each in paper["not_done"])


async def test_its_entries_are_in_the_log_with_the_digest_of_the_certificate(world: World, bank: Organization):
    project = await bank.project(1)
    [task] = await project.task_ids()
    await trash(project, task)

    done = await shred(project, "task", task)

    payload = base64.b64decode(done["certificate"]["payload"])
    async with world.superuser() as connection:
        rows = await connection.fetch(
            "select action, object_digest = sha256($2) as is_paper from ledger_inbox where subject_id = $1 order by id",
            UUID(done["id"]),
            payload,
        )
        public = await connection.fetchval(
            "select count(*) from governance_inbox where body->>'certificate_sha256' = encode(sha256($1), 'hex')",
            payload,
        )
    assert [(row["action"], row["is_paper"]) for row in rows] == [
        (int(Action.KEY_DESTROY), None),
        (int(Action.DELETION_CERTIFY), True),
    ]
    assert public == 1


async def test_an_answer_that_comes_while_its_neighbor_is_shredded_is_kept(world: World, bank: Organization):
    project = await bank.project(2)
    ana = await bank.member()
    first, second = await project.task_ids()
    await trash(project, second)
    held = await project.take(ana)
    asked = await world.services.shredding.ask(project.owner.actor, "task", second)

    await project.submit(ana, held)
    world.clock.advance(seconds=WAIT.total_seconds() + 1)
    await world.services.shredding.shred_due()

    assert (await world.services.shredding.get(project.owner.actor, UUID(asked["id"])))["finished_at"]
    answers = await world.services.work.browsing.task(project.owner.actor, project.id, first)
    assert "yes" in json.dumps(answers)


async def test_a_row_that_came_in_under_the_old_key_is_not_destroyed_with_it(world: World, bank: Organization):
    """The guard in the database: nothing is destroyed while something else is sealed under it."""
    project = await bank.project(2)
    first, second = await project.task_ids()
    await trash(project, second)
    row = await sealed_task(world, project, first)

    async with world.services.database.tenant(bank.id) as connection:
        keys = await connection.fetchval("select item_shred($1, $2, $3)", second, row.chunk_key_id, world.clock.now())

    assert keys == 0
    assert await text_of(world, project, first) == "Letter 0."


async def test_a_projects_own_rows_never_lie_under_the_key_of_a_chunk(world: World, bank: Organization):
    project = await bank.project(2)
    world.clock.advance(days=40)

    await project.add(1, batch="A month later")
    await project.add(1, batch="And another")

    async with world.superuser() as connection:
        shared = await connection.fetchval(
            "select count(*) from chunk_key c where c.organization_id = $1 and not c.is_for_rows and exists"
            " (select from batch b where b.chunk_key_id = c.chunk_key_id)",
            bank.id,
        )
    assert shared == 0


async def test_every_table_with_sealed_rows_is_known_to_what_destroys_an_items_key(newest_copy: Copy):
    """A new table whose rows hang on a task must be looked at before a chunk's key goes; the others have keys of their own."""
    async with newest_copy.connect() as connection:
        tables = {
            row[0]
            for row in await connection.fetch(
                "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
                " where c.relnamespace = 'evenhand'::regnamespace and c.relkind = 'r' and a.attname = 'chunk_key_id'"
            )
        }

    of_tasks = {"task", "annotation", "draft", "remark", "check_record", "gold_answer", "planted_flaw"}
    of_their_own = {"organization", "person", "credential", "project", "ontology_version", "guideline_version", "batch"}
    of_their_own |= {
        "media",
        "bucket",
        "import_run",
        "release",
        "webhook",
        "idempotency",
        "chunk_key",
        "shredding",
        "break_glass",
    }
    assert tables - of_their_own - ALSO == of_tasks


async def test_what_is_not_in_the_trash_or_is_somebody_elses_is_refused(world: World, bank: Organization):
    rival = await world.organization("Rival")
    project = await bank.project(2)
    first, second = await project.task_ids()
    shredding = world.services.shredding

    with pytest.raises(Conflict, match="trash"):
        await shredding.ask(bank.owner.actor, "task", first)
    with pytest.raises(Conflict, match="trash"):
        await shredding.ask(bank.owner.actor, "project", project.id)
    for scope, id_ in (("task", first), ("project", project.id), ("organization", bank.id)):
        with pytest.raises(NotFound):
            await shredding.ask(rival.owner.actor, scope, id_)
    await trash(project, first, second)
    await shredding.ask(bank.owner.actor, "task", first)
    with pytest.raises(Conflict, match="wait"):
        await shredding.ask(bank.owner.actor, "task", second)
    assert await shredding.all(rival.owner.actor) == []


async def test_asked_twice_under_one_id_it_is_done_once(world: World, bank: Organization):
    project = await bank.project(1)
    [task] = await project.task_ids()
    await trash(project, task)
    id_ = uuid4()

    first = await world.services.shredding.ask(bank.owner.actor, "task", task, id_)
    again = await world.services.shredding.ask(bank.owner.actor, "task", task, id_)

    assert first == again
    assert len(await world.services.shredding.all(bank.owner.actor)) == 1


# ---------------------------------------------------------------------------------------------------------- a project --
async def test_a_project_in_the_trash_is_destroyed_at_once_and_certified(world: World, bank: Organization):
    project = await bank.project(2)
    await world.services.work.projects.set_state(bank.owner.actor, project.id, "trashed")

    done = await shred(project, "project", project.id)

    assert said(done, world)["keys_destroyed"] >= 1
    with pytest.raises(NotFound):
        await world.services.work.projects.get(bank.owner.actor, project.id)


# ------------------------------------------------------------- the key above is destroyed, and the oldest backup is restored --
@pytest.fixture
def engine() -> Iterator[Engine]:
    with transit_server() as started:
        yield started


async def backed_up(cluster: Cluster, copy: Copy) -> Copy:
    """A backup of a database that nobody uses at the moment, restored beside it."""
    return await cluster._made(f"{copy.name}_restored", copy.name)


@pytest.fixture
async def torn(
    all_clusters: dict[int, Cluster], newest_copy: Copy, engine: Engine, tmp_path: Path
) -> AsyncIterator[Torn]:
    """A customer whose key lives in a Transit engine, with a task, and a backup of all that from before anything was shredded."""
    (tmp_path / "token").write_text("a-token")
    settings = {"address": engine.address, "key": "evenhand", "token_file": str(tmp_path / "token")}
    async with world_on(newest_copy) as world:
        bank = await world.organization("Bank")
        lend(world, bank, bank=kinds()["vault_transit"]("bank", settings))
        project = await bank.project(1)
        [task] = await project.task_ids()
        await world.services.key_policies.choose(bank.owner.actor, "bring", "bank")
        await rewrap(world, bank)
        assert await text_of(world, project, task) == "Letter 0."
        made = Torn(newest_copy, bank, project.id, task, world.services.keys, settings)
    made.oldest = await backed_up(all_clusters[MAJORS[0]], newest_copy)
    yield made
    await all_clusters[MAJORS[0]].drop(made.oldest)


@dataclass
class Torn:
    """What of an installation is kept elsewhere: the oldest backup, the key file, the way to the customer's key."""

    copy: Copy
    bank: Organization
    project_id: UUID
    task: UUID
    key_file: KeyFile
    settings: dict[str, str]
    oldest: Copy | None = None

    async def shred(self) -> dict:
        """Have everything of the customer destroyed; what the certificate says."""
        async with world_on(self.copy) as world:
            lend_again(world, self.bank, self.key_file, self.settings)
            asked = await world.services.shredding.ask(self.bank.owner.actor, "organization", self.bank.id)
            await world.services.shredding.shred_due()
            done = await world.services.shredding.get(self.bank.owner.actor, UUID(asked["id"]))
        async with world.superuser() as connection:
            recorded = await connection.fetchval(
                "select object_digest from ledger_inbox where action = $1 and organization_id = $2",
                int(Action.DELETION_CERTIFY),
                self.bank.id,
            )
        assert recorded == digest_of(done["certificate"])
        return said(dict(done), world)

    async def text_from_the_oldest_backup(self) -> str:
        """Restore it, with the key file, and read the task."""
        assert self.oldest is not None
        async with world_on(self.oldest) as restored:
            lend_again(restored, self.bank, self.key_file, self.settings)
            there = Project(Organization(restored, self.bank.id, self.bank.owner), self.project_id)
            return await text_of(restored, there, self.task)


@pytest.mark.check(15)
async def test_after_the_customers_key_is_destroyed_no_backup_opens(torn: Torn, engine: Engine):
    del engine.keys["evenhand"]

    paper = await torn.shred()

    with pytest.raises(KeyServiceUnavailable) as refused:
        await torn.text_from_the_oldest_backup()
    assert refused.value.reason == "gone"
    assert paper["method"] == "cryptographic-erase"
    assert not any("backups" in each for each in paper["not_done"])


@pytest.mark.saboteur(15)
async def test_the_saboteur_while_the_customers_key_is_left_a_backup_opens_and_the_paper_says_so(torn: Torn):
    paper = await torn.shred()

    assert await torn.text_from_the_oldest_backup() == "Letter 0."
    assert paper["method"] == "key-destruction"
    assert any("backups" in each for each in paper["not_done"])


def lend_again(world: World, bank: Organization, key_file, settings) -> None:
    """The same key file and services, in a world that is started anew."""
    for holder in (world.services, world.services.vault, world.services.shredding):
        name = "keys" if holder is world.services else "_keys"
        object.__setattr__(holder, name, key_file)
    lend(world, Organization(world, bank.id, bank.owner), bank=kinds()["vault_transit"]("bank", settings))


# ---------------------------------------------------------------------------------------------------------- the paper --
WHOLE = Destroyed("organization", UUID(int=1), UUID(int=1), 5, "aws_kms:x", True, MORNING, "hold")


def method_of(facts: Destroyed) -> tuple[str, list[str]]:
    predicate = open_envelope(json.dumps(certificate(facts, SEED)).encode(), public_key(SEED))["predicate"]
    return predicate["method"], [name for name, holds in predicate["conditions"].items() if not holds]


@pytest.mark.parametrize(
    ("changed", "lacking"),
    [
        ({"is_above_gone": False}, ["every_copy_of_the_key_destroyed", "key_destruction_verifiable"]),
        ({"mode": "managed"}, ["key_destruction_verifiable"]),
        ({"lay_open": True}, ["never_stored_unencrypted"]),
        ({"releases": (1, 2)}, ["every_copy_of_the_key_destroyed"]),
    ],
    ids=str,
)
def test_cryptographic_erase_is_said_only_where_every_condition_holds(changed, lacking):
    from dataclasses import replace

    assert method_of(WHOLE) == ("cryptographic-erase", [])
    assert method_of(replace(WHOLE, **changed)) == ("key-destruction", lacking)


def test_a_changed_certificate_is_refused():
    signed = certificate(WHOLE, SEED)
    payload = bytearray(base64.b64decode(signed["payload"]))
    payload[100] ^= 1
    forged = {**signed, "payload": base64.b64encode(bytes(payload)).decode()}

    with pytest.raises(SignatureRefused):
        open_envelope(json.dumps(forged).encode(), public_key(SEED))
