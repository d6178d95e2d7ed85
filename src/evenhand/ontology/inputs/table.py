"""A table: columns with their types, rows, cells as they were written; each of the three can be asked about."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from evenhand.core.canonical import JsonValue, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology.kind import Part

COLUMNS_MAX, ROWS_MAX, CELLS_MAX, CELL_LENGTH_MAX, NAME_MAX = 200, 5_000, 20_000, 10_000, 200
_FIELDS = frozenset({"columns", "rows"})
_COLUMN = frozenset({"id", "name", "type", "unit"})
_TYPES = ("text", "number", "date", "boolean")
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DELIMITERS = (",", ";", "\t", "|")


class Settings(BaseModel):
    """There is nothing to set."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TableInput:
    """A table as CSV with a head, as a list of objects, or as `{"columns": […], "rows": [[…], …]}`.

    Stored: `columns` with an `id`, a `name`, a `type` (text, number, date or boolean; found once, at import) and a `unit`, and
    `rows` of cells in their order. A cell stays as it was written: a number of a CSV file is a text, a number of JSON a number,
    null is empty.
    Addresses: `t/r17` a row from 0, `t/c.price` a column, `t/r17.price` a cell.
    """

    name: ClassVar[str] = "table"
    Settings: ClassVar[type[BaseModel]] = Settings
    is_file: ClassVar[bool] = False
    is_text: ClassVar[bool] = False

    def check(self, settings: Any, content: Any) -> list[Problem]:
        """What cannot be read as a table, by place; at most 200 columns, 5,000 rows and 20,000 cells."""
        columns, rows, problems = _read(content)
        if not problems and not columns:
            problems = [Problem("", "bad_value", "The table has no column.", "Send a head and rows.")]
        if not problems:
            for count, most, word in (
                (len(rows), ROWS_MAX, "rows"),
                (len(columns) * len(rows), CELLS_MAX, "cells"),
            ):
                if count > most:
                    message = f"A table has at most {most} {word}; this has {count}."
                    problems.append(Problem("", "too_large", message, "Split it into parts of one group."))
        return problems[:20]

    def clean(self, settings: Any, content: Any) -> Any:
        """Columns with ids and types, rows as lists of cells."""
        columns, rows, _ = _read(content)
        kept = {column["id"] for column in columns if "id" in column}
        named = [column.get("id") or column["name"] for column in columns]
        for no, column in enumerate(columns):
            fits = column.get("id") or (_ID.fullmatch(column["name"]) and named.count(column["name"]) == 1)
            column["id"] = named[no] if fits else _free(f"c{no + 1}", kept | set(named))
            column.setdefault("type", _type_of([row[no] for row in rows]))
        return {"columns": columns, "rows": rows}

    def parts(self, name: str, settings: Any, content: Any) -> list[Part]:
        """The table, its columns, then row by row its cells. `where` may ask a column's or a cell's name, that of its column."""
        columns, rows = _stored(content)
        heads = [
            Part(f"{name}/c.{column['id']}", "column", name, self.name, facts={"name": column["name"]})
            for column in columns
        ]
        below: list[Part] = []
        for no, row in enumerate(rows):
            cells = [
                Part(
                    f"{name}/r{no}.{column['id']}",
                    "cell",
                    name,
                    self.name,
                    text=spelled(cell),
                    facts={"name": column["name"]},
                )
                for column, cell in zip(columns, row, strict=False)
            ]
            below += [
                Part(f"{name}/r{no}", "row", name, self.name, children=tuple(cell.address for cell in cells)),
                *cells,
            ]
        tops = tuple(part.address for part in (*heads, *below) if part.type != "cell")
        facts = {"length": len(rows)}
        return [Part(name, "input", name, self.name, facts=facts, children=tops), *heads, *below]

    def visible(self, settings: Any, content: JsonValue) -> JsonValue:
        """All of it."""
        return content

    def text_of(self, settings: Any, content: Any) -> str:
        """The head and the rows, a line each."""
        columns, rows = _stored(content)
        lines = [[column["name"] for column in columns], *([spelled(cell) for cell in row] for row in rows)]
        return "\n".join(" ".join(line) for line in lines)

    def examples(self) -> Iterable[JsonValue]:
        """CSV, objects, and a table with units and an empty cell."""
        return [
            "harbor,high water,open\nPort Avelin,2.35,true\nGröde,1.9,false\n",
            [{"name": "Zoë", "born": "1987-04-02"}, {"name": "北京", "born": None}],
            {"columns": [{"name": "price", "unit": "€"}, {"name": "note"}], "rows": [[12.5, "💩"], [None, ""]]},
        ]


