"""`evenhand offer`: what a project offers for labeling, and what it owes by it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.cli.tasks import InProject

app = typer.Typer(help="Offers: rate, time basis, review deadline; what is owed.", no_args_is_help=True)


@app.command("set")
@connected
def set_offer(
    at: Terminal,
    project: InProject,
    rate: Annotated[int, typer.Argument(min=0, help="Whole minor units of the currency: 1250 is 12.50 EUR.")],
    currency: Annotated[str, typer.Argument(help="Three letters of ISO 4217.")],
    basis: Annotated[str, typer.Option(help="task, or hour: of active time.")] = "task",
    review_hours: Annotated[int, typer.Option(min=1, help="What nobody rejects by then counts for good.")] = 168,
) -> None:
    """Offer other terms, for tasks dealt from now on."""
    offer = at.client.offers.set(at.project(project), rate, currency, basis=basis, review_hours=review_hours)
    at.show(offer, lines=[f"Version {offer['version']}: {_rate(offer)}. What was dealt before stays under its own."])


@app.command("list")
@connected
def list_offers(at: Terminal, project: InProject) -> None:
    """List every version of a project's offer, newest first."""
    found = [{**each, "offer": _rate(each)} for each in at.client.offers.list(at.project(project))]
    at.table(found, ["version", "offer", "review_hours", "created_at"], none="There is no offer. Make one: offer set.")


@app.command("spend")
@connected
def spend(at: Terminal, project: InProject) -> None:
    """Say what a project owes so far, by the offers that its answers were dealt under."""
    found = at.client.offers.spend(at.project(project))
    lines = [
        f"{_money(each['amount'], each)} owed, {_money(each['accepted_amount'], each)} of it for good."
        for each in found["totals"]
    ]
    at.show(found, lines=lines or ["Nothing is owed: no answer was dealt under an offer."])


@app.command("terms")
@connected
def terms(at: Terminal) -> None:
    """Say what is offered to you, and what you earned so far, project by project."""
    found = at.client.offers.mine()
    lines = []
    for each in found:
        earned = ", ".join(_money(total["amount"], total) for total in each["totals"]) or "nothing"
        offer = each["offer"]
        lines.append(f"{each['project']['name']}: {_rate(offer) if offer else 'no offer'}; earned {earned}.")
    at.show(found, lines=lines or ["There is no project that you may work in."])


def _rate(offer: Any) -> str:
    return f"{_money(offer['rate'], offer)} {'a task' if offer['basis'] == 'task' else 'an hour'}"


def _money(minor: int, of: Any) -> str:
    digits: int = of["minor_digits"]
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}d} {of['currency']}" if digits else f"{whole} {of['currency']}"
