"""YOLO, oriented boxes: class, then the four corners. https://docs.ultralytics.com/datasets/obb/"""

from __future__ import annotations

from itertools import chain
from typing import ClassVar

from evenhand.delivery.formats.format import Losses
from evenhand.delivery.formats.yolo import Numbers, Region, Size, YoloFormat, corners, fields_of
from evenhand.ontology.ontology import Asked


class YoloObb(YoloFormat):
    """The format."""

    name: ClassVar[str] = "yolo-obb"
    title: ClassVar[str] = "YOLO oriented boxes"

    def carries(self, asked: Asked) -> bool:
        """Whether boxes are marked, turned ones or not."""
        return fields_of(asked) >= {"x", "y", "w", "h"}

    def lines(self, region: Region, asked: Asked, size: Size, losses: Losses) -> list[Numbers]:
        """The corners."""
        found = corners(region)
        if found is None:
            losses.add(f"regions of {asked.name} that are no boxes: {{count}}")
            return []
        return [[*chain.from_iterable(found)]]


format_ = YoloObb()
