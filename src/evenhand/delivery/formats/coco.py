"""COCO instances and keypoints: what is marked in pictures, in one JSON file. Pixels of the upright picture, x right, y down.

A region goes by its fields, never by the kind of its question: a rectangle becomes `bbox`, with its corners as `segmentation`
where it is turned; an outline `segmentation`, as run lengths where it has holes; a mask its run lengths; named points `keypoints`.
Answers about a region stand in its `attributes`, as CVAT writes them. Lin et al., 2014; https://cocodataset.org/#format-data
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from evenhand.delivery.formats.format import Labeled, Losses, Spool, Written
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.questions import runs
from evenhand.ontology.questions.rectangles import Rectangle
from evenhand.ontology.questions.rings import signed_area
from evenhand.ontology.texts import in_language

_ALWAYS = (
    "whether a label was reviewed, how sure it is and what it was made by: labels.jsonl says it",
    "the ontology's words in other languages than its own",
)
_SEEN = {"occluded": 1, "visible": 2}


class Coco:
    """The format."""

    name: ClassVar[str] = "coco"
    title: ClassVar[str] = "COCO"

    def fits(self, ontology: Ontology) -> bool:
        """Whether something is marked in pictures."""
        return any(asked.kind.needs == "pixels" for asked in ontology.questions)

    def writer(self, ontology: Ontology) -> _Writer:
        """Writes `coco.json`."""
        return _Writer(ontology)


class _Writer:
    def __init__(self, ontology: Ontology) -> None:
        self.losses = Losses(*_ALWAYS)
        self._drawn = {asked.name: asked for asked in ontology.questions if asked.kind.needs == "pixels"}
        self._pictures = [name for name, (kind, _) in ontology.inputs.items() if kind.name == "image"]
        self._categories: dict[tuple[str, str | None], dict[str, Any]] = {}
        self._language = str(ontology.body["language"])
        self._images, self._annotations = Spool(), Spool()
        self._image_count = self._annotation_count = 0
        for asked in self._drawn.values():
            settings = asked.question.settings or {}
            labels = settings.get("labels") or [{"value": None, "text": asked.name}]
            for label in labels:
                self._categories[asked.name, label["value"]] = self._category(asked.name, label, settings)

    def add(self, task: Labeled) -> None:
        """The pictures of the task, then what is marked in each."""
        images = {}
        for name in self._pictures:
            facts = task.item["inputs"].get(name)
            if facts is not None:
                images[name] = self._image(task, name, facts)
        about = self._attributes(task.labels)
        for label in task.labels:
            question, value = str(label["question"]), label["value"]
            if question not in self._drawn:
                if label["target"] not in about:
                    self.losses.add(f"labels of {question}, which marks nothing in a picture: {{count}}")
            elif value is None:
                self.losses.add(f"labels of {question} that are undecided: {{count}}")
            else:
                for region in value["regions"]:
                    image = images.get(region.get("on") or label["target"] or next(iter(self._pictures), ""))
                    self._region(question, region, image, about.get(f"{question}:{region['id']}", {}))

    def files(self) -> Iterator[Written]:
        """One file: `coco.json`."""
        yield Written("coco.json", "application/json", self._annotation_count, self._blocks())

    def close(self) -> None:
        """Let the memory go."""
        self._images.close()
        self._annotations.close()

    def _blocks(self) -> Iterator[bytes]:
        yield b'{"info":{"description":"Labels by Evenhand; pixels of the upright picture"},"licenses":[],"categories":'
        yield _json([*self._categories.values()])
        yield b',"images":['
        yield from self._images.blocks()
        yield b'],"annotations":['
        yield from self._annotations.blocks()
        yield b"]}\n"

    def _category(self, question: str, label: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
        name = in_language(label.get("text") or label["value"], self._language, self._language)
        category = {"id": len(self._categories) + 1, "name": name, "supercategory": question}
        if label["value"] is not None:
            category["value"] = label["value"]
        if skeleton := settings.get("skeleton"):
            names = [point["value"] for point in skeleton["points"]]
            ends = [[names.index(end) + 1 for end in edge] for edge in skeleton.get("edges", [])]
            category |= {"keypoints": names, "skeleton": ends}
        return category

    def _image(self, task: Labeled, name: str, facts: Mapping[str, Any]) -> tuple[int, int, int]:
        media = facts.get("media") or {}
        width, height = int(media.get("width", 0)), int(media.get("height", 0))
        if (media.get("stored_width", width), media.get("stored_height", height)) != (width, height):
            self.losses.add("how a picture lies in its file: {count} are turned by EXIF, which a reader must follow")
        self._image_count += 1
        line = {
            "id": self._image_count,
            "file_name": facts.get("name") or facts.get("blob") or task.task,
            "width": width,
            "height": height,
            "task": task.task,
            "input": name,
            **{each: facts[each] for each in ("digest",) if each in facts},
            **({"external_id": task.item["external_id"]} if task.item.get("external_id") else {}),
        }
        self._images.write((b"," if self._image_count > 1 else b"") + _json(line))
        return self._image_count, width, height

    def _attributes(self, labels: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """What is said of each region, by its address; what is no plain value stays behind."""
        found: dict[str, dict[str, Any]] = {}
        for label in labels:
            question, _, region = str(label["target"]).rpartition(":")
            if question not in self._drawn or not region:
                continue
            about = found.setdefault(str(label["target"]), {})
            if isinstance(label["value"], str | int | float | bool):
                about[str(label["question"])] = label["value"]
            else:
                self.losses.add(f"answers to {label['question']} about a region that are no single value: {{count}}")
        return found

    def _region(
        self, question: str, region: Mapping[str, Any], image: tuple[int, int, int] | None, about: Mapping[str, Any]
    ) -> None:
        category = self._categories.get((question, region.get("label")))
        if category is None:
            self.losses.add(f"regions of {question} whose label is not asked for any more: {{count}}")
            return
        shape = self._shape(question, region, image) if image else None
        if shape is None or image is None:
            self.losses.add(f"regions of {question} that COCO has nothing for: {{count}}")
            return
        self._annotation_count += 1
        line = {
            "id": self._annotation_count,
            "image_id": image[0],
            "category_id": category["id"],
            "iscrowd": 0,
            **shape,
            "region": region["id"],
            **({"attributes": dict(about)} if about else {}),
        }
        self._annotations.write((b"," if self._annotation_count > 1 else b"") + _json(line))

    def _shape(self, question: str, region: Mapping[str, Any], image: tuple[int, int, int]) -> dict[str, Any] | None:
        if region.keys() >= {"x", "y", "w", "h"}:
            return self._rectangle(region)
        if "rings" in region:
            return self._outline(region["rings"], image)
        if "rle" in region:
            if region.get("z"):
                self.losses.add("which of two masks lies above the other: {count} masks say it")
            return mask_of(region["rle"]["size"], region["rle"]["counts"])
        if isinstance(region.get("points"), dict):
            names = [point["value"] for point in self._drawn[question].question.settings["skeleton"]["points"]]
            return _keypoints([region["points"].get(name) for name in names])
        return None

    def _rectangle(self, region: Mapping[str, Any]) -> dict[str, Any]:
        x, y, w, h = (region[name] for name in ("x", "y", "w", "h"))
        if not region.get("rotation"):
            return {"bbox": [x, y, w, h], "area": w * h, "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]]}
        self.losses.add("the angles of turned boxes: {count} are outlines, their bbox is the upright rectangle around")
        corners = Rectangle(x, y, w, h, region["rotation"]).corners()
        return {"bbox": around(corners), "area": w * h, "segmentation": [_flat(corners)]}

    def _outline(self, rings: Sequence[Any], image: tuple[int, int, int]) -> dict[str, Any]:
        bbox = around([point for ring in rings for point in ring])
        if all(signed_area(ring) > 0 for ring in rings):
            return {"bbox": bbox, "area": sum(map(signed_area, rings)), "segmentation": [_flat(ring) for ring in rings]}
        _, width, height = image
        self.losses.add("edges of outlines with holes, which are run lengths of whole pixels: {count}")
        return {**mask_of([height, width], covered(rings, width, height)), "bbox": bbox}


def covered(rings: Sequence[Sequence[Sequence[float]]], width: int, height: int) -> list[int]:
    """The run lengths of the pixels whose middle lies in rings, by the even-odd rule, column by column as in COCO."""
    starts, ends = (np.concatenate([np.roll(np.asarray(ring, float), shift, 0) for ring in rings]) for shift in (0, -1))
    found: list[tuple[int, int]] = []
    low, high = starts[:, 0].min(), starts[:, 0].max()
    for column in range(max(0, int(low)), min(width, int(np.ceil(high)))):
        x = column + 0.5
        sides = (starts[:, 0] <= x) != (ends[:, 0] <= x)
        a, b = starts[sides], ends[sides]
        crossed = np.sort(a[:, 1] + (x - a[:, 0]) * (b[:, 1] - a[:, 1]) / (b[:, 0] - a[:, 0]))
        rows = np.clip(np.ceil(crossed - 0.5), 0, height).astype(int)
        found += [
            (column * height + top, column * height + end) for top, end in rows.reshape(-1, 2).tolist() if end > top
        ]
    return runs.counts_of(np.asarray(found, dtype=np.int64).reshape(-1, 2), width * height)


def mask_of(size: Sequence[int], counts: Sequence[int]) -> dict[str, Any]:
    """`bbox`, `area` and `segmentation` of run lengths of whole pixels. size: height, width."""
    height = size[0]
    bounds = runs.bounds_of(counts)
    if not len(bounds):
        return {"bbox": [0, 0, 0, 0], "area": 0, "segmentation": {"size": [*size], "counts": [*counts]}}
    columns = bounds // height
    left, right = int(columns[:, 0].min()), int((bounds[:, 1] - 1).max() // height)
    wraps = bool(((bounds[:, 1] - 1) // height > columns[:, 0]).any())
    tops, bottoms = bounds[:, 0] % height, (bounds[:, 1] - 1) % height
    top, bottom = (0, height - 1) if wraps else (int(tops.min()), int(bottoms.max()))
    return {
        "bbox": [left, top, right - left + 1, bottom - top + 1],
        "area": runs.area(bounds),
        "segmentation": {"size": [*size], "counts": [*counts]},
    }


def _keypoints(points: Sequence[Any]) -> dict[str, Any]:
    placed = [point for point in points if point is not None]
    flat = [number for point in points for number in ([*point[:2], _SEEN[point[2]]] if point else [0, 0, 0])]
    bbox = around(placed)
    return {
        "keypoints": flat,
        "num_keypoints": len(placed),
        "bbox": bbox,
        "area": bbox[2] * bbox[3],
        "segmentation": [],
    }


def around(points: Sequence[Sequence[Any]]) -> list[float]:
    """x, y, width, height of the upright rectangle around points."""
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]


def _flat(ring: Sequence[Sequence[float]]) -> list[float]:
    return [number for point in ring for number in point[:2]]


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


format_ = Coco()
