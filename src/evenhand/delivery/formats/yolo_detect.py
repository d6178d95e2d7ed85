"""YOLO, detection: class, then the middle, width and height of an upright box. https://docs.ultralytics.com/datasets/detect/"""

from __future__ import annotations

from typing import ClassVar

from evenhand.delivery.formats.format import Losses
from evenhand.delivery.formats.yolo import (
    Numbers,
    Region,
    Size,
    YoloFormat,
    corners,
    fields_of,
    middle_and_size,
    names_of_points,
    points_of,
)
from evenhand.ontology.ontology import Asked


class YoloDetect(YoloFormat):
    """The format."""

    name: ClassVar[str] = "yolo-detect"
    title: ClassVar[str] = "YOLO detection"

    def carries(self, asked: Asked) -> bool:
        """Whether what is marked has an extent: boxes, outlines, masks, named points."""
        return bool(fields_of(asked) & {"w", "rings", "rle"} or names_of_points(asked))

    def lines(self, region: Region, asked: Asked, size: Size, losses: Losses) -> list[Numbers]:
        """The box, or the upright one around what is no box or turned."""
        points = points_of(region)
        if not points:
            losses.add(f"regions of {asked.name} that have no box around them: {{count}}")
            return []
        if corners(region) is None:
            losses.add(f"the shapes of {asked.name}: {{count}} are the boxes around them")
        elif region.get("rotation"):
            losses.add(f"the angles of turned boxes: {{count}} of {asked.name} are the upright boxes around them")
        return [middle_and_size(points, size, asked.name, losses)]


format_ = YoloDetect()
