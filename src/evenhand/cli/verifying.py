"""`evenhand verify`: the stand-alone verifier of `verify/`, word for word the file an auditor would read."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

CHECKOUT = Path(__file__).parents[3] / "verify" / "evenhand_verify.py"


def verify(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The unpacked release.")],
    key: Annotated[Path | None, typer.Option(help="The public key from your contract (PEM or hexadecimal).")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check a release offline and name what was tampered with.

    Leaves with 0 verified, 1 something differs, 3 signature or key refused, 4 the folder cannot be read.
    """
    arguments = [str(directory), *(["--key", str(key)] if key else []), *(["--json"] if json_ else [])]
    module = verifier()
    if module is None:
        print("The verifier is not installed. Install it: pip install evenhand-verify", file=sys.stderr)
        raise typer.Exit(2)
    raise typer.Exit(int(module.main(arguments)))


def verifier() -> ModuleType | None:
    """This checkout's file, or else the installed module; None when neither is there."""
    if not CHECKOUT.exists():
        installed = importlib.util.find_spec("evenhand_verify")
        return importlib.import_module("evenhand_verify") if installed else None
    spec = importlib.util.spec_from_file_location("evenhand_verify", CHECKOUT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
