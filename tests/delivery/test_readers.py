"""What a release is written as, opened by the libraries that it is written for. In `make drills`.

TRL, spaCy, NLTK and supervision stand in an environment of their own (`readers.txt`, pinned by hash): 900 MB which nothing
else here needs. TRL's training needs torch and is not run; its own functions prepare the data set.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from evenhand.delivery.formats.format import Labeled
from evenhand.delivery.formats.registry import formats
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.questions.rewrite import base_of

pytestmark = pytest.mark.drill

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
SAMPLES = SHARED / "data" / "samples"
READER = Path(__file__).with_name("foreign_readers.py")
LOCKED = Path(__file__).parents[2] / "requirements" / "readers.txt"
RESPONSE = {"each": "response", "of": "chat"}
TURN = {"each": "turn", "of": "chat"}
Task = tuple[Any, list[dict[str, Any]]]


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the readers and nothing of ours."""
    folder = tmp_path_factory.mktemp("readers") / "venv"
    uv = [Path(sys.executable).with_name("uv")]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    install = [
        *uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "--require-hashes",
        "--no-deps",
        "--requirement",
        LOCKED,
    ]
    subprocess.run(install, check=True)
    return python


@pytest.fixture(scope="session")
def opened(python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What every reader found in files made of real data."""
    folder = tmp_path_factory.mktemp("files")
    for name, (asked, tasks) in {**trained(), **marked(), **drawn(folder)}.items():
        write(folder, name, asked, tasks)
    bare = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "HF_HUB_OFFLINE": "1",
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": str(folder),
    }
    found = subprocess.run([python, READER, folder], check=True, capture_output=True, env=bare, timeout=300)
    told: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return told


def write(folder: Path, name: str, asked: Ontology, tasks: Iterable[Task]) -> None:
    writer = formats()[name].writer(asked)
    try:
        for number, (inputs, labels) in enumerate(tasks):
            writer.add(Labeled(f"t{number}", asked.clean_item({"inputs": inputs}), labels))
        for file in writer.files():
            (folder / file.name).write_bytes(b"".join(file.blocks))
            if file.name.endswith(".zip"):
                with zipfile.ZipFile(folder / file.name) as archive:
                    archive.extractall(folder / name)
    finally:
        writer.close()


def ontology(kind: str, *questions: dict[str, Any]) -> Ontology:
    body = {"format": "evenhand-ontology/1", "name": "o", "language": "en", "inputs": [{"name": kind, "kind": kind}]}
    return Ontology.compile({**body, "questions": [*questions]})


def label(question: str, value: Any, target: str) -> dict[str, Any]:
    return {"question": question, "target": target, "value": value}


# ------------------------------------------------------------------------------------------------------------ what is made --
def trained() -> dict[str, tuple[Ontology, list[Task]]]:
    """LLMBar's pairs with their preference; Open-Assistant's replies with ranks, the first rewritten and the others rated."""
    pairs: list[Task] = [
        ({"chat": {"prompt": row["input"], "responses": [row["output_1"], row["output_2"]]}},
         [label("better", {"winner": f"r{row['label']}", "strength": 1}, "chat/t1")])
        for row in json.loads((SAMPLES / "preferences/llmbar_natural.json").read_text())
    ]  # fmt: skip
    rated: list[Task] = []
    edited: list[Task] = []
    for line in (SAMPLES / "conversations/oasst_100_trees.jsonl").read_text().splitlines():
        asked = json.loads(line)["prompt"]
        replies = [reply for reply in asked["replies"] if reply.get("rank") is not None]
        if not replies:
            continue
        chat = {"chat": {"prompt": asked["text"], "responses": [reply["text"] for reply in replies]}}
        levels = [label("helpfulness", max(1, 5 - reply["rank"]), f"chat/r{n}") for n, reply in enumerate(replies, 1)]
        rated.append((chat, levels))
        first = replies[0]["text"]
        edited.append((chat, [label("edit", {"base": base_of(first), "text": f"{first} That is all."}, "chat/r1")]))
    # A reply that called a tool on the way.
    edited.append(({"chat": WITH_TOOL}, [label("edit", {"base": base_of("Dry."), "text": "Dry, 20 °C."}, "chat/m4")]))
    comparing = {"name": "better", "kind": "pairwise", "target": TURN, "settings": {"compare": "response"}}
    scale = {"name": "helpfulness", "kind": "rating", "target": RESPONSE, "settings": {"levels": 5}}
    editing = {"name": "edit", "kind": "rewrite", "target": {"each": "message", "of": "chat"}}
    whole = [
        (chat, [{**each, "target": each["target"].replace("/r1", "/m2")} for each in labels]) for chat, labels in edited
    ]
    return {
        "trl-preference": (ontology("chat", comparing), pairs),
        "trl-kto": (ontology("chat", scale), rated),
        "helpsteer": (ontology("chat", scale), rated),
        "trl-sft": (ontology("chat", editing), whole),
    }


WITH_TOOL: Any = {"threads": [{"tools": [{"name": "get_weather", "parameters": {"type": "object"}}], "turns": [
    {"messages": [{"role": "user", "content": "Rain in Jinan?"}],
     "responses": [{"messages": [
         {"role": "assistant", "content": [{"type": "tool_call", "id": "c1", "name": "get_weather",
                                           "arguments": {"city": "济南"}}]},
         {"role": "tool", "content": [{"type": "tool_result", "call": "c1", "content": "20 °C, dry"}]},
         {"role": "assistant", "content": "Dry."}]}]}]}]}  # fmt: skip


def marked() -> dict[str, tuple[Ontology, list[Task]]]:
    """FinEntity's spans; then a text with nested and discontinuous ones, and characters beyond the basic plane."""
    tasks: list[Task] = []
    for row in json.loads((SAMPLES / "news/finentity.json").read_text()):
        spans = [
            {"id": f"k{n}", "label": each["label"], "ranges": [[each["start"], each["end"]]]}
            for n, each in enumerate(row["annotations"])
        ]
        tasks.append(({"text": {"text": row["content"]}}, [label("entities", {"regions": spans}, "text")]))
    hard = [{"id": "a", "label": "PER", "ranges": [[2, 12]]}, {"id": "b", "label": "PER", "ranges": [[2, 5], [13, 14]]}]
    tasks.append(({"text": {"text": "💩 Zoë Müller's\n\n  北京  "}}, [label("entities", {"regions": hard}, "text")]))
    asked = ontology("text", {"name": "entities", "kind": "span", "settings": {"discontinuous": True}})
    return {"spacy": (asked, tasks), "conll": (asked, tasks)}


def drawn(folder: Path) -> dict[str, tuple[Ontology, list[Task]]]:
    """The boxes of a data set that another tool wrote, on its picture; and every other shape on it."""
    sample = SAMPLES / "cv_formats/yolo_dataset/labels"
    picture = sample / "images/train/1.jpg"
    with Image.open(picture) as opened:
        width, height = opened.size
    boxes = []
    for n, line in enumerate((sample / "labels/train/1.txt").read_text().splitlines()):
        number, *shares = line.split()
        x, y, w, h = (float(share) * (width, height)[axis % 2] for axis, share in enumerate(shares))
        boxes.append({"id": f"k{n}", "label": f"label_{number}", "x": x - w / 2, "y": y - h / 2, "w": w, "h": h})
    labels = [{"value": each} for each in (sample / "obj.names").read_text().split()]
    skeleton = {"points": [{"value": "head"}, {"value": "tail"}]}
    shapes: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
        "detect": ("box", {}, boxes),
        "obb": ("box", {"rotate": True}, [{**boxes[0], "rotation": 30}]),
        "seg": ("polygon", {}, [{"id": "p", "label": "label_3", "rings": [[[1, 1], [9, 1], [9, 6], [1, 6]]]}]),
        "pose": ("keypoints", {"skeleton": skeleton},
                 [{"id": "f", "label": "label_5", "points": {"head": [2, 3, "visible"], "tail": [10, 7, "occluded"]}}]),
    }  # fmt: skip
    found = {}
    for name, (kind, settings, regions) in shapes.items():
        (folder / f"yolo-{name}" / "images").mkdir(parents=True)
        shutil.copy(picture, folder / f"yolo-{name}" / "images" / "1.jpg")
        asked = ontology("image", {"name": "things", "kind": kind, "settings": {"labels": labels, **settings}})
        facts = {"blob": "b", "name": "1.jpg", "media": {"width": width, "height": height}}
        found[f"yolo-{name}"] = asked, [({"image": facts}, [label("things", {"regions": regions}, "image")])]
    return found


