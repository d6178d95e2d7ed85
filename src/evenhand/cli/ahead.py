"""A server process that imports what it needs while the database is still starting, and then is told what to serve.

`python -m evenhand.cli.ahead serve|worker` waits for one line of JSON on standard input: `environment`, the one to work in;
`is_first`, whether it makes the installation before it works, and prints what is shown once. The end of its input instead of a
line means that the start was given up.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict
from typing import Any

from evenhand import bootstrap
from evenhand.cli import running
from evenhand.core.errors import PlatformError
from evenhand.core.settings import read_settings

COMMANDS = {"serve": running.serve, "worker": running.worker}


def main() -> None:
    """Wait, then run the command. Exit codes: 0 stopped or given up, 1 refused, with one line that says why."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    command = COMMANDS[sys.argv[1]]
    line = sys.stdin.readline()
    if not line:
        return
    told: dict[str, Any] = json.loads(line)
    os.environ.clear()
    os.environ.update(told["environment"])
    try:
        if told["is_first"]:
            print(json.dumps(asyncio.run(_made())), flush=True)
            # Nobody reads on; and nothing that is printed later may end this process.
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        command()
    except PlatformError as error:
        sys.exit(f"{error} {error.hint}")


async def _made() -> dict[str, str] | None:
    made = await bootstrap.first_start(read_settings(os.environ))
    return asdict(made) if made else None


if __name__ == "__main__":
    main()
