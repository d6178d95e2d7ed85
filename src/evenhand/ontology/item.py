"""The item document, `evenhand-item/1`: what one task shows, with metadata, external id, group and suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from evenhand.core.canonical import escape_pointer, unfit_parts
from evenhand.core.errors import Problem
from evenhand.ontology.document import Document
from evenhand.ontology.kind import InputKind
from evenhand.ontology.suggestions import check_ids
from evenhand.ontology.texts import LANGUAGE

FORMAT = "evenhand-item/1"
ITEM_BYTES_MAX = 4 * 1024 * 1024
METADATA_BYTES_MAX = 64 * 1024
FIELDS = frozenset(
    {"format", "inputs", "metadata", "external_id", "group", "tags", "priority", "due_at", "suggestions", "language"}
)
Inputs = Mapping[str, tuple[InputKind, Any]]


def check_item(item: Any, document: Document, inputs: Inputs) -> list[Problem]:
    """Every defect of an item, warnings among them. Never raises."""
    if not isinstance(item, dict):
        return [Problem("", "bad_json", "An item is an object.", 'Send {"inputs": {…}}.')]
    if problems := unfit_parts(item):
        return problems[:20]
    if len(msgspec.json.encode(item)) > ITEM_BYTES_MAX:
        return [Problem("", "too_large", "An item has at most 4 MiB.", "Store large content as media and refer to it.")]
    problems = [
        Problem(f"/{escape_pointer(str(name))}", "unknown_field", f"An item has no field {name!r}.",
                "Put what is yours under metadata.")
        for name in item.keys() - FIELDS
    ]  # fmt: skip
    contents = item.get("inputs")
    if not isinstance(contents, dict):
        return [*problems, Problem("/inputs", "missing_input", "The item has no inputs.", "Add inputs by name.")]
    problems.extend(_contents(contents, document, inputs))
    problems.extend(_rest(item))
    return problems


def _contents(contents: Mapping[str, Any], document: Document, inputs: Inputs) -> list[Problem]:
    problems = []
    for name in contents.keys() - inputs.keys():
        message = f"The ontology has no input {name!r}."
        remedy = f"Take {', '.join(sorted(inputs))}."
        problems.append(Problem(f"/inputs/{escape_pointer(str(name))}", "unknown_input", message, remedy))
    for each in document.inputs:
        pointer = f"/inputs/{each.name}"
        if contents.get(each.name) is None:
            if each.required:
                problems.append(Problem(pointer, "missing_input", f"{each.name} is missing.", "Add it to the item."))
            continue
        kind, settings = inputs[each.name]
        problems.extend(problem.under(pointer) for problem in kind.check(settings, contents[each.name]))
    return problems


def _rest(item: Mapping[str, Any]) -> list[Problem]:
    problems = []
    if item.get("format", FORMAT) != FORMAT:
        problems.append(Problem("/format", "bad_value", "This is another format.", "Leave it out.", (FORMAT,)))
    language = item.get("language")
    if language is not None and not (isinstance(language, str) and LANGUAGE.fullmatch(language)):
        problems.append(Problem("/language", "bad_value", "This is no language tag.", "Send a tag like de or zh-Hans."))
    for name, longest in (("external_id", 512), ("group", 512)):
        value = item.get(name)
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= longest):
            message = f"{name} is a text of 1 to {longest} characters."
            problems.append(Problem(f"/{name}", "bad_value", message, "Send it as a text."))
    tags = item.get("tags")
    if tags is not None and not (
        isinstance(tags, list) and len(tags) <= 50 and all(isinstance(tag, str) and 0 < len(tag) <= 100 for tag in tags)
    ):
        problems.append(Problem("/tags", "bad_value", "Tags are at most 50 short texts.", 'Send ["urgent", …].'))
    priority = item.get("priority")
    if priority is not None and not (
        isinstance(priority, int) and not isinstance(priority, bool) and 0 <= priority <= 255
    ):
        problems.append(Problem("/priority", "out_of_bounds", "A priority lies in 0..255.", "128 is usual.", (0, 255)))
    metadata = item.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        problems.append(Problem("/metadata", "bad_value", "Metadata is an object.", "Send keys and values."))
    elif metadata and len(msgspec.json.encode(metadata)) > METADATA_BYTES_MAX:
        problems.append(Problem("/metadata", "too_large", "Metadata has at most 64 KiB.", "Keep what is needed."))
    suggestions = item.get("suggestions")
    if suggestions is not None and not (
        isinstance(suggestions, list)
        and len(suggestions) <= 20
        and all(isinstance(each, dict) and isinstance(each.get("answers"), list) for each in suggestions)
    ):
        message = "Suggestions are a list of objects with answers."
        problems.append(Problem("/suggestions", "bad_value", message, 'Send [{"model": …, "answers": […]}].'))
    elif suggestions:
        problems.extend(check_ids(suggestions))
    return problems


def clean_item(item: Mapping[str, Any], inputs: Inputs) -> dict[str, Any]:
    """The item as it is stored: inputs cleaned by their kinds, empty fields dropped."""
    kept = {name: value for name, value in item.items() if value not in (None, [], {}) and name != "format"}
    contents = item["inputs"]
    kept["inputs"] = {}
    for name, (kind, settings) in inputs.items():
        if contents.get(name) is not None:
            kept["inputs"][name] = kind.clean(settings, contents[name])
    return kept


def visible_item(item: Mapping[str, Any], document: Document, inputs: Inputs) -> dict[str, Any]:
    """What an annotator's browser may receive: blind inputs and hidden metadata stay on the server."""
    blind = {name for question in document.questions for name in question.blind}
    contents = {}
    for name, content in item.get("inputs", {}).items():
        if name not in blind and name in inputs:
            kind, settings = inputs[name]
            contents[name] = kind.visible(settings, content)
    metadata = item.get("metadata") or {}
    shown = {key: metadata[key] for key in document.metadata.visible if key in metadata}
    return {"inputs": contents, "metadata": shown, **({"language": item["language"]} if "language" in item else {})}
