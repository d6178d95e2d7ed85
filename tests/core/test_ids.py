"""Identifiers: version 7 of RFC 9562, and in the order in which they were made, also within a millisecond."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from evenhand.core.ids import uuid7
from evenhand.store.clock import fresh_id

MOMENTS = st.integers(0, 2**48 - 1)
DRAWN = st.binary(min_size=10, max_size=10)
NOBODY = UUID(int=0)


@given(MOMENTS, DRAWN)
def test_an_id_says_its_millisecond_and_its_version(milliseconds: int, drawn: bytes) -> None:
    made = uuid7(milliseconds, drawn, NOBODY)

    assert (made.int >> 80, made.version, made.variant) == (milliseconds, 7, RFC_4122)


@given(MOMENTS, st.lists(DRAWN, min_size=2, max_size=200))
def test_ids_of_one_millisecond_are_in_the_order_in_which_they_were_made(milliseconds: int, draws: list[bytes]) -> None:
    made = [NOBODY]
    for drawn in draws:
        made.append(uuid7(milliseconds, drawn, made[-1]))

    assert made[1:] == sorted(set(made[1:]))
    assert {(each.int >> 80, each.version, each.variant) for each in made[1:]} == {(milliseconds, 7, RFC_4122)}


@given(MOMENTS)
def test_the_largest_draws_leave_the_time_alone(milliseconds: int) -> None:
    made = NOBODY
    for _ in range(1000):
        made = uuid7(milliseconds, b"\xff" * 10, made)

    assert (made.int >> 80, made.version, made.variant) == (milliseconds, 7, RFC_4122)


@given(MOMENTS.filter(lambda each: each > 0), DRAWN, DRAWN)
def test_an_id_of_another_millisecond_follows_from_its_draw_alone(
    milliseconds: int, drawn: bytes, other: bytes
) -> None:
    after = uuid7(milliseconds - 1, other, NOBODY)

    assert uuid7(milliseconds, drawn, after) == uuid7(milliseconds, drawn, NOBODY)


def test_while_the_clock_stands_still_ids_go_on() -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    made = [fresh_id(now) for _ in range(1000)]

    assert made == sorted(set(made))
