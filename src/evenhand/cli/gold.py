"""`evenhand gold`: tasks whose answer is known; how they fare, what they say of people, and flaws planted in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.cli.tasks import InProject, TaskId

app = typer.Typer(
    help="Gold: tasks whose answer is known, and flaws planted in them for reviewers.", no_args_is_help=True
)
CALL_MAX = 500


@app.command("make")
@connected
def make_gold(
    at: Terminal,
    file: Annotated[
        Path,
        typer.Argument(
            help='A .jsonl file: {"task_id", "answers"} a line, if wanted "kind", "explanation", "tolerances".',
            exists=True,
        ),
    ],
    project: InProject,
) -> None:
    """Make gold of tasks that nobody was dealt yet, or that are done: 500 lines at a time, all of them or none."""
    gold = _lines(file)
    into = at.project(project)
    made = [
        each
        for start in range(0, len(gold), CALL_MAX)
        for each in at.client.gold.make(into, gold[start : start + CALL_MAX])["ids"]
    ]
    at.show({"made": len(made), "ids": made}, lines=[f"{len(made)} tasks are gold now."])


@app.command("list")
@connected
def list_gold(at: Terminal, project: InProject) -> None:
    """List gold tasks with how often they are answered rightly; likely wrong ones are marked. The look is on record."""
    at.table(
        at.client.gold.list(at.project(project)),
        ["task_id", "kind", "state", "summary", "right.right", "right.total", "right.low", "right.high", "suspect"],
        none="There is no gold. Make some with `evenhand gold make`.",
    )


@app.command("people")
@connected
def list_people(at: Terminal, project: InProject) -> None:
    """Show how right everybody is on hidden gold, with the 95 % interval, and the share of gold they are dealt now."""
    at.table(
        at.client.gold.people(at.project(project)),
        ["annotator", "right.right", "right.total", "right.value", "right.low", "right.high", "rate"],
        none="Nobody answered hidden gold yet.",
    )


@app.command("retire")
@connected
def retire_gold(at: Terminal, task: TaskId, project: InProject) -> None:
    """Take gold back: it leaves every score, and a task that was not done goes back to the queue."""
    at.client.gold.retire(at.project(project), task)
    at.show({"task_id": task, "state": "retired"}, lines=[f"Task {task} is gold no more."])


@app.command("plant")
@connected
def plant_flaws(
    at: Terminal,
    file: Annotated[
        Path,
        typer.Argument(help='A .jsonl file: {"task_id", "answers"} a line, if wanted "reason".', exists=True),
    ],
    project: InProject,
) -> None:
    """Plant flawed answers in gold tasks, for reviewers to find: one line after the other, up to the first that is refused."""
    into = at.project(project)
    flaws = _lines(file)
    for number, each in enumerate(flaws, 1):
        if not isinstance(each, dict) or not {"task_id", "answers"} <= each.keys():
            raise typer.BadParameter(f"Line {number} of {file} has no task_id or no answers: mend it there.")
    for each in flaws:
        at.client.gold.plant(into, each["task_id"], each["answers"], each.get("reason"))
    line = "One flaw is planted." if len(flaws) == 1 else f"{len(flaws)} flaws are planted."
    at.show({"planted": len(flaws)}, lines=[line])


@app.command("flaws")
@connected
def list_flaws(at: Terminal, project: InProject) -> None:
    """List planted flaws with how often reviewers caught them, with the 95 % interval. The look is on record."""
    at.table(
        at.client.gold.flaws(at.project(project)),
        ["task_id", "state", "summary", "reason", "caught.right", "caught.total", "caught.low", "caught.high"],
        none="No flaw is planted. Plant some with `evenhand gold plant`.",
    )


@app.command("unplant")
@connected
def remove_flaw(at: Terminal, task: TaskId, project: InProject) -> None:
    """Take a planted flaw out again, while no reviewer was dealt it."""
    at.client.gold.unplant(at.project(project), task)
    at.show({"task_id": task, "state": "removed"}, lines=[f"Task {task} has no planted flaw any more."])


def _lines(file: Path) -> list[Any]:
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except ValueError:
                raise typer.BadParameter(f"Line {number} of {file} is not JSON: mend it there.") from None
    return found
