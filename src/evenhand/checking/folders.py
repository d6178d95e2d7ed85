"""A verifiable task as a folder: `task.json`, a folder for each role, patches in `mutations/`, blobs by digest in `blobs/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evenhand.checking.packing import Bundle
from evenhand.core.canonical import digest_of_bytes, read_json
from evenhand.core.errors import Malformed, NotFound, Problem
from evenhand.ontology.open_task import OpenTask, check_open_task, is_inside

DOCUMENT, RESULTS = "task.json", "results.jsonl"
FILE_BYTES_MAX = 64 << 20


def read_folder(place: Path) -> Bundle:
    """The task of a folder, or of a document of any name, with its blobs held against their digests.

    Raises NotFound, Malformed with all defects.
    """
    document, folder = (place, place.parent) if place.is_file() else (place / DOCUMENT, place)
    if not document.is_file():
        raise NotFound("document", str(document))
    body = read_json(document.read_bytes())
    blobs: dict[str, bytes] = {}
    problems = [*_fill_files(folder, body, blobs), *_fill_mutations(folder, body, blobs)]
    problems += [each for each in check_open_task(body) if not each.is_warning]
    if problems:
        raise Malformed(problems)
    return Bundle(OpenTask.model_validate(body), blobs)


def keep_results(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """Add results to those of earlier checks, one a line; none is ever changed."""
    place = folder / RESULTS
    with place.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return place


def _fill_files(folder: Path, body: Any, blobs: dict[str, bytes]) -> list[Problem]:
    problems = []
    for index, row in enumerate(_rows(body, "files")):
        path, role = row.get("path"), row.get("role")
        if "text" in row or not isinstance(path, str) or not isinstance(role, str) or not is_inside(path):
            continue
        if "blob" in row:
            problems += _take(
                folder, Path("blobs", str(row["blob"]).removeprefix("sha256:")), row, "blob", blobs, index
            )
        elif is_inside(role):
            problems += _take(folder, Path(role, path), row, "blob", blobs, index)
    return problems


def _fill_mutations(folder: Path, body: Any, blobs: dict[str, bytes]) -> list[Problem]:
    problems = []
    for index, row in enumerate(_rows(body, "mutations")):
        place = Path("mutations", f"{row.get('id')}.patch")
        if "patch" in row:
            place = Path("blobs", str(row["patch"]).removeprefix("sha256:"))
        elif row.get("files") or not is_inside(str(place)) or not (folder / place).exists():
            continue
        problems += _take(folder, place, row, "patch", blobs, index, "mutations")
    return problems


def _take(
    folder: Path, place: Path, row: dict[str, Any], key: str, blobs: dict[str, bytes], index: int, part: str = "files"
) -> list[Problem]:
    """Read one file of the folder, through no link, and name it by its digest."""
    at = f"/{part}/{index}"
    file = folder / place
    if not is_inside(str(place)) or not file.resolve().is_relative_to(folder.resolve()):
        return [Problem(at, "bad_path", f"{place} leads out of the folder.", "Put the file itself there.")]
    if not file.is_file():
        return [Problem(at, "missing_input", f"There is no file {place}.", "Put it there, or give it a text.")]
    if file.stat().st_size > FILE_BYTES_MAX:
        return [Problem(at, "too_large", f"{place} is larger than 64 MiB.", "Make it smaller.")]
    content = file.read_bytes()
    found = digest_of_bytes(content)
    if row.setdefault(key, found) != found:
        return [Problem(f"{at}/{key}", "digest_mismatch", f"{place} has another content.", f"Its digest is {found}.")]
    blobs[found] = content
    return []


def _rows(body: Any, name: str) -> list[dict[str, Any]]:
    rows = body.get(name) if isinstance(body, dict) else None
    return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []
