"""The holder of a process that holds no customer's key: it asks the broker over its socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, TypeVar, cast
from uuid import UUID

import msgspec

from evenhand.core.errors import PlatformError
from evenhand.ledger.grant import Grant
from evenhand.vault import wire
from evenhand.vault.holder import Choice, Policy
from evenhand.vault.key_service import Asking, KeyServiceUnavailable, Prove, Reason, WrapDoesNotOpen
from evenhand.vault.keyring import WrappedChunk, WrappedMonth

_CONNECTIONS = 8
_SECONDS = 8.0
A = TypeVar("A", bound=wire.Answer)
_Evident = wire.Unwrap | wire.RewrapMonth | wire.RewrapChunk


@dataclass(eq=False)
class Ungranted(PlatformError):
    """The broker does not unwrap: no look at this is on record. Our mistake, never the caller's."""

    reason: str
    code: ClassVar[str] = "platform-error"


class BrokeredHolder:
    """Asks the broker. A few connections are kept; one that breaks is opened anew for the next call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._limit = asyncio.Semaphore(_CONNECTIONS)
        self._prove: Prove | None = None

    async def unwrap(self, grant: Grant | None, organization_id: UUID, chunks: Sequence[WrappedChunk]) -> list[bytes]:
        """As the port says; without a grant nothing is unwrapped."""
        if not chunks:
            return []
        if grant is None:
            raise Ungranted(reason="no grant")
        asked = wire.Unwrap(organization_id, grant.id, grant.purpose.value, [each.id for each in chunks])
        return (await self._ask_with_evidence(asked, wire.Secrets, Asking(str(organization_id), grant.id))).secrets

    async def new_month(
        self, policy: Policy, organization_id: UUID, id_: UUID, project_id: UUID | None, month: date
    ) -> WrappedMonth:
        """As the port says; the broker reads the policy itself."""
        answer = await self._ask(wire.NewMonth(organization_id, id_, project_id, month), wire.Wrapped)
        return answer.months[0].key()

    async def new_chunks(
        self, policy: Policy, month: WrappedMonth, ids: Sequence[UUID]
    ) -> list[tuple[bytes, WrappedChunk]]:
        """As the port says."""
        answer = await self._ask(wire.NewChunks(wire.Month.of(month), list(ids)), wire.Wrapped)
        return [(secret, chunk.key()) for secret, chunk in zip(answer.secrets, answer.chunks, strict=True)]

    async def rewrap_month(self, policy: Policy, month: WrappedMonth, ceremony: str | None = None) -> WrappedMonth:
        """As the port says."""
        asked = wire.RewrapMonth(wire.Month.of(month), ceremony)
        asking = Asking(str(month.organization_id), ceremony)
        return (await self._ask_with_evidence(asked, wire.Wrapped, asking)).months[0].key()

    async def rewrap_chunk(self, policy: Policy, chunk: WrappedChunk, ceremony: str | None = None) -> WrappedChunk:
        """As the port says."""
        asked = wire.RewrapChunk(wire.Chunk.of(chunk), ceremony)
        asking = Asking(str(chunk.month.organization_id), ceremony)
        return (await self._ask_with_evidence(asked, wire.Wrapped, asking)).chunks[0].key()

    async def choices(self, organization_id: UUID) -> list[Choice]:
        """As the port says."""
        answer = await self._ask(wire.ListChoices(organization_id), wire.Choices)
        return [Choice(*each) for each in answer.choices]

    async def check(self, organization_id: UUID, policy: Policy) -> str:
        """As the port says."""
        return (await self._ask(wire.Check(organization_id, policy.mode, policy.service), wire.Choices)).choices[0][2]

    def let_prove(self, prove: Prove) -> None:
        """As the port says."""
        self._prove = prove

    def lent(self, reference: str) -> bool:
        """Every key: a process without keys of its own keeps none for longer than it must."""
        return True

    def forget(self, organization_id: UUID) -> None:
        """It keeps none."""

    @property
    def is_remote(self) -> bool:
        """It unwraps for grants alone."""
        return True

    async def close(self) -> None:
        """Close the connections."""
        while self._idle:
            _, writer = self._idle.pop()
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _ask_with_evidence(self, asked: _Evident, expected: type[A], asking: Asking) -> A:
        """Ask; and, where a customer's release agent wants to see the record, ask again with it."""
        try:
            return await self._ask(asked, expected)
        except KeyServiceUnavailable as error:
            if error.reason != "too-early" or self._prove is None:
                raise
            asked.evidence = await self._prove(asking)
            if asked.evidence is None:
                raise
        return await self._ask(asked, expected)

    async def _ask(self, asked: wire.Request, expected: type[A]) -> A:
        async with self._limit:
            try:
                async with asyncio.timeout(_SECONDS):
                    answer = wire.decode_answer(await self._said(wire.frame(wire.encode(asked))))
            except TimeoutError:
                raise KeyServiceUnavailable(service="the broker", reason="timeout") from None
            except (OSError, EOFError):
                raise KeyServiceUnavailable(service="the broker", reason="unreachable") from None
            except (msgspec.MsgspecError, ValueError):
                raise KeyServiceUnavailable(service="the broker", reason="garbage") from None
        if isinstance(answer, expected):
            return answer
        raise _error_of(answer)

    async def _said(self, content: bytes) -> bytes:
        """One message there and one back. A connection that the broker closed meanwhile is replaced, once."""
        is_old = bool(self._idle)
        reader, writer = self._idle.pop() if is_old else await asyncio.open_unix_connection(self._path)
        is_whole = False
        try:
            writer.write(content)
            await writer.drain()
            answer = await wire.read_frame(reader)
            is_whole = answer is not None
        except ConnectionError:
            answer = None
        finally:
            if is_whole:
                self._idle.append((reader, writer))
            else:
                writer.close()
        if answer is not None:
            return answer
        if is_old:
            return await self._said(content)
        raise EOFError


def _error_of(answer: wire.Answer) -> Exception:
    if not isinstance(answer, wire.Refused):
        return KeyServiceUnavailable(service="the broker", reason="garbage")
    if answer.what == "does-not-open":
        return WrapDoesNotOpen()
    if answer.what == "key-service-unavailable":
        return KeyServiceUnavailable(service=answer.service, reason=cast(Reason, answer.reason))
    return Ungranted(reason=answer.reason or answer.what)
