"""`evenhand`: the commands. Each module here is one family; errors are one line with the remedy."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from evenhand import __version__
from evenhand.cli import (
    backups,
    contract,
    demo,
    doctor,
    imports,
    keys,
    organizations,
    password_reset,
    people,
    projects,
    releases,
    running,
    tasks,
    verifying,
    webhooks,
)
from evenhand.core.errors import PlatformError

app = typer.Typer(
    epilog="Exit codes: 0 done; 1 refused, one line says why and what to do; 2 wrong usage; 3 no server answers;"
    " 130 interrupted. `verify` has its own, see there.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(running.up)
app.command("serve")(running.serve)
app.command("worker")(running.worker)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("upgrade")(backups.upgrade)
app.command("reset-password")(password_reset.reset_password)
app.command("openapi")(contract.openapi)
app.command("login")(people.login)
app.add_typer(projects.app, name="project")
app.add_typer(tasks.app, name="task")
app.add_typer(imports.app, name="import")
app.add_typer(imports.buckets, name="bucket")
app.add_typer(people.people, name="people")
app.add_typer(people.keys, name="key")
app.add_typer(keys.app, name="keys")
app.add_typer(organizations.app, name="organization")
app.command("progress")(projects.progress)
app.add_typer(releases.app, name="release")
app.add_typer(webhooks.app, name="webhook")
app.command("verify")(verifying.verify)


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        version()
        raise typer.Exit()


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Evenhand, the neutral data-labeling platform."""


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no server answers, 130 interrupted."""
    try:
        app()
    except PlatformError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"{error} {error.hint}", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
