"""The release agent: run by a customer who holds its own key, on its own machine. It unwraps nothing without proof of the record.

A request shows an entry of the customer's log, the proof that it stands in the log's tree, and a checkpoint that the customer's
own witnesses cosigned. The agent verifies these with a policy file that came from the contract and not from the server; then it
counts, durably and before it unwraps, and asks the customer's key service. It believes neither the server nor the broker.

Each request is judged in this order: 1. the proof, and that its checkpoint was cosigned lately, 2. what the entry says, 3. the
place of the wrapped key, 4. the counts, 5. the counter file, 6. the key service.
"""

from __future__ import annotations

import json
import os
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal
from uuid import UUID

from evenhand.core.canonical import read_json
from evenhand.core.errors import Malformed, PlatformError
from evenhand.ledger.cosignature import cosigned_at
from evenhand.ledger.policy import Policy
from evenhand.ledger.proof import read_proof
from evenhand.vault.key_service import SECRET_BYTES, KeyService

DIRECT = b"chunk-key-direct/1"
ENTRY_LASTS = timedelta(minutes=30)
# Leaving takes as long as there are keys to wrap, and somebody may have to be asked to start the agent for it.
LEAVING_LASTS = timedelta(days=1)
KEYS_A_MINUTE = 600
_LEAVING = frozenset({"keys-managed", "keys-bring", "keys-hold"})
_RELEASING = frozenset({"asset.release", "asset.render", "label.write", "assign.allow"})

Why = Literal["no-proof", "stale", "too-early", "wrong-entry", "wrong-place", "too-old", "too-many", "not-counted"]


@dataclass(eq=False)
class AgentRefuses(PlatformError):
    """The release agent does not unwrap this."""

    why: Why
    detail: str
    code: ClassVar[str] = "agent-refuses"
    hint: ClassVar[str] = "Show an entry of this customer's log that is in a checkpoint which its witnesses cosigned."

    def __str__(self) -> str:
        return f"{self.why}: {self.detail}"


