"""A fresh installation for a benchmark: `evenhand up` on an empty folder, its processes' CPU and memory, a lean HTTP client."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil


@dataclass(slots=True)
class Installation:
    """A running installation and how to reach it."""

    url: str
    admin_key: str
    process: subprocess.Popen[bytes]
    folder: Path
    first_start_seconds: float
    _cpu: dict[int, float] = field(default_factory=dict)

    def processes(self) -> list[psutil.Process]:
        """The supervisor and all below it, PostgreSQL's processes included."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def cpu_seconds(self) -> dict[str, float]:
        """CPU seconds so far, by part: web, worker, postgres, supervisor. Ended back ends keep counting."""
        sums: dict[str, float] = {"web": 0.0, "worker": 0.0, "postgres": 0.0, "supervisor": 0.0}
        for process in self.processes():
            try:
                times, name = process.cpu_times(), _part(process)
            except psutil.Error:
                continue
            sums[name] += times.user + times.system
        return sums

    def memory_mb(self) -> dict[str, float]:
        """Proportional set size by part, in MB: shared pages are counted once in all."""
        sums: dict[str, float] = {"web": 0.0, "worker": 0.0, "postgres": 0.0, "supervisor": 0.0}
        for process in self.processes():
            try:
                sums[_part(process)] += process.memory_full_info().pss / 2**20
            except psutil.Error:
                continue
        return sums

    def logins(self) -> dict[str, str]:
        """The database's own logins, for checking settings."""
        found: dict[str, str] = json.loads((self.folder / "data" / "logins.json").read_text())
        return found


def _part(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    if "postgres" in line and " serve" not in line:
        return "supervisor" if "evenhand up" in line or " up " in line else "postgres"
    if " serve" in line:
        return "web"
    if " worker" in line:
        return "worker"
    return "supervisor"


@contextmanager
def installation(**environment: str) -> Iterator[Installation]:
    """Start on an empty folder, stop and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-bench-"))
    folder.chmod(0o755)
    started = time.perf_counter()
    process = start(folder, **environment)
    try:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        yield Installation(line["url"], line["admin_key"], process, folder, time.perf_counter() - started)
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    """`evenhand up --json` on a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "evenhand", "up", "--data", str(folder / "data"), "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop it as an operator would."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait(60)


class Http:
    """One keep-alive connection, as little client as possible: the load must not cost what it measures."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = f"Host: {self._host}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(self, method: str, path: str, body: Any = None, headers: str = "") -> tuple[int, Any]:
        """One request; (status, decoded answer)."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=2**24)
        content = json.dumps(body).encode() if body is not None else b""
        head = f"{method} /api/v1{path} HTTP/1.1\r\n{self._head}{headers}Content-Length: {len(content)}\r\n\r\n"
        self._writer.write(head.encode() + content)
        assert self._reader is not None
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(answer.split(" ", 2)[1])
        length = 0
        for line in answer.split("\r\n"):
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        data = await self._reader.readexactly(length) if length else b""
        return status, json.loads(data) if data else None

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def rows(count: int) -> list[dict[str, str]]:
    """Small text-classification rows of about 100 bytes, each distinct."""
    words = [
        "the",
        "service",
        "was",
        "slow",
        "but",
        "staff",
        "were",
        "kind",
        "and",
        "the",
        "food",
        "arrived",
        "warm",
        "after",
        "a",
        "long",
        "wait",
        "near",
        "the",
        "window",
    ]
    return [
        {"text": f"{index} " + " ".join(words[(index * 7 + place * 3) % len(words)] for place in range(15))}
        for index in range(count)
    ]


def table(title: str, head: list[str], lines: list[list[str]]) -> None:
    """Print one table in Markdown, ready for RESULTS.md."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")
    sys.stdout.flush()
