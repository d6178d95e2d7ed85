"""`evenhand release`: cut, list and download releases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.client.errors import EvenhandError
from evenhand.client.files import DamagedFile

app = typer.Typer(help="Releases: numbered, signed deliveries.", no_args_is_help=True)
InProject = Annotated[str, typer.Option("--project", "-p", help="The project's id, or its name.")]


@app.command("create")
@connected
def create_release(
    at: Terminal,
    project: InProject,
    note: Annotated[str, typer.Option(help="What is new in it.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Also tasks that still want opinions.")] = False,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="Also in this format, such as coco; may be given more than once."),
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait until it is written and signed.")] = True,
) -> None:
    """Freeze what stands now as the next release."""
    made = at.client.releases.create(
        at.project(project), note=note, include="all" if all_ else "done", formats=formats or ()
    )
    if wait:
        made = at.client.releases.wait(made["id"])
    audited = [f"Audited: {each['statement']}" for each in made.get("audits") or []]
    at.show(made, lines=[f"Release {made['number']} is {made['state']}: {made['id']}", *audited])


@app.command("formats")
@connected
def list_formats(at: Terminal, project: InProject) -> None:
    """List the formats in which a project's releases can be written beside their own lines."""
    found = at.client.releases.formats(at.project(project))
    at.table(found, ["name", "title", "fits"], none="There is none.")


@app.command("list")
@connected
def list_releases(at: Terminal, project: InProject) -> None:
    """List the releases of a project, newest first."""
    found = at.client.releases.list(at.project(project))
    at.table(found, ["id", "number", "state", "include", "created_at", "note"], none="There is no release yet.")


@app.command("download")
@connected
def download_release(
    at: Terminal,
    release: Annotated[str, typer.Argument(help="The release's id.")],
    into: Annotated[Path | None, typer.Option(help="The folder. Default: release-NUMBER.")] = None,
) -> None:
    """Download a release's files into a folder; `evenhand verify FOLDER` then tells whether they are genuine."""
    folder = into or Path(f"release-{at.client.releases.get(release)['number']}")
    try:
        with at.progress(folder.name) as tell:
            paths = at.client.releases.download(release, folder, progress=tell)
    except DamagedFile as error:
        raise EvenhandError({"code": "damaged-file", "detail": str(error)}) from None
    at.show({"files": [str(path) for path in paths]}, lines=[*map(str, paths), f"Verify it: evenhand verify {folder}"])
