"""The HTTP face of work: projects, ontologies, tasks in, the data table."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, cast
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed, CurrentActor, Cursor, Limit
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import (
    TAGGED,
    Body,
    Defect,
    Moment,
    OntologyBody,
    Page,
    SentId,
    Whole,
    WholeOrText,
    body_of,
    example,
)
from evenhand.core.canonical import digest
from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.document import offers_of, part_types
from evenhand.ontology.ontology import check_ontology
from evenhand.ontology.presets import expand, preset_summaries
from evenhand.ontology.registry import input_kinds, question_kinds
from evenhand.work.browsing import TaskFilter
from evenhand.work.dependencies import Match, ProjectSeer, ProjectWriter, Work
from evenhand.work.guidelines import NewVersion
from evenhand.work.importing import mapping_of
from evenhand.work.model import ProjectSettings, spelled_out
from evenhand.work.previewing import previews
from evenhand.work.rows import format_of
from evenhand.work.shapes.ontologies import (
    ExpandedPreset,
    Kinds,
    OntologyChanged,
    OntologyCheck,
    OntologyVersion,
    OntologyVersionFacts,
    Preset,
)
from evenhand.work.shapes.projects import Project, ProjectState
from evenhand.work.shapes.rows import Batch, ImportReport, PreviewedRows, Row
from evenhand.work.shapes.tasks import (
    LabelMadeBy,
    Look,
    Sort,
    Task,
    TaskCount,
    TaskPage,
    TasksChanged,
    TaskState,
)

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)


ProjectReader = Annotated[Actor, Depends(Allowed(Permission.PROJECT_READ))]
ProjectCreator = Annotated[Actor, Depends(Allowed(Permission.PROJECT_CREATE))]
TaskReader = Annotated[Actor, Depends(Allowed(Permission.TASK_READ))]
TaskImporter = Annotated[Actor, Depends(Allowed(Permission.TASK_IMPORT))]
TaskManager = Annotated[Actor, Depends(Allowed(Permission.TASK_MANAGE))]
LookReader = Annotated[Actor, Depends(Allowed(Permission.TASK_READ, Permission.AUDIT_READ))]
_ONTOLOGY: dict[str, Any] = {
    "format": "evenhand-ontology/1",
    "name": "tone",
    "language": "en",
    "inputs": [{"name": "text", "kind": "text"}],
    "questions": [
        {
            "name": "tone",
            "kind": "choice",
            "text": "How does it sound?",
            "settings": {"options": [{"value": "friendly"}, {"value": "neutral"}, {"value": "angry"}]},
        }
    ],
}


class PresetChoice(Body):
    """A preset by name, with what fills its holes."""

    model_config = example({"preset": "text-classification", "with": {"labels": ["yes", "no"]}})

    preset: Annotated[str, Field(max_length=100)]
    with_: Annotated[dict[str, Any], Field(alias="with")] = Field(default_factory=dict)


class OntologyToCheck(Body):
    """An ontology document."""

    model_config = example({"body": _ONTOLOGY})

    body: OntologyBody


class AdaptiveSettings(Body):
    """Answers up to `most`, until the likeliest value is as probable as `sure`; the least is the project's `opinions`.

    routed: one more answer is asked, for its price, of whom it is worth most to ask, as far as they are at work.
    """

    model_config = example({"most": 7, "sure": 0.99, "routed": False})

    most: Annotated[int, Field(ge=1, le=99), Whole]
    sure: Annotated[float, Field(ge=0.5, le=0.9999)] = 0.99
    routed: bool = False


class WorkflowSettings(Body):
    """What follows a task's answers; what is left out stays as it is."""

    model_config = example({"review_rate": 0.1, "adjudicate_below": 0.8})

    review_rate: Annotated[float, Field(ge=0, le=1)] = 0
    adjudicate_below: Annotated[float, Field(ge=0, le=1)] | None = None
    feedback: Literal["shown", "sealed"] = "shown"
    adaptive: AdaptiveSettings | None = None


