"""The labeling loop beside Label Studio's in the same run: `python -m bench.label_studio PATH/TO/VENV/bin [--clients 1,8,32]`.

The environment must hold label-studio, gunicorn and psycopg2; it is the peer's alone and nothing of ours needs it. The peer
runs on PostgreSQL (the embedded one, a server of its own) under gunicorn with two processes of eight threads, telemetry off. A
cycle is: ask for the next task, submit one choice. Ours is one request, theirs are two; CPU is of all processes of each,
PostgreSQL included.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from bench import claim_submit
from bench.installation import installation, rows, table
from evenhand.store.postgres import PostgresServer, find_binaries

PORT, TOKEN, OWNER, PASSWORD = 8493, "bench-token-0123456789", "bench@example.org", "Bench-password-1"
READY_SECONDS_MAX = 300
LABELS = ("positive", "negative", "neutral")
CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text" choice="single">'
    + "".join(f'<Choice value="{label}"/>' for label in LABELS)
    + "</Choices></View>"
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A running Label Studio."""

    url: str
    pids: tuple[int, ...]

    def cpu_seconds(self) -> float:
        """CPU of its processes and of its PostgreSQL so far."""
        total = 0.0
        for pid in self.pids:
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                try:
                    times = process.cpu_times()
                    total += times.user + times.system
                except psutil.Error:
                    continue
        return total


