"""A whole check of a checker: every subject run in the sandbox, as often as the gate asks, and what the results say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.checking import sandbox
from evenhand.checking.measuring import SOLUTION, START, Measured, Result, measure, repeats_for
from evenhand.checking.mutants import Mutant, mutants_of
from evenhand.checking.packing import Bundle, Tree, mutated_tree, packed, solved_tree, solver_tree
from evenhand.checking.sandbox import Limits, Packed, Run
from evenhand.core.canonical import canonical_json, digest, digest_of_bytes
from evenhand.ontology.open_task import Bars, OpenTask

Runner = Callable[[Sequence[str], Sequence[Packed], Limits], Run]
Tell = Callable[[int, int], None]
"""Called with (runs done, runs to do)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One check. diffs: of each generated mutant, against the reference solution. seed: what the mutants were drawn by."""

    results: tuple[Result, ...]
    mutants: tuple[Mutant, ...]
    diffs: dict[str, str]
    measured: Measured
    seed: int


def limits_of(task: OpenTask) -> Limits:
    """The task's limits as the sandbox takes them; a run ends at the shorter of the checker's time and the task's."""
    given = task.limits
    return Limits(
        cores=given.cpu,
        memory_bytes=given.memory_mb << 20,
        disk_bytes=given.disk_mb << 20,
        wall_seconds=min(task.checker.timeout_s, given.wall_s),
        processes=given.processes,
        output_bytes=given.output_bytes,
    )


def checker_digest(bundle: Bundle) -> str:
    """Of the checker: its settings and every file that only it sees."""
    files = {path: digest_of_bytes(content) for path, content in bundle.role("checker", "hidden").items()}
    return digest({"checker": bundle.task.checker.model_dump(), "files": files})


def check(
    bundle: Bundle,
    *,
    bars: Bars,
    mutants: int = 40,
    seed: int = 0,
    tell: Tell = lambda done, of: None,
    run: Runner = sandbox.run,
) -> Checked:
    """Run the solution, the start, the author's mutations and mutants of the solution, and measure.

    Where the solution fails or the start passes the first time nothing more is run: the rest would say nothing. mutants: at most so
    many generated ones, drawn by the seed, each run once. Raises what packing and the sandbox raise.
    """
    task = bundle.task
    start, solved = solver_tree(bundle), solved_tree(bundle)
    made = mutants_of(start, solved, reward=task.checker.reward[1], at_most=mutants, seed=seed)
    judge = _Judge(bundle, run)
    results = [judge(SOLUTION, solved), judge(START, start)]
    if results[0].reward == task.expect.solution_reward and results[1].reward <= task.expect.start_reward:
        plan = list(_plan(bundle, start, solved, made, bars))
        for done, (subject, tree) in enumerate(plan):
            tell(done, len(plan))
            results.append(judge(subject, tree))
        tell(len(plan), len(plan))
    diffs = {each.id: each.diff(solved[each.path]) for each in made}
    measured = measure(task, results, [each.id for each in made], bars)
    return Checked(tuple(results), tuple(made), diffs, measured, seed)


def _plan(bundle: Bundle, start: Tree, solved: Tree, made: Sequence[Mutant], bars: Bars) -> Iterator[tuple[str, Tree]]:
    """What is run after the first two, mutants first: they say most. Then repeats until flakes could be told."""
    task = bundle.task
    declared = {each.id for each in task.mutations if each.is_declaration}
    authors = [each for each in task.mutations if not each.is_declaration]
    for mutation in authors:
        tree = mutated_tree(bundle, mutation)
        for _ in range(task.checker.runs):
            yield mutation.id, tree
    for mutant in made:
        if mutant.id not in declared:
            yield mutant.id, {**solved, mutant.path: mutant.content}
    compared = len(authors) * (task.checker.runs - 1)
    wanted = max(repeats_for(bars.flake_rate) - compared, 2 * (task.checker.runs - 1))
    for number in range(wanted):
        yield (SOLUTION, solved) if number % 2 == 0 else (START, start)


