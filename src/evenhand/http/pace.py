"""How many requests one key, session or network may send to one process in a minute, and the headers that say so.

RateLimit-Policy and RateLimit are those of draft-ietf-httpapi-ratelimit-headers-10. The count is this process's own: with N
processes a caller may get N times as many through. It keeps one caller from starving the others; it is no quota.
"""

from __future__ import annotations

import math

from starlette.types import Scope

WINDOW_SECONDS = 60
_CALLERS_MAX = 50_000


class Pace:
    """Counts requests of a minute by caller."""

    def __init__(self, requests_per_minute: int) -> None:
        self._allowed = requests_per_minute
        self._policy = (b"ratelimit-policy", f'"minute";q={requests_per_minute};w={WINDOW_SECONDS}'.encode())
        self._window = 0.0
        self._counts: dict[int, int] = {}

    def count(self, scope: Scope, now_seconds: float) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Count a request. Returns how many seconds to wait (0: go on), and the headers of its answer."""
        if now_seconds - self._window >= WINDOW_SECONDS or len(self._counts) > _CALLERS_MAX:
            self._window, self._counts = now_seconds, {}
        caller = _caller(scope)
        used = self._counts[caller] = self._counts.get(caller, 0) + 1
        left_seconds = max(1, math.ceil(self._window + WINDOW_SECONDS - now_seconds))
        remaining = max(self._allowed - used, 0)
        headers = [self._policy, (b"ratelimit", f'"minute";r={remaining};t={left_seconds}'.encode())]
        return (left_seconds if used > self._allowed else 0), headers


def _caller(scope: Scope) -> int:
    """Who asks: the credential that is shown, whether it is good or not; without one, the network. Kept as a hash alone."""
    for name, value in scope["headers"]:
        if name == b"authorization" or (name == b"cookie" and b"evenhand" in value):
            return hash(value)
    client = scope.get("client")
    return hash(client[0] if client else "")
