"""The asynchronous SDK's nouns about keys: where an organization's keys live, and their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.client import verbs

if TYPE_CHECKING:
    from evenhand.client.asynchronous import AsyncClient


class Keyring:
    """Where the organization's own keys live, and their end."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def state(self) -> dict[str, Any]:
        """How the keys are kept, what may be chosen, how far wrapping them anew is."""
        return await self._client.send(verbs.key_state())

    async def choose(self, mode: str, service: str | None = None) -> dict[str, Any]:
        """Keep the keys in another way: managed, bring or hold."""
        return await self._client.send(verbs.choose_keys(mode, service))

    async def rotate(self) -> dict[str, Any]:
        """Wrap every key anew."""
        return await self._client.send(verbs.act_on_keys("rotate"))

    async def revoke(self) -> dict[str, Any]:
        """Take back the use of the keys: within seconds nothing is opened or sealed."""
        return await self._client.send(verbs.act_on_keys("revoke"))

    async def restore(self) -> dict[str, Any]:
        """Give the use of the keys back."""
        return await self._client.send(verbs.act_on_keys("restore"))

    async def shred(self, scope: str, id_: str, *, key: str | None = None) -> dict[str, Any]:
        """Destroy a task or project that lies in the trash, or everything, for good."""
        return await self._client.send(verbs.shred(scope, id_, key))

    async def shredding(self, shredding: str) -> dict[str, Any]:
        """One, with its certificate once it is done."""
        return await self._client.send(verbs.get_shredding(shredding))

    async def shreddings(self) -> list[dict[str, Any]]:
        """What was destroyed or is being, newest first."""
        return list((await self._client.send(verbs.list_shreddings()))["items"])
