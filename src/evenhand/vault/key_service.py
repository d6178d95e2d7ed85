"""What holds a customer's key and is asked to use it: the port to key services, and the guard around whoever stands behind it.

A key service never gives its key away. It wraps 32 bytes so that they come back under the same binding only, and unwraps them
again if its owner still lets it. It may hang, lie, refuse or be gone: `Guarded` turns each of these into one error within a
bounded time, and keeps a service that does not answer from being waited for by everybody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol, TypeAlias, TypeVar

import structlog
from prometheus_client import Counter

from evenhand.core.errors import PlatformError

SECRET_BYTES = 32
WRAPPED_BYTES_MAX = 8192
# How long one call may take; how many may be under way at once; how long a service that failed to answer is left in peace.
CALL_SECONDS = 5.0
CALLS_AT_ONCE = 4
REST_SECONDS = 2.0

Reason = Literal[
    "timeout", "unreachable", "refused", "gone", "garbage", "overloaded", "unknown", "revoked", "too-early"
]
Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)
CALLS = Counter("evenhand_key_service_calls_total", "Calls to key services, by what came of them.", ["verb", "outcome"])


@dataclass(eq=False)
class KeyServiceUnavailable(PlatformError):
    """The key service of this organization does not unwrap now, so nothing is opened and nothing is sealed."""

    service: str
    reason: Reason
    code: ClassVar[str] = "key-service-unavailable"
    hint: ClassVar[str] = (
        "Try again in a moment; if it stays so, ask the owner of the key whether it was disabled or revoked."
    )

    def __str__(self) -> str:
        return f"{self.service}: {_WORDS[self.reason]}."


_WORDS: dict[Reason, str] = {
    "timeout": "it did not answer in time",
    "unreachable": "it cannot be reached",
    "refused": "it refuses the use of its key",
    "gone": "it says that it has no such key",
    "garbage": "what it answered is no key",
    "overloaded": "it has more to do than it answers",
    "unknown": "no such key service is set up here",
    "revoked": "the organization has revoked the use of its key",
    "too-early": "the record of this look is not witnessed yet",
}


class WrapDoesNotOpen(Exception):
    """A wrapped key is not what this service wrapped for this place: it was changed, moved or swapped."""


@dataclass(frozen=True, slots=True)
class Asking:
    """For what an unwrapping is asked: shown to services that want proof of the record before they use their key.

    grant_id: the place of the entry, `xid.id`; None when the software prepares to seal. evidence: that entry and the proof of it,
    from a caller who can read the log for a process that cannot (the broker).
    """

    organization_id: str
    grant_id: str | None
    evidence: tuple[bytes, bytes] | None = field(default=None, repr=False)


# The entry of a grant and the proof of it (C2SP tlog-proof); None while no published checkpoint holds it.
Prove: TypeAlias = Callable[[Asking], Awaitable[tuple[bytes, bytes] | None]]


class KeyService(Protocol):
    """One key of one customer, wherever it lives."""

    @property
    def reference(self) -> str:
        """Which key this is: stored beside what it wraps, shown to people, no secret."""

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        """32 bytes under the key, bound to a place. Raises KeyServiceUnavailable."""

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        """The 32 bytes again. Raises WrapDoesNotOpen for another place or key, KeyServiceUnavailable."""

    async def check(self) -> None:
        """Whether the key can be used now. Raises KeyServiceUnavailable."""

    async def close(self) -> None:
        """Give back what it holds."""


class Guarded:
    """A key service with bounds: on time, on calls at once, on what may come back; and rest for one that does not answer."""

    def __init__(
        self, service: KeyService, name: str, *, call_seconds: float = CALL_SECONDS, rest_seconds: float = REST_SECONDS
    ) -> None:
        self._service = service
        self._name = name
        self._call_seconds = call_seconds
        self._rest_seconds = rest_seconds
        self._under_way = 0
        self._rests_until = 0.0

    @property
    def reference(self) -> str:
        """Which key it is."""
        return self._service.reference

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        """As the service does, within bounds."""
        wrapped = await self._call("wrap", lambda: self._service.wrap(secret, bound_to))
        if not isinstance(wrapped, bytes) or not SECRET_BYTES < len(wrapped) <= WRAPPED_BYTES_MAX:
            raise self._failed("wrap", "garbage")
        return wrapped

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        """As the service does, within bounds."""
        secret = await self._call("unwrap", lambda: self._service.unwrap(wrapped, bound_to, asking))
        if not isinstance(secret, bytes) or len(secret) != SECRET_BYTES:
            raise self._failed("unwrap", "garbage")
        return secret

    async def rewrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """The same secret under the key as it is now: by the service alone where it can, else by unwrapping and wrapping."""
        inner: Callable[[bytes, bytes], Awaitable[bytes]] | None = getattr(self._service, "rewrap", None)
        if inner is None:
            return await self.wrap(await self.unwrap(wrapped, bound_to), bound_to)
        new = await self._call("rewrap", lambda: inner(wrapped, bound_to))
        if not isinstance(new, bytes) or not SECRET_BYTES < len(new) <= WRAPPED_BYTES_MAX:
            raise self._failed("rewrap", "garbage")
        return new

    async def check(self) -> None:
        """As the service does, within bounds."""
        await self._call("check", self._service.check)

    def let_prove(self, prove: Prove) -> None:
        """Give a service that wants to see the record the way to it."""
        if hasattr(self._service, "prove"):
            self._service.prove = prove

    async def close(self) -> None:
        """Give back what it holds."""
        await self._service.close()

    async def _call(self, verb: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        if reason := self._not_now():
            raise self._failed(verb, reason)
        self._under_way += 1
        try:
            async with asyncio.timeout(self._call_seconds):
                result = await ask()
        except TimeoutError:
            raise self._failed(verb, "timeout") from None
        except KeyServiceUnavailable as error:
            raise self._failed(verb, error.reason) from error
        except WrapDoesNotOpen:
            CALLS.labels(verb, "does-not-open").inc()
            raise
        except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            log.warning("key_service.garbage", service=self._name, cause=type(error).__name__)
            raise self._failed(verb, "garbage") from error
        finally:
            self._under_way -= 1
        CALLS.labels(verb, "ok").inc()
        return result

    def _not_now(self) -> Reason | None:
        if time.monotonic() < self._rests_until:
            return "unreachable"
        return "overloaded" if self._under_way >= CALLS_AT_ONCE else None

    def _failed(self, verb: str, reason: Reason) -> KeyServiceUnavailable:
        if reason in ("timeout", "unreachable") and time.monotonic() >= self._rests_until:
            self._rests_until = time.monotonic() + self._rest_seconds
        CALLS.labels(verb, reason).inc()
        return KeyServiceUnavailable(service=self._name, reason=reason)
