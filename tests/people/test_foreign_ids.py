"""Nobody learns that another tenant exists: somebody else's id and one that exists nowhere are answered alike, by the same work.

A clock would be noisy, so what costs the time is compared: status, body and headers, the statements that are sent, their text and
number, and the rows that the database reads and writes for them, table by table. Every operation of the contract that takes an
id is asked, for each of its ids.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from strangers import FLUSH, PASSWORD, Request, Seen, Stranger, Watch, every_connection, replaced, seen, stranger
from test_operations import OPERATIONS, SESSION_ONLY

from database import Copy
from evenhand.core.errors import NotAllowed, NotFound
from evenhand.http.webhooks import Webhooks
from evenhand.work.projects import Projects
from published import DOCUMENT
from web import Browser, Web, web_of
from world import Member, Organization, World, sabotage, world_on

# Names no tenant's own thing: a file of a release, an address that is its own credential, a number of one's own document.
NO_IDS = frozenset(
    {"name", "token", "version", "file", "width", "state", "cursor", "limit", "batch", "tag", "external_id", "question"}
    | {"guideline_before"}
)
# What a ruling may rest on, by the kind of evidence.
EVIDENCE = {
    "answer": "annotation_id",
    "verdict": "verdict_id",
    "gold": "gold_id",
    "exam": "sitting_id",
    "remark": "remark_id",
}
# What a request names that is no parameter of its path: in the query or in the body.
MORE = (
    Request("list_tasks", "task_id", "GET", "/api/v1/projects/{own_project}/tasks", {"id": "{thing}"}),
    Request("list_tasks", "person_id", "GET", "/api/v1/projects/{own_project}/tasks", {"person": "{thing}"}),
    Request("list_tasks", "external_id", "GET", "/api/v1/projects/{own_project}/tasks", {"external_id": "{thing}"}),
    Request("count_tasks", "task_id", "GET", "/api/v1/projects/{own_project}/tasks/count", {"id": "{thing}"}),
    Request("get_my_answer", "annotation_id", "GET", "/api/v1/projects/{own_project}/my-answers/{own_task}",
            {"annotation": "{thing}"}),
    Request("list_recorded_looks", "task_id", "GET", "/api/v1/ledger/looks", {"object_id": "{thing}"}),
    Request("create_shredding", "task_id", "POST", "/api/v1/shreddings", body={"scope": "task", "id": "{thing}"}),
    Request("create_shredding", "project_id", "POST", "/api/v1/shreddings", body={"scope": "project", "id": "{thing}"}),
    Request("grant_waiver", "person_id", "POST", "/api/v1/walls/waivers", body={"person_id": "{thing}", "reason": "x"}),
    Request("move_person", "organization_id", "POST", "/api/v1/walls/people/{own_person}/move", body={"vendor_id": "{thing}"}),
    Request("start_import", "upload_id", "POST", "/api/v1/projects/{own_project}/imports", body={"upload": "{thing}"}),
    Request("create_webhook", "project_id", "POST", "/api/v1/webhooks",
            body={"url": "https://1.1.1.1/x", "events": ["task.done"], "project_id": "{thing}"}),
    Request("change_tasks", "task_id", "POST", "/api/v1/projects/{own_project}/tasks/bulk",
            body={"ids": ["{thing}"], "action": "priority", "value": 1}),
    Request("grant_skill", "skill_id", "PUT", "/api/v1/people/{own_person}/skills", body={"skill_id": "{thing}"}),
    Request("ask_skills", "skill_id", "PUT", "/api/v1/projects/{own_project}/skills", body={"skills": ["{thing}"]}),
    Request("set_exam", "skill_id", "PUT", "/api/v1/projects/{own_project}/exam",
            body={"skill_id": "{thing}", "gold": ["{own_task}"], "tasks": 1}),
    Request("make_gold", "task_id", "POST", "/api/v1/projects/{own_project}/gold",
            body={"gold": [{"task_id": "{thing}", "answers": [{"question": "label", "value": "yes"}]}]}),
    # A planted flaw is found by its gold task, and dealt to reviewers under an id of its own as an annotation.
    Request("plant_flaw", "gold_id", "POST", "/api/v1/projects/{own_project}/gold/{thing}/flaw"),
    Request("remove_flaw", "gold_id", "DELETE", "/api/v1/projects/{own_project}/gold/{thing}/flaw"),
    Request("get_my_answer", "flaw_id", "GET", "/api/v1/projects/{own_project}/my-answers/{own_task}", {"annotation": "{thing}"}),
    Request("reject_answer", "flaw_id", "POST", "/api/v1/projects/{own_project}/tasks/{own_task}/rejections",
            body={"annotation_id": "{thing}", "reason": "spam", "evidence": [{"kind": "answer", "id": "{own_annotation}"}]}),
    Request("withdraw_statements", "statement_id", "POST", "/api/v1/walls/statements/withdraw",
            body={"statement_ids": ["{thing}"]}),
    Request("switch_organization", "organization_id", "POST", "/api/v1/session/organization", body={"organization_id": "{thing}"},
            is_of_browser=True),
    Request("reject_answer", "annotation_id", "POST", "/api/v1/projects/{own_project}/tasks/{own_task}/rejections",
            body={"annotation_id": "{thing}", "reason": "spam", "evidence": [{"kind": "answer", "id": "{own_annotation}"}]}),
    Request("remove_from_project", "person_id", "POST", "/api/v1/projects/{own_project}/removals",
            body={"person_id": "{thing}", "reason": "spam", "evidence": [{"kind": "answer", "id": "{own_annotation}"}]}),
    *(Request("reject_answer", named, "POST", "/api/v1/projects/{own_project}/tasks/{own_task}/rejections",
              body={"annotation_id": "{own_annotation}", "reason": "spam", "evidence": [{"kind": kind, "id": "{thing}"}]},
              of="evidence")
      for kind, named in EVIDENCE.items()),
    *(Request("remove_from_project", named, "POST", "/api/v1/projects/{own_project}/removals",
              body={"person_id": "{own_worker}", "reason": "spam", "evidence": [{"kind": kind, "id": "{thing}"}]},
              of="evidence")
      for kind, named in EVIDENCE.items()),
)  # fmt: skip


def requests_of(document: dict[str, Any]) -> Iterator[Request]:
    """Each operation of the contract for each id of its path; the ids before it are the asker's own."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = operation["operationId"]
            parts = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"]
            for thing in (each for each in parts if each not in NO_IDS):
                filled = path
                for each in parts:
                    stands = "{thing}" if each == thing else "{own_" + each.removesuffix("_id") + "}"
                    filled = filled.replace("{" + each + "}", stands)
                yield Request(name, thing, method.upper(), filled, is_of_browser=name in SESSION_ONLY)


PUBLISHED = list(requests_of(DOCUMENT))
REQUESTS = [*PUBLISHED, *MORE]


class Ground:
    """Two tenants in one installation, the first of which asks for what is the other's."""

    def __init__(
        self, web: Web, bank: Organization, asker: Member, browser: Browser, own: dict[str, str], other: Stranger
    ):
        self.web, self.bank, self.asker, self.browser, self.own, self.other = web, bank, asker, browser, own, other

    def request(self, request: Request) -> Request:
        """With everything in its place but the id that is asked for."""

        def own(value: Any) -> Any:
            if isinstance(value, str):
                for name, id_ in self.own.items():
                    value = value.replace("{own_" + name + "}", id_)
                return value
            if isinstance(value, dict):
                return {key: own(each) for key, each in value.items()}
            return [own(each) for each in value] if isinstance(value, list) else value

        made = OPERATIONS[request.operation].body
        body = request.body
        if body is None and made is not None:
            body = made(self)  # type: ignore[arg-type]  # has what the table's bodies ask of a scene
        return replace(request, path=own(request.path), body=own(body))

    @property
    def task(self) -> UUID:
        return UUID(self.own["task"])

    @property
    def project(self) -> Any:
        return self

    @property
    def organization(self) -> Organization:
        return self.bank

    def missing(self, request: Request) -> str:
        """An id that exists nowhere, of the kind that is asked for."""
        if request.thing == "pseudonym":
            return uuid4().hex[: len(self.other.ids["pseudonym"])]
        return uuid4().hex if request.thing == "entry_id" else str(uuid4())

    async def ask(self, watch: Watch, request: Request, id_: str) -> Seen:
        """The answer about one id; asked again where the application's own clockwork came in between."""
        for _ in range(5):
            async with self.web.script(self.asker) as script, seen(watch, {"asked for": id_}) as take:
                found = take(await request.send(script, self.browser, id_))
            if not watch.is_disturbed:
                break
        return found


