"""The reference as pages of the server itself: the HTTP API and its errors, made from the code, nothing from outside."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from evenhand.http.contract import contract
from evenhand.http.error_reference import answers_reference
from evenhand.http.reference import reference

router = APIRouter(prefix="/docs/reference", include_in_schema=False)
_STYLE = """
:root { --line: color-mix(in srgb, currentColor 20%, transparent); color-scheme: light dark; }
:root { font: 16px/1.6 "IBM Plex Sans Variable", system-ui, sans-serif; }
body { margin: 0 auto; padding: 2rem 1.25rem 6rem; max-width: 48rem; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; scroll-margin-top: 1rem; }
h2 { margin-top: 3rem; }
h3 { margin: 2rem 0 .5rem; font-size: 1.05rem; }
h3:target { outline: 2px solid; outline-offset: 6px; border-radius: 2px; }
code, pre { font: .9em/1.5 "IBM Plex Mono", ui-monospace, monospace; }
pre { padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
nav.pages { padding-bottom: 1rem; border-bottom: 1px solid var(--line); }
"""


@router.get("/http-api.html")
async def http_api(request: Request) -> HTMLResponse:
    """The reference of the HTTP API."""
    app: Any = request.app
    if not hasattr(app.state, "http_api_page"):
        app.state.http_api_page = page_of(reference(contract(app)))
    return _answer(app.state.http_api_page)


@router.get("/errors.html")
async def errors() -> HTMLResponse:
    """The reference of error codes: where the `type` of a problem document leads."""
    return _answer(_errors_page())


@cache
def _errors_page() -> str:
    return page_of(answers_reference())


def _answer(page: str) -> HTMLResponse:
    return HTMLResponse(page, headers={"cache-control": "no-cache"})


def page_of(markdown: str) -> str:
    """A Markdown page as a whole HTML page: headings with anchors, an index of its sections, no script."""
    from markdown_it import MarkdownIt

    # Raw HTML stays text; what looks like an address in it is left alone.
    parser = MarkdownIt("commonmark", {"html": False})
    tokens = parser.parse(markdown)
    sections, title = [], "Evenhand"
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", anchor_of(inline.content))
            if opening.tag == "h1":
                title = inline.content
            elif opening.tag == "h2":
                sections.append(f'<a href="#{anchor_of(inline.content)}">{escape(inline.content)}</a>')
    body = parser.renderer.render(tokens, parser.options, {})
    pages = '<a href="http-api.html">HTTP API</a><a href="errors.html">Error codes</a><a href="/openapi.json">openapi.json</a>'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · Evenhand</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f'<nav class="pages" aria-label="Pages">{pages}</nav><nav aria-label="Sections">{"".join(sections)}</nav>'
        f"<main>{body}</main></body></html>"
    )


def anchor_of(heading: str) -> str:
    """The anchor that links of our pages use: as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
