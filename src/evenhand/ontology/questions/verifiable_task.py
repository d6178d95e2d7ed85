"""Verifiable task: an author writes a task with its files, its reference solution and its checker, as `open-task/0.1`.

What a checker is worth is not asked here: it is run in a sandbox, by the server or by `evenhand check`, which say what keeps
the task from being released.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue, canonical_json
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Shown
from evenhand.ontology.open_task import FORMAT, Bars, Checkable, OpenTask, check_open_task

BYTES_MAX = 4 << 20


class Settings(BaseModel):
    """How much wrong work an author must bring, and what the checker must reach before a task is accepted.

    wrong_solutions, exploits: solutions that are wrong, and ways to cheat the checker. mutation_score: the share of wrong work
    that must be refused, of at least so many `mutants`. flake_rate: the bound on flakes, at 95 %; 0.01 takes 299 repeated runs.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    wrong_solutions: Annotated[int, Field(ge=0, le=100)] = 1
    exploits: Annotated[int, Field(ge=0, le=100)] = 0
    mutation_score: Annotated[float, Field(ge=0, le=1, strict=False)] = 0.9
    mutants: Annotated[int, Field(ge=0, le=40)] = 10
    flake_rate: Annotated[float, Field(ge=0.005, le=0.99, strict=False)] = 0.01


class VerifiableTask(Answering):
    """A task that a program checks."""

    name: ClassVar[str] = "verifiable_task"
    is_written: ClassVar[bool] = True
    is_checked: ClassVar[bool] = True
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = OpenTask

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Every defect of the document; files by their text; as much wrong work as is asked for; no results of anybody's."""
        if not isinstance(value, dict):
            return [problem("bad_value", "This is no verifiable task.", f"Send a document of the format {FORMAT}.")]
        if problems := [_as_answer(each) for each in check_open_task(value)]:
            return problems
        if len(canonical_json(value)) > BYTES_MAX:
            return [problem("too_long", "The task is larger than 4 MiB.", "Shorten its files.")]
        task = OpenTask.model_validate(value)
        return [*_without_blobs(task), *_wrong_work(settings, task)]

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """What only repeats a default is dropped; files by role and path, mutations by id."""
        kept: dict[str, Any] = OpenTask.model_validate(value).model_dump(exclude_defaults=True)
        kept["files"] = sorted(kept["files"], key=lambda each: (each["role"], each["path"]))
        if "mutations" in kept:
            kept["mutations"] = sorted(kept["mutations"], key=lambda each: str(each["id"]))
        return kept

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """Of all parts that either has (each file, each mutation, each other field), the share that is not the same in both."""
        left, right = (set(_parts(self.canonical(settings, each))) for each in (a, b))
        return 1.0 - len(left & right) / len(left | right)

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The task of one author, or one that all wrote alike; tasks of several are several tasks."""
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "none", "insufficient")
        written = [self.canonical(settings, each) for each in answers]
        if all(each == written[0] for each in written):
            return Merged(written[0], 1.0, len(answers), sum(weights), "none", "resolved")
        return Merged(None, 0.0, len(answers), sum(weights), "none", "incomparable")

    def summary(self, settings: Any, value: JsonValue) -> str:
        """`split-bill 1: 3 files, 2 wrong solutions`."""
        assert isinstance(value, dict)
        files: Any = value["files"]
        mutations: Any = value.get("mutations", [])
        wrong = sum(each["kind"] != "equivalent" for each in mutations)
        return f"{value['id']} {value['version']}: {len(files)} files, {wrong} wrong solutions"

    def checkable(self, settings: Any, value: JsonValue) -> Checkable | None:
        """The task, with the bars that its project set."""
        bars = Bars(settings.mutation_score, settings.mutants, settings.flake_rate)
        return Checkable(OpenTask.model_validate(value), bars)

    def examples(self) -> Iterable[Example]:
        """A function to write, and a question with a final answer."""
        item = {"inputs": {"text": {"text": "Zähle die Wörter eines Satzes."}}}
        inputs = [{"name": "text", "kind": "text"}]
        wrong = {"id": "letters", "kind": "wrong_solution", "reward": 0, "why": "zählt Zeichen"}
        wrong["files"] = [{"path": "words.py", "text": "def words(text):\n    return len(text)\n"}]
        files = {
            ("start", "words.py"): "def words(text):\n    raise NotImplementedError\n",
            ("solution", "words.py"): "def words(text):\n    return len(text.split())\n",
            ("checker", "ask.py"): "from words import words\nassert words('eins zwei') == 2\n",
        }
        value = _task("words", files, ["python", "ask.py"], [wrong])
        yield Example({}, inputs, item, None, value, {**value, "version": "2"})
        answer = {("solution", "answer.txt"): "7\n", ("hidden", "known.txt"): "7\n"}
        plain = _task("seven", answer, ["cmp", "answer.txt", "known.txt"], [])
        yield Example({"wrong_solutions": 0}, inputs, item, "task", plain, {**plain, "id": "sieben"})


def _task(
    name: str, files: dict[tuple[str, str], str], command: list[str], mutations: list[Any]
) -> dict[str, JsonValue]:
    rows: list[JsonValue] = [{"path": path, "role": role, "text": text} for (role, path), text in files.items()]
    task: dict[str, JsonValue] = {
        "format": FORMAT,
        "id": name,
        "version": "1",
        "statement": [{"type": "text", "text": "Zähle."}],
        "files": rows,
        "checker": {"command": [*command]},
    }
    return {**task, "mutations": mutations} if mutations else task


def _as_answer(found: Problem) -> Problem:
    """A defect of a document in the words of answers: what is written there is a value and no setting."""
    codes = {"bad_settings": "bad_value", "limit": "count", "missing_input": "missing_answer"}
    codes |= {"bad_path": "bad_value", "not_supported": "bad_value"}
    return replace(found, code=codes.get(found.code, found.code))


def _without_blobs(task: OpenTask) -> Iterator[Problem]:
    message, remedy = "An answer has no blobs: the content stands in it.", "Write it as `text`, or as `files`."
    for index, file in enumerate(task.files):
        if file.text is None:
            yield problem("bad_value", message, remedy, f"/files/{index}")
    for index, mutation in enumerate(task.mutations):
        if mutation.patch is not None:
            yield problem("bad_value", message, remedy, f"/mutations/{index}/patch")
    if task.results:
        yield problem("bad_value", "Results are added by whoever runs the checker.", "Leave them out.", "/results")


def _wrong_work(settings: Any, task: OpenTask) -> Iterator[Problem]:
    for kind, wanted, word in (
        ("wrong_solution", settings.wrong_solutions, "wrong solutions"),
        ("exploit", settings.exploits, "ways to cheat the checker"),
    ):
        count = sum(each.kind == kind for each in task.mutations)
        if count < wanted:
            message = f"There are {count} {word}; at least {wanted} are asked for."
            yield problem("count", message, f"Add mutations of the kind {kind}.", "/mutations")


def _parts(value: JsonValue) -> Iterator[bytes]:
    assert isinstance(value, dict)
    for name, part in value.items():
        rows = part if name in ("files", "mutations") and isinstance(part, list) else [part]
        for row in rows:
            yield canonical_json([name, row])


kind = VerifiableTask()
