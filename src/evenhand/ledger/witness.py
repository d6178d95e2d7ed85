"""A witness at work: checks a checkpoint against the one that it holds, keeps it durably, and only then gives its cosignature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from evenhand.core.times import rfc3339
from evenhand.ledger.checkpoint import Checkpoint
from evenhand.ledger.cosignature import cosign
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import VerifierKey
from evenhand.ledger.witness_state import Held, WitnessState, WitnessStateRefused
from evenhand.ledger.witnessing import SIZE_TYPE, Submission, WitnessRefused, read_submission, require_continuation

# A clock that is set back a little is passed over: the next cosignature bears the time of the last one.
CLOCK_BACK_SECONDS_MAX = 60
_FORK, _UNPROVEN = "fork", "unproven"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered. event: one line for the operator's log."""

    status: int
    body: bytes
    event: str
    content_type: str = "text/plain; charset=utf-8"


class Witness:
    """One witness. It is not to be entered twice at once: what is checked must still hold when it is written."""

    def __init__(self, state: WitnessState, keys: Sequence[VerifierKey], now: Callable[[], float]) -> None:
        """keys: of the logs that it follows. now: seconds since the epoch."""
        self._state = state
        self._keys = tuple(keys)
        self._now = now

    @property
    def key(self) -> VerifierKey:
        """What its cosignatures are checked with."""
        return self._state.signer.verifier

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer one request (tlog-witness, "add-checkpoint")."""
        try:
            submission = read_submission(body)
        except Unreadable as error:
            return Reply(400, f"{error}\n".encode(), f"400 {error}")
        origin = submission.checkpoint.origin
        try:
            held = self._state.held(origin) if any(each.name == origin for each in self._keys) else None
            checkpoint = require_continuation(submission, self._keys, held.checkpoint if held else None)
            return self._cosign(submission, checkpoint, held)
        except WitnessRefused as error:
            return self._refuse(error, submission, held)
        except WitnessStateRefused as error:
            # What exactly is wrong here is the operator's to read, not the world's.
            return Reply(503, b"This witness cannot sign at the moment.\n", f"503 {error}")

    def _cosign(self, submission: Submission, checkpoint: Checkpoint, held: Held | None) -> Reply:
        seconds = int(self._now())
        if held is not None and seconds < held.seconds:
            if seconds < held.seconds - CLOCK_BACK_SECONDS_MAX:
                last, here = (datetime.fromtimestamp(each, UTC) for each in (held.seconds, seconds))
                reason = f"its last cosignature is of {rfc3339(last)}, and the clock says {rfc3339(here)}"
                raise WitnessStateRefused(checkpoint.origin, reason)
            seconds = held.seconds
        own = [each for each in self._keys if each.name == checkpoint.origin]
        # Of what was sent only the log's own signatures are kept: the others are nobody's that this witness knows.
        known = tuple(each for each in submission.note.signatures if any(key.made(each) for key in own))
        made = cosign(submission.note.text, self._state.signer.name, self._state.signer, seconds)
        self._state.hold(replace(submission.note, signatures=(*known, made)))
        if held is not None:
            self._state.drop_evidence(_UNPROVEN, held.note, submission.note)
        return Reply(200, made.line.encode(), f"200 {checkpoint.origin} {checkpoint.size}")

    def _refuse(self, error: WitnessRefused, submission: Submission, held: Held | None) -> Reply:
        event = f"{error.answer.value} {submission.checkpoint.origin} {submission.checkpoint.size}: {error.reason}"
        if error.is_evidence and held is not None:
            # Two trees of one size can come from the log alone; a proof that fails, from anybody who has its checkpoint.
            kind = _FORK if error.held_size is not None else _UNPROVEN
            kept = self._state.keep_evidence(kind, held.note, submission.note, _evidence(error, submission, held))
            event += f" (kept as evidence: {kept})" if kept else " (evidence not kept)"
        if error.held_size is None:
            return Reply(error.answer, f"{error}\n".encode(), event)
        return Reply(error.answer, f"{error.held_size}\n".encode(), event, SIZE_TYPE)


def _evidence(error: WitnessRefused, submission: Submission, held: Held) -> bytes:
    """Both notes of the log, whole: signed by it, they speak for themselves."""
    head = f"{error} (answered {error.answer.value})\n\nIt had signed, and this witness had cosigned:\n\n"
    return b"".join((head.encode(), held.note.write(), b"\nIt sent:\n\n", submission.write()))
