"""The hot routes, past the framework: the same answers and refusals as the framework's, from the same functions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter, Query
from starlette.types import Receive, Scope, Send

from evenhand.bootstrap import make_web_app
from evenhand.boundary.express import Express, ExpressRoute
from evenhand.work.labeling import Labeling
from evenhand.work.queue_routes import express as hot
from web import Web
from world import World, hash_cheaply

ANSWER = {"ontology_version": 1, "answers": [{"question": "label", "value": "yes"}]}


class Counted:
    """Stands before the framework and counts what comes by. It is served as the whole application would be."""

    def __init__(self, web: Web) -> None:
        self.passed: list[str] = []
        self._web = web
        self._express = Express(self._pass, [route for route in hot.routes if isinstance(route, ExpressRoute)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self._web.app
        await self._express(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.passed.append(scope["path"])
        await self._web.app(scope, receive, send)


@pytest_asyncio.fixture(scope="session")
async def plain(shared_world: World) -> AsyncIterator[Web]:
    """The application without its express."""
    app = make_web_app(shared_world.settings, shared_world.clock)
    app.user_middleware = [each for each in app.user_middleware if each.cls is not Express]
    async with app.router.lifespan_context(app):
        hash_cheaply(app.state.people)
        yield Web(app, shared_world)


async def test_a_whole_day_of_labeling_never_meets_the_framework(web: Web) -> None:
    organization = await web.world.organization()
    project, annotator = await organization.project(tasks=3), await organization.member()
    counted = Counted(web)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(counted), base_url="http://evenhand.test/api/v1",
                               headers={"authorization": f"Bearer {annotator.key}"})  # fmt: skip

    claim = (await client.post(f"/projects/{project.id}/claim", json={})).json()
    seen = []
    while claim["status"] == "ok":
        seen.append(claim["assignment"]["task_id"])
        path = f"/projects/{project.id}/tasks/{seen[-1]}/annotations"
        answer = await client.post(path, json={**ANSWER, "next": True}, headers={"idempotency-key": seen[-1]})
        assert answer.status_code == 201
        claim = answer.json()["next"]

    assert len(set(seen)) == 3
    assert counted.passed == []
    assert (await project.books()).unbalanced == []


NOWHERE = uuid4()
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("claim", "POST", {"json": {"held": ["x"]}}),
    ("claim", "POST", {"json": {"hold": []}}),
    ("claim", "POST", {"json": []}),
    ("claim", "POST", {"content": b"{", "headers": {"content-type": "application/json"}}),
    ("claim", "POST", {"content": b'{"held": [], "held": []}', "headers": {"content-type": "application/json"}}),
    ("claim", "POST", {"content": b"held=", "headers": {"content-type": "application/x-www-form-urlencoded"}}),
    ("claim", "GET", {}),
    ("claim", "PUT", {"json": {}}),
    ("annotations", "POST", {"json": {**ANSWER, "ontology_version": 0}}),
    ("annotations", "POST", {"json": {**ANSWER, "answers": [{"question": "label", "value": "perhaps"}]}}),
    ("annotations", "POST", {"json": {**ANSWER, "more": 1}}),
    ("annotations", "POST", {"json": ANSWER, "headers": {"idempotency-key": "k" * 201}}),
    ("annotations", "DELETE", {}),
    ("nowhere", "POST", {"json": {}}),
    ("no-id", "POST", {"json": {}}),
]


@pytest.mark.parametrize(("where", "method", "more"), ASKED, ids=[f"{n}-{each[0]}" for n, each in enumerate(ASKED)])
async def test_what_is_refused_is_refused_in_the_frameworks_words(
    web: Web, plain: Web, where: str, method: str, more: dict[str, Any]
) -> None:
    organization = await web.world.organization()
    project, annotator = await organization.project(tasks=1), await organization.member()
    task = await project.take(annotator)
    path = {
        "claim": f"/projects/{project.id}/claim",
        "annotations": f"/projects/{project.id}/tasks/{task}/annotations",
        "nowhere": f"/projects/{NOWHERE}/claim",
        "no-id": f"/projects/none/tasks/{task}/annotations",
    }[where]

    told = []
    for each in (web, plain):
        async with each.script(annotator) as client:
            answer = await client.request(method, path, **more)
        told.append((answer.status_code, answer.headers["content-type"], {**answer.json(), "request_id": ""}))

    assert told[0] == told[1]
    assert told[0][0] >= 400


async def test_strangers_and_those_who_may_not_label_are_refused_alike(web: Web, plain: Web) -> None:
    organization = await web.world.organization()
    project, auditor = await organization.project(tasks=1), await organization.member("auditor")

    statuses = []
    for each in (web, plain):
        for who in (None, auditor):
            async with each.script(who) as client:
                statuses.append((await client.post(f"/projects/{project.id}/claim", json={})).status_code)

    assert statuses == [401, 403, 401, 403]


async def test_what_breaks_on_the_way_is_told_as_our_mistake(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = await web.world.organization()
    project = await organization.project(tasks=1)

    async def broken(*_: Any) -> Any:
        raise RuntimeError("a private word")

    monkeypatch.setattr(Labeling, "claim", broken)
    async with web.script(organization.owner) as client:
        answer = await client.post(f"/projects/{project.id}/claim", json={})

    assert (answer.status_code, answer.json()["code"]) == (500, "platform-error")
    assert "private" not in answer.text


def test_a_function_that_needs_the_framework_is_no_express() -> None:
    router = APIRouter(route_class=ExpressRoute)

    async def searching(project_id: UUID, words: Annotated[str, Query()] = "") -> dict[str, str]:
        return {}

    with pytest.raises(TypeError, match="searching: only the framework can make its words"):
        router.get("/projects/{project_id}/search")(searching)
