"""COCO, read by its own library: what it carries of each kind of mark, and what it says that it does not."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask
from pycocotools.coco import COCO
from shapely.geometry import Point, Polygon

from evenhand import Client
from evenhand.client.errors import Malformed
from evenhand.delivery.formats.coco import covered, format_
from evenhand.delivery.formats.format import Labeled
from evenhand.ontology.ontology import Ontology
from serving import Installation

SIZE = {"width": 64, "height": 48}
LABELS = [{"value": "lake", "text": {"en": "Lake", "de": "See"}}, {"value": "wood"}]
FACTS = {
    "blob": "b",
    "name": "Straße.png",
    "digest": "sha256:ab",
    "media": {**SIZE, "stored_width": 64, "stored_height": 48},
}
SKELETON = {"points": [{"value": "head"}, {"value": "tail"}, {"value": "fin"}], "edges": [["head", "tail"]]}


def ontology(*questions: dict[str, Any]) -> Ontology:
    return Ontology.compile(
        {"format": "evenhand-ontology/1", "name": "o", "language": "en", "inputs": [{"name": "photo", "kind": "image"}],
         "questions": list(questions)}
    )  # fmt: skip


def drawn(kind: str, **settings: Any) -> dict[str, Any]:
    return {"name": "things", "kind": kind, "settings": {"labels": LABELS, **settings}}


def label(value: Any, question: str = "things", target: str = "photo") -> dict[str, Any]:
    return {"question": question, "target": target, "value": value}


def written(asked: Ontology, *labels: dict[str, Any], facts: dict[str, Any] = FACTS) -> tuple[COCO, list[str]]:
    """(the file as pycocotools opens it, what was lost) of one task."""
    writer = format_.writer(asked)
    try:
        writer.add(Labeled("t1", {"inputs": {"photo": facts}, "external_id": "e1"}, labels))
        [file] = writer.files()
        content = json.loads(b"".join(file.blocks))
    finally:
        writer.close()
    found = COCO()
    found.dataset = content
    with contextlib.redirect_stdout(io.StringIO()):
        found.createIndex()
    assert len(content["annotations"]) == file.rows
    return found, writer.losses.told()[2:]


def pixels(found: COCO, annotation: dict[str, Any]) -> int:
    """How many an annotation covers. By its runs: decoding into an array reads freed memory in 2.0.11 with NumPy 2."""
    return int(mask.area(found.annToRLE(annotation)))


def regions(*each: dict[str, Any]) -> dict[str, Any]:
    return {"regions": [{"id": f"k{number}", **region} for number, region in enumerate(each, 1)]}


def test_pictures_and_categories_keep_their_names_and_say_where_they_are_from() -> None:
    found, losses = written(ontology(drawn("box")), label(regions()))

    assert found.loadImgs(found.getImgIds()) == [
        {"id": 1, "file_name": "Straße.png", "width": 64, "height": 48, "task": "t1", "input": "photo", "digest": "sha256:ab",
         "external_id": "e1"}
    ]  # fmt: skip
    assert [(each["name"], each["value"], each["supercategory"]) for each in found.loadCats(found.getCatIds())] == [
        ("Lake", "lake", "things"),
        ("wood", "wood", "things"),
    ]
    assert losses == []


def test_boxes_are_rectangles_and_turned_ones_outlines() -> None:
    plain = {"label": "wood", "x": 10.5, "y": 8, "w": 20, "h": 10}
    turned = {"label": "lake", "x": 30, "y": 20, "w": 20, "h": 10, "rotation": 90}
    found, losses = written(ontology(drawn("box", rotate=True)), label(regions(plain, turned)))

    first, second = found.loadAnns(found.getAnnIds())
    assert (first["bbox"], first["area"], found.loadCats(first["category_id"])[0]["name"]) == (
        [10.5, 8, 20, 10],
        200,
        "wood",
    )
    assert second["bbox"] == pytest.approx([35, 15, 10, 20])
    assert pixels(found, second) == 200
    assert losses == ["the angles of turned boxes: 1 are outlines, their bbox is the upright rectangle around"]


def test_outlines_stay_outlines_and_those_with_holes_become_the_pixels_they_cover() -> None:
    outer, hole = [[10, 10], [40, 10], [40, 40], [10, 40]], [[20, 20], [20, 30], [30, 30], [30, 20]]
    asked = ontology(drawn("polygon", holes=True, parts=True))
    found, losses = written(
        asked, label(regions({"label": "lake", "rings": [outer]}, {"label": "lake", "rings": [outer, hole]}))
    )

    plain, pierced = found.loadAnns(found.getAnnIds())
    assert plain["segmentation"] == [[10, 10, 40, 10, 40, 40, 10, 40]]
    assert (plain["area"], pierced["area"], pierced["bbox"]) == (900, 800, [10, 10, 30, 30])
    assert pixels(found, pierced) == 800
    around, within = ([[x, y, x + w, y, x + w, y + w, x, y + w]] for x, y, w in ((10, 10, 5), (20, 20, 10)))
    corner, gap = (mask.merge(mask.frPyObjects(each, 48, 64)) for each in (around, within))
    assert mask.iou([found.annToRLE(pierced)], [corner, gap], [0, 0]).tolist() == [[25 / 800, 0]]
    assert losses == ["edges of outlines with holes, which are run lengths of whole pixels: 1"]


@pytest.mark.parametrize("seed", range(20))
def test_pixels_are_covered_whose_middle_lies_inside(seed: int) -> None:
    draw = np.random.default_rng(seed)
    angles = (np.arange(9) + draw.uniform(0, 0.9, 9)) * 2 * np.pi / 9
    ring = np.column_stack([32 + draw.uniform(3, 31, 9) * np.cos(angles), 24 + draw.uniform(3, 23, 9) * np.sin(angles)])

    found = np.repeat(np.arange(len(counts := covered([ring.tolist()], 64, 48))) % 2, counts).reshape(64, 48).T

    outline = Polygon(ring)
    sure = [(x, y) for x in range(64) for y in range(48) if outline.boundary.distance(Point(x + 0.5, y + 0.5)) > 1e-9]
    assert [found[y, x] for x, y in sure] == [int(outline.contains(Point(x + 0.5, y + 0.5))) for x, y in sure]


def test_masks_are_their_run_lengths() -> None:
    rle = {"size": [48, 64], "counts": [48 * 2 + 5, 10, 38, 10, 48 * 60 - 15]}
    found, _ = written(ontology(drawn("mask", overlap="z")), label(regions({"label": "lake", "rle": rle, "z": 1})))

    [one] = found.loadAnns(found.getAnnIds())
    assert (one["area"], one["bbox"]) == (20, [2, 5, 2, 10])
    assert (pixels(found, one), mask.toBbox(found.annToRLE(one)).tolist()) == (20, [2, 5, 2, 10])


def test_points_go_by_the_skeleton_with_how_they_are_seen() -> None:
    points = {"head": [10, 10, "visible"], "tail": [20, 30, "occluded"], "fin": None}
    asked = ontology({"name": "fish", "kind": "keypoints", "settings": {"skeleton": SKELETON}})
    found, losses = written(asked, label(regions({"points": points}), "fish"))

    [one], [category] = found.loadAnns(found.getAnnIds()), found.loadCats(found.getCatIds())
    assert (one["keypoints"], one["num_keypoints"], one["bbox"]) == (
        [10, 10, 2, 20, 30, 1, 0, 0, 0],
        2,
        [10, 10, 10, 20],
    )
    assert (category["name"], category["keypoints"], category["skeleton"]) == (
        "fish",
        ["head", "tail", "fin"],
        [[1, 2]],
    )
    assert losses == []


def test_what_it_cannot_carry_is_said_and_counted() -> None:
    about = {"name": "clear", "kind": "choice", "target": {"each": "region", "of": "things"},
             "settings": {"options": [{"value": "yes"}, {"value": "no"}]}}  # fmt: skip
    whole = {"name": "scene", "kind": "text"}
    asked = ontology(drawn("ellipse"), about, whole)
    turned = {**FACTS, "media": {**SIZE, "stored_width": 48, "stored_height": 64}}
    oval = {"label": "lake", "cx": 20, "cy": 20, "rx": 5, "ry": 4}
    labels = [
        label(regions(oval, oval)),
        label("yes", "clear", "things:k1"),
        label("A lake.", "scene", ""),
        label(None),
    ]

    found, losses = written(asked, *labels, facts=turned)

    assert found.getAnnIds() == []
    assert losses == [
        "how a picture lies in its file: 1 are turned by EXIF, which a reader must follow",
        "labels of scene, which marks nothing in a picture: 1",
        "labels of things that are undecided: 1",
        "regions of things that COCO has nothing for: 2",
    ]


def test_a_mark_that_is_not_asked_for_any_more_or_lies_in_no_picture_fails_no_release() -> None:
    box = {"x": 1, "y": 1, "w": 5, "h": 5}
    gone, elsewhere = (
        label(regions({"label": "gone", **box})),
        label(regions({"label": "lake", **box}), target="chat/m1/0"),
    )

    found, losses = written(ontology(drawn("box")), gone, elsewhere)

    assert found.getAnnIds() == []
    assert losses == [
        "regions of things that COCO has nothing for: 1",
        "regions of things whose label is not asked for any more: 1",
    ]


def test_answers_about_a_region_are_its_attributes() -> None:
    about = {"name": "clear", "kind": "choice", "target": {"each": "region", "of": "things"},
             "settings": {"options": [{"value": "yes"}, {"value": "no"}]}}  # fmt: skip
    box = {"label": "lake", "x": 1, "y": 1, "w": 5, "h": 5}
    found, losses = written(ontology(drawn("box"), about), label(regions(box)), label("no", "clear", "things:k1"))

    assert found.loadAnns([1])[0]["attributes"] == {"clear": "no"}
    assert losses == []


# ------------------------------------------------------------------------------------------------------- in a release --
@pytest.fixture(scope="module")
def client(installation: Installation) -> Iterator[Client]:
    with Client(installation.url, installation.key) as client:
        yield client


def test_a_release_is_written_in_it_when_asked_signed_with_the_rest(client: Client, tmp_path: Path) -> None:
    picture = tmp_path / "lake.png"
    Image.new("RGB", (64, 48), "navy").save(picture)
    project = client.projects.create("Lakes", preset="image-boxes")["id"]
    client.tasks.import_image(project, picture)
    task = client.work.claim(project)["assignment"]
    box = {"id": "k1", "label": "car", "x": 4, "y": 5, "w": 20, "h": 10}
    answers = [
        {"question": "boxes", "value": {"regions": [box]}},
        {"question": "occluded", "target": "boxes:k1", "value": "partly"},
    ]
    client.work.submit(task, answers)

    made = client.releases.wait(client.releases.create(project, include="all", formats=["coco", "yolo-detect"])["id"])
    client.releases.download(made["id"], tmp_path / "out")

    with contextlib.redirect_stdout(io.StringIO()):
        found = COCO(tmp_path / "out" / "coco.json")
    [marked] = found.loadAnns(found.getAnnIds())
    assert (marked["bbox"], marked["attributes"]) == ([4, 5, 20, 10], {"occluded": "partly"})
    assert {"name": "coco", "title": "COCO", "fits": True} in client.releases.formats(project)
    assert made["formats"] == ["coco", "yolo-detect"]
    with zipfile.ZipFile(tmp_path / "out" / "yolo-detect.zip") as archive:
        assert archive.read("labels/lake.txt").decode().split() == ["0", "0.218750", "0.208333", "0.312500", "0.208333"]
    assert [each["rows"] for each in made["files"] if each["name"] == "coco.json"] == [1]
    assert [each for each in made["losses"] if each.startswith("coco: ")]
    signed = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert "coco.json" in [each["name"] for each in signed["files"]]


def test_a_format_that_is_unknown_or_of_no_use_is_refused_before_anything_is_frozen(client: Client) -> None:
    project = client.projects.create("News", preset="text-classification")["id"]

    for formats, pointer in ((["coco"], "/formats/0"), (["voc"], "/formats/0")):
        with pytest.raises(Malformed) as refused:
            client.releases.create(project, include="all", formats=formats)
        assert [each["pointer"] for each in refused.value.problems] == [pointer]
    assert client.releases.list(project) == []
