"""Who unwraps: the port between the vault, which knows rows, and whatever process may use a customer's key.

`LocalHolder` asks the key services from this process. `vault.brokered` asks the broker, a process of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag

from evenhand.ledger.grant import Grant
from evenhand.vault.configured import KeyServices
from evenhand.vault.key_service import Asking, Guarded, KeyService, KeyServiceUnavailable, Prove, WrapDoesNotOpen
from evenhand.vault.keyring import (
    WrappedChunk,
    WrappedMonth,
    direct_binding,
    month_binding,
    new_secret,
    unwrap_chunk_key,
    wrap_chunk_key,
)

Mode = Literal["managed", "bring", "hold"]
# How long a key that somebody else's service unwrapped may be used without asking again: what its owner revokes there is
# closed here after this. Keys under the installation's own live until somebody changes them (`key_changes`).
LENT_SECONDS = 5.0
_MONTHS_KEPT = 512
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Policy:
    """How an organization's keys are kept. service: the name of its key service, None for the installation's own key."""

    mode: Mode = "managed"
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A key service that an organization may choose."""

    name: str
    kind: str
    reference: str


class Holder(Protocol):
    """Whoever can use customers' keys."""

    async def unwrap(self, grant: Grant | None, organization_id: UUID, chunks: Sequence[WrappedChunk]) -> list[bytes]:
        """The secrets of chunk keys, in order. grant: what is on record; None to seal what belongs beside.

        Raises WrapDoesNotOpen, KeyServiceUnavailable.
        """

    async def new_month(
        self, policy: Policy, organization_id: UUID, id_: UUID, project_id: UUID | None, month: date
    ) -> WrappedMonth:
        """A new key for a month, wrapped. Raises KeyServiceUnavailable."""

    async def new_chunks(
        self, policy: Policy, month: WrappedMonth, ids: Sequence[UUID]
    ) -> list[tuple[bytes, WrappedChunk]]:
        """New chunk keys of a month: the secret of each, and the same wrapped. Raises KeyServiceUnavailable, WrapDoesNotOpen."""

    async def rewrap_month(self, policy: Policy, month: WrappedMonth, ceremony: str | None = None) -> WrappedMonth:
        """The same key, wrapped as the policy says now. ceremony: the place of the entry that says so, `xid.id`.

        Raises KeyServiceUnavailable, WrapDoesNotOpen.
        """

    async def rewrap_chunk(self, policy: Policy, chunk: WrappedChunk, ceremony: str | None = None) -> WrappedChunk:
        """The same of a chunk key."""

    def let_prove(self, prove: Prove) -> None:
        """Give services that want to see the record the way to it."""

    async def choices(self, organization_id: UUID) -> list[Choice]:
        """What an organization may choose among."""

    async def check(self, organization_id: UUID, policy: Policy) -> str:
        """The reference of the key that the policy names, which can be used now. Raises KeyServiceUnavailable."""

    def lent(self, reference: str) -> bool:
        """Whether what this key unwraps is to be asked for again after LENT_SECONDS."""

    def forget(self, organization_id: UUID) -> None:
        """Drop what is kept of an organization's keys."""

    @property
    def is_remote(self) -> bool:
        """Whether it is another process, which unwraps for grants alone."""

    async def close(self) -> None:
        """Give back what it holds."""


