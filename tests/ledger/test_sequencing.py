"""Every committed row becomes one entry, in the order (xid, id), whatever commits when and whoever is killed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from ledger_world import DOMAIN, leaves, put, record, sequence, sequencer_connections, state_of

from database import Copy
from evenhand.ledger import sequencing
from evenhand.ledger.actions import Action
from evenhand.ledger.entries import put_on_public_record
from evenhand.ledger.entry import GOVERNANCE, EntryWriter
from evenhand.ledger.sequencing import Sequencer
from evenhand.ledger.tree import Frontier, leaf_hash, root_of
from evenhand.store.database import Database
from evenhand.store.queries import Query
from world import World


@pytest_asyncio.fixture
async def own_database(copy: Copy) -> AsyncIterator[Database]:
    """Connections of the sequencer's own role."""
    async with sequencer_connections(copy) as database:
        yield database


@pytest.fixture
def sequencer(own_database: Database, own_world: World) -> Sequencer:
    """A sequencer that makes passes when a test says so."""
    return Sequencer(own_database, own_world.clock, DOMAIN)


async def test_rows_become_entries_of_their_organizations_logs(own_world: World, sequencer: Sequencer) -> None:
    one, other = uuid4(), uuid4()
    for each in (one, other, one, one):
        await put(own_world.copy, each)
    async with own_world.copy.connect(as_="app") as app:
        await put_on_public_record(app, Action.KEY_ROTATE, {"key": "a"}, now=own_world.clock.now())

    await sequence(sequencer)

    for organization_id, count in ((one, 3), (other, 1), (GOVERNANCE, 1)):
        log = await state_of(own_world.copy, organization_id)
        found = await leaves(own_world.copy, organization_id)
        assert [each["index"] for each in found] == list(range(count))
        assert log["size"] == count
        assert log["origin"] == f"{DOMAIN}/log/{log['opaque']}"
    assert (await state_of(own_world.copy, GOVERNANCE))["opaque"] == "governance"


async def test_a_leaf_is_the_hash_of_the_entry_of_its_row(own_world: World, sequencer: Sequencer) -> None:
    bank = await own_world.organization()
    project = await bank.project(tasks=3)
    await project.answer(await bank.member())

    await sequence(sequencer)

    log = await state_of(own_world.copy, bank.id)
    writer = EntryWriter(log["origin"], log["salt"])
    async with own_world.superuser() as superuser:
        rows = await superuser.fetch(
            "select xid, id, organization_id, at, action, actor_commitment, actor_organization_id, object_id, object_ids,"
            " subject_id, object_digest, purpose, lease_until, wall_epoch, policy_version, decision, rule, quantity, software"
            " from ledger_inbox where organization_id = $1 order by xid, id",
            bank.id,
        )
    entries = [writer.entry(tuple(row)) for row in rows]
    found = await leaves(own_world.copy, bank.id)
    assert [each["hash"] for each in found] == [leaf_hash(entry) for _, entry in entries]
    assert [each["entry_id"] for each in found] == [id_ for id_, _ in entries]
    assert len(entries) > 5


async def test_the_frontier_is_that_of_all_leaves(own_world: World, sequencer: Sequencer) -> None:
    bank = uuid4()
    for count in (1, 2, 4, 300, 1):
        await put(own_world.copy, bank, count)
        await sequence(sequencer)

    log = await state_of(own_world.copy, bank)
    frontier = Frontier(log["size"], log["frontier"])
    assert frontier.root() == root_of(each["hash"] for each in await leaves(own_world.copy, bank))
    assert log["size"] == 308


async def test_app_reads_its_own_log_and_can_write_none(own_world: World, sequencer: Sequencer) -> None:
    bank = await own_world.organization()
    await bank.project()
    await sequence(sequencer)

    async with own_world.copy.connect(as_="app") as app:
        await app.execute(f"begin; select set_config('evenhand.organization', '{bank.id}', true)")
        assert {row["organization_id"] for row in await app.fetch("select * from ledger_log")} == {bank.id}
        for verb in (
            "update ledger_log set size = 0",
            "delete from ledger_leaf",
            "insert into ledger_leaf values (gen_random_uuid(), 1, 0, '', '', '1', 1)",
            "update ledger_leaf set hash = ''",
            "insert into ledger_checkpoint values (gen_random_uuid(), 1, 0, '', '', now())",
            "select * from ledger_cursor",
        ):
            await app.execute("savepoint here")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(verb)
            await app.execute("rollback to here")
        await app.execute("rollback")


