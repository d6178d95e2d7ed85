"""What is known about a project's quality: reads what the sweep kept, and puts words to its numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, number
from evenhand.boundary.permission import Permission
from evenhand.boundary.shapes import Page
from evenhand.core.errors import Malformed, NotFound, Problem
from evenhand.core.times import rfc3339
from evenhand.insight.gold import share
from evenhand.insight.manner_telling import manner_signals, person_manner
from evenhand.insight.quality_shapes import (
    Agreement,
    Change,
    Confusion,
    DecidedByModel,
    HardTask,
    InPart,
    Interval,
    Lean,
    OwnAccuracy,
    PeopleManner,
    PeopleQuality,
    PersonDetail,
    PersonQuality,
    Quality,
    QuestionDetail,
    QuestionQuality,
    Signal,
    Slice,
    Trend,
)
from evenhand.insight.words import CHECKED_MIN, words_of
from evenhand.ledger.actions import Action
from evenhand.ledger.entries import put_on_record
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.people.members import Members
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects
from evenhand.work.shapes.projects import AdaptiveOpinions

_queries = Queries.of("evenhand.insight")


class QualityBook:
    """The verbs about quality. Nothing here computes: the sweep did."""

    def __init__(
        self, database: Database, projects: Projects, ontologies: Ontologies, members: Members, clock: Clock
    ) -> None:
        self._database = database
        self._projects = projects
        self._ontologies = ontologies
        self._members = members
        self._clock = clock

    # ------------------------------------------------------------------------------------------------ the project --
    async def overview(self, actor: Actor, project_id: UUID) -> Quality:
        """Where the project stands, question by question. Raises NotFound."""
        project = await self._projects.get(actor, project_id)
        ontology = await self._ontology(actor, project_id, project["ontology_version"])
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            sweep = await _queries.row(connection, "sweep", **facts)
            target = await _queries.value(connection, "target", **facts)
            fits = await _queries.rows(connection, "question_fits", **facts)
        asked = {each.no: each for each in ontology.questions}
        decided = _decided(project["workflow"]["adaptive"], sweep)
        shown = [
            _question(ontology, asked[row["question_no"]], row, decided["saved"])
            for row in fits
            if row["question_no"] in asked
        ]
        fitted_at = max((row["fitted_at"] for row in fits), default=None)
        is_failed = sweep is not None and sweep["state"] == "failed"
        # Where all questions mark regions or ask for texts there are no votes, and a sweep has nothing to fit.
        is_swept = sweep is not None and sweep["state"] == "done" and project["counts"]["answers"] > 0
        is_fitted = bool(fits) or is_swept
        state = (
            "failed" if is_failed else "fitted" if is_fitted else "waiting" if project["counts"]["answers"] else "empty"
        )
        return {
            "state": cast(Any, state),
            "is_current": bool(sweep and sweep["is_current"] and sweep["state"] == "done"),
            "cause": sweep["cause"] if sweep else None,
            "fitted_at": rfc3339(fitted_at) if fitted_at else None,
            "votes": sum(each["votes"] for each in shown),
            "target": target,
            "decided": decided,
            "questions": shown,
            "regions": [
                {"question": each.name, "text": ontology.text_of(each.name)}
                for each in ontology.questions
                if each.kind.has_regions
            ],
        }

    async def set_target(self, actor: Actor, project_id: UUID, target: float | None) -> Quality:
        """Ask an accuracy of people, or none. Raises Malformed outside 0 .. 1, NotFound."""
        if target is not None and not 0.0 < target < 1.0:
            message = "A target lies between 0 and 1, without both."
            raise Malformed([Problem("/target", "out_of_bounds", message, "0.85 asks for 85 of 100 answers.")])
        await self._projects.get(actor, project_id)
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            if target is None:
                await _queries.run(connection, "remove_target", **facts)
            else:
                await _queries.run(connection, "set_target", **facts, accuracy=target)
            await put_on_record(
                connection, actor, Action.PROJECT_CHANGE, now=self._clock.now(), object_id=project_id, rule="target"
            )
        return await self.overview(actor, project_id)

    async def question(self, actor: Actor, project_id: UUID, name: str) -> QuestionDetail:
        """One question whole: confusion, and agreement by part. Raises NotFound."""
        ontology, asked = await self._asked(actor, project_id, name)
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            fits = await _queries.rows(connection, "question_fits", **facts)
            slices = await _queries.rows(connection, "slices", **facts)
            sweep = await _queries.row(connection, "sweep", **facts)
            # Names of the public register: nothing sealed is opened for them.
            may_read = Permission.AUDIT_READ in actor.permissions
            vendors = await _queries.rows(connection, "vendors_here") if may_read else []
        names = {str(each["organization_id"]): each["name"] for each in vendors}
        project = await self._projects.get(actor, project_id)
        saved = _decided(project["workflow"]["adaptive"], sweep)["saved"]
        row = next((each for each in fits if each["question_no"] == asked.no), None)
        if row is None:
            raise NotFound(kind="fit of the question", id=name)
        figures = json.loads(row["figures"])
        return {
            **_question(ontology, asked, row, saved),
            "confusion": _confusion(asked, figures, figures.get("confusion")),
            "slices": [_slice(each, names) for each in slices if each["question_no"] == asked.no],
        }

    async def hardest(
        self, actor: Actor, project_id: UUID, question: str | None, cursor: str | None, limit: int
    ) -> Page[HardTask]:
        """The tasks whose answer is least sure, hardest first; at most 200 are kept. Raises NotFound."""
        keys = decode_cursor(cursor, number)
        _, asked = await self._asked(actor, project_id, question)
        async with self._database.tenant(actor.organization_id) as connection:
            fits = await _queries.rows(
                connection, "question_fits", organization_id=actor.organization_id, project_id=project_id
            )
            rows = await _queries.rows(
                connection,
                "hardest_tasks",
                organization_id=actor.organization_id,
                project_id=project_id,
                question_no=asked.no,
                after=keys[0] if keys else -1,
                limit=limit + 1,
            )
        figures: dict[str, Any] = next(
            (json.loads(each["figures"]) for each in fits if each["question_no"] == asked.no), {}
        )
        codes = _codes(figures)
        items: list[HardTask] = [
            {
                "task_id": str(row["task_id"]),
                "probability": row["probability"],
                "answer": words_of(asked, codes[row["code"]]) if row["code"] in codes else "",
                "votes": row["votes"],
                "agreeing": row["agreeing"],
            }
            for row in rows[:limit]
        ]
        return {"items": items, "next_cursor": encode_cursor(rows[limit - 1]["place"]) if len(rows) > limit else None}

    # ----------------------------------------------------------------------------------------------------- people --
    async def people(
        self,
        actor: Actor,
        project_id: UUID,
        question: str | None,
        *,
        vendor_id: UUID | None = None,
        batch_id: UUID | None = None,
    ) -> PeopleQuality:
        """Everybody who answered a question, best estimate first; or a vendor's people, or those of a batch. Raises NotFound."""
        _, asked = await self._asked(actor, project_id, question)
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            part = {"vendor_id": vendor_id, "batch_id": batch_id}
            rows = await _queries.rows(connection, "people_of_question", **facts, question_no=asked.no, **part)
            fits = await _queries.rows(connection, "question_fits", **facts)
            manners = await _queries.rows(connection, "manners", **facts)
            target = await _queries.value(connection, "target", **facts)
        fit = next((each for each in fits if each["question_no"] == asked.no), None)
        figures = json.loads(fit["figures"]) if fit else {}
        names = await self._members.names(actor, {row["person_id"] for row in rows})
        alike = _alike(figures, {row["annotator_no"]: row["pseudonym"] for row in rows})
        for row in manners:
            alike.setdefault(row["annotator_no"], []).extend(manner_signals(json.loads(row["figures"])))
        items = [_person(asked, figures, row, names, alike.get(row["annotator_no"], ())) for row in rows]
        if batch_id is not None:
            inside = [in_part(json.loads(row["part"])) for row in rows]
            items = [cast(PersonQuality, {**item, **part}) for item, part in zip(items, inside, strict=True)]
            items.sort(key=_by_accuracy)
        return {
            "question": asked.name,
            "target": target,
            "has_names": bool(names),
            "total": len(rows) if vendor_id or batch_id else fit["people"] if fit else 0,
            "items": items,
        }

    async def person(self, actor: Actor, project_id: UUID, pseudonym: str, question: str | None) -> PersonDetail:
        """One person on one question, whole. Raises NotFound."""
        _, asked = await self._asked(actor, project_id, question)
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "person_of_project", **facts, pseudonym=pseudonym)
            fits = await _queries.rows(connection, "question_fits", **facts)
            row = next((each for each in rows if each["question_no"] == asked.no), None)
            if row is None:
                raise NotFound(kind="person", id=pseudonym)
            figures = next(json.loads(each["figures"]) for each in fits if each["question_no"] == asked.no)
            others = {
                int(no) for pair in figures.get("alike", ()) for no in pair[:2] if row["annotator_no"] in pair[:2]
            }
            known = await _queries.rows(
                connection, "pseudonyms", organization_id=actor.organization_id, annotator_nos=sorted(others)
            )
            manner = await _queries.row(connection, "manner", **facts, annotator_no=row["annotator_no"])
        names = await self._members.names(actor, {row["person_id"]})
        alike = _alike(figures, {each["annotator_no"]: each["pseudonym"] for each in known})
        seen = [*alike.get(row["annotator_no"], ()), *(manner_signals(json.loads(manner["figures"])) if manner else ())]
        told, parts = json.loads(row["figures"]), json.loads(row["parts"])
        return {
            **_person(asked, figures, row, names, seen),
            "windows": [
                {
                    "at": _time(each["from"]),
                    "until": _time(each["to"]),
                    "mean": each["mean"],
                    "low": each["low"],
                    "high": each["high"],
                    "count": each["count"],
                }
                for each in told["windows"]
            ],
            "days": [{"subject": day, **in_part(part)} for day, part in sorted(parts.get("day", {}).items())],
            "batches": [{"subject": batch, **in_part(part)} for batch, part in parts.get("batch", {}).items()],
            "change": _change(told["change"]),
            "confusion": _confusion(asked, figures, told["confusion"]),
        }

    async def manner(self, actor: Actor, project_id: UUID) -> PeopleManner:
        """How everybody's answers were made. Raises NotFound."""
        project = await self._projects.get(actor, project_id)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "manners", organization_id=actor.organization_id, project_id=project_id
            )
        names = await self._members.names(actor, {row["person_id"] for row in rows})
        items = [person_manner(row, names) for row in rows]
        return {
            "counts_manner": project["counts_manner"],
            "has_names": bool(names),
            "items": sorted(items, key=lambda each: not each["signals"]),
        }

    async def own(self, actor: Actor) -> list[OwnAccuracy]:
        """The actor's own figures, newest project first; nobody else's. Of an estimate below 20 checked only the band."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "own_accuracy",
                organization_id=actor.organization_id,
                annotator_no=actor.annotator_no,
            )
        found: list[OwnAccuracy] = []
        for row in rows:
            ontology = await self._ontology(actor, row["project_id"], row["ontology_version"])
            asked = next((each for each in ontology.questions if each.no == row["question_no"]), None)
            if asked is not None:
                found.append(
                    {
                        "project": {"id": str(row["project_id"])},
                        "question": asked.name,
                        "text": ontology.text_of(asked.name),
                        "accuracy": _accuracy(row),
                        "checked": row["checked"],
                        "votes": row["votes"],
                        "target": row["target"],
                        "fitted_at": rfc3339(row["fitted_at"]),
                    }
                )
        return found

    # ----------------------------------------------------------------------------------------------------- helpers --
    async def _ontology(self, actor: Actor, project_id: UUID, version: int) -> Ontology:
        return await self._ontologies.get(actor.organization_id, project_id, version)

    async def _asked(self, actor: Actor, project_id: UUID, name: str | None) -> tuple[Ontology, Asked]:
        """The question of that name; without one, the first that people were judged on, or the first there is."""
        project = await self._projects.get(actor, project_id)
        ontology = await self._ontology(actor, project_id, project["ontology_version"])
        if name is None:
            async with self._database.tenant(actor.organization_id) as connection:
                fits = await _queries.rows(
                    connection, "question_fits", organization_id=actor.organization_id, project_id=project_id
                )
            judged = {row["question_no"] for row in fits if row["model"] is not None}
            return ontology, next((each for each in ontology.questions if each.no in judged), ontology.questions[0])
        asked = next((each for each in ontology.questions if each.name == name), None)
        if asked is None:
            raise NotFound(kind="question", id=name)
        return ontology, asked


def _decided(adaptive: AdaptiveOpinions | None, sweep: Any) -> DecidedByModel:
    tasks, answers, compared, differing = (
        (sweep["decided"], sweep["decided_answers"], sweep["compared"], sweep["differing"]) if sweep else (0, 0, 0, 0)
    )
    told = share(differing, compared) if compared else None
    planned = adaptive["most"] * tasks if adaptive else None
    return {
        "tasks": tasks,
        "answers": answers,
        "planned": planned,
        # A manager may have asked for more than the most.
        "saved": None if planned is None else max(planned - answers, 0),
        "compared": compared,
        "differing": differing,
        "share": {"mean": told["value"], "low": told["low"], "high": told["high"]} if told else None,
    }


def _question(ontology: Ontology, asked: Asked, row: Any, saved: int | None) -> QuestionQuality:
    figures = json.loads(row["figures"])
    return {
        "question": asked.name,
        "text": ontology.text_of(asked.name),
        "level": figures["level"],
        "model": row["model"],
        "model_version": row["model_version"],
        "fitted_at": rfc3339(row["fitted_at"]),
        "votes": row["votes"],
        "tasks": row["tasks"],
        "people": row["people"],
        "gold": figures["gold"],
        "alpha": cast(Agreement, figures["agreement"]["alpha"]),
        "gwet": cast(Agreement, figures["agreement"]["gwet"]),
        "probability": figures.get("probability"),
        "estimates": figures.get("estimates"),
        "answers_per_correct": figures.get("answers_per_correct"),
        "answers_saved": saved or 0,
        "missing": figures["missing"],
    }


def _slice(row: Any, vendors: Mapping[str, str | None]) -> Slice:
    figures = json.loads(row["figures"])
    return {
        "dimension": row["dimension"],
        "subject": row["subject"],
        "name": vendors.get(row["subject"]) if row["dimension"] == "vendor" else None,
        "answers": figures["answers"],
        "tasks": figures["tasks"],
        "alpha": figures["alpha"],
        "gwet": figures["gwet"],
        "people": in_part(people) if (people := figures.get("people")) else None,
    }


def in_part(kept: Sequence[Any]) -> InPart:
    """What `parts.Part.figures` kept, as the API says it."""
    mean, low, high, checked, votes, ms = kept
    accuracy: Interval | None = None
    if checked:
        accuracy = {"mean": mean if checked >= CHECKED_MIN else None, "low": low, "high": high}
    return {"accuracy": accuracy, "checked": checked, "votes": votes, "active_ms": ms}


def _by_accuracy(each: PersonQuality) -> tuple[bool, float, int]:
    """Best first, then those without an estimate, by what was checked."""
    mean = each["accuracy"]["mean"] if each["accuracy"] else None
    return mean is None, -(mean or 0.0), -each["checked"]


def _codes(figures: Mapping[str, Any]) -> dict[int, float]:
    """class -> a code that stands for it."""
    return {int(place): code for place, code in figures.get("classes", ())}


def _confusion(asked: Asked, figures: Mapping[str, Any], counts: Any) -> Confusion | None:
    if counts is None:
        return None
    return {
        "classes": [words_of(asked, code) for _, code in sorted(_codes(figures).items())],
        "counts": counts,
        "tasks": round(sum(map(sum, counts)), 2),
    }


def _accuracy(row: Any) -> Interval | None:
    if row["accuracy"] is None:
        return None
    mean = row["accuracy"] if row["checked"] >= CHECKED_MIN else None
    return {"mean": mean, "low": row["low"], "high": row["high"]}


def _person(
    asked: Asked, figures: Mapping[str, Any], row: Any, names: Mapping[UUID, str], alike: Iterable[Signal]
) -> PersonQuality:
    told = json.loads(row["figures"])
    speed = told.get("ms")
    return {
        "pseudonym": row["pseudonym"],
        "name": names.get(row["person_id"]),
        "person_id": str(row["person_id"]),
        "question": asked.name,
        "vendor": str(row["vendor_id"]),
        "accuracy": _accuracy(row),
        "checked": row["checked"],
        "votes": row["votes"],
        "lean": _lean(asked, figures, told["lean"]) if row["checked"] >= CHECKED_MIN else None,
        "spread": told.get("spread") if row["checked"] >= CHECKED_MIN else None,
        "active_ms": speed["median"] if speed else None,
        "active_ms_others": speed["crowd"] if speed else None,
        "trend": _trend(row, told["change"]),
        "signals": [*alike, *_signals(asked, figures, told)],
    }


def _lean(asked: Asked, figures: Mapping[str, Any], lean: Any) -> Lean | None:
    if lean is None:
        return None
    codes = _codes(figures)
    text = words_of(asked, codes[lean["place"]]) if lean["place"] in codes else None
    return {"kind": lean["kind"], "text": text, "value": lean["value"], "low": lean["low"], "high": lean["high"]}


def _trend(row: Any, change: Any) -> Trend:
    if row["checked"] < CHECKED_MIN:
        return {"kind": "early", "since": None}
    if change is None:
        return {"kind": "steady", "since": None}
    is_down = change["after"]["mean"] < change["before"]["mean"]
    return {"kind": "falling" if is_down else "rising", "since": _time(change["at"])}


def _change(change: Any) -> Change | None:
    if change is None:
        return None

    def side(of: Mapping[str, Any]) -> Any:
        return {**{key: of[key] for key in ("mean", "low", "high", "count")}, "active_ms": of["ms"]}

    return {
        "at": _time(change["at"]),
        "low": _time(change["low"]),
        "high": _time(change["high"]),
        "factor": change["factor"],
        "before": side(change["before"]),
        "after": side(change["after"]),
    }


def _signals(asked: Asked, figures: Mapping[str, Any], told: Mapping[str, Any]) -> list[Signal]:
    found: list[Signal] = []
    codes = _codes(figures)
    if (run := told.get("run")) and run["place"] in codes:
        found.append(
            {
                "kind": "run",
                "count": run["length"],
                "of": run["of"],
                "expected": None,
                "chance": run["chance"],
                "text": words_of(asked, codes[run["place"]]),
            }
        )
    if told.get("is_fast"):
        speed = told["ms"]
        found.append(
            {"kind": "fast", "count": speed["median"], "of": speed["count"], "expected": speed["crowd"], "chance": None}
        )
    return found


def _alike(figures: Mapping[str, Any], pseudonyms: Mapping[int, str]) -> dict[int, list[Signal]]:
    """annotator number -> with whom they agree more than skill explains."""
    found: dict[int, list[Signal]] = {}
    for one, other, shared, same, expected, _omega, chance in figures.get("alike", ()):
        for mine, theirs in ((int(one), int(other)), (int(other), int(one))):
            if theirs in pseudonyms:
                found.setdefault(mine, []).append(
                    {
                        "kind": "alike",
                        "count": int(same),
                        "of": int(shared),
                        "expected": expected,
                        "chance": chance,
                        "who": pseudonyms[theirs],
                    }
                )
    return found


def _time(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
