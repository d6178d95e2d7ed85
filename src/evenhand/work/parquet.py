"""Rows of a Parquet file, read by duckdb from memory.

A file of a few kilobytes can unpack to hundreds of gigabytes (a dictionary holds one long text, and every row points to it), so
lengths are measured where they stand, without unpacking, before anything is read.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from evenhand.core.errors import Malformed, Problem

UNPACKED_BYTES_MAX = 1024**3
FETCHED_ROWS = 64
# One thread keeps the rows in their order.
_CONFIG: dict[str, Any] = {"memory_limit": "1GB", "threads": 1, "temp_directory": ""}
_FROM = "from read_parquet(?, file_row_number = true)"


async def rows_of(content: bytes, row_bytes_max: int) -> AsyncIterator[tuple[int, dict[str, Any] | None]]:
    """(number from 1, values by column) of each row, in order; None for a row larger than row_bytes_max, these first.

    Raises Malformed for what is no Parquet file, or unpacks to more than 1 GiB.
    """
    with _opened(content) as (connection, path):
        size = await asyncio.to_thread(_measured, connection, path)
        for number in await asyncio.to_thread(_too_large, connection, path, size, row_bytes_max):
            yield number, None
        query = f"select *, {size} as row_bytes {_FROM} where row_bytes <= {row_bytes_max}"
        result = await asyncio.to_thread(connection.execute, query, [path])
        names = [column[0] for column in result.description or ()]
        while batch := await asyncio.to_thread(result.fetchmany, FETCHED_ROWS):
            for values in batch:
                row = dict(zip(names, values, strict=True))
                number = row.pop("file_row_number") + 1
                row.pop("row_bytes")
                yield number, {name: _plain(value) for name, value in row.items() if value is not None}


@contextmanager
def _opened(content: bytes) -> Iterator[tuple[Any, str]]:
    """A database in memory and the address of the file: an anonymous one, so that content never touches the disk unsealed."""
    import duckdb

    descriptor = os.memfd_create("import")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        with duckdb.connect(":memory:", config=_CONFIG) as connection:
            path = f"/proc/self/fd/{descriptor}"
            try:
                yield connection, path
            except duckdb.Error as error:
                said = str(error).splitlines()[0][:200].replace(path, "")
                message = f"This is no Parquet file that can be read: {said}."
                raise Malformed([Problem("", "bad_json", message, "Write it again, or send NDJSON.")]) from None
    finally:
        os.close(descriptor)


def _measured(connection: Any, path: str) -> str:
    """The expression of a row's size in bytes. Raises Malformed when all rows together are too many bytes."""
    described = connection.execute(f"select * exclude (file_row_number) {_FROM} limit 0", [path]).description
    size = " + ".join(["8", *(_size(_quoted(column[0]), column[1]) for column in described)])
    total = connection.execute(f"select coalesce(sum({size}), 0) {_FROM}", [path]).fetchone()[0]
    if total > UNPACKED_BYTES_MAX:
        message = f"This file unpacks to {total} bytes; {UNPACKED_BYTES_MAX} are allowed."
        raise Malformed([Problem("", "too_large", message, "Send it in parts.")])
    return size


def _too_large(connection: Any, path: str, size: str, row_bytes_max: int) -> list[int]:
    rows = connection.execute(f"select file_row_number {_FROM} where {size} > {row_bytes_max}", [path]).fetchall()
    return [row[0] + 1 for row in rows]


def _size(column: str, kind: Any, depth: int = 0) -> str:
    """An expression of how many bytes a value unpacks to."""
    each = f"e{depth}"
    if kind.id == "varchar":
        size = f"strlen({column})"
    elif kind.id == "blob":
        size = f"octet_length({column})"
    elif kind.id == "list":
        inside = _size(each, dict(kind.children)["child"], depth + 1)
        size = f"8 * len({column}) + list_sum(list_transform({column}, lambda {each}: {inside}))"
    elif kind.id == "struct":
        fields = (f"struct_extract({column}, {_literal(name)})" for name, _ in kind.children)
        inside = " + ".join(_size(f, k, depth) for f, (_, k) in zip(fields, kind.children, strict=True))
        size = f"8 + {inside or '0'}"
    elif kind.id == "map":
        entry = dict(kind.children)
        sides = ((f"map_keys({column})", entry["key"]), (f"map_values({column})", entry["value"]))
        sums = (f"list_sum(list_transform({side}, lambda {each}: {_size(each, k, depth + 1)}))" for side, k in sides)
        size = f"8 * len(map_keys({column})) + " + " + ".join(f"coalesce({part}, 0)" for part in sums)
    else:
        return "8"
    return f"coalesce({size}, 0)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
