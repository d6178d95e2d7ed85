"""The first rows of a file as the tasks they would become: for whoever is about to make a project of them. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.ontology import Ontology, check_ontology
from evenhand.work.fetching import files_in
from evenhand.work.gold import checked, known_of
from evenhand.work.model import OntologyRefused
from evenhand.work.rows import item_of
from evenhand.work.shapes.queue import VisibleItem
from evenhand.work.shapes.rows import PreviewedRow, RowDefect


def previews(
    body: Mapping[str, Any],
    mapping: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    lines: Sequence[int] | None = None,
) -> list[PreviewedRow]:
    """Each row as an annotator would see it, or with what is wrong about it.

    lines: where each row stands in its file, as its defects will say; from 1 when left out. Raises OntologyRefused with every
    defect, Malformed when there are not as many lines as rows.
    """
    if lines is not None and len(lines) != len(rows):
        message = f"There are {len(rows)} rows and {len(lines)} lines."
        raise Malformed([Problem("/lines", "bad_value", message, "Send one line for each row, or leave them out.")])
    if problems := [each for each in check_ontology(body) if not each.is_warning]:
        raise OntologyRefused([each.under("/ontology") for each in problems])
    ontology = Ontology.compile(body)
    kinds = {name: kind.name for name, (kind, _) in ontology.inputs.items()}
    numbered = zip(lines or range(1, len(rows) + 1), rows, strict=True)
    return [_preview(ontology, item_of(row, kinds, mapping), line) for line, row in numbered]


def _preview(ontology: Ontology, item: dict[str, Any], line: int) -> PreviewedRow:
    wrong_gold: list[Problem] = []
    if (gold := item.pop("gold", None)) is not None:
        known, wrong_gold = known_of(gold)
        if known is not None and not any(not each.is_warning for each in ontology.check_item(item)):
            wrong_gold = [each.under("/gold") for each in checked(ontology, known, ontology.clean_item(item))[2]]
    # Files are brought in when rows are imported, and not for a preview: nothing is wrong yet with those that are only named.
    named = [each + "/" for each in files_in(ontology, item)]
    problems = [each for each in ontology.check_item(item) if not each.is_warning] + wrong_gold
    wrong = [each for each in problems if not f"{each.pointer}/".startswith(tuple(named))]
    if wrong:
        return {"item": None, "problems": [_defect(each, line) for each in wrong]}
    shown = {name: content for name, content in item["inputs"].items() if f"/inputs/{name}/" not in named}
    clean = ontology.clean_item({**item, "inputs": shown})
    return {"item": cast(VisibleItem, ontology.visible_item(clean)), "problems": []}


def _defect(problem: Problem, line: int) -> RowDefect:
    return cast(RowDefect, {**problem.as_json(), "line": line})
