"""What an answer to somebody shows of what is not theirs: status, body, headers, the statements sent, and the rows read for it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from web import API, Browser, Web
from world import Organization, World

# What differs between two answers to one request: whose it is, when, and how many there were.
UNSTEADY = frozenset({"x-request-id", "date", "ratelimit", "set-cookie"})
PASSWORD = "four words are enough"
ENTRY = bytes.fromhex("5a" * 16)
# A person, her memberships, sessions, keys and passkeys are found before it is known in which tenant, and so is a visit of the
# operator's: by an index over the id alone, where the planner takes it. What that reads of somebody else's is a row in memory or
# two, dropped unseen; docs/trust/threat-model.md says so.
SPANNING = frozenset({"person", "membership", "credential", "passkey", "break_glass"})
SPANNED_MAX = 2
_NO_WORK = (0, 0, 0, 0, 0)


@dataclass
class Seen:
    """One answer as anybody who measures could know it."""

    status: int
    body: str
    headers: dict[str, str]
    statements: list[str] = field(default_factory=list)
    work: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def differences(self, other: Seen) -> list[str]:
        """In which parts the two differ, in words. Of tables that span tenants a row or two may be read more: `SPANNING`."""
        found = []
        mine, theirs = dict(self.work), dict(other.work)
        for name in SPANNING & (mine.keys() | theirs.keys()):
            scanned, fetched, *written = mine.get(name, _NO_WORK)
            others_scanned, others_fetched, *others_written = theirs.get(name, _NO_WORK)
            if written == others_written and abs(scanned + fetched - others_scanned - others_fetched) <= SPANNED_MAX:
                mine[name] = theirs[name] = tuple(written)
        self, other = replace(self, work=mine), replace(other, work=theirs)
        for name in ("status", "body", "headers", "statements", "work"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                found.append(f"{name}: {_short(mine, theirs)} / {_short(theirs, mine)}")
        return found


def _short(mine: Any, theirs: Any) -> str:
    if isinstance(mine, dict):
        mine = {key: value for key, value in mine.items() if theirs.get(key) != value}
    if isinstance(mine, list):
        mine = [each for each in mine if each not in theirs] or len(mine)
    return str(mine)[:600]


# What the application asks every so often, whoever comes by then.
CLOCKWORK = "SELECT * FROM key_changes"
FLUSH = "select pg_stat_force_next_flush()"


@asynccontextmanager
async def every_connection(pool: asyncpg.Pool) -> AsyncIterator[list[Any]]:
    """Every connection of a pool that nobody has now, opened where it was not yet."""
    free = pool.get_max_size() - pool.get_size() + pool.get_idle_size()
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(pool.acquire()) for _ in range(free)]


class Watch:
    """Everything that this application's connections send to the database, and what the server did for it."""

    def __init__(self, web: Web) -> None:
        self.pool: asyncpg.Pool = web.app.state.database._pool
        self.copy = web.world.copy
        self.statements: list[str] = []
        self.is_disturbed = False

    async def __aenter__(self) -> Watch:
        async with every_connection(self.pool) as connections:
            for each in connections:
                each.add_query_logger(self._heard)
        return self

    async def __aexit__(self, *_: object) -> None:
        async with every_connection(self.pool) as connections:
            for each in connections:
                each.remove_query_logger(self._heard)

    def _heard(self, query: Any) -> None:
        # The tenant is in the text, because no parameter is taken there; it is the asker's own.
        self.statements.append(re.sub(r"\s+", " ", query.query))

    async def work(self) -> dict[str, tuple[int, ...]]:
        """Rows read and written so far, by table."""
        async with every_connection(self.pool) as connections:
            for each in connections:
                # Past the driver's log: what is measured is the answer and not the measuring.
                each.remove_query_logger(self._heard)
                await each.execute(FLUSH)
                each.add_query_logger(self._heard)
        async with self.copy.connect() as superuser:
            rows = await superuser.fetch(
                "select relname, seq_tup_read, coalesce(idx_tup_fetch, 0) as fetched, n_tup_ins, n_tup_upd, n_tup_del"
                " from pg_stat_user_tables where schemaname = 'evenhand' order by relname"
            )
        return {row[0]: tuple(row)[1:] for row in rows}


