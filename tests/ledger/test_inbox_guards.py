"""What the inbox refuses: actions and decisions outside the closed lists, words that would not fit an entry."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from database import Copy

NOTE = "select ledger_note($1::smallint, null, null, null, null, null, $2, $3, $4, null, now())"
FOR_SOFTWARE = "select grant_mint_for_software($1, $2::smallint, 'check', array[]::uuid[], now())"


async def as_tenant(connection: asyncpg.Connection) -> None:
    await connection.execute("select set_config('evenhand.organization', $1, true)", str(uuid4()))


async def noted(copy: Copy, action: int = 24, purpose: str = "manage", decision: str = "allow", rule: str = "") -> None:
    async with copy.connect(as_="app") as app, app.transaction():
        await as_tenant(app)
        await app.fetchval(NOTE, action, purpose, decision, rule)


async def test_an_entry_of_an_action_outside_the_closed_list_is_refused_by_whatever_is_told_one(copy: Copy) -> None:
    await noted(copy, action=27)

    with pytest.raises(asyncpg.ForeignKeyViolationError, match="no action 99"):
        await noted(copy, action=99)
    async with copy.connect(as_="app") as app:
        with pytest.raises(asyncpg.ForeignKeyViolationError, match="no action 99"):
            await app.fetchval(FOR_SOFTWARE, uuid4(), 99)


async def test_without_the_look_into_the_list_an_unknown_action_gets_in(newest_copy: Copy) -> None:
    async with newest_copy.connect() as superuser:
        await superuser.execute(
            "create or replace function evenhand.ledger_action_known(p_action smallint) returns smallint"
            " language sql stable as 'select p_action'"
        )

    await noted(newest_copy, action=99)

    async with newest_copy.connect() as superuser:
        assert await superuser.fetchval("select count(*) from ledger_inbox where action = 99") == 1


async def test_words_that_would_not_fit_an_entry_are_refused(copy: Copy) -> None:
    await noted(copy, rule="\x01" * 4000, purpose="p" * 100)

    for too_long in ({"rule": "r" * 4001}, {"purpose": "p" * 101}):
        with pytest.raises(asyncpg.StringDataRightTruncationError):
            await noted(copy, **too_long)


async def test_a_decision_is_allow_or_deny(copy: Copy) -> None:
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await noted(copy, decision="maybe")
