"""Wrong work made from the reference solution: small changes that a checker should refuse, and three well-known ways to cheat it.

Operators after Offutt, Lee, Rothermel, Untch & Zapf, 1996, "An experimental determination of sufficient mutant operators",
doi:10.1145/227607.227610 (relational, arithmetic, logical), with removed statements and constants; Python by its syntax tree,
other languages by lines. Pure: the same tree and seed give the same mutants.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_CODE = (".c", ".cc", ".cpp", ".go", ".java", ".js", ".jsx", ".kt", ".rb", ".rs", ".sh", ".sql", ".ts", ".tsx")
EXIT, EQUAL, RAISE = "exits before it is asked", "is equal to everything", "answers nothing"
CHEATS = frozenset({EXIT, EQUAL, RAISE})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed file. id: from its content, the same at every run. line: 1-based. operator: what was done, in words."""

    id: str
    path: str
    line: int
    operator: str
    content: bytes

    @property
    def is_cheat(self) -> bool:
        """Whether it goes for the checker and not for the task."""
        return self.operator in CHEATS

    def diff(self, before: bytes) -> str:
        """What differs from the reference solution, as a unified diff."""
        old, new = (each.decode(errors="replace").splitlines(keepends=True) for each in (before, self.content))
        return "".join(difflib.unified_diff(old, new, f"a/{self.path}", f"b/{self.path}", n=2))


def mutants_of(
    start: Mapping[str, bytes], solved: Mapping[str, bytes], *, reward: float, at_most: int, seed: int
) -> list[Mutant]:
    """Mutants of the files that the solution made or changed, where it changed them; no two alike, none like the solution.

    start, solved: path -> content. reward: the highest one, which cheats claim. at_most: so many changes are drawn by the seed;
    cheats come on top. Files that cannot be read as text or as Python have none.
    """
    found: dict[str, Mutant] = {}
    for path in sorted(solved):
        before, after = start.get(path), solved[path]
        if before == after:
            continue
        for mutant in _of_file(path, before, after, reward):
            found.setdefault(mutant.id, mutant)
    cheats = [each for each in found.values() if each.is_cheat]
    changes = sorted((each for each in found.values() if not each.is_cheat), key=lambda each: each.id)
    if len(changes) > at_most:
        changes = random.Random(seed).sample(changes, at_most)  # noqa: S311 -- a sample, no secret
    return [*cheats, *sorted(changes, key=lambda each: (each.path, each.line, each.id))]


def _of_file(path: str, before: bytes | None, after: bytes, reward: float) -> Iterator[Mutant]:
    try:
        text = after.decode()
    except UnicodeDecodeError:
        return
    lines = changed_lines((before or b"").decode(errors="replace"), text)
    if path.endswith(".py"):
        edits: Iterator[tuple[int, str, str]] = _python(text, reward)
    elif path.endswith(_CODE):
        edits = _lines(text)
    else:
        return
    same = _shape(path, text)
    for line, operator, content in edits:
        is_cheat = operator in CHEATS
        if (line in lines or is_cheat) and content != text and _shape(path, content) not in (None, same):
            name = hashlib.sha256(f"{path}\0{content}".encode()).hexdigest()[:12]
            yield Mutant(f"m-{name}", path, line, operator, content.encode())


def changed_lines(before: str, after: str) -> set[int]:
    """The lines of `after`, 1-based, that are not in `before`."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    return {
        line + 1
        for tag, _, _, first, last in matcher.get_opcodes()
        if tag in ("insert", "replace")
        for line in range(first, last)
    }


def _shape(path: str, text: str) -> str | None:
    """What tells two programs apart: Python's syntax tree, else the text. None where it is no program: an invalid mutant."""
    if not path.endswith(".py"):
        return text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            compile(tree, path, "exec")
    except (SyntaxError, ValueError, RecursionError):
        return None
    return ast.dump(tree)


# ------------------------------------------------------------------------------------------------------------- by lines --
def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    lines = text.splitlines(keepends=True)
    for index, line in enumerate(lines):
        bare = line.strip()
        if bare and not bare.startswith(("//", "#", "/*", "*", "--")) and any(each.isalnum() for each in bare):
            yield index + 1, "removes a line", "".join([*lines[:index], *lines[index + 1 :]])


