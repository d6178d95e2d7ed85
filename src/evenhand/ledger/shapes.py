"""What the ledger answers over the wire."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Shape, Time


class WitnessFacts(Shape):
    """A witness and what it last did about a log. cosigned_size, cosigned_at: of its last cosignature, by its own clock."""

    name: str
    vkey: str
    outcome: Literal["cosigned", "silent", "refused", "lied", "ahead", "forked"] | None
    reason: str
    asked_at: Time | None
    cosigned_size: int | None
    cosigned_at: Time | None


class LogFacts(Shape):
    """One log. vkey: what its checkpoints verify with (signed-note). url: where its files are. checkpoint: the newest, as signed.

    size: entries that have their place; published: those that the checkpoint holds.
    """

    origin: str
    vkey: str
    url: str
    state: Literal["open", "stopped", "closed"]
    reason: str | None
    size: int
    published: int
    checkpoint: str | None
    checkpoint_at: Time | None
    witnesses: list[WitnessFacts]


class LedgerRoot(Shape):
    """Where a checkpoint of one's own stands in a hash over the checkpoints of all customers, which the governance log holds.

    The leaf at `index` of a tree of `size` leaves (RFC 6962) is over the bytes of `salt` and the text of `checkpoint`; `proof`
    leads from it to `root`. salt, root, proof: hexadecimal. The entry of the governance log is the `log.root` whose body has this
    number.
    """

    number: int
    at: Time
    root: str
    size: int
    index: int
    salt: str
    proof: list[str]
    checkpoint: str


class Ledger(Shape):
    """The organization's own log and the public governance log; null before their first entries.

    policy: both logs, the key of promises and the installation's witnesses in the format tlog-policy. receipt_vkey: that key.
    """

    log: LogFacts | None
    governance: LogFacts | None
    policy: str
    receipt_vkey: str | None


class PublicLog(Shape):
    """The governance log, which everybody may read; null before its first entry."""

    governance: LogFacts | None
