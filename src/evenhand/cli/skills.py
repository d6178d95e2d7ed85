"""`evenhand skill` and `evenhand exam`: what people can do, how it is earned, and which projects ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.cli.tasks import InProject
from evenhand.client import nouns

app = typer.Typer(help="Skills: named, granted, taken away, asked for.", no_args_is_help=True)
exams = typer.Typer(help="Exams: gold tasks that grant a skill.", no_args_is_help=True)
SkillId = Annotated[str, typer.Argument(help="The skill's id.")]
PersonId = Annotated[str, typer.Argument(help="The person's id.")]


@app.command("list")
@connected
def list_skills(at: Terminal) -> None:
    """List the skills of the organization."""
    found = [{**each, "people": len(each["holders"])} for each in at.client.skills.list()]
    at.table(found, ["id", "name", "people"], none="There is no skill. Name one with `evenhand skill add`.")


@app.command("add")
@connected
def add_skill(at: Terminal, name: Annotated[str, typer.Argument(help="What somebody can do.")]) -> None:
    """Name a skill."""
    skill = at.client.skills.add(name)
    at.show({"id": skill}, lines=[skill])


@app.command("grant")
@connected
def grant_skill(
    at: Terminal,
    person: PersonId,
    skill: SkillId,
    until: Annotated[str | None, typer.Option(help="When it expires, RFC 3339. Default: never.")] = None,
) -> None:
    """Give a person a skill by hand, without an exam."""
    at.client.skills.grant(person, skill, expires_at=until)
    at.show({"person": person, "skill": skill}, lines=["Granted."])


@app.command("revoke")
@connected
def revoke_skill(
    at: Terminal,
    person: PersonId,
    skill: SkillId,
    reason: Annotated[str, typer.Option(help="work-quality, guideline-changed, misconduct, not-needed.")],
) -> None:
    """Take a skill away; the person reads the reason."""
    at.client.skills.revoke(person, skill, reason)
    at.show({"person": person, "skill": skill}, lines=["Taken away: the next claim that needs it is refused."])


@app.command("ask")
@connected
def ask_skills(
    at: Terminal,
    project: InProject,
    skills: Annotated[list[str] | None, typer.Argument(help="Ids; none: for nothing.")] = None,
    stage: Annotated[str, typer.Option(help="Of what is dealt: label, review, adjudicate or audit.")] = "label",
) -> None:
    """Say which skills a stage of a project asks for before it deals work."""
    if stage not in ("label", "review", "adjudicate", "audit"):
        raise typer.BadParameter(f"There is no stage {stage!r}: take label, review, adjudicate or audit.")
    asked = at.client.skills.ask(at.project(project), skills or [], stage=cast(nouns.AskingStage, stage))
    at.table(asked, ["id", "name", "exam_project_id"], none="It asks for no skill.")


@exams.command("set")
@connected
def set_exam(
    at: Terminal,
    project: InProject,
    skill: SkillId,
    file: Annotated[Path, typer.Argument(help="A file with the id of a gold task a line.", exists=True)],
    tasks: Annotated[int, typer.Option(min=1, help="How many of them one sitting deals.")],
    mark: Annotated[float, typer.Option(help="The share that must be right, above 0 and at most 1.")] = 0.8,
    lower_bound: Annotated[
        bool, typer.Option("--lower-bound", help="Hold the mark against the lower end of the interval.")
    ] = False,
    days: Annotated[int, typer.Option(min=1, help="How long the skill holds.")] = 365,
    retry_hours: Annotated[int, typer.Option(min=0, help="The wait after a failure.")] = 24,
) -> None:
    """Make the exam of a project, or change it."""
    gold = file.read_text(encoding="utf-8").split()
    basis = "lower-bound" if lower_bound else "share"
    terms = {"pass_mark": mark, "basis": basis, "valid_days": days, "retry_hours": retry_hours}
    found = at.client.exams.set(at.project(project), skill, gold, tasks, **terms)
    at.show(found, lines=[f"{found['needed']} right answers of {found['tasks']} pass."])


@exams.command("show")
@connected
def show_exam(at: Terminal, project: InProject) -> None:
    """Show the exam of a project."""
    found = at.client.exams.get(at.project(project))
    line = f"{found['skill']['name']}: {found['needed']} right answers of {found['tasks']} pass."
    at.show(found, lines=[line, *found["gold"]])


@exams.command("results")
@connected
def exam_results(at: Terminal, project: InProject) -> None:
    """List who sat the exam of a project, newest first, and what came of it."""
    at.table(
        at.client.exams.sittings(at.project(project)),
        ["annotator", "begun_at", "ended_at", "answered", "right", "needed", "tasks", "passed"],
        none="Nobody has sat it yet.",
    )


@exams.command("mine")
@connected
def my_exams(at: Terminal) -> None:
    """List the exams you may take, and how they stand."""
    at.table(
        at.client.exams.mine(), ["project_id", "project", "skill", "state", "tasks", "needed"], none="There is none."
    )
