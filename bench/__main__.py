"""`python -m bench [NAME ...]`: runs the benchmarks one after another, each in a process of its own, and prints their tables."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

# In an order in which a short one shows early that something is wrong.
BENCHMARKS = (
    "start",
    "size",
    "claim_submit",
    "claim_queue_size",
    "import_export",
    "ledger",
    "quality_alpha",
    "truth_speed",
    "structure",
    "ranking",
    "verify",
    "foreign_ids",
    "submit_to_painted",
)


def main() -> int:
    """Run what was asked for, or all; the exit code is 1 when one failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    chosen = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(chosen) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    print(f"{time.strftime('%Y-%m-%d %H:%M')} UTC, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    failed = [
        name for name in chosen if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
    ]
    if failed:
        print(f"\nFailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
