"""`evenhand reset-password`: a link to set a new password, for an operator whose installation mails none."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from evenhand.cli import embedded
from evenhand.cli.settings import settings_for
from evenhand.core.errors import PlatformError
from evenhand.core.settings import Settings
from evenhand.core.times import rfc3339

if TYPE_CHECKING:
    from evenhand.people.links import Invited


@dataclass(eq=False)
class NoSuchMember(PlatformError):
    """Nobody with this address has joined an organization of this installation."""

    email: str
    code: ClassVar[str] = "no-such-member"
    hint: ClassVar[str] = "Check the spelling. Whoever was invited and has not joined needs a new invitation instead."

    def __str__(self) -> str:
        return f"Nobody with the address {self.email} has joined an organization of this installation."


def reset_password(
    email: Annotated[str, typer.Argument(help="The address that the person signs in with.")],
    data: Annotated[Path | None, typer.Option(help="The data folder.")] = None,
    key_file: Annotated[Path | None, typer.Option(help="The key file: addresses are looked up with it.")] = None,
    url: Annotated[
        str | None, typer.Option(help="The server's address in the link. Default: EVENHAND_PUBLIC_URL.")
    ] = None,
    forget_passkeys: Annotated[
        bool, typer.Option("--forget-passkeys", help="Forget the person's passkeys too: the device is lost.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Make a link by which a member sets a new password; it works once, for two hours. The link is in the ledger's record.

    Hand it over yourself, to that person alone. The password that stands keeps working until the link is used.
    """
    settings = settings_for(data=data, key_file=key_file, public_url=url)
    made = asyncio.run(_make(settings, email, forget_passkeys=forget_passkeys))
    link = f"{settings.address}/reset#{made.token}"
    if json_:
        print(json.dumps({"link": link, "expires_at": rfc3339(made.expires_at)}))
        return
    print(f"{link}\nIt works once, until {rfc3339(made.expires_at)}.")


async def _make(settings: Settings, email: str, *, forget_passkeys: bool) -> Invited:
    from evenhand.bootstrap import open_services

    async with embedded.database_of(settings) as at, open_services(at) as services:
        made = await services.people.links.make_reset(email, "reset-link-of-operator", forget_passkeys=forget_passkeys)
    if made is None:
        raise NoSuchMember(email=email)
    return made
