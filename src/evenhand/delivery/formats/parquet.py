"""Labels as Parquet, by duckdb, from the JSON lines; through memory files, so that nothing lies on the disk unsealed.

One row a (task, question, target), with a typed column for each simple shape of value and the canonical JSON beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

name = "parquet"
media_type = "application/vnd.apache.parquet"
LOSSES = (
    "A structured value (regions, groups, lists) is canonical JSON text in `value_json`; its simple columns are null.",
)

_COLUMNS = {
    "task": "VARCHAR",
    "external_id": "VARCHAR",
    "batch": "VARCHAR",
    "question": "VARCHAR",
    "kind": "VARCHAR",
    "target": "VARCHAR",
    "value": "JSON",
    "summary": "VARCHAR",
    "probability": "DOUBLE",
    "answers": "INTEGER",
    "effective": "DOUBLE",
    "method": "VARCHAR",
    "status": "VARCHAR",
}
_BLOCK_BYTES = 1 << 20


def from_lines(descriptor: int) -> Iterator[bytes]:
    """The Parquet file of the JSON lines behind an open descriptor, in blocks of 1 MiB."""
    import duckdb

    written = os.memfd_create("labels.parquet")
    columns = ", ".join(f"{column}: '{kind}'" for column, kind in _COLUMNS.items())
    source = f"read_json('/proc/self/fd/{descriptor}', format='newline_delimited', columns={{{columns}}})"
    chosen = (
        "select task, external_id, batch, question, kind, target, value::varchar as value_json,"
        " case when json_type(value) = 'VARCHAR' then value->>'$' end as value_text,"
        " case when json_type(value) in ('BIGINT', 'UBIGINT', 'DOUBLE') then (value->>'$')::double end as value_number,"
        " case when json_type(value) = 'BOOLEAN' then (value->>'$')::boolean end as value_boolean,"
        " summary, probability, answers, effective, method, status from "
    )
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute(
                f"copy ({chosen}{source}) to '/proc/self/fd/{written}' (format parquet, compression zstd)"
            )
        os.lseek(written, 0, os.SEEK_SET)
        while block := os.read(written, _BLOCK_BYTES):
            yield block
    finally:
        os.close(written)