@contextmanager
def peer(binaries: Path) -> Iterator[Peer]:
    """Start PostgreSQL and Label Studio in a folder of their own; stop and remove both."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-bench-peer-"))
    folder.chmod(0o755)
    database = PostgresServer(folder / "postgres", find_binaries())
    address = database.start()
    asyncio.run(_make_database(address.tcp_url))
    where = re.match(r"postgresql://([^:]+):([^@]+)@([^:/]+):(\d+)/", address.tcp_url)
    assert where is not None, "the address of the embedded server has another form"
    user, password, host, port = where.groups()
    environment = {
        **os.environ, "DJANGO_DB": "default", "POSTGRE_NAME": "label_studio", "POSTGRE_USER": user, "POSTGRE_PASSWORD": password,
        "POSTGRE_HOST": host, "POSTGRE_PORT": port, "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"), "DEBUG": "false",
        "COLLECT_ANALYTICS": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "DJANGO_SETTINGS_MODULE": "label_studio.core.settings.label_studio",
    }  # fmt: skip
    login = ["--username", OWNER, "--password", PASSWORD, "--user-token", TOKEN]
    subprocess.run([binaries / "label-studio", "init", "bench", *login], env=environment, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)  # fmt: skip
    package = next((binaries.parent / "lib").glob("python*/site-packages/label_studio"))
    command = [
        "gunicorn",
        "core.wsgi:application",
        "-b",
        f"127.0.0.1:{PORT}",
        "-w",
        "2",
        "--threads",
        "8",
        "--chdir",
        str(package),
    ]
    process = subprocess.Popen([binaries / command[0], *command[1:]], env={**environment, "PYTHONPATH": str(package)},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        url = f"http://127.0.0.1:{PORT}"
        _wait(url)
        yield Peer(url, (process.pid, _postmaster(folder)))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _make_database(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("create database label_studio")
    finally:
        await connection.close()


def _postmaster(folder: Path) -> int:
    return int(next(folder.rglob("postmaster.pid")).read_text().splitlines()[0])


def _wait(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise SystemExit("Label Studio did not answer in time.")


def _project(client: httpx.Client, tasks: int) -> int:
    made = client.post(
        "/api/projects/", json={"title": "Bench", "label_config": CONFIG, "maximum_annotations": 1}
    ).raise_for_status()
    project: int = made.json()["id"]
    for start in range(0, tasks, 1000):
        client.post(f"/api/projects/{project}/import", json=rows(tasks)[start : start + 1000]).raise_for_status()
    return project


def _people(place: Peer, count: int) -> list[str]:
    """API tokens of so many annotators, who sign up like anybody."""
    tokens = []
    for number in range(count):
        with httpx.Client(base_url=place.url, timeout=120) as client:
            client.get("/user/signup/")
            csrf = client.cookies.get("csrftoken", "")
            form = {"email": f"a{number}@example.org", "password": f"Bench-pass-{number}!", "csrfmiddlewaretoken": csrf}
            client.post(
                "/user/signup/", data=form, headers={"X-CSRFToken": csrf, "Referer": f"{place.url}/user/signup/"}
            )
            tokens.append(client.get("/api/current-user/token").raise_for_status().json()["token"])
    return tokens


async def _annotate(place: Peer, token: str, project: int, until: float, seen: list[float]) -> int:
    cycles = 0
    async with httpx.AsyncClient(
        base_url=place.url, headers={"Authorization": f"Token {token}"}, timeout=120
    ) as client:
        while time.perf_counter() < until:
            started = time.perf_counter()
            answer = await client.get(f"/api/projects/{project}/next/")
            if answer.status_code == 404:
                break
            task = answer.raise_for_status().json()["id"]
            value = {"choices": [LABELS[cycles % 3]]}
            result = [{"from_name": "label", "to_name": "text", "type": "choices", "value": value}]
            given = {"result": result, "lead_time": 1.0}
            (await client.post(f"/api/tasks/{task}/annotations/?project={project}", json=given)).raise_for_status()
            seen.append(time.perf_counter() - started)
            cycles += 1
    return cycles


async def _peer_run(place: Peer, tokens: list[str], project: int, seconds: float) -> tuple[float, list[float], float]:
    """(cycles a second, latencies, CPU ms a cycle)."""
    seen: list[float] = []
    cpu, started = place.cpu_seconds(), time.perf_counter()
    until = started + seconds
    cycles = sum(await asyncio.gather(*(_annotate(place, token, project, until, seen) for token in tokens)))
    took = time.perf_counter() - started
    return cycles / took, seen, (place.cpu_seconds() - cpu) * 1000 / max(cycles, 1)


def _line(who: str, clients: int, rate: float, seen: list[float], cpu_ms: float) -> list[str]:
    ordered = sorted(seen)
    p95 = ordered[int(len(ordered) * 0.95)] * 1000
    return [who, str(clients), f"{rate:.1f}", f"{statistics.median(ordered) * 1000:.1f}", f"{p95:.1f}", f"{cpu_ms:.2f}"]


def main(arguments: argparse.Namespace) -> None:
    """Theirs, then ours, then the ratios."""
    counts = [int(each) for each in arguments.clients.split(",")]
    lines: list[list[str]] = []
    theirs: dict[int, tuple[float, float]] = {}
    with peer(arguments.binaries) as place:
        with httpx.Client(base_url=place.url, headers={"Authorization": f"Token {TOKEN}"}, timeout=300) as owner:
            project = _project(owner, 2000)
        tokens = _people(place, max(counts))
        for count in counts:
            rate, seen, cpu_ms = asyncio.run(_peer_run(place, tokens[:count], project, arguments.seconds))
            theirs[count] = (rate, cpu_ms)
            lines.append(_line("Label Studio", count, rate, seen, cpu_ms))
    ratios = []
    for count, ours in asyncio.run(_ours(counts, arguments.seconds)).items():
        lines.append(["Evenhand", str(count), ours[1], ours[2], ours[3], ours[7]])
        rate, cpu_ms = theirs[count]
        ratios.append([str(count), f"{float(ours[1]) / rate:.0f}", f"{cpu_ms / float(ours[7]):.0f}"])
    table(
        "claim + submit beside Label Studio",
        ["who", "clients", "cycles/s", "p50 ms", "p95 ms", "CPU ms a cycle"],
        lines,
    )
    table("how many times", ["clients", "cycles/s", "less CPU a cycle"], ratios)


async def _ours(counts: list[int], seconds: float) -> dict[int, list[str]]:
    with installation() as place:
        project, keys = await claim_submit.prepare(place, 50_000, max(counts))
        return {count: await claim_submit.run(place, project, keys[:count], seconds) for count in counts}


def _parsed() -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "binaries", type=Path, help="the bin folder of an environment with label-studio, gunicorn, psycopg2"
    )
    parser.add_argument("--clients", default="1,8,32")
    parser.add_argument("--seconds", type=float, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    main(_parsed())
