"""Tasks in, from files that mean harm: every format refuses what is bad by its line, and nothing is half-written."""

from __future__ import annotations

import io
import json
import time
import uuid

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from refusals import check_refusal

NDJSON, JSON, CSV = "application/x-ndjson", "application/json", "text/csv"
PARQUET = "application/vnd.apache.parquet"


class Importer:
    """Imports into a project of its own, so that what went in can be counted."""

    def __init__(self, owner: httpx.Client) -> None:
        preset = {"preset": "text-classification"}
        made = owner.post("/api/v1/projects", json={"name": "Rows", "preset": preset}).raise_for_status()
        self._owner, self.project = owner, f"/api/v1/projects/{made.json()['id']}"

    def send(self, content: bytes, media_type: str, query: str = "", key: str | None = None) -> httpx.Response:
        headers = {"content-type": media_type, **({"idempotency-key": key} if key else {})}
        return self._owner.post(f"{self.project}/tasks{query}", content=content, headers=headers)

    @property
    def tasks(self) -> list[str]:
        """The texts that are there."""
        return [row["preview"] for row in self._owner.get(f"{self.project}/tasks").json()["items"]]

    @property
    def batches(self) -> list[str]:
        return [batch["name"] for batch in self._owner.get(f"{self.project}/batches").json()["items"]]


@pytest.fixture
def importer(clients: dict[str, httpx.Client]) -> Importer:
    return Importer(clients["owner"])


def ndjson(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def parquet(**columns: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression="zstd")
    return file.getvalue()


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"7",
        b"[]",
        b'{"text": 7e999}',
        b'{"text": "a", "text": "b"}',
        b'{"text": "\\ud800"}',
        b'{"text": "a\\u0000"}',
        b'{"text": "\xff"}',
        b'{"inputs": {"text": {"deep": ' + b"[" * 100 + b"]" * 100 + b"}}}",
        b'{"inputs": {"text": "x"}, "priority": 9007199254740993}',
        b'{"inputs": {"text": "x"}, "priority": true}',
        b'{"inputs": {"text": "x"}, "external_id": {"$ne": 1}}',
        b'{"inputs": {"text": "x"}, "due_at": "yesterday"}',
        b'{"inputs": {"text": "x"}, "due_at": "0001-01-01T00:00:00+14:00"}',
        b'{"inputs": {"text": "x"}, "due_at": "2030-01-02T10:00:00"}',
        b'{"inputs": {"text": "x"}, "tags": "urgent"}',
        b'{"inputs": {"text": "x"}, "suggestions": [{"answers": [{"question": "zzz"}]}]}',
        b'{"inputs": {"text": "x"}, "suggestions": [7]}',
        b'{"inputs": {"text": "x"}, "metadata": []}',
        b'{"inputs": {"text": "x"}, "__proto__": {}}',
        b'{"inputs": {"text": "x", "other": "y"}}',
        b'{"inputs": {"text": "' + b"x" * (4 * 1024 * 1024) + b'"}}',
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
    ],
)
def test_a_bad_line_among_good_ones_is_told_and_the_good_ones_go_in(importer: Importer, line: bytes) -> None:
    for media_type, content in (
        (NDJSON, b'{"text": "one"}\n' + line + b'\n{"text": "two"}\n'),
        (JSON, b'[{"text": "three"},' + line + b',{"text": "four"}]'),
    ):
        answer = importer.send(content, media_type)

        if answer.status_code == 422 and media_type == JSON:
            # These are not JSON, so where the next element begins cannot be known.
            assert line in (b"{", b'{"text": "\\ud800"}', b"\xef\xbb\xbf\xef\xbb\xbf{}"), "the list as a whole is sound"
            check_refusal(answer, 422)
            continue
        report = answer.raise_for_status().json()
        assert (report["imported"], report["rejected"]) == (2, 1)
        assert {each["line"] for each in report["problems"]} == {2}
        assert all(each["message"] and each["remedy"] for each in report["problems"])
        assert len(answer.content) < 20_000


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (NDJSON, b""),
        (NDJSON, b"\n\n \n"),
        (NDJSON, b"\0" * 1000),
        (NDJSON, b'{"txt": "a"}\n' * 300),
        (JSON, b"[" * 100_000),
        (JSON, b'{"a":' * 100_000),
        (JSON, b'[{"text": "a"}'),
        (JSON, b'[{"text": "a"}]]'),
        (JSON, b'[{"text": "a"},]'),
        (JSON, b'"text"'),
        (JSON, b"null"),
        (JSON, b""),
        (CSV, b""),
        (CSV, b"text,text\na,b\n"),
        (CSV, b'text\n"never closed\n'),
        (CSV, b'"never closed'),
        (CSV, b"text\rone\rtwo\r"),
        (CSV, b"text\n\xff\xfe\n"),
        (CSV, "text\none\n".encode("utf-16")),
        (CSV, b"text\n" + b"\0" * 100 + b"\n"),
        (CSV, b"=cmd|' /C calc'!A0\nx,y\n"),
        (PARQUET, b""),
        (PARQUET, b"PAR1" * 10),
        (PARQUET, b"PK\x03\x04 not parquet PAR1"),
        (PARQUET, parquet(text=["x"])[:-30] + b"\xff" * 26 + b"PAR1"),
        (PARQUET, parquet(other=[1, 2])),
        (PARQUET, parquet(text=[None, None])),
    ],
)
def test_what_holds_no_good_row_is_refused_and_leaves_nothing(
    importer: Importer, media_type: str, content: bytes
) -> None:
    check_refusal(importer.send(content, media_type), 422)

    assert importer.tasks == []
    assert importer.batches == []


