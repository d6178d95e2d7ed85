"""The asynchronous SDK's nouns about walls: an organization's own terms, the register of interests, people's interests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evenhand.client import verbs

if TYPE_CHECKING:
    from evenhand.client.asynchronous import AsyncClient

# Methods called `list` hide the builtin in the annotations of the classes that have them.
List = list


class Walls:
    """Whom the organization is kept apart from, by which rules, and which ties they are about."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def state(self) -> dict[str, Any]:
        """The walls in force: policy, conflicts, waivers, and the ties of whoever works for you, each with its chain."""
        return await self._client.send(verbs.get_walls())

    async def set_policy(
        self,
        *,
        notice_percent: float = 5.0,
        wall_percent: float = 10.0,
        cool_off_days: int = 180,
        on_change: str = "hold",
    ) -> dict[str, Any]:
        """From which percentages on a tie is told and walls; what a change of control does: block, hold or notify."""
        policy = {
            "notice_percent": notice_percent,
            "wall_percent": wall_percent,
            "cool_off_days": cool_off_days,
            "on_change": on_change,
        }
        return await self._client.send(verbs.set_wall_policy(policy))

    async def declare(self, party: str, basis: str = "competitor") -> dict[str, Any]:
        """Declare a conflict with a party, by its recordId; basis stands in denials."""
        return await self._client.send(verbs.declare_conflict(party, basis))

    async def withdraw(self, party: str) -> dict[str, Any]:
        """Withdraw a conflict: it counts until its cooling-off ends."""
        return await self._client.send(verbs.withdraw_conflict(party))

    async def waive(
        self,
        reason: str,
        *,
        party: str | None = None,
        person: str | None = None,
        rival: str | None = None,
        until: str | None = None,
    ) -> dict[str, Any]:
        """Let a party or one person pass although a wall would keep it away."""
        return await self._client.send(verbs.grant_waiver(party, person, rival, reason, until))

    async def end_waiver(self, waiver: str) -> None:
        """Take a waiver back."""
        await self._client.send(verbs.end_waiver(waiver))

    def documents(self, *, page_size: int | None = None) -> AsyncIterator[dict[str, Any]]:
        """The versions of the wall document, newest first; sha256 is the digest in your ledger."""
        return self._client.pages(lambda cursor: verbs.list_wall_documents(page_size, cursor))

    async def document(self, version: int) -> dict[str, Any]:
        """One version: all terms at one moment."""
        return await self._client.send(verbs.get_wall_document(version))


class Register:
    """The register of interests: who owns whom, said in statements of BODS 0.4."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def state(self) -> dict[str, Any]:
        """The public statements in force, and the version of the register."""
        return await self._client.send(verbs.get_register())

    async def file(
        self, statements: Sequence[Mapping[str, Any]], *, party: str | None = None, source: str | None = None
    ) -> dict[str, Any]:
        """File statements, all or none. A customer's are a challenge and need a source. The receipts are shown once."""
        return await self._client.send(verbs.file_statements(statements, party, source))

    async def withdraw(self, statements: Sequence[str]) -> dict[str, Any]:
        """No longer claim statements, by their statementId."""
        return await self._client.send(verbs.withdraw_statements(statements))

    async def nothing_changed(self) -> dict[str, Any]:
        """The quarterly statement of a vendor or the operator: what was filed still holds."""
        return await self._client.send(verbs.nothing_changed())

    async def silences(self) -> List[dict[str, Any]]:
        """Who of those that work for you owes the statement of a quarter, since when, and when it was due."""
        return list((await self._client.send(verbs.list_silences()))["items"])

    async def set_party(self, organization: str, record: str | None) -> dict[str, Any]:
        """Which record of the register an organization is."""
        return await self._client.send(verbs.set_party(organization, record))

    async def challenges(self) -> List[dict[str, Any]]:
        """What this organization claims of the ownership of others."""
        return list((await self._client.send(verbs.list_challenges(False)))["items"])

    async def open_challenges(self) -> List[dict[str, Any]]:
        """For the operator: claims that wait for a decision."""
        return list((await self._client.send(verbs.list_challenges(True)))["items"])

    async def decide(self, challenge: str, state: str, note: str | None = None) -> dict[str, Any]:
        """For the operator: `confirmed`, so that it is public, or `refused`."""
        return await self._client.send(verbs.decide_challenge(challenge, state, note))


class Interests:
    """What people have at stake: their own interests, and the vendor they work for."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def list(self, person: str) -> List[dict[str, Any]]:
        """A person's own interests, for herself and her vendor."""
        return list((await self._client.send(verbs.list_interests(person)))["items"])

    async def declare(self, person: str, party: str, kind: str, **facts: Any) -> dict[str, Any]:
        """Declare one: employment, shares, office or other. facts: percent, since, until, details."""
        return await self._client.send(verbs.declare_interest(person, party, kind, facts))

    async def end(self, person: str, interest: str) -> None:
        """It has ended; it counts on as long as each cooling-off says."""
        await self._client.send(verbs.end_interest(person, interest))

    async def move(self, person: str, vendor: str) -> None:
        """For the operator: a person works for another vendor from now on."""
        await self._client.send(verbs.move_person(person, vendor))
