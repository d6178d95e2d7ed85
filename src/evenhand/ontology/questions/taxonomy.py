"""Taxonomy: places in a tree, each given as the path from the top. Compared by Wu-Palmer, merged by node mass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Shown
from evenhand.ontology.options import Option, duplicate_values
from evenhand.ontology.questions.assignment import set_distance

NODE_COUNT_MAX = 100_000
DEPTH_MAX = 20
_HALF = 0.5
_CLOSE = 1e-12

Path = tuple[str, ...]


class Node(Option):
    """A place in the tree. Values are unique among siblings; a path is what identifies a node."""

    children: list[Node] = Field(default_factory=list)


class Settings(BaseModel):
    """The tree, and how many places of which depth an answer names."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tree: Annotated[list[Node], Field(min_length=1)]
    leaf_only: bool = False
    multiple: bool = False
    min: Annotated[int, Field(ge=0)] = 1
    max: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _small_enough(self) -> Settings:
        if len(self.nodes) > NODE_COUNT_MAX or max(map(len, self.nodes)) > DEPTH_MAX:
            raise ValueError(f"a tree has at most {NODE_COUNT_MAX} nodes and {DEPTH_MAX} levels")
        return self

    @cached_property
    def nodes(self) -> dict[Path, Node]:
        """Every node by its path, in document order."""
        found: dict[Path, Node] = {}
        queue: list[tuple[Path, Node]] = [((node.value,), node) for node in reversed(self.tree)]
        while queue:
            path, node = queue.pop()
            found[path] = node
            queue.extend(((*path, child.value), child) for child in reversed(node.children))
        return found


class Taxonomy(Answering):
    """One or more places in a tree."""

    name: ClassVar[str] = "taxonomy"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = list[list[str]]

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Siblings differ; bounds can be met and fit `multiple`."""
        problems = _twins(settings.tree, "/tree")
        if settings.max is not None and settings.max < settings.min:
            problems.append(problem("bad_range", "max is below min.", "Raise max or lower min.", "/max"))
        if not settings.multiple and (settings.min > 1 or (settings.max or 1) > 1):
            message = "One place is asked for, but min or max speak of more."
            problems.append(problem("bad_range", message, "Set multiple, or remove them.", "/multiple"))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Paths of the tree, none twice, none above another, leaves where only leaves count, as many as asked for."""
        if not isinstance(value, list):
            return [problem("bad_value", "This is not a list of paths.", 'Send [["animal", "dog"]].')]
        problems, seen = [], dict[Path, int]()
        for index, each in enumerate(value):
            pointer = f"/{index}"
            if not isinstance(each, list) or not all(isinstance(step, str) for step in each):
                problems.append(problem("bad_value", "This is not a path.", 'Send ["animal", "dog"].', pointer))
                continue
            path = tuple(str(step) for step in each)
            if path not in settings.nodes:
                problems.append(_unknown(settings, path, pointer))
            elif path in seen:
                problems.append(problem("duplicate_answer", "This path stands twice.", "Name it once.", pointer))
            elif settings.leaf_only and settings.nodes[path].children:
                children = [child.value for child in settings.nodes[path].children]
                message = f"{path[-1]!r} is not the end of a branch."
                problems.append(problem("unknown_option", message, "Go further down.", pointer, children))
            seen.setdefault(path, index)
        for path, index in seen.items():
            if above := next((path[:depth] for depth in range(1, len(path)) if path[:depth] in seen), None):
                message = f"{above[-1]!r} is chosen too and lies above it."
                problems.append(problem("overlap_forbidden", message, "Keep the deeper one.", f"/{index}"))
        return problems + _counted(settings, len(value))

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """Paths in the order of the tree."""
        order = {path: place for place, path in enumerate(settings.nodes)}
        return [[*path] for path in sorted(_paths(value), key=lambda path: (order.get(path, len(order)), path))]

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """1 - Wu-Palmer (1994) of matched paths; an unmatched path costs 1."""
        ours, theirs = _paths(a), _paths(b)
        costs = {(i, j): 1.0 - wu_palmer(x, y) for i, x in enumerate(ours) for j, y in enumerate(theirs)}
        return set_distance(costs, len(ours), len(theirs))

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The deepest nodes with more than half of the weight below them: an honest coarse answer where leaves differ.

        Without `multiple`, probability is that node's mass, and without such a node there is no value; with it, the product
        over nodes kept and dropped.
        """
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "node mass", "insufficient")
        total = sum(weights)
        mass = node_mass(map(_paths, answers), [weight / total for weight in weights])
        kept = {path for path, share in mass.items() if share > _HALF + _CLOSE}
        deepest = [path for path in kept if not any(child[:-1] == path for child in kept)]
        halves = [path for path in mass if len(path) == 1 and abs(mass[path] - _HALF) <= _CLOSE]
        dropped = [path for path in mass if path not in kept and (len(path) == 1 or path[:-1] in kept)]
        others = tuple(([[*path]], mass[path]) for path in sorted(dropped, key=lambda path: (-mass[path], path)))[:3]
        value: JsonValue = self.canonical(settings, [[*path] for path in deepest])
        status: Literal["resolved", "tied", "insufficient"] = "tied" if halves else "resolved"
        if settings.multiple:
            loose = [path for path in dropped if path[:-1] not in deepest]
            probability = math.prod([*(mass[path] for path in deepest), *(1.0 - mass[path] for path in loose)])
        elif deepest or not mass:
            probability = min((mass[path] for path in deepest), default=1.0)
            status = "resolved"
        else:
            value, probability = None, max(mass.values())
            status = "tied" if len(halves) > 1 else "insufficient"
        return Merged(value, probability, len(answers), total, "node mass", status, others)  # type: ignore[arg-type]

    def summary(self, settings: Any, value: JsonValue) -> str:
        """animal / dog, animal / cat."""
        lines = []
        for path in _paths(value):
            nodes = (settings.nodes.get(path[:depth]) for depth in range(1, len(path) + 1))
            lines.append(" / ".join(n.shown() if n else step for n, step in zip(nodes, path, strict=True)))
        return ", ".join(lines) or "none"

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By which paths there are and how many are asked for."""
        before, after, changes = old.nodes.keys(), new.nodes.keys(), []
        if gone := [path for path in before if path not in after]:
            changes.append(("narrowing", f"{' / '.join(gone[0])} removed ({len(gone)} in all)."))
        if added := [path for path in after if path not in before]:
            changes.append(("widening", f"{' / '.join(added[0])} added ({len(added)} in all)."))
        (low, high), (new_low, new_high) = _bounds(old), _bounds(new)
        if (new.leaf_only and not old.leaf_only) or new_low > low or new_high < high:
            changes.append(("narrowing", "Fewer answers are allowed."))
        if (old.leaf_only and not new.leaf_only) or new_low < low or new_high > high:
            changes.append(("widening", "More answers are allowed."))
        if not changes and old != new:
            changes.append(("cosmetic", "The tree looks different."))
        return changes

    def examples(self) -> Iterable[Example]:
        """A single leaf, and several places of any depth."""
        item = {"inputs": {"text": {"text": "Der Dackel jagt die Kätzchen über die Straße."}}}
        inputs = [{"name": "text", "kind": "text"}]
        animals = {"value": "animal", "children": [{"value": "dog"}, {"value": "cat"}]}
        plants = {"value": "plant", "children": [{"value": "tree"}, {"value": "moss"}]}
        single = {"tree": [animals, plants], "leaf_only": True}
        yield Example(single, inputs, item, None, [["animal", "dog"]], [["animal", "cat"]])
        germany = {"value": "Deutschland", "children": [{"value": "München"}, {"value": "Köln"}]}
        several = {"tree": [germany, {"value": "España"}], "multiple": True, "min": 0}
        yield Example(several, inputs, item, "task", [["Deutschland", "Köln"], ["España"]], [["Deutschland"]])


