"""`python deciding_process.py SETTINGS`: relays, decides and fits as fast as it can, until it is killed.

SETTINGS: the installation's, as JSON. In the environment KILLED: "before" or "after" and the name of a query, at which it
ends as by `kill -9`, the third time it runs.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import timedelta
from typing import Any

from evenhand.bootstrap import Services
from evenhand.core.settings import Settings
from evenhand.insight import sweeping
from evenhand.store.clock import SystemClock
from evenhand.store.queries import Queries
from evenhand.work.relay import Relay

_TIMES = 3


def end_at(point: str) -> None:
    """Put the point into the query that it names."""
    when, _, wanted = point.partition(" ")
    times = 0
    for verb in ("run", "row", "rows", "value"):
        step = getattr(Queries, verb)

        async def watched(*given: Any, step: Any = step, **named: Any) -> Any:
            nonlocal times
            times += given[2] == wanted
            is_here = given[2] == wanted and times == _TIMES
            if is_here and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = await step(*given, **named)
            if is_here:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(Queries, verb, watched)


async def main() -> None:
    """Rounds without a pause; projects hardly rest between two fits."""
    sweeping.REST, sweeping.RESTS = timedelta(milliseconds=200), 0
    sweeping.SILENCE = timedelta(seconds=1)
    clock = SystemClock()
    services = await Services.make(Settings(**json.loads(sys.argv[1])), clock)
    relay = Relay(services.database, clock)
    if "KILLED" in os.environ:
        end_at(os.environ["KILLED"])
    print("ready", flush=True)

    async def fit() -> None:
        while True:
            await relay.tell()
            await services.sweeper.sweep()
            await asyncio.sleep(0.01)

    fitting = asyncio.create_task(fit())
    while not fitting.done():
        await services.work.deciding.decide_waiting()
        await asyncio.sleep(0.005)
    await fitting


if __name__ == "__main__":
    asyncio.run(main())