# ----------------------------------------------------------------------------------------------------------- what is found --
def test_trl_prepares_its_three_kinds_of_rows(opened: dict[str, Any]) -> None:
    sft, pairs, kto = (opened["trl"][f"trl-{name}"] for name in ("sft", "preference", "kto"))
    rows = json.loads((SAMPLES / "preferences/llmbar_natural.json").read_text())

    assert sft["conversational"] and pairs["conversational"] and kto["conversational"]
    assert sft["columns"] == ["prompt", "completion", "task", "question", "tools"]
    assert pairs["pairs"] == [[row[f"output_{row['label']}"], row[f"output_{3 - row['label']}"]] for row in rows]
    assert pairs["unpaired"] == [200, 100]
    assert pairs["text"]["prompt"] == f"<user>{rows[0]['input']}<assistant>"
    assert pairs["text"]["chosen"] == rows[0][f"output_{rows[0]['label']}"]
    assert sft["text"]["completion"].endswith(" That is all.")
    assert kto["columns"] == ["prompt", "completion", "label", "task", "question"]


def test_attributes_are_whole_numbers(opened: dict[str, Any]) -> None:
    features = opened["trl"]["helpsteer"]["features"]

    assert list(features) == ["prompt", "context", "response", "helpfulness", "task"]
    assert [features[name] for name in ("prompt", "response", "helpfulness")] == [
        "Value('string')",
        "Value('string')",
        "Value('int64')",
    ]


