"""Checks made: the worker takes one, has it run by a process that holds nothing of ours, and writes down what was found.

That process is started by the worker for one check and ended with it: it has no environment, no database address and no key, and is
asked over one pipe (decision 22). A worker that is killed leaves a row, which the next one takes up anew; what was found
is written once, with the end of the run, in one transaction.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import structlog

from evenhand.core.errors import NotFound, PlatformError
from evenhand.ledger.actions import Action, Purpose
from evenhand.ontology.ontology import ToCheck
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Vault
from evenhand.walls.grant import Grants
from evenhand.work.check_runs import ASKED, FOUND, record_sealed
from evenhand.work.ontologies import Ontologies

if TYPE_CHECKING:
    from evenhand.checking.judging import Checked
    from evenhand.checking.sandbox import Limits, Packed, Run
    from evenhand.checking.worker import Worker

_queries = Queries.of("evenhand.work")
ROUND_SECONDS = 1.0
# A worker that was silent for so long is taken for dead, and another begins the check anew.
SILENCE = timedelta(minutes=1)
# So often may a worker be lost with a check; then it is given up, and whoever asked may ask again.
ATTEMPTS_MAX = 3
# All runs of one check together.
SECONDS_MAX = 1800.0
_BEAT_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class CheckGivenUp(PlatformError):
    """A worker was lost with this check again and again."""

    attempts: int
    code: ClassVar[str] = "check-given-up"
    hint: ClassVar[str] = "Ask for it again; if it happens twice, ask the operator what ends the workers."

    def __str__(self) -> str:
        return f"The worker was lost {self.attempts} times while it ran this check."


@dataclass(eq=False)
class CheckTooLong(PlatformError):
    """All runs of this check together took too long."""

    seconds: float
    code: ClassVar[str] = "check-too-long"
    hint: ClassVar[str] = "Make the checker faster, or ask for a looser flake rate in the question's settings."

    def __str__(self) -> str:
        return f"The check was ended after {self.seconds:.0f} seconds."


@dataclass(eq=False)
class _Cancelled(PlatformError):
    """The check is not wanted any more, or is another worker's."""

    code: ClassVar[str] = "conflict"


@dataclass(slots=True)
class _Making:
    """A check that is made. done, total: written by the thread that runs it, read by the one that tells."""

    row: Any
    worker: Worker
    ends_at: float
    done: int = 0
    total: int | None = None

    def tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def run(self, command: Sequence[str], files: Sequence[Packed], limits: Limits) -> Run:
        if time.monotonic() > self.ends_at:
            raise CheckTooLong(seconds=SECONDS_MAX)
        return self.worker.run(command, files, limits)


