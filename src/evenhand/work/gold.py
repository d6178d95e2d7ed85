"""Gold: tasks whose answer is known. Made of tasks that are there or with an import, mended, and taken back.

What is right is sealed under the key of its task; as numbers it stands beside the votes. What is known of gold by its answers,
and which of it is likely to be wrong, `insight` says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.errors import NotAllowed, NotFound, NotSignedIn, Problem
from evenhand.ledger.actions import Action, Purpose
from evenhand.ontology.kind import Tolerance
from evenhand.ontology.ontology import Ontology
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.model import GoldRefused, PreconditionFailed
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects

_queries = Queries.of("evenhand.work")
KINDS = ("hidden", "taught")
UNITS = ("absolute", "relative", "steps")
EXPLANATION_MAX = 10_000
AMOUNT_MAX = 1e15


class KnownCode(NamedTuple):
    """What is right for a question as a vote code, and from which to which code an answer is right too."""

    question_no: int
    code: float
    low: float
    high: float


Codes = list[KnownCode]


@dataclass(frozen=True, slots=True)
class Known:
    """What is right for a task, and why. kind: whether those who answer it are told (`taught`) or never (`hidden`).

    tolerances: {"question", and one of "absolute", "relative", "steps"}: how far an answer may lie from it and still be right.
    """

    kind: str
    answers: list[dict[str, Any]]
    explanation: str = ""
    tolerances: list[dict[str, Any]] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        """As it is sealed."""
        said: dict[str, Any] = {"answers": self.answers, "explanation": self.explanation}
        if self.tolerances:
            said["tolerances"] = self.tolerances
        return json.dumps(said, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class ReadyGold:
    """A task about to be gold: checked, in canonical form."""

    task_id: UUID
    chunk_key_id: UUID
    known: Known
    codes: Codes


def checked(ontology: Ontology, known: Known, item: Mapping[str, Any]) -> tuple[Known, Codes, list[Problem]]:
    """What is known in canonical form and as codes, or every defect of it, pointers from the object that holds it."""
    problems = [each.under("/answers") for each in ontology.check_answers(known.answers, item) if not each.is_warning]
    if problems:
        return known, [], problems
    canonical = ontology.canonical_answers(known.answers, item)
    votes = ontology.votes(canonical, item)
    if not votes:
        message = "None of these answers is to a closed question, so nothing could be scored by them."
        return (
            known,
            [],
            [Problem("/answers", "bad_value", message, "Answer a choice, a rating or another closed one.")],
        )
    bands, problems = _bands(ontology, known.tolerances, canonical)
    if problems:
        return known, [], problems
    codes = _codes(votes, bands)
    return Known(known.kind, canonical, known.explanation, known.tolerances), codes, []


def is_right(
    ontology: Ontology, said: Mapping[str, Any], given: Sequence[Mapping[str, Any]], item: Mapping[str, Any]
) -> bool:
    """Whether every closed question is answered as the gold says, which is as it was sealed, within its tolerance."""
    bands, _ = _bands(ontology, said.get("tolerances", ()), said["answers"])
    votes = {question_no: code for question_no, _, code in ontology.votes(given, item)}
    known = _codes(ontology.votes(said["answers"], item), bands)
    return all(each.question_no in votes and each.low <= votes[each.question_no] <= each.high for each in known)


def _codes(votes: Sequence[tuple[int, str, float]], bands: Mapping[int, tuple[float, float]]) -> Codes:
    return [KnownCode(no, code, *bands.get(no, (code, code))) for no, _, code in votes]


def _bands(
    ontology: Ontology, tolerances: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]]
) -> tuple[dict[int, tuple[float, float]], list[Problem]]:
    """question number -> which codes are right, for every question with a tolerance; or what is wrong with them."""
    asked = {each.name: each for each in ontology.questions}
    values = {each["question"]: each["value"] for each in answers if "value" in each}
    bands: dict[int, tuple[float, float]] = {}
    problems: list[Problem] = []
    for index, each in enumerate(tolerances):
        name, at = each["question"], f"/tolerances/{index}"
        if name not in asked or name not in values:
            message = "What is right for this question is not said, so nothing can lie near it."
            problems.append(Problem(f"{at}/question", "unknown_id", message, "Name one that is answered here."))
        elif asked[name].no in bands:
            problems.append(Problem(f"{at}/question", "duplicate_id", "It has a tolerance already.", "Say it once."))
        else:
            [(unit, amount)] = [(unit, each[unit]) for unit in UNITS if each.get(unit) is not None]
            found = asked[name].kind.near(asked[name].settings, values[name], Tolerance(cast(Any, unit), amount))
            if isinstance(found, Problem):
                problems.append(found.under(at))
            else:
                bands[asked[name].no] = found
    return bands, problems


def tolerances_of(value: Any) -> list[Problem]:
    """What is wrong with the form of tolerances, pointers from the list."""
    if not isinstance(value, list) or len(value) > 200:
        return [
            Problem("", "bad_value", "tolerances is a list of at most 200.", 'Send [{"question": …, "absolute": 2}].')
        ]
    problems = []
    for index, each in enumerate(value):
        fields = each if isinstance(each, dict) else {}
        said = [fields[unit] for unit in UNITS if fields.get(unit) is not None]
        is_known = isinstance(fields.get("question"), str) and not fields.keys() - {"question", *UNITS}
        if not is_known or len(said) != 1 or not _is_amount(said[0]):
            message = "A tolerance names its question and one of absolute, relative or steps, a number of at least 0."
            problems.append(Problem(f"/{index}", "bad_value", message, 'Send {"question": …, "steps": 1}.'))
    return problems


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= AMOUNT_MAX


def known_of(value: Any) -> tuple[Known | None, list[Problem]]:
    """The `gold` of an imported row, or what is wrong with its form, pointers from the row."""
    if not isinstance(value, dict):
        message = "gold is an object with answers, and may have kind and explanation."
        return None, [Problem("/gold", "bad_value", message, 'Send {"answers": [{"question": …, "value": …}]}.')]
    problems = [
        Problem(f"/gold/{name}", "unknown_field", "There is no such field.", "Remove it.")
        for name in sorted(map(str, value.keys() - {"kind", "answers", "explanation", "tolerances"}))[:5]
    ]
    kind, explanation = value.get("kind", "hidden"), value.get("explanation", "")
    tolerances = value.get("tolerances", [])
    problems += [each.under("/gold/tolerances") for each in tolerances_of(tolerances)]
    if kind not in KINDS:
        problems.append(Problem("/gold/kind", "unknown_option", "There is no such kind of gold.", "Take one.", KINDS))
    if not isinstance(explanation, str) or len(explanation) > EXPLANATION_MAX:
        message = f"An explanation is a text of at most {EXPLANATION_MAX} characters."
        problems.append(Problem("/gold/explanation", "bad_value", message, "Shorten it."))
    if not isinstance(value.get("answers"), list):
        problems.append(Problem("/gold/answers", "bad_value", "answers is a list.", "Say what is right."))
    return (None, problems) if problems else (Known(kind, value["answers"], explanation, tolerances), [])


class GoldTasks:
    """The verbs of gold. Each is one transaction under the exclusive gate, so that no claim in flight is dealt what becomes
    gold.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        projects: Projects,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._projects = projects
        self._clock = clock

    async def make(
        self, actor: Actor, project_id: UUID, known: Sequence[tuple[UUID, Known]], key: UUID | None = None
    ) -> list[UUID]:
        """Make gold of tasks, all or none; at most 500. key: of the request, which makes repeating it safe.

        Raises GoldRefused with every defect: answers that do not fit, and tasks that are in somebody's hands, half answered or
        gold.
        """
        project = await self._projects.get(actor, project_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, project["ontology_version"])
        items = await self._items(actor, project_id, [task_id for task_id, _ in known])
        problems: list[Problem] = []
        ready: list[ReadyGold] = []
        for index, (task_id, each) in enumerate(known):
            if task_id not in items:
                problems.append(_not_there(index))
                continue
            item, chunk_key_id = items[task_id]
            canonical, codes, found = checked(ontology, each, item)
            problems.extend(problem.under(f"/gold/{index}") for problem in found)
            ready.append(ReadyGold(task_id, chunk_key_id, canonical, codes))
        if len({task_id for task_id, _ in known}) < len(known):
            problems.append(Problem("/gold", "duplicate_id", "A task is named twice.", "Name each once."))
        if problems:
            raise GoldRefused(problems)
        refused = await self.store(actor, project_id, project["ontology_version"], ready, key)
        if refused:
            raise GoldRefused([_taken(index) for index, (task_id, _) in enumerate(known) if task_id in refused])
        return [task_id for task_id, _ in known]

    async def store(
        self, actor: Actor, project_id: UUID, ontology_version: int, ready: Sequence[ReadyGold], key: UUID | None
    ) -> set[UUID]:
        """Store what was checked. Which tasks cannot be gold now; where there are any, nothing was stored."""
        sealed, chunk_keys = [], []
        for each in ready:
            chunk_key = await self._vault.key_for(actor.organization_id, each.chunk_key_id, each.task_id)
            sealed.append(self._vault.seal(chunk_key, each.known.content, kind=Kind.GOLD, object_id=each.task_id))
            chunk_keys.append(chunk_key.id)
        codes = [(each.task_id, code) for each in ready for code in each.codes]
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "gold_make",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                tasks=[each.task_id for each in ready],
                kinds=[each.known.kind for each in ready],
                chunk_keys=chunk_keys,
                sealed=sealed,
                ontology_version=ontology_version,
                code_tasks=[task_id for task_id, _ in codes],
                **columns_of([code for _, code in codes]),
                key=key,
                now=self._clock.now(),
            )
        assert row is not None
        _refuse(row["status"], project_id)
        return set(row["refused"] or ())

    async def mend(
        self, actor: Actor, project_id: UUID, task_id: UUID, changes: Mapping[str, Any], version: int
    ) -> int:
        """Say anew what is right, why, or whether it is told; the version that stands now. Scores follow at once.

        version: the one that was read. Raises PreconditionFailed when it was mended since, GoldRefused, NotFound.
        """
        row = await self._row(actor, project_id, task_id)
        if row is None or row["retired_at"] is not None:
            raise NotFound(kind="gold", id=str(task_id))
        if row["version"] != version:
            raise PreconditionFailed(kind="gold", current=str(row["version"]))
        project = await self._projects.get(actor, project_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, project["ontology_version"])
        grant = await self._grants.to_person(actor, Purpose.MANAGE, [task_id])
        contents = await self._vault.open(
            grant, [item_sealed(actor, project_id, row), gold_sealed(actor, project_id, row)]
        )
        item, said = (json.loads(each) for each in contents)
        wanted = {"kind": row["kind"], **said, **changes}
        known, codes, problems = checked(ontology, Known(**wanted), item)
        if problems:
            raise GoldRefused(problems)
        key = await self._vault.key_for(actor.organization_id, row["chunk_key_id"], task_id)
        sealed = self._vault.seal(key, known.content, kind=Kind.GOLD, object_id=task_id, version=version + 1)
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "gold_mend",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                task_id=task_id,
                version=version,
                kind=known.kind,
                chunk_key_id=key.id,
                sealed=sealed,
                ontology_version=project["ontology_version"],
                **columns_of(codes),
                now=self._clock.now(),
            )
        if status == "not-gold":  # mended or taken back in between
            raise PreconditionFailed(kind="gold", current="another")
        _refuse(status, project_id)
        return version + 1

    async def retire(self, actor: Actor, project_id: UUID, task_id: UUID) -> None:
        """Take gold back: it leaves every score, and what it still wanted goes back to the queue. Raises NotFound."""
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "gold_retire",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                task_id=task_id,
                now=self._clock.now(),
            )
        if status == "not-gold":
            raise NotFound(kind="gold", id=str(task_id))
        _refuse(status, project_id)

    async def _row(self, actor: Actor, project_id: UUID, task_id: UUID) -> Any:
        async with self._database.tenant(actor.organization_id) as connection:
            return await _queries.row(
                connection,
                "gold_tasks",
                organization_id=actor.organization_id,
                project_id=project_id,
                task_id=task_id,
                after=-1,
                limit=1,
            )

    async def _items(
        self, actor: Actor, project_id: UUID, task_ids: Sequence[UUID]
    ) -> dict[UUID, tuple[dict[str, Any], UUID]]:
        """What the tasks hold, and under which key: opened by the software, to check answers against."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "items",
                organization_id=actor.organization_id,
                project_id=project_id,
                task_ids=list(task_ids),
            )
        if not rows:
            return {}
        ids = [row["task_id"] for row in rows]
        grant = await self._grants.to_software(actor.organization_id, Purpose.CHECK, ids, Action.ASSET_RENDER)
        sealed = [
            Sealed(
                actor.organization_id, project_id, row["task_id"], Kind.TASK, row["chunk_key_id"], row["sealed"], row["version"]
            )
            for row in rows
        ]  # fmt: skip
        contents = await self._vault.open(grant, sealed)
        return {
            row["task_id"]: (json.loads(content), row["chunk_key_id"])
            for row, content in zip(rows, contents, strict=True)
        }


def columns_of(codes: Codes) -> dict[str, list[Any]]:
    """Codes as the columns that the database's functions take."""
    return {
        "questions": [each.question_no for each in codes],
        "codes": [each.code for each in codes],
        "lows": [each.low for each in codes],
        "highs": [each.high for each in codes],
    }


