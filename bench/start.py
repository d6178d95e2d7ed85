"""First and later start, and idle memory: `python -m bench.start [--runs N]`.

A start is the time from the command to its JSON line, which is printed once /readyz answers. Memory is the proportional set
size of all processes, PostgreSQL's included, ten seconds after the start.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from bench.installation import Installation, start, stop, table

SETTLE_SECONDS = 10


def one_start(folder: Path, *, settle: bool) -> tuple[float, dict[str, float]]:
    """(seconds to ready, PSS in MB by part) of one start on a folder; then it is stopped again."""
    began = time.perf_counter()
    process = start(folder)
    try:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        took = time.perf_counter() - began
        place = Installation(line["url"], line.get("admin_key", ""), process, folder, took)
        if not settle:
            return took, {}
        time.sleep(SETTLE_SECONDS)
        return took, place.memory_mb()
    finally:
        stop(process)


def main() -> None:
    """Print each figure's least, median and greatest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    first, later, memory = [], [], []
    for _ in range(runs):
        folder = Path(tempfile.mkdtemp(prefix="evenhand-bench-"))
        folder.chmod(0o755)
        try:
            first.append(one_start(folder, settle=False)[0])
            seconds, parts = one_start(folder, settle=True)
            later.append(seconds)
            memory.append(parts)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    rows = [
        ("first start, s", first),
        ("later start, s", later),
        ("idle memory, MB", [sum(each.values()) for each in memory]),
    ]
    rows += [(f"  {part}, MB", [each[part] for each in memory]) for part in memory[0]]
    lines = [[name, f"{min(of):.1f}", f"{statistics.median(of):.1f}", f"{max(of):.1f}"] for name, of in rows]
    table(f"start and idle memory, {runs} runs", ["what", "least", "median", "greatest"], lines)


if __name__ == "__main__":
    main()