@asynccontextmanager
async def seen(watch: Watch, ids: Mapping[str, object]) -> AsyncIterator[Callable[[httpx.Response], Seen]]:
    """Around one request: gives what makes a `Seen` of its answer. ids: what stands in it in place of each."""
    before = await watch.work()
    watch.statements.clear()
    made: list[Seen] = []

    def take(answer: httpx.Response) -> Seen:
        def plain(text: str) -> str:
            for name, id_ in ids.items():
                text = text.replace(str(id_), f"<{name}>")
            return text

        headers = {key: plain(value) for key, value in answer.headers.items() if key.lower() not in UNSTEADY}
        made.append(Seen(answer.status_code, plain(_without_request(answer.text)), headers, list(watch.statements)))
        return made[0]

    yield take
    watch.is_disturbed = any(each.startswith(CLOCKWORK) for each in watch.statements)
    after = await watch.work()
    if made:
        made[0].work = {
            name: tuple(now - then for now, then in zip(after[name], before[name], strict=True))
            for name in after
            if after[name] != before[name]
        }


def _without_request(text: str) -> str:
    """A problem document without the id of its request."""
    try:
        body = json.loads(text)
    except ValueError:
        return text
    if isinstance(body, dict):
        for key in ("request_id", "instance"):
            body.pop(key, None)
    return json.dumps(body, sort_keys=True)


# ---------------------------------------------------------------------------------------------------- somebody else --
@dataclass(frozen=True)
class Stranger:
    """A tenant with one of everything that an operation can name, by the name of the parameter."""

    organization: Organization
    ids: Mapping[str, str]


async def stranger(world: World, web: Web) -> Stranger:
    """Somebody else's organization, in use."""
    clinic = await world.organization("Clinic")
    owner = clinic.owner
    project = await clinic.project(name="Theirs", opinions=2)
    [task] = await project.add(1)
    await project.answer(owner)
    colleague = await clinic.member("annotator")
    services, now = world.services, world.clock.now()
    key_id, _, _ = await services.people.keys.make(clinic.id, colleague.id, "Theirs", None, now.replace(year=2027))
    release = await services.releases.create(owner.actor, project.id, "A note", "all")
    answered = await services.work.own_answers.one(owner.actor, project.id, task, None)
    async with web.script(owner) as script:
        hook = (
            await script.post("/webhooks", json={"url": "https://1.1.1.1/hook", "events": ["task.done"]})
        ).raise_for_status()
        waiver = (await script.post("/walls/waivers", json={"party": "a-vendor", "reason": "x"})).raise_for_status()
        interest = await script.post(f"/walls/people/{owner.id}/interests", json={"party": "p", "kind": "office"})
    rows = {name: uuid4() for name in ("delivery", "upload", "bucket", "import", "passkey", "break_glass", "hold")}
    rows |= {"picture": uuid4(), "discussion": uuid4(), "ruling": uuid4(), "appeal": uuid4()}
    rows |= {
        "check": uuid4(),
        "flaw": uuid4(),
        "challenge": uuid4(),
        "session": uuid4(),
        "shredding": uuid4(),
        "verdict": uuid4(),
        "sitting": uuid4(),
    }
    [gold] = await project.add(1)
    async with world.superuser() as superuser:
        await _put_rows(superuser, rows, clinic, colleague.id, hook.json()["id"], project.id, now)
        await _put_evidence(superuser, rows, clinic, owner.id, project.id, gold, now)
    ids = {
        "project_id": str(project.id),
        "task_id": str(task),
        "annotation_id": answered["annotation_id"],
        "person_id": str(owner.id),
        "key_id": str(key_id),
        "skill_id": str(await services.work.exams.add_skill(owner.actor, "Theirs")),
        "release_id": release["id"],
        "webhook_id": hook.json()["id"],
        "waiver_id": waiver.json()["id"],
        "interest_id": interest.raise_for_status().json()["id"],
        "entry_id": ENTRY.hex(),
        "organization_id": str(clinic.id),
        "pseudonym": owner.actor.pseudonym,
        "gold_id": str(gold),
        "remark_id": str(rows["discussion"]),
        **{f"{name}_id": str(id_) for name, id_ in rows.items()},
    }
    return Stranger(clinic, ids)


