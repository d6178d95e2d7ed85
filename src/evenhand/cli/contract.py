"""`evenhand openapi`: the HTTP contract of this release, without a server."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from evenhand.core.settings import Settings


def openapi(
    markdown: Annotated[bool, typer.Option("--markdown", help="Write the reference page instead.")] = False,
) -> None:
    """Print the HTTP contract: an OpenAPI 3.1 document, or the page docs/reference/http-api.md."""
    # Imported when asked for: the supervisor and every other command would carry the whole web application in memory.
    from evenhand.bootstrap import make_web_app
    from evenhand.http.contract import contract
    from evenhand.http.reference import reference

    document = contract(make_web_app(Settings()))
    typer.echo(reference(document) if markdown else json.dumps(document, ensure_ascii=False, indent=2), nl=not markdown)
