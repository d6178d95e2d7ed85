"""The commands of `evenhand keys` about an organization's own keys: through the SDK, as its owner."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.cli.keys import app

Scope = Annotated[str, typer.Argument(help="task, project or organization.")]


@app.command("status")
@connected
def status(at: Terminal) -> None:
    """Show where the organization's keys live, and how far wrapping them anew is."""
    _show(at, at.client.keyring.state())


@app.command("choose")
@connected
def choose(
    at: Terminal,
    mode: Annotated[str, typer.Argument(help="managed, bring or hold.")],
    service: Annotated[str | None, typer.Option(help="The key service, of those that status lists.")] = None,
) -> None:
    """Keep the keys in another way; a worker wraps those that there are anew."""
    _show(at, at.client.keyring.choose(mode, service))


@app.command("rotate")
@connected
def rotate(at: Terminal) -> None:
    """Wrap every key anew, under the newest version of the organization's key."""
    _show(at, at.client.keyring.rotate())


@app.command("revoke")
@connected
def revoke(at: Terminal) -> None:
    """Take back the use of the keys: within seconds nothing of the organization is opened or sealed."""
    _show(at, at.client.keyring.revoke())


@app.command("allow")
@connected
def allow(at: Terminal) -> None:
    """Give the use of the keys back."""
    _show(at, at.client.keyring.restore())


@app.command("shred")
@connected
def shred(at: Terminal, scope: Scope, id_: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Destroy the keys of an item or a project in the trash, or of everything, for good."""
    made = at.client.keyring.shred(scope, id_)
    at.show(made, lines=[f"Shredding {made['id']} begins at {made['begins_at']}.", "evenhand keys certificate ID INTO"])


@app.command("certificate")
@connected
def certificate(at: Terminal, shredding: Annotated[str, typer.Argument(metavar="ID")], into: Path) -> None:
    """Save the signed certificate of a shredding that is done."""
    made = at.client.keyring.shredding(shredding)
    if made["certificate"] is None:
        at.show(made, lines=[f"It is not done yet; it begins at {made['begins_at']}."])
        raise typer.Exit(1)
    into.write_text(json.dumps(made["certificate"], indent=1) + "\n", encoding="utf-8")
    at.show(made, lines=[f"{into}: {made['method']}, {made['keys']} keys."])


def _show(at: Terminal, state: Any) -> None:
    rewrapping = state["rewrapping"]
    lines = [
        f"mode      {state['mode']}" + (f", service {state['service']}" if state["service"] else ""),
        *(f"key       {each['key']}: {each['months']} months, {each['chunks']} chunks" for each in state["held"]),
        *(f"choice    {each['name']} ({each['kind']}): {each['key']}" for each in state["choices"]),
        f"rewrapped {rewrapping['keys']} keys, "
        + (f"done at {rewrapping['finished_at']}" if rewrapping["finished_at"] else "not finished"),
    ]
    if rewrapping["problem"]:
        lines.append(f"problem   {rewrapping['problem']}")
    if state["revoked_at"]:
        lines.append(
            f"REVOKED   since {state['revoked_at']}: nothing is opened. evenhand keys allow gives the use back."
        )
    at.show(state, lines=lines)
