"""Entries sequenced and published a second: `python -m bench.ledger [--entries N] [--tenants N]`.

The inbox is filled with rows as a claim leaves them; then the sequencer takes them, on a PostgreSQL of its own with everything
durable, as its own role. What is timed is the whole of it: reading, spelling, hashing, the tree, the leaves' rows, the commits.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from bench.installation import table
from evenhand.ledger.sequencing import Sequencer
from evenhand.ledger.tree import Frontier
from evenhand.store import schema
from evenhand.store.clock import SystemClock
from evenhand.store.database import Database
from evenhand.store.postgres import Address, PostgresServer, find_binaries

OWNER, PASSWORD = "evenhand_owner", "only-for-this-run"

# One transaction for each row would take longer than all that is measured; the rows are the same.
FILL = """
insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose,
                                   lease_until, wall_epoch, decision, software)
select ($1::uuid[])[1 + i % cardinality($1::uuid[])], $2::timestamptz + make_interval(secs => i * 1e-4), 1, sha256(i::text::bytea),
       ($1::uuid[])[1], gen_random_uuid(), 'label', $2::timestamptz + interval '30 minutes', 1, 'allow',
       'evenhand 0.1.0 sha256:' || repeat('a', 32)
  from generate_series(1, $3::int) i
"""


async def prepared(address: Address, database: str) -> tuple[str, str]:
    """(URL of a superuser, URL of the sequencer) of an installation's schema in a new database."""
    superuser = await asyncpg.connect(address.tcp_url)
    await superuser.execute(f"create role {OWNER} login createrole password '{PASSWORD}'")
    await superuser.execute(f"create database {database} owner {OWNER}")
    await superuser.close()
    here = address.in_database(database)
    owner = here.as_user(OWNER, PASSWORD).tcp_url
    await schema.prepare(owner)
    await schema.make_sequencer_login(owner, PASSWORD)
    return here.tcp_url, here.as_user(schema.SEQUENCER_LOGIN, PASSWORD).tcp_url


async def require_durable(connection: asyncpg.Connection) -> None:
    """What makes figures comparable."""
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert await connection.fetchval(f"show {name}") == "on", name


async def sequenced(url: str, own: str, entries: int, tenants: int) -> list[str]:
    """One line: so many entries of so many logs get their places."""
    clock = SystemClock()
    organizations: list[UUID] = [uuid4() for _ in range(tenants)]
    superuser = await asyncpg.connect(url)
    await require_durable(superuser)
    await superuser.execute(FILL, organizations, clock.now() - timedelta(hours=1), entries)
    await superuser.execute("vacuum (analyze) evenhand.ledger_inbox")
    await superuser.execute("checkpoint")
    database = await Database.connect(own, size=2, software="")
    try:
        sequencer = Sequencer(database, clock, "labels.example.org")
        cpu, began = time.process_time(), time.perf_counter()
        while await sequencer.sequence():
            pass
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        rows = await superuser.fetch(
            "select size, frontier, (select count(*) from evenhand.ledger_leaf f"
            "                         where f.organization_id = l.organization_id) as leaves"
            " from evenhand.ledger_log l where organization_id = any($1::uuid[])",
            organizations,
        )
        assert sum(row["size"] for row in rows) == sum(row["leaves"] for row in rows) == entries
        assert all(Frontier(row["size"], row["frontier"]).root() for row in rows)
    finally:
        await database.close()
        await superuser.close()
    return [f"sequenced, {entries:,} entries, {tenants:,} logs", f"{entries / took:,.0f}", f"{cpu / entries * 1e6:.1f}"]


async def run(entries: int, tenants: int) -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-bench-"))
    folder.chmod(0o755)
    server = PostgresServer(folder / "postgres", find_binaries())
    try:
        address = await asyncio.to_thread(server.start)
        url, own = await prepared(address, "bench")
        load = os.getloadavg()[0]
        lines = [await sequenced(url, own, entries, tenants), await sequenced(url, own, entries // 2, 1)]
        table(f"The ledger, load average {load:.1f} at the start", ["what", "a second", "CPU µs of ours"], lines)
    finally:
        await asyncio.to_thread(server.stop)
        shutil.rmtree(folder)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--tenants", type=int, default=3)
    chosen = parser.parse_args()
    asyncio.run(run(chosen.entries, chosen.tenants))


if __name__ == "__main__":
    main()
