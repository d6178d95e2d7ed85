"""Writes the reference pages that are made from code: `python docs/generate.py`. A test holds the pages to the code."""

from __future__ import annotations

import inspect
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from typer.main import get_command

from evenhand.bootstrap import make_web_app
from evenhand.boundary.permission import ROLES, Permission
from evenhand.cli.main import app
from evenhand.cli.settings import SECRETS
from evenhand.core.settings import Settings
from evenhand.http.contract import contract, operations
from evenhand.http.error_reference import error_reference
from evenhand.http.reference import reference
from evenhand.ontology.answering import Answering
from evenhand.ontology.document import part_types
from evenhand.ontology.kind import Example, MediaKind, Shown
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.parts import targets_of
from evenhand.ontology.registry import input_kinds, question_kinds

FOLDER = Path(__file__).parent
LINE_LENGTH = 132
_TARGETS = {"task": "the task", "input": "an input", "part": "a part of an input", "region": "a region"}


# ------------------------------------------------------------------------------------------------------------ kinds --
def kinds_page() -> str:
    """Every kind of input and question: what it takes, how two answers are compared, how they are merged."""
    return "\n".join([*_kinds_head(), *_inputs(), *_questions()]) + "\n"


def _kinds_head() -> Iterator[str]:
    yield "# Kinds of inputs and questions"
    yield ""
    yield "Made from the code by `python docs/generate.py`. A running server says the same, with JSON Schemas, at"
    yield "`GET /api/v1/kinds`. [How to write an ontology](../how-to/write-an-ontology.md) puts kinds together."
    yield ""
    yield f"- Inputs: {', '.join(f'[{name}](#input-{_slug(name)})' for name in sorted(input_kinds()))}"
    yield f"- Questions: {', '.join(f'[{name}](#question-{_slug(name)})' for name in sorted(question_kinds()))}"


def _inputs() -> Iterator[str]:
    yield from ("", "## Inputs", "")
    yield "Every input has `name`, `kind`, and if you like `required` (true), `text`, `help` and `settings`. An item gives its"
    yield "content under `inputs`, by name."
    for name, kind in sorted(input_kinds().items()):
        yield from ("", f"### Input {name}", "", _purpose(kind), "")
        parts = sorted(part_types(name) - {"input"})
        yield f"Parts a question may be about: {', '.join(parts) if parts else 'none but the input itself'}."
        yield from _settings(kind.Settings)
        what = (
            "Content as it is stored; [how to import tasks](../how-to/import-tasks.md) says how files come in"
            if kind.is_file
            else ("Content, as an item gives it")
        )
        if isinstance(kind, MediaKind) and not kind.is_file:
            how = "[how to import tasks](../how-to/import-tasks.md#bring-in-pictures) says how they come in"
            yield from ("", f"It may show up to {kind.files_max} pictures; {how}.")
        yield from ("", f"{what}:", "")
        for content in kind.examples():
            yield from (*_json(content), "")


def _questions() -> Iterator[str]:
    yield from ("## Question kinds", "")
    yield 'An answer names its question, the part it is about (`target`, `""` for the task), and a `value` as shown below, or'
    yield 'an abstention that the question allows: `{"question": "label", "target": "", "value": …}`. Beside them it may carry'
    yield "`confidence`, `justification`, `evidence`, `reason` and `note`, where the question asks for them."
    yield ""
    yield "**Distance** is the disagreement of two answers, from 0 (the same) to 1 (wholly different)."
    yield "**Merge** is how several answers become one consensus. Ties are reported as ties."
    for name, kind in sorted(question_kinds().items()):
        yield from ("", f"### Question {name}", "", _purpose(kind), "")
        yield f"Asked about: {', '.join(_TARGETS[each] for each in _TARGETS if each in kind.targets)}."
        if kind.has_regions:
            yield "Marks regions, about which later questions can ask."
        yield from _settings(kind.Settings)
        examples = list(kind.examples())
        for example in examples:
            yield from ("", "Settings and an answer's value:", "")
            yield from (*_json(example.settings), "", *_json(example.value))
        yield ""
        if type(kind).vote is not Answering.vote:
            yield f"- Vote: {_first(kind.vote)}"
        else:
            yield "- Vote: none; answers are compared by distance alone."
        yield (
            f"- Distance: {_first(kind.distance)} Between the value above and `{_compact(examples[0].other)}` it is"
            + (
                f" {_distance(kind, examples[0]):.3g}."
                if len(examples) == 1
                else f" {_distance(kind, examples[0]):.3g} (first example)."
            )
        )
        yield f"- Merge: {_first(kind.merge)}"