class _Judge:
    """Runs the checker on a tree and reads the reward."""

    def __init__(self, bundle: Bundle, run: Runner) -> None:
        self._bundle = bundle
        self._run = run
        self._limits = limits_of(bundle.task)
        self._checker = checker_digest(bundle)

    def __call__(self, subject: str, tree: Tree) -> Result:
        checker = self._bundle.task.checker
        ran = self._run(checker.command, packed(self._bundle, tree), self._limits)
        reward, tests, defect = reward_of(self._bundle.task, ran)
        return Result(
            subject=subject,
            reward=reward,
            exit=ran.exit,
            signal=None if ran.signal is None else int(ran.signal),
            limit=ran.limit,
            defect=defect,
            wall_seconds=round(ran.wall_seconds, 3),
            log=digest_of_bytes(ran.output + b"\0" + ran.errors),
            checker=self._checker,
            limits=self._limits.digest,
            tests=tests,
        )


def reward_of(task: OpenTask, ran: Run) -> tuple[float, dict[str, bool], str | None]:
    """(reward, tests, defect) of a run. Whatever is no clear reward earns the lowest."""
    low, high = task.checker.reward
    if ran.exit is None:
        return low, {}, "limit" if ran.signal is None or ran.limit else "signal"
    if task.checker.result == "exit":
        return (high if ran.exit == 0 else low), {}, None
    if ran.exit != 0:
        return low, {}, "exit"
    told = _last_object(ran.output)
    reward = told.get("reward")
    if isinstance(reward, bool) or not isinstance(reward, int | float) or not low <= reward <= high:
        return low, {}, "no_reward"
    tests = told.get("tests")
    named = {str(name): passed is True for name, passed in tests.items()} if isinstance(tests, dict) else {}
    return float(reward), named, None


def _last_object(output: bytes) -> dict[str, Any]:
    lines = output.decode(errors="replace").strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def report(bundle: Bundle, checked: Checked) -> dict[str, Any]:
    """What is kept and shown of a check, as plain JSON."""
    found = checked.measured
    names = {each.id: each for each in checked.mutants}
    return {
        "task": bundle.task.id,
        "version": bundle.task.version,
        "checker": checker_digest(bundle),
        "limits": limits_of(bundle.task).digest,
        "seed": checked.seed,
        "is_released": not found.missing,
        "missing": list(found.missing),
        "solution": found.solution.as_json(),
        "start": found.start.as_json(),
        "flakes": {"count": found.flakes.count, "total": found.flakes.total, "upper": found.flakes.upper},
        "mutation_score": found.mutation_score.as_json(),
        "false_accepts": found.false_accepts.as_json(),
        "false_rejects": found.false_rejects.as_json(),
        "survivors": [
            {"id": each, "operator": names[each].operator, "diff": checked.diffs[each]}
            if each in names
            else {"id": each, "operator": "the author's", "diff": ""}
            for each in found.survivors
        ],
        "runs": len(checked.results),
    }


def work_json(task: OpenTask, checked: Checked) -> list[dict[str, Any]]:
    """Results by the work that they are of, as it was first run: the rewards of its runs, and the limits they struck."""
    kinds = {SOLUTION: SOLUTION, START: START, **{each.id: each.kind for each in task.mutations}}
    operators = {each.id: each.operator for each in checked.mutants}
    found: dict[str, dict[str, Any]] = {}
    for each in checked.results:
        known = {"kind": kinds.get(each.subject, "mutant"), "operator": operators.get(each.subject, "")}
        row = found.setdefault(each.subject, {"id": each.subject, **known, "rewards": [], "limits": []})
        row["rewards"].append(each.reward)
        if each.limit is not None and each.limit not in row["limits"]:
            row["limits"].append(each.limit)
    return list(found.values())


def results_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Results as the document keeps them, one object a run, keys as in the format."""
    kept = []
    for each in results:
        row = {
            "subject": each.subject,
            "reward": each.reward,
            "exit": each.exit,
            "wall_s": each.wall_seconds,
            "log": each.log,
            "checker": each.checker,
            "limits": each.limits,
        }
        beside = {"signal": each.signal, "limit": each.limit, "defect": each.defect, "tests": dict(each.tests) or None}
        kept.append({**row, **{name: value for name, value in beside.items() if value is not None}})
    assert canonical_json(kept)
    return kept