@pytest.fixture(scope="module")
async def ground(all_clusters: Any) -> AsyncIterator[Ground]:
    """A database of its own, so that nobody else's work is counted."""
    copy: Copy = await all_clusters[18].clone()
    # As over large tables, where plans are made once and lead through indexes: what is read does not hang on how little there is.
    async with copy.connect() as superuser:
        for setting in ("plan_cache_mode = force_generic_plan", "enable_seqscan = off"):
            await superuser.execute(f"alter database {copy.name} set {setting}")
    async with world_on(copy, pool_size=4) as world, web_of(world) as web:
        yield await ground_on(world, web)
    await all_clusters[18].drop(copy)


async def ground_on(world: World, web: Web) -> Ground:
    bank = await world.organization("Bank")
    asker = await bank.member("owner", PASSWORD)
    project = await bank.project(name="Ours", opinions=9)
    [task] = await project.add(1)
    await project.answer(bank.owner)
    worker = await bank.member("annotator")
    await project.answer(worker)
    async with world.superuser() as superuser:
        annotation = await superuser.fetchval("select annotation_id from annotation where person_id = $1", worker.id)
    release = await world.services.releases.create(bank.owner.actor, project.id, "A note", "all")
    skill = await world.services.work.exams.add_skill(bank.owner.actor, "Ours")
    async with web.script(bank.owner) as script:
        hook = (await script.post("/webhooks", json={"url": "https://1.1.1.1/h", "events": ["task.done"]})).json()
    own = {
        "project": str(project.id), "task": str(task), "person": str(asker.id), "release": release["id"],
        "webhook": hook["id"], "name": "labels.jsonl", "token": "x" * 43, "question": "label",
        "skill": str(skill), "worker": str(worker.id), "annotation": str(annotation),
    }  # fmt: skip
    browser = web.browser()
    assert (await browser.sign_in(asker.email, PASSWORD)).status_code == 200
    other = await stranger(world, web)
    # What making all of this cost is counted before anything is asked.
    for pool in (world.services.database._pool, web.app.state.database._pool):
        async with every_connection(pool) as connections:
            for each in connections:
                await each.execute(FLUSH)
    async with world.superuser() as superuser:
        await superuser.execute("analyze")
    return Ground(web, bank, asker, browser, own, other)


async def tells(ground: Ground, request: Request) -> list[str]:
    """What of the answers tells an id of somebody else's from one that exists nowhere."""
    ready = ground.request(request)
    theirs = ground.other.ids.get(request.thing) or str(uuid4())
    async with Watch(ground.web) as watch:
        for _ in range(2):  # what is prepared and remembered at first
            await ground.ask(watch, ready, ground.missing(request))
        for _ in range(5):  # statistics of another connection's earlier work may come in between
            first, foreign, second = [
                await ground.ask(watch, ready, id_)
                for id_ in (ground.missing(request), theirs, ground.missing(request))
            ]
            if first.differences(second) == []:
                break
    assert first.status < 500, first.body
    assert first.differences(second) == [], "two that are missing differ: this measures something else"
    return foreign.differences(first)


