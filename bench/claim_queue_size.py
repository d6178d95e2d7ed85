"""A claim against the size of the queue: `python -m bench.claim_queue_size [--sizes 10000,100000,1000000] [--claims N]`.

Each size is a project of its own. Tasks are stored by import up to a million; beyond, slots are put behind them straight in
the database, as the queue would hold them, since it is the queue that is measured. The sizes take turns, block by block, so
that what else the machine does falls on all of them alike.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from uuid import uuid4

from bench.claim_submit import connect, key_of
from bench.installation import Http, Installation, installation, table
from bench.streams import import_rows

STORED_MAX = 1_000_000
BLOCK = 50


async def prepare(place: Installation, owner: Http, size: int) -> str:
    """A project with so many open slots."""
    status, project = await owner.call(
        "POST", "/projects", {"name": f"{size}", "preset": {"preset": "text-classification"}}
    )
    assert status == 201, project
    report = await asyncio.to_thread(import_rows, place, project["id"], min(size, STORED_MAX))
    assert report["imported"] == min(size, STORED_MAX), report
    if size > STORED_MAX:
        connection = await connect(place)
        try:
            await connection.execute(
                "insert into evenhand.slot (organization_id, queue_id, rank, task_id, free, wanted)"
                " select k.organization_id, k.queue_id, l.last + n, gen_random_uuid(), 1, 1"
                " from evenhand.queue k cross join lateral (select max(s.rank) as last from evenhand.slot s"
                " where s.organization_id = k.organization_id and s.queue_id = k.queue_id) l"
                " cross join generate_series(1, $2::bigint) n where k.project_id = $1::text::uuid",
                project["id"], size - STORED_MAX, timeout=900,
            )  # fmt: skip
            await connection.execute("analyze evenhand.slot", timeout=900)
        finally:
            await connection.close()
    return str(project["id"])


async def block(place: Installation, http: Http, project: str, seen: list[float]) -> float:
    """Claims one after another, each submitted with the next in its answer; PostgreSQL's CPU ms a cycle."""
    status, claim = await http.call("POST", f"/projects/{project}/claim", {})
    assert (status, claim["status"]) == (200, "ok"), claim
    before = place.cpu_seconds()["postgres"]
    for number in range(BLOCK):
        body = {
            "ontology_version": 1,
            "answers": [{"question": "label", "target": "", "value": "positive"}],
            "next": True,
            "timing": {"active_ms": 900, "elapsed_ms": 1000},
        }
        path = f"/projects/{project}/tasks/{claim['assignment']['task_id']}/annotations"
        started = time.perf_counter()
        status, answer = await http.call("POST", path, body, f"Idempotency-Key: {uuid4()}\r\n")
        seen.append(time.perf_counter() - started)
        assert status == 201, (number, answer)
        claim = answer["next"]
    return (place.cpu_seconds()["postgres"] - before) * 1000 / BLOCK


async def main(arguments: argparse.Namespace) -> None:
    """Prepare every size, take turns, print."""
    sizes = [int(each) for each in arguments.sizes.split(",")]
    with installation() as place:
        owner = Http(place.url, place.admin_key)
        projects = {size: await prepare(place, owner, size) for size in sizes}
        status, invited = await owner.call("POST", "/invitations", {"email": "a@example.org", "role": "annotator"})
        assert status == 201, invited
        guest = Http(place.url, "none")
        accepted = {"token": invited["link"].split("#")[1], "password": "correct horse battery", "name": "A"}
        assert (await guest.call("POST", "/invitations/accept", accepted))[0] == 200
        http = Http(place.url, await key_of(place, invited["id"]))
        seen: dict[int, list[float]] = {size: [] for size in sizes}
        cpu: dict[int, list[float]] = {size: [] for size in sizes}
        for turn in range(arguments.claims // BLOCK + 1):
            for size in sizes:
                latencies: list[float] = []
                spent = await block(place, http, projects[size], latencies)
                if turn:  # the first turn of each warms plans and caches
                    seen[size] += latencies
                    cpu[size].append(spent)
    base = statistics.median(seen[sizes[0]])
    lines = [
        [
            f"{size:,}",
            f"{statistics.median(seen[size]) * 1000:.2f}",
            f"{sorted(seen[size])[int(len(seen[size]) * 0.95)] * 1000:.2f}",
            f"{statistics.median(cpu[size]):.2f}",
            f"{statistics.median(seen[size]) / base:.2f}",
        ]
        for size in sizes
    ]
    head = ["open slots", "p50 ms", "p95 ms", "PostgreSQL CPU ms a cycle", f"p50 against {sizes[0]:,}"]
    table("submit and claim, by the size of the queue", head, lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--claims", type=int, default=1000)
    asyncio.run(main(parser.parse_args()))
