"""What can be wrong with a log: the reasons for which it stops rather than sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from evenhand.core.errors import PlatformError


@dataclass(eq=False)
class SecondSequencer(PlatformError):
    """Somebody else sequenced at the same time. The pass was rolled back."""

    code: ClassVar[str] = "second-sequencer"
    hint: ClassVar[str] = (
        "Run one sequencer: nothing is lost, and the lock in the database should have kept this one out."
    )


@dataclass(eq=False)
class LogWrong(PlatformError):
    """A log is not what it was signed to be. at: the first index or the size where this shows."""

    organization_id: UUID
    generation: int
    origin: str
    at: int
    code: ClassVar[str] = "log-wrong"
    hint: ClassVar[str] = (
        "See `evenhand ledger status`; when it is understood what happened, run `evenhand ledger reconcile`."
    )


@dataclass(eq=False)
class LogDamaged(PlatformError):
    """Published files of a log are not what was published. The rows that they were made from may well be."""

    origin: str
    code: ClassVar[str] = "log-damaged"
    hint: ClassVar[str] = (
        "The operator removes the folder `tile` of this log from the blob store: it is written again from the rows with the log's"
        " next checkpoint."
    )

    def __str__(self) -> str:
        return f"The published files of the log {self.origin} prove nothing any more."


@dataclass(eq=False)
class LogForked(LogWrong):
    """The log's rows make another tree than the one that was signed."""

    code: ClassVar[str] = "log-forked"

    def __str__(self) -> str:
        return f"The rows of the log {self.origin} do not make the tree that it was, at {self.at}."


@dataclass(eq=False)
class LogShrunk(LogWrong):
    """The log has fewer entries than it had."""

    code: ClassVar[str] = "log-shrunk"

    def __str__(self) -> str:
        return f"The log {self.origin} has fewer entries than it had: {self.at} is missing."
