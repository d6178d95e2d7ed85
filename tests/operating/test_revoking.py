"""Taking the use of keys back while several web processes have them open: from one moment on none of them opens anything."""

from __future__ import annotations

import time
from pathlib import Path

from operating_world import Own

from evenhand import Client
from evenhand.client.errors import KeyServiceUnavailable

# Each on a connection of its own, which any of the processes may take.
ASKED = 24


def shown(url: str, key: str, project: str) -> list[float]:
    """When those of so many callers who were shown the project's name had asked for it."""
    found = []
    for _ in range(ASKED):
        with Client(url, key, sleep=lambda _: None) as client:
            asked = time.monotonic()
            try:
                client.projects.get(project)
            except KeyServiceUnavailable:
                continue
            found.append(asked)
    return found


def test_once_a_whole_round_of_callers_is_refused_nobody_is_shown_anything_until_it_is_allowed_again(
    own: Own, folder: Path
):
    running = own.up(folder / "data", EVENHAND_WEB_PROCESSES="3")
    assert running.key is not None
    with Client(running.url, running.key) as client:
        project = client.projects.create("Reviews", preset="text-classification")["id"]
        before = shown(running.url, running.key, project)

        client.keyring.revoke()
        since = last = time.monotonic()
        rounds = 0
        while still := shown(running.url, running.key, project):
            last, rounds = still[-1], rounds + 1
            assert rounds < 200, "some process went on opening"
        later = shown(running.url, running.key, project)

        client.keyring.restore()
        while not shown(running.url, running.key, project):
            rounds += 1
            assert rounds < 400, "it was never given back"

    print(
        f"\nthe last of three processes showed something to who asked {last - since:.2f} s after the keys were revoked"
    )
    assert len(before) == ASKED
    assert later == []
