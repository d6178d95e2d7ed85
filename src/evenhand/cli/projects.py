"""`evenhand project`: make, list, change the state of projects; `evenhand progress`."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
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


@app.command("set")
@connected
def set_project(
    at: Terminal,
    project: Project,
    opinions: Annotated[int | None, typer.Option(min=1, max=99, help="How many people answer each later task.")] = None,
    priority: Annotated[int | None, typer.Option(min=0, max=255, help="Of later tasks, 0 to 255.")] = None,
    review_rate: Annotated[
        float | None, typer.Option(min=0, max=1, help="The share of labeled tasks that is reviewed.")
    ] = None,
    adjudicate_below: Annotated[
        float | None, typer.Option(min=0, max=1, help="Less probable answers go to an adjudicator; 0: none do.")
    ] = None,
    feedback: Annotated[str | None, typer.Option(help="What authors learn of decisions: shown or sealed.")] = None,
    most: Annotated[
        int | None,
        typer.Option(min=0, max=99, help="Answers up to so many, while a task is unsure; 0: a fixed number."),
    ] = None,
    sure: Annotated[
        float | None,
        typer.Option(min=0.5, max=0.9999, help="With --most: how probable an answer has to be. 0.99 if unsaid."),
    ] = None,
    routed: Annotated[
        bool | None,
        typer.Option(
            "--routed/--unrouted",
            help="With --most: ask one answer more of whom it is worth most to ask. Off if unsaid.",
        ),
    ] = None,
    count_manner: Annotated[
        bool | None,
        typer.Option("--count-manner/--no-count-manner", help="Count pastes, time away and edits while people answer."),
    ] = None,
) -> None:
    """Change a project's settings; what is not named stays."""
    if feedback not in (None, "shown", "sealed"):
        raise typer.BadParameter(f"Feedback is shown or sealed, not {feedback!r}.")
    said = {"review_rate": review_rate, "feedback": feedback}
    workflow: dict[str, Any] = {name: each for name, each in said.items() if each is not None}
    if adjudicate_below is not None:
        workflow["adjudicate_below"] = adjudicate_below or None
    if sure is not None and not most:
        raise typer.BadParameter("--sure goes with --most, the greatest number of answers a task may get.")
    if routed is not None and not most:
        raise typer.BadParameter("--routed goes with --most, the greatest number of answers a task may get.")
    if most is not None:
        told = {"sure": sure, "routed": routed}
        adaptive = {"most": most, **{name: each for name, each in told.items() if each is not None}}
        workflow["adaptive"] = adaptive if most else None
    plain = {"opinions": opinions, "priority": priority, "counts_manner": count_manner}
    changes: dict[str, Any] = {name: each for name, each in plain.items() if each is not None}
    if workflow:
        changes["workflow"] = workflow
    if not changes:
        raise typer.BadParameter("Nothing is to be changed: name a setting, such as --review-rate 0.1.")
    changed = at.client.projects.change(at.project(project), **changes)
    now = changed["workflow"]
    bar = "none" if now["adjudicate_below"] is None else f"below {now['adjudicate_below']:g}"
    adaptive = now["adaptive"]
    so_many = f"{changed['opinions']}" + (f" to {adaptive['most']}, until {adaptive['sure']:g}" if adaptive else "")
    so_many += ", routed" if adaptive and adaptive["routed"] else ""
    lines = [
        f"opinions: {so_many}, priority: {changed['priority']}",
        f"reviewed: {now['review_rate']:.0%}, adjudicated: {bar}, feedback: {now['feedback']}",
        f"how answers are made: {'counted' if changed['counts_manner'] else 'not counted'}",
    ]
    at.show(changed, lines=lines)


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


