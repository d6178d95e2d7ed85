"""`evenhand task`: import with a progress bar, list, show, and who looked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.client import nouns
from evenhand.client.content import NoPictures, UnknownFormat, is_of_pictures
from evenhand.client.errors import EvenhandError, ImportRefused

app = typer.Typer(help="Tasks: import them, look at them.", no_args_is_help=True)
InProject = Annotated[str, typer.Option("--project", "-p", help="The project's id, or its name.")]
TaskId = Annotated[str, typer.Argument(help="The task's id.")]


@app.command("import")
@connected
def import_tasks(
    at: Terminal,
    file: Annotated[
        Path,
        typer.Argument(help="A .jsonl, .json, .csv or .parquet file; a picture, a folder or an archive.", exists=True),
    ],
    project: InProject,
    batch: Annotated[str | None, typer.Option(help="The batch's name. Default: the day's.")] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="INPUT=COLUMN, when a column has another name.")
    ] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="All rows or none.")] = False,
    files: Annotated[
        Path | None,
        typer.Option(help='The folder of the pictures that rows name as {"file": …}.', exists=True, file_okay=False),
    ] = None,
) -> None:
    """Import tasks from a file of rows, or pictures from a folder or an archive (.zip .tar .tar.gz).

    Good rows go in, bad ones are told with line and remedy. Leaves with 1 when one was refused.
    """
    mapping = dict(_pair(each) for each in map_ or ())
    is_rows = not is_of_pictures(file)
    if mapping and not is_rows:
        raise typer.BadParameter("--map is for rows: pictures have no columns.")
    if files is not None and not is_rows:
        raise typer.BadParameter("--files is for rows: these are the pictures themselves.")
    unit = "line" if is_rows else "file"
    try:
        with at.progress(file.name) as tell:
            into, tasks = at.project(project), at.client.tasks
            if is_rows:
                report = tasks.import_(
                    into, file, batch=batch, mapping=mapping, atomic=atomic, files=files, progress=tell
                )
            else:
                report = tasks.import_images(into, file, batch=batch, atomic=atomic, progress=tell)
    except (UnknownFormat, NoPictures) as error:
        raise EvenhandError({"code": "unsupported-media-type", "detail": str(error)}) from None
    except ImportRefused as error:
        at.show(error.document, lines=[*told(error.problems, unit), f"Nothing was imported. {error.hint}"])
        raise typer.Exit(1) from None
    summary = f"{report['imported']} imported, {report['duplicates']} known already, {report['rejected']} refused."
    at.show(report, lines=[*told(report["problems"], unit), summary])
    if report["rejected"]:
        raise typer.Exit(1)


def told(problems: list[dict[str, Any]], unit: str) -> list[str]:
    """Each problem in one line. unit: what `line` counts, lines of a file or files of an archive."""
    return [f"{unit} {each['line']} {each.get('pointer', '')}: {each['message']} {each['remedy']}" for each in problems]


ProbabilityFrom = Annotated[
    float | None, typer.Option(help="Only tasks whose label is at least as probable as this, as the last fit left it.")
]
LabelQuestion = Annotated[
    str | None, typer.Option(help="The question that --label and --probability-below are about; else the only one.")
]
LabelSays = Annotated[str | None, typer.Option("--label", help="Only tasks whose label is this answer.")]
LabelSource = Annotated[
    str | None, typer.Option(help="Only tasks whose label was made by: votes, model, review or adjudication.")
]


@app.command("list")
@connected
def list_tasks(
    at: Terminal,
    project: InProject,
    state: Annotated[str | None, typer.Option(help="open, held, done, skipped, reported, asked, trashed.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only tasks with this tag.")] = None,
    external_id: Annotated[str | None, typer.Option(help="Only the task with this external id.")] = None,
    guideline_before: Annotated[
        int | None, typer.Option(help="Only tasks answered under an earlier version of the guidelines than this one.")
    ] = None,
    probability_below: Annotated[
        float | None,
        typer.Option(help="Only tasks whose label is less probable than this, as the last fit left it."),
    ] = None,
    probability_from: ProbabilityFrom = None,
    label_question: LabelQuestion = None,
    label: LabelSays = None,
    label_source: LabelSource = None,
    sort: Annotated[
        str, typer.Option(help="added, or by the label: probability (the least sure first) or -probability.")
    ] = "added",
    count: Annotated[bool, typer.Option("--count", help="Say how many there are, and open none.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
) -> None:
    """List tasks with previews and answers so far. The look is on record."""
    page_size = min(limit, 500)
    filters = {
        "state": state,
        "tag": tag,
        "external_id": external_id,
        "guideline_before": guideline_before,
        "probability_below": probability_below,
        "probability_from": probability_from,
        "label_question": label_question,
        "label": label,
        "label_source": label_source,
    }
    if count:
        counted = at.client.tasks.count(at.project(project), **filters)
        more = "more than " if counted["is_capped"] else ""
        at.show(counted, lines=[f"{more}{counted['count']} tasks"])
        return
    listed = at.client.tasks.list(at.project(project), page_size=page_size, sort=sort, **filters)
    found = ({**row, "label": _label(row)} for row, _ in zip(listed, range(limit), strict=False))
    at.table(
        found,
        ["id", "external_id", "state", "opinions.got", "opinions.wanted", "label", "preview"],
        none="There is no such task.",
    )


@app.command("show")
@connected
def show_task(at: Terminal, task: TaskId, project: InProject) -> None:
    """Show one task whole, with every standing answer. The look is on record."""
    found = at.client.tasks.get(at.project(project), task)
    answers = [f"{each['annotator']} {each['submitted_at']}: {each['summary']}" for each in found["annotations"]]
    consensus = [
        f"{each['question']}: {each['summary']} ({_sureness(each)}, {each['answers']} answers)"
        for each in found["consensus"]
    ]
    at.show(found, lines=[f"{found['state']}: {found['preview']}", *answers, *consensus])


@app.command("requeue")
@connected
def requeue_tasks(
    at: Terminal,
    project: InProject,
    task: Annotated[list[str] | None, typer.Argument(help="Ids of tasks; or name a filter.")] = None,
    stage: Annotated[str, typer.Option(help="label (for more opinions), review or adjudicate.")] = "label",
    opinions: Annotated[int, typer.Option(min=1, max=99, help="With label: how many more.")] = 1,
    state: Annotated[str | None, typer.Option(help="By filter: done, in-review, in-adjudication.")] = None,
    tag: Annotated[str | None, typer.Option(help="By filter: only tasks with this tag.")] = None,
    batch: Annotated[str | None, typer.Option(help="By filter: only tasks of the batch with this id.")] = None,
    guideline_before: Annotated[
        int | None, typer.Option(help="By filter: answered under an earlier version of the guidelines than this one.")
    ] = None,
    probability_below: Annotated[
        float | None, typer.Option(help="By filter: the label is less probable than this, as the last fit left it.")
    ] = None,
    probability_from: ProbabilityFrom = None,
    label_question: LabelQuestion = None,
    label: LabelSays = None,
    label_source: LabelSource = None,
) -> None:
    """Queue tasks again that were labeled to the end: for more opinions, review or adjudication.

    By filter: says first how many match. `evenhand task unqueue` takes it back for those that nobody has taken up since.
    """
    wanted: dict[str, Any] = {
        "state": state,
        "tag": tag,
        "batch": batch,
        "guideline_before": guideline_before,
        "probability_below": probability_below,
        "probability_from": probability_from,
        "label_question": label_question,
        "label": label,
        "label_source": label_source,
    }
    if bool(task) == any(each is not None for each in wanted.values()):
        raise typer.BadParameter(
            "Name tasks by their ids, or say which by --state, --tag, --batch, --label, --label-source, --probability-below "
            "and the like."
        )
    if stage not in ("label", "review", "adjudicate"):
        raise typer.BadParameter(f"There is no stage {stage!r}: take label, review or adjudicate.")
    matching = None if task else at.client.tasks.count(at.project(project), **wanted)
    changed = at.client.tasks.requeue(
        at.project(project), task or None, stage=cast(nouns.RequeueStage, stage), opinions=opinions, **wanted
    )
    before = [f"{matching['count']} tasks match."] if matching else []
    at.show(
        {"matching": matching, "changed": len(changed), "ids": changed},
        lines=[*before, f"{len(changed)} tasks were queued again for {stage}."],
    )


@app.command("unqueue")
@connected
def unqueue_tasks(
    at: Terminal, project: InProject, task: Annotated[list[str], typer.Argument(help="Ids of tasks.")]
) -> None:
    """Take a requeue back, of tasks that nobody has taken up since: they are where they were."""
    parts = [task[start : start + 500] for start in range(0, len(task), 500)]
    changed = [id_ for part in parts for id_ in at.client.tasks.change(at.project(project), part, "unqueue")["ids"]]
    at.show({"changed": len(changed), "ids": changed}, lines=[f"{len(changed)} tasks are where they were."])


@app.command("looks")
@connected
def list_looks(at: Terminal, task: TaskId, project: InProject) -> None:
    """Show who looked at a task, when and why."""
    at.table(
        at.client.tasks.looks(at.project(project), task), ["at", "who", "action", "purpose"], none="Nobody looked yet."
    )


def _label(row: nouns.TaskRow) -> str:
    return "; ".join(f"{each['summary']} ({_sureness(each)})" for each in row["consensus"])


def _sureness(label: nouns.Consensus) -> str:
    """How sure a label is, and what made it; of gold, that its answer is known."""
    if label["source"] == "gold":
        return "known, gold"
    made_by = label["method"] if label["source"] == "verdict" else label["source"]
    interval = f"{label['low']:g} to {label['high']:g}" if "low" in label else f"{label['probability']:.2f}"
    return f"{interval}, {made_by}"


def _pair(text: str) -> tuple[str, str]:
    name, equals, column = text.partition("=")
    if not (equals and name and column):
        raise typer.BadParameter(f"{text!r} is not INPUT=COLUMN, such as text=comment.")
    return name, column