class NewProject(Body):
    """A project to make: its name, what it asks, and how it deals tasks out.

    counts_manner: whether the workspace counts how answers are made; left out, where the ontology asks for text that people write.
    """

    model_config = example(
        {
            "name": "Support mail",
            "preset": {"preset": "text-classification", "with": {"labels": ["yes", "no"]}},
            "opinions": 3,
        }
    )

    name: Annotated[str, Field(max_length=200)]
    ontology: OntologyBody | None = None
    preset: PresetChoice | None = None
    opinions: Annotated[int, Field(ge=1, le=99), Whole] = 1
    lease_seconds: Annotated[int, Field(ge=30, le=604_800), Whole] = 1800
    priority: Annotated[int, Field(ge=0, le=255), Whole] = 128
    submit_on_pick: bool = False
    open_to: Literal["organization", "assigned"] = "organization"
    due_at: Moment | None = None
    suggestions_hidden: Annotated[float, Field(ge=0, le=1)] = 0
    counts_manner: bool | None = None
    gold_rate: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    gold_rate_min: Annotated[float, Field(ge=0, le=0.5)] = 0.02
    workflow: WorkflowSettings = Field(default_factory=WorkflowSettings)
    guideline: Annotated[str, Field(max_length=400_000)] | None = None


class ProjectChanges(Body):
    """Settings to change; what is left out stays."""

    model_config = example({"opinions": 5, "due_at": "2027-01-02T10:00:00Z"})

    name: Annotated[str, Field(max_length=200)] | None = None
    opinions: Annotated[int, Field(ge=1, le=99), Whole] | None = None
    lease_seconds: Annotated[int, Field(ge=30, le=604_800), Whole] | None = None
    priority: Annotated[int, Field(ge=0, le=255), Whole] | None = None
    submit_on_pick: bool | None = None
    open_to: Literal["organization", "assigned"] | None = None
    due_at: Moment | None = None
    suggestions_hidden: Annotated[float, Field(ge=0, le=1)] | None = None
    counts_manner: bool | None = None
    gold_rate: Annotated[float, Field(ge=0, le=0.5)] | None = None
    gold_rate_min: Annotated[float, Field(ge=0, le=0.5)] | None = None
    workflow: WorkflowSettings | None = None


class RowsToPreview(Body):
    """Rows, how their columns become inputs, and what would be asked about them. lines: where each row stands in its file."""

    model_config = example(
        {"ontology": _ONTOLOGY, "mapping": {"text": "comment"}, "rows": [{"comment": "Where is it?"}]}
    )

    ontology: OntologyBody
    mapping: Annotated[dict[str, str], Field(max_length=100)] = Field(default_factory=dict)
    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=20)]
    lines: Annotated[list[Annotated[int, Field(ge=1, le=2**53 - 1), Whole]] | None, Field(max_length=20)] = None


class NewName(Body):
    """A name."""

    model_config = example({"name": "Support mail, second round"})

    name: Annotated[str, Field(max_length=200)]


class NewOntology(Body):
    """A changed ontology, and which class of change its author confirms."""

    model_config = example({"body": _ONTOLOGY, "confirm": "widening"})

    body: OntologyBody
    confirm: Literal["cosmetic", "widening", "narrowing", "mapping", "meaning"] | None = None


class TasksWanted(Body):
    """Which tasks: as the data table's filter says it."""

    model_config = example({"state": "done", "tag": "parcels"})

    state: TaskState | None = None
    batch: SentId | None = None
    tag: Annotated[str, Field(max_length=100)] | None = None
    person: SentId | None = None
    guideline_before: Annotated[int, Field(ge=1, le=1_000_000), Whole] | None = None
    probability_below: Annotated[float, Field(gt=0, le=1)] | None = None
    probability_from: Annotated[float, Field(ge=0, le=1)] | None = None
    label_question: Annotated[str, Field(max_length=100)] | None = None
    label: Annotated[str, Field(max_length=1000)] | None = None
    label_source: LabelMadeBy | None = None


