"""Labels as Parquet, by duckdb, from the JSON lines; through memory files, so that nothing lies on the disk unsealed.

One row a (task, question, target), with a typed column for each simple shape of value and its JSON beside it. Which columns are
filled depends on the value alone, never on the question's kind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

name = "parquet"
media_type = "application/vnd.apache.parquet"
LOSSES = (
    "A structured value (regions, groups, lists) is JSON text in `value_json`; its simple columns are null.",
    "The equals of a tie (`candidates`) are JSON text, one each.",
)

_COLUMNS = {
    "task": "VARCHAR",
    "external_id": "VARCHAR",
    "batch": "VARCHAR",
    "question": "VARCHAR",
    "kind": "VARCHAR",
    "target": "VARCHAR",
    "value": "JSON",
    "candidates": "JSON[]",
    "summary": "VARCHAR",
    "probability": "DOUBLE",
    "share": "DOUBLE",
    "answers": "INTEGER",
    "effective": "DOUBLE",
    "method": "VARCHAR",
    "status": "VARCHAR",
    "source": "VARCHAR",
    "model": "VARCHAR",
    "model_version": "VARCHAR",
    "fit_no": "INTEGER",
    "low": "DOUBLE",
    "high": "DOUBLE",
}
# A JSON null is no value, in every column. 2^53 - 1 is the last integer that JSON readers agree on.
_CHOSEN = """
  select task, external_id, batch, question, kind, target,
         case when json_type(value) <> 'NULL' then value::varchar end as value_json,
         case when json_type(value) = 'VARCHAR' then value->>'$' end as value_text,
         case when json_type(value) in ('BIGINT', 'UBIGINT', 'DOUBLE') then (value->>'$')::double end as value_number,
         case when json_type(value) in ('BIGINT', 'UBIGINT', 'DOUBLE')
               and (value->>'$')::double = floor((value->>'$')::double)
               and abs((value->>'$')::double) <= 9007199254740991
              then (value->>'$')::double::bigint end as value_integer,
         case when json_type(value) = 'BOOLEAN' then (value->>'$')::boolean end as value_boolean,
         case when json_type(value) = 'ARRAY'
               and len(list_filter(json_extract(value, '$[*]'), lambda part: json_type(part) <> 'VARCHAR')) = 0
              then json_extract_string(value, '$[*]') end as value_list,
         [part::varchar for part in candidates] as candidates,
         summary, probability, share, answers, effective, method, status, source, model, model_version, fit_no, low, high
    from """
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    # Nothing is spilled: what does not fit fails, and the release says so, before anything unsealed reaches the disk.
    "temp_directory": "",
    "threads": 1,
    "autoinstall_known_extensions": False,
}
_BLOCK_BYTES = 1 << 20
_LINE_BYTES_MAX = 64 << 20


def from_lines(descriptor: int) -> Iterator[bytes]:
    """The Parquet file of the JSON lines behind an open descriptor, in blocks of 1 MiB."""
    import duckdb

    written = os.memfd_create("labels.parquet")
    columns = ", ".join(f"{column}: '{kind}'" for column, kind in _COLUMNS.items())
    options = f"format='newline_delimited', columns={{{columns}}}, maximum_object_size={_LINE_BYTES_MAX}"
    source = f"read_json('/proc/self/fd/{descriptor}', {options})"
    try:
        with duckdb.connect(":memory:", config=_SETTINGS) as connection:
            connection.execute(
                f"copy ({_CHOSEN}{source}) to '/proc/self/fd/{written}' (format parquet, compression zstd, use_tmp_file false)"
            )
        os.lseek(written, 0, os.SEEK_SET)
        while block := os.read(written, _BLOCK_BYTES):
            yield block
    finally:
        os.close(written)
