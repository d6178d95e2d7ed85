"""The check of one imported line, compiled: about a microsecond where all inputs are texts, the whole check where not.

The fast road decodes straight into a typed row and takes nothing on trust: whatever it does not understand, or cannot rule
out (a key that stands twice, a NUL), goes the slow road, whose result is the same bytes or every problem there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from evenhand.core.canonical import canonical_json, read_json
from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.inputs.text import LENGTH_MAX, TextInput
from evenhand.ontology.ontology import Ontology

ID_LENGTH_MAX = 512
_Item = Mapping[str, Any]


class _Text(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A text input in its object form; fields in canonical order."""

    text: str
    language: str | UnsetType = UNSET


class _StoredText(Struct, omit_defaults=True):
    language: str | UnsetType
    text: str


class Quick(NamedTuple):
    """What the fast road makes of a line: the canonical bytes to be stored, and what is stored beside them."""

    content: bytes
    external_id: str | None
    tags: list[str]


class ImportCheck:
    """Checks lines of one import. Made by `compile_import`."""

    def __init__(self, ontology: Ontology, mapping: Mapping[str, str], as_item: Callable[[_Item], _Item]) -> None:
        self._ontology = ontology
        self._as_item = as_item
        self._fast = _FastRoad.of(ontology, mapping)

    @property
    def is_fast(self) -> bool:
        """Whether lines of usual form take the fast road."""
        return self._fast is not None

    def quick(self, line: bytes) -> Quick | None:
        """The line on the fast road; None where only the whole check can tell."""
        return None if self._fast is None else self._fast.stored(line)

    def check(self, line: bytes) -> bytes | list[Problem]:
        """The canonical bytes of the item to be stored, or every problem of the line (warnings only with others)."""
        quick = self.quick(line)
        return self._check_whole(line) if quick is None else quick.content

    def _check_whole(self, line: bytes) -> bytes | list[Problem]:
        try:
            row = read_json(line)
        except Malformed as malformed:
            return malformed.problems
        if not isinstance(row, dict):
            return [Problem("", "bad_json", "A row is an object.", 'Send {"text": …} or {"inputs": {…}}.')]
        item = self._as_item(row)
        problems = self._ontology.check_item(item)
        if any(not each.is_warning for each in problems):
            return problems
        return canonical_json(self._ontology.clean_item(item))


def compile_import(
    ontology: Ontology,
    mapping: Mapping[str, str] | None = None,
    as_item: Callable[[_Item], _Item] | None = None,
) -> ImportCheck:
    """The check for the lines of one import.

    mapping: input name -> column of a flat row. as_item: the item document of a row that is none yet, with the same mapping;
    left out, the row is taken for an item document, and a flat row has exactly the inputs' columns.
    """
    mapping = mapping or {}
    return ImportCheck(ontology, mapping, as_item or (lambda row: _flat_item(row, ontology, mapping)))


def _flat_item(row: _Item, ontology: Ontology, mapping: Mapping[str, str]) -> _Item:
    if "inputs" in row:
        return row
    columns = {mapping.get(name, name): name for name in ontology.inputs}
    contents = {columns[name]: value for name, value in row.items() if name in columns}
    return {"inputs": contents, **{name: value for name, value in row.items() if name not in columns}}


class _FastRoad:
    """Lines with text inputs, an external id, a group and tags: nothing else."""

    def __init__(self, names: list[str], required: set[str], columns: list[str]) -> None:
        self._names = names
        self._required = [name in required for name in names]
        fields = [f"input_{index}" for index in range(len(names))]
        self._fields = fields
        about = [(name, str | UnsetType, UNSET) for name in ("external_id", "group")]
        tags = ("tags", list[str] | UnsetType, UNSET)
        # The columns of a flat row may hold the object form only where an item document may: under inputs.
        given = [(field, str | _Text | UnsetType, UNSET) for field in fields]
        plain = [(field, str | UnsetType, UNSET) for field in fields]
        by_name, by_column = dict(zip(fields, names, strict=True)), dict(zip(fields, columns, strict=True))
        inputs = msgspec.defstruct("Inputs", given, rename=by_name, forbid_unknown_fields=True)
        whole = msgspec.defstruct("Item", [("inputs", inputs), *about, tags], forbid_unknown_fields=True)
        flat = msgspec.defstruct("Flat", [*plain, *about, tags], rename=by_column, forbid_unknown_fields=True)
        stored = [(field, _StoredText | UnsetType, UNSET) for field in fields]
        self._stored_inputs = msgspec.defstruct("StoredInputs", stored, rename=by_name, omit_defaults=True)
        self._stored = msgspec.defstruct(
            "Stored", [*about, ("inputs", self._stored_inputs, UNSET), tags], omit_defaults=True
        )
        self._decode_whole = msgspec.json.Decoder(whole).decode
        self._decode_flat = msgspec.json.Decoder(flat).decode
        self._encode = msgspec.json.Encoder().encode

    @classmethod
    def of(cls, ontology: Ontology, mapping: Mapping[str, str]) -> _FastRoad | None:
        """The fast road of an ontology, where every input is a text; None elsewhere."""
        kinds = {name: kind for name, (kind, _) in ontology.inputs.items()}
        if not all(
            type(kind).check is TextInput.check and type(kind).clean is TextInput.clean for kind in kinds.values()
        ):
            return None
        names = sorted(kinds)
        columns = [mapping.get(name, name) for name in names]
        if len({*columns, "external_id", "group", "tags", "inputs"}) != len(columns) + 4:
            return None
        return cls(names, {each.name for each in ontology.document.inputs if each.required}, columns)

    def stored(self, line: bytes) -> Quick | None:
        """What is to be stored, or None: look at the line on the slow road."""
        if b"\\u0000" in line or b"\\\\" in line or len(line) > LENGTH_MAX:
            return None
        try:
            is_whole = b'"inputs"' in line
            row: Any = self._decode_whole(line) if is_whole else self._decode_flat(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        given = row.inputs if is_whole else row
        texts, quotes = [], 2 * is_whole
        for field, is_required in zip(self._fields, self._required, strict=True):
            text = getattr(given, field)
            if text is UNSET:
                if is_required:
                    return None
                texts.append(UNSET)
            elif isinstance(text, str):
                texts.append(_StoredText(UNSET, text))
                quotes += 4
            else:
                texts.append(_StoredText(text.language, text.text))
                quotes += 6 if text.language is UNSET else 10
        for text in (row.external_id, row.group):
            if text is not UNSET:
                if not 0 < len(text) <= ID_LENGTH_MAX:
                    return None
                quotes += 4
        tags = row.tags
        if tags is not UNSET:
            if not 0 < len(tags) <= 50 or not all(0 < len(tag) <= 100 for tag in tags):
                return None
            quotes += 2 + 2 * len(tags)
        # A key that stands twice is swallowed by the decoder; its quotes are not. Escaped quotes are the only others,
        # since a line with an escaped backslash was sent away above.
        if line.count(b'"') - line.count(b'\\"') != quotes:
            return None
        external = row.external_id
        encoded: bytes = self._encode(self._stored(external, row.group, self._stored_inputs(*texts), tags))
        return Quick(encoded, None if external is UNSET else external, [] if tags is UNSET else tags)
