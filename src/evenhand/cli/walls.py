"""`evenhand walls`: an organization's own terms, the register of interests, changes of control and the owner's word on them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from evenhand.cli.connection import Terminal, connected
from evenhand.core.errors import PlatformError

app = typer.Typer(help="Walls: whom you are kept apart from, who owns whom, changes of control.", no_args_is_help=True)

Party = Annotated[str, typer.Argument(help="The party's recordId in the register.")]


@dataclass(eq=False)
class StatementsUnreadable(PlatformError):
    """A file of statements cannot be read."""

    path: str
    reason: str
    code: ClassVar[str] = "file-unreadable"
    hint: ClassVar[str] = "Give a file with a JSON array of BODS 0.4 statements."

    def __str__(self) -> str:
        return f"{self.path} cannot be read: {self.reason}."


@app.command("show")
@connected
def show(at: Terminal) -> None:
    """Show the walls in force: the terms, and each tie with the chain that makes it."""
    state = at.client.walls.state()
    policy = state["policy"]
    lines = [
        f"You are the party {state['party']}. Register version {state['epoch']}.",
        f"Told from {policy['notice_percent']:g} %, walled from {policy['wall_percent']:g} %, cooling off"
        f" {policy['cool_off_days']} days, a change of control: {policy['on_change']}.",
        *(f"In conflict with {each['party']} ({each['basis']}){_end(each)}." for each in state["conflicts"]),
        *(
            f"Waived: {each['party'] or 'person ' + str(each['person_id'])}, {each['reason']}{_end(each)}"
            f" (evenhand walls end-waiver {each['id']})"
            for each in state["waivers"]
        ),
    ]
    for tie in state["ties"]:
        lines.append(f"{tie['effect']}: {tie['party']} and {tie['rival']}, {tie['high']:g} %, {tie['rule']}")
        lines += [
            f"    {link['holder']} -> {link['subject']}  {link['high']:g} %  {link['kind']}  {', '.join(link['statements'])}"
            for link in tie["links"]
        ]
    at.show(state, lines=lines)


@app.command("policy")
@connected
def policy(
    at: Terminal,
    notice_percent: Annotated[float, typer.Option(help="Be told of ties from this percentage on.")] = 5.0,
    wall_percent: Annotated[float, typer.Option(help="Keep people behind ties away from this percentage on.")] = 10.0,
    cool_off_days: Annotated[int, typer.Option(help="How long what has ended still counts.")] = 180,
    on_change: Annotated[str, typer.Option(help="What a change of control does: block, hold or notify.")] = "hold",
) -> None:
    """Say how your walls work. What is left out has its default."""
    done = at.client.walls.set_policy(
        notice_percent=notice_percent, wall_percent=wall_percent, cool_off_days=cool_off_days, on_change=on_change
    )
    at.show(done, lines=["On record."])


@app.command("conflict")
@connected
def conflict(
    at: Terminal,
    party: Party,
    basis: Annotated[str, typer.Option(help="Your own word for why; it stands in denials.")] = "competitor",
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Withdraw it; it counts until its cooling-off ends.")
    ] = False,
) -> None:
    """Declare a conflict with a party, or withdraw it."""
    done = at.client.walls.withdraw(party) if withdraw else at.client.walls.declare(party, basis)
    at.show(done, lines=[f"In conflict with {party}{_end(done)}."])


@app.command("waive")
@connected
def waive(
    at: Terminal,
    reason: Annotated[str, typer.Argument(help="Why; it stands in the document on record.")],
    party: Annotated[str | None, typer.Option(help="The party to let pass.")] = None,
    person: Annotated[str | None, typer.Option(help="Or the person, by id.")] = None,
    rival: Annotated[str | None, typer.Option(help="Although tied to this party alone; left out: to any.")] = None,
    until: Annotated[str | None, typer.Option(help="Until when, such as 2026-12-31T00:00:00Z.")] = None,
) -> None:
    """Let a party or a person pass although a wall would keep it away."""
    done = at.client.walls.waive(reason, party=party, person=person, rival=rival, until=until)
    at.show(done, lines=[f"Waived{_end(done)}. Take it back: evenhand walls end-waiver {done['id']}"])


@app.command("end-waiver")
@connected
def end_waiver(at: Terminal, waiver: Annotated[str, typer.Argument(help="The waiver's id.")]) -> None:
    """Take a waiver back."""
    at.client.walls.end_waiver(waiver)
    at.show({"id": waiver}, lines=["Ended."])


@app.command("file")
@connected
def file_statements(
    at: Terminal,
    statements: Annotated[Path, typer.Argument(help="A JSON array of BODS 0.4 statements.")],
    party: Annotated[str | None, typer.Option(help="Which record your organization is.")] = None,
    source: Annotated[str | None, typer.Option(help="Where a customer's claim can be read.")] = None,
) -> None:
    """File statements of ownership, all or none. Keep the receipts: they are shown once."""
    done = at.client.register.file(_statements_in(statements), party=party, source=source)
    lines = [f"{done['statements']} statements filed ({done['register']}), register version {done['epoch']}."]
    lines += [f"{each['statement_id']}  salt {each['salt']}  {each['commitment']}" for each in done["receipts"]]
    at.show(done, lines=lines)


@app.command("withdraw")
@connected
def withdraw_statements(
    at: Terminal, statement: Annotated[list[str], typer.Argument(help="The statementId of each.")]
) -> None:
    """No longer claim statements."""
    done = at.client.register.withdraw(statement)
    at.show(done, lines=[f"{len(done['ended'])} withdrawn, register version {done['epoch']}."])


@app.command("nothing-changed")
@connected
def nothing_changed(at: Terminal) -> None:
    """Say for this quarter that what your organization filed still holds."""
    done = at.client.register.nothing_changed()
    at.show(done, lines=[f"On public record for {done['quarter']}."])


@app.command("silences")
@connected
def silences(at: Terminal) -> None:
    """List who of those that work for you owes the statement of a quarter."""
    at.table(
        at.client.register.silences(),
        ["organization_id", "kind", "party", "since", "due_at"],
        none="Everybody who works for you has said who owns it.",
    )


@app.command("party")
@connected
def set_party(
    at: Terminal,
    record: Annotated[str, typer.Argument(help="The recordId of the register.")],
    organization: Annotated[str | None, typer.Option(help="Of this organization; left out: your own.")] = None,
) -> None:
    """Say which record of the register an organization is."""
    done = at.client.register.set_party(organization or at.client.organization()["id"], record)
    at.show(done, lines=[f"{done['organization_id']} is {done['record_id']}."])


@app.command("challenges")
@connected
def challenges(
    at: Terminal,
    all_: Annotated[bool, typer.Option("--open", help="For the operator: those that wait for you.")] = False,
) -> None:
    """List what you claim of the ownership of others."""
    register = at.client.register
    rows = register.open_challenges() if all_ else register.challenges()
    at.table(
        rows, ["id", "filed_at", "source"] if all_ else ["id", "filed_at", "state", "source", "note"], none="None."
    )


@app.command("decide")
@connected
def decide(
    at: Terminal,
    challenge: Annotated[str, typer.Argument(help="The challenge's id.")],
    state: Annotated[str, typer.Argument(help="confirmed or refused.")],
    note: Annotated[str | None, typer.Option(help="Why, for whoever claimed it.")] = None,
) -> None:
    """For the operator: confirm a challenge, so that it is public, or refuse it."""
    done = at.client.register.decide(challenge, state, note)
    at.show(done, lines=[f"{state}, register version {done['epoch']}."])


@app.command("move")
@connected
def move_person(
    at: Terminal,
    person: Annotated[str, typer.Argument(help="The person's id.")],
    vendor: Annotated[str, typer.Argument(help="The vendor's organization id.")],
) -> None:
    """For the operator: a person works for another vendor from now on."""
    at.client.interests.move(person, vendor)
    at.show(
        {"person_id": person, "vendor_id": vendor}, lines=["Moved. Whom she left counts until each cooling-off ends."]
    )


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


def _end(each: dict[str, Any]) -> str:
    return f" until {each['until']}" if each.get("until") else ""


def _statements_in(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise StatementsUnreadable(path=str(path), reason=reason) from None
    if not isinstance(found, list):
        raise StatementsUnreadable(path=str(path), reason="it is no array")
    return found
