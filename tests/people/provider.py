"""An OpenID Connect provider on this machine, as the standard describes one: it knows one client, and whoever a test seats.

It keeps what it was asked, checks what a provider must (client, redirect address, code, PKCE), and signs what it says; a test may
bend what it says, as a broken or hostile one would.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT_ID, CLIENT_SECRET = "evenhand at example.org", "s3cret: 100 %"


@dataclass
class Account:
    """Whoever sits before the provider's sign-in page."""

    subject: str
    email: str
    is_verified: bool = True


@dataclass
class Provider:
    """The provider. bend: changes the claims before they are signed. now: its clock."""

    redirect_uri: str
    now: Callable[[], datetime]
    account: Account = field(default_factory=lambda: Account("1", "nobody@example.org"))
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "1", "alg": "ES256"}))
    bend: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    describe: Callable[[dict[str, Any]], dict[str, Any]] = lambda said: said
    signs_with: ECKey | None = None
    issuer: str = ""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def visited(self, url: str) -> str:
        """What the browser is sent back to, when the account signs in at the provider."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(self.issuer + "/authorize?")
        assert asked["client_id"] == CLIENT_ID
        assert asked["redirect_uri"] == self.redirect_uri
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return self.redirect_uri + "?" + urlencode({"code": code, "state": asked["state"]})

    def description(self) -> dict[str, Any]:
        return self.describe(
            {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token",
                "jwks_uri": self.issuer + "/keys",
            }
        )

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def token(self, authorization: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The token endpoint: RFC 6749 sections 4.1.3 and 2.3.1, RFC 7636 section 4.6."""
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if (unquote_plus(user), unquote_plus(password)) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        asked = self._codes.pop(body["code"], None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(body["code_verifier"].encode()).digest()).decode().rstrip("=")
        )
        if asked is None or body["redirect_uri"] != asked["redirect_uri"] or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        seconds = int(self.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": self.account.subject,
            "iat": seconds,
            "exp": seconds + 300,
            "nonce": asked["nonce"],
            "email": self.account.email,
            "email_verified": self.account.is_verified,
        }
        signed = jwt.encode({"alg": "ES256", "kid": "1"}, self.bend(claims), self.signs_with or self.key)
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": signed}


@contextmanager
def provider(redirect_uri: str, now: Callable[[], datetime]) -> Iterator[Provider]:
    """One that listens on loopback until the test is over."""
    made = Provider(redirect_uri, now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = made.description() if self.path == "/.well-known/openid-configuration" else made.keys()
            self._say(200, said)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            values = {name: each[0] for name, each in parse_qs(body).items()}
            self._say(*made.token(self.headers["authorization"], values))

        def _say(self, status: int, said: dict[str, Any]) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
