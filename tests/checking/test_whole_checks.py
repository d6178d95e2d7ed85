"""Whole checks in the sandbox: a checker that holds, checkers that are weak in known ways, one that flakes, and real tasks."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attack import need_sandbox
from tasks import bundle, sample

from evenhand.checking.judging import Checked, check, limits_of, report, results_json, reward_of
from evenhand.checking.measuring import Bars
from evenhand.checking.mutants import EQUAL, EXIT, RAISE
from evenhand.checking.packing import Bundle
from evenhand.checking.sandbox import Run
from evenhand.checking.worker import Worker

BARS = Bars(mutation_score=0.9, mutants=5, flake_rate=0.5)
DOUBLE = {
    ("start", "double.py"): "def double(n):\n    raise NotImplementedError\n",
    ("solution", "double.py"): "def double(n):\n    if n < 0:\n        return -double(-n)\n    return n + n\n",
}
ASKS_ITSELF = "from double import double\nassert double(3) == 6\nassert double(-3) == -6\nassert double(0) == 0\n"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    need_sandbox()
    with Worker() as made:
        yield made


def judged(task: Bundle, worker: Worker, **more: Any) -> Checked:
    return check(task, bars=BARS, run=worker.run, **more)


def test_a_checker_that_asks_in_another_process_holds(worker: Worker) -> None:
    task = sample()

    checked = judged(task, worker, mutants=12)

    assert checked.measured.missing == ()
    assert checked.measured.survivors == ()
    assert checked.measured.mutation_score.total >= 14
    assert report(task, checked)["is_released"] is True


def test_a_checker_that_runs_the_work_in_its_own_process_is_found_out(worker: Worker) -> None:
    task = bundle({**DOUBLE, ("checker", "check.py"): ASKS_ITSELF})

    checked = judged(task, worker, mutants=10)

    operators = {each.id: each.operator for each in checked.mutants}
    assert {operators[each] for each in checked.measured.survivors} >= {EXIT, EQUAL, RAISE}
    assert any("wrong solutions" in each for each in checked.measured.missing)
    first = report(task, checked)["survivors"][0]
    assert first["diff"].startswith("--- a/double.py\n+++ b/double.py\n")


def test_a_checker_that_looks_at_too_little_is_found_out(worker: Worker) -> None:
    asks = (
        "import subprocess, sys\nsaid = subprocess.run([sys.executable, '-c', 'import double; print(double.double(0))'],"
        " stdout=subprocess.PIPE).stdout\nsys.exit(said != b'0\\n')\n"
    )

    checked = judged(bundle({**DOUBLE, ("checker", "check.py"): asks}), worker, mutants=20)

    operators = {each.id: each.operator for each in checked.mutants}
    assert "swaps an arithmetic operator" in {operators[each] for each in checked.measured.survivors}
    assert any("The checker refuses" in each for each in checked.measured.missing)


def test_a_checker_that_flakes_is_found_out(worker: Worker) -> None:
    flaky = ASKS_ITSELF + "import os, sys\nsys.exit(os.urandom(1)[0] < 90)\n"
    bars = Bars(mutation_score=0.0, mutants=0, flake_rate=0.07)

    for _ in range(20):
        # The first run may fail already; then the check ends there and says so.
        found = check(bundle({**DOUBLE, ("checker", "check.py"): flaky}), bars=bars, mutants=0, run=worker.run)
        if found.measured.solution.total > 1:
            break

    assert found.measured.flakes.count > 0
    assert any("runs flake" in each for each in found.measured.missing)


@pytest.mark.parametrize(
    ("checker", "words"),
    [("import sys; sys.exit(1)", "The reference solution"), ("pass", "The start")],
    ids=["refuses the solution", "takes the start"],
)
def test_a_checker_that_is_wrong_at_once_is_not_run_on(checker: str, words: str, worker: Worker) -> None:
    checked = judged(bundle({**DOUBLE, ("checker", "check.py"): checker}), worker)

    assert len(checked.results) == 2
    assert any(each.startswith(words) for each in checked.measured.missing)


def test_an_edited_checker_is_not_the_one_that_judges(worker: Worker) -> None:
    edit = {"id": "edits", "kind": "exploit", "reward": 0.0, "files": [{"path": "check.py", "text": "pass"}]}
    edit["files"] += [{"path": "double.py", "text": "def double(n):\n    return 1\n"}]

    checked = judged(bundle({**DOUBLE, ("checker", "check.py"): ASKS_ITSELF}, mutations=[edit]), worker, mutants=0)

    assert {each.reward for each in checked.results if each.subject == "edits"} == {0.0}


def test_work_that_hangs_earns_nothing_and_says_why(worker: Worker) -> None:
    hang = {"id": "hangs", "kind": "wrong_solution", "reward": 0.0}
    hang["files"] = [{"path": "double.py", "text": "while True:\n    pass\n"}]
    checker = {"command": ["python", "check.py"], "timeout_s": 2.0, "runs": 2}

    checked = judged(
        bundle({**DOUBLE, ("checker", "check.py"): ASKS_ITSELF}, checker=checker, mutations=[hang]), worker, mutants=0
    )

    assert [(each.limit, each.defect, each.reward) for each in checked.results if each.subject == "hangs"] == [
        ("wall", "limit", 0.0)
    ] * 2


def test_results_name_the_checker_and_the_limits_they_were_found_under(worker: Worker) -> None:
    task = bundle({**DOUBLE, ("checker", "check.py"): "import sys; sys.exit(1)"})
    other = bundle({**DOUBLE, ("checker", "check.py"): "import sys; sys.exit(2)"})

    first, second = (results_json(judged(each, worker).results) for each in (task, other))

    assert {row["limits"] for row in first} == {limits_of(task.task).digest} == {row["limits"] for row in second}
    assert {row["checker"] for row in first}.isdisjoint({row["checker"] for row in second})
    assert first[0].keys() >= {"subject", "reward", "exit", "wall_s", "log", "checker", "limits"}


# --------------------------------------------------------------------------------------------------------- reading a reward --
def ended(output: str, code: int | None = 0, signal: int | None = None, limit: str | None = None) -> Run:
    return Run(code, signal, limit, 0.1, 0.1, output.encode(), b"")


@pytest.mark.parametrize(
    ("run", "reward", "defect"),
    [
        (ended('log\n{"reward": 0.5}\n'), 0.5, None),
        (ended('{"reward": 1}\nlast words\n'), 0.0, "no_reward"),
        (ended('{"reward": 7}'), 0.0, "no_reward"),
        (ended('{"reward": true}'), 0.0, "no_reward"),
        (ended('{"reward": NaN}'), 0.0, "no_reward"),
        (ended("[1]"), 0.0, "no_reward"),
        (ended("[" * 100_000), 0.0, "no_reward"),
        (ended(""), 0.0, "no_reward"),
        (ended('{"reward": 1}', code=3), 0.0, "exit"),
        (ended('{"reward": 1}', code=None, signal=11), 0.0, "signal"),
        (ended('{"reward": 1}', code=None, signal=9, limit="wall"), 0.0, "limit"),
    ],
)
def test_what_is_no_clear_reward_earns_the_lowest(run: Run, reward: float, defect: str | None) -> None:
    task = bundle({**DOUBLE, ("checker", "check.py"): ""}, checker={"command": ["x"], "result": "json"}).task

    found, _, said = reward_of(task, run)

    assert (found, said) == (reward, defect)


# ---------------------------------------------------------------------------------------------------------- real questions --
COMPARE = """
import sys
try:
    given = open("answer.txt").read().strip()
