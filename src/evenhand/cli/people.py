"""`evenhand people`, `evenhand key` and `evenhand login`: who may do what, and as whom this terminal speaks."""

from __future__ import annotations

from typing import Annotated

import typer

from evenhand.cli.connection import Terminal, connected, write_profile

people = typer.Typer(help="The people of the organization.", no_args_is_help=True)
keys = typer.Typer(help="API keys.", no_args_is_help=True)
RoleName = Annotated[str, typer.Option(help="owner, manager, annotator, reviewer or auditor.")]


@people.command("list")
@connected
def list_people(at: Terminal) -> None:
    """List everybody, by pseudonym and role."""
    at.table(at.client.people.list(), ["id", "pseudonym", "name", "email", "role", "state"], none="There is nobody.")


@people.command("invite")
@connected
def invite(
    at: Terminal,
    email: Annotated[str, typer.Argument(help="Their address.")],
    role: RoleName = "annotator",
    name: Annotated[str | None, typer.Option(help="Their name, if you know it.")] = None,
) -> None:
    """Invite somebody; prints the link, once."""
    made = at.client.people.invite(email, role, name=name)  # type: ignore[arg-type]
    mailed = " It was mailed too." if made.get("mailed") else ""
    at.show(made, lines=[made["link"], f"Valid until {made['expires_at']}; shown once.{mailed}"])


@people.command("end-sessions")
@connected
def end_sessions(at: Terminal, person: Annotated[str, typer.Argument(help="The member's id.")]) -> None:
    """End every session of a member in this organization: whoever it is signs in again. Keys stay."""
    at.client.people.end_sessions(person)
    at.show({"ended": person}, lines=["Their sessions here have ended."])


@people.command("erase-disclosures")
@connected
def erase_disclosures(
    at: Terminal, person: Annotated[str, typer.Argument(help="The id of somebody who has left.")]
) -> None:
    """Forget who stood behind the ledger's entries of somebody who has left. The log still verifies; the name opens no more."""
    at.client.people.erase_disclosures(person)
    at.show({"erased": person}, lines=["Erased."])


@keys.command("list")
@connected
def list_keys(at: Terminal) -> None:
    """List the API keys, without their secrets."""
    at.table(at.client.keys.list(), ["id", "name", "prefix", "scopes", "expires_at"], none="There is no key.")


@keys.command("create")
@connected
def create_key(
    at: Terminal,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="A permission it may use; once for each. Default: all yours.")
    ] = None,
    expires_at: Annotated[str | None, typer.Option(help="Until when, RFC 3339. Default: 90 days.")] = None,
) -> None:
    """Make an API key of your own; prints its secret, once."""
    made = at.client.keys.create(name, scopes=scope, expires_at=expires_at)
    at.show(made, lines=[made["secret"], f"Valid until {made['expires_at']}; shown once."])


@keys.command("remove")
@connected
def remove_key(at: Terminal, key: Annotated[str, typer.Argument(help="The key's id.")]) -> None:
    """Revoke an API key: it is refused from the next request on."""
    at.client.keys.remove(key)
    at.show({"removed": key}, lines=["Revoked."])


@connected
def login(
    at: Terminal,
    address: Annotated[str, typer.Argument(help="The server's address.")],
    key: Annotated[str | None, typer.Option(help="Your API key. Asked for when left out.")] = None,
) -> None:
    """Keep a server and an API key for later commands, in ~/.config/evenhand/profile.json (readable by you only)."""
    from evenhand.client import Client

    secret = key or typer.prompt("API key", hide_input=True)
    with Client(address, secret) as client:
        who = client.session()
    path = write_profile(address, secret)
    organization = who["organization"]["name"]
    shown = {"url": address, "role": who["role"], "organization": organization, "profile": str(path)}
    at.show(shown, lines=[f"You are {who['role']} of {organization}. Kept in {path}."])