class BulkChange(Body):
    """One action on many tasks: those named, or those that a filter shows, 500 a call; cursor: where it goes on.

    value: the priority, or the person. stage, opinions: of `requeue`, where to, and how many opinions more of the label stage.
    """

    model_config = example({"ids": ["019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"], "action": "priority", "value": 200})

    ids: Annotated[list[SentId], Field(min_length=1, max_length=500)] | None = None
    filter: TasksWanted | None = None
    cursor: Annotated[str, Field(max_length=1000)] | None = None
    action: Literal["priority", "trash", "restore", "assign", "unassign", "requeue", "unqueue"]
    value: WholeOrText = None
    stage: Literal["label", "review", "adjudicate"] = "label"
    opinions: Annotated[int, Field(ge=1, le=99), Whole] = 1


# ------------------------------------------------------------------------------ bodies that routes read by themselves --
_ROW = {"inputs": {"text": "Where is my parcel?"}, "external_id": "mail-1", "tags": ["parcels"]}
_ROWS = {
    "application/x-ndjson": {"schema": {"type": "string"}, "example": json.dumps(_ROW) + "\n"},
    "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}, "example": [_ROW]},
    "text/csv": {"schema": {"type": "string"}, "example": "text,external_id\nWhere is my parcel?,mail-1\n"},
    "application/vnd.apache.parquet": {"schema": {"contentMediaType": "application/vnd.apache.parquet"}},
}
_IMPORT = {**body_of(Row, _ROW), "requestBody": {"required": True, "content": _ROWS}}


# --------------------------------------------------------------------------------------------------------- ontology --
@router.get("/presets", tags=["ontology"], operation_id="list_presets")
async def list_presets(actor: ProjectReader) -> Page[Preset]:
    """Usual projects, each with its holes, a sample and when to use it."""
    return {"items": cast(list[Preset], preset_summaries()), "next_cursor": None}


@router.get("/kinds", tags=["ontology"], operation_id="list_kinds")
async def list_kinds(actor: CurrentActor) -> Kinds:
    """The kinds of inputs and questions this installation knows, with JSON Schemas of their settings."""
    return {
        "inputs": [
            {
                "name": name,
                "settings": kind.Settings.model_json_schema(),
                "parts": sorted(part_types(name) - {"input"}),
                "offers": sorted(offers_of(name)),
            }
            for name, kind in input_kinds().items()
        ],
        "questions": [
            {
                "name": name,
                "settings": kind.Settings.model_json_schema(),
                "targets": sorted(kind.targets),
                "has_regions": kind.has_regions,
                "needs": kind.needs,
            }
            for name, kind in question_kinds().items()
        ],
    }


@router.post("/ontology/check", tags=["ontology"], operation_id="check_ontology")
async def check_ontology_route(body: OntologyToCheck, actor: CurrentActor) -> OntologyCheck:
    """Every defect of an ontology, without storing it."""
    problems = check_ontology(body.body)
    is_sound = not any(not each.is_warning for each in problems)
    return {
        "problems": [cast(Defect, each.as_json()) for each in problems],
        "digest": digest(body.body) if is_sound else None,
    }


@router.post("/ontology/expand", tags=["ontology"], operation_id="expand_preset")
async def expand_preset(body: PresetChoice, actor: CurrentActor) -> ExpandedPreset:
    """A preset's whole ontology."""
    return {"body": expand(body.preset, body.with_)}


# --------------------------------------------------------------------------------------------------------- projects --
@router.get("/projects", tags=["projects"], operation_id="list_projects")
async def list_projects(
    actor: ProjectReader, work: Work, state: Annotated[list[ProjectState] | None, Query(max_length=4)] = None,
    cursor: Cursor = None, limit: Limit = None,
) -> Page[Project]:  # fmt: skip
    """Projects, newest first; active and paused ones unless states are named."""
    return await work.projects.page(actor, state, cursor, page_size(limit))


