"""`evenhand verify`: the stand-alone verifier of `verify/`, word for word the file an auditor would read."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

_CHECKOUT = Path(__file__).parents[3] / "verify" / "evenhand_verify.py"


def verify(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The unpacked release.")],
    key: Annotated[Path | None, typer.Option(help="The public key from your contract (PEM or hexadecimal).")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check a release offline and name what was tampered with.

    Leaves with 0 verified, 1 something differs, 3 signature or key refused, 4 the folder cannot be read.
    """
    arguments = [str(directory), *(["--key", str(key)] if key else []), *(["--json"] if json_ else [])]
    raise typer.Exit(int(_verifier().main(arguments)))


def _verifier() -> ModuleType:
    """The module of the wheel, or the file of this checkout."""
    if spec := importlib.util.find_spec("evenhand_verify"):
        return importlib.import_module(spec.name)
    import sys

    spec = importlib.util.spec_from_file_location("evenhand_verify", _CHECKOUT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
