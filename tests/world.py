"""Small builders of a world to test in: organizations, members, projects, tasks, all made by the verbs that people use.

Tests share one database a process, as customers share one installation: each makes organizations of its own. The clock stands
still until a test moves it, and never goes back.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import argon2
import asyncpg

from database import Copy
from evenhand.bootstrap import Services
from evenhand.boundary.actor import Actor, digest_of_token
from evenhand.core.settings import Settings
from evenhand.ontology.presets import expand
from evenhand.people.service import People
from evenhand.store.clock import Clock, SteppedClock
from evenhand.vault.keyfile import make_key_file, write_durably
from evenhand.work.guidelines import NewVersion
from evenhand.work.labeling import Answer
from evenhand.work.model import ProjectSettings
from evenhand.work.relay import Relay

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Member:
    """A person in one organization, with an API key that allows all that the role does."""

    actor: Actor
    email: str
    key: str = field(repr=False)

    @property
    def id(self) -> UUID:
        """The person's."""
        return self.actor.person_id

    @property
    def token(self) -> bytes:
        """The digest of the key: what the database functions ask for."""
        return self.actor.token_sha256


@dataclass(frozen=True)
class World:
    """The services on one database, and a clock."""

    copy: Copy
    settings: Settings
    services: Services
    clock: Any  # a SteppedClock, or the machine's own where time itself is tested

    async def organization(self, name: str = "Bank", kind: str = "customer") -> Organization:
        """A new organization with its owner."""
        people = self.services.people
        id_ = await people.members.add_organization(name, kind)
        return Organization(self, id_, await self._member(id_, "owner", None, name))

    async def _member(self, organization_id: UUID, role: str, password: str | None, name: str) -> Member:
        people = self.services.people
        email = self.address()
        person_id = await people.members.add_member(organization_id, email, name, role, password=password)
        return await self.with_key(organization_id, person_id, email)

    async def with_key(
        self, organization_id: UUID, person_id: UUID, email: str, scopes: Sequence[str] | None = None
    ) -> Member:
        """A person's membership seen through a new API key."""
        people = self.services.people
        until = self.clock.now() + timedelta(days=360)
        _, _, key = await people.keys.make(organization_id, person_id, "A key", scopes, until)
        actor = await people.actors.authenticate(digest_of_token(key))
        assert actor is not None
        return Member(actor, email, key)

    def address(self) -> str:
        """An e-mail address that nobody has yet."""
        return f"person{next(_numbers)}@example.org"

    @property
    def relay(self) -> Relay:
        """The worker's steps, one at a time."""
        return Relay(self.services.database, self.clock)

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator[asyncpg.Connection]:
        """A look behind the walls, to see what is really there."""
        async with self.copy.connect() as connection:
            yield connection


async def sabotage(copy: Copy, function: str, old: str, new: str) -> None:
    """Rewrite a function of the database: the guard's own test must notice."""
    async with copy.connect() as superuser:
        whole = await superuser.fetchval("select pg_get_functiondef($1::text::regproc)", f"evenhand.{function}")
        assert old in whole, f"{function} has no such words"
        await superuser.execute(whole.replace(old, new))


@dataclass(frozen=True)
class Organization:
    """A customer with its owner."""

    world: World
    id: UUID
    owner: Member

    async def member(self, role: str = "annotator", password: str | None = None, name: str = "Somebody") -> Member:
        """One more person."""
        return await self.world._member(self.id, role, password, name)

    async def members(self, count: int, role: str = "annotator") -> list[Member]:
        """Several more."""
        return [await self.member(role) for _ in range(count)]

    async def project(
        self,
        tasks: int = 0,
        *,
        opinions: int = 1,
        lease_minutes: float = 30,
        labels: Sequence[str] = ("yes", "no"),
        name: str = "Letters",
        guideline: str | None = None,
        **settings: Any,
    ) -> Project:
        """A text-classification project with so many tasks."""
        made = await self.world.services.work.projects.create(
            self.owner.actor,
            name,
            expand("text-classification", {"labels": list(labels)}),
            ProjectSettings(opinions=opinions, lease_seconds=int(lease_minutes * 60), **settings),
            guideline=NewVersion(guideline) if guideline else None,
        )
        project = Project(self, UUID(made["id"]))
        if tasks:
            await project.add(tasks)
        return project


