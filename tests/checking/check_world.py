"""A project whose answers bring a checker, for tests of checks that a worker makes."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from evenhand.work.check_making import CheckMaking
from evenhand.work.labeling import Answer
from evenhand.work.model import ProjectSettings
from world import Member, Organization, Project

QUESTION = "task"
# Five repeats are enough for so loose a rate.
LOOSE = {"mutants": 3, "flake_rate": 0.5, "mutation_score": 0.6}
_ASKS = "import sys\nsys.path.insert(0, '.')\nfrom a import double\n"


def ontology(**settings: Any) -> dict[str, Any]:
    """One text, and one verifiable task asked for."""
    return {
        "format": "evenhand-ontology/1",
        "name": "tasks",
        "language": "de",
        "inputs": [{"name": "text", "kind": "text"}],
        "questions": [
            {
                "name": QUESTION,
                "kind": "verifiable_task",
                "text": "Write a task that a program checks",
                "settings": {"wrong_solutions": 0, **LOOSE, **settings},
            }
        ],
    }


def task(check: str = "out = [double(n) for n in (0, 2, 7)]\nassert out == [0, 4, 14]", **more: Any) -> dict[str, Any]:
    """Doubling a number; what the checker asks can be weak."""
    solution = "def double(n):\n    if n < 0:\n        raise ValueError\n    return n * 2\n"
    return {
        "format": "open-task/0.1",
        "id": "double",
        "version": "1",
        "statement": [{"type": "text", "text": "Verdopple n."}],
        "files": [
            {"path": "a.py", "role": "start", "text": "def double(n):\n    raise NotImplementedError\n"},
            {"path": "a.py", "role": "solution", "text": solution},
            {"path": "check.py", "role": "checker", "text": _ASKS + check + "\n"},
        ],
        "checker": {"command": ["python", "check.py"], "runs": 2, "timeout_s": 10.0},
        **more,
    }


WEAK = "assert double(1) is not None"


async def checked_project(organization: Organization, tasks: int = 1, settings: Any = None, **more: Any) -> Project:
    """A project that asks for verifiable tasks."""
    projects = organization.world.services.work.projects
    asked = ontology(**(settings or {}))
    made = await projects.create(organization.owner.actor, "Tasks", asked, ProjectSettings(opinions=1, **more))
    project = Project(organization, UUID(made["id"]))
    await project.add(tasks)
    return project


async def start(project: Project, who: Member, at: UUID, value: Any, **more: Any) -> dict[str, Any]:
    """Ask for a check."""
    checks = project.world.services.work.checks
    return await checks.start(who.actor, project.id, at, QUESTION, None, value, more.get("check_id") or uuid4())


async def make(project: Project, making: CheckMaking | None = None) -> None:
    """The worker's rounds until nothing waits."""
    while await (making or project.world.services.work.check_making).work():
        pass


async def read(project: Project, who: Member, check: dict[str, Any]) -> dict[str, Any]:
    """A check, as far as it is."""
    checks = project.world.services.work.checks
    return await checks.get(who.actor, project.id, UUID(check["task_id"]), UUID(check["id"]))


async def answered(project: Project, who: Member, value: Any) -> UUID:
    """Claim a task and answer it."""
    at = await project.take(who)
    answer = Answer(1, [{"question": QUESTION, "value": value}], uuid4(), active_ms=1000)
    await project.world.services.work.labeling.submit(who.actor, project.id, at, answer, next_=False, held=[])
    return at
