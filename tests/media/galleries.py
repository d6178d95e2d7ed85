"""A project that shows pictures, and the people in it: what tests of files drive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from evenhand.ontology.presets import expand
from evenhand.work.model import ProjectSettings
from web import Web
from world import Member, Organization


@dataclass(frozen=True)
class Gallery:
    """A project that shows pictures, and the people in it."""

    web: Web
    organization: Organization
    id: UUID

    @property
    def owner(self) -> Member:
        return self.organization.owner

    async def send(self, content: bytes, name: str = "a.png", kind: str = "image/png", **query: Any) -> httpx.Response:
        async with self.web.script(self.owner) as client:
            headers = {"content-type": kind, "x-file-name": quote(name)}
            return await client.post(f"/projects/{self.id}/images", content=content, headers=headers, params=query)

    async def sent(self, content: bytes, name: str = "a.png", **more: Any) -> dict[str, Any]:
        answer = await self.send(content, name, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, rows: list[dict[str, Any]], **query: Any) -> httpx.Response:
        async with self.web.script(self.owner) as client:
            return await client.post(f"/projects/{self.id}/tasks", json=rows, params=query)

    async def tasks(self) -> list[dict[str, Any]]:
        async with self.web.script(self.owner) as client:
            return (await client.get(f"/projects/{self.id}/tasks")).json()["items"]

    async def claim(self, who: Member) -> dict[str, Any]:
        async with self.web.script(who) as client:
            return (await client.post(f"/projects/{self.id}/claim", json={"held": []})).json()["assignment"]

    async def fetch(
        self, who: Member, task: str, name: str = "image", headers: Any = None, **query: Any
    ) -> httpx.Response:
        async with self.web.script(who) as client:
            address = f"/projects/{self.id}/tasks/{task}/media/{name}"
            return await client.get(address, headers=headers or {}, params=query)

    async def looks(self, task: str) -> list[str]:
        """The purposes of looks that are on record for a task, oldest first."""
        async with self.web.world.superuser() as connection:
            rows = await connection.fetch(
                "select purpose from evenhand.ledger_inbox where (object_id = $1 or object_ids @> array[$1::uuid])"
                " and decision = 'allow' order by xid, id",
                UUID(task),
            )
        return [row["purpose"] for row in rows]


async def gallery_of(web: Web, body: dict[str, Any] | None = None, organization: Organization | None = None) -> Gallery:
    organization = organization or await web.world.organization()
    body = body or expand("image-boxes", {"labels": ["cat", "dog"]})
    projects = web.world.services.work.projects
    made = await projects.create(organization.owner.actor, "Pictures", body, ProjectSettings(lease_seconds=600))
    return Gallery(web, organization, UUID(made["id"]))
