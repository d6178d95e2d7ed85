"""The card: what mlcroissant demands, and that it names columns and files that exist."""

import io
import os

import pyarrow.parquet as pq

from evenhand.delivery.croissant import card
from evenhand.delivery.formats import parquet

FILES = [
    {"name": "labels.jsonl", "media_type": "application/x-ndjson", "bytes": 10, "rows": 1, "sha256": "ab" * 32},
    {"name": "labels.parquet", "media_type": parquet.media_type, "bytes": 20, "rows": 1, "sha256": "cd" * 32},
]
MANIFEST = {
    "release": {"id": "0192f0c0-1111-7000-8000-000000000001", "number": 3, "include": "done"},
    "organization": "0192f0c0-1111-7000-8000-000000000002",
    "frozen_at": "2026-03-01T10:00:00.000Z",
    "software": "evenhand 0.1",
    "ontology": {"version": 2, "digest": "sha256:ab"},
    "guideline_version": 4,
    "counts": {"tasks": 4, "annotations": 10, "labels": 4, "annotators": 3},
    "audits": [],
    "agreement": [
        {"question": "q", "coefficient": "Krippendorff's alpha", "level": "nominal", "value": 0.71234, "low": 0.5,
         "high": 0.8, "tasks": 9, "votes": 30},
        {"question": "r", "undefined": "no-pairs", "votes": 2},
    ],
    "losses": ["labels.parquet: something"],
    "files": FILES,
}  # fmt: skip


def test_every_file_is_named_with_its_digest_and_place():
    files = card(MANIFEST, "Letters")["distribution"]

    assert [(each["contentUrl"], each["sha256"]) for each in files] == [
        ("labels.jsonl", "ab" * 32),
        ("labels.parquet", "cd" * 32),
    ]
    assert [each["encodingFormat"] for each in files] == ["application/jsonlines", "application/x-parquet"]


def test_every_field_is_a_column_of_the_file_it_names():
    [labels] = card(MANIFEST, "Letters")["recordSet"]
    lines = os.memfd_create("lines")
    columns = pq.read_schema(io.BytesIO(b"".join(parquet.from_lines(lines)))).names
    os.close(lines)

    assert {field["source"]["extract"]["column"] for field in labels["field"]} <= set(columns)
    assert {field["source"]["fileObject"]["@id"] for field in labels["field"]} == {"labels.parquet"}


def test_a_release_without_parquet_has_no_record_set():
    assert card({**MANIFEST, "files": FILES[:1]}, "Letters")["recordSet"] == []


def test_agreement_is_told_with_its_coefficient_interval_and_counts():
    made = card(MANIFEST, "Letters")

    assert made["rai:dataAnnotationAnalysis"] == [
        "q: Krippendorff's alpha (nominal) 0.712, 95 % interval 0.500 to 0.800, 9 tasks, 30 votes.",
        "r: agreement is undefined (no-pairs; 2 votes).",
    ]
    assert made["rai:annotationsPerItem"].startswith("2.50 on average")
    assert "labels.parquet: something" in made["rai:dataLimitations"]
    assert made["conformsTo"] == ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]


def test_an_empty_release_has_a_card_too():
    empty = {**MANIFEST, "counts": dict.fromkeys(MANIFEST["counts"], 0), "agreement": []}

    assert card(empty, "Letters")["rai:dataAnnotationAnalysis"] == ["Agreement was not measured."]
