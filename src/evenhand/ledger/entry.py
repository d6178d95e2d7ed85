"""The canonical entry: one row of an inbox as the bytes that the log holds. Pure, and a function of the row and its log alone.

An entry is RFC 8785 canonical JSON below 64 KiB (tlog-tiles counts lengths in 16 bits). It is spelled directly, because every look
passes here: keys in order, no white space, and the few values that are free text through the library that knows the escapes.
What is null is absent. `docs/reference/ledger-entries.md` lists the keys.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Any
from uuid import UUID

from evenhand.core.canonical import INTEGER_MAX, canonical_json
from evenhand.ledger.actions import Action

VERSION = 1
# The log that everybody may read belongs to no customer: its rows stand under this id.
GOVERNANCE = UUID(int=0)
_ID_DOMAIN = b"evenhand-entry/1"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_/+ ,;()=")
_TWO = [f"{number:02}" for number in range(60)]
_PLACE = Struct(">QQ").pack
_ACTIONS = {int(action): action.title for action in Action}


class EntryWriter:
    """Spells the entries of one log."""

    __slots__ = ("_heads", "_ids", "_log", "_tail")

    def __init__(self, origin: str, salt: bytes) -> None:
        self._ids = sha256(_ID_DOMAIN + salt)
        self._log = f',"log":{quoted(origin)}'
        self._heads = {action: f'{{"action":"{title}"' for action, title in _ACTIONS.items()}
        self._tail = f',"v":{VERSION}}}'

    def id_of(self, xid: int, id_: int) -> bytes:
        """The entry's id, 16 bytes: the place of its row, salted, because raw numbers would show how much others do."""
        hashed = self._ids.copy()
        hashed.update(_PLACE(xid, id_))
        return hashed.digest()[:16]

    def entry(self, row: Sequence[Any]) -> tuple[bytes, bytes]:
        """(id, entry) of a row of `ledger_inbox`: the columns in the order of the queries `take` and `rows_of_leaves`."""
        (
            xid, id_, _organization, at, action, actor, vendor, object_, objects, subject, digest,
            purpose, lease_until, epoch, policy, decision, rule, quantity, software,
        ) = row  # fmt: skip
        entry_id = self.id_of(xid, id_)
        text = self._heads[action]
        if actor is not None:
            text += f',"actor":"{actor.hex()}"'
        if vendor is not None:
            text += f',"actor_organization":"{vendor}"'
        text += f',"at":"{spelled(at)}"'
        if decision is not None:
            text += f',"decision":"{decision}"'
        if digest is not None:
            text += f',"digest":"{digest.hex()}"'
        if epoch is not None:
            text += f',"epoch":{epoch}'
        text += f',"id":"{entry_id.hex()}"'
        if lease_until is not None:
            text += f',"lease_until":"{spelled(lease_until)}"'
        text += self._log
        if object_ is not None:
            text += f',"object":"{object_}"'
        if objects is not None:
            text += ',"objects":["' + '","'.join(map(str, objects)) + '"]' if objects else ',"objects":[]'
        text += f',"policy":{policy}'
        if purpose is not None:
            text += f',"purpose":{quoted(purpose)}'
        if quantity is not None:
            # A count beyond 2**53 - 1 is none that JSON can hold as a number.
            text += f',"quantity":{quantity}' if abs(quantity) <= INTEGER_MAX else f',"quantity":"{quantity}"'
        if rule is not None:
            text += f',"rule":{quoted(rule)}'
        if software:
            text += f',"software":{quoted(software)}'
        if subject is not None:
            text += f',"subject":"{subject}"'
        return entry_id, (text + self._tail).encode()

    def public_entry(self, row: Sequence[Any]) -> tuple[bytes, bytes]:
        """(id, entry) of a row of `governance_inbox`. Its body is spelled anew: SQL writes some, and has a spelling of its own."""
        xid, id_, _organization, at, action, body, software = row
        entry_id = self.id_of(xid, id_)
        spelt = canonical_json(json.loads(body)).decode()
        text = f'{self._heads[action]},"at":"{spelled(at)}","body":{spelt},"id":"{entry_id.hex()}"{self._log}'
        if software:
            text += f',"software":{quoted(software)}'
        return entry_id, (text + self._tail).encode()


def spelled(at: datetime) -> str:
    """A moment in UTC as RFC 3339 with microseconds; half as long as isoformat takes."""
    return (
        f"{at.year:04}-{_TWO[at.month]}-{_TWO[at.day]}T{_TWO[at.hour]}:{_TWO[at.minute]}:{_TWO[at.second]}"
        f".{at.microsecond:06}Z"
    )


@lru_cache(maxsize=4096)
def quoted(text: str) -> str:
    """A string as RFC 8785 writes it. The same few words come again and again."""
    return f'"{text}"' if _PLAIN.issuperset(text) else canonical_json(text).decode()
