"""A database that has too much to do says so, and that a second try may go through: nothing was written, and nothing is broken."""

from __future__ import annotations

import asyncio

import pytest

from database import Copy
from evenhand.core.errors import Unavailable
from evenhand.store.database import Database

GATE = 7001


async def test_a_lock_a_statement_and_a_deadlock_that_take_too_long_are_told_as_busy(newest_copy: Copy) -> None:
    database = await Database.connect(newest_copy.app_url, size=3, software="a test")
    try:
        async with newest_copy.connect() as holder, holder.transaction():
            await holder.execute("select pg_advisory_xact_lock($1)", GATE)
            with pytest.raises(Unavailable) as waited:
                async with database.statement() as connection:
                    await connection.execute("set lock_timeout = '50ms'")
                    await connection.execute("select pg_advisory_xact_lock(7001)")
        with pytest.raises(Unavailable):
            async with database.statement() as connection:
                await connection.execute("set statement_timeout = '50ms'")
                await connection.execute("select pg_sleep(5)")
        both = asyncio.Barrier(2)

        async def locks(first: int, second: int) -> None:
            async with database.statement() as connection, connection.transaction():
                await connection.execute("set local statement_timeout = 0; set local lock_timeout = 0")
                await connection.execute(f"select pg_advisory_xact_lock({first})")
                await both.wait()
                await connection.execute(f"select pg_advisory_xact_lock({second})")

        outcomes = await asyncio.gather(locks(1, 2), locks(2, 1), return_exceptions=True)
    finally:
        await database.close()

    assert (waited.value.part, waited.value.code) == ("database", "unavailable")
    assert sorted(type(each) for each in outcomes if each is not None) == [Unavailable]
