"""`evenhand agent`: the release agent that a customer runs, who holds its own key. It needs no database."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar
from uuid import UUID

import typer

from evenhand.cli.listening import listen
from evenhand.core.errors import PlatformError
from evenhand.ledger.policy import NONE, read_policy
from evenhand.store.clock import SystemClock


@dataclass(eq=False)
class AgentMisconfigured(PlatformError):
    """The release agent cannot start with what it was given."""

    file: str
    reason: str
    code: ClassVar[str] = "agent-misconfigured"
    hint: ClassVar[str] = "docs/how-to/hold-your-own-key.md says what each file holds."

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}."


def agent(
    organization: Annotated[str, typer.Option(help="Your organization's id.")],
    policy: Annotated[
        Path, typer.Option(help="The policy file: your log's key and your witnesses, from the contract.")
    ],
    services: Annotated[Path, typer.Option(help="A file of key services with one in it: yours.")],
    token_file: Annotated[Path, typer.Option(help="The token that the operator's server shows.")],
    counter: Annotated[Path, typer.Option(help="The counter file: a line for every key, only appended to.")] = Path(
        "evenhand-agent.count"
    ),
    keys_a_minute: Annotated[int, typer.Option(min=1, help="More are refused.")] = 600,
    let_go: Annotated[
        bool,
        typer.Option(
            "--let-go", help="Also unwrap for the entry that says that you keep your keys in another way from now on."
        ),
    ] = False,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8422,
    certificate: Annotated[Path | None, typer.Option(help="A certificate to speak TLS with (PEM).")] = None,
    private_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
) -> None:
    """Unwrap your keys for looks that are on your record and that your witnesses cosigned, and for nothing else."""
    import uvicorn

    from evenhand.vault.agent import CounterFile, ReleaseAgent
    from evenhand.vault.agent_server import AgentServer
    from evenhand.vault.configured import read_key_services

    try:
        mine = UUID(organization)
    except ValueError:
        raise AgentMisconfigured(file="--organization", reason="this is no id") from None
    believed = read_policy(_read(policy))
    if believed.quorum == NONE:
        raise AgentMisconfigured(
            file=str(policy), reason="its quorum is none, so that no witness would have to see a look"
        )
    mine_only = read_key_services(services, None).open_to(mine)
    if len(mine_only) != 1:
        raise AgentMisconfigured(file=str(services), reason="it has not exactly one service of this organization")
    token = _read(token_file).decode("ascii", "replace").strip()
    if len(token) < 16:
        raise AgentMisconfigured(file=str(token_file), reason="a token has at least 16 characters")
    try:
        counted = CounterFile(counter)
    except (OSError, ValueError, KeyError) as error:
        raise AgentMisconfigured(file=str(counter), reason=str(error)) from None
    released = ReleaseAgent(mine, believed, mine_only[0].service, counted, keys_a_minute=keys_a_minute, lets_go=let_go)
    listening = listen(host, port)
    config = uvicorn.Config(
        AgentServer(released, token, SystemClock()),
        lifespan="off",
        log_level="warning",
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
    )
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        # Also after uvicorn's own: once it has stopped, it raises the signal again, which would end us before the file is closed.
        signal.signal(number, stop)
    print(
        f"The release agent listens at {host}:{listening.getsockname()[1]}; {counted.count} keys counted.", flush=True
    )
    try:
        asyncio.run(server.serve([listening]))
    finally:
        counted.close()
        listening.close()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AgentMisconfigured(file=str(path), reason=error.strerror or type(error).__name__) from None