def _distance(kind: Any, example: Example) -> float:
    body = {
        "format": "evenhand-ontology/1",
        "name": "example",
        "language": "en",
        "inputs": example.inputs,
        "questions": [
            *(question for question, _ in example.earlier),
            {"name": "asked", "kind": kind.name, "settings": example.settings, "target": example.target},
        ],
    }
    ontology = Ontology.compile({**body, "questions": [_without_none(each) for each in body["questions"]]})
    asked = ontology.questions[-1]
    parts = ontology.parts(ontology.clean_item(example.item))
    target = next(targets_of(asked.question, asked.kind, ontology.document, parts, {}))
    found: float = kind.distance(asked.settings, example.value, example.other, Shown(target, parts))
    return found


def _settings(model: Any) -> Iterator[str]:
    schema = model.model_json_schema()
    if not schema.get("properties"):
        yield from ("", "It has no settings.")
        return
    yield from ("", "| Setting | Takes | Default |", "|---|---|---|")
    yield from _rows(schema, schema.get("$defs", {}), "")


def _rows(schema: Mapping[str, Any], defs: Mapping[str, Any], prefix: str) -> Iterator[str]:
    required = schema.get("required", ())
    for name, each in schema["properties"].items():
        default = (
            "required"
            if name in required
            else f"`{_compact(each['default'])}`"
            if each.get("default") is not None
            else ""
        )
        yield f"| `{prefix}{name}` | {_takes(each, defs)} | {default} |"
        for below, path in _objects(each, defs, f"{prefix}{name}"):
            # A tree names itself; its rows stand once.
            if path.count(".") < 2:
                yield from _rows(below, defs, f"{path}.")