@app.command("quality")
@connected
def quality(
    at: Terminal,
    project: Project,
    question: Annotated[str | None, typer.Option(help="On which question; the first one that is judged.")] = None,
    person: Annotated[
        str | None, typer.Option(help="One person, by pseudonym: over time, and what they confuse.")
    ] = None,
    vendor: Annotated[str | None, typer.Option(help="Only people of this organization, by id.")] = None,
    batch: Annotated[
        str | None, typer.Option(help="Only who answered in this batch, by id, with figures there.")
    ] = None,
    hardest: Annotated[bool, typer.Option("--hardest", help="The tasks whose answer is least sure.")] = False,
    reviewers: Annotated[
        bool, typer.Option("--reviewers", help="How strict each reviewer is, and authors without that.")
    ] = False,
    ranking: Annotated[
        bool,
        typer.Option("--ranking", help="What --question compares, ranked; opens the newest 2,000 tasks, on record."),
    ] = False,
    regions: Annotated[
        bool,
        typer.Option(
            "--regions", help="What the regions of --question tell of people; opens the newest 2,000 tasks, on record."
        ),
    ] = False,
    manner: Annotated[
        bool, typer.Option("--manner", help="How answers were made: pastes, time away, edits; counts, no content.")
    ] = False,
    target: Annotated[
        float | None, typer.Option(help="Ask this accuracy of people from now on; 0 asks for none.")
    ] = None,
) -> None:
    """Show how often each person is right, with its interval; or one person, or the hardest tasks."""
    id_ = at.project(project)
    if target is not None:
        changed = at.client.quality.ask(id_, target or None)
        at.show(changed, lines=[f"Asked of people: {changed['target']}" if changed["target"] else "Nothing is asked."])
    elif hardest:
        columns = ["task_id", "probability", "answer", "agreeing", "votes"]
        at.table(at.client.quality.hardest(id_, question), columns, none="No task was answered twice yet.")
    elif reviewers:
        judged = at.client.quality.reviewers(id_)
        at.show(judged, lines=list(_reviewer_lines(judged)))
    elif ranking:
        compared = at.client.quality.ranking(id_, _named(question))
        at.show(compared, lines=list(_ranking_lines(compared)))
    elif regions:
        marked = at.client.quality.regions(id_, _named(question))
        at.show(marked, lines=list(_region_lines(marked)))
    elif manner:
        made = at.client.quality.manner(id_)
        at.show(made, lines=list(_manner_lines(made)))
    elif person is not None:
        one = at.client.quality.person(id_, person, question)
        at.show(one, lines=list(_person_lines(one)))
    else:
        found = at.client.quality.get(id_)
        people = at.client.quality.people(id_, question, vendor=vendor, batch=batch)
        if at.as_json:
            at.show({**found, "people": people["items"]}, lines=[])
            return
        at.show(found, lines=list(_quality_lines(found)))
        shown = [{**each, "interval": _interval(each), "trend": each["trend"]["kind"]} for each in people["items"]]
        at.table(shown, ["pseudonym", "name", "interval", "checked", "votes", "trend"], none="Nobody has answered yet.")


def _quality_lines(found: Any) -> Iterator[str]:
    if found["state"] != "fitted":
        yield {"empty": "Nothing was answered yet.", "waiting": "The first fit is on its way."}.get(
            found["state"], f"The last fit was not possible ({found['cause']}); it is tried again."
        )
    for each in found["questions"]:
        alpha = each["alpha"]
        told = (
            alpha.get("undefined")
            or f"{alpha['coefficient']} {alpha['value']:.3f} [{alpha['low']:.3f}, {alpha['high']:.3f}]"
        )
        cost = each["answers_per_correct"]
        per = f", {cost['value']:.2f} answers a correct label" if cost else ""
        yield f"{each['question']}: {told} on {each['tasks']} tasks, {each['votes']} answers{per}"


def _reviewer_lines(found: Any) -> Iterator[str]:
    if not found["reviewers"]:
        yield "Nobody has reviewed yet."
    for each in found["reviewers"]:
        severity, right = each["severity"], each["right"]
        known = f"right on {right['right']} of {right['total']} known" if right["total"] else "no known work yet"
        yield (
            f"{each['name'] or each['pseudonym']}: {severity['kind']}, severity {severity['value']:+.2f}"
            f" ({severity['low']:+.2f} to {severity['high']:+.2f}), accepted {each['accepted']['right']} of"
            f" {each['accepted']['total']}, {known}"
        )
    for each in found["authors"]:
        fair, accepted = each["fair"], each["accepted"]
        mean = "" if fair["mean"] is None else f"{fair['mean']:.2f} "
        yield (
            f"{each['name'] or each['pseudonym']}: accepted {accepted['right']} of {accepted['total']},"
            f" by a reviewer in the middle {mean}({fair['low']:.2f} to {fair['high']:.2f})"
        )


