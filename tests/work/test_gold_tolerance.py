"""Gold of numbers and scales: an answer near what is right is right, as far as its tolerance says."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.work.exams import ExamTerms
from evenhand.work.gold import Known, known_of
from evenhand.work.labeling import Answer
from evenhand.work.model import GoldRefused, ProjectSettings
from world import Member, Organization, Project, World

ONTOLOGY: dict[str, Any] = {
    "format": "evenhand-ontology/1",
    "name": "measures",
    "language": "en",
    "inputs": [{"name": "text", "kind": "text"}],
    "questions": [
        {"name": "length", "kind": "number", "text": "How long?", "settings": {"scale": 10, "unit": "cm"}},
        {
            "name": "grade",
            "kind": "rating",
            "text": "How good?",
            "settings": {"levels": [{"value": value} for value in (-2, 0, 1, 5)]},
        },
        {
            "name": "color",
            "kind": "choice",
            "text": "Which?",
            "required": False,
            "settings": {"options": [{"value": "red"}, {"value": "blue"}]},
        },
    ],
}


def answers(length: float, grade: int) -> list[dict[str, Any]]:
    return [{"question": "length", "value": length}, {"question": "grade", "value": grade}]


LENGTH = {"question": "length", "absolute": 0.1}
GRADE = {"question": "grade", "steps": 1}


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def measured(bank: Organization, tasks: int = 2, **settings: Any) -> Project:
    made = await bank.world.services.work.projects.create(
        bank.owner.actor, "Measures", ONTOLOGY, ProjectSettings(opinions=1, **settings)
    )
    project = Project(bank, UUID(made["id"]))
    await project.add(tasks)
    return project


async def make(project: Project, task: UUID, *tolerances: dict[str, Any], kind: str = "hidden") -> None:
    known = Known(kind, answers(1.0, 1), "Measured twice.", list(tolerances))
    await project.world.services.work.gold.make(project.owner.actor, project.id, [(task, known)])


async def refused(project: Project, *tolerances: dict[str, Any]) -> list[str]:
    [first, *_] = await project.task_ids()
    with pytest.raises(GoldRefused) as error:
        await make(project, first, *tolerances)
    return [each.pointer for each in error.value.problems]


async def send(project: Project, who: Member, task: UUID, length: float, grade: int) -> dict[str, Any]:
    answer = Answer(1, answers(length, grade), uuid4(), active_ms=1000)
    return await project.world.services.work.labeling.submit(who.actor, project.id, task, answer, next_=False, held=[])


async def examined(project: Project, who: Member, length: float, grade: int) -> bool:
    """Whether the exam of one task that this project has is passed by this answer."""
    labeling = project.world.services.work.labeling
    dealt = await labeling.claim(who.token, project.id, [], "exam")
    await send(project, who, UUID(dealt["assignment"]["task_id"]), length, grade)
    page = await project.world.services.work.exams.sittings(project.owner.actor, project.id, None, 10)
    [sitting] = [each for each in page["items"] if each["person_id"] == str(who.actor.person_id)]
    return bool(sitting["passed"])


# Of 1.0 cm within 0.1, and of the third of the grades -2, 0, 1, 5 within one step.
CASES = [(1.1, 1, True), (0.9, 0, True), (1.0, 5, True), (1.11, 1, False), (1.0, -2, False)]


@pytest.mark.parametrize(("length", "grade", "is_right"), CASES)
async def test_an_answer_within_its_tolerance_is_right_where_it_teaches_and_where_it_is_scored(
    bank: Organization, length: float, grade: int, is_right: bool
) -> None:
    project = await measured(bank, tasks=40, gold_rate=0.5, gold_rate_min=0.5)
    gold = (await project.task_ids())[-1]
    await make(project, gold, LENGTH, GRADE, kind="taught")
    ana = await bank.member()
    while (task := await project.take(ana)) != gold:
        await send(project, ana, task, 7.0, 0)

    told = await send(project, ana, gold, length, grade)

    page = await bank.world.services.insight.gold.tasks(bank.owner.actor, project.id, None, 10)
    [found] = page["items"]
    assert told["taught"]["is_right"] is is_right
    assert found["right"]["right"] == is_right
    said = {each["question"]: (each["value"], each["right"]) for each in found["answered"]}
    assert (said["length"], said["grade"]) == ((length, length != 1.11), (grade, grade != -2))
    assert found["tolerances"] == [LENGTH, GRADE]


async def test_an_exam_marks_by_the_same_tolerance_and_tells_managers_who_passed(bank: Organization) -> None:
    project = await measured(bank, tasks=1)
    [task] = await project.task_ids()
    await make(project, task, LENGTH, GRADE)
    skill = await bank.world.services.work.exams.add_skill(bank.owner.actor, f"Measures {uuid4().hex}")
    await bank.world.services.work.exams.set_exam(bank.owner.actor, project.id, ExamTerms(skill, [task], 1, 1.0))
    people = await bank.members(len(CASES))

    passed = [
        await examined(project, who, length, grade) for who, (length, grade, _) in zip(people, CASES, strict=True)
    ]

    assert passed == [is_right for _, _, is_right in CASES]


async def test_a_share_of_the_number_is_a_tolerance_too(bank: Organization) -> None:
    project = await measured(bank, tasks=1)
    [task] = await project.task_ids()
    await make(project, task, {"question": "length", "relative": 0.05})

    async with project.world.superuser() as connection:
        rows = await connection.fetch(
            "select code, low, high from gold_code where project_id = $1 order by question_no", project.id
        )

    assert [tuple(row) for row in rows] == [(1.0, pytest.approx(0.95), pytest.approx(1.05)), (1.0, 1.0, 1.0)]


async def test_a_tolerance_that_does_not_fit_its_question_is_refused_with_its_place(bank: Organization) -> None:
    project = await measured(bank)

    assert await refused(project, {"question": "length", "steps": 1}) == ["/gold/0/tolerances/0"]
    assert await refused(project, LENGTH, {"question": "grade", "absolute": 1}) == ["/gold/0/tolerances/1"]
    assert await refused(project, LENGTH, LENGTH) == ["/gold/0/tolerances/1/question"]
    assert await refused(project, {"question": "color", "steps": 1}) == ["/gold/0/tolerances/0/question"]
    assert await refused(project, {"question": "hue", "steps": 1}) == ["/gold/0/tolerances/0/question"]


async def test_mending_changes_the_tolerance_and_every_score_follows(bank: Organization) -> None:
    project = await measured(bank, tasks=40, gold_rate=0.5, gold_rate_min=0.5)
    gold = (await project.task_ids())[-1]
    await make(project, gold)
    ana = await bank.member()
    while (task := await project.take(ana)) != gold:
        await send(project, ana, task, 7.0, 0)
    await send(project, ana, gold, 1.1, 5)
    figures = bank.world.services.insight.gold

    [before] = (await figures.tasks(bank.owner.actor, project.id, None, 10))["items"]
    changes = {"tolerances": [LENGTH, GRADE]}
    await bank.world.services.work.gold.mend(bank.owner.actor, project.id, gold, changes, 1)
    [after] = (await figures.tasks(bank.owner.actor, project.id, None, 10))["items"]

    assert (before["right"]["right"], after["right"]["right"]) == (0, 1)


async def test_gold_comes_with_an_import_and_its_tolerance_along(bank: Organization) -> None:
    project = await measured(bank, tasks=1)
    known = {"answers": answers(1.0, 1), "tolerances": [LENGTH]}
    report = await project.add_rows([{"inputs": {"text": "A ruler."}, "gold": known}], "Second")

    page = await bank.world.services.insight.gold.tasks(bank.owner.actor, project.id, None, 10)

    assert report["imported"] == 1, report
    assert [each["tolerances"] for each in page["items"]] == [[LENGTH]]


@pytest.mark.parametrize(
    "tolerances",
    [
        "near",
        [7],
        [{"question": "length"}],
        [{"question": "length", "absolute": 1, "steps": 1}],
        [{"question": "length", "absolute": -1}],
        [{"question": "length", "absolute": float("nan")}],
        [{"question": "length", "absolute": True}],
        [{"question": "length", "absolute": 1, "about": 2}],
        [{"question": 3, "absolute": 1}],
    ],
    ids=lambda value: repr(value)[:50],
)
def test_hostile_tolerances_of_an_import_are_refused_in_words(tolerances: Any) -> None:
    known, problems = known_of({"answers": [], "tolerances": tolerances})

    assert known is None
    assert all(each.pointer.startswith("/gold/tolerances") for each in problems)
    assert problems
