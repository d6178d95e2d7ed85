"""The HTTP face of the ledger: what an organization may know of its logs, receipts, and the logs' files (C2SP tlog-tiles)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from evenhand.boundary.actor import Actor
from evenhand.boundary.dependencies import Allowed, current_actor
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.core.errors import NotAllowed
from evenhand.ledger.reading import LogFile, Logs
from evenhand.ledger.shapes import Ledger, LedgerRoot, PublicLog

router = APIRouter(prefix="/api/v1", tags=["ledger"], route_class=StrictRoute)
# Their paths and contents are specified elsewhere (C2SP tlog-tiles), so they are no part of our contract.
files = APIRouter(prefix="/log", include_in_schema=False)
PUBLIC = "governance"
_YEAR_SECONDS = 31_536_000


async def logs_of(request: Request) -> Logs:
    """The service that bootstrap made."""
    logs: Logs = request.app.state.logs
    return logs


Service = Annotated[Logs, Depends(logs_of)]
Auditor = Annotated[Actor, Depends(Allowed(Permission.AUDIT_READ))]
LookReader = Annotated[Actor, Depends(Allowed(Permission.AUDIT_READ, Permission.TASK_READ))]
EntryId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="The id of an entry: 32 hexadecimal digits.")]
_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The receipt.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/ledger", operation_id="get_ledger")
async def get_ledger(actor: Auditor, logs: Service) -> Ledger:
    """The organization's log and the public governance log: keys, newest checkpoints, states, and the policy to check them with."""
    return await logs.facts(actor)


@router.get("/ledger/governance", operation_id="get_governance_log")
async def get_governance_log(logs: Service) -> PublicLog:
    """The public governance log, for anybody: its key, its newest checkpoint, where its files are, and what to check it with."""
    return await logs.public_facts()


@router.get("/ledger/root", operation_id="get_ledger_root")
async def get_ledger_root(actor: Auditor, logs: Service) -> LedgerRoot:
    """Where the organization's checkpoint stands in the newest hash over all customers', which the governance log holds."""
    return await logs.root(actor)


@router.get("/ledger/entries/{entry_id}/receipt", operation_id="get_receipt", response_class=Response, responses=_TEXT)
async def get_receipt(entry_id: EntryId, actor: LookReader, logs: Service) -> Response:
    """The proof that an entry is in the published log (C2SP tlog-proof); before that, the signed promise of it."""
    return Response(await logs.receipt(actor, entry_id), media_type="text/plain; charset=utf-8")


@files.get("/{opaque}/{path:path}")
async def get_log_file(opaque: str, path: str, request: Request, logs: Service) -> Response:
    """A checkpoint, a tile or a bundle of entries. Of the governance log to anybody, of a customer's to its own auditors."""
    is_public = opaque.partition("-")[0] == PUBLIC
    if is_public:
        return _answer(request, await logs.public_file(opaque, path), is_public=True)
    actor = await current_actor(request)
    if Permission.AUDIT_READ not in actor.permissions:
        raise NotAllowed(permission=Permission.AUDIT_READ.value)
    return _answer(request, await logs.file(actor.organization_id, opaque, path), is_public=False)


def _answer(request: Request, file: LogFile, *, is_public: bool) -> Response:
    scope = "public" if is_public else "private"
    kept = f"{scope}, max-age={_YEAR_SECONDS}, immutable" if file.is_fixed else f"{scope}, no-cache"
    headers = {"cache-control": kept, "etag": file.etag}
    if is_public:
        headers["access-control-allow-origin"] = "*"
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    is_text = request.url.path.endswith("/checkpoint")
    kind = "text/plain; charset=utf-8" if is_text else "application/octet-stream"
    return Response(file.content, media_type=kind, headers=headers)
