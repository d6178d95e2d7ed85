"""The labeling loop: submit an answer and get the next task, with 1, 8 and 32 clients, everything on.

`python -m bench.claim_submit [--tasks N] [--seconds S] [--clients 1,8,32]`. Prints cycles a second, latency, and CPU of all
processes (PostgreSQL included) per cycle; asserts that durability is on, that the login is bound by row-level security, that
rows are sealed and that every look has its entry.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from typing import Any
from uuid import uuid4

import asyncpg

from bench.installation import Http, Installation, installation, rows, table

LABELS = ["positive", "negative", "neutral"]


async def prepare(place: Installation, tasks: int, people: int) -> tuple[str, list[str]]:
    """A project with tasks, and API keys of as many annotators."""
    owner = Http(place.url, place.admin_key)
    status, project = await owner.call(
        "POST", "/projects", {"name": "Bench", "preset": {"preset": "text-classification"}}
    )
    assert status == 201, project
    for start in range(0, tasks, 50_000):
        status, report = await owner.call(
            "POST",
            f"/projects/{project['id']}/tasks",
            rows(min(50_000, tasks - start)),
            "Content-Type: application/json\r\n",
        )
        assert status == 200 and report["rejected"] == 0, report
    keys = []
    for number in range(people):
        status, invited = await owner.call(
            "POST", "/invitations", {"email": f"a{number}@example.org", "role": "annotator"}
        )
        assert status == 201, invited
        guest = Http(place.url, "none")
        status, session = await guest.call(
            "POST",
            "/invitations/accept",
            {"token": invited["link"].split("#")[1], "password": "correct horse battery", "name": f"A {number}"},
        )
        assert status == 200, session
        guest.close()
        keys.append(await key_of(place, invited["id"]))
    owner.close()
    return project["id"], keys


async def key_of(place: Installation, person_id: str) -> str:
    """A session of this person, opened straight in the database: the loop measures work, not sign-in."""
    import hashlib
    import secrets

    token = secrets.token_urlsafe(32)
    connection = await connect(place)
    try:
        await connection.execute(
            "insert into evenhand.credential (token_sha256, credential_id, kind, organization_id, person_id, person_no,"
            " created_at, expires_at) select $1, gen_random_uuid(), 'key', organization_id, person_id, person_no, now(),"
            " now() + interval '1 day' from evenhand.membership where person_id = $2::text::uuid",
            hashlib.sha256(token.encode()).digest(),
            person_id,
        )
    finally:
        await connection.close()
    return token


async def connect(place: Installation) -> asyncpg.Connection:
    """The embedded server's superuser, for checks only."""
    root = place.folder / "data" / "postgres"
    password = (root / "superuser.password").read_text().strip()
    port = next(
        connection.laddr.port
        for process in place.processes()
        if "postgres" in process.name()
        for connection in process.net_connections("tcp")
        if connection.status == "LISTEN"
    )
    return await asyncpg.connect(host="127.0.0.1", port=port, user="postgres", password=password, database="evenhand")


async def annotate(http: Http, project: str, until: float, seen: list[float]) -> int:
    """One annotator: claim once, then submit and take the next until the time is over."""
    status, claim = await http.call("POST", f"/projects/{project}/claim", {})
    assert status == 200, claim
    cycles = 0
    while time.perf_counter() < until and claim["status"] == "ok":
        task = claim["assignment"]["task_id"]
        body: dict[str, Any] = {
            "ontology_version": 1,
            "answers": [{"question": "label", "target": "", "value": LABELS[cycles % 3]}],
            "next": True,
            "timing": {"active_ms": 900, "elapsed_ms": 1000},
        }
        started = time.perf_counter()
        status, answer = await http.call(
            "POST", f"/projects/{project}/tasks/{task}/annotations", body, f"Idempotency-Key: {uuid4()}\r\n"
        )
        seen.append(time.perf_counter() - started)
        assert status == 201, answer
        claim = answer["next"]
        cycles += 1
    return cycles


async def run(place: Installation, project: str, keys: list[str], seconds: float) -> list[str]:
    """One line of the table: so many clients for so long."""
    clients = [Http(place.url, key) for key in keys]
    seen: list[float] = []
    before, started = place.cpu_seconds(), time.perf_counter()
    cycles = sum(await asyncio.gather(*(annotate(http, project, started + seconds, seen) for http in clients)))
    took = time.perf_counter() - started
    after = place.cpu_seconds()
    for http in clients:
        http.close()
    spent = {part: (after[part] - before[part]) * 1000 / max(cycles, 1) for part in after}
    ordered = sorted(seen)
    return [
        str(len(keys)),
        f"{cycles / took:.0f}",
        f"{statistics.median(ordered) * 1000:.1f}",
        f"{ordered[int(len(ordered) * 0.95)] * 1000:.1f}",
        f"{spent['web']:.2f}",
        f"{spent['postgres']:.2f}",
        f"{spent['worker']:.2f}",
        f"{sum(spent.values()):.2f}",
    ]


async def prove(place: Installation) -> None:
    """Everything is on: durability, row-level security, sealing, one look recorded for every release."""
    connection = await connect(place)
    try:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            assert await connection.fetchval("select current_setting($1)", name) == "on", name
        app = await connection.fetchrow(
            "select rolsuper, rolbypassrls from pg_roles where rolname = 'evenhand_runtime'"
        )
        assert not app["rolsuper"] and not app["rolbypassrls"]
        leases = await connection.fetchval("select count(*) from evenhand.assignment")
        looks = await connection.fetchval(
            "select count(*) from evenhand.ledger_inbox where action = 1 and purpose = 'label'"
        )
        assert looks >= leases > 0, (looks, leases)
        clear = await connection.fetchval(
            "select count(*) from evenhand.task where position('service'::bytea in sealed) > 0"
        )
        assert clear == 0
        print(f"fsync, full_page_writes, synchronous_commit on; app under row-level security; {leases} leases, "
              f"{looks} looks recorded; 0 rows in clear")  # fmt: skip
    finally:
        await connection.close()


async def main(arguments: argparse.Namespace) -> None:
    """Prepare, run each number of clients, print."""
    counts = [int(each) for each in arguments.clients.split(",")]
    with installation() as place:
        project, keys = await prepare(place, arguments.tasks, max(counts))
        lines = [await run(place, project, keys[:count], arguments.seconds) for count in counts]
        await prove(place)
    head = [
        "clients",
        "cycles/s",
        "p50 ms",
        "p95 ms",
        "web CPU ms",
        "PostgreSQL CPU ms",
        "worker CPU ms",
        "CPU ms a cycle",
    ]
    table(f"claim + submit, {arguments.tasks:,} tasks", head, lines)
    print(json.dumps({"bench": "claim_submit", "lines": lines}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", default="1,8,32")
    asyncio.run(main(parser.parse_args()))
