"""Stopping: what is in flight is answered, streams do not hold it up, and nothing is left running."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from operating_world import Own, wait_until

from evenhand import Client


def test_an_import_in_flight_is_finished_and_a_watched_page_does_not_hold_it_up(own: Own, folder: Path):
    running = own.up(folder / "data")
    with Client(running.url, running.key) as client:
        project = client.projects.create("Reviews", preset="text-classification")["id"]
    key = {"authorization": f"Bearer {running.key}"}
    begun, watched = threading.Event(), threading.Event()
    answers: list[httpx.Response] = []
    streamed: list[str] = []

    def rows() -> Iterator[bytes]:
        yield b'{"text": "first"}\n'
        begun.set()
        time.sleep(2.5)
        yield b'{"text": "last"}\n'

    def import_slowly() -> None:
        headers = {**key, "content-type": "application/x-ndjson"}
        address = f"{running.url}/api/v1/projects/{project}/tasks"
        answers.append(httpx.post(address, content=rows(), headers=headers, timeout=60))

    def watch() -> None:
        with httpx.stream("GET", f"{running.url}/api/v1/projects/{project}/events", headers=key, timeout=60) as stream:
            for line in stream.iter_lines():
                streamed.append(line)
                watched.set()

    threads = [threading.Thread(target=each) for each in (watch, import_slowly)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    assert watched.wait(60)
    time.sleep(0.5)
    stopped_at = time.monotonic()
    code = running.stop(signal.SIGTERM)
    took = time.monotonic() - stopped_at
    for thread in threads:
        thread.join(60)
    again = own.up(folder / "data")

    assert code == 0
    assert answers[0].json()["imported"] == 2, "acknowledged, and there after the restart"
    assert streamed[0].startswith("id: ")
    assert took < 45, f"it took {took:.1f} s; the page is watched for a minute"
    with Client(again.url, running.key) as client:
        assert wait_until(lambda: client.projects.get(project)["counts"]["tasks"] == 2)
