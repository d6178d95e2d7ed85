"""`gold.plant`, `gold.flaws` and `gold.unplant` of both clients, against a real server."""

from __future__ import annotations

import uuid

import pytest

from evenhand import AsyncClient, Client
from evenhand.client.errors import Conflict, GoldRefused, NotFound
from serving import Installation

RIGHT, WRONG = ([{"question": "label", "value": value}] for value in ("positive", "negative"))


def with_gold(client: Client) -> tuple[str, str]:
    """(project, its only task, which is gold)."""
    fill = {"labels": ["positive", "negative"]}
    project = client.projects.create("Flaws", preset="text-classification", fill=fill)["id"]
    client.tasks.import_(project, [{"text": "letter"}])
    [task] = [each["id"] for each in client.tasks.list(project)]
    client.gold.make(project, [{"task_id": task, "answers": RIGHT}])
    return project, task


def test_a_flaw_is_planted_once_listed_and_taken_out(installation: Installation) -> None:
    with Client(installation.url, installation.key) as client:
        project, task = with_gold(client)
        key = str(uuid.uuid4())
        with pytest.raises(GoldRefused):
            client.gold.plant(project, task, RIGHT)

        client.gold.plant(project, task, WRONG, "slip", idempotency_key=key)
        client.gold.plant(project, task, WRONG, "slip", idempotency_key=key)

        [flaw] = client.gold.flaws(project, page_size=1)
        assert (flaw["task_id"], flaw["state"], flaw["reason"]) == (task, "waiting", "slip")
        assert (flaw["caught"]["total"], flaw["answers"][0]["value"]) == (0, "negative")
        with pytest.raises(Conflict):
            client.gold.plant(project, task, WRONG)
        client.gold.unplant(project, task)
        assert list(client.gold.flaws(project)) == []
        with pytest.raises(NotFound):
            client.gold.unplant(project, task)


async def test_the_asynchronous_client_does_the_same(installation: Installation) -> None:
    with Client(installation.url, installation.key) as client:
        project, task = with_gold(client)
    async with AsyncClient(installation.url, installation.key) as client:
        await client.gold.plant(project, task, WRONG)
        planted = [flaw async for flaw in client.gold.flaws(project)]
        await client.gold.unplant(project, task)

        assert [(flaw["task_id"], flaw["reason"]) for flaw in planted] == [(task, None)]
        assert [flaw async for flaw in client.gold.flaws(project)] == []
