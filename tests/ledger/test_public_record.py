"""What the whole world may know is recorded in the transaction of the change, word for word, and by nobody else's hand."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest

from evenhand.core.canonical import canonical_json
from evenhand.ledger.actions import Action
from evenhand.ledger.entries import PUBLIC_BODY_BYTES_MAX, put_on_public_record, put_software_on_record
from evenhand.store.database import Database
from world import World


async def recorded(world: World, action: Action) -> list[str]:
    """The bodies on public record of one action, oldest first."""
    async with world.superuser() as connection:
        rows = await connection.fetch(
            "select body from governance_inbox where action = $1 order by xid, id", int(action)
        )
    return [row["body"] for row in rows]


async def test_a_public_entry_is_kept_word_for_word_as_canonical_json(own_world: World) -> None:
    bank = await own_world.organization()
    body: dict[str, Any] = {"b": [1, 2.5, "\u00e9", None, "\x01\ud7ff\uffee"], "a": {"": 1e21}, "\U0001f600": True}

    async with own_world.services.database.tenant(bank.id) as connection:
        place = await put_on_public_record(connection, Action.POLICY_CHANGE, body, now=own_world.clock.now())

    assert await recorded(own_world, Action.POLICY_CHANGE) == [canonical_json(body).decode()]
    assert place[0] > 0
    assert place[1] > 0


async def test_a_public_entry_comes_and_goes_with_its_transaction(own_world: World) -> None:
    bank = await own_world.organization()

    with pytest.raises(RuntimeError):
        async with own_world.services.database.tenant(bank.id) as connection:
            await put_on_public_record(connection, Action.KEY_ROTATE, {"key": "a"}, now=own_world.clock.now())
            raise RuntimeError("the change did not come about")

    assert await recorded(own_world, Action.KEY_ROTATE) == []


async def test_a_body_that_would_not_fit_an_entry_is_refused_before_it_is_written(own_world: World) -> None:
    async with own_world.services.database.statement() as connection:
        with pytest.raises(ValueError, match="60000 bytes"):
            await put_on_public_record(
                connection, Action.POLICY_CHANGE, {"x": "y" * PUBLIC_BODY_BYTES_MAX}, now=own_world.clock.now()
            )
        with pytest.raises(asyncpg.CheckViolationError, match="fits_an_entry"):
            await connection.execute(
                "select ledger_note_public(9::smallint, $1, now())", json.dumps({"x": "y" * PUBLIC_BODY_BYTES_MAX})
            )


async def test_app_appends_to_the_public_record_by_its_function_alone(own_world: World) -> None:
    async with own_world.copy.connect(as_="app") as app:
        for verb in (
            "insert into governance_inbox (at, action, body) values (now(), 9, '{}')",
            "update governance_inbox set body = '{}'",
            "delete from governance_inbox",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(verb)


async def test_software_is_recorded_once_each_time_it_is_another(own_world: World) -> None:
    now, url = own_world.clock.now(), own_world.settings.database_url
    assert url is not None
    news = []

    for software in ("evenhand 1 sha256:aa", "evenhand 1 sha256:aa", "evenhand 2 sha256:bb", "evenhand 1 sha256:aa"):
        database = await Database.connect(url, size=2, software=software)
        try:
            news.append(await put_software_on_record(database, now))
        finally:
            await database.close()

    assert news == [True, False, True, True]
    assert [json.loads(each)["software"] for each in await recorded(own_world, Action.SOFTWARE_DEPLOY)] == [
        "evenhand 1 sha256:aa",
        "evenhand 2 sha256:bb",
        "evenhand 1 sha256:aa",
    ]
