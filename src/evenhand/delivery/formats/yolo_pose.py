"""YOLO, pose: class, the box around the points, then each point with how it is seen: 0 not marked, 1 hidden, 2 seen.

https://docs.ultralytics.com/datasets/pose/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from evenhand.delivery.formats.format import Losses
from evenhand.delivery.formats.yolo import Numbers, Region, Size, YoloFormat, middle_and_size, names_of_points
from evenhand.ontology.ontology import Asked

_SEEN = {"occluded": 1, "visible": 2}


class YoloPose(YoloFormat):
    """The format. One skeleton a file: of several questions the first has it, and others of as many points."""

    name: ClassVar[str] = "yolo-pose"
    title: ClassVar[str] = "YOLO pose"

    def carries(self, asked: Asked) -> bool:
        """Whether named points are marked."""
        return bool(names_of_points(asked))

    def together(self, carried: Sequence[Asked]) -> Sequence[Asked]:
        """Those whose skeletons have as many points as the first one's."""
        return [each for each in carried if len(names_of_points(each)) == len(names_of_points(carried[0]))]

    def facts(self, carried: Sequence[Asked]) -> dict[str, Any]:
        """How many points a thing has, and the numbers of each."""
        return {"kpt_shape": [len(names_of_points(carried[0])), 3]} if carried else {}

    def lines(self, region: Region, asked: Asked, size: Size, losses: Losses) -> list[Numbers]:
        """The box around, and the points in the skeleton's order."""
        points = [(region.get("points") or {}).get(name) for name in names_of_points(asked)]
        placed = [point for point in points if point is not None]
        if not placed:
            losses.add(f"regions of {asked.name} without a point: {{count}}")
            return []
        flat: Numbers = []
        for point in points:
            flat += [float(point[0]), float(point[1]), _SEEN[point[2]]] if point else [0.0, 0.0, 0]
        return [[*middle_and_size(placed, size, asked.name, losses), *flat]]


format_ = YoloPose()
