"""A project's votes and answers in columns, from the database's binary rows: nothing is opened, no row becomes an object."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.insight")
# PostgreSQL, "COPY", binary format: a signature of 11 bytes, flags and the length of an extension; a tuple is its number of fields,
# then for each field its length and its bytes, in network order; the file ends with -1.
_HEADER_BYTES = 19
_TRAILER = b"\xff\xff"
_TYPES = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8"}

VOTES = {"question_no": "int2", "task_no": "int8", "annotator_no": "int4", "code": "float8"}
ANSWERS = {
    "task_no": "int8",
    "annotator_no": "int4",
    "at": "float8",
    "active_ms": "int4",
    "guideline": "int4",
    "version": "int2",
    "pastes": "int4",
    "pasted": "int4",
    "typed": "int4",
    "departures": "int4",
    "away_ms": "int4",
    "edits": "int4",
}
TASKS = {"task_no": "int8", "batch": "int4"}


@dataclass(frozen=True, slots=True, eq=False)
class ProjectColumns:
    """Everything that a fit reads, one structured array a relation.

    votes: sorted by question, task, annotator. answers: the newest version of each annotation, sorted by task, annotator; `at` is
    seconds of the epoch; from `pastes` on how it was made, -1 where nothing was counted.
    tasks: sorted by number; `batch` is a position in `batches`. vendors: annotator number -> organization.
    """

    votes: npt.NDArray[np.void]
    answers: npt.NDArray[np.void]
    tasks: npt.NDArray[np.void]
    batches: tuple[UUID, ...]
    vendors: dict[int, UUID]


async def read_columns(connection: Connection, organization_id: UUID, project_id: UUID) -> ProjectColumns:
    """All of it, as one transaction sees it."""
    facts = {"organization_id": organization_id, "project_id": project_id}
    votes = unpacked(await _queries.copied(connection, "vote_columns", **facts), VOTES)
    answers = unpacked(await _queries.copied(connection, "answer_columns", **facts), ANSWERS)
    tasks = unpacked(await _queries.copied(connection, "task_columns", **facts), TASKS)
    batches = await _queries.rows(connection, "batches_of_project", **facts)
    vendors = await _queries.rows(connection, "vendors_of_members", organization_id=organization_id)
    order = np.lexsort((answers["version"], answers["annotator_no"], answers["task_no"]))
    answers = answers[order]
    is_newest = np.ones(answers.size, dtype=bool)
    is_newest[:-1] = (answers["task_no"][1:] != answers["task_no"][:-1]) | (
        answers["annotator_no"][1:] != answers["annotator_no"][:-1]
    )
    return ProjectColumns(
        votes=votes[np.lexsort((votes["annotator_no"], votes["task_no"], votes["question_no"]))],
        answers=answers[is_newest],
        tasks=tasks[np.argsort(tasks["task_no"], kind="stable")],
        batches=tuple(row["batch_id"] for row in batches),
        vendors={row["annotator_no"]: row["vendor_id"] for row in vendors},
    )


def unpacked(received: bytes | bytearray, types: dict[str, str]) -> npt.NDArray[np.void]:
    """What a binary COPY sent, as a structured array in the machine's own order. Raises ValueError for other columns."""
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for column, type_ in types.items():
        fields += [(f"{column}_bytes", ">i4"), (column, _TYPES[type_])]
    row = np.dtype(fields)
    size = len(received) - _HEADER_BYTES - len(_TRAILER)
    if size < 0 or size % row.itemsize or received[-2:] != _TRAILER:
        raise ValueError(f"{size} bytes are no rows of {row.itemsize} bytes")
    rows = np.frombuffer(received, dtype=row, offset=_HEADER_BYTES, count=size // row.itemsize)
    native = np.empty(
        rows.size, dtype=[(column, np.dtype(_TYPES[type_]).newbyteorder("=")) for column, type_ in types.items()]
    )
    for column in types:
        if np.any(rows[f"{column}_bytes"] != rows.dtype[column].itemsize):
            raise ValueError(f"{column} is not of the size it should be")
        native[column] = rows[column]
    return native
