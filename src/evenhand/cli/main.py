"""`evenhand`: the commands. Each module here is one family, loaded when it is called; errors are one line with the remedy."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from evenhand import __version__
from evenhand.core.errors import PlatformError

# Command -> the module and what it is there: a function, or a family of commands. A family is loaded only when it is called:
# what speaks HTTP needs neither the database's driver nor the settings of a server.
COMMANDS = {
    "up": "running.up",
    "serve": "running.serve",
    "worker": "running.worker",
    "sequencer": "running.sequencer",
    "demo": "demo.demo",
    "doctor": "doctor.doctor",
    "backup": "backups.backup",
    "restore": "backups.restore",
    "upgrade": "backups.upgrade",
    "reset-password": "password_reset.reset_password",
    "openapi": "contract.openapi",
    "login": "people.login",
    "project": "projects.app",
    "task": "tasks.app",
    "work": "own_work.app",
    "gold": "gold.app",
    "audit": "audits.app",
    "skill": "skills.app",
    "exam": "skills.exams",
    "offer": "offers.app",
    "appeal": "offers.appeals",
    "import": "imports.app",
    "bucket": "imports.buckets",
    "people": "people.people",
    "key": "people.keys",
    "keys": "own_keys.app",
    "broker": "broker.broker",
    "agent": "agent.agent",
    "organization": "organizations.app",
    "progress": "projects.progress",
    "release": "releases.app",
    "walls": "walls.app",
    "ledger": "ledger.app",
    "webhook": "webhooks.app",
    "check": "checks.check",
    "verify": "verifying.verify",
    "witness": "witness.witness",
}


class _Late(dict[str, Any]):
    """Commands by name; one that stands there as its place in COMMANDS is loaded when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if isinstance(found, str):
            found = self[name] = _load(name, found)
        return found

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def values(self) -> Any:
        return [self[name] for name in self]

    def items(self) -> Any:
        return [(name, self[name]) for name in self]


def _load(name: str, place: str) -> Any:
    module, _, attribute = place.partition(".")
    found: Any = getattr(import_module(f"evenhand.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        family = typer.main.get_group(found)
        family.name = name
        return family
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)


class Families(TyperGroup):
    """All commands, most of them not loaded yet."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Late({**COMMANDS, **self.commands})


app = typer.Typer(
    cls=Families,
    epilog="Exit codes: 0 done; 1 refused, one line says why and what to do; 2 wrong usage; 3 no server answers;"
    " 130 interrupted. `verify` has its own, see there.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
        from rich.console import Console

        Console(stderr=True, soft_wrap=True, highlight=False).print(f"{error} {error.hint}", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
