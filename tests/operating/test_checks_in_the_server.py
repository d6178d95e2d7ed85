"""A check in a running installation: the process that runs other people's programs, seen from outside, killed and stopped."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from operating_world import Own, wait_until

sys.path.insert(0, str(Path(__file__).parents[1] / "checking"))

from attack import need_sandbox
from check_world import ontology, task

from evenhand import Client

SECRET = "a-marked-token-of-the-operator"


def children(number: int) -> dict[int, str]:
    """The processes below one, with their command lines."""
    found = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                parent = int(each.joinpath("stat").read_text().rpartition(")")[2].split()[1])
                found[int(each.name)] = (parent, each.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    below = {number}
    while more := {each for each, (parent, _) in found.items() if parent in below} - below:
        below |= more
    return {each: found[each][1] for each in below if each in found}


def checking(number: int) -> int | None:
    """The process that runs checkers, below the supervisor."""
    return next((each for each, said in children(number).items() if "evenhand.checking.worker" in said), None)


def test_it_holds_no_address_and_no_key_outlives_kill_9_and_ends_with_the_server(own: Own, folder: Path) -> None:
    need_sandbox()
    running = own.up(folder / "data", EVENHAND_METRICS_TOKEN=SECRET)
    slow = task("import time; time.sleep(0.4)\nassert [double(n) for n in (0, 2, 7)] == [0, 4, 14]")
    with Client(running.url, running.key) as client:
        project = client.projects.create("Tasks", ontology=ontology(mutants=0, flake_rate=0.3))["id"]
        client.tasks.import_(project, [{"text": "Doubling"}])
        [at] = client.tasks.list(project)
        asked = client.checks.start(project, at["id"], "task", slow)

        first = wait_until(lambda: checking(running.process.pid))
        assert first is not None, running.said()
        place = Path("/proc", str(first))
        held = place.joinpath("environ").read_bytes()
        opened = {str(each.readlink()) for each in place.joinpath("fd").iterdir()}
        worker = next(each for each, said in children(running.process.pid).items() if said.rstrip().endswith("worker"))
        # Its parent was told the secret in its environment: had it been handed on, it would be found here.
        assert SECRET.encode() in Path("/proc", str(worker), "environ").read_bytes()
        assert held == b""
        assert all(each.startswith(("socket:", "/dev/null")) for each in opened), opened

        os.kill(first, signal.SIGKILL)
        seen: list[Any] = []
        done = client.checks.wait(project, at["id"], asked["id"], progress=lambda run: seen.append(run["done"]))
        assert (done["state"], done["is_strong"]) == ("done", True), done
        assert seen == sorted(seen)
        assert [each["id"] for each in client.checks.list(project, at["id"])] == [asked["id"]]
        assert checking(running.process.pid) is None

        client.checks.start(project, at["id"], "task", {**slow, "id": "again"})
        second = wait_until(lambda: checking(running.process.pid))
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < 20
        assert wait_until(lambda: not Path("/proc", str(second)).exists(), 5)
