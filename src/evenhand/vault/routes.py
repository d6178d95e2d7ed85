"""The HTTP face of the vault: an organization's own keys."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.dependencies import Allowed
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, example
from evenhand.vault.policies import KeyPolicies
from evenhand.vault.shapes import KeyState

router = APIRouter(prefix="/api/v1", tags=["keys"], route_class=StrictRoute)


class NewKeyPolicy(Body):
    """How keys are to be kept: managed by the installation, under your own key (bring), or each chunk under it (hold)."""

    model_config = example({"mode": "bring", "service": "bank"})

    mode: Literal["managed", "bring", "hold"]
    service: Annotated[str | None, Field(max_length=50)] = None


async def policies_of(request: Request) -> KeyPolicies:
    """The service that bootstrap made."""
    policies: KeyPolicies = request.app.state.key_policies
    return policies


Service = Annotated[KeyPolicies, Depends(policies_of)]
Reader = Annotated[Actor, Depends(Allowed(Permission.ORGANIZATION_WRITE, Permission.AUDIT_READ))]
Owner = Annotated[Actor, Depends(Allowed(Permission.ORGANIZATION_WRITE))]


@router.get("/vault", operation_id="get_vault")
async def get_vault(actor: Reader, policies: Service) -> KeyState:
    """Where your keys live, what you may choose among, and how far wrapping them anew is."""
    return await policies.state(actor)


@router.put("/vault/policy", operation_id="change_key_policy")
async def change_key_policy(body: NewKeyPolicy, actor: Owner, policies: Service) -> KeyState:
    """Keep your keys in another way. The service is tried first; what there is, a worker wraps anew."""
    return await policies.choose(actor, body.mode, body.service)


@router.post("/vault/rotate", operation_id="rotate_keys")
async def rotate_keys(actor: Owner, policies: Service) -> KeyState:
    """Wrap every key anew, under the newest version of your key."""
    return await policies.rotate(actor)


@router.post("/vault/revoke", operation_id="revoke_keys")
async def revoke_keys(actor: Owner, policies: Service) -> KeyState:
    """Take back the use of your keys. Within seconds nothing of your organization is opened or sealed, until you restore it."""
    return await policies.revoke(actor)


@router.post("/vault/restore", operation_id="restore_keys")
async def restore_keys(actor: Owner, policies: Service) -> KeyState:
    """Give the use of your keys back."""
    return await policies.restore(actor)
