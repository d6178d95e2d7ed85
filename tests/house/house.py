"""The source read as a house: its modules, what each imports and where. Pure, so that a saboteur can add a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2] / "src" / "evenhand"

# The arrows of the design: a room may import those before it. What stands in one group does not know each other.
ORDER = (
    ("core",),
    ("quality",),
    ("ontology",),
    ("checking",),
    ("store",),
    ("boundary",),
    ("ledger",),
    ("vault",),
    ("people",),
    ("walls",),
    ("work",),
    ("insight",),
    ("delivery",),
    ("http", "compat"),
    ("bootstrap",),
    ("cli",),
)
RANK = {room: rank for rank, group in enumerate(ORDER) for room in group}
# These stand outside the order: the SDK knows only the HTTP contract, the demo's material is data. Only cli uses them.
APART = ("client", "demo_data")


@dataclass(frozen=True)
class Import:
    """One imported module. inside: the function it is imported in, "" at the top. is_type: for type checkers only."""

    target: str
    line: int
    inside: str
    is_type: bool


@dataclass(frozen=True)
class Module:
    """One module: `evenhand.work.labeling`, its syntax tree and its imports."""

    name: str
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def room(self) -> str:
        """`work`; of `evenhand` itself: "evenhand"."""
        return room_of(self.name)

    @property
    def file(self) -> str:
        """`labeling`."""
        return self.name.rpartition(".")[2]


def room_of(name: str) -> str:
    """The room a dotted name lies in."""
    parts = name.split(".")
    if parts[1:] == ["__main__"]:
        return "cli"
    return parts[1] if len(parts) > 1 else parts[0]


def read_house() -> dict[str, str]:
    """The source of every module, by dotted name."""
    found = {}
    for file in sorted(ROOT.rglob("*.py")):
        parts = ("evenhand", *file.relative_to(ROOT).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = file.read_text(encoding="utf-8")
    return found


def modules(sources: Mapping[str, str]) -> list[Module]:
    """The modules of a house."""
    return [_module(name, source) for name, source in sources.items()]


@cache
def _module(name: str, source: str) -> Module:
    tree = ast.parse(source)
    return Module(name, tree, tuple(_imports(tree)))


@cache
def _known() -> frozenset[str]:
    return frozenset(read_house())


def _imports(tree: ast.Module) -> Iterator[Import]:
    for node, inside, is_type in _walk(tree, "", False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, inside, is_type)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            for alias in node.names:
                # `from evenhand.work import model` is the module model; `from evenhand.work.model import State` is not.
                whole = f"{node.module}.{alias.name}"
                yield Import(whole if whole in _known() else str(node.module), node.lineno, inside, is_type)


def _walk(node: ast.AST, inside: str, is_type: bool) -> Iterator[tuple[ast.AST, str, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _walk(child, getattr(child, "name", "lambda"), is_type)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            yield from _walk(child, inside, True)
        else:
            yield child, inside, is_type
            yield from _walk(child, inside, is_type)


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def called(call: ast.Call) -> str:
    """What a call calls, as it is written: `self._vault.open_one`."""
    return ast.unparse(call.func)
