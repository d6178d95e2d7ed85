"""The verbs of reviewers and adjudicators: be dealt a task with the answers to it, and decide.

Each is one statement of `stages.sql`, as those of annotators are of `functions.sql`. The look at others' answers is the claim's own
entry, committed before they are opened.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal, Protocol
from uuid import UUID, uuid5

from evenhand.boundary.actor import Actor
from evenhand.core.errors import Conflict, Malformed, NotAllowed, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.grant import Grant
from evenhand.ontology.consensus import Given, Told, consensus_on
from evenhand.ontology.ontology import Ontology
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.keyring import ChunkKey
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Vault
from evenhand.walls.grant import Grants, of_claim
from evenhand.work.check_runs import CheckRuns
from evenhand.work.labeling import Labeling, annotation_sealed, refuse
from evenhand.work.merging import told
from evenhand.work.model import OPINIONS_MAX, ROUNDS_MAX, STAGES, TAKE_BACK_SECONDS, AnswerRefused
from evenhand.work.ontologies import Ontologies
from evenhand.work.shapes.queue import Assignment, Claim
from evenhand.work.shapes.stages import AnswerToJudge
from evenhand.work.shapes.verdicts import Decided, TakenBack
from evenhand.work.verdicts import earlier_verdict, verdicts_on

_queries = Queries.of("evenhand.work")
Later = Literal["review", "adjudicate"]
_PURPOSES: dict[Later, Purpose] = {"review": Purpose.REVIEW, "adjudicate": Purpose.ADJUDICATE}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one annotation."""

    annotation_id: UUID
    verdict: str
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer that is to stand for a task instead, and the version of the ontology that it was given under."""

    ontology_version: int
    answers: list[dict[str, Any]]


class ToldBy(Protocol):
    """The port that `insight` fills: what models say of some tasks now, by task number and question number."""

    async def __call__(
        self, organization_id: UUID, project_id: UUID, ontology_version: int, task_nos: list[int]
    ) -> Mapping[int, Mapping[int, Told]]:
        """Of tasks that no model knows, nothing."""


class Reviewing:
    """What reviewers and adjudicators do."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        labeling: Labeling,
        checks: CheckRuns,
        told_by: ToldBy,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._labeling = labeling
        self._checks = checks
        self._told_by = told_by
        self._clock = clock

    async def claim(self, actor: Actor, project_id: UUID, stage: Later, held: Sequence[UUID]) -> Claim:
        """The next task to review or adjudicate, with the answers to it under numbers instead of names."""
        row = await self._labeling.claimed(actor.token_sha256, project_id, held, stage)
        return await self._dealt(actor, row["status"], row, project_id, row["revision"], stage)

    async def review(
        self,
        actor: Actor,
        project_id: UUID,
        task_id: UUID,
        verdicts: Sequence[Verdict],
        standing: Standing | None,
        key: UUID,
        *,
        next_: bool,
        held: Sequence[UUID],
        active_ms: int = 0,
    ) -> Decided:
        """Accept, fix or send back. active_ms: what it took, which an offer by the hour pays.

        Raises Malformed where the verdicts are not whole, and what a submit raises.
        """
        words = {each.verdict for each in verdicts}
        _check(verdicts, standing, words)
        action = "fix" if "fix" in words else "send-back" if "send-back" in words else "accept"
        given = {"action": action, "opinions": 0, "next": next_, "held": [each for each in held if each != task_id]}
        given["active_ms"] = active_ms
        rows = await self._answers(actor.organization_id, task_id, actor.person_id)
        called = {self._called(actor.organization_id, row["annotation_id"]): row["annotation_id"] for row in rows}
        verdicts = [
            replace(each, annotation_id=called.get(each.annotation_id, each.annotation_id)) for each in verdicts
        ]
        if standing is None:
            accepted = {each.annotation_id for each in verdicts if each.verdict == "accept"}
            await self._require_checked(actor, project_id, [row for row in rows if row["annotation_id"] in accepted])
        return await self._decided(actor, project_id, task_id, "review", verdicts, standing, key, given)

    async def adjudicate(
        self,
        actor: Actor,
        project_id: UUID,
        task_id: UUID,
        action: Literal["decide", "send-back", "more"],
        said: Verdict,
        standing: Standing | None,
        key: UUID,
        *,
        next_: bool,
        held: Sequence[UUID],
        active_ms: int = 0,
    ) -> Decided:
        """Decide between the answers, send them back, or ask for one more. said: its reason and note, of every annotation alike."""
        if (standing is not None) != (action == "decide"):
            message = "answers come with the action decide, and with no other."
            raise Malformed(
                [Problem("/answers", "bad_value", message, "Send the answers that stand, or leave them out.")]
            )
        if action == "send-back" and said.reason is None:
            raise Malformed([Problem("/reason", "missing", "Whoever sends back says why.", "Send one of the reasons.")])
        verdicts: list[Verdict] = []
        if action != "more":
            verdicts = [
                Verdict(row["annotation_id"], action, said.reason, said.note)
                for row in await self._answers(actor.organization_id, task_id, actor.person_id)
            ]
        given = {"action": action, "opinions": 1, "next": next_, "held": [each for each in held if each != task_id]}
        given["active_ms"] = active_ms
        return await self._decided(actor, project_id, task_id, "adjudicate", verdicts, standing, key, given)

    async def take_back(self, actor: Actor, project_id: UUID, task_id: UUID) -> TakenBack:
        """Hold again what one has just judged, as if nothing had been said of it. Said again it changes nothing.

        Raises Conflict where that was too long ago or something followed from it, NotYours, and what a claim raises.
        """
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "verdict_take_back",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                task_id=task_id,
                within=timedelta(seconds=TAKE_BACK_SECONDS),
                now=self._clock.now(),
            )
        assert row is not None
        match row["status"]:
            case "not-allowed":
                raise NotAllowed(permission="task.review")
            case "late":
                raise Conflict(kind="verdict", reason=f"it was said more than {TAKE_BACK_SECONDS} seconds ago")
            case "followed":
                raise Conflict(kind="verdict", reason="something followed from it already, so it stands")
        refuse(row["status"], task_id)
        return {"task_id": str(task_id), "stage": row["place"], "lease_until": rfc3339(row["lease_until"])}

    # ----------------------------------------------------------------------------------------------------- internals --
    async def _decided(
        self,
        actor: Actor,
        project_id: UUID,
        task_id: UUID,
        stage: Later,
        verdicts: Sequence[Verdict],
        standing: Standing | None,
        key: UUID,
        given: Mapping[str, Any],
    ) -> Decided:
        now = self._clock.now()
        item = await self._labeling.item(actor, project_id, task_id)
        chunk_key = await self._vault.key_for(actor.organization_id, item.chunk_key_id, task_id)
        sealed: bytes | None = None
        annotation_id: UUID | None = None
        votes: list[tuple[int, float]] = []
        if standing is not None:
            ontology = await self._ontologies.get(actor.organization_id, project_id, standing.ontology_version)
            annotation_id = fresh_id(now)
            sealed = self._sealed_answer(chunk_key, annotation_id, ontology, item.item, standing)
            given_instead = ontology.canonical_answers(standing.answers, item.item)
            if ontology.is_checked:
                await self._checks.require_strong(actor, project_id, task_id, given_instead)
            votes = [(no, code) for no, _, code in ontology.votes(given_instead, item.item)]
        remarks: dict[str, tuple[UUID, bytes]] = {}
        for text in {each.note for each in verdicts if each.note}:
            remark_id = fresh_id(now)
            content = json.dumps({"text": text, "on": ""}, ensure_ascii=False).encode()
            remarks[text] = remark_id, self._vault.seal(chunk_key, content, kind=Kind.REMARK, object_id=remark_id)
        notes = [remarks.get(each.note or "") for each in verdicts]
        facts = {
            **given,
            "token_sha256": actor.token_sha256,
            "project_id": project_id,
            "task_id": task_id,
            "stage": STAGES[stage],
            "key": key,
            "annotations": [each.annotation_id for each in verdicts],
            "verdicts": [each.verdict for each in verdicts],
            "reasons": [each.reason for each in verdicts],
            "ids": [uuid5(key, str(each.annotation_id)) for each in verdicts],
            "remarks": [note[0] if note else None for note in notes],
            "notes": [note[1] if note else None for note in notes],
            "chunk_key_id": chunk_key.id,
            "annotation_id": annotation_id,
            "sealed": sealed,
            "digest": hashlib.sha256(sealed).digest() if sealed is not None else None,
            "ontology_version": standing.ontology_version if standing is not None else None,
            "question_nos": [no for no, _ in votes],
            "codes": [code for _, code in votes],
            "rounds_max": ROUNDS_MAX,
        }
        row = await self._submitted(facts)
        if row["status"] == "lease-expired":
            await self._labeling.resume(actor, project_id, task_id)
            row = await self._submitted(facts)
        _refuse(row["status"], task_id, verdicts)
        following = None
        if given["next"]:
            following = await self._following(actor, row, project_id, stage, given["held"])
        stands = row["annotation_id"]
        return {
            "status": row["status"],
            "outcome": row["outcome"],
            "annotation_id": str(stands) if stands is not None else None,
            "next": following,
        }

    async def _following(self, actor: Actor, row: Any, project_id: UUID, stage: Later, held: Sequence[UUID]) -> Claim:
        """What comes after a verdict, which stands whatever it is: a skill that has just expired is refused at the next claim."""
        status, revision = row["next_status"], row["next_revision"]
        if status == "busy":  # what is left was in other hands: asked again with nothing held, it is waited for
            row = await self._labeling.claimed(actor.token_sha256, project_id, held, stage)
            status, revision = row["status"], row["revision"]
        return await self._dealt(
            actor, "empty" if status == "skill-missing" else status, row, project_id, revision, stage
        )

    async def _require_checked(self, actor: Actor, project_id: UUID, rows: Sequence[Any]) -> None:
        """Refuse to accept answers whose checkers this person has not found strong. Where no kind is checked, nothing is opened."""
        for row in rows:
            ontology = await self._ontologies.get(actor.organization_id, project_id, row["ontology_version"])
            if not ontology.is_checked:
                continue
            task_id = row["task_id"]
            grant = await self._grants.to_software(actor.organization_id, Purpose.CHECK, [task_id], Action.ASSET_RENDER)
            sealed = annotation_sealed(actor.organization_id, project_id, row)
            answers = json.loads(await self._vault.open_one(grant, sealed))["answers"]
            await self._checks.require_strong(actor, project_id, task_id, answers)

    async def _submitted(self, facts: Mapping[str, Any]) -> Any:
        async with self._database.statement() as connection:
            return await _queries.row(connection, "stage_submit", **facts, now=self._clock.now())

    def _sealed_answer(
        self, key: ChunkKey, annotation_id: UUID, ontology: Ontology, item: Mapping[str, Any], standing: Standing
    ) -> bytes:
        problems = [each for each in ontology.check_answers(standing.answers, item) if not each.is_warning]
        if problems:
            raise AnswerRefused([each.under("/answers") for each in problems])
        content = {"answers": ontology.canonical_answers(standing.answers, item)}
        return self._vault.seal(
            key, json.dumps(content, ensure_ascii=False).encode(), kind=Kind.ANNOTATION, object_id=annotation_id
        )

    async def _answers(self, organization_id: UUID, task_id: UUID, person_id: UUID) -> list[Any]:
        """The rows of what this person judges: everybody's newest answer of the label stage, still sealed."""
        facts = {"organization_id": organization_id, "task_id": task_id, "person_id": person_id}
        async with self._database.tenant(organization_id) as connection:
            return list(await _queries.rows(connection, "answers_to_judge", **facts))

    def _called(self, organization_id: UUID, annotation_id: UUID) -> UUID:
        """What an answer is called in review, the same in every round: its own id would tell when it was given."""
        return UUID(bytes=self._vault.lookup(organization_id, "judged", str(annotation_id))[:16], version=4)

    async def _dealt(
        self, actor: Actor, status: str | None, row: Any, project_id: UUID, revision: int | None, stage: Later
    ) -> Claim:
        claim = await self._labeling.dealt(status, row, project_id, revision, _PURPOSES[stage], stage)
        if claim["status"] == "ok":
            await self._lay_out(actor, claim["assignment"], row, project_id, stage)
        return claim

    async def _lay_out(self, actor: Actor, assignment: Assignment, row: Any, project_id: UUID, stage: Later) -> None:
        """Put beside the item what is to be judged."""
        organization_id, task_id = row["organization_id"], row["task_id"]
        grant = of_claim(row, _PURPOSES[stage])
        rows = await self._answers(organization_id, task_id, actor.person_id)
        rows.sort(key=lambda each: _drawn(assignment["seed"], each["person_id"]))
        labels = {each["person_id"]: f"Answer {number}" for number, each in enumerate(rows, 1)}
        sealed = [annotation_sealed(organization_id, project_id, each) for each in rows]

        def called(annotation_id: UUID) -> UUID:
            return self._called(organization_id, annotation_id) if stage == "review" else annotation_id

        answers: list[AnswerToJudge] = []
        given: list[Given] = []
        for each, content in zip(rows, await self._vault.open(grant, sealed), strict=True):
            said = json.loads(content)["answers"]
            ontology = await self._ontologies.get(organization_id, project_id, each["ontology_version"])
            given.append(Given(said, ontology))
            answers.append(
                {
                    "annotation_id": str(called(each["annotation_id"])),
                    "label": labels[each["person_id"]],
                    "answers": said,
                    "revision": each["version"],
                    "ontology_version": each["ontology_version"],
                }
            )
        present = await self._ontologies.get(organization_id, project_id, row["ontology_version"])
        held = await self._labeling.item(actor, project_id, task_id)
        earlier = await verdicts_on(self._database, self._vault, grant, project_id, [task_id])
        assignment["answers"] = answers
        said = await self._told(organization_id, project_id, row["ontology_version"], task_id, stage)
        assignment["consensus"] = [
            told(asked, target, found) for asked, target, found in consensus_on(present, held.item, given, None, said)
        ]
        judged = await self._as_judged(grant, project_id, task_id, {each["annotation_id"] for each, _ in earlier})
        assignment["verdicts"] = [
            {**earlier_verdict(each, note, labels), "answers": judged[each["annotation_id"]]} for each, note in earlier
        ]

    async def _told(
        self, organization_id: UUID, project_id: UUID, version: int, task_id: UUID, stage: Later
    ) -> Mapping[int, Told]:
        """What models say of a task that is adjudicated. In review nothing: a model knows gold, and would tell known work."""
        if stage != "adjudicate":
            return {}
        facts = {"organization_id": organization_id, "project_id": project_id, "task_id": task_id}
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "task", **facts)
        assert row is not None
        task_no = row["task_no"]
        return (await self._told_by(organization_id, project_id, version, [task_no])).get(task_no, {})

    async def _as_judged(self, grant: Grant, project_id: UUID, task_id: UUID, ids: set[UUID]) -> dict[UUID, list[Any]]:
        """What verdicts of earlier rounds were said of: the answers as they stood then."""
        if not ids:
            return {}
        async with self._database.tenant(grant.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "answers_as_judged",
                organization_id=grant.organization_id,
                task_id=task_id,
                annotation_ids=[*ids],
            )
        sealed = [annotation_sealed(grant.organization_id, project_id, each) for each in rows]
        contents = await self._vault.open(grant, sealed)
        return {
            each["annotation_id"]: json.loads(content)["answers"] for each, content in zip(rows, contents, strict=True)
        }