def _objects(schema: Mapping[str, Any], defs: Mapping[str, Any], path: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    if "$ref" in schema:
        below = defs[schema["$ref"].rpartition("/")[2]]
        if "properties" in below:
            yield below, path
    for word in ("anyOf", "oneOf"):
        for each in schema.get(word, ()):
            yield from _objects(each, defs, path)
    if "items" in schema:
        yield from _objects(schema["items"], defs, f"{path}[]")


def _takes(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    """What a schema allows, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return "an object" if "properties" in defs[name] else _takes(defs[name], defs)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            kinds = [_takes(each, defs) for each in schema[word] if each != {"type": "null"}]
            return " or ".join(dict.fromkeys(kinds))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return f"a list of {_takes(schema.get('items', {}), defs).removeprefix('an ').removeprefix('a ')}s{_bounds(schema)}"
    if kind == "object":
        return "a text per language" if "propertyNames" in schema or "patternProperties" in schema else "an object"
    words = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
    return words.get(str(kind), "JSON") + _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    words = {
        "minLength": "at least {} long", "maxLength": "at most {} long", "minItems": "at least {}", "maxItems": "at most {}",
        "minimum": "from {}", "maximum": "to {}", "exclusiveMinimum": "above {}",
        "exclusiveMaximum": "below {}", "pattern": "like `{}`",
    }  # fmt: skip
    given = {
        word: f"{schema[word]:,}" if isinstance(schema[word], int) else schema[word] for word in words if word in schema
    }
    found = [text.format(given[word]) for word, text in words.items() if given.get(word) not in (None, "0")]
    return f" ({', '.join(found)})" if found else ""


def _purpose(kind: Any) -> str:
    text = " ".join((inspect.getmodule(type(kind)).__doc__ or "").split())  # type: ignore[union-attr]
    return text.partition(": ")[2][:1].upper() + text.partition(": ")[2][1:] if ": " in text.partition(".")[0] else text


def _first(method: Any) -> str:
    """The first paragraph of a docstring, as one line."""
    return " ".join((inspect.getdoc(method) or "").partition("\n\n")[0].split())


def _json(value: Any) -> Iterator[str]:
    yield from ("```json", _pretty(value, ""), "```")


def _pretty(value: Any, indent: str) -> str:
    """JSON that breaks only where a line would be too long."""
    compact = _compact(value)
    if len(indent) + len(compact) <= LINE_LENGTH or not isinstance(value, list | dict):
        return compact
    deeper = indent + "  "
    if isinstance(value, list):
        lines = [_pretty(each, deeper) for each in value]
    else:
        lines = [f"{_compact(name)}: {_pretty(each, deeper)}" for name, each in value.items()]
    first, last = "[]" if isinstance(value, list) else "{}"
    return f"{first}\n{deeper}" + f",\n{deeper}".join(lines) + f"\n{indent}{last}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _without_none(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if each is not None}


def _slug(name: str) -> str:
    return name.lower()


# ------------------------------------------------------------------------------------------------------ permissions --
def permissions_page() -> str:
    """Who may do what: roles by permission, and the operations that ask for each."""
    return "\n".join([*_permissions()]) + "\n"


def _permissions() -> Iterator[str]:
    asked: defaultdict[str, list[str]] = defaultdict(list)
    signed_in, open_ = [], []
    for _method, _path, operation in operations(contract(make_web_app(Settings()))):
        name = operation["operationId"]
        for permission in operation.get("x-permissions", ()):
            asked[permission].append(name)
        if "x-permissions" not in operation:
            (signed_in if operation["security"] else open_).append(name)
    yield "# Permissions by role"
    yield ""
    yield "Made from the code by `python docs/generate.py`. The words are also the scopes of API keys: a key may do what its"
    yield "person may, narrowed to its scopes. What a role does not list is refused with `not-allowed`."
    yield "[How to invite people](../how-to/invite-people.md) says which role is for whom."
    yield ""
    yield f"| Permission | {' | '.join(ROLES)} |"
    yield f"|---|{'---|' * len(ROLES)}"
    for permission in Permission:
        yield f"| `{permission}` | {' | '.join('yes' if permission in held else '' for held in ROLES.values())} |"
    yield from ("", "## What asks for each", "")
    yield "Operations are named as in [the HTTP API](http-api.md). One that stands twice asks for one of its permissions."
    yield ""
    yield "| Permission | Operations |"
    yield "|---|---|"
    for permission in Permission:
        yield f"| `{permission}` | {_linked(asked[permission.value]) or 'none yet'} |"
    yield f"| being signed in | {_linked(signed_in)} |"
    yield f"| nothing | {_linked(open_)} |"


def _linked(names: list[str]) -> str:
    return ", ".join(f"[{name}](http-api.md#{name})" for name in sorted(names))


# ---------------------------------------------------------------------------------------------------- settings, commands --
# Also read without the prefix, as other programs name them.
_BARE = ("database_url", "database_owner_url")
# Set by scripts, and no settings of the server.
_OF_CLIENTS = {
    "EVENHAND_URL": "The server that commands speak to. Default: the profile's, see `evenhand login`.",
    "EVENHAND_API_KEY": "The key they show.",
    "EVENHAND_REQUIRE_UI": "`1` makes building a wheel without the interface fail.",
    "EVENHAND_SHARED": "Where tests find their shared data.",
}


def _secrets() -> str:
    return ", ".join(f"`EVENHAND_{name}_FILE`" for name in SECRETS)


def settings_page() -> str:
    """Every setting: its name, what it is for, its default and its bounds."""
    lines = [
        "# Settings",
        "",
        "Made from the code by `python docs/generate.py`. Settings come from the environment; a command's option wins over them. A",
        "name that begins with `EVENHAND_` and is none of these is refused, so that a misspelt one does not go unnoticed.",
        "[Run it in production](../how-to/run-in-production.md) says which of them matter first.",
        "",
        f"What holds a secret may lie in a file instead, named by the same name and `_FILE`: {_secrets()}.",
    ]
    for name, field in Settings.model_fields.items():
        title = f"EVENHAND_{name.upper()}" + (f", or {name.upper()}" if name in _BARE else "")
        lines += ["", f"## {title}", "", str(field.description), "", f"- Default: {_default(field.default)}"]
        if bounds := _bounds(field.metadata):
            lines.append(f"- {bounds}")
    lines += ["", "## For commands and scripts", ""]
    lines += [f"- `{name}`: {text}" for name, text in _OF_CLIENTS.items()]
    return "\n".join(lines) + "\n"


def _default(value: Any) -> str:
    return "none" if value in (None, ()) else f"`{value}`"


def _bounds(metadata: list[Any]) -> str:
    """The least and the greatest value, or the form, as the model checks them."""
    words = {"ge": "at least", "le": "at most", "min_length": "no shorter than", "pattern": "matches"}
    found = [
        f"{word} `{getattr(each, name)}`"
        for each in metadata
        for name, word in words.items()
        if getattr(each, name, None) is not None
    ]
    return ("Bounds: " + ", ".join(found)) if found else ""


def commands_page() -> str:
    """Every command with its arguments and options, as `--help` says them."""
    lines = [
        "# Commands",
        "",
        "Made from the code by `python docs/generate.py`; `evenhand COMMAND --help` says the same.",
        "",
        "Exit codes: 0 done; 1 refused, one line says why and what to do; 2 wrong usage; 3 no server answers; 130 interrupted.",
        "`verify` has its own, see there. Commands that speak to a server take `--url`, `--api-key` and `--json`.",
    ]
    for path, command in _commands(get_command(app), ()):
        shown = [each for each in command.params if each.name not in ("help", "url", "api_key", "json")]
        arguments = " ".join(_argument(each) for each in shown if each.param_type_name == "argument")
        options = [each for each in shown if each.param_type_name == "option"]
        usage = " ".join(["evenhand", *path, *([arguments] if arguments else []), *(["[OPTIONS]"] if options else [])])
        lines += ["", f"## {' '.join(('evenhand', *path))}", "", *_help(command.help), "", "```sh", usage, "```"]
        described = [
            f"- `{_argument(each)}`: {each.help}" for each in shown if each.param_type_name == "argument" and each.help
        ]
        described += [f"- {_option(each)}: {each.help}" for each in options]
        lines += ["", *described] if described else []
    return "\n".join(lines) + "\n"


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, in the order of their names."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name in sorted(inner):
        yield from _commands(inner[name], (*path, name))


def _help(text: str | None) -> list[str]:
    return [" ".join(each.split()) for each in (text or "").split("\n\n") if each.strip()]


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name).upper().rstrip("_")
    name += "…" if parameter.nargs == -1 else ""
    return name if parameter.required else f"[{name}]"


def _option(parameter: Any) -> str:
    takes_value = not getattr(parameter, "is_flag", False)
    return ", ".join(f"`{each}{' …' if takes_value else ''}`" for each in (*parameter.opts, *parameter.secondary_opts))


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/kinds.md": kinds_page,
    "reference/permissions.md": permissions_page,
    "reference/http-api.md": lambda: reference(contract(make_web_app(Settings()))),
    "reference/errors.md": error_reference,
    "reference/settings.md": settings_page,
    "reference/cli.md": commands_page,
}


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
