"""Real files become tasks: nothing of a row is lost or changed on the way, and a bad row has one number everywhere."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from evenhand.ontology.presets import expand
from web import Web
from world import Organization

SAMPLES = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "samples"
needs_samples = pytest.mark.skipif(
    not SAMPLES.exists() and not os.environ.get("CI"), reason=f"{SAMPLES} is not here: real files are read from it"
)
CSV, NDJSON, JSON, PARQUET = "text/csv", "application/x-ndjson", "application/json", "application/vnd.apache.parquet"
TEXTS = expand("text-classification", {"labels": ["yes", "no"]})


@dataclass(frozen=True)
class Desk:
    """A project of texts, and the manager who fills it."""

    web: Web
    organization: Organization
    id: str

    async def send(self, content: bytes, kind: str, **query: Any) -> dict[str, Any]:
        async with self.web.script(self.organization.owner) as client:
            headers = {"content-type": kind}
            answer = await client.post(f"/projects/{self.id}/tasks", content=content, headers=headers, params=query)
        return answer.json()

    async def listed(self) -> dict[str, str]:
        """Every task: its external id, and how its item begins."""
        found: dict[str, str] = {}
        query: dict[str, Any] = {"limit": 500}
        async with self.web.script(self.organization.owner) as client:
            while True:
                page = (await client.get(f"/projects/{self.id}/tasks", params=query)).json()
                found |= {each["external_id"]: each["preview"] for each in page["items"]}
                if page["next_cursor"] is None:
                    return found
                query["cursor"] = page["next_cursor"]

    async def item(self, external_id: str) -> dict[str, Any]:
        """One item whole, found by its external id."""
        async with self.web.script(self.organization.owner) as client:
            query = {"external_id": external_id}
            [task] = (await client.get(f"/projects/{self.id}/tasks", params=query)).json()["items"]
            found: dict[str, Any] = (await client.get(f"/projects/{self.id}/tasks/{task['id']}")).json()["item"]
        return found


@pytest.fixture
async def desk(web: Web) -> Desk:
    organization = await web.world.organization()
    async with web.script(organization.owner) as client:
        made = (await client.post("/projects", json={"name": "Texts", "ontology": TEXTS, "opinions": 1})).json()
    return Desk(web, organization, made["id"])


# ------------------------------------------------------------------------------------------------------- real files --
@needs_samples
async def test_a_real_csv_file_is_there_row_by_row(desk: Desk) -> None:
    content = (SAMPLES / "news" / "sentfin_headlines.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    mapping = json.dumps({"text": "Title", "external_id": "S No."})

    report = await desk.send(content, CSV, mapping=mapping)
    again = await desk.send(content, CSV, mapping=mapping)
    listed = await desk.listed()

    assert (report["imported"], report["duplicates"], report["problems"]) == (len(rows), 0, [])
    assert (again["imported"], again["duplicates"]) == (0, len(rows))
    assert listed.keys() == {row["S No."] for row in rows}
    for row in rows:
        assert " ".join(row["Title"].split()).startswith(listed[row["S No."]].rstrip("…"))
    for row in rows[:: len(rows) // 20]:
        item = await desk.item(row["S No."])
        assert item["inputs"]["text"] == {"text": row["Title"]}
        assert item["metadata"] == {"Decisions": row["Decisions"], "Words": row["Words"]}


@needs_samples
async def test_a_real_file_of_json_lines_is_there_line_by_line(desk: Desk) -> None:
    lines = (SAMPLES / "math" / "gsm8k_test_300.jsonl").read_text().splitlines()
    rows = [{**json.loads(line), "external_id": f"gsm8k/{number}"} for number, line in enumerate(lines)]
    content = "\n".join(json.dumps(row) for row in rows).encode()

    report = await desk.send(content, NDJSON, mapping=json.dumps({"text": "question"}), batch="Grade school")
    listed = await desk.listed()

    assert (report["imported"], report["rejected"]) == (300, 0)
    assert listed.keys() == {row["external_id"] for row in rows}
    for row in rows[::15]:
        item = await desk.item(row["external_id"])
        assert item["inputs"]["text"]["text"] == row["question"]
        assert item["metadata"] == {"answer": row["answer"]}


@needs_samples
async def test_real_texts_come_out_of_parquet_as_they_went_in(desk: Desk, tmp_path: Path) -> None:
    source, file = SAMPLES / "news" / "finentity.json", tmp_path / "finentity.parquet"
    rows = json.loads(source.read_text())
    duckdb.sql(
        "select 'entity/' || row_number() over () as external_id, content as text, annotations"
        f" from read_json('{source}', format = 'array')"
    ).write_parquet(str(file))

    report = await desk.send(file.read_bytes(), PARQUET)
    listed = await desk.listed()

    assert (report["imported"], report["rejected"]) == (len(rows), 0)
    assert len(listed) == len(rows)
    for number in range(0, len(rows), 50):
        item = await desk.item(f"entity/{number + 1}")
        assert item["inputs"]["text"]["text"] == rows[number]["content"]
        assert item["metadata"]["annotations"] == rows[number]["annotations"]


# ------------------------------------------------------------------------------------------------- one number a row --
@pytest.mark.parametrize(
    ("content", "kind", "name", "line"),
    [
        (b"text,id\nFine.,1\n,2\nFine too.,3\n", CSV, "a.csv", 3),
        (b'text,id\n"Two\nlines.",1\n\n,2\n', CSV, "a.csv", 5),
        (b'{"text": "Fine."}\n\n{"id": 2}\n', NDJSON, "a.jsonl", 3),
        (b'{"text": "Fine."}\n{"text": \n{"id": 2}\n', NDJSON, "a.jsonl", 3),
        (b'[{"text": "Fine."}, {"text": "Fine too."}, {"id": 2}]', JSON, "a.json", 3),
    ],
    ids=["csv", "csv-with-line-ends", "ndjson-with-an-empty-line", "ndjson-after-a-broken-line", "json"],
)
async def test_a_bad_row_has_the_same_number_in_the_preview_and_in_the_report(
    desk: Desk, content: bytes, kind: str, name: str, line: int
) -> None:
    async with desk.web.script(desk.organization.owner) as client:
        headers = {"content-type": kind, "x-file-name": name}
        proposed = (await client.post("/imports/propose", content=content, headers=headers)).json()
        asked = {"ontology": TEXTS, "rows": proposed["rows"], "lines": proposed["lines"]}
        preview = (await client.post("/imports/preview", json=asked)).json()

    report = await desk.send(content, kind)

    told = [problem["line"] for row in preview["rows"] for problem in row["problems"]]
    assert told == [line]
    assert line in [problem["line"] for problem in report["problems"]]


async def test_a_preview_has_a_line_for_each_row_or_none(desk: Desk) -> None:
    asked = {"ontology": TEXTS, "rows": [{"text": "Fine."}, {"text": "Fine."}]}

    async with desk.web.script(desk.organization.owner) as client:
        answers = [await client.post("/imports/preview", json={**asked, "lines": given}) for given in ([1], [0, 1])]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["problems"][0]["pointer"] == "/lines"