async def _put_rows(
    superuser: asyncpg.Connection,
    rows: Mapping[str, UUID],
    clinic: Organization,
    person: UUID,
    webhook: str,
    project: UUID,
    now: datetime,
) -> None:
    """What takes others to make: an operator, a worker, a browser, somebody's store."""
    key = await superuser.fetchval("select chunk_key_id from organization where organization_id = $1", clinic.id)

    async def put(table: str, at: str, **values: Any) -> None:
        await _put(superuser, table, {"organization_id": clinic.id, at: now, **values})

    sealed = {"chunk_key_id": key, "sealed": b"x"}
    hook, delivery = UUID(webhook), rows["delivery"]
    await put("webhook_delivery", "at", delivery_id=delivery, webhook_id=hook, event="task.done", next_at=now)
    await put("bucket", "created_at", bucket_id=rows["bucket"], **sealed)
    run = {"import_id": rows["import"], "project_id": project, "person_id": person, "token_sha256": b"x"}
    await put("import_run", "created_at", **run, **sealed)
    asked = {
        "check_id": rows["check"],
        "project_id": project,
        "task_id": uuid4(),
        "person_id": person,
        "question_no": 1,
    }
    await put("check_run", "created_at", **asked, ontology_version=1, content=b"x")
    device = {"passkey_id": rows["passkey"], "credential": rows["passkey"].bytes, "person_id": person}
    await put("passkey", "created_at", **device, public_key=b"x", sign_count=0, is_synced=False, **sealed)
    visit = {"break_glass_id": rows["break_glass"], "operator_id": clinic.id, "person_id": person}
    await put("break_glass", "asked_at", **visit, lapses_at=now + timedelta(hours=1), **sealed)
    asked = {"remark_id": rows["discussion"], "project_id": project, "person_id": person, "guideline_version": 1}
    await put("remark", "at", **asked, kind="comment", **sealed)
    file = {
        "media_id": rows["picture"],
        "project_id": project,
        "state": "stored",
        "object_name": "x",
        "sealed_bytes": 1,
    }
    await put("media", "created_at", **file, is_used=True, expires_at=now, **sealed)
    await superuser.execute(
        "insert into guideline_picture (organization_id, project_id, media_id, version) values ($1, $2, $3, 1)",
        clinic.id,
        project,
        rows["picture"],
    )
    ruling = {"ruling_id": rows["ruling"], "project_id": project, "person_id": person, "decided_by": uuid4()}
    await put("ruling", "at", **ruling, kind="removal", reason="spam")
    against = {"appeal_id": rows["appeal"], "project_id": project, "kind": "removal", "subject_id": rows["ruling"]}
    whose = {"person_id": person, "decided_by": person, "due_at": now + timedelta(days=9)}
    await put("appeal", "filed_at", **against, **whose, **sealed)
    drawn = {"audit_id": uuid4(), "project_id": project, "person_id": person}
    await put("audit", "asked_at", **drawn, share=0.05, delta=0.05, rate=0.5, tasks=1)
    end = {"shredding_id": rows["shredding"], "scope": "project", "subject_id": project, "person_id": person}
    await put("shredding", "asked_at", **end, begins_at=now + timedelta(days=9))
    log = {"generation": 1, "opaque": "theirs", "origin": "example.org/log/theirs", "salt": bytes(32), "size": 1}
    await put("ledger_log", "made_at", **log, published_size=0)
    await superuser.execute(
        "insert into ledger_leaf (organization_id, generation, index, hash, entry_id, xid, id) values ($1, 1, 0, $2, $3, '7', 7)",
        clinic.id,
        bytes(32),
        ENTRY,
    )
    hold = {"hold_id": rows["hold"], "change_id": rows["hold"], "epoch": 1, "chain": "[]"}
    await put("wall_hold", "opened_at", **hold, countersigned_at=now, countersigned_by=b"x")
    await put("challenge", "filed_at", challenge_id=rows["challenge"], source="x", state="open")


