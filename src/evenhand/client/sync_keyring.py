"""The SDK's nouns about keys: where an organization's keys live, and their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.client import verbs

if TYPE_CHECKING:
    from evenhand.client.sync import Client


class Keyring:
    """Where the organization's own keys live, and their end."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def state(self) -> dict[str, Any]:
        """How the keys are kept, what may be chosen, how far wrapping them anew is."""
        return self._client.send(verbs.key_state())

    def choose(self, mode: str, service: str | None = None) -> dict[str, Any]:
        """Keep the keys in another way: managed, bring or hold."""
        return self._client.send(verbs.choose_keys(mode, service))

    def rotate(self) -> dict[str, Any]:
        """Wrap every key anew."""
        return self._client.send(verbs.act_on_keys("rotate"))

    def revoke(self) -> dict[str, Any]:
        """Take back the use of the keys: within seconds nothing is opened or sealed."""
        return self._client.send(verbs.act_on_keys("revoke"))

    def restore(self) -> dict[str, Any]:
        """Give the use of the keys back."""
        return self._client.send(verbs.act_on_keys("restore"))

    def shred(self, scope: str, id_: str, *, key: str | None = None) -> dict[str, Any]:
        """Destroy a task or project that lies in the trash, or everything, for good."""
        return self._client.send(verbs.shred(scope, id_, key))

    def shredding(self, shredding: str) -> dict[str, Any]:
        """One, with its certificate once it is done."""
        return self._client.send(verbs.get_shredding(shredding))

    def shreddings(self) -> list[dict[str, Any]]:
        """What was destroyed or is being, newest first."""
        return list(self._client.send(verbs.list_shreddings())["items"])
