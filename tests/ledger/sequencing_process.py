"""`python sequencing_process.py URL KEY DATA`: sequences and publishes as fast as it can, until it is killed.

In the environment: SABOTAGE, Python that spoils it first. KILLED, the point at which it ends as by `kill -9`: "before" or "after"
and the name of a query that it runs for its effect, or a part of the name of a file that it writes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from evenhand.boundary.outbound import Guard
from evenhand.ledger import publishing
from evenhand.ledger.keeping import LogKeeper
from evenhand.store.blobs import ObjectStore
from evenhand.store.clock import SystemClock
from evenhand.store.queries import Queries
from evenhand.vault.keyfile import parse_key_file


def end_at(point: str) -> None:
    """Put the point into what it names: every query that runs for its effect, every file that is written."""
    when, _, wanted = point.partition(" ")

    def ending(step: Callable[..., Awaitable[Any]], name_at: int) -> Callable[..., Awaitable[Any]]:
        async def watched(*given: Any, **named: Any) -> Any:
            is_here = wanted in given[name_at]
            if is_here and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = await step(*given, **named)
            if is_here:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return watched

    Queries.run = ending(Queries.run, 2)  # type: ignore[method-assign]
    ObjectStore.replace = ending(ObjectStore.replace, 1)  # type: ignore[method-assign]


async def main() -> None:
    """Rounds without a pause, and checkpoints as often as there is news."""
    url, key, data = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    publishing.APART_SECONDS = 0
    exec(os.environ.get("SABOTAGE", ""), globals())
    signers = parse_key_file(key.read_bytes(), key).log_signer
    clock = SystemClock()
    keeper = LogKeeper(
        url, ObjectStore.local(data), signers, Guard(()), clock, domain="labels.example.org", software="test"
    )
    await keeper.status()  # connected: what is killed from here on is work
    if "KILLED" in os.environ:
        end_at(os.environ["KILLED"])
    print("ready", flush=True)
    while True:
        await keeper.sequence()
        await keeper.publish()
        await asyncio.sleep(timedelta(milliseconds=1).total_seconds())


if __name__ == "__main__":
    asyncio.run(main())
