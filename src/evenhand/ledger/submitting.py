"""The log's side of witnessing: sends a checkpoint to the witnesses of a policy and gathers what they cosign.

A witness is a stranger's server. Whatever it does (hang, lie, forget, claim to know more than there is) is recorded beside its
name and keeps nobody else from answering; only a cosignature that verifies is ever taken over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from evenhand.boundary.outbound import Answered, Guard, OutboundFailed, OutboundRefused
from evenhand.core.errors import shortened
from evenhand.ledger.checkpoint import Checkpoint, read_checkpoint
from evenhand.ledger.cosignature import cosigned_at
from evenhand.ledger.lines import Unreadable, read_decimal
from evenhand.ledger.note import Note, Signature, SignatureRefused, read_signatures
from evenhand.ledger.policy import Policy, Witness
from evenhand.ledger.witnessing import PATH, Answer, Submission

ANSWER_BYTES_MAX = 16 * 1024
# A witness that was asked from a wrong size names the right one; then the right one may have changed once more.
TRIES_MAX = 3
CLOCK_AHEAD_MAX = timedelta(minutes=5)
# A cosignature is the sign of life of the last hour. An older one is a replay, or of a clock that says nothing to anybody.
CLOCK_BEHIND_MAX = timedelta(hours=1)

Prove: TypeAlias = Callable[[int], Awaitable[Sequence[bytes]]]
"""The consistency proof from an older size, 0 or more, to the checkpoint's."""


class Outcome(StrEnum):
    """What came of asking one witness."""

    COSIGNED = "cosigned"
    SILENT = "silent"
    REFUSED = "refused"
    LIED = "lied"
    AHEAD = "ahead"
    FORKED = "forked"


@dataclass(frozen=True, slots=True)
class Asked:
    """One witness, by its name in the policy. held_size: of the last checkpoint it is known to hold, for the next time."""

    witness: str
    outcome: Outcome
    held_size: int
    reason: str = ""
    cosigned_at: datetime | None = None

    @property
    def is_alarm(self) -> bool:
        """Whether the witness knows a history that this log does not: after a restore, or because somebody else signs."""
        return self.outcome in (Outcome.AHEAD, Outcome.FORKED)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The checkpoint with all cosignatures that verify, what came of each witness, and whether the policy's quorum is met."""

    note: Note
    asked: tuple[Asked, ...]
    is_quorum: bool


async def gather_cosignatures(
    note: Note,
    policy: Policy,
    *,
    held_sizes: Mapping[str, int],
    prove: Prove,
    guard: Guard,
    now: datetime,
    seconds: float = 10.0,
    grace_seconds: float = 1.0,
) -> Gathered:
    """Ask all witnesses of a policy at once to cosign a signed checkpoint.

    held_sizes: what each is known to hold, by its name in the policy; 0 for one that was never asked. seconds: what all of it may
    take; grace_seconds: how long the others are still waited for once the quorum is met.
    Raises Unreadable when the note is no checkpoint, and what `prove` raises: that is the log's own trouble.
    """
    checkpoint = read_checkpoint(note.text)
    asking = {
        asyncio.create_task(
            _ask(each, note, checkpoint, held_sizes.get(each.name, 0), prove, guard, now, seconds)
        ): each
        for each in policy.witnesses
    }
    answers: dict[str, tuple[Asked, Signature | None]] = {}
    try:
        await _collect(asking, answers, policy, grace_seconds)
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    for each in policy.witnesses:
        late = Asked(each.name, Outcome.SILENT, held_sizes.get(each.name, 0), "the others were quicker")
        answers.setdefault(each.name, (late, None))
    found = [answers[each.name] for each in policy.witnesses]
    return Gathered(
        note.with_signatures([signature for _, signature in found if signature is not None]),
        tuple(asked for asked, _ in found),
        policy.is_met_by(_cosigners(answers)),
    )


async def _collect(
    asking: Mapping[asyncio.Task[tuple[Asked, Signature | None]], Witness],
    answers: dict[str, tuple[Asked, Signature | None]],
    policy: Policy,
    grace_seconds: float,
) -> None:
    """Take answers until there are no more to come, or the quorum is met and its grace over."""
    waiting = set(asking)
    ends_at: float | None = None
    clock = asyncio.get_running_loop().time
    while waiting:
        patience = None if ends_at is None else max(0.0, ends_at - clock())
        done, waiting = await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return
        for task in done:
            answers[asking[task].name] = task.result()
        if ends_at is None and policy.is_met_by(_cosigners(answers)):
            ends_at = clock() + grace_seconds