def test_a_field_of_csv_may_be_long_and_hold_line_ends(importer: Importer) -> None:
    long = "x" * 300_000
    content = f'text\r\n"{long}"\r\n"two\nlines, ""quoted"""\r\n'.encode()

    report = importer.send(content, CSV).raise_for_status().json()

    assert (report["imported"], report["rejected"]) == (2, 0)
    assert 'two lines, "quoted"' in importer.tasks


def test_a_quote_that_is_never_closed_costs_no_more_than_its_length(importer: Importer) -> None:
    content = b'text\n"' + b"a\n" * 1_000_000

    began = time.monotonic()
    check_refusal(importer.send(content, CSV), 422)

    assert time.monotonic() - began < 20, "joining lines one by one took minutes"


def test_a_small_parquet_file_that_unpacks_to_a_huge_one_is_refused(importer: Importer) -> None:
    bomb = pa.DictionaryArray.from_arrays(pa.array([0] * 10_000, pa.int32()), pa.array(["x" * 1_000_000]))
    content = parquet(text=bomb)
    assert len(content) < 10_000

    document = check_refusal(importer.send(content, PARQUET), 422)

    assert document["problems"][0]["code"] == "too_large"  # type: ignore[index]
    assert importer.tasks == []


def test_one_row_of_parquet_that_is_too_large_is_refused_alone(importer: Importer) -> None:
    content = parquet(text=["one", "x" * 5_000_000, "three"], nested=[[{"a": "b"}], [], None])

    report = importer.send(content, PARQUET).raise_for_status().json()

    assert (report["imported"], [each["line"] for each in report["problems"]]) == (2, [2])


def test_parquet_of_every_type_is_taken_or_refused_by_row(importer: Importer) -> None:
    columns = {
        "text": ["one", "two"],
        'odd "name"': pa.array([[("k", [1.5])], None], pa.map_(pa.string(), pa.list_(pa.float64()))),
        "bytes": [b"\xff", b""],
        "nan": [float("nan"), float("inf")],
        "time": pa.array([0, 1], pa.timestamp("us", "UTC")),
    }

    answer = importer.send(parquet(**columns), PARQUET)

    # Numbers that JSON has no word for are the only defect.
    problems = check_refusal(answer, 422)["problems"]
    assert {(each["line"], each["code"]) for each in problems} == {(1, "bad_number"), (2, "bad_number")}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "mapping", ["[" * 9_000, "{", "7", '{"text": 7}', '{"text": {"a": "b"}}', '{"text": "a", "text": "b"}', "NaN"]
)
def test_a_mapping_that_is_none_is_refused(importer: Importer, mapping: str) -> None:
    answer = importer.send(b'{"text": "a"}', NDJSON, "?mapping=" + mapping.replace("[", "%5B").replace("{", "%7B"))

    document = check_refusal(answer, 422)

    assert document["problems"][0]["pointer"].startswith("query:mapping")  # type: ignore[index]


def test_an_atomic_import_with_a_bad_row_after_a_whole_chunk_leaves_nothing(importer: Importer) -> None:
    rows = ndjson(*({"text": f"Letter {number}"} for number in range(5_001)), {"txt": "bad"})

    refused = check_refusal(importer.send(rows, NDJSON, "?atomic=true&batch=All"), 422)

    assert refused["code"] == "import-refused"
    assert refused["problems"][0]["line"] == 5_002  # type: ignore[index]
    assert importer.tasks == []
    assert importer.batches == []


def test_an_atomic_import_refused_once_goes_in_whole_when_mended_under_the_same_key(importer: Importer) -> None:
    key = str(uuid.uuid4())
    good = [{"text": f"Letter {number}"} for number in range(5_001)]
    check_refusal(importer.send(ndjson(*good, {"txt": "bad"}), NDJSON, "?atomic=true&batch=All", key), 422)

    mended = importer.send(ndjson(*good), NDJSON, "?atomic=true&batch=All", key).raise_for_status().json()

    assert (mended["imported"], mended["published"]) == (5_001, True)


def test_an_atomic_import_sent_again_under_its_key_says_the_same_and_adds_nothing(importer: Importer) -> None:
    key, rows = str(uuid.uuid4()), ndjson({"text": "one"}, {"text": "two"})
    first = importer.send(rows, NDJSON, "?atomic=true&batch=All", key).raise_for_status().json()

    again = importer.send(rows, NDJSON, "?atomic=true&batch=All", key).raise_for_status().json()

    assert again == first
    assert len(importer.tasks) == 2
    check_refusal(importer.send(rows, NDJSON, "?atomic=true&batch=All"), 409)