def wu_palmer(a: Path, b: Path) -> float:
    """2 depth(lowest common ancestor) / (depth a + depth b), the top level having depth 1; 0 without a common ancestor.

    Wu, Palmer, 1994, "Verb semantics and lexical selection", doi:10.3115/981732.981751.
    """
    shared = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        shared += 1
    return 2 * shared / (len(a) + len(b))


def node_mass(answers: Iterable[Sequence[Path]], shares: Sequence[float]) -> dict[Path, float]:
    """Share of the weight that lies at or below each node."""
    mass: dict[Path, float] = {}
    for paths, share in zip(answers, shares, strict=True):
        for node in {path[:depth] for path in paths for depth in range(1, len(path) + 1)}:
            mass[node] = mass.get(node, 0.0) + share
    return mass


def _paths(value: JsonValue) -> list[Path]:
    paths = value if isinstance(value, list) else []
    return [tuple(str(step) for step in path) for path in paths if isinstance(path, list)]


def _bounds(settings: Any) -> tuple[int, float]:
    return settings.min, 1 if not settings.multiple else settings.max or float("inf")


def _counted(settings: Any, count: int) -> list[Problem]:
    low, high = _bounds(settings)
    if count < low:
        return [problem("count", f"At least {low} are wanted.", "Choose more.")]
    return [problem("count", f"At most {high} are allowed.", "Choose fewer.")] if count > high else []


def _unknown(settings: Any, path: Path, pointer: str) -> Problem:
    """Where the path leaves the tree, and what would have gone on from there."""
    depth = next((depth for depth in range(len(path)) if path[: depth + 1] not in settings.nodes), len(path))
    below = settings.nodes[path[:depth]].children if depth else settings.tree
    step = repr(path[depth]) if depth < len(path) else "An empty path"
    allowed = [child.value for child in below]
    return problem("unknown_option", f"{step} is not in the tree there.", "Take a path of the tree.", pointer, allowed)


def _twins(nodes: Sequence[Node], pointer: str) -> list[Problem]:
    problems = duplicate_values(nodes, pointer)
    for index, node in enumerate(nodes):
        problems.extend(_twins(node.children, f"{pointer}/{index}/children"))
    return problems


kind = Taxonomy()
