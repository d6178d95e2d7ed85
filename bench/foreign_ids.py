"""Whether the time of an answer tells what somebody else has: an id of another customer's beside one that exists nowhere.

`python -m bench.foreign_ids [--pairs N]`. Both are asked for in random order over one connection. Prints for each operation the
median time of either, and how often the answer about another's id is the slower one of a pair (0.5: a guess), with its interval
(variance of the Mann-Whitney statistic: Hanley & McNeil, Radiology 143(1), 1982).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import subprocess
import sys
import time

import numpy as np

from bench.claim_submit import key_of
from bench.installation import Http, Installation, installation, rows, table
from evenhand.core.ids import uuid7

# Method and path with the id in question; {own} is a project of the asker's.
ASKED = {
    "a project": ("GET", "/projects/{project}"),
    "its tasks": ("GET", "/projects/{project}/tasks"),
    "its releases": ("GET", "/projects/{project}/releases"),
    "a claim in it": ("POST", "/projects/{project}/claim"),
    "a task": ("GET", "/projects/{own}/tasks/{task}"),
    "a person": ("DELETE", "/people/{person}"),
}


async def prepare(place: Installation) -> tuple[Http, dict[str, str], str]:
    """Another customer's owner, what the first customer has, and a project of the other's."""
    first = Http(place.url, place.admin_key)
    project = await made(first, "POST", "/projects", {"name": "Theirs", "preset": {"preset": "text-classification"}})
    await made(first, "POST", f"/projects/{project['id']}/tasks", rows(50), "Content-Type: application/json\r\n")
    tasks = await made(first, "GET", f"/projects/{project['id']}/tasks")
    session = await made(first, "GET", "/session")
    first.close()
    command = [sys.executable, "-m", "evenhand", "organization", "create", "The other", "--kind", "customer"]
    command += ["--owner", "owner@example.org", "--data", str(place.folder / "data"), "--json"]
    link = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)["link"]
    guest = Http(place.url, "none")
    body = {"token": link.partition("#")[2], "password": "correct horse battery", "name": "The owner"}
    joined = await made(guest, "POST", "/invitations/accept", body)
    guest.close()
    other = Http(place.url, await key_of(place, joined["person"]["id"]))
    own = await made(other, "POST", "/projects", {"name": "Own", "preset": {"preset": "text-classification"}})
    theirs = {"project": project["id"], "task": tasks["items"][0]["id"], "person": session["person"]["id"]}
    return other, theirs, own["id"]


async def made(http: Http, method: str, path: str, body: object = None, headers: str = "") -> dict[str, str]:
    """The answer to a request that goes through."""
    status, answer = await http.call(method, path, body, headers)
    assert status < 300, answer
    return answer  # type: ignore[no-any-return]


async def ask(http: Http, method: str, path: str, ids: dict[str, str]) -> float:
    """Seconds until the whole refusal is there."""
    begun = time.perf_counter()
    status, answer = await http.call(method, path.format(**ids), {} if method == "POST" else None)
    took = time.perf_counter() - begun
    assert status == 404, (status, answer)
    return took


def slower_share(foreign: np.ndarray, nowhere: np.ndarray) -> tuple[float, float]:
    """How often the one takes longer than the other, over all pairs, ties half; half the width of its 95 % interval."""
    ordered = np.sort(nowhere)
    below, above = np.searchsorted(ordered, foreign, "left"), np.searchsorted(ordered, foreign, "right")
    share = float((below + above).mean() / 2 / len(ordered))
    first, second, count = share / (2 - share), 2 * share**2 / (1 + share), len(foreign)
    variance = share * (1 - share) + (count - 1) * (first + second - 2 * share**2)
    return share, 1.96 * math.sqrt(variance) / count


async def main(pairs: int) -> None:
    """Print one line an operation."""
    with installation() as place:
        other, theirs, own = await prepare(place)
        # One id of each: a fresh one every time is slower by itself, since nothing is warm for it.
        nobodys = {each: str(uuid7(int(1000 * time.time()), os.urandom(10))) for each in theirs}
        lines = []
        for name, (method, path) in ASKED.items():
            seen: dict[bool, list[float]] = {True: [], False: []}
            for is_foreign in random.sample([True, False] * (pairs + 100), 2 * (pairs + 100)):
                ids = theirs if is_foreign else nobodys
                seen[is_foreign].append(await ask(other, method, path, {**ids, "own": own}))
            foreign, nowhere = (np.array(seen[each][100:]) for each in (True, False))
            share, half = slower_share(foreign, nowhere)
            medians = [f"{1e6 * float(np.median(each)):.0f}" for each in (foreign, nowhere)]
            lines.append([name, *medians, f"{share:.3f} ± {half:.3f}"])
        other.close()
    head = ["asked for", "another's, µs", "nobody's, µs", "another's is slower"]
    table(f"ids of others and of nobody, {pairs:,} pairs, load average {os.getloadavg()[0]:.1f}", head, lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=5_000)
    asyncio.run(main(parser.parse_args().pairs))
