"""`evenhand organization`: what the operator says of organizations: who there is, who comes, how much each holds and may hold."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from uuid import UUID

import asyncpg
import typer

from evenhand.cli import embedded
from evenhand.cli.settings import settings_for
from evenhand.core.errors import PlatformError
from evenhand.core.settings import Settings
from evenhand.core.times import rfc3339
from evenhand.store import schema
from evenhand.store.queries import Queries

if TYPE_CHECKING:
    from evenhand.people.links import Invited

app = typer.Typer(help="Organizations, for the operator: who there is, new ones, quotas.", no_args_is_help=True)
_queries = Queries(files("evenhand.cli").joinpath("organizations.sql").read_text(encoding="utf-8"))

Data = Annotated[Path | None, typer.Option(help="The data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class Kind(StrEnum):
    """What an organization is to this installation."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    OPERATOR = "operator"


_LIMITS = ("tasks", "bytes", "members")


@dataclass(eq=False)
class NoSuchOrganization(PlatformError):
    """There is no such organization in this installation."""

    id: str
    code: ClassVar[str] = "no-such-organization"
    hint: ClassVar[str] = "`evenhand organization list` shows them."

    def __str__(self) -> str:
        return f"There is no organization {self.id}."


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Its name, which is sealed like everything it writes.")],
    owner: Annotated[str, typer.Option(help="The address of its first owner.")],
    kind: Annotated[Kind, typer.Option(help="Whose data it is, who supplies people, or who runs this installation.")],
    data: Data = None,
    key_file: Annotated[Path | None, typer.Option(help="The key file: names are sealed with it.")] = None,
    url: Annotated[
        str | None, typer.Option(help="The server's address in the link. Default: EVENHAND_PUBLIC_URL.")
    ] = None,
    json_: AsJson = False,
) -> None:
    """Make an organization, and a link by which its first owner joins it. Hand the link over yourself, to that person alone."""
    settings = settings_for(data=data, key_file=key_file, public_url=url)
    organization_id, invited = asyncio.run(found(settings, name, owner, kind.value))
    link = f"{settings.address}/invitation#{invited.token}"
    if json_:
        print(json.dumps({"id": str(organization_id), "link": link, "expires_at": rfc3339(invited.expires_at)}))
        return
    print(f"{link}\nIt works once, until {rfc3339(invited.expires_at)}. The organization's id is {organization_id}.")


@app.command("list")
def list_organizations(data: Data = None, json_: AsJson = False) -> None:
    """List organizations with what they hold and may hold. Names are sealed: they are known by id here."""
    rows = asyncio.run(_organizations(settings_for(data=data)))
    if json_:
        for row in rows:
            print(json.dumps(row))
        return
    for row in rows:
        held = ", ".join(f"{row[name]} of {_shown(row[f'quota_{name}'])} {name}" for name in _LIMITS)
        print(f"{row['id']}  {row['kind']:<8}  {held}")


@app.command("limit")
def limit(
    organization: Annotated[str, typer.Argument(help="The organization's id.")],
    tasks: Annotated[str | None, typer.Option(help="How many tasks it may hold; `none` for no limit.")] = None,
    bytes_: Annotated[str | None, typer.Option("--bytes", help="How many bytes, or 20G, 500M; `none`.")] = None,
    members: Annotated[str | None, typer.Option(help="How many members; `none`.")] = None,
    data: Data = None,
    json_: AsJson = False,
) -> None:
    """Set quotas. What is left out stays; what an organization holds already is never taken away."""
    given = {
        name: _number(name, text)
        for name, text in (("tasks", tasks), ("bytes", bytes_), ("members", members))
        if text is not None
    }
    row = asyncio.run(_limit(settings_for(data=data), organization, given))
    if json_:
        print(json.dumps(row))
        return
    print(", ".join(f"{name}: {_shown(row[f'quota_{name}'])}" for name in _LIMITS))


async def found(settings: Settings, name: str, owner: str, kind: str) -> tuple[UUID, Invited]:
    """Make an organization, and the link of its first owner."""
    from evenhand.bootstrap import open_services

    async with embedded.database_of(settings) as at, open_services(at) as services:
        members = services.people.members
        organization_id = await members.add_organization(name, kind)
        return organization_id, await members.invite_first_owner(organization_id, owner)


async def _organizations(settings: Settings) -> list[dict[str, Any]]:
    async with embedded.database_of(settings) as at:
        assert at.database_owner_url is not None
        owner = await schema.connect(at.database_owner_url)
        try:
            return await _rows(owner)
        finally:
            await owner.close()


async def _limit(settings: Settings, organization: str, given: dict[str, int | None]) -> dict[str, Any]:
    try:
        organization_id = UUID(organization)
    except ValueError:
        raise NoSuchOrganization(id=organization) from None
    async with embedded.database_of(settings) as at:
        assert at.database_owner_url is not None
        owner = await schema.connect(at.database_owner_url)
        try:
            async with owner.transaction():
                await _queries.run(owner, "as_people")
                for name in _LIMITS:
                    if name in given:
                        facts = {"organization_id": organization_id, "quota": given[name]}
                        await _queries.run(owner, f"limit_{name}", **facts)
            found = [row for row in await _rows(owner) if row["id"] == str(organization_id)]
        finally:
            await owner.close()
    if not found:
        raise NoSuchOrganization(id=organization)
    return found[0]


async def _rows(owner: asyncpg.Connection) -> list[dict[str, Any]]:
    async with owner.transaction():
        await _queries.run(owner, "as_people")
        rows = await _queries.rows(owner, "organizations")
    return [{**dict(row), "id": str(row["id"])} for row in rows]


def _number(name: str, text: str) -> int | None:
    """A limit as people write it: 1000, 20G, none."""
    if text.lower() == "none":
        return None
    units = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
    scale = units.get(text[-1:].lower(), 1) if name == "bytes" else 1
    digits = text[:-1] if scale > 1 else text
    if not digits.isdigit():
        raise typer.BadParameter(f"{text!r} is no number.", param_hint=f"--{name}")
    return int(digits) * scale


def _shown(limit: int | None) -> str:
    return "any number of" if limit is None else str(limit)
