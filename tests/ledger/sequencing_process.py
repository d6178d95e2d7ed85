"""`python sequencing_process.py URL KEY DATA`: sequences and publishes as fast as it can, until it is killed.

SABOTAGE in the environment: Python that spoils it first.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from evenhand.boundary.outbound import Guard
from evenhand.ledger import publishing
from evenhand.ledger.keeping import LogKeeper
from evenhand.store.blobs import ObjectStore
from evenhand.store.clock import SystemClock
from evenhand.vault.keyfile import parse_key_file


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
    print("ready", flush=True)
    while True:
        await keeper.sequence()
        await keeper.publish()
        await asyncio.sleep(timedelta(milliseconds=1).total_seconds())


if __name__ == "__main__":
    asyncio.run(main())
