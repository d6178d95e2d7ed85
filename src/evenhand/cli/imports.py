"""`evenhand import` and `evenhand bucket`: what the server brings in by itself, from a bucket or from a large archive."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.cli.tasks import InProject, told
from evenhand.client import nouns
from evenhand.client.errors import EvenhandError

app = typer.Typer(help="Imports that the server makes by itself.", no_args_is_help=True)
buckets = typer.Typer(help="Buckets that pictures are brought in from.", no_args_is_help=True)
ImportId = Annotated[str, typer.Argument(metavar="IMPORT", help="The import's id.")]


# ---------------------------------------------------------------------------------------------------------- buckets --
@buckets.command("connect")
@connected
def connect_bucket(
    at: Terminal,
    name: Annotated[str, typer.Argument(help="What you call it.")],
    address: Annotated[str, typer.Argument(help="s3://bucket or s3://bucket/folder.")],
    region: Annotated[str | None, typer.Option(help="Such as eu-central-1.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="The store's server, where it is not AWS.")] = None,
    access_key_id: Annotated[
        str | None, typer.Option(help="A key that may list and read it; its secret is asked for.")
    ] = None,
) -> None:
    """Connect a bucket, once it opens. The secret is typed, or read from standard input; it is never shown again."""
    secret = _secret() if access_key_id is not None else None
    made = at.client.buckets.connect(
        name, address, region=region, endpoint=endpoint, access_key_id=access_key_id, secret_access_key=secret
    )
    at.show(made, lines=[made["id"]])


@buckets.command("list")
@connected
def list_buckets(at: Terminal) -> None:
    """List the buckets that are connected, without what opens them."""
    columns = ["id", "name", "url", "region", "endpoint", "access_key_id"]
    at.table(at.client.buckets.list(), columns, none="No bucket is connected.")


@buckets.command("remove")
@connected
def remove_bucket(at: Terminal, bucket: Annotated[str, typer.Argument(help="The bucket's id.")]) -> None:
    """Forget a bucket and what opens it. What came from it stays."""
    at.client.buckets.remove(bucket)
    at.show({"removed": bucket}, lines=["Removed."])


# ---------------------------------------------------------------------------------------------------------- imports --
@app.command("start")
@connected
def start_import(
    at: Terminal,
    project: InProject,
    bucket: Annotated[str | None, typer.Option(help="The connected bucket's id, or its name.")] = None,
    prefix: Annotated[str | None, typer.Option(help="A folder of the bucket.")] = None,
    archive: Annotated[
        Path | None, typer.Option(help="A .zip, .tar or .tar.gz to send and import.", exists=True, dir_okay=False)
    ] = None,
    batch: Annotated[str | None, typer.Option(help="The batch's name. Default: Imported.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait until it has ended.")] = False,
) -> None:
    """Bring in the pictures of a bucket or of an archive; prints the import's id. It goes on by itself."""
    if (bucket is None) == (archive is None):
        raise typer.BadParameter("Name a --bucket or an --archive.")
    into, upload = at.project(project), None
    if archive is not None:
        with at.progress(archive.name) as tell:
            upload = at.client.uploads.send(into, archive, progress=tell)["id"]
    source = _bucket(at, bucket) if bucket is not None else None
    run = at.client.imports.start(into, bucket=source, prefix=prefix, upload=upload, batch=batch)
    if watch:
        _watch(at, into, run["id"])
    else:
        at.show(run, lines=[run["id"]])


@app.command("watch")
@connected
def watch_import(at: Terminal, import_id: ImportId, project: InProject) -> None:
    """Wait until an import has ended, with a bar where somebody watches. Leaves with 1 when a picture was refused."""
    _watch(at, at.project(project), import_id)


@app.command("list")
@connected
def list_imports(
    at: Terminal, project: InProject, limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50
) -> None:
    """List the imports of a project, newest first."""
    listed = at.client.imports.list(at.project(project), page_size=min(limit, 500))
    columns = ["id", "state", "batch", "seen", "total", "imported", "duplicates", "rejected", "created_at"]
    at.table((each for each, _ in zip(listed, range(limit), strict=False)), columns, none="There is no import.")


@app.command("cancel")
@connected
def cancel_import(at: Terminal, import_id: ImportId, project: InProject) -> None:
    """End an import where it is; what is in stays."""
    run = at.client.imports.cancel(at.project(project), import_id)
    at.show(run, lines=[f"{run['state'].capitalize()}: {_counts(run)}"])


def _watch(at: Terminal, project: str, import_id: str) -> None:
    with at.counter("pictures") as tell:
        run = at.client.imports.wait(project, import_id, progress=lambda each: tell(each["seen"], each["total"]))
    at.show(run, lines=[*told(run["problems"], "file"), f"{run['state'].capitalize()}: {_counts(run)}"])
    if run["rejected"]:
        raise typer.Exit(1)


def _counts(run: nouns.ImportRun) -> str:
    return f"{run['imported']} imported, {run['duplicates']} known already, {run['rejected']} refused."


def _bucket(at: Terminal, id_or_name: str) -> str:
    found = [each["id"] for each in at.client.buckets.list() if id_or_name in (each["id"], each["name"])]
    if len(found) == 1:
        return found[0]
    count = "No bucket has" if not found else f"{len(found)} buckets have"
    hint = "`evenhand bucket list` shows ids and names."
    raise EvenhandError({"code": "not-found", "detail": f"{count} the name {id_or_name!r}.", "hint": hint})


def _secret() -> str:
    """Typed without being shown; a program writes it to standard input. Never an option: those are seen by others."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Secret access key", hide_input=True)
        return typed
    return sys.stdin.readline().strip()