def test_spacy_reads_every_text_with_its_passages(opened: dict[str, Any]) -> None:
    rows = json.loads((SAMPLES / "news/finentity.json").read_text())
    found = opened["spacy"]

    assert found["texts"] == [*(row["content"] for row in rows), "💩 Zoë Müller's\n\n  北京  "]
    for row, ents in zip(rows, found["ents"], strict=False):
        names = {
            (each["start"], each["end"]): each["label"]
            for each in sorted(row["annotations"], key=lambda each: each["label"], reverse=True)
        }
        places = [(row["content"][start:end], start, end, names[start, end]) for start, end in sorted(names)]
        assert ents == [
            [start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip()), name]
            for said, start, end, name in places
        ]
    assert found["ents"][-1] == [[2, 12, "PER"], [13, 14, "PER"]]
    assert found["spans"][-1] == {"entities": 3}


def test_spacy_and_nltk_read_the_columns(opened: dict[str, Any]) -> None:
    found = opened["conll"]

    assert (found["docs"], found["nltk"]) == (980, 2130)
    assert sum(map(len, found["ents"])) == 2130
    assert found["ents"][-1] == ["Zoë Müller", "s"]


def test_supervision_reads_boxes_corners_and_outlines(opened: dict[str, Any]) -> None:
    detect, obb, seg, pose = (opened["yolo"][f"yolo-{name}"] for name in ("detect", "obb", "seg", "pose"))

    assert detect["classes"] == [f"label_{n}" for n in range(10)]
    assert detect["1.jpg"]["class"] == [2, 4]
    assert seg["1.jpg"]["class"] == [3]
    assert pose["1.jpg"]["class"] == [5]
    assert pose["1.jpg"]["boxes"] == [pytest.approx([2, 3, 10, 7], abs=1e-3)]
    assert seg["1.jpg"]["boxes"][0] == pytest.approx([1, 1, 9, 6], abs=1.01)
    assert len(obb["1.jpg"]["corners"][0]) == 4
