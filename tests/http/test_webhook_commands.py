"""Webhooks from the outside: command line and SDK against a real server, whose worker delivers to a receiver on loopback."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "operating"))

from operating_world import Own, evenhand, folder, own, wait_until
from receiver import Receiver, receiving

from evenhand import AsyncClient, Client

__all__ = ["folder", "own"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_a_program_is_told_of_a_finished_task_and_of_a_release(own: Own, folder: Path, receiver: Receiver):
    running = own.up(folder / "data", EVENHAND_OUTBOUND_PRIVATE_NETWORKS="127.0.0.0/8")
    at = {"EVENHAND_URL": running.url, "EVENHAND_API_KEY": str(running.key), "HOME": str(folder)}

    made = evenhand(
        "webhook", "create", receiver.url, "--event", "task.done", "--event", "release.ready", "--json", **at
    )
    webhook = json.loads(made.stdout)
    with Client(running.url, running.key) as client:
        project = client.projects.create("Reviews", preset="text-classification")["id"]
        client.tasks.import_(project, [{"text": "warm"}])
        dealt = client.work.claim(project)["assignment"]
        client.work.submit(dealt, [{"question": "label", "value": "positive"}])
        release = client.releases.wait(client.releases.create(project)["id"])
        assert wait_until(lambda: len(receiver.received) == 2)
        client.webhooks.test(webhook["id"])
        assert wait_until(lambda: len(receiver.received) == 3)
        assert wait_until(
            lambda: all(each["state"] == "delivered" for each in client.webhooks.deliveries(webhook["id"]))
        )
    told = {each["type"]: each["data"] for each in receiver.verified(webhook["secret"])}
    log = [
        json.loads(line)
        for line in evenhand("webhook", "deliveries", webhook["id"], "--json", **at).stdout.splitlines()
    ]
    paused = evenhand("webhook", "pause", webhook["id"], **at)
    listed = evenhand("webhook", "list", "--json", **at)
    asyncio.run(change_and_remove(running.url, str(running.key), webhook["id"]))

    assert told["release.ready"]["release_id"] == release["id"]
    assert told["task.done"]["task_id"] == dealt["task_id"]
    assert sorted(each["event"] for each in log) == ["release.ready", "task.done", "webhook.test"]
    assert paused.stdout == "Paused.\n"
    assert json.loads(listed.stdout)["state"] == "paused"
    assert "secret" not in json.loads(listed.stdout)
    refused = evenhand("webhook", "create", "http://10.0.0.1:8080/", "--event", "task.done", **at)
    unknown = evenhand("webhook", "create", receiver.url, "--event", "task.exploded", **at)
    assert "EVENHAND_OUTBOUND_PRIVATE_NETWORKS" in refused.stderr
    assert unknown.returncode == 1
    assert "/events/0" in unknown.stderr


async def change_and_remove(url: str, key: str, webhook: str) -> None:
    async with AsyncClient(url, key) as client:
        changed = await client.webhooks.change(webhook, description="Ours", state="active")
        secret = await client.webhooks.new_secret(webhook)
        seen = [each["event"] async for each in client.webhooks.deliveries(webhook, page_size=2)]
        await client.webhooks.remove(webhook)
        left = await client.webhooks.list()
    assert changed["description"] == "Ours"
    assert secret["secret"].startswith("whsec_")
    assert len(seen) == 3
    assert left == []