def item_sealed(actor: Actor, project_id: UUID, row: Any) -> Sealed:
    """The task of a row of gold on its way to the vault."""
    return Sealed(
        actor.organization_id, project_id, row["task_id"], Kind.TASK, row["chunk_key_id"], row["sealed"], row["task_version"]
    )  # fmt: skip


def gold_sealed(actor: Actor, project_id: UUID, row: Any) -> Sealed:
    """What is right for it, on its way to the vault."""
    return Sealed(
        actor.organization_id, project_id, row["task_id"], Kind.GOLD, row["gold_key_id"], row["gold_sealed"], row["version"]
    )  # fmt: skip


def _not_there(index: int) -> Problem:
    return Problem(f"/gold/{index}/task_id", "unknown_id", "The project has no such task.", "Take an id of its table.")


def _taken(index: int) -> Problem:
    message = "This task is in somebody's hands, answered in part, or gold already."
    return Problem(
        f"/gold/{index}/task_id", "not_allowed", message, "Take one that nobody was dealt, or one that is done."
    )


def _refuse(status: str, project_id: UUID) -> None:
    if status == "no-session":
        raise NotSignedIn()
    if status == "not-allowed":
        raise NotAllowed(permission=Permission.TASK_MANAGE.value)
    if status == "no-project":
        raise NotFound(kind="project", id=str(project_id))
