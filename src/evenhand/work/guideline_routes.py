"""The HTTP face of guidelines: versions, pictures, consent, discussions."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import Field

from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Cursor, Limit
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import TAGGED, Body, Page, Whole, example
from evenhand.work.dependencies import Labeler, Match, ProjectSeer, ProjectWriter, Work
from evenhand.work.discussions import Question
from evenhand.work.guidelines import LENGTH_MAX, PICTURE_BYTES_MAX, SUMMARY_LENGTH_MAX, NewVersion
from evenhand.work.media_routes import HEADERS, read_at_most
from evenhand.work.proposing import file_name
from evenhand.work.shapes.discussions import Discussion, DiscussionResolved, DiscussionState, Passage, Reply
from evenhand.work.shapes.guidelines import Guideline, GuidelineChanged, GuidelinePicture

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)

_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp")
_BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}
_PICTURE = {"requestBody": {"required": True, "content": {kind: {"schema": _BINARY} for kind in _TYPES}}}
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture.",
        "content": {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in _TYPES},
    }
}
FileName = Annotated[
    str | None, Header(alias="X-File-Name", max_length=4000, description="The file's name, percent-encoded.")
]


class NewGuideline(Body):
    """Guidelines in Markdown; what changed, in a line; and whether people read them before their next task."""

    model_config = example(
        {
            "markdown": "# How to decide\n\nAngry is who threatens to leave.",
            "summary": "Who threatens to leave is angry",
            "consent": "required",
        }
    )

    markdown: Annotated[str, Field(max_length=LENGTH_MAX)]
    summary: Annotated[str, Field(max_length=SUMMARY_LENGTH_MAX)] = ""
    consent: Literal["required", "not-needed"] = "required"


class Consent(Body):
    """The version that was read."""

    model_config = example({"version": 1})

    version: Annotated[int, Field(ge=0, le=1_000_000), Whole]


class NewDiscussion(Body):
    """A question about a passage of the guidelines: below which heading, the words it is about, and what stands around them.

    heading and quote left out: about the guidelines as a whole. version: the one that was read.
    """

    model_config = example(
        {
            "text": "Does a sarcastic thank-you count as angry?",
            "version": 2,
            "heading": "How to decide",
            "quote": "who threatens to leave",
            "before": "Angry is ",
            "after": ".",
        }
    )

    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    version: Annotated[int, Field(ge=1, le=1_000_000), Whole]
    heading: Annotated[str, Field(max_length=500)] = ""
    quote: Annotated[str, Field(max_length=2_000)] = ""
    before: Annotated[str, Field(max_length=200)] = ""
    after: Annotated[str, Field(max_length=200)] = ""


class NewReply(Body):
    """What is said in a discussion."""

    model_config = example({"text": "Yes: it threatens to leave."})

    text: Annotated[str, Field(min_length=1, max_length=10_000)]


@router.get("/projects/{project_id}/guidelines", tags=["guidelines"], operation_id="get_guideline", responses=TAGGED)
async def get_guideline(
    project_id: UUID, actor: ProjectSeer, response: Response, work: Work,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Guideline:  # fmt: skip
    """The guidelines, the present version by default."""
    guideline = await work.guidelines.get(actor, project_id, version)
    response.headers["etag"] = f'"{guideline["version"]}"'
    return guideline


@router.put("/projects/{project_id}/guidelines", tags=["guidelines"], operation_id="change_guideline", responses=TAGGED)
async def change_guideline(
    project_id: UUID,
    body: NewGuideline,
    actor: ProjectWriter,
    response: Response,
    work: Work,
    if_match: Match = None,
) -> GuidelineChanged:
    """A new version of the guidelines; annotators consent to it before their next task, unless it says that they need not.

    Pictures that it names by an address are brought in and named by their ids; one that cannot be is told with its line.
    """
    wanted = NewVersion(body.markdown, body.summary.strip(), body.consent == "required")
    changed = await work.guidelines.change(actor, project_id, wanted, if_match)
    response.headers["etag"] = f'"{changed["version"]}"'
    return changed


@router.post("/projects/{project_id}/guidelines/consent", tags=["guidelines"], operation_id="consent", status_code=204)
async def consent(project_id: UUID, body: Consent, actor: Labeler, work: Work) -> None:
    """Say that a version was read."""
    await work.guidelines.consent(actor, project_id, body.version)


@router.post(
    "/projects/{project_id}/guidelines/pictures",
    tags=["guidelines"],
    operation_id="add_guideline_picture",
    status_code=201,
    openapi_extra=_PICTURE,
)
async def add_guideline_picture(
    project_id: UUID,
    request: Request,
    actor: ProjectWriter,
    work: Work,
    x_file_name: FileName = None,
    idempotency_key: IdempotencyKey = None,
) -> GuidelinePicture:
    """Send a picture for the guidelines, of at most 10 MiB. It is forgotten after a week unless a version names it by then."""
    content = await read_at_most(request, PICTURE_BYTES_MAX)
    picture_id = id_under(actor, idempotency_key, f"picture of the guidelines of {project_id}")
    return await work.guidelines.add_picture(actor, project_id, file_name(x_file_name) or "", content, picture_id)


@router.get(
    "/projects/{project_id}/guidelines/pictures/{picture_id}",
    tags=["guidelines"],
    operation_id="get_guideline_picture",
    responses=_BYTES,
    response_class=Response,
)
async def get_guideline_picture(project_id: UUID, picture_id: UUID, actor: ProjectSeer, work: Work) -> Response:
    """A picture of the guidelines: of any version, to whoever may read them. The look is on record; nothing may be cached."""
    shown = await work.guidelines.picture(actor, project_id, picture_id)
    content = await shown.file.whole()
    if shown.media_type in shown.kind.shown_types:
        return Response(content, media_type=shown.media_type, headers=HEADERS)
    kind, copy = await asyncio.to_thread(shown.kind.rendered, content)
    return Response(copy, media_type=kind, headers=HEADERS)


# ------------------------------------------------------------------------------------------------------- discussions --
@router.get("/projects/{project_id}/guidelines/discussions", tags=["guidelines"], operation_id="list_discussions")
async def list_discussions(
    project_id: UUID, actor: ProjectSeer, work: Work, state: DiscussionState | None = None, cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Discussion]:  # fmt: skip
    """What was asked about the guidelines, newest first, with every reply; all of the project read it. The look is recorded."""
    return await work.discussions.page(actor, project_id, state, cursor, page_size(limit))


@router.post(
    "/projects/{project_id}/guidelines/discussions",
    tags=["guidelines"],
    operation_id="begin_discussion",
    status_code=201,
)
async def begin_discussion(
    project_id: UUID, body: NewDiscussion, actor: Labeler, work: Work, idempotency_key: IdempotencyKey = None
) -> Discussion:
    """Ask about a passage of the guidelines. Managers are told, and whoever answers later."""
    passage: Passage = {"heading": body.heading, "quote": body.quote, "before": body.before, "after": body.after}
    discussion_id = id_under(actor, idempotency_key, f"discussion of the guidelines of {project_id}")
    return await work.discussions.ask(actor, project_id, Question(body.text, body.version, passage), discussion_id)


@router.post(
    "/projects/{project_id}/guidelines/discussions/{discussion_id}/replies",
    tags=["guidelines"],
    operation_id="reply",
    status_code=201,
)
async def reply(
    project_id: UUID,
    discussion_id: UUID,
    body: NewReply,
    actor: Labeler,
    work: Work,
    idempotency_key: IdempotencyKey = None,
) -> Reply:
    """Say something in a discussion of the guidelines; those who are in it are told."""
    reply_id = id_under(actor, idempotency_key, f"reply in {discussion_id}")
    return await work.discussions.reply(actor, project_id, discussion_id, body.text, reply_id)


@router.post(
    "/projects/{project_id}/discussions/{discussion_id}/resolve",
    tags=["guidelines"],
    operation_id="resolve_discussion",
)
async def resolve_discussion(project_id: UUID, discussion_id: UUID, actor: Labeler, work: Work) -> DiscussionResolved:
    """Say that a discussion, of a task or of the guidelines, needs no more: whoever began it may, and whoever reads tasks."""
    return await work.discussions.set_resolved(actor, project_id, discussion_id, is_resolved=True)


@router.post(
    "/projects/{project_id}/discussions/{discussion_id}/reopen", tags=["guidelines"], operation_id="reopen_discussion"
)
async def reopen_discussion(project_id: UUID, discussion_id: UUID, actor: Labeler, work: Work) -> DiscussionResolved:
    """Take up a discussion again."""
    return await work.discussions.set_resolved(actor, project_id, discussion_id, is_resolved=False)
