"""What a dropped file seems to be: real files of every form, and files that are none."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import duckdb
import httpx
import pytest

from web import Web

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
SAMPLES = SHARED / "data" / "samples"
needs_samples = pytest.mark.skipif(
    not SAMPLES.exists() and not os.environ.get("CI"), reason=f"{SAMPLES} is not here: real files are read from it"
)


async def proposed(web: Web, content: bytes, name: str, kind: str = "application/octet-stream") -> httpx.Response:
    organization = await web.world.organization()
    async with web.script(organization.owner) as owner:
        headers = {"content-type": kind, "x-file-name": name}
        return await owner.post("/imports/propose", content=content[: 256 * 1024], headers=headers)


async def best(web: Web, content: bytes, name: str, kind: str = "application/octet-stream") -> dict:
    answer = await proposed(web, content, name, kind)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return {**found, **(found["proposals"][0] if found["proposals"] else {})}


@needs_samples
async def test_real_headlines_are_proposed_as_news_with_the_column_that_holds_them(web: Web) -> None:
    found = await best(
        web, (SAMPLES / "news" / "sentfin_headlines.csv").read_bytes(), "sentfin_headlines.csv", "text/csv"
    )

    assert found["format"] == "csv"
    assert found["preset"] == "financial-news"
    assert "Title" in found["mapping"].values()
    assert [column["name"] for column in found["columns"]][:2] == ["S No.", "Title"]
    assert len(found["rows"]) == 5


@needs_samples
async def test_real_preferences_are_pairs_to_compare(web: Web) -> None:
    found = await best(web, (SAMPLES / "preferences" / "llmbar_natural.json").read_bytes(), "llmbar_natural.json")

    assert found["format"] == "json"
    assert found["preset"] == "chat-preference"
    assert found["body"]["format"] == "evenhand-ontology/1"
    assert found["reason"].endswith(".")


@needs_samples
async def test_real_problems_as_lines_are_cut_at_the_last_whole_line(web: Web) -> None:
    content = (SAMPLES / "math" / "gsm8k_test_300.jsonl").read_bytes() * 3

    found = await best(web, content, "gsm8k.jsonl", "")

    assert len(content) > 256 * 1024
    assert found["format"] == "ndjson"
    assert [column["name"] for column in found["columns"]] == ["question", "answer"]


async def test_a_list_that_is_cut_off_is_read_as_far_as_it_goes(web: Web) -> None:
    rows = [{"text": f"Letter {number} " + "x" * 900, "label": "ab"[number % 2]} for number in range(400)]

    found = await best(web, json.dumps(rows).encode(), "letters.json", "application/json")

    assert found["preset"] == "text-classification"
    assert found["rows"][0] == rows[0]


async def test_a_small_parquet_file_is_read_and_the_beginning_of_a_large_one_is_only_recognized(
    web: Web, tmp_path: Path
) -> None:
    file = tmp_path / "letters.parquet"
    duckdb.sql("select 'Letter ' || i || ' came today.' as text, i % 2 = 0 as good from range(50) t(i)").write_parquet(
        str(file)
    )

    small = await best(web, file.read_bytes(), "letters.parquet")
    large = await best(web, file.read_bytes()[:4] + b"\0" * 300_000, "large.parquet")

    assert (small["format"], small["preset"]) == ("parquet", "text-classification")
    assert (large["format"], large["rows"], large["proposals"]) == ("parquet", None, [])


def zipped(names: list[str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"\xff\xd8\xff" + b"x" * 50)
    return out.getvalue()


def tarred(names: list[str], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "made"), [("a.zip", zipped), ("a.tar.gz", tarred), ("a.tar", lambda n: tarred(n, "w"))]
)
async def test_folders_of_pictures_in_an_archive_may_be_labels(web: Web, name: str, made) -> None:
    content = made([f"{label}/{number}.jpg" for label in ("cat", "dog") for number in range(4)])

    found = await best(web, content, name)

    assert found["format"] == name.removeprefix("a.")
    assert found["preset"] == "image-classification"
    assert found["with"] == {"labels": ["cat", "dog"]}


async def test_one_picture_is_proposed_for_labels_and_for_boxes(web: Web) -> None:
    found = await best(web, b"\x89PNG\r\n\x1a\n" + b"x" * 100, "Stra%C3%9Fe.png", "image/png")

    assert found["format"] == "picture"
    assert [each["preset"] for each in found["proposals"]] == ["image-classification", "image-boxes"]


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "empty.csv", 422, "malformed"),
        (b"\0\1\2\3" * 50, "blob.bin", 415, "unsupported-media-type"),
        (b"{", "broken.json", 422, "malformed"),
        (b"[[[[", "broken.json", 422, "malformed"),
        (b"[" * 200_000, "deep.json", 422, "malformed"),
        (b"1,2\n\xff\xfe", "latin.csv", 422, "malformed"),
        (b'[{"a":1,"a":2}]', "twice.json", 422, "malformed"),
        (b'{"a": NaN}\n', "nan.jsonl", 422, "malformed"),
        (b"PAR1" + b"\0" * 100 + b"PAR1", "bad.parquet", 422, "malformed"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_the_place_and_a_remedy(
    web: Web, content: bytes, name: str, status: int, code: str
) -> None:
    answer = await proposed(web, content, name)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["hint"]


async def test_an_archive_that_is_broken_or_holds_no_pictures_gives_no_proposals(web: Web) -> None:
    for content in (zipped(["letters.txt"]), b"\x1f\x8b" + b"\0" * 500, b"PK\x03\x04" + b"\xff" * 500):
        assert (await best(web, content, "a.zip"))["proposals"] == []


async def test_nothing_is_stored(web: Web) -> None:
    async with web.world.superuser() as connection:
        before = await connection.fetchval("select count(*) from evenhand.ledger_inbox")
        organization = await web.world.organization()
        async with web.script(organization.owner) as owner:
            made = await connection.fetchval("select count(*) from evenhand.ledger_inbox")
            await owner.post("/imports/propose", content=b"text\nhello\n", headers={"x-file-name": "a.csv"})
        assert await connection.fetchval("select count(*) from evenhand.ledger_inbox") == made
        assert made >= before


async def test_an_annotator_may_not_ask(web: Web) -> None:
    organization = await web.world.organization()
    annotator = await organization.member("annotator")

    async with web.script(annotator) as client:
        answer = await client.post("/imports/propose", content=b"text\nhello\n")

    assert answer.status_code == 403