async def _put_evidence(
    superuser: asyncpg.Connection,
    rows: Mapping[str, UUID],
    clinic: Organization,
    person: UUID,
    project: UUID,
    gold: UUID,
    now: datetime,
) -> None:
    """What a ruling could rest on: a verdict, an exam that was sat, a gold task; and the flaw that was planted in it."""
    key = await superuser.fetchval("select chunk_key_id from organization where organization_id = $1", clinic.id)
    task_no = await superuser.fetchval("select task_no from task where task_id = $1", gold)
    said = {"verdict_id": rows["verdict"], "task_id": gold, "project_id": project, "annotation_id": uuid4(), "no": 1}
    whose = {"author_id": person, "reviewer_id": uuid4(), "stage": 2, "verdict": "fix", "reason": "slip", "at": now}
    await _put(superuser, "verdict", {"organization_id": clinic.id, **said, **whose})
    exam = {"sitting_id": rows["sitting"], "exam_id": uuid4(), "person_id": person, "tasks": 1, "needed": 1}
    await _put(superuser, "sitting", {"organization_id": clinic.id, **exam, "begun_at": now})
    known = {"task_id": gold, "project_id": project, "task_no": task_no, "kind": "hidden", "ontology_version": 1}
    sealed = {"chunk_key_id": key, "sealed": b"x", "opinions": 0, "made_at": now}
    await _put(superuser, "gold_answer", {"organization_id": clinic.id, **known, **sealed})
    flaw = {"flaw_id": rows["flaw"], "task_id": gold, "project_id": project, "author_id": person, "ontology_version": 1}
    planted = {"chunk_key_id": key, "sealed": b"x", "reason": "slip", "planted_at": now}
    await _put(superuser, "planted_flaw", {"organization_id": clinic.id, **flaw, **planted})


async def _put(superuser: asyncpg.Connection, table: str, row: Mapping[str, Any]) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await superuser.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())


# --------------------------------------------------------------------------------------------------------- requests --
@dataclass(frozen=True)
class Request:
    """One operation with one thing named that is not the asker's: `{thing}` in path, query and body stands for it."""

    operation: str
    thing: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    is_of_browser: bool = False
    of: str = ""

    def __str__(self) -> str:
        return f"{self.operation} {self.thing} {self.of}".strip()

    async def send(self, script: httpx.AsyncClient, browser: Browser, id_: str) -> httpx.Response:
        """The request, about one id."""

        def named(value: Any) -> Any:
            if isinstance(value, str):
                return value.replace("{thing}", id_)
            if isinstance(value, Mapping):
                return {key: named(each) for key, each in value.items()}
            return [named(each) for each in value] if isinstance(value, list) else value

        headers = {"idempotency-key": str(uuid4())} if self.method == "POST" else {}
        more: dict[str, Any] = {"params": named(dict(self.query))} if self.query else {}
        if isinstance(self.body, bytes):
            more["content"] = self.body
            headers["content-type"] = "application/x-ndjson"
        elif self.body is not None:
            more["json"] = named(self.body)
        path = named(self.path).removeprefix(API)
        if self.is_of_browser:
            return await browser.call(self.method, path, headers=headers, **more)
        return await script.request(self.method, path, headers=headers, **more)


@contextmanager
def replaced(owner: Any, name: str, made: Any) -> Iterator[None]:
    """Another method for a while: a saboteur's."""
    before = getattr(owner, name)
    setattr(owner, name, made)
    try:
        yield
    finally:
        setattr(owner, name, before)
