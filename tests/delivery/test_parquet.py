"""Labels as Parquet: opened by pyarrow, another library than the one that wrote them, they say what the lines said."""

import io
import json
import os

import pyarrow.parquet as pq
import pytest

from evenhand.delivery.formats import parquet

LABEL = {"task": "t1", "question": "q", "kind": "k", "target": "", "value": "yes", "candidates": [], "summary": "Yes",
         "probability": 0.75, "share": 1.0, "answers": 3, "effective": 3.0, "method": "majority", "status": "resolved"}  # fmt: skip


def table_of(labels):
    lines = os.memfd_create("lines")
    try:
        for label in labels:
            os.write(lines, json.dumps(label, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        os.lseek(lines, 0, os.SEEK_SET)
        return pq.read_table(io.BytesIO(b"".join(parquet.from_lines(lines))))
    finally:
        os.close(lines)


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("yes", {"value_text": "yes"}),
        ('q"é\\\n𝄞', {"value_text": 'q"é\\\n𝄞'}),
        ("null", {"value_text": "null"}),
        (3, {"value_number": 3.0, "value_integer": 3}),
        (-2.0, {"value_number": -2.0, "value_integer": -2}),
        (3.5, {"value_number": 3.5}),
        (1e300, {"value_number": 1e300}),
        (True, {"value_boolean": True}),
        (["a", 'b,"c'], {"value_list": ["a", 'b,"c']}),
        ([], {"value_list": []}),
        (["a", 1], {}),
        ({"regions": [{"id": "k1", "x": 10.5}]}, {}),
    ],
)
def test_a_value_stands_in_the_column_of_its_shape_and_whole_as_json(value, filled):
    [row] = table_of([{**LABEL, "value": value}]).to_pylist()

    assert json.loads(row["value_json"]) == value
    columns = ("value_text", "value_number", "value_integer", "value_boolean", "value_list")
    assert {column: row[column] for column in columns if row[column] is not None} == filled


def test_a_tie_has_no_value_and_keeps_its_equals():
    [row] = table_of([{**LABEL, "value": None, "candidates": ["yes", 2], "status": "tied"}]).to_pylist()

    assert [row[column] for column in row if column.startswith("value_")] == [None] * 6
    assert [json.loads(each) for each in row["candidates"]] == ["yes", 2]


def test_rows_keep_their_order_and_their_other_columns():
    labels = [{**LABEL, "task": f"t{number}", "answers": number} for number in range(5000)]

    table = table_of(labels)

    assert table["task"].to_pylist() == [label["task"] for label in labels]
    first = table.slice(0, 1).to_pylist()[0]
    kept = set(LABEL) - {"value"}
    assert {name: first[name] for name in kept} == {name: labels[0][name] for name in kept}
    assert first["external_id"] is None


def test_a_release_without_labels_is_an_empty_table_with_all_its_columns():
    table = table_of([])

    assert table.num_rows == 0
    assert table.schema.field("value_list").type.value_type == "string"


def test_nothing_is_written_to_the_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    table_of([{**LABEL, "value": "x" * 100_000} for _ in range(50)])

    assert list(tmp_path.iterdir()) == []