def _ranking_lines(found: Any) -> Iterator[str]:
    if found["undefined"]:
        yield {
            "not-compared": "This question compares nothing.",
            "no-comparisons": "Nothing was compared yet.",
            "one-item": "Only one was ever compared.",
        }[found["undefined"]]
    for each in found["items"]:
        band = f"{each['low']:+.2f} to {each['high']:+.2f}"
        yield f"{each['name']}: {each['strength']:+.2f} ({band}) in {each['comparisons']} comparisons"
    if found["comparisons"]:
        yield f"ties: {found['ties']['right']} of {found['ties']['total']}"
    if place := found["place"]:
        band = f"{place['low']:+.2f} to {place['high']:+.2f}"
        first = place["preferred"]
        yield f"shown first: worth {place['value']:+.2f} ({band}), preferred in {first['right']} of {first['total']}"
    for each in found["people"]:
        band = f"{each['low']:.2f} to {each['high']:.2f}"
        who, first = each["name"] or each["pseudonym"], each["first"]
        yield f"{who}: reliability {each['reliability']:.2f} ({band}), the first in {first['right']} of {first['total']}"


def _named(question: str | None) -> str:
    if question is None:
        raise typer.BadParameter("Name the question: --question NAME.")
    return question


def _region_lines(found: Any) -> Iterator[str]:
    if found["undefined"]:
        yield {
            "no-regions": "This question marks no regions.",
            "no-overlap": "No task has two answers yet, so nobody can be compared.",
        }[found["undefined"]]
        return
    yield f"{found['regions']} regions in {found['answers']} answers to {found['compared']} tasks"
    for each in found["people"]:
        missed, alarms = each["missed"], each["alarms"]
        yield (
            f"{each['name'] or each['pseudonym']}: misses {missed['value']:.2f} ({missed['low']:.2f} to {missed['high']:.2f})"
            f" of {each['things']:.0f}, false alarms an answer {alarms['value']:.2f}"
            f" ({alarms['low']:.2f} to {alarms['high']:.2f}) in {each['answers']}"
        )
        for edge in each["edges"]:
            offset, spread = edge["offset"], edge["spread"]
            yield (
                f"  {edge['edge']}: {offset['value']:+.1f} ({offset['low']:+.1f} to {offset['high']:+.1f})"
                f" {found['edge_unit']}, spread {spread['value']:.1f} ({spread['low']:.1f} to {spread['high']:.1f})"
            )


def _manner_lines(found: Any) -> Iterator[str]:
    if not found["counts_manner"]:
        yield "This project does not count how answers are made."
    for each in found["items"]:
        pasted, left = each["pasted"], each["left"]
        if not each["counted"]:
            yield f"{each['name'] or each['pseudonym']}: nothing counted in {each['answers']} answers"
            continue
        away = "" if each["away_ms"] is None else f" ({each['away_ms'] / 1000:.0f} s then)"
        active = "" if each["active_ms"] is None else f", {each['active_ms'] / 1000:.0f} s an answer"
        yield (
            f"{each['name'] or each['pseudonym']}: pasted into {pasted['count']} of {pasted['of']} answers"
            f" ({pasted['low']:.2f} to {pasted['high']:.2f}), {each['pasted_characters']} characters pasted,"
            f" {each['typed_characters']} typed; left the window in {left['count']}{away}{active}"
        )
        for seen in each["signals"]:
            yield f"  seen: {seen['kind']}, {seen['count']} of {seen['of']} where {seen['expected']:.1f} are likely"


def _person_lines(one: Any) -> Iterator[str]:
    yield f"{one['name'] or one['pseudonym']}: {_interval(one)}, {one['checked']} of {one['votes']} answers checked"
    if change := one["change"]:
        before, after = change["before"], change["after"]
        yield f"{one['trend']['kind']} since {change['at']}: from {before['mean']:.2f} to {after['mean']:.2f}"
    for each in one["signals"]:
        yield f"seen: {each['kind']}, {each['count']} of {each['of']}"
    for name in ("days", "batches"):
        for each in one[name]:
            active = "" if each["active_ms"] is None else f", {each['active_ms'] / 1000:.0f} s an answer"
            yield f"{each['subject']}  {_interval(each)} of {each['checked']}, {each['votes']} answers{active}"
    for window in one["windows"]:
        yield f"{window['at']}  {window['mean']:.2f} [{window['low']:.2f}, {window['high']:.2f}] of {window['count']}"


def _interval(person: Any) -> str:
    accuracy = person["accuracy"]
    if accuracy is None:
        return "not known yet"
    band = f"{accuracy['low']:.2f} to {accuracy['high']:.2f}"
    return band if accuracy["mean"] is None else f"{accuracy['mean']:.2f} ({band})"


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
