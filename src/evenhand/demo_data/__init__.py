"""Material of the demo: real texts in the public domain, and the projects made of them. See README.md for the source."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from typing import Any


def passages() -> list[dict[str, Any]]:
    """Passages of presidential addresses, by year: {"year", "president", "part", "text"}."""
    packed = (files(__name__) / "passages.jsonl.gz").read_bytes()
    return [json.loads(line) for line in gzip.decompress(packed).splitlines()]


def judgments() -> list[list[int]]:
    """How fit for an anesthetic five observers thought 45 patients, 1 to 4: shape (patients, observers); see README.md.

    The first observer judged each patient three times; the first time counts here.
    """
    lines = (files(__name__) / "anesthesia.txt").read_text(encoding="ascii").split()
    return [[int(digit) for digit in line[:1] + line[3:]] for line in lines]


def projects() -> list[dict[str, Any]]:
    """The demo's projects in their order; each says which kinds it needs and which material it is made of."""
    found = (file for file in (files(__name__) / "projects").iterdir() if file.name.endswith(".json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(found, key=lambda file: file.name)]
