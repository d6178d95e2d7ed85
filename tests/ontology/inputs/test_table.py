"""Tables in each form that people have them in: one stored form, types found once, every cell as it was written."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ontology.inputs.table import Settings, kind, spelled

SETTINGS = Settings()


def stored(content: Any) -> dict[str, Any]:
    assert kind.check(SETTINGS, content) == []
    found: dict[str, Any] = kind.clean(SETTINGS, content)
    assert kind.clean(SETTINGS, found) == found
    assert kind.check(SETTINGS, found) == []
    return found


def test_csv_objects_and_columns_with_rows_are_one_table() -> None:
    of_csv = stored("name;born\nZoë;1987-04-02\n北京;\n")
    of_objects = stored([{"name": "Zoë", "born": "1987-04-02"}, {"name": "北京", "born": ""}])
    of_columns = stored({"columns": ["name", "born"], "rows": [["Zoë", "1987-04-02"], {"name": "北京", "born": ""}]})

    assert of_csv == of_objects == of_columns
    assert of_csv["columns"] == [
        {"name": "name", "id": "name", "type": "text"},
        {"name": "born", "id": "born", "type": "date"},
    ]


@pytest.mark.parametrize(
    ("cells", "type_"),
    [
        (["1", "-2.5e3", ".5", ""], "number"),
        ([1, 2.5, None], "number"),
        (["1,5"], "text"),
        (["٣"], "text"),
        ([True, "false"], "boolean"),
        ([True, 1], "text"),
        (["2026-01-02", "2026-01-02T03:04:05Z"], "date"),
        (["2026"], "number"),
        (["2026-13-01"], "text"),
        ([None, ""], "text"),
    ],
)
def test_a_column_has_the_type_that_all_its_cells_have(cells: list[Any], type_: str) -> None:
    assert stored({"columns": ["a"], "rows": [[cell] for cell in cells]})["columns"][0]["type"] == type_


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(names, min_size=1, max_size=6, unique=True), st.data())
def test_every_cell_is_found_as_it_was_written_at_an_address_of_its_own(heads: list[str], data: Any) -> None:
    rows = data.draw(st.lists(st.lists(names, min_size=len(heads), max_size=len(heads)), max_size=5))

    table = stored({"columns": heads, "rows": rows})
    parts = kind.parts("t", SETTINGS, table)

    assert len({part.address for part in parts}) == len(parts) == 1 + len(heads) + len(rows) * (1 + len(heads))
    cells = [part.text for part in parts if part.type == "cell"]
    assert cells == [cell for row in rows for cell in row]


@given(st.lists(st.lists(st.text('ab,;"\n\r\té💩', max_size=6), min_size=2, max_size=2), max_size=4))
def test_what_another_program_writes_as_csv_is_read_as_it_was(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["left", "right"], *rows])

    assert stored(file.getvalue())["rows"] == rows


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        (7, "", "bad_json"),
        ("", "", "bad_value"),
        ('a,b\n"x', "", "bad_csv"),
        ("a,b\n1\n", "", "bad_csv"),
        ("a,a\n1,2\n", "/columns/1/name", "duplicate_id"),
        ([7], "/0", "bad_json"),
        ([{"a": {}}], "/0/0", "bad_value"),
        ({"columns": ["a"], "rows": [[1, 2]]}, "/rows/0", "bad_value"),
        ({"columns": ["a"], "rows": [{"b": 1}]}, "/rows/0/b", "unknown_field"),
        ({"columns": ["a"], "rows": [], "note": 1}, "/note", "unknown_field"),
        ({"columns": [{"name": "a", "type": "money"}], "rows": []}, "/columns/0/type", "bad_value"),
        ({"columns": [{"name": "a", "id": "a b"}], "rows": []}, "/columns/0/id", "bad_id"),
        ({"columns": ["a"], "rows": [["x" * 10_001]]}, "/rows/0/0", "too_large"),
        ("a\n" + "1\n" * 5_001, "", "too_large"),
        ("," * 900_000, "", "too_large"),
    ],
)
def test_what_is_no_table_is_refused_by_place(content: Any, pointer: str, code: str) -> None:
    problem = kind.check(SETTINGS, content)[0]

    assert (problem.pointer, problem.code) == (pointer, code)
    assert problem.remedy


def test_numbers_are_spelled_as_json_has_them() -> None:
    assert [spelled(cell) for cell in (None, True, 3, 3.0, 2.5, "x")] == ["", "true", "3", "3", "2.5", "x"]
