"""`evenhand walls`: changes of control, what stands still because of them, and the owner's word that work goes on."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evenhand.cli.connection import Terminal, connected

app = typer.Typer(help="Walls: changes of control, and what stands still.", no_args_is_help=True)


@app.command("holds")
@connected
def list_holds(at: Terminal) -> None:
    """List changes of control that stopped work, with what ties whom to whom; the newest first."""
    state = at.client.holds.state()
    columns = ["id", "opened_at", "countersigned_at", "ties", "digest"]
    rows = [{**hold, "ties": "; ".join(map(_said, hold["ties"]))} for hold in state["items"]]
    at.table(rows, columns, none="Nothing stands still, and nothing did.")


@app.command("countersign")
@connected
def countersign(
    at: Terminal,
    hold: Annotated[str, typer.Argument(help="The hold's id.")],
    digest: Annotated[str, typer.Argument(help="The digest of the chain that you have read, as `holds` shows it.")],
) -> None:
    """Let work go on. Your ledger keeps who did, when, and the digest of the chain."""
    done = at.client.holds.countersign(hold, digest)
    at.show(done, lines=[f"Countersigned at {done['countersigned_at']}. Work goes on."])


def _said(tie: dict[str, Any]) -> str:
    """One tie in a line: the rival, whom it reaches, how strongly and why."""
    names = {party["id"]: party["name"] or party["id"] for party in tie["parties"]}
    rival, party = (names.get(tie[name], tie[name]) for name in ("rival", "party"))
    return f"{rival} and {party}: {tie['percent']:g} %, {tie['rule']}"
