"""The HTTP face of skills and exams: named, asked for, granted and taken away; an exam set up, and how it stands for oneself."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed, Cursor, Limit
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Id, Moment, Page, SentId, Shape, Whole, example
from evenhand.work.dependencies import GoldManager, Labeler, Work
from evenhand.work.exams import ExamTerms
from evenhand.work.shapes.skills import (
    AskingStage,
    Basis,
    Exam,
    ExamSitting,
    MyExam,
    MySkill,
    RevocationReason,
    Skill,
    SkillNeeded,
)

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
_ID = "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"
PeopleReader = Annotated[Actor, Depends(Allowed(Permission.PEOPLE_READ))]
PeopleWriter = Annotated[Actor, Depends(Allowed(Permission.PEOPLE_WRITE))]
ProjectWriter = Annotated[Actor, Depends(Allowed(Permission.PROJECT_WRITE))]
ProjectSeer = Annotated[Actor, Depends(Allowed(Permission.PROJECT_READ, Permission.TASK_LABEL))]


class NewSkill(Body):
    """What somebody can do, in a few words."""

    model_config = example({"name": "Reads German contracts"})

    name: Annotated[str, Field(max_length=200)]


class SkillMade(Shape):
    """The new skill."""

    id: Id


class GrantedSkill(Body):
    """A skill given by hand. expires_at: left out, it does not expire."""

    model_config = example({"skill_id": _ID, "expires_at": "2027-01-02T10:00:00Z"})

    skill_id: SentId
    expires_at: Moment | None = None


class Revocation(Body):
    """Why a skill is taken away."""

    model_config = example({"reason": "guideline-changed"})

    reason: RevocationReason


class AskedSkills(Body):
    """The skills that a stage of a project asks for; none for []."""

    model_config = example({"skills": [_ID], "stage": "audit"})

    skills: Annotated[list[SentId], Field(max_length=20)]
    stage: AskingStage = "label"


class NewExam(Body):
    """An exam: its gold, of which one sitting deals `tasks` at random, and when it is passed."""

    model_config = example({"skill_id": _ID, "gold": [_ID], "tasks": 1, "pass_mark": 0.8, "retry_hours": 24})

    skill_id: SentId
    gold: Annotated[list[SentId], Field(min_length=1, max_length=500)]
    tasks: Annotated[int, Field(ge=1, le=200), Whole]
    pass_mark: Annotated[float, Field(gt=0, le=1)] = 0.8
    basis: Basis = "share"
    valid_days: Annotated[int, Field(ge=1, le=3650), Whole] | None = 365
    retry_hours: Annotated[int, Field(ge=0, le=8760), Whole] = 24
    open: bool = True


@router.get("/skills", tags=["skills"], operation_id="list_skills")
async def list_skills(actor: PeopleReader, work: Work) -> Page[Skill]:
    """The skills of the organization, and everybody who has them or had them."""
    return {"items": await work.exams.skills(actor), "next_cursor": None}


@router.post("/skills", tags=["skills"], operation_id="add_skill", status_code=201)
async def add_skill(
    body: NewSkill, actor: PeopleWriter, work: Work, idempotency_key: IdempotencyKey = None
) -> SkillMade:
    """Name a skill."""
    return {"id": str(await work.exams.add_skill(actor, body.name, id_under(actor, idempotency_key, "skill")))}


@router.put("/people/{person_id}/skills", tags=["skills"], operation_id="grant_skill", status_code=204)
async def grant_skill(person_id: UUID, body: GrantedSkill, actor: PeopleWriter, work: Work) -> None:
    """Give a person a skill by hand, without an exam; it is on record."""
    await work.exams.grant(actor, person_id, UUID(str(body.skill_id)), body.expires_at)


@router.put(
    "/people/{person_id}/skills/{skill_id}/revocation", tags=["skills"], operation_id="revoke_skill", status_code=204
)
async def revoke_skill(person_id: UUID, skill_id: UUID, body: Revocation, actor: PeopleWriter, work: Work) -> None:
    """Take a skill away, with a reason that its owner reads: the next claim that needs it is refused."""
    await work.exams.revoke(actor, person_id, skill_id, body.reason)


@router.get("/projects/{project_id}/skills", tags=["skills"], operation_id="list_skills_asked")
async def list_skills_asked(
    project_id: UUID,
    actor: ProjectSeer,
    work: Work,
    stage: Annotated[AskingStage, Query(description="Of which stage.")] = "label",
) -> Page[SkillNeeded]:
    """The skills that a stage of a project asks for, and where each can be earned."""
    return {"items": await work.exams.asked(actor, project_id, stage), "next_cursor": None}


@router.put("/projects/{project_id}/skills", tags=["skills"], operation_id="ask_skills")
async def ask_skills(project_id: UUID, body: AskedSkills, actor: ProjectWriter, work: Work) -> Page[SkillNeeded]:
    """Say which skills a stage of a project asks for before it deals work: of labels, reviews, adjudications or audits."""
    asked = await work.exams.ask(actor, project_id, [UUID(str(each)) for each in body.skills], body.stage)
    return {"items": asked, "next_cursor": None}


@router.get("/projects/{project_id}/exam", tags=["skills"], operation_id="get_exam")
async def get_exam(project_id: UUID, actor: GoldManager, work: Work) -> Exam:
    """The exam of a project."""
    return await work.exams.exam(actor, project_id)


@router.get("/projects/{project_id}/exam/sittings", tags=["skills"], operation_id="list_sittings")
async def list_sittings(
    project_id: UUID, actor: GoldManager, work: Work, cursor: Cursor = None, limit: Limit = None
) -> Page[ExamSitting]:
    """Who sat the exam of a project, newest first, and what came of it; by pseudonym."""
    return await work.exams.sittings(actor, project_id, cursor, page_size(limit))


@router.put("/projects/{project_id}/exam", tags=["skills"], operation_id="set_exam")
async def set_exam(project_id: UUID, body: NewExam, actor: GoldManager, work: Work) -> Exam:
    """Make the exam of a project, or change it; sittings that began keep their terms."""
    terms = ExamTerms(
        skill_id=UUID(str(body.skill_id)),
        gold=[UUID(str(each)) for each in body.gold],
        tasks=body.tasks,
        pass_mark=body.pass_mark,
        basis=body.basis,
        valid_days=body.valid_days,
        retry_hours=body.retry_hours,
        is_open=body.open,
    )
    return await work.exams.set_exam(actor, project_id, terms)


@router.get("/work/exams", tags=["skills"], operation_id="list_my_exams")
async def list_my_exams(actor: Labeler, work: Work) -> Page[MyExam]:
    """The exams you may take, by a claim of the stage `exam`, and what came of the last time."""
    return {"items": await work.exams.my_exams(actor), "next_cursor": None}


@router.get("/work/skills", tags=["skills"], operation_id="list_my_skills")
async def list_my_skills(actor: Labeler, work: Work) -> Page[MySkill]:
    """Your own skills, and until when."""
    return {"items": await work.exams.my_skills(actor), "next_cursor": None}