class CheckMaking:
    """The worker's part."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        clock: Clock,
        make_worker: Callable[[], Worker] | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._clock = clock
        self._make_worker = make_worker or _worker

    async def work(self) -> bool:
        """Make the next check that waits, to its end; whether there was one."""
        async with self._database.statement() as connection:
            taken = await _queries.row(connection, "check_run_take", now=self._clock.now(), silence=SILENCE)
        if taken is None:
            return False
        facts = {"organization_id": taken["organization_id"], "check_id": taken["check_id"]}
        async with self._database.tenant(taken["organization_id"]) as connection:
            row = await _queries.row(connection, "check_run_taken", **facts)
            record = await _queries.row(connection, "check_record", **facts, part=ASKED)
        if row is None or record is None:
            return True  # deleted meanwhile, with its task
        try:
            if row["attempt"] > ATTEMPTS_MAX:
                raise CheckGivenUp(attempts=ATTEMPTS_MAX)
            report = await self._make(row, record)
        except _Cancelled:
            return True
        except PlatformError as failed:
            log.warning("check.failed", check_id=str(row["check_id"]), code=failed.code)
            error = {"code": failed.code, "detail": str(failed), "hint": failed.hint}
            await self._end(row, record, "failed", None, {"error": error})
            return True
        await self._end(row, record, "done", not report["missing"], {"report": report})
        return True

    async def _make(self, row: Any, record: Any) -> dict[str, Any]:
        organization_id, task_id = row["organization_id"], row["task_id"]
        grant = await self._grants.to_software(organization_id, Purpose.CHECK, [task_id], Action.ASSET_RENDER)
        said = json.loads(await self._vault.open_one(grant, record_sealed(record)))
        ontology = await self._ontologies.get(organization_id, row["project_id"], row["ontology_version"])
        question = next(each.name for each in ontology.questions if each.no == row["question_no"])
        answer = {"question": question, "target": said["target"], "value": said["value"]}
        [asked] = ontology.to_check([answer])
        began = time.monotonic()
        with self._make_worker() as worker:
            making = _Making(row, worker, began + SECONDS_MAX)
            running = asyncio.create_task(asyncio.to_thread(_run, asked, making))
            try:
                await self._tell_until(running, making)
                checked = await running
            except BaseException:
                # Nobody wants it any more: the thread ends with the process that it waits for.
                worker.end()
                with suppress(BaseException):
                    await asyncio.shield(running)
                raise
        return {**_report(asked, checked), "seconds": round(time.monotonic() - began, 1)}

    async def _tell_until(self, running: asyncio.Task[Checked], making: _Making) -> None:
        """Write down how far it is until it is there. Raises _Cancelled."""
        row = making.row
        while not running.done():
            await asyncio.wait([running], timeout=_BEAT_SECONDS)
            async with self._database.tenant(row["organization_id"]) as connection:
                beat = await _queries.row(
                    connection,
                    "check_run_beat",
                    **{name: row[name] for name in ("organization_id", "check_id", "attempt")},
                    done=making.done,
                    total=making.total,
                    now=self._clock.now(),
                )
            if beat is None:
                raise _Cancelled()

    async def _end(self, row: Any, record: Any, state: str, is_strong: bool | None, said: dict[str, Any]) -> None:
        """Write down how it ended, all or nothing. What was cancelled or deleted meanwhile stays so."""
        organization_id, check_id, task_id = row["organization_id"], row["check_id"], row["task_id"]
        try:
            key = await self._vault.key_for(organization_id, record["chunk_key_id"], task_id)
        except NotFound:
            return
        content = json.dumps(said, ensure_ascii=False).encode()
        async with self._database.tenant(organization_id) as connection:
            facts = {"organization_id": organization_id, "check_id": check_id, "now": self._clock.now()}
            ended = await _queries.row(
                connection, "check_run_end", **facts, attempt=row["attempt"], state=state, is_strong=is_strong
            )
            if ended is None:
                return
            await _queries.run(
                connection,
                "add_check_record",
                **facts,
                part=FOUND,
                task_id=task_id,
                project_id=row["project_id"],
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.CHECK, object_id=check_id, version=FOUND),
            )


def _worker() -> Worker:
    from evenhand.checking.worker import Worker

    return Worker()


def _run(asked: ToCheck, making: _Making) -> Checked:
    from evenhand.checking.judging import check
    from evenhand.checking.packing import Bundle

    checkable = asked.checkable
    return check(Bundle(checkable.task, {}), bars=checkable.bars, tell=making.tell, run=making.run)


def _report(asked: ToCheck, checked: Checked) -> dict[str, Any]:
    from evenhand.checking.judging import report, work_json
    from evenhand.checking.packing import Bundle

    task = asked.checkable.task
    found = report(Bundle(task, {}), checked)
    shares = ("solution", "start", "flakes", "mutation_score", "false_accepts", "false_rejects", "survivors", "runs")
    return {
        "target": asked.target,
        "digest": asked.digest,
        "bars": asdict(asked.checkable.bars),
        "missing": found["missing"],
        **{name: found[name] for name in shares},
        "work": work_json(task, checked),
    }
