"""Signing in through the organization's own provider (OpenID Connect). What is asked and checked is in `oidc`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

from evenhand.boundary.outbound import Guard
from evenhand.core.errors import PlatformError
from evenhand.core.settings import PREFIX, SettingRefused
from evenhand.people import model, oidc
from evenhand.people.oidc import Client, NoAccount, Provider, SingleSignOnRefused, Trip
from evenhand.people.passwords import Passwords
from evenhand.people.sessions import Opened, Sessions
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.service import Vault

_queries = Queries.of("evenhand.people")

CALLBACK = "/api/v1/session/single-sign-on/callback"
_DESCRIPTION = "/.well-known/openid-configuration"
_SECONDS = 10.0
_BYTES_MAX = 256 * 1024


def client_of(
    issuer: str | None, client_id: str | None, secret_file: Path | None, address: str, acr: tuple[str, ...] = ()
) -> Client | None:
    """The client that the settings describe; None when single sign-on is not set up. Raises SettingRefused for half of it."""
    if issuer is None and client_id is None:
        return None
    if issuer is None or client_id is None:
        missing = "OIDC_ISSUER" if issuer is None else "OIDC_CLIENT_ID"
        raise SettingRefused(setting=PREFIX + missing, reason="single sign-on needs both the issuer and the client id")
    try:
        secret = secret_file.read_text(encoding="utf-8").strip() if secret_file else ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise SettingRefused(setting=PREFIX + "OIDC_CLIENT_SECRET_FILE", reason=reason) from None
    return Client(issuer, client_id, secret, address + CALLBACK, acr)


class SingleSignOn:
    """One provider for the whole installation, named by its operator."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        sessions: Sessions,
        passwords: Passwords,
        outbound: Guard,
        clock: Clock,
        client: Client | None,
        name: str,
    ) -> None:
        self._database = database
        self._vault = vault
        self._sessions = sessions
        self._passwords = passwords
        self._outbound = outbound
        self._clock = clock
        self._client = client
        self._name = name
        self._provider: Provider | None = None

    @property
    def name(self) -> str | None:
        """What the button says; None when there is none."""
        return self._name if self._client else None

    async def begin(self) -> tuple[str, str]:
        """Where the browser goes, and what it keeps until it comes back. Raises SingleSignOnRefused, OutboundFailed."""
        client = self._required()
        trip = Trip.begin(os.urandom(96), self._clock.now())
        return oidc.authorization_url(await self._described(client), client, trip), trip.packed(self._keyed)

    async def finish(self, kept: str, state: str, code: str, network: str, *, replaces: bytes | None) -> Opened:
        """Open a session for whom the provider vouches. Raises SingleSignOnRefused, NoAccount, TooManyRequests, OutboundFailed.

        The first time, the address that the provider has verified finds the person; from then on the provider's own name for
        them does, so that an address which is given to somebody else later does not bring that person in.
        """
        client = self._required()
        network_hash = self._vault.lookup(None, "network", network)
        await self._passwords.attempt([network_hash])
        trip = Trip.unpacked(kept, self._keyed, state, self._clock.now())
        provider = await self._described(client)
        headers, body = oidc.token_request(client, trip, code)
        answered = await self._asked("POST", provider.token_endpoint, "token endpoint", headers, body)
        keys = await self._asked("GET", provider.jwks_uri, "key set")
        vouched = oidc.vouched_for(oidc.read_id_token(answered), keys, client, trip, self._clock.now())
        person = await self._person(client, vouched)
        await self._passwords.succeeded(network_hash)
        return await self._sessions.open(
            UUID(person["organization_id"]), UUID(person["person_id"]), replaces, by="single-sign-on"
        )

    async def _person(self, client: Client, vouched: oidc.Vouched) -> dict[str, str]:
        email_hash = None
        if vouched.email is not None:
            try:
                email_hash = self._vault.lookup(None, "email", model.fold_address(vouched.email))
            except PlatformError:
                email_hash = None  # what is no address here finds nobody
        async with self._database.statement() as connection:
            found = await _queries.value(
                connection,
                "identity_find",
                issuer_hash=self._keyed("oidc-issuer", client.issuer),
                subject_hash=self._keyed("oidc-subject", f"{client.issuer}\x00{vouched.subject}"),
                email_hash=email_hash,
                now=self._clock.now(),
            )
        person: dict[str, str] | None = json.loads(found) if found else None
        if person is None:
            raise NoAccount()
        return person

    async def _described(self, client: Client) -> Provider:
        if self._provider is None:
            content = await self._asked("GET", client.issuer.rstrip("/") + _DESCRIPTION, "description of itself")
            self._provider = oidc.read_provider(content, client)
        return self._provider

    async def _asked(
        self, method: str, url: str, what: str, headers: dict[str, Any] | None = None, body: bytes | None = None
    ) -> bytes:
        answered = await self._outbound.send(
            method, url, headers=headers, content=body, seconds=_SECONDS, bytes_max=_BYTES_MAX
        )
        if not answered.is_whole:
            raise SingleSignOnRefused(reason=f"the provider's {what} is too long")
        return oidc.require(answered.status, answered.content, what)

    def _required(self) -> Client:
        if self._client is None:
            raise SingleSignOnRefused(reason="this server has no provider set up")
        return self._client

    def _keyed(self, domain: str, text: str) -> bytes:
        return self._vault.lookup(None, domain, text)
