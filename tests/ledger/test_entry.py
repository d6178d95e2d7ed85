"""An entry is RFC 8785 canonical JSON over the row it was made from, whatever stands in the row, and always below 64 KiB."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from evenhand.core.canonical import INTEGER_MAX, canonical_json
from evenhand.ledger.actions import Action
from evenhand.ledger.entries import PUBLIC_BODY_BYTES_MAX
from evenhand.ledger.entry import GOVERNANCE, EntryWriter

ORIGIN, SALT = "labels.example.org/log/5f0c", bytes(range(32))
WRITER = EntryWriter(ORIGIN, SALT)
ENTRY_BYTES_MAX = 65_535

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
moments = st.datetimes(timezones=st.just(UTC))
numbers = st.integers(0, 2**63 - 1)


def short(bytes_max: int) -> st.SearchStrategy[str]:
    """Texts that a constraint of the inbox lets in."""
    return texts.filter(lambda text: len(text.encode()) <= bytes_max)


ROWS = st.tuples(
    numbers,
    numbers,
    st.uuids(),
    moments,
    st.sampled_from([int(action) for action in Action]),
    st.none() | st.binary(min_size=32, max_size=32),
    st.none() | st.uuids(),
    st.none() | st.uuids(),
    st.none() | st.lists(st.uuids(), max_size=5),
    st.none() | st.uuids(),
    st.none() | st.binary(min_size=32, max_size=32),
    st.none() | short(100),
    st.none() | moments,
    st.none() | st.integers(0, 2**31 - 1),
    st.integers(1, 2**31 - 1),
    st.none() | st.sampled_from(["allow", "deny"]),
    st.none() | short(4000),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    short(500),
)


def spelled(moment: datetime) -> str:
    """RFC 3339 with microseconds, in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def as_object(row: tuple[Any, ...]) -> dict[str, Any]:
    """What the entry of a row says, as its page in the reference has it."""
    place = row[0].to_bytes(8, "big") + row[1].to_bytes(8, "big")
    quantity = row[17]
    said = {
        "v": 1,
        "id": sha256(b"evenhand-entry/1" + SALT + place).hexdigest()[:32],
        "log": ORIGIN,
        "at": spelled(row[3]),
        "action": Action(row[4]).title,
        "actor": row[5].hex() if row[5] is not None else None,
        "actor_organization": str(row[6]) if row[6] else None,
        "object": str(row[7]) if row[7] else None,
        "objects": [str(each) for each in row[8]] if row[8] is not None else None,
        "subject": str(row[9]) if row[9] else None,
        "digest": row[10].hex() if row[10] is not None else None,
        "purpose": row[11],
        "lease_until": spelled(row[12]) if row[12] else None,
        "epoch": row[13],
        "policy": row[14],
        "decision": row[15],
        "rule": row[16],
        "quantity": str(quantity) if quantity is not None and abs(quantity) > INTEGER_MAX else quantity,
        "software": row[18] or None,
    }
    return {name: value for name, value in said.items() if value is not None}


@given(ROWS)
def test_an_entry_is_the_canonical_json_of_what_its_row_says(row: tuple[Any, ...]) -> None:
    id_, entry = WRITER.entry(row)

    assert entry == rfc8785.dumps(as_object(row))
    assert id_.hex() == as_object(row)["id"]


@given(st.dictionaries(texts, st.none() | st.booleans() | texts | st.floats(-1e9, 1e9) | st.lists(texts)), short(500))
def test_a_public_entry_holds_its_body_word_for_word(body: dict[str, Any], software: str) -> None:
    at = datetime(2026, 3, 2, 9, 0, 0, 7, UTC)
    row = (7, 9, GOVERNANCE, at, int(Action.POLICY_CHANGE), canonical_json(body).decode(), software)

    id_, entry = WRITER.public_entry(row)

    said = {"v": 1, "id": id_.hex(), "at": spelled(at), "action": "policy.change", "log": ORIGIN, "body": body}
    assert entry == rfc8785.dumps(said | ({"software": software} if software else {}))


def test_a_public_entry_is_canonical_however_its_body_was_spelled() -> None:
    at = datetime(2026, 3, 2, 9, 0, 0, 7, UTC)
    spelled_by_sql = '{"software" : "evenhand 0.1.0", "at" : 1.0}'

    _, entry = WRITER.public_entry((7, 9, GOVERNANCE, at, int(Action.SOFTWARE_DEPLOY), spelled_by_sql, ""))

    assert b'"body":{"at":1,"software":"evenhand 0.1.0"}' in entry
    assert entry == rfc8785.dumps(json.loads(entry))


def test_the_longest_entries_that_the_inboxes_let_in_fit_a_bundle() -> None:
    at = datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)
    id_ = UUID(int=2**128 - 1)
    row = (
        2**63, 2**63 - 1, id_, at, int(Action.OWNERSHIP_CHANGE), bytes(32), id_, id_, [id_] * 500, id_, bytes(32),
        "\x01" * 100, at, 2**31 - 1, 2**31 - 1, "allow", "\x01" * 4000, -(2**63), "\x01" * 500,
    )  # fmt: skip
    body = '{"":"' + "x" * (PUBLIC_BODY_BYTES_MAX - 7) + '"}'
    public = (2**63, 2**63 - 1, GOVERNANCE, at, int(Action.OWNERSHIP_CHANGE), body, "\x01" * 500)
    widest = EntryWriter("x" * 300, SALT)

    assert len(widest.entry(row)[1]) <= ENTRY_BYTES_MAX
    assert len(widest.public_entry(public)[1]) <= ENTRY_BYTES_MAX


def test_ids_of_two_logs_have_nothing_to_do_with_each_other() -> None:
    other = EntryWriter(ORIGIN, bytes(32))

    assert WRITER.id_of(7, 9) != other.id_of(7, 9)
    assert WRITER.id_of(7, 9) != WRITER.id_of(9, 7)


def test_the_reference_lists_every_action() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "ledger-entries.md").read_text("utf-8")

    listed = page.partition("## Actions")[2].partition("\n## ")[0]

    assert re.findall(r"`([a-z]+\.[a-z]+)`", listed) == [action.title for action in Action]