class LocalHolder:
    """Uses customers' keys from this process."""

    def __init__(self, services: KeyServices) -> None:
        self._services = services
        self._months: OrderedDict[tuple[UUID, UUID], tuple[float, bytes, bytes]] = OrderedDict()

    async def unwrap(self, grant: Grant | None, organization_id: UUID, chunks: Sequence[WrappedChunk]) -> list[bytes]:
        """As the port says."""
        return await self.unwrap_for(Asking(str(organization_id), grant.id if grant else None), chunks)

    async def unwrap_for(self, asking: Asking, chunks: Sequence[WrappedChunk]) -> list[bytes]:
        """The same. A few at once, because services that are elsewhere take their time."""
        if len(chunks) == 1:
            return [await self._secret(asking, chunks[0])]
        limit = asyncio.Semaphore(_AT_ONCE)

        async def one(chunk: WrappedChunk) -> bytes:
            async with limit:
                return await self._secret(asking, chunk)

        # The months first, each once: chunks of one month would otherwise ask for it all at the same time.
        for month in {each.month.id: each.month for each in chunks if each.reference is None}.values():
            await self._month(asking, month)
        return list(await asyncio.gather(*map(one, chunks)))

    async def new_month(
        self, policy: Policy, organization_id: UUID, id_: UUID, project_id: UUID | None, month: date
    ) -> WrappedMonth:
        """As the port says."""
        service = self._service(organization_id, policy)
        wrapped = await service.wrap(new_secret(), month_binding(organization_id, id_, project_id, month))
        return WrappedMonth(organization_id, id_, project_id, month, service.reference, wrapped)

    async def new_chunks(
        self, policy: Policy, month: WrappedMonth, ids: Sequence[UUID]
    ) -> list[tuple[bytes, WrappedChunk]]:
        """As the port says."""
        made = [(id_, new_secret()) for id_ in ids]
        if policy.mode == "hold":
            return [(secret, await self._direct(policy, month, id_, secret)) for id_, secret in made]
        above = await self._month(Asking(str(month.organization_id), None), month)
        return [
            (secret, WrappedChunk(id_, month, None, wrap_chunk_key(above, month, id_, secret))) for id_, secret in made
        ]

    async def rewrap_month(self, policy: Policy, month: WrappedMonth, ceremony: str | None = None) -> WrappedMonth:
        """As the port says."""
        return await self.rewrap_month_for(Asking(str(month.organization_id), ceremony), policy, month)

    async def rewrap_month_for(self, asking: Asking, policy: Policy, month: WrappedMonth) -> WrappedMonth:
        """The same, for what is asked."""
        service = self._service(month.organization_id, policy)
        if isinstance(service, Guarded) and service.reference == month.reference:
            return replace(month, wrapped=await service.rewrap(month.wrapped, month.binding))
        secret = await self._services.of(month.reference).unwrap(month.wrapped, month.binding, asking)
        wrapped = await service.wrap(secret, month.binding)
        return WrappedMonth(month.organization_id, month.id, month.project_id, month.month, service.reference, wrapped)

    async def rewrap_chunk(self, policy: Policy, chunk: WrappedChunk, ceremony: str | None = None) -> WrappedChunk:
        """As the port says."""
        return await self.rewrap_chunk_for(Asking(str(chunk.month.organization_id), ceremony), policy, chunk)

    async def rewrap_chunk_for(self, asking: Asking, policy: Policy, chunk: WrappedChunk) -> WrappedChunk:
        """The same, for what is asked."""
        service = self._service(chunk.month.organization_id, policy) if policy.mode == "hold" else None
        if isinstance(service, Guarded) and service.reference == chunk.reference:
            return replace(chunk, wrapped=await service.rewrap(chunk.wrapped, direct_binding(chunk.month, chunk.id)))
        secret = await self._secret(asking, chunk)
        if policy.mode == "hold":
            return await self._direct(policy, chunk.month, chunk.id, secret)
        above = await self._month(asking, chunk.month)
        return WrappedChunk(chunk.id, chunk.month, None, wrap_chunk_key(above, chunk.month, chunk.id, secret))

    async def choices(self, organization_id: UUID) -> list[Choice]:
        """As the port says."""
        return [
            Choice(each.name, each.kind, each.service.reference) for each in self._services.open_to(organization_id)
        ]

    async def check(self, organization_id: UUID, policy: Policy) -> str:
        """As the port says."""
        service = self._service(organization_id, policy)
        await service.check()
        return service.reference

    def let_prove(self, prove: Prove) -> None:
        """Give services that want to see the record the way to it."""
        self._services.let_prove(prove)

    def lent(self, reference: str) -> bool:
        """Everything but the installation's own key."""
        return not self._services.is_own(reference)

    def forget(self, organization_id: UUID) -> None:
        """As the port says."""
        for at in [at for at in self._months if at[0] == organization_id]:
            del self._months[at]

    @property
    def is_remote(self) -> bool:
        """It is this process."""
        return False

    async def close(self) -> None:
        """As the port says."""
        await self._services.close()

    # ------------------------------------------------------------------------------------------------------ unwrapping --
    async def _secret(self, asking: Asking, chunk: WrappedChunk) -> bytes:
        if chunk.reference is not None:
            service = self._services.of(chunk.reference)
            return await service.unwrap(chunk.wrapped, direct_binding(chunk.month, chunk.id), asking)
        try:
            return unwrap_chunk_key(await self._month(asking, chunk.month), chunk)
        except InvalidTag:
            raise WrapDoesNotOpen from None

    async def _month(self, asking: Asking, month: WrappedMonth) -> bytes:
        """The secret of a month; what was unwrapped elsewhere is kept for LENT_SECONDS, for exactly this wrap."""
        at = (month.organization_id, month.id)
        kept = self._months.get(at)
        if kept is not None and kept[0] > time.monotonic() and kept[1] == month.binding + month.wrapped:
            return kept[2]
        secret = await self._services.of(month.reference).unwrap(month.wrapped, month.binding, asking)
        if self.lent(month.reference):
            self._months[at] = (time.monotonic() + LENT_SECONDS, month.binding + month.wrapped, secret)
            if len(self._months) > _MONTHS_KEPT:
                self._months.popitem(last=False)
        return secret

    async def _direct(self, policy: Policy, month: WrappedMonth, id_: UUID, secret: bytes) -> WrappedChunk:
        service = self._service(month.organization_id, policy)
        wrapped = await service.wrap(secret, direct_binding(month, id_))
        return WrappedChunk(id_, month, service.reference, wrapped)

    def _service(self, organization_id: UUID, policy: Policy) -> KeyService:
        if policy.mode == "managed":
            return self._services.own()
        if policy.service is None:
            raise KeyServiceUnavailable(service="none", reason="unknown")
        return self._services.named(organization_id, policy.service)
