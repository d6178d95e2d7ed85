"""YOLO's four: what each writes of a mark, and what it counts as lost. `make drills` opens them by `supervision`."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from evenhand.delivery.formats.format import Labeled
from evenhand.delivery.formats.registry import formats
from evenhand.ontology.ontology import Ontology

LABELS = [{"value": "lake", "text": {"en": "Lake", "de": "See"}}, {"value": "wood"}]
FACTS = {"blob": "b", "name": "a/Straße.png", "media": {"width": 64, "height": 48}}
SKELETON = {"points": [{"value": "head"}, {"value": "tail"}, {"value": "fin"}], "edges": [["head", "tail"]]}
BOX = {"x": 16, "y": 12, "w": 32, "h": 24}


def drawn(kind: str, name: str = "things", **settings: Any) -> dict[str, Any]:
    return {"name": name, "kind": kind, "settings": {"labels": LABELS, **settings}}


def label(*regions: dict[str, Any], question: str = "things", target: str = "photo") -> dict[str, Any]:
    each = [{"id": f"k{number}", "label": "wood", **region} for number, region in enumerate(regions)]
    return {"question": question, "target": target, "value": {"regions": each}}


def archive(
    name: str, questions: list[dict[str, Any]], *tasks: list[dict[str, Any]], facts: Any = FACTS
) -> tuple[bytes, list[str]]:
    """(the archive, what was lost beside what every one loses). tasks: the labels of each."""
    asked = Ontology.compile(
        {"format": "evenhand-ontology/1", "name": "o", "language": "en", "inputs": [{"name": "photo", "kind": "image"}],
         "questions": questions}
    )  # fmt: skip
    assert formats()[name].fits(asked)
    writer = formats()[name].writer(asked)
    always = len(writer.losses.told())
    try:
        for number, labels in enumerate(tasks):
            writer.add(Labeled(f"t{number}", {"inputs": {"photo": facts}}, labels))
        [file] = writer.files()
        content = b"".join(file.blocks)
    finally:
        writer.close()
    assert (file.name, file.media_type) == (f"{name}.zip", "application/zip")
    return content, writer.losses.told()[always:]


def written(
    name: str, question: dict[str, Any], *labels: dict[str, Any]
) -> tuple[list[str], dict[str, Any], list[str]]:
    """(the lines of the one picture, what data.yaml says, what was lost)."""
    content, losses = archive(name, [question], [*labels])
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.namelist() == ["labels/a/Straße.txt", "data.yaml"]
        return opened.read("labels/a/Straße.txt").decode().splitlines(), json.loads(opened.read("data.yaml")), losses


def test_a_box_is_its_middle_and_size_in_shares() -> None:
    lines, facts, losses = written("yolo-detect", drawn("box"), label(BOX, {**BOX, "x": 0, "w": 64, "label": "lake"}))

    assert lines == ["1 0.500000 0.500000 0.500000 0.500000", "0 0.500000 0.500000 1.000000 0.500000"]
    assert facts == {"path": ".", "train": "images", "val": "images", "names": {"0": "Lake", "1": "wood"}}
    assert losses == []


def test_detection_takes_the_upright_box_around_whatever_has_one() -> None:
    turned, _, angles = written("yolo-detect", drawn("box", rotate=True), label({**BOX, "rotation": 90}))
    ring = [[8, 8], [24, 8], [24, 40]]
    outline, _, shapes = written("yolo-detect", drawn("polygon"), label({"rings": [ring]}))
    mask = {"size": [48, 64], "counts": [48 * 2 + 5, 10, 38, 10, 48 * 60 - 15]}
    covered, _, _ = written("yolo-detect", drawn("mask"), label({"rle": mask}))
    none, _, empty = written("yolo-detect", drawn("mask"), label({"rle": {"size": [48, 64], "counts": [48 * 64]}}))

    assert turned == ["1 0.500000 0.500000 0.375000 0.666667"]
    assert angles == ["the angles of turned boxes: 1 of things are the upright boxes around them"]
    assert outline == ["1 0.250000 0.500000 0.250000 0.666667"]
    assert shapes == ["the shapes of things: 1 are the boxes around them"]
    assert covered == ["1 0.046875 0.208333 0.031250 0.208333"]
    assert (none, empty) == ([], ["regions of things that have no box around them: 1"])


def test_oriented_boxes_are_four_corners_clockwise_from_the_first() -> None:
    lines, _, losses = written("yolo-obb", drawn("box", rotate=True), label(BOX, {**BOX, "rotation": 90}))

    assert lines[0] == "1 0.250000 0.250000 0.750000 0.250000 0.750000 0.750000 0.250000 0.750000"
    assert [float(each) for each in lines[1].split()[1:]] == pytest.approx(
        [0.6875, 8 / 48, 0.6875, 40 / 48, 0.3125, 40 / 48, 0.3125, 8 / 48], abs=1e-6
    )
    assert losses == []


def test_segmentation_has_a_line_an_outline_and_fills_holes() -> None:
    outer, hole, other = (
        [[8, 8], [24, 8], [24, 24], [8, 24]],
        [[10, 10], [10, 12], [12, 12], [12, 10]],
        [[32, 8], [48, 8], [48, 24]],
    )
    lines, _, losses = written(
        "yolo-seg", drawn("polygon", holes=True, parts=True), label({"rings": [outer, hole, other]})
    )

    assert lines == [
        "1 0.125000 0.166667 0.375000 0.166667 0.375000 0.500000 0.125000 0.500000",
        "1 0.500000 0.166667 0.750000 0.166667 0.750000 0.500000",
    ]
    assert losses == [
        "holes of things, which are filled: 1",
        "which outlines are one thing: 1 of things are in several parts",
    ]


def test_pose_has_the_box_around_and_every_point_of_the_skeleton() -> None:
    points = {"head": [16, 12, "visible"], "tail": [48, 36, "occluded"], "fin": None}
    lines, facts, losses = written(
        "yolo-pose", drawn("keypoints", skeleton=SKELETON), label({"points": points}, {"points": {}})
    )

    assert lines == [
        "1 0.500000 0.500000 0.500000 0.500000 0.250000 0.250000 2 0.750000 0.750000 1 0.000000 0.000000 0"
    ]
    assert facts["kpt_shape"] == [3, 3]
    assert losses == ["regions of things without a point: 1"]


def test_skeletons_of_another_length_do_not_go_into_one_archive() -> None:
    other = drawn("keypoints", "others", skeleton={"points": [{"value": "one"}, {"value": "two"}]})
    _, losses = archive(
        "yolo-pose",
        [drawn("keypoints", skeleton=SKELETON), other],
        [label({"points": {"one": [1, 1, "visible"]}}, question="others")],
    )

    assert losses == ["labels of others, which the format has no place for: 1"]


def test_pictures_of_one_name_stay_apart_and_none_leaves_its_folder() -> None:
    content, losses = archive(
        "yolo-detect", [drawn("box")], [label(BOX)], [label()], facts={**FACTS, "name": "../../etc/a.png"}
    )
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.namelist() == ["labels/etc/a.txt", "labels/etc/a-t1.txt", "data.yaml"]
        assert opened.read("labels/etc/a-t1.txt") == b""
    assert losses == ["the names of pictures that have another's: 1 are under their task's id too"]


def test_what_is_undecided_elsewhere_or_outside_is_counted() -> None:
    gone = {**BOX, "label": "gone"}
    lines, _, losses = written(
        "yolo-detect",
        drawn("box", outside=True),
        label({**BOX, "x": -16}, gone, {**BOX, "on": "chat/m1/0"}),
        {**label(), "value": None},
        {**label(question="scene", target=""), "value": "A lake."},
    )

    assert lines == ["1 0.125000 0.500000 0.250000 0.500000"]
    assert losses == [
        "labels of scene, which the format has no place for: 1",
        "labels of things that are undecided: 1",
        "regions of things in no picture: 1",
        "regions of things whose label is not asked for any more: 1",
        "what lies outside of the picture: 1 of things end at its edge",
    ]
