"""Verifiable tasks, `open-task/0.1`: a statement, files with roles, a checker, limits, and what is expected of it.

Study of kinds, section 6. Only the document is here; `evenhand.checking` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenhand.core.canonical import unfit_parts
from evenhand.core.errors import Problem
from evenhand.ontology.document import shape_problems

FORMAT = "open-task/0.1"
ROLES_OF_SOLVER = frozenset({"start", "visible"})
ROLES_FIXED = frozenset({"checker", "hidden"})
FILES_MAX = 400
Blob = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Argument = Annotated[str, Field(max_length=4096)]
Command = Annotated[list[Argument], Field(min_length=1, max_length=64)]
Why = Annotated[str, Field(max_length=2000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TaskFile(_Strict):
    """One file. text: its content; or blob: the digest of what lies beside the document; or neither: it lies in a folder `role`."""

    path: Annotated[str, Field(min_length=1, max_length=1024)]
    role: Literal["start", "visible", "checker", "solution", "hidden"]
    text: Annotated[str, Field(max_length=1 << 20)] | None = None
    blob: Blob | None = None


class OverlaidFile(_Strict):
    """A file that a mutation lays over the solved tree."""

    path: Annotated[str, Field(min_length=1, max_length=1024)]
    text: Annotated[str, Field(max_length=1 << 20)]


class Environment(_Strict):
    """What the task wants around it. workdir: where a solver begins; the checker begins at the root of the work folder."""

    image: str | None = None
    setup: list[Command] = Field(default_factory=list)
    workdir: str = ""
    network: str = "none"
    services: list[Any] = Field(default_factory=list)


class Checker(_Strict):
    """How work is judged.

    result: "exit", where 0 earns the upper reward and all else the lower; "json", where the last line of standard output is an
    object with `reward` and perhaps `tests` (name -> whether it passed). reward: lowest and highest.
    """

    command: Command
    result: Literal["exit", "json"] = "exit"
    reward: Annotated[list[float], Field(min_length=2, max_length=2)] = Field(default_factory=lambda: [0.0, 1.0])
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    deterministic: bool = True
    runs: Annotated[int, Field(ge=2, le=20)] = 3
    fail_to_pass: list[str] = Field(default_factory=list)
    pass_to_pass: list[str] = Field(default_factory=list)


class TaskLimits(_Strict):
    """What one run may use."""

    cpu: Annotated[int, Field(ge=1, le=64)] = 1
    memory_mb: Annotated[int, Field(ge=16, le=65536)] = 512
    disk_mb: Annotated[int, Field(ge=1, le=16384)] = 64
    wall_s: Annotated[float, Field(gt=0, le=86400)] = 300.0
    processes: Annotated[int, Field(ge=4, le=4096)] = 64
    output_bytes: Annotated[int, Field(ge=1024, le=16 << 20)] = 1 << 20


class PassBand(_Strict):
    """How often a named solver should succeed."""

    low: Annotated[float, Field(ge=0, le=1)]
    high: Annotated[float, Field(ge=0, le=1)]
    solver: str
    trials: Annotated[int, Field(ge=1)]


class Expect(_Strict):
    """What the reference solution and the untouched start earn."""

    solution_reward: float = 1.0
    start_reward: float = 0.0
    pass_band: PassBand | None = None


class Mutation(_Strict):
    """Work whose reward is known.

    patch: the digest of a unified diff; or files: laid over the solved tree. Neither: `id` is a generated mutant that is declared
    equivalent, and `why` says so.
    """

    id: Id
    kind: Literal["wrong_solution", "exploit", "equivalent"]
    patch: Blob | None = None
    files: Annotated[list[OverlaidFile], Field(max_length=FILES_MAX)] = Field(default_factory=list)
    reward: float
    why: Why | None = None

    @property
    def is_declaration(self) -> bool:
        """Whether it says of a generated mutant that it is equivalent."""
        return self.kind == "equivalent" and self.patch is None and not self.files


class OpenTask(_Strict):
    """The whole document."""

    format: Literal["open-task/0.1"]
    id: Id
    version: Annotated[str, Field(min_length=1, max_length=64)]
    statement: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=100)]
    environment: Environment = Field(default_factory=Environment)
    files: Annotated[list[TaskFile], Field(min_length=1, max_length=FILES_MAX)]
    checker: Checker
    limits: TaskLimits = Field(default_factory=TaskLimits)
    expect: Expect = Field(default_factory=Expect)
    mutations: Annotated[list[Mutation], Field(max_length=500)] = Field(default_factory=list)
    results: list[dict[str, Any]] = Field(default_factory=list)
    provenance: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bars:
    """What a checker must reach. mutation_score, flake_rate: shares, 0 .. 1. mutants: how many must have been tried at least."""

    mutation_score: float = 0.9
    mutants: int = 10
    flake_rate: float = 0.01


@dataclass(frozen=True, slots=True)
class Checkable:
    """An answer whose checker can be run, and what it must reach."""

    task: OpenTask
    bars: Bars


def check_open_task(body: Any) -> list[Problem]:
    """Every defect of a document at once, with pointers; [] when it can be run. Never raises."""
    if problems := unfit_parts(body)[:50]:
        return problems
    try:
        task = OpenTask.model_validate(body)
    except ValidationError as error:
        return shape_problems(error, body)
    return [*_files(task), *_rewards(task), *_mutations(task), *_not_here(task)]


def is_inside(path: str) -> bool:
    """Whether a path stays in the folder it is relative to, and is spelled in one way."""
    parts = PurePosixPath(path).parts
    is_plain = bool(parts) and not path.startswith("/") and ".." not in parts and "\0" not in path
    return is_plain and str(PurePosixPath(path)) == path and len(path.encode()) <= 1024


def _files(task: OpenTask) -> Iterator[Problem]:
    seen: set[tuple[bool, str]] = set()
    for index, file in enumerate(task.files):
        at = f"/files/{index}"
        if not is_inside(file.path):
            yield _bad(
                f"{at}/path", "bad_path", "This path leaves its folder, or is not spelled plainly.", "Write a/b.py."
            )
        if file.text is not None and file.blob is not None:
            yield _bad(at, "bad_settings", "It has both a text and a blob.", "Keep one of them.")
        # A solution may lie over a start file; two files of one side may not share a place.
        key = (file.role in ROLES_OF_SOLVER, file.path) if file.role != "solution" else (True, f"solution {file.path}")
        if key in seen:
            yield _bad(f"{at}/path", "duplicate_value", f"{file.path} is there twice.", "Keep one of them.")
        seen.add(key)
    if not any(file.role == "solution" for file in task.files):
        yield _bad("/files", "missing_input", "There is no reference solution.", "Add a file with the role solution.")


def _rewards(task: OpenTask) -> Iterator[Problem]:
    low, high = task.checker.reward
    if not low < high:
        yield _bad("/checker/reward", "bad_range", "The lower reward is not below the upper.", "Write [0, 1].")
        return
    claimed = {"/expect/solution_reward": task.expect.solution_reward, "/expect/start_reward": task.expect.start_reward}
    claimed |= {f"/mutations/{index}/reward": each.reward for index, each in enumerate(task.mutations)}
    for at, reward in claimed.items():
        if not low <= reward <= high:
            yield Problem(
                at, "out_of_bounds", "No checker gives this reward.", "Stay within checker.reward.", (low, high)
            )
    if task.expect.start_reward >= task.expect.solution_reward:
        yield _bad("/expect", "bad_range", "The start earns as much as the solution.", "Let the solution earn more.")


def _mutations(task: OpenTask) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, each in enumerate(task.mutations):
        at = f"/mutations/{index}"
        if each.id in seen or each.id in ("solution", "start"):
            yield _bad(f"{at}/id", "duplicate_value", f"{each.id} is taken.", "Give it another id.")
        seen.add(each.id)
        if each.patch is not None and each.files:
            yield _bad(at, "bad_settings", "It has both a patch and files.", "Keep one of them.")
        if each.is_declaration and not (each.why or "").strip():
            yield _bad(f"{at}/why", "missing_answer", "Why it is equivalent is not said.", "Say why in `why`.")
        if each.kind != "equivalent" and each.patch is None and not each.files:
            yield _bad(at, "missing_input", "It changes nothing.", "Give it a patch or files.")
        for place, file in enumerate(each.files):
            if not is_inside(file.path):
                yield _bad(f"{at}/files/{place}/path", "bad_path", "This path leaves its folder.", "Write a/b.py.")


def _not_here(task: OpenTask) -> Iterator[Problem]:
    """What the format allows and we do not run: said, never ignored."""
    about = task.environment
    wanted: dict[str, Any] = {"image": about.image, "setup": about.setup, "services": about.services}
    for name, value in wanted.items():
        if value:
            message = f"Checkers are run without {name}: with the programs of the machine, on files that are ready."
            yield _bad(
                f"/environment/{name}", "not_supported", message, "Leave it out, and add the files it would make."
            )
    if about.network != "none":
        yield _bad("/environment/network", "not_supported", "Checkers have no network.", "Write none.")
    if about.workdir and not is_inside(about.workdir):
        yield _bad("/environment/workdir", "bad_path", "This path leaves its folder.", "Name a folder below the root.")


def _bad(pointer: str, code: str, message: str, remedy: str) -> Problem:
    return Problem(pointer, code, message, remedy)
