"""`evenhand ledger`: a customer fetches what can be checked; the operator sees to the logs and ends their stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from evenhand.cli import embedded
from evenhand.cli.connection import Terminal, connected
from evenhand.cli.settings import settings_for
from evenhand.core.settings import Settings
from evenhand.core.times import rfc3339

if TYPE_CHECKING:
    from evenhand.ledger.keeping import LogKeeper
    from evenhand.ledger.policy import Policy
    from evenhand.ledger.witnesses import Witnesses

T = TypeVar("T")
app = typer.Typer(help="The ledger: fetch it and check it; as operator, see to it.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option(help="The data folder.")]
KeyFile = Annotated[Path | None, typer.Option(help="The key file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command("fetch")
@connected
def fetch(
    at: Terminal,
    folder: Annotated[Path, typer.Argument(help="The folder; made when missing, brought up to date when not.")],
    receipt: Annotated[
        list[str] | None, typer.Option("--receipt", help="Also the receipt of this entry; more than once if you like.")
    ] = None,
) -> None:
    """Fetch your log, the governance log and the policy into a folder that `evenhand-verify` and other tools check offline.

    Keep the folder: what a later fetch brings is held against it.
    """
    with at.progress(folder.name) as tell:
        written = at.client.ledger.fetch(folder, receipts=receipt or (), progress=tell)
    at.show({"files": [str(path) for path in written]}, lines=[f"{len(written)} files written to {folder}"])


@app.command("receipt")
@connected
def get_receipt(
    at: Terminal, entry: Annotated[str, typer.Argument(help="The entry's id, from an item's looks.")]
) -> None:
    """Print the receipt of one entry: the proof that it is in the published log, or the promise that it will be."""
    content = at.client.ledger.receipt(entry).decode()
    at.show({"receipt": content}, lines=[content.rstrip("\n")])


@app.command("status")
def status(data: Data = None, key_file: KeyFile = None, json_: AsJson = False) -> None:
    """As operator: every log, how many entries it has, how many are published, and whether it stopped."""
    rows = _with_keeper(settings_for(data=data, key_file=key_file), lambda keeper: keeper.status())
    for row in rows:
        facts = {name: rfc3339(value) if name.endswith("_at") and value else value for name, value in row.items()}
        if json_:
            print(json.dumps(facts))
            continue
        why = f" ({facts['reason']})" if facts["reason"] else ""
        print(f"{facts['origin']}  {facts['state']}{why}  {facts['size']} entries, {facts['published']} published")


@app.command("reconcile")
def reconcile(
    same_log: Annotated[
        bool, typer.Option("--same-log", help="Go on under the old origin, where that contradicts nothing published.")
    ] = False,
    published: Annotated[
        Path | None, typer.Option(help="A folder with the newest published checkpoint, for example a fetched copy.")
    ] = None,
    data: Data = None,
    key_file: KeyFile = None,
    json_: AsJson = False,
) -> None:
    """As operator: end the stop of every log that stopped, after a restored backup above all.

    Each begins anew beside the old one, whose files stay, with an entry that names the old head. It is on public record.
    """
    settings = settings_for(data=data, key_file=key_file)
    done = _with_keeper(settings, lambda keeper: keeper.reconcile(same_log=same_log, published=published))
    for each in done:
        print(
            json.dumps(asdict(each))
            if json_
            else f"{each.old_origin} ({each.size} entries, {each.published} published, {each.reason})"
            f" goes on as {each.origin}; {each.taken} entries had waited."
        )
    if not done and not json_:
        print("No log has stopped.")


witnesses = typer.Typer(help="As operator: who cosigns the logs, and how many a policy asks for.", no_args_is_help=True)
app.add_typer(witnesses, name="witnesses")
Name = Annotated[str, typer.Argument(help="What the policy calls it.")]


@witnesses.command("list")
def list_witnesses(data: Data = None, key_file: KeyFile = None) -> None:
    """Print the witnesses and the quorum, as a policy has them."""
    _change_witnesses(settings_for(data=data, key_file=key_file), lambda them: them.all())


@witnesses.command("add")
def add_witness(
    name: Name,
    vkey: Annotated[str, typer.Argument(help="Its key, as `evenhand witness` prints it.")],
    url: Annotated[str, typer.Argument(help="Where it takes checkpoints: https://witness.example.org")],
    data: Data = None,
    key_file: KeyFile = None,
) -> None:
    """Let one more witness cosign every log. It is on public record."""
    _change_witnesses(settings_for(data=data, key_file=key_file), lambda them: them.add(name, vkey, url))


@witnesses.command("remove")
def remove_witness(name: Name, data: Data = None, key_file: KeyFile = None) -> None:
    """Ask a witness no more. It is on public record."""
    _change_witnesses(settings_for(data=data, key_file=key_file), lambda them: them.remove(name))


@witnesses.command("quorum")
def set_quorum(
    count: Annotated[int, typer.Argument(min=0, help="How many of them a policy asks for; 0 for none.")],
    data: Data = None,
    key_file: KeyFile = None,
) -> None:
    """Say how many witnesses have to cosign. It is on public record."""
    _change_witnesses(settings_for(data=data, key_file=key_file), lambda them: them.ask_for(count))


def _change_witnesses(settings: Settings, do: Callable[[Witnesses], Awaitable[Policy]]) -> None:
    async def run(keeper: LogKeeper) -> Policy:
        return await do(await keeper.witnesses())

    print(_with_keeper(settings, run).write().decode("utf-8", "replace"), end="")


def _with_keeper(settings: Settings, do: Callable[[LogKeeper], Awaitable[T]]) -> T:
    async def run() -> Any:
        from evenhand.bootstrap import open_log_keeper, open_services

        async with embedded.database_of(settings) as at, open_services(at) as services:
            await embedded.see_to_sequencer(at, services.keys.sequencer_password)
            keeper = open_log_keeper(at, services)
            try:
                return await do(keeper)
            finally:
                await keeper.close()

    found: T = asyncio.run(run())
    return found
