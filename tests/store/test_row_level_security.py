"""Tenants never see each other: the catalogue-wide matrix, on both majors, and its saboteurs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
import row_level

from database import APP, Copy
from evenhand.store.database import Database
from world import World


async def everything_wrong(copy: Copy) -> list[str]:
    """All the guards at once, the matrix for app and the relations that saboteurs touch."""
    ours, theirs = await row_level.plant(copy)
    app, touched = ["evenhand_app"], ["task", "vote", "annotation", "draft", "person"]
    reached, _ = await row_level.matrix(copy, ours, theirs, app, touched)
    async with copy.connect() as superuser:
        return [
            *row_level.crossings(reached),
            *await row_level.missing(copy, reached, app, touched),
            *await row_level.unforced(superuser),
            *await row_level.bare_views(superuser),
            *await row_level.untenanted_keys(superuser),
            *await row_level.loose_functions(superuser),
            *await row_level.logins_of(superuser),
            *await row_level.rights_of_app(copy, APP),
        ]


@pytest.mark.check(11)
async def test_no_tenant_reaches_another_by_any_verb_in_any_relation(copy: Copy) -> None:
    ours, theirs = await row_level.plant(copy)

    reached, attempts = await row_level.matrix(copy, ours, theirs)

    print(f"PostgreSQL {copy.major}: {attempts} attempts, {len(reached)} reached rows")
    assert attempts > 3000
    assert row_level.crossings(reached) == []
    assert await row_level.missing(copy, reached) == []


@pytest.mark.check(11)
async def test_the_catalogue_holds_no_table_view_key_or_function_without_its_wall(copy: Copy) -> None:
    async with copy.connect() as superuser:
        assert await row_level.unforced(superuser) == []
        assert await row_level.bare_views(superuser) == []
        assert await row_level.untenanted_keys(superuser) == []
        assert await row_level.loose_functions(superuser) == []
        assert await row_level.logins_of(superuser) == []


@pytest.mark.check(11)
async def test_app_owns_nothing_and_can_make_nothing(copy: Copy) -> None:
    assert await row_level.rights_of_app(copy, APP) == []
    assert await row_level.hands_of_app(copy) == []


@pytest.mark.saboteur(11)
@pytest.mark.parametrize(
    ("sabotage", "named"),
    [
        ("drop policy tenant on task", "evenhand_app may select task and reaches nothing"),
        ("create policy leak on task using (true)", "evenhand_app selects task (foreign)"),
        ("alter table vote no force row level security", "vote"),
        ("alter table vote disable row level security", "evenhand_app selects vote (foreign)"),
        ("create view leak as select * from annotation; grant select on leak to evenhand_app", "leak"),
        ("create unique index leak on task (external_hash)", "task.leak"),
        ("grant execute on function claim to public", "may be called by anybody"),
        ("alter function claim reset search_path", "has no search_path of its own"),
        ("alter function claim owner to evenhand_owner", "who can log in"),
        ("alter table draft owner to evenhand_app", "owns draft"),
        (
            "grant select on person to evenhand_app; create policy leak on person using (true)",
            "evenhand_app selects person",
        ),
        ("grant create on schema evenhand to evenhand_app", "may create in evenhand"),
        ("grant truncate on task to evenhand_app", "may truncate task"),
    ],
)
async def test_what_is_taken_away_from_the_walls_is_named(newest_copy: Copy, sabotage: str, named: str) -> None:
    async with newest_copy.connect() as superuser:
        await superuser.execute(sabotage)

    wrong = await everything_wrong(newest_copy)

    assert any(named in each for each in wrong), wrong


@pytest.mark.check(11)
async def test_no_tenant_set_is_an_error_and_never_an_empty_table(copy: Copy) -> None:
    async with copy.connect(as_="app") as connection:
        with pytest.raises(asyncpg.UndefinedObjectError):
            await connection.fetch("select * from task")

        await connection.execute(f"begin; select set_config('evenhand.organization', '{uuid4()}', true)")
        assert await connection.fetch("select * from task") == []
        await connection.execute("commit")

        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await connection.fetch("select * from task")


@pytest.mark.check(11)
async def test_after_every_kind_of_call_no_tenant_is_left_on_the_connection(own_world: World) -> None:
    bank = await own_world.organization()
    ana = await bank.member()
    project = await bank.project(tasks=2)
    database = await Database.connect(own_world.copy.app_url, size=1, software="a test")
    try:
        async with database.tenant(bank.id) as connection:
            assert await connection.fetchval("select count(*) from task") == 2
        async with database.statement() as connection:
            await connection.fetchrow(
                "select * from claim($1, $2, 1::smallint, '{}', $3)", ana.token, project.id, own_world.clock.now()
            )
        with pytest.raises(RuntimeError):
            async with database.tenant(bank.id):
                raise RuntimeError

        async with database.statement() as connection:
            assert await connection.fetchval("select current_setting('evenhand.organization', true)") in (None, "")
    finally:
        await database.close()


async def shared_by_both(copy: Copy, seed: int) -> list[str]:
    """What went wrong on the one connection that both tenants' requests share."""
    ours, theirs = await row_level.plant(copy)
    database = await Database.connect(copy.app_url, size=1, software="a test")
    try:
        reached, attempts = await row_level.shuffled(database, copy, (ours, theirs), seed)
    finally:
        await database.close()
    print(f"PostgreSQL {copy.major}: {attempts} interleaved requests over one connection, seed {seed}")
    return [*row_level.crossings(reached), *await row_level.missing(copy, reached, ["evenhand_app"])]


