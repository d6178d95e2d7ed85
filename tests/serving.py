"""A real installation for tests that speak HTTP: `evenhand up` on a fresh folder, with its owner's API key."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Installation:
    """A running server. key: of its owner. data: its data folder."""

    url: str
    data: Path
    key: str = field(repr=False)


@contextmanager
def serve(environment: Mapping[str, str] | None = None) -> Iterator[Installation]:
    """A server of its own, stopped as an operator would, its folder removed. environment: instead of this process's."""
    # Not pytest's own folder: PostgreSQL runs under another account when the suite runs as root, and must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="evenhand-test-"))
    folder.chmod(0o755)
    command = [sys.executable, "-m", "evenhand", "up", "--data", str(folder / "data"), "--port", "0", "--json"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        assert line, (folder / "log").read_text()
        ready = json.loads(line)
        yield Installation(ready["url"], folder / "data", ready["admin_key"])
    finally:
        server.terminate()
        server.wait(60)
        server.stdout.close()
        shutil.rmtree(folder)