@router.post("/projects", tags=["projects"], operation_id="create_project", status_code=201)
async def create_project(
    body: NewProject, actor: ProjectCreator, work: Work, idempotency_key: IdempotencyKey = None
) -> Project:
    """A new project, from an ontology or from a preset."""
    if (body.ontology is None) == (body.preset is None):
        problem = Problem("/ontology", "bad_value", "Send either an ontology or a preset.", "Send exactly one of both.")
        raise Malformed([problem])
    ontology = body.ontology if body.ontology is not None else expand(body.preset.preset, body.preset.with_)  # type: ignore[union-attr]
    settings = ProjectSettings(
        opinions=body.opinions,
        lease_seconds=body.lease_seconds,
        priority=body.priority,
        submit_on_pick=body.submit_on_pick,
        open_to=body.open_to,
        due_at=body.due_at,
        suggestions_hidden=body.suggestions_hidden,
        counts_manner=body.counts_manner,
        gold_rate=body.gold_rate,
        gold_rate_min=min(body.gold_rate_min, body.gold_rate),
        **spelled_out(body.workflow.model_dump()),
    )
    project_id = id_under(actor, idempotency_key, "project")
    guideline = NewVersion(body.guideline) if body.guideline else None
    return await work.projects.create(actor, body.name, ontology, settings, guideline=guideline, project_id=project_id)


@router.get("/projects/{project_id}", tags=["projects"], operation_id="get_project", responses=TAGGED)
async def get_project(project_id: UUID, actor: ProjectSeer, response: Response, work: Work) -> Project:
    """One project with its counts."""
    project = await work.projects.get(actor, project_id)
    response.headers["etag"] = f'"{project["version"]}"'
    return project


@router.patch("/projects/{project_id}", tags=["projects"], operation_id="change_project", responses=TAGGED)
async def change_project(
    project_id: UUID,
    body: ProjectChanges,
    actor: ProjectWriter,
    response: Response,
    work: Work,
    if_match: Match = None,
) -> Project:
    """Change a project's name or settings."""
    changes = body.model_dump(exclude_unset=True)
    for name in changes.keys() - {"due_at"}:
        if changes[name] is None:
            raise Malformed([Problem(f"/{name}", "bad_value", f"{name} cannot be null.", "Leave it out to keep it.")])
    project = await work.projects.change(actor, project_id, changes, if_match)
    response.headers["etag"] = f'"{project["version"]}"'
    return project


@router.delete("/projects/{project_id}", tags=["projects"], operation_id="trash_project")
async def trash_project(project_id: UUID, actor: ProjectWriter, work: Work) -> Project:
    """Put a project into the trash, from which it can be restored for 30 days."""
    return await work.projects.set_state(actor, project_id, "trashed")


@router.post("/projects/{project_id}/pause", tags=["projects"], operation_id="pause_project")
async def pause_project(project_id: UUID, actor: ProjectWriter, work: Work) -> Project:
    """Pause a project: every open hold comes back at once, drafts stay."""
    return await work.projects.set_state(actor, project_id, "paused")


@router.post("/projects/{project_id}/resume", tags=["projects"], operation_id="resume_project")
async def resume_project(project_id: UUID, actor: ProjectWriter, work: Work) -> Project:
    """Let work go on."""
    return await work.projects.set_state(actor, project_id, "active")


@router.post("/projects/{project_id}/archive", tags=["projects"], operation_id="archive_project")
async def archive_project(project_id: UUID, actor: ProjectWriter, work: Work) -> Project:
    """Put a finished project away; it can still be read and released."""
    return await work.projects.set_state(actor, project_id, "archived")


@router.post("/projects/{project_id}/restore", tags=["projects"], operation_id="restore_project")
async def restore_project(project_id: UUID, actor: ProjectWriter, work: Work) -> Project:
    """Bring a project back from the archive or, within 30 days, from the trash."""
    return await work.projects.set_state(actor, project_id, "active")


@router.post("/projects/{project_id}/clone", tags=["projects"], operation_id="clone_project", status_code=201)
async def clone_project(
    project_id: UUID, body: NewName, actor: ProjectCreator, work: Work, idempotency_key: IdempotencyKey = None
) -> Project:
    """A new project with the same ontology, guidelines and settings, and no tasks."""
    clone_id = id_under(actor, idempotency_key, f"clone of {project_id}")
    return await work.projects.clone(actor, project_id, body.name, clone_id)


@router.get("/projects/{project_id}/ontology", tags=["ontology"], operation_id="get_ontology")
async def get_ontology(
    project_id: UUID, actor: ProjectSeer, work: Work, version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None
) -> OntologyVersion:
    """The ontology, the present version by default."""
    return await work.versions.ontology(actor, project_id, version)


