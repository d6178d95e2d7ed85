"""The user interface's files: built by `make ui` into `_ui`, hashed names cached for good, every other path is the app."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope


class InterfaceRoute(APIRoute):
    """Every address that is not an API's: there, what nobody answers is not found, also when it is no GET."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As usual, but never for an API."""
        return (Match.NONE, {}) if scope["path"].startswith(("/api/", "/compat/")) else super().matches(scope)


router = APIRouter(include_in_schema=False, route_class=InterfaceRoute)
FOLDER = Path(__file__).parent.parent / "_ui"
_UNBUILT = """<!doctype html><meta charset="utf-8"><title>Evenhand</title>
<p>The user interface is not built yet. Run <code>make ui</code> in the checkout, then reload. The API is at
<a href="/openapi.json">/openapi.json</a>."""


@router.get("/{path:path}")
async def page(path: str, request: Request) -> Response:
    """A file of the interface, or the app for any address that is one of its screens."""
    file = _file_at(path)
    if file is not None:
        is_hashed = path.startswith("assets/")
        cache = "public, max-age=31536000, immutable" if is_hashed else "no-cache"
        encodings = request.headers.get("accept-encoding", "")
        packed = file.with_name(file.name + ".gz")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers = {"cache-control": cache, "vary": "accept-encoding"}
        if "gzip" in encodings and packed.is_file():
            return FileResponse(packed, media_type=kind, headers={**headers, "content-encoding": "gzip"})
        return FileResponse(file, media_type=kind, headers=headers)
    if "." in path.rpartition("/")[2]:
        raise HTTPException(404, "There is no such file")
    index = FOLDER / "index.html"
    if not index.is_file():
        return HTMLResponse(_UNBUILT, status_code=503)
    return FileResponse(index, media_type="text/html", headers={"cache-control": "no-cache"})


def _file_at(path: str) -> Path | None:
    """The file of the interface at a path; a path no file system can hold is just one where there is none."""
    try:
        file = (FOLDER / path).resolve()
        return file if path and FOLDER in file.parents and file.is_file() else None
    except (OSError, ValueError):
        return None