except OSError:
    sys.exit(1)
sys.exit(given.replace(",", "") != open("expected.txt").read().strip())
"""
SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
MATHS = SHARED / "data" / "samples" / "math" / "gsm8k_test_300.jsonl"


def question(row: dict[str, str]) -> Bundle:
    """A question with a final answer; the numbers on the way to it are wrong answers that people do give."""
    working, _, answer = (part.strip() for part in row["answer"].partition("####"))
    others = sorted(set(re.findall(r">>(-?[0-9.]+)", working)) - {answer})
    wrong = [*others, str(int(answer) + 1), str(int(answer) - 1), f"-{answer}", f"{answer}0", ""]
    return bundle(
        {
            ("start", "answer.txt"): "",
            ("solution", "answer.txt"): answer,
            ("checker", "check.py"): COMPARE,
            ("hidden", "expected.txt"): answer,
        },
        statement=[{"type": "text", "text": row["question"]}],
        checker={"command": ["python", "check.py"], "runs": 2},
        mutations=[
            *(
                {
                    "id": f"w{n}",
                    "kind": "wrong_solution",
                    "reward": 0.0,
                    "files": [{"path": "answer.txt", "text": each}],
                }
                for n, each in enumerate(wrong)
            ),
            {
                "id": "space",
                "kind": "equivalent",
                "reward": 1.0,
                "files": [{"path": "answer.txt", "text": f" {answer}\n"}],
            },
        ],
    )


@pytest.mark.skipif(not MATHS.exists(), reason="the samples that EVENHAND_SHARED names are not here")
@pytest.mark.parametrize("number", [0, 2])
def test_real_questions_with_a_final_answer(number: int, worker: Worker) -> None:
    row = json.loads(MATHS.read_text().splitlines()[number])

    checked = judged(question(row), worker)

    assert checked.measured.missing == ()
    assert checked.measured.false_accepts.count == checked.measured.false_rejects.count == 0
