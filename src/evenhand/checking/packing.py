"""Which files reach whom: the solver's tree, the tree of each subject of a check, and what the sandbox gets.

Files with the roles checker, solution and hidden never reach a solver: `pack_for_solver` proves it by listing what it wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evenhand.checking.patching import patched
from evenhand.checking.sandbox import Packed
from evenhand.core.canonical import digest_of_bytes
from evenhand.core.errors import PlatformError
from evenhand.ontology.open_task import ROLES_FIXED, ROLES_OF_SOLVER, Mutation, OpenTask, TaskFile

Tree = dict[str, bytes]
"""path -> content"""
_DIFFS = (".patch", ".diff")


@dataclass(eq=False)
class MissingFile(PlatformError):
    """A file that the task names is not there."""

    path: str
    code: ClassVar[str] = "missing-file"
    hint: ClassVar[str] = "Put it in its role's folder, or give it a text, or lay its blob beside the document."


@dataclass(eq=False)
class LeaksToSolver(PlatformError):
    """The solver would be given what it must not see."""

    paths: tuple[str, ...]
    code: ClassVar[str] = "leaks-to-solver"
    hint: ClassVar[str] = (
        "Take these files out of start and visible: their content is that of a checker, solution or hidden file."
    )

    def __str__(self) -> str:
        return f"The solver would be given what it must not see: {', '.join(self.paths)}."


@dataclass(frozen=True, slots=True)
class Bundle:
    """A task with the bytes of its blobs, by digest."""

    task: OpenTask
    blobs: Mapping[str, bytes]

    def content(self, file: TaskFile) -> bytes:
        """The bytes of a file. Raises MissingFile."""
        if file.text is not None:
            return file.text.encode()
        return self.blob(file.blob, file.path)

    def blob(self, digest: str | None, path: str) -> bytes:
        """The bytes behind a digest. Raises MissingFile, also where they are others than the digest says."""
        content = self.blobs.get(digest or "")
        if content is None or digest_of_bytes(content) != digest:
            raise MissingFile(path)
        return content

    def role(self, *roles: str) -> Tree:
        """All files of these roles."""
        return {file.path: self.content(file) for file in self.task.files if file.role in roles}


def solver_tree(bundle: Bundle) -> Tree:
    """What a solver is given. Raises LeaksToSolver where a file in it has the content of one that it must not see."""
    tree = bundle.role(*ROLES_OF_SOLVER)
    kept_back = {
        digest_of_bytes(each) for each in bundle.role("checker", "solution", "hidden").values() if each.strip()
    }
    leaks = tuple(sorted(path for path, content in tree.items() if digest_of_bytes(content) in kept_back))
    if leaks:
        raise LeaksToSolver(leaks)
    return tree


def pack_for_solver(bundle: Bundle, folder: Path) -> list[str]:
    """Write the solver's tree into a new folder; what lies there afterwards, found by listing it. Raises LeaksToSolver."""
    tree = solver_tree(bundle)
    folder.mkdir(parents=True)
    for path, content in tree.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    found = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if not each.is_dir())
    if strangers := tuple(sorted(set(found) ^ tree.keys())):
        raise LeaksToSolver(strangers)
    return found


def solved_tree(bundle: Bundle) -> Tree:
    """The start with the reference solution laid over it; a solution named *.patch or *.diff is applied. Raises PatchRefused."""
    tree = bundle.role(*ROLES_OF_SOLVER)
    for path, content in bundle.role("solution").items():
        tree = patched(tree, content) if path.endswith(_DIFFS) else {**tree, path: content}
    return tree


def mutated_tree(bundle: Bundle, mutation: Mutation) -> Tree:
    """The solved tree with the author's mutation. Raises PatchRefused."""
    tree = solved_tree(bundle)
    if mutation.patch is not None:
        return patched(tree, bundle.blob(mutation.patch, f"mutations/{mutation.id}.patch"))
    return {**tree, **{file.path: file.text.encode() for file in mutation.files}}


def packed(bundle: Bundle, tree: Tree) -> list[Packed]:
    """What the sandbox gets: a subject's tree, and over it the checker's files, which nothing in it can change."""
    fixed = bundle.role(*ROLES_FIXED)
    free = {path: content for path, content in tree.items() if not any(_in_the_way(path, each) for each in fixed)}
    return [
        *(Packed(path, content) for path, content in free.items()),
        *(Packed(path, content, is_fixed=True) for path, content in fixed.items()),
    ]


def _in_the_way(path: str, fixed: str) -> bool:
    """Whether both cannot be there: the same place, or one is a folder of the other."""
    return path == fixed or fixed.startswith(path + "/") or path.startswith(fixed + "/")