# -------------------------------------------------------------------------------------------------------------- Python --
def _python(text: str, reward: float) -> Iterator[tuple[int, str, str]]:
    """(line, operator, new text). A node's places count bytes of UTF-8: the text is cut as bytes."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    source = text.encode()
    starts = [0]
    for row in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    for node, operator, spelled in _changes(tree):
        first = starts[node.lineno - 1] + node.col_offset
        last = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        yield node.lineno, operator, (source[:first] + spelled.encode() + source[last:]).decode()
    yield from _cheats(text, tree, reward)


def _changes(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    for node in _mutable(tree):
        if isinstance(node, ast.Compare):
            for index, operator in enumerate(node.ops):
                if swapped := _COMPARISONS.get(type(operator)):
                    ops = [*node.ops[:index], swapped(), *node.ops[index + 1 :]]
                    yield node, "swaps a comparison", f"({ast.unparse(ast.Compare(node.left, ops, node.comparators))})"
        elif isinstance(node, ast.BinOp) and (other := _ARITHMETIC.get(type(node.op))):
            yield node, "swaps an arithmetic operator", f"({ast.unparse(ast.BinOp(node.left, other(), node.right))})"
        elif isinstance(node, ast.BoolOp):
            turned = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield node, "swaps and with or", f"({ast.unparse(ast.BoolOp(turned, node.values))})"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
            yield node, "drops a sign or a not", f"({ast.unparse(node.operand)})"
        elif isinstance(node, ast.Constant):
            yield from _constants(node)
        elif isinstance(node, ast.If | ast.While | ast.IfExp):
            yield node.test, "negates a condition", f"(not ({ast.unparse(node.test)}))"
        elif isinstance(node, ast.Return) and not (node.value is None or _is_none(node.value)):
            yield node, "returns None", "return None"
        elif isinstance(
            node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise | ast.Break | ast.Continue | ast.Delete
        ):
            yield node, "removes a statement", "pass"


def _constants(node: ast.Constant) -> Iterator[tuple[ast.expr, str, str]]:
    value = node.value
    if isinstance(value, bool):
        yield node, "turns a constant", repr(not value)
    elif isinstance(value, int | float):
        yield node, "moves a constant by one", f"({value + 1!r})"
        if value not in (0, -1):
            yield node, "makes a constant zero", "0"
    elif isinstance(value, str | bytes):
        yield node, "empties a text", repr(type(value)())


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _mutable(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but docstrings, annotations, patterns and the inside of f-strings, whose places are not exact."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.JoinedStr | ast.pattern | ast.arg):
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        yield child
        if isinstance(child, ast.AnnAssign):
            yield from (_mutable(ast.Expr(child.value)) if child.value is not None else ())
        else:
            yield from _mutable(child)


def _cheats(text: str, tree: ast.Module, reward: float) -> Iterator[tuple[int, str, str]]:
    claim = '{"reward": ' + repr(reward) + "}"
    exits = f"import os\nimport sys\n\nsys.stdout.write({claim!r} + '\\n')\nsys.stdout.flush()\nos._exit(0)\n"
    yield 1, EXIT, exits
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    if not functions:
        return
    equal = (
        "class _Equal:\n    def __eq__(self, other):\n        return True\n\n    def __ne__(self, other):\n"
        "        return False\n\n    __hash__ = object.__hash__\n\n\n"
    )
    yield 1, EQUAL, equal + _with_bodies(text, functions, "return _Equal()")
    yield 1, RAISE, _with_bodies(text, functions, "raise SystemExit(0)")


def _with_bodies(text: str, functions: Sequence[ast.FunctionDef], body: str) -> str:
    """The text with the bodies of these functions replaced by one line."""
    lines = text.splitlines()
    for function in reversed(functions):
        first, last = function.body[0].lineno, function.end_lineno or function.lineno
        head = lines[: first - 1]
        if first == function.lineno:
            head = [*lines[: function.lineno - 1], f"def {function.name}(*given, **named):"]
        lines = [*head, f"    {body}", *lines[last:]]
    return "\n".join(lines) + "\n"