@pytest.mark.check(11)
async def test_requests_of_tenants_that_take_turns_on_one_connection_never_meet(copy: Copy) -> None:
    assert await shared_by_both(copy, seed=5) == []


@pytest.mark.saboteur(11)
async def test_a_tenant_set_for_the_session_is_found_by_whoever_comes_next(
    newest_copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def for_the_session(self: Database, organization_id: UUID) -> AsyncIterator[asyncpg.Connection]:
        async with self.statement() as connection, connection.transaction():
            await connection.execute(f"select set_config('evenhand.organization', '{organization_id}', false)")
            yield connection

    monkeypatch.setattr(Database, "tenant", for_the_session)

    wrong = await shared_by_both(newest_copy, seed=5)

    assert any("(none)" in each for each in wrong), wrong


@pytest.mark.check(11)
async def test_a_caller_cannot_pick_a_tenant_for_a_verb_of_the_queue(own_world: World) -> None:
    """The tenant is what the credential says there, whatever the transaction says."""
    bank, rival = await own_world.organization("Bank"), await own_world.organization("Rival")
    ana = await bank.member()
    theirs = await rival.project(tasks=1)

    async with own_world.services.database.tenant(rival.id) as connection:
        row = await connection.fetchrow(
            "select * from claim($1, $2, 1::smallint, '{}', $3)", ana.token, theirs.id, own_world.clock.now()
        )

    assert (row["status"], row["organization_id"]) == ("no-project", bank.id)


@pytest.mark.check(11)
async def test_app_may_call_what_is_listed_and_nothing_else(copy: Copy) -> None:
    async with copy.connect() as superuser:
        assert await row_level.functions_of_app(superuser) == row_level.FUNCTIONS_OF_APP.keys()


@pytest.mark.check(11)
async def test_a_function_that_goes_by_the_tenant_of_the_transaction_does_nothing_in_another(own_world: World) -> None:
    bank, rival = await own_world.organization("Bank"), await own_world.organization("Rival")
    hers = await rival.member("manager")
    project = await rival.project(tasks=1)
    task = await project.take(hers)

    async with own_world.services.database.tenant(bank.id) as connection:
        assert await connection.fetchval("select member_role_set($1, $2, 'auditor')", rival.id, hers.id) == "no-person"
        assert await connection.fetchval("select member_remove($1, $2, now())", rival.id, hers.id) == 0
        assert await connection.fetch("select * from names_of_members($1)", rival.id) == []
        assert await connection.fetchval("select queue_pause($1, true, true, now())", project.id) == 0
        assert await connection.fetch("select * from looks_of($1, 10)", task) == []

    assert (await own_world.services.people.actors.authenticate(hers.token)) is not None
    assert (await project.claim(hers))["assignment"]["task_id"] == str(task)
