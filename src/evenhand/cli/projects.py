"""`evenhand project`: make, list, change the state of projects; `evenhand progress`."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from evenhand.cli import guidelines
from evenhand.cli.connection import Terminal, connected
from evenhand.client.errors import EvenhandError

app = typer.Typer(help="Projects: what is asked, of whom, and how far it is.", no_args_is_help=True)
app.add_typer(guidelines.app, name="guidelines")
Project = Annotated[str, typer.Argument(help="The project's id, or its name.")]


@app.command("list")
@connected
def list_projects(
    at: Terminal, state: Annotated[list[str] | None, typer.Option(help="active, paused, archived, trashed.")] = None
) -> None:
    """List projects, newest first."""
    found = at.client.projects.list(states=state)  # type: ignore[arg-type]
    columns = ["id", "name", "state", "counts.tasks", "counts.done", "counts.answers", "created_at"]
    at.table(
        found,
        columns,
        none="There is no project yet. Make one: evenhand project create NAME --preset text-classification",
    )


@app.command("create")
@connected
def create_project(
    at: Terminal,
    name: Annotated[str, typer.Argument(help="Its name.")],
    preset: Annotated[
        str | None, typer.Option(help="A usual project by name; `evenhand project presets` lists them.")
    ] = None,
    label: Annotated[list[str] | None, typer.Option(help="A label for the preset; once for each.")] = None,
    ontology: Annotated[Path | None, typer.Option(help="An ontology as a JSON file, instead of a preset.")] = None,
    opinions: Annotated[int, typer.Option(help="How many people answer each task.")] = 1,
    guideline: Annotated[Path | None, typer.Option(help="Guidelines as a Markdown file.")] = None,
) -> None:
    """Make a project from a preset or from an ontology."""
    settings: dict[str, Any] = {"opinions": opinions}
    if guideline is not None:
        settings["guideline"] = guideline.read_text(encoding="utf-8")
    body = _json_file(ontology) if ontology is not None else None
    fill = {"labels": label} if label else None
    made = at.client.projects.create(name, ontology=body, preset=preset, fill=fill, **settings)
    at.show(made, lines=[f"Made project {made['name']}: {made['id']}"])


@app.command("show")
@connected
def show_project(at: Terminal, project: Project) -> None:
    """Show one project with its settings and counts."""
    found = at.client.projects.get(at.project(project))
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in found.items() if name != "counts"]
    at.show(found, lines=lines + [f"{name}: {value}" for name, value in found["counts"].items()])


@app.command("presets")
@connected
def list_presets(at: Terminal) -> None:
    """List the presets a project can be made from."""
    at.table(at.client.presets(), ["name", "title", "when_to_use"], none="There are no presets.")


def _state_command(verb: str, done: str, explained: str) -> None:
    def change(at: Terminal, project: Project) -> None:
        listed = at.client.projects.list(states=["trashed"]) if verb == "restore" else ()
        by_name = [each["id"] for each in listed if each["name"] == project]
        found = getattr(at.client.projects, verb)(by_name[0] if len(by_name) == 1 else at.project(project))
        at.show(found, lines=[f"{done} {found['name']}."])

    change.__doc__ = explained
    app.command(verb)(connected(change))


_state_command("pause", "Paused", "Pause a project: every open hold comes back at once, drafts stay.")
_state_command("resume", "Resumed", "Let work on a project go on.")
_state_command("archive", "Archived", "Put a finished project away; it can still be read and released.")
_state_command("trash", "Put into the trash for 30 days:", "Put a project into the trash.")
_state_command("restore", "Restored", "Bring a project back from the archive or the trash.")


@app.command("clone")
@connected
def clone_project(at: Terminal, project: Project, name: Annotated[str, typer.Argument(help="The new name.")]) -> None:
    """Make a project with the same ontology, guidelines and settings, and no tasks."""
    made = at.client.projects.clone(at.project(project), name)
    at.show(made, lines=[f"Made project {made['name']}: {made['id']}"])


@connected
def progress(at: Terminal, project: Project) -> None:
    """Show how far a project is: counts, forecast, agreement with its interval, annotators."""
    found = at.client.progress(at.project(project))
    at.show(found, lines=list(_progress_lines(found)))


def _progress_lines(found: Any) -> list[str]:
    counts = found["counts"]
    lines = [f"{counts.get('done', 0)} of {counts.get('tasks', 0)} tasks done, {counts.get('answers', 0)} answers"]
    if forecast := found.get("forecast"):
        lines.append(f"finished about {forecast['at']} (between {forecast['low']} and {forecast['high']})")
    for each in found.get("agreement", ()):
        if each.get("value") is None:
            lines.append(f"{each['question']}: agreement is undefined ({each.get('undefined', 'too few answers')})")
            continue
        interval = f" [{each['low']:.3f}, {each['high']:.3f}]" if each.get("low") is not None else ""
        lines.append(
            f"{each['question']}: {each['coefficient']} {each['value']:.3f}{interval} on {each['tasks']} tasks"
        )
    return lines + [f"{each['pseudonym']}: {each['answers']} answers" for each in found.get("annotators", ())]


def _json_file(path: Path) -> dict[str, Any]:
    try:
        content = json_module.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        document = {"code": "unreadable", "detail": f"{path} cannot be read: {error}.", "hint": "Give a JSON file."}
        raise EvenhandError(document) from None
    if not isinstance(content, dict):
        raise EvenhandError({"code": "unreadable", "detail": f"{path} holds no object.", "hint": "Give an ontology."})
    return content