def _check(verdicts: Sequence[Verdict], standing: Standing | None, words: set[str]) -> None:
    problems: list[Problem] = []
    if (standing is not None) != ("fix" in words):
        message = "answers come with the verdict fix, and with no other."
        problems.append(Problem("/answers", "bad_value", message, "Send the mended answers, or leave them out."))
    if {"fix", "send-back"} <= words:
        message = "What is fixed is done, so nothing of it can be sent back."
        problems.append(Problem("/verdicts", "bad_value", message, "Fix it, or send it back."))
    for index, each in enumerate(verdicts):
        if each.verdict != "accept" and each.reason is None:
            message = "Whoever does not accept says why."
            problems.append(Problem(f"/verdicts/{index}/reason", "missing", message, "Send one of the reasons."))
    if problems:
        raise Malformed(problems)


def _refuse(status: str, task_id: UUID, verdicts: Sequence[Verdict]) -> None:
    if status == "not-allowed":
        raise NotAllowed(permission="task.review")
    if status == "changed":
        message = f"These {len(verdicts)} verdicts are not about the annotations that stand."
        remedy = "Send one verdict for each of the assignment's answers."
        raise Malformed([Problem("/verdicts", "bad_value", message, remedy)])
    if status == "enough":
        raise Conflict(kind="task", reason=f"it wants {OPINIONS_MAX} opinions already")
    if status == "author-gone":
        raise Conflict(kind="task", reason="an author of it can take no work here any more, so decide it yourself")
    refuse(status, task_id)


def _drawn(seed: str, person_id: UUID) -> bytes:
    return hashlib.sha256(seed.encode() + person_id.bytes).digest()