def test_every_id_that_an_operation_takes_is_asked_for() -> None:
    things = {each.thing for each in PUBLISHED}

    assert len(PUBLISHED) > 60
    assert things >= {"project_id", "task_id", "person_id", "webhook_id", "waiver_id", "entry_id", "hold_id"}


async def test_there_is_one_of_everything_that_can_be_asked_for(ground: Ground) -> None:
    assert {each.thing for each in PUBLISHED} - ground.other.ids.keys() == set(), "make one in strangers.py"


@pytest.mark.check(11)
@pytest.mark.parametrize("request_", REQUESTS, ids=str)
async def test_what_is_somebody_elses_is_answered_as_what_exists_nowhere(ground: Ground, request_: Request) -> None:
    assert await tells(ground, request_) == []


# ----------------------------------------------------------------------------------------------------- names and keys --
async def test_names_and_keys_that_another_tenant_uses_are_free(ground: Ground) -> None:
    """No unique key reaches over tenants: the same words, sent by both, are taken alike."""
    await taken(ground, f"first-{uuid4().hex[:8]}")  # what is remembered at first
    for _ in range(3):  # what the application asks by its own clock may come in between
        words = f"word-{uuid4().hex[:8]}"
        await take_theirs(ground, words)
        free, foreign = await taken(ground, f"free-{uuid4().hex[:8]}"), await taken(ground, words)
        if foreign == free:
            break

    assert foreign == free


async def take_theirs(ground: Ground, words: str) -> None:
    """The other tenant gives everything that it can name these words."""
    async with ground.web.script(ground.other.organization.owner) as theirs:
        await theirs.post("/projects", json={"name": words, "ontology": ONTOLOGY}, headers={"idempotency-key": words})
        await theirs.post(
            f"/projects/{ground.other.ids['project_id']}/tasks", json=[{"external_id": words, "inputs": {"text": "x"}}]
        )
        await theirs.put("/walls/conflicts", json={"party": words})
        await theirs.post("/invitations", json={"email": f"{words}@example.org", "role": "annotator"})


async def taken(ground: Ground, word: str) -> list[tuple[int, list[str], list[str]]]:
    """What it takes to use a word for everything that has a name or a key: status, what the answer has, statements."""
    found = []
    tasks = f"/projects/{ground.own['project']}/tasks"
    async with Watch(ground.web) as watch, ground.web.script(ground.asker) as ours:
        for method, path, body in (
            ("POST", "/projects", {"name": word, "ontology": ONTOLOGY}),
            ("POST", tasks, [{"external_id": word, "inputs": {"text": "x"}}]),
            ("PUT", "/walls/conflicts", {"party": word}),
            ("POST", "/invitations", {"email": f"{word}@example.org", "role": "annotator"}),
        ):
            watch.statements.clear()
            answer = await ours.request(method, path, json=body, headers={"idempotency-key": word})
            found.append((answer.status_code, sorted(answer.json()), list(watch.statements)))
    return found


ONTOLOGY = {
    "format": "evenhand-ontology/1",
    "name": "x",
    "language": "en",
    "inputs": [{"name": "text", "kind": "text"}],
    "questions": [
        {
            "name": "tone",
            "kind": "choice",
            "text": "Tone?",
            "settings": {"options": [{"value": "a", "text": "A"}, {"value": "b", "text": "B"}]},
        }
    ],
}


async def test_the_own_persons_evidence_is_asked_about_as_far_as_the_evidence(ground: Ground) -> None:
    """Otherwise a refusal that comes before would make every such question pass."""
    for request in (each for each in MORE if each.of):
        async with ground.web.script(ground.asker) as script:
            answer = await ground.request(request).send(script, ground.browser, str(uuid4()))
        assert answer.json()["problems"][0]["pointer"] == "/evidence/0/id", answer.text


