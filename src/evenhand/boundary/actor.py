"""Who asks. Every route but sign-in and health receives an `Actor`; `people` fills the Authenticate port."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from evenhand.boundary.permission import Permission, allowed
from evenhand.core.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in one organization, as the credential of this request says.

    token_sha256 is what database functions ask for: the tenant is what the credential says there, never what we say.
    """

    organization_id: UUID
    person_id: UUID
    role: str
    pseudonym: str
    annotator_no: int
    actor_commitment: bytes = field(repr=False)
    vendor_id: UUID
    kind: str
    scopes: list[str] | None
    csrf: bytes | None = field(repr=False)
    credential_id: UUID
    token_sha256: bytes = field(repr=False)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this actor may do."""
        return allowed(self.role, self.scopes)

    def require(self, permission: Permission) -> None:
        """Raise NotAllowed unless this actor may."""
        if permission not in self.permissions:
            raise NotAllowed(permission=permission.value)


class Authenticate(Protocol):
    """The port that `people` fills: who a token is, or None."""

    async def __call__(self, token_sha256: bytes, *, is_used: bool = False) -> Actor | None:
        """The actor behind a token, read afresh or at most a few seconds old. is_used: keeps a session from ending unused."""


def digest_of_token(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()
