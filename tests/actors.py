"""People of every role in the organization of a running installation, each an HTTP client that is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import httpx

from serving import Installation

ROLES = ("owner", "manager", "annotator", "reviewer", "auditor", "anonymous")
PASSWORD = "four plain words together"


@contextmanager
def signed_in(installation: Installation) -> Iterator[dict[str, httpx.Client]]:
    """One client a role. The owner shows an API key, the others a session, and nobody is anonymous's."""
    with ExitStack() as stack:
        clients = {role: stack.enter_context(httpx.Client(base_url=installation.url, timeout=60)) for role in ROLES}
        clients["owner"].headers["authorization"] = f"Bearer {installation.key}"
        for role in ROLES[1:-1]:
            join(clients["owner"], clients[role], role)
        yield clients


def join(owner: httpx.Client, client: httpx.Client, role: str, email: str | None = None) -> dict[str, str]:
    """Invite somebody and accept as them: their client has a session from then on. Returns the session."""
    # Several folders' tests share a server, and none knows whom another has invited.
    address = email or f"{role}-{uuid4().hex[:8]}@example.org"
    invited = owner.post("/api/v1/invitations", json={"email": address, "role": role}).raise_for_status()
    token = invited.json()["link"].partition("#")[2]
    body = {"token": token, "password": PASSWORD, "name": f"The {role}"}
    session = client.post("/api/v1/invitations/accept", json=body).raise_for_status().json()
    client.headers["x-csrf-token"] = session["csrf"]
    return session