def _cosigners(answers: Mapping[str, tuple[Asked, Signature | None]]) -> list[str]:
    return [name for name, (_, signature) in answers.items() if signature is not None]


async def _ask(
    witness: Witness,
    note: Note,
    checkpoint: Checkpoint,
    held_size: int,
    prove: Prove,
    guard: Guard,
    now: datetime,
    seconds: float,
) -> tuple[Asked, Signature | None]:
    """One witness, caught up when it is behind."""
    conversation = _Conversation(witness, note, checkpoint, held_size, now)
    if witness.url is None:
        return conversation.ended(Outcome.SILENT, "the policy names no address")
    try:
        async with asyncio.timeout(seconds):
            for _ in range(TRIES_MAX):
                old_size = min(conversation.held_size, checkpoint.size)
                body = Submission(old_size, tuple(await prove(old_size)), note).write()
                answered = await guard.send(
                    "POST",
                    witness.url.rstrip("/") + PATH,
                    headers={"content-type": "text/plain; charset=utf-8"},
                    content=body,
                    seconds=seconds,
                    bytes_max=ANSWER_BYTES_MAX,
                )
                if (ended := conversation.take(answered, old_size)) is not None:
                    return ended
    except (OutboundFailed, OutboundRefused) as error:
        return conversation.ended(Outcome.SILENT, error.reason)
    except TimeoutError:
        return conversation.ended(Outcome.SILENT, f"it took longer than {seconds:g} s")
    return conversation.ended(Outcome.LIED, "each time it is asked it holds another size")


@dataclass(slots=True)
class _Conversation:
    """What is known of a witness while it is being asked."""

    witness: Witness
    note: Note
    checkpoint: Checkpoint
    held_size: int
    now: datetime
    went_back: str = ""

    def ended(
        self, outcome: Outcome, reason: str, signature: Signature | None = None
    ) -> tuple[Asked, Signature | None]:
        """The end of it."""
        at = cosigned_at(signature) if signature is not None else None
        return Asked(self.witness.name, outcome, self.held_size, reason, at), signature

    def take(self, answered: Answered, old_size: int) -> tuple[Asked, Signature | None] | None:
        """What an answer comes to; None when it is worth asking once more, from the size that was named."""
        if not answered.is_whole:
            return self.ended(Outcome.LIED, f"it answered with more than {ANSWER_BYTES_MAX} bytes")
        if answered.status == 200:
            return self._take_cosignature(answered.content)
        if answered.status == Answer.NOT_FROM_HERE:
            return self._take_size(answered.content, old_size)
        said = shortened(answered.content.decode("utf-8", "replace").strip(), 200)
        return self.ended(Outcome.REFUSED, f"it answered {answered.status}" + (f": {said}" if said else ""))

    def _take_cosignature(self, content: bytes) -> tuple[Asked, Signature | None]:
        key = self.witness.key
        try:
            own = [each for each in read_signatures(content.decode("utf-8")) if key.made(each)]
            if not own:
                return self.ended(Outcome.LIED, "its answer holds no cosignature of its key")
            key.verify(self.note.text, own[0])
            at = cosigned_at(own[0])
        except (Unreadable, UnicodeDecodeError):
            return self.ended(Outcome.LIED, "its answer cannot be read")
        except SignatureRefused:
            return self.ended(Outcome.LIED, "its cosignature does not belong to this checkpoint and its key")
        if at > self.now + CLOCK_AHEAD_MAX:
            return self.ended(Outcome.LIED, f"it cosigned at {at.isoformat()}, which is still to come")
        if at < self.now - CLOCK_BEHIND_MAX:
            return self.ended(Outcome.LIED, f"it was asked now, and cosigned at {at.isoformat()}")
        self.held_size = self.checkpoint.size
        return self.ended(Outcome.COSIGNED, self.went_back, own[0])

    def _take_size(self, content: bytes, old_size: int) -> tuple[Asked, Signature | None] | None:
        try:
            size = read_decimal(content.decode("utf-8", "replace").removesuffix("\n"), "size of a log")
        except Unreadable:
            return self.ended(Outcome.LIED, "it names no size that it holds")
        if size < self.held_size:
            self.went_back = f"it held {self.held_size} entries, and says now that it holds {size}"
        self.held_size = size
        if size > self.checkpoint.size:
            return self.ended(
                Outcome.AHEAD, f"it holds a checkpoint of {size} entries, and this one has {self.checkpoint.size}"
            )
        if size == old_size:
            return self.ended(Outcome.FORKED, f"it holds another tree of {size} entries")
        return None
