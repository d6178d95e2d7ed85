"""`evenhand work`: what waits for you, your own answers, each with its task, and what was decided on them."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.cli.tasks import InProject, TaskId

app = typer.Typer(help="Your own work: what waits, what you answered, what was decided on it.", no_args_is_help=True)
Most = Annotated[int, typer.Option(min=1, help="At most so many.")]


@app.command("list")
@connected
def list_work(at: Terminal) -> None:
    """List the projects you may label in, and whether something waits."""
    at.table(at.client.work.list(), ["project.id", "project.name", "state", "done_by_me"], none="There is no project.")


@app.command("answers")
@connected
def list_answers(at: Terminal, project: InProject, limit: Most = 50) -> None:
    """List your own answers in a project, newest first. The look is on record."""
    listed = at.client.work.my_answers(at.project(project), page_size=min(limit, 200))
    found = (each for each, _ in zip(listed, range(limit), strict=False))
    at.table(found, ["task_id", "submitted_at", "version", "summary"], none="You have answered nothing there.")


@app.command("show")
@connected
def show_answer(
    at: Terminal,
    task: TaskId,
    project: InProject,
    annotation: Annotated[str | None, typer.Option(help="An earlier version of your answer, by its id.")] = None,
) -> None:
    """Show a task as you answered it, with what was decided on it where the project shows that. The look is on record."""
    found = at.client.work.my_answer(at.project(project), task, annotation=annotation)
    inputs = [f"{name}: {_plain(content)}" for name, content in found["item"]["inputs"].items()]
    own = f"You answered {found['submitted_at']} (version {found['version']}): {found['summary']}"
    at.show(found, lines=[*inputs, own, *_decided(found["decided"])])


@app.command("feedback")
@connected
def list_feedback(at: Terminal, limit: Most = 50) -> None:
    """List what was decided on your own answers and why, newest first. The look is on record."""
    listed = at.client.work.feedback(page_size=min(limit, 200))
    found = ({**each, "label": origin_line(each["origin"])} for each, _ in zip(listed, range(limit), strict=False))
    columns = ["task_id", "verdict", "summary", "decided_summary", "reason", "note", "label", "at"]
    at.table(found, columns, none="Nobody has judged an answer of yours, or it is sealed.")


def origin_line(origin: Any) -> str:
    """What a label was made by, in a few words."""
    if origin is None:
        return "not done yet"
    answers = f"{origin['answers']} answer{'' if origin['answers'] == 1 else 's'}"
    match origin["by"]:
        case "model":
            return f"a model, {origin['probability']:.0%} sure, of {answers}"
        case "agreement":
            return f"agreement of {answers}"
        case decided:
            return f"decided in {decided}, after {answers}"


def _decided(decided: Any) -> list[str]:
    if decided is None:
        return ["Nothing was decided on it, or the project keeps it sealed."]
    said = f"{decided['verdict']} in {decided['stage']}, {decided['at']}"
    why = ": ".join(each for each in (decided["reason"], decided["note"]) if each)
    instead = [f"Instead: {decided['summary']}"] if decided["summary"] is not None else []
    return [f"{said}: {why}" if why else said, *instead, f"Label: {origin_line(decided['origin'])}"]


def _plain(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
