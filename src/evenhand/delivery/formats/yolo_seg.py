"""YOLO, segmentation: class, then the points of one outline. https://docs.ultralytics.com/datasets/segment/"""

from __future__ import annotations

from typing import ClassVar

from evenhand.delivery.formats.format import Losses
from evenhand.delivery.formats.yolo import Numbers, Region, Size, YoloFormat, fields_of
from evenhand.ontology.ontology import Asked
from evenhand.ontology.questions.rings import signed_area


class YoloSeg(YoloFormat):
    """The format."""

    name: ClassVar[str] = "yolo-seg"
    title: ClassVar[str] = "YOLO segmentation"

    def carries(self, asked: Asked) -> bool:
        """Whether outlines are drawn."""
        return "rings" in fields_of(asked)

    def lines(self, region: Region, asked: Asked, size: Size, losses: Losses) -> list[Numbers]:
        """A line for each outline; holes are filled."""
        rings = region.get("rings", [])
        outer = [ring for ring in rings if signed_area(ring) > 0]
        if not outer:
            losses.add(f"regions of {asked.name} that have no outline: {{count}}")
        losses.add(f"holes of {asked.name}, which are filled: {{count}}", len(rings) - len(outer))
        if len(outer) > 1:
            losses.add(f"which outlines are one thing: {{count}} of {asked.name} are in several parts")
        return [[float(number) for point in ring for number in point[:2]] for ring in outer]


format_ = YoloSeg()
