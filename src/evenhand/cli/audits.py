"""`evenhand audit`: how many labels are wrong at most, by experts who answer a few tasks again."""

from __future__ import annotations

from typing import Annotated

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.cli.tasks import InProject
from evenhand.client import nouns

app = typer.Typer(help="Audits: random tasks that are done, answered again by experts.", no_args_is_help=True)
Share = Annotated[float, typer.Option(help="What is to be said: at most this share of the labels is wrong.")]
Delta = Annotated[float, typer.Option(help="The risk that the statement is ever wrong.")]


@app.command("price")
@connected
def audit_price(at: Terminal, project: InProject, share: Share = 0.05, delta: Delta = 0.05) -> None:
    """Show how many audits it takes, if none of them finds an error."""
    found = at.client.quality.audit_price(at.project(project), share=share, delta=delta)
    line = (
        f"{found['audits']} audits of {found['tasks']} tasks say at most {share:.1%}, if none of them finds an error."
    )
    at.show({**found}, lines=[line])


@app.command("ask")
@connected
def ask_audit(at: Terminal, project: InProject, share: Share = 0.05, delta: Delta = 0.05) -> None:
    """Draw tasks that are done, and put them up for reviewers and managers who had no part in them."""
    audit = at.client.quality.audit(at.project(project), share=share, delta=delta)
    at.show({**audit}, lines=[f"{audit['drawn']} of {audit['tasks']} tasks were drawn. {_says(audit)}"])


@app.command("list")
@connected
def list_audits(at: Terminal, project: InProject) -> None:
    """List the audits of a project with what each says now."""
    found = [{**each, "says": _says(each)} for each in at.client.quality.audits(at.project(project))]
    columns = ["id", "tasks", "drawn", "audited", "errors", "says"]
    at.table(found, columns, none="There is no audit. Ask for one with `evenhand audit ask`.")


def _says(audit: nouns.Audit) -> str:
    sure = 1 - audit["delta"]
    return f"With {sure:.0%} probability at most {audit['upper']:.1%} is wrong, if the auditors are right."
