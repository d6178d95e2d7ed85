"""`evenhand witness`: a witness for the logs of any installation. It needs no database and nothing else of the product."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.listening import listen
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import SignatureType, VerifierKey, read_key
from evenhand.ledger.witness import Witness
from evenhand.ledger.witness_server import WitnessServer
from evenhand.ledger.witness_state import WitnessState, open_state
from evenhand.ledger.witnessing import PATH

_KEYS_BYTES_MAX = 1024 * 1024


def witness(
    state: Annotated[
        Path,
        typer.Option(help="The folder of the witness: its key, the last checkpoints, evidence. Made when missing."),
    ] = Path("evenhand-witness"),
    name: Annotated[
        str | None,
        typer.Option(help="Its name in every signature, like witness.example.com/w1; needed at the first start."),
    ] = None,
    log: Annotated[list[str] | None, typer.Option(metavar="VKEY", help="A log to follow; may be given again.")] = None,
    logs: Annotated[Path | None, typer.Option(help="A file with one VKEY a line; # begins a comment.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8421,
    vkey: Annotated[bool, typer.Option("--vkey", help="Print its own VKEY, made when missing, and leave.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")] = False,
) -> None:
    """Cosign checkpoints of the logs that you follow, and refuse each one that does not continue what you saw before.

    The first line printed is the witness's VKEY: give it to the operator and to whoever reads the logs. Stop with Ctrl C.
    """
    keys = _keys(log or [], logs)
    with open_state(state, name, sorted({each.name for each in keys})) as opened:
        if vkey:
            print(opened.signer.verifier)
            return
        asyncio.run(_serve(opened, keys, host, port, as_json=json_))


async def _serve(state: WitnessState, keys: list[VerifierKey], host: str, port: int, *, as_json: bool) -> None:
    listening = listen(host, port)
    server = WitnessServer(Witness(state, keys, time.time), _say)
    task = asyncio.ensure_future(server.serve(listening))
    for number in (signal.SIGTERM, signal.SIGINT):
        # Before it is said to be ready: who reads that may stop it in the same moment.
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    url = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    if as_json:
        print(
            json.dumps({"vkey": str(state.signer.verifier), "url": url, "logs": [str(each) for each in keys]}),
            flush=True,
        )
    else:
        print(state.signer.verifier)
        print(f"Listening at {url}{PATH}, following {len(keys)} logs. Stop with Ctrl C.", flush=True)
    if not keys:
        print("No log is followed: every checkpoint is refused. Name one with --log.", file=sys.stderr, flush=True)
    with suppress(asyncio.CancelledError):
        await task


def _keys(given: list[str], file: Path | None) -> list[VerifierKey]:
    lines = list(given)
    if file is not None:
        try:
            with file.open("rb") as opened:
                content = opened.read(_KEYS_BYTES_MAX).decode("utf-8")
        except OSError as error:
            raise Unreadable("list of logs", f"{file}: {error.strerror or type(error).__name__}") from None
        except UnicodeDecodeError:
            raise Unreadable("list of logs", f"{file} is not UTF-8") from None
        lines += [line for each in content.split("\n") if (line := each.strip()) and not line.startswith("#")]
    keys = list(dict.fromkeys(read_key(each) for each in lines))
    for key in keys:
        if key.type is not SignatureType.ED25519:
            raise Unreadable("verifier key of a log", f"{key.name} is the key of a witness")
    return keys


def _say(event: str) -> None:
    """One line on standard error for each checkpoint. That nobody can take it is no reason to leave a log without its answer."""
    with suppress(OSError):
        print(event, file=sys.stderr, flush=True)
