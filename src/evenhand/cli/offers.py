"""`evenhand offer` and `evenhand appeal`: what a project offers and owes; rulings against people, and appeals."""

from __future__ import annotations

from typing import Annotated, Any, cast

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.cli.tasks import InProject
from evenhand.client.nouns import Stage

app = typer.Typer(help="Offers, one a stage: rate, time basis, review deadline; what is owed.", no_args_is_help=True)

appeals = typer.Typer(help="Rulings against people, and the appeals that somebody else answers.", no_args_is_help=True)
Reason = Annotated[str, typer.Option(help="A word of the closed list; a wrong one is answered with the list.")]
Proof = Annotated[
    list[str],
    typer.Option(
        help="KIND:ID of answer, verdict, gold, exam or remark, guideline:VERSION:HEADING or signal:KIND. Several times."
    ),
]
Note = Annotated[str | None, typer.Option(help="In your own words.")]
StageName = Annotated[str, typer.Option(help="label, review, adjudicate, exam or audit: what it is offered for.")]
_WORDS = {"label": "labels", "review": "review", "adjudicate": "adjudication", "exam": "exams", "audit": "audits"}


@app.command("set")
@connected
def set_offer(
    at: Terminal,
    project: InProject,
    rate: Annotated[int, typer.Argument(min=0, help="Whole minor units of the currency: 1250 is 12.50 EUR.")],
    currency: Annotated[str, typer.Argument(help="Three letters of ISO 4217.")],
    basis: Annotated[str, typer.Option(help="task, or hour: of active time.")] = "task",
    review_hours: Annotated[
        int | None,
        typer.Option(min=1, help="Of labels: what nobody rejects by then counts for good. As usual: a week."),
    ] = None,
    stage: StageName = "label",
) -> None:
    """Offer other terms for a stage, for tasks dealt from now on."""
    offer = at.client.offers.set(
        at.project(project), rate, currency, basis=basis, review_hours=review_hours, stage=cast(Stage, stage)
    )
    at.show(
        offer,
        lines=[
            f"Version {offer['version']} for {_WORDS[offer['stage']]}: {_rate(offer)}. What was dealt before stays under its own."
        ],
    )


@app.command("list")
@connected
def list_offers(at: Terminal, project: InProject) -> None:
    """List every version of a project's offers, stage by stage and newest first."""
    found = [{**each, "offer": _rate(each)} for each in at.client.offers.list(at.project(project))]
    at.table(
        found,
        ["stage", "version", "offer", "review_hours", "created_at"],
        none="There is no offer. Make one: offer set.",
    )


@app.command("spend")
@connected
def spend(at: Terminal, project: InProject) -> None:
    """Say what a project owes so far, by the offers that its work was dealt under, and for what."""
    found = at.client.offers.spend(at.project(project))
    lines = [
        f"{_money(each['amount'], each)} owed, {_money(each['accepted_amount'], each)} of it for good."
        for each in found["totals"]
    ]
    lines += [
        f"  {_WORDS[each['stage']]}: {', '.join(_money(total['amount'], total) for total in each['totals'])}"
        for each in found["stages"]
        if each["totals"]
    ]
    at.show(found, lines=lines or ["Nothing is owed: nothing was dealt under an offer."])


@app.command("terms")
@connected
def terms(at: Terminal) -> None:
    """Say what is offered to you, and what you earned so far, project by project."""
    found = at.client.offers.mine()
    lines = []
    for each in found:
        earned = ", ".join(_money(total["amount"], total) for total in each["totals"]) or "nothing"
        rates = ", ".join(f"{_WORDS[offer['stage']]} {_rate(offer)}" for offer in each["offers"])
        lines.append(f"{each['project']['name']}: {rates or 'no offer'}; earned {earned}.")
    at.show(found, lines=lines or ["There is no project that you may work in."])


@appeals.command("reject")
@connected
def reject(
    at: Terminal,
    project: InProject,
    task: Annotated[str, typer.Argument(help="The task's id.")],
    annotation: Annotated[str, typer.Argument(help="The answer's id.")],
    reason: Reason,
    evidence: Proof,
    note: Note = None,
) -> None:
    """Reject an answer: it counts no more, and another one is asked for."""
    ruling = at.client.appeals.reject(at.project(project), task, annotation, reason, _items(evidence), note=note)
    at.show({"id": ruling}, lines=[ruling])