# --------------------------------------------------------------------------------------------------------- saboteurs --
def one(operation: str, thing: str) -> Request:
    [found] = [each for each in PUBLISHED if (each.operation, each.thing) == (operation, thing)]
    return found


@pytest.mark.saboteur(11)
async def test_an_operation_that_says_forbidden_for_what_is_somebody_elses_is_found(ground: Ground) -> None:
    pages = Projects.get

    async def telling(self: Projects, actor: Any, project_id: UUID, *more: Any, **named: Any) -> Any:
        if str(project_id) == ground.other.ids["project_id"]:
            raise NotAllowed(permission="project.read")
        return await pages(self, actor, project_id, *more, **named)

    with replaced(Projects, "get", telling):
        found = await tells(ground, one("get_project", "project_id"))

    assert [each.split(":")[0] for each in found][:2] == ["status", "body"]


@pytest.mark.saboteur(11)
async def test_a_cache_that_is_keyed_without_the_tenant_is_found(ground: Ground) -> None:
    """The same refusal, word for word; what was kept for its owner saves the statements."""
    read, kept = Webhooks.get, set[str]()

    async def remembering(self: Webhooks, actor: Any, webhook_id: UUID, *more: Any, **named: Any) -> Any:
        if str(webhook_id) in kept:
            raise NotFound(kind="webhook", id=str(webhook_id))
        found = await read(self, actor, webhook_id, *more, **named)
        kept.add(str(webhook_id))
        return found

    with replaced(Webhooks, "get", remembering):
        async with ground.web.script(ground.other.organization.owner) as theirs:
            (await theirs.get(f"/webhooks/{ground.other.ids['webhook_id']}")).raise_for_status()
        found = await tells(ground, one("get_webhook", "webhook_id"))

    assert "statements" in [each.split(":")[0] for each in found]


@pytest.mark.saboteur(11)
async def test_a_function_that_touches_what_it_does_not_show_is_found(ground: Ground) -> None:
    """The same statement and the same refusal: only the database knows that there was a row."""
    read = Webhooks.get
    async with ground.web.world.superuser() as superuser:
        await superuser.execute(
            "create function evenhand.webhook_touched(p uuid) returns void language sql security definer as"
            " $$ update evenhand.webhook set version = version where webhook_id = p $$"
        )
        await superuser.execute("grant execute on function evenhand.webhook_touched to evenhand_app")

    async def touching(self: Webhooks, actor: Any, webhook_id: UUID) -> Any:
        async with self._database.statement() as connection:
            await connection.execute("select webhook_touched($1)", webhook_id)
        return await read(self, actor, webhook_id)

    with replaced(Webhooks, "get", touching):
        found = await tells(ground, one("get_webhook", "webhook_id"))

    assert [each.split(":")[0] for each in found] == ["work"]


@pytest.mark.saboteur(11)
async def test_evidence_that_is_looked_for_beyond_the_tenant_is_found(ground: Ground) -> None:
    """The same refusal; only the database knows that there was such a sitting."""
    [request] = [each for each in MORE if (each.operation, each.thing) == ("remove_from_project", "sitting_id")]
    async with ground.web.world.superuser() as superuser:
        await superuser.execute(
            "create function evenhand.sitting_known(p uuid) returns boolean language sql stable security definer as"
            " $$ select exists (select from evenhand.sitting where sitting_id = p) $$"
        )
        await superuser.execute("grant execute on function evenhand.sitting_known to evenhand_work")
    within, beyond = "'exam' then exists", "'exam' then evenhand.sitting_known(u.subject) and exists"
    await sabotage(ground.web.world.copy, "evidence_lacks", within, beyond)
    try:
        found = await tells(ground, request)
    finally:
        await sabotage(ground.web.world.copy, "evidence_lacks", beyond, within)

    assert [each.split(":")[0] for each in found] == ["work"]
