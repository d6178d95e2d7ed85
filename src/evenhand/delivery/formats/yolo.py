"""What the formats of YOLO share: a text file a picture, a line a thing, numbers as shares of the picture's width and height.

All of it is one archive: `data.yaml` with the classes, `labels/` with the lines. The pictures are not in it; `images/` is for them,
by the names they had. https://docs.ultralytics.com/datasets/
"""

from __future__ import annotations

import json
import os
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, ClassVar

from evenhand.delivery.formats.coco import around, mask_of
from evenhand.delivery.formats.format import Labeled, Losses, Spool, Written
from evenhand.delivery.formats.lines import ALWAYS
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.ontology.questions.rectangles import Rectangle
from evenhand.ontology.texts import in_language

_ALWAYS = (
    ALWAYS,
    "which task and which question a line is of, and the pictures: `images/` is to be filled by their names",
    "positions beyond six decimals of the picture's width and height",
)
# A member of an archive carries a time; the release says when it was frozen.
_EPOCH = (1980, 1, 1, 0, 0, 0)
Region = Mapping[str, Any]
Size = tuple[int, int]
"""Width and height of a picture in pixels."""
Numbers = list[float]
_OUTSIDE = "what lies outside of the picture: {{count}} of {name} end at its edge"


class YoloFormat(ABC):
    """A format. A subclass says which shape its lines have and which questions go into it."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def carries(self, asked: Asked) -> bool:
        """Whether what a question marks has this shape."""

    def together(self, carried: Sequence[Asked]) -> Sequence[Asked]:
        """Of the questions that have it, those that go into one archive."""
        return carried

    @abstractmethod
    def lines(self, region: Region, asked: Asked, size: Size, losses: Losses) -> list[Numbers]:
        """Of a region: positions in pixels, x and y in turn, and between them ints. None, and counted, of another shape."""

    def facts(self, carried: Sequence[Asked]) -> dict[str, Any]:
        """What `data.yaml` says beside the classes."""
        return {}

    def fits(self, ontology: Ontology) -> bool:
        """Whether anything is marked that has this shape."""
        return any(self.carries(asked) for asked in ontology.questions)

    def writer(self, ontology: Ontology) -> YoloWriter:
        """Writes `NAME.zip`."""
        return YoloWriter(self, ontology)


class YoloWriter:
    """Writes one archive."""

    def __init__(self, form: YoloFormat, ontology: Ontology) -> None:
        self.losses = Losses(*_ALWAYS)
        self._form = form
        carried = [asked for asked in ontology.questions if form.carries(asked)]
        self._carried = {asked.name: asked for asked in form.together(carried)}
        self._pictures = [name for name, (kind, _) in ontology.inputs.items() if kind.name == "image"]
        self._spool, self._count = Spool(), 0
        self._memory = os.fdopen(os.dup(self._spool.descriptor), "wb")
        self._archive = zipfile.ZipFile(self._memory, "w", zipfile.ZIP_DEFLATED)
        self._taken: set[str] = set()
        self._classes: dict[tuple[str, str | None], int] = {}
        names: dict[int, str] = {}
        language = str(ontology.body["language"])
        for asked in self._carried.values():
            for label in (asked.question.settings or {}).get("labels") or [{"value": None, "text": asked.name}]:
                number = self._classes[asked.name, label["value"]] = len(self._classes)
                names[number] = in_language(label.get("text") or label["value"], language, language)
        self._facts = {"path": ".", "train": "images", "val": "images", "names": names}
        self._facts |= form.facts([*self._carried.values()])

    def add(self, task: Labeled) -> None:
        """A file for each picture in which something was looked for."""
        found: dict[str, list[str]] = {}
        for label in task.labels:
            asked, value = self._carried.get(str(label["question"])), label["value"]
            if asked is None:
                self.losses.add(f"labels of {label['question']}, which the format has no place for: {{count}}")
            elif value is None:
                self.losses.add(f"labels of {asked.name} that are undecided: {{count}}")
            else:
                target = str(label["target"]) or next(iter(self._pictures), "")
                found.setdefault(target, [])
                for region in value["regions"]:
                    on = str(region.get("on") or target)
                    found.setdefault(on, []).extend(self._lines(region, asked, task.item["inputs"].get(on)))
        for name, lines in found.items():
            if name in self._pictures and task.item["inputs"].get(name) is not None:
                self._write(self._named(task, task.item["inputs"][name]), "".join(f"{line}\n" for line in lines))
                self._count += 1

    def files(self) -> Iterator[Written]:
        """One archive. Rows are pictures."""
        self._write("data.yaml", json.dumps(self._facts, ensure_ascii=False, indent=1) + "\n")
        self._archive.close()
        self._memory.close()
        yield Written(f"{self._form.name}.zip", "application/zip", self._count, self._spool.blocks())

    def close(self) -> None:
        """Let the memory go."""
        self._archive.close()
        self._memory.close()
        self._spool.close()

    def _write(self, name: str, content: str) -> None:
        member = zipfile.ZipInfo(name, _EPOCH)
        member.external_attr = 0o644 << 16
        self._archive.writestr(member, content, zipfile.ZIP_DEFLATED)

    def _lines(self, region: Region, asked: Asked, facts: Mapping[str, Any] | None) -> Iterator[str]:
        number = self._classes.get((asked.name, region.get("label")))
        media = (facts or {}).get("media") or {}
        if number is None:
            self.losses.add(f"regions of {asked.name} whose label is not asked for any more: {{count}}")
        elif not media:
            self.losses.add(f"regions of {asked.name} in no picture: {{count}}")
        else:
            size = int(media["width"]), int(media["height"])
            for numbers in self._form.lines(region, asked, size, self.losses):
                yield " ".join([str(number), *self._shares(numbers, size, asked.name)])

    def _shares(self, numbers: Numbers, size: Size, name: str) -> Iterator[str]:
        place, is_outside = 0, False
        for number in numbers:
            if isinstance(number, int):
                yield str(number)
                continue
            share = number / size[place % 2]
            place += 1
            is_outside |= not 0 <= share <= 1
            yield f"{min(max(share, 0.0), 1.0):.6f}"
        self.losses.add(_OUTSIDE.format(name=name), is_outside)

    def _named(self, task: Labeled, facts: Mapping[str, Any]) -> str:
        """`labels/` and the picture's own name; a second picture of that name gets its task's id."""
        parts = [part for part in PurePosixPath(str(facts.get("name") or task.task)).parts if part not in ("..", "/")]
        stem = str(PurePosixPath(*(parts or [task.task])).with_suffix(""))
        if stem in self._taken:
            self.losses.add("the names of pictures that have another's: {count} are under their task's id too")
            stem = f"{stem}-{task.task}"
        self._taken.add(stem)
        return f"labels/{stem}.txt"


def fields_of(asked: Asked) -> frozenset[str]:
    """The fields by which a question says where a thing is; none where it marks nothing in a picture."""
    return getattr(asked.kind, "fields", frozenset()) if asked.kind.needs == "pixels" else frozenset()


def names_of_points(asked: Asked) -> list[str]:
    """The points of its skeleton, none where it has none."""
    return [point["value"] for point in ((asked.question.settings or {}).get("skeleton") or {}).get("points", [])]


def corners(region: Region) -> list[tuple[float, float]] | None:
    """The four of a rectangle, from its top left corner clockwise; None of other shapes."""
    if not region.keys() >= {"x", "y", "w", "h"}:
        return None
    x, y, w, h = (float(region[name]) for name in ("x", "y", "w", "h"))
    return [(float(a), float(b)) for a, b in Rectangle(x, y, w, h, region.get("rotation") or 0).corners()]


def middle_and_size(points: Sequence[Sequence[Any]], size: Size, name: str, losses: Losses) -> Numbers:
    """x, y of the middle, width and height of the upright rectangle around points, as far as it lies in the picture."""
    inside = [[min(max(point[axis], 0), size[axis]) for axis in (0, 1)] for point in points]
    losses.add(_OUTSIDE.format(name=name), around(inside) != around(points))
    x, y, w, h = around(inside)
    return [float(x + w / 2), float(y + h / 2), float(w), float(h)]


def points_of(region: Region) -> list[Sequence[Any]]:
    """Points with the same upright rectangle around them; none of a shape that has none, or nothing in it."""
    if (found := corners(region)) is not None:
        return [*found]
    if "rings" in region:
        return [point for ring in region["rings"] for point in ring]
    if "rle" in region:
        x, y, w, h = mask_of(region["rle"]["size"], region["rle"]["counts"])["bbox"]
        return [(x, y), (x + w, y + h)] if w and h else []
    if isinstance(region.get("points"), dict):
        return [point for point in region["points"].values() if point is not None]
    return []
