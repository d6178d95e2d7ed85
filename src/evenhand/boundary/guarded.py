"""The guard as a transport: loaded with the HTTP client, when the first of somebody else's addresses is called."""

from __future__ import annotations

import ssl

import httpx

from evenhand.boundary.outbound import Guard


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends each request to an address that the guard has judged; name and certificate stay those of the host.

    No connection is kept: a later request to another name behind the same address must not ride on the first one's.
    """

    def __init__(self, guard: Guard, trust: ssl.SSLContext) -> None:
        self._guard = guard
        limits = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(verify=trust, trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Judge, then send."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        destination = await self._guard.destination(url.host, port)
        # The Host header was set from the name when the request was built; SNI and the certificate follow the extension.
        pinned = httpx.Request(
            request.method,
            url.copy_with(host=destination.address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": url.host},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()