def spelled(cell: Any) -> str:
    """A cell as it is read: texts as they are, true and false and numbers as JSON has them, nothing for null."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def _stored(content: Any) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    if not isinstance(content, dict):
        return [], []
    return content.get("columns", []), content.get("rows", [])


def _read(content: Any) -> tuple[list[dict[str, Any]], list[list[Any]], list[Problem]]:
    """Columns, rows of as many cells, and what is wrong with them."""
    if isinstance(content, dict) and isinstance(content.get("text"), str) and len(content) == 1:
        content = content["text"]
    if isinstance(content, str):
        return _of_csv(content)
    if isinstance(content, list):
        return _of_objects(content)
    if (
        not isinstance(content, dict)
        or not isinstance(content.get("columns"), list)
        or not isinstance(content.get("rows"), list)
    ):
        remedy = 'Send CSV with a head, a list of objects, or {"columns": […], "rows": [[…], …]}.'
        return [], [], [Problem("", "bad_json", "This is no table.", remedy)]
    if unknown := sorted(content.keys() - _FIELDS):
        at = "/" + escape_pointer(unknown[0])
        return [], [], [Problem(at, "unknown_field", "A table has no such field.", "Remove it.")]
    columns, problems = _columns(content["columns"])
    rows: list[list[Any]] = []
    for no, row in enumerate(content["rows"]):
        at = f"/rows/{no}"
        if isinstance(row, dict):
            if foreign := sorted(str(name) for name in row.keys() - {column["name"] for column in columns}):
                message = f"There is no column {foreign[0]!r}."
                problems.append(
                    Problem(f"{at}/{escape_pointer(foreign[0])}", "unknown_field", message, "Name it among columns.")
                )
            row = [row.get(column["name"]) for column in columns]
        if not isinstance(row, list) or len(row) != len(columns):
            problems.append(Problem(at, "bad_value", f"A row has {len(columns)} cells.", "Send null for an empty one."))
            continue
        problems += _cells(at, row)
        rows.append(row)
    return columns, rows, problems


def _columns(given: Sequence[Any]) -> tuple[list[dict[str, Any]], list[Problem]]:
    columns: list[dict[str, Any]] = []
    if len(given) > COLUMNS_MAX:
        message = f"A table has at most {COLUMNS_MAX} columns; this has {len(given)}."
        return [], [Problem("", "too_large", message, "Split it into parts of one group.")]
    problems = []
    seen: set[str] = set()
    for no, column in enumerate(given):
        at = f"/columns/{no}"
        column = {"name": column} if isinstance(column, str) else column
        if not isinstance(column, dict) or not isinstance(column.get("name"), str) or len(column["name"]) > NAME_MAX:
            message = f"A column has a name of at most {NAME_MAX} characters."
            problems.append(Problem(at, "bad_value", message, 'Send {"name": "price"}.'))
            continue
        if unknown := sorted(column.keys() - _COLUMN):
            problems.append(
                Problem(
                    f"{at}/{escape_pointer(unknown[0])}", "unknown_field", "A column has no such field.", "Remove it."
                )
            )
        if "type" in column and column["type"] not in _TYPES:
            problems.append(Problem(f"{at}/type", "bad_value", "There is no such type.", "Take one.", _TYPES))
        if not isinstance(column.get("unit", ""), str) or len(column.get("unit", "")) > NAME_MAX:
            problems.append(
                Problem(f"{at}/unit", "bad_value", "A unit is a short text.", "Send a text, or leave it out.")
            )
        for name in ("id", "name"):
            value = column.get(name)
            if name == "id" and value is not None and not (isinstance(value, str) and _ID.fullmatch(value)):
                problems.append(Problem(f"{at}/id", "bad_id", "This is no id.", "Leave it out: it is made."))
            elif isinstance(value, str) and f"{name} {value}" in seen:
                problems.append(
                    Problem(f"{at}/{name}", "duplicate_id", f"The {name} {value!r} stands twice.", "Give each its own.")
                )
            seen.add(f"{name} {value}")
        columns.append({field: value for field, value in column.items() if value is not None})
    return columns, problems


def _cells(at: str, row: Iterable[Any]) -> list[Problem]:
    problems = []
    for no, cell in enumerate(row):
        if cell is not None and not isinstance(cell, str | int | float):
            problems.append(
                Problem(f"{at}/{no}", "bad_value", "A cell is a text, a number, true, false or null.", "Send one.")
            )
        elif isinstance(cell, str) and len(cell) > CELL_LENGTH_MAX:
            message = f"A cell has at most {CELL_LENGTH_MAX} characters; this has {len(cell)}."
            problems.append(Problem(f"{at}/{no}", "too_large", message, "Show long texts as inputs of their own."))
    return problems


def _of_csv(text: str) -> tuple[list[dict[str, Any]], list[list[Any]], list[Problem]]:
    text = text.removeprefix("\ufeff")
    delimiter = max(_DELIMITERS, key=text.split("\n", 1)[0].count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        lines = [line for line in reader if line]
    except csv.Error as error:
        return [], [], [Problem("", "bad_csv", f"This is not CSV: {error}.", "Close the quotes, or send JSON.")]
    if not lines:
        return [], [], []
    columns, problems = _columns(lines[0])
    if problems:
        return [], [], problems
    for no, line in enumerate(lines[1:], 2):
        if len(line) != len(lines[0]):
            message = f"Line {no} has {len(line)} cells, the head {len(lines[0])}."
            problems.append(Problem("", "bad_csv", message, "Give every line as many, or quote what holds a comma."))
        problems += [Problem("", each.code, f"Line {no}: {each.message}", each.remedy) for each in _cells("", line)]
    return columns, [list(line) for line in lines[1:]], problems


def _of_objects(given: Sequence[Any]) -> tuple[list[dict[str, Any]], list[list[Any]], list[Problem]]:
    """Columns are the keys in the order in which they first come."""
    for no, each in enumerate(given):
        if not isinstance(each, Mapping):
            return [], [], [Problem(f"/{no}", "bad_json", "A row is an object here.", 'Send [{"name": …}, …].')]
    columns, problems = _columns(list(dict.fromkeys(name for each in given for name in each)))
    rows = [[each.get(column["name"]) for column in columns] for each in given]
    problems += [problem for no, row in enumerate(rows) for problem in _cells(f"/{no}", row)]
    return columns, rows, problems


def _type_of(cells: Sequence[Any]) -> str:
    said = [cell for cell in cells if cell is not None and cell != ""]
    if not said:
        return "text"
    if all(isinstance(cell, bool) or cell in ("true", "false") for cell in said):
        return "boolean"
    if all(not isinstance(cell, bool) and (isinstance(cell, int | float) or _NUMBER.fullmatch(cell)) for cell in said):
        return "number"
    return "date" if all(isinstance(cell, str) and _is_date(cell) for cell in said) else "text"


def _is_date(cell: str) -> bool:
    try:
        datetime.datetime.fromisoformat(cell)
    except ValueError:
        return False
    return len(cell) >= len("2026-01-02") and cell[4] == "-"


def _free(id_: str, taken: set[str]) -> str:
    while id_ in taken:
        id_ += "_"
    return id_


kind = TableInput()