@router.get("/projects/{project_id}/ontology/versions", tags=["ontology"], operation_id="list_ontology_versions")
async def list_ontology_versions(project_id: UUID, actor: ProjectReader, work: Work) -> Page[OntologyVersionFacts]:
    """All versions of the ontology."""
    return {"items": await work.versions.ontology_versions(actor, project_id), "next_cursor": None}


@router.post("/projects/{project_id}/ontology", tags=["ontology"], operation_id="change_ontology")
async def change_ontology(project_id: UUID, body: NewOntology, actor: ProjectWriter, work: Work) -> OntologyChanged:
    """A new version of the ontology, with the class of change confirmed."""
    return await work.versions.change_ontology(actor, project_id, body.body, body.confirm)


# --------------------------------------------------------------------------------------------------------- tasks in --
@router.get("/projects/{project_id}/batches", tags=["import"], operation_id="list_batches")
async def list_batches(project_id: UUID, actor: ProjectReader, work: Work) -> Page[Batch]:
    """The batches of a project."""
    return {"items": await work.browsing.batches(actor, project_id), "next_cursor": None}


@router.post("/projects/{project_id}/tasks", tags=["import"], operation_id="import_tasks", openapi_extra=_IMPORT)
async def import_tasks(
    project_id: UUID,
    request: Request,
    actor: TaskImporter,
    work: Work,
    batch: Annotated[str | None, Query(max_length=200)] = None,
    atomic: bool = False,
    mapping: Annotated[str | None, Query(max_length=10_000)] = None,
    idempotency_key: IdempotencyKey = None,
) -> ImportReport:
    """Import tasks from a streamed body: NDJSON, a JSON list, CSV or Parquet.

    Good rows go in and bad ones are reported with line, pointer and remedy; with `atomic` all go in or none. The same
    Idempotency-Key again imports nothing twice.
    """
    report = await work.importing.run(
        actor,
        project_id,
        _stream(request),
        format_of(request.headers.get("content-type", "")),
        batch=batch,
        mapping=mapping_of(mapping),
        import_id=id_under(actor, idempotency_key, f"rows into {project_id}") or uuid4(),
        is_atomic=atomic,
    )
    return report.as_json()


@router.post("/imports/preview", tags=["import"], operation_id="preview_import")
async def preview_import(body: RowsToPreview, actor: TaskImporter) -> PreviewedRows:
    """The first rows of a file as the tasks they would become under an ontology, each with what is wrong about it.

    Nothing is stored. Pictures that rows name by their address are brought in by the import, and are not shown here.
    """
    return {"rows": previews(body.ontology, body.mapping, body.rows, body.lines)}


# ------------------------------------------------------------------------------------------------------- data table --
_BEFORE = (
    "Only tasks with an answer that stands and was given under an earlier version of the guidelines than this one."
)
_LAST_FIT = "By labels as the last fit left them; for those who manage tasks."
_BELOW = (
    f"Only tasks with a label less probable than this: of the question named, else of the least sure one. {_LAST_FIT}"
)
_FROM = f"Only tasks with a label at least as probable as this. {_LAST_FIT}"
_QUESTION = "The question that the filters of labels are about; may be left out where one closed question is asked."
_SAYS = f"Only tasks whose label is this answer, as JSON or as plain text. {_LAST_FIT}"
_SOURCE = f"Only tasks whose label was made by this: the votes alone, a model, a review or an adjudication. {_LAST_FIT}"
_SORT = (
    "`added`, or by the probability of the least sure label: `probability` the least, `-probability` the most first."
)


