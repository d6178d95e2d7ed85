"""The schema runner: today's truth and every way that leads to it end in the same database, made by no superuser."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from pathlib import Path

import asyncpg
import pytest

from database import APP, OWNER, Cluster, Copy
from evenhand.ledger.actions import Action
from evenhand.store import schema
from evenhand.store.schema import DatabaseOutdated, DatabaseTooNew, Migration, MigrationChanged, OwnerLacksRights

RELEASED = Path(__file__).parent / "released"


async def catalogue(copy: Copy) -> dict[str, str]:
    """What a database is, as sentences by name; the order of columns does not count, for a migration adds at the end."""
    async with copy.connect() as superuser:
        rows = await superuser.fetch(_CATALOGUE)
    return {row["name"]: row["sentence"] for row in rows}


_CATALOGUE = """
with ours as (select * from pg_class where relnamespace = 'evenhand'::regnamespace)
select 'schema' as name, nspacl::text || pg_get_userbyid(nspowner) as sentence from pg_namespace where nspname = 'evenhand'
union all
select 'relation ' || relname, concat_ws(' ', relkind, relrowsecurity, relforcerowsecurity, reloptions::text,
       pg_get_userbyid(relowner), (select array_agg(a::text order by a::text) from unnest(relacl) a)::text)
  from ours where relkind in ('r', 'p', 'v', 'm', 'S')
union all
select 'column ' || c.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
       a.attgenerated, a.attstorage, pg_get_expr(d.adbin, d.adrelid), a.attacl::text)
  from pg_attribute a join ours c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm')
union all
select 'constraint ' || c.relname || '.' || o.conname, pg_get_constraintdef(o.oid)
  from pg_constraint o join ours c on c.oid = o.conrelid
union all
select 'index ' || relname, pg_get_indexdef(oid) from ours where relkind in ('i', 'I')
union all
select 'policy ' || tablename || '.' || policyname, concat_ws(' ', permissive, roles::text, cmd, qual, with_check)
  from pg_policies where schemaname = 'evenhand'
union all
select 'trigger ' || t.tgname, pg_get_triggerdef(t.oid) from pg_trigger t join ours c on c.oid = t.tgrelid where not t.tgisinternal
union all
select 'function ' || p.oid::regprocedure::text, concat_ws(' ', pg_get_functiondef(p.oid), pg_get_userbyid(p.proowner),
       (select array_agg(a::text order by a::text) from unnest(p.proacl) a)::text)
  from pg_proc p where p.pronamespace = 'evenhand'::regnamespace
"""


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """What is in one and not, or not so, in the other."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The schema files as they are, before a test pretends that they were once different."""
    return schema.whole_schema()


