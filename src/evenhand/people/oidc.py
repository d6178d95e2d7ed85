"""OpenID Connect Core 1.0, as a relying party: what is asked of a provider, and what its answers must be. No I/O.

The authorization code flow with PKCE (RFC 7636), state and nonce. What has to be remembered between leaving for the provider and
coming back lies in a cookie of the browser that left, under a keyed hash: nothing is kept here, and no other browser can come back.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from evenhand.core.errors import PlatformError

TRIP_LASTS = timedelta(minutes=10)
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
_CLOCKS_APART_SECONDS = 60

Keyed = Callable[[str, str], bytes]
"""A keyed hash of 16 bytes over a domain and a text."""


@dataclass(eq=False)
class SingleSignOnRefused(PlatformError):
    """Single sign-on did not go through."""

    reason: str
    code: ClassVar[str] = "single-sign-on-refused"
    hint: ClassVar[str] = (
        "Begin again from the sign-in page; if it happens again, show this to whoever operates the server."
    )

    def __str__(self) -> str:
        return f"Single sign-on did not go through: {self.reason}."


@dataclass(eq=False)
class NoAccount(PlatformError):
    """Nobody here has the address that the provider vouches for."""

    code: ClassVar[str] = "no-account"
    hint: ClassVar[str] = "Ask for an invitation to that address, accept it, then sign in again."


@dataclass(frozen=True, slots=True)
class Client:
    """What the operator set up at the provider. redirect_uri: where it sends people back.

    acr: the strengths of signing in (OpenID Connect Core, 2, `acr`) of which the provider must vouch for one; none: it decides.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    acr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """What the provider says of itself (OpenID Connect Discovery 1.0, section 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True, slots=True)
class Trip:
    """One way to the provider and back."""

    state: str
    nonce: str
    verifier: str = field(repr=False)
    until: int

    @classmethod
    def begin(cls, random_bytes: bytes, now: datetime) -> Trip:
        """random_bytes: 96, a third each for state, nonce and verifier."""
        state, nonce, verifier = (_encode(random_bytes[at : at + 32]) for at in (0, 32, 64))
        return cls(state, nonce, verifier, int((now + TRIP_LASTS).timestamp()))

    def packed(self, keyed: Keyed) -> str:
        """As the browser keeps it."""
        content = _encode(json.dumps([self.state, self.nonce, self.verifier, self.until]).encode())
        return f"{content}.{_encode(keyed('oidc-trip', content))}"

    @classmethod
    def unpacked(cls, text: str, keyed: Keyed, state: str, now: datetime) -> Trip:
        """The trip that this browser began, if it comes back from it. Raises SingleSignOnRefused."""
        content, _, mark = text.partition(".")
        if not hmac.compare_digest(mark, _encode(keyed("oidc-trip", content))):
            raise SingleSignOnRefused(reason="it was not begun in this browser")
        trip = cls(*json.loads(_decode(content)))
        if not hmac.compare_digest(trip.state.encode(), state.encode()):
            raise SingleSignOnRefused(reason="the answer belongs to another attempt")
        if trip.until < now.timestamp():
            raise SingleSignOnRefused(reason="it took longer than ten minutes")
        return trip


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for: its own name for the person, and the address if it has seen that it is theirs."""

    subject: str
    email: str | None


def read_provider(content: bytes, client: Client) -> Provider:
    """The provider's own description. Raises SingleSignOnRefused unless it is this issuer's and stays with TLS where it began."""
    try:
        said = json.loads(content)
        provider = Provider(said["authorization_endpoint"], said["token_endpoint"], said["jwks_uri"])
        if said["issuer"] != client.issuer:
            raise SingleSignOnRefused(reason="the provider describes another one than it was asked for")
        scheme = urlsplit(client.issuer).scheme
        addresses = (provider.authorization_endpoint, provider.token_endpoint, provider.jwks_uri)
        if any(urlsplit(each).scheme not in ("https", scheme) for each in addresses):
            raise SingleSignOnRefused(reason="the provider points to an address without TLS")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SingleSignOnRefused(reason="the provider's description of itself cannot be read") from None
    return provider


def authorization_url(provider: Provider, client: Client, trip: Trip) -> str:
    """Where the browser goes (OpenID Connect Core, 3.1.2.1)."""
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": "openid email",
        "state": trip.state,
        "nonce": trip.nonce,
        "code_challenge": create_s256_code_challenge(trip.verifier),
        "code_challenge_method": "S256",
        **({"acr_values": " ".join(client.acr)} if client.acr else {}),
    }
    mark = "&" if "?" in provider.authorization_endpoint else "?"
    return f"{provider.authorization_endpoint}{mark}{urlencode(asked)}"


def token_request(client: Client, trip: Trip, code: str) -> tuple[dict[str, str], bytes]:
    """Headers and body that turn a code into a token (RFC 6749, 4.1.3; the secret as RFC 6749, 2.3.1 prefers it)."""
    secret = f"{_quoted(client.client_id)}:{_quoted(client.client_secret)}".encode()
    headers = {
        "authorization": "Basic " + base64.b64encode(secret).decode(),
        "content-type": "application/x-www-form-urlencoded",
        "accept": "application/json",
    }
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": trip.verifier,
    }
    return headers, urlencode(body).encode()


def read_id_token(content: bytes) -> str:
    """The ID token in a token endpoint's answer. Raises SingleSignOnRefused."""
    try:
        token = json.loads(content)["id_token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if not isinstance(token, str):
        raise SingleSignOnRefused(reason="the provider gave no ID token")
    return token


def vouched_for(token: str, keys: bytes, client: Client, trip: Trip, now: datetime) -> Vouched:
    """Whom an ID token vouches for, checked as OpenID Connect Core 3.1.3.7 asks. Raises SingleSignOnRefused.

    keys: the provider's key set (RFC 7517). An address that the provider has not verified counts as none.
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.jwk import KeySet

    try:
        decoded = jwt.decode(token, KeySet.import_key_set(json.loads(keys)), algorithms=list(_ALGORITHMS))
        claims = CodeIDToken(
            dict(decoded.claims),
            dict(decoded.header),
            options={
                "iss": {"essential": True, "value": client.issuer},
                "aud": {"essential": True, "value": client.client_id},
            },
            params={"client_id": client.client_id, "nonce": trip.nonce},
        )
        claims.validate(now=int(now.timestamp()), leeway=_CLOCKS_APART_SECONDS)
    except Exception:  # whatever a hostile token makes a parser do, it is refused
        raise SingleSignOnRefused(reason="the provider's ID token does not hold") from None
    if client.acr and claims.get("acr") not in client.acr:
        raise SingleSignOnRefused(reason="the provider did not ask for as much as this server wants (acr)")
    subject, email = claims.get("sub"), claims.get("email")
    if not isinstance(subject, str) or not subject:
        raise SingleSignOnRefused(reason="the provider's ID token names nobody")
    return Vouched(subject, email if isinstance(email, str) and claims.get("email_verified") is True else None)


def _quoted(text: str) -> str:
    return urlencode({"": text})[1:]


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def require(answered_status: int, content: bytes, what: str) -> bytes:
    """What the provider answered, if it was no refusal. Raises SingleSignOnRefused with the provider's own word."""
    if answered_status == 200:
        return content
    said: Mapping[str, Any] = {}
    try:
        said = json.loads(content)
        word = str(said.get("error", ""))[:60]
    except (ValueError, AttributeError, RecursionError):
        word = ""
    raise SingleSignOnRefused(reason=f"the provider's {what} answered {answered_status} {word}".rstrip())