async def filter_of(
    state: TaskState | None = None,
    batch: UUID | None = None,
    tag: Annotated[str | None, Query(max_length=100)] = None,
    external_id: Annotated[str | None, Query(max_length=512)] = None,
    id: UUID | None = None,
    person: UUID | None = None,
    guideline_before: Annotated[int | None, Query(ge=1, le=1_000_000, description=_BEFORE)] = None,
    probability_below: Annotated[float | None, Query(gt=0, le=1, description=_BELOW)] = None,
    probability_from: Annotated[float | None, Query(ge=0, le=1, description=_FROM)] = None,
    label_question: Annotated[str | None, Query(max_length=100, description=_QUESTION)] = None,
    label: Annotated[str | None, Query(max_length=1000, description=_SAYS)] = None,
    label_source: Annotated[LabelMadeBy | None, Query(description=_SOURCE)] = None,
) -> TaskFilter:
    """What the query says of which tasks are wanted."""
    return TaskFilter(
        state,
        batch,
        tag,
        external_id,
        id,
        person,
        guideline_before,
        probability_below,
        probability_from,
        label_question,
        label,
        label_source,
    )


Wanted = Annotated[TaskFilter, Depends(filter_of)]


@router.get("/projects/{project_id}/tasks", tags=["tasks"], operation_id="list_tasks")
async def list_tasks(
    project_id: UUID,
    actor: TaskReader,
    work: Work,
    wanted: Wanted,
    sort: Annotated[Sort, Query(description=_SORT)] = "added",
    cursor: Cursor = None,
    limit: Limit = None,
) -> TaskPage:
    """A page of tasks with previews; the look is recorded."""
    return await work.browsing.tasks(actor, project_id, wanted, cursor, page_size(limit), sort)


@router.get("/projects/{project_id}/tasks/count", tags=["tasks"], operation_id="count_tasks")
async def count_tasks(project_id: UUID, actor: TaskReader, work: Work, wanted: Wanted) -> TaskCount:
    """How many tasks a filter finds, up to 100,000. Nothing is opened, so there is no look."""
    return await work.browsing.count(actor, project_id, wanted)


@router.get("/projects/{project_id}/tasks/{task_id}", tags=["tasks"], operation_id="get_task")
async def get_task(project_id: UUID, task_id: UUID, actor: TaskReader, work: Work) -> Task:
    """One task whole, with every standing answer."""
    return await work.browsing.task(actor, project_id, task_id)


@router.get("/projects/{project_id}/tasks/{task_id}/looks", tags=["tasks"], operation_id="list_looks")
async def list_looks(project_id: UUID, task_id: UUID, actor: LookReader, work: Work) -> Page[Look]:
    """Who looked at this task, when and why."""
    return {"items": await work.browsing.looks(actor, project_id, task_id), "next_cursor": None}


@router.post("/projects/{project_id}/tasks/bulk", tags=["tasks"], operation_id="change_tasks")
async def change_tasks(project_id: UUID, body: BulkChange, actor: TaskManager, work: Work) -> TasksChanged:
    """One action on many tasks: priority, trash, restore, assign to a person, unassign what they have not begun, requeue.

    Queued again are tasks that were labeled to the end, those that are done among them: for more opinions, review or adjudication;
    `unqueue` takes that back for those that nobody has taken up since.
    """
    if (body.ids is None) == (body.filter is None):
        raise Malformed([Problem("/ids", "bad_value", "Send either ids or a filter.", "Send exactly one of both.")])
    ids, more = body.ids or [], None
    if body.filter is not None:
        chosen = body.filter
        wanted = TaskFilter(
            chosen.state,
            chosen.batch,
            chosen.tag,
            None,
            None,
            chosen.person,
            chosen.guideline_before,
            chosen.probability_below,
            chosen.probability_from,
            chosen.label_question,
            chosen.label,
            chosen.label_source,
        )
        ids, more = await work.browsing.ids_of(actor, project_id, wanted, body.cursor)
    if body.action == "unqueue":
        changed = await work.browsing.unqueue(actor, project_id, ids)
    elif body.action == "requeue":
        changed = await work.browsing.requeue(actor, project_id, ids, body.stage, body.opinions)
    else:
        changed = await work.browsing.change(actor, project_id, ids, body.action, body.value)
    return {"changed": len(changed), "ids": [str(each) for each in changed], "next_cursor": more}


# -------------------------------------------------------------------------------------------------------- internals --
async def _stream(request: Request) -> AsyncIterator[bytes]:
    async for block in request.stream():
        yield block