@appeals.command("remove")
@connected
def remove(
    at: Terminal,
    project: InProject,
    person: Annotated[str, typer.Argument(help="The person's id.")],
    reason: Reason,
    evidence: Proof,
    note: Note = None,
) -> None:
    """Remove a person from a project; what they did is owed."""
    ruling = at.client.appeals.remove(at.project(project), person, reason, _items(evidence), note=note)
    at.show({"id": ruling}, lines=[ruling])


@appeals.command("evidence")
@connected
def possible_evidence(
    at: Terminal, project: InProject, person: Annotated[str, typer.Argument(help="The person's id.")]
) -> None:
    """List what of a person a rejection or a removal may rest on, as --evidence takes it."""
    found = at.client.appeals.possible_evidence(at.project(project), person)
    rows = [{**each, "evidence": f"{each['kind']}:{each['id']}"} for each in found["items"]]
    passages = [
        {"evidence": f"guideline:{found['guideline_version']}:{heading}", "text": heading}
        for heading in found["headings"]
    ]
    signals = [
        {
            "evidence": f"signal:{each['signal']}",
            "at": each["fitted_at"],
            "text": f"{each['count']} of {each['out_of']}",
        }
        for each in found["signals"]
    ]
    at.table(
        [*rows, *passages, *signals],
        ["evidence", "at", "is_right", "verdict", "reason", "text"],
        none="There is nothing.",
    )


@appeals.command("withdraw")
@connected
def withdraw(at: Terminal, project: InProject, ruling: Annotated[str, typer.Argument(help="The ruling's id.")]) -> None:
    """Take a ruling back: the answer counts again, or the person is back."""
    at.client.appeals.withdraw(at.project(project), ruling)
    at.show({"id": ruling}, lines=["Taken back."])


@appeals.command("rulings")
@connected
def rulings(
    at: Terminal, project: Annotated[str | None, typer.Argument(help="A project; none: those against you.")] = None
) -> None:
    """List what was decided against people in a project, or against yourself."""
    found = at.client.appeals.rulings(at.project(project) if project else None)
    at.table(found, ["id", "kind", "person", "reason", "at", "appeal"], none="There is no ruling.")


@appeals.command("list")
@connected
def list_appeals(
    at: Terminal, answered: Annotated[bool, typer.Option("--answered", help="Those that were answered.")] = False
) -> None:
    """List the organization's appeals, open ones by their deadline."""
    found = at.client.appeals.list("answered" if answered else "open")
    at.table(found, ["id", "kind", "project", "person", "state", "due_at", "deciders"], none="There is none.")


@appeals.command("mine")
@connected
def mine(at: Terminal) -> None:
    """List your own appeals."""
    at.table(at.client.appeals.mine(), ["id", "kind", "project", "state", "due_at"], none="There is none.")


@appeals.command("file")
@connected
def file(
    at: Terminal,
    kind: Annotated[str, typer.Argument(help="rejection, removal or verdict.")],
    subject: Annotated[str, typer.Argument(help="The id of the ruling, or of the verdict.")],
    statement: Annotated[str, typer.Argument(help="Why it is wrong.")],
) -> None:
    """Appeal against a decision on your own work; somebody else than who decided answers."""
    appeal = at.client.appeals.file(kind, subject, statement)
    at.show({"id": appeal}, lines=[appeal])


@appeals.command("answer")
@connected
def answer(
    at: Terminal,
    appeal: Annotated[str, typer.Argument(help="The appeal's id.")],
    outcome: Annotated[str, typer.Argument(help="upheld, or overturned: undone.")],
    reason: Reason,
    note: Note = None,
) -> None:
    """Answer an appeal."""
    found = at.client.appeals.answer(appeal, outcome, reason, note=note)
    at.show(found, lines=[f"{found['state'].capitalize()}."])


def _items(evidence: list[str]) -> list[dict[str, Any]]:
    return [_item(each) for each in evidence]


def _item(written: str) -> dict[str, Any]:
    kind, _, rest = written.partition(":")
    if kind == "signal":
        return {"kind": kind, "signal": rest}
    if kind != "guideline":
        return {"kind": kind, "id": rest}
    version, _, heading = rest.partition(":")
    return {"kind": kind, "version": int(version) if version.isdigit() else version, "heading": heading}


def _rate(offer: Any) -> str:
    return f"{_money(offer['rate'], offer)} {'a task' if offer['basis'] == 'task' else 'an hour'}"


def _money(minor: int, of: Any) -> str:
    digits: int = of["minor_digits"]
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}d} {of['currency']}" if digits else f"{whole} {of['currency']}"