class CounterFile:
    """What was unwrapped, a line each, only ever appended to: what a customer compares with its log and its key service."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.by_entry: dict[str, set[str]] = {}
        self.count = 0
        for line in path.read_text(encoding="ascii").splitlines():
            self._remember(json.loads(line))

    def add(self, at: datetime, entry_id: str, chunk: str, purpose: str) -> None:
        """Write a line and wait until the disk has it. Raises OSError; then nothing is unwrapped."""
        line = {"n": self.count + 1, "at": at.isoformat(), "entry": entry_id, "chunk": chunk, "purpose": purpose}
        content = json.dumps(line).encode() + b"\n"
        if os.write(self._file, content) != len(content):
            raise OSError("the line was cut off")
        os.fsync(self._file)
        self._remember(line)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _remember(self, line: dict[str, Any]) -> None:
        self.count += 1
        self.by_entry.setdefault(line["entry"], set()).add(line["chunk"])


class ReleaseAgent:
    """Judges, counts, unwraps."""

    def __init__(
        self,
        organization_id: UUID,
        policy: Policy,
        service: KeyService,
        counter: CounterFile,
        *,
        keys_a_minute: int = KEYS_A_MINUTE,
        lets_go: bool = False,
    ) -> None:
        """lets_go: the customer said, here and not on the server, that it keeps its keys in another way from now on."""
        self._organization_id = organization_id
        self._lets_go = lets_go
        self._policy = policy
        self._service = service
        self._counter = counter
        self._keys_a_minute = keys_a_minute
        self._lately: deque[datetime] = deque()

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        """A new key under the customer's. It needs no record: nothing is sealed under it yet. Raises AgentRefuses."""
        if len(secret) != SECRET_BYTES:
            raise AgentRefuses("wrong-place", "a key has 32 bytes")
        self._key_of(bound_to)
        return await self._service.wrap(secret, bound_to)

    async def rewrap(self, wrapped: bytes, bound_to: bytes, now: datetime) -> bytes:
        """A key of the customer's, wrapped anew: after its own key got a new version. It needs no record: no key leaves.

        Raises AgentRefuses, WrapDoesNotOpen, KeyServiceUnavailable.
        """
        key = self._key_of(bound_to)
        self._judge_rate(now)
        self._count(now, "", key, "rewrap")
        return await self._service.wrap(await self._service.unwrap(wrapped, bound_to), bound_to)

    async def unwrap(self, wrapped: bytes, bound_to: bytes, entry: bytes, proof: bytes, now: datetime) -> bytes:
        """A chunk key, for an entry on the customer's record. Raises AgentRefuses, WrapDoesNotOpen, KeyServiceUnavailable."""
        if not entry or not proof:
            raise AgentRefuses(
                "too-early", "no entry and no proof were shown; ask again when a checkpoint holds the entry"
            )
        self._require_proof(entry, proof, now)  # 1
        said = self._said(entry)  # 2
        if self._lets_go and _is_leaving(said):
            self._require_age(said, now, LEAVING_LASTS)
            chunk = self._key_of(bound_to)  # 3
            self._judge_rate(now)  # 4
        else:
            self._require_look(said, now)
            chunk = self._chunk_of(bound_to)  # 3
            self._judge_counts(said, chunk, now)  # 4
        self._count(now, said["id"], chunk, said.get("purpose", ""))  # 5
        return await self._service.unwrap(wrapped, bound_to)  # 6

    def _count(self, now: datetime, entry_id: str, chunk: str, purpose: str) -> None:
        try:
            self._counter.add(now, entry_id, chunk, purpose)
        except OSError as error:
            raise AgentRefuses("not-counted", error.strerror or "the counter file cannot be written") from None
        self._lately.append(now)

    def _require_proof(self, entry: bytes, proof: bytes, now: datetime) -> None:
        """The entry stands in the log, in a checkpoint that a quorum cosigned at most ENTRY_LASTS ago.

        Without the second, whoever holds the log's key could prepare entries of days to come, have them cosigned among others,
        and show them when the witnesses have long been gone.
        """
        try:
            shown = read_proof(proof)
            shown.require(entry, self._policy)
        except PlatformError as error:
            raise AgentRefuses("no-proof", str(error)) from None
        lately = [
            witness.name
            for witness in self._policy.witnesses
            for each in shown.checkpoint.signatures
            if witness.key.made(each) and abs(now - cosigned_at(each)) <= ENTRY_LASTS
        ]
        if not self._policy.is_met_by(lately):
            raise AgentRefuses("stale", "its checkpoint was cosigned too long ago")

    def _said(self, entry: bytes) -> dict[str, Any]:
        """What the entry says, as far as an entry of ours says it. `at` is a time in it."""
        try:
            said = dict(read_json(entry))
            said["at"] = datetime.fromisoformat(said["at"].replace("Z", "+00:00")).astimezone(UTC)
            if said["v"] != 1 or not isinstance(said["id"], str) or not isinstance(said["action"], str):
                raise ValueError("another version")
        except (Malformed, ValueError, KeyError, TypeError, AttributeError):
            raise AgentRefuses("wrong-entry", "it is no entry of a look") from None
        return said

    def _require_look(self, said: dict[str, Any], now: datetime) -> None:
        """A look that was allowed, at most ENTRY_LASTS ago."""
        is_look = said["action"] in _RELEASING and said.get("decision") != "deny"
        if not is_look or not (said.get("object") or said.get("objects")):
            raise AgentRefuses("wrong-entry", "it records no look that was allowed")
        self._require_age(said, now, ENTRY_LASTS)

    def _require_age(self, said: dict[str, Any], now: datetime, lasts: timedelta) -> None:
        if not -ENTRY_LASTS <= now - said["at"] <= lasts:
            raise AgentRefuses("too-old", f"it is of {said['at'].isoformat()}")

    def _chunk_of(self, bound_to: bytes) -> str:
        """The id of the chunk key that a binding names, of this customer."""
        head = DIRECT + self._organization_id.bytes
        if not bound_to.startswith(head) or len(bound_to) != len(head) + 32:
            raise AgentRefuses("wrong-place", "this is no chunk key of this customer")
        return str(UUID(bytes=bound_to[-16:]))

    def _key_of(self, bound_to: bytes) -> str:
        """The same, or the id of a month's key."""
        head = b"project-key/1" + self._organization_id.bytes
        if bound_to.startswith(head) and len(bound_to) == len(head) + 38:
            return str(UUID(bytes=bound_to[-22:-6]))
        return self._chunk_of(bound_to)

    def _judge_rate(self, now: datetime) -> None:
        """A minute at most so many keys, whatever is shown."""
        while self._lately and now - self._lately[0] > timedelta(minutes=1):
            self._lately.popleft()
        if len(self._lately) >= self._keys_a_minute:
            raise AgentRefuses("too-many", f"more than {self._keys_a_minute} keys a minute")

    def _judge_counts(self, said: dict[str, Any], chunk: str, now: datetime) -> None:
        """One entry opens at most as many chunks as it names objects; a minute at most so many keys, whatever is shown."""
        self._judge_rate(now)
        objects = len(said.get("objects", ())) or 1
        if len(self._counter.by_entry.get(said["id"], set()) | {chunk}) > objects:
            raise AgentRefuses("too-many", f"the entry names {objects} objects")


def _is_leaving(said: dict[str, Any]) -> bool:
    """Whether an entry says that the customer's keys are kept in another way from now on."""
    return said["action"] == "policy.change" and said.get("rule") in _LEAVING