@dataclass(frozen=True)
class Project:
    """A project, with the verbs of the people in it."""

    organization: Organization
    id: UUID

    @property
    def world(self) -> World:
        """Where it is."""
        return self.organization.world

    @property
    def owner(self) -> Member:
        """The organization's."""
        return self.organization.owner

    async def add(self, count: int, batch: str = "First", **fields: Any) -> list[UUID]:
        """Import `count` tasks; their ids in the order of the queue."""
        rows = [{"inputs": {"text": f"Letter {number}."}, **fields} for number in range(count)]
        report = await self.add_rows(rows, batch)
        assert report["imported"] == count, report
        return (await self.task_ids())[-count:]

    async def add_rows(self, rows: Sequence[dict[str, Any]], batch: str = "First", **more: Any) -> dict[str, Any]:
        """Import rows as they are; the report."""

        async def stream() -> AsyncIterator[bytes]:
            for row in rows:
                yield json.dumps(row).encode() + b"\n"

        options = {"mapping": {}, "import_id": uuid4(), "is_atomic": False, **more}
        importing = self.world.services.work.importing
        report = await importing.run(self.owner.actor, self.id, stream(), "ndjson", batch=batch, **options)
        return report.as_json()

    async def task_ids(self) -> list[UUID]:
        """Every task, in the order of import."""
        async with self.world.superuser() as connection:
            rows = await connection.fetch("select task_id from task where project_id = $1 order by task_no", self.id)
        return [row["task_id"] for row in rows]

    async def claim(self, who: Member, held: Sequence[UUID] = ()) -> dict[str, Any]:
        """What a claim answers."""
        return await self.world.services.work.labeling.claim(who.token, self.id, list(held))

    async def take(self, who: Member, held: Sequence[UUID] = ()) -> UUID:
        """Claim, and be dealt a task."""
        dealt = await self.claim(who, held)
        assert dealt["status"] == "ok", dealt
        return UUID(dealt["assignment"]["task_id"])

    async def submit(
        self,
        who: Member,
        task: UUID,
        label: str = "yes",
        *,
        key: UUID | None = None,
        next_: bool = False,
        held: Sequence[UUID] = (),
        version: int = 1,
        active_ms: int = 1000,
    ) -> dict[str, Any]:
        """Answer a task."""
        answer = Answer(version, [{"question": "label", "value": label}], key or uuid4(), active_ms=active_ms)
        labeling = self.world.services.work.labeling
        return await labeling.submit(who.actor, self.id, task, answer, next_=next_, held=list(held))

    async def answer(self, who: Member, label: str = "yes") -> UUID:
        """Claim a task and answer it."""
        task = await self.take(who)
        await self.submit(who, task, label)
        return task

    async def books(self) -> Books:
        """What the database says of the project, behind every wall."""
        async with self.world.superuser() as connection:
            return await read_books(connection, self.id)


@dataclass(frozen=True)
class Books:
    """wanted = got + held + free, for every task: whatever does not balance is an error. One row a task."""

    rows: list[Any]

    @property
    def unbalanced(self) -> list[dict[str, Any]]:
        """Tasks where opinions were lost or made up."""
        return [dict(row) for row in self.rows if row["wanted"] != row["got"] + row["held"] + row["free"]]

    @property
    def overanswered(self) -> list[dict[str, Any]]:
        """Tasks with more answers than they want, or answers that nobody counted."""
        return [dict(row) for row in self.rows if row["got"] > row["wanted"] or row["got"] != row["answers"]]

    def total(self, column: str) -> int:
        """The sum of a column."""
        return sum(row[column] for row in self.rows)


async def read_books(connection: asyncpg.Connection, project_id: UUID) -> Books:
    """wanted: as the task was planned. got: as consensus counts. answers: people with an annotation. held: leased or reserved."""
    return Books(
        await connection.fetch(
            """
            with here as (select queue_id from evenhand.queue where project_id = $1)
            select t.task_id, coalesce(c.wanted, s.wanted, a.wanted, 0) as wanted, coalesce(c.got, 0) as got,
                   coalesce(a.held, 0) as held, coalesce(s.free, 0) as free, coalesce(n.answers, 0) as answers
              from evenhand.task t
              join evenhand.queue q on q.project_id = t.project_id and q.stage = 1
              left join evenhand.consensus c on c.task_id = t.task_id and c.queue_id = q.queue_id
              left join (select x.task_id, x.queue_id, max(x.wanted) as wanted, sum(x.free) as free
                           from evenhand.slot x join here using (queue_id) group by x.task_id, x.queue_id) s
                     on s.task_id = t.task_id and s.queue_id = q.queue_id
              left join (select x.task_id, x.queue_id, max(x.wanted) as wanted,
                                count(*) filter (where x.state in (1, 5) and x.revision = 1) as held
                           from evenhand.assignment x join here using (queue_id) group by x.task_id, x.queue_id) a
                     on a.task_id = t.task_id and a.queue_id = q.queue_id
              left join (select x.task_id, count(distinct x.person_id) as answers
                           from evenhand.annotation x where x.project_id = $1 group by x.task_id) n on n.task_id = t.task_id
             where t.project_id = $1 and t.trashed_at is null
             order by t.task_no
            """,
            project_id,
        )
    )


def hash_cheaply(people: People) -> None:
    """Passwords of tests are hashed in a millisecond; `tests/people/test_sign_in.py` sees what they cost otherwise."""
    people.passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    people.passwords._decoy = people.passwords._hasher.hash("nobody's")


@asynccontextmanager
async def world_on(
    copy: Copy,
    *,
    pool_size: int = 12,
    clock: Clock | None = None,
    key_file: Path | None = None,
    broker: str | None = None,
) -> AsyncIterator[World]:
    """The services on a database, with a key file of their own. clock: instead of one that stands still."""
    with tempfile.TemporaryDirectory(prefix="evenhand-test-") as folder:
        if key_file is None:
            key_file = Path(folder) / "test.key"
            write_durably(key_file, make_key_file().as_json())
        clock = clock or SteppedClock(MORNING)
        settings = Settings(
            data=Path(folder) / "data",
            key_file=key_file,
            database_url=copy.app_url,
            database_owner_url=copy.owner_url,
            database_sequencer_url=copy.sequencer_url,
            log_domain="labels.example.org",
            pool_size=pool_size,
            broker=broker,
        )
        services = await Services.make(settings, clock)
        hash_cheaply(services.people)
        try:
            yield World(copy, settings, services, clock)
        finally:
            await services.close()