async def test_the_sequencer_reads_no_customers_content_and_changes_no_entry(own_world: World) -> None:
    async with own_world.copy.connect(as_="sequencer") as connection:
        for verb in (
            "select * from task",
            "select * from organization",
            "select * from disclosure",
            "update ledger_leaf set hash = ''",
            "delete from ledger_leaf",
            "delete from ledger_checkpoint",
            "insert into ledger_inbox (organization_id, action) values (gen_random_uuid(), 1)",
            "update ledger_inbox set action = 2",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(verb)


@pytest.mark.check(2)
async def test_two_sequencers_at_once_take_every_row_once(own_world: World, own_database: Database) -> None:
    bank = uuid4()
    two = [Sequencer(own_database, own_world.clock, DOMAIN) for _ in range(2)]

    for _ in range(20):
        await put(own_world.copy, bank, 5)
        await asyncio.gather(*(each.sequence() for each in two))
    await sequence(two[0])

    found = await leaves(own_world.copy, bank)
    assert [each["index"] for each in found] == list(range(100))
    assert len({(each["xid"], each["id"]) for each in found}) == 100


async def test_a_log_whose_leaves_were_changed_stops_and_the_others_go_on(
    own_world: World, own_database: Database, sequencer: Sequencer
) -> None:
    bank, other = uuid4(), uuid4()
    for each in (bank, other):
        await put(own_world.copy, each, 3)
    await sequence(sequencer)
    async with own_world.superuser() as superuser:
        await superuser.execute(
            "update ledger_leaf set hash = sha256('x') where organization_id = $1 and index = 1", bank
        )

    restarted = Sequencer(own_database, own_world.clock, DOMAIN)
    for each in (bank, other):
        await put(own_world.copy, each)
    await sequence(restarted)

    stopped = await state_of(own_world.copy, bank)
    assert (stopped["state"], stopped["reason"], stopped["size"]) == ("stopped", "log-forked", 3)
    assert (await state_of(own_world.copy, other))["size"] == 4


async def test_a_log_that_lost_a_leaf_stops(own_world: World, own_database: Database, sequencer: Sequencer) -> None:
    bank = uuid4()
    await put(own_world.copy, bank, 3)
    await sequence(sequencer)
    async with own_world.superuser() as superuser:
        await superuser.execute("delete from ledger_leaf where organization_id = $1 and index = 2", bank)

    await put(own_world.copy, bank)
    await sequence(Sequencer(own_database, own_world.clock, DOMAIN))

    assert (await state_of(own_world.copy, bank))["reason"] == "log-shrunk"


# -------------------------------------------------------------------------------------------- who commits when is chance --
WRITERS = 8


async def write_out_of_order(copy: Copy, organization_ids: list[UUID], transactions: int, seed: int) -> list[UUID]:
    """Writers that put entries into transactions and wait before they commit, or roll back; the objects of what was committed."""
    committed: list[UUID] = []

    async def write(number: int) -> None:
        chance = random.Random(f"{seed} {number}")
        async with copy.connect(as_="app") as app:
            for _ in range(transactions):
                transaction = app.transaction()
                await transaction.start()
                objects = []
                for _ in range(chance.randint(1, 4)):
                    objects += await record(app, chance.choice(organization_ids), chance.randint(1, 3))
                    await asyncio.sleep(chance.random() * 0.01)
                if chance.random() < 0.1:
                    await transaction.rollback()
                else:
                    await transaction.commit()
                    committed.extend(objects)

    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    return committed


async def sequenced_beside_writers(
    copy: Copy, sequencer: Sequencer, transactions: int, seed: int
) -> tuple[list[UUID], list[UUID]]:
    """(what was committed, what the logs hold), both by object, after sequencing while eight writers wrote."""
    organizations = [uuid4() for _ in range(3)]
    writing = asyncio.create_task(write_out_of_order(copy, organizations, transactions, seed))
    while not writing.done():
        await sequencer.sequence()
        await asyncio.sleep(0.002)
    committed = await writing
    await sequence(sequencer)
    found = [each["object_id"] for organization_id in organizations for each in await leaves(copy, organization_id)]
    return committed, found


@pytest.mark.check(3)
async def test_entries_are_the_multiset_of_what_was_committed_by_eight_writers(
    copy: Copy, sequencer: Sequencer
) -> None:
    committed, found = await sequenced_beside_writers(copy, sequencer, transactions=25, seed=3)

    assert sorted(found) == sorted(committed)
    assert len(committed) > 500


@pytest.mark.drill
@pytest.mark.check(3)
async def test_entries_are_the_multiset_of_what_eight_thousand_transactions_committed(
    copy: Copy, sequencer: Sequencer
) -> None:
    committed, found = await sequenced_beside_writers(copy, sequencer, transactions=1_000, seed=17)

    assert sorted(found) == sorted(committed)
    print(f"\nPostgreSQL {copy.major}: {len(committed)} entries of {WRITERS} writers' 8,000 transactions, seed 17")


@pytest.mark.saboteur(3)
async def test_a_cursor_on_the_id_alone_loses_rows(
    copy: Copy, sequencer: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = sequencing._queries["take"]
    xid, id_, floor, limit = (f"${take.parameters.index(name) + 1}" for name in ("xid", "id", "floor", "limit"))
    columns = take.sql.partition("FROM")[0]
    naive = (
        f"{columns} FROM ledger_inbox i WHERE i.id > {id_}::bigint AND i.id >= {floor} AND {xid}::xid8 IS NOT NULL"
        f" ORDER BY i.id LIMIT {limit}"
    )
    monkeypatch.setitem(sequencing._queries._queries, "take", Query("take", naive, take.parameters))

    committed, found = await sequenced_beside_writers(copy, sequencer, transactions=25, seed=3)

    assert len(found) < len(committed)


@pytest.mark.saboteur(3)
async def test_without_waiting_for_the_oldest_transaction_rows_are_lost(
    copy: Copy, sequencer: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = sequencing._queries["take"]
    hasty = take.sql.replace("AND i.xid < pg_snapshot_xmin(pg_current_snapshot())", "")
    assert hasty != take.sql
    monkeypatch.setitem(sequencing._queries._queries, "take", Query("take", hasty, take.parameters))

    committed, found = await sequenced_beside_writers(copy, sequencer, transactions=25, seed=3)

    assert len(found) < len(committed)


async def test_the_clock_may_jump_back(own_world: World, sequencer: Sequencer) -> None:
    bank = uuid4()
    for moment in ("2030-01-01", "2020-01-01", "2025-01-01"):
        async with own_world.copy.connect(as_="app") as app, app.transaction():
            await app.execute("select set_config('evenhand.organization', $1, true)", str(bank))
            await app.execute(
                f"select ledger_note(23::smallint, null, null, null, null, null, null, null, null, null, '{moment}Z')"
            )
        await sequence(sequencer)

    assert (await state_of(own_world.copy, bank))["size"] == 3