# -------------------------------------------------------------------------------------------------------- two ways --
async def test_every_released_schema_and_its_migrations_lead_to_todays(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`released/0002-0.3.0.sql` is the whole schema of release 0.3.0, whose last migration was the second one."""
    truth = await cluster.clone()
    released = sorted(RELEASED.glob("*.sql"))
    assert bool(released) == bool(schema.migrations()), (
        "a migration needs the schema of the release that it starts from"
    )
    for file in released:
        copy = await cluster.empty()
        steps = schema.migrations()
        with monkeypatch.context() as then:
            then.setattr(schema, "whole_schema", lambda file=file: [(file.name, file.read_text("utf-8"))])
            taken = [step for step in steps if step.number <= int(file.stem.partition("-")[0])]
            then.setattr(schema, "migrations", lambda taken=taken: taken)
            await schema.prepare(copy.owner_url, app_role=APP)

        await schema.upgrade(copy.owner_url, app_role=APP)

        assert differences(await catalogue(copy), await catalogue(truth)) == [], file.name


NOVELTY = """
create table novelty (
  organization_id uuid not null references organization,
  novelty_id uuid not null,
  sealed bytea not null,
  primary key (organization_id, novelty_id)
);
call bind_to_tenant('novelty');
grant select, insert on novelty to evenhand_app;
"""


def tomorrows(today: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The schema of a release to come: one more table, and one more column in the middle of another."""
    older, newer = (
        "saved_at timestamptz not null, client_clock",
        "saved_at timestamptz not null, mood text, client_clock",
    )
    assert sum(sql.count(older) for _, sql in today) == 1
    return [(name, sql.replace(older, newer)) for name, sql in today] + [("work/novelty.sql", NOVELTY)]


STEP = Migration(1, "say-what-is-new", NOVELTY + "alter table draft add column mood text;")


@pytest.fixture
async def truth_and_older(
    cluster: Cluster, today: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> tuple[Copy, Copy]:
    """A database made from tomorrow's schema, and one made from today's."""
    older = await cluster.clone()
    truth = await cluster.empty()
    with monkeypatch.context() as then:
        then.setattr(schema, "whole_schema", lambda: tomorrows(today))
        then.setattr(schema, "migrations", lambda: [STEP])
        await schema.prepare(truth.owner_url, app_role=APP)
    return truth, older


async def test_an_older_schema_and_a_migration_end_in_the_same_database(
    truth_and_older: tuple[Copy, Copy], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth, copy = truth_and_older
    assert "relation novelty" in differences(await catalogue(copy), await catalogue(truth))

    monkeypatch.setattr(schema, "migrations", lambda: [STEP])
    done = await schema.upgrade(copy.owner_url, app_role=APP)

    assert done == ["applied 0001 say-what-is-new"]
    assert differences(await catalogue(copy), await catalogue(truth)) == []
    assert await schema.upgrade(copy.owner_url, app_role=APP) == []


async def test_a_migration_that_forgets_the_wall_or_a_column_is_found(
    truth_and_older: tuple[Copy, Copy], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth, copy = truth_and_older
    forgetful = Migration(1, STEP.name, NOVELTY.replace("call bind_to_tenant", "-- call"))

    monkeypatch.setattr(schema, "migrations", lambda: [forgetful])
    await schema.upgrade(copy.owner_url, app_role=APP)

    found = differences(await catalogue(copy), await catalogue(truth))
    assert {"policy novelty.tenant", "relation novelty", "column draft.mood"} <= set(found)


# ------------------------------------------------------------------------------------------------------- the runner --
async def test_it_is_made_by_a_role_that_is_no_superuser_and_making_it_again_changes_nothing(cluster: Cluster) -> None:
    copy = await cluster.empty()

    await schema.prepare(copy.owner_url, app_role=APP)
    made = await catalogue(copy)
    await schema.prepare(copy.owner_url, app_role=APP)

    assert await catalogue(copy) == made
    async with copy.connect() as superuser:
        role = await superuser.fetchrow(
            "select rolsuper, rolcreaterole, rolbypassrls from pg_roles where rolname = $1", OWNER
        )
        assert tuple(role.values()) == (False, True, False)
        owners = await superuser.fetch(
            "select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = 'evenhand'::regnamespace"
        )
        assert [row[0] for row in owners] == [OWNER]


async def test_an_owner_who_may_not_make_roles_is_told_so_and_what_to_do(cluster: Cluster) -> None:
    copy = await cluster.empty()
    async with copy.connect() as superuser:
        await superuser.execute("create role meek login password 'only-for-tests'")
        await superuser.execute(f"alter database {copy.name} owner to meek")
    url = copy.owner_url.replace(OWNER, "meek", 1)
    try:
        with pytest.raises(OwnerLacksRights, match="meek may not make roles") as told:
            await schema.prepare(url)
    finally:
        async with copy.connect() as superuser:
            await superuser.execute(f"alter database {copy.name} owner to {OWNER}")
            await superuser.execute("drop role meek")

    assert "CREATEROLE" in told.value.hint


async def test_a_migration_that_was_changed_after_it_was_taken_is_refused(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = await cluster.clone()
    monkeypatch.setattr(schema, "migrations", lambda: [Migration(1, "one", "create table one (x int)")])
    await schema.upgrade(copy.owner_url)

    monkeypatch.setattr(schema, "migrations", lambda: [Migration(1, "one", "create table one (x bigint)")])
    for way in (schema.prepare, schema.upgrade):
        with pytest.raises(MigrationChanged):
            await way(copy.owner_url)


async def test_an_older_database_is_not_changed_without_being_asked_to(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = await cluster.clone()
    before = await catalogue(copy)
    monkeypatch.setattr(schema, "migrations", lambda: [Migration(1, "one", "create table one (x int)")])

    with pytest.raises(DatabaseOutdated) as told:
        await schema.prepare(copy.owner_url, app_role=APP)

    assert (told.value.steps, await catalogue(copy)) == (1, before)


async def test_a_database_of_a_newer_release_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = await cluster.clone()
    with monkeypatch.context() as newer:
        newer.setattr(schema, "migrations", lambda: [Migration(9, "of-tomorrow", "create table tomorrow (x int)")])
        await schema.upgrade(copy.owner_url)

    with pytest.raises(DatabaseTooNew) as told:
        await schema.prepare(copy.owner_url)

    assert told.value.number == 9


async def test_a_migration_that_fails_leaves_nothing_of_itself_and_keeps_those_before_it(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = await cluster.clone()
    steps = [
        Migration(1, "sound", "create table sound (x int)"),
        Migration(2, "broken", "create table broken (x int); select 1 / 0"),
    ]
    monkeypatch.setattr(schema, "migrations", lambda: steps)

    with pytest.raises(asyncpg.DivisionByZeroError):
        await schema.upgrade(copy.owner_url)

    async with copy.connect() as superuser:
        assert await superuser.fetchval(
            "select to_regclass('evenhand.sound') is not null and to_regclass('evenhand.broken') is null"
        )
        assert await superuser.fetchval("select array_agg(number) from migration") == [1]


async def test_two_processes_that_start_at_once_make_it_once(cluster: Cluster) -> None:
    copy = await cluster.empty()

    await asyncio.gather(*(schema.prepare(copy.owner_url, app_role=APP) for _ in range(4)))

    assert differences(await catalogue(copy), await catalogue(await cluster.clone())) == []


async def test_two_processes_that_upgrade_at_once_take_each_step_once(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = await cluster.clone()
    monkeypatch.setattr(schema, "migrations", lambda: [Migration(1, "one", "create table one (x int)")])

    done = await asyncio.gather(*(schema.upgrade(copy.owner_url, app_role=APP) for _ in range(4)))

    assert sorted(done) == [[], [], [], ["applied 0001 one"]]


# ------------------------------------------------------------------------------------------------------- closed lists --
async def test_the_list_of_actions_is_the_same_in_sql_and_in_python(copy: Copy) -> None:
    async with copy.connect() as superuser:
        rows = await superuser.fetch("select action, name from ledger_action order by action")

    assert [(row["action"], row["name"]) for row in rows] == [(int(action), action.title) for action in Action]


def test_every_room_that_has_a_schema_is_run() -> None:
    rooms = {
        room.name for room in files("evenhand").iterdir() if room.is_dir() and room.joinpath("schema.sql").is_file()
    }

    assert rooms <= set(schema.ROOMS)
