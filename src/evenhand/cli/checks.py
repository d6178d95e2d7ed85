"""`evenhand check`: does a verifiable task's checker tell right work from wrong? On a folder, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.checking.folders import keep_results, read_folder
from evenhand.checking.judging import check as run_check
from evenhand.checking.judging import report, results_json
from evenhand.checking.packing import pack_for_solver
from evenhand.checking.worker import Worker
from evenhand.ontology.open_task import Bars

if TYPE_CHECKING:
    from rich.progress import Progress


def check(
    folder: Annotated[Path, typer.Argument(help="The task: a folder with task.json, or a document.")],
    mutants: Annotated[
        int, typer.Option(min=0, max=1000, help="So many mutants of the reference solution at most.")
    ] = 40,
    seed: Annotated[int, typer.Option(help="What the mutants are drawn by.")] = 0,
    mutation_score: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="The share of wrong solutions that must be refused.")
    ] = 0.9,
    least: Annotated[int, typer.Option(min=0, help="How many wrong solutions must have been tried.")] = 10,
    flake_rate: Annotated[
        float, typer.Option(min=0.0001, max=0.99, help="The bound on flakes; 0.01 takes 299 repeated runs.")
    ] = 0.01,
    solver: Annotated[
        Path | None, typer.Option(help="Also write what a solver is given into this new folder, and list it.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Add the results to results.jsonl in the folder.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Run a task's checker on its solution, its start and on wrong work, in a sandbox, and say what it is worth.

    Leaves with 0 where the task may be released, with 1 where something is missing; what, is said in words.
    """
    bundle = read_folder(folder)
    listed = pack_for_solver(bundle, solver) if solver is not None else None
    bars = Bars(mutation_score=mutation_score, mutants=least, flake_rate=flake_rate)
    with Worker() as worker, _Bar(is_shown=not json_) as bar:
        checked = run_check(bundle, bars=bars, mutants=mutants, seed=seed, tell=bar.tell, run=worker.run)
    found = report(bundle, checked)
    if listed is not None:
        found["solver"] = listed
    if keep:
        beside = folder.parent if folder.is_file() else folder
        found["kept"] = str(keep_results(beside, results_json(checked.results)))
    print(json.dumps(found, ensure_ascii=False, indent=2) if json_ else "\n".join(_lines(found)))
    if found["missing"]:
        raise typer.Exit(1)


class _Bar:
    """A bar on the terminal, from the first run to the last."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._made: Progress | None = None

    def __enter__(self) -> _Bar:
        if self._is_shown:
            from rich.console import Console
            from rich.progress import Progress

            self._made = Progress(console=Console(stderr=True), transient=True)
            self._made.start()
            self._task = self._made.add_task("Runs", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._made is not None:
            self._made.stop()

    def tell(self, done: int, of: int) -> None:
        """So many runs are done."""
        if self._made is not None:
            self._made.update(self._task, completed=done, total=of)


def _lines(found: dict[str, Any]) -> list[str]:
    """The report as a person reads it."""
    flakes, score = found["flakes"], found["mutation_score"]
    lines = [
        f"Task {found['task']}, version {found['version']}: {found['runs']} runs.",
        f"  Reference solution passed  {found['solution']['count']} of {found['solution']['total']}",
        f"  Start failed               {found['start']['count']} of {found['start']['total']}",
        f"  Flakes                     {flakes['count']} of {flakes['total']} repeats, at most {flakes['upper']:.2%} (95 %)",
        f"  Wrong work refused         {_share(score)}",
        f"  Author's wrong work taken  {_share(found['false_accepts'])}",
        f"  Equivalent work refused    {_share(found['false_rejects'])}",
    ]
    if "solver" in found:
        lines += ["A solver is given:", *(f"  {each}" for each in found["solver"] or ["nothing"])]
    for each in found["survivors"]:
        lines += [f"Not refused: {each['id']}, which {each['operator']}.", *_indented(each["diff"])]
    if found["missing"]:
        return [*lines, "Not ready to be released:", *(f"  - {each}" for each in found["missing"])]
    return [*lines, "Ready to be released."]


def _share(share: dict[str, Any]) -> str:
    if share["rate"] is None:
        return "none tried"
    return (
        f"{share['count']} of {share['total']} ({share['rate']:.1%}; 95 %: {share['low']:.1%} to {share['high']:.1%})"
    )


def _indented(diff: str) -> list[str]:
    return [f"    {each}" for each in diff.splitlines()]
